//! Putting a file system of this program on a directory: by mount(2) where this user may, else by fusermount3.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use fuser::{Config, MountOption, Session};
use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::unistd::{getgid, getuid};

use super::SUBTYPE;
use super::server::Server;

/// Mounts `server` on `directory`, under the name of the image.
///
/// # Errors
/// The system refuses.
pub(super) fn attach(
    server: Server,
    name: &str,
    directory: &Path,
    mut config: Config,
) -> io::Result<Session<Server>> {
    let device = OpenOptions::new().read(true).write(true).open("/dev/fuse")?;
    let flags = MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOATIME;
    // The options of mount.fuse3(8) that the kernel itself takes.
    let options =
        format!("fd={},rootmode=40000,user_id={},group_id={}", device.as_raw_fd(), getuid(), getgid());
    match mount(
        Some(name),
        directory,
        Some(format!("fuse.{SUBTYPE}").as_str()),
        flags,
        Some(options.as_str()),
    ) {
        Ok(()) => return Session::from_fd(server, device.into(), config.acl, config),
        Err(Errno::EPERM) => {}
        Err(errno) => return Err(errno.into()),
    }
    drop(device);
    config.mount_options = vec![
        MountOption::RO,
        MountOption::NoSuid,
        MountOption::NoDev,
        MountOption::NoAtime,
        MountOption::FSName(escaped(name)),
        MountOption::Subtype(SUBTYPE.into()),
    ];
    Session::new(server, directory, &config)
}

/// A name in fusermount3's list of options, in which commas and backslashes mean something.
fn escaped(name: &str) -> String {
    name.replace('\\', "\\\\").replace(',', "\\,")
}
