//! The definition of a new guest: what the user asked for, then what is filled in.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hypervisor::Connection;

use super::disks::{self, Disks};
use super::hostdev;
use super::media::Media;
use super::pxe;
use super::request::{Given, Method, Missing, Request, Virtualization};
use super::{Error, Progress};
use crate::capabilities::{Choice, DomainCapabilities, Host, Wanted};
use crate::defaults::{self, Context, Facts, Network, Reason};
use crate::document::Document;
use crate::domain;
use crate::osinfo::Os;
use crate::property::Table;
use crate::storage::default_directory;

/// Bytes of the disk that an image is written to where nobody says another size.
const IMAGE_DISK: u64 = 10 << 30;

/// The image of virtio's drivers for Windows, as its makers call it.
const DRIVERS: &str = "virtio-win.iso";

/// The option that changes the definition once everything is filled in.
const LAST: &str = "xml";

/// A definition that is complete but for how it boots.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) document: Document,
    pub(super) disks: Disks,
    pub(super) reasons: Vec<Reason>,
}

/// Everything that a definition is made from.
pub(super) struct Making<'a> {
    pub(super) connection: &'a Connection,
    pub(super) host: &'a Host,
    pub(super) request: &'a Request,
    pub(super) media: &'a Media,
    /// The image that goes along with the first boot.
    pub(super) image: Option<&'a Path>,
    pub(super) os: Option<Arc<Os>>,
    pub(super) progress: &'a dyn Progress,
}

