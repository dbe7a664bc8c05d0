//! A domain's memory in a file: saving and restoring it, and core dumps.

pub(super) mod rows;

use hypervisor::domain::DumpFormat;
use hypervisor::flags::{DumpFlags, SaveFlags, SaveImageXml};
use hypervisor::{Parameter, Value};

use super::{By, find};
use crate::command::job::{self, Progress};
use crate::command::{Arguments, file, xml};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

/// The formats of a core dump of memory alone, as `--format` names them.
const FORMATS: [(&str, DumpFormat); 5] = [
    ("kdump-zlib", DumpFormat::KdumpZlib),
    ("kdump-lzo", DumpFormat::KdumpLzo),
    ("kdump-snappy", DumpFormat::KdumpSnappy),
    ("win-dmp", DumpFormat::WinDmp),
    ("elf", DumpFormat::Raw),
];

/// Their names.
const FORMAT_NAMES: &[&str] = &{
    let mut names = [""; FORMATS.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = FORMATS[index].0;
        index += 1;
    }
    names
};

/// What the options say of a saved domain: how the file is used, and how the domain comes back.
fn flags(arguments: &Arguments, options: &[&str]) -> SaveFlags {
    let known = [
        ("bypass-cache", SaveFlags::BYPASS_CACHE.0),
        ("running", SaveFlags::RUNNING.0),
        ("paused", SaveFlags::PAUSED.0),
        ("reset-nvram", SaveFlags::RESET_NVRAM.0),
    ];
    let known: Vec<_> = known.into_iter().filter(|(name, _)| options.contains(name)).collect();
    SaveFlags(arguments.flags(&known))
}

/// The XML in the file that `--xml` names.
fn other_xml(arguments: &Arguments) -> Result<Option<String>, Failure> {
    arguments.text("xml")?.map(file::read).transpose()
}

fn text(name: &str, value: impl Into<String>) -> Parameter {
    Parameter::new(name, Value::Text(value.into()))
}

/// What libvirt's newer calls take; nothing if the older ones will do, as nothing is wanted but these two.
fn parameters(path: &str, xml: Option<&str>, more: Vec<Parameter>) -> Option<Vec<Parameter>> {
    let usual = std::iter::once(text("file", path)).chain(xml.map(|xml| text("dxml", xml)));
    (!more.is_empty()).then(|| usual.chain(more).collect())
}

/// How many streams `--parallel-channels` wants.
fn channels(arguments: &Arguments) -> Result<Option<Parameter>, Failure> {
    let channels = arguments.number("parallel-channels")?;
    Ok(channels.map(|channels| Parameter::new("parallel.channels", Value::Int(channels))))
}

pub(super) fn save(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = flags(arguments, &["bypass-cache", "running", "paused"]);
    let domain = find(control, arguments, By::ANY)?;
    let path = arguments.required("file")?.to_owned();
    let xml = other_xml(arguments)?;
    let format = arguments.text("image-format")?.map(|format| text("image_format", format));
    let more = channels(arguments)?.into_iter().chain(format).collect();
    let parameters = parameters(&path, xml.as_deref(), more);
    let (worker, target) = (domain.clone(), path.clone());
    let progress = Progress::new("Save", arguments.has("verbose"));
    let saved = job::run(control, &domain, progress, None, move || match parameters {
        Some(parameters) => worker.save_with(&parameters, flags),
        None => worker.save(&target, xml.as_deref(), flags),
    })?;
    let name = arguments.required("domain")?;
    saved.attempted(|| format!("Failed to save domain '{name}' to {path}"))?;
    control.output.remark(format_args!("\nDomain '{name}' saved to {path}"));
    Ok(())
}

pub(super) fn restore(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = flags(arguments, &["bypass-cache", "running", "paused", "reset-nvram"]);
    let path = arguments.required("file")?;
    let xml = other_xml(arguments)?;
    let connection = control.connection()?;
    let more = channels(arguments)?.into_iter().collect();
    let restored = match parameters(path, xml.as_deref(), more) {
        Some(parameters) => connection.restore_with(&parameters, flags),
        None => connection.restore(path, xml.as_deref(), flags),
    };
    restored.attempted(|| format!("Failed to restore domain from {path}"))?;
    control.output.remark(format_args!("Domain restored from {path}"));
    Ok(())
}

