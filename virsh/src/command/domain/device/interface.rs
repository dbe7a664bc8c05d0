//! `attach-interface`: a network interface that options describe.

use super::{PRINT_XML, address};
use crate::command::domain::affect::{self, CONFIG, CURRENT, LIVE, PERSISTENT};
use crate::command::domain::bandwidth::Rate;
use crate::command::domain::{By, find};
use crate::command::option::{domain, flag, text};
use crate::command::xml::Tag;
use crate::command::{Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

/// The types that a source says enough about, and the attribute that it goes to.
const TYPES: &[(&str, &str)] = &[("network", "network"), ("bridge", "bridge"), ("direct", "dev")];

pub(in crate::command::domain) const ATTACH: Command = Command::new(
    "attach-interface",
    "add a network interface",
    "Adds a network interface to a domain.",
    &[
        domain(Values::Domain),
        text("type", "what it is connected to").required().values(Values::Words(&[
            "network",
            "bridge",
            "direct",
            "hostdev",
            "vhostuser",
        ])),
        text("source", "the network, bridge, device, PCI address or socket")
            .required()
            .values(Values::Network),
        text("target", "its name on the host").tolerated(),
        text("mac", "its hardware address").tolerated(),
        text("script", "script that connects it to a bridge").tolerated().values(Values::File),
        text("model", "what the guest sees").tolerated().values(Values::Words(&[
            "virtio", "e1000e", "e1000", "rtl8139", "igb", "vmxnet3", "ne2k_pci", "pcnet",
        ])),
        text("alias", "alias of our own, ua-...").tolerated(),
        text("inbound", "limits of incoming traffic in KiB/s: AVERAGE,PEAK,BURST,FLOOR").tolerated(),
        text("outbound", "limits of outgoing traffic in KiB/s: AVERAGE,PEAK,BURST").tolerated(),
        PERSISTENT,
        CONFIG,
        LIVE,
        CURRENT,
        PRINT_XML,
        flag("managed", "have libvirt take the device from the host and give it back"),
        text("source-mode", "who opens a vhost-user socket")
            .tolerated()
            .values(Values::Words(&["server", "client"])),
    ],
    attach,
)
.acts();

fn attach(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::lasting(arguments)?;
    let interface = describe(arguments)?.to_string();
    if arguments.has("print-xml") {
        control.output.print(interface);
        return Ok(());
    }
    let domain = find(control, arguments, By::ANY)?;
    domain
        .attach_device(&interface, affect(&domain))
        .attempted(|| "Failed to attach interface".to_owned())?;
    control.output.remark("Interface attached successfully");
    Ok(())
}

fn source(arguments: &Arguments, kind: &str) -> Result<Tag, Failure> {
    let source = arguments.required("source")?;
    let tag = Tag::new("source");
    if let Some((_, attribute)) = TYPES.iter().find(|(name, _)| *name == kind) {
        return Ok(tag.with(attribute, Some(source)));
    }
    match kind {
        "hostdev" => Ok(tag.child(address::of_host(source)?)),
        "vhostuser" => {
            let mode =
                arguments.text("source-mode")?.ok_or_else(|| Failure::said("source-mode is mandatory"))?;
            Ok(tag.with("type", Some("unix")).with("path", Some(source)).with("mode", Some(mode)))
        }
        other => Err(Failure::said(format!("No support for {other} in command 'attach-interface'"))),
    }
}

fn limit(arguments: &Arguments, option: &str) -> Result<Option<Rate>, Failure> {
    let Some(text) = arguments.text(option)? else { return Ok(None) };
    let inbound = option == "inbound";
    let rate = if inbound { Rate::read(text)? } else { Rate::read_outbound(text)? };
    match rate.is_empty() {
        true if inbound => Err(Failure::said("either inbound average or floor is mandatory")),
        true => Err(Failure::said("outbound average is mandatory")),
        false => Ok(Some(rate)),
    }
}

fn describe(arguments: &Arguments) -> Result<Tag, Failure> {
    let kind = arguments.required("type")?;
    if let Some(mode) = arguments.text("source-mode")?.filter(|mode| !["server", "client"].contains(mode)) {
        return Err(Failure::said(format!("Invalid source mode: {mode}")));
    }
    let (inbound, outbound) = (limit(arguments, "inbound")?, limit(arguments, "outbound")?);
    let mut interface = Tag::new("interface")
        .with("type", Some(kind))
        .with("managed", arguments.has("managed").then_some("yes"))
        .child(source(arguments, kind)?);
    for (element, attribute, option) in [
        ("target", "dev", "target"),
        ("mac", "address", "mac"),
        ("script", "path", "script"),
        ("model", "type", "model"),
        ("alias", "name", "alias"),
    ] {
        interface = interface.child_if_any(Tag::new(element).with(attribute, arguments.text(option)?));
    }
    let limits = [("inbound", inbound), ("outbound", outbound)];
    let bandwidth = limits.into_iter().fold(Tag::new("bandwidth"), |tag, (name, rate)| match rate {
        Some(rate) => tag.child(rate.tag(name)),
        None => tag,
    });
    Ok(interface.child_if_any(bandwidth))
}
