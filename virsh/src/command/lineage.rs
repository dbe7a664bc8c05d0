//! What snapshots and checkpoints have in common: each is a moment of a domain, most come after another one, and lists
//! show them by name, in the order of their making, or as a tree.

use std::borrow::Cow;

use hypervisor::flags::{CheckpointFilter, CheckpointXml, SnapshotFilter, SnapshotXml};
use hypervisor::{Checkpoint, Error, Snapshot};
use xctl::document::Document;

use super::Arguments;
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::{Branch, Record, Table, moment, tree};

/// A moment of a domain.
pub(super) trait Moment: Sized {
    /// Its name.
    fn name(&self) -> &str;
    /// The one that it came after.
    fn parent(&self) -> Result<Self, Error>;
    /// Its description.
    fn xml(&self) -> Result<String, Error>;
    /// How many came after it: at once, and in all.
    fn offspring(&self) -> Result<(usize, usize), Error>;
}

impl Moment for Snapshot {
    fn name(&self) -> &str {
        self.name()
    }

    fn parent(&self) -> Result<Self, Error> {
        self.parent()
    }

    fn xml(&self) -> Result<String, Error> {
        self.xml(SnapshotXml::NONE)
    }

    fn offspring(&self) -> Result<(usize, usize), Error> {
        let count = |filter| self.children(filter).map(|all| all.len());
        Ok((count(SnapshotFilter::NONE)?, count(SnapshotFilter::DESCENDANTS)?))
    }
}

impl Moment for Checkpoint {
    fn name(&self) -> &str {
        self.name()
    }

    fn parent(&self) -> Result<Self, Error> {
        self.parent()
    }

    fn xml(&self) -> Result<String, Error> {
        self.xml(CheckpointXml::NO_DOMAIN)
    }

    fn offspring(&self) -> Result<(usize, usize), Error> {
        let count = |filter| self.children(filter).map(|all| all.len());
        Ok((count(CheckpointFilter::NONE)?, count(CheckpointFilter::DESCENDANTS)?))
    }
}

/// The name of the one before; nothing where it is the first.
pub(super) fn parent<M: Moment>(moment: &M) -> Result<Option<String>, Error> {
    match moment.parent() {
        Ok(parent) => Ok(Some(parent.name().to_owned())),
        Err(error) if error.code.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Prints the name of the one before, which `kind` calls so.
pub(super) fn print_parent<M: Moment>(control: &Control, kind: &str, moment: &M) -> Outcome {
    match parent(moment)? {
        Some(parent) => control.output.print(parent),
        None => return Err(Failure::said(format!("{kind} '{}' has no parent", moment.name()))),
    }
    Ok(())
}

/// Its description, to be read.
pub(super) fn read(xml: &str) -> Result<Document, Failure> {
    Document::parse(xml).map_err(|error| Failure::said(error.to_string()))
}

/// Refuses options of a list that exclude each other; `current` says whether there is `--current`.
pub(super) fn check(arguments: &Arguments, current: bool) -> Outcome {
    for (one, other) in
        [("tree", "name"), ("parent", "roots"), ("parent", "tree"), ("roots", "tree"), ("roots", "from")]
    {
        arguments.exclusive(one, other)?;
    }
    if current {
        arguments.exclusive("roots", "current")?;
    }
    for option in ["leaves", "no-leaves"] {
        if arguments.has(option) && arguments.has("tree") {
            return Err(Failure::said(format!("--{option} and --tree are mutually exclusive")));
        }
    }
    Ok(())
}

/// Prints a list as `--name`, `--tree`, `--parent` and `--topological` ask for it, beginning with `from` if it is of
/// what came after that one; `state` is the heading of the state's column, if there is one, and what gives it.
pub(super) fn print<M: Moment>(
    control: &Control,
    arguments: &Arguments,
    from: Option<M>,
    mut moments: Vec<M>,
    state: Option<fn(&Document) -> String>,
) -> Outcome {
    if !arguments.has("topological") {
        moments.sort_by_cached_key(|moment| moment.name().to_ascii_lowercase());
    }
    let related = arguments.has("tree") || arguments.has("parent");
    if arguments.has("tree")
        && let Some(from) = from
    {
        moments.insert(0, from);
    }
    let parents: Vec<Option<String>> = match related {
        true => moments.iter().map(parent).collect::<Result<_, _>>()?,
        false => vec![None; moments.len()],
    };
    if arguments.has("tree") {
        print_tree(control, &moments, &parents);
        return Ok(());
    }
    if arguments.has("name") {
        for (moment, parent) in moments.iter().zip(&parents) {
            match parent {
                Some(parent) => control.output.line(format_args!("{}\t{parent}", moment.name())),
                None => control.output.line(moment.name()),
            }
        }
        return Ok(());
    }
    let mut heading = vec!["Name", "Creation Time"];
    heading.extend(state.map(|_| "State"));
    if arguments.has("parent") {
        heading.push("Parent");
    }
    let mut table = Table::new(&heading);
    for (moment, parent) in moments.iter().zip(parents) {
        let document = read(&moment.xml()?)?;
        let mut row = vec![moment.name().to_owned(), time(&document)];
        row.extend(state.map(|state| state(&document)));
        if arguments.has("parent") {
            row.push(parent.unwrap_or_default());
        }
        table.row(row);
    }
    control.output.table(&table);
    Ok(())
}

/// When it was made, in seconds since 1970.
pub(super) fn seconds(document: &Document) -> Option<i64> {
    document.get(document.root(), "creationTime").and_then(|text| text.trim().parse().ok())
}

/// What lists say about each moment as data: what is common to both kinds, and what `more` adds.
pub(super) fn records<M: Moment>(
    arguments: &Arguments,
    mut moments: Vec<M>,
    more: impl Fn(&Document, Record) -> Record,
) -> Result<Vec<Record>, Failure> {
    if !arguments.has("topological") {
        moments.sort_by_cached_key(|moment| moment.name().to_ascii_lowercase());
    }
    let record = |moment: &M| {
        let document = read(&moment.xml()?)?;
        let text = |place| document.get(document.root(), place).map(Cow::into_owned);
        let record = Record::new()
            .with("name", moment.name())
            .with("creation_time", seconds(&document))
            .with("parent", text("parent/name"))
            .with("description", text("description"));
        Ok(more(&document, record))
    };
    moments.iter().map(record).collect()
}

/// When it was made, on this host's clock.
fn time(document: &Document) -> String {
    seconds(document).and_then(moment::local_with_zone).unwrap_or_default()
}

/// Prints trees, each beginning with one whose parent is not among them.
fn print_tree<M: Moment>(control: &Control, moments: &[M], parents: &[Option<String>]) {
    let at = |name: &String| moments.iter().position(|moment| moment.name() == name);
    let branch = |(moment, parent): (&M, &Option<String>)| {
        // Both borrow from the list for as long as it is printed.
        (moment.name().to_owned(), parent.as_ref().and_then(at))
    };
    let named: Vec<(String, Option<usize>)> = moments.iter().zip(parents).map(branch).collect();
    let branches: Vec<Branch<'_>> =
        named.iter().map(|(name, parent)| Branch { name, parent: *parent }).collect();
    control.output.print(tree(&branches));
}
