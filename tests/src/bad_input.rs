//! virt-install and what should not have been typed: a clear error, exit code 1, and nothing left behind.

use std::io::{Read, Write};
use std::net::TcpListener;

use anyhow::{Context, Result, ensure};

use crate::need::{QEMU, REAL_VIRSH, XORRISO};
use crate::user::User;
use crate::{Test, canonical, media, place};

pub(crate) const TESTS: &[Test] = &[
    Test { name: "bad_command_lines_are_refused", needs: &[], run: bad_command_lines_are_refused },
    Test { name: "bad_images_are_refused", needs: &[QEMU, XORRISO, REAL_VIRSH], run: bad_images_are_refused },
    Test {
        name: "misspelt_values_are_refused_before_anything_is_made",
        needs: &[QEMU, REAL_VIRSH],
        run: misspelt_values_are_refused_before_anything_is_made,
    },
    Test { name: "bad_disks_are_refused", needs: &[QEMU, REAL_VIRSH], run: bad_disks_are_refused },
    Test { name: "bad_addresses_are_refused", needs: &[QEMU, REAL_VIRSH], run: bad_addresses_are_refused },
    Test { name: "a_stalled_download_is_given_up", needs: &[QEMU], run: a_stalled_download_is_given_up },
    Test { name: "odd_paths_work", needs: &[QEMU, XORRISO, REAL_VIRSH], run: odd_paths_work },
    Test {
        name: "everything_missing_is_named_at_once",
        needs: &[],
        run: everything_missing_is_named_at_once,
    },
];

/// A line that would be fine without what the tests add.
const FINE: &[&str] = &["virt-install", "--connect", "qemu:///session", "--name", "bad", "--memory", "256"];
/// The same on the driver that needs no daemon.
const FINE_TEST: &[&str] =
    &["virt-install", "--connect", "test:///default", "--name", "bad", "--memory", "256"];

/// Runs a line that has to be refused with these words, and looks for what it left.
fn refused(user: &User, start: &[&str], rest: &[&str], words: &[&str]) -> Result<()> {
    let before = user.files();
    let mut output = user.run(&[start, rest].concat())?;
    for text in words {
        output = output.refuses(text)?;
    }
    let left: Vec<String> = user.files().into_iter().filter(|file| !before.contains(file)).collect();
    let ours: Vec<&String> = left.iter().filter(|file| !file.contains("/libvirt/qemu/")).collect();
    ensure!(ours.is_empty(), "left behind: {ours:?}\n{output}");
    Ok(())
}

/// No guest of the name that the tests use is there.
fn no_guest(user: &User) -> Result<()> {
    let list = user.real_virsh(&["list", "--all", "--name"])?.ok()?;
    ensure!(!list.stdout.lines().any(|name| name == "bad"), "a guest is left\n{list}");
    Ok(())
}

