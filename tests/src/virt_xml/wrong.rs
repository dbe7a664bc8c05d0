//! virt-xml and what should not have been typed: a clear error, exit code 1, and nothing changed.

use anyhow::{Result, ensure};

use super::GUEST;
use crate::terminal::Terminal;
use crate::user::User;

pub(super) fn bad_command_lines_are_refused() -> Result<()> {
    let user = User::new()?;
    for (line, words) in [
        ("nobody --edit --vcpus 2", &["Could not find domain 'nobody'", "hint: "][..]),
        ("tset --edit --vcpus 2", &["there is 'test'"]),
        ("99 --edit --vcpus 2", &["Could not find domain '99'"]),
        ("test --edit", &["No change specified", "--disk"]),
        ("test --vcpus 2", &["One of --edit, --add-device, --remove-device, --build-xml must be specified."]),
        ("test --edit --remove-device --disk 1", &["Conflicting options --edit, --remove-device"]),
        ("test --edit --disk cache=none --vcpus 2", &["Only one change operation", "--disk", "--vcpus"]),
        ("test --edit --sound ich9", &["No --sound objects found in the XML"]),
        ("test --edit 2 --vcpus 2", &["'--edit 2' doesn't make sense with --vcpus"]),
        ("test --edit --vcpus 2 --update --start", &["Cannot use --update and --start at the same time"]),
        ("test --edit --metadata os_name=debain11", &["debain11", "debian11"]),
        ("test --add-device --disk cahce=none,size=1", &["did you mean 'cache'?"]),
        ("test --add-device --disk /nowhere/x.img", &["/nowhere/x.img"]),
        ("test --add-device --vcpus 2", &["Cannot use --add-device with --vcpus"]),
        ("test --edit --convert-to-q35 ports=3", &["unknown suboption 'ports'"]),
        ("test --edit --convert-to-q35 num_pcie_root_ports=9999", &["num_pcie_root_ports=9999"]),
        ("--edit --vcpus 2 --connect nonsense:///x", &["nonsense:///x"]),
    ] {
        let words_typed: Vec<&str> = ["virt-xml", "--connect", "test:///default"]
            .into_iter()
            .filter(|_| !line.contains("--connect"))
            .chain(line.contains("--connect").then_some("virt-xml"))
            .chain(line.split(' '))
            .collect();
        let mut output = user.run_with(&words_typed, GUEST)?;
        for text in words {
            output = output.refuses(text)?;
        }
        ensure!(output.stdout.is_empty(), "{output}");
    }
    let unknown = user.run(&["virt-xml", "test", "--edit", "--nonsense"])?;
    unknown.exits(2)?.complains("--nonsense")?;
    Ok(())
}

pub(super) fn bad_documents_are_refused() -> Result<()> {
    let user = User::new()?;
    let half = &GUEST[..GUEST.len() / 2];
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let bomb = "<!DOCTYPE d [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><domain><name>&b;</name></domain>";
    for (document, words) in [
        ("", "standard input is empty"),
        ("  \n", "standard input is empty"),
        ("no XML at all", "no XML"),
        (half, "no XML"),
        ("<domain><name>a</domain>", "no XML"),
        ("<network><name>a</name></network>", "<network>"),
        (deep.as_str(), "no XML"),
        (bomb, ""),
    ] {
        for line in [&["--edit", "--vcpus", "2"][..], &["--remove-device", "--disk", "1"]] {
            let output = user.run_with(&[&["virt-xml"], line].concat(), document)?.refuses(words)?;
            ensure!(output.stdout.is_empty(), "{output}");
        }
    }
    Ok(())
}

pub(super) fn nothing_to_do_is_said() -> Result<()> {
    let user = User::new()?;
    let line = ["virt-xml", "--edit", "target=vda", "--disk", "bus=virtio"];
    let output = user.run_with(&line, GUEST)?.ok()?;
    ensure!(output.stdout == GUEST, "{output}");
    output.complains("No XML diff was generated. The requested changes will have no effect.")?;
    let output = user.run_with(&["virt-xml", "--edit", "target=vdz", "--disk", "cache=none"], GUEST)?;
    output
        .refuses("No matching objects found for --edit target=vdz")?
        .refuses("target=vda")?
        .refuses("target=sdb")?;
    Ok(())
}

pub(super) fn who_is_asked_can_say_no() -> Result<()> {
    let user = User::new()?;
    let line = ["virt-xml", "-c", "test:///default", "test", "--edit", "--vcpus", "3", "--confirm"];
    let mut terminal = Terminal::start(&user, &line)?;
    terminal.shows("+  <vcpu placement='static'>3</vcpu>")?;
    terminal.shows("Define 'test' with the changed XML? (y/n): ")?;
    terminal.types_line("maybe")?;
    terminal.shows("Please enter 'yes' or 'no'.")?;
    terminal.types_line("no")?;
    let output = terminal.ends()?.ok()?;
    ensure!(!output.stdout.contains("defined"), "{output}");
    let mut terminal = Terminal::start(&user, &line)?;
    terminal.shows("(y/n): ")?;
    terminal.types_line("y")?;
    terminal.ends()?.ok()?.says("Domain 'test' defined successfully.")?;
    // Nobody there to answer is not a yes.
    user.run(&line)?.refuses("nobody answered")?;
    Ok(())
}

pub(super) fn a_definition_changed_meanwhile_is_not_overwritten() -> Result<()> {
    let user = User::new()?;
    user.file("web.xml", GUEST)?;
    user.real_virsh(&["define", "web.xml"])?.ok()?;
    let mut terminal = Terminal::start(
        &user,
        &["virt-xml", "-c", "qemu:///session", "web", "--edit", "--metadata", "title=Ours", "--confirm"],
    )?;
    terminal.shows("(y/n): ")?;
    user.real_virsh(&["desc", "web", "--config", "--title", "Theirs"])?.ok()?;
    terminal.types_line("yes")?;
    let output = terminal.ends()?.exits(1)?;
    let kept = output.stdout.split_whitespace().find(|word| word.ends_with(".xml"));
    let Some(kept) = kept else { anyhow::bail!("no file is named\n{output}") };
    ensure!(std::fs::read_to_string(kept)?.contains("<title>Ours</title>"), "{kept} is not ours");
    std::fs::remove_file(kept)?;
    user.real_virsh(&["dumpxml", "web"])?.ok()?.says("<title>Theirs</title>")?;
    Ok(())
}
