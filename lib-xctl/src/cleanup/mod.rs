//! The removal list: everything that an install or a clone creates is on it until the work is committed.
//!
//! A thing is listed *before* it is created, on disk too (see `journal`), so that whatever happens, somebody knows about
//! it: this program when it fails or is interrupted, the next one after a `kill -9`.

mod journal;
mod old_file;
mod thing;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use hypervisor::{Connection, Domain, State};

use self::journal::Journal;
use self::thing::Undone;
use crate::progress::Progress;
use crate::storage::Usage;

pub use old_file::{Inode, Version};
pub use thing::Thing;
pub(crate) use thing::quoted;

/// How long libvirt may take to begin with what it was asked for: a volume, the start of a guest. The
/// driver of this crate's own tests does all at once.
const SETTLING: Duration = Duration::from_secs(if cfg!(test) { 0 } else { 2 });

/// How often a guest is looked at that is being started.
const GLANCE: Duration = Duration::from_millis(50);
/// How long a start may be under way before it counts as stuck.
const START_LIMIT: Duration = Duration::from_secs(60);

/// What creates the things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A guest is installed; once it runs, it is there for good.
    Install,
    /// A guest is cloned.
    Clone,
    /// A guest gets new disks.
    Edit,
    /// A guest is backed up.
    Backup,
    /// A guest comes back from a backup.
    Restore,
}

impl Work {
    /// All of them.
    const ALL: [Work; 5] = [Work::Install, Work::Clone, Work::Edit, Work::Backup, Work::Restore];

    /// What its journals are called.
    fn name(self) -> &'static str {
        match self {
            Work::Install => "install",
            Work::Clone => "clone",
            Work::Edit => "edit",
            Work::Backup => "backup",
            Work::Restore => "restore",
        }
    }

    /// What is said where it was killed before its end.
    fn was_killed(self) -> &'static str {
        match self {
            Work::Install => {
                "An installation was killed before its guest was started; what it left is removed"
            }
            Work::Clone => "A clone was killed before it was complete; what it left is removed",
            Work::Edit => {
                "A change of a guest was killed before it was made; the disks made for it are removed"
            }
            Work::Backup => "A backup was killed before it was complete; what it left is removed",
            Work::Restore => {
                "A guest's return from a backup was killed before its end; what it left is removed"
            }
        }
    }

    /// What is said where it was killed and what it made is in use already.
    fn is_kept(self) -> &'static str {
        match self {
            Work::Install => "An installation was killed once its guest was started; the guest is kept",
            Work::Clone => "A clone was killed at its end; the guest is kept",
            Work::Edit => "A change of a guest was killed at its end; the disks made for it are kept",
            Work::Backup => "A backup was killed at its end; its files are in use and are kept",
            Work::Restore => "A guest's return from a backup was killed at its end; the guest is kept",
        }
    }
}

/// Things that were created and are not wanted unless the work comes to its end.
///
/// Ends with [`Cleanup::settle`] or [`Cleanup::remove_all`]; a list that is dropped is left to the next program.
#[derive(Debug, Default)]
pub struct Cleanup {
    things: Vec<Thing>,
    journal: Option<Journal>,
}

/// What became of the things on a removal list.
#[derive(Debug, Default)]
pub struct Removal {
    /// What was removed, last created first.
    pub removed: Vec<Thing>,
    /// What is left to the person to decide.
    pub kept: Vec<Thing>,
    /// What is still there, and why.
    pub left: Vec<(Thing, String)>,
}

impl Cleanup {
    /// An empty list. Without a place for its journal it still works, but not after a `kill -9`; that is said.
    pub fn begin(work: Work, progress: &dyn Progress) -> Cleanup {
        let mut failure = None;
        for directory in journal::directories() {
            match Journal::create(&directory, work) {
                Ok(journal) => return Cleanup { things: Vec::new(), journal: Some(journal) },
                Err(error) => failure = Some(format!("{}: {error}", directory.display())),
            }
        }
        let why = failure.unwrap_or_else(|| "there is no home directory".to_owned());
        progress.note(&format!("What this creates is not kept track of beyond this program ({why})"));
        Cleanup { things: Vec::new(), journal: None }
    }

