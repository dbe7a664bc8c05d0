//! The database as a whole: look-up, listing, inheritance.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::files::{self, Entry, Names};
use super::names;
use super::os::Os;
use super::read::{self, Raw};

/// Longest chain of inheritance that is followed.
const MAX_DEPTH: usize = 64;

/// The OS database. Making one reads nothing; what is read is kept.
#[derive(Debug)]
pub struct Database {
    directories: Vec<PathBuf>,
    entries: OnceLock<Vec<Entry>>,
    /// Names of each entry, read when a name is not that of a file.
    heads: OnceLock<Vec<Names>>,
    raws: Mutex<HashMap<String, Arc<Raw>>>,
}

/// An entry of [`Database::list`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Its URI.
    pub id: String,
    /// Its short names in alphabetical order.
    pub short_ids: Vec<String>,
    /// Its name.
    pub name: String,
}

impl Database {
    /// The database of this machine and user: `/usr/share/osinfo`, `/etc/osinfo`, `$XDG_CONFIG_HOME/osinfo`, or where
    /// `$OSINFO_SYSTEM_DIR`, `$OSINFO_LOCAL_DIR` and `$OSINFO_USER_DIR` point.
    #[must_use]
    pub fn load() -> Self {
        Self::at(files::directories(|name| std::env::var(name).ok()))
    }

    /// The database in these directories; each overlays those before it.
    #[must_use]
    pub fn at(directories: Vec<PathBuf>) -> Self {
        Self {
            directories,
            entries: OnceLock::new(),
            heads: OnceLock::new(),
            raws: Mutex::new(HashMap::new()),
        }
    }

    /// Whether there is no database, as where the package osinfo-db is not installed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// Finds a system by a short name or by its URI; `generic` is the one of which nothing is known.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Arc<Os>> {
        if name == names::GENERIC {
            return Some(Arc::new(generic()));
        }
        self.raw(name).map(|raw| Arc::new(self.resolve(&raw)))
    }

    /// All systems, by name and the newest version first.
    #[must_use]
    pub fn list(&self) -> Vec<Summary> {
        // The usual short name, by which a system is sorted, is the first one of the file that describes it.
        let mut all: Vec<(String, Summary)> = Vec::new();
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for (entry, names) in
            self.entries().iter().zip(self.heads()).filter(|(_, names)| !names.id.is_empty())
        {
            let at = *seen.entry(&names.id).or_insert_with(|| {
                all.push((String::new(), Summary { id: names.id.clone(), ..Summary::default() }));
                all.len() - 1
            });
            let Some((usual, summary)) = all.get_mut(at) else { continue };
            summary.short_ids.extend(names.short_ids.iter().cloned());
            if !entry.extends || usual.is_empty() {
                *usual = names.short_ids.first().cloned().unwrap_or_default();
                summary.name.clone_from(&names.name);
            }
        }
        let generic = generic();
        let summary = Summary { id: generic.id, short_ids: generic.short_ids, name: generic.name };
        all.push((names::GENERIC.to_owned(), summary));
        all.retain(|(_, summary)| !summary.short_ids.is_empty());
        for (_, summary) in &mut all {
            summary.short_ids.sort();
            summary.short_ids.dedup();
        }
        all.sort_by(|(a, _), (b, _)| names::listing_order(a, b));
        all.into_iter().map(|(_, summary)| summary).collect()
    }

    /// Short names like `name`, the likeliest first; none if nothing is near.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Vec<String> {
        let list = self.list();
        names::nearest(name, list.iter().flat_map(|summary| summary.short_ids.iter().map(String::as_str)))
    }

    /// The directories it is in; each overlays those before it.
    pub(super) fn directories(&self) -> &[PathBuf] {
        &self.directories
    }

    fn entries(&self) -> &[Entry] {
        self.entries.get_or_init(|| files::entries(&self.directories))
    }

    fn heads(&self) -> &[Names] {
        self.heads
            .get_or_init(|| self.entries().iter().map(|entry| entry.names().unwrap_or_default()).collect())
    }

    fn cache(&self) -> MutexGuard<'_, HashMap<String, Arc<Raw>>> {
        self.raws.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A system by short name or URI, without what it inherits.
    fn raw(&self, name: &str) -> Option<Arc<Raw>> {
        if let Some(raw) = self.cache().get(name) {
            return Some(raw.clone());
        }
        let fits = |raw: &Raw| raw.os.id == name || raw.os.short_ids.iter().any(|id| id == name);
        // Most files are named after what they describe. An overlay may only tell a part, and is looked at last.
        let mut named: Vec<&Entry> = self
            .entries()
            .iter()
            .filter(|entry| !entry.extends && names::file_stands_for(&entry.group, name))
            .collect();
        named.sort_by_key(|entry| entry.overlay);
        let found = named.iter().flat_map(|entry| self.group(&entry.group)).find(|raw| fits(raw));
        let found = found.or_else(|| {
            let names = |names: &Names| names.id == name || names.short_ids.iter().any(|id| id == name);
            let heads = self.entries().iter().zip(self.heads()).filter(|(_, head)| names(head));
            let (entry, _) = heads.min_by_key(|(entry, _)| entry.overlay)?;
            self.group(&entry.group).into_iter().find(|raw| fits(raw))
        })?;
        let found = Arc::new(found);
        self.cache().insert(name.to_owned(), found.clone());
        Some(found)
    }

    /// The systems that the files of a group describe, with what overlays add to them.
    fn group(&self, group: &str) -> Vec<Raw> {
        let mut systems: Vec<Raw> = Vec::new();
        let own = self.entries().iter().filter(|entry| entry.group == group && !entry.extends);
        let extending = self.entries().iter().filter(|entry| entry.group == group && entry.extends);
        let overlays = self.entries().iter().filter(|entry| entry.group != group && entry.overlay);
        for entry in own.chain(extending) {
            for raw in entry.text().map(|text| read::systems(&text)).unwrap_or_default() {
                add(&mut systems, raw);
            }
        }
        for raw in overlays.filter_map(Entry::text).flat_map(|text| read::systems(&text)) {
            if systems.iter().any(|system| system.os.id == raw.os.id) {
                add(&mut systems, raw);
            }
        }
        systems
    }

    /// The systems of which a file's text, not parsed yet, looks as if it was worth it.
    pub(super) fn raws_where(&self, promising: impl Fn(&str) -> bool) -> Vec<Raw> {
        let mut groups: Vec<&str> = Vec::new();
        for entry in self.entries() {
            let known = groups.last() == Some(&entry.group.as_str());
            if !known && entry.text().is_some_and(|text| promising(&text)) {
                groups.push(&entry.group);
            }
        }
        groups.into_iter().flat_map(|group| self.group(group)).collect()
    }

    /// Folds in what a system inherits.
    pub(super) fn resolve(&self, raw: &Raw) -> Os {
        let mut os = raw.os.clone();
        let mut layers = Vec::new();
        self.ancestors(raw, &mut os.ancestors, &mut layers, 0);
        let mut devices: Vec<String> = Vec::new();
        // The furthest ancestor speaks first, the system itself last.
        let all = layers.iter().rev().map(|layer| &layer.devices).chain([&raw.devices]);
        for (id, works) in all.flatten() {
            devices.retain(|device| device != id);
            if *works {
                devices.push(id.clone());
            }
        }
        os.devices = devices;
        for layer in &layers {
            for firmware in &layer.os.firmware {
                let known = |f: &&super::os::Firmware| f.arch == firmware.arch && f.kind == firmware.kind;
                if !os.firmware.iter().any(|f| known(&f)) {
                    os.firmware.push(firmware.clone());
                }
            }
        }
        if !raw.inherited_resources.is_empty() {
            let parent = layers.iter().find(|layer| !layer.os.resources.is_empty());
            let inherited = parent.map(|layer| layer.os.resources.clone()).unwrap_or_default();
            for (level, arch, resources) in inherited {
                if !os.resources.iter().any(|(l, a, _)| *l == level && *a == arch) {
                    os.resources.push((level, arch, resources));
                }
            }
        }
        let inherited = |value: &mut Option<String>, of: fn(&Os) -> &Option<String>| {
            if value.is_none() {
                *value = layers.iter().find_map(|layer| of(&layer.os).clone());
            }
        };
        inherited(&mut os.kernel_url_argument, |os| &os.kernel_url_argument);
        inherited(&mut os.cloud_user, |os| &os.cloud_user);
        os
    }

    fn ancestors(&self, raw: &Raw, ids: &mut Vec<String>, layers: &mut Vec<Arc<Raw>>, depth: usize) {
        if depth == MAX_DEPTH {
            return;
        }
        for id in &raw.parents {
            if *id == raw.os.id || ids.contains(id) {
                continue;
            }
            ids.push(id.clone());
            if let Some(parent) = self.raw(id) {
                layers.push(parent.clone());
                self.ancestors(&parent, ids, layers, depth + 1);
            }
        }
    }
}

