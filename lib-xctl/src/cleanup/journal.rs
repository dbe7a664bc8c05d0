//! The list of created things on disk, so that what a killed program leaves is known to the next one.
//!
//! One file a running install or clone, in `$XDG_STATE_HOME/xctl/unfinished` (or `$XDG_RUNTIME_DIR` if that cannot be written),
//! locked as long as its program lives: a file that can be locked is one that nobody works on. A line is `+` or `-`, a
//! tab, and the thing's kind and names, tabs between them; `%XX` stands for characters that would break a line. A line of
//! `=` says that all of it belongs to the guest that it names from there on.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::old_file::{Inode, Version};
use super::{Thing, Work};
use crate::place;
use crate::progress::Progress;

/// Bytes of the longest journal that is read: some thousand things.
const MAX_BYTES: u64 = 1 << 20;

/// An open journal. Dropping it leaves the file: only [`Journal::close`] removes it.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// The guest that what is listed belongs to by now.
    guest: Option<Thing>,
}

impl Journal {
    /// A new journal, locked.
    pub(super) fn create(directory: &Path, work: Work) -> io::Result<Journal> {
        std::fs::create_dir_all(directory)?;
        loop {
            let (file, path) = tempfile::Builder::new()
                .prefix(&format!("{}-", work.name()))
                .suffix(".journal")
                .tempfile_in(directory)?
                .keep()
                .map_err(|error| error.error)?;
            file.lock()?;
            // Another program may have taken it for abandoned before it was locked.
            if path.exists() {
                return Ok(Journal { path, file, guest: None });
            }
        }
    }

    /// What its program was doing.
    pub(super) fn work(&self) -> Work {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let is_meant = |work: &Work| name.starts_with(&format!("{}-", work.name()));
        Work::ALL.into_iter().find(is_meant).unwrap_or(Work::Install)
    }

    /// Notes that `thing` will be created. It is on disk when this returns.
    pub(super) fn add(&mut self, thing: &Thing) -> io::Result<()> {
        self.write("+", thing)
    }

    /// Notes that `thing` is not there any more, or is wanted.
    pub(super) fn forget(&mut self, thing: &Thing) -> io::Result<()> {
        self.write("-", thing)
    }

    /// Notes that from here on all that is listed belongs to this guest, which is about to be started or stored.
    pub(super) fn hand_over(&mut self, guest: &Thing) -> io::Result<()> {
        self.write("=", guest)
    }

    /// How long ago something was last noted in it; long ago if that is not known.
    pub(super) fn age(&self) -> Duration {
        let written = self.file.metadata().and_then(|metadata| metadata.modified());
        written.ok().and_then(|written| written.elapsed().ok()).unwrap_or(Duration::MAX)
    }

    /// The guest that what is listed belongs to.
    pub(super) fn guest(&self) -> Option<&Thing> {
        self.guest.as_ref()
    }

    /// Removes the journal: nothing is left that it would have to remember.
    pub(super) fn close(self) {
        // Emptied first: if it cannot be removed, then what is in it must not be taken for abandoned.
        let _ = self.file.set_len(0);
        let _ = std::fs::remove_file(&self.path);
    }

    fn write(&mut self, sign: &str, thing: &Thing) -> io::Result<()> {
        self.file.write_all(format!("{sign}\t{}\n", line(thing)).as_bytes())?;
        self.file.sync_data()
    }
}

/// Journals of programs that do not live any more, locked for the caller, each with what it lists. Says of which one it is
/// too long.
pub(super) fn abandoned(directory: &Path, progress: &dyn Progress) -> Vec<(Journal, Vec<Thing>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "journal") {
            continue;
        }
        let Ok(mut file) = File::options().read(true).append(true).open(&path) else { continue };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => continue,
        }
        // The end, which would not be read, may take back what is before it.
        if file.metadata().is_ok_and(|metadata| metadata.len() > MAX_BYTES) {
            progress.note(&format!("What '{}' lists is not removed: it is too long", path.display()));
            continue;
        }
        let mut text = String::new();
        let read =
            file.rewind().and_then(|()| Read::by_ref(&mut file).take(MAX_BYTES).read_to_string(&mut text));
        // Whoever held the lock may have finished and removed the file while it was opened here.
        if read.is_ok() && path.exists() {
            let (things, guest) = parse(&text);
            found.push((Journal { path, file, guest }, things));
        }
    }
    found
}

