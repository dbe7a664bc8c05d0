//! virt-clone at work: copies are what they are copies of, linked clones boot, and what is interrupted leaves nothing.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;

use crate::need::{Need, QEMU, REAL_GUEST, REAL_VIRSH};
use crate::output::Output;
use crate::small_disk::SmallDisk;
use crate::terminal::Terminal;
use crate::user::User;
use crate::{PATIENCE, Test, media};

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "clones_do_not_share_files_or_sockets_of_their_ports",
        needs: &[QEMU, REAL_VIRSH],
        run: clones_do_not_share_files_or_sockets_of_their_ports,
    },
    Test {
        name: "a_clone_has_a_card_of_its_own_where_qemu_forwards_ports",
        needs: &[QEMU, REAL_VIRSH],
        run: a_clone_has_a_card_of_its_own_where_qemu_forwards_ports,
    },
    Test {
        name: "a_clone_is_what_its_original_is_and_takes_no_more_room",
        needs: &[QEMU, REAL_VIRSH],
        run: a_clone_is_what_its_original_is_and_takes_no_more_room,
    },
    Test {
        name: "full_and_linked_clones_boot_and_leave_their_original_alone",
        needs: REAL_GUEST,
        run: full_and_linked_clones_boot_and_leave_their_original_alone,
    },
    Test {
        name: "a_copy_of_an_overlay_stands_alone",
        needs: &[QEMU, REAL_VIRSH],
        run: a_copy_of_an_overlay_stands_alone,
    },
    Test {
        name: "what_must_not_be_cloned_is_refused",
        needs: &[QEMU, REAL_VIRSH],
        run: what_must_not_be_cloned_is_refused,
    },
    Test {
        name: "an_existing_file_is_replaced_only_when_asked_for",
        needs: &[QEMU, REAL_VIRSH],
        run: an_existing_file_is_replaced_only_when_asked_for,
    },
    Test {
        name: "a_guest_that_makes_way_is_back_when_there_is_no_clone",
        needs: &[QEMU, REAL_VIRSH],
        run: a_guest_that_makes_way_is_back_when_there_is_no_clone,
    },
    Test {
        name: "volumes_that_are_no_files_here_are_cloned_by_libvirt",
        needs: &[],
        run: volumes_that_are_no_files_here_are_cloned_by_libvirt,
    },
    Test {
        name: "a_guest_on_another_host_is_cloned_there",
        needs: &[QEMU, REAL_VIRSH, Need::Program("libvirtd")],
        run: a_guest_on_another_host_is_cloned_there,
    },
    Test {
        name: "blocks_are_shared_where_the_file_system_can",
        needs: &[Need::Root, Need::Program("mkfs.btrfs"), Need::File("/dev/loop-control", "loop devices")],
        run: blocks_are_shared_where_the_file_system_can,
    },
    Test {
        name: "sigint_at_any_moment_leaves_nothing",
        needs: &[QEMU, REAL_VIRSH],
        run: sigint_at_any_moment_leaves_nothing,
    },
    Test {
        name: "what_sigkill_leaves_the_next_clone_removes",
        needs: &[QEMU, REAL_VIRSH],
        run: what_sigkill_leaves_the_next_clone_removes,
    },
    Test {
        name: "a_full_disk_leaves_nothing",
        needs: &[QEMU, REAL_VIRSH, Need::Root],
        run: a_full_disk_leaves_nothing,
    },
];

/// Runs virt-clone on the user's session.
fn clone(user: &User, line: &str) -> Result<Output> {
    let words = ["virt-clone", "--connect", "qemu:///session"].into_iter().chain(line.split_whitespace());
    user.run(&words.collect::<Vec<_>>())
}

/// Defines a guest with these disks below the home, by format, and what else stands among its devices.
fn define(user: &User, name: &str, disks: &[(&str, &str)], more: &str) -> Result<()> {
    let mut devices = more.to_owned();
    for ((format, path), target) in disks.iter().zip('a'..) {
        devices.push_str(&format!(
            "<disk type='file' device='disk'><driver name='qemu' type='{format}'/><source file='{}'/>\
             <target dev='vd{target}' bus='virtio'/></disk>\n",
            user.text(path)
        ));
    }
    let xml = format!(
        "<domain type='qemu'><name>{name}</name><title>The {name}</title><memory unit='MiB'>64</memory>\
         <os><type arch='x86_64' machine='q35'>hvm</type></os><genid/><devices>{devices}</devices></domain>"
    );
    let file = user.file(&format!("{name}.xml"), xml)?;
    user.real_virsh(&["define", &file.to_string_lossy()])?.ok()?;
    std::fs::remove_file(file)?;
    Ok(())
}

