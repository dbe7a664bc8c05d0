//! Rights on a file that this user lacks, and with the user all guests of `qemu:///session`.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::unistd::{AccessFlags, access, geteuid};

use crate::cleanup::quoted;

/// How many links are followed, as many as Linux does.
const MAX_LINKS: usize = 40;

/// The next step after `reason`, where that is a right that is missing to read `file`: a line of its own, or nothing.
pub(crate) fn hint(file: &Path, reason: &io::Error) -> String {
    let refused = reason.kind() == io::ErrorKind::PermissionDenied;
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let missing = refused.then(|| missing(&file, true)).flatten();
    missing.map(|(what, mend)| format!("\n  hint: {what}: {mend}")).unwrap_or_default()
}

/// The right that is missing on a file that is there, and the command that gives it.
pub(crate) fn missing(file: &Path, read_only: bool) -> Option<(String, String)> {
    if let Some(directory) = closed(file, MAX_LINKS) {
        let shown = directory.display();
        let what = format!(
            "you may not enter the directory '{shown}', so that '{}' cannot be used: that needs the right 'x' on it",
            file.display()
        );
        return Some((what, grant(&directory, "x", "rwx")));
    }
    let (flags, rights, right) = match read_only {
        true => (AccessFlags::R_OK, "read", "r"),
        false => (AccessFlags::R_OK | AccessFlags::W_OK, "read and write", "rw"),
    };
    access(file, flags).err().filter(|errno| *errno != Errno::ENOENT)?;
    Some((format!("you may not {rights} '{}'", file.display()), grant(file, right, right)))
}

/// The command that gives this user a right; owners have theirs from the file's mode alone, whatever a list says.
fn grant(path: &Path, right: &str, owners: &str) -> String {
    let shown = quoted(&path.to_string_lossy());
    match path.metadata().is_ok_and(|found| found.uid() == geteuid().as_raw()) {
        true => format!("chmod u+{owners} {shown}"),
        false => format!("sudo setfacl -m u:{}:{right} {shown}", geteuid()),
    }
}

/// The first directory on the way to a file that this user may not enter; what is behind it cannot be looked at.
fn closed(file: &Path, links: usize) -> Option<PathBuf> {
    let behind = |link: &Path| {
        let target = link.parent()?.join(link.read_link().ok()?);
        links.checked_sub(1).map(|links| (closed(&target, links), target))
    };
    let mut directories: Vec<&Path> = file.ancestors().skip(1).collect();
    directories.reverse();
    let barred = |directory: &&&Path| access(**directory, AccessFlags::X_OK) == Err(Errno::EACCES);
    match directories.iter().find(barred) {
        Some(directory) => Some(match behind(directory) {
            Some((before, target)) => before.unwrap_or(target),
            None => directory.to_path_buf(),
        }),
        None => behind(file)?.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn what_is_closed_to_its_owner_is_named_with_the_command_that_opens_it() {
        // Nothing is closed to root.
        if geteuid().is_root() {
            return;
        }
        let top = tempfile::tempdir().unwrap();
        let (directory, link) = (top.path().join("d"), top.path().join("link"));
        let file = directory.join("file");
        std::fs::create_dir(&directory).unwrap();
        std::fs::write(&file, "").unwrap();
        symlink(&file, &link).unwrap();
        let set = |path: &Path, mode| std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        assert_eq!(missing(&file, false), None);
        for (mode, read_only, right) in [(0, false, "rw"), (0, true, "r"), (0o400, false, "rw")] {
            set(&file, mode);
            let (_, mend) = missing(&file, read_only).unwrap();
            assert_eq!(mend, format!("chmod u+{right} {}", quoted(&file.to_string_lossy())));
        }
        assert_eq!(missing(&file, true), None);
        set(&directory, 0);
        for path in [&file, &link] {
            let (what, mend) = missing(path, true).unwrap();
            assert!(what.contains(&format!("'{}'", directory.display())), "{what}");
            assert_eq!(mend, format!("chmod u+rwx {}", quoted(&directory.to_string_lossy())));
        }
        set(&directory, 0o700);
    }
}