/// Where journals are, best place first.
pub(super) fn directories() -> Vec<PathBuf> {
    [place::state(), place::set("XDG_RUNTIME_DIR")]
        .into_iter()
        .flatten()
        .map(|top| top.join("xctl/unfinished"))
        .collect()
}

/// What is listed and not taken back, in the order of creation, and the guest that it belongs to. Lines that make no
/// sense, such as a last one that was cut off, are left out.
fn parse(text: &str) -> (Vec<Thing>, Option<Thing>) {
    let (mut things, mut guest) = (Vec::new(), None);
    for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        let Some((sign, rest)) = line.split_once('\t') else { continue };
        let Some(thing) = parse_thing(rest) else { continue };
        match sign {
            "+" => things.push(thing),
            "-" => things.retain(|listed| *listed != thing),
            "=" => guest = Some(thing),
            _ => {}
        }
    }
    (things, guest)
}

fn line(thing: &Thing) -> String {
    let path = |path: &Path| path.to_string_lossy().into_owned();
    let fields = match thing {
        Thing::File(file) => vec!["file".to_owned(), path(file)],
        Thing::Directory(directory) => vec!["directory".to_owned(), path(directory)],
        Thing::Mount(directory) => vec!["mount".to_owned(), path(directory)],
        Thing::Domain { uri, uuid, name } => {
            vec!["domain".to_owned(), uri.clone(), uuid.clone(), name.clone()]
        }
        Thing::Volume { uri, pool, name } => {
            vec!["volume".to_owned(), uri.clone(), pool.clone(), name.clone()]
        }
        Thing::Pool { uri, name, held } => {
            vec!["pool".to_owned(), uri.clone(), name.clone(), held.to_string()]
        }
        Thing::Checkpoint { uri, guest, name } => {
            vec!["checkpoint".to_owned(), uri.clone(), guest.clone(), name.clone()]
        }
        Thing::OldFile { place, aside, inode, new } => {
            let Inode { device, number } = inode;
            let mut fields =
                vec!["old-file".to_owned(), path(place), path(aside), device.to_string(), number.to_string()];
            if let Some(Version { inode, size, written: (seconds, nanoseconds) }) = new {
                fields.extend([inode.device, inode.number, *size].map(|number| number.to_string()));
                fields.extend([seconds, nanoseconds].map(|number| number.to_string()));
            }
            fields
        }
        Thing::OldDomain { uri, name, definition, autostart } => {
            vec![
                "old-domain".to_owned(),
                uri.clone(),
                name.clone(),
                autostart.to_string(),
                definition.clone(),
            ]
        }
    };
    fields.iter().map(|field| escaped(field)).collect::<Vec<_>>().join("\t")
}

fn parse_thing(line: &str) -> Option<Thing> {
    let fields: Vec<String> = line.split('\t').map(unescaped).collect::<Option<_>>()?;
    Some(match fields.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        // Only whole paths: a relative one would mean something else in another directory.
        ["file", path] if path.starts_with('/') => Thing::File(path.into()),
        ["directory", path] if path.starts_with('/') => Thing::Directory(path.into()),
        ["mount", path] if path.starts_with('/') => Thing::Mount(path.into()),
        ["domain", uri, uuid, name] => {
            Thing::Domain { uri: uri.into(), uuid: uuid.into(), name: name.into() }
        }
        ["volume", uri, pool, name] => {
            Thing::Volume { uri: uri.into(), pool: pool.into(), name: name.into() }
        }
        ["pool", uri, name, held] => {
            Thing::Pool { uri: uri.into(), name: name.into(), held: held.parse().ok()? }
        }
        // Of journals of old.
        ["pool", uri, name] => Thing::Pool { uri: uri.into(), name: name.into(), held: 0 },
        ["checkpoint", uri, guest, name] => {
            Thing::Checkpoint { uri: uri.into(), guest: guest.into(), name: name.into() }
        }
        ["old-file", place, aside, device, number, ref new @ ..]
            if place.starts_with('/') && aside.starts_with('/') =>
        {
            let inode = Inode { device: device.parse().ok()?, number: number.parse().ok()? };
            let new = if new.is_empty() { None } else { Some(parse_version(new)?) };
            Thing::OldFile { place: place.into(), aside: aside.into(), inode, new }
        }
        ["old-domain", uri, name, autostart, definition] => Thing::OldDomain {
            uri: uri.into(),
            name: name.into(),
            definition: definition.into(),
            autostart: autostart.parse().ok()?,
        },
        _ => return None,
    })
}

