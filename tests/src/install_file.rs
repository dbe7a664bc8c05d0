//! virt-install's options in a file: written from a command line, read again, and applied twice.

use std::os::unix::fs::PermissionsExt;

use anyhow::{Result, ensure};

use crate::need::{QEMU, REAL_VIRSH};
use crate::user::User;
use crate::{Test, canonical};

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "a_file_makes_what_its_command_line_makes",
        needs: &[QEMU],
        run: a_file_makes_what_its_command_line_makes,
    },
    Test {
        name: "a_file_applied_twice_changes_nothing",
        needs: &[QEMU, REAL_VIRSH],
        run: a_file_applied_twice_changes_nothing,
    },
    Test {
        name: "a_guest_that_is_not_as_the_file_says_stays_as_it_is",
        needs: &[QEMU, REAL_VIRSH],
        run: a_guest_that_is_not_as_the_file_says_stays_as_it_is,
    },
    Test {
        name: "a_disk_of_another_size_is_a_difference",
        needs: &[QEMU, REAL_VIRSH],
        run: a_disk_of_another_size_is_a_difference,
    },
    Test {
        name: "a_password_that_differs_is_not_shown",
        needs: &[QEMU, REAL_VIRSH],
        run: a_password_that_differs_is_not_shown,
    },
    Test {
        name: "a_slip_in_a_file_is_named_with_its_line",
        needs: &[],
        run: a_slip_in_a_file_is_named_with_its_line,
    },
    Test { name: "a_written_file_is_its_owners", needs: &[], run: a_written_file_is_its_owners },
];

/// A guest with something of everything, that is only defined.
const GUEST: &str = "--connect qemu:///session --virt-type qemu --name web --memory 256,maxmemory=512 \
    --vcpus 2,maxvcpus=4 --disk size=0.01,bus=virtio,cache=none --disk path=two.img,size=0.01,format=raw \
    --disk device=cdrom --network user --network user,model=e1000 --graphics vnc,listen=127.0.0.1 \
    --video virtio --sound ich9 --channel unix,target.type=virtio,target.name=org.test.0 --rng /dev/urandom \
    --cpu qemu64,+ssse3 --features acpi=on,apic=on --metadata title=T --watchdog default --import --osinfo linux2022 \
    --noreboot --noautoconsole";

fn install(user: &User, rest: &str) -> Result<crate::output::Output> {
    let words: Vec<&str> = std::iter::once("virt-install").chain(rest.split_whitespace()).collect();
    user.run(&words)
}

fn read(user: &User, name: &str) -> Result<String> {
    Ok(std::fs::read_to_string(user.path(name))?)
}

fn a_file_makes_what_its_command_line_makes() -> Result<()> {
    let user = User::new()?;
    install(&user, &format!("{GUEST} --write-file vm.toml"))?.ok()?;
    let facts = |rest: &str| -> Result<_> {
        let output = install(&user, &format!("{rest} --print-xml"))?.ok()?;
        let facts = canonical::facts(&output.stdout)?.into_iter();
        // These are new each time.
        Ok(facts
            .filter(|fact| !fact.contains("/mac/@address") && !fact.contains("/uuid ="))
            .collect::<Vec<_>>())
    };
    let (typed, from_file) = (facts(GUEST)?, facts("--file vm.toml")?);
    ensure!(typed == from_file, "{typed:#?}\n{from_file:#?}");
    let other = facts("--file vm.toml --name other --disk size=0.02")?;
    ensure!(other.contains(&"domain/name = other".to_owned()), "{other:#?}");
    let disks = other
        .iter()
        .filter(|fact| fact.ends_with("/source/@file") || fact.contains("/source/@file ="))
        .count();
    ensure!(disks == 3, "{other:#?}");
    // What is written of what was read is the same again.
    install(&user, "--file vm.toml --write-file again.toml")?.ok()?;
    ensure!(read(&user, "vm.toml")? == read(&user, "again.toml")?, "{}", read(&user, "again.toml")?);
    Ok(())
}

fn a_file_applied_twice_changes_nothing() -> Result<()> {
    let user = User::new()?;
    install(&user, &format!("{GUEST} --autostart --write-file vm.toml"))?.ok()?;
    install(&user, "--file vm.toml")?.ok()?;
    let look = || -> Result<(String, Vec<String>)> {
        Ok((user.real_virsh(&["dumpxml", "web"])?.ok()?.stdout, user.files()))
    };
    let before = look()?;
    install(&user, "--file vm.toml")?.ok()?.says("nothing is to be done")?;
    ensure!(look()? == before, "something changed");
    user.real_virsh(&["undefine", "web"])?.ok()?;
    Ok(())
}

fn a_guest_that_is_not_as_the_file_says_stays_as_it_is() -> Result<()> {
    let user = User::new()?;
    install(&user, &format!("{GUEST} --write-file vm.toml"))?.ok()?;
    install(&user, "--file vm.toml")?.ok()?;
    user.run(&["virt-xml", "web", "--edit", "target=vda", "--disk", "cache=writeback"])?.ok()?;
    user.run(&["virt-xml", "web", "--remove-device", "--sound", "all"])?.ok()?;
    user.run(&["virt-xml", "web", "--add-device", "--disk", "size=0.01,bus=virtio"])?.ok()?;
    let before = (user.real_virsh(&["dumpxml", "web"])?.ok()?.stdout, user.files());
    let refused = install(&user, "--file vm.toml --vcpus 3")?;
    for what in [
        "not as 'vm.toml' says",
        "vcpu: 4, not 3",
        "devices/disk/driver/@cache: writeback, not none",
        "devices/sound: not there",
        "devices/disk: one more than asked for",
        "hint: virt-xml web --edit",
    ] {
        refused.clone().refuses(what)?;
    }
    ensure!(
        (user.real_virsh(&["dumpxml", "web"])?.ok()?.stdout, user.files()) == before,
        "something changed"
    );
    user.real_virsh(&["undefine", "web"])?.ok()?;
    Ok(())
}