/// A guest with a qcow2 disk and a sparse raw one.
fn web(user: &User) -> Result<()> {
    user.directory("vm")?;
    user.run(&["qemu-img", "create", "-q", "-f", "qcow2", "vm/web.qcow2", "1G"])?.ok()?;
    user.run(&["qemu-io", "-f", "qcow2", "-c", "write -q -P 7 10M 5M", "vm/web.qcow2"])?.ok()?;
    user.run(&["truncate", "-s", "200M", "vm/data.img"])?.ok()?;
    user.run(&["qemu-io", "-f", "raw", "-c", "write -q -P 9 100M 3M", "vm/data.img"])?.ok()?;
    define(
        user,
        "web",
        &[("qcow2", "vm/web.qcow2"), ("raw", "vm/data.img")],
        "<interface type='user'><mac address='52:54:00:11:22:33'/></interface>\
         <serial type='file'><source path='/tmp/web.log'/></serial>",
    )
}

/// A guest whose one disk takes some time to copy.
fn large(user: &User) -> Result<()> {
    user.directory("vm")?;
    user.run(&["sh", "-c", "yes | head -c 400M >vm/large.img"])?.ok()?;
    define(user, "large", &[("raw", "vm/large.img")], "")
}

fn same_contents(user: &User, one: &str, other: &str) -> Result<()> {
    user.run(&["qemu-img", "compare", one, other])?.ok()?;
    Ok(())
}

fn taken(user: &User, path: &str) -> Result<u64> {
    Ok(user.path(path).metadata()?.blocks() * 512)
}

/// Guests, pools, and files below the home but those that tests write.
fn traces(user: &User) -> Result<Vec<String>> {
    let mut traces = user.files();
    traces.retain(|file| !file.ends_with(".out"));
    for list in [["list", "--all", "--name"], ["pool-list", "--all", "--name"]] {
        let output = user.real_virsh(&list)?.ok()?;
        traces.extend(output.stdout.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned));
    }
    Ok(traces)
}

fn a_clone_is_what_its_original_is_and_takes_no_more_room() -> Result<()> {
    let user = User::new()?;
    web(&user)?;
    crate::place::set_mode(&user.path("vm/web.qcow2"), 0o440)?;
    let before = user.real_virsh(&["dumpxml", "web"])?.ok()?.stdout;
    let printed = clone(&user, "-o web --auto-clone --print-xml")?.ok()?;
    ensure!(printed.stderr.is_empty() && printed.stdout.contains("<name>web-clone</name>"), "{printed}");
    ensure!(!user.path("vm/web-clone.qcow2").exists(), "printing made something");
    clone(&user, "-o web --auto-clone")?.ok()?.says("Clone 'web-clone' created successfully.")?;
    for (original, copy, mode) in
        [("vm/web.qcow2", "vm/web-clone.qcow2", 0o640), ("vm/data.img", "vm/data-clone.img", 0o644)]
    {
        same_contents(&user, original, copy)?;
        let (had, has) = (taken(&user, original)?, taken(&user, copy)?);
        ensure!(has <= had, "{copy} takes {has}, {original} {had}");
        let found = user.path(copy).metadata()?.permissions().mode() & 0o777;
        ensure!(found == mode, "{copy}: {found:o}");
    }
    let after = user.real_virsh(&["dumpxml", "web-clone"])?.ok()?.stdout;
    let theirs: Vec<&str> = before.lines().collect();
    let own: Vec<&str> = after.lines().filter(|line| !theirs.contains(line)).collect();
    let parts = [
        "<name>",
        "<uuid>",
        "<genid>",
        "web-clone.qcow2",
        "data-clone.img",
        "<mac ",
        "web-clone.log",
        "web-clone.log",
    ];
    ensure!(
        own.len() == parts.len() && own.iter().zip(parts).all(|(line, part)| line.contains(part)),
        "{own:#?}"
    );
    ensure!(user.real_virsh(&["dumpxml", "web"])?.ok()?.stdout == before, "the original changed");
    clone(&user, "-o web --auto-clone --nonsparse --quiet")?.ok()?;
    let whole = taken(&user, "vm/data-clone-1.img")?;
    ensure!(whole >= 200 << 20, "not all of it is taken: {whole}");
    same_contents(&user, "vm/data.img", "vm/data-clone-1.img")
}

