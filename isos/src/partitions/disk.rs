//! A whole disk as one tree: a directory `p1`, `p2`, … for each partition, with what the partition holds.

use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

use super::{Partition, Table, read};
use crate::entry::{Entry, Extent};
use crate::filesystem::{self, Content, FileSystem, Found};
use crate::source::Source;
use crate::{Error, Identifiers, recognise};

/// An entry's number has that of its partition in the bits from here on; below is the partition's own number for it.
const PARTITION_BIT: u32 = 56;
/// The number, in its partition, of a partition's top directory.
const TOP: u64 = (1 << PARTITION_BIT) - 1;

#[derive(Debug)]
struct Disk {
    source: Arc<Source>,
    root: Entry,
    slots: Vec<Slot>,
}

#[derive(Debug)]
struct Slot {
    partition: Partition,
    source: Arc<Source>,
    /// Looked for when it is first looked into: most partitions of a disk are of no interest to whoever opens it.
    filesystem: OnceLock<Option<Box<dyn FileSystem>>>,
}

/// Looks for a partition table; `None` if the source has none.
pub(crate) fn open(source: &Arc<Source>) -> Result<Option<Found>, Error> {
    let Some(Table { name, partitions }) = read(source)? else { return Ok(None) };
    let volume_size = partitions.iter().map(Partition::end).max().unwrap_or(0);
    let slot = |partition: Partition| Slot {
        source: Arc::new(source.part(partition.start, partition.length)),
        partition,
        filesystem: OnceLock::new(),
    };
    let disk = Disk {
        source: Arc::clone(source),
        root: Entry::directory(0, Vec::new()),
        slots: partitions.into_iter().map(slot).collect(),
    };
    Ok(Some(Found::new(
        disk,
        format!("disk with {name}"),
        Identifiers { volume_size, ..Identifiers::default() },
    )))
}

/// The error for a partition in which no file system was found.
pub(crate) fn refusal(source: &Source, partition: &Partition) -> Error {
    let looks_like = match (&partition.problem, &partition.logical) {
        (Some(problem), Some(_)) => Ok(format!("an extended partition; {problem}")),
        (Some(problem), None) => Ok(format!("a partition with a wrong place; {problem}")),
        (None, Some(logical)) if logical.is_empty() => {
            Ok("an extended partition without logical ones".into())
        }
        (None, Some(logical)) => {
            let names: Vec<String> = logical.iter().map(|number| format!("p{number}")).collect();
            Ok(format!("an extended partition, which holds {}", names.join(", ")))
        }
        (None, None) => recognise::content(source),
    };
    match looks_like {
        Ok(looks_like) => Error::UnrecognizedPartition {
            image: source.path.clone(),
            number: partition.number,
            type_name: partition.type_name.clone(),
            looks_like,
        },
        Err(error) => error,
    }
}

impl Slot {
    fn top(&self) -> Entry {
        let id = self.outer(TOP);
        Entry { name: format!("p{}", self.partition.number), ..Entry::directory(id, Vec::new()) }
    }

    fn outer(&self, id: u64) -> u64 {
        u64::from(self.partition.number) << PARTITION_BIT | id
    }

    /// The file system; `None` if there is none that is known, as with swap space.
    fn filesystem(&self) -> Result<Option<&dyn FileSystem>, Error> {
        if let Some(filesystem) = self.filesystem.get() {
            return Ok(filesystem.as_deref());
        }
        let found = self.find()?;
        // Another thread may have been faster; both found the same.
        Ok(self.filesystem.get_or_init(|| found).as_deref())
    }

    fn find(&self) -> Result<Option<Box<dyn FileSystem>>, Error> {
        let refused = || Err(refusal(&self.source, &self.partition));
        if self.partition.problem.is_some() {
            return refused();
        }
        // What an extended partition holds is shown beside it.
        if self.partition.is_container() {
            return Ok(None);
        }
        if let Some(found) = filesystem::find_file_system(&self.source)? {
            return Ok(Some(found.filesystem));
        }
        // What would tell may be damaged, or lie in the part that the image lacks.
        let is_cut = self.source.length < self.partition.length;
        if is_cut || recognise::is_damaged(&self.source)? { refused() } else { Ok(None) }
    }

    /// An entry of this partition as one of the disk.
    fn shown(&self, filesystem: &dyn FileSystem, mut entry: Entry) -> Result<Entry, Error> {
        if entry.id == filesystem.root().id {
            entry.id = TOP;
        } else if entry.id >= TOP {
            let why = format!("its number {} is larger than any that a file can have here", entry.id);
            return Err(self.source.damaged(format!("show '{}'", entry.name), 0, why));
        }
        entry.id = self.outer(entry.id);
        Ok(entry)
    }

    /// An entry of the disk as one of this partition.
    fn own(&self, filesystem: &dyn FileSystem, entry: &Entry) -> Entry {
        match entry.id & TOP {
            TOP => filesystem.root().clone(),
            id => Entry { id, ..entry.clone() },
        }
    }
}

impl Disk {
    /// The partition that an entry lies in; `None` for the top directory.
    fn slot(&self, entry: &Entry) -> Option<&Slot> {
        let number = entry.id >> PARTITION_BIT;
        self.slots.iter().find(|slot| u64::from(slot.partition.number) == number)
    }
}

impl FileSystem for Disk {
    fn root(&self) -> &Entry {
        &self.root
    }

    fn visit(
        &self,
        directory: &Entry,
        path: &str,
        each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let Some(slot) = self.slot(directory) else {
            let _ = self.slots.iter().map(Slot::top).try_for_each(each);
            return Ok(());
        };
        let Some(filesystem) = slot.filesystem()? else { return Ok(()) };
        let mut failure = None;
        filesystem.visit(&slot.own(filesystem, directory), path, &mut |entry| match slot
            .shown(filesystem, entry)
        {
            Ok(entry) => each(entry),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        })?;
        failure.map_or(Ok(()), Err)
    }

    fn content(&self, file: &Entry, path: &str) -> Result<Content, Error> {
        let nothing = Content::Extents(Vec::new());
        let Some(slot) = self.slot(file) else { return Ok(nothing) };
        let Some(filesystem) = slot.filesystem()? else { return Ok(nothing) };
        let extents = match filesystem.content(&slot.own(filesystem, file), path)? {
            Content::Extents(extents) => extents,
            packed @ Content::Packed(_) => return Ok(packed),
        };
        let shifted = |extent: Extent| match extent.start {
            None => Some(extent),
            // The next partition's bytes are not this one's.
            Some(start) => start
                .checked_add(extent.length)
                .is_some_and(|end| end <= slot.source.length || extent.length == 0)
                .then(|| Extent { start: slot.partition.start.checked_add(start), ..extent }),
        };
        let outside = || {
            let why = format!("its data lies outside partition {}", slot.partition.number);
            self.source.damaged(format!("read '{path}'"), slot.partition.start, why)
        };
        let extents: Option<Vec<Extent>> = extents.into_iter().map(shifted).collect();
        extents.map(Content::Extents).ok_or_else(outside)
    }

    fn ignores_case_in(&self, directory: &Entry) -> bool {
        let filesystem = self.slot(directory).and_then(|slot| slot.filesystem().ok().flatten());
        filesystem.is_some_and(FileSystem::ignores_case)
    }

    fn is_disk(&self) -> bool {
        true
    }

    fn unrecognized(&self, directory: &Entry) -> Option<Error> {
        let slot = self.slot(directory).filter(|slot| !slot.partition.is_container())?;
        matches!(slot.filesystem(), Ok(None)).then(|| refusal(&slot.source, &slot.partition))
    }
}
