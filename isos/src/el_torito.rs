//! El Torito: which boot images a firmware would start from the medium (specification 1.0, 1995).

use crate::source::Source;
use crate::{Error, checksum, limits};

/// The firmware that a boot image is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Platform {
    /// PC BIOS.
    Bios,
    /// PowerPC.
    PowerPc,
    /// Apple Macintosh.
    Mac,
    /// UEFI.
    Efi,
    /// A number that the specification does not know.
    Other(u8),
}

impl From<u8> for Platform {
    fn from(number: u8) -> Platform {
        match number {
            0 => Platform::Bios,
            1 => Platform::PowerPc,
            2 => Platform::Mac,
            0xef => Platform::Efi,
            other => Platform::Other(other),
        }
    }
}

/// One boot image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootImage {
    /// The firmware that it is for.
    pub platform: Platform,
    /// False for an entry that is marked as not to be booted.
    pub bootable: bool,
    /// True if it emulates a floppy or hard disk instead of being loaded as it is.
    pub emulates_disk: bool,
    /// Start in bytes from the start of the image.
    pub offset: u64,
    /// Bytes that the firmware loads, in units of 512; often less than the boot image has.
    pub load_size: u64,
}

/// The boot catalogue: the default entry first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BootCatalogue {
    /// What the maker of the medium called himself; often empty.
    pub maker: String,
    /// The boot images.
    pub images: Vec<BootImage>,
}

impl BootCatalogue {
    /// True if a firmware of this kind finds something to boot.
    #[must_use]
    pub fn boots_on(&self, platform: Platform) -> bool {
        self.images.iter().any(|image| image.bootable && image.platform == platform)
    }
}

const SECTOR: u64 = 2048;

/// Reads the catalogue at `offset`.
pub(crate) fn read(source: &Source, offset: u64) -> Result<BootCatalogue, Error> {
    let attempted = "read the boot catalogue";
    // One more, to see whether it ends.
    let mut bytes = vec![0; (limits::BOOT_ENTRIES + 1) * 32];
    let filled = source.read_some(offset, &mut bytes)?;
    bytes.truncate(filled);
    let mut entries = bytes.as_chunks::<32>().0.iter();
    let validation =
        entries.next().ok_or_else(|| source.damaged(attempted, offset, "it lies outside the image"))?;
    let sum = validation
        .as_chunks::<2>()
        .0
        .iter()
        .fold(0_u16, |sum, pair| sum.wrapping_add(u16::from_le_bytes(*pair)));
    if validation[0] != 1 || validation[30..] != [0x55, 0xaa] || checksum::is_wrong(0, sum) {
        return Err(source.damaged(attempted, offset, "its validation entry has a wrong checksum or mark"));
    }
    let maker = String::from_utf8_lossy(&validation[4..28]).trim_matches(['\0', ' ']).to_owned();
    let mut images = Vec::new();
    // The default entry has the validation entry's platform, the entries of a section that of its header.
    let mut platform = Platform::from(validation[1]);
    let mut is_default = true;
    for (number, entry) in (2..).zip(entries) {
        let is_boot_image = match entry[0] {
            0x88 => true,
            0x00 => is_default || entry[6..12].iter().any(|byte| *byte != 0),
            _ => false,
        };
        if number > limits::BOOT_ENTRIES && (is_boot_image || matches!(entry[0], 0x44 | 0x90 | 0x91)) {
            let why = format!("it has more than {} entries", limits::BOOT_ENTRIES);
            return Err(source.damaged(attempted, offset, why));
        }
        match entry[0] {
            _ if is_boot_image => images.push(boot_image(entry, platform)),
            0x90 | 0x91 => platform = Platform::from(entry[1]),
            0x44 => {} // an extension of the entry before it
            _ => break,
        }
        is_default = false;
    }
    Ok(BootCatalogue { maker, images })
}

fn boot_image(entry: &[u8; 32], platform: Platform) -> BootImage {
    let sectors = u16::from_le_bytes([entry[6], entry[7]]);
    let block = u32::from_le_bytes([entry[8], entry[9], entry[10], entry[11]]);
    BootImage {
        platform,
        bootable: entry[0] == 0x88,
        emulates_disk: entry[1] & 0x0f != 0,
        offset: u64::from(block) * SECTOR,
        load_size: u64::from(sectors) * 512,
    }
}