fn clones_do_not_share_files_or_sockets_of_their_ports() -> Result<()> {
    let user = User::new()?;
    let ports = "<serial type='file'><source path='/d/ser.log'/></serial>\
                 <channel type='unix'><source mode='bind' path='/d/ch.sock'/><target type='virtio' name='a.0'/></channel>\
                 <parallel type='pty'><log file='/d/g.txt'/></parallel>";
    define(&user, "g", &[], ports)?;
    // Files that no guest has made yet, but that one will.
    define(&user, "other", &[], "<serial type='file'><source path='/d/ser-g-clone.log'/></serial>")?;
    let mut all = Vec::new();
    for line in ["-o g --auto-clone", "-o g -n g2 --auto-clone", "-o g -n g2 --auto-clone --replace"] {
        clone(&user, line)?.ok()?;
        let name = if line.contains("g2") { "g2" } else { "g-clone" };
        let xml = user.real_virsh(&["dumpxml", name])?.ok()?.stdout;
        let mut paths: Vec<String> =
            xml.split(['\'', '"']).filter(|part| part.starts_with("/d/")).map(str::to_owned).collect();
        paths.sort();
        // The console is the serial port once more.
        paths.dedup();
        all.push(paths);
    }
    ensure!(all[0] == ["/d/ch-g-clone.sock", "/d/g-clone.txt", "/d/ser-g-clone-1.log"], "{all:?}");
    ensure!(all[1] == ["/d/ch-g2.sock", "/d/g2.txt", "/d/ser-g2.log"] && all[2] == all[1], "{all:?}");
    Ok(())
}

fn a_clone_has_a_card_of_its_own_where_qemu_forwards_ports() -> Result<()> {
    let user = User::new()?;
    let xml = "<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>g</name>\
               <memory unit='MiB'>64</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><qemu:commandline>\
               <qemu:arg value='-netdev'/><qemu:arg value='user,id=f,hostfwd=tcp:127.0.0.1:2222-:22'/>\
               <qemu:arg value='-device'/><qemu:arg value='e1000,netdev=f,mac=52:54:00:00:00:07,bus=pcie.0,addr=0x10'/>\
               </qemu:commandline></domain>";
    let file = user.file("g.xml", xml)?;
    user.real_virsh(&["define", &file.to_string_lossy()])?.ok()?;
    let said = clone(&user, "-o g --auto-clone")?.ok()?;
    ensure!(said.stderr.contains("forwarded to it as 'g' (2222)"), "{said}");
    let address = |name: &str| -> Result<String> {
        let xml = user.real_virsh(&["dumpxml", name])?.ok()?.stdout;
        let mac = xml.split("mac=").nth(1).and_then(|rest| rest.get(..17));
        Ok(mac.with_context(|| format!("no address: {xml}"))?.to_owned())
    };
    let new = address("g-clone")?;
    ensure!(
        address("g")? == "52:54:00:00:00:07" && new.starts_with("52:54:00:") && new != address("g")?,
        "{new}"
    );
    // It is one that another clone must not have.
    clone(&user, &format!("-o g -n g2 --auto-clone --mac {new}"))?.refuses("g-clone")?;
    clone(&user, "-o g -n g2 --auto-clone --mac 52:54:00:00:00:08")?.ok()?;
    ensure!(address("g2")? == "52:54:00:00:00:08", "{}", address("g2")?);
    Ok(())
}

/// The demo's system, whose boots count themselves on the disk.
fn boots(user: &User, name: &str, number: usize) -> Result<()> {
    user.real_virsh(&["start", name])?.ok()?;
    let line = ["virsh", "--connect=qemu:///session", "console", name, "--force"];
    let mut console = Terminal::start(user, &line)?;
    console.shows(&format!("boot number {number}"))?;
    console.shows("demo: ready")?;
    console.types("\x1d")?;
    console.ends()?.ok()?;
    Ok(())
}

