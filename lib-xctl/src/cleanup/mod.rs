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
use crate::reach;
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

/// How long a hypervisor may take to answer again whose connection broke.
const REOPEN_LIMIT: Duration = Duration::from_secs(10);

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
    let again = reopened(connection);
    let connection = again.as_ref().unwrap_or(connection);
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

/// A new connection for one that broke, as when libvirt's daemon was restarted, and this was what failed.
fn reopened(connection: &Connection) -> Option<Connection> {
    if connection.is_alive().unwrap_or(false) {
        return None;
    }
    reach::again(connection.uri(), REOPEN_LIMIT).ok()
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
mod tests;
