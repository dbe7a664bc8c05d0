//! Commands that change domains.

mod block_job;
mod console;
mod define;
mod dump;
mod identity;
mod job;
mod life;
mod migrate;
mod qemu;
mod save;
mod storage;
mod undefine;

use hypervisor::{Connection, Domain};

pub(super) use save::comes_back;

use super::object::UUID_LENGTH;
use super::option::{VALIDATE, WRAP, XPATH, domain, file, flag, number, rest, text};
use super::{Arguments, Command, Values, edit};
use crate::control::Control;
use crate::failure::Failure;

const MODES: &[&str] = &["acpi", "agent", "initctl", "signal", "paravirt"];

pub(super) const COMMANDS: &[Command] = &[
    Command::new(
        "autostart",
        "start a domain with its host, or no longer",
        "Chooses whether libvirt starts the domain when the host starts.",
        &[
            domain(Values::PersistentDomain),
            flag("disable", "no longer start it"),
            flag("once", "only for the next start of the host"),
        ],
        life::autostart,
    ),
    Command::new(
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
            text("top", "the highest image that is moved; the active one, if not given").tolerated().values(Values::File),
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
        block_job::commit,
    ),
    Command::new(
        "blockcopy",
        "copy a running domain's disk",
        "Copies a disk to another place and keeps both the same until the work is ended.",
        &[
            domain(Values::ActiveDomain),
            DISK,
            text("dest", "where the copy is made").tolerated().values(Values::File),
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
        block_job::copy,
    ),
    Command::new(
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
        block_job::manage,
    ),
    Command::new(
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
        block_job::pull,
    ),
    Command::new(
        "console",
        "talk to a guest over its serial console",
        "Joins this terminal and the guest's serial console. The escape key, ^] unless\n\
         -e chose another one, leaves it.",
        &[
            domain(Values::ActiveDomain),
            text("devname", "alias of the character device").tolerated().values(Values::CharacterDevice),
            flag("force", "take the console over from whoever has it"),
            flag("resume", "let a paused guest go on once connected"),
            flag("safe", "refuse where two could have the console at once"),
        ],
        console::console,
    ),
    Command::new(
        "create",
        "start a domain that is forgotten when it stops",
        "Starts a domain from XML without keeping a definition.",
        &[
            file("file with the domain's XML"),
            flag("console", "join its console at once"),
            flag("paused", "leave its processors stopped"),
            flag("autodestroy", "force it off when this virsh disconnects"),
            PASS_FDS,
            VALIDATE,
            RESET_NVRAM,
        ],
        define::create,
    ),
    Command::new(
        "define",
        "keep a domain's definition",
        "Keeps the definition in a file, new or changed, without starting the domain.",
        &[file("file with the domain's XML"), VALIDATE],
        define::define,
    ),
    Command::new(
        "destroy",
        "force a domain off",
        "Stops the domain at once, as if its power was cut. Its definition and disks stay.",
        &[
            domain(Values::ActiveDomain),
            flag("graceful", "give up rather than kill it the hard way"),
            flag("remove-logs", "remove its log files as well"),
        ],
        life::destroy,
    ),
    Command::new(
        "domid",
        "print a domain's id",
        "",
        &[text("domain", "the domain's name or UUID").required().values(Values::Domain)],
        identity::id,
    ),
    Command::new(
        "domjobabort",
        "cancel the work that goes on on a domain",
        "Cancels a migration, a save, a dump or another long work on the domain.",
        &[domain(Values::ActiveDomain), flag("postcopy", "break a migration that is past the point of return")],
        job::abort,
    ),
    Command::new(
        "domjobinfo",
        "print how far the work on a domain is",
        "Prints the figures of a migration, a save, a dump or another long work on the domain.",
        &[
            domain(Values::Domain),
            flag("completed", "of the one that ended last; they are forgotten then"),
            flag("keep-completed", "the same, and they are kept"),
            flag("anystats", "figures of one that failed as well"),
            flag("rawstats", "all that libvirt says, under its own names"),
        ],
        job::info,
    ),
    Command::new(
        "domname",
        "print a domain's name",
        "",
        &[text("domain", "the domain's id or UUID").required().values(Values::Domain)],
        identity::name,
    ),
    Command::new(
        "domrename",
        "rename a domain",
        "Gives another name to a domain that does not run.",
        &[
            text("domain", "the domain's name or UUID").required().values(Values::InactiveDomain),
            text("new-name", "its new name").required(),
        ],
        identity::rename,
    ),
    Command::new(
        "domuuid",
        "print a domain's UUID",
        "",
        &[text("domain", "the domain's id or name").required().values(Values::Domain)],
        identity::uuid,
    ),
    Command::new(
        "dump",
        "write a domain's memory to a file for debugging",
        "Writes a core dump of the domain to a file on its host.",
        &[
            domain(Values::ActiveDomain),
            text("file", "file on the domain's host").required().values(Values::File),
            flag("live", "let the domain run meanwhile"),
            flag("crash", "end the domain afterwards, as crashed"),
            flag("bypass-cache", "write past the host's cache"),
            flag("reset", "reset the domain afterwards"),
            flag("verbose", "show how far it is"),
            flag("memory-only", "memory and processors alone, which other tools can read"),
            text("format", "with --memory-only: the file's format").tolerated().values(Values::Words(save::FORMAT_NAMES)),
        ],
        save::dump,
    ),
    Command::new(
        "dumpxml",
        "print a domain's XML",
        "Prints the domain's XML as libvirt has it.",
        &[
            domain(Values::Domain),
            flag("inactive", "as it will be at its next start"),
            flag("security-info", "with passwords"),
            flag("update-cpu", "with its processor as this host provides it"),
            flag("migratable", "as another host has to be given it"),
            XPATH,
            WRAP,
        ],
        dump::dumpxml,
    ),
    Command::new(
        "edit",
        "edit a domain's XML",
        "Edits the domain's definition in $VISUAL or $EDITOR; a running domain keeps what it\n\
         has until its next start.",
        &[
            domain(Values::Domain),
            flag("skip-validate", "take XML that libvirt's schema does not allow"),
        ],
        edit::domain,
    ),
    Command::new(
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
        save::managed,
    ),
    Command::new(
        "managedsave-remove",
        "forget a domain's saved memory",
        "Forgets the memory that libvirt keeps, so that the next start is a fresh one.",
        &[domain(Values::InactiveDomain)],
        life::managed_save_remove,
    ),
    Command::new(
        "managedsave-edit",
        "edit the XML beside a domain's saved memory",
        "Edits what the domain will be when it goes on from the memory that libvirt keeps.",
        &[domain(Values::Domain), RUNNING, PAUSED],
        edit::managed_save,
    ),
    Command::new(
        "managedsave-dumpxml",
        "print the XML beside a domain's saved memory",
        "Prints what the domain will be when it goes on from the memory that libvirt keeps.",
        &[domain(Values::InactiveDomain), SECURE, XPATH, WRAP],
        save::managed_xml,
    ),
    Command::new(
        "managedsave-define",
        "change the XML beside a domain's saved memory",
        "Changes what the domain will be when it goes on from the memory that libvirt keeps.",
        &[
            domain(Values::InactiveDomain),
            text("xml", "file with the domain's new XML").required().values(Values::File),
            RUNNING,
            PAUSED,
        ],
        save::define_managed,
    ),
    Command::new(
        "migrate",
        "move a domain to another host",
        "Moves a domain to another host; with --live it runs meanwhile.",
        migrate::options::OPTIONS,
        migrate::migrate,
    ),
    Command::new(
        "migrate-setmaxdowntime",
        "limit how long a migration stops a domain",
        "Limits how long a domain that moves while it runs may stand still at the end.",
        &[domain(Values::ActiveDomain), number("downtime", "milliseconds").required()],
        migrate::set_downtime,
    ),
    Command::new(
        "migrate-getmaxdowntime",
        "print how long a migration may stop a domain",
        "Prints how long a domain that moves while it runs may stand still at the end.",
        &[domain(Values::ActiveDomain)],
        migrate::downtime,
    ),
    Command::new(
        "migrate-compcache",
        "print or change the cache of a compressed migration",
        "Prints, or changes, the memory that finds out which pages are sent once more.",
        &[domain(Values::ActiveDomain), number("size", "bytes")],
        migrate::cache,
    ),
    Command::new(
        "migrate-setspeed",
        "limit how fast a domain moves",
        "Limits what a migration of the domain sends.",
        &[
            domain(Values::ActiveDomain),
            number("bandwidth", "MiB a second").required(),
            flag("postcopy", "once it runs on the other host"),
        ],
        migrate::set_speed,
    ),
    Command::new(
        "migrate-getspeed",
        "print how fast a domain may move",
        "Prints the limit, in MiB a second.",
        &[domain(Values::ActiveDomain), flag("postcopy", "once it runs on the other host")],
        migrate::speed,
    ),
    Command::new(
        "migrate-postcopy",
        "let a domain that moves run on the other host at once",
        "Switches a migration that was begun with --postcopy: the domain goes on there, and\n\
         memory follows when it is needed.",
        &[domain(Values::ActiveDomain)],
        migrate::post_copy,
    ),
    Command::new(
        "qemu-attach",
        "take over a QEMU that was started by hand",
        "Lets libvirt manage a QEMU process that it did not start.",
        &[text("pid", "the process").required()],
        qemu::attach,
    ),
    Command::new(
        "qemu-monitor-command",
        "send a command to QEMU's monitor",
        "Sends a command to QEMU past libvirt, which cannot know what it changes.",
        &[
            domain(Values::ActiveDomain),
            flag("hmp", "a command for people, and not JSON"),
            flag("pretty", "print the answer over several lines"),
            flag("return-value", "print only what is returned"),
            text("pass-fds", "file descriptors of ours that QEMU gets, N,M,..."),
            rest("cmd", "the command").required(),
        ],
        qemu::monitor_command,
    ),
    Command::new(
        "qemu-monitor-event",
        "wait for events of QEMU",
        "Waits for QEMU to say something, and prints it.",
        &[
            text("domain", "only of this domain: its name, id or UUID").tolerated().values(Values::ActiveDomain),
            text("event", "only events of this name").tolerated(),
            flag("pretty", "print what an event holds over several lines"),
            flag("loop", "go on after the first event, until the time is up or ^C"),
            number("timeout", "seconds to wait at most").tolerated(),
            flag("regex", "the name is a regular expression"),
            flag("no-case", "capital and small letters are the same"),
            flag("timestamp", "print when each event came"),
        ],
        qemu::monitor_event,
    ),
    Command::new(
        "qemu-agent-command",
        "send a command to the guest's agent",
        "Sends a command to the guest's agent past libvirt, which cannot know what it changes.",
        &[
            domain(Values::ActiveDomain),
            number("timeout", "seconds to wait at most"),
            flag("async", "do not wait for the answer"),
            flag("block", "wait for ever"),
            flag("pretty", "print the answer over several lines"),
            rest("cmd", "the command").required(),
        ],
        qemu::agent_command,
    ),
    Command::new(
        "reboot",
        "ask a guest to start anew",
        "Asks the guest's operating system to reboot.",
        &[domain(Values::ActiveDomain), MODE],
        life::reboot,
    ),
    Command::new(
        "reset",
        "press a domain's reset button",
        "Resets the domain at once; its operating system is not asked.",
        &[domain(Values::ActiveDomain)],
        life::reset,
    ),
    Command::new(
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
        save::restore,
    ),
    Command::new(
        "resume",
        "let a paused domain go on",
        "Lets the processors of a paused domain run again.",
        &[domain(Values::ActiveDomain)],
        life::resume,
    ),
    Command::new(
        "save",
        "save a domain's memory to a file and stop it",
        "Saves the domain's memory to a file on its host, and stops the domain. restore\n\
         brings it back.",
        &[
            domain(Values::ActiveDomain),
            text("file", "file on the domain's host").required().values(Values::File),
            flag("bypass-cache", "write past the host's cache"),
            number("parallel-channels", "how many streams write at once"),
            text("image-format", "the file's format").values(Values::Words(IMAGE_FORMATS)),
            text("xml", "file with other XML for the domain when it comes back").tolerated().values(Values::File),
            RUNNING,
            PAUSED,
            flag("verbose", "show how far it is"),
        ],
        save::save,
    ),
    Command::new(
        "save-image-define",
        "change the XML in a saved domain's file",
        "Changes what the domain will be when it comes back from the file.",
        &[
            SAVED,
            text("xml", "file with the domain's new XML").required().values(Values::File),
            RUNNING,
            PAUSED,
        ],
        save::define_image,
    ),
    Command::new(
        "save-image-dumpxml",
        "print the XML in a saved domain's file",
        "Prints what the domain will be when it comes back from the file.",
        &[SAVED, SECURE, XPATH, WRAP],
        save::image_xml,
    ),
    Command::new(
        "save-image-edit",
        "edit the XML in a saved domain's file",
        "Edits what the domain will be when it comes back from the file.",
        &[SAVED, RUNNING, PAUSED],
        edit::save_image,
    ),
    Command::new(
        "shutdown",
        "ask a guest to shut down",
        "Asks the guest's operating system to shut down. It may take its time, or not listen.",
        &[domain(Values::ActiveDomain), MODE],
        life::shutdown,
    ),
    Command::new(
        "start",
        "start a defined domain",
        "Starts a domain: from its saved memory if libvirt keeps one, afresh otherwise.",
        &[
            text("domain", "the domain's name or UUID").required().values(Values::InactiveDomain),
            flag("console", "join its console at once"),
            flag("paused", "leave its processors stopped"),
            flag("autodestroy", "force it off when this virsh disconnects"),
            flag("bypass-cache", "read its saved memory past the host's cache"),
            flag("force-boot", "forget its saved memory and start afresh"),
            PASS_FDS,
            RESET_NVRAM,
        ],
        life::start,
    ),
    Command::new(
        "suspend",
        "pause a domain",
        "Stops the processors of a running domain; it keeps its memory.",
        &[domain(Values::ActiveDomain)],
        life::suspend,
    ),
    Command::new(
        "undefine",
        "forget a domain's definition",
        "Forgets a domain that does not run; one that runs goes on until it stops. Its disks\n\
         stay unless they are asked for.",
        &[
            domain(Values::PersistentDomain),
            flag("managed-save", "forget its saved memory too"),
            text("storage", "remove these volumes too: disks' targets or paths, separated by commas")
                .tolerated()
                .values(Values::Disk),
            flag("remove-all-storage", "remove all its volumes too, with everything in them"),
            flag(
                "delete-storage-volume-snapshots",
                "remove snapshots of those volumes too, with --remove-all-storage",
            ),
            flag("wipe-storage", "overwrite the volumes before they are removed"),
            flag("snapshots-metadata", "forget what libvirt knows about its snapshots"),
            flag("checkpoints-metadata", "forget what libvirt knows about its checkpoints"),
            flag("nvram", "remove its firmware variables too"),
            flag("keep-nvram", "keep its firmware variables"),
            flag("tpm", "remove the contents of its TPM too"),
            flag("keep-tpm", "keep the contents of its TPM"),
        ],
        undefine::undefine,
    ),
];

const MODE: super::Opt =
    text("mode", "ways to ask, separated by commas: acpi, agent, initctl, signal, paravirt")
        .positional()
        .values(Values::List(MODES));
const PASS_FDS: super::Opt =
    text("pass-fds", "file descriptors of ours that the guest gets, N,M,...").tolerated();
const RESET_NVRAM: super::Opt = flag("reset-nvram", "start with fresh firmware variables");

const DISK: super::Opt = text("path", "the disk's target or source").required().values(Values::Disk);
const BANDWIDTH: super::Opt = number("bandwidth", "at most so many MiB a second").tolerated();
const BYTES: super::Opt = flag("bytes", "the limit is in bytes a second");
const WAIT_LIMIT: super::Opt = number("timeout", "wait so many seconds at most, and cancel it then").tolerated();
const IMAGE_FORMATS: &[&str] = &["raw", "gzip", "bzip2", "xz", "lzop", "zstd", "sparse"];
const SECURE: super::Opt = flag("security-info", "with passwords");
const RUNNING: super::Opt = flag("running", "it runs when it comes back");
const PAUSED: super::Opt = flag("paused", "it is paused when it comes back");
const SAVED: super::Opt = text("file", "file that the domain was saved to").required().values(Values::File);

/// In which ways a domain may be named.
#[derive(Clone, Copy)]
pub(super) struct By {
    id: bool,
    uuid: bool,
    name: bool,
}

impl By {
    /// By anything.
    pub(super) const ANY: Self = Self { id: true, uuid: true, name: true };
    const ID_OR_UUID: Self = Self { id: true, uuid: true, name: false };
    const ID_OR_NAME: Self = Self { id: true, uuid: false, name: true };
    const NAME_OR_UUID: Self = Self { id: false, uuid: true, name: true };
}

/// The domain that `--domain` names.
pub(super) fn find(control: &mut Control, arguments: &Arguments, by: By) -> Result<Domain, Failure> {
    let name = arguments.required("domain")?;
    named(&control.connection()?, name, by)
}

/// The domain of that id, UUID or name.
pub(super) fn named(connection: &Connection, name: &str, by: By) -> Result<Domain, Failure> {
    let id = name.parse().ok().filter(|_| by.id);
    let found = id.and_then(|id| connection.domain_by_id(id).ok());
    let found = found.or_else(|| {
        let is_uuid = by.uuid && name.len() == UUID_LENGTH;
        is_uuid.then(|| connection.domain_by_uuid(name).ok()).flatten()
    });
    let found = found.or_else(|| by.name.then(|| connection.domain_by_name(name).ok()).flatten());
    found.ok_or_else(|| Failure::said(format!("failed to get domain '{name}'")))
}