fn full_and_linked_clones_boot_and_leave_their_original_alone() -> Result<()> {
    let user = User::new()?;
    let iso = media::demo_iso(&user)?;
    let line = format!(
        "virt-install --connect qemu:///session --name golden --memory 512 --vcpus 1 --disk size=1 --osinfo linux2022 \
         --location {} --graphics none --network none --noautoconsole --wait -1 --noreboot \
         --extra-args console=ttyS0",
        iso.display()
    );
    user.run(&line.split_whitespace().collect::<Vec<_>>())?.ok()?;
    clone(&user, "-o golden -n full --auto-clone")?.ok()?;
    let base = ".local/share/libvirt/images/golden.qcow2";
    let before = std::fs::read(user.path(base))?;
    let linked = clone(&user, "-o golden -n one --auto-clone --linked")?.ok()?;
    linked.complains("never start 'golden' again")?.complains("chmod a-w")?;
    boots(&user, "full", 1)?;
    boots(&user, "one", 1)?;
    ensure!(std::fs::read(user.path(base))? == before, "the original's disk changed");
    let overlay = user.run(&["qemu-img", "info", "-U", ".local/share/libvirt/images/one.qcow2"])?.ok()?;
    overlay.says(base)?.says("backing file format: qcow2")?;
    for name in ["full", "one"] {
        user.real_virsh(&["destroy", name])?.ok()?;
    }
    // While it runs, its disk is not what it will be.
    user.real_virsh(&["start", "golden"])?.ok()?;
    clone(&user, "-o golden --auto-clone")?.refuses("Domain to clone must be shutoff.")?;
    user.real_virsh(&["suspend", "golden"])?.ok()?;
    clone(&user, "-o golden --auto-clone")?.refuses("is paused")?;
    let xml = user.real_virsh(&["dumpxml", "golden"])?.ok()?.stdout;
    user.file("golden.xml", xml)?;
    let given = "--original-xml golden.xml -n other --auto-clone";
    clone(&user, given)?.refuses("is being written to by a running virtual machine")?;
    clone(&user, &format!("{given} --linked"))?
        .refuses("is being written to by a running virtual machine")?;
    user.real_virsh(&["destroy", "golden"])?.ok()?;
    Ok(())
}

fn a_copy_of_an_overlay_stands_alone() -> Result<()> {
    let user = User::new()?;
    web(&user)?;
    clone(&user, "-o web -n linked --auto-clone --linked")?.ok()?;
    user.run(&["qemu-io", "-f", "qcow2", "-c", "write -q -P 3 20M 1M", "vm/linked.qcow2"])?.ok()?;
    clone(&user, "-o linked -n alone --auto-clone")?.ok()?;
    same_contents(&user, "vm/linked.qcow2", "vm/alone.qcow2")?;
    let info = user.run(&["qemu-img", "info", "vm/alone.qcow2"])?.ok()?;
    ensure!(!info.stdout.contains("backing file"), "{info}");
    // What another program has laid over an image.
    let [base, over] = ["vm/base.vmdk", "vm/over.vmdk"];
    user.run(&["qemu-img", "create", "-q", "-f", "vmdk", base, "1M"])?.ok()?;
    let base = user.path(base).to_string_lossy().into_owned();
    user.run(&["qemu-img", "create", "-q", "-f", "vmdk", "-F", "vmdk", "-b", &base, over])?.ok()?;
    user.run(&["qemu-io", "-f", "vmdk", "-c", "write -q -P 3 64k 64k", over])?.ok()?;
    define(&user, "foreign", &[("vmdk", over)], "")?;
    clone(&user, "-o foreign -n copied -f vm/copied.vmdk")?.ok()?;
    same_contents(&user, over, "vm/copied.vmdk")?;
    let info = user.run(&["qemu-img", "info", "vm/copied.vmdk"])?.ok()?;
    ensure!(!info.stdout.contains("backing file"), "{info}");
    Ok(())
}

