//! Whether a network interface's cable is plugged in.

use xctl::document::{Document, Element};

use super::{PRINT_XML, devices, document};
use crate::command::domain::{By, find};
use crate::command::option::{domain, flag, text};
use crate::command::{Answer, Arguments, Command, Opt, Values, xml};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, field};
use hypervisor::flags::Affect;

const INTERFACE: Opt =
    text("interface", "its name on the host, or its hardware address").required().values(Values::Nic);
const STATES: &[&str] = &["up", "down"];

pub(in crate::command::domain) const SET: Command = Command::new(
    "domif-setlink",
    "plug a network interface's cable in or out",
    "Changes whether the guest sees a cable in a network interface.",
    &[
        domain(Values::Domain),
        INTERFACE,
        text("state", "up or down").required().values(Values::Words(STATES)),
        flag("config", "what the domain is started with the next time"),
        PRINT_XML,
    ],
    set,
)
.acts();

pub(in crate::command) const GET: Command = Command::new(
    "domif-getlink",
    "print whether a network interface's cable is plugged in",
    "Prints whether the guest sees a cable in a network interface.",
    &[domain(Values::Domain), INTERFACE, flag("config", "as the domain is started the next time")],
    get,
)
.answers(&STATE);

/// The interface of that name or hardware address.
fn interface(document: &Document, name: &str) -> Option<Element> {
    devices(document, "interface").find(|device| {
        document.get(*device, "mac/@address").is_some_and(|mac| mac.eq_ignore_ascii_case(name))
            || document.get(*device, "target/@dev").is_some_and(|target| target == name)
    })
}

fn set(control: &mut Control, arguments: &Arguments) -> Outcome {
    let config = arguments.has("config");
    let (name, state) = (arguments.required("interface")?, arguments.required("state")?);
    let domain = find(control, arguments, By::ANY)?;
    if !STATES.contains(&state) {
        return Err(Failure::said(format!("invalid link state '{state}'")));
    }
    let mut document = document(&domain, config)?;
    let device =
        interface(&document, name).ok_or_else(|| Failure::said(format!("interface '{name}' not found")))?;
    let mut added = String::new();
    match document.child(device, "link") {
        Some(link) => {
            document.set_attr(link, "state", state).map_err(|error| Failure::said(error.to_string()))?;
        }
        None => added = format!("<link state=\"{state}\"/>"),
    }
    let xml = xml::written(&document, device, &[], &added);
    if arguments.has("print-xml") {
        control.output.print(xml);
        return Ok(());
    }
    let active = domain.is_active().unwrap_or(false);
    let affect = match config {
        true => Affect::CONFIG,
        false if active => Affect::LIVE,
        false => Affect::CONFIG,
    };
    domain.update_device(&xml, affect).attempted(|| "Failed to update interface link state".to_owned())?;
    control.output.remark("Device updated successfully");
    Ok(())
}

fn get(control: &mut Control, arguments: &Arguments) -> Outcome {
    let name = arguments.required("interface")?;
    let state = state(control, arguments, name)?;
    control.output.print(format_args!("{name} {state}"));
    Ok(())
}

const STATE: Answer = Answer::facts(
    &[field::text("interface", "the interface, as it was named"), field::text("state", "up or down")],
    |control, arguments| {
        let name = arguments.required("interface")?;
        let state = state(control, arguments, name)?;
        Ok(Record::new().with("interface", name).with("state", state))
    },
);

fn state(control: &mut Control, arguments: &Arguments, name: &str) -> Result<String, Failure> {
    let document = document(&find(control, arguments, By::ANY)?, arguments.has("config"))?;
    let device = interface(&document, name)
        .ok_or_else(|| Failure::said(format!("Interface (dev: {name}) not found.")))?;
    Ok(document.get(device, "link/@state").unwrap_or("up".into()).into_owned())
}
