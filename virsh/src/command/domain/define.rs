//! Domains from XML.

use hypervisor::flags::{DefineFlags, StartFlags};

use super::{console, life};
use crate::command::{Arguments, file};
use crate::control::Control;
use crate::failure::{Attempted, Outcome};

pub(super) fn define(control: &mut Control, arguments: &Arguments) -> Outcome {
    let path = arguments.required("file")?;
    let xml = file::read(path)?;
    let flags = DefineFlags(arguments.flags(&[("validate", DefineFlags::VALIDATE.0)]));
    let domain = control
        .connection()?
        .define_domain(&xml, flags)
        .attempted(|| format!("Failed to define domain from {path}"))?;
    control.output.remark(format_args!("Domain '{}' defined from {path}", domain.name()));
    Ok(())
}

pub(super) fn create(control: &mut Control, arguments: &Arguments) -> Outcome {
    let path = arguments.required("file")?;
    let xml = file::read(path)?;
    let files = life::passed_files(arguments)?;
    let flags = StartFlags(arguments.flags(&[
        ("paused", StartFlags::PAUSED.0),
        ("autodestroy", StartFlags::AUTODESTROY.0),
        ("validate", StartFlags::VALIDATE.0),
        ("reset-nvram", StartFlags::RESET_NVRAM.0),
    ]));
    let connection = control.connection()?;
    let created = match files.is_empty() {
        true => connection.create_domain(&xml, flags),
        false => connection.create_domain_with_files(&xml, &files, flags),
    };
    let domain = created.attempted(|| format!("Failed to create domain from {path}"))?;
    control.output.remark(format_args!("Domain '{}' created from {path}", domain.name()));
    if arguments.has("console")
        && let Err(failure) = console::join(control, &domain, &console::Wish::default())
    {
        // The domain runs, which is what was asked for.
        control.report(&failure);
    }
    Ok(())
}
