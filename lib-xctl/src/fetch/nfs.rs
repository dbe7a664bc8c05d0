//! Trees on NFS: `nfs:HOST:/PATH` and `nfs://HOST/PATH`.
//!
//! Only root may mount a share. What is mounted already is used as it is, whoever asks; otherwise root mounts it, read-only
//! and in a private directory, until the tree is not needed any more. A share that a killed program left mounted is listed
//! in its journal, for the next one to unmount.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::Error;
use crate::cleanup::{Cleanup, Thing, Work};
use crate::progress::{Cancel, Silent};

/// How long a server may take until the share is mounted.
const LIMIT: Duration = Duration::from_secs(60);
/// How often it is looked at.
const GLANCE: Duration = Duration::from_millis(50);
/// Nothing on the share is written, run, or given rights; a server that goes away is an error and no endless wait.
const OPTIONS: &str = "ro,nosuid,nodev,noexec,soft,retry=0";

/// A directory that a server exports, or one within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The server; an IPv6 address in brackets.
    pub host: String,
    /// The path on it, from its root.
    pub path: String,
}

impl Share {
    /// Reads an address; none if it is of another kind.
    ///
    /// # Errors
    /// It names no host or no whole path.
    pub(super) fn parse(text: &str) -> Option<Result<Share, Error>> {
        let rest = text.get(..4).filter(|scheme| scheme.eq_ignore_ascii_case("nfs:")).map(|_| &text[4..])?;
        let parts = match rest.strip_prefix("//") {
            Some(rest) => rest.find('/').map(|at| (&rest[..at], &rest[at..])),
            None => rest.find(":/").map(|at| (&rest[..at], &rest[at + 1..])),
        };
        let is_host = |host: &str| {
            !host.is_empty()
                && !host.starts_with('-')
                && host.chars().all(|c| c.is_ascii_alphanumeric() || "-._:[]%".contains(c))
        };
        Some(match parts {
            Some((host, path)) if is_host(host) && !path.contains(['\0', '\n']) => {
                let path = format!("/{}", path.trim_matches('/'));
                Ok(Share { host: host.to_owned(), path })
            }
            _ => Err(Error::Address {
                text: text.to_owned(),
                why: "an NFS share is nfs:HOST:/PATH or nfs://HOST/PATH".to_owned(),
            }),
        })
    }

    /// The share as `nfs://HOST/PATH`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nfs://{}{}", self.host, self.path)
    }

    /// The share as a directory of this host.
    ///
    /// # Errors
    /// It is not mounted, and cannot be mounted.
    pub(super) fn open(&self, cancel: &Cancel) -> Result<Opened, Error> {
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        if let Some((top, tree)) = self.mounted(&mounts) {
            return Ok(Opened { top, tree, mount: None });
        }
        if !nix::unistd::geteuid().is_root() {
            return Err(self.failed("it is not mounted on this host, and only root may mount it".to_owned()));
        }
        let mount = Mount::new(self, cancel)?;
        Ok(Opened { top: mount.directory.clone(), tree: PathBuf::new(), mount: Some(mount) })
    }

    /// Where the share is by the system's table of mounts: the longest export that leads to it, and where it is below.
    fn mounted(&self, mounts: &str) -> Option<(PathBuf, PathBuf)> {
        let line = |line: &str| -> Option<(usize, (PathBuf, PathBuf))> {
            let (before, after) = line.split_once(" - ")?;
            let before: Vec<&str> = before.split(' ').collect();
            let (root, point) = (plain(before.get(3)?), plain(before.get(4)?));
            let mut after = after.split(' ');
            let kind = after.next()?;
            let source = plain(after.next()?);
            let (host, export) = source.split_once(":/").filter(|_| kind == "nfs" || kind == "nfs4")?;
            // What is mounted is the part of the export that `root` names.
            let top = Path::new("/").join(export).join(root.trim_start_matches('/'));
            let rest = Path::new(&self.path).strip_prefix(&top).ok()?;
            host.eq_ignore_ascii_case(&self.host)
                .then(|| (top.components().count(), (point.into(), rest.to_owned())))
        };
        mounts.lines().filter_map(line).max_by_key(|(length, _)| *length).map(|(_, places)| places)
    }

    fn failed(&self, why: String) -> Error {
        Error::Share { share: self.to_string(), device: format!("{}:{}", self.host, self.path), why }
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "nfs:{}:{}", self.host, self.path)
    }
}

/// A field of the table of mounts, whose blanks and backslashes are written as octal numbers.
fn plain(field: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(field.to_owned(), |text, (written, meant)| text.replace(written, meant))
}

/// A share that can be read.
#[derive(Debug)]
pub(super) struct Opened {
    /// Where something of the server's is mounted.
    pub(super) top: PathBuf,
    /// Where the share is below that.
    pub(super) tree: PathBuf,
    /// As long as this lives; none where somebody else mounted it.
    pub(super) mount: Option<Mount>,
}

