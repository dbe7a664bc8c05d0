//! File-system images read as hostile input, and what a machine needs to boot from them.
//!
//! Nothing is mounted, no right beyond reading the file is needed, and no other program is run. An [`Image`] is
//! a tree of [`Entry`]s; a file in it is a [`FileReader`]; [`boot_info::boot_info`] finds kernels, initial RAM
//! disks and arguments, each with the place it came from. Whatever the bytes say, a reader ends within the bounds
//! of [`limits`]: with data, or with an [`Error`] that names the image, the place and the reason.
//! Small images are also written, from memory: [`write::Volume`].
//!
//! ```no_run
//! let image = isos::Image::open("debian-12-netinst.iso")?;
//! println!("{}", image.label());
//! let info = isos::boot_info::boot_info(&image);
//! if let Some(best) = info.kernels.first() {
//!     let mut kernel = std::fs::File::create("vmlinuz").unwrap();
//!     image.open_file(&best.kernel)?.copy_to(&mut kernel, &mut |_| std::ops::ControlFlow::Continue(()))?;
//! }
//! # Ok::<(), isos::Error>(())
//! ```

pub mod boot_info;
pub mod boot_menu;
mod cache;
mod calendar;
mod checksum;
mod clusters;
mod dos_time;
pub mod el_torito;
mod endian;
mod entry;
mod error;
mod exfat;
mod ext;
pub mod extract;
mod fat;
mod filesystem;
mod gather;
mod image;
mod iso9660;
pub mod limits;
#[cfg(feature = "programs")]
pub mod mount;
mod partitions;
mod qcow2;
mod reader;
mod recognise;
mod source;
mod squashfs;
pub mod treeinfo;
mod udf;
mod ufs;
mod unix;
mod utf16;
mod walk;
pub mod write;

pub use entry::{Entry, Kind, readable_path, readable_text};
pub use error::Error;
pub use image::{Identifiers, Image, Options};
pub use partitions::Partition;
pub use reader::FileReader;
pub use walk::Walk;
