//! `apply`: an object becomes what a file says, and applied twice nothing changes.

use anyhow::{Context, Result, ensure};

use super::{SESSION, URI};
use crate::Test;
use crate::need::{QEMU, REAL_VIRSH};
use crate::output::Output;
use crate::user::User;

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "a_guest_becomes_what_a_file_says_and_stays_so",
        needs: &[QEMU, REAL_VIRSH],
        run: a_guest_becomes_what_a_file_says_and_stays_so,
    },
    Test {
        name: "what_virt_install_prints_is_applied_once",
        needs: &[QEMU, REAL_VIRSH],
        run: what_virt_install_prints_is_applied_once,
    },
    Test {
        name: "networks_pools_and_volumes_become_what_files_say",
        needs: &[],
        run: networks_pools_and_volumes_become_what_files_say,
    },
    Test {
        name: "what_libvirt_leaves_out_is_named",
        needs: &[QEMU, REAL_VIRSH],
        run: what_libvirt_leaves_out_is_named,
    },
    Test {
        name: "a_saved_state_that_comes_back_first_is_told",
        needs: &[],
        run: a_saved_state_that_comes_back_first_is_told,
    },
    Test { name: "what_cannot_be_applied_is_refused", needs: &[], run: what_cannot_be_applied_is_refused },
];

/// As a person writes it: libvirt adds most of what a guest has.
const GUEST: &str = "<domain type='qemu'><name>web</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>\
    <os><type arch='x86_64' machine='q35'>hvm</type></os><devices>\
    <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='HOME/d.raw'/>\
    <target dev='vda' bus='virtio'/></disk><interface type='user'><model type='virtio'/></interface>\
    <interface type='user'><model type='e1000'/></interface>\
    <graphics type='vnc' passwd='letmein'><listen type='socket' socket='HOME/vnc.sock'/></graphics><serial type='pty'/><console type='pty'/></devices></domain>";

fn virsh(user: &User, words: &[&str]) -> Result<Output> {
    user.run(&[&["virsh", "-c", SESSION], words].concat())
}

fn definition(user: &User) -> Result<String> {
    Ok(user.real_virsh(&["dumpxml", "web", "--inactive", "--security-info"])?.ok()?.stdout)
}

fn a_guest_becomes_what_a_file_says_and_stays_so() -> Result<()> {
    let user = User::new()?;
    user.file("d.raw", [0; 512])?;
    let guest = GUEST.replace("HOME", &user.home().to_string_lossy());
    user.file("web.xml", &guest)?;
    let apply = ["apply", "web.xml"];
    virsh(&user, &[&apply[..], &["--dry-run"]].concat())?.ok()?.says("would be made")?;
    user.real_virsh(&["domid", "web"])?.exits(1)?;
    virsh(&user, &apply)?.ok()?.says("Domain 'web' made")?;
    virsh(&user, &apply)?.ok()?.says("Domain 'web' unchanged")?;
    let before = definition(&user)?;

    // As it is printed while it runs, it is the same guest, too.
    user.real_virsh(&["start", "web"])?.ok()?;
    let running = user.real_virsh(&["dumpxml", "web", "--security-info"])?.ok()?.stdout;
    ensure!(running.contains("<alias name="), "{running}");
    user.file("running.xml", running)?;
    virsh(&user, &["apply", "running.xml"])?.ok()?.says("unchanged")?;

    let changed = guest
        .replace(">64<", ">48<")
        .replace("type='raw'", "type='raw' cache='none'")
        .replace("letmein", "another")
        .replace("<interface type='user'><model type='e1000'/></interface>", "");
    user.file("web.xml", &changed)?;
    let told = virsh(&user, &[&apply[..], &["--dry-run"]].concat())?.ok()?;
    for expected in
        ["--- stored", "+      <driver name='qemu' type='raw' cache='none'/>", "-      <model type='e1000'/>"]
    {
        ensure!(told.stdout.contains(expected), "{expected}: {told}");
    }
    ensure!(!told.stdout.contains("letmein") && !told.stdout.contains("'another'"), "{told}");
    // Nobody is there to be asked.
    virsh(&user, &apply)?.exits(1)?.complains("hint: --yes")?;
    ensure!(definition(&user)? == before);
    virsh(&user, &[&apply[..], &["--yes"]].concat())?.ok()?.says("as before until it is shut down")?;
    virsh(&user, &apply)?.ok()?.says("unchanged")?;

    // What the file says nothing of is as before.
    let after = definition(&user)?;
    for word in ["<uuid>", "<mac address=", "<address type='pci'"] {
        let lines = |text: &str| {
            text.lines().filter(|line| line.contains(word)).map(str::to_owned).collect::<Vec<_>>()
        };
        let (before, after) = (lines(&before), lines(&after));
        ensure!(!after.is_empty() && after.iter().all(|line| before.contains(line)), "{word}: {after:#?}");
    }
    ensure!(
        after.contains("passwd='another'") && after.contains("<currentMemory unit='KiB'>49152<"),
        "{after}"
    );
    ensure!(after.matches("<interface").count() == 1, "{after}");
    Ok(())
}

