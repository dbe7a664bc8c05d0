//! The options of a migration, and what each is for libvirt.

use hypervisor::flags::MigrateFlags;
use hypervisor::{Parameter, Value};

use crate::command::option::{Opt, domain, flag, number, text};
use crate::command::{Arguments, Values, file};
use crate::failure::Failure;

const METHODS: &[&str] = &["xbzrle", "mt", "zlib", "zstd"];

/// All options.
pub(in crate::command::domain) const OPTIONS: &[Opt] = &[
    domain(Values::Domain),
    text("desturi", "the other host, as we reach it; with --p2p, as the domain's host does").required(),
    flag("live", "let the domain run meanwhile"),
    flag("offline", "move the definition alone"),
    flag("p2p", "the two hosts talk to each other, without us"),
    flag("direct", "the hypervisor does it alone"),
    flag("tunnelled", "through the connection of the two libvirts"),
    flag("persistent", "the other host keeps the definition"),
    flag("undefinesource", "this host forgets the definition"),
    flag("suspend", "leave it paused there"),
    flag("copy-storage-all", "copy its disks too"),
    flag("copy-storage-inc", "copy what its disks add to images that both hosts have"),
    flag("copy-storage-synchronous-writes", "its writes wait until the copy has them"),
    flag("change-protection", "nobody changes its definition meanwhile"),
    flag("unsafe", "even where its disks may suffer"),
    flag("verbose", "show how far it is"),
    flag("compressed", "compress what is sent"),
    flag("auto-converge", "slow its processors down until memory keeps up"),
    flag("rdma-pin-all", "keep all memory in place for RDMA"),
    flag("abort-on-error", "give up when a disk fails meanwhile"),
    flag("postcopy", "allow it to run there before all memory is"),
    flag("postcopy-after-precopy", "let it do so after memory was sent once"),
    flag("postcopy-resume", "go on after that broke"),
    flag("zerocopy", "send memory without copying it first"),
    text("migrateuri", "where memory is sent, if not to the other host's usual address").tolerated(),
    text("graphicsuri", "where viewers of its display go on").tolerated(),
    text("listen-address", "the address at which the other host waits for it").tolerated(),
    text("dname", "its name there").tolerated().alone(),
    number("timeout", "seconds after which it is hurried on").tolerated(),
    flag("timeout-suspend", "by pausing it, as usual"),
    flag("timeout-postcopy", "by letting it run there at once"),
    text("xml", "file with its XML for the other host").tolerated().values(Values::File),
    text("migrate-disks", "disks that are copied, separated by commas").tolerated().values(Values::Disk),
    text("migrate-disks-detect-zeroes", "disks of which only what is not nought is written")
        .values(Values::Disk),
    number("disks-port", "the other host's port that takes disks").tolerated(),
    text("disks-uri", "where disks are sent, in place of the port"),
    text("comp-methods", "how memory is compressed: methods, separated by commas")
        .values(Values::List(METHODS)),
    number("comp-mt-level", "how hard several threads compress"),
    number("comp-mt-threads", "how many compress"),
    number("comp-mt-dthreads", "how many decompress"),
    number("comp-xbzrle-cache", "bytes that xbzrle keeps of what was sent"),
    number("auto-converge-initial", "by how much processors are slowed down at first"),
    number("auto-converge-increment", "by how much each time after that"),
    text("persistent-xml", "file with its XML that the other host keeps").values(Values::File),
    flag("tls", "encrypt what is sent"),
    number("postcopy-bandwidth", "at most so many MiB a second once it runs there"),
    flag("parallel", "over several connections"),
    number("parallel-connections", "how many"),
    number("bandwidth", "at most so many MiB a second"),
    text("tls-destination", "the name in the other host's certificate"),
    number("comp-zlib-level", "how hard zlib compresses"),
    number("comp-zstd-level", "how hard zstd compresses"),
    number("available-switchover-bandwidth", "MiB a second that there are for the last step"),
];

