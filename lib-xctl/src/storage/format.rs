//! What kind of image a file is, by its first bytes.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::object::Volume;

/// Formats by their mark: where it is, what it is, libvirt's name of the format.
const MARKS: &[(u64, &[u8], &str)] = &[
    (0, b"QFI\xfb\x00\x00\x00\x01", "qcow"),
    (0, b"QFI\xfb", "qcow2"),
    (0, b"QED\0", "qed"),
    (0, b"KDMV", "vmdk"),
    (0, b"# Disk DescriptorFile", "vmdk"),
    (0, b"vhdxfile", "vhdx"),
    (0, b"conectix", "vpc"),
    (0x40, b"\x7f\x10\xda\xbe", "vdi"),
    (0, b"WithoutFreeSpace", "ploop"),
    (0, b"WithouFreSpacExt", "ploop"),
];

/// What an image is and how large a disk it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// libvirt's name of the format.
    pub format: &'static str,
    /// Bytes that a guest sees; for formats whose header is not read here, those of the file.
    pub capacity: u64,
}

/// Looks at an image. What has no mark is raw.
///
/// # Errors
/// It cannot be opened or read.
pub fn detect(path: &Path) -> io::Result<Image> {
    let mut file = File::open(path)?;
    let mut start = [0; 128];
    let mut filled = 0;
    while filled < start.len() {
        match file.read_at(&mut start[filled..], filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let start = &start[..filled];
    let format = MARKS
        .iter()
        .find(|(offset, mark, _)| start.get(*offset as usize..).is_some_and(|rest| rest.starts_with(mark)))
        .map_or("raw", |(_, _, format)| format);
    // A block device has no length of its own, but an end.
    let length = io::Seek::seek(&mut file, io::SeekFrom::End(0))?;
    let virtual_size = start.get(24..32).and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes);
    let capacity = virtual_size.filter(|_| format.starts_with("qcow")).unwrap_or(length);
    Ok(Image { format, capacity })
}

/// What an image needs besides itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Needs {
    /// It is laid over another image.
    pub(crate) backing: bool,
    /// Its contents are in another file.
    pub(crate) elsewhere: bool,
}

/// Looks up what else an image of this format needs: what is laid over another one, or keeps its contents in others.
///
/// # Errors
/// It cannot be read.
pub(crate) fn needs(path: &Path, format: &str) -> io::Result<Needs> {
    if format == "raw" {
        // What a guest wrote at the start of its disk is no header.
        return Ok(Needs::default());
    }
    let file = File::open(path)?;
    let mut start = [0; 104];
    let read = file.read_at(&mut start, 0)?;
    let start = &start[..read];
    let word = |at: usize| start.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
    let long = |at: usize| start.get(at..at + 8)?.try_into().ok().map(u64::from_be_bytes);
    if start.starts_with(b"# Disk DescriptorFile") {
        return Ok(Needs { elsewhere: true, backing: false });
    }
    if start.starts_with(b"QED\0") {
        // QED specification, header: bit 0 of the features tells of a backing file.
        return Ok(Needs {
            backing: start.get(16).is_some_and(|features| features & 1 != 0),
            elsewhere: false,
        });
    }
    if start.starts_with(b"KDMV") {
        return Ok(Needs { backing: is_vmdk_with_parent(&file, start)?, elsewhere: false });
    }
    if !start.starts_with(b"QFI\xfb") {
        // QEMU opens no overlay in any other format.
        return Ok(Needs::default());
    }
    // From version 3 on, bit 2 of the features tells that the data is in a file of its own.
    let elsewhere = word(4).is_some_and(|version| version >= 3) && long(72).unwrap_or(0) & 4 != 0;
    // Where the name of the other image is.
    let backing = long(8).is_some_and(|offset| offset != 0);
    Ok(Needs { backing, elsewhere })
}

/// Whether the descriptor in a sparse VMDK extent names another image as its parent (VMware's Virtual Disk Format 5.0:
/// the header's descriptorOffset and descriptorSize in sectors, the descriptor's parentFileNameHint).
fn is_vmdk_with_parent(file: &File, start: &[u8]) -> io::Result<bool> {
    const SECTOR: u64 = 512;
    const LONGEST: u64 = 1 << 20;
    let long = |at: usize| start.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
    let bytes = |sectors: u64| sectors.checked_mul(SECTOR);
    let (Some(offset), Some(length)) = (long(28).and_then(bytes), long(36).and_then(bytes)) else {
        return Ok(false);
    };
    let mut descriptor = vec![0; usize::try_from(length.min(LONGEST)).unwrap_or_default()];
    let mut filled = 0;
    while filled < descriptor.len() {
        match file.read_at(&mut descriptor[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let text = String::from_utf8_lossy(&descriptor[..filled]);
    Ok(text.lines().any(|line| line.trim_start().to_ascii_lowercase().starts_with("parentfilenamehint")))
}

/// The format of a volume, as QEMU calls it; none where libvirt says none.
pub(crate) fn volume_format(volume: &hypervisor::Volume) -> Option<String> {
    let format = Volume::parse(&volume.xml().ok()?).ok()?.format()?;
    // What libvirt calls by names of its own is plain to QEMU.
    Some(if ["iso", "unknown", "none"].contains(&&*format) { "raw".to_owned() } else { format })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_by_their_marks() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("image");
        let mut qcow2 = vec![0; 512];
        qcow2[..8].copy_from_slice(b"QFI\xfb\0\0\0\x03");
        qcow2[24..32].copy_from_slice(&(7u64 << 30).to_be_bytes());
        let mut vdi = vec![0; 512];
        vdi[0x40..0x44].copy_from_slice(b"\x7f\x10\xda\xbe");
        for (content, format, capacity) in [
            (qcow2, "qcow2", 7 << 30),
            (vdi, "vdi", 512),
            (b"KDMV".to_vec(), "vmdk", 4),
            (Vec::new(), "raw", 0),
            (b"QFI".to_vec(), "raw", 3),
        ] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(detect(&path).unwrap(), Image { format, capacity });
        }
        assert!(detect(&directory.path().join("missing")).is_err());
    }

    #[test]
    fn what_an_image_needs_is_read_from_its_header() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("image");
        let mut header = vec![0; 512];
        header[..8].copy_from_slice(b"QFI\xfb\0\0\0\x03");
        std::fs::write(&path, &header).unwrap();
        assert_eq!(needs(&path, "qcow2").unwrap(), Needs::default());
        header[8..16].copy_from_slice(&200u64.to_be_bytes());
        header[79] = 4;
        std::fs::write(&path, &header).unwrap();
        let found = needs(&path, "qcow2").unwrap();
        assert_eq!(found, Needs { backing: true, elsewhere: true });
        assert_eq!(needs(&path, "raw").unwrap(), Needs::default());
        std::fs::write(&path, "# Disk DescriptorFile\n").unwrap();
        assert!(needs(&path, "vmdk").unwrap().elsewhere);
    }
}
