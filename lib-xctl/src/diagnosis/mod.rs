//! Why a guest does not run: what libvirt and its emulator said last, and what stands in the way of a start, each with
//! the command that mends it.

mod checks;
mod log;

use std::path::PathBuf;

use hypervisor::flags::DomainXml;
use hypervisor::{Connection, Domain, Error, State};

use crate::cleanup::quoted;
use crate::document::Document;
use crate::snapshot::{self, Frozen};
use crate::{defaults, domain};

/// What was found out about a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// What it is doing and why, in libvirt's words: `shut off (failed)`.
    pub state: String,
    /// It runs, and its processors do, too.
    pub runs: bool,
    /// What libvirt remarks on it, and what its emulator said before it ended.
    pub said: Vec<String>,
    /// What stands in its way.
    pub obstacles: Vec<Obstacle>,
}

/// Something that stands in a guest's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// What it is: `the network 'default' is not active`.
    pub what: String,
    /// What mends it: a command, or what else to do.
    pub mend: String,
}

/// A guest, and what is asked about it more than once.
struct Subject<'a> {
    connection: &'a Connection,
    name: &'a str,
    document: &'a Document,
    place: defaults::Connection,
    capabilities: Option<Document>,
}

impl<'a> Subject<'a> {
    fn guest(&self) -> domain::Domain<'a> {
        domain::Domain::new(self.document)
    }

    /// A command of virsh on this connection.
    fn virsh(&self, words: &[&str]) -> String {
        let words = words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        format!("virsh -c {} {words}", quoted(self.connection.uri()))
    }
}

/// Finds out why `domain` does not run. Only looks: nothing is started or changed.
///
/// # Errors
/// The guest is gone, or libvirt does not tell its definition.
pub fn why(connection: &Connection, domain: &Domain) -> Result<Diagnosis, Error> {
    let state = domain.state()?;
    let runs = matches!(state.state, State::Running | State::Blocked | State::Shutdown);
    let text = domain.xml(DomainXml::INACTIVE)?;
    let document = Document::parse(&text).unwrap_or_else(|_| Document::new("domain"));
    let subject = Subject {
        connection,
        name: domain.name(),
        document: &document,
        place: defaults::Connection::from_uri(connection.uri()),
        capabilities: connection.capabilities().ok().and_then(|text| Document::parse(&text).ok()),
    };
    // A driver that keeps no remarks has none.
    let mut said = domain.messages().unwrap_or_default();
    let mut obstacles = Vec::new();
    if state.state == State::Paused {
        obstacles.extend(snapshot::exposed(domain).iter().map(|frozen| exposed(&subject, frozen)));
        if obstacles.is_empty() {
            obstacles.push(paused(&subject, state.name()));
        }
    } else if !runs {
        said.extend(last_words(connection, domain.name()));
        for check in checks::CHECKS {
            check(&subject, &mut obstacles);
        }
    }
    Ok(Diagnosis { state: format!("{} ({})", state.state.name(), state.name()), runs, said, obstacles })
}

/// A guest that is paused runs again when it is told to; after an error, the cause has to go first.
fn paused(subject: &Subject<'_>, reason: &str) -> Obstacle {
    let resume = subject.virsh(&["resume", subject.name]);
    let (what, mend) = match reason {
        "I/O error" => (
            "it was paused as one of its disks could not be written or read: is there room on it?",
            format!("{}, then {resume}", subject.virsh(&["domblkerror", subject.name])),
        ),
        "crashed" => ("its system crashed", subject.virsh(&["reset", subject.name])),
        _ => ("it is paused", resume),
    };
    Obstacle { what: what.into(), mend }
}

/// A guest that would destroy one of its snapshots if it were resumed.
fn exposed(subject: &Subject<'_>, frozen: &Frozen) -> Obstacle {
    let Frozen { target, file, snapshot } = frozen;
    Obstacle {
        what: format!(
            "the disk '{target}' is '{file}', which the snapshot '{snapshot}' keeps as it was: resumed, it would \
             destroy that"
        ),
        mend: format!(
            "{}, then {}",
            subject.virsh(&["destroy", subject.name]),
            subject.virsh(&["rollback", subject.name, snapshot])
        ),
    }
}

/// What a guest's emulator said last, in at most five lines; none where its log cannot be read.
pub(crate) fn last_words(connection: &Connection, name: &str) -> Vec<String> {
    log_file(connection, name).and_then(|path| log::last_words(&path)).unwrap_or_default()
}

/// Where libvirt's QEMU driver keeps what the emulator says (libvirt's `docs/drvqemu`).
fn log_file(connection: &Connection, name: &str) -> Option<PathBuf> {
    let place = defaults::Connection::from_uri(connection.uri());
    if place.remote || place.driver != "qemu" {
        return None;
    }
    let directory = match place.runs_as_user() {
        true => crate::place::cache().join("libvirt/qemu/log"),
        false => PathBuf::from("/var/log/libvirt/qemu"),
    };
    Some(directory.join(format!("{name}.log")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hypervisor::OpenOptions;
    use hypervisor::flags::DefineFlags;

    const GUEST: &str = "<domain type='test'><name>ill</name>\
        <uuid>63021cc1-61d2-4e05-a7f7-873e2a141ce6</uuid><memory>2048</memory><os><type>hvm</type>\
        <kernel>/nowhere/kernel</kernel></os><devices>\
        <disk type='file' device='disk'><source file='/nowhere/disk'/><target dev='vda'/></disk>\
        <disk type='file' device='cdrom'><source file='/nowhere/disc.iso'/><target dev='hda'/></disk>\
        <disk type='volume' device='disk'><source pool='none' volume='x'/><target dev='vdb'/></disk>\
        <interface type='network'><source network='none'/></interface></devices></domain>";

    #[test]
    fn everything_in_the_way_is_named_with_what_mends_it() {
        let connection = Connection::open(&OpenOptions::uri("test:///default")).unwrap();
        let domain = connection.define_domain(GUEST, DefineFlags::default()).unwrap();
        let found = why(&connection, &domain).unwrap();
        assert!(!found.runs && found.state.starts_with("shut off"), "{found:?}");
        let all: Vec<_> = found.obstacles.iter().map(|o| format!("{}: {}", o.what, o.mend)).collect();
        for expected in [
            "the kernel '/nowhere/kernel' is not there",
            "the disk 'vda' needs '/nowhere/disk', which is not there",
            "virsh -c test:///default change-media ill hda --eject --config",
            "there is no storage pool 'none'",
            "there is no network 'none'",
        ] {
            assert!(all.iter().any(|found| found.contains(expected)), "{expected}: {all:#?}");
        }
        connection.network_by_name("default").unwrap().destroy().unwrap();
        let text = GUEST.replace("network='none'", "network='default'");
        let domain = connection.define_domain(&text, DefineFlags::default()).unwrap();
        let found = why(&connection, &domain).unwrap();
        let network = found.obstacles.iter().find(|obstacle| obstacle.what.contains("network")).unwrap();
        assert_eq!(network.mend, "virsh -c test:///default net-start default");
    }

    #[test]
    fn a_guest_that_runs_or_is_paused_is_not_looked_into() {
        let connection = Connection::open(&OpenOptions::uri("test:///default")).unwrap();
        let domain = connection.domain_by_name("test").unwrap();
        let found = why(&connection, &domain).unwrap();
        assert!(found.runs && found.obstacles.is_empty(), "{found:?}");
        domain.suspend().unwrap();
        let found = why(&connection, &domain).unwrap();
        assert_eq!(found.obstacles[0].mend, "virsh -c test:///default resume test");
    }
}
