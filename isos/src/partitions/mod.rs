//! Partition tables: where the parts of a disk begin and end, and what the table calls them.
//!
//! A module reads one kind of table: `mbr` (with the logical partitions of an extended one), `gpt`, `apm` (Apple's
//! map), `sun` (SPARC machines), and the tables of `bsd` and `solaris` that lie inside an MBR partition or, with BSD,
//! on the whole disk. They are looked for in Linux' order, and the partitions get Linux' numbers. `types` has the names of the types;
//! `disk` shows a whole disk as a tree with a directory for each partition.
//!
//! MBR and GPT images that boot from optical media as well (isohybrid) have a table, too; as their file system
//! begins with the first byte of the image, that is what finding the format of the image ends with.

mod apm;
mod bsd;
mod disk;
mod gpt;
mod mbr;
mod solaris;
mod sun;
mod types;

pub(crate) use disk::{open, refusal};

use crate::source::Source;
use crate::{Error, limits, recognise};

/// The name of the format in which a whole disk is shown.
pub(crate) const FORMAT: &str = "disk";

/// The sector in which MBR, and everything below it, counts. Disks with sectors of 4096 bytes have a GPT.
const SECTOR: u64 = 512;

/// A part of a disk, as its partition table describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    number: u32,
    start: u64,
    length: u64,
    type_name: String,
    label: String,
    /// The numbers of the logical partitions, of an extended one.
    logical: Option<Vec<u32>>,
    problem: Option<String>,
}

impl Partition {
    fn new(number: u32, start: u64, length: u64, type_name: String) -> Partition {
        let (label, logical, problem) = (String::new(), None, None);
        Partition { number, start, length, type_name, label, logical, problem }
    }

    /// Its number, as Linux counts: from 1, logical partitions of an MBR from 5.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Where it begins, in bytes from the start of the disk.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Bytes in it, as the table claims.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// What the table says that it is for, as people call it: `EFI system`.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// Its name in the table; empty where the table has none.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// What is wrong with it in the table, if anything.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// True if it is an extended one, whose content is shown as the logical ones.
    pub(crate) fn is_container(&self) -> bool {
        self.logical.is_some()
    }

    fn end(&self) -> u64 {
        self.start.saturating_add(self.length)
    }
}

/// The partitions of a disk.
#[derive(Debug)]
pub(crate) struct Table {
    /// What kind of table it is: `GPT`.
    pub(crate) name: String,
    pub(crate) partitions: Vec<Partition>,
}

impl Table {
    /// The numbers of the partitions, for a sentence.
    pub(crate) fn numbers(&self) -> String {
        let numbers: Vec<String> = self.partitions.iter().map(|part| part.number.to_string()).collect();
        numbers.join(", ")
    }
}

/// Reads the partition table of a disk; `None` if it has none.
pub(crate) fn read(source: &Source) -> Result<Option<Table>, Error> {
    if recognise::is_wrapped_disk(source)? {
        return Ok(None);
    }
    let Some(mut table) = find(source)? else { return Ok(None) };
    for partition in &mut table.partitions {
        if partition.problem.is_none() && partition.start >= source.length {
            partition.problem = Some("it begins outside the image".into());
        }
        if partition.number > limits::PARTITIONS {
            let limit = u64::from(limits::PARTITIONS);
            return Err(source.limit("the partition table", "a disk has too many partitions", limit));
        }
    }
    Ok(Some(table))
}

/// Reads the table that counts, where former ones have left something on the disk.
fn find(source: &Source) -> Result<Option<Table>, Error> {
    // It has a checksum, so it is no other table by chance, and a GPT behind it is one from former times.
    if let Some(table) = sun::read(source)? {
        return Ok(Some(table));
    }
    let mbr = mbr::read(source)?;
    let has_others = mbr.as_ref().is_some_and(mbr::Mbr::has_others);
    let is_protective = mbr.as_ref().is_some_and(mbr::Mbr::is_protective);
    // Linux takes a GPT only with a protective MBR, so that one left from former times does no harm.
    let gpt = if mbr.is_none() || is_protective { gpt::read(source)? } else { gpt::Outcome::None };
    Ok(match (gpt, mbr) {
        (gpt::Outcome::Table(table), _) => Some(table),
        (gpt::Outcome::Damaged(error), Some(_)) if !has_others => return Err(error),
        (_, Some(mbr)) => Some(mbr.table(source)?),
        (gpt, None) => match (apm::read(source)?, gpt) {
            (Some(table), _) => Some(table),
            (None, gpt::Outcome::Damaged(error)) => return Err(error),
            (None, _) => bsd::whole_disk(source)?,
        },
    })
}

/// As [`Source::read_some`]. Tables lie all over a disk, and what a qcow2 image that broke off lacks of it is as little
/// there as what lies behind the end of a raw one.
fn read_there(source: &Source, offset: u64, buffer: &mut [u8]) -> Result<usize, Error> {
    match source.read_some(offset, buffer) {
        Err(Error::Damaged { .. }) => Ok(0),
        read => read,
    }
}

/// A text field that ends with a zero byte or its last.
fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    shown(&String::from_utf8_lossy(&field[..end]))
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod bounds;
