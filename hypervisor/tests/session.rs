//! The crate on QEMU's driver, in a libvirt session of the tests' own.
//!
//! The program starts itself once more, with a home and a runtime directory that are gone afterwards, and as nobody
//! where it was root, who has no session. Where there is no libvirt for QEMU, the tests are skipped by name.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::env;
use std::fs::{self, File, Permissions};
use std::io::{self, Read, Seek, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use hypervisor::event::{Class, CloseReason, Event};
use hypervisor::flags::{
    ConsoleFlags, DestroyFlags, PoolStartFlags, StartFlags, StatsFilter, StatsKinds, VolumeCreateFlags,
};
use hypervisor::transfer::Transfer;
use hypervisor::{Connection, Console, Domain, Error, ErrorCode, OpenOptions, Pool, State, Value};
use libtest_mimic::{Arguments, Trial};

/// What tells the second run from the first.
const HOME: &str = "XCTL_TEST_HOME";
/// Who takes root's place.
const NOBODY: u32 = 65534;

const TESTS: &[(&str, fn())] = &[
    ("a_console_carries_what_the_guest_says_and_hangs_up_from_another_thread", console_carries),
    ("a_console_ends_with_its_guest", console_ends),
    ("statistics_keep_their_types_and_the_monitor_answers", statistics),
    ("a_volume_goes_up_and_comes_down_with_its_holes", volume),
    ("the_end_of_the_daemon_is_told_and_guests_outlive_it", daemon_ends),
];

/// All tests use one daemon; the one that ends it needs it for itself.
static DAEMON: RwLock<()> = RwLock::new(());

fn main() -> ExitCode {
    match env::var_os(HOME) {
        None => again().unwrap(),
        Some(_) => {
            let missing = open().err();
            if let Some(error) = &missing {
                eprintln!("skipped: hypervisor's session tests: missing qemu:///session ({})", error.message);
            }
            let trial = |&(name, test): &(&str, fn())| {
                Trial::test(name, move || {
                    test();
                    Ok(())
                })
                .with_ignored_flag(missing.is_some())
            };
            let trials = TESTS.iter().map(trial).collect();
            libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
        }
    }
}

/// Runs this program in a session of its own.
fn again() -> io::Result<ExitCode> {
    // Short, as paths of sockets are limited to 108 bytes.
    let home = tempfile::Builder::new().prefix("hv").tempdir_in("/tmp")?;
    let runtime = home.path().join("run");
    let program = home.path().join("session");
    fs::create_dir(&runtime)?;
    fs::copy(env::current_exe()?, &program)?;
    let mut command = Command::new(&program);
    if home.path().metadata()?.uid() == 0 {
        for path in [home.path(), &runtime, &program] {
            chown(path, Some(NOBODY), Some(NOBODY))?;
        }
        command.uid(NOBODY).gid(NOBODY);
    }
    fs::set_permissions(&runtime, Permissions::from_mode(0o700))?;
    let status = command
        .args(env::args_os().skip(1))
        .env("HOME", home.path())
        .env("TMPDIR", home.path())
        .env("XDG_RUNTIME_DIR", &runtime)
        .env(HOME, home.path())
        .current_dir(home.path())
        .status()?;
    for daemon in daemons(&runtime) {
        end(&daemon);
    }
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The process numbers of libvirt's daemons, as they write them down.
fn daemons(runtime: &Path) -> Vec<String> {
    let files = fs::read_dir(runtime.join("libvirt")).into_iter().flatten().flatten();
    let is_number = |file: &Path| file.extension().is_some_and(|extension| extension == "pid");
    let numbers = files.map(|file| file.path()).filter(|file| is_number(file)).map(fs::read_to_string);
    numbers.flatten().map(|number| number.trim().to_owned()).collect()
}

/// Kills a daemon and removes its locks of terminals, which are in one place for all users, who cannot remove each
/// other's.
fn end(daemon: &str) {
    let _ = Command::new("kill").args(["-9", daemon]).stderr(Stdio::null()).status();
    for entry in fs::read_dir("/var/lock").into_iter().flatten().flatten() {
        let is_lock = entry.file_name().to_string_lossy().starts_with("LCK.._pts_");
        if is_lock && fs::read_to_string(entry.path()).is_ok_and(|owner| owner.trim() == daemon) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn open() -> Result<Connection, Error> {
    let time_limit = Some(Duration::from_secs(20));
    Connection::open(&OpenOptions { time_limit, ..OpenOptions::uri("qemu:///session") })
}

/// A connection, and the promise that the daemon stays meanwhile.
fn connection() -> (Connection, RwLockReadGuard<'static, ()>) {
    let daemon = DAEMON.read().unwrap_or_else(PoisonError::into_inner);
    (open().unwrap(), daemon)
}

/// A guest that says what its firmware says, on its serial console, and is gone when the test ends.
struct Guest(Domain);

impl Guest {
    fn start(connection: &Connection, name: &str) -> Self {
        let xml = format!(
            "<domain type='qemu'><name>xctl-test-{name}-{}</name><memory unit='MiB'>32</memory>\
             <os><type arch='x86_64'>hvm</type><bios useserial='yes'/><boot dev='network'/></os>\
             <devices><serial type='pty'/>\
             <video><model type='vga'/></video><memballoon model='none'/></devices></domain>",
            std::process::id()
        );
        Self(connection.create_domain(&xml, StartFlags::PAUSED).unwrap())
    }

    fn console(&self) -> Console {
        self.0.open_console(None, ConsoleFlags::FORCE).unwrap()
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let _ = self.0.destroy(DestroyFlags::NONE);
    }
}

fn console_carries() {
    let (connection, _daemon) = connection();
    let guest = Guest::start(&connection, "console");
    let console = Arc::new(guest.console());
    guest.0.resume().unwrap();
    let (mut said, mut buffer) = (Vec::new(), [0; 256]);
    while !String::from_utf8_lossy(&said).contains("SeaBIOS") {
        let count = console.receive(&mut buffer).unwrap();
        assert_ne!(count, 0, "the console ended after {said:?}");
        said.extend_from_slice(&buffer[..count]);
    }
    assert_eq!(console.send(b"\r").unwrap(), 1);
    let waiting = Arc::clone(&console);
    let receiver = std::thread::spawn(move || while waiting.receive(&mut [0; 256]).unwrap() > 0 {});
    std::thread::sleep(Duration::from_millis(50));
    let begun = Instant::now();
    console.hang_up();
    receiver.join().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2));
}

fn console_ends() {
    let (connection, _daemon) = connection();
    let guest = Guest::start(&connection, "ends");
    let console = guest.console();
    drop(guest);
    while console.receive(&mut [0; 256]).unwrap() > 0 {}
}

fn statistics() {
    let (connection, _daemon) = connection();
    let guest = Guest::start(&connection, "stats");
    let all = connection.domain_stats(StatsKinds::STATE | StatsKinds::VCPU, StatsFilter::ACTIVE).unwrap();
    let stats = all.iter().find(|stats| stats.domain.name() == guest.0.name()).unwrap();
    assert_eq!((stats.values[0].name.as_str(), &stats.values[0].value), ("state.state", &Value::Int(3)));
    assert_eq!(stats.number("vcpu.current"), Some(1));
    let one =
        connection.stats_of(std::slice::from_ref(&guest.0), StatsKinds::STATE, StatsFilter::NONE).unwrap();
    assert_eq!(one.len(), 1);
    assert!(guest.0.qmp("{\"execute\":\"query-status\"}").unwrap().contains("\"running\":false"));
    assert!(guest.0.hmp("info status").unwrap().contains("paused"));
    assert_eq!(
        guest.0.agent("{}", hypervisor::AgentLimit::Usual).unwrap_err().code,
        ErrorCode::OPERATION_INVALID
    );
    assert_eq!(guest.0.state().unwrap().state, State::Paused);
    let (kind, mut picture) = guest.0.screenshot(0).unwrap();
    let mut bytes = Vec::new();
    picture.read_to_end(&mut bytes).unwrap();
    picture.finish().unwrap();
    assert!(kind.starts_with("image/") && bytes.len() > 100);
}

/// A directory pool that is gone, with all that is in it, when the test ends.
struct Directory(Pool, PathBuf);

impl Directory {
    fn new(connection: &Connection) -> Self {
        let name = format!("xctl-test-{}", std::process::id());
        let path = env::temp_dir().join(&name);
        fs::create_dir(&path).unwrap();
        let xml = format!(
            "<pool type='dir'><name>{name}</name><target><path>{}</path></target></pool>",
            path.display()
        );
        Self(connection.create_pool(&xml, PoolStartFlags::NONE).unwrap(), path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = self.0.destroy();
        let _ = fs::remove_dir_all(&self.1);
    }
}

fn volume() {
    let (connection, _daemon) = connection();
    let pool = Directory::new(&connection);
    let xml = "<volume><name>disk</name><capacity unit='MiB'>8</capacity><allocation>0</allocation></volume>";
    let volume = pool.0.create_volume(xml, VolumeCreateFlags::NONE).unwrap();
    let mut source = File::create_new(pool.1.join("source")).unwrap();
    source.set_len(8 << 20).unwrap();
    source.seek(io::SeekFrom::Start(4 << 20)).unwrap();
    source.write_all(&[7; 100_000]).unwrap();
    let mut source = File::open(pool.1.join("source")).unwrap();
    let mut seen = Vec::new();
    let sparse = Transfer { sparse: true, ..Transfer::default() };
    let mut report = |done| {
        seen.push(done);
        ControlFlow::Continue(())
    };
    volume.upload(&mut source, sparse, &mut report).unwrap();
    assert_eq!(seen.last(), Some(&(8 << 20)));
    assert!(seen.is_sorted());
    let mut copy = File::create_new(pool.1.join("copy")).unwrap();
    volume.download(&mut copy, sparse, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(fs::read(pool.1.join("copy")).unwrap(), fs::read(pool.1.join("source")).unwrap());
    assert!(copy.metadata().unwrap().blocks() * 512 < 4 << 20, "the holes were written");
    let error = volume.download(&mut copy, Transfer::default(), &mut |_| ControlFlow::Break(())).unwrap_err();
    assert_eq!(error.code, ErrorCode::OPERATION_ABORTED);
}

fn daemon_ends() {
    let _alone = DAEMON.write().unwrap_or_else(PoisonError::into_inner);
    let first = open().unwrap();
    let subscription = first.subscribe(&[Class::Lifecycle, Class::Closed]).unwrap();
    let guest = Guest::start(&first, "outlives");
    let console = guest.console();
    let runtime = PathBuf::from(env::var_os("XDG_RUNTIME_DIR").unwrap());
    daemons(&runtime).iter().for_each(|daemon| end(daemon));
    let reason = loop {
        if let Event::Closed(reason) = subscription.receiver().recv_blocking().unwrap() {
            break reason;
        }
    };
    assert_eq!(reason, CloseReason::EndOfFile);
    assert!(!first.is_alive().unwrap_or(false));
    // It ends, in one way or the other, instead of waiting for ever.
    while console.receive(&mut [0; 256]).is_ok_and(|count| count > 0) {}
    // A subscription that comes too late is told at once.
    let late = first.subscribe(&[Class::Closed]).unwrap();
    assert!(matches!(late.receiver().try_recv(), Ok(Event::Closed(CloseReason::EndOfFile))));
    let second = open().unwrap();
    let found = Guest(second.domain_by_name(guest.0.name()).unwrap());
    assert_eq!(found.0.state().unwrap().state, State::Paused);
}
