//! Sound cards.

use super::error::Error;
use super::guest::{Guest, Rule};

const MODELS: &[Rule] = &[
    Rule { value: "ich9", when: |g| g.board().is_express(), why: "it is the card of PCI Express boards" },
    Rule { value: "ich6", when: |g| g.is_hvm(), why: "most systems drive it" },
];

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    for sound in guest.devices("sound") {
        guest.fill_by(sound, "@model", MODELS)?;
    }
    let none = guest.devices("sound").is_empty() && !guest.is_without("sound");
    // A VNC console carries no sound.
    let wanted = none && guest.has_graphics_of("spice") && guest.is_hvm();
    if let Some(rule) = guest.choose(MODELS).filter(|_| wanted) {
        guest.add_with("sound", &[("@model", rule.value)], rule.value, rule.why)?;
    }
    Ok(())
}