impl Making<'_> {
    /// Makes the definition. Nothing is created on the host.
    pub(super) fn draft(&self) -> Result<Draft, Error> {
        let mut document = Document::new("domain");
        let mut facts = Facts { lacks_passt: self.lacks_passt(), ..Facts::default() };
        self.machine(&mut document)?;
        let mut disk_texts = Vec::new();
        // What takes the whole CPU away must leave the topology, which is in it and --vcpus says.
        let (cpu, others): (Vec<_>, Vec<_>) =
            self.request.options.iter().partition(|given| given.option == "cpu");
        for given in cpu.into_iter().chain(others) {
            if given.option == "disk" {
                disk_texts.push(given.text.clone());
            } else if given.option != LAST {
                apply(&mut document, given, &mut facts, self.connection)?;
            }
        }
        let connection = defaults::Connection::from_uri(self.connection.uri());
        if !connection.session {
            facts.network = default_network(self.connection);
        }
        let context =
            Context { host: self.host, domain_capabilities: None, os: self.os.as_deref(), connection, facts };
        let mut reasons = defaults::platform(&mut document, &context)?;
        self.name(&mut document)?;
        self.complete(&document, &mut disk_texts)?;
        let capabilities = domain_capabilities(self.connection, &document);
        let medium = self.media.cdrom.as_deref();
        let mut disks = disks::add(&mut document, self.connection, self.request, &disk_texts, medium)?;
        if let Some(image) = self.image {
            disks.image = Some(disks::add_image(&mut document, self.connection, image)?);
        }
        let drivers = self.windows_drivers(&document);
        if let Some(path) = &drivers {
            disks::add_image(&mut document, self.connection, path)?;
            reasons.push(Reason {
                place: "devices/disk".to_owned(),
                value: path.display().to_string(),
                why: "Windows has no virtio drivers of its own, and these are on the host".to_owned(),
            });
        }
        let sparse = disks.creations.iter().filter(|creation| creation.sparse);
        let sparse =
            sparse.map(|new| new.pool.target.join(&new.name).to_string_lossy().into_owned()).collect();
        let facts = Facts { sparse, ..context.facts };
        let context = Context { domain_capabilities: capabilities.as_ref(), facts, ..context };
        reasons.extend(defaults::fill(&mut document, &context)?);
        if document.find(document.root(), "devices/graphics").is_none() {
            drop_absent_cards(&mut document);
        }
        let mut facts = Facts::default();
        for given in self.request.options.iter().filter(|given| given.option == LAST) {
            apply(&mut document, given, &mut facts, self.connection)?;
        }
        for warning in defaults::warnings(&document, &context, &reasons) {
            self.progress.warn(&warning);
        }
        if self.request.method == Some(Method::Pxe) && !pxe::is_served(&document, self.connection) {
            self.progress.warn(pxe::WARNING);
        }
        self.check(&document)?;
        Ok(Draft { document, disks, reasons })
    }

    fn name(&self, document: &mut Document) -> Result<(), Error> {
        let is_taken = |name: &str| self.connection.domain_by_name(name).is_ok();
        let name = match self.request.wanted_name() {
            Some(name) if is_taken(&name) => {
                let taken = Error::NameTaken(name.clone());
                // Nothing is made, and the definition of a guest that is there may be what is wanted.
                if !self.request.dry_run {
                    return Err(taken);
                }
                self.progress.warn(&taken.to_string());
                name
            }
            Some(name) => name,
            None => {
                let view = domain::Domain::new(document);
                let arch = view.arch().filter(|arch| *arch != self.host.architecture);
                let is_container = view.os_type().is_some_and(|kind| kind == "exe");
                suggested_name(self.connection, self.os.as_deref(), arch.as_deref(), is_container)
            }
        };
        let root = document.root();
        document.set(root, "name", &name)?;
        Ok(())
    }

    /// What the request says of the kind of guest.
    fn wanted(&self) -> Wanted<'_> {
        Wanted {
            os_type: self.request.virtualization.map(|kind| match kind {
                Virtualization::Full => "hvm",
                Virtualization::Para => "xen",
                Virtualization::Container => "exe",
            }),
            arch: self.request.arch.as_deref(),
            virt_type: self.request.virt_type.as_deref(),
            machine: self.request.machine.as_deref(),
        }
    }

    /// What the host has for such a guest.
    pub(super) fn choice(&self) -> Option<Choice<'_>> {
        self.host.choose(self.wanted())
    }

    fn machine(&self, document: &mut Document) -> Result<(), Error> {
        let Wanted { os_type, arch, virt_type, machine } = self.wanted();
        let choice = self.choice();
        let lacks_machine =
            |choice: Choice<'_>| machine.is_some_and(|machine| choice.machine(machine).is_none());
        let is_named = os_type.or(arch).or(virt_type).or(machine).is_some();
        if is_named && choice.is_none_or(lacks_machine) {
            let part = |name: &str, value: Option<&str>| value.map(|value| format!(" {name} '{value}'"));
            let parts = [
                part("domain type", virt_type),
                part("virtualization type", os_type),
                part("architecture", arch),
                part("machine", machine),
            ];
            let asked: String = parts.into_iter().flatten().collect();
            let meant = self.meant().map(|near| format!("did you mean '{near}'? ")).unwrap_or_default();
            return Err(Error::NotOffered(format!(
                "{}\n  hint: {meant}virsh capabilities lists what it supports",
                asked.trim()
            )));
        }
        let root = document.root();
        let places = [
            ("@type", virt_type),
            ("os/type", os_type),
            ("os/type/@arch", arch),
            ("os/type/@machine", machine),
        ];
        for (place, value) in places {
            if let Some(value) = value {
                document.set(root, place, value)?;
            }
        }
        Ok(())
    }

    /// What was probably meant by a kind of guest, an architecture or a machine that the host does not have.
    fn meant(&self) -> Option<String> {
        let Wanted { arch, virt_type, machine, .. } = self.wanted();
        let guests = &self.host.guests;
        let ways: Vec<&str> =
            guests.iter().flat_map(|guest| &guest.virt_types).map(|way| way.name.as_str()).collect();
        let architectures = guests.iter().map(|guest| guest.name.as_str()).collect();
        let choice = self.host.choose(Wanted { machine: None, ..self.wanted() });
        let machines = choice.map(|choice| choice.machines()).unwrap_or_default();
        let machines = machines.iter().map(|machine| machine.name.as_str()).collect();
        let parts: [(Option<&str>, Vec<&str>); 3] =
            [(virt_type, ways), (arch, architectures), (machine, machines)];
        parts.into_iter().find_map(|(wanted, known)| {
            let wanted = wanted.filter(|wanted| !known.contains(wanted))?;
            defaults::nearest(wanted, known.into_iter()).map(str::to_owned)
        })
    }

    /// Names everything at once that is missing and cannot be guessed; what can be, is said.
    fn complete(&self, document: &Document, disks: &mut Vec<String>) -> Result<(), Error> {
        let root = document.root();
        let arch = document.get(root, "os/type/@arch").unwrap_or_default();
        let comfortable = self.os.as_ref().map(|os| os.comfortable(&arch)).unwrap_or_default();
        let system = self.os.as_ref().map(|os| os.short_id()).unwrap_or_default();
        let container = document.get(root, "os/type").is_some_and(|kind| kind == "exe");
        let mut missing = Vec::new();
        if domain::Domain::new(document).memory() == Some(0) {
            missing.push(Missing::Memory);
        } else if document.get(root, "memory").is_none() {
            match comfortable.ram {
                _ if container => {
                    let mib = defaults::CONTAINER_MEMORY >> 10;
                    self.progress.note(&format!("Using container default --memory {mib}"));
                }
                Some(bytes) => {
                    self.progress.note(&format!("Using {system} default --memory {}", bytes >> 20));
                }
                None => missing.push(Missing::Memory),
            }
        }
        let has_filesystem = document.find(root, "devices/filesystem").is_some();
        if disks.is_empty() && !container && !has_filesystem {
            let usual = self.media.image.as_ref().map(|_| IMAGE_DISK);
            let boots = matches!(self.request.method, Some(Method::Boot));
            match comfortable.storage.filter(|_| self.media.installs || boots || usual.is_some()).or(usual) {
                Some(bytes) => {
                    let text = format!("size={}", bytes.div_ceil(1 << 30));
                    self.progress.note(&format!("Using {system} default --disk {text}"));
                    disks.push(text);
                }
                None => missing.push(Missing::Disk),
            }
        }
        if self.request.method.is_none() && !container {
            missing.push(Missing::Method);
        }
        if missing.is_empty() { Ok(()) } else { Err(Error::Missing(missing)) }
    }

    /// The image with virtio's drivers that a Windows installation gets as a further CD-ROM, if this host has it and the
    /// user does not give it.
    fn windows_drivers(&self, document: &Document) -> Option<PathBuf> {
        let connection = defaults::Connection::from_uri(self.connection.uri());
        let is_windows = self.os.as_ref().is_some_and(|os| os.is_windows());
        if !is_windows || !self.media.installs || connection.remote {
            return None;
        }
        let is_given = |disk: domain::Disk<'_>| disk.path().is_some_and(|path| path.ends_with(DRIVERS));
        if domain::Disk::all(document).any(is_given) {
            return None;
        }
        let own = default_directory(self.connection.uri());
        let places = [own, PathBuf::from("/var/lib/libvirt/images"), PathBuf::from("/usr/share/virtio-win")];
        places.into_iter().map(|place| place.join(DRIVERS)).find(|path| File::open(path).is_ok())
    }

    /// Whether this host has no passt; of another one it is not known.
    fn lacks_passt(&self) -> bool {
        let is_here = || {
            let path = std::env::var_os("PATH").unwrap_or_default();
            let places = std::env::split_paths(&path).chain(["/usr/bin".into(), "/usr/local/bin".into()]);
            places.into_iter().any(|place| place.join("passt").is_file())
        };
        !defaults::Connection::from_uri(self.connection.uri()).remote && !is_here()
    }

    /// What libvirt would only notice when the guest starts, or never.
    fn check(&self, document: &Document) -> Result<(), Error> {
        let view = domain::Domain::new(document);
        if self.request.checks.memory_size
            && let (Some(memory), Ok(node)) = (view.memory(), self.connection.node_info())
            && defaults::Connection::from_uri(self.connection.uri()).driver != "test"
        {
            let (wanted, host) = (memory >> 10, node.memory.0 >> 10);
            if wanted > host {
                return Err(Error::Memory { wanted, host });
            }
        }
        if view.vcpus() == Some(0) {
            return Err(Error::NoCpus);
        }
        for nic in domain::Nic::all(document) {
            let kind = nic.kind().unwrap_or_default();
            if kind != "user" && document.child(nic.element(), "portForward").is_some() {
                return Err(Error::Forward(kind));
            }
        }
        if self.request.checks.mac_in_use {
            let asked = self
                .request
                .options
                .iter()
                .any(|given| given.option == "network" && given.text.contains("mac"));
            if asked {
                self.check_addresses(document)?;
            }
        }
        Ok(())
    }

    fn check_addresses(&self, document: &Document) -> Result<(), Error> {
        let addresses = |document: &Document| -> Vec<String> {
            domain::Nic::all(document)
                .filter_map(|nic| nic.mac())
                .map(|mac| mac.to_ascii_lowercase())
                .collect()
        };
        let own = addresses(document);
        for other in self.connection.domains(hypervisor::flags::DomainFilter::NONE)? {
            let Ok(definition) = other.xml(hypervisor::flags::DomainXml::NONE) else { continue };
            let Ok(definition) = Document::parse(&definition) else { continue };
            if let Some(mac) = addresses(&definition).into_iter().find(|mac| own.contains(mac)) {
                return Err(Error::MacTaken { mac, guest: other.name().to_owned() });
            }
        }
        Ok(())
    }
}

