//! What a file that holds no known file system looks like, so that the refusal helps.

use crate::Error;
use crate::source::Source;

/// Bytes at an offset that tell a kind of file.
struct Mark {
    offset: u64,
    bytes: &'static [u8],
    /// With its article, and the next step where there is one.
    looks_like: &'static str,
    /// It is known, and would have been read if it were whole.
    is_damaged: bool,
}

const fn mark(offset: u64, bytes: &'static [u8], looks_like: &'static str) -> Mark {
    Mark { offset, bytes, looks_like, is_damaged: false }
}

const fn damaged(offset: u64, bytes: &'static [u8], looks_like: &'static str) -> Mark {
    Mark { is_damaged: true, ..mark(offset, bytes, looks_like) }
}

/// Disks in a wrapping that is not read: the table of what is inside may be found, at a place that is not its own.
const WRAPPED_DISKS: &[Mark] = &[
    mark(0, b"KDMV", "a VMDK disk image; use it as a disk, not as installation media"),
    mark(0, b"vhdxfile", "a VHDX disk image; use it as a disk, not as installation media"),
    mark(0, b"conectix", "a VHD disk image; use it as a disk, not as installation media"),
    mark(0x40, b"\x7f\x10\xda\xbe", "a VDI disk image; use it as a disk, not as installation media"),
];

/// In order: the first that fits is named. Sources: the formats' own specifications, as collected by file(1).
const MARKS: &[Mark] = &[
    mark(0, b"\x1f\x8b", "a gzip-compressed file; decompress it with gunzip first"),
    mark(0, b"\xfd7zXZ\0", "an xz-compressed file; decompress it with unxz first"),
    mark(0, b"\x28\xb5\x2f\xfd", "a zstd-compressed file; decompress it with unzstd first"),
    mark(0, b"BZh", "a bzip2-compressed file; decompress it with bunzip2 first"),
    mark(0, b"\x04\x22\x4d\x18", "an lz4-compressed file; decompress it first"),
    mark(0, b"PK\x03\x04", "a zip archive; unpack it first"),
    mark(0, b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first"),
    mark(0, b"Rar!", "a RAR archive; unpack it first"),
    mark(257, b"ustar", "a tar archive; unpack it first"),
    mark(0, b"070701", "a cpio archive"),
    mark(0, b"CISO", "a compressed ISO (CISO); decompress it first"),
    mark(0, b"LUKS\xba\xbe", "an encrypted volume (LUKS); unlock it first"),
    mark(0, b"Salted__", "a file encrypted with openssl; decrypt it first"),
    mark(0, b"-----BEGIN PGP", "an encrypted or signed message (PGP); decrypt it first"),
    mark(
        0,
        b"\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00",
        "raw CD sectors (a .bin file); convert it to ISO first",
    ),
    mark(0, b"sqsh", "a big-endian squashfs file system of a version before 4.0, which is not read"),
    mark(0, b"XFSB", "an XFS file system"),
    mark(0x10040, b"_BHRfS_M", "a Btrfs file system"),
    mark(3, b"NTFS    ", "an NTFS file system"),
    damaged(0x52, b"FAT32", "a FAT file system whose boot sector or table is damaged"),
    damaged(0x36, b"FAT", "a FAT file system whose boot sector or table is damaged"),
    mark(0x8001, b"CDROM", "a High Sierra image, the forerunner of ISO 9660, which is not read"),
    mark(0x400, b"H+\0\x04", "an Apple HFS+ file system"),
    mark(4086, b"SWAPSPACE2", "Linux swap space"),
    mark(536, b"LVM2 001", "an LVM physical volume; activate it with vgchange first"),
    mark(4096, b"\xfc\x4e\x2b\xa9", "a part of a Linux RAID; assemble it with mdadm first"),
    mark(3, b"-FVE-FS-", "an encrypted volume (BitLocker); unlock it first"),
    mark(0, b"d8:announce", "a torrent: a description of the download, not the image"),
    mark(0, b"\x7fELF", "a program"),
    mark(0, b"%PDF", "a PDF document"),
    mark(510, b"\x55\xaa", "a boot sector without a file system or partitions"),
];

/// Fewer bytes than this cannot hold an ISO 9660 volume: 16 reserved sectors, a descriptor and its terminator.
const SMALLEST: u64 = 18 * 2048;

/// The error for a file in which no file system was found.
pub(crate) fn refusal(source: &Source) -> Error {
    match looks_like(source) {
        Ok(looks_like) => Error::Unrecognized { image: source.path.clone(), looks_like },
        Err(error) => error,
    }
}

fn looks_like(source: &Source) -> Result<String, Error> {
    if source.length == 0 {
        return Ok("an empty file".into());
    }
    if let Some(mark) = marked(source)? {
        return Ok(mark.looks_like.into());
    }
    let start = start(source)?;
    Ok(if is_web_page(&start) {
        "a web page; the download may have led to an error page instead of the image".into()
    } else if source.length < SMALLEST {
        format!("a file too small to be an image ({} bytes)", source.length)
    } else if start.iter().all(|byte| *byte == 0) && is_blank_at_descriptors(source)? {
        "a blank file: zeros where the image should begin (a download that never finished?)".into()
    } else if start.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) {
        "a text file".into()
    } else if is_noise(&start) {
        "random, compressed or encrypted data".into()
    } else {
        "no known kind of file: no ISO 9660 volume descriptor was found".into()
    })
}

