//! Copying files and trees out of an image, never to anywhere but below the target directory.
//!
//! Each directory of the target is opened below its parent without following links, and each file is created anew, so
//! neither what an image calls its files nor a link that lies in the target already leads elsewhere.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat, renameat};
use nix::sys::stat::{Mode, SFlag, UtimensatFlags, fstatat, futimens, mkdirat, utimensat};
use nix::sys::time::TimeSpec;
use nix::unistd::{UnlinkatFlags, symlinkat, unlinkat};

use crate::{Entry, Error, Image, Kind, limits};

/// What is about to be copied.
#[derive(Debug)]
pub struct Plan<'a> {
    image: &'a Image,
    /// Paths below the target, and what comes there; a directory before what is in it.
    steps: Vec<(String, String, Entry)>,
    /// Bytes in all the files.
    pub bytes: u64,
    /// What cannot be read, and is left out.
    pub problems: Vec<String>,
    /// Directories that are empty for want of a known file system, with what is there instead.
    pub notes: Vec<String>,
}

/// What was copied, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extracted {
    /// Regular files.
    pub files: u64,
    /// Directories that were made.
    pub directories: u64,
    /// Symbolic links.
    pub links: u64,
    /// Device nodes, sockets and pipes, which are never created.
    pub special: u64,
    /// Bytes in the files.
    pub bytes: u64,
    /// Files that turned out to be unreadable in the middle, with the reason; nothing of them is left.
    pub problems: Vec<String>,
}

impl Extracted {
    /// Notes a file that cannot be read; that somebody does not want to go on is another thing.
    fn leave_out(&mut self, error: Error) -> Result<(), ExtractError> {
        if matches!(error, Error::Cancelled { .. }) {
            return Err(error.into());
        }
        self.problems.push(error.to_string());
        Ok(())
    }
}

