//! What holds for every program of the suite.

use anyhow::{Result, ensure};

use crate::Test;
use crate::need::{QEMU, REAL_VIRSH};
use crate::place::PROGRAMS;
use crate::user::User;

pub(crate) const TESTS: &[Test] = &[
    Test { name: "every_program_says_its_version", needs: &[], run: every_program_says_its_version },
    Test { name: "every_program_helps", needs: &[], run: every_program_helps },
    Test {
        name: "every_program_prints_its_man_page_and_completions",
        needs: &[],
        run: every_program_prints_its_man_page_and_completions,
    },
    Test { name: "a_closed_pipe_is_no_panic", needs: &[], run: a_closed_pipe_is_no_panic },
    Test {
        name: "a_runtime_directory_that_is_not_there_is_named",
        needs: &[],
        run: a_runtime_directory_that_is_not_there_is_named,
    },
    Test {
        name: "a_reader_that_leaves_does_not_end_work_in_the_middle",
        needs: &[QEMU, REAL_VIRSH],
        run: a_reader_that_leaves_does_not_end_work_in_the_middle,
    },
];

fn every_program_says_its_version() -> Result<()> {
    let user = User::new()?;
    for program in PROGRAMS {
        let output = user.run(&[program, "--version"])?.ok()?;
        ensure!(output.stdout.chars().any(|c| c.is_ascii_digit()), "no version\n{output}");
    }
    Ok(())
}

fn every_program_helps() -> Result<()> {
    let user = User::new()?;
    for program in PROGRAMS {
        user.run(&[program, "--help"])?.ok()?.says(program)?;
    }
    Ok(())
}

fn every_program_prints_its_man_page_and_completions() -> Result<()> {
    let user = User::new()?;
    for program in PROGRAMS {
        let page = user.run(&[program, "--generate", "man"])?.ok()?.says(".SH")?;
        ensure!(page.stdout.contains(".TH"), "{program}: no title\n{}", page.stdout);
        for shell in ["bash", "zsh", "fish"] {
            let output = user.run(&[program, "--generate", shell])?.ok()?.says(program)?;
            if shell == "bash" {
                user.file("completion", &output.stdout)?;
                user.run(&["bash", "-n", "completion"])?.ok()?;
            }
        }
    }
    Ok(())
}

fn a_closed_pipe_is_no_panic() -> Result<()> {
    let user = User::new()?;
    for program in PROGRAMS {
        let output =
            user.run(&["sh", "-c", &format!("{program} --help | true; {program} --generate man | true")])?;
        ensure!(!output.stderr.contains("panicked"), "{output}");
    }
    Ok(())
}

fn a_runtime_directory_that_is_not_there_is_named() -> Result<()> {
    let user = User::new()?;
    for line in [
        "virsh list",
        "virsh -c qemu:///session list",
        "virt-xml --connect qemu:///session web --edit --memory 64",
    ] {
        let words = ["env", "XDG_RUNTIME_DIR=/nonexistent"].into_iter().chain(line.split(' '));
        let output = user.run(&words.collect::<Vec<_>>())?.refuses("hint: the variable XDG_RUNTIME_DIR")?;
        ensure!(!output.stderr.contains("usermod"), "{output}");
    }
    Ok(())
}

fn a_reader_that_leaves_does_not_end_work_in_the_middle() -> Result<()> {
    let user = User::new()?;
    let session = "--connect qemu:///session";
    let install = format!(
        "virt-install {session} --virt-type qemu --name web --memory 64 --osinfo linux2022 --network none --import \
         --graphics none --noautoconsole --noreboot --disk web.qcow2,size=0.01"
    );
    // What comes first is printed when nobody is there any more.
    let unread = |line: &str| {
        let line = format!("{{ sleep 0.5; {line}; }} | true; echo \"code ${{PIPESTATUS[0]}}\"");
        user.run(&["bash", "-c", &line])?.ok()?.says("code 141")
    };
    let full = |line: &str| user.run(&["sh", "-c", &format!("{line} >/dev/full")]);

    let output = unread(&format!("{install} --print-xml"))?;
    ensure!(!output.stderr.contains("ERROR"), "{output}");
    ensure!(!user.path("web.qcow2").exists(), "to print is not to do");

    // A guest that nobody could log in to is not made.
    let before = user.files();
    full(&format!("{install} --cloud-init root-password-generate=on"))?
        .refuses("nobody can read the password")?;
    user.real_virsh(&["list", "--all", "--name"])?.ok().and_then(|output| {
        ensure!(!output.stdout.contains("web"), "{output}");
        Ok(())
    })?;
    ensure!(before == user.files(), "{before:?} became {:?}", user.files());

    let output = unread(&install)?;
    ensure!(!output.stderr.contains("ERROR"), "{output}");
    user.run(&["qemu-img", "info", "web.qcow2"])?.ok()?;
    let before = user.files();
    let output = unread(&format!("virt-clone {session} --original web --name one --file one.qcow2"))?;
    ensure!(output.stderr.is_empty(), "{output}");
    full(&format!("virt-clone {session} --original web --name two --file two.qcow2"))?
        .refuses("cannot write standard output")?;
    full(&format!("virt-xml {session} web --add-device --disk three.qcow2,size=0.01"))?
        .refuses("cannot write standard output")?;
    let mut after = before;
    for disk in ["one", "two", "three"] {
        after.push(format!("{disk}.qcow2"));
    }
    after.sort();
    ensure!(after == user.files(), "{after:?} was expected, but there is {:?}", user.files());
    for guest in ["one", "two"] {
        user.real_virsh(&["domstate", guest])?.ok()?;
    }
    user.real_virsh(&["dumpxml", "web"])?.ok()?.says("three.qcow2")?;

    // A question that nobody can read is not answered by whatever comes next.
    let change = format!("yes | virt-xml {session} web --confirm --edit --memory 128");
    full(&change)?.refuses("the question cannot be printed")?;
    user.real_virsh(&["dumpxml", "web"])?.ok()?.says("<memory unit='KiB'>65536<")?;
    Ok(())
}
