//! Making an object what a file says: created if it is not there, changed where it differs, left alone where it does not.
//!
//! What counts is what the file *says*. libvirt fills a definition in (addresses, controllers, UUIDs, defaults), and none
//! of that is a difference: the definition that is stored keeps all that the file is silent about. What comes in lists is
//! said by its list: of elements that the file has at least once (a `<boot>`, a `<timer>`), those that it has are all. Some
//! lists are whole even where the file has nothing of them: a domain's devices of the kinds that only a person adds (disks,
//! network interfaces, displays, …), if the file has `<devices>`; a network's addresses, and the hosts and ranges of each; a
//! filter's rules. An element whose kind changes (the `type` of a disk, the `mode` of a CPU) is replaced whole.

mod dropped;
mod error;
mod kind;
mod list;
mod merge;

pub use error::Error;
pub use kind::Kind;

use hypervisor::Connection;

use self::kind::Object;
use crate::document::{Document, Element};
use crate::edit::{difference, without_runtime};

/// What a file makes of an object.
#[derive(Debug)]
pub struct Plan {
    /// What the object is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What there is to do.
    pub change: Change,
    pool: Option<String>,
    stored: Option<String>,
    xml: String,
}

/// What there is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// There is no such object yet.
    New,
    /// It is as the file says.
    None,
    /// It differs.
    Changed {
        /// How, as a unified diff.
        difference: String,
        /// Whether it is in use, so that the change counts from its next start.
        is_active: bool,
        /// Whether it has a saved state, which comes back first, as it was.
        is_saved: bool,
    },
}

/// What has become of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it is another one now: libvirt may have meant the same before, in other words.
    pub is_changed: bool,
    /// Places of what libvirt left out, such as `devices/disk/@colour`.
    pub dropped: Vec<String>,
}

impl Plan {
    /// Compares what a file says with what there is; `pool` is the pool of a volume.
    ///
    /// # Errors
    /// It is no definition of an object that is known, or of another one of the same name or UUID.
    pub fn new(connection: &Connection, text: &str, pool: Option<&str>) -> Result<Plan, Error> {
        let said = Document::parse(text)?;
        let kind = Kind::of(&said)?;
        let name = kind.name_in(&said)?;
        let pool = pool.map(str::to_owned);
        let Some(object) = Object::find(connection, kind, &said, pool.as_deref())? else {
            let (change, xml) = (Change::New, text.to_owned());
            return Ok(Plan { kind, name, change, pool, stored: None, xml });
        };
        let stored = object.stored()?;
        let said = match without_runtime(text, &stored).filter(|_| is_running(kind, &said)) {
            Some(text) => Document::parse(&text)?,
            None => said,
        };
        let before = Document::parse(&stored)?;
        let after = merge::merged(kind, &said, &before)?;
        let xml = after.to_string();
        let change = if xml == stored {
            Change::None
        } else if kind == Kind::Volume {
            return Err(Error::Fixed { name, difference: shown(&before, &after) });
        } else {
            Change::Changed {
                difference: shown(&before, &after),
                is_active: object.is_active()?,
                is_saved: object.is_saved(),
            }
        };
        Ok(Plan { kind, name, change, pool, stored: Some(stored), xml })
    }

    /// Does what there is to do.
    ///
    /// # Errors
    /// What libvirt finds wrong with it; that somebody else has changed the object since.
    pub fn run(&self, connection: &Connection) -> Result<Outcome, Error> {
        if self.change == Change::None {
            return Ok(Outcome::default());
        }
        let read = || -> Result<Option<String>, Error> {
            let document = Document::parse(&self.xml)?;
            let object = Object::find(connection, self.kind, &document, self.pool.as_deref())?;
            object.map(|object| object.stored()).transpose()
        };
        if read()? != self.stored {
            return Err(Error::ChangedMeanwhile(self.name.clone()));
        }
        kind::define(connection, self.kind, &self.xml, self.pool.as_deref())?;
        let now = read()?;
        let dropped = now.as_deref().map(|now| self.dropped(now)).transpose()?.unwrap_or_default();
        Ok(Outcome { is_changed: now != self.stored, dropped })
    }

    /// What of the definition is not in the one that is stored now.
    fn dropped(&self, now: &str) -> Result<Vec<String>, Error> {
        let mut said = Document::parse(&self.xml)?;
        if is_running(self.kind, &said)
            && let Some(text) = without_runtime(&self.xml, now)
        {
            said = Document::parse(&text)?;
        }
        Ok(dropped::dropped(self.kind, &said, &Document::parse(now)?))
    }
}

/// Whether it was printed of a guest that runs: it holds much that no definition has.
fn is_running(kind: Kind, said: &Document) -> bool {
    kind == Kind::Domain && said.attr(said.root(), "id").is_some()
}

/// The difference, as it may be shown: without passwords.
fn shown(before: &Document, after: &Document) -> String {
    let (mut before, mut after) = (before.clone(), after.clone());
    let passwords = |document: &Document| -> Vec<(Element, String)> {
        let devices = document.child(document.root(), "devices");
        let displays = devices.into_iter().flat_map(|devices| document.children_named(devices, "graphics"));
        displays
            .filter_map(|display| Some((display, document.attr(display, "passwd")?.into_owned())))
            .collect()
    };
    let known: Vec<String> = passwords(&before).into_iter().map(|(_, password)| password).collect();
    for document in [&mut before, &mut after] {
        for (display, password) in passwords(document) {
            let word = if known.contains(&password) { "(hidden)" } else { "(another, hidden)" };
            // The attribute is there, so that it can be set.
            let _ = document.set_attr(display, "passwd", word);
        }
    }
    let text = difference(&before.to_string(), &after.to_string()).unwrap_or_default();
    text.replacen("Original XML", "stored", 1).replacen("Altered XML", "file", 1)
}