fn what_must_not_be_cloned_is_refused() -> Result<()> {
    let user = User::new()?;
    web(&user)?;
    user.directory("other")?;
    user.file("vm/parts.vmdk", "# Disk DescriptorFile\nRW 63 SPARSE \"x-s001.vmdk\"\n")?;
    define(&user, "parts", &[("vmdk", "vm/parts.vmdk")], "")?;
    define(&user, "early", &[("raw", "vm/data.img")], "")?;
    user.real_virsh(&["autostart", "early"])?.ok()?;
    user.file("broken.xml", "<domain><name>x</domain>")?;
    user.file("network.xml", "<network><name>x</name></network>")?;
    crate::place::set_mode(&user.file("secret.img", vec![1; 4096])?, 0)?;
    define(&user, "secret", &[("raw", "secret.img")], "")?;
    let home = user.home().display().to_string();
    let before = traces(&user)?;
    let lines: &[(&str, &[&str])] = &[
        ("-o wbe --auto-clone", &["Domain 'wbe' was not found.", "hint: there is 'web'"]),
        ("-o web -n web --auto-clone", &["Guest name 'web' is already in use.", "--replace"]),
        ("-o web -n web --replace --auto-clone", &["is the original, which --replace would remove"]),
        ("-o web -n other -f vm/a.img", &["disk 'vdb'", "has no new file", "--skip-copy vdb"]),
        ("-o web -n other -f vm/a.img -f vm/a.img", &["it is given for two disks"]),
        ("-o web -n other -f vm/web.qcow2 -f vm/b", &["it is the original's own disk"]),
        ("-o web -n other -f vm/web.qcow2 -f vm/b --check all=off", &["it is the original's own disk"]),
        ("-o web -n other -f vm -f vm/b --check all=off", &["it is a directory"]),
        ("-o web -n other -f /dev/null -f vm/b --check all=off", &["/dev/null"]),
        ("-o web -n other -f /proc/x -f vm/b", &["/proc"]),
        ("-o web --auto-clone --skip-copy vdz", &["no such disk", "it has 'vda', 'vdb'"]),
        ("-o web --auto-clone --force-copy vdz", &["--force-copy vdz", "no such disk"]),
        ("-o web --auto-clone -m 01:00:00:00:00:01", &["is no MAC address of a network card"]),
        ("-o web --auto-clone -u 1234", &["'1234' is no UUID"]),
        ("-o web --auto-clone --reflink --linked", &["at the same time"]),
        ("-o parts --auto-clone", &["keeps its contents in other files", "--skip-copy vda"]),
        ("-o parts --auto-clone --linked", &["its format is vmdk"]),
        ("-o early --auto-clone --linked", &["starts with the host", "autostart --disable early"]),
        ("-o secret --auto-clone", &["cannot be read: Permission denied"]),
        ("--original-xml broken.xml --auto-clone", &["the original's definition cannot be read"]),
        ("--original-xml network.xml --auto-clone", &["its outermost element is not 'domain'"]),
        ("--original-xml /dev/null --auto-clone", &["the original's definition cannot be read"]),
        ("-o web -n a/b --auto-clone", &["a/b.qcow2' for cloning: No such file or directory"]),
    ];
    for (line, words) in lines {
        let mut output = clone(&user, line)?;
        for text in *words {
            output = output.refuses(text)?;
        }
        let after = traces(&user)?;
        ensure!(before == after, "there is left: {after:?}, was: {before:?}\n{output}");
    }
    // Not all there is may be shared or known by heart, but all of it has to be said.
    let uuid = user.real_virsh(&["domuuid", "web"])?.ok()?.stdout.trim().to_owned();
    clone(&user, &format!("-o web --auto-clone --uuid {uuid}"))?.refuses("in use by guest 'web'")?;
    ensure!(traces(&user)? == before, "something is left in {home}");
    Ok(())
}

