//! The entries that the kernel knows of, by inode number.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Entry, Error, Image, limits};

/// The inode number of the top directory, as FUSE has it.
pub(super) const ROOT: u64 = 1;

/// Directories whose entries are kept for look-ups, as far as they take no more memory than one may.
const DIRECTORIES: usize = 64;

/// An entry and where it is.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) entry: Entry,
    pub(super) path: String,
    /// The inode number of the directory that it was found in.
    pub(super) parent: u64,
}

/// The entries of a directory, by position and by name.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) entries: Vec<Entry>,
    names: HashMap<String, usize>,
    /// The same in small letters, where names that differ only in case are the same.
    similar: HashMap<String, usize>,
    /// Bytes that the entries take.
    memory: usize,
}

impl Directory {
    pub(super) fn get(&self, name: &str) -> Option<&Entry> {
        let found = self.names.get(name).or_else(|| match self.similar.is_empty() {
            true => None,
            false => self.similar.get(&name.to_lowercase()),
        });
        self.entries.get(*found?)
    }
}

/// What the kernel may ask for by number.
#[derive(Debug)]
pub(super) struct Nodes {
    root: u64,
    known: Mutex<HashMap<u64, Known>>,
    directories: Mutex<VecDeque<(u64, Arc<Directory>)>>,
}

#[derive(Debug)]
struct Known {
    node: Arc<Node>,
    /// How often the kernel was told of it.
    lookups: u64,
}

impl Nodes {
    pub(super) fn new(root: &Entry) -> Nodes {
        let node = Arc::new(Node { entry: root.clone(), path: String::new(), parent: ROOT });
        let known = HashMap::from([(ROOT, Known { node, lookups: 1 })]);
        Nodes { root: root.id, known: Mutex::new(known), directories: Mutex::default() }
    }

    /// The inode number of an entry: the same for each name of one file, and after the kernel forgot it.
    pub(super) fn number(&self, entry: &Entry) -> u64 {
        if entry.id == self.root { ROOT } else { entry.id.wrapping_add(2).max(2) }
    }

    pub(super) fn get(&self, number: u64) -> Option<Arc<Node>> {
        lock(&self.known).get(&number).map(|known| Arc::clone(&known.node))
    }

    /// Counts that the kernel is told of an entry of `parent`.
    pub(super) fn tell(&self, parent: u64, path: &str, entry: &Entry) {
        let number = self.number(entry);
        let mut known = lock(&self.known);
        let known = known.entry(number).or_insert_with(|| Known {
            node: Arc::new(Node { entry: entry.clone(), path: joined(path, &entry.name), parent }),
            lookups: 0,
        });
        known.lookups = known.lookups.saturating_add(1);
    }

    pub(super) fn forget(&self, number: u64, lookups: u64) {
        let mut known = lock(&self.known);
        if let Some(one) = known.get_mut(&number).filter(|_| number != ROOT) {
            one.lookups = one.lookups.saturating_sub(lookups);
            if one.lookups == 0 {
                known.remove(&number);
            }
        }
    }

    /// The entries of a directory, from the image or as they were read last.
    pub(super) fn directory(&self, image: &Image, number: u64, node: &Node) -> Result<Arc<Directory>, Error> {
        if let Some((_, found)) = lock(&self.directories).iter().find(|(known, _)| *known == number) {
            return Ok(Arc::clone(found));
        }
        let mut memory = 0;
        let entries = image.children_within(&node.entry, &node.path, &mut memory)?;
        // Of two with the same name the first is found, as in every other look-up.
        let (mut names, mut similar) = (HashMap::with_capacity(entries.len()), HashMap::new());
        let ignores_case = image.ignores_case_in(&node.entry);
        for (index, entry) in entries.iter().enumerate() {
            names.entry(entry.name.clone()).or_insert(index);
            if ignores_case {
                similar.entry(entry.name.to_lowercase()).or_insert(index);
            }
        }
        let directory = Arc::new(Directory { entries, names, similar, memory });
        let mut directories = lock(&self.directories);
        let mut kept = memory + directories.iter().map(|(_, directory)| directory.memory).sum::<usize>();
        while directories.len() >= DIRECTORIES || kept > limits::LISTING_BYTES {
            let Some((_, oldest)) = directories.pop_front() else { break };
            kept -= oldest.memory;
        }
        directories.push_back((number, Arc::clone(&directory)));
        Ok(directory)
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

/// A thread that panicked leaves the tables whole: nothing in here stops halfway.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