fn parse_version(fields: &[&str]) -> Option<Version> {
    let &[device, number, size, seconds, nanoseconds] = fields else { return None };
    Some(Version {
        inode: Inode { device: device.parse().ok()?, number: number.parse().ok()? },
        size: size.parse().ok()?,
        written: (seconds.parse().ok()?, nanoseconds.parse().ok()?),
    })
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match c {
            '\t' | '\n' | '\r' | '%' => out.push_str(&format!("%{:02x}", u32::from(c))),
            c => out.push(c),
        }
        out
    })
}

fn unescaped(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let code = u8::from_str_radix(part.get(..2)?, 16).ok()?;
        out.push(char::from(code));
        out.push_str(part.get(2..)?);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use proptest::prelude::*;

    fn volume(name: &str) -> Thing {
        Thing::Volume { uri: "qemu:///session".into(), pool: "default".into(), name: name.into() }
    }

    /// A program that another test starts holds all locks between its fork and its exec.
    fn wait_for_abandoned(directory: &Path) -> (Journal, Vec<Thing>) {
        for _ in 0..200 {
            if let Some(found) = abandoned(directory, &Silent).pop() {
                return found;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the journal is still locked");
    }

    #[test]
    fn a_living_program_keeps_its_journal_and_a_dead_one_leaves_it() {
        let directory = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(directory.path(), Work::Clone).unwrap();
        journal.add(&volume("a.qcow2")).unwrap();
        journal.add(&volume("b.qcow2")).unwrap();
        journal.forget(&volume("a.qcow2")).unwrap();
        assert!(abandoned(directory.path(), &Silent).is_empty());
        drop(journal);
        let (journal, things) = wait_for_abandoned(directory.path());
        assert_eq!(journal.work(), Work::Clone);
        assert_eq!(things, [volume("b.qcow2")]);
        assert!(abandoned(directory.path(), &Silent).is_empty(), "two programs would clean up at once");
        journal.close();
        assert!(abandoned(directory.path(), &Silent).is_empty());
    }

    #[test]
    fn a_journal_that_is_too_long_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        for (lines, found) in [(1, 1), (1 << 16, 0)] {
            std::fs::write(directory.path().join("a.journal"), "+\tfile\t/some/file\n".repeat(lines))
                .unwrap();
            assert_eq!(abandoned(directory.path(), &Silent).len(), found, "{lines}");
        }
    }

    #[test]
    fn a_line_that_was_cut_off_is_not_taken_for_another_thing() {
        assert_eq!(parse("+\tfile\t/a\n+\tfile\t/a/lon").0, [Thing::File("/a".into())]);
        assert_eq!(parse("+\tfile\trelative\n+\tvolume\tx\n?\tfile\t/a\n+\tfile\t/%zz\n"), (vec![], None));
    }

    proptest! {
        #[test]
        fn every_thing_is_read_back(uri in "\\PC{0,20}", a in "(?s).{1,30}", b in "(?s).{1,30}") {
            let things = [
                Thing::File(format!("/{a}").into()),
                Thing::Directory(format!("/{b}").into()),
                Thing::Mount(format!("/{b}").into()),
                Thing::Domain { uri: uri.clone(), uuid: a.clone(), name: b.clone() },
                Thing::Volume { uri: uri.clone(), pool: a.clone(), name: b.clone() },
                Thing::Pool { uri: uri.clone(), name: b.clone(), held: 3 },
                Thing::Checkpoint { uri: uri.clone(), guest: a.clone(), name: b.clone() },
                Thing::OldFile {
                    place: format!("/{b}").into(),
                    aside: format!("/{a}").into(),
                    inode: Inode { device: 1 << 40, number: 7 },
                    new: None,
                },
                Thing::OldFile {
                    place: format!("/{a}").into(),
                    aside: format!("/{b}").into(),
                    inode: Inode { device: 1, number: 7 },
                    new: Some(Version {
                        inode: Inode { device: 1, number: u64::MAX },
                        size: 1 << 50,
                        written: (-1, 999_999_999),
                    }),
                },
                Thing::OldDomain { uri, name: a, definition: b, autostart: true },
            ];
            let text: String = things.iter().map(|thing| format!("+\t{}\n", line(thing))).collect();
            prop_assert_eq!(parse(&text).0, things);
        }

        #[test]
        fn any_text_can_be_read(text in "(?s).{0,200}") {
            let _ = parse(&text);
        }
    }
}
