//! PCI Express ports, so that devices can be plugged in while the guest runs.

use super::error::Error;
use super::guest::Guest;

/// Free ports: each takes one device.
const ROOT_PORTS: usize = 14;

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    if !guest.board().is_express() || !guest.is_qemu() || guest.has_device("controller", "model", "pcie-root")
    {
        return Ok(());
    }
    if guest.has_device("controller", "type", "pci") {
        // libvirt takes the first PCI controller without a number for the root.
        let parts = [("@type", "pci"), ("@index", "0"), ("@model", "pcie-root")];
        guest.add_with("controller", &parts, "pcie-root", "the other PCI controllers hang on it")?;
        return Ok(());
    }
    guest.add_with(
        "controller",
        &[("@type", "pci"), ("@model", "pcie-root")],
        "pcie-root",
        "the ports hang on it",
    )?;
    for _ in 0..ROOT_PORTS {
        let port = guest.add("controller")?;
        guest.document.set_attr(port, "type", "pci")?;
        guest.document.set_attr(port, "model", "pcie-root-port")?;
    }
    guest.note(
        "devices/controller",
        &format!("{ROOT_PORTS} pcie-root-port"),
        "devices can be plugged in while the guest runs",
    );
    Ok(())
}
