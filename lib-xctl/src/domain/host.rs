//! How the host confines a guest: security labels, resource groups.

use crate::property::{Property, TABLE, Table, rows};

/// `--seclabel`.
pub static SECLABEL: Table = Table {
    option: "seclabel",
    aliases: &["security"],
    element: "seclabel",
    many: true,
    none: true,
    rows: &[SECLABEL_ROWS],
    help: "Security label that confines the guest",
    ..TABLE
};

/// `--resource`.
pub static RESOURCE: Table = Table {
    option: "resource",
    element: "resource",
    first: &["partition"],
    none: true,
    rows: &[RESOURCE_ROWS],
    help: "Resource group of the host",
    ..TABLE
};

const SECLABEL_ROWS: &[Property] = rows! {
    "type": Enum(&["dynamic", "static", "none"]) => "@type", "Whether libvirt makes the label or you give it";
    "model": Enum(&["selinux", "apparmor", "dac", "none"]) => "@model", "Security model";
    "relabel": YesNo => "@relabel", "Whether files are given labels that fit";
    "label": Text, commas => "label", "The label";
    "baselabel": Text, commas => "baselabel", "Label that a dynamic one is made from";
};

const RESOURCE_ROWS: &[Property] = rows! {
    "partition": Text => "resource/partition", "Path of the group";
    "fibrechannel.appid": Text, commas => "resource/fibrechannel/@appid", "Id that tags its traffic on fibre channel";
};
