//! The clock and its timers.

use super::error::Error;
use super::features::is_enlightened;
use super::guest::{Guest, Rule};

const OFFSETS: &[Rule] = &[
    Rule {
        value: "localtime",
        when: |g| g.is_windows() || is_solaris(g),
        why: "{os} takes the machine's clock for local time",
    },
    Rule { value: "utc", when: |_| true, why: "the system takes the machine's clock for universal time" },
];

/// Timers of an x86 machine: name, attribute, value, why.
const TIMERS: &[(&str, &str, &str, &str)] = &[
    ("rtc", "tickpolicy", "catchup", "ticks that were lost are made up for"),
    ("pit", "tickpolicy", "delay", "ticks that were lost come later"),
    ("hpet", "present", "no", "it costs the host much and gains the guest nothing"),
];

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    if !guest.is_hvm() {
        return Ok(());
    }
    let root = guest.document.root();
    guest.fill_by(root, "clock/@offset", OFFSETS)?;
    if !guest.is_x86() || !guest.is_qemu() || guest.has("clock/timer") {
        return Ok(());
    }
    for (name, attribute, value, why) in TIMERS {
        guest.fill(&format!("clock/timer[@name='{name}']/@{attribute}"), value, why)?;
    }
    if is_enlightened(guest) {
        guest.fill(
            "clock/timer[@name='hypervclock']/@present",
            "yes",
            "{os} reads it without leaving the guest",
        )?;
    }
    Ok(())
}

fn is_solaris(guest: &Guest<'_, '_>) -> bool {
    guest.context.os.is_some_and(|os| os.family.as_deref() == Some("solaris"))
}
