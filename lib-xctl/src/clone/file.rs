//! Copying an image to a new file: blocks are shared where the file system can, holes stay holes.
//!
//! The copy grows under a name of its own beside its place and gets its name once it is complete, so that nobody ever
//! takes half a copy for a whole one.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use rustix::fs::{CWD, FallocateFlags, RenameFlags, SeekFrom};

use super::Error;
use super::stored::Local;
use crate::cleanup::{Cleanup, Inode, Thing, Version};
use crate::progress::{Cancel, Progress, Task};

/// Bytes that are read at once, after which a request to stop is looked for.
const CHUNK: usize = 1 << 20;
/// Bytes that become a hole where they are all zero.
const BLOCK: usize = 1 << 16;
static ZEROS: [u8; BLOCK] = [0; BLOCK];

/// The byte of an image that QEMU locks while it may write to it: `RAW_LOCK_PERM_BASE` and the bit of `BLK_PERM_WRITE`.
const WRITER: i64 = 101;

/// One image that becomes another file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileCopy {
    pub(super) from: PathBuf,
    pub(super) to: PathBuf,
    pub(super) onto: Onto,
    /// All room is taken at once.
    pub(super) whole: bool,
    /// Blocks are shared, or nothing is copied.
    pub(super) reflink: bool,
}

/// What is at the place of the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Onto {
    /// Nothing.
    Nothing,
    /// A file, which the copy replaces.
    File,
    /// A block device, which is written to.
    Device,
}

/// A copy that is complete, and not yet in its place.
#[derive(Debug)]
pub(super) struct Complete<'a> {
    copy: &'a FileCopy,
    /// Where it is until then; none for what was written to a device.
    part: Option<PathBuf>,
    /// Whether it shares blocks with the original; none where that was not tried.
    pub(super) shares: Option<bool>,
}

impl FileCopy {
    /// Makes the copy beside its place. What is created is listed in `cleanup` before.
    pub(super) fn run(
        &self,
        cleanup: &mut Cleanup,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<Complete<'_>, Error> {
        let (local, from) = match Local::open(&self.from) {
            Ok(Some(opened)) => opened,
            Ok(None) => return Err(self.failed(io::Error::other("it is no file any more"))),
            Err(source) => return Err(self.failed(source)),
        };
        if is_being_written(&from) {
            return Err(Error::BeingWritten(self.from.clone()));
        }
        let (part, to) = self.create(cleanup).map_err(|source| self.failed(source))?;
        let name = self.from.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let task = progress.begin(&format!("Cloning {name}"), Some(local.length));
        let copying = Copying { from: &from, to: &to, task: &*task, cancel };
        let shares = self.share(&copying, &local)?;
        if shares != Some(true) {
            copying
                .bytes(local.length, self.whole, self.onto == Onto::Device)
                .map_err(|error| if cancel.is_requested() { Error::Cancelled } else { self.failed(error) })?;
        }
        self.finish(&from, &to).map_err(|source| self.failed(source))?;
        Ok(Complete { copy: self, part, shares })
    }

    fn create(&self, cleanup: &mut Cleanup) -> io::Result<(Option<PathBuf>, File)> {
        if self.onto == Onto::Device {
            return Ok((None, OpenOptions::new().write(true).open(&self.to)?));
        }
        let name = self.to.file_name().unwrap_or_default().to_string_lossy();
        let id = uuid::Uuid::new_v4().simple().to_string();
        let part = self.to.with_file_name(format!(".{}.{}.part", shortened(&name), &id[..8]));
        cleanup.add(Thing::File(part.clone()));
        let file = OpenOptions::new().write(true).read(true).create_new(true).mode(0o600).open(&part)?;
        Ok((Some(part), file))
    }

    /// Shares the blocks, if that is possible and does not contradict what is wanted.
    fn share(&self, copying: &Copying<'_>, local: &Local) -> Result<Option<bool>, Error> {
        if self.onto == Onto::Device || local.is_device || (self.whole && !self.reflink) {
            return if self.reflink {
                Err(self.not_shared(io::Error::other("a block device has none to share")))
            } else {
                Ok(None)
            };
        }
        match rustix::fs::ioctl_ficlone(copying.to, copying.from) {
            Ok(()) => {
                copying.task.advance(local.length);
                Ok(Some(true))
            }
            Err(error) if self.reflink => Err(self.not_shared(error.into())),
            Err(_) => Ok(Some(false)),
        }
    }