fn what_virt_install_prints_is_applied_once() -> Result<()> {
    let user = User::new()?;
    let line = "virt-install --connect qemu:///session --virt-type qemu --name made --memory 256 --osinfo generic \
        --disk none --network user --graphics vnc,password=x --rng /dev/urandom --serial file,path=/dev/null \
        --cpu qemu64,+x2apic --boot network,hd --import --print-xml 1";
    let words: Vec<&str> = line.split_whitespace().collect();
    let xml = user.run(&words)?.ok()?.stdout;
    let apply = |xml: &str| user.run_with(&["virsh", "-c", SESSION, "apply", "-"], xml);
    let told = apply(&xml)?.ok()?.says("Domain 'made' made")?;
    ensure!(told.stderr.is_empty(), "nothing is left out\n{told}");
    apply(&xml)?.ok()?.says("Domain 'made' unchanged")?;
    let uuid = xml.lines().find(|line| line.contains("<uuid>")).context("virt-install gives a UUID")?;
    apply(&xml.replace(uuid, ""))?.ok()?.says("unchanged")?;
    let other = xml.replace(uuid, "<uuid>0c1f5d35-6a6c-4a5e-a3f7-52c7f2a6d001</uuid>");
    apply(&other)?.exits(1)?.complains("the file says 0c1f5d35")?;
    Ok(())
}

fn networks_pools_and_volumes_become_what_files_say() -> Result<()> {
    let user = User::new()?;
    let network = "<network><name>lab</name><forward mode='nat'/><ip address='10.7.0.1' netmask='255.255.255.0'><dhcp>\
        <range start='10.7.0.10' end='10.7.0.99'/><host mac='52:54:00:00:00:0A' ip='10.7.0.5'/></dhcp></ip></network>";
    user.file("one.xml", network)?;
    user.file(
        "two.xml",
        network.replace("0.99", "0.89").replace("<host mac='52:54:00:00:00:0A' ip='10.7.0.5'/>", ""),
    )?;
    user.file("pool.xml", "<pool type='dir'><name>p</name><target><path>/p/</path></target></pool>")?;
    let volume = "<volume><name>v</name><capacity unit='MiB'>5</capacity></volume>";
    user.file("volume.xml", volume)?;
    user.file("larger.xml", volume.replace('5', "6"))?;
    // The test driver forgets all at the end of a connection.
    let lines = "apply one.xml; apply one.xml; apply two.xml --yes; apply two.xml; net-dumpxml lab; \
        apply pool.xml; apply pool.xml; pool-start p; apply volume.xml --pool p; apply volume.xml --pool p; vol-info v p";
    let told = user.run(&["virsh", "-c", URI, lines])?.ok()?;
    let said: Vec<&str> =
        told.stdout.lines().filter(|line| line.ends_with("made") || line.contains("changed")).collect();
    ensure!(
        said == [
            "Network 'lab' made",
            "Network 'lab' unchanged",
            "Network 'lab' changed",
            "Network 'lab' unchanged",
            "Pool 'p' made",
            "Pool 'p' unchanged",
            "Volume 'v' made",
            "Volume 'v' unchanged",
        ],
        "{told}"
    );
    ensure!(told.stdout.contains("end='10.7.0.89'/>\n    </dhcp>"), "the host is gone: {told}");
    let lines = "apply pool.xml; pool-start p; apply volume.xml --pool p; apply larger.xml --pool p";
    let told = user.run(&["virsh", "-c", URI, lines])?.exits(1)?;
    told.complains("volumes cannot be redefined")?.complains("hint: vol-resize")?;
    Ok(())
}