/// A failure to extract.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// The image cannot be read.
    #[error(transparent)]
    Image(#[from] Error),
    /// Something cannot be created in the target directory.
    #[error("cannot create '{}'", target.display())]
    Create {
        /// What was to be created.
        target: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The disk is full, say.
    #[error("cannot write '{}'", target.display())]
    Write {
        /// What was to be written.
        target: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// There is something of that name, and it was not to be replaced.
    #[error("'{}' exists already", target.display())]
    Exists {
        /// What was to be created.
        target: PathBuf,
    },
}

impl<'a> Plan<'a> {
    /// What copying `path` involves: the file, link or tree of its name, or all that is in the image if `path` is its
    /// top.
    ///
    /// # Errors
    /// There is nothing at `path`, or the list of all would take more than [`limits::EXTRACTED_BYTES`].
    pub fn new(image: &'a Image, path: &str) -> Result<Plan<'a>, Error> {
        Plan::of(image, path, limits::EXTRACTED_BYTES)
    }

    /// As [`Plan::new`], where the list may take so many bytes.
    fn of(image: &'a Image, path: &str, limit: usize) -> Result<Plan<'a>, Error> {
        let top = image.entry(path)?;
        let mut plan = Plan { image, steps: Vec::new(), bytes: 0, problems: Vec::new(), notes: Vec::new() };
        let shown =
            path.split('/').filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("/");
        let above = shown.len() - top.name.len().min(shown.len());
        let mut memory = 0;
        if !top.name.is_empty() {
            memory += plan.add(shown.clone(), top.name.clone(), top.clone());
        }
        for step in image.walk(path)? {
            memory += match step {
                Ok((path, entry)) => {
                    let below = path.get(above..).unwrap_or(&path).to_owned();
                    plan.add(path, below, entry)
                }
                Err(error) => plan.leave_out(&error),
            };
            if memory > limit {
                let what = "the list of all that is in it takes too much memory";
                return Err(Error::Limit {
                    image: image.path().into(),
                    path: shown,
                    what,
                    limit: limit as u64,
                });
            }
        }
        Ok(plan)
    }

    /// Adds a step, and says how many bytes that takes.
    fn add(&mut self, path: String, below: String, entry: Entry) -> usize {
        if entry.kind == Kind::File {
            self.bytes = self.bytes.saturating_add(entry.size);
        }
        self.notes.extend(self.image.empty_because(&entry));
        let memory = 2 * size_of::<String>() + path.len() + below.len() + entry.memory();
        self.steps.push((path, below, entry));
        memory
    }

    /// Notes what cannot be read, and says how many bytes that takes.
    fn leave_out(&mut self, error: &Error) -> usize {
        let problem = error.to_string();
        let memory = size_of::<String>() + problem.len();
        self.problems.push(problem);
        memory
    }

    /// Copies everything to below `target`, which is there. What is there of the same name is an error, or replaced
    /// if `replace` says so and it is no directory. `progress` is told the bytes of each step and may break off; the
    /// files that are whole by then stay, as does what the unfinished one was to replace.
    ///
    /// # Errors
    /// Something cannot be written, or `progress` breaks off. A file that cannot be read is noted and left out.
    pub fn run(
        &self,
        target: &Path,
        replace: bool,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Extracted, ExtractError> {
        let mut run =
            Run { image: self.image, target, replace, open: Vec::new(), done: Extracted::default() };
        run.open.push(Open::new("", run.directory(AT_FDCWD, target, target)?, None));
        for (path, below, entry) in &self.steps {
            run.step(path, below, entry, progress)?;
        }
        run.leave(0)?;
        Ok(run.done)
    }
}

/// An extraction under way.
struct Run<'a> {
    image: &'a Image,
    target: &'a Path,
    replace: bool,
    /// The directories from the target to where the last step was.
    open: Vec<Open>,
    done: Extracted,
}

/// A directory that is being filled.
struct Open {
    /// Its path below the target.
    below: String,
    handle: OwnedFd,
    /// What it is in the image, whose time it gets when it is full; nothing for the target.
    entry: Option<Entry>,
    /// Files and links that were put into it.
    names: HashSet<String>,
}

impl Open {
    fn new(below: &str, handle: OwnedFd, entry: Option<&Entry>) -> Open {
        Open { below: below.to_owned(), handle, entry: entry.cloned(), names: HashSet::new() }
    }
}

impl Run<'_> {
    fn step(
        &mut self,
        path: &str,
        below: &str,
        entry: &Entry,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<(), ExtractError> {
        let (above, name) = below.rsplit_once('/').unwrap_or(("", below));
        let depth = self.open.iter().position(|open| open.below == above).unwrap_or(0);
        self.leave(depth + 1)?;
        let filled = self.open.last_mut();
        if entry.kind != Kind::Directory && filled.is_some_and(|open| !open.names.insert(name.to_owned())) {
            let image = self.image.path().display();
            let problem = format!("image '{image}' has '{path}' more than once; the first is copied");
            self.done.problems.push(problem);
            return Ok(());
        }
        let Some(Open { handle: parent, .. }) = self.open.last() else { return Ok(()) };
        let target = self.target.join(below);
        match entry.kind {
            Kind::Directory => {
                // With what its owner needs to fill it, and may always empty it again. The umask counts, as for
                // files, and a directory that is there keeps its own permissions.
                match mkdirat(parent, name, permissions(entry, 0o755) | Mode::S_IRWXU) {
                    Ok(()) => self.done.directories += 1,
                    Err(Errno::EEXIST) => {}
                    Err(errno) => return Err(create(&target, errno)),
                }
                let handle = self.directory(parent.as_fd(), Path::new(name), &target)?;
                self.open.push(Open::new(below, handle, Some(entry)));
            }
            Kind::File => {
                let mut reader = match self.image.reader(entry, path) {
                    Ok(reader) => reader,
                    Err(error) => return self.done.leave_out(error),
                };
                let (new, file) = New::make(parent, name, self.replace, |name| {
                    let flags = OFlag::O_WRONLY
                        | OFlag::O_CREAT
                        | OFlag::O_EXCL
                        | OFlag::O_NOFOLLOW
                        | OFlag::O_CLOEXEC;
                    openat(parent, name, flags, permissions(entry, 0o644))
                })
                .map_err(|errno| create(&target, errno))?;
                let mut file = File::from(file);
                self.done.bytes += match reader.copy_to(&mut file, progress) {
                    Ok(bytes) => bytes,
                    Err(Error::Write { source, .. }) => return Err(ExtractError::Write { target, source }),
                    Err(error) => return self.done.leave_out(error),
                };
                futimens(&file, &TimeSpec::UTIME_NOW, &time(entry))
                    .and_then(|()| new.finish())
                    .map_err(|errno| create(&target, errno))?;
                self.done.files += 1;
            }
            Kind::Link => {
                let to = entry.link.as_deref().unwrap_or_default();
                let (now, then) = (TimeSpec::UTIME_NOW, time(entry));
                New::make(parent, name, self.replace, |name| symlinkat(to, parent, name))
                    .and_then(|(new, ())| {
                        utimensat(parent, new.name(), &now, &then, UtimensatFlags::NoFollowSymlink)?;
                        new.finish()
                    })
                    .map_err(|errno| create(&target, errno))?;
                self.done.links += 1;
            }
            Kind::Special => self.done.special += 1,
        }
        Ok(())
    }

    fn directory(&self, parent: impl AsFd, name: &Path, target: &Path) -> Result<OwnedFd, ExtractError> {
        // The target itself is the caller's choice, and may well be a link.
        let follow = if name == self.target { OFlag::empty() } else { OFlag::O_NOFOLLOW };
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC | follow;
        openat(parent, name, flags, Mode::empty()).map_err(|errno| create(target, errno))
    }

    /// Closes directories until so many are open, and gives each the time it has in the image.
    fn leave(&mut self, depth: usize) -> Result<(), ExtractError> {
        while self.open.len() > depth {
            let Some(Open { below, handle, entry: Some(entry), .. }) = self.open.pop() else { break };
            futimens(&handle, &TimeSpec::UTIME_NOW, &time(&entry))
                .map_err(|errno| create(&self.target.join(below), errno))?;
        }
        Ok(())
    }
}

/// A file or link that is being made: under its own name or, where it is to take the place of what has that, under
/// another one in the same directory. It is removed again unless it is finished.
struct New<'a> {
    parent: &'a OwnedFd,
    name: &'a str,
    /// The name until it is whole, if that is another one.
    part: Option<String>,
    is_whole: bool,
}

impl<'a> New<'a> {
    /// Has `make` create it under the name that it is told, where nothing must be.
    fn make<T>(
        parent: &'a OwnedFd,
        name: &'a str,
        replace: bool,
        make: impl Fn(&str) -> nix::Result<T>,
    ) -> nix::Result<(New<'a>, T)> {
        let new = |part| New { parent, name, part, is_whole: false };
        match make(name) {
            Err(Errno::EEXIST) if replace => {}
            // Only what was made is removed again.
            made => return made.map(|made| (new(None), made)),
        }
        let there = fstatat(parent, name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
        if SFlag::from_bits_truncate(there.st_mode) & SFlag::S_IFMT == SFlag::S_IFDIR {
            return Err(Errno::EISDIR);
        }
        let mut number = 0_u64;
        loop {
            let part = format!(".xmount.{number}.part");
            match make(&part) {
                // Another extraction's, or what one that was killed has left.
                Err(Errno::EEXIST) => number += 1,
                made => return made.map(|made| (new(Some(part)), made)),
            }
        }
    }

    /// What it is called until it is finished.
    fn name(&self) -> &str {
        self.part.as_deref().unwrap_or(self.name)
    }

    /// It is whole, and takes its place.
    fn finish(mut self) -> nix::Result<()> {
        if let Some(part) = &self.part {
            renameat(self.parent, part.as_str(), self.parent, self.name)?;
        }
        self.is_whole = true;
        Ok(())
    }
}

impl Drop for New<'_> {
    fn drop(&mut self) {
        if !self.is_whole {
            let _ = unlinkat(self.parent, self.name(), UnlinkatFlags::NoRemoveDir);
        }
    }
}

fn create(target: &Path, errno: Errno) -> ExtractError {
    match errno {
        Errno::EEXIST => ExtractError::Exists { target: target.into() },
        errno => ExtractError::Create { target: target.into(), source: errno.into() },
    }
}

/// The permissions without those that would run a file as somebody else.
fn permissions(entry: &Entry, otherwise: u32) -> Mode {
    Mode::from_bits_truncate(entry.posix.mode.unwrap_or(otherwise) & 0o777)
}

fn time(entry: &Entry) -> TimeSpec {
    let Some(time) = entry.posix.modified else { return TimeSpec::UTIME_NOW };
    let since = |earlier: SystemTime, later: SystemTime| later.duration_since(earlier).unwrap_or_default();
    let seconds = since(UNIX_EPOCH, time).as_secs() as i64 - since(time, UNIX_EPOCH).as_secs() as i64;
    TimeSpec::new(seconds, i64::from(since(UNIX_EPOCH, time).subsec_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iso9660::testing::{DIRECTORY, Disc, link, named};

    #[test]
    fn what_breaks_off_leaves_no_part_and_what_was_there() {
        let mut disc = Disc::new();
        let content = disc.add(b"new");
        let image = disc.with_records(&[named("file", 0, content)]);
        let plan = Plan::new(&image, "").unwrap();
        let directory = tempfile::tempdir().unwrap();
        let names = || {
            let all = std::fs::read_dir(directory.path()).unwrap();
            let mut names: Vec<_> = all.map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        let run = |replace, outcome| plan.run(directory.path(), replace, &mut |_| outcome);
        let (on, off) = (ControlFlow::Continue(()), ControlFlow::Break(()));
        assert!(matches!(run(false, off), Err(ExtractError::Image(Error::Cancelled { .. }))));
        assert!(names().is_empty());
        // What a link leads to is not what is replaced, and another's part is left alone.
        let file = directory.path().join("file");
        std::os::unix::fs::symlink("other", &file).unwrap();
        for (name, content) in [("other", "old"), (".xmount.0.part", "part")] {
            std::fs::write(directory.path().join(name), content).unwrap();
        }
        assert!(matches!(run(true, off), Err(ExtractError::Image(Error::Cancelled { .. }))));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "old");
        assert_eq!(names(), [".xmount.0.part", "file", "other"]);
        assert!(matches!(run(false, on), Err(ExtractError::Exists { .. })));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "old", "what is not replaced stays");
        run(true, on).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(std::fs::read_to_string(directory.path().join("other")).unwrap(), "old");
        assert_eq!(names(), [".xmount.0.part", "file", "other"]);
    }

    #[test]
    fn of_two_files_of_one_name_the_first_is_copied() {
        let mut disc = Disc::new();
        let (first, second) = (disc.add(b"first"), disc.add(b"second"));
        let records = [named("file", 0, first), named("file", 0, second), link("file", b"\0\x05other")];
        let image = disc.with_records(&records);
        let plan = Plan::new(&image, "").unwrap();
        let directory = tempfile::tempdir().unwrap();
        for replace in [false, true] {
            let done = plan.run(directory.path(), replace, &mut |_| ControlFlow::Continue(())).unwrap();
            assert_eq!((done.files, done.links, done.problems.len()), (1, 0, 2), "{:?}", done.problems);
            assert_eq!(std::fs::read_to_string(directory.path().join("file")).unwrap(), "first");
        }
    }

    #[test]
    fn a_link_takes_the_place_of_a_file_and_never_of_a_directory() {
        let image = Disc::new().with_records(&[link("name", b"\0\x05other")]);
        let plan = Plan::new(&image, "").unwrap();
        let directory = tempfile::tempdir().unwrap();
        let name = directory.path().join("name");
        std::fs::write(&name, "old").unwrap();
        let run = || plan.run(directory.path(), true, &mut |_| ControlFlow::Continue(()));
        run().unwrap();
        assert_eq!(std::fs::read_link(&name).unwrap(), Path::new("other"));
        std::fs::remove_file(&name).unwrap();
        std::fs::create_dir(&name).unwrap();
        assert!(matches!(run(), Err(ExtractError::Create { .. })));
        assert!(std::fs::read_dir(&name).unwrap().next().is_none());
    }

    #[test]
    fn the_entries_of_an_extraction_have_a_bound() {
        let mut disc = Disc::new();
        let below = disc.directory(&[named("one", 0, (0, 0)), named("two", 0, (0, 0))]);
        let image = disc.with_records(&[named("below", DIRECTORY, below), named("beside", 0, (0, 0))]);
        let taken = |path: &str| {
            let steps = Plan::of(&image, path, usize::MAX).unwrap().steps;
            let size = |(path, below, entry): &(String, String, Entry)| {
                2 * size_of::<String>() + path.len() + below.len() + entry.memory()
            };
            steps.iter().map(size).sum::<usize>()
        };
        for path in ["", "below"] {
            let memory = taken(path);
            assert!(Plan::of(&image, path, memory).is_ok());
            let error = Plan::of(&image, path, memory - 1).unwrap_err().to_string();
            assert!(
                error.contains(&format!("takes too much memory (the limit is {})", memory - 1)),
                "{error}"
            );
        }
        assert!(taken("") > taken("below"));
    }
}