/// Refuses options that are wrong by themselves, before anything is looked up for them.
pub(super) fn check_options(request: &Request) -> Result<(), Error> {
    for given in &request.options {
        table(&given.option)?.parse(&given.text)?;
    }
    let boots_kernel = match &request.method {
        Some(Method::Location { .. }) | None => true,
        Some(Method::Install(install)) => {
            install.kernel.is_some() || install.os.is_some() || install.tree.is_some()
        }
        Some(_) => false,
    };
    let named = match &request.method {
        Some(Method::Location { kernel, initrd, .. }) => (kernel, initrd),
        Some(Method::Install(install)) => (&install.kernel, &install.initrd),
        _ => (&None, &None),
    };
    if let (None, Some(initrd)) = named {
        return Err(Error::NoKernelFor(initrd.clone()));
    }
    let has_arguments =
        matches!(&request.method, Some(Method::Install(install)) if install.kernel_args.is_some());
    if !boots_kernel && (has_arguments || !request.extra_args.is_empty()) {
        return Err(Error::NoKernelBoot(
            "Kernel arguments are only supported with location or kernel installs.",
        ));
    }
    if !boots_kernel && !request.initrd_inject.is_empty() {
        return Err(Error::NoKernelBoot("Install method does not support initrd injections."));
    }
    Ok(())
}

