//! Starting, stopping and pausing domains.

use hypervisor::flags::{DestroyFlags, RebootFlags, ShutdownFlags, StartFlags};
use hypervisor::{Domain, Error};

use super::{By, MODES, console, find};
use crate::command::Arguments;
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

/// Does something to the domain and says so, naming it as the user did.
fn act(
    control: &mut Control,
    arguments: &Arguments,
    verb: &str,
    done: &str,
    act: impl FnOnce(&Domain) -> Result<(), Error>,
) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let name = arguments.required("domain")?;
    act(&domain).attempted(|| format!("Failed to {verb} domain '{name}'"))?;
    control.output.remark(format_args!("Domain '{name}' {done}"));
    Ok(())
}

pub(super) fn start(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::NAME_OR_UUID)?;
    if domain.id().is_some() {
        return Err(Failure::said("Domain is already active"));
    }
    let files = passed_files(arguments)?;
    let flags = StartFlags(arguments.flags(&[
        ("paused", StartFlags::PAUSED.0),
        ("autodestroy", StartFlags::AUTODESTROY.0),
        ("bypass-cache", StartFlags::BYPASS_CACHE.0),
        ("force-boot", StartFlags::FORCE_BOOT.0),
        ("reset-nvram", StartFlags::RESET_NVRAM.0),
    ]));
    let started = match files.is_empty() {
        true => domain.start(flags),
        false => domain.start_with_files(&files, flags),
    };
    started.attempted(|| format!("Failed to start domain '{}'", domain.name()))?;
    control.output.remark(format_args!("Domain '{}' started", domain.name()));
    match arguments.has("console") {
        true => console::join(control, &domain, &console::Wish::default()),
        false => Ok(()),
    }
}

/// The file descriptors that `--pass-fds` lists.
pub(super) fn passed_files(arguments: &Arguments) -> Result<Vec<i32>, Failure> {
    let Some(list) = arguments.text("pass-fds")? else { return Ok(Vec::new()) };
    list.split(',')
        .map(|number| {
            number
                .parse()
                .ok()
                .filter(|number: &i32| *number >= 0)
                .ok_or_else(|| Failure::said(format!("Unable to parse FD number '{number}'")))
        })
        .collect()
}

/// The ways to ask a guest that `--mode` lists, each with the flag that libvirt has for it; `known` lists them.
fn modes(arguments: &Arguments, flags: [u32; 5], known: &str) -> Result<u32, Failure> {
    let Some(list) = arguments.text("mode")? else { return Ok(0) };
    list.split(',').try_fold(0, |all, mode| {
        let flag = MODES.iter().zip(flags).find(|(known, _)| **known == mode).map(|(_, flag)| flag);
        let flag =
            flag.ok_or_else(|| Failure::said(format!("Unknown mode {mode} value, expecting {known}")))?;
        Ok(all | flag)
    })
}

pub(super) fn shutdown(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = ShutdownFlags(modes(
        arguments,
        [
            ShutdownFlags::ACPI_POWER_BTN.0,
            ShutdownFlags::GUEST_AGENT.0,
            ShutdownFlags::INITCTL.0,
            ShutdownFlags::SIGNAL.0,
            ShutdownFlags::PARAVIRT.0,
        ],
        "'acpi', 'agent', 'initctl', 'signal', or 'paravirt'",
    )?);
    act(control, arguments, "shutdown", "is being shutdown", |domain| domain.shutdown(flags))
}

pub(super) fn reboot(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = RebootFlags(modes(
        arguments,
        [
            RebootFlags::ACPI_POWER_BTN.0,
            RebootFlags::GUEST_AGENT.0,
            RebootFlags::INITCTL.0,
            RebootFlags::SIGNAL.0,
            RebootFlags::PARAVIRT.0,
        ],
        "'acpi', 'agent', 'initctl', 'signal' or 'paravirt'",
    )?);
    act(control, arguments, "reboot", "is being rebooted", |domain| domain.reboot(flags))
}

pub(super) fn destroy(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = DestroyFlags(
        arguments
            .flags(&[("graceful", DestroyFlags::GRACEFUL.0), ("remove-logs", DestroyFlags::REMOVE_LOGS.0)]),
    );
    act(control, arguments, "destroy", "destroyed", |domain| domain.destroy(flags))
}

pub(super) fn reset(control: &mut Control, arguments: &Arguments) -> Outcome {
    act(control, arguments, "reset", "was reset", Domain::reset)
}

pub(super) fn suspend(control: &mut Control, arguments: &Arguments) -> Outcome {
    act(control, arguments, "suspend", "suspended", Domain::suspend)
}

pub(super) fn resume(control: &mut Control, arguments: &Arguments) -> Outcome {
    act(control, arguments, "resume", "resumed", Domain::resume)
}

pub(super) fn autostart(control: &mut Control, arguments: &Arguments) -> Outcome {
    let on = !arguments.has("disable");
    let once = arguments.has("once");
    let domain = find(control, arguments, By::ANY)?;
    let (verb, done) = if on { ("mark", "marked") } else { ("unmark", "unmarked") };
    let when = if once { " on next boot" } else { "" };
    let set = if once { domain.set_autostart_once(on) } else { domain.set_autostart(on) };
    let name = arguments.required("domain")?;
    set.attempted(|| format!("Failed to {verb} domain '{name}' as autostarted{when}"))?;
    control.output.remark(format_args!("Domain '{name}' {done} as autostarted{when}"));
    Ok(())
}

pub(super) fn managed_save_remove(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let name = arguments.required("domain")?;
    if !domain.has_managed_save().attempted(|| "Failed to check for domain managed save image".to_owned())? {
        control.output.last_remark(format_args!("Domain '{name}' has no manage save image; removal skipped"));
        return Ok(());
    }
    domain
        .remove_managed_save()
        .attempted(|| format!("Failed to remove managed save image for domain '{name}'"))?;
    control.output.remark(format_args!("Removed managedsave image for domain '{name}'"));
    Ok(())
}