/// What a partition without a known file system looks like.
pub(crate) fn content(source: &Source) -> Result<String, Error> {
    let marked = marked(source)?;
    let start = start(source)?;
    Ok(match marked {
        Some(mark) => mark.looks_like.into(),
        None if start.is_empty() => "a partition that lies outside the image".into(),
        None if start.iter().all(|byte| *byte == 0) => "an empty partition: it begins with zeros".into(),
        None if is_noise(&start) => "random, compressed or encrypted data".into(),
        None => "no known kind of content".into(),
    })
}

/// Whether this looks like a file system that is known, and was not found only because it is damaged.
pub(crate) fn is_damaged(source: &Source) -> Result<bool, Error> {
    Ok(marked(source)?.is_some_and(|mark| mark.is_damaged))
}

fn marked(source: &Source) -> Result<Option<&'static Mark>, Error> {
    Ok(first(WRAPPED_DISKS, source)?.or(first(MARKS, source)?))
}

/// Whether this is a disk image in a format that is not read.
pub(crate) fn is_wrapped_disk(source: &Source) -> Result<bool, Error> {
    Ok(first(WRAPPED_DISKS, source)?.is_some())
}

fn first(marks: &'static [Mark], source: &Source) -> Result<Option<&'static Mark>, Error> {
    for mark in marks {
        let mut found = vec![0; mark.bytes.len()];
        if source.read_some(mark.offset, &mut found)? == found.len() && found == mark.bytes {
            return Ok(Some(mark));
        }
    }
    Ok(None)
}

fn start(source: &Source) -> Result<Vec<u8>, Error> {
    let mut start = vec![0; 4096];
    let filled = source.read_some(0, &mut start)?;
    start.truncate(filled);
    Ok(start)
}

fn is_web_page(start: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&start[..start.len().min(256)]).trim_start().to_ascii_lowercase();
    text.starts_with("<!doctype html") || text.starts_with("<html")
}

fn is_blank_at_descriptors(source: &Source) -> Result<bool, Error> {
    let mut sector = [0; 2048];
    source.read_some(16 * 2048, &mut sector)?;
    Ok(sector.iter().all(|byte| *byte == 0))
}

/// True if all byte values come about equally often, as in data without structure.
fn is_noise(start: &[u8]) -> bool {
    let mut counts = [0_u32; 256];
    for byte in start {
        counts[usize::from(*byte)] += 1;
    }
    // 4096 random bytes hold nearly all values (each is missing with e^-16) and none of them often.
    start.len() >= 4096
        && counts.iter().filter(|count| **count == 0).count() < 3
        && counts.iter().all(|count| *count < 64)
}
