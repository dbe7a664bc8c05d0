//! virt-clone beside Debian's: the same command lines, compared by what their XML says, and by how they refuse.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::{Context, Result, ensure};

use crate::need::{QEMU, REAL_VIRSH, REAL_VIRT_CLONE};
use crate::output::Output;
use crate::user::User;
use crate::{Test, canonical};

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "says_what_debians_virt_clone_says",
        needs: &[REAL_VIRT_CLONE],
        run: says_what_debians_virt_clone_says,
    },
    Test {
        name: "says_on_a_session_what_debians_virt_clone_says",
        needs: &[REAL_VIRT_CLONE, REAL_VIRSH, QEMU],
        run: says_on_a_session_what_debians_virt_clone_says,
    },
];

/// Command lines on a host of the test driver. `DIR` is the user's home, with the guests' disks in `vm`.
const LINES: &[&str] = &[
    "-o web --auto-clone",
    "--original web --auto-clone --name other",
    "-o web --auto-clone -n other --replace",
    "-o web -n other -f DIR/vm/a.img -f DIR/vm/b.qcow2",
    "-o web -n other -f DIR/vm/a -f DIR/vm/b --uuid 33333333-3333-4333-8333-333333333333",
    "-o web --auto-clone -f DIR/vm/only-the-first.img",
    "-o web --auto-clone --skip-copy vda",
    "-o web --auto-clone --skip-copy vda --skip-copy vdb",
    "-o web --auto-clone --force-copy vdc",
    "-o web --auto-clone --force-copy sda",
    "-o web --auto-clone --skip-copy vda --force-copy vdc --nonsparse",
    "-o web --auto-clone -m 52:54:00:01:02:03",
    "-o web --auto-clone -m RANDOM",
    "-o web --auto-clone -m 00:11:22:01:02:03 --check mac_in_use=off",
    "-o web --auto-clone --nvram DIR/vm/nv.fd",
    "-o web --auto-clone --prompt",
    "-o web --auto-clone --quiet",
    "-o web --auto-clone --force",
    "-o web --auto-clone --check all=off",
    "-o web -n other -f DIR/vm/taken.img -f DIR/vm/b --check path_exists=off",
    "-o web -n other --preserve-data -f DIR/vm/free.img -f DIR/vm/free2.img",
    "-o old --auto-clone",
    "-o old-clone --auto-clone",
    "-o old-clone1 --auto-clone",
    "-o old-clone9 --auto-clone",
    "-o titled --auto-clone",
    "-o screens --auto-clone",
    "-o cards --auto-clone -m 52:54:00:01:02:03 -m 52:54:01:01:02:03",
    "-o diskless --auto-clone",
    "-o diskless -n other -f DIR/vm/unused",
    "-o pooled --auto-clone",
    "-o pooled -n other -f /pool/new.img -f /pool/new2.img",
    "-o shared --auto-clone",
    "-o shared --auto-clone --force-copy vdb",
    "-o network --auto-clone --skip-copy vda",
    "-o gone --auto-clone --skip-copy vda",
    "-o ported --auto-clone",
    "--original-xml DIR/given.xml --auto-clone",
    "--original-xml DIR/given.xml -n other -f DIR/vm/x.img",
    "-o web --original-xml DIR/given.xml --auto-clone",
    // Both refuse.
    "",
    "-o web",
    "--auto-clone",
    "-o web -f DIR/vm/a",
    "-o nobody --auto-clone",
    "-o running --auto-clone",
    "-o paused --auto-clone",
    "-o web -n old --auto-clone",
    "-o web --auto-clone -m 52:54:00:00:00:01",
    "-o web --auto-clone -m 52:54:00:AA:BB:CC",
    "-o web -n other -f DIR/vm/taken.img -f DIR/vm/b",
    "-o web -n other -f DIR/vm/old.img -f DIR/vm/b --check path_exists=off",
    "-o web -n other -f DIR/nowhere/a.img -f DIR/vm/b",
    "-o web --auto-clone --preserve-data",
    "-o web -n other --preserve-data -f DIR/vm/none.img -f DIR/vm/free.img",
    "-o web -n other --preserve-data -f DIR/vm/old.img -f DIR/vm/free.img",
    "-o network --auto-clone",
    "-o ceph --auto-clone",
    "-o gone --auto-clone",
    "--original-xml DIR/none.xml --auto-clone",
    "-o web --auto-clone --check nonsense=off",
    "-o web --auto-clone --nonsense",
    "-o web --auto-clone --dry-run",
    "-o web --auto-clone --mac",
];

