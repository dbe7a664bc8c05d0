//! What people and applications wrote about a network.

use hypervisor::flags::Affect;
use hypervisor::{ErrorCode, Network};

use crate::command::object::{self, By};
use crate::command::{Answer, Arguments};
use crate::command::{edit, editor};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, field};

/// Which configuration is read or changed.
fn affect(arguments: &Arguments) -> Result<Affect, Failure> {
    arguments.exclusive("current", "live")?;
    arguments.exclusive("current", "config")?;
    Ok(Affect(arguments.flags(&[("live", Affect::LIVE.0), ("config", Affect::CONFIG.0)])))
}

pub(super) fn describe(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect(arguments)?;
    let network: Network = object::find(control, arguments, By::Any)?;
    let title = arguments.has("title");
    let what = if title { "title" } else { "description" };
    // Also before it is changed, so that a configuration that is not there is told of alike.
    let old = if title { network.title(affect) } else { network.description(affect) }?;
    let given = arguments.has("new-desc");
    if !given && !arguments.has("edit") {
        match old.is_empty() {
            true => control.output.last_remark(format_args!("No {what} for network: {}", network.name())),
            false => control.output.print(old),
        }
        return Ok(());
    }
    let mut words = arguments.rest("new-desc").join(" ");
    if arguments.has("edit") {
        let before = if given { &words } else { &old };
        words = editor::edit(control, before)?.trim_end_matches('\n').to_owned();
        if words == old {
            control.output.line(format_args!("Network {what} not changed"));
            return Ok(());
        }
    }
    let new = (!words.is_empty()).then_some(words.as_str());
    let changed = if title { network.set_title(new, affect) } else { network.set_description(new, affect) };
    changed.attempted(|| format!("Failed to set new network {what}"))?;
    control.output.last_remark(format_args!("Network {what} updated successfully"));
    Ok(())
}

pub(super) const NOTES: Answer = Answer::facts(
    &[
        field::text("title", "the title; null where there is none"),
        field::text("description", "the description; null where there is none"),
    ],
    |control, arguments| {
        let affect = affect(arguments)?;
        let network: Network = object::find(control, arguments, By::Any)?;
        let known = |text: String| Some(text).filter(|text| !text.is_empty());
        Ok(Record::new()
            .with("title", known(network.title(affect)?))
            .with("description", known(network.description(affect)?)))
    },
)
.unless(&["edit", "new-desc"]);

pub(super) fn metadata(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect(arguments)?;
    for (one, other) in [("edit", "set"), ("remove", "set"), ("remove", "edit")] {
        arguments.exclusive(one, other)?;
    }
    let network: Network = object::find(control, arguments, By::Any)?;
    let (uri, key) = (arguments.required("uri")?, arguments.text("key")?);
    let set = arguments.text("set")?;
    let element = || match network.element(uri, affect) {
        Err(error) if error.code == ErrorCode::NO_NETWORK_METADATA => Ok(None),
        element => element.map(Some),
    };
    if arguments.has("remove") {
        network.set_element(None, uri, key, affect)?;
        control.output.remark("Metadata removed");
    } else if key.is_none() && (set.is_some() || arguments.has("edit")) {
        return Err(Failure::said("namespace key is required when modifying metadata"));
    } else if set.is_some() {
        network.set_element(set, uri, key, affect)?;
        control.output.remark("Metadata modified");
    } else if arguments.has("edit") {
        let get = || Ok(element()?.unwrap_or_else(|| "\n".to_owned()));
        let set = |new: &str| network.set_element(Some(new), uri, key, affect);
        match edit::element(control, &get, &set)? {
            true => control.output.remark("Metadata modified"),
            false => control.output.print("Metadata not changed"),
        }
    } else {
        control.output.line(element()?.unwrap_or_default());
    }
    Ok(())
}