/// A share that is mounted for this program. Dropping it unmounts it.
#[derive(Debug)]
pub(super) struct Mount {
    directory: PathBuf,
    listed: Cleanup,
}

impl Mount {
    fn new(share: &Share, cancel: &Cancel) -> Result<Mount, Error> {
        let directory = tempfile::Builder::new().prefix("xctl-nfs-").tempdir();
        let directory = directory.map_err(|error| share.failed(error.to_string()))?.keep();
        let mut listed = Cleanup::begin(Work::Install, &Silent);
        listed.add(Thing::Directory(directory.clone()));
        listed.add(Thing::Mount(directory.clone()));
        // From here on it is removed whatever happens.
        let mount = Mount { directory, listed };
        let mut command = Command::new("mount");
        command.args(["-t", "nfs", "-o", OPTIONS, "--"]);
        command.arg(format!("{}:{}", share.host, share.path)).arg(&mount.directory);
        run(command, cancel).map_err(|why| share.failed(why))?;
        Ok(mount)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // What cannot be unmounted stays listed, and the next program tries again.
        if unmount(&self.directory).is_ok() && std::fs::remove_dir(&self.directory).is_ok() {
            self.listed.settle();
        }
    }
}

/// Unmounts what is mounted in a directory of ours. Nothing there counts as done.
pub(crate) fn unmount(directory: &Path) -> Result<(), String> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let is_there =
        |line: &str| line.split(' ').nth(4).is_some_and(|point| Path::new(&plain(point)) == directory);
    if !mounts.lines().any(is_there) {
        return Ok(());
    }
    let mut command = Command::new("umount");
    command.arg("--").arg(directory);
    run(command, &Cancel::new())
}

/// Runs a program of the system's to its end, but not for ever.
fn run(mut command: Command, cancel: &Cancel) -> Result<(), String> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command.spawn().map_err(|error| format!("{name}: {error}"))?;
    let end = Instant::now() + LIMIT;
    loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(_) => {
                let mut said = String::new();
                if let Some(stderr) = child.stderr.take() {
                    // What it says is for the message only.
                    let _ = stderr.take(4096).read_to_string(&mut said);
                }
                return Err(said
                    .lines()
                    .map(str::trim)
                    .filter(|line| !line.is_empty())
                    .collect::<Vec<_>>()
                    .join("; "));
            }
            None if cancel.is_requested() || Instant::now() >= end => {
                // It may have ended meanwhile.
                let _ = child.kill();
                let _ = child.wait();
                return Err(
                    if cancel.is_requested() { "stopped" } else { "the server does not answer" }.to_owned()
                );
            }
            None => thread::sleep(GLANCE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(text: &str) -> Option<Share> {
        Share::parse(text).and_then(Result::ok)
    }

    #[test]
    fn both_spellings_are_read() {
        let web = Share { host: "web".into(), path: "/srv/tree".into() };
        for text in ["nfs:web:/srv/tree", "nfs://web/srv/tree", "NFS://web/srv/tree/", "nfs:web:/srv/tree/"] {
            assert_eq!(share(text).as_ref(), Some(&web), "{text}");
        }
        assert_eq!(share("nfs:[::1]:/a").map(|share| share.host), Some("[::1]".into()));
        for text in ["nfs:", "nfs://", "nfs:web", "nfs:/a", "nfs:-o,x:/a", "nfs:a b:/c", "nfs:web:a"] {
            assert!(Share::parse(text).is_some_and(|share| share.is_err()), "{text}");
        }
        assert!(
            Share::parse("http://web/").is_none()
                && Share::parse("/nfs:a").is_none()
                && Share::parse("é").is_none()
        );
    }

    #[test]
    fn a_share_is_found_below_the_longest_export() {
        let mounts = "22 1 0:5 / /proc rw - proc proc rw\n\
                      40 1 0:40 / /mnt/all rw shared:1 - nfs4 web:/ rw\n\
                      41 1 0:41 / /mnt/a\\040b rw shared:2 - nfs4 web:/srv/tree rw\n\
                      42 1 0:42 /deep /mnt/deep rw - nfs WEB:/other ro\n\
                      43 1 0:43 / /mnt/local rw - ext4 web:/srv/tree/x rw\n";
        let found = |text: &str| share(text).and_then(|share| share.mounted(mounts));
        let place = |top: &str, tree: &str| Some((top.into(), tree.into()));
        assert_eq!(found("nfs:web:/srv/tree/9"), place("/mnt/a b", "9"));
        assert_eq!(found("nfs:web:/srv/trees"), place("/mnt/all", "srv/trees"));
        assert_eq!(found("nfs:web:/other/deep/9"), place("/mnt/deep", "9"));
        assert_eq!(found("nfs:other:/srv/tree"), None);
    }
}
