//! What libvirt needs on the way to an external snapshot: room for the files that it lays over the images, names for
//! them, and the memory. It finds out when the guest is ended, or runs on the images themselves.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::unistd::AccessFlags;

use super::kind::stem;

/// What an empty qcow2 image takes at the most, with some to spare.
const EMPTY_IMAGE: u64 = 4 << 20;

/// How a file with a guest's memory begins once it is whole; until then it ends in `Part`.
const WHOLE: &[u8; 16] = b"LibvirtQemudSave";
/// Bytes before the guest's description in it, whose length is a word at [`DESCRIPTION`].
const HEADER: u64 = 92;
const DESCRIPTION: usize = 20;

/// What stands against laying new files over these images.
pub(super) fn against_overlays(files: &[String], as_user: bool) -> Vec<String> {
    let mut why = Vec::new();
    let mut directories: HashMap<PathBuf, u64> = HashMap::new();
    for file in files {
        let directory = Path::new(file).parent().unwrap_or(Path::new("/"));
        *directories.entry(directory.to_owned()).or_default() += EMPTY_IMAGE;
    }
    for (directory, needed) in directories {
        let shown = directory.display();
        // Another user's files are that user's to write.
        if as_user && nix::unistd::access(&directory, AccessFlags::W_OK | AccessFlags::X_OK).is_err() {
            why.push(format!("you may not make files in '{shown}', where new ones are laid over its disks"));
        }
        let Ok(found) = rustix::fs::statvfs(&directory) else { continue };
        if found.f_bavail.saturating_mul(found.f_frsize) < needed {
            why.push(format!(
                "there is no room in '{shown}' for the files that are laid over its disks (make {} MiB free)",
                needed >> 20
            ));
        }
    }
    why.sort();
    why
}

/// What stands against reading the memory from this file.
pub(super) fn against_memory(path: &str) -> Option<String> {
    // Who may not read it cannot tell, and libvirt may.
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    let mut start = Vec::new();
    file.by_ref().take(HEADER).read_to_end(&mut start).ok()?;
    let described = start.get(DESCRIPTION..DESCRIPTION + 4).and_then(|bytes| bytes.try_into().ok());
    let is_whole = start.starts_with(WHOLE)
        && described.is_some_and(|bytes| length > HEADER + u64::from(u32::from_ne_bytes(bytes)));
    (!is_whole).then(|| format!("'{path}', where its memory was, is damaged or was never finished"))
}

/// Waits until the names are free that libvirt gives the new files, which end in the time in seconds: going back twice
/// within one gives the same.
pub(super) fn wait_for_names(files: &[String]) {
    const LONGEST: u32 = 30;
    for _ in 0..LONGEST {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let is_taken = |file: &String| Path::new(&format!("{}.{now}", stem(file))).symlink_metadata().is_ok();
        if !files.iter().any(is_taken) {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_not_whole_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("memory");
        let mut whole = b"LibvirtQemudSave\x02\0\0\0".to_vec();
        whole.extend(4u32.to_ne_bytes());
        whole.resize(HEADER as usize, 0);
        whole.extend(b"<d/>memory");
        let part = [b"LibvirtQemudPart", &whole[16..]].concat();
        for (bytes, is_whole) in
            [(&whole[..], true), (&part, false), (&whole[..96], false), (&whole[..20], false), (b"", false)]
        {
            std::fs::write(&path, bytes).unwrap();
            let why = against_memory(path.to_str().unwrap());
            assert_eq!(why.is_none(), is_whole, "{why:?}");
        }
    }

    #[test]
    fn a_directory_without_room_for_new_files_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let inside = directory.path().join("a.raw").to_string_lossy().into_owned();
        assert_eq!(against_overlays(&[inside.clone(), inside], true), [""; 0]);
        // Nothing can be made there, by nobody, and it has no blocks.
        let why = against_overlays(&["/proc/self/a.raw".to_owned()], false);
        assert!(why.len() == 1 && why[0].contains("no room in '/proc/self'"), "{why:?}");
    }
}
