//! Commands that change domains.

pub(super) mod affect;
pub(super) mod agent;
mod bandwidth;
mod block_job;
mod console;
mod container;
mod cpu;
mod define;
pub(super) mod device;
mod display;
mod dump;
mod identity;
mod job;
mod keys;
mod launch;
mod life;
mod memory;
mod migrate;
mod notes;
mod power;
mod qemu;
mod save;
mod storage;
mod tuning;
mod undefine;
mod watch;

pub(crate) use keys::names as key_names;

use hypervisor::{Connection, Domain};

pub(super) use save::comes_back;

use super::object::UUID_LENGTH;
use super::option::{VALIDATE, WRAP, XPATH, domain, file, flag, text};
use super::{Answer, Arguments, Command, Values, answer, edit};
use crate::control::Control;
use crate::failure::Failure;
use crate::output::field;

const MODES: &[&str] = &["acpi", "agent", "initctl", "signal", "paravirt"];

pub(super) const COMMANDS: &[Command] = &[
    device::ATTACH,
    device::disk::ATTACH,
    device::interface::ATTACH,
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
    )
    .acts(),
    tuning::limits::DISK,
    tuning::limits::SET_GROUP,
    tuning::limits::REMOVE_GROUP,
    tuning::limits::GROUP_INFO,
    tuning::limits::GROUPS,
    tuning::shares::BLOCK,
    block_job::rows::BLOCKCOMMIT,
    block_job::rows::BLOCKCOPY,
    block_job::rows::BLOCKJOB,
    block_job::rows::BLOCKPULL,
    watch::RESIZE,
    device::media::CHANGE,
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
    )
    .alone(),
    cpu::time::STATS,
    Command::new(
        "create",
        "start a domain that is forgotten when it stops",
        "Starts a domain from XML without keeping a definition.",
        &[
            file("file with the domain's XML"),
            flag("console", "join its console at once").alone(),
            flag("paused", "leave its processors stopped"),
            flag("autodestroy", "force it off when this virsh disconnects"),
            PASS_FDS,
            VALIDATE,
            RESET_NVRAM,
        ],
        define::create,
    )
    .acts(),
    Command::new(
        "define",
        "keep a domain's definition",
        "Keeps the definition in a file, new or changed, without starting the domain.",
        &[file("file with the domain's XML"), VALIDATE],
        define::define,
    )
    .acts(),
    notes::DESCRIBE,
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
    )
    .destroys(),
    device::DETACH,
    device::DETACH_ALIAS,
    device::detach::DISK,
    device::detach::INTERFACE,
    display::DISPLAY,
    agent::files::FREEZE,
    agent::files::THAW,
    agent::files::INFO,
    agent::files::TRIM,
    agent::says::HOSTNAME,
    Command::new(
        "domid",
        "print a domain's id",
        "",
        &[text("domain", "the domain's name or UUID").required().values(Values::Domain)],
        identity::id,
    )
    .answers(&Answer::printed(&[field::number("id", "the number; null while it does not run")])),
    device::link::SET,
    tuning::interface::TUNE,
    job::ABORT,
    job::INFO,
    launch::INFO,
    launch::SECRET,
    Command::new(
        "domname",
        "print a domain's name",
        "",
        &[text("domain", "the domain's id or UUID").required().values(Values::Domain)],
        identity::name,
    )
    .answers(&answer::NAME),
    Command::new(
        "domrename",
        "rename a domain",
        "Gives another name to a domain that does not run.",
        &[
            text("domain", "the domain's name or UUID").required().values(Values::InactiveDomain),
            text("new-name", "its new name").required(),
        ],
        identity::rename,
    )
    .acts(),
    power::SLEEP,
    power::WAKE,
    Command::new(
        "domuuid",
        "print a domain's UUID",
        "",
        &[text("domain", "the domain's id or name").required().values(Values::Domain)],
        identity::uuid,
    )
    .answers(&answer::UUID),
    launch::FROM_NATIVE,
    launch::TO_NATIVE,
    save::rows::DUMP,
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
    )
    .answers(&answer::XML),
    edit::DOMAIN,
    agent::users::KEYS,
    power::NMI,
    cpu::io_thread::INFO,
    cpu::io_thread::PIN,
    cpu::io_thread::ADD,
    cpu::io_thread::SET,
    cpu::io_thread::REMOVE,
    keys::SEND,
    power::SIGNAL,
    container::ENTER,
    save::rows::MANAGEDSAVE,
    Command::new(
        "managedsave-remove",
        "forget a domain's saved memory",
        "Forgets the memory that libvirt keeps, so that the next start is a fresh one.",
        &[domain(Values::SavedDomain)],
        life::managed_save_remove,
    )
    .destroys(),
    edit::MANAGED_SAVE,
    save::rows::MANAGEDSAVE_DUMPXML,
    save::rows::MANAGEDSAVE_DEFINE,
    tuning::shares::MEMORY,
    tuning::perf::PERF,
    notes::METADATA,
    migrate::rows::MIGRATE,
    migrate::rows::MIGRATE_SETMAXDOWNTIME,
    migrate::rows::MIGRATE_GETMAXDOWNTIME,
    migrate::rows::MIGRATE_COMPCACHE,
    migrate::rows::MIGRATE_SETSPEED,
    migrate::rows::MIGRATE_GETSPEED,
    migrate::rows::MIGRATE_POSTCOPY,
    tuning::shares::NUMA,
    qemu::rows::QEMU_ATTACH,
    qemu::rows::QEMU_MONITOR_COMMAND,
    qemu::rows::QEMU_MONITOR_EVENT,
    qemu::rows::QEMU_AGENT_COMMAND,
    agent::says::TIMEOUT,
    Command::new(
        "reboot",
        "ask a guest to start anew",
        "Asks the guest's operating system to reboot.",
        &[domain(Values::ActiveDomain), MODE],
        life::reboot,
    )
    .acts(),
    Command::new(
        "reset",
        "press a domain's reset button",
        "Resets the domain at once; its operating system is not asked.",
        &[domain(Values::ActiveDomain)],
        life::reset,
    )
    .destroys(),
    save::rows::RESTORE,
    Command::new(
        "resume",
        "let a paused domain go on",
        "Lets the processors of a paused domain run again.",
        &[domain(Values::PausedDomain)],
        life::resume,
    )
    .acts(),
    save::rows::SAVE,
    save::rows::SAVE_IMAGE_DEFINE,
    save::rows::SAVE_IMAGE_DUMPXML,
    edit::SAVE_IMAGE,
    tuning::scheduler::INFO,
    display::SCREENSHOT,
    power::LIFECYCLE,
    agent::users::SET_KEYS,
    agent::users::PASSWORD,
    memory::SET_MAX,
    memory::SET,
    cpu::count::SET,
    Command::new(
        "shutdown",
        "ask a guest to shut down",
        "Asks the guest's operating system to shut down. It may take its time, or not listen.",
        &[domain(Values::ActiveDomain), MODE],
        life::shutdown,
    )
    .acts(),
    Command::new(
        "start",
        "start a defined domain",
        "Starts a domain: from its saved memory if libvirt keeps one, afresh otherwise.",
        &[
            text("domain", "the domain's name or UUID").required().values(Values::InactiveDomain),
            flag("console", "join its console at once").alone(),
            flag("paused", "leave its processors stopped"),
            flag("autodestroy", "force it off when this virsh disconnects"),
            flag("bypass-cache", "read its saved memory past the host's cache"),
            flag("force-boot", "forget its saved memory and start afresh"),
            PASS_FDS,
            RESET_NVRAM,
        ],
        life::start,
    )
    .acts(),
    Command::new(
        "suspend",
        "pause a domain",
        "Stops the processors of a running domain; it keeps its memory.",
        &[domain(Values::RunningDomain)],
        life::suspend,
    )
    .acts(),
    display::TTY,
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
                .yields()
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
    )
    .destroys(),
    device::UPDATE,
    device::memory::UPDATE,
    cpu::count::GET,
    cpu::info::INFO,
    cpu::pin::VCPU,
    cpu::pin::EMULATOR,
    display::VNC,
    cpu::count::GUEST,
    cpu::count::SWITCH,
    watch::THRESHOLD,
    agent::says::INFO,
    watch::DIRTY_RATE,
    launch::FILES,
    display::RELOAD,
];