fn xml_flags(arguments: &Arguments) -> SaveImageXml {
    SaveImageXml(arguments.flags(&[("security-info", SaveImageXml::SECURE.0)]))
}

pub(super) fn image_xml(control: &mut Control, arguments: &Arguments) -> Outcome {
    let path = arguments.required("file")?;
    let text = control.connection()?.saved_xml(path, xml_flags(arguments))?;
    xml::print(control, arguments, &text)
}

/// In which state a saved domain comes back, where both cannot be asked for.
pub(in crate::command) fn comes_back(arguments: &Arguments) -> Result<SaveFlags, Failure> {
    arguments.exclusive("running", "paused")?;
    Ok(flags(arguments, &["running", "paused"]))
}

pub(super) fn define_image(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = flags(arguments, &["running", "paused"]);
    let path = arguments.required("file")?;
    let xml = file::read(arguments.required("xml")?)?;
    let connection = control.connection()?;
    connection.define_saved(path, &xml, flags).attempted(|| format!("Failed to update {path}"))?;
    control.output.remark(format_args!("State file {path} updated."));
    Ok(())
}

pub(super) fn managed_xml(control: &mut Control, arguments: &Arguments) -> Outcome {
    let text = find(control, arguments, By::ANY)?.managed_save_xml(xml_flags(arguments))?;
    xml::print(control, arguments, &text)
}

pub(super) fn define_managed(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = comes_back(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let xml = file::read(arguments.required("xml")?)?;
    let name = domain.name();
    domain
        .define_managed_save(&xml, flags)
        .attempted(|| format!("Failed to update {name} XML configuration"))?;
    control.output.remark(format_args!("Managed save state file of domain '{name}' updated."));
    Ok(())
}

pub(super) fn managed(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = flags(arguments, &["bypass-cache", "running", "paused"]);
    let domain = find(control, arguments, By::ANY)?;
    let name = arguments.required("domain")?;
    let worker = domain.clone();
    let progress = Progress::new("Managedsave", arguments.has("verbose"));
    job::run(control, &domain, progress, None, move || worker.managed_save(flags))?
        .attempted(|| format!("Failed to save domain '{name}' state"))?;
    control.output.remark(format_args!("\nDomain '{name}' state saved by libvirt"));
    Ok(())
}

pub(super) fn dump(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = DumpFlags(arguments.flags(&[
        ("live", DumpFlags::LIVE.0),
        ("crash", DumpFlags::CRASH.0),
        ("bypass-cache", DumpFlags::BYPASS_CACHE.0),
        ("reset", DumpFlags::RESET.0),
        ("memory-only", DumpFlags::MEMORY_ONLY.0),
    ]));
    let domain = find(control, arguments, By::ANY)?;
    let path = arguments.required("file")?.to_owned();
    let format = format(arguments)?;
    let (worker, target) = (domain.clone(), path.clone());
    let progress = Progress::new("Dump", arguments.has("verbose"));
    let dumped =
        job::run(control, &domain, progress, None, move || worker.core_dump(&target, format, flags))?;
    let name = arguments.required("domain")?;
    dumped.attempted(|| format!("Failed to core dump domain '{name}' to {path}"))?;
    control.output.remark(format_args!("\nDomain '{name}' dumped to {path}"));
    Ok(())
}

fn format(arguments: &Arguments) -> Result<DumpFormat, Failure> {
    let Some(wanted) = arguments.text("format")? else { return Ok(DumpFormat::Raw) };
    if !arguments.has("memory-only") {
        return Err(Failure::said("--format only works with --memory-only"));
    }
    let known = FORMATS.iter().find(|(name, _)| *name == wanted).map(|(_, format)| *format);
    known.ok_or_else(|| {
        let expected = "'kdump-zlib', 'kdump-lzo', 'kdump-snappy', 'win-dmp' or 'elf'";
        Failure::said(format!("format '{wanted}' is not supported, expecting {expected}"))
    })
}
