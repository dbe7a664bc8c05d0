//! What a host can do, in a screen.

use std::fmt;

use super::{Architecture, DomainCapabilities, Host};
use crate::document::{Document, Element};

/// Capabilities as people ask for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Of the host and of guests, each with what it is called. What libvirt does not tell is left out.
    pub facts: Vec<(&'static str, Fact)>,
    /// Kinds of guests, in libvirt's order.
    pub guests: Vec<Guests>,
}

/// A fact; its text is for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// Words.
    Text(String),
    /// So many of something, which may be said.
    Count(u64, &'static str),
    /// Memory, in bytes.
    Memory(u64),
    /// Sizes of something, in bytes.
    Sizes(Vec<u64>),
    /// Names.
    List(Vec<String>),
}

impl Fact {
    fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Count(number, _) | Self::Memory(number) => *number == 0,
            Self::Sizes(sizes) => sizes.is_empty(),
            Self::List(names) => names.is_empty(),
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Count(number, "") => write!(f, "{number}"),
            Self::Count(number, what) => write!(f, "{number} {what}"),
            Self::Memory(bytes) => write!(f, "{} MiB", bytes >> 20),
            Self::Sizes(sizes) => {
                f.write_str(&sizes.iter().copied().map(size).collect::<Vec<_>>().join(", "))
            }
            Self::List(names) => f.write_str(&names.join(", ")),
        }
    }
}

/// One kind of guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guests {
    /// Architecture.
    pub architecture: String,
    /// `hvm`, `xen`, …
    pub os_type: String,
    /// Ways to run them: `kvm`, `qemu`.
    pub virt_types: Vec<String>,
    /// How many machines the emulator offers, names that stand for another not counted.
    pub machines: usize,
    /// The machine of who names none, if there are any.
    pub usual: Option<String>,
    /// The emulator's path.
    pub emulator: Option<String>,
}

/// Kinds of devices and features that not every emulator offers: where domain capabilities tell of them, and their name.
const OFFERED: &[(&str, &str)] = &[
    ("devices/graphics", "graphics"),
    ("devices/video", "video"),
    ("devices/hostdev", "hostdev"),
    ("devices/rng", "rng"),
    ("devices/filesystem", "filesystem"),
    ("devices/tpm", "tpm"),
    ("devices/redirdev", "redirdev"),
    ("devices/channel", "channel"),
    ("devices/crypto", "crypto"),
    ("devices/panic", "panic"),
    ("features/backup", "backup"),
    ("features/sev", "SEV"),
    ("features/sgx", "SGX"),
    ("features/tdx", "TDX"),
];

/// Modes of a guest's processor.
const CPU_MODES: &[&str] = &["host-passthrough", "host-model", "maximum", "custom"];

impl Summary {
    /// Sums up a host, and what its usual emulator offers.
    #[must_use]
    pub fn of(host: &Host, offered: Option<&DomainCapabilities>) -> Self {
        let mut facts = host_facts(host);
        facts.extend(offered.map(guest_facts).unwrap_or_default());
        facts.retain(|(_, fact)| !fact.is_empty());
        Self { facts, guests: host.guests.iter().map(guests).collect() }
    }
}