fn bad_command_lines_are_refused() -> Result<()> {
    let user = User::new()?;
    let lines: &[(&[&str], &[&str])] = &[
        (&["--pxe", "--disk", "none", "--osinfo", "debian1l"], &["debian1l", "debian11"]),
        (&["--pxe", "--disk", "bsu=virtio,size=1", "--osinfo", "linux2022"], &["'bsu'", "'bus'"]),
        (&["--pxe", "--disk", "size=1,size=2", "--osinfo", "linux2022"], &["'size' is given twice"]),
        (&["--pxe", "--disk", "none", "--osinfo", "linux2022", "--vcpus", "0"], &["--vcpus says 0"]),
        (
            &["--pxe", "--disk", "none", "--osinfo", "linux2022", "--network", "bridge=br0,forward=7000:22"],
            &["ports cannot be forwarded", "type 'bridge'"],
        ),
        (&["--location", "", "--disk", "none", "--osinfo", "linux2022"], &["An install method must be"]),
        (&["--pxe", "--disk", "none", "--osinfo", "detect=on"], &["--osinfo"]),
        (
            &["--pxe", "--disk", "none", "--name", "other", "--osinfo", "linux2022"],
            &["--name is given twice"],
        ),
        (&["--pxe", "--disk", "path='x", "--osinfo", "linux2022"], &["not closed"]),
        (&["--pxe", "--import", "--disk", "none", "--osinfo", "linux2022"], &["Only one install method"]),
        (&["--pxe", "--disk", "none", "--osinfo", "linux2022", "--memory", "lots"], &["--memory"]),
        (&["--pxe", "--disk", "none", "--osinfo", "linux2022", "--virt-type", "nonsense"], &["nonsense"]),
        (&["--pxe", "--disk", "none", "--osinfo", "linux2022", "--arch", "i68"], &["did you mean 'i686'?"]),
        (
            &["--pxe", "--disk", "none", "--osinfo", "linux2022", "--virt-type", "tets"],
            &["did you mean 'test'?"],
        ),
        (&["--pxe", "--disk", "none", "--osinfo", "linux2022", "--arch", "pdp11"], &["pdp11"]),
        (&["--pxe", "--disk", "none", "--osinfo", "linux2022", "--network", "bogus=x"], &["'bogus'"]),
    ];
    for (rest, words) in lines {
        refused(&user, FINE_TEST, rest, words)?;
    }
    let line = |uri, name| ["virt-install", "--connect", uri, "--name", name, "--memory", "256"];
    let rest = ["--pxe", "--disk", "none", "--osinfo", "linux2022"];
    refused(&user, &line("test:///default", "test"), &rest, &["'test'", "in use"])?;
    refused(&user, &line("nonsense:///x", "bad"), &rest, &["nonsense:///x"])?;
    refused(&user, &line("qemu+unix:///system?socket=/nowhere", "bad"), &rest, &["/nowhere"])?;
    Ok(())
}

fn everything_missing_is_named_at_once() -> Result<()> {
    let user = User::new()?;
    let output = user.run(&["virt-install", "--connect", "test:///default"])?;
    output.refuses("--osinfo")?.refuses("--memory")?.refuses("--disk")?.refuses("--location")?;
    Ok(())
}

fn bad_images_are_refused() -> Result<()> {
    let user = User::new()?;
    let whole = std::fs::read(media::debian_like_iso(&user)?)?;
    // Numbers without a pattern that any format would begin with.
    let noise: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    user.file("empty.iso", "")?;
    user.file("random.iso", noise)?;
    user.file("cut.iso", &whole[..whole.len() / 8])?;
    user.file("encrypted.iso", [&b"LUKS\xba\xbe\0\x02"[..], &[7; 100_000]].concat())?;
    place::set_mode(&user.file("secret.iso", &whole)?, 0)?;
    user.directory("tree")?;
    user.file("tree/README", "no kernel here")?;
    user.run(&["xorriso", "-as", "mkisofs", "-quiet", "-R", "-V", "DATA", "-o", "data.iso", "tree"])?.ok()?;
    let cases: &[(&str, &[&str])] = &[
        ("missing.iso", &["missing.iso", "No such file"]),
        ("empty.iso", &["empty.iso", "empty file"]),
        ("random.iso", &["random.iso"]),
        ("cut.iso", &["cut.iso"]),
        ("encrypted.iso", &["encrypted"]),
        ("secret.iso", &["secret.iso", "ermission denied", "hint: you may not read", "chmod u+r "]),
        ("data.iso", &["data.iso", "kernel"]),
        ("tree", &["kernel"]),
    ];
    for (image, words) in cases {
        let path = user.text(image);
        let rest = ["--disk", "size=1", "--osinfo", "linux2022", "--graphics", "none", "--location", &path];
        refused(&user, FINE, &rest, words)?;
    }
    for (image, words) in
        [("missing.iso", &["missing.iso"][..]), ("secret.iso", &["secret.iso", "hint: chmod u+r "])]
    {
        let path = user.text(image);
        let rest = ["--disk", "size=1", "--osinfo", "linux2022", "--graphics", "none", "--cdrom", &path];
        refused(&user, FINE, &rest, words)?;
    }
    // The image may be read, and the directory may not be entered.
    let shut = user.directory("shut")?;
    user.file("shut/whole.iso", &whole)?;
    place::set_mode(&shut, 0)?;
    let path = user.text("shut/whole.iso");
    for medium in ["--location", "--cdrom", "--import --disk"] {
        let mut rest = vec!["--osinfo", "linux2022", "--graphics", "none"];
        rest.extend(medium.split(' ').chain([path.as_str()]));
        if medium != "--import --disk" {
            rest.extend(["--disk", "size=1"]);
        }
        refused(&user, FINE, &rest, &["you may not enter the directory", "'x'", "chmod u+rwx "])?;
    }
    place::set_mode(&shut, 0o700)?;
    no_guest(&user)
}

