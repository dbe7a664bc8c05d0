//! Processors in files, compared to the host's and to each other.

use hypervisor::flags::{BaselineFlags, CompareFlags};
use hypervisor::{Comparison, Connection, Error, Query};
use xctl::document::{Document, Element};

use crate::command::{Arguments, file};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

/// Processors that a file describes.
struct Cpus {
    xml: Vec<String>,
    /// Whether one of them is described as a host's, whose features nothing is to be done about.
    has_host: bool,
}

/// Why there are no processors.
enum Unread {
    /// The file is not what it should be.
    Failure(Failure),
    /// The file's text is no XML; libvirt itself says best what is wrong with it.
    Malformed(String),
}

/// The processors in a file with any number of documents that they are, or are parts of.
fn read(path: &str) -> Result<Cpus, Unread> {
    let text = file::read(path).map_err(Unread::Failure)?;
    let container = format!("<container>{}</container>", without_declaration(&text));
    let Ok(document) = Document::parse(&container) else { return Err(Unread::Malformed(container)) };
    let mut cpus = Cpus { xml: Vec::new(), has_host: false };
    for element in document.children(document.root()) {
        cpus.add_from(&document, element).map_err(Unread::Failure)?;
    }
    match cpus.xml.is_empty() {
        false => Ok(cpus),
        true => Err(Unread::Failure(Failure::said(format!(
            "File '{path}' does not contain any <cpu> element or valid domain XML, host capabilities XML, or domain \
             capabilities XML"
        )))),
    }
}

/// A text without the XML declaration that it may begin with.
fn without_declaration(text: &str) -> &str {
    let begun = text.trim_start();
    let declared = begun.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>"));
    declared.map_or(text, |(_, rest)| rest)
}

impl Cpus {
    /// Adds the processor that an element is or has in it.
    fn add_from(&mut self, document: &Document, element: Element) -> Result<(), Failure> {
        match document.name(element) {
            "cpu" => self.add(document, element, document.element_to_string(element)),
            "domain" => {
                for cpu in document.children_named(element, "cpu") {
                    self.add(document, cpu, document.element_to_string(cpu));
                }
            }
            "capabilities" => {
                if let Some(cpu) = document.find(element, "host/cpu") {
                    self.add(document, cpu, document.element_to_string(cpu));
                }
            }
            "domainCapabilities" => {
                let Some(cpu) = document.child(element, "cpu") else { return Ok(()) };
                for mode in document.children_named(cpu, "mode") {
                    let is = |name, value| document.attr(mode, name).as_deref() == Some(value);
                    if is("name", "host-model") && is("supported", "yes") {
                        let parts = document.children(mode).map(|part| document.element_to_string(part));
                        self.add(document, mode, format!("<cpu>{}</cpu>", parts.collect::<String>()));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, document: &Document, element: Element, xml: String) {
        let mut features = document.children_named(element, "feature");
        self.has_host |= features.any(|feature| document.attr(feature, "policy").is_none());
        self.xml.push(xml);
    }

    /// Warns where a host's processor is taken for one that guests are given.
    fn warn(&self, control: &Control) {
        if self.has_host {
            control.output.error("using host CPU definition as input may provide incorrect results");
        }
    }
}

fn query(arguments: &Arguments) -> Result<Query<'_>, Failure> {
    Ok(Query {
        virt_type: arguments.text("virttype")?,
        emulator: arguments.text("emulator")?,
        arch: arguments.text("arch")?,
        machine: arguments.text("machine")?,
        ..Query::default()
    })
}

fn baseline_flags(arguments: &Arguments) -> BaselineFlags {
    BaselineFlags(arguments.flags(&[
        ("features", BaselineFlags::EXPAND_FEATURES.0),
        ("migratable", BaselineFlags::MIGRATABLE.0),
    ]))
}

pub(super) fn baseline(control: &mut Control, arguments: &Arguments) -> Outcome {
    let path = arguments.required("file")?;
    let connection = control.connection()?;
    let flags = baseline_flags(arguments);
    let text = match read(path) {
        Ok(cpus) => connection.baseline_cpu(&cpus.xml, flags)?,
        Err(Unread::Malformed(text)) => connection.baseline_cpu(&[text], flags)?,
        Err(Unread::Failure(failure)) => return Err(failure),
    };
    control.output.print(text);
    Ok(())
}

pub(super) fn hypervisor_baseline(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("file", "model")?;
    let (flags, query) = (baseline_flags(arguments), query(arguments)?);
    let connection = control.connection()?;
    let xml = if let Some(model) = arguments.text("model")? {
        vec![of_model(model)?]
    } else if let Some(path) = arguments.text("file")? {
        match read(path) {
            Ok(cpus) => {
                cpus.warn(control);
                cpus.xml
            }
            Err(Unread::Malformed(text)) => vec![text],
            Err(Unread::Failure(failure)) => return Err(failure),
        }
    } else {
        return Err(Failure::said("Either --file or --model must be provided"));
    };
    control.output.print(connection.baseline_hypervisor_cpu(&query, &xml, flags)?);
    Ok(())
}

/// A processor of that model, without further features.
fn of_model(model: &str) -> Result<String, Failure> {
    let mut document = Document::new("cpu");
    let set = document.set(document.root(), "model", model);
    set.map_err(|error| Failure::said(error.to_string()))?;
    Ok(document.to_string())
}

pub(super) fn compare(control: &mut Control, arguments: &Arguments) -> Outcome {
    let compare = |connection: &Connection, xml: &str, flags| connection.compare_cpu(xml, flags);
    compared(control, arguments, "host CPU", ["host CPU", "Host CPU"], false, compare)
}

pub(super) fn hypervisor_compare(control: &mut Control, arguments: &Arguments) -> Outcome {
    let query = query(arguments)?;
    compared(
        control,
        arguments,
        "hypervisor CPU",
        ["the CPU provided by hypervisor on the host", "The CPU provided by hypervisor on the host"],
        true,
        |connection, xml, flags| connection.compare_hypervisor_cpu(&query, xml, flags),
    )
}

/// Tells how the processor in a file is to one that messages call by a name, which some of them begin with.
fn compared(
    control: &mut Control,
    arguments: &Arguments,
    attempted: &str,
    [name, title]: [&str; 2],
    is_for_guests: bool,
    compare: impl FnOnce(&Connection, &str, CompareFlags) -> Result<Comparison, Error>,
) -> Outcome {
    let flags = CompareFlags(
        arguments
            .flags(&[("error", CompareFlags::FAIL_INCOMPATIBLE.0), ("validate", CompareFlags::VALIDATE.0)]),
    );
    let path = arguments.required("file")?;
    let connection = control.connection()?;
    let cpus = match read(path) {
        Ok(cpus) => cpus,
        Err(Unread::Malformed(text)) => {
            compare(&connection, &text, flags)?;
            return Err(Failure::said(format!("File '{path}' is no XML")));
        }
        Err(Unread::Failure(failure)) => return Err(failure),
    };
    if is_for_guests {
        cpus.warn(control);
    }
    let first = cpus.xml.first().map_or("", String::as_str);
    let found = compare(&connection, first, flags)
        .attempted(|| format!("Failed to compare {attempted} with {path}"))?;
    let output = &control.output;
    match found {
        Comparison::Incompatible => {
            output.line(format_args!("CPU described in {path} is incompatible with {name}"));
            return Err(Failure::silent());
        }
        Comparison::Identical => {
            output.line(format_args!("CPU described in {path} is identical to {name}"));
        }
        Comparison::Superset => {
            output.line(format_args!("{title} is a superset of CPU described in {path}"));
        }
    }
    Ok(())
}
