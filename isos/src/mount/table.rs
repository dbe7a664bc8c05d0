//! Which images are mounted, and unmounting them.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::errno::Errno;
use nix::mount::{MntFlags, umount2};
use nix::unistd::{AccessFlags, getuid};

use super::{MountError, SUBTYPE};

/// Where the kernel tells of mounts (proc_pid_mountinfo(5)).
pub(super) const TABLE: &str = "/proc/self/mountinfo";

/// A mounted image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mounted {
    /// The image, as an absolute path; it may be gone meanwhile.
    pub image: PathBuf,
    /// Where its files are.
    pub directory: PathBuf,
}

/// How to unmount what is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmounting {
    /// Not at all.
    WhenFree,
    /// Out of sight at once, and for good when its last user is done.
    Lazily,
}

/// The images that this user has mounted, in the order in which that was done.
///
/// # Errors
/// The table of mounts cannot be read.
pub fn mounted() -> Result<Vec<Mounted>, MountError> {
    let table = std::fs::read(TABLE).map_err(MountError::Table)?;
    Ok(table.split(|byte| *byte == b'\n').filter_map(|line| read(line, getuid().as_raw())).collect())
}

/// One line of the table, if it tells of an image that this user mounted.
fn read(line: &[u8], user: u32) -> Option<Mounted> {
    let fields: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    // Optional fields end with a dash; format, source and the format's own options follow.
    let rest = fields.iter().position(|field| *field == b"-")? + 1;
    if fields.get(rest)? != &format!("fuse.{SUBTYPE}").as_bytes() {
        return None;
    }
    let is_ours = format!("user_id={user}");
    if !fields.get(rest + 2)?.split(|byte| *byte == b',').any(|option| option == is_ours.as_bytes()) {
        return None;
    }
    Some(Mounted { image: path(fields.get(rest + 1)?), directory: path(fields.get(4)?) })
}

/// A path in which blanks, line ends and backslashes are written as octal numbers.
fn path(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, behind)) = rest.split_first() {
        let octal =
            behind.get(..3).filter(|_| *first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        match octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[3..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    OsString::from_vec(bytes).into()
}

/// Unmounts what is on `directory`, even if its server is gone.
///
/// # Errors
/// It is in use, or the system refuses.
pub fn unmount(directory: &Path, how: Unmounting) -> Result<(), MountError> {
    let flags = match how {
        Unmounting::WhenFree => MntFlags::empty(),
        Unmounting::Lazily => MntFlags::MNT_DETACH,
    };
    let failed = |why: String| MountError::Unmount { directory: directory.into(), why };
    match umount2(directory, flags | MntFlags::UMOUNT_NOFOLLOW) {
        Ok(()) => return Ok(()),
        Err(Errno::EBUSY) => return Err(MountError::Busy { directory: directory.into() }),
        // Only root may; what others may is up to fusermount3.
        Err(Errno::EPERM) => {}
        Err(errno) => return Err(failed(errno.desc().to_owned())),
    }
    let mut command = Command::new("fusermount3");
    command.arg("-u").args((how == Unmounting::Lazily).then_some("-z")).arg("--").arg(directory);
    let output = command.stdin(Stdio::null()).output().map_err(|error| failed(why_refused(&error)))?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    match output.status.success() {
        true => Ok(()),
        false if said.contains("busy") => Err(MountError::Busy { directory: directory.into() }),
        false => Err(failed(said)),
    }
}

/// Why a mount was refused, with the next step where there is one.
pub(super) fn why_refused(error: &io::Error) -> String {
    let may_open = || nix::unistd::access("/dev/fuse", AccessFlags::R_OK | AccessFlags::W_OK).is_ok();
    match error.kind() {
        io::ErrorKind::NotFound if !Path::new("/dev/fuse").exists() => {
            "this kernel has no FUSE (as root: modprobe fuse)".into()
        }
        io::ErrorKind::PermissionDenied if !may_open() => "/dev/fuse is closed to this user; as root: \
             chmod 666 /dev/fuse (udev does that by itself where it runs)"
            .into(),
        io::ErrorKind::NotFound => {
            "there is no fusermount3 here; install package fuse3, or name a command to run with \
                                    the image mounted: xmount IMAGE -- COMMAND"
                .into()
        }
        _ => error.to_string().trim().trim_start_matches("fusermount3: ").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_this_user_are_read() {
        let line =
            b"60 29 0:50 / /run/user/1000/xmount/a\\040b ro,nosuid - fuse.xmount /home/ann/a\\040b.iso \
                     ro,user_id=1000,group_id=1000";
        let mounted = read(line, 1000).unwrap();
        assert_eq!(mounted.image, Path::new("/home/ann/a b.iso"));
        assert_eq!(mounted.directory, Path::new("/run/user/1000/xmount/a b"));
        assert_eq!(read(line, 100), None, "another user's");
        assert_eq!(read(b"60 29 0:50 / /mnt rw - ext4 /dev/sda1 rw,user_id=1000", 1000), None);
        assert_eq!(read(b"", 0), None);
    }
}
