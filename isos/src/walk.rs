//! Every entry below a place in an image, one after the other.

use std::vec;

use crate::{Entry, Error, Image, Kind, limits};

/// Walks a tree: each directory comes before what is in it. Links are shown, not followed.
///
/// A directory that cannot be read, lies inside itself, is nested deeper than [`limits::DEPTH`], or would have all that
/// are open take more than [`limits::LISTING_BYTES`] is an error in its place, and the walk goes on beside it.
#[derive(Debug)]
pub struct Walk<'a> {
    image: &'a Image,
    open: Vec<Open>,
    /// A directory that was handed out and is looked into when the next entry is asked for.
    next: Option<(Entry, String)>,
}

/// A directory that is open.
#[derive(Debug)]
struct Open {
    /// What is left of it.
    entries: vec::IntoIter<Entry>,
    path: String,
    id: u64,
    /// Bytes of memory that it and those above it take.
    memory: usize,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(image: &'a Image, top: Entry, path: String) -> Walk<'a> {
        let next = (top.kind == Kind::Directory).then_some((top, path));
        Walk { image, open: Vec::new(), next }
    }

    /// Leaves out what is in the directory that came last.
    pub fn skip_directory(&mut self) {
        self.next = None;
    }

    fn enter(&mut self, directory: &Entry, path: String) -> Result<(), Error> {
        if self.open.len() >= limits::DEPTH {
            let what = "directories are nested too deep";
            return Err(Error::Limit {
                image: self.image.path().into(),
                path,
                what,
                limit: limits::DEPTH as u64,
            });
        }
        if self.open.iter().any(|open| open.id == directory.id) {
            return Err(self.image.contains_itself(directory, &path));
        }
        let mut memory = self.open.last().map_or(0, |open| open.memory);
        let entries = self.image.children_within(directory, &path, &mut memory)?.into_iter();
        self.open.push(Open { entries, path, id: directory.id, memory });
        Ok(())
    }
}

impl Iterator for Walk<'_> {
    /// The path from the top of the image, without a leading slash, and the entry.
    type Item = Result<(String, Entry), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some((directory, path)) = self.next.take()
            && let Err(error) = self.enter(&directory, path)
        {
            return Some(Err(error));
        }
        loop {
            let Open { entries, path, .. } = self.open.last_mut()?;
            let Some(entry) = entries.next() else {
                self.open.pop();
                continue;
            };
            let path = if path.is_empty() { entry.name.clone() } else { format!("{path}/{}", entry.name) };
            if entry.kind == Kind::Directory {
                self.next = Some((entry.clone(), path.clone()));
            }
            return Some(Ok((path, entry)));
        }
    }
}
