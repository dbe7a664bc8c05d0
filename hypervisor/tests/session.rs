//! The crate on QEMU's driver of the user who runs the tests; where there is none, the tests say so and pass.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hypervisor::flags::{
    ConsoleFlags, PoolStartFlags, StartFlags, StatsFilter, StatsKinds, VolumeCreateFlags,
};
use hypervisor::transfer::Transfer;
use hypervisor::{Connection, Console, Domain, ErrorCode, OpenOptions, Pool, State, Value};

fn connection() -> Option<Connection> {
    let options =
        OpenOptions { time_limit: Some(Duration::from_secs(20)), ..OpenOptions::uri("qemu:///session") };
    Connection::open(&options).map_err(|error| eprintln!("skipped: {error}")).ok()
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

    /// libvirt locks terminals for all users of the host in one place, where a lock that another user's killed daemon
    /// left cannot be taken away.
    fn console(&self) -> Option<Console> {
        match self.0.open_console(None, ConsoleFlags::FORCE) {
            Err(error) if error.message.contains("lock file") => {
                eprintln!("skipped: {error}");
                None
            }
            console => Some(console.unwrap()),
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let _ = self.0.destroy(hypervisor::flags::DestroyFlags::NONE);
    }
}

#[test]
fn a_console_carries_what_the_guest_says_and_hangs_up_from_another_thread() {
    let Some(connection) = connection() else { return };
    let guest = Guest::start(&connection, "console");
    let Some(console) = guest.console().map(Arc::new) else { return };
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

#[test]
fn a_console_ends_with_its_guest() {
    let Some(connection) = connection() else { return };
    let guest = Guest::start(&connection, "ends");
    let Some(console) = guest.console() else { return };
    drop(guest);
    while console.receive(&mut [0; 256]).unwrap() > 0 {}
}

#[test]
fn statistics_keep_their_types_and_the_monitor_answers() {
    let Some(connection) = connection() else { return };
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
    assert_eq!(guest.0.agent("{}", None).unwrap_err().code, ErrorCode::OPERATION_INVALID);
    assert_eq!(guest.0.state().unwrap().state, State::Paused);
    let (kind, mut picture) = guest.0.screenshot(0).unwrap();
    let mut bytes = Vec::new();
    picture.read_to_end(&mut bytes).unwrap();
    picture.finish().unwrap();
    assert!(kind.starts_with("image/") && bytes.len() > 100);
}

/// A directory pool that is gone, with all that is in it, when the test ends.
struct Directory(Pool, std::path::PathBuf);

impl Directory {
    fn new(connection: &Connection) -> Self {
        let name = format!("xctl-test-{}", std::process::id());
        let path = std::env::temp_dir().join(&name);
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

#[test]
fn a_volume_goes_up_and_comes_down_with_its_holes() {
    let Some(connection) = connection() else { return };
    let pool = Directory::new(&connection);
    let xml = "<volume><name>disk</name><capacity unit='MiB'>8</capacity><allocation>0</allocation></volume>";
    let volume = pool.0.create_volume(xml, VolumeCreateFlags::NONE).unwrap();
    let mut source = File::create_new(pool.1.join("source")).unwrap();
    source.set_len(8 << 20).unwrap();
    source.seek(std::io::SeekFrom::Start(4 << 20)).unwrap();
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