const GENERIC_ID: &str = "http://libosinfo.org/unknown";

/// The system of which nothing is known.
fn generic() -> Os {
    Os {
        id: GENERIC_ID.to_owned(),
        short_ids: vec![names::GENERIC.to_owned()],
        name: "Generic or unknown OS".to_owned(),
        ..Os::default()
    }
}

/// Adds a system, or what it says of one that is there already.
fn add(systems: &mut Vec<Raw>, raw: Raw) {
    let Some(there) = systems.iter_mut().find(|system| system.os.id == raw.os.id) else {
        systems.push(raw);
        return;
    };
    let own = &mut there.os;
    let fill = |value: &mut Option<String>, new: Option<String>| {
        if new.is_some() {
            *value = new;
        }
    };
    if !raw.os.name.is_empty() {
        own.name = raw.os.name;
    }
    fill(&mut own.version, raw.os.version);
    fill(&mut own.vendor, raw.os.vendor);
    fill(&mut own.family, raw.os.family);
    fill(&mut own.distro, raw.os.distro);
    fill(&mut own.release_date, raw.os.release_date);
    fill(&mut own.eol_date, raw.os.eol_date);
    fill(&mut own.release_status, raw.os.release_status);
    fill(&mut own.kernel_url_argument, raw.os.kernel_url_argument);
    fill(&mut own.cloud_user, raw.os.cloud_user);
    let new_names: Vec<String> =
        raw.os.short_ids.into_iter().filter(|id| !own.short_ids.contains(id)).collect();
    own.short_ids.extend(new_names);
    own.upgrades.extend(raw.os.upgrades);
    own.firmware.extend(raw.os.firmware);
    own.installer_scripts.extend(raw.os.installer_scripts);
    own.drivers.extend(raw.os.drivers);
    own.media.extend(raw.os.media);
    own.images.extend(raw.os.images);
    own.trees.extend(raw.os.trees);
    let resources = std::mem::take(&mut own.resources);
    own.resources = raw.os.resources;
    for old in resources {
        if !own.resources.iter().any(|new| new.0 == old.0 && new.1 == old.1) {
            own.resources.push(old);
        }
    }
    there.parents.extend(raw.parents);
    there.devices.extend(raw.devices);
    there.inherited_resources.extend(raw.inherited_resources);
}