/// Command lines on the user's own session, whose guests have the same disks.
const SESSION: &[&str] = &[
    "-o web --auto-clone",
    "-o web -n other -f DIR/vm/a.img -f DIR/vm/b.qcow2",
    "-o web --auto-clone --skip-copy vda --force-copy vdc",
    "-o web --auto-clone -m 52:54:00:01:02:03",
    "-o web -n other --preserve-data -f DIR/vm/free.img -f DIR/vm/free2.img",
    "-o web -n web --auto-clone",
    "-o web -n web --replace -f DIR/vm/taken.img -f DIR/vm/b",
    "-o nobody --auto-clone",
    "--original-xml DIR/given.xml --auto-clone",
];

/// A difference that is chosen.
struct Chosen {
    /// Part of the command lines that show it.
    line: &'static str,
    /// Part of what differs.
    fact: &'static str,
    /// Why; `docs/differences.md` tells users the same.
    #[expect(dead_code, reason = "for people")]
    why: &'static str,
}

const CHOSEN: &[Chosen] = &[
    Chosen { line: "", fact: "domain/genid = ", why: "a guest asks its generation ID whether it is a copy" },
    Chosen {
        line: "-o ported",
        fact: "/source/@path = ",
        why: "two guests would write to one file, or listen on one socket",
    },
    Chosen { line: "-o ported", fact: "/log/@file = ", why: "as above" },
    Chosen { line: "-o screens", fact: "/@tlsPort = ", why: "the second guest would not start" },
];

/// First lines of refusals that are worded otherwise, by part of the command line.
const REWORDED: &[(&str, &str)] = &[
    ("none.xml", "cannot read"),
    ("nonsense=off", "unknown check 'nonsense'"),
    ("-o ceph", "Cloning rbd volumes is not yet supported."),
    ("-n web --replace", "is the original, which --replace would remove"),
];

fn says_what_debians_virt_clone_says() -> Result<()> {
    let user = User::new()?;
    disks(&user)?;
    let host = user.file("host.xml", in_home(&user, &format!("<node>{GUESTS}{POOL}</node>")))?;
    user.file("given.xml", in_home(&user, GIVEN))?;
    beside_the_peer(&user, &format!("test://{}", host.display()), LINES)
}

fn says_on_a_session_what_debians_virt_clone_says() -> Result<()> {
    let user = User::new()?;
    disks(&user)?;
    user.file("given.xml", in_home(&user, &GIVEN.replace("'test'", "'qemu'")))?;
    let web = user.file("web.xml", in_home(&user, SESSION_GUEST))?;
    user.real_virsh(&["define", &web.to_string_lossy()])?.ok()?;
    // Two of the peer at once would both make a pool of the directory, and one of them fail.
    user.real_virsh(&["pool-create-as", "vm", "dir", "--target", &user.text("vm")])?.ok()?;
    beside_the_peer(&user, "qemu:///session", SESSION)
}