fn a_disk_of_another_size_is_a_difference() -> Result<()> {
    let user = User::new()?;
    let guest = "--connect qemu:///session --virt-type qemu --name web --memory 64 --osinfo generic --import --noreboot \
                 --noautoconsole --graphics none --network none";
    let write = |name: &str, rest: &str| install(&user, &format!("{guest} {rest} --write-file {name}"))?.ok();
    write("vm.toml", "--disk size=0.01")?;
    install(&user, "--file vm.toml")?.ok()?;
    install(&user, "--file vm.toml")?.ok()?.says("nothing is to be done")?;
    write("larger.toml", "--disk size=0.02")?;
    install(&user, "--file larger.toml")?.refuses("size of disk hda: 10737664 bytes, not 21474816")?;
    install(&user, "--file vm.toml --transient")?.refuses("transient: no, not yes")?;
    // Nobody knows what it was told on its first boot.
    write("cloud.toml", "--disk size=0.01 --cloud-init user-data=/nonexistent")?;
    install(&user, "--file cloud.toml")?.ok()?.says("but for its first boot")?;
    user.real_virsh(&["undefine", "web"])?.ok()?;
    Ok(())
}

fn a_password_that_differs_is_not_shown() -> Result<()> {
    let user = User::new()?;
    let line = "--connect qemu:///session --virt-type qemu --name web --memory 64 --disk none --osinfo generic --import \
                --noreboot --noautoconsole --graphics";
    install(&user, &format!("{line} vnc,password=old-word --write-file old.toml"))?.ok()?;
    install(&user, "--file old.toml")?.ok()?;
    for graphics in ["vnc,password=new-word", "none"] {
        install(&user, &format!("{line} {graphics} --write-file new.toml"))?.ok()?;
        let refused = install(&user, "--file new.toml --json")?.refuses("devices/graphics")?;
        ensure!(!format!("{}{}", refused.stdout, refused.stderr).contains("-word"), "{refused}");
        std::fs::remove_file(user.path("new.toml"))?;
    }
    install(&user, "--file old.toml")?.ok()?.says("nothing is to be done")?;
    user.real_virsh(&["undefine", "web"])?.ok()?;
    Ok(())
}

fn a_slip_in_a_file_is_named_with_its_line() -> Result<()> {
    let user = User::new()?;
    for (text, says) in [
        ("name = \"web\"\nmemry = 512\n", "vm.toml:2: there is no option 'memry'; did you mean 'memory'?"),
        ("name = \"web\"\nmem = 512\n", "vm.toml:2: there is no option 'mem'; did you mean 'memory'?"),
        (
            "[[disk]]\nsize = 1\nbsu = \"virtio\"\n",
            "vm.toml:3: --disk: unknown suboption 'bsu'; did you mean 'bus'?",
        ),
        ("[[disk]]\nsize = 1\n[disk.driver]\ncahce = \"none\"\n", "vm.toml:"),
        ("name =\n", "vm.toml:1: "),
        ("import = \"yes\"\n", "vm.toml:1: 'import' is true or false"),
        ("memory = true\n", "vm.toml:1: 'memory' needs a value"),
        ("name = [\"a\", \"b\"]\n", "vm.toml:1: 'name' can have one value only"),
        ("[name]\na = 1\n", "vm.toml:1: 'name' has no suboptions"),
        ("osinfo = \"generic\"\nos-variant = \"generic\"\n", "vm.toml:2: 'os-variant' is another name"),
        ("file = \"other.toml\"\n", "vm.toml:1: a file of options cannot name another"),
        ("memory = 1979-05-27\n", "vm.toml:1: 'memory' cannot have such a value"),
        (
            "[cpu]\ncell = [{ cpus = \"0\", memory = 64 }, \"oops\"]\n",
            "vm.toml:2: 'cell' mixes tables and other values",
        ),
        ("memory = \"many\"\n", "vm.toml:1: --memory memory=many"),
    ] {
        user.file("vm.toml", text)?;
        let output = install(&user, "--connect test:///default --file vm.toml --dry-run")?;
        output.refuses(says)?;
    }
    install(&user, "--connect test:///default --file none.toml")?.refuses("cannot read 'none.toml'")?;
    user.file("big.toml", vec![b'#'; 2 << 20])?;
    install(&user, "--connect test:///default --file big.toml")?.refuses("it is larger than")?;
    user.file("deep.toml", format!("[disk.{}x]\na = 1\n", "x.".repeat(40)))?;
    install(&user, "--connect test:///default --file deep.toml")?.refuses("deep.toml:1")?;
    Ok(())
}

fn a_written_file_is_its_owners() -> Result<()> {
    let user = User::new()?;
    let line =
        "--name web --graphics vnc,password=secret --import --disk none --memory 64 --write-file vm.toml";
    install(&user, line)?.ok()?;
    let mode = user.path("vm.toml").metadata()?.permissions().mode() & 0o777;
    ensure!(mode == 0o600, "{mode:o}");
    let before = read(&user, "vm.toml")?;
    install(&user, line)?.refuses("it is there already")?;
    ensure!(read(&user, "vm.toml")? == before, "it was overwritten");
    install(&user, &line.replace("vm.toml", "-"))?.ok()?.says("password = \"secret\"")?;
    // A disk of that option's former meaning is none of these files.
    install(&user, "--name web --memory 64 --import -f a.img -s 1 --write-file -")?
        .ok()?
        .says("file = \"a.img\"")?;
    Ok(())
}
