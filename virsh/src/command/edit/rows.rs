//! The commands that edit objects of which no other command is about.

use super::objects;
use crate::command::domain::{PAUSED, RUNNING, SAVED};
use crate::command::option::{domain, flag, text};
use crate::command::{Command, Values};

pub(in crate::command) const DOMAIN: Command = Command::new(
    "edit",
    "edit a domain's XML",
    "Edits the domain's definition in $VISUAL or $EDITOR; a running domain keeps what it\n\
     has until its next start.",
    &[domain(Values::Domain), flag("skip-validate", "take XML that libvirt's schema does not allow")],
    objects::domain,
)
.acts()
.alone();

pub(in crate::command) const MANAGED_SAVE: Command = Command::new(
    "managedsave-edit",
    "edit the XML beside a domain's saved memory",
    "Edits what the domain will be when it goes on from the memory that libvirt keeps.",
    &[domain(Values::SavedDomain), RUNNING, PAUSED],
    objects::managed_save,
)
.acts()
.alone();

pub(in crate::command) const SAVE_IMAGE: Command = Command::new(
    "save-image-edit",
    "edit the XML in a saved domain's file",
    "Edits what the domain will be when it comes back from the file.",
    &[SAVED, RUNNING, PAUSED],
    objects::save_image,
)
.acts()
.alone();

pub(in crate::command) const INTERFACE: Command = Command::new(
    "iface-edit",
    "edit the XML of a network interface of the host",
    "Edits the interface's definition in $VISUAL or $EDITOR.",
    &[text("interface", "the interface's name or hardware address").required().values(Values::Interface)],
    objects::interface,
)
.acts()
.alone();

pub(in crate::command) const NWFILTER: Command = Command::new(
    "nwfilter-edit",
    "edit a network filter's XML",
    "Edits the filter's definition in $VISUAL or $EDITOR.",
    &[text("nwfilter", "the filter's name or UUID").required().values(Values::Filter)],
    objects::nwfilter,
)
.acts()
.alone();
