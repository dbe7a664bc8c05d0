//! Which of a domain's configurations a command reads or changes: that of the running domain, or that of its next start.

use hypervisor::Domain;
use hypervisor::flags::Affect;

use crate::command::Arguments;
use crate::command::option::{Opt, flag};
use crate::failure::Failure;

pub(in crate::command) const CONFIG: Opt = flag("config", "what the domain is started with the next time");
pub(in crate::command) const LIVE: Opt = flag("live", "the running domain");
pub(in crate::command) const CURRENT: Opt =
    flag("current", "the running domain, or the next start of one that does not run");
pub(super) const PERSISTENT: Opt = flag("persistent", "the next start, and the running domain if it runs");

/// What the options choose; nothing chosen leaves it to libvirt.
pub(in crate::command) fn affect(arguments: &Arguments) -> Result<Affect, Failure> {
    arguments.exclusive("current", "live")?;
    arguments.exclusive("current", "config")?;
    Ok(Affect(arguments.flags(&[("config", Affect::CONFIG.0), ("live", Affect::LIVE.0)])))
}

/// Whether any of the options was given.
pub(super) fn is_chosen(arguments: &Arguments) -> bool {
    ["config", "live", "current"].iter().any(|option| arguments.has(option))
}

/// What the options choose, `--persistent` among them; the second step has to know the domain.
pub(super) fn lasting(arguments: &Arguments) -> Result<impl FnOnce(&Domain) -> Affect + use<>, Failure> {
    arguments.exclusive("persistent", "current")?;
    let chosen = affect(arguments)?;
    let persistent = arguments.has("persistent");
    Ok(move |domain: &Domain| match persistent {
        true if domain.is_active().unwrap_or(false) => chosen | Affect::CONFIG | Affect::LIVE,
        true => chosen | Affect::CONFIG,
        false => chosen,
    })
}
