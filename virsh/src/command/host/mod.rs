//! Commands about the host and its hypervisor.

mod compare;
mod data;
mod memory;
mod processor;
mod summary;

use hypervisor::{Query, SuspendTarget, library_version};
use xctl::capabilities::DomainCapabilities;

use super::option::{Opt, WRAP, XPATH, file, flag, number, text};
use super::{Answer, Arguments, Command, Values, answer, xml};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::field;

const VIRT_TYPES: &[&str] = &["kvm", "qemu", "xen", "lxc", "hvf", "test"];

const CELL: Opt = number("cellno", "only this NUMA cell").tolerated();
const VIRT_TYPE: Opt =
    text("virttype", "kind of virtualization, as in /domain/@type").values(Values::Words(VIRT_TYPES));
const EMULATOR: Opt = text("emulator", "path of the emulator").values(Values::File);
const ARCH: Opt = text("arch", "architecture of the guest, as in /domain/os/type/@arch");
const MACHINE: Opt = text("machine", "machine of the guest, as in /domain/os/type/@machine");
const CPU: Opt = file("file with the processor's XML, or with XML that it is a part of");
const CPUS: &str = "file with the processors' XML, or with XML that they are parts of";
const FEATURES: Opt = flag("features", "with the features that the model stands for");
const MIGRATABLE: Opt = flag("migratable", "without features that keep a guest on its host");
const ERROR: Opt = flag("error", "fail if the processor lacks something, and say what");
const CPU_VALIDATE: Opt = flag("validate", "refuse XML that libvirt's schema does not allow");

