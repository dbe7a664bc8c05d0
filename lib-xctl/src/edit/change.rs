//! One change to a definition: what was typed, checked, and then made in a document.

use super::addition;
use super::boot_order;
use super::candidates::identity;
use super::conversion;
use super::error::Error;
use super::requests;
use super::selection::Selection;
use super::surroundings::Surroundings;
use super::vnc;
use crate::document::{Document, Element};
use crate::domain::{self, CONVERT_TO_Q35, CONVERT_TO_VNC};
use crate::install::Given;
use crate::property::Table;
use crate::storage::Creation;

/// Options that are about several elements of the definition, so that there is none to count, print or plug.
const SCATTERED: &[&str] = &["metadata", "events", "iothreads", "memory", "vcpus", "xml"];

/// Options of which libvirt could hold several and one is kept here: adding is editing.
const SINGLE_LISTS: &[&str] = &["sysinfo"];

/// What is done with what an option names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// `--edit`: it gets other properties.
    Edit(Selection),
    /// `--add-device`.
    Add,
    /// `--remove-device`; the option says which.
    Remove,
    /// `--build-xml`: it is made, and belongs to no definition.
    Build,
}

impl Action {
    /// The option that asks for it, without its dashes.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Action::Edit(_) => "edit",
            Action::Add => "add-device",
            Action::Remove => "remove-device",
            Action::Build => "build-xml",
        }
    }
}

/// A change that makes sense by itself.
#[derive(Debug, Clone)]
pub struct Change {
    action: Action,
    table: &'static Table,
    texts: Vec<String>,
    /// `--osinfo`.
    system: Option<String>,
}

/// A definition after a change.
#[derive(Debug, Clone)]
pub struct Changed {
    /// The definition.
    pub document: Document,
    /// What was added, edited or removed, as XML by itself.
    pub devices: Vec<String>,
    /// Of each of them, the disks that have to be created for it.
    pub creations: Vec<Vec<Creation>>,
    /// What says which devices they are, where there is such a thing.
    identities: Vec<Option<String>>,
}

impl Change {
    /// A change by exactly one option, which may be given more than once.
    ///
    /// # Errors
    /// None or several options are given, the option does not fit the action, or its text is wrong.
    pub fn new(action: Action, given: &[Given], system: Option<String>) -> Result<Change, Error> {
        let mut options: Vec<&str> = given.iter().map(|given| given.option.as_str()).collect();
        options.dedup();
        let option = match options[..] {
            [] => return Err(Error::NoChange),
            [option] => option,
            _ => return Err(Error::SeveralChanges(options.iter().map(|o| format!("--{o}")).collect())),
        };
        let table = domain::table(option).ok_or(Error::NoChange)?;
        let change =
            Change { action, table, texts: given.iter().map(|given| given.text.clone()).collect(), system };
        change.check()?;
        Ok(change)
    }

    fn check(&self) -> Result<(), Error> {
        let (name, option) = (self.action.name(), self.table.option);
        if self.system.is_some() && self.action != Action::Add {
            return Err(Error::SystemUnused { action: name });
        }
        match &self.action {
            Action::Edit(selection) if self.is_scattered() => {
                if !matches!(selection, Selection::Number(1) | Selection::All) {
                    return Err(Error::NothingToSelect { selection: selection.to_string(), option });
                }
            }
            Action::Edit(_) => {}
            _ if option == "xml" || self.is_conversion() => return Err(Error::OnlyEdits(option)),
            Action::Build if self.is_scattered() => return Err(Error::NotOneElement(option)),
            Action::Build => {}
            Action::Add if SINGLE_LISTS.contains(&option) => {}
            Action::Add | Action::Remove if !self.table.many => {
                return Err(Error::NotADevice { action: name, option });
            }
            Action::Add => {}
            // Its text selects.
            Action::Remove => return Ok(()),
        }
        for text in &self.texts {
            self.table.parse(text)?;
        }
        Ok(())
    }