fn beside_the_peer(user: &User, uri: &str, lines: &[&str]) -> Result<()> {
    let next = Mutex::new(lines.iter());
    let wrong = Mutex::new(Vec::new());
    // The peer takes about a second a line; two at a time, as machines have at least two processors.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let take = || next.lock().ok().and_then(|mut lines| lines.next());
                while let Some(line) = take() {
                    let line = line.replace("DIR", &user.home().to_string_lossy());
                    if let Err(error) = compare(user, uri, &line)
                        && let Ok(mut wrong) = wrong.lock()
                    {
                        wrong.push(format!("virt-clone {line}\n{error:#}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap_or_default();
    ensure!(wrong.is_empty(), "{} of {} lines differ\n{}", wrong.len(), lines.len(), wrong.join("\n"));
    Ok(())
}

fn compare(user: &User, uri: &str, line: &str) -> Result<()> {
    let run = |program: &str| {
        let words = [program, "--connect", uri, "--print-xml"].into_iter().chain(line.split_whitespace());
        user.run(&words.collect::<Vec<_>>())
    };
    let (ours, theirs) = (run("virt-clone")?, run("/usr/bin/virt-clone")?);
    ensure!(ours.code == theirs.code, "the peer ends otherwise\n{ours}\n{theirs}");
    if ours.code != 0 {
        return refusals(line, &ours, &theirs);
    }
    let (ours, theirs) = (facts(&ours, line)?, facts(&theirs, line)?);
    let mut differences: Vec<String> =
        ours.difference(&theirs).map(|fact| format!("  only ours:   {fact}")).collect();
    differences.extend(theirs.difference(&ours).map(|fact| format!("  only theirs: {fact}")));
    differences
        .retain(|difference| !CHOSEN.iter().any(|c| line.contains(c.line) && difference.contains(c.fact)));
    ensure!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}

/// What went wrong is said in the same words; ours go on.
fn refusals(line: &str, ours: &Output, theirs: &Output) -> Result<()> {
    if ours.code == 2 {
        // Usage errors are worded by whoever parses the line.
        return Ok(());
    }
    let first = |output: &Output| {
        let error = output.stderr.lines().find_map(|line| line.strip_prefix("ERROR"));
        error.unwrap_or_default().trim().to_owned()
    };
    let (mine, peers) = (first(ours), first(theirs));
    if let Some((_, words)) = REWORDED.iter().find(|(part, _)| line.contains(part)) {
        ensure!(mine.contains(words), "ours lacks {words:?}\n{ours}\n{theirs}");
        return Ok(());
    }
    // The peer quotes the system as Python does.
    let plain = peers.replace("[Errno 2] ", "").replace('"', "'");
    ensure!(mine == plain, "ours:   {mine}\ntheirs: {peers}");
    Ok(())
}

/// The facts of the definition that was printed, without what is different each time.
fn facts(output: &Output, line: &str) -> Result<BTreeSet<String>> {
    let facts = canonical::facts(&output.stdout).with_context(|| output.to_string())?;
    let is_given = |fact: &str| line.contains(fact.rsplit(" = ").next().unwrap_or_default());
    Ok(facts
        .into_iter()
        .map(|fact| match fact.split_once(" = ") {
            Some((place @ "domain/uuid", _)) if !is_given(&fact) => place.to_owned(),
            // What is random in an address is its second half.
            Some((place, address)) if place.ends_with("/mac/@address") && !is_given(&fact) => {
                format!("{place} = {}", &address[..8.min(address.len())])
            }
            _ => fact,
        })
        .collect())
}

fn disks(user: &User) -> Result<()> {
    user.directory("vm")?;
    let raw = ["web", "taken", "free", "free2", "old", "media", "fixed", "first", "second"];
    for name in raw.map(|name| format!("{name}.img")) {
        user.file(&format!("vm/{name}"), vec![1; 4096])?;
    }
    user.run(&["qemu-img", "create", "-q", "-f", "qcow2", "vm/data.qcow2", "10M"])?.ok()?;
    Ok(())
}

fn in_home(user: &User, text: &str) -> String {
    let home: PathBuf = user.home().to_owned();
    text.replace("DIR", &home.to_string_lossy())
}

/// Guests of the test driver's host: those that are off say so.
const GUESTS: &str = "
<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <name>web</name>
  <uuid>11111111-1111-4111-8111-111111111111</uuid>
  <genid>22222222-2222-4222-8222-222222222222</genid>
  <memory>65536</memory>
  <os>
    <type arch='i686'>hvm</type>
    <loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader>
    <nvram>DIR/vm/web_VARS.fd</nvram>
  </os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw' cache='none'/>
      <source file='DIR/vm/web.img'><seclabel relabel='no'/></source>
      <target dev='vda'/>
      <serial>one</serial>
    </disk>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/><source file='DIR/vm/data.qcow2'/><target dev='vdb'/>
    </disk>
    <disk type='file' device='disk'><source file='DIR/vm/fixed.img'/><target dev='vdc'/><readonly/></disk>
    <disk type='file' device='cdrom'><source file='DIR/vm/media.img'/><target dev='sda' bus='sata'/></disk>
    <disk type='file' device='cdrom'><target dev='sdb' bus='sata'/></disk>
    <disk type='file' device='floppy'><target dev='fda' bus='fdc'/></disk>
    <interface type='user'><mac address='52:54:00:00:00:01'/><target dev='web0'/></interface>
    <channel type='unix'>
      <source mode='bind' path='/run/web/org.qemu.guest_agent.0'/>
      <target type='virtio' name='org.qemu.guest_agent.0'/>
    </channel>
    <graphics type='vnc' port='5905' listen='0.0.0.0'/>
  </devices>
  <test:runstate>5</test:runstate>
</domain>
<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <name>old</name><memory>65536</memory><os><type arch='i686'>hvm</type></os>
  <devices><disk><source file='DIR/vm/old.img'/><target dev='hda'/></disk>
  <interface type='user'><mac address='52:54:00:aa:bb:cc'/></interface></devices>
  <test:runstate>5</test:runstate>
</domain>
<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <name>old-clone</name><memory>65536</memory><os><type arch='i686'>hvm</type></os>
  <devices/><test:runstate>5</test:runstate>
</domain>
<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <name>old-clone1</name><memory>65536</memory><os><type arch='i686'>hvm</type></os>
  <devices/><test:runstate>5</test:runstate>
</domain>
<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <name>old-clone9</name><memory>65536</memory><os><type arch='i686'>hvm</type></os>
  <devices/><test:runstate>5</test:runstate>
</domain>
<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <name>titled</name><title>A title</title><description>A description</description>
  <metadata><app:x xmlns:app='http://example.org/app'><app:y z='1'/></app:x></metadata>
  <memory>65536</memory><os><type arch='i686'>hvm</type></os>
  <devices/><test:runstate>5</test:runstate>
</domain>
<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <name>screens</name><memory>65536</memory><os><type arch='i686'>hvm</type></os>
  <devices>
    <graphics type='spice' port='5910' tlsPort='5911' autoport='no'/>
    <graphics type='vnc' port='-1' autoport='yes'/>
  </devices>
  <test:runstate>5</test:runstate>
</domain>
<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <name>cards</name><memory>65536</memory><os><type arch='i686'>hvm</type></os>
  <devices>
    <interface type='network'><source network='default'/><mac address='52:54:00:00:00:02'/></interface>
    <interface type='bridge'><source bridge='br0'/><mac address='52:54:00:00:00:03'/><model type='e1000'/></interface>
  </devices>
  <test:runstate>5</test:runstate>
</domain>
<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <name>diskless</name><memory>65536</memory><os><type arch='i686'>hvm</type></os>
  <devices/><test:runstate>5</test:runstate>
</domain>
<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <name>pooled</name><memory>65536</memory><os><type arch='i686'>hvm</type></os>
  <devices>
    <disk type='file'><source file='/pool/one.img'/><target dev='vda'/></disk>
    <disk type='volume'><source pool='pool' volume='two.img'/><target dev='vdb'/></disk>
  </devices>
  <test:runstate>5</test:runstate>
</domain>
<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <name>shared</name><memory>65536</memory><os><type arch='i686'>hvm</type></os>
  <devices>
    <disk type='file'><source file='DIR/vm/first.img'/><target dev='vda'/></disk>
    <disk type='file'><source file='DIR/vm/second.img'/><target dev='vdb'/><shareable/></disk>
  </devices>
  <test:runstate>5</test:runstate>
</domain>
<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <name>network</name><memory>65536</memory><os><type arch='i686'>hvm</type></os>
  <devices>
    <disk type='network'><source protocol='nbd' name='x'><host name='server'/></source><target dev='vda'/></disk>
  </devices>
  <test:runstate>5</test:runstate>
</domain>
<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <name>ceph</name><memory>65536</memory><os><type arch='i686'>hvm</type></os>
  <devices>
    <disk type='network'><source protocol='rbd' name='p/x'><host name='server'/></source><target dev='vda'/></disk>
  </devices>
  <test:runstate>5</test:runstate>
</domain>
<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <name>gone</name><memory>65536</memory><os><type arch='i686'>hvm</type></os>
  <devices><disk type='file'><source file='DIR/vm/gone.img'/><target dev='vda'/></disk></devices>
  <test:runstate>5</test:runstate>
</domain>
<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <name>ported</name><memory>65536</memory><os><type arch='i686'>hvm</type></os>
  <devices>
    <serial type='file'><source path='/log/ported.log'/><log file='/log/all'/></serial>
    <serial type='unix'><source mode='bind' path='/run/port'/></serial>
    <channel type='pty'><target type='virtio' name='a.b'/></channel>
  </devices>
  <test:runstate>5</test:runstate>
</domain>
<domain type='test'>
  <name>running</name><memory>65536</memory><os><type arch='i686'>hvm</type></os><devices/>
</domain>
<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <name>paused</name><memory>65536</memory><os><type arch='i686'>hvm</type></os><devices/>
  <test:runstate>3</test:runstate>
</domain>
";

const POOL: &str = "
<pool type='dir'>
  <name>pool</name><target><path>/pool</path></target>
  <volume type='file'><name>one.img</name><capacity>1000000</capacity><target><path>/pool/one.img</path></target></volume>
  <volume type='file'><name>two.img</name><capacity>1000000</capacity><target><path>/pool/two.img</path></target></volume>
</pool>
";

/// A definition that no hypervisor knows, as a running guest's is printed.
const GIVEN: &str = "
<domain type='test' id='7'>
  <name>given</name>
  <uuid>44444444-4444-4444-8444-444444444444</uuid>
  <memory unit='KiB'>65536</memory>
  <!-- kept by ours -->
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/><source file='DIR/vm/web.img'/><target dev='vda' bus='virtio'/>
    </disk>
    <interface type='user'><mac address='52:54:00:00:00:09'/><target dev='vnet3'/></interface>
  </devices>
</domain>
";

const SESSION_GUEST: &str = "
<domain type='qemu'>
  <name>web</name>
  <memory unit='MiB'>64</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/><source file='DIR/vm/web.img'/><target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/><source file='DIR/vm/data.qcow2'/><target dev='vdb' bus='virtio'/>
    </disk>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/><source file='DIR/vm/fixed.img'/><target dev='vdc' bus='virtio'/><readonly/>
    </disk>
    <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>
    <interface type='user'><mac address='52:54:00:00:00:01'/></interface>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <graphics type='vnc' port='5905' autoport='no'/>
  </devices>
</domain>
";
