//! What an image would install, for a front end that shows it before anything is asked.

use std::path::Path;

use isos::Image;
use isos::boot_info::{self, BootKernel};

use super::Error;
use super::media::refuse_incomplete;
use crate::osinfo::{Database, Detected};

/// What an image holds.
#[derive(Debug)]
pub struct Medium {
    /// The kind of file system: `ISO 9660 with Rock Ridge`.
    pub format: String,
    /// The volume's label; may be empty.
    pub label: String,
    /// Bytes in the image.
    pub size: u64,
    /// The system that it installs, if the OS database knows it.
    pub system: Option<Detected>,
    /// The kernel that `--location` would boot.
    pub kernel: Option<BootKernel>,
    /// A firmware boots it, as `--cdrom` would.
    pub boots: bool,
    /// Why it has no such kernel, if its system is known.
    pub own_loader: Option<String>,
}

/// Looks into the image at `path`, as an install from it does.
///
/// # Errors
/// It cannot be opened, is no image, is damaged, or is a download that broke off.
pub fn look(path: &Path, database: &Database) -> Result<Medium, Error> {
    let image = Image::open(path)?;
    refuse_incomplete(&image)?;
    let info = boot_info::boot_info(&image);
    Ok(Medium {
        format: image.description().to_owned(),
        label: image.label().to_owned(),
        size: image.size(),
        system: database.identify(&info.identification),
        boots: !info.firmware.is_empty(),
        own_loader: info.own_loader.map(|system| system.to_string()),
        kernel: info.kernels.into_iter().next(),
    })
}
