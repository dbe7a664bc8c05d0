//! The definition of a guest: typed views of its elements, and the options that set them.
//!
//! One file a subject, table and view together. A [`Table`] writes, a view such as [`Disk`] reads; both go by the same
//! rows.

mod address;
mod definition;
mod disk;
mod general;
mod network;

use crate::document::Document;
use crate::property::Table;

pub use definition::{Domain, add_device};
pub use disk::{DISK, Disk};
pub use general::{MEMORY, METADATA, VCPUS};
pub use network::{NETWORK, Nic};

/// Every option's table, in the order of help and manual.
pub const TABLES: &[&Table] = &[&MEMORY, &VCPUS, &METADATA, &DISK, &NETWORK];

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

/// Declares a view: a device element read by the rows of its table.
macro_rules! view {
    ($(#[$doc:meta])* $name:ident, $table:expr) => {
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
        }
    };
}
pub(crate) use view;