fn table(option: &str) -> Result<&'static Table, Error> {
    domain::table(option).ok_or_else(|| Error::UnknownOption(option.to_owned()))
}

/// Sets what one option says, or remembers that its devices are not wanted.
fn apply(
    document: &mut Document,
    given: &Given,
    facts: &mut Facts,
    connection: &Connection,
) -> Result<(), Error> {
    let table = table(&given.option)?;
    let mut options = table.parse(&given.text)?;
    if options.is_none() {
        facts.without.push(table.option.to_owned());
        return Ok(());
    }
    if table.option == "boot" {
        match options.is_on("uefi") {
            Some(true) => facts.uefi = true,
            Some(false) => facts.without.push("uefi".to_owned()),
            None => {}
        }
    }
    if table.option == "cpu" && domain::leaves_cpu_to_hypervisor(&options) {
        facts.without.push(table.option.to_owned());
    }
    facts.host_cpu |= table.option == "cpu" && domain::names_host_cpu(&options);
    if table.option == "features" {
        let off = options.iter().filter(|(name, _)| options.is_on(name) == Some(false));
        facts.without.extend(off.map(|(name, _)| name.to_owned()));
    }
    match table.option {
        "hostdev" => options = hostdev::options(&given.text, connection)?,
        "network" if options.has("hostdev") => options = hostdev::network_options(&given.text, connection)?,
        _ => {}
    }
    table.add(document, &options)?;
    Ok(())
}

