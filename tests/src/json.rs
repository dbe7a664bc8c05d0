//! `--json`: what programs read of virt-install, virt-xml and virt-clone.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::need::{QEMU, REAL_VIRSH};
use crate::output::Output;
use crate::user::User;
use crate::{PATIENCE, Test};

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "a_new_guest_and_what_was_created_are_told",
        needs: &[QEMU, REAL_VIRSH],
        run: a_new_guest_and_what_was_created_are_told,
    },
    Test {
        name: "printed_definitions_are_in_the_object",
        needs: &[],
        run: printed_definitions_are_in_the_object,
    },
    Test {
        name: "errors_are_objects_with_the_same_exit_code",
        needs: &[],
        run: errors_are_objects_with_the_same_exit_code,
    },
    Test {
        name: "a_guest_that_outlives_a_failure_is_told",
        needs: &[QEMU, REAL_VIRSH],
        run: a_guest_that_outlives_a_failure_is_told,
    },
    Test { name: "output_that_is_lost_is_an_error", needs: &[], run: output_that_is_lost_is_an_error },
    Test {
        name: "a_password_that_was_made_up_is_told",
        needs: &[QEMU, REAL_VIRSH],
        run: a_password_that_was_made_up_is_told,
    },
];

/// The one object on standard output.
fn object(output: &Output) -> Result<Value> {
    serde_json::from_str(&output.stdout).with_context(|| format!("{output}"))
}

fn run(user: &User, line: &str) -> Result<Output> {
    user.run(&line.split_whitespace().collect::<Vec<_>>())
}

/// A guest that is only defined.
const GUEST: &str = "virt-install --connect qemu:///session --virt-type qemu --name web --memory 64 --import \
    --osinfo generic --noreboot --noautoconsole --disk size=0.01 --json";

fn a_new_guest_and_what_was_created_are_told() -> Result<()> {
    let user = User::new()?;
    let made = run(&user, GUEST)?.ok()?.complains("Domain creation completed.")?;
    let made = object(&made)?;
    let uuid = user.real_virsh(&["domuuid", "web"])?.ok()?.stdout.trim().to_owned();
    let expected =
        json!({ "name": "web", "uuid": uuid, "state": "shut off", "persistent": true, "autostart": false });
    ensure!(made["guest"] == expected, "{made:#}");
    ensure!(made["connection"] == "qemu:///session" && made["changed"] == true, "{made:#}");
    let volume = &made["created"]["volumes"][0];
    let path = volume["path"].as_str().context("no path")?;
    ensure!(path.ends_with("/web.qcow2") && std::path::Path::new(path).is_file(), "{made:#}");
    ensure!(volume["bytes"] == 10_737_152, "{made:#}");
    ensure!(made["created"]["pools"].as_array().is_some_and(|pools| pools.len() == 1), "{made:#}");
    ensure!(made["warnings"].to_string().contains("generic") && made.get("error").is_none(), "{made:#}");

    let edited = object(&run(&user, "virt-xml web --edit --vcpus 2 --json")?.ok()?)?;
    ensure!(edited["changed"] == true && edited["guest"]["name"] == "web", "{edited:#}");
    let same = object(&run(&user, "virt-xml web --edit --vcpus 2 --json")?.ok()?)?;
    ensure!(same["changed"] == false, "{same:#}");
    let added = object(&run(&user, "virt-xml web --add-device --disk size=0.01 --json")?.ok()?)?;
    ensure!(added["created"]["volumes"][0]["bytes"] == 10_737_152, "{added:#}");

    let clone = object(&run(&user, "virt-clone --original web --auto-clone --json")?.ok()?)?;
    ensure!(clone["guest"]["name"] == "web-clone", "{clone:#}");
    let files = clone["created"]["volumes"].as_array().context("no volumes")?;
    ensure!(
        files.len() == 2 && files[0]["path"].as_str().is_some_and(|path| path.contains("web-clone")),
        "{clone:#}"
    );
    for name in ["web", "web-clone"] {
        user.real_virsh(&["undefine", name])?.ok()?;
    }
    Ok(())
}

fn printed_definitions_are_in_the_object() -> Result<()> {
    let user = User::new()?;
    let line = "virt-install --connect test:///default --name peer --osinfo linux2022 --memory 512 --disk none --pxe";
    let shown = object(&run(&user, &format!("{line} --print-xml --explain --json"))?.ok()?)?;
    let steps = shown["definitions"].as_array().context("no definitions")?;
    ensure!(steps.len() == 2 && steps.iter().all(|step| step.to_string().contains("<domain")), "{shown:#}");
    ensure!(
        shown["changed"] == false && shown["reasons"].as_array().is_some_and(|all| !all.is_empty()),
        "{shown:#}"
    );
    let diff = object(
        &run(&user, "virt-xml --connect test:///default test --edit --vcpus 7 --print-diff --json")?.ok()?,
    )?;
    ensure!(diff["diff"][0].as_str().is_some_and(|diff| diff.contains("+  <vcpu")), "{diff:#}");
    let built = object(
        &run(&user, "virt-xml --build-xml --disk /a --connect test:///default --json --check")?.exits(2)?,
    );
    ensure!(built?["error"]["message"].to_string().contains("--check"), "a usage error is no object");
    let built =
        object(&run(&user, "virt-xml --connect test:///default --build-xml --sound ich9 --json")?.ok()?)?;
    ensure!(built["devices"][0].as_str().is_some_and(|device| device.contains("<sound")), "{built:#}");
    let clone =
        "virt-clone --connect test:///default --original test --name n --auto-clone --print-xml --json";
    let output = run(&user, clone)?;
    // The guest of the test driver runs.
    ensure!(object(&output)?["error"]["message"].is_string(), "{output}");
    Ok(())
}