    /// Lists a thing that is about to be created.
    pub fn add(&mut self, thing: Thing) {
        if let Some(journal) = &mut self.journal {
            // A disk too full for a line is too full for the thing, whose creation will say so.
            let _ = journal.add(&thing);
        }
        self.things.push(thing);
    }

    /// Takes a thing off the list: it is wanted, gone, or was never created.
    pub fn keep(&mut self, thing: &Thing) {
        self.things.retain(|listed| listed != thing);
        if let Some(journal) = &mut self.journal {
            // At worst the next program finds it listed, and gone or in use.
            let _ = journal.forget(thing);
        }
    }

    /// What is listed, in the order of creation.
    #[must_use]
    pub fn things(&self) -> &[Thing] {
        &self.things
    }

    /// The guest is about to be started or stored: from here on it may be used, and with it all that was made for it. If
    /// this program is killed, the next one must not take that away.
    pub fn hand_over(&mut self, guest: &Thing) {
        if let Some(journal) = &mut self.journal {
            // A disk too full for a line is too full for a guest, whose start will say so.
            let _ = journal.hand_over(guest);
        }
    }

    /// The work stands: the next program must not undo it. The list in memory remains, for whoever gives it up.
    pub fn settle(&mut self) {
        if let Some(journal) = self.journal.take() {
            journal.close();
        }
    }

    /// Removes those things on the list that are not needed any more, while the work goes on.
    pub(crate) fn remove_where(
        &mut self,
        connection: &Connection,
        progress: &dyn Progress,
        is_over: impl Fn(&Thing) -> bool,
    ) {
        let mut removal = Removal::default();
        for thing in self.things.clone().into_iter().rev().filter(is_over) {
            match thing.undo(connection) {
                Ok(undone) => {
                    self.keep(&thing);
                    removal.kept.extend((undone == Undone::Kept).then_some(thing));
                }
                Err(why) => removal.left.push((thing, why)),
            }
        }
        removal.tell(progress);
    }

    /// What made way is not wanted back: the new is in its place.
    pub(crate) fn give_up_old(&mut self, progress: &dyn Progress) {
        for thing in self.things.clone().iter().filter(|thing| thing.is_old()) {
            thing.give_up(progress);
            self.keep(thing);
        }
    }

    /// Removes everything that is listed, last created first.
    pub fn remove_all(self, connection: &Connection) -> Removal {
        remove(self.things, self.journal, connection)
    }
}

/// Removes what is here, and keeps the journal while anything on it is left.
fn remove(things: Vec<Thing>, mut journal: Option<Journal>, connection: &Connection) -> Removal {
    let mut removal = Removal::default();
    let is_here = |thing: &Thing| thing.uri().is_none_or(|uri| uri == connection.uri());
    let (here, elsewhere): (Vec<Thing>, Vec<Thing>) = things.into_iter().partition(is_here);
    for thing in here.into_iter().rev() {
        match thing.undo(connection) {
            Ok(undone) => {
                if let Some(journal) = &mut journal {
                    // At worst the next program finds it gone.
                    let _ = journal.forget(&thing);
                }
                match undone {
                    Undone::Done => removal.removed.push(thing),
                    Undone::Nothing => {}
                    Undone::Kept => removal.kept.push(thing),
                }
            }
            Err(why) => removal.left.push((thing, why)),
        }
    }
    if let Some(journal) = journal.filter(|_| removal.left.is_empty() && elsewhere.is_empty()) {
        journal.close();
    }
    removal
}

