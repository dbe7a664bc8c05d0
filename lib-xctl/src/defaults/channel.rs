//! Channels between host and guest: the guest agent's.

use super::error::Error;
use super::guest::Guest;
use crate::osinfo::device::VIRTIO_SERIAL;

/// Name of the port that the guest agent listens on.
const AGENT: &str = "org.qemu.guest_agent.0";
/// Name of the port that the SPICE agent listens on.
pub(super) const SPICE: &str = "com.redhat.spice.0";

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    for channel in guest.devices("channel") {
        complete(guest, channel)?;
    }
    let wanted = guest.devices("channel").is_empty() && !guest.is_without("channel");
    if wanted && guest.drives_virtio(VIRTIO_SERIAL) {
        let parts = [
            ("@type", "unix"),
            ("source/@mode", "bind"),
            ("target/@type", "virtio"),
            ("target/@name", AGENT),
        ];
        guest.add_with("channel", &parts, AGENT, "the guest agent in {os} answers through it")?;
    }
    Ok(())
}

/// What a channel needs that only its type was said of.
fn complete(guest: &mut Guest<'_, '_>, channel: crate::document::Element) -> Result<(), Error> {
    guest.fill_in(channel, "@type", "pty", "it is the type that needs nothing else")?;
    let kind = guest.document.attr(channel, "type").unwrap_or_default().into_owned();
    guest.fill_in(channel, "target/@type", "virtio", "it is the kind that guests look for")?;
    if matches!(kind.as_str(), "spicevmc" | "qemu-vdagent") {
        guest.fill_in(channel, "target/@name", SPICE, "the SPICE agent looks for that name")?;
    }
    super::console::listens(guest, channel)
}

/// The channel of the SPICE agent, which a SPICE console brings.
pub(super) fn add_spice(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    let offered = guest.allows("devices/channel", "type", "spicevmc");
    if !offered || guest.is_without("channel") || guest.has_device("channel", "type", "spicevmc") {
        return Ok(());
    }
    let parts = [("@type", "spicevmc"), ("target/@type", "virtio"), ("target/@name", SPICE)];
    guest.add_with("channel", &parts, SPICE, "clipboard and screen size of a SPICE console go through it")?;
    Ok(())
}