fn misspelt_values_are_refused_before_anything_is_made() -> Result<()> {
    let user = User::new()?;
    for (option, value, meant) in [
        ("--graphics", "vnd", "vnc"),
        ("--video", "model=virtoi", "virtio"),
        ("--cpu", "host-passtrough", "host-passthrough"),
        ("--machine", "q53", "q35"),
        ("--arch", "x86_46", "x86_64"),
        ("--rng", "model=virtoi,backend.model=random", "virtio"),
    ] {
        let rest =
            ["--pxe", "--disk", "size=0.01", "--osinfo", "linux2022", "--virt-type", "qemu", option, value];
        refused(&user, FINE, &rest, &[&format!("did you mean '{meant}'?"), "hint: "])?;
    }
    let rest = ["--pxe", "--disk", "size=0.01", "--osinfo", "linux2022", "--virt-type", "qemm"];
    refused(&user, FINE, &rest, &["did you mean 'qemu'?"])?;
    // What only our own tables know is passed on to a libvirt that may know more.
    for (option, value, meant) in
        [("--watchdog", "i6300esbb", "i6300esb"), ("--events", "on_crash=restrat", "restart")]
    {
        let rest =
            ["--pxe", "--disk", "size=0.01", "--osinfo", "linux2022", "--virt-type", "qemu", option, value];
        refused(&user, FINE, &rest, &[&format!("WARNING  {option} "), &format!("did you mean '{meant}'?")])?;
    }
    no_guest(&user)
}

fn bad_disks_are_refused() -> Result<()> {
    let user = User::new()?;
    let disk = user.file("used.img", vec![0; 1 << 20])?;
    let other = format!(
        "<domain type='qemu'><name>other</name><memory>65536</memory><os><type>hvm</type></os><devices>\
         <disk type='file'><source file='{}'/><target dev='vda' bus='virtio'/></disk></devices></domain>",
        disk.display()
    );
    let definition = user.file("other.xml", other)?;
    user.real_virsh(&["define", &definition.to_string_lossy()])?.ok()?;
    let used = disk.to_string_lossy().into_owned();
    let missing = user.text("no/such/directory/x.qcow2");
    let (zero, negative, huge) =
        (user.text("z.qcow2,size=0"), user.text("n.qcow2,size=-3"), user.text("h.img"));
    let huge = format!("{huge},size=99999999,sparse=no,format=raw");
    let directory = user.home().to_string_lossy().into_owned();
    let cases: &[(&str, &[&str])] = &[
        (&used, &["used.img", "other"]),
        (&zero, &["size"]),
        (&negative, &["size"]),
        (&huge, &["h.img"]),
        (&missing, &["no/such/directory"]),
        (&directory, &["directory"]),
        ("pool=nopool,size=1", &["nopool"]),
        ("vol=nopool/novol", &["nopool"]),
        ("/dev/null", &["/dev/null"]),
    ];
    for (disk, words) in cases {
        let rest =
            ["--import", "--osinfo", "linux2022", "--graphics", "none", "--noautoconsole", "--disk", disk];
        refused(&user, FINE, &rest, words)?;
    }
    let line = ["virt-install", "--connect", "qemu:///session", "--name", "bad", "--memory", "99999999"];
    let rest = ["--pxe", "--disk", "none", "--osinfo", "linux2022", "--dry-run"];
    refused(&user, &line, &rest, &["memory", "--check memory_size=off"])?;
    let forward = ["--network", "bridge=br0,forward=7000:22"];
    refused(&user, FINE, &[&rest[..], &forward].concat(), &["ports cannot be forwarded", "type 'bridge'"])?;
    for check in ["memory_size=off", "all=off"] {
        user.run(&[&line[..], &rest, &["--check", check]].concat())?.ok()?;
    }
    no_guest(&user)
}

