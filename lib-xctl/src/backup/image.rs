//! Images of a backup: `qemu-img`, which writes them, and what their headers say.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::Error;
use crate::progress::{Cancel, Progress};

/// How long ^C may go unnoticed.
const GLANCE: Duration = Duration::from_millis(100);

/// What the header of a qcow2 image says (QEMU's `docs/interop/qcow2.txt`).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Bytes that a guest sees.
    pub(crate) size: u64,
    /// What it is laid over.
    pub(crate) backing: Option<String>,
}

impl Header {
    /// Reads it.
    ///
    /// # Errors
    /// It is no such image, or one whose data is in another file.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        const LONGEST_NAME: u32 = 1023;
        const DATA_ELSEWHERE: u64 = 1 << 2;
        let damaged = |why: &str| Error::Damaged { path: path.to_owned(), why: why.to_owned() };
        let file = File::open(path).map_err(Error::file("opening", path))?;
        let mut start = [0; 80];
        file.read_exact_at(&mut start, 0).map_err(|_| damaged("it is no qcow2 image"))?;
        let u32 = |at: usize| start[at..at + 4].iter().fold(0_u32, |all, byte| all << 8 | u32::from(*byte));
        let u64 = |at: usize| u64::from(u32(at)) << 32 | u64::from(u32(at + 4));
        if &start[..4] != b"QFI\xfb" {
            return Err(damaged("it is no qcow2 image"));
        }
        if u32(4) >= 3 && u64(72) & DATA_ELSEWHERE != 0 {
            return Err(damaged("its data is in another file"));
        }
        let (offset, length) = (u64(8), u32(16));
        let backing = match (offset, length) {
            (0, _) => None,
            (_, length) if length > LONGEST_NAME => {
                return Err(damaged("the name of what it is laid over is too long"));
            }
            (offset, length) => {
                let mut name = vec![0; length as usize];
                file.read_exact_at(&mut name, offset).map_err(|_| damaged("it is cut off"))?;
                Some(String::from_utf8(name).map_err(|_| damaged("what it is laid over has no name"))?)
            }
        };
        Ok(Self { size: u64(24), backing })
    }
}

/// A new empty file that only the user can read; `qemu-img` fills it.
pub(super) fn private(path: &Path) -> Result<(), Error> {
    let made = File::options().write(true).create_new(true).mode(0o600).open(path);
    made.map(drop).map_err(Error::file("creating", path))
}

/// Copies what an image shows into another one, all that it is laid over included.
pub(super) fn convert(
    from: (&Path, &str),
    to: (&Path, &str),
    (what, size): (&str, u64),
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<(), Error> {
    let task = progress.begin(what, Some(size));
    let mut command = command();
    command.args(["convert", "-p", "-f", from.1, "-O", to.1, "--"]).arg(from.0).arg(to.0);
    let mut done = 0;
    let mut advance = |percent: f64| {
        let now = (size as f64 * percent / 100.0) as u64;
        task.advance(now.saturating_sub(done));
        done = done.max(now);
    };
    run(command, cancel, &mut advance)?;
    File::open(to.0).and_then(|file| file.sync_all()).map_err(Error::file("writing", to.0))
}

/// Writes into an image's header what it is laid over, without looking at either.
pub(super) fn rebase(image: &Path, onto: &str) -> Result<(), Error> {
    let mut command = command();
    command.args(["rebase", "-q", "-u", "-f", "qcow2", "-F", "qcow2", "-b", onto, "--"]).arg(image);
    run(command, &Cancel::new(), &mut |_| {})?;
    File::open(image).and_then(|file| file.sync_all()).map_err(Error::file("writing", image))
}

fn command() -> Command {
    let mut command = Command::new("qemu-img");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Its errors are looked into.
    command.env("LC_ALL", "C.UTF-8");
    command
}

/// Runs it to its end, or ends it if that is asked for.
fn run(mut command: Command, cancel: &Cancel, advance: &mut dyn FnMut(f64)) -> Result<(), Error> {
    let broken = |error: io::Error| Error::QemuImg(error.to_string());
    let mut child = command.spawn().map_err(|error| Error::QemuImg(format!("it cannot be run: {error}")))?;
    let complaint = child.stderr.take().map(|mut stderr| {
        thread::spawn(move || {
            let mut text = Vec::new();
            let _ = stderr.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        })
    });
    let percents = percents(&mut child);
    loop {
        match percents.recv_timeout(GLANCE) {
            Ok(percent) => advance(percent),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if cancel.is_requested() {
            // It may have ended just now.
            let _ = child.kill();
            let _ = child.wait();
            return Err(Error::Cancelled);
        }
    }
    let status = child.wait().map_err(broken)?;
    // ^C at a terminal reaches it, too.
    if cancel.is_requested() {
        return Err(Error::Cancelled);
    }
    if status.success() {
        return Ok(());
    }
    let said = complaint.and_then(|thread| thread.join().ok()).unwrap_or_default();
    let said = said.trim().trim_start_matches("qemu-img: ");
    Err(Error::QemuImg(if said.is_empty() { status.to_string() } else { said.to_owned() }))
}

/// How far it is, as it tells: `    (12.34/100%)` over and over.
fn percents(child: &mut Child) -> mpsc::Receiver<f64> {
    let (sender, receiver) = mpsc::channel();
    if let Some(mut stdout) = child.stdout.take() {
        thread::spawn(move || {
            let mut text = Vec::new();
            let mut buffer = [0; 256];
            while let Ok(count @ 1..) = stdout.read(&mut buffer) {
                text.extend_from_slice(&buffer[..count]);
                while let Some(end) = text.iter().position(|&byte| byte == b'/') {
                    let number: Vec<u8> = text.drain(..=end).collect();
                    let start = number.iter().rposition(|&byte| byte == b'(').map_or(0, |at| at + 1);
                    let number = std::str::from_utf8(&number[start..end]).ok();
                    if let Some(percent) = number.and_then(|number| number.parse().ok())
                        && sender.send(percent).is_err()
                    {
                        return;
                    }
                }
            }
        });
    }
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_tells_size_and_what_is_below_and_a_bad_one_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("image");
        let mut image = vec![0_u8; 200];
        image[..4].copy_from_slice(b"QFI\xfb");
        image[7] = 3;
        image[15] = 120;
        image[19] = 4;
        image[28..32].copy_from_slice(&(1_u32 << 20).to_be_bytes());
        image[120..124].copy_from_slice(b"../a");
        let read = |image: &[u8]| {
            std::fs::write(&path, image).unwrap();
            Header::read(&path)
        };
        assert_eq!(read(&image).unwrap(), Header { size: 1 << 20, backing: Some("../a".to_owned()) });
        for (at, byte) in [(0, 0), (79, 4), (17, 1), (14, 1)] {
            let mut bad = image.clone();
            bad[at] = byte;
            assert!(read(&bad).is_err(), "{at}");
        }
        assert!(read(&image[..79]).is_err());
    }
}
