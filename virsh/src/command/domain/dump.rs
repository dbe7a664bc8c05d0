//! A domain's XML.

use hypervisor::flags::DomainXml;

use super::{By, find};
use crate::command::{Arguments, xml};
use crate::control::Control;
use crate::failure::Outcome;

pub(super) fn dumpxml(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = DomainXml(arguments.flags(&[
        ("inactive", DomainXml::INACTIVE.0),
        ("security-info", DomainXml::SECURE.0),
        ("update-cpu", DomainXml::UPDATE_CPU.0),
        ("migratable", DomainXml::MIGRATABLE.0),
    ]));
    let text = find(control, arguments, By::ANY)?.xml(flags)?;
    xml::print(control, arguments, &text)
}