impl Removal {
    /// Tells the person what was removed, what was not, and how to do it by hand.
    pub fn tell(&self, progress: &dyn Progress) {
        for thing in self.removed.iter().filter(|thing| !matches!(thing, Thing::Directory(_))) {
            progress.note(&format!("{} {thing}", if thing.is_old() { "Put back" } else { "Removed" }));
        }
        for (thing, why) in &self.left {
            let attempted = if thing.is_old() { "put back" } else { "remove" };
            progress.note(&format!("Could not {attempted} {thing}: {why}"));
            progress.note(&format!("  hint: {}", thing.command()));
        }
        self.tell_kept(progress);
    }

    /// Tells the person what is left to decide.
    pub fn tell_kept(&self, progress: &dyn Progress) {
        self.kept.iter().for_each(|thing| thing.tell_kept(progress));
    }
}

/// Removes what programs left that were killed while they installed or cloned a guest, as far as it is on this host or on
/// `connection`; what is elsewhere stays listed, and so do the files of guests elsewhere, which may be in use. Says what
/// was removed.
pub fn recover(connection: &Connection, progress: &dyn Progress) {
    for directory in journal::directories() {
        recover_in(&directory, connection, progress);
    }
}

fn recover_in(directory: &Path, connection: &Connection, progress: &dyn Progress) {
    for (journal, mut things) in journal::abandoned(directory, progress) {
        let is_elsewhere =
            |thing: &Thing| matches!(thing, Thing::Domain { uri, .. } if uri != connection.uri());
        if things.iter().chain(journal.guest()).any(is_elsewhere) {
            continue;
        }
        let work = journal.work();
        // Files of an install boot are for QEMU's start alone, which has been waited for.
        let is_over =
            |thing: &Thing| work == Work::Install && matches!(thing, Thing::File(_) | Thing::Directory(_));
        // What libvirt was asked for just before the kill may not be there yet, and would be taken for gone.
        let is_asked_for = |thing: &Thing| matches!(thing, Thing::Volume { .. } | Thing::Domain { .. });
        if things.iter().chain(journal.guest()).any(is_asked_for) {
            thread::sleep(SETTLING.saturating_sub(journal.age()));
        }
        if let Some(guest) = journal.guest() {
            let is_there = is_guest(guest, connection);
            if is_there {
                things.iter().for_each(|thing| thing.give_up(progress));
                progress.note(work.is_kept());
            } else {
                // Somebody may have the new file, with or without the guest.
                things.iter().for_each(|thing| thing.tell_kept(progress));
            }
            let is_back = |thing: &Thing| !is_there && matches!(thing, Thing::OldDomain { .. });
            things.retain(|thing| is_over(thing) || is_back(thing));
            remove(things, Some(journal), connection).tell(progress);
            continue;
        }
        // Nothing is removed of which it is not known whether somebody has it.
        let Ok(usage) = Usage::of(connection) else { continue };
        let before = things.len();
        things.retain(|thing| !is_running(thing, connection));
        // A guest of the same name that somebody made anew is another one.
        let is_there = |uuid: &str| connection.domain_by_uuid(uuid).is_ok();
        let removed: Vec<String> = things
            .iter()
            .filter_map(|thing| match thing {
                Thing::Domain { uuid, name, .. } if is_there(uuid) => Some(name.clone()),
                _ => None,
            })
            .collect();
        things.retain(|thing| {
            let goes = is_over(thing) || !is_in_use(thing, connection, &usage, &removed);
            if !goes {
                thing.tell_kept(progress);
            }
            goes
        });
        let kept = things.len() < before;
        if kept {
            progress.note(work.is_kept());
        }
        let removal = remove(things, Some(journal), connection);
        if !kept && !removal.removed.is_empty() {
            progress.note(work.was_killed());
        }
        removal.tell(progress);
    }
}

/// Whether it is a guest that is there, running or not; a start that is under way is waited for.
fn is_guest(thing: &Thing, connection: &Connection) -> bool {
    let Thing::Domain { uuid, .. } = thing else { return false };
    // One that goes away meanwhile is not there.
    connection.domain_by_uuid(uuid).is_ok_and(|domain| await_start(&domain).is_ok())
}