fn what_libvirt_leaves_out_is_named() -> Result<()> {
    let user = User::new()?;
    user.file("d.raw", [0; 512])?;
    let guest = GUEST.replace("HOME", &user.home().to_string_lossy());
    user.file("web.xml", guest.replace("<vcpu>", "<nonsense/><vcpu plasement='static'>"))?;
    let told = virsh(&user, &["apply", "web.xml"])?.ok()?;
    let warning = "warning: libvirt stored domain 'web' without nonsense, vcpu/@plasement\n";
    ensure!(told.stderr == warning && told.stdout.contains("Domain 'web' made"), "{told}");
    // What it knows is not named, however it writes it.
    user.file("web.xml", &guest)?;
    virsh(&user, &["undefine", "web"])?.ok()?;
    ensure!(virsh(&user, &["apply", "web.xml"])?.ok()?.stderr.is_empty());
    let oddity =
        guest.replace(">64<", ">48<").replace("<target dev='vda'", "<oddity/><target colour='red' dev='vda'");
    user.file("web.xml", oddity)?;
    virsh(&user, &["apply", "web.xml", "--yes"])?
        .ok()?
        .says("Domain 'web' changed")?
        .complains("stored domain 'web' without devices/disk/target/@colour, devices/disk/oddity")?;
    // Nothing that it knows differs any more.
    virsh(&user, &["apply", "web.xml", "--yes"])?
        .ok()?
        .says("unchanged")?
        .complains("devices/disk/oddity")?;
    // A guest as it is printed while it runs brings much that is no definition.
    virsh(&user, &["start", "web"])?.ok()?;
    let running = user.real_virsh(&["dumpxml", "web", "--security-info"])?.ok()?.stdout;
    user.file("running.xml", running)?;
    virsh(&user, &["destroy web; undefine web"])?.ok()?;
    let told = virsh(&user, &["apply", "running.xml"])?.ok()?;
    ensure!(told.stderr.is_empty(), "{told}");
    Ok(())
}

fn a_saved_state_that_comes_back_first_is_told() -> Result<()> {
    let user = User::new()?;
    let xml = "<domain type='test'><name>test</name><memory>1024</memory><title>new</title><os><type>hvm</type></os></domain>";
    user.file("test.xml", xml)?;
    let warning = "warning: the saved state of domain 'test' comes back first, as it was; `virsh managedsave-remove test`";
    let virsh = |line: &str| user.run(&["virsh", "-c", URI, line]);
    virsh("managedsave test; apply test.xml --dry-run")?.ok()?.complains(warning)?;
    virsh("managedsave test; apply test.xml --yes")?.ok()?.says("changed")?.complains(warning)?;
    let told = virsh("managedsave test; managedsave-remove test; apply test.xml --yes")?.ok()?;
    ensure!(!told.stderr.contains("saved state"), "{told}");
    Ok(())
}

fn what_cannot_be_applied_is_refused() -> Result<()> {
    let user = User::new()?;
    let test = "<domain type='test'><name>test</name><memory>1024</memory><os><type>hvm</type></os></domain>";
    for (name, xml, options, expected) in [
        ("none.xml", "<domain", "", "cannot be read"),
        ("other.xml", "<capabilities/>", "", "hint: it takes <domain>"),
        ("nameless.xml", "<network/>", "", "has no name"),
        ("volume.xml", "<volume><name>v</name></volume>", "", "hint: --pool"),
        ("volume.xml", "<volume><name>v</name></volume>", "--pool nope", "no storage pool"),
        ("wrong.xml", "<domain type='test'><name>x</name></domain>", "", "Failed to apply wrong.xml"),
        ("test.xml", test, "", "hint: --yes"),
    ] {
        user.file(name, xml)?;
        let line = format!("apply {name} {options}");
        let told = user.run(&["virsh", "-c", URI, &line])?.exits(1)?;
        ensure!(told.stderr.contains(expected), "{expected}: {told}");
    }
    // The shell's commands come from there.
    let told = user.run_with(&["virsh", "-c", URI], "apply -\necho goes on\n")?;
    told.says("goes on")?.complains("where commands come from")?;
    user.run(&["virsh", "-c", URI, "apply /nonexistent"])?.exits(1)?.complains("No such file")?;
    Ok(())
}
