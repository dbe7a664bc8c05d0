//! The files of the database: where they are, and what can be told of them without parsing.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Largest file that is read; the database's own stay below 300 KiB.
const MAX_FILE: u64 = 4 << 20;
/// How much of a file is read to learn its names. They come first in every file of osinfo-db.
const HEAD: u64 = 4096;

/// One file.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) path: PathBuf,
    /// `debian.org/debian-11`, the same for the file itself and for all in `debian.org/debian-11.d/`.
    pub(super) group: String,
    /// It is one of `debian-11.d/`, which extend a system that another file describes.
    pub(super) extends: bool,
    /// It is not the distribution's: it may describe any system, whatever its name.
    pub(super) overlay: bool,
}

/// The names that a file gives its system.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Names {
    pub(super) id: String,
    pub(super) short_ids: Vec<String>,
    pub(super) name: String,
}

/// Where libosinfo looks: system, local and user directories, the last one winning.
pub(super) fn directories(variable: impl Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let or = |name: &str, default: &dyn Fn() -> Option<PathBuf>| {
        variable(name).filter(|value| !value.is_empty()).map(PathBuf::from).or_else(default)
    };
    let user = || {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let config = set("XDG_CONFIG_HOME").map(PathBuf::from);
        Some(config.or_else(|| set("HOME").map(|home| Path::new(&home).join(".config")))?.join("osinfo"))
    };
    [
        or("OSINFO_SYSTEM_DIR", &|| Some("/usr/share/osinfo".into())),
        or("OSINFO_LOCAL_DIR", &|| Some("/etc/osinfo".into())),
        or("OSINFO_USER_DIR", &user),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// All files that describe systems. A file takes the place of one of the same relative path in a directory before;
/// an empty one, as a link to `/dev/null` is, hides it.
pub(super) fn entries(directories: &[PathBuf]) -> Vec<Entry> {
    let mut found = BTreeMap::new();
    for (number, directory) in directories.iter().enumerate() {
        let root = directory.join("os");
        for vendor in names_in(&root) {
            let folder = root.join(&vendor);
            for name in names_in(&folder) {
                if let Some(stem) = name.strip_suffix(".xml") {
                    let group = format!("{vendor}/{stem}");
                    insert(&mut found, group, None, folder.join(&name), number);
                } else if let Some(stem) = name.strip_suffix(".d") {
                    let folder = folder.join(&name);
                    for part in names_in(&folder).into_iter().filter(|part| part.ends_with(".xml")) {
                        insert(
                            &mut found,
                            format!("{vendor}/{stem}"),
                            Some(part.clone()),
                            folder.join(part),
                            number,
                        );
                    }
                }
            }
        }
    }
    found.into_values().filter(|entry| !entry.overlay || !is_empty(&entry.path)).collect()
}

fn insert(
    found: &mut BTreeMap<(String, Option<String>), Entry>,
    group: String,
    part: Option<String>,
    path: PathBuf,
    number: usize,
) {
    let entry = Entry { path, group: group.clone(), extends: part.is_some(), overlay: number > 0 };
    found.insert((group, part), entry);
}

fn names_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
}

fn is_empty(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() || metadata.len() == 0)
}

impl Entry {
    /// The whole text.
    pub(super) fn text(&self) -> Option<String> {
        self.read(MAX_FILE)
    }

    /// The names it gives. The head of the file is enough for most.
    pub(super) fn names(&self) -> Option<Names> {
        let head = names_of(&self.read(HEAD)?);
        if !head.id.is_empty() && !head.name.is_empty() {
            return Some(head);
        }
        Some(names_of(&self.text()?)).filter(|names| !names.id.is_empty())
    }

    fn read(&self, limit: u64) -> Option<String> {
        let mut bytes = Vec::new();
        File::open(&self.path).ok()?.take(limit).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
    }
}

/// Finds names in text that may end anywhere.
fn names_of(text: &str) -> Names {
    let id = text.find("<os ").and_then(|at| {
        let tag = text[at..].split_once('>')?.0;
        let value = tag.split_once("id=")?.1;
        let quote = value.chars().next()?;
        value.strip_prefix(quote)?.split_once(quote).map(|(id, _)| id.to_owned())
    });
    let Some(id) = id else { return Names::default() };
    Names {
        id,
        short_ids: contents(text, "<short-id>").map(|s| s.trim().to_owned()).collect(),
        name: contents(text, "<name>").next().unwrap_or_default().trim().to_owned(),
    }
}

/// What stands between each `<tag>` and the next `<`.
pub(super) fn contents<'a>(text: &'a str, tag: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(tag).skip(1).filter_map(|rest| rest.split_once('<').map(|(content, _)| content))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_found_in_text_that_ends_anywhere() {
        let text =
            "<libosinfo><os id='http://a/1'><short-id>a1</short-id><short-id> b1 </short-id><name>A</name>";
        let names = names_of(text);
        assert_eq!((names.id.as_str(), names.name.as_str()), ("http://a/1", "A"));
        assert_eq!(names.short_ids, ["a1", "b1"]);
        for end in 0..text.len() {
            names_of(&text[..end]);
        }
        assert_eq!(names_of("<os id=é>"), Names::default());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(<os |id=|['\"<>é]|<short-id>|<name>|[a-z]){0,20}") {
            names_of(&text);
            crate::osinfo::read::systems(&text);
        }
    }
}
