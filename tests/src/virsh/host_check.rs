//! What a host can do for guests, beside the peer that validates hosts.

use anyhow::{Context, Result, ensure};

use crate::Test;
use crate::need::{Need, QEMU};
use crate::output::Output;
use crate::terminal::Terminal;
use crate::user::User;

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "a_host_is_checked_as_the_peer_does",
        needs: &[QEMU, Need::Program("virt-host-validate")],
        run: a_host_is_checked_as_the_peer_does,
    },
    Test {
        name: "hosts_of_other_kinds_are_checked_as_the_peer_does",
        needs: &[QEMU, Need::Program("virt-host-validate"), Need::Namespaces],
        run: hosts_of_other_kinds_are_checked_as_the_peer_does,
    },
    Test {
        name: "verdicts_have_colours_on_a_terminal_only",
        needs: &[],
        run: verdicts_have_colours_on_a_terminal_only,
    },
    Test { name: "capabilities_are_summed_up", needs: &[QEMU], run: capabilities_are_summed_up },
];

/// Parts of the peer's lines, and the check that answers the same question here. Where several of its lines are one
/// check here, the worst counts.
const PAIRS: &[(&str, &str)] = &[
    ("for hardware virtualization", "hardware virtualization"),
    ("device '/dev/kvm'", "/dev/kvm"),
    ("'/dev/vhost-net' exists", "/dev/vhost-net"),
    ("'/dev/net/tun' exists", "/dev/net/tun"),
    ("for cgroup", "control groups"),
    ("IOMMU", "IOMMU"),
    ("secure guest support", "encrypted memory"),
];
const VERDICTS: &[&str] = &["PASS", "WARN", "FAIL"];

fn a_host_is_checked_as_the_peer_does() -> Result<()> {
    let user = User::new()?;
    agree(&user.run(&["virt-host-validate", "qemu"])?, &user.run(&["virsh", "host-check"])?).map(drop)
}

/// Files that stand before those of this host, and a check with what it then says.
const OTHERS: &[(&str, &str, &str)] = &[
    (
        "sed 's/^flags.*: /&vmx /' /proc/cpuinfo >cpuinfo; mount --bind cpuinfo /proc/cpuinfo",
        "hardware virtualization",
        "PASS",
    ),
    (
        "sed 's/ vmx / /g; s/ svm / /g' /proc/cpuinfo >cpuinfo; mount --bind cpuinfo /proc/cpuinfo",
        "hardware virtualization",
        "FAIL",
    ),
    ("mkdir none; mount --bind none /dev/net", "/dev/net/tun", "FAIL"),
];

fn hosts_of_other_kinds_are_checked_as_the_peer_does() -> Result<()> {
    for (files, name, expected) in OTHERS {
        let user = User::new()?;
        let there = |line: &str| {
            let line = format!("rm -rf none; {files} && exec {line}");
            user.run(&[
                "unshare",
                "--user",
                "--map-current-user",
                "--keep-caps",
                "--mount",
                "sh",
                "-c",
                &line,
            ])
        };
        let ours = there("virsh host-check")?;
        let data = there("virsh host-check --output json")?;
        ensure!(data.code == ours.code, "another exit code as data: {data}");
        let found = agree(&there("virt-host-validate qemu")?, &ours)?;
        ensure!(found(name).as_deref() == Some(*expected), "{name} with {files}");
    }
    Ok(())
}

/// Compares the two programs' verdicts; gives what ours says of a check.
fn agree<'o>(theirs: &Output, ours: &'o Output) -> Result<impl Fn(&str) -> Option<String> + use<'o>> {
    let verdict = move |name: &str| {
        let row = ours.stdout.lines().find(|line| line.contains(&format!("   {name}   ")))?;
        row.split_whitespace().next().map(str::to_uppercase)
    };
    let mut compared = 0;
    for (part, name) in PAIRS {
        let lines = theirs.stdout.lines().filter(|line| line.contains(part));
        let worst = lines
            .filter_map(|line| line.split(" : ").nth(1))
            .filter_map(|rest| VERDICTS.iter().position(|verdict| rest.starts_with(verdict)))
            .max();
        // The peer stops at what makes further questions pointless.
        let Some(worst) = worst else { continue };
        let verdict = verdict(name).with_context(|| format!("nothing is said of {name}\n{ours}"))?;
        ensure!(
            verdict == VERDICTS[worst],
            "{name}: {} there, {verdict} here\n{theirs}\n{ours}",
            VERDICTS[worst]
        );
        compared += 1;
    }
    ensure!(compared >= 4, "the peer has other words: {theirs}");
    let fails = ours.stdout.lines().any(|line| line.starts_with(" fail "));
    ensure!(ours.code == i32::from(fails), "{ours}");
    ensure!(!ours.stdout.contains('\x1b') && ours.stderr.is_empty(), "{ours}");
    for missing in ours.stdout.lines().filter(|line| line.starts_with(" fail ") || line.starts_with(" warn "))
    {
        let name = missing.split("   ").map(str::trim).nth(1).context("a row without a name")?;
        let told = ours.stdout.split_once("What mends it:").is_some_and(|(_, mends)| mends.contains(name));
        ensure!(told, "nothing mends {name:?}\n{ours}");
    }
    Ok(verdict)
}

fn verdicts_have_colours_on_a_terminal_only() -> Result<()> {
    let user = User::new()?;
    let output = Terminal::start(&user, &["virsh", "host-check"])?.ends()?;
    ensure!(output.stdout.contains("\x1b[32mpass\x1b[0m"), "{output}");
    let output = Terminal::start(&user, &["env", "NO_COLOR=1", "virsh", "host-check"])?.ends()?;
    ensure!(output.stdout.contains(" pass ") && !output.stdout.contains("\x1b["), "{output}");
    Ok(())
}

fn capabilities_are_summed_up() -> Result<()> {
    let user = User::new()?;
    let summary = |uri: &str| user.run(&["virsh", "-c", uri, "capabilities", "--summary"]);
    let output = summary("qemu:///session")?.ok()?.says("\nMemory: ")?.says("\nFirmware: ")?;
    let guests: Vec<&str> = output.stdout.lines().filter(|line| line.starts_with(" x86_64 ")).collect();
    ensure!(guests.len() == 1 && guests[0].contains("/qemu-system-x86_64"), "{output}");
    ensure!(output.stdout.lines().count() < 40, "more than a screen\n{output}");
    summary("test:///default")?.ok()?.says("Online:        16 processors")?.says("testSecurity")?;
    let line = ["virsh", "-c", "qemu:///session", "capabilities", "--summary", "--output", "json"];
    let output = user.run(&line)?.ok()?;
    let data: serde_json::Value = serde_json::from_str(&output.stdout)?;
    let known = ["processor", "online", "memory", "usual_guest", "most_vcpus", "firmware", "guests"];
    ensure!(known.iter().all(|name| !data[name].is_null()) && data["xml"].is_null(), "{output}");
    ensure!(data["memory"].as_u64().is_some_and(|bytes| bytes > 1 << 20), "{output}");
    ensure!(data["guests"][0]["virt_types"].is_array(), "{output}");
    let line =
        ["virsh", "-c", "test:///default", "capabilities", "--xpath", "//arch/text()", "--output", "json"];
    user.run(&line)?.ok()?.says("\"xml\": \"")?.says("\"online\": 16")?;
    user.run(&["virsh", "-c", "test:///default", "capabilities", "--summary", "--xpath", "//x"])?
        .refuses("Options --summary and --xpath are mutually exclusive")?;
    Ok(())
}
