//! Commands about the host and its hypervisor.

use hypervisor::{Query, library_version};
use xctl::capabilities::DomainCapabilities;

use super::option::{WRAP, XPATH, flag, text};
use super::{Arguments, Command, Values, xml};
use crate::control::Control;
use crate::failure::{Attempted, Outcome};

const VIRT_TYPES: &[&str] = &["kvm", "qemu", "xen", "lxc", "hvf", "test"];

pub(super) const COMMANDS: &[Command] = &[
    Command::new(
        "capabilities",
        "print what the hypervisor can do",
        "Prints the hypervisor's capabilities as XML.",
        &[XPATH, WRAP],
        capabilities,
    ),
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
    ),
    Command::new("hostname", "print the host's name", "", &[], hostname),
    Command::new(
        "maxvcpus",
        "print the most processors a domain may have",
        "Prints how many virtual processors the hypervisor gives to one domain at most.",
        &[text("type", "kind of virtualization").tolerated().values(Values::Words(VIRT_TYPES))],
        max_vcpus,
    ),
    Command::new(
        "nodeinfo",
        "print the host's processors and memory",
        "Prints how many processors the host has, how they are arranged, and its memory.",
        &[],
        nodeinfo,
    ),
    Command::new(
        "sysinfo",
        "print the host's firmware tables",
        "Prints what the host's firmware tells, as XML.",
        &[],
        sysinfo,
    ),
    Command::new("uri", "print the hypervisor's URI", "", &[], uri),
    Command::new(
        "version",
        "print the versions in use",
        "Prints the versions of libvirt and of the hypervisor.",
        &[flag("daemon", "the version of libvirt's daemon too")],
        version,
    ),
];

fn capabilities(control: &mut Control, arguments: &Arguments) -> Outcome {
    let text = control.connection()?.capabilities().attempted(|| "failed to get capabilities".to_owned())?;
    xml::print(control, arguments, &text)
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