    /// The copy is as private as the original, and on disk.
    fn finish(&self, from: &File, to: &File) -> io::Result<()> {
        if self.onto != Onto::Device {
            let original = from.metadata()?;
            if original.file_type().is_file() {
                // Root copies for others; who is not root owns the copy.
                let _ = fchown(to, Some(original.uid()), Some(original.gid()));
                let mode = original.permissions().mode() & 0o666 | 0o600;
                to.set_permissions(std::fs::Permissions::from_mode(mode))?;
            }
        }
        to.sync_all()
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::Copy { from: self.from.clone(), to: self.to.clone(), source }
    }

    fn not_shared(&self, source: io::Error) -> Error {
        Error::Reflink { from: self.from.clone(), to: self.to.clone(), source }
    }
}

impl Complete<'_> {
    /// Gives the copy its name. A file that was there is put aside, and listed in `cleanup` as such.
    pub(super) fn commit(self, cleanup: &mut Cleanup) -> Result<(), Error> {
        let Some(part) = self.part else { return Ok(()) };
        put_in_place(&part, &self.copy.to, self.copy.onto == Onto::File, cleanup)
            .map_err(|source| self.copy.failed(source))
    }
}

/// Gives a complete file its name; `replaces` says whether one that is there makes way, to be put aside and listed in
/// `cleanup` as such.
pub(crate) fn put_in_place(
    part: &Path,
    place: &Path,
    replaces: bool,
    cleanup: &mut Cleanup,
) -> io::Result<()> {
    if replaces {
        return replace(part, place, cleanup, exchange);
    }
    if place.symlink_metadata().is_ok() {
        // Not ours, so it must not get on the list.
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    cleanup.add(Thing::File(place.to_owned()));
    let renamed = rename_new(part, place);
    cleanup.keep(&Thing::File(if renamed.is_ok() { part } else { place }.to_owned()));
    renamed
}

/// Makes two files change their names.
type Exchange = fn(&Path, &Path) -> rustix::io::Result<()>;

fn exchange(a: &Path, b: &Path) -> rustix::io::Result<()> {
    rustix::fs::renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE)
}

/// Puts a complete copy in the place of a file. Whatever comes in between, the file is in its place or can be put back.
fn replace(part: &Path, place: &Path, cleanup: &mut Cleanup, exchange: Exchange) -> io::Result<()> {
    let inode = Inode::of(place)?;
    let new = Some(Version::of(part)?);
    let old = |aside: &Path| Thing::OldFile { place: place.to_owned(), aside: aside.to_owned(), inode, new };
    cleanup.add(old(part));
    // By that name the old file is about to be there.
    cleanup.keep(&Thing::File(part.to_owned()));
    match exchange(part, place) {
        Err(error) if cannot(error) => {}
        exchanged => return Ok(exchanged?),
    }
    let aside = part.with_extension("old");
    cleanup.add(old(&aside));
    rename_new(place, &aside)?;
    std::fs::rename(part, place)?;
    cleanup.keep(&old(part));
    Ok(())
}

/// Whether it says that a file system has no such way of renaming.
fn cannot(error: rustix::io::Errno) -> bool {
    use rustix::io::Errno;
    [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP].contains(&error)
}

/// Renames, and fails where the new name is taken.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // File systems that cannot promise it; it was looked for just before.
        Err(error) if cannot(error) => std::fs::rename(from, to),
        renamed => Ok(renamed?),
    }
}

/// The name, cut so that it can have something around it: names have at most 255 bytes.
fn shortened(name: &str) -> &str {
    name.get(..name.floor_char_boundary(200)).unwrap_or(name)
}

/// Whether a QEMU has the image open for writing, which it tells with a lock of one byte.
pub(crate) fn is_being_written(file: &File) -> bool {
    let mut lock = libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: WRITER,
        l_len: 1,
        l_pid: 0,
    };
    // File systems without locks say nothing.
    fcntl(file, FcntlArg::F_OFD_GETLK(&mut lock)).is_ok() && lock.l_type != libc::F_UNLCK as libc::c_short
}

/// Two open files, and who watches.
struct Copying<'a> {
    from: &'a File,
    to: &'a File,
    task: &'a dyn Task,
    cancel: &'a Cancel,
}

