//! The definition of a guest: typed views of its elements, and the options that set them.
//!
//! One file a subject, table and view together. A [`Table`] writes, a view such as [`Disk`] reads; both go by the same
//! rows.

mod address;
mod boot;
mod character;
mod clock;
mod controller;
mod conversion;
mod cpu;
mod definition;
mod devices;
mod disk;
mod disk_path;
mod features;
mod filesystem;
mod graphics;
mod host;
mod hostdev;
mod input;
mod media;
mod memory;
mod memory_device;
mod metadata;
mod network;
mod passthrough;
mod port_forward;
mod power;
mod protection;
mod redirect;
mod sound;
mod sysinfo;
mod tuning;
mod vcpus;
mod xml;

use crate::document::{self, Document, Element};
use crate::property::Table;

pub use crate::cloud_init::CLOUD_INIT;
pub use crate::osinfo::OSINFO;
pub use crate::unattended::UNATTENDED;
pub use boot::{BOOT, BOOT_DEVICES};
pub use character::{CHANNEL, CONSOLE, Channel, Console, PARALLEL, SERIAL, Serial};
pub use clock::CLOCK;
pub use controller::{CONTROLLER, Controller};
pub use conversion::{CONVERT_TO_Q35, CONVERT_TO_VNC};
pub use cpu::{CPU, leaves_cpu_to_hypervisor, names_host_cpu};
pub use definition::{Domain, add_device};
pub use devices::{CRYPTO, IOMMU, MEMBALLOON, PANIC, PSTORE, RNG, TPM, VSOCK, WATCHDOG};
pub use disk::{DISK, Disk, Drive};
pub(crate) use disk_path::{is_network_disk, set_path as set_disk_path};
pub use features::FEATURES;
pub use filesystem::{FILESYSTEM, Filesystem};
pub use graphics::{GRAPHICS, Graphics, VIDEO};
pub use host::{RESOURCE, SECLABEL};
pub use hostdev::HOSTDEV;
pub(crate) use hostdev::HostAddress;
pub use input::INPUT;
pub use media::{INSTALL, LOCATION};
pub use memory::{MEMORY, MEMORYBACKING};
pub use memory_device::{MEMDEV, SHMEM};
pub use metadata::METADATA;
pub use network::{NETWORK, Nic};
pub use passthrough::QEMU_COMMANDLINE;
pub(crate) use port_forward::PortForward;
pub use port_forward::forwarded_port;
pub use power::{EVENTS, PM};
pub use protection::{IDMAP, KEYWRAP, LAUNCH_SECURITY};
pub use redirect::{REDIRDEV, SMARTCARD};
pub use sound::{AUDIO, SOUND};
pub use sysinfo::SYSINFO;
pub use tuning::{BLKIOTUNE, CPUTUNE, MEMTUNE, NUMATUNE};
pub use vcpus::{IOTHREADS, VCPUS};
pub use xml::XML;

/// Every option's table, in the order of help and manual.
pub const TABLES: &[&Table] = &[
    // the guest as a whole
    &MEMORY,
    &VCPUS,
    &CPU,
    &METADATA,
    &XML,
    // installation
    &LOCATION,
    &INSTALL,
    &CLOUD_INIT,
    &UNATTENDED,
    &BOOT,
    &IDMAP,
    &OSINFO,
    // devices
    &DISK,
    &NETWORK,
    &GRAPHICS,
    &CONTROLLER,
    &INPUT,
    &SERIAL,
    &PARALLEL,
    &CHANNEL,
    &CONSOLE,
    &HOSTDEV,
    &FILESYSTEM,
    &SOUND,
    &AUDIO,
    &WATCHDOG,
    &VIDEO,
    &SMARTCARD,
    &REDIRDEV,
    &MEMBALLOON,
    &TPM,
    &RNG,
    &PANIC,
    &SHMEM,
    &MEMDEV,
    &VSOCK,
    &IOMMU,
    &PSTORE,
    &CRYPTO,
    // configuration
    &IOTHREADS,
    &SECLABEL,
    &KEYWRAP,
    &CPUTUNE,
    &NUMATUNE,
    &MEMTUNE,
    &BLKIOTUNE,
    &MEMORYBACKING,
    &FEATURES,
    &CLOCK,
    &PM,
    &EVENTS,
    &RESOURCE,
    &SYSINFO,
    &QEMU_COMMANDLINE,
    &LAUNCH_SECURITY,
    // conversion
    &CONVERT_TO_Q35,
    &CONVERT_TO_VNC,
];

/// The table of an option, by any of its names without the dashes.
#[must_use]
pub fn table(option: &str) -> Option<&'static Table> {
    TABLES.iter().copied().find(|t| t.option == option || t.aliases.contains(&option))
}

/// An empty definition for a hypervisor (`kvm`, `qemu`, `xen`, …).
#[must_use]
pub fn new_document(virt_type: &str) -> Document {
    let mut document = Document::new("domain");
    let root = document.root();
    // Fails only for characters that XML cannot hold, which no hypervisor's name has.
    let _ = document.set_attr(root, "type", virt_type);
    document
}

/// Takes away every element at this place.
fn clear_all(document: &mut Document, from: Element, place: &str) -> Result<(), document::Error> {
    while document.clear_element(from, place)? {}
    Ok(())
}

/// Declares a view: a device element read by the rows of its table, and its getters, each with the row that it reads.
macro_rules! view {
    (
        $(#[$doc:meta])* $name:ident, $table:expr
        $(, { $($(#[$getter_doc:meta])* $getter:ident: $row:literal),* $(,)? })?
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name<'d> {
            document: &'d crate::document::Document,
            element: crate::document::Element,
        }

        impl<'d> $name<'d> {
            /// A view of this element.
            #[must_use]
            pub fn new(document: &'d crate::document::Document, element: crate::document::Element) -> Self {
                Self { document, element }
            }

            /// Those of the domain, in order.
            pub fn all(document: &'d crate::document::Document) -> impl Iterator<Item = Self> {
                $table.elements(document).into_iter().map(move |element| Self { document, element })
            }

            /// The element.
            #[must_use]
            pub fn element(&self) -> crate::document::Element {
                self.element
            }

            /// What any suboption of the table is.
            #[must_use]
            pub fn get(&self, name: &str) -> Option<String> {
                $table.get(self.document, self.element, name)
            }

            $($(
                $(#[$getter_doc])*
                #[must_use]
                pub fn $getter(&self) -> Option<String> {
                    self.get($row)
                }
            )*)?
        }
    };
}
pub(crate) use view;

#[cfg(test)]
mod tests;