/// Whether it is a guest that runs by now: guests outlive the programs that made them.
fn is_running(thing: &Thing, connection: &Connection) -> bool {
    let Thing::Domain { uri, uuid, .. } = thing else { return false };
    uri == connection.uri()
        && connection
            .domain_by_uuid(uuid)
            .and_then(|domain| {
                await_start(&domain)?;
                domain.is_active()
            })
            .unwrap_or(false)
}

/// Whether it is an image that a guest has which is not `removed` as well: one that runs, one that it was made for and
/// that was there before, or one of somebody who made the image anew.
fn is_in_use(thing: &Thing, connection: &Connection, usage: &Usage, removed: &[String]) -> bool {
    let path = match thing {
        Thing::File(path) => path.clone(),
        Thing::Volume { uri, pool, name } if uri == connection.uri() => {
            let volume = connection.pool_by_name(pool).and_then(|pool| pool.volume_by_name(name));
            let Ok(path) = volume.and_then(|volume| volume.path()) else { return false };
            path.into()
        }
        Thing::OldFile { place, aside, inode, new } => {
            let is_laid_over = || new.is_some_and(|new| usage.sources().any(|own| new.is_below(place, own)));
            return inode.is_at(aside) && (has_been_started(place, connection, usage) || is_laid_over());
        }
        _ => return false,
    };
    usage.guests_with(&path, false).into_iter().any(|guest| !removed.iter().any(|name| name == guest))
}

/// Whether a guest with this image was started since it was put there, which was done while all of them were off and none
/// of them was saved.
fn has_been_started(image: &Path, connection: &Connection, usage: &Usage) -> bool {
    let is_saved = |guest: &str| {
        connection.domain_by_name(guest).and_then(|domain| domain.has_managed_save()).unwrap_or(false)
    };
    usage.is_used_by_a_running_guest(&image.to_string_lossy())
        || usage.guests_with(image, false).into_iter().any(is_saved)
}