    /// What it does.
    #[must_use]
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// The option that says what, without its dashes.
    #[must_use]
    pub fn option(&self) -> &'static str {
        self.table.option
    }

    /// Whether it is about several elements, none of which is a device.
    #[must_use]
    pub fn is_scattered(&self) -> bool {
        SCATTERED.contains(&self.table.option) || self.is_conversion()
    }

    fn is_conversion(&self) -> bool {
        [&CONVERT_TO_Q35, &CONVERT_TO_VNC].iter().any(|table| table.option == self.table.option)
    }

    /// Makes the change in a definition.
    ///
    /// # Errors
    /// Nothing is selected, what is selected cannot be so, or the host offers nothing that fits.
    pub fn apply(&self, mut document: Document, around: &Surroundings<'_>) -> Result<Changed, Error> {
        let root = document.name(document.root());
        if root != "domain" {
            return Err(Error::NotADomain(root.to_owned()));
        }
        let mut creations = Vec::new();
        let identities = |document: &Document, elements: &[Element]| {
            elements.iter().map(|element| identity(document, self.table, *element)).collect::<Vec<_>>()
        };
        let (devices, identities) = match &self.action {
            Action::Edit(selection) => {
                let elements = self.selected(&document, selection)?;
                let identities = identities(&document, &elements);
                for element in &elements {
                    creations.push(self.edit(&mut document, *element, around)?);
                }
                (self.texts_of(&document, &elements), identities)
            }
            Action::Add | Action::Build => {
                if let Some(system) = &self.system {
                    requests::set_system(&mut document, system)?;
                }
                let (elements, made) = self.make(&mut document, around)?;
                creations = made;
                (self.texts_of(&document, &elements), identities(&document, &elements))
            }
            Action::Remove => {
                let selection = Selection::parse(self.texts.last().map_or("", String::as_str));
                let elements = selection.find(&document, self.table, self.action.name())?;
                let (texts, identities) =
                    (self.texts_of(&document, &elements), identities(&document, &elements));
                remove(&mut document, &elements);
                if self.table.option == "graphics" {
                    vnc::remove_lost_ends(&mut document);
                }
                (texts, identities)
            }
        };
        Ok(Changed { document, devices, creations, identities })
    }

    /// Makes in the stored definition the change that was made in that of the running guest.
    ///
    /// # Errors
    /// As for [`Change::apply`]; also [`Error::Ambiguous`] if a number selects different devices in the two.
    pub fn repeat(
        &self,
        mut document: Document,
        running: &Changed,
        around: &Surroundings<'_>,
    ) -> Result<Changed, Error> {
        if self.action == Action::Add {
            if let Some(system) = &self.system {
                requests::set_system(&mut document, system)?;
            }
            for device in &running.devices {
                addition::append(&mut document, self.table, device)?;
            }
            return Ok(Changed { document, ..running.clone() });
        }
        let changed = self.apply(document, around)?;
        for (running, stored) in running.identities.iter().zip(&changed.identities) {
            if let (Some(running), Some(stored)) = (running, stored)
                && running != stored
            {
                let (running, stored) = (running.clone(), stored.clone());
                return Err(Error::Ambiguous { selection: self.selection(), running, stored });
            }
        }
        Ok(changed)
    }

    fn selection(&self) -> String {
        match &self.action {
            Action::Edit(selection) => format!("--edit {selection}"),
            action => format!("--{} --{} {}", action.name(), self.table.option, self.texts.join(" ")),
        }
    }

    fn selected(&self, document: &Document, selection: &Selection) -> Result<Vec<Element>, Error> {
        if self.is_scattered() {
            Ok(vec![document.root()])
        } else {
            selection.find(document, self.table, "edit")
        }
    }

    fn edit(
        &self,
        document: &mut Document,
        element: Element,
        around: &Surroundings<'_>,
    ) -> Result<Vec<Creation>, Error> {
        let mut creations = Vec::new();
        for text in &self.texts {
            let options = around.options(self.table, text)?;
            if self.is_conversion() {
                conversion::run(document, self.table, &options, around)?;
            } else if !options.is_none() {
                self.table.apply(document, element, &options)?;
                if options.has("boot.order") {
                    boot_order::make_room(document, element)?;
                }
                creations.extend(requests::fulfil(document, self.table, element, &options, text, around)?);
            }
        }
        Ok(creations)
    }

    fn make(
        &self,
        document: &mut Document,
        around: &Surroundings<'_>,
    ) -> Result<(Vec<Element>, Vec<Vec<Creation>>), Error> {
        if self.table.many {
            return addition::add(document, self.table, &self.texts, around);
        }
        let creations = self.edit(document, document.root(), around)?;
        Ok((vec![document.root()], vec![creations]))
    }

    /// The elements as XML by themselves; of an option with one element, that one.
    fn texts_of(&self, document: &Document, elements: &[Element]) -> Vec<String> {
        let own = |element: &Element| match self.table.many {
            true => Some(*element),
            false if self.is_scattered() => None,
            false => document.find(*element, self.table.element),
        };
        elements
            .iter()
            .filter_map(own)
            .map(|element| outdented(&document.element_to_string(element)))
            .collect()
    }
}

/// Removes devices. The console that stands for a serial port goes with it: libvirt would make the port anew for it.
fn remove(document: &mut Document, elements: &[Element]) {
    for element in elements {
        let twin = twin(document, *element);
        document.remove(*element);
        if let Some(twin) = twin {
            document.remove(twin);
        }
    }
}

fn twin(document: &Document, serial: Element) -> Option<Element> {
    if document.name(serial) != "serial" {
        return None;
    }
    let devices = document.parent(serial)?;
    if document.child(devices, "serial") != Some(serial) {
        return None;
    }
    let console = document.child(devices, "console")?;
    let is_serial = document.get(console, "target/@type").is_none_or(|kind| kind == "serial");
    (is_serial && document.attr(console, "type") == document.attr(serial, "type")).then_some(console)
}

/// The text of an element as if it stood at the left margin.
pub(super) fn outdented(text: &str) -> String {
    let indent = text.rsplit_once('\n').map_or("", |(_, last)| last);
    let indent = &indent[..indent.len() - indent.trim_start().len()];
    if indent.is_empty() {
        return text.to_owned();
    }
    let lines = text.split('\n').map(|line| line.strip_prefix(indent).unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_by_itself_stands_at_the_margin() {
        assert_eq!(outdented("<a>\n      <b/>\n    </a>"), "<a>\n  <b/>\n</a>");
        assert_eq!(outdented("<a/>"), "<a/>");
        assert_eq!(outdented("<a>x</a>"), "<a>x</a>");
    }
}
