//! What kind of image a file is, by its first bytes.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

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
}
