//! What guests get: the host and the guests that it is tried with.

mod devices;
mod hosts;
mod rules;
mod systems;

use super::*;
use crate::capabilities::{DomainCapabilities, Host};
use crate::osinfo::{Database, Firmware, Os, device};

/// An x86 host with KVM, that emulates Arm too.
const KVM_HOST: &str = "<capabilities><host><cpu><arch>x86_64</arch><vendor>Intel</vendor></cpu></host>\
    <guest><os_type>hvm</os_type><arch name='i686'><emulator>/qemu32</emulator><machine>pc-i440fx-9.0</machine>\
    <domain type='qemu'/><domain type='kvm'/></arch><features><pae/><acpi/><apic/></features></guest>\
    <guest><os_type>hvm</os_type><arch name='x86_64'><emulator>/qemu64</emulator><machine>pc-i440fx-9.0</machine>\
    <machine canonical='pc-q35-9.0'>q35</machine><domain type='qemu'/><domain type='kvm'/></arch>\
    <features><acpi/><apic/></features></guest>\
    <guest><os_type>hvm</os_type><arch name='aarch64'><emulator>/qemu-arm</emulator><machine>integratorcp</machine>\
    <machine canonical='virt-9.0'>virt</machine><domain type='qemu'/></arch></guest></capabilities>";

/// What its emulator offers.
const OFFERS: &str = "<domainCapabilities><os supported='yes'><enum name='firmware'><value>efi</value></enum></os>\
    <cpu><mode name='host-passthrough' supported='yes'/><mode name='maximum' supported='yes'/></cpu><devices>\
    <graphics supported='yes'><enum name='type'><value>vnc</value></enum></graphics>\
    <video supported='yes'><enum name='modelType'><value>vga</value><value>virtio</value></enum></video>\
    <tpm supported='yes'><enum name='model'><value>tpm-tis</value><value>tpm-crb</value></enum>\
    <enum name='backendModel'><value>emulator</value></enum></tpm></devices>\
    <features><hyperv supported='yes'><enum name='features'><value>relaxed</value><value>spinlocks</value>\
    <value>stimer</value><value>synic</value><value>vpindex</value><value>evmcs</value></enum></hyperv></features>\
    </domainCapabilities>";

/// A guest to be filled in, and what came of it.
struct Trial {
    host: Host,
    offers: Option<DomainCapabilities>,
    os: Option<Os>,
    connection: Connection,
    facts: Facts,
}

struct Filled {
    document: Document,
    reasons: Vec<Reason>,
}

impl Trial {
    fn new() -> Self {
        Self {
            host: Host::parse(KVM_HOST).unwrap(),
            offers: Some(DomainCapabilities::parse(OFFERS).unwrap()),
            os: None,
            connection: Connection::from_uri("qemu:///session"),
            facts: Facts::default(),
        }
    }

    /// On a host whose CPU cannot virtualize.
    fn without_kvm(mut self) -> Self {
        self.host = Host::parse(&KVM_HOST.replace("<domain type='kvm'/>", "")).unwrap();
        self
    }

    fn of(mut self, os: Os) -> Self {
        self.os = Some(os);
        self
    }

    fn without(mut self, options: &[&str]) -> Self {
        self.facts.without = options.iter().map(|&option| option.to_owned()).collect();
        self
    }

    fn fill(&self, domain: &str) -> Filled {
        let mut document = Document::parse(domain).unwrap();
        let context = self.context();
        let reasons = fill(&mut document, &context).unwrap();
        Filled { document, reasons }
    }

    fn context(&self) -> Context<'_> {
        Context {
            host: &self.host,
            domain_capabilities: self.offers.as_ref(),
            os: self.os.as_ref(),
            connection: self.connection.clone(),
            facts: self.facts.clone(),
        }
    }
}

impl Filled {
    fn get(&self, place: &str) -> Option<String> {
        self.document.get(self.document.root(), place).map(Into::into)
    }

    /// What is at several places, joined, nothing being `-`.
    fn all(&self, places: &[&str]) -> String {
        places
            .iter()
            .map(|place| self.get(place).unwrap_or_else(|| "-".to_owned()))
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn has(&self, place: &str) -> bool {
        self.document.find(self.document.root(), place).is_some()
    }

    fn why(&self, place: &str) -> &str {
        &self.reasons.iter().find(|reason| reason.place == place).unwrap().why
    }
}

fn os(id: &str, family: &str, devices: &[device::Ids]) -> Os {
    let mut os = Os::default();
    os.id = id.to_owned();
    os.short_ids = vec![id.rsplit('/').next().unwrap_or(id).to_owned()];
    os.family = Some(family.to_owned());
    os.devices = devices.iter().flat_map(|ids| ids.iter()).map(|&id| id.to_owned()).collect();
    os
}

fn modern_linux() -> Os {
    use device::*;
    let all = [
        Q35,
        USB3,
        VIRTIO_1,
        VIRTIO_BALLOON,
        VIRTIO_BLOCK,
        VIRTIO_GPU,
        VIRTIO_NET,
        VIRTIO_RNG,
        VIRTIO_SCSI,
        VIRTIO_SERIAL,
    ];
    os("http://x/modern", "linux", &all)
}

fn windows() -> Os {
    os("http://x/windows", "winnt", &[device::Q35, device::USB3])
}

const DISK: &str = "<domain><devices><disk type='file'><source file='/d'/></disk></devices></domain>";
const SEEN: &[&str] = &[
    "os/type/@machine",
    "devices/disk/target/@dev",
    "devices/interface/model/@type",
    "devices/video/model/@type",
    "devices/controller[@type='usb']/@model",
    "devices/rng/@model",
    "devices/channel/target/@name",
    "clock/@offset",
    "features/hyperv/relaxed/@state",
];