/// What a bad server answers.
#[derive(Clone, Copy)]
enum Server {
    NotFound,
    Loop,
    Plain,
    Stall,
}

/// A server on a port of this machine, for as long as the tests run.
fn serve(kind: Server) -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("a port")?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 2048];
            let _ = stream.read(&mut request);
            let answer = match kind {
                Server::NotFound => {
                    "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".into()
                }
                Server::Loop => format!(
                    "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{port}/again\r\nContent-Length: 0\r\n\
                     Connection: close\r\n\r\n"
                ),
                Server::Plain => "this is no TLS\r\n".to_owned(),
                Server::Stall => "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n[gen".to_owned(),
            };
            let _ = stream.write_all(answer.as_bytes());
            if matches!(kind, Server::Stall) {
                // Kept open, and silent.
                std::mem::forget(stream);
            }
        }
    });
    Ok(port)
}

fn bad_addresses_are_refused() -> Result<()> {
    let user = User::new()?;
    let not_found = format!("http://127.0.0.1:{}/debian", serve(Server::NotFound)?);
    let circle = format!("http://127.0.0.1:{}/debian", serve(Server::Loop)?);
    let no_tls = format!("https://127.0.0.1:{}/debian", serve(Server::Plain)?);
    let closed = "http://127.0.0.1:9/debian".to_owned();
    let cases: &[(&str, &[&str])] = &[
        (&not_found, &["127.0.0.1", "there is no such file"]),
        (&circle, &["127.0.0.1", "redirect"]),
        (&no_tls, &["127.0.0.1"]),
        (&closed, &["127.0.0.1"]),
        ("gopher://example.com/x", &["gopher"]),
    ];
    for (address, words) in cases {
        let rest = ["--disk", "size=1", "--osinfo", "linux2022", "--graphics", "none", "--location", address];
        refused(&user, FINE, &rest, words)?;
    }
    no_guest(&user)
}

fn a_stalled_download_is_given_up() -> Result<()> {
    let user = User::new()?;
    let address = format!("http://127.0.0.1:{}/debian", serve(Server::Stall)?);
    let rest = ["--disk", "size=1", "--osinfo", "linux2022", "--graphics", "none", "--location", &address];
    refused(&user, FINE, &rest, &["127.0.0.1"])?;
    Ok(())
}

fn odd_paths_work() -> Result<()> {
    let user = User::new()?;
    let iso = std::fs::read(media::debian_like_iso(&user)?)?;
    user.directory("odd, \"name\" & <é>")?;
    user.file("odd, \"name\" & <é>/it's.iso", iso)?;
    user.file("odd, \"name\" & <é>/a disk,1.img", vec![0; 1 << 20])?;
    let location = "odd, \"name\" & <é>/it's.iso";
    let disk = r#"path="odd, \"name\" & <é>/a disk,1.img",bus=virtio"#;
    let rest =
        ["--location", location, "--disk", disk, "--osinfo", "debian11", "--print-xml", "1", "--dry-run"];
    let output = user.run(&[FINE, &rest].concat())?.ok()?;
    let facts = canonical::facts(&output.stdout)?;
    for name in ["it's.iso", "a disk,1.img"] {
        let path = user.text(&format!("odd, \"name\" & <é>/{name}"));
        ensure!(facts.iter().any(|fact| fact.ends_with(&format!("/@file = {path}"))), "{path}\n{output}");
    }
    Ok(())
}
