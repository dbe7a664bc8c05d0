//! The rows of one option, and what can be done with them.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Error;
use super::options::{Item, Options};
use super::row::{Kind, Property, Target};
use super::{help, numbered, xpath};
use crate::document::{self, Document, Element};

/// Rewrites what was typed before names are looked up.
pub type Shorthand = fn(&mut Options) -> Result<(), Error>;

/// The suboptions of one option.
#[derive(Debug)]
pub struct Table {
    /// The option without its dashes: `disk`.
    pub option: &'static str,
    /// Other names of the option.
    pub aliases: &'static [&'static str],
    /// The element that it is about, from the root: `devices/disk`; empty for none of its own, `.` for the root, which
    /// paths of `xpath.set` then count from.
    pub element: &'static str,
    /// Whether there may be many of that element. Their rows' places count from the element, all others from the root.
    pub many: bool,
    /// The names of values that come first without a name.
    pub first: &'static [&'static str],
    /// Whether `none` alone means that there shall be no such thing.
    pub none: bool,
    /// Rewrites words that are not `name=value` (`--cpu host,+vmx`) before names are looked up.
    pub shorthand: Option<Shorthand>,
    /// The rows; lists that several tables share come after a table's own.
    pub rows: &'static [&'static [Property]],
    /// One line of help.
    pub help: &'static str,
}

/// What a table that says nothing else has.
pub(crate) const TABLE: Table = Table {
    option: "",
    aliases: &[],
    element: "",
    many: false,
    first: &[],
    none: false,
    shorthand: None,
    rows: &[],
    help: "",
};

