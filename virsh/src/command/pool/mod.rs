//! Commands about storage pools.

mod describe;
mod list;
mod sources;

use hypervisor::event::Source;
use hypervisor::flags::{PoolBuildFlags, PoolDefineFlags, PoolStartFlags, PoolXml};
use hypervisor::pool::PoolState;
use hypervisor::{Bytes, Pool};

use super::object::{self, By, yes};
use super::option::{Opt, VALIDATE, WRAP, XPATH, file, flag, text};
use super::{Answer, Arguments, Command, Values, answer, edit, event};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::field::Field;
use crate::output::{Record, bytes, field};

/// Kinds of pools, with the flag that lists them.
pub(super) const TYPES: &[&str] = &[
    "dir",
    "fs",
    "netfs",
    "logical",
    "disk",
    "iscsi",
    "iscsi-direct",
    "scsi",
    "mpath",
    "rbd",
    "sheepdog",
    "gluster",
    "zfs",
    "vstorage",
];

const fn named(values: Values) -> Opt {
    text("pool", "the pool's name or UUID").required().values(values)
}

const BUILD: Opt = flag("build", "make what the pool stands on first");
const NO_OVERWRITE: Opt = flag("no-overwrite", "give up where there is data already");
const OVERWRITE: Opt = flag("overwrite", "destroy data that is there already");

/// A pool described by options: what its command has in common with its neighbour, then what it has alone.
macro_rules! described {
    ($($own:expr),*) => {
        &[
            text("name", "name of the pool").required(),
            text("type", "kind of the pool").required().values(Values::Words(TYPES)),
            flag("print-xml", "only print the pool's XML"),
            text("source-host", "host that the storage is on").tolerated(),
            text("source-path", "path of the storage").tolerated().values(Values::File),
            text("source-dev", "device of the storage").tolerated().values(Values::File),
            text("source-name", "name of the storage").tolerated(),
            text("target", "where the storage appears on the host").tolerated().values(Values::File),
            text("source-format", "format of the storage").tolerated(),
            text("auth-type", "how the user is authenticated").tolerated().values(Values::Words(&["chap", "ceph"])),
            text("auth-username", "name of the user").tolerated(),
            text("secret-usage", "usage of the secret with the password").tolerated(),
            text("secret-uuid", "UUID of the secret with the password").tolerated(),
            text("adapter-name", "name of the SCSI adapter").tolerated(),
            text("adapter-wwnn", "node name of the Fibre Channel adapter").tolerated(),
            text("adapter-wwpn", "port name of the Fibre Channel adapter").tolerated(),
            text("adapter-parent", "scsi_hostN that the virtual adapter is made on").tolerated(),
            text("adapter-parent-wwnn", "node name of that scsi_hostN").tolerated(),
            text("adapter-parent-wwpn", "port name of that scsi_hostN").tolerated(),
            text("adapter-parent-fabric-wwn", "fabric name of that scsi_hostN").tolerated(),
            text("source-protocol-ver", "version of NFS to mount with").tolerated(),
            text("source-initiator", "iSCSI name of the initiator").tolerated(),
            $($own),*
        ]
    };
}

