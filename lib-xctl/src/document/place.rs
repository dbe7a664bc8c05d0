//! The place language: a path from an element to an attribute or to text.

use std::borrow::Cow;

use super::error::Error;
use super::{Document, Element, order, tag};

/// Largest index in a place, so that `timer[4000000000]` does not fill memory.
const MAX_INDEX: usize = 4096;

/// A place in a document, relative to an element.
///
/// | written | is |
/// |---|---|
/// | `@type` | an attribute of the element itself |
/// | `.` | the text of the element itself |
/// | `name` | the text of the child `name` |
/// | `driver/@cache` | an attribute of the child `driver` |
/// | `timer[2]/@name` | the second child `timer`; setting makes as many as are missing |
/// | `feature[@name='svm']/@policy` | the child with that attribute; setting makes one that has it |
/// | `metadata/libosinfo:libosinfo` | by namespace, whatever prefix the document uses |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place<'a> {
    steps: Vec<Step<'a>>,
    leaf: Leaf<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Step<'a> {
    name: &'a str,
    /// `[@name='value']`
    having: Option<(&'a str, &'a str)>,
    /// `[n]`, from 1.
    index: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaf<'a> {
    Attribute(&'a str),
    Text,
}

impl<'a> Place<'a> {
    /// Reads a place.
    ///
    /// # Errors
    /// [`Error::Place`] says what is wrong with it.
    pub fn parse(place: &'a str) -> Result<Self, Error> {
        let fault = |why| Error::Place { place: place.to_owned(), why };
        let mut steps = Vec::new();
        let mut leaf = Leaf::Text;
        let mut rest = Some(place.strip_prefix("./").unwrap_or(place)).filter(|&p| p != ".");
        while let Some(path) = rest {
            let (step, after) = split_step(path);
            rest = after;
            if let Some(attribute) = step.strip_prefix('@') {
                if rest.is_some() {
                    return Err(fault("an attribute can only come last"));
                }
                if !tag::is_name(attribute) {
                    return Err(fault("an attribute name is expected after @"));
                }
                leaf = Leaf::Attribute(attribute);
            } else {
                steps.push(Step::parse(step).map_err(fault)?);
            }
        }
        Ok(Self { steps, leaf })
    }
}

/// Splits at the first slash that is not inside brackets.
fn split_step(path: &str) -> (&str, Option<&str>) {
    let mut inside = false;
    for (at, c) in path.char_indices() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            '/' if !inside => return (&path[..at], Some(&path[at + 1..])),
            _ => {}
        }
    }
    (path, None)
}

impl<'a> Step<'a> {
    fn parse(step: &'a str) -> Result<Self, &'static str> {
        let (name, mut predicates) = match step.find('[') {
            Some(at) => step.split_at(at),
            None => (step, ""),
        };
        if !tag::is_name(name) {
            return Err("an element name is expected");
        }
        let mut parsed = Self { name, having: None, index: None };
        while let Some(inner) = predicates.strip_prefix('[') {
            let (inner, after) = inner.split_once(']').ok_or("a bracket is not closed")?;
            predicates = after;
            if let Some((attribute, value)) = inner.strip_prefix('@').and_then(|i| i.split_once('=')) {
                let quoted = |q| {
                    let value = value.strip_prefix(q).and_then(|v: &str| v.strip_suffix(q));
                    value.filter(|value| !value.contains(q))
                };
                // A shell may have taken the quotes away.
                let bare = Some(value).filter(|value| tag::is_name(value));
                let value = quoted('\'').or_else(|| quoted('"')).or(bare);
                let value = value.ok_or("a value in brackets must be quoted")?;
                if !tag::is_name(attribute) {
                    return Err("an attribute name is expected after [@");
                }
                parsed.having = Some((attribute, value));
            } else {
                let index = inner.parse().map_err(|_| "brackets hold a number or @name='value'")?;
                if !(1..=MAX_INDEX).contains(&index) {
                    return Err("numbers in brackets count from 1 to 4096");
                }
                parsed.index = Some(index);
            }
        }
        if predicates.is_empty() { Ok(parsed) } else { Err("nothing can follow a bracket but / or [") }
    }
}

impl Document {
    /// What is at a place, unescaped; `None` if there is nothing, or if `place` is not one.
    #[must_use]
    pub fn get(&self, from: Element, place: &str) -> Option<Cow<'_, str>> {
        let place = Place::parse(place).ok()?;
        let element = self.walk(from, &place.steps)?;
        match place.leaf {
            Leaf::Attribute(name) => self.attr(element, name),
            Leaf::Text => Some(self.text(element)),
        }
    }

    /// The element that a place leads to: the one that has the attribute or the text.
    #[must_use]
    pub fn find(&self, from: Element, place: &str) -> Option<Element> {
        self.walk(from, &Place::parse(place).ok()?.steps)
    }

