//! What every target does with the bytes that it is handed: all that a person could ask of such an image or tree.

use std::collections::HashSet;
use std::io::{Read, Seek, SeekFrom, Write};

use isos::boot_info::{Query, Tree, TreeError, of_tree};
use isos::{Image, Kind, Options, limits};

/// Files and directories that are looked into, and bytes that are read of one file's start and end.
const FILES: usize = 100;
const BYTES: u64 = 64 << 10;

/// Opens the bytes as an image of that format, or of the one that they look like, and reads what is in it.
pub fn image(format: Option<&str>, bytes: &[u8]) {
    let Ok(memory) = rustix::fs::memfd_create("image", rustix::fs::MemfdFlags::CLOEXEC) else { return };
    let mut file = std::fs::File::from(memory);
    if file.write_all(bytes).is_err() {
        return;
    }
    let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file));
    let options = Options { format: format.map(str::to_owned), ..Options::default() };
    let Ok(image) = Image::open_with(path, &options) else { return };
    // What boots is looked for in trees of their own: an image is asked for hundreds of paths then.
    let _ = (image.partitions(), image.missing_bytes(), image.boot_catalogue());
    let Ok(mut walk) = image.walk("") else { return };
    let (mut looked, mut seen) = (0, HashSet::new());
    while let Some(found) = walk.next() {
        looked += 1;
        if looked > FILES {
            break;
        }
        let Ok((path, entry)) = found else { continue };
        match entry.kind() {
            Kind::File => {
                let Ok(mut file) = image.reader(&entry, &path) else { continue };
                for from in [SeekFrom::Start(0), SeekFrom::Start(file.len().saturating_sub(BYTES))] {
                    let _ = file.seek(from).and_then(|_| (&mut file).take(BYTES).read_to_end(&mut Vec::new()));
                }
            }
            Kind::Directory if !seen.insert(entry.id()) => walk.skip_directory(),
            Kind::Directory | Kind::Special => {}
            Kind::Link => drop(image.entry(&path)),
        }
    }
}

/// Looks for what boots in a tree in which every path that begins like that leads to a part of the bytes.
pub fn tree(begin: &'static str, bytes: &[u8]) {
    let tree = Parts { begin, parts: bytes.split(|byte| *byte == 0).take(limits::MENU_FILES).collect() };
    let _ = of_tree(&tree, &Query { label: "LABEL", ..Query::default() });
}

struct Parts<'a> {
    begin: &'static str,
    parts: Vec<&'a [u8]>,
}

impl Tree for Parts<'_> {
    fn read(&self, path: &str, max: usize) -> Result<Option<Vec<u8>>, TreeError> {
        let Some(rest) = path.strip_prefix(self.begin) else { return Ok(None) };
        // Any number that follows from the name: menus include one another by names that only they know.
        let number = rest.bytes().fold(0, |sum, byte| sum + usize::from(byte)) % self.parts.len().max(1);
        Ok(self.parts.get(number).map(|part| part[..part.len().min(max)].to_vec()))
    }

    fn exists(&self, path: &str) -> Result<bool, TreeError> {
        Ok(path.len() % 2 == 0)
    }

    fn list(&self, path: &str) -> Result<Option<Vec<String>>, TreeError> {
        Ok(path.starts_with(self.begin).then(|| (0..self.parts.len()).map(|n| format!("{n}.conf")).collect()))
    }
}