/// What the options that take no value are for libvirt.
pub(super) fn flags(arguments: &Arguments) -> MigrateFlags {
    MigrateFlags(arguments.flags(&[
        ("live", MigrateFlags::LIVE.0),
        ("offline", MigrateFlags::OFFLINE.0),
        ("p2p", MigrateFlags::PEER2PEER.0),
        ("tunnelled", MigrateFlags::TUNNELLED.0),
        ("persistent", MigrateFlags::PERSIST_DEST.0),
        ("undefinesource", MigrateFlags::UNDEFINE_SOURCE.0),
        ("suspend", MigrateFlags::PAUSED.0),
        ("copy-storage-all", MigrateFlags::NON_SHARED_DISK.0),
        ("copy-storage-inc", MigrateFlags::NON_SHARED_INC.0),
        ("copy-storage-synchronous-writes", MigrateFlags::NON_SHARED_SYNCHRONOUS_WRITES.0),
        ("change-protection", MigrateFlags::CHANGE_PROTECTION.0),
        ("unsafe", MigrateFlags::UNSAFE.0),
        ("compressed", MigrateFlags::COMPRESSED.0),
        ("auto-converge", MigrateFlags::AUTO_CONVERGE.0),
        ("rdma-pin-all", MigrateFlags::RDMA_PIN_ALL.0),
        ("abort-on-error", MigrateFlags::ABORT_ON_ERROR.0),
        ("postcopy", MigrateFlags::POSTCOPY.0),
        ("postcopy-resume", MigrateFlags::POSTCOPY_RESUME.0),
        ("zerocopy", MigrateFlags::ZEROCOPY.0),
        ("tls", MigrateFlags::TLS.0),
        ("parallel", MigrateFlags::PARALLEL.0),
    ]))
}

/// What kind of value an option has.
enum Kind {
    Text,
    /// Several, separated by commas; each becomes a parameter.
    List,
    /// The contents of a file.
    File,
    Int,
    ULong,
}

/// The options with values, and libvirt's names for them (`VIR_MIGRATE_PARAM_*`).
const PARAMETERS: &[(&str, &str, Kind)] = &[
    ("migrateuri", "migrate_uri", Kind::Text),
    ("graphicsuri", "graphics_uri", Kind::Text),
    ("listen-address", "listen_address", Kind::Text),
    ("disks-port", "disks_port", Kind::Int),
    ("disks-uri", "disks_uri", Kind::Text),
    ("dname", "destination_name", Kind::Text),
    ("migrate-disks", "migrate_disks", Kind::List),
    ("migrate-disks-detect-zeroes", "migrate_disks_detect_zeroes", Kind::List),
    ("xml", "destination_xml", Kind::File),
    ("persistent-xml", "persistent_xml", Kind::File),
    ("comp-methods", "compression", Kind::List),
    ("comp-mt-level", "compression.mt.level", Kind::Int),
    ("comp-mt-threads", "compression.mt.threads", Kind::Int),
    ("comp-mt-dthreads", "compression.mt.dthreads", Kind::Int),
    ("comp-xbzrle-cache", "compression.xbzrle.cache", Kind::ULong),
    ("comp-zlib-level", "compression.zlib.level", Kind::Int),
    ("comp-zstd-level", "compression.zstd.level", Kind::Int),
    ("auto-converge-initial", "auto_converge.initial", Kind::Int),
    ("auto-converge-increment", "auto_converge.increment", Kind::Int),
    ("bandwidth", "bandwidth", Kind::ULong),
    ("postcopy-bandwidth", "bandwidth.postcopy", Kind::ULong),
    ("available-switchover-bandwidth", "bandwidth.avail.switchover", Kind::ULong),
    ("parallel-connections", "parallel.connections", Kind::Int),
    ("tls-destination", "tls.destination", Kind::Text),
];

/// What the options that take a value are for libvirt.
pub(super) fn parameters(arguments: &Arguments) -> Result<Vec<Parameter>, Failure> {
    for option in ["migrate-disks", "migrate-disks-detect-zeroes"] {
        if arguments.has(option) && !arguments.has("copy-storage-all") && !arguments.has("copy-storage-inc") {
            let needed = "'--copy-storage-all', '--copy-storage-inc'";
            return Err(Failure::said(format!("'--{option}' requires one of {needed}")));
        }
    }
    let mut all = Vec::new();
    for (option, name, kind) in PARAMETERS {
        let mut add = |value| all.push(Parameter::new(*name, value));
        let Some(text) = arguments.text(option)? else { continue };
        match kind {
            Kind::Text => add(Value::Text(text.to_owned())),
            Kind::List => text.split(',').for_each(|one| add(Value::Text(one.to_owned()))),
            Kind::File => add(Value::Text(read(text)?)),
            Kind::Int => add(Value::Int(arguments.number(option)?.unwrap_or_default())),
            Kind::ULong => add(Value::ULong(arguments.number(option)?.unwrap_or_default())),
        }
    }
    Ok(all)
}

fn read(path: &str) -> Result<String, Failure> {
    file::read(path).map_err(|failure| {
        let said = std::iter::once(format!("cannot read file '{path}'"));
        Failure { said: failure.said.into_iter().chain(said).collect(), ..Failure::silent() }
    })
}