impl Table {
    /// All rows in order.
    pub fn properties(&self) -> impl Iterator<Item = &'static Property> + use<> {
        let shared = match self.element {
            "" => &[],
            // The whole definition is not for emptying.
            "." => &xpath::ROWS[1..],
            _ => xpath::ROWS,
        };
        self.rows.iter().copied().chain([shared]).flatten()
    }

    /// The row that a name or alias belongs to.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&'static Property> {
        self.look_up(name).map(|(property, _)| property)
    }

    /// Also takes `boot_order` for `boot.order`: scripts use both.
    fn look_up(&self, name: &str) -> Option<(&'static Property, Vec<usize>)> {
        let exactly = |p: &'static Property| {
            p.names().find_map(|pattern| numbered::matches(pattern, name)).map(|numbers| (p, numbers))
        };
        let loosely = |p: &'static Property| {
            let same = |n: &str| numbered::matches(&n.replace('.', "_"), &name.replace('.', "_"));
            p.names().find_map(same).map(|numbers| (p, numbers))
        };
        self.properties().find_map(exactly).or_else(|| self.properties().find_map(loosely))
    }

    /// A name as the table has it, with its numbers: `cache` is `driver.cache`.
    pub(super) fn canonical(&self, name: &str) -> Option<String> {
        self.look_up(name).map(|(property, numbers)| numbered::name(property.name, &numbers))
    }

    /// Reads what was typed after the option and checks names and values.
    ///
    /// # Errors
    /// Every variant of [`Error`] but `Document`.
    pub fn parse(&'static self, text: &str) -> Result<Options, Error> {
        self.resolve(Options::parse(text)?)
    }

    /// Gives names their canonical form and checks them and their values.
    fn resolve(&'static self, mut options: Options) -> Result<Options, Error> {
        if options.table().is_some_and(|t| std::ptr::eq(t, self)) {
            return Ok(options);
        }
        // Where it cannot be a value, `none` says nothing.
        if options.raw() == "none" && (self.none || self.first.is_empty()) {
            options.items().clear();
            options.bind(self);
            return Ok(options);
        }
        if let (true, Some(Item { name, value: None })) = (self.many, options.items().first())
            && name == "default"
        {
            options.items().remove(0);
        }
        for (item, first) in options.items().iter_mut().zip(self.first) {
            if item.value.is_some() {
                break;
            }
            let value = std::mem::replace(&mut item.name, (*first).to_owned());
            item.value = Some(value);
        }
        if let Some(shorthand) = self.shorthand {
            shorthand(&mut options)?;
        }
        let typed = std::mem::take(options.items());
        let mut resolved: Vec<Item> = Vec::with_capacity(typed.len());
        let mut last: Option<&Property> = None;
        for item in typed {
            let known = self.look_up(&item.name);
            let goes_on = |row: &&Property| match row.kind {
                Kind::List => item.value.is_none(),
                _ => row.commas && known.is_none(),
            };
            if let (Some(_), Some(Item { value: Some(value), .. })) =
                (last.filter(goes_on), resolved.last_mut())
            {
                value.extend([",", &item.name]);
                value.extend(item.value.iter().flat_map(|more| ["=", more]));
                continue;
            }
            let (property, numbers) = known.ok_or_else(|| self.unknown(&item.name))?;
            let name = numbered::name(property.name, &numbers);
            if property.kind != Kind::Many && resolved.iter().any(|i| i.name == name) {
                return Err(Error::Twice { option: self.option, name: item.name });
            }
            last = Some(property).filter(|_| item.value.is_some());
            resolved.push(self.checked(property, name, item)?);
        }
        *options.items() = resolved;
        options.bind(self);
        Ok(options)
    }

    fn checked(&self, property: &Property, name: String, item: Item) -> Result<Item, Error> {
        let value = match item.value {
            Some(value) => value,
            None => match property.kind {
                Kind::YesNo | Kind::Present => "yes".to_owned(),
                Kind::OnOff => "on".to_owned(),
                _ => return Err(Error::NoValue { option: self.option, name: item.name }),
            },
        };
        if !value.is_empty() {
            self.written(property, &item.name, &value)?;
        }
        Ok(Item { name, value: Some(value) })
    }

    pub(super) fn written(&self, property: &Property, typed: &str, value: &str) -> Result<String, Error> {
        property.kind.written(value).map_err(|allowed| Error::Value {
            option: self.option,
            name: typed.to_owned(),
            value: value.to_owned(),
            allowed,
        })
    }

    /// The options with names as the table has them.
    pub(super) fn resolved(&'static self, options: &Options) -> Result<Options, Error> {
        self.resolve(options.clone())
    }

    /// The row of a name, and the numbers in the name.
    pub(super) fn row(&self, name: &str) -> Result<(&'static Property, Vec<usize>), Error> {
        self.look_up(name).ok_or_else(|| self.unknown(name))
    }

    fn unknown(&self, name: &str) -> Error {
        Error::Unknown { option: self.option, name: name.to_owned(), nearest: help::nearest(self, name) }
    }

    /// Sets all that the options say. `element` is the device for tables of devices, the root for all others. An empty
    /// value clears. Rows are set in the order of the table.
    ///
    /// # Errors
    /// As for [`Table::parse`], and [`Error::Document`] for what XML cannot hold.
    pub fn apply(
        &'static self,
        document: &mut Document,
        element: Element,
        options: &Options,
    ) -> Result<(), Error> {
        let options = self.resolved(options)?;
        if options.is_on("clearxml") == Some(true) {
            self.empty(document, element).map_err(|e| self.document_error(e))?;
        }
        let mut found: Vec<Found<'_>> = Vec::new();
        for (name, value) in options.iter() {
            let (property, numbers) = self.row(name)?;
            let at = self.properties().position(|p| std::ptr::eq(p, property));
            found.push(Found { at, property, numbers, value: value.unwrap_or_default() });
        }
        found.sort_by_key(|f| f.at);
        close_gaps(document, element, &mut found);
        for Found { property, numbers, value, .. } in found {
            let value =
                if value.is_empty() { String::new() } else { self.written(property, property.name, value)? };
            property.set(document, element, &numbers, &value).map_err(|e| self.document_error(e))?;
        }
        if !options.iter().any(|(name, _)| name.starts_with("xpath")) {
            return Ok(());
        }
        let own = if self.many || self.element == "." {
            element
        } else {
            document.ensure(element, self.element).map_err(|e| self.document_error(e))?
        };
        xpath::apply(document, own, &options).map_err(|(path, why)| Error::Path {
            option: self.option,
            path,
            why,
        })
    }

    /// Makes what the options say: a new device among its kind, or settings of the domain. Returns the device, or the
    /// root.
    ///
    /// # Errors
    /// As for [`Table::apply`]; the document is then as it was before.
    pub fn add(&'static self, document: &mut Document, options: &Options) -> Result<Element, Error> {
        let options = self.resolved(options)?;
        let root = document.root();
        if !self.many {
            self.apply(document, root, &options)?;
            return Ok(root);
        }
        let (parent, name) = self.element.rsplit_once('/').unwrap_or((".", self.element));
        let parent = document.ensure(root, parent).map_err(|e| self.document_error(e))?;
        let element = document.insert_child(parent, name);
        self.apply(document, element, &options).inspect_err(|_| {
            document.remove(element);
        })?;
        Ok(element)
    }

    /// The elements that the table is about, in order.
    pub fn elements(&self, document: &Document) -> Vec<Element> {
        let root = document.root();
        if !self.many {
            return vec![root];
        }
        let (parent, name) = self.element.rsplit_once('/').unwrap_or((".", self.element));
        let parent = document.find(root, parent);
        parent.map(|p| document.children_named(p, name).collect()).unwrap_or_default()
    }

    /// What a suboption is in the document; `None` if it is not there, has no place, or is no name of this table.
    #[must_use]
    pub fn get(&self, document: &Document, element: Element, name: &str) -> Option<String> {
        let (property, numbers) = self.look_up(name)?;
        property.get(document, element, &numbers)
    }

    /// Sets one suboption.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Value`], [`Error::Document`].
    pub fn set(
        &self,
        document: &mut Document,
        element: Element,
        name: &str,
        value: &str,
    ) -> Result<(), Error> {
        let (property, numbers) = self.row(name)?;
        let value = if value.is_empty() { String::new() } else { self.written(property, name, value)? };
        property.set(document, element, &numbers, &value).map_err(|e| self.document_error(e))
    }

    /// Clears one suboption, with the elements that become empty.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Document`].
    pub fn clear(&self, document: &mut Document, element: Element, name: &str) -> Result<(), Error> {
        self.set(document, element, name, "")
    }

    fn empty(&self, document: &mut Document, element: Element) -> Result<(), document::Error> {
        if !self.many {
            return document.clear_element(element, self.element).map(|_| ());
        }
        let attributes: Vec<String> = document.attrs(element).map(|(name, _)| name.to_owned()).collect();
        for name in attributes.iter().filter(|n| !n.starts_with("xmlns")) {
            document.remove_attr(element, name);
        }
        let children: Vec<Element> = document.children(element).collect();
        for child in children {
            document.remove(child);
        }
        document.set_text(element, "")
    }

    fn document_error(&self, source: document::Error) -> Error {
        Error::Document { option: self.option, source }
    }
}