fn errors_are_objects_with_the_same_exit_code() -> Result<()> {
    let user = User::new()?;
    for (line, code, says) in [
        (
            "virt-install --connect test:///default --name test --memory 64 --disk none --pxe --osinfo generic",
            1,
            "already in use",
        ),
        (
            "virt-install --connect test:///default --name a --disk none",
            1,
            "--memory amount in MiB is required",
        ),
        ("virt-install --no-such-option", 2, "--no-such-option"),
        ("virt-install --file none.toml", 1, "cannot read 'none.toml'"),
        ("virt-xml --connect test:///default nobody --edit --vcpus 2", 1, "nobody"),
        ("virt-xml --connect test:///default test --edit --vcpus 2 --define --no-define", 2, "define"),
        ("virt-clone --connect test:///default --original nobody --auto-clone", 1, "nobody"),
    ] {
        let plain = run(&user, line)?.exits(code)?;
        let output = run(&user, &format!("{line} --json"))?.exits(code)?;
        let object = object(&output)?;
        ensure!(
            object["error"]["message"].as_str().is_some_and(|message| message.contains(says)),
            "{output}"
        );
        ensure!(plain.stderr == output.stderr, "{plain}\n{output}");
    }
    let output = run(&user, "virt-install --name a --write-file - --json")?.exits(2)?;
    ensure!(object(&output)?["error"]["message"].to_string().contains("exclude each other"), "{output}");
    Ok(())
}

fn a_guest_that_outlives_a_failure_is_told() -> Result<()> {
    let user = User::new()?;
    let line = "virt-install --connect qemu:///session --virt-type qemu --name web --memory 64 --osinfo generic --pxe \
                --network user --graphics none --noautoconsole --wait -1 --json --disk path=web.qcow2,size=0.01";
    let mut running = user.start("install", &["/bin/sh", "-c", &format!("exec {line} 2>err")])?;
    let end = Instant::now() + PATIENCE;
    while !std::fs::read_to_string(user.path("err")).is_ok_and(|said| said.contains("Waiting for the")) {
        ensure!(running.is_running()? && Instant::now() < end, "it does not wait: {}", running.printed());
        std::thread::sleep(Duration::from_millis(20));
    }
    // What the installed guest cannot be started with.
    crate::place::set_mode(&user.path("web.qcow2"), 0)?;
    user.real_virsh(&["qemu-monitor-command", "web", "--hmp", "quit"])?;
    let output = running.end()?.exits(1)?;
    let object = object(&output)?;
    ensure!(object["error"]["message"].is_string() && object["changed"] == true, "{object:#}");
    ensure!(object["guest"]["state"] == "shut off", "{object:#}");
    ensure!(object["created"]["volumes"][0]["path"] == user.text("web.qcow2"), "{object:#}");
    user.real_virsh(&["undefine", "web"])?.ok()?;
    Ok(())
}

fn output_that_is_lost_is_an_error() -> Result<()> {
    let user = User::new()?;
    let line =
        "virt-install --connect test:///default --name a --osinfo generic --memory 64 --disk none --pxe";
    for option in ["--print-xml", "--print-xml --json", "--write-file -"] {
        let line = format!("{line} {option}");
        user.run(&["/bin/sh", "-c", &format!("{line} >/dev/full")])?
            .exits(1)?
            .complains("cannot write standard output")?;
        // Whoever closes a pipe has seen enough.
        user.run(&["/bin/sh", "-c", &format!("{line} | true")])?.ok()?;
    }
    Ok(())
}

fn a_password_that_was_made_up_is_told() -> Result<()> {
    let user = User::new()?;
    user.file("disk.img", vec![0; 1 << 20])?;
    let line = "virt-install --connect qemu:///session --virt-type qemu --name web --memory 64 --import --disk disk.img \
                --osinfo generic --noautoconsole --network none --graphics none --cloud-init root-password-generate=on --json";
    let output = run(&user, line)?.ok()?;
    let object = object(&output)?;
    let password = object["root_password"].as_str().context("no password")?;
    output.clone().complains(&format!("Password for first root login is: {password}"))?;
    ensure!(object["guest"]["state"] == "running", "{object:#}");
    user.real_virsh(&["destroy", "web"])?.ok()?;
    user.real_virsh(&["undefine", "web"])?.ok()?;
    Ok(())
}