pub(super) const COMMANDS: &[Command] = &[
    Command::new(
        "allocpages",
        "change how many huge pages the host keeps",
        "Makes the host keep so many pages of a size, or so many more, for guests.",
        &[
            number("pagesize", "size of a page, in KiB or with a unit").required(),
            number("pagecount", "how many pages").required(),
            CELL,
            flag("add", "so many more than there are"),
            flag("all", "in each NUMA cell"),
        ],
        memory::allocate,
    ).acts(),
    Command::new(
        "capabilities",
        "print what the hypervisor can do",
        "Prints the hypervisor's capabilities as XML, or what matters of them in a screen.",
        &[XPATH, WRAP, flag("summary", "what matters, in a screen")],
        capabilities,
    )
    .answers(&summary::CAPABILITIES),
    Command::new(
        "cpu-baseline",
        "find a processor common to several hosts",
        "Prints the richest processor that all in a file can stand in for.",
        &[file(CPUS), FEATURES, MIGRATABLE],
        compare::baseline,
    )
    .answers(&answer::XML),
    Command::new(
        "cpu-compare",
        "compare a processor to the host's",
        "Tells whether the host has all that a processor in a file has.",
        &[CPU, ERROR, CPU_VALIDATE],
        compare::compare,
    ),
    Command::new(
        "cpu-models",
        "list processor models",
        "Lists the models of an architecture that guests can be given by name.",
        &[text("arch", "the architecture").required()],
        processor::models,
    )
    .answers(&processor::MODELS),
    Command::new(
        "domcapabilities",
        "print what domains may have",
        "Prints what an emulator offers to domains on this host, as XML.",
        &[
            text("virttype", "kind of virtualization, as in /domain/@type")
                .tolerated()
                .values(Values::Words(VIRT_TYPES)),
            text("emulatorbin", "path of the emulator").tolerated().values(Values::File),
            text("arch", "architecture of the guest, as in /domain/os/type/@arch").tolerated(),
            text("machine", "machine of the guest, as in /domain/os/type/@machine").tolerated(),
            XPATH,
            WRAP,
            flag("disable-deprecated-features", "leave out processor features that will go away"),
        ],
        domain_capabilities,
    )
    .answers(&answer::XML),
    Command::new(
        "freecell",
        "print the host's free memory",
        "Prints the free memory of the host, or of its NUMA cells.",
        &[CELL, flag("all", "each NUMA cell")],
        memory::free,
    )
    .answers(&memory::FREE),
    Command::new(
        "freepages",
        "print the host's free pages",
        "Prints how many pages of each size are free in a NUMA cell.",
        &[
            CELL,
            number("pagesize", "only pages of this size, in KiB or with a unit").tolerated(),
            flag("all", "each NUMA cell"),
        ],
        memory::free_pages,
    )
    .answers(&memory::FREE_PAGES),
    Command::new("hostname", "print the host's name", "", &[], hostname)
        .answers(&Answer::printed(&[field::text("hostname", "the host's name")])),
    Command::new(
        "hypervisor-cpu-baseline",
        "find a processor for guests of several hosts",
        "Prints the richest processor that all in a file can stand in for, and that the hypervisor can give to guests.",
        &[
            text("file", CPUS).tolerated().values(Values::File),
            VIRT_TYPE.tolerated(),
            EMULATOR.tolerated(),
            ARCH.tolerated(),
            MACHINE.tolerated(),
            FEATURES,
            MIGRATABLE,
            text("model", "this model instead of a file").tolerated(),
        ],
        compare::hypervisor_baseline,
    )
    .answers(&answer::XML),
    Command::new(
        "hypervisor-cpu-compare",
        "compare a processor to what guests can be given",
        "Tells whether the hypervisor can give guests all that a processor in a file has.",
        &[
            CPU,
            VIRT_TYPE.tolerated(),
            EMULATOR.tolerated(),
            ARCH.tolerated(),
            MACHINE.tolerated(),
            ERROR,
            CPU_VALIDATE,
        ],
        compare::hypervisor_compare,
    ),
    Command::new(
        "hypervisor-cpu-models",
        "list processor models that guests can be given",
        "Lists the models that the hypervisor can give to guests on this host.",
        &[VIRT_TYPE, EMULATOR, ARCH, MACHINE, flag("all", "also those that this host cannot run")],
        processor::hypervisor_models,
    )
    .answers(&processor::HYPERVISOR_MODELS),
    Command::new(
        "maxvcpus",
        "print the most processors a domain may have",
        "Prints how many virtual processors the hypervisor gives to one domain at most.",
        &[text("type", "kind of virtualization").tolerated().values(Values::Words(VIRT_TYPES))],
        max_vcpus,
    )
    .answers(&Answer::printed(&[field::number("max_vcpus", "how many")])),
    Command::new(
        "node-memory-tune",
        "print or change how the host shares equal pages",
        "Prints or changes how eagerly the host looks for pages that guests can share.",
        &[
            number("shm-pages-to-scan", "pages to look at before the next sleep").tolerated(),
            number("shm-sleep-millisecs", "how long each sleep is, in milliseconds").tolerated(),
            number("shm-merge-across-nodes", "whether pages of different NUMA cells are shared: 0 or 1")
                .tolerated(),
        ],
        memory::tune,
    )
    .acts()
    .answers(&memory::TUNING),
    Command::new(
        "nodecpumap",
        "print which processors are online",
        "Prints how many processors the host has, how many are online, and which.",
        &[flag("pretty", "as ranges of numbers")],
        processor::map,
    )
    .answers(&data::CPUS),
    Command::new(
        "nodecpustats",
        "print what the host's processors did",
        "Prints the time in nanoseconds that the processors spent on each kind of work.",
        &[
            number("cpu", "only this processor").tolerated(),
            flag("percent", "shares of the time, during the next second"),
        ],
        processor::stats,
    )
    .answers(&processor::STATS),
    Command::new(
        "nodeinfo",
        "print the host's processors and memory",
        "Prints how many processors the host has, how they are arranged, and its memory.",
        &[],
        nodeinfo,
    )
    .answers(&data::NODE),
    Command::new(
        "nodememstats",
        "print the host's memory",
        "Prints what the host's memory is used for.",
        &[number("cell", "only this NUMA cell").tolerated()],
        memory::stats,
    )
    .answers(&memory::STATS),
    Command::new(
        "nodesevinfo",
        "print what the host tells about encrypted guests",
        "Prints what AMD's processors tell about guests with encrypted memory (SEV).",
        &[],
        processor::sev,
    )
    .answers(&processor::SEV),
    Command::new(
        "nodesuspend",
        "put the host to sleep",
        "Puts the host to sleep and wakes it up some time later.",
        &[
            text("target", "where its memory is kept meanwhile: mem, disk, or hybrid for both")
                .required()
                .values(Values::Words(&["mem", "disk", "hybrid"])),
            number("duration", "seconds to sleep, at least 60").required(),
        ],
        suspend,
    ).acts(),
    Command::new(
        "sysinfo",
        "print the host's firmware tables",
        "Prints what the host's firmware tells, as XML.",
        &[],
        sysinfo,
    )
    .answers(&answer::XML),
    Command::new("uri", "print the hypervisor's URI", "", &[], uri)
        .answers(&Answer::printed(&[field::text("uri", "the URI")])),
    Command::new(
        "version",
        "print the versions in use",
        "Prints the versions of libvirt and of the hypervisor.",
        &[flag("daemon", "the version of libvirt's daemon too")],
        version,
    )
    .answers(&data::VERSION),
];

fn capabilities(control: &mut Control, arguments: &Arguments) -> Outcome {
    let text = described(control, arguments)?;
    if arguments.has("summary") {
        return summary::print(control, &text);
    }
    xml::print(control, arguments, &text)
}

