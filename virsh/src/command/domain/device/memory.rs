//! `update-memory-device`: how much of a virtio memory device the guest is to use.

use hypervisor::flags::Affect;
use xctl::document::Element;

use super::{PRINT_XML, devices, document, holds};
use crate::command::domain::affect::{self, CONFIG, CURRENT, LIVE};
use crate::command::domain::{By, find};
use crate::command::option::{domain, number, text};
use crate::command::{Arguments, Command, Values, xml};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

pub(in crate::command::domain) const UPDATE: Command = Command::new(
    "update-memory-device",
    "change a memory device",
    "Changes how much of a virtio memory device the guest is asked to use.",
    &[
        domain(Values::Domain),
        CONFIG,
        LIVE,
        CURRENT,
        PRINT_XML,
        text("alias", "the device's alias").tolerated().values(Values::Alias),
        number("node", "the guest's NUMA node that the device is in").tolerated(),
        number("requested-size", "how much the guest is to use; in KiB unless it has a unit").tolerated(),
    ],
    update,
)
.acts();

fn update(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("node", "alias")?;
    let affect = affect::affect(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let (alias, node) = (arguments.text("alias")?, arguments.number::<u32>("node")?);
    let mut document = document(&domain, affect.contains(Affect::CONFIG))?;
    let node = node.map(|node| node.to_string());
    let found: Vec<Element> = devices(&document, "memory")
        .filter(|device| alias.is_none_or(|alias| holds(&document, *device, "alias/@name", alias)))
        .filter(|device| node.as_ref().is_none_or(|node| holds(&document, *device, "target/node", node)))
        .collect();
    let device = match found.as_slice() {
        [] => return Err(Failure::said("no memory device found")),
        [only] => *only,
        _ => return Err(Failure::said("multiple memory devices found, use --alias or --node to select one")),
    };
    if let Some(size) = arguments.scaled("requested-size", 1024)? {
        let requested = document
            .find(device, "target/requested")
            .ok_or_else(|| Failure::said("virtio-mem device is missing <requested/>"))?;
        let wrong = |error: xctl::document::Error| Failure::said(error.to_string());
        document.set_attr(requested, "unit", "KiB").map_err(wrong)?;
        document.set_text(requested, &(size / 1024).to_string()).map_err(wrong)?;
    }
    let xml = xml::written(&document, device, &[], "");
    if arguments.has("print-xml") {
        control.output.print(xml);
        return Ok(());
    }
    domain.update_device(&xml, affect).attempted(|| "Failed to update memory device".to_owned())?;
    Ok(())
}
