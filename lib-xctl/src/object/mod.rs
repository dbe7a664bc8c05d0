//! Views of what libvirt keeps beside domains: networks, pools, volumes, snapshots, devices of the host.
//!
//! Each is a [`Document`](crate::document::Document) with a table of properties, as a domain's devices are: what the
//! table does not name is carried, and what is set leaves the rest as it was. What a host *can* do is in
//! [`capabilities`](crate::capabilities).
//!
//! ```
//! use xctl::object::Pool;
//!
//! let mut pool = Pool::parse("<pool type='dir'><name>a</name><odd/></pool>")?;
//! pool.set("target.path", "/srv/vm")?;
//! assert_eq!(pool.target().as_deref(), Some("/srv/vm"));
//! assert!(pool.to_string().contains("<odd/>"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod network;
mod node_device;
mod pool;
mod snapshot;
#[cfg(test)]
mod tests;
mod volume;

pub use error::Error;
pub use network::Network;
pub use node_device::NodeDevice;
pub use pool::Pool;
pub use snapshot::Snapshot;
pub use volume::Volume;

/// Declares a view: the name of its root element, its table, and its getters, each with the row that it reads.
macro_rules! object {
    (
        $(#[$doc:meta])* $name:ident, $root:literal, $rows:expr,
        { $($(#[$getter_doc:meta])* $getter:ident: $row:literal),* $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name {
            /// Its definition.
            pub document: crate::document::Document,
        }

        impl $name {
            /// Its properties.
            pub const TABLE: &crate::property::Table =
                &crate::property::Table { option: $root, rows: &[$rows], ..crate::property::TABLE };

            /// Reads the XML that libvirt gives.
            ///
            /// # Errors
            /// As for [`Document::parse`](crate::document::Document::parse).
            pub fn parse(xml: &str) -> Result<Self, crate::document::Error> {
                Ok(Self { document: crate::document::Document::parse(xml)? })
            }

            /// What any property of the table is, without the spaces around it; `None` where that is nothing.
            #[must_use]
            pub fn get(&self, name: &str) -> Option<String> {
                let value = Self::TABLE.get(&self.document, self.document.root(), name)?;
                Some(value.trim().to_owned()).filter(|value| !value.is_empty())
            }

            /// Sets a property; an empty value clears it.
            ///
            /// # Errors
            /// The name or the value is wrong, or XML cannot hold the value.
            pub fn set(&mut self, name: &str, value: &str) -> Result<(), crate::object::Error> {
                let root = self.document.root();
                let set = Self::TABLE.set(&mut self.document, root, name, value);
                set.map_err(|error| crate::object::Error::new($root, name, error))
            }

            $(
                $(#[$getter_doc])*
                #[must_use]
                pub fn $getter(&self) -> Option<String> {
                    self.get($row)
                }
            )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { document: crate::document::Document::new($root) }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.document.fmt(f)
            }
        }
    };
}
pub(crate) use object;
