//! The media and trees of the installed OS database, each as a medium of its own would describe itself.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use isos::Identifiers;
use regex_syntax::hir::{Class, Hir, HirKind};
use xctl::document::{Document, Element};

/// Where the package osinfo-db has its systems.
pub(super) const SYSTEMS: &str = "/usr/share/osinfo/os";

/// A `<media>` or `<tree>` of a system.
#[derive(Debug, Clone)]
pub(super) struct Medium {
    /// The system's id.
    pub(super) os: String,
    /// The directory of the system's file: its vendor.
    pub(super) vendor: String,
    pub(super) arch: String,
    /// Kernel and initial RAM disk, where they are declared.
    pub(super) files: Option<(String, String)>,
    /// What an image says of itself; `None` for a tree, and where nothing is declared.
    pub(super) volume: Option<Identifiers>,
}

/// All media and trees of the database.
pub(super) fn media() -> Result<Vec<Medium>> {
    let mut media = Vec::new();
    for vendor in sorted(Path::new(SYSTEMS))? {
        for file in sorted(&vendor)?.iter().filter(|file| file.extension().is_some_and(|end| end == "xml")) {
            let name = vendor.file_name().context("a vendor has a name")?.to_string_lossy().into_owned();
            let document = Document::parse(&fs::read_to_string(file)?)?;
            for os in document.children_named(document.root(), "os") {
                let system =
                    System { document: &document, id: attr(&document, os, "id"), vendor: name.clone() };
                for (kind, is_media) in [("media", true), ("tree", false)] {
                    let found =
                        document.children_named(os, kind).map(|element| system.medium(element, is_media));
                    media.extend(found.collect::<Result<Vec<_>>>()?);
                }
            }
        }
    }
    ensure!(media.len() > 2000, "only {} media in {SYSTEMS}", media.len());
    Ok(media)
}

fn sorted(directory: &Path) -> Result<Vec<std::path::PathBuf>> {
    let mut paths = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn attr(document: &Document, element: Element, name: &str) -> String {
    document.attr(element, name).map(Into::into).unwrap_or_default()
}

struct System<'d> {
    document: &'d Document,
    id: String,
    vendor: String,
}

impl System<'_> {
    fn medium(&self, element: Element, is_media: bool) -> Result<Medium> {
        let text = |parent, name| {
            let child = self.document.child(parent, name);
            child.map(|child| self.document.text(child).trim().to_owned()).filter(|text| !text.is_empty())
        };
        let said = |parent, name| text(parent, name).map_or(Ok(String::new()), |pattern| sample(&pattern));
        let iso = self.document.child(element, "iso").filter(|_| is_media);
        Ok(Medium {
            os: self.id.clone(),
            vendor: self.vendor.clone(),
            arch: attr(self.document, element, "arch"),
            files: text(element, "kernel").zip(text(element, "initrd")).map(as_on_the_medium),
            volume: iso
                .map(|iso| -> Result<Identifiers> {
                    Ok(Identifiers {
                        volume: said(iso, "volume-id")?,
                        system: said(iso, "system-id")?,
                        publisher: said(iso, "publisher-id")?,
                        application: said(iso, "application-id")?,
                        volume_size: text(iso, "volume-size").map_or(Ok(0), |size| size.parse())?,
                        ..Identifiers::default()
                    })
                })
                .transpose()?,
        })
    }
}

/// One medium was looked at without its Rock Ridge names.
fn as_on_the_medium((kernel, initrd): (String, String)) -> (String, String) {
    match initrd == initrd.to_uppercase() {
        true => (kernel.to_lowercase(), initrd.to_lowercase()),
        false => (kernel, initrd),
    }
}

/// The shortest text that a pattern matches, of ordinary characters. What must not follow does not: these are digits.
fn sample(pattern: &str) -> Result<String> {
    let mut text = String::new();
    let pattern = &pattern.replace("(?!SP[123])", "");
    write(&regex_syntax::parse(pattern).with_context(|| format!("the pattern '{pattern}'"))?, &mut text);
    Ok(text)
}

fn write(part: &Hir, text: &mut String) {
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => text.push(character(class)),
        HirKind::Repetition(repetition) => (0..repetition.min).for_each(|_| write(&repetition.sub, text)),
        HirKind::Capture(capture) => write(&capture.sub, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write(part, text)),
        HirKind::Alternation(parts) => write(&parts[0], text),
    }
}

fn character(class: &Class) -> char {
    let holds = |c: char| match class {
        Class::Unicode(class) => class.iter().any(|range| range.start() <= c && c <= range.end()),
        Class::Bytes(class) => class.iter().any(|range| (range.start()..=range.end()).contains(&(c as u8))),
    };
    ('1'..='9').chain('a'..='z').chain(' '..='~').find(|c| holds(*c)).unwrap_or('1')
}