pub(super) const COMMANDS: &[Command] = &[
    Command::new(
        "find-storage-pool-sources-as",
        "look for what could be a pool, described by options",
        "Prints what was found as XML, <sources>.",
        &[
            text("type", "kind of the pools").required().values(Values::Words(TYPES)),
            text("host", "host to ask").tolerated(),
            text("port", "port of that host").tolerated(),
            text("initiator", "iSCSI name to ask with").tolerated(),
        ],
        sources::described,
    )
    .answers(&answer::XML),
    Command::new(
        "find-storage-pool-sources",
        "look for what could be a pool",
        "Prints what was found as XML, <sources>.",
        &[
            text("type", "kind of the pools").required().values(Values::Words(TYPES)),
            text("srcSpec", "file with XML, <source>, that tells where to look")
                .tolerated()
                .values(Values::File),
        ],
        sources::from_file,
    )
    .answers(&answer::XML),
    Command::new(
        "pool-autostart",
        "start a pool with its host, or no longer",
        "Chooses whether libvirt starts the pool when the host starts.",
        &[named(Values::Pool), flag("disable", "no longer start it")],
        object::autostart::<Pool>,
    )
    .acts(),
    Command::new(
        "pool-build",
        "make what a pool stands on",
        "Makes the directory, file system or volume group that the pool stands on.",
        &[named(Values::InactivePool), NO_OVERWRITE, OVERWRITE],
        build,
    )
    .destroys(),
    Command::new(
        "pool-create-as",
        "start a pool described by options",
        "Starts a pool without keeping a definition.",
        described!(BUILD, NO_OVERWRITE, OVERWRITE),
        describe::create,
    )
    .acts(),
    Command::new(
        "pool-create",
        "start a pool that is forgotten when it stops",
        "Starts a pool from XML without keeping a definition.",
        &[file("file with the pool's XML"), BUILD, NO_OVERWRITE, OVERWRITE],
        create,
    )
    .acts(),
    Command::new(
        "pool-define-as",
        "keep the definition of a pool described by options",
        "Keeps a pool's definition without starting the pool.",
        described!(),
        describe::define,
    )
    .acts(),
    Command::new(
        "pool-define",
        "keep a pool's definition",
        "Keeps the definition in a file, new or changed, without starting the pool.",
        &[file("file with the pool's XML"), VALIDATE],
        define,
    )
    .acts(),
    Command::new(
        "pool-delete",
        "delete what a pool stands on",
        "Deletes the directory, file system or volume group that the pool stands on.",
        &[named(Values::InactivePool)],
        delete,
    )
    .destroys(),
    Command::new(
        "pool-destroy",
        "stop a pool",
        "Stops the pool at once. What is in it stays.",
        &[named(Values::ActivePool)],
        destroy,
    )
    .destroys(),
    Command::new(
        "pool-dumpxml",
        "print a pool's XML",
        "Prints the pool's XML as libvirt has it.",
        &[named(Values::Pool), flag("inactive", "as it will be at its next start"), XPATH, WRAP],
        dumpxml,
    )
    .answers(&answer::XML),
    Command::new(
        "pool-edit",
        "edit a pool's XML",
        "Edits the pool's definition in $VISUAL or $EDITOR; one that is up keeps what it has\n\
         until its next start.",
        &[named(Values::Pool)],
        edit::pool,
    )
    .acts()
    .alone(),
    Command::new(
        "pool-info",
        "print the main facts about a pool",
        "Prints a pool's state and room.",
        &[named(Values::Pool), flag("bytes", "sizes in bytes")],
        info,
    )
    .answers(&INFO),
    Command::new(
        "pool-list",
        "list pools",
        "Lists storage pools; those that are up, unless other ones are asked for.",
        &[
            flag("inactive", "those that are down"),
            flag("all", "all of them"),
            flag("transient", "those without a definition"),
            flag("persistent", "those with one"),
            flag("autostart", "those that start with the host"),
            flag("no-autostart", "those that do not"),
            text("type", "those of these kinds, separated by commas").tolerated().values(Values::List(TYPES)),
            flag("details", "with their room"),
            flag("uuid", "print UUIDs"),
            flag("name", "print names"),
        ],
        list::list,
    )
    .answers(&list::ANSWER),
    Command::new("pool-name", "print a pool's name", "", &[named(Values::Pool)], object::name::<Pool>)
        .answers(&answer::NAME),
    Command::new(
        "pool-refresh",
        "look for volumes anew",
        "Looks at what is in the pool anew.",
        &[named(Values::ActivePool)],
        refresh,
    )
    .acts(),
    Command::new(
        "pool-start",
        "start a defined pool",
        "Starts a pool.",
        &[named(Values::InactivePool), BUILD, NO_OVERWRITE, OVERWRITE],
        start,
    )
    .acts(),
    Command::new(
        "pool-undefine",
        "forget a pool's definition",
        "Forgets a pool that is down. What is in it stays.",
        &[named(Values::InactivePool)],
        undefine,
    )
    .destroys(),
    Command::new("pool-uuid", "print a pool's UUID", "", &[named(Values::Pool)], object::uuid::<Pool>)
        .answers(&answer::UUID),
    Command::new(
        "pool-event",
        "wait for events of pools",
        "Waits for something to happen to a pool and prints it; or lists what can happen.",
        &event::options("pool", "only of this pool: its name or UUID", Values::Pool, Source::Pool),
        events,
    )
    .alone()
    .answers(&event::POOL_EVENTS),
    Command::new(
        "pool-capabilities",
        "print what kinds of pools there may be",
        "Prints what the hypervisor offers for storage pools, as XML.",
        &[],
        capabilities,
    )
    .answers(&answer::XML),
];

fn build(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("no-overwrite", "overwrite")?;
    let flags = PoolBuildFlags(arguments.flags(&[
        ("no-overwrite", PoolBuildFlags::NO_OVERWRITE.0),
        ("overwrite", PoolBuildFlags::OVERWRITE.0),
    ]));
    object::act(control, arguments, "build", "built", |pool: &Pool| pool.build(flags))
}

fn delete(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::act(control, arguments, "delete", "deleted", Pool::delete)
}

fn destroy(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::act(control, arguments, "destroy", "destroyed", Pool::destroy)
}

fn refresh(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::act(control, arguments, "refresh", "refreshed", Pool::refresh)
}

