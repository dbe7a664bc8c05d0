//! `domiftune`: the bandwidth of a network interface.

use hypervisor::Parameter;
use hypervisor::domain::Tuning;
use hypervisor::parameter::Value;

use super::{change_or_print, record};
use crate::command::domain::affect::{self, CONFIG, CURRENT, LIVE};
use crate::command::domain::bandwidth::Rate;
use crate::command::domain::{By, find};
use crate::command::option::{domain, text};
use crate::command::{Answer, Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::field;

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
.acts()
.answers(&ANSWER);

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

const ANSWER: Answer = Answer::facts(
    &[
        field::measured("inbound.average", "KiB/s", "incoming traffic over time; 0 is no limit"),
        field::measured("inbound.peak", "KiB/s", "incoming traffic for a while"),
        field::measured("inbound.burst", "KiB", "how much may come at that speed"),
        field::measured("inbound.floor", "KiB/s", "incoming traffic that is promised"),
        field::measured("outbound.average", "KiB/s", "outgoing traffic over time; 0 is no limit"),
        field::measured("outbound.peak", "KiB/s", "outgoing traffic for a while"),
        field::measured("outbound.burst", "KiB", "how much may go at that speed"),
    ],
    |control, arguments| {
        let interface = arguments.required("interface")?;
        record(control, arguments, Tuning::Interface(interface), "interface parameters")
    },
)
.and_more("what libvirt adds, under its names")
.unless(&["inbound", "outbound"]);
