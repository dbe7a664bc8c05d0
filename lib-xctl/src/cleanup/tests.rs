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
    let mut cleanup = listed(directory.path(), Thing::Pool { uri: uri.clone(), name: name.clone(), held: 0 });
    cleanup.add(Thing::OldDomain { uri, name, definition: definition.to_owned(), autostart: false });
    let removal = cleanup.remove_all(&connection);
    assert!(removal.removed.is_empty() && removal.left.is_empty(), "{removal:?}");
    assert!(connection.pool_by_name("others").is_ok() && names(directory.path()).is_empty());
    pool.destroy().unwrap();
    guest.undefine(UndefineFlags::NONE).unwrap();
}

#[test]
fn a_new_pool_goes_if_it_holds_no_more_than_before_unless_a_guest_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let connection = connection();
    let (uri, name) = (connection.uri().to_owned(), "with one".to_owned());
    let pool = "<pool type='dir'><name>with one</name><target><path>/one</path></target></pool>";
    let pool = connection.define_pool(pool, hypervisor::flags::PoolDefineFlags::NONE).unwrap();
    pool.start(PoolStartFlags::NONE).unwrap();
    let volume = "<volume><name>a</name><capacity>4096</capacity></volume>";
    pool.create_volume(volume, VolumeCreateFlags::NONE).unwrap();
    let remove = |held| {
        let thing = Thing::Pool { uri: uri.clone(), name: name.clone(), held };
        listed(directory.path(), thing).remove_all(&connection).removed.len()
    };
    assert_eq!(remove(0), 0, "somebody put a volume in it");
    let definition = "<domain type='test'><name>names it</name><memory>1</memory><os><type>hvm</type></os><devices>\
                      <disk type='volume'><source pool='with one' volume='a'/><target dev='vda'/></disk></devices>\
                      </domain>";
    let guest = connection.define_domain(definition, hypervisor::flags::DefineFlags::NONE).unwrap();
    assert_eq!(remove(1), 0, "a guest names it");
    guest.undefine(UndefineFlags::NONE).unwrap();
    assert_eq!(remove(1), 1);
    assert!(connection.pool_by_name(&name).is_err());
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
    let listed_domain =
        || Thing::Domain { uri: connection.uri().to_owned(), uuid: domain.uuid(), name: "test".to_owned() };
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
    let pool = Thing::Pool { uri: connection.uri().to_owned(), name: "default-pool".to_owned(), held: 0 };
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
    let thing = Thing::Pool { uri: "qemu:///system".to_owned(), name: "default".to_owned(), held: 0 };
    drop(listed(directory.path(), thing));
    recover_in(directory.path(), &connection(), &Silent);
    assert_eq!(names(directory.path()).len(), 1);
}
