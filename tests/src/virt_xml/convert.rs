//! virt-xml's conversions, on a guest as installations made them some years ago.

use anyhow::{Context, Result, ensure};

use crate::user::User;

/// A guest with PCI, IDE and SPICE.
const OLD: &str = include_str!("old.xml");

pub(super) fn an_old_guest_moves_to_q35_and_starts() -> Result<()> {
    let user = User::new()?;
    user.run(&["qemu-img", "create", "-q", "-f", "qcow2", "old.qcow2", "16M"])?.ok()?;
    // Guests of several users would race for ports.
    let socket = format!("<listen type='socket' socket='{}'/>", user.text("vnc.sock"));
    let old =
        OLD.replace("/srv/old.qcow2", &user.text("old.qcow2")).replace("<listen type='address'/>", &socket);
    let line = ["virt-xml", "--connect", "qemu:///session", "--edit", "--convert-to-vnc"];
    let vnc = user.run_with(&line, &old)?.ok()?.stdout;
    ensure!(!vnc.contains("spice") && !vnc.contains("qxl") && vnc.contains("type='vnc'"), "{vnc}");
    user.file("old.xml", &vnc)?;
    user.real_virsh(&["define", "old.xml"])?.ok()?;
    let line = ["virt-xml", "--connect", "qemu:///session", "old", "--edit", "--convert-to-q35"];
    user.run(&line)?.ok()?.says("Domain 'old' defined successfully.")?;
    let stored = user.real_virsh(&["dumpxml", "old"])?.ok()?.stdout;
    for gone in ["bus='ide'", "type='ide'", "model='pci-root'", "e1000'", "ich6"] {
        ensure!(!stored.contains(gone), "{gone} is left\n{stored}");
    }
    for there in ["q35", "dev='sda' bus='sata'", "pcie-root-port", "e1000e", "ich9", "urn:example"] {
        ensure!(stored.contains(there), "{there} is missing\n{stored}");
    }
    user.real_virsh(&["start", "old"])?.ok()?;
    user.run(&line)?.ok()?.complains("No XML diff was generated")?;
    Ok(())
}

pub(super) fn a_conversion_touches_only_what_it_is_about() -> Result<()> {
    let user = User::new()?;
    let run = |what: &str| -> Result<String> {
        let line = ["virt-xml", "--connect", "test:///default", "--edit"];
        let line: Vec<&str> = line.into_iter().chain(what.split(' ')).collect();
        Ok(user.run_with(&line, OLD)?.ok()?.stdout)
    };
    let q35 = run("--convert-to-q35 num_pcie_root_ports=3")?;
    ensure!(q35.matches("model='pcie-root-port'").count() == 3, "{q35}");
    for kept in ["<!-- by hand -->", "urn:example", "type='spice'", "<model type='qxl' ram='65536'"] {
        ensure!(q35.contains(kept), "{kept}\n{q35}");
    }
    let agent = run("--convert-to-vnc qemu-vdagent=on")?;
    ensure!(agent.contains("<channel type='qemu-vdagent'>") && agent.contains("copypaste='yes'"), "{agent}");
    let gone = [
        "    <channel type='spicevmc'>",
        "    <audio id='1'",
        "    <redirdev",
        "      <image",
        "      <clipboard",
    ];
    let mut expected = OLD.to_owned();
    for start in gone {
        let at = expected.find(start).context(start)?;
        let name = start.trim().trim_start_matches('<').split(' ').next().unwrap_or_default();
        let line = expected[at..].find('\n').context("it is a line")? + at + 1;
        let end = match expected[at..line].trim_end().ends_with("/>") {
            true => line,
            false => {
                let close = format!("</{name}>\n");
                expected[at..].find(&close).context("it is closed")? + at + close.len()
            }
        };
        expected.replace_range(at..end, "");
    }
    let expected = expected.replace("type='spice' autoport", "type='vnc' autoport").replace(
        "type='qxl' ram='65536' vram='65536' vgamem='16384' heads='1' primary",
        "type='vga' primary",
    );
    let vnc = run("--convert-to-vnc")?;
    ensure!(vnc == expected, "{vnc}\ninstead of\n{expected}");
    Ok(())
}