/// The capabilities as libvirt describes them.
fn described(control: &mut Control, arguments: &Arguments) -> Result<String, Failure> {
    arguments.exclusive("summary", "xpath")?;
    control.connection()?.capabilities().attempted(|| "failed to get capabilities".to_owned())
}

fn domain_capabilities(control: &mut Control, arguments: &Arguments) -> Outcome {
    let query = Query {
        virt_type: arguments.text("virttype")?,
        emulator: arguments.text("emulatorbin")?,
        arch: arguments.text("arch")?,
        machine: arguments.text("machine")?,
        no_deprecated_features: arguments.has("disable-deprecated-features"),
    };
    let text = control
        .connection()?
        .domain_capabilities(&query)
        .attempted(|| "failed to get emulator capabilities".to_owned())?;
    xml::print(control, arguments, &text)
}

fn hostname(control: &mut Control, _: &Arguments) -> Outcome {
    let name = control.connection()?.hostname().attempted(|| "failed to get hostname".to_owned())?;
    control.output.line(name);
    Ok(())
}

fn max_vcpus(control: &mut Control, arguments: &Arguments) -> Outcome {
    let connection = control.connection()?;
    let virt_type = arguments.text("type")?;
    // What the emulator's newest machine allows, which the older call does not know.
    let described = connection.domain_capabilities(&Query { virt_type, ..Query::default() }).ok();
    match described.and_then(|xml| DomainCapabilities::parse(&xml).ok()?.max_vcpus()) {
        Some(count) => control.output.line(count),
        None => control.output.line(connection.max_vcpus(virt_type)?),
    }
    Ok(())
}

fn nodeinfo(control: &mut Control, _: &Arguments) -> Outcome {
    const WIDTH: usize = 20;
    let info = control.connection()?.node_info().attempted(|| "failed to get node information".to_owned())?;
    let output = &control.output;
    output.field(WIDTH, "CPU model:", &info.model);
    output.field(WIDTH, "CPU(s):", info.cpus);
    if info.mhz != 0 {
        output.field(WIDTH, "CPU frequency:", format_args!("{} MHz", info.mhz));
    }
    output.field(WIDTH, "CPU socket(s):", info.sockets);
    output.field(WIDTH, "Core(s) per socket:", info.cores);
    output.field(WIDTH, "Thread(s) per core:", info.threads);
    output.field(WIDTH, "NUMA cell(s):", info.nodes);
    output.field(WIDTH, "Memory size:", format_args!("{} KiB", info.memory.0));
    Ok(())
}

fn suspend(control: &mut Control, arguments: &Arguments) -> Outcome {
    let target = arguments.required("target")?;
    let seconds: i64 = arguments.number("duration")?.unwrap_or_default();
    let target = match target {
        "mem" => SuspendTarget::Memory,
        "disk" => SuspendTarget::Disk,
        "hybrid" => SuspendTarget::Hybrid,
        _ => return Err(Failure::said("Invalid target")),
    };
    let seconds = u64::try_from(seconds).map_err(|_| Failure::said("Invalid duration"))?;
    control.connection()?.suspend_host(target, seconds).attempted(|| "The host was not suspended".to_owned())
}

fn sysinfo(control: &mut Control, _: &Arguments) -> Outcome {
    let text = control.connection()?.sysinfo().attempted(|| "failed to get sysinfo".to_owned())?;
    control.output.print(text);
    Ok(())
}

fn uri(control: &mut Control, _: &Arguments) -> Outcome {
    let connection = control.connection()?;
    control.output.line(connection.uri());
    Ok(())
}

fn version(control: &mut Control, arguments: &Arguments) -> Outcome {
    let connection = control.connection()?;
    let driver = connection.driver().attempted(|| "failed to get hypervisor type".to_owned())?;
    let library = library_version().attempted(|| "failed to get the library version".to_owned())?;
    // libvirt is found at run time, so what we were compiled against is what is used.
    control.output.line(format_args!("Compiled against library: libvirt {library}"));
    control.output.line(format_args!("Using library: libvirt {library}"));
    control.output.line(format_args!("Using API: {driver} {library}"));
    match connection.hypervisor_version().attempted(|| "failed to get the hypervisor version".to_owned())? {
        Some(version) => control.output.line(format_args!("Running hypervisor: {driver} {version}")),
        None => control.output.line(format_args!("Cannot extract running {driver} hypervisor version")),
    }
    if arguments.has("daemon") {
        let daemon =
            connection.daemon_version().attempted(|| "failed to get the daemon version".to_owned())?;
        control.output.line(format_args!("Running against daemon: {daemon}"));
    }
    Ok(())
}
