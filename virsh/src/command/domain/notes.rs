//! What is noted on a domain: title, description, and what applications keep in its metadata.

use hypervisor::flags::Affect;
use hypervisor::{Domain, Error, ErrorCode};

use super::affect::{self, CONFIG, CURRENT, LIVE};
use super::{By, find};
use crate::command::option::{domain, flag, rest, text};
use crate::command::{Answer, Arguments, Command, Values, answer, edit, editor};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, field};

pub(super) const DESCRIBE: Command = Command::new(
    "desc",
    "print or change a domain's description or title",
    "Prints the description or title of a domain, or changes it to the words that follow.",
    &[
        domain(Values::Domain),
        LIVE,
        CONFIG,
        CURRENT,
        flag("title", "the title, not the description"),
        flag("edit", "change it in $VISUAL or $EDITOR").alone(),
        rest("new-desc", "the new words"),
    ],
    describe,
)
.acts()
.answers(&NOTES);

pub(super) const METADATA: Command = Command::new(
    "metadata",
    "print or change what an application keeps with a domain",
    "Prints or changes the element that an application keeps in a domain's XML under a\n\
     namespace of its own.",
    &[
        domain(Values::Domain),
        text("uri", "the namespace").required(),
        LIVE,
        CONFIG,
        CURRENT,
        flag("edit", "change it in $VISUAL or $EDITOR").alone(),
        text("key", "prefix that the namespace gets").tolerated(),
        text("set", "the new element").tolerated(),
        flag("remove", "remove it"),
    ],
    metadata,
)
.acts()
.answers(&answer::XML.unless(&["set", "edit", "remove"]));

fn describe(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::affect(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let title = arguments.has("title");
    let kind = if title { "title" } else { "description" };
    let known = || -> Result<String, Error> {
        // Both at once is for changes; what is read is that of the next start.
        let affect = if affect.contains(Affect::CONFIG) { Affect::CONFIG } else { affect };
        if title { domain.title(affect) } else { domain.description(affect) }
    };
    let mut words = arguments.rest("new-desc").join(" ");
    let given = !arguments.rest("new-desc").is_empty();
    if !given && !arguments.has("edit") {
        let text = known()?;
        match text.is_empty() {
            true => control.output.last_remark(format_args!("No {kind} for domain: {}", domain.name())),
            false => control.output.print(text),
        }
        return Ok(());
    }
    if arguments.has("edit") {
        let old = known()?;
        let before = if given { &words } else { &old };
        words = editor::edit(control, before)?.trim_end_matches('\n').to_owned();
        if words == old {
            control.output.line(format_args!("Domain {kind} not changed"));
            return Ok(());
        }
    }
    let words = Some(&*words).filter(|words| !words.is_empty());
    let set = if title { domain.set_title(words, affect) } else { domain.set_description(words, affect) };
    set.attempted(|| format!("Failed to set new domain {kind}"))?;
    control.output.last_remark(format_args!("Domain {kind} updated successfully"));
    Ok(())
}

const NOTES: Answer = Answer::facts(
    &[
        field::text("title", "the title; null where there is none"),
        field::text("description", "the description; null where there is none"),
    ],
    |control, arguments| {
        let affect = affect::affect(arguments)?;
        let affect = if affect.contains(Affect::CONFIG) { Affect::CONFIG } else { affect };
        let domain = find(control, arguments, By::ANY)?;
        let known = |text: String| Some(text).filter(|text| !text.is_empty());
        Ok(Record::new()
            .with("title", known(domain.title(affect)?))
            .with("description", known(domain.description(affect)?)))
    },
)
.unless(&["edit", "new-desc"]);

fn metadata(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("edit", "set")?;
    arguments.exclusive("remove", "set")?;
    arguments.exclusive("remove", "edit")?;
    let affect = affect::affect(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let (uri, key) = (arguments.required("uri")?, arguments.text("key")?);
    let (new, edits) = (arguments.text("set")?, arguments.has("edit"));
    let key = match key {
        None if new.is_some() || edits => {
            return Err(Failure::said("namespace key is required when modifying metadata"));
        }
        key => key.unwrap_or_default(),
    };
    if arguments.has("remove") {
        domain.set_element(None, uri, key, affect)?;
        control.output.remark("Metadata removed");
    } else if let Some(new) = new {
        domain.set_element(Some(new), uri, key, affect)?;
        control.output.remark("Metadata modified");
    } else if edits {
        let get = || Ok(element(&domain, uri, affect)?.unwrap_or_else(|| "\n".to_owned()));
        let set = |new: &str| domain.set_element(Some(new), uri, key, affect);
        match edit::element(control, &get, &set)? {
            true => control.output.remark("Metadata modified"),
            false => control.output.print("Metadata not changed"),
        }
    } else {
        control.output.line(element(&domain, uri, affect)?.unwrap_or_default());
    }
    Ok(())
}

/// The application's element; `None` where there is none.
fn element(domain: &Domain, uri: &str, affect: Affect) -> Result<Option<String>, Error> {
    match domain.element(uri, affect) {
        Err(error) if error.code == ErrorCode::NO_DOMAIN_METADATA => Ok(None),
        element => element.map(Some),
    }
}
