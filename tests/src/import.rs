//! `--import`: guests around disks that hold a system, in every format that QEMU and its neighbours write.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::need::{Need, QEMU, REAL_VIRSH};
use crate::user::User;
use crate::{PATIENCE, Test};

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "a_guest_boots_from_an_image_of_any_format",
        needs: &[QEMU, REAL_VIRSH, Need::Program("qemu-img")],
        run: a_guest_boots_from_an_image_of_any_format,
    },
    Test {
        name: "files_beside_the_user_are_found_by_the_guest",
        needs: &[QEMU, REAL_VIRSH],
        run: files_beside_the_user_are_found_by_the_guest,
    },
    Test {
        name: "an_image_is_one_disk_by_whatever_path",
        needs: &[],
        run: an_image_is_one_disk_by_whatever_path,
    },
    Test {
        name: "a_disk_that_was_removed_by_hand_is_made_again",
        needs: &[QEMU, REAL_VIRSH],
        run: a_disk_that_was_removed_by_hand_is_made_again,
    },
];

/// A boot sector that writes what follows it to the first serial port, and stops.
const WRITES: [u8; 22] = [
    0x31, 0xc0, // xor ax, ax
    0x8e, 0xd8, // mov ds, ax
    0xbe, 0x16, 0x7c, // mov si, 0x7c16, what follows
    0xba, 0xf8, 0x03, // mov dx, 0x3f8
    0xfc, // cld
    0xac, // lodsb
    0x84, 0xc0, // test al, al
    0x74, 0x03, // jz to hlt
    0xee, // out dx, al
    0xeb, 0xf8, // jmp to lodsb
    0xf4, // hlt
    0xeb, 0xfd, // jmp to hlt
];

fn a_guest_boots_from_an_image_of_any_format() -> Result<()> {
    let user = User::new()?;
    let mut disk = WRITES.to_vec();
    disk.extend(b"booted from its disk\r\n\0");
    disk.resize(510, 0);
    disk.extend([0x55, 0xaa]);
    disk.resize(1 << 20, 0);
    user.file("system.raw", disk)?;
    for format in ["raw", "qcow2", "vmdk", "vdi"] {
        let image = format!("system.{format}");
        if format != "raw" {
            user.run(&["qemu-img", "convert", "-f", "raw", "-O", format, "system.raw", &image])?.ok()?;
        }
        let log = user.text(&format!("{format}.log"));
        let line = format!(
            "virt-install --connect qemu:///session --virt-type qemu --name {format} --memory 64 --import --disk {image} \
             --osinfo generic --network none --graphics none --serial file,path={log} --noautoconsole"
        );
        user.run(&line.split_whitespace().collect::<Vec<_>>())?.ok()?.says("Domain creation completed.")?;
        let xml = user.real_virsh(&["dumpxml", format])?.ok()?.stdout;
        ensure!(xml.contains(&format!("type='{format}'")), "{xml}");
        let start = Instant::now();
        let printed = || std::fs::read_to_string(&log).unwrap_or_default();
        while !printed().contains("booted from its disk") {
            ensure!(start.elapsed() < PATIENCE, "{format} does not boot: {:?}", printed());
            std::thread::sleep(Duration::from_millis(200));
        }
        user.real_virsh(&["destroy", format])?.ok()?;
        user.real_virsh(&["undefine", format])?.ok()?;
        user.path(&image).metadata().with_context(|| format!("{image} is gone"))?;
    }
    Ok(())
}

fn files_beside_the_user_are_found_by_the_guest() -> Result<()> {
    let user = User::new()?;
    user.directory("share")?;
    let line = "virt-install --connect qemu:///session --virt-type qemu --name beside --memory 64 --import --disk size=0.01 \
                --osinfo generic --network none --graphics none --noautoconsole --serial file,path=port.log \
                --serial unix,path=port.sock,mode=bind --serial pty,log.file=all.log --filesystem share,tag";
    user.run(&line.split_whitespace().collect::<Vec<_>>())?.ok()?.says("Domain creation completed.")?;
    for name in ["port.log", "port.sock", "all.log"] {
        user.path(name).metadata().with_context(|| format!("no {name}"))?;
    }
    user.real_virsh(&["dumpxml", "beside"])?
        .ok()?
        .says(&format!("<source dir='{}'/>", user.text("share")))?;
    Ok(())
}

fn a_disk_that_was_removed_by_hand_is_made_again() -> Result<()> {
    let user = User::new()?;
    let session = ["--connect", "qemu:///session"];
    let run = |line: &str| {
        let (program, words) = line.split_once(' ').context("no words")?;
        let words = session.into_iter().chain(words.split_whitespace());
        user.run(&std::iter::once(program).chain(words).collect::<Vec<_>>())
    };
    let disk = user.text("vm/s.qcow2");
    let install = format!(
        "virt-install --virt-type qemu --name s --memory 64 --osinfo generic --network none --graphics none \
         --noautoconsole --import --noreboot --disk path={disk},size=0.01"
    );
    let (add, clone) = (
        format!("virt-xml s --add-device --disk path={},size=0.01", user.text("vm/more.qcow2")),
        format!("virt-clone --original s --name c --linked --file {}", user.text("vm/linked.qcow2")),
    );
    run(&install)?.ok()?;
    user.real_virsh(&["undefine", "s"])?.ok()?;
    std::fs::remove_file(&disk)?;
    run(&install)?.ok()?;
    let directory = format!("virt-clone --original s --name d --file {}", user.text("vm"));
    run(&directory)?.refuses("it is a directory")?;
    run(&clone)?.ok()?;
    user.real_virsh(&["undefine", "c"])?.ok()?;
    std::fs::remove_file(user.path("vm/linked.qcow2"))?;
    run(&clone)?.ok()?;
    run(&add)?.ok()?;
    run("virt-xml s --remove-device --disk 2")?.ok()?;
    std::fs::remove_file(user.path("vm/more.qcow2"))?;
    run(&add)?.ok()?;
    for file in ["s", "linked", "more"] {
        let path = user.path(&format!("vm/{file}.qcow2"));
        ensure!(path.exists(), "{} was not made", path.display());
    }
    Ok(())
}

fn an_image_is_one_disk_by_whatever_path() -> Result<()> {
    let user = User::new()?;
    user.file("q.img", [0; 512])?;
    user.directory("sub")?;
    for link in ["hard", "soft"] {
        let options = if link == "soft" { ["ln", "-s"] } else { ["ln", "--"] };
        user.run(&[&options[..], &[&user.text("q.img"), &user.text(link)]].concat())?.ok()?;
    }
    let import = |disks: &[&str]| {
        let start = "virt-install --connect test:///default --name one --memory 64 --import --osinfo generic --print-xml";
        let disks = disks.iter().flat_map(|disk| ["--disk", disk]);
        user.run(&start.split(' ').chain(disks).collect::<Vec<_>>())
    };
    import(&["sub/../q.img"])?.ok()?.says(&format!("<source file=\"{}\"", user.text("q.img")))?;
    for other in ["sub/../q.img", "hard", "soft"] {
        import(&["q.img", other])?.refuses("is given for two disks of the guest")?;
    }
    Ok(())
}
