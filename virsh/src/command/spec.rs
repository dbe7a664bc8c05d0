//! Disks and memory as options describe them, `vda,snapshot=external,file=/a`, and the XML that they become.

use xctl::document::{Document, Error};

use super::Arguments;
use crate::failure::Failure;

/// Splits at commas; two of them are one that is meant.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut rest = text.chars().peekable();
    while let Some(char) = rest.next() {
        match char {
            ',' if rest.next_if_eq(&',').is_none() => parts.push(String::new()),
            // `parts` is never empty.
            char => parts.last_mut().into_iter().for_each(|part| part.push(char)),
        }
    }
    parts
}

/// What a specification says: its values, in the order of `keys`. A part without a key is the value that is named
/// `bare`, if `is_bare` takes it for one, given its place.
///
/// # Errors
/// When a part is neither, or comes twice; `kind` names the option.
fn parse<const N: usize>(
    kind: &str,
    text: &str,
    keys: [&str; N],
    bare: &str,
    is_bare: impl Fn(usize, &str) -> bool,
) -> Result<[Option<String>; N], Failure> {
    let wrong = || Failure::said(format!("unable to parse {kind}: {text}"));
    let mut values = [const { None }; N];
    for (place, part) in split(text).iter().enumerate() {
        let (key, value) = match part.split_once('=') {
            _ if is_bare(place, part) => (bare, part.as_str()),
            Some((key, value)) if key != "name" => (key, value),
            _ => return Err(wrong()),
        };
        let slot = keys.iter().position(|known| *known == key).and_then(|index| values.get_mut(index));
        let slot = slot.filter(|slot| slot.is_none()).ok_or_else(wrong)?;
        *slot = Some(value.to_owned());
    }
    Ok(values)
}

/// What `--memspec` says; a path needs no key.
fn memory<const N: usize>(text: &str, keys: [&str; N]) -> Result<[Option<String>; N], Failure> {
    parse("memspec", text, keys, "file", |_, part| part.starts_with('/'))
}

/// What `--diskspec` says; the disk comes first, without a key.
fn disk<const N: usize>(text: &str, keys: [&str; N]) -> Result<[Option<String>; N], Failure> {
    parse("diskspec", text, keys, "name", |place, _| place == 0)
}

/// The XML of a new snapshot or checkpoint, begun with what is common to both.
pub(super) struct Draft {
    document: Document,
    disks: usize,
}

fn wrong(error: Error) -> Failure {
    Failure::said(error.to_string())
}

impl Draft {
    /// An element of that name with `--name` and `--description`.
    pub(super) fn begin(element: &str, arguments: &Arguments) -> Result<Self, Failure> {
        // New attributes copy the quotes of the document's first one, and libvirt's are single.
        let document = Document::parse(&format!("<{element} quotes=''>\n</{element}>\n")).map_err(wrong)?;
        let mut draft = Self { document, disks: 0 };
        draft.document.remove_attr(draft.document.root(), "quotes");
        for option in ["name", "description"] {
            draft.set(option, arguments.text(option)?)?;
        }
        Ok(draft)
    }

    fn set(&mut self, place: &str, value: Option<&str>) -> Result<(), Failure> {
        let Some(value) = value else { return Ok(()) };
        self.document.set(self.document.root(), place, value).map(drop).map_err(wrong)
    }

    /// Adds what `--memspec` says.
    pub(super) fn memory(&mut self, text: &str) -> Result<(), Failure> {
        let [snapshot, file] = memory(text, ["snapshot", "file"])?;
        self.set("memory/@snapshot", snapshot.as_deref())?;
        self.set("memory/@file", file.as_deref())
    }

    /// Adds a disk of a snapshot.
    pub(super) fn snapshot_disk(&mut self, text: &str) -> Result<(), Failure> {
        let keys = ["name", "snapshot", "stype", "driver", "file"];
        let [name, snapshot, kind, driver, file] = disk(text, keys)?;
        let source = match kind.as_deref() {
            None | Some("file") => "source/@file",
            Some("block") => "source/@dev",
            Some(other) => {
                let said =
                    [format!("Unknown storage type: '{other}'"), format!("unable to parse diskspec: {text}")];
                return Err(Failure { said: said.to_vec(), ..Failure::silent() });
            }
        };
        let places = [
            ("@name", name),
            ("@snapshot", snapshot),
            ("@type", kind),
            ("driver/@type", driver),
            (source, file),
        ];
        self.disk(places)
    }

    /// Adds a disk of a checkpoint.
    pub(super) fn checkpoint_disk(&mut self, text: &str) -> Result<(), Failure> {
        let [name, checkpoint, bitmap] = disk(text, ["name", "checkpoint", "bitmap"])?;
        self.disk([("@name", name), ("@checkpoint", checkpoint), ("@bitmap", bitmap)])
    }

    fn disk<const N: usize>(&mut self, places: [(&str, Option<String>); N]) -> Result<(), Failure> {
        self.disks += 1;
        for (place, value) in places {
            self.set(&format!("disks/disk[{}]/{place}", self.disks), value.as_deref())?;
        }
        Ok(())
    }

    /// The text.
    pub(super) fn xml(&self) -> String {
        self.document.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_commas_are_one() {
        assert_eq!(split("a,,b,c"), ["a,b", "c"]);
        assert_eq!(split(",x"), ["", "x"]);
        assert_eq!(split("a,"), ["a", ""]);
    }

    #[test]
    fn only_known_parts_are_read_and_each_once() {
        let read = |text| memory(text, ["snapshot", "file"]).map_err(|failure| failure.said);
        assert_eq!(read("/x"), Ok([None, Some("/x".to_owned())]));
        assert_eq!(read("snapshot=no,file=y"), Ok([Some("no".to_owned()), Some("y".to_owned())]));
        for text in ["/x,/y", "x=y", "snapshot=a,snapshot=b", "file=a,x=b"] {
            assert_eq!(read(text), Err(vec![format!("unable to parse memspec: {text}")]));
        }
    }
}
