//! The commands about work on disks.

use crate::command::option::{Opt, domain, flag, number, text};
use crate::command::{Command, Values};

const DISK: Opt = text("path", "the disk's target or source").required().values(Values::Disk);
const BANDWIDTH: Opt = number("bandwidth", "at most so many MiB a second").tolerated();
const BYTES: Opt = flag("bytes", "the limit is in bytes a second");
const WAIT_LIMIT: Opt = number("timeout", "wait so many seconds at most, and cancel it then").tolerated();

pub(in crate::command::domain) const BLOCKCOMMIT: Command = Command::new(
    "blockcommit",
    "move a disk's changes into the image that it was made on",
    "Moves what was written to an image, and to those below it, into its base. The active\n\
     image of a running domain is kept the same as the base until the work is ended.",
    &[
        domain(Values::ActiveDomain),
        DISK,
        BANDWIDTH,
        text("base", "the image that takes it; the lowest, if not given").tolerated().values(Values::File),
        flag("shallow", "the image below the top is the base"),
        text("top", "the highest image that is moved; the active one, if not given")
            .tolerated()
            .values(Values::File),
        flag("active", "the active image may be moved"),
        flag("delete", "remove the files that were moved"),
        flag("wait", "wait for the end, or until both are the same"),
        flag("verbose", "with --wait: show how far it is"),
        WAIT_LIMIT,
        flag("pivot", "wait, and go on with the base"),
        flag("keep-overlay", "wait, and go on with the former image"),
        flag("async", "do not wait until what is cancelled has ended"),
        flag("keep-relative", "relative names of images stay relative"),
        BYTES,
    ],
    super::commit,
)
.acts();

pub(in crate::command::domain) const BLOCKCOPY: Command = Command::new(
    "blockcopy",
    "copy a running domain's disk",
    "Copies a disk to another place and keeps both the same until the work is ended.",
    &[
        domain(Values::ActiveDomain),
        DISK,
        text("dest", "where the copy is made").tolerated().values(Values::File).alone(),
        BANDWIDTH,
        flag("shallow", "copy the active image alone, on the same base"),
        flag("reuse-external", "write to what is there already"),
        flag("blockdev", "the copy is a block device"),
        flag("wait", "wait until both are the same"),
        flag("verbose", "with --wait: show how far it is"),
        WAIT_LIMIT,
        flag("pivot", "wait, and go on with the copy"),
        flag("finish", "wait, and go on with the former disk"),
        flag("async", "do not wait until what is cancelled has ended"),
        text("xml", "file with XML of the disk that becomes the copy").tolerated().values(Values::File),
        text("format", "the copy's format").tolerated().values(Values::Words(&["raw", "qcow2"])),
        number("granularity", "bytes that are compared at once, a power of two").tolerated(),
        number("buf-size", "bytes that are under way at most").tolerated(),
        BYTES,
        flag("transient-job", "the work need not outlive the domain"),
        flag("synchronous-writes", "the guest's writes wait for the copy's"),
        flag("print-xml", "print the XML of the copy, and copy nothing"),
    ],
    super::copy,
)
.acts();

pub(in crate::command::domain) const BLOCKJOB: Command = Command::new(
    "blockjob",
    "look at, limit or end the work on a disk",
    "Prints how far the work on a disk is; or limits it, or ends it.",
    &[
        domain(Values::ActiveDomain),
        DISK,
        flag("abort", "end it"),
        flag("async", "end it, without waiting"),
        flag("pivot", "end it, and go on with the copy or the base"),
        flag("info", "print how far it is, as usual"),
        flag("bytes", "the limit is in bytes a second"),
        flag("raw", "print the figures one by one"),
        number("bandwidth", "limit it to so many MiB a second").tolerated(),
    ],
    super::manage,
)
.acts()
.answers(&super::ANSWER);

pub(in crate::command::domain) const BLOCKPULL: Command = Command::new(
    "blockpull",
    "make a disk independent of the images that it was made on",
    "Copies what lies below an image into it.",
    &[
        domain(Values::ActiveDomain),
        DISK,
        BANDWIDTH,
        text("base", "the image that it goes on depending on").tolerated().values(Values::File),
        flag("wait", "wait for the end"),
        flag("verbose", "with --wait: show how far it is"),
        WAIT_LIMIT,
        flag("async", "do not wait until what is cancelled has ended"),
        flag("keep-relative", "relative names of images stay relative"),
        BYTES,
    ],
    super::pull,
)
.acts();
