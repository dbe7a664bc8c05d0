//! Install scripts: templates of the files that answer an installer's questions, and tables that turn one name of a
//! language or keyboard into another.

use std::path::Path;

use super::database::Database;
use crate::document::{Document, Element};
use crate::xslt;

/// Largest file that is read; the database's own stay below 20 KiB.
const MAX_FILE: u64 = 1 << 20;

/// A script, as it is written.
#[derive(Debug, Clone)]
pub(crate) struct InstallScript {
    document: Document,
    element: Element,
    sheet: Element,
    pub(crate) id: String,
    /// `desktop`, `jeos`.
    pub(crate) profile: String,
    /// Name under which the installer looks for it.
    pub(crate) file: String,
}

impl InstallScript {
    fn read(document: Document, id: &str) -> Option<InstallScript> {
        let root = document.root();
        let is_it = |&script: &Element| document.attr(script, "id").is_some_and(|found| found == id);
        let element = document.children_named(root, "install-script").find(is_it)?;
        let template = document.child(element, "template")?;
        let sheet = document.children(template).next()?;
        let text = |name: &str| document.get(element, name).map(|text| text.trim().to_owned());
        let (profile, file) = (text("profile")?, text("expected-filename")?);
        Some(InstallScript { element, sheet, id: id.to_owned(), profile, file, document })
    }

    /// Whether it can be handed over like that: `initrd`, `cdrom`, `floppy`, `disk`.
    pub(crate) fn takes(&self, method: &str) -> bool {
        let methods = self.document.children_named(self.element, "injection-method");
        methods.into_iter().any(|own| self.document.text(own).trim() == method)
    }

    /// Whether it does not work without a value.
    pub(crate) fn requires(&self, name: &str) -> bool {
        self.param(name, "policy").is_some_and(|policy| policy == "required")
    }

    /// The id of the table that a value goes through first.
    pub(crate) fn map(&self, name: &str) -> Option<String> {
        self.param(name, "value-map")
    }

    fn param(&self, name: &str, attribute: &str) -> Option<String> {
        let config = self.document.child(self.element, "config")?;
        let is_it = |&param: &Element| self.document.attr(param, "name").is_some_and(|found| found == name);
        // Debian's script for desktops says twice whether it wants passwords; libosinfo lets the last one count.
        let param = self.document.children_named(config, "param").filter(is_it).last()?;
        self.document.attr(param, attribute).map(Into::into)
    }

    /// What its template makes of a document of values; `None` where it makes nothing of that kind.
    pub(crate) fn render(&self, values: &Document) -> Result<Option<String>, xslt::Error> {
        xslt::transform(&self.document, self.sheet, values)
    }
}

impl Database {
    /// The install script of that id; the one of the user's own directory counts, if there is one.
    pub(crate) fn install_script(&self, id: &str) -> Option<InstallScript> {
        self.look_in("install-script", id, |document| InstallScript::read(document, id))
    }

    /// What a table turns a value into; `None` where it does not have it.
    pub(crate) fn mapped(&self, map: &str, value: &str) -> Option<String> {
        self.look_in("datamap", map, |document| {
            let is_it = |&data: &Element| document.attr(data, "id").is_some_and(|found| found == map);
            let data = document.children_named(document.root(), "datamap").find(is_it)?;
            let fits = |&entry: &Element| document.attr(entry, "inval").is_some_and(|found| found == value);
            let entry = document.children_named(data, "entry").find(fits)?;
            document.attr(entry, "outval").map(Into::into)
        })
    }

    /// What the first file of a kind gives that mentions an id, the user's own directory first.
    fn look_in<T>(&self, kind: &str, id: &str, read: impl Fn(Document) -> Option<T>) -> Option<T> {
        self.directories().iter().rev().find_map(|directory| {
            let vendors = paths(&directory.join(kind));
            let mut files = vendors.iter().flat_map(|vendor| paths(vendor));
            files.find_map(|file| {
                let is_fit =
                    std::fs::metadata(&file).is_ok_and(|found| found.is_file() && found.len() <= MAX_FILE);
                let text = std::fs::read_to_string(&file).ok().filter(|text| is_fit && text.contains(id))?;
                read(Document::parse(&text).ok()?)
            })
        })
    }
}

fn paths(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