/// A free name for a guest with that system: `debian11`, `debian11-2`, `debian11-aarch64` where the architecture is not
/// the host's, `vm1` and `container1` where the system is not known.
#[must_use]
pub fn suggested_name(
    connection: &Connection,
    os: Option<&Os>,
    foreign_arch: Option<&str>,
    is_container: bool,
) -> String {
    let os = os.filter(|os| !os.is_generic());
    let base = os.map_or(if is_container { "container" } else { "vm" }, |os| os.short_id());
    let is_free = |name: &String| connection.domain_by_name(name).is_err();
    if os.is_none() && foreign_arch.is_none() {
        return (1..).map(|number| format!("{base}{number}")).find(is_free).unwrap_or_default();
    }
    let base = match foreign_arch {
        Some("armv7l") => format!("{base}-arm"),
        Some(arch) => format!("{base}-{arch}"),
        None => base.to_owned(),
    };
    std::iter::once(base.clone())
        .chain((2..).map(|number| format!("{base}-{number}")))
        .find(is_free)
        .unwrap_or_default()
}

/// Takes out cards that are said not to be there: without a screen libvirt adds none that this would prevent.
fn drop_absent_cards(document: &mut Document) {
    for card in domain::VIDEO.elements(document) {
        if document.get(card, "model/@type").is_some_and(|model| model == "none") {
            document.remove(card);
        }
    }
}

/// What the emulator offers the guest of a definition; none from drivers that do not say.
pub(crate) fn domain_capabilities(
    connection: &Connection,
    document: &Document,
) -> Option<DomainCapabilities> {
    let get = |place: &str| document.get(document.root(), place).map(|text| text.trim().to_owned());
    let (emulator, arch) = (get("devices/emulator"), get("os/type/@arch"));
    let (machine, virt_type) = (get("os/type/@machine"), get("@type"));
    let query = hypervisor::Query {
        emulator: emulator.as_deref(),
        arch: arch.as_deref(),
        machine: machine.as_deref(),
        virt_type: virt_type.as_deref(),
        ..hypervisor::Query::default()
    };
    // Drivers that describe none leave the choice to rules of thumb.
    DomainCapabilities::parse(&connection.domain_capabilities(&query).ok()?).ok()
}

/// libvirt's own network, or a bridge of the host that leads further.
pub(crate) fn default_network(connection: &Connection) -> Option<Network> {
    const NAME: &str = "default";
    if connection.network_by_name(NAME).is_ok() || defaults::Connection::from_uri(connection.uri()).remote {
        return Some(Network::Network(NAME.to_owned()));
    }
    let bridges = std::fs::read_dir("/sys/class/net").ok()?.flatten();
    let bridge = bridges.filter(|entry| entry.path().join("bridge").is_dir()).find(|entry| {
        // One that only guests are on leads nowhere.
        std::fs::read_dir(entry.path().join("brif")).is_ok_and(|mut ports| {
            ports.any(|port| port.is_ok_and(|port| port.path().join("device").exists()))
        })
    });
    Some(match bridge {
        Some(bridge) => Network::Bridge(bridge.file_name().to_string_lossy().into_owned()),
        None => Network::Network(NAME.to_owned()),
    })
}