fn an_existing_file_is_replaced_only_when_asked_for() -> Result<()> {
    let user = User::new()?;
    web(&user)?;
    let mine = user.file("vm/mine", "mine")?;
    let line = "-o web -n other -f vm/mine -f vm/b";
    clone(&user, line)?.refuses("This will overwrite the existing path")?;
    clone(&user, "-o web -n other --preserve-data -f vm/mine -f vm/data.img")?.refuses("in use by")?;
    ensure!(std::fs::read(&mine)? == b"mine");
    clone(&user, &format!("{line} --check path_exists=off"))?.ok()?;
    same_contents(&user, "vm/web.qcow2", "vm/mine")?;
    let kept = user.file("vm/kept", "kept")?;
    clone(&user, "-o web -n third --skip-copy vdb --preserve-data -f vm/kept")?.ok()?;
    ensure!(std::fs::read(kept)? == b"kept");
    user.real_virsh(&["dumpxml", "third"])?.ok()?.says("vm/kept")?.says("vm/data.img")?;
    Ok(())
}

fn a_guest_that_makes_way_is_back_when_there_is_no_clone() -> Result<()> {
    let user = User::new()?;
    web(&user)?;
    define(&user, "old", &[], "")?;
    let old = user.real_virsh(&["dumpxml", "old"])?.ok()?.stdout;
    let given = user.real_virsh(&["dumpxml", "web"])?.ok()?.stdout;
    user.file("given.xml", given.replace("type='qemu'", "type='nonsense'"))?;
    let before = traces(&user)?;
    let line = "--original-xml given.xml -n old --replace";
    clone(&user, &format!("{line} --auto-clone"))?.refuses("nonsense")?;
    let mine = user.file("vm/mine", "mine")?;
    clone(&user, &format!("{line} -f vm/mine -f vm/b --check path_exists=off"))?.refuses("nonsense")?;
    ensure!(std::fs::read(&mine)? == b"mine", "a file that was there is another one");
    std::fs::remove_file(mine)?;
    ensure!(traces(&user)? == before, "there is left: {:?}", traces(&user)?);
    ensure!(user.real_virsh(&["dumpxml", "old"])?.ok()?.stdout == old, "the old guest is another one");
    clone(&user, "-o web -n old --replace --auto-clone")?.ok()?;
    user.real_virsh(&["dumpxml", "old"])?.ok()?.says("vm/old.qcow2")?;
    Ok(())
}

fn volumes_that_are_no_files_here_are_cloned_by_libvirt() -> Result<()> {
    let user = User::new()?;
    let volume = |name: &str| {
        format!(
            "<volume type='file'><name>{name}</name><capacity>1000000</capacity>\
             <target><path>/pool/{name}</path></target></volume>"
        )
    };
    let host = format!(
        "<node><domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>web</name>\
         <memory>65536</memory><os><type>hvm</type></os><devices>\
         <disk type='file'><source file='/pool/web.img'/><target dev='vda'/></disk>\
         <disk type='volume'><source pool='pool' volume='two.img'/><target dev='vdb'/></disk>\
         <disk type='volume'><source pool='net' volume='web'/><target dev='vdc'/></disk>\
         </devices><test:runstate>5</test:runstate></domain>\
         <pool type='dir'><name>pool</name><target><path>/pool</path></target>{}{}{}</pool>\
         <pool type='rbd'><name>net</name><source><name>p</name><host name='h'/></source>\
         <volume type='network'><name>web</name><capacity>1000000</capacity>\
         <target><path>p/web</path></target></volume></pool></node>",
        volume("web.img"),
        volume("two.img"),
        volume("web-clone.img")
    );
    let host = user.file("host.xml", host)?;
    let uri = format!("test://{}", host.display());
    let line = ["virt-clone", "--connect", &uri, "-o", "web", "--auto-clone", "--debug"];
    let output = user.run(&line)?.ok()?.says("Cloning 'web.img'")?.says("Clone 'web-clone' created")?;
    output
        .complains("'web.img' is copied by libvirt to volume 'web-clone-1.img' in pool 'pool'")?
        .complains("/pool/two-clone.img")?
        .complains("<source pool='net' volume='web-clone'/>")?;
    Ok(())
}

