//! Changes that a running guest gets at once: devices plugged in, taken out and altered.

use hypervisor::flags::{Affect, DomainXml, VcpuFlags};
use hypervisor::{Domain, KiB};

use super::change::{Action, Change, Changed};
use super::error::Error;
use super::guest::{Guest, describe};
use crate::document::Document;
use crate::domain;

/// How a running guest gets a device's change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plug {
    /// It gets the device.
    In,
    /// It loses the device.
    Out,
    /// Its device becomes another.
    Update,
}

/// What became of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plugged {
    /// It is as it should be.
    Done,
    /// The guest was asked to let go of it, and has not yet.
    Awaited,
}

impl Plug {
    /// How a change reaches a running guest.
    #[must_use]
    pub fn of(action: &Action) -> Plug {
        match action {
            Action::Add | Action::Build => Plug::In,
            Action::Remove => Plug::Out,
            Action::Edit(_) => Plug::Update,
        }
    }

    /// What the operation is called, as the end of "device …".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Plug::In => "hotplug",
            Plug::Out => "hotunplug",
            Plug::Update => "update",
        }
    }
}

impl Guest {
    /// Plugs a device, described by itself, into the running guest.
    ///
    /// # Errors
    /// libvirt or the guest does not allow it.
    pub fn plug(&self, plug: Plug, device: &str) -> Result<Plugged, Error> {
        let domain = self.domain();
        match plug {
            Plug::In => domain.attach_device(device, Affect::LIVE)?,
            Plug::Update => domain.update_device(device, Affect::LIVE)?,
            Plug::Out => {
                domain.detach_device(device, Affect::LIVE)?;
                if is_still_there(domain, device)? {
                    return Ok(Plugged::Awaited);
                }
            }
        }
        Ok(Plugged::Done)
    }
}

/// Whether the device is still part of the running guest: libvirt only waits some seconds for the guest to let go.
fn is_still_there(domain: &Domain, device: &str) -> Result<bool, Error> {
    let device = Document::parse(device).map_err(Error::Unreadable)?;
    let Some(alias) = device.get(device.root(), "alias/@name") else { return Ok(false) };
    let running = Document::parse(&describe(domain, DomainXml::NONE)?).map_err(Error::Unreadable)?;
    let devices = domain::Domain::new(&running).devices("");
    let is_it =
        |e: &crate::document::Element| running.get(*e, "alias/@name").is_some_and(|name| name == alias);
    Ok(devices.iter().any(is_it))
}

/// A figure of a running guest that can be set while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Virtual CPUs.
    Cpus(u32),
    /// Memory that the balloon leaves it.
    Memory(KiB),
}

impl std::fmt::Display for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Figure::Cpus(count) => write!(f, "{count} virtual CPUs"),
            Figure::Memory(KiB(memory)) => write!(f, "{memory} KiB of memory"),
        }
    }
}

impl Change {
    /// What a running guest can be given of a change that is not about a device: virtual CPUs and memory. None if it is
    /// about anything else.
    #[must_use]
    pub fn figures(&self, running: &Document, changed: &Changed) -> Option<Vec<Figure>> {
        let (before, after) = (domain::Domain::new(running), domain::Domain::new(&changed.document));
        match self.option() {
            "vcpus" => {
                let cpus = after.current_vcpus()?;
                Some(if before.current_vcpus() == Some(cpus) { Vec::new() } else { vec![Figure::Cpus(cpus)] })
            }
            "memory" => {
                let memory = after.current_memory()?;
                let same = before.current_memory() == Some(memory);
                Some(if same { Vec::new() } else { vec![Figure::Memory(KiB(memory))] })
            }
            _ => None,
        }
    }
}

impl Guest {
    /// Gives the running guest another figure.
    ///
    /// # Errors
    /// It is more than the guest was started to hold, or the guest does not let go.
    pub fn set_figure(&self, figure: Figure) -> Result<(), Error> {
        match figure {
            Figure::Cpus(count) => self.domain().set_vcpus(count, VcpuFlags::LIVE)?,
            Figure::Memory(memory) => self.domain().set_memory(memory, Affect::LIVE)?,
        }
        Ok(())
    }
}