impl Copying<'_> {
    /// Copies `length` bytes. Holes and zeros are left out where the target is new: there they are zeros anyway.
    fn bytes(&self, length: u64, whole: bool, is_device: bool) -> io::Result<()> {
        let mut zeros_are_there = !is_device;
        if is_device {
            let room = io::Seek::seek(&mut &*self.to, io::SeekFrom::End(0))?;
            if room < length {
                return Err(io::Error::other(format!("it has {room} bytes, and {length} are needed")));
            }
        } else {
            self.to.set_len(length)?;
            if whole && length > 0 {
                match rustix::fs::fallocate(self.to, FallocateFlags::empty(), 0, length) {
                    Ok(()) => {}
                    // What cannot be reserved is written.
                    Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => zeros_are_there = false,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        let mut buffer = vec![0; CHUNK];
        let mut position = 0;
        while position < length {
            let data = if zeros_are_there { self.next_data(position, length) } else { position };
            self.task.advance(data - position);
            let end = if zeros_are_there { self.next_hole(data, length) } else { length };
            position = data;
            while position < end {
                if self.cancel.is_requested() {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                let count = usize::try_from(end - position).unwrap_or(CHUNK).min(CHUNK);
                let chunk = &mut buffer[..count];
                self.from.read_exact_at(chunk, position)?;
                self.write(chunk, position, zeros_are_there)?;
                self.task.advance(count as u64);
                position += count as u64;
            }
        }
        Ok(())
    }

    fn write(&self, chunk: &[u8], position: u64, zeros_are_there: bool) -> io::Result<()> {
        if !zeros_are_there {
            return self.to.write_all_at(chunk, position);
        }
        for (number, block) in chunk.chunks(BLOCK).enumerate() {
            if block != &ZEROS[..block.len()] {
                self.to.write_all_at(block, position + (number * BLOCK) as u64)?;
            }
        }
        Ok(())
    }

    /// Where the next data begins; where a file system knows no holes, all is data.
    fn next_data(&self, position: u64, end: u64) -> u64 {
        match rustix::fs::seek(self.from, SeekFrom::Data(position)) {
            Ok(found) => found.clamp(position, end),
            // There is none up to the end of the file.
            Err(rustix::io::Errno::NXIO) => end,
            Err(_) => position,
        }
    }

    /// Where the next hole begins.
    fn next_hole(&self, position: u64, end: u64) -> u64 {
        rustix::fs::seek(self.from, SeekFrom::Hole(position)).map_or(end, |found| found.clamp(position, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use hypervisor::{Connection, OpenOptions};

    fn copy(from: &Path, to: &Path) -> FileCopy {
        let (from, to) = (from.to_owned(), to.to_owned());
        FileCopy { from, to, onto: Onto::Nothing, whole: false, reflink: false }
    }

    fn run(copy: &FileCopy) -> Result<(), Error> {
        let mut cleanup = Cleanup::default();
        copy.run(&mut cleanup, &Silent, &Cancel::new())?.commit(&mut cleanup)?;
        assert_eq!(cleanup.things(), [Thing::File(copy.to.clone())]);
        Ok(())
    }

    fn taken(path: &Path) -> u64 {
        path.metadata().unwrap().blocks() * 512
    }

    /// Data at the start, zeros that are written, a hole, data at an odd place near the end, a hole.
    fn image(path: &Path) {
        let file = File::create(path).unwrap();
        file.set_len(20_000_001).unwrap();
        file.write_all_at(b"start", 0).unwrap();
        file.write_all_at(&vec![0; 2 << 20], 1 << 20).unwrap();
        file.write_all_at(&[7; 100_000], 15_000_001).unwrap();
    }

    #[test]
    fn a_copy_is_the_same_and_takes_no_more_room() {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (directory.path().join("a"), directory.path().join("b"));
        image(&from);
        std::fs::set_permissions(&from, std::fs::Permissions::from_mode(0o440)).unwrap();
        run(&copy(&from, &to)).unwrap();
        assert!(std::fs::read(&from).unwrap() == std::fs::read(&to).unwrap());
        assert!(taken(&to) <= taken(&from), "{} > {}", taken(&to), taken(&from));
        assert_eq!(to.metadata().unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_whole_copy_takes_all_its_room() {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (directory.path().join("a"), directory.path().join("b"));
        image(&from);
        run(&FileCopy { whole: true, ..copy(&from, &to) }).unwrap();
        assert!(std::fs::read(&from).unwrap() == std::fs::read(&to).unwrap());
        assert!(taken(&to) >= 20_000_001);
        std::fs::write(&from, "").unwrap();
        let empty = directory.path().join("c");
        run(&FileCopy { whole: true, ..copy(&from, &empty) }).unwrap();
        assert_eq!(empty.metadata().unwrap().len(), 0);
    }

    #[test]
    fn what_came_into_being_meanwhile_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (directory.path().join("a"), directory.path().join("b"));
        image(&from);
        let copy = copy(&from, &to);
        let mut cleanup = Cleanup::default();
        let complete = copy.run(&mut cleanup, &Silent, &Cancel::new()).unwrap();
        std::fs::write(&to, "mine").unwrap();
        assert!(complete.commit(&mut cleanup).unwrap_err().to_string().contains("exists"));
        assert!(cleanup.things().iter().all(|thing| *thing != Thing::File(to.clone())));
        assert_eq!(std::fs::read(&to).unwrap(), b"mine");
    }

    #[test]
    fn a_file_that_is_overwritten_can_be_put_back_until_it_is_given_up() {
        let connection = Connection::open(&OpenOptions::uri("test:///default")).unwrap();
        let unable: Exchange = |_, _| Err(rustix::io::Errno::INVAL);
        // Where it was stopped before anything, in the middle of two steps, or at the end.
        for (exchange, steps) in [(exchange as Exchange, 0), (exchange, 2), (unable, 1), (unable, 2)] {
            let directory = tempfile::tempdir().unwrap();
            let (from, to) = (directory.path().join("a"), directory.path().join("b"));
            image(&from);
            std::fs::write(&to, "mine").unwrap();
            let copy = FileCopy { onto: Onto::File, ..copy(&from, &to) };
            let mut cleanup = Cleanup::default();
            let complete = copy.run(&mut cleanup, &Silent, &Cancel::new()).unwrap();
            let part = complete.part.unwrap();
            replace(&part, &to, &mut cleanup, exchange).unwrap();
            assert_eq!(to.metadata().unwrap().len(), 20_000_001);
            assert_eq!(cleanup.things().len(), 1);
            match steps {
                0 => super::exchange(&part, &to).unwrap(),
                1 => std::fs::rename(&to, &part).unwrap(),
                _ => {}
            }
            if steps == 1 {
                let aside = part.with_extension("old");
                let inode = Inode::of(&aside).unwrap();
                let new = Some(Version::of(&part).unwrap());
                cleanup = Cleanup::default();
                for aside in [part, aside] {
                    cleanup.add(Thing::OldFile { place: to.clone(), aside, inode, new });
                }
            }
            let removal = cleanup.remove_all(&connection);
            assert!(removal.left.is_empty(), "{removal:?}");
            assert_eq!(std::fs::read(&to).unwrap(), b"mine");
            assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2);
        }
    }

    #[test]
    fn a_file_that_is_given_up_leaves_the_copy() {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (directory.path().join("a"), directory.path().join("b"));
        image(&from);
        std::fs::write(&to, "mine").unwrap();
        let copy = FileCopy { onto: Onto::File, ..copy(&from, &to) };
        let mut cleanup = Cleanup::default();
        copy.run(&mut cleanup, &Silent, &Cancel::new()).unwrap().commit(&mut cleanup).unwrap();
        cleanup.give_up_old(&Silent);
        assert!(cleanup.things().is_empty());
        assert_eq!(to.metadata().unwrap().len(), 20_000_001);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_copy_that_is_stopped_says_so_and_is_listed() {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (directory.path().join("a"), directory.path().join("b"));
        // Data in many places, so that sharing blocks cannot be quicker than the look at the request.
        std::fs::write(&from, vec![1; 3 << 20]).unwrap();
        let cancel = Cancel::new();
        cancel.request();
        let mut cleanup = Cleanup::default();
        let copy = FileCopy { whole: true, ..copy(&from, &to) };
        let error = copy.run(&mut cleanup, &Silent, &cancel).unwrap_err();
        assert!(matches!(error, Error::Cancelled), "{error}");
        assert_eq!(cleanup.things().len(), 1);
        assert!(!to.exists());
    }

    #[test]
    fn an_image_that_qemu_writes_to_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        image(&path);
        let (held, seen) = (File::open(&path).unwrap(), File::open(&path).unwrap());
        assert!(!is_being_written(&seen));
        let lock = libc::flock {
            l_type: libc::F_RDLCK as libc::c_short,
            l_whence: libc::SEEK_SET as libc::c_short,
            l_start: WRITER,
            l_len: 1,
            l_pid: 0,
        };
        fcntl(&held, FcntlArg::F_OFD_SETLK(&lock)).unwrap();
        assert!(is_being_written(&seen));
        let copy = copy(&path, &directory.path().join("b"));
        let error = copy.run(&mut Cleanup::default(), &Silent, &Cancel::new()).unwrap_err();
        assert!(matches!(error, Error::BeingWritten(_)), "{error}");
    }
}
