//! `domiftune`: the bandwidth of a network interface.

use hypervisor::Parameter;
use hypervisor::domain::Tuning;
use hypervisor::parameter::Value;

use super::change_or_print;
use crate::command::domain::affect::{self, CONFIG, CURRENT, LIVE};
use crate::command::domain::bandwidth::Rate;
use crate::command::domain::{By, find};
use crate::command::option::{domain, text};
use crate::command::{Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Failure, Outcome};

pub(in crate::command::domain) const TUNE: Command = Command::new(
    "domiftune",
    "print or change the bandwidth of a network interface",
    "Prints or changes how much may be sent and received over a network interface.",
    &[
        domain(Values::Domain),
        text("interface", "its name on the host, or its hardware address").required().values(Values::Nic),
        text("inbound", "incoming traffic in KiB/s: AVERAGE,PEAK,BURST,FLOOR; 0 is no limit").tolerated(),
        text("outbound", "outgoing traffic in KiB/s: AVERAGE,PEAK,BURST; 0 is no limit").tolerated(),
        CONFIG,
        LIVE,
        CURRENT,
    ],
    tune,
)
.acts();

fn tune(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::affect(arguments)?;
    let interface = arguments.required("interface")?;
    let domain = find(control, arguments, By::ANY)?;
    let mut wanted = Vec::new();
    for direction in ["inbound", "outbound"] {
        let Some(text) = arguments.text(direction)? else { continue };
        let rate = if direction == "inbound" { Rate::read(text)? } else { Rate::read_outbound(text)? };
        // Who gives no average, or 0, takes the limit away.
        let fields: Vec<_> = match rate.is_empty() {
            true => vec![("average", 0)],
            false => rate.fields().collect(),
        };
        for (field, number) in fields {
            let number = u32::try_from(number).map_err(|_| {
                Failure::said(format!("{direction} rate {field} {number} exceeds maximum {}", u32::MAX))
            })?;
            wanted.push(Parameter::new(format!("{direction}.{field}"), Value::UInt(number)));
        }
    }
    let words = ["set interface parameters", "interface parameters"];
    change_or_print(control, &domain, Tuning::Interface(interface), &wanted, affect, words)
}
