//! `backup.json`: what a directory of backups holds. Names of files are not in it, they follow from numbers and disks; so
//! that no manifest leads anywhere else.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Error;

/// The manifest's name.
const NAME: &str = "backup.json";
/// The version of its layout.
const LAYOUT: u64 = 1;
/// Bytes of the longest that is read.
const MAX_BYTES: u64 = 10 << 20;

/// What a directory of backups holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The guest's name when it was backed up first.
    pub guest: String,
    /// Its UUID.
    pub uuid: String,
    /// What tells this directory's checkpoints from another's.
    pub(super) set: String,
    /// The points, oldest first.
    pub points: Vec<Point>,
}

/// A moment to which the guest can come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Its number.
    pub number: u32,
    /// When it was, in seconds since 1970.
    pub time: u64,
    /// Whether the guest ran, so that its disks are as after a power failure.
    pub ran: bool,
    /// Since when the guest's disks keep track of what changes.
    pub(super) checkpoint: Option<String>,
    /// Its disks.
    pub disks: Vec<Kept>,
}

/// A disk at a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The guest's name for it.
    pub target: String,
    /// The file that it was in, if it was in one.
    pub source: Option<String>,
    /// The format that it had.
    pub format: String,
    /// Bytes that the guest sees.
    pub size: u64,
    /// Bytes of the image in the backup.
    pub bytes: u64,
    /// The point that it is laid over.
    pub base: Option<u32>,
}

impl Point {
    /// Whether any disk of it rests on another point.
    #[must_use]
    pub fn is_incremental(&self) -> bool {
        self.disks.iter().any(|disk| disk.base.is_some())
    }

    /// Bytes that it takes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.disks.iter().map(|disk| disk.bytes).sum()
    }
}

/// A point's directory.
pub(super) fn directory(of: &Path, number: u32) -> PathBuf {
    of.join(format!("point-{number}"))
}

/// The name of a disk's image in its point's directory.
pub(super) fn image(target: &str) -> String {
    format!("{target}.qcow2")
}

/// The name of a disk's image as seen from another point's directory.
pub(super) fn beside(number: u32, target: &str) -> String {
    format!("../point-{number}/{}", image(target))
}

impl Manifest {
    /// Of a directory in which nothing is yet.
    pub(super) fn new(guest: &str, uuid: &str) -> Self {
        let set = uuid::Uuid::new_v4().simple().to_string()[..8].to_owned();
        Self { guest: guest.to_owned(), uuid: uuid.to_owned(), set, points: Vec::new() }
    }

    /// The manifest of a directory from which something is wanted.
    ///
    /// # Errors
    /// There is no such directory or no manifest in it, or it cannot be read, or makes no sense.
    pub fn of(directory: &Path) -> Result<Self, Error> {
        Self::read(directory)?.ok_or_else(|| match directory.is_dir() {
            true => Error::NoBackups(directory.to_owned()),
            false => Error::NoDirectory(directory.to_owned()),
        })
    }