/// The session's own daemon, reached as one on another host is: then nothing is looked up or copied here.
fn a_guest_on_another_host_is_cloned_there() -> Result<()> {
    let user = User::new()?;
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let configuration = format!(
        "listen_tls=0\nlisten_tcp=1\nauth_tcp=\"none\"\nlisten_addr=\"127.0.0.1\"\ntcp_port=\"{port}\"\n"
    );
    let file = user.file("libvirtd.conf", configuration)?;
    let _daemon = user.start("libvirtd", &["libvirtd", "--listen", "--config", &file.to_string_lossy()])?;
    let uri = format!("qemu+tcp://127.0.0.1:{port}/session");
    let end = Instant::now() + PATIENCE;
    while user.run(&["/usr/bin/virsh", "-c", &uri, "list"])?.code != 0 {
        ensure!(Instant::now() < end, "the daemon does not listen");
        std::thread::sleep(Duration::from_millis(100));
    }
    web(&user)?;
    let run = |line: &str| -> Result<Output> {
        let words = ["virt-clone", "--connect", &uri].into_iter().chain(line.split_whitespace());
        user.run(&words.collect::<Vec<_>>())
    };
    // A pool knows the files that were there when it was last looked at.
    user.real_virsh(&["pool-create-as", "vm", "dir", "--target", &user.text("vm")])?.ok()?;
    let output = run("-o web --auto-clone --debug")?.ok()?;
    output.complains("volume 'web.qcow2' is copied by libvirt")?.says("Clone 'web-clone' created")?;
    same_contents(&user, "vm/web.qcow2", "vm/web-clone.qcow2")?;
    same_contents(&user, "vm/data.img", "vm/data-clone.img")?;
    ensure!(taken(&user, "vm/data-clone.img")? <= taken(&user, "vm/data.img")?, "the copy has no holes");
    run("-o web -n linked --auto-clone --linked")?.ok()?;
    let info = user.run(&["qemu-img", "info", "vm/linked.qcow2"])?.ok()?;
    info.says(&user.text("vm/web.qcow2"))?;
    run("-o web -n third -f /nowhere/at/all -f /nowhere/at/all2")?.refuses("'/nowhere'")?;
    run("-o web -n third --auto-clone --reflink")?.refuses("without --reflink they are copied")?;
    Ok(())
}

fn blocks_are_shared_where_the_file_system_can() -> Result<()> {
    let user = User::new()?;
    user.run(&["truncate", "-s", "600M", "disk.btrfs"])?.ok()?;
    user.run(&["mkfs.btrfs", "-q", "disk.btrfs"])?.ok()?;
    let _mounted = SmallDisk::image(&user, "vm", "disk.btrfs")?;
    user.run(&["sh", "-c", "yes | head -c 150M >vm/web.img; sync"])?.ok()?;
    let host = format!(
        "<node><domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>web</name>\
         <memory>65536</memory><os><type>hvm</type></os><devices>\
         <disk type='file'><source file='{}'/><target dev='vda'/></disk>\
         </devices><test:runstate>5</test:runstate></domain></node>",
        user.text("vm/web.img")
    );
    let uri = format!("test://{}", user.file("host.xml", host)?.display());
    let used = || -> Result<u64> {
        user.run(&["sync"])?.ok()?;
        let found = nix::sys::statvfs::statvfs(&user.path("vm"))?;
        Ok((found.blocks() - found.blocks_free()) * found.fragment_size())
    };
    let run = |more: &[&str]| {
        user.run(&[&["virt-clone", "--connect", &uri, "-o", "web", "--auto-clone"], more].concat())
    };
    let before = used()?;
    let output = run(&[])?.ok()?;
    ensure!(!output.stdout.contains("Blocks were copied"), "{output}");
    run(&["--reflink"])?.ok()?;
    ensure!(used()? < before + (20 << 20), "blocks are not shared: {} of {before}", used()?);
    for copy in ["vm/web-clone.img", "vm/web-clone-1.img"] {
        user.run(&["cmp", "vm/web.img", copy])?.ok()?;
    }
    run(&["--nonsparse"])?.ok()?;
    ensure!(used()? > before + (140 << 20), "a whole copy has no blocks of its own");
    // From one file system to another there is nothing to share.
    run(&["--reflink", "-f", &user.text("elsewhere.img")])?.refuses("cannot share the blocks")?;
    run(&["-f", &user.text("elsewhere.img")])?.ok()?.says("Blocks were copied")?;
    Ok(())
}

/// Moments of a clone, from its first look at the original to its last.
const MOMENTS: [u64; 9] = [5, 20, 50, 90, 140, 200, 300, 450, 700];

