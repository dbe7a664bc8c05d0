//! `detach-disk` and `detach-interface`: a device that is looked up in the domain.

use hypervisor::Domain;
use hypervisor::flags::Affect;
use xctl::document::{Document, Element};

use super::{PRINT_XML, devices, document, holds, named_disk};
use crate::command::domain::affect::{self, CONFIG, CURRENT, LIVE, PERSISTENT};
use crate::command::domain::{By, find};
use crate::command::option::{domain, text};
use crate::command::{Arguments, Command, Values, xml};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

pub(in crate::command::domain) const DISK: Command = Command::new(
    "detach-disk",
    "take a disk away",
    "Takes a disk away from a domain. What is in it stays.",
    &[
        domain(Values::Domain),
        text("target", "the disk's target or source").required().values(Values::Disk),
        PERSISTENT,
        CONFIG,
        LIVE,
        CURRENT,
        PRINT_XML,
    ],
    |control, arguments| {
        let target = arguments.required("target")?;
        detach(control, arguments, ["disk", "Disk"], |document| named_disk(document, target, |_| true))
    },
)
.acts();

pub(in crate::command::domain) const INTERFACE: Command = Command::new(
    "detach-interface",
    "take a network interface away",
    "Takes a network interface away from a domain.",
    &[
        domain(Values::Domain),
        text("type", "what it is connected to")
            .required()
            .values(Values::Words(&["network", "bridge", "direct", "hostdev", "user", "ethernet"])),
        text("mac", "its hardware address").tolerated(),
        PERSISTENT,
        CONFIG,
        LIVE,
        CURRENT,
        PRINT_XML,
    ],
    |control, arguments| {
        let (kind, mac) = (arguments.required("type")?, arguments.text("mac")?);
        detach(control, arguments, ["interface", "Interface"], |document| interface(document, kind, mac))
    },
)
.acts();

/// The only interface of that type, or that with the hardware address.
fn interface(document: &Document, kind: &str, mac: Option<&str>) -> Result<Element, Failure> {
    let found: Vec<Element> =
        devices(document, "interface").filter(|device| holds(document, *device, "@type", kind)).collect();
    let has_mac = |device: &Element, mac: &str| {
        document.get(*device, "mac/@address").is_some_and(|found| found.eq_ignore_ascii_case(mac))
    };
    match (found.as_slice(), mac) {
        ([], _) => Err(Failure::said(format!("No interface found whose type is {kind}"))),
        ([only], None) => Ok(*only),
        (several, None) => Err(Failure::said(format!(
            "Domain has {} interfaces. Please specify which one to detach using --mac",
            several.len()
        ))),
        (several, Some(mac)) => {
            let fitting: Vec<&Element> = several.iter().filter(|device| has_mac(device, mac)).collect();
            match fitting.as_slice() {
                [only] => Ok(**only),
                [] => Err(Failure::said(format!("No interface with MAC address {mac} was found"))),
                _ => Err(Failure::said(format!(
                    "Domain has multiple interfaces matching MAC address {mac}. You must use detach-device \
                     and specify the device pci address to remove it."
                ))),
            }
        }
    }
}

fn detach(
    control: &mut Control,
    arguments: &Arguments,
    [kind, title]: [&str; 2],
    choose: impl Fn(&Document) -> Result<Element, Failure>,
) -> Outcome {
    let affect = affect::lasting(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let affect = affect(&domain);
    let take = |inactive, affect| take(control, arguments, &domain, inactive, affect, &choose, kind);
    // The two configurations may describe the device differently, so each is asked by itself.
    let done = match affect.contains(Affect::CONFIG | Affect::LIVE) {
        true => take(true, Affect::CONFIG)? && take(false, Affect::LIVE)?,
        false => take(affect.contains(Affect::CONFIG), affect)?,
    };
    if done {
        control.output.remark(format_args!("{title} detached successfully"));
    }
    Ok(())
}

/// Takes the device away, or prints it where that is asked for; says whether it was taken away.
fn take(
    control: &Control,
    arguments: &Arguments,
    domain: &Domain,
    inactive: bool,
    affect: Affect,
    choose: impl Fn(&Document) -> Result<Element, Failure>,
    kind: &str,
) -> Result<bool, Failure> {
    let document = document(domain, inactive)?;
    let device = xml::written(&document, choose(&document)?, &[], "");
    if arguments.has("print-xml") {
        control.output.print(device);
        return Ok(false);
    }
    domain.detach_device(&device, affect).attempted(|| format!("Failed to detach {kind}"))?;
    Ok(true)
}