    /// The manifest of a directory; none where there is none.
    ///
    /// # Errors
    /// It cannot be read, or makes no sense.
    pub(super) fn read(directory: &Path) -> Result<Option<Self>, Error> {
        let path = directory.join(NAME);
        let mut text = String::new();
        let read = File::open(&path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text));
        match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(Error::NoDirectory(directory.to_owned()));
            }
            read => drop(read.map_err(Error::file("reading", &path))?),
        }
        let damaged = |why: &str| Error::Damaged { path: path.clone(), why: why.to_owned() };
        let json: Value = serde_json::from_str(&text).map_err(|error| damaged(&error.to_string()))?;
        if json["layout"].as_u64() != Some(LAYOUT) {
            return Err(damaged("its layout is not known to this version"));
        }
        let manifest = Self::from_json(&json).ok_or_else(|| damaged("something is missing in it"))?;
        manifest.check().map_err(|why| damaged(&why))?;
        Ok(Some(manifest))
    }

    fn from_json(json: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let number = |value: &Value| u32::try_from(value.as_u64()?).ok();
        let disk = |disk: &Value| {
            Some(Kept {
                target: text(&disk["target"])?,
                source: text(&disk["source"]),
                format: text(&disk["format"])?,
                size: disk["size"].as_u64()?,
                bytes: disk["bytes"].as_u64()?,
                base: number(&disk["base"]),
            })
        };
        let point = |point: &Value| {
            Some(Point {
                number: number(&point["number"])?,
                time: point["time"].as_u64()?,
                ran: point["ran"].as_bool()?,
                checkpoint: text(&point["checkpoint"]),
                disks: point["disks"].as_array()?.iter().map(disk).collect::<Option<_>>()?,
            })
        };
        Some(Self {
            guest: text(&json["domain"]["name"])?,
            uuid: text(&json["domain"]["uuid"])?,
            set: text(&json["set"])?,
            points: json["points"].as_array()?.iter().map(point).collect::<Option<_>>()?,
        })
    }

    fn to_json(&self) -> Value {
        let disk = |disk: &Kept| {
            json!({ "target": disk.target, "source": disk.source, "format": disk.format, "size": disk.size,
                "bytes": disk.bytes, "base": disk.base })
        };
        let point = |point: &Point| {
            json!({ "number": point.number, "time": point.time, "ran": point.ran, "checkpoint": point.checkpoint,
                "disks": point.disks.iter().map(disk).collect::<Vec<_>>() })
        };
        json!({ "layout": LAYOUT, "domain": { "name": self.guest, "uuid": self.uuid }, "set": self.set,
            "points": self.points.iter().map(point).collect::<Vec<_>>() })
    }

    /// Numbers ascend, names are plain, and a disk rests on an earlier point that has it.
    fn check(&self) -> Result<(), String> {
        let is_plain = |text: &str| {
            !text.is_empty() && text.len() < 64 && text.chars().all(|char| char.is_ascii_alphanumeric())
        };
        if !is_plain(&self.set) {
            return Err("the name of its set is none".to_owned());
        }
        for (index, point) in self.points.iter().enumerate() {
            let before = &self.points[..index];
            if before.last().is_some_and(|last| last.number >= point.number) {
                return Err(format!("point {} is out of order", point.number));
            }
            for disk in &point.disks {
                if !is_plain(&disk.target) {
                    return Err(format!("{:?} is no disk", disk.target));
                }
                let Some(base) = disk.base else { continue };
                let found = before.iter().find(|point| point.number == base);
                if !found.is_some_and(|point| point.disks.iter().any(|own| own.target == disk.target)) {
                    return Err(format!(
                        "what disk {} of point {} rests on is missing",
                        disk.target, point.number
                    ));
                }
            }
        }
        Ok(())
    }

    /// Writes it in one step, whatever happens meanwhile.
    pub(super) fn write(&self, directory: &Path) -> Result<(), Error> {
        let path = directory.join(NAME);
        let write = || -> io::Result<()> {
            let mut file = tempfile::Builder::new().prefix(".backup.json.").tempfile_in(directory)?;
            writeln!(file, "{:#}", self.to_json())?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
            File::open(directory)?.sync_all()
        };
        write().map_err(Error::file("writing", &path))
    }

    /// What the checkpoint of a point is called.
    pub(super) fn checkpoint_name(&self, number: u32) -> String {
        format!("{}{number}", self.checkpoint_prefix())
    }

    /// How the names of all its checkpoints begin.
    pub(super) fn checkpoint_prefix(&self) -> String {
        format!("backup-{}-", self.set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let disk = |base| Kept {
            target: "vda".to_owned(),
            source: Some("/a b".to_owned()),
            format: "raw".to_owned(),
            size: 1 << 40,
            bytes: 3,
            base,
        };
        let point = |number, base| Point {
            number,
            time: 5,
            ran: true,
            checkpoint: Some("c".to_owned()),
            disks: vec![disk(base)],
        };
        Manifest { points: vec![point(1, None), point(3, Some(1))], ..Manifest::new("web", "u") }
    }

    #[test]
    fn what_is_written_is_read() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(Manifest::read(directory.path()).unwrap(), None);
        manifest().write(directory.path()).unwrap();
        let read = Manifest::read(directory.path()).unwrap().unwrap();
        assert_eq!(read.points, manifest().points);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_leads_elsewhere_or_nowhere_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let good = manifest().to_json().to_string();
        for (from, to) in [
            ("\"vda\"", "\"../x\""),
            ("\"vda\"", "\"\""),
            ("\"base\":1", "\"base\":3"),
            ("\"base\":1", "\"base\":2"),
            ("\"number\":3", "\"number\":1"),
            ("\"layout\":1", "\"layout\":2"),
            ("\"size\"", "\"sighs\""),
            ("{", "["),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good, "{from}");
            std::fs::write(directory.path().join(NAME), bad).unwrap();
            assert!(Manifest::read(directory.path()).is_err(), "{from} {to}");
        }
    }
}
