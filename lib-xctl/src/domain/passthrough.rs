//! `--qemu-commandline`: arguments and variables that go to QEMU as they are.

use crate::document::{self, Document, Element};
use crate::property::{Error, Form, Item, Options, Property, Special, TABLE, Table, rows, shell_words};

/// `--qemu-commandline`.
pub static QEMU_COMMANDLINE: Table = Table {
    option: "qemu-commandline",
    element: "qemu:commandline",
    shorthand: Some(arguments_alone),
    rows: &[ROWS],
    help: "Arguments and environment variables for QEMU itself",
    ..TABLE
};

const ARGUMENTS: Special = Special { get: arguments, set: add_arguments };
const VARIABLE: Special = Special { get: variables, set: add_variable };

const ASSIGNMENT: Form =
    Form { allowed: "a name and a value", example: "DISPLAY=:0", fits: |text| text.contains('=') };

const ROWS: &[Property] = rows! {
    "args": Text => via ARGUMENTS, "Arguments, split at blanks as by a shell";
    "env": Form(&ASSIGNMENT) => via VARIABLE, "Environment variable, as NAME=VALUE";
};

/// The whole text is arguments unless it says what it is; commas are QEMU's then, and quotes the arguments'.
fn arguments_alone(options: &mut Options) -> Result<(), Error> {
    let known = |name: &str| matches!(name, "args" | "env" | "clearxml") || name.starts_with("xpath");
    let raw = options.raw().to_owned();
    let item = |name: &str, value: &str| Item { name: name.to_owned(), value: Some(value.to_owned()) };
    if let Some(rest) = raw.strip_prefix("args=") {
        *options.items() = vec![item("args", rest)];
    } else if let Some(rest) = raw.strip_prefix("env=") {
        *options.items() = vec![item("env", rest)];
    } else if !raw.is_empty() && !options.items().first().is_some_and(|first| known(&first.name)) {
        *options.items() = vec![item("args", &raw)];
    }
    Ok(())
}

fn children(document: &Document, root: Element, name: &str) -> Vec<Element> {
    let commandline = document.child(root, "qemu:commandline");
    commandline.map(|c| document.children_named(c, name).collect()).unwrap_or_default()
}

fn arguments(document: &Document, root: Element, _: &[usize]) -> Option<String> {
    let all: Vec<_> = children(document, root, "qemu:arg");
    let all: Vec<_> = all.into_iter().filter_map(|a| document.attr(a, "value")).collect();
    (!all.is_empty()).then(|| all.join(" "))
}

/// Adds to what is there; an empty value takes all away.
fn add_arguments(
    document: &mut Document,
    root: Element,
    _: &[usize],
    text: &str,
) -> Result<(), document::Error> {
    if text.is_empty() {
        return super::clear_all(document, root, "qemu:commandline/qemu:arg");
    }
    for argument in shell_words(text) {
        let commandline = document.ensure(root, "qemu:commandline")?;
        let element = document.insert_child(commandline, "qemu:arg");
        document.set_attr(element, "value", &argument)?;
    }
    Ok(())
}

fn variables(document: &Document, root: Element, _: &[usize]) -> Option<String> {
    let first = children(document, root, "qemu:env").into_iter().next()?;
    let name = document.attr(first, "name")?;
    let value = document.attr(first, "value");
    Some(value.map_or(name.to_string(), |value| format!("{name}={value}")))
}

fn add_variable(
    document: &mut Document,
    root: Element,
    _: &[usize],
    text: &str,
) -> Result<(), document::Error> {
    if text.is_empty() {
        return super::clear_all(document, root, "qemu:commandline/qemu:env");
    }
    let commandline = document.ensure(root, "qemu:commandline")?;
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let same = |e: &Element| document.attr(*e, "name").is_some_and(|n| n == name);
    let found = document.children_named(commandline, "qemu:env").find(same);
    let element = found.unwrap_or_else(|| document.insert_child(commandline, "qemu:env"));
    document.set_attr(element, "name", name)?;
    document.set_attr(element, "value", value)
}