/// A suboption on its way into the document.
struct Found<'o> {
    at: Option<usize>,
    property: &'static Property,
    numbers: Vec<usize>,
    value: &'o str,
}

/// Numbers beyond what the document has only tell new elements apart and order them: `timer3` and `timer7` of a
/// document without timers are its first and second.
fn close_gaps(document: &Document, element: Element, found: &mut [Found<'_>]) {
    let deepest = found.iter().map(|f| f.numbers.len()).max().unwrap_or(0);
    for level in 0..deepest {
        let mut groups: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let key = |f: &Found<'_>| match f.property.target {
            Target::At(place) => numbered::place_before(place, &f.numbers, level),
            Target::Special(_) | Target::Request => None,
        };
        for f in found.iter() {
            if let Some(key) = key(f) {
                groups.entry(key).or_default().insert(f.numbers[level]);
            }
        }
        for f in found.iter_mut() {
            let Some(key) = key(f) else { continue };
            let there = |n: usize| document.find(element, &format!("{key}[{}]", n + 1)).is_some();
            if there(f.numbers[level]) {
                continue;
            }
            let count = (0..).take_while(|&n| there(n)).count();
            let before = groups.get(&key).into_iter().flatten();
            f.numbers[level] = count + before.filter(|&&n| n >= count && n < f.numbers[level]).count();
        }
    }
}

impl Property {
    pub(super) fn get(&self, document: &Document, element: Element, numbers: &[usize]) -> Option<String> {
        match self.target {
            Target::At(place) => {
                let place = numbered::place(place, numbers);
                match self.kind {
                    Kind::Present => document.find(element, &place).map(|_| "yes".to_owned()),
                    _ => document.get(element, &place).map(|v| v.into_owned()),
                }
            }
            Target::Special(special) => (special.get)(document, element, numbers),
            Target::Request => None,
        }
    }

    fn set(
        &self,
        document: &mut Document,
        element: Element,
        numbers: &[usize],
        value: &str,
    ) -> Result<(), document::Error> {
        match self.target {
            Target::At(place) => {
                let place = numbered::place(place, numbers);
                match (self.kind, super::is_on(value)) {
                    (Kind::Present, Some(true)) => document.ensure(element, &place).map(|_| ()),
                    (Kind::Present, _) => document.clear_element(element, &place).map(|_| ()),
                    _ if value.is_empty() => document.clear(element, &place).map(|_| ()),
                    _ => document.set(element, &place, value).map(|_| ()),
                }
            }
            Target::Special(special) => (special.set)(document, element, numbers, value),
            Target::Request => Ok(()),
        }
    }
}
