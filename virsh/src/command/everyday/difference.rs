//! What a running guest differs in from its definition.

use hypervisor::flags::DomainXml;
use xctl::edit::{difference, without_runtime};

use crate::command::Arguments;
use crate::command::domain::{By, find};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::legible;

pub(super) fn diff(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    if !domain.is_active()? {
        return Err(Failure::said("The domain is not running"));
    }
    if !domain.is_persistent()? {
        return Err(Failure::said("The domain has no definition to compare with: it is transient"));
    }
    let defined = domain.xml(DomainXml::INACTIVE)?;
    let running = domain.xml(DomainXml::NONE)?;
    let stripped = if arguments.has("full") { None } else { without_runtime(&running, &defined) };
    match difference(&defined, &stripped.unwrap_or(running)) {
        None => {
            control.output.remark(format_args!("Domain '{}' runs as it is defined", domain.name()));
            Ok(())
        }
        Some(text) => {
            let text = text.replacen("Original XML", "definition", 1).replacen("Altered XML", "running", 1);
            control.output.print(legible(&text));
            Err(Failure::silent())
        }
    }
}
