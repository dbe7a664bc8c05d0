//! The commands about saving and restoring domains.

use super::FORMAT_NAMES;
use crate::command::domain::{PAUSED, RUNNING, SAVED};
use crate::command::option::{Opt, WRAP, XPATH, domain, flag, number, text};
use crate::command::{Command, Values, answer};

const IMAGE_FORMATS: &[&str] = &["raw", "gzip", "bzip2", "xz", "lzop", "zstd", "sparse"];
const SECURE: Opt = flag("security-info", "with passwords");

pub(in crate::command::domain) const DUMP: Command = Command::new(
    "dump",
    "write a domain's memory to a file for debugging",
    "Writes a core dump of the domain to a file on its host.",
    &[
        domain(Values::ActiveDomain),
        text("file", "file on the domain's host").required().values(Values::File).alone(),
        flag("live", "let the domain run meanwhile"),
        flag("crash", "end the domain afterwards, as crashed"),
        flag("bypass-cache", "write past the host's cache"),
        flag("reset", "reset the domain afterwards"),
        flag("verbose", "show how far it is"),
        flag("memory-only", "memory and processors alone, which other tools can read"),
        text("format", "with --memory-only: the file's format")
            .tolerated()
            .values(Values::Words(FORMAT_NAMES)),
    ],
    super::dump,
)
.acts();

pub(in crate::command::domain) const MANAGEDSAVE: Command = Command::new(
    "managedsave",
    "save a domain's memory and stop it",
    "Saves the domain's memory where libvirt keeps it, and stops the domain. Its next\n\
     start goes on from there.",
    &[
        domain(Values::ActiveDomain),
        flag("bypass-cache", "write past the host's cache"),
        flag("running", "let it run after the next start"),
        flag("paused", "leave it paused after the next start"),
        flag("verbose", "show how far it is"),
    ],
    super::managed,
)
.acts();

pub(in crate::command::domain) const MANAGEDSAVE_DEFINE: Command = Command::new(
    "managedsave-define",
    "change the XML beside a domain's saved memory",
    "Changes what the domain will be when it goes on from the memory that libvirt keeps.",
    &[
        domain(Values::SavedDomain),
        text("xml", "file with the domain's new XML").required().values(Values::File),
        RUNNING,
        PAUSED,
    ],
    super::define_managed,
)
.acts();

pub(in crate::command::domain) const MANAGEDSAVE_DUMPXML: Command = Command::new(
    "managedsave-dumpxml",
    "print the XML beside a domain's saved memory",
    "Prints what the domain will be when it goes on from the memory that libvirt keeps.",
    &[domain(Values::SavedDomain), SECURE, XPATH, WRAP],
    super::managed_xml,
)
.answers(&answer::XML);

pub(in crate::command::domain) const RESTORE: Command = Command::new(
    "restore",
    "bring a domain back from a file",
    "Starts a domain that was saved, where it stood.",
    &[
        SAVED,
        flag("bypass-cache", "read past the host's cache"),
        number("parallel-channels", "how many streams read at once"),
        text("xml", "file with other XML for the domain").tolerated().values(Values::File),
        RUNNING,
        PAUSED,
        flag("reset-nvram", "start with fresh firmware variables"),
    ],
    super::restore,
)
.acts();

pub(in crate::command::domain) const SAVE: Command = Command::new(
    "save",
    "save a domain's memory to a file and stop it",
    "Saves the domain's memory to a file on its host, and stops the domain. restore\n\
     brings it back.",
    &[
        domain(Values::ActiveDomain),
        text("file", "file on the domain's host").required().values(Values::File).alone(),
        flag("bypass-cache", "write past the host's cache"),
        number("parallel-channels", "how many streams write at once"),
        text("image-format", "the file's format").values(Values::Words(IMAGE_FORMATS)),
        text("xml", "file with other XML for the domain when it comes back").tolerated().values(Values::File),
        RUNNING,
        PAUSED,
        flag("verbose", "show how far it is"),
    ],
    super::save,
)
.acts();

pub(in crate::command::domain) const SAVE_IMAGE_DEFINE: Command = Command::new(
    "save-image-define",
    "change the XML in a saved domain's file",
    "Changes what the domain will be when it comes back from the file.",
    &[SAVED, text("xml", "file with the domain's new XML").required().values(Values::File), RUNNING, PAUSED],
    super::define_image,
)
.acts();

pub(in crate::command::domain) const SAVE_IMAGE_DUMPXML: Command = Command::new(
    "save-image-dumpxml",
    "print the XML in a saved domain's file",
    "Prints what the domain will be when it comes back from the file.",
    &[SAVED, SECURE, XPATH, WRAP],
    super::image_xml,
)
.answers(&answer::XML);
