//! The random number generator.

use super::error::Error;
use super::guest::Guest;
use crate::osinfo::device::VIRTIO_RNG;

/// Where the host's random numbers come from. It never waits, and after start-up it is as good as `/dev/random`.
const SOURCE: &str = "/dev/urandom";

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    for rng in guest.devices("rng") {
        guest.fill_in(rng, "@model", "virtio", "it is the only model")?;
        guest.fill_in(rng, "backend/@model", "random", "the host's random numbers are used")?;
        let random = guest.document.get(rng, "backend/@model").is_some_and(|model| model == "random");
        if random {
            guest.fill_in(rng, "backend", SOURCE, "it never waits")?;
        }
    }
    let none = guest.devices("rng").is_empty() && !guest.is_without("rng");
    if none && guest.gains_virtio(VIRTIO_RNG) && guest.allows("devices/rng", "backendModel", "random") {
        let parts = [("@model", "virtio"), ("backend/@model", "random"), ("backend", SOURCE)];
        guest.add_with("rng", &parts, "virtio", "{os} drives it, and gathers little randomness by itself")?;
    }
    Ok(())
}
