//! What people and applications wrote about a network.

use hypervisor::flags::Affect;
use hypervisor::{ErrorCode, Network};

use crate::command::Arguments;
use crate::command::object::{self, By};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

/// Which configuration is read or changed.
fn affect(arguments: &Arguments) -> Result<Affect, Failure> {
    arguments.exclusive("current", "live")?;
    arguments.exclusive("current", "config")?;
    Ok(Affect(arguments.flags(&[("live", Affect::LIVE.0), ("config", Affect::CONFIG.0)])))
}

/// Fails where an editor is asked for.
fn refuse_editor(arguments: &Arguments) -> Outcome {
    match arguments.has("edit") {
        true => Err(Failure::said("--edit is not there yet").hint("give what is new on the command line")),
        false => Ok(()),
    }
}

pub(super) fn describe(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect(arguments)?;
    let network: Network = object::find(control, arguments, By::Any)?;
    refuse_editor(arguments)?;
    let title = arguments.has("title");
    let what = if title { "title" } else { "description" };
    // Also before it is changed, so that a configuration that is not there is told of alike.
    let old = if title { network.title(affect) } else { network.description(affect) }?;
    if !arguments.has("new-desc") {
        match old.is_empty() {
            true => control.output.last_remark(format_args!("No {what} for network: {}", network.name())),
            false => control.output.print(old),
        }
        return Ok(());
    }
    let words = arguments.rest("new-desc").join(" ");
    let new = (!words.is_empty()).then_some(words.as_str());
    let changed = if title { network.set_title(new, affect) } else { network.set_description(new, affect) };
    changed.attempted(|| format!("Failed to set new network {what}"))?;
    control.output.last_remark(format_args!("Network {what} updated successfully"));
    Ok(())
}

pub(super) fn metadata(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect(arguments)?;
    for (one, other) in [("edit", "set"), ("remove", "set"), ("remove", "edit")] {
        arguments.exclusive(one, other)?;
    }
    let network: Network = object::find(control, arguments, By::Any)?;
    refuse_editor(arguments)?;
    let (uri, key) = (arguments.required("uri")?, arguments.text("key")?);
    let set = arguments.text("set")?;
    if arguments.has("remove") {
        network.set_element(None, uri, key, affect)?;
        control.output.remark("Metadata removed");
    } else if set.is_some() {
        if key.is_none() {
            return Err(Failure::said("namespace key is required when modifying metadata"));
        }
        network.set_element(set, uri, key, affect)?;
        control.output.remark("Metadata modified");
    } else {
        let element = match network.element(uri, affect) {
            Err(error) if error.code == ErrorCode::NO_NETWORK_METADATA => String::new(),
            element => element?,
        };
        control.output.line(element);
    }
    Ok(())
}