/// Waits until a start that is under way has succeeded or failed: libvirt goes on with it after the program that asked
/// for it was killed, and the guest counts as active meanwhile. Its boot files must not go before.
fn await_start(domain: &Domain) -> Result<(), hypervisor::Error> {
    let end = Instant::now() + START_LIMIT;
    loop {
        let found = domain.state()?;
        if found.state != State::Paused || found.name() != "starting up" || Instant::now() > end {
            return Ok(());
        }
        thread::sleep(GLANCE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use hypervisor::OpenOptions;
    use hypervisor::flags::{PoolStartFlags, UndefineFlags, VolumeCreateFlags};

    fn connection() -> Connection {
        Connection::open(&OpenOptions::uri("test:///default")).unwrap()
    }

    fn listed(directory: &Path, thing: Thing) -> Cleanup {
        listed_by(Work::Install, directory, thing)
    }

    fn listed_by(work: Work, directory: &Path, thing: Thing) -> Cleanup {
        let journal = Some(Journal::create(directory, work).unwrap());
        let mut cleanup = Cleanup { things: Vec::new(), journal };
        cleanup.add(thing);
        cleanup
    }

    fn file(directory: &Path) -> Thing {
        let path = directory.join("kernel");
        std::fs::write(&path, "").unwrap();
        Thing::File(path)
    }

    /// Recovers, again while a program that another test starts holds the lock between its fork and its exec.
    fn recover_all(directory: &Path, connection: &Connection) {
        for _ in 0..200 {
            recover_in(directory, connection, &Silent);
            let is_journal = |name: &std::ffi::OsString| name.to_string_lossy().ends_with(".journal");
            if !names(directory).iter().any(is_journal) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn names(directory: &Path) -> Vec<std::ffi::OsString> {
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn what_failed_work_created_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let cleanup = listed(directory.path(), file(directory.path()));
        let removal = cleanup.remove_all(&connection());
        assert_eq!(removal.removed.len(), 1);
        assert!(names(directory.path()).is_empty());
    }

    #[test]
    fn what_others_use_by_now_stays_and_is_not_told_as_undone() {
        let directory = tempfile::tempdir().unwrap();
        let connection = connection();
        let (uri, name) = (connection.uri().to_owned(), "others".to_owned());
        let pool = "<pool type='dir'><name>others</name><target><path>/others</path></target></pool>";
        let pool = connection.create_pool(pool, PoolStartFlags::NONE).unwrap();
        let volume = "<volume><name>a</name><capacity>4096</capacity></volume>";
        pool.create_volume(volume, VolumeCreateFlags::NONE).unwrap();
        let definition = "<domain type='test'><name>others</name><memory>1</memory><os><type>hvm</type></os>\
                          </domain>";
        let guest = connection.define_domain(definition, hypervisor::flags::DefineFlags::NONE).unwrap();
        let mut cleanup = listed(directory.path(), Thing::Pool { uri: uri.clone(), name: name.clone() });
        cleanup.add(Thing::OldDomain { uri, name, definition: definition.to_owned(), autostart: false });
        let removal = cleanup.remove_all(&connection);
        assert!(removal.removed.is_empty() && removal.left.is_empty(), "{removal:?}");
        assert!(connection.pool_by_name("others").is_ok() && names(directory.path()).is_empty());
        pool.destroy().unwrap();
        guest.undefine(UndefineFlags::NONE).unwrap();
    }

    #[test]
    fn what_finished_work_created_stays() {
        let directory = tempfile::tempdir().unwrap();
        listed(directory.path(), file(directory.path())).settle();
        assert_eq!(names(directory.path()), ["kernel"]);
        recover_in(directory.path(), &connection(), &Silent);
        assert_eq!(names(directory.path()), ["kernel"]);
    }

    #[test]
    fn the_next_program_removes_what_a_killed_one_left() {
        let directory = tempfile::tempdir().unwrap();
        // Dropped without a word, as kill -9 does it.
        drop(listed(directory.path(), file(directory.path())));
        recover_all(directory.path(), &connection());
        assert!(names(directory.path()).is_empty());
    }

    #[test]
    fn a_guest_that_runs_is_kept_and_one_that_does_not_is_undefined() {
        let directory = tempfile::tempdir().unwrap();
        let connection = connection();
        let domain = connection.domain_by_name("test").unwrap();
        let listed_domain = || Thing::Domain {
            uri: connection.uri().to_owned(),
            uuid: domain.uuid(),
            name: "test".to_owned(),
        };
        drop(listed(directory.path(), listed_domain()));
        recover_all(directory.path(), &connection);
        assert!(domain.is_active().unwrap());
        assert!(names(directory.path()).is_empty());
        domain.destroy(hypervisor::flags::DestroyFlags::NONE).unwrap();
        drop(listed(directory.path(), listed_domain()));
        recover_all(directory.path(), &connection);
        assert!(connection.domain_by_name("test").is_err());
    }

    #[test]
    fn what_was_handed_over_to_a_guest_is_never_taken_away() {
        let directory = tempfile::tempdir().unwrap();
        let connection = connection();
        let domain = connection.domain_by_name("test").unwrap();
        let guest =
            Thing::Domain { uri: connection.uri().to_owned(), uuid: domain.uuid(), name: "test".to_owned() };
        let pool = Thing::Pool { uri: connection.uri().to_owned(), name: "default-pool".to_owned() };
        for is_there in [true, false] {
            let mut work = listed(directory.path(), file(directory.path()));
            work.add(pool.clone());
            work.add(guest.clone());
            work.hand_over(&guest);
            drop(work);
            if is_there {
                domain.destroy(hypervisor::flags::DestroyFlags::NONE).unwrap();
            } else {
                domain.undefine(UndefineFlags::NONE).unwrap();
            }
            recover_all(directory.path(), &connection);
            // The file of its install boot goes, the guest stays although it does not run, and its storage in any case.
            assert!(names(directory.path()).is_empty());
            assert_eq!(connection.domain_by_name("test").is_ok(), is_there);
            assert!(connection.pool_by_name("default-pool").is_ok());
        }
    }

    #[test]
    fn what_made_way_is_back_unless_the_new_guest_is_there() {
        for (handed_over, is_there) in [(false, false), (true, false), (true, true)] {
            let directory = tempfile::tempdir().unwrap();
            let connection = connection();
            let [place, aside] = ["image", "aside"].map(|name| directory.path().join(name));
            std::fs::write(&place, "new").unwrap();
            std::fs::write(&aside, "old").unwrap();
            let definition = "<domain type='test'><name>made-way</name><memory>1</memory><os><type>hvm</type>\
                              </os></domain>";
            let old = connection.define_domain(definition, hypervisor::flags::DefineFlags::NONE).unwrap();
            let uri = connection.uri().to_owned();
            let name = || "made-way".to_owned();
            let old_domain = Thing::OldDomain {
                uri: uri.clone(),
                name: name(),
                definition: definition.to_owned(),
                autostart: false,
            };
            let inode = Inode::of(&aside).unwrap();
            let new = Some(Version::of(&place).unwrap());
            let old_file = Thing::OldFile { place: place.clone(), aside: aside.clone(), inode, new };
            let mut work = listed_by(Work::Clone, directory.path(), old_file);
            work.add(old_domain);
            let uuid = if is_there { old.uuid() } else { uuid::Uuid::new_v4().to_string() };
            let guest = Thing::Domain { uri, uuid, name: name() };
            work.add(guest.clone());
            if handed_over {
                work.hand_over(&guest);
            }
            drop(work);
            if !is_there {
                old.undefine(UndefineFlags::NONE).unwrap();
            }
            recover_all(directory.path(), &connection);
            connection.domain_by_name("made-way").unwrap().undefine(UndefineFlags::NONE).unwrap();
            let content = |path: &Path| std::fs::read_to_string(path).ok();
            let expected = match (handed_over, is_there) {
                (false, _) => [Some("old"), None],
                // Nobody knows who has the new one by now.
                (true, false) => [Some("new"), Some("old")],
                (true, true) => [Some("new"), None],
            };
            assert_eq!([content(&place).as_deref(), content(&aside).as_deref()], expected);
        }
    }

    /// What is told, line by line.
    #[derive(Default)]
    struct Heard(std::sync::Mutex<Vec<String>>);

    impl Progress for Heard {
        fn begin(&self, what: &str, total: Option<u64>) -> Box<dyn crate::progress::Task> {
            Silent.begin(what, total)
        }

        fn note(&self, line: &str) {
            self.0.lock().unwrap().push(line.to_owned());
        }
    }

    #[test]
    fn a_file_that_was_used_since_it_took_a_place_is_never_overwritten() {
        type Use = fn(&Path);
        let untouched: Use = |_| {};
        let appended: Use = |path| {
            let mut file = std::fs::File::options().append(true).open(path).unwrap();
            std::io::Write::write_all(&mut file, b"er").unwrap();
        };
        let written: Use = |path| {
            thread::sleep(Duration::from_millis(20));
            std::fs::write(path, "NEW").unwrap();
        };
        let another: Use = |path| {
            std::fs::remove_file(path).unwrap();
            std::fs::write(path, "other").unwrap();
        };
        let removed: Use = |path| std::fs::remove_file(path).unwrap();
        let both = |place: &str| vec!["aside old".to_owned(), format!("place {place}")];
        for (is_known, used, expected) in [
            (true, untouched, vec!["place old".to_owned()]),
            (true, removed, vec!["place old".to_owned()]),
            (true, appended, both("newer")),
            (true, written, both("NEW")),
            (true, another, both("other")),
            // As journals had it of old.
            (false, untouched, both("new")),
        ] {
            let (files, journals) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let [place, aside] = ["place", "aside"].map(|name| files.path().join(name));
            std::fs::write(&place, "new").unwrap();
            std::fs::write(&aside, "old").unwrap();
            let inode = Inode::of(&aside).unwrap();
            let new = is_known.then(|| Version::of(&place).unwrap());
            let thing = Thing::OldFile { place: place.clone(), aside: aside.clone(), inode, new };
            drop(listed_by(Work::Restore, journals.path(), thing));
            used(&place);
            let (heard, connection) = (Heard::default(), connection());
            for _ in 0..200 {
                recover_in(journals.path(), &connection, &heard);
                if names(journals.path()).is_empty() {
                    break;
                }
                thread::sleep(Duration::from_millis(10));
            }
            let mut left: Vec<String> = names(files.path())
                .into_iter()
                .map(|name| name.into_string().unwrap())
                .map(|name| format!("{name} {}", std::fs::read_to_string(files.path().join(&name)).unwrap()))
                .collect();
            left.sort();
            assert_eq!(left, expected);
            let heard = heard.0.into_inner().unwrap().join("\n");
            assert_eq!(heard.contains("Put back"), left.len() == 1, "{heard}");
            let decision = format!("`mv {} {}` brings it back", aside.display(), place.display());
            assert_eq!(heard.matches(&decision).count(), usize::from(left.len() == 2), "{heard}");
        }
    }

    #[test]
    fn a_new_file_that_has_no_place_yet_is_removed_only_if_it_is_known() {
        for is_known in [true, false] {
            let (files, journals) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let [place, aside] = ["place", "aside"].map(|name| files.path().join(name));
            std::fs::write(&place, "old").unwrap();
            std::fs::write(&aside, "new").unwrap();
            let inode = Inode::of(&place).unwrap();
            let new = is_known.then(|| Version::of(&aside).unwrap());
            let thing = Thing::OldFile { place: place.clone(), aside: aside.clone(), inode, new };
            drop(listed_by(Work::Clone, journals.path(), thing));
            recover_all(journals.path(), &connection());
            assert_eq!(std::fs::read_to_string(&place).unwrap(), "old");
            assert_eq!(aside.exists(), !is_known);
        }
    }

    #[test]
    fn an_image_that_another_guest_has_by_now_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let connection = connection();
        let image = file(directory.path());
        let Thing::File(path) = &image else { unreachable!() };
        let definition = format!(
            "<domain type='test'><name>has-it</name><memory>1</memory><os><type>hvm</type></os><devices>\
             <disk type='file'><source file='{}'/><target dev='vda'/></disk></devices></domain>",
            path.display()
        );
        let guest = connection.define_domain(&definition, hypervisor::flags::DefineFlags::NONE).unwrap();
        drop(listed_by(Work::Clone, directory.path(), image.clone()));
        recover_all(directory.path(), &connection);
        assert_eq!(names(directory.path()), ["kernel"]);
        // With the guest that it was made for it goes.
        let mut both = listed_by(Work::Clone, directory.path(), image);
        both.add(Thing::Domain {
            uri: connection.uri().to_owned(),
            uuid: guest.uuid(),
            name: "has-it".to_owned(),
        });
        drop(both);
        recover_all(directory.path(), &connection);
        assert!(names(directory.path()).is_empty());
        assert!(connection.domain_by_name("has-it").is_err());
    }

    #[test]
    fn things_on_another_connection_stay_listed() {
        let directory = tempfile::tempdir().unwrap();
        let thing = Thing::Pool { uri: "qemu:///system".to_owned(), name: "default".to_owned() };
        drop(listed(directory.path(), thing));
        recover_in(directory.path(), &connection(), &Silent);
        assert_eq!(names(directory.path()).len(), 1);
    }
}