fn undefine(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::act(control, arguments, "undefine", "has been undefined", Pool::undefine)
}

/// How a pool is started: whether what it stands on is made first.
fn start_flags(arguments: &Arguments) -> Result<PoolStartFlags, Failure> {
    arguments.exclusive("overwrite", "no-overwrite")?;
    Ok(PoolStartFlags(arguments.flags(&[
        ("build", PoolStartFlags::WITH_BUILD.0),
        ("overwrite", PoolStartFlags::WITH_BUILD_OVERWRITE.0),
        ("no-overwrite", PoolStartFlags::WITH_BUILD_NO_OVERWRITE.0),
    ])))
}

fn start(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = start_flags(arguments)?;
    object::act(control, arguments, "start", "started", |pool: &Pool| pool.start(flags))
}

fn create(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = start_flags(arguments)?;
    object::make(control, arguments, "create", "created", |connection, xml| {
        connection.create_pool(xml, flags)
    })
}

fn define(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = PoolDefineFlags(arguments.flags(&[("validate", PoolDefineFlags::VALIDATE.0)]));
    object::make(control, arguments, "define", "defined", |connection, xml| {
        connection.define_pool(xml, flags)
    })
}

fn dumpxml(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = PoolXml(arguments.flags(&[("inactive", PoolXml::INACTIVE.0)]));
    object::dump(control, arguments, |pool: &Pool| pool.xml(flags))
}

fn capabilities(control: &mut Control, _: &Arguments) -> Outcome {
    let text = control
        .connection()?
        .pool_capabilities()
        .attempted(|| "failed to get storage pool capabilities".to_owned())?;
    control.output.line(text);
    Ok(())
}

fn events(control: &mut Control, arguments: &Arguments) -> Outcome {
    event::objects::<Pool>(control, arguments, Source::Pool, "storage pool")
}

fn info(control: &mut Control, arguments: &Arguments) -> Outcome {
    const WIDTH: usize = 15;
    let pool: Pool = object::find(control, arguments, By::Any)?;
    let output = &control.output;
    output.field(WIDTH, "Name:", pool.name());
    output.field(WIDTH, "UUID:", pool.uuid());
    let info = pool.info()?;
    output.field(WIDTH, "State:", state_name(info.state));
    output.field(WIDTH, "Persistent:", pool.is_persistent().map_or("unknown", yes));
    output.field(WIDTH, "Autostart:", pool.autostart().map_or("no autostart", yes));
    if has_room(info.state) {
        for (label, size) in
            [("Capacity:", info.capacity), ("Allocation:", info.allocation), ("Available:", info.available)]
        {
            match arguments.has("bytes") {
                true => output.field(WIDTH, label, size.0),
                false => output.field(WIDTH, label, bytes(size.0)),
            }
        }
    }
    Ok(())
}

/// What lists and facts say about a pool.
const FIELDS: &[Field] = &[
    field::text("name", "its name"),
    field::text("state", "what it is doing").one_of(STATES),
    field::boolean("autostart", "whether it starts with the host"),
    field::boolean("persistent", "whether it is defined"),
    field::bytes("capacity", "its room; null while it is not up, as those after"),
    field::bytes("allocation", "how much of it is taken"),
    field::bytes("available", "how much of it is free"),
    field::text("uuid", "its UUID").aside(),
];

const INFO: Answer =
    Answer::facts(FIELDS, |control, arguments| record(&object::find(control, arguments, By::Any)?));

fn record(pool: &Pool) -> Result<Record, Failure> {
    let info = pool.info().attempted(|| "Could not retrieve pool information".to_owned())?;
    let room = |size: Bytes| Some(size).filter(|_| has_room(info.state));
    Ok(Record::new()
        .with("name", pool.name())
        .with("state", state_name(info.state))
        .with("autostart", pool.autostart().ok())
        .with("persistent", pool.is_persistent().ok())
        .with("capacity", room(info.capacity))
        .with("allocation", room(info.allocation))
        .with("available", room(info.available))
        .with("uuid", pool.uuid()))
}

/// All states, as the user reads them.
const STATES: &[&str] = &["inactive", "building", "running", "degraded", "inaccessible", "unknown"];

/// What the user reads for a state.
fn state_name(state: PoolState) -> &'static str {
    match state {
        PoolState::Inactive => "inactive",
        PoolState::Building => "building",
        PoolState::Running => "running",
        PoolState::Degraded => "degraded",
        PoolState::Inaccessible => "inaccessible",
        PoolState::Other(_) => "unknown",
    }
}

/// Whether the sizes of a pool in this state mean something.
fn has_room(state: PoolState) -> bool {
    matches!(state, PoolState::Running | PoolState::Degraded)
}
