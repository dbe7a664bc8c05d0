//! Where a system is installed from: options that tell the installer and leave no trace in the definition.

use crate::property::{Property, TABLE, Table, rows};

/// `--location`.
pub static LOCATION: Table = Table {
    option: "location",
    first: &["location"],
    rows: &[LOCATION_ROWS],
    help: "Image, directory or URL of an installer whose kernel is booted",
    ..TABLE
};

/// `--install`.
pub static INSTALL: Table = Table {
    option: "install",
    first: &["os"],
    rows: &[INSTALL_ROWS],
    help: "What is booted to install",
    ..TABLE
};

const LOCATION_ROWS: &[Property] = rows! {
    "location": Text, commas, "Image, directory or URL";
    "kernel": Text, commas, "Kernel in it";
    "initrd": Text, commas, "Initial RAM disk in it";
};

const INSTALL_ROWS: &[Property] = rows! {
    "os": Text, "System whose installer is fetched, as debian12";
    "kernel": Text, commas, "Kernel, a path or URL";
    "initrd": Text, commas, "Initial RAM disk, a path or URL";
    "kernel_args": Text, commas, "Arguments of the kernel";
    "kernel_args_overwrite": YesNo, "Whether they stand in for all that would be chosen";
    "bootdev": Enum(super::boot::BOOT_DEVICES), commas, "Kind of device to boot once: hd, cdrom, network or fd";
    "no_install": YesNo, "Whether nothing is installed and the guest is started as it is";
};
