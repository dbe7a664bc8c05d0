//! Putting a file system of this program on a directory: by mount(2) where this user may, else by fusermount3.

use std::ffi::{OsStr, OsString};
use std::fs::OpenOptions;
use std::io::{self, IoSliceMut, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};

use fuser::{Config, Session};
use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::unistd::{getgid, getuid};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

use super::server::Server;
use super::{SUBTYPE, Unmounting, unmount};

/// Mounts `server` on `directory`, under the name of the image, and gives the session and a second handle of its
/// connection with the kernel. The session has that connection alone, so that it never unmounts anything by itself: at
/// its end another image may be there already.
///
/// # Errors
/// The system refuses.
pub(super) fn attach(
    server: Server,
    name: &OsStr,
    directory: &Path,
    config: Config,
) -> io::Result<(Session<Server>, OwnedFd)> {
    let device = OpenOptions::new().read(true).write(true).open("/dev/fuse")?;
    let flags = MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOATIME;
    // The options of mount.fuse3(8) that the kernel itself takes.
    let options =
        format!("fd={},rootmode=40000,user_id={},group_id={}", device.as_raw_fd(), getuid(), getgid());
    let connection = match mount(
        Some(name),
        directory,
        Some(format!("fuse.{SUBTYPE}").as_str()),
        flags,
        Some(options.as_str()),
    ) {
        Ok(()) => device.into(),
        Err(Errno::EPERM) => {
            drop(device);
            by_fusermount(name, directory)?
        }
        Err(errno) => return Err(errno.into()),
    };
    let begin = || {
        let second = connection.try_clone()?;
        Ok((Session::from_fd(server, connection, config.acl, config)?, second))
    };
    // What is mounted already has nobody who would serve it.
    begin().inspect_err(|_| drop(unmount(directory, Unmounting::Lazily)))
}

/// Has fusermount3(1) mount, which may what this user may not. It passes the connection on through the socket whose
/// number `_FUSE_COMMFD` tells: its standard input.
fn by_fusermount(name: &OsStr, directory: &Path) -> io::Result<OwnedFd> {
    let (ours, theirs) = UnixStream::pair()?;
    let mut options = OsString::from(format!("ro,nosuid,nodev,noatime,subtype={SUBTYPE},fsname="));
    options.push(escaped(name));
    let mut helper = Command::new("fusermount3")
        .arg("-o")
        .arg(options)
        .arg("--")
        .arg(directory)
        .env("_FUSE_COMMFD", "0")
        .stdin(OwnedFd::from(theirs))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let passed = passed(&ours);
    let mut said = String::new();
    if let Some(stderr) = &mut helper.stderr {
        stderr.read_to_string(&mut said)?;
    }
    let status = helper.wait()?;
    match passed? {
        Some(connection) if status.success() => Ok(connection),
        _ if said.trim().is_empty() => Err(io::Error::other(format!("fusermount3: {status}"))),
        _ => Err(io::Error::other(said)),
    }
}

/// The file that is passed on through a socket, if one is.
fn passed(socket: &UnixStream) -> io::Result<Option<OwnedFd>> {
    let (mut byte, mut space) = ([0], [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))]);
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    loop {
        match recvmsg(socket, &mut [IoSliceMut::new(&mut byte)], &mut ancillary, RecvFlags::CMSG_CLOEXEC) {
            Err(rustix::io::Errno::INTR) => {}
            done => {
                done?;
                break;
            }
        }
    }
    Ok(ancillary.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut files) => files.next(),
        _ => None,
    }))
}

/// A name in fusermount3's list of options, in which commas and backslashes mean something.
fn escaped(name: &OsStr) -> OsString {
    let escape = |byte: &u8| if matches!(byte, b'\\' | b',') { vec![b'\\', *byte] } else { vec![*byte] };
    OsString::from_vec(name.as_bytes().iter().flat_map(escape).collect())
}