    /// Sets what is at a place and returns the element that has it now. Missing elements are made, in schema order.
    /// Nothing is touched if the value is there already.
    ///
    /// # Errors
    /// [`Error::Place`] for what is not a place, [`Error::Character`] for a value that XML cannot hold.
    pub fn set(&mut self, from: Element, place: &str, value: &str) -> Result<Element, Error> {
        let parsed = Place::parse(place)?;
        if let Some(bad) = tag::forbidden(value) {
            return Err(Error::Character { what: place.to_owned(), code: bad.into() });
        }
        let element = self.make(from, &parsed.steps)?;
        match parsed.leaf {
            Leaf::Attribute(name) => self.set_attr(element, name, value)?,
            Leaf::Text => self.set_text(element, value)?,
        }
        Ok(element)
    }

    /// Makes sure that the element that a place leads to is there, and returns it.
    ///
    /// # Errors
    /// [`Error::Place`] for what is not a place.
    pub fn ensure(&mut self, from: Element, place: &str) -> Result<Element, Error> {
        let parsed = Place::parse(place)?;
        self.make(from, &parsed.steps)
    }

    /// Removes what is at a place, and the elements on the way to it that become empty. The place of an element's text
    /// (`vcpu`) takes the element away with its attributes unless it has child elements; `.` only takes the text.
    /// Returns whether there was anything.
    ///
    /// # Errors
    /// [`Error::Place`] for what is not a place.
    pub fn clear(&mut self, from: Element, place: &str) -> Result<bool, Error> {
        let parsed = Place::parse(place)?;
        let Some(element) = self.walk(from, &parsed.steps) else { return Ok(false) };
        match parsed.leaf {
            Leaf::Attribute(name) => {
                if !self.remove_attr(element, name) {
                    return Ok(false);
                }
            }
            Leaf::Text if element == from || self.children(element).next().is_some() => {
                self.set_text(element, "")?;
            }
            Leaf::Text => {
                let parent = self.parent(element);
                self.remove(element);
                if let (Some(parent), Some((_, steps))) = (parent, parsed.steps.split_last()) {
                    self.prune(from, parent, steps);
                }
                return Ok(true);
            }
        }
        self.prune(from, element, &parsed.steps);
        Ok(true)
    }

    /// Removes the element that a place leads to with all that is in it, and those around it that become empty.
    /// Returns whether it was there.
    ///
    /// # Errors
    /// [`Error::Place`] for what is not a place.
    pub fn clear_element(&mut self, from: Element, place: &str) -> Result<bool, Error> {
        let parsed = Place::parse(place)?;
        let Some((_, around)) = parsed.steps.split_last() else { return Ok(false) };
        let Some(element) = self.walk(from, &parsed.steps) else { return Ok(false) };
        let parent = self.parent(element);
        self.remove(element);
        if let Some(parent) = parent {
            self.prune(from, parent, around);
        }
        Ok(true)
    }

    fn walk(&self, from: Element, steps: &[Step<'_>]) -> Option<Element> {
        steps
            .iter()
            .try_fold(from, |element, step| self.matching(element, step).nth(step.index.unwrap_or(1) - 1))
    }

    fn matching<'a>(&'a self, parent: Element, step: &'a Step<'_>) -> impl Iterator<Item = Element> + 'a {
        self.children_named(parent, step.name).filter(move |&child| match step.having {
            Some((attribute, value)) => self.attr(child, attribute).is_some_and(|v| v == value),
            None => true,
        })
    }

    fn make(&mut self, from: Element, steps: &[Step<'_>]) -> Result<Element, Error> {
        let mut element = from;
        for step in steps {
            let wanted = step.index.unwrap_or(1) - 1;
            let there = self.matching(element, step).nth(wanted);
            if let Some(child) = there {
                element = child;
                continue;
            }
            let mut made = element;
            for _ in self.matching(element, step).count()..=wanted {
                made = self.insert_child(element, step.name);
                if let Some((attribute, value)) = step.having {
                    self.set_attr(made, attribute, value)?;
                }
            }
            element = made;
        }
        Ok(element)
    }

    /// Walks up from `element`, which `steps` led to, and removes what is empty. An attribute that only served to find
    /// the element (`[@name='x']`) does not keep it.
    fn prune(&mut self, from: Element, mut element: Element, steps: &[Step<'_>]) {
        for step in steps.iter().rev() {
            let key = step.having.map(|(attribute, _)| attribute);
            if element == from || !self.is_bare(element, key) {
                return;
            }
            let Some(parent) = self.parent(element) else { return };
            // `<apic/>` says something without its attributes.
            if element.0 < self.read && order::says_something(self.local_name(parent), self.name(element)) {
                return;
            }
            self.remove(element);
            element = parent;
        }
    }
}