/// Clones that take their time: a copy by ourselves, and one by libvirt.
fn slow(user: &User) -> Result<[&'static str; 2]> {
    large(user)?;
    clone(user, "-o large -n laid --auto-clone --linked")?.ok()?;
    Ok(["-o large -n new --auto-clone", "-o laid -n new --auto-clone"])
}

fn start(user: &User, line: &str) -> Result<crate::user::Running> {
    let words = ["virt-clone", "--connect", "qemu:///session"].into_iter().chain(line.split_whitespace());
    user.start("clone", &words.collect::<Vec<_>>())
}

/// Takes a clone away that came to its end before it could be interrupted.
fn remove_complete(user: &User) -> Result<bool> {
    let is_there = user.real_virsh(&["list", "--all", "--name"])?.ok()?.stdout.contains("new");
    if is_there {
        user.real_virsh(&["undefine", "new", "--remove-all-storage"])?.ok()?;
        let _ = std::fs::remove_file(user.path("vm/new.img"));
    }
    Ok(is_there)
}

fn sigint_at_any_moment_leaves_nothing() -> Result<()> {
    let user = User::new()?;
    let mut interrupted = 0;
    for line in slow(&user)? {
        let before = traces(&user)?;
        for moment in MOMENTS {
            let running = start(&user, line)?;
            std::thread::sleep(Duration::from_millis(moment));
            running.signal(Signal::SIGINT)?;
            let output = running.end()?;
            if output.code == 0 {
                ensure!(remove_complete(&user)?, "{output}");
            } else {
                // Before the program listens to signals, the signal ends it as it ends others.
                ensure!([1, 130].contains(&output.code), "after {moment} ms\n{output}");
                ensure!(output.code == 130 || output.stderr.contains("aborted"), "{output}");
                interrupted += usize::from(output.code == 1);
            }
            let after = traces(&user)?;
            ensure!(before == after, "after {moment} ms there is left: {after:?}, was: {before:?}\n{output}");
        }
    }
    ensure!(interrupted > 2, "only {interrupted} were interrupted: too small a disk");
    Ok(())
}

fn what_sigkill_leaves_the_next_clone_removes() -> Result<()> {
    let user = User::new()?;
    let mut left_something = 0;
    for line in slow(&user)? {
        let before = traces(&user)?;
        for moment in MOMENTS {
            let running = start(&user, line)?;
            std::thread::sleep(Duration::from_millis(moment));
            running.signal(Signal::SIGKILL)?;
            running.end()?;
            left_something += usize::from(traces(&user)? != before);
            // What libvirt began it brings to an end before it can be removed.
            let end = Instant::now() + PATIENCE;
            loop {
                clone(&user, "-o nobody --auto-clone")?.refuses("was not found")?;
                if !remove_complete(&user)? && traces(&user)? == before {
                    break;
                }
                let after = traces(&user)?;
                ensure!(
                    Instant::now() < end || after == before,
                    "after {moment} ms there is left: {after:?}, was: {before:?}"
                );
            }
        }
    }
    ensure!(left_something > 2, "only {left_something} were killed at work: too small a disk");
    Ok(())
}

fn a_full_disk_leaves_nothing() -> Result<()> {
    let user = User::new()?;
    large(&user)?;
    let small = SmallDisk::at(&user, "small", "30M")?;
    let before = traces(&user)?;
    let refused = |line: &str, words: &str| -> Result<()> {
        clone(&user, line)?.refuses(words)?;
        let after = traces(&user)?;
        ensure!(before == after, "virt-clone {line}: there is left: {after:?}, was: {before:?}");
        Ok(())
    };
    refused("-o large -n new -f small/new.img", "not enough free space")?;
    refused("-o large -n new -f small/new.img --check all=off", "not enough free space")?;
    // What is said to fit, and does not.
    let given = user.real_virsh(&["dumpxml", "large"])?.ok()?.stdout;
    let nvram = format!("<nvram>{}</nvram></os>", user.text("vm/large.img"));
    let given = user.file("given.out", given.replace("</os>", &nvram))?;
    let line = format!(
        "--original-xml {} -n new --skip-copy vda --auto-clone --nvram {}",
        given.display(),
        user.text("small/nvram")
    );
    refused(&line, "No space left on device")?;
    drop(small);
    Ok(())
}