const MODE: super::Opt =
    text("mode", "ways to ask, separated by commas: acpi, agent, initctl, signal, paravirt")
        .positional()
        .yields()
        .values(Values::List(MODES));
const PASS_FDS: super::Opt =
    text("pass-fds", "file descriptors of ours that the guest gets, N,M,...").tolerated().yields();
const RESET_NVRAM: super::Opt = flag("reset-nvram", "start with fresh firmware variables");

pub(super) const RUNNING: super::Opt = flag("running", "it runs when it comes back");
pub(super) const PAUSED: super::Opt = flag("paused", "it is paused when it comes back");
pub(super) const SAVED: super::Opt =
    text("file", "file that the domain was saved to").required().values(Values::File);

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
    let connection = control.connection()?;
    match arguments.found() {
        Some(uuid) => connection.domain_by_uuid(uuid).map_err(|_| not_found(name)),
        None => named(&connection, name, by),
    }
}

fn not_found(name: &str) -> Failure {
    Failure::said(format!("failed to get domain '{name}'"))
}

/// The domain of that id, UUID or name, whichever it is.
pub(crate) fn called(connection: &Connection, name: &str) -> Result<Domain, Failure> {
    named(connection, name, By::ANY)
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
    found.ok_or_else(|| not_found(name))
}