fn host_facts(host: &Host) -> Vec<(&'static str, Fact)> {
    let document = &host.capabilities;
    let root = document.root();
    let text = |place: &str| document.get(root, place).map(|text| text.trim().to_owned()).unwrap_or_default();
    let cells: Vec<Element> = cells(document).collect();
    let number = |element, place: &str| -> u64 {
        document.get(element, place).and_then(|text| text.trim().parse().ok()).unwrap_or_default()
    };
    let memory: u64 = cells.iter().map(|&cell| number(cell, "memory")).sum();
    let cpus: u64 = cells.iter().map(|&cell| number(cell, "cpus/@num")).sum();
    let count =
        |place: &str, one: &str, more: &str| match text(&format!("host/cpu/topology/@{place}")).as_str() {
            "" => None,
            "1" => Some(format!("1 {one}")),
            number => Some(format!("{number} {more}")),
        };
    let topology: Vec<String> = [
        count("sockets", "socket", "sockets"),
        count("dies", "die", "dies in each"),
        count("cores", "core", "cores in each"),
        count("threads", "thread", "threads in each"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let pages = document
        .child(root, "host")
        .and_then(|host| document.child(host, "cpu"))
        .into_iter()
        .flat_map(|cpu| document.children_named(cpu, "pages"))
        .filter_map(|pages| document.attr(pages, "size")?.parse().ok())
        .map(|kib: u64| kib << 10);
    let transports = document
        .find(root, "host/migration_features/uri_transports")
        .into_iter()
        .flat_map(|transports| document.children_named(transports, "uri_transport"))
        .map(|transport| document.text(transport).trim().to_owned());
    let processor = [host.architecture.as_str(), host.cpu_model.as_deref().unwrap_or_default()];
    let maker = host.vendor.as_ref().map(|vendor| format!("({vendor})")).unwrap_or_default();
    vec![
        ("Processor", Fact::Text(format!("{} {maker}", processor.join(" ")).trim().to_owned())),
        ("Microcode", Fact::Text(text("host/cpu/microcode/@version"))),
        ("Topology", Fact::List(topology)),
        ("Online", Fact::Count(cpus, "processors")),
        ("Memory", Fact::Memory(memory << 10)),
        ("NUMA cells", Fact::Count(cells.len() as u64, "")),
        ("Pages", Fact::Sizes(pages.collect())),
        ("IOMMU", Fact::Text(text("host/iommu/@support"))),
        ("Security", Fact::List(host.security_models.clone())),
        ("Migration by", Fact::List(transports.collect())),
    ]
}

fn cells(document: &Document) -> impl Iterator<Item = Element> {
    document
        .find(document.root(), "host/topology/cells")
        .into_iter()
        .flat_map(|cells| document.children_named(cells, "cell"))
}

fn size(bytes: u64) -> String {
    match bytes {
        _ if bytes.is_multiple_of(1 << 30) => format!("{} GiB", bytes >> 30),
        _ if bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ => format!("{} KiB", bytes >> 10),
    }
}

fn guest_facts(offered: &DomainCapabilities) -> Vec<(&'static str, Fact)> {
    let about =
        [offered.architecture(), offered.machine()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let mut firmware = offered.values("os", "firmware").unwrap_or_default();
    if offered.allows("os/loader", "secure", "yes") == Some(true) {
        firmware.push("Secure Boot".to_owned());
    }
    let modes = CPU_MODES.iter().filter(|mode| offered.has_cpu_mode(mode)).map(|&mode| mode.to_owned());
    let models = offered.cpu_models();
    let usable = models.iter().filter(|(_, usable)| *usable).count();
    let models = match models.len() {
        0 => String::new(),
        all => format!("{usable} of {all} usable"),
    };
    let has = OFFERED
        .iter()
        .filter(|(place, _)| offered.supports(place) == Some(true))
        .map(|&(_, name)| name.to_owned());
    vec![
        ("Usual guest", Fact::Text(about)),
        ("Most vCPUs", Fact::Count(offered.max_vcpus().unwrap_or_default().into(), "")),
        ("Firmware", Fact::List(firmware)),
        ("CPU modes", Fact::List(modes.collect())),
        ("CPU models", Fact::Text(models)),
        ("Offered", Fact::List(has.collect())),
    ]
}

fn guests(guest: &Architecture) -> Guests {
    let all = || guest.machines.iter().chain(guest.virt_types.iter().flat_map(|way| &way.machines));
    let mut names: Vec<&str> =
        all().map(|machine| machine.canonical.as_deref().unwrap_or(&machine.name)).collect();
    names.sort_unstable();
    names.dedup();
    Guests {
        architecture: guest.name.clone(),
        os_type: guest.os_type.clone(),
        virt_types: guest.virt_types.iter().map(|way| way.name.clone()).collect(),
        machines: names.len(),
        usual: all().next().map(|machine| machine.name.clone()),
        emulator: guest
            .emulator
            .clone()
            .or_else(|| guest.virt_types.iter().find_map(|way| way.emulator.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "<capabilities><host><cpu><arch>x86_64</arch><model>EPYC</model><vendor>AMD</vendor>\
        <topology sockets='2' dies='1' cores='8' threads='2'/><pages unit='KiB' size='4'/>\
        <pages unit='KiB' size='2048'/></cpu><iommu support='yes'/><topology><cells num='2'>\
        <cell id='0'><memory unit='KiB'>1048576</memory><cpus num='16'/></cell>\
        <cell id='1'><memory unit='KiB'>2097152</memory><cpus num='16'/></cell></cells></topology></host>\
        <guest><os_type>hvm</os_type><arch name='x86_64'><emulator>/64</emulator>\
        <machine canonical='pc-10'>pc</machine><machine>pc-10</machine><machine>pc-9</machine>\
        <domain type='qemu'/><domain type='kvm'/></arch></guest></capabilities>";

    #[test]
    fn a_host_is_summed_up() {
        let offered = DomainCapabilities::parse(
            "<domainCapabilities><machine>m</machine><arch>a</arch><os supported='yes'><enum name='firmware'>\
             <value>efi</value></enum><loader supported='yes'><enum name='secure'><value>yes</value></enum></loader>\
             </os><devices><tpm supported='yes'/><rng supported='no'/></devices></domainCapabilities>",
        )
        .unwrap();
        let summary = Summary::of(&Host::parse(HOST).unwrap(), Some(&offered));
        let facts: Vec<String> = summary.facts.iter().map(|(name, fact)| format!("{name}: {fact}")).collect();
        assert_eq!(
            facts,
            [
                "Processor: x86_64 EPYC (AMD)",
                "Topology: 2 sockets, 1 die, 8 cores in each, 2 threads in each",
                "Online: 32 processors",
                "Memory: 3072 MiB",
                "NUMA cells: 2",
                "Pages: 4 KiB, 2 MiB",
                "IOMMU: yes",
                "Usual guest: a m",
                "Firmware: efi, Secure Boot",
                "Offered: tpm",
            ]
        );
        let [guests] = &summary.guests[..] else { panic!("{summary:?}") };
        assert_eq!((guests.machines, guests.usual.as_deref()), (2, Some("pc")));
        assert_eq!(
            (guests.virt_types.join("+").as_str(), guests.emulator.as_deref()),
            ("qemu+kvm", Some("/64"))
        );
    }

    #[test]
    fn a_host_that_tells_nothing_has_no_facts() {
        let summary = Summary::of(&Host::parse("<x/>").unwrap(), None);
        assert!(summary.facts.is_empty() && summary.guests.is_empty(), "{summary:?}");
    }
}
