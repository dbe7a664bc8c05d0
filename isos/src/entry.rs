//! A file, directory or link inside an image.

use std::time::SystemTime;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A device node, socket or pipe: shown, never opened.
    Special,
}

impl Kind {
    /// The kind with its article, for a sentence.
    pub(crate) fn described(self) -> &'static str {
        match self {
            Kind::File => "a file",
            Kind::Directory => "a directory",
            Kind::Link => "a symbolic link",
            Kind::Special => "a device, socket or pipe",
        }
    }
}

/// A run of bytes that belongs to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Start, in bytes from the start of the source; `None` is a hole, which reads as zeros.
    pub(crate) start: Option<u64>,
    /// Length in bytes.
    pub(crate) length: u64,
}

impl Extent {
    pub(crate) fn data(start: u64, length: u64) -> Extent {
        Extent { start: Some(start), length }
    }

    pub(crate) fn hole(length: u64) -> Extent {
        Extent { start: None, length }
    }
}

/// What is not read of an entry that says that it is a link, where [`crate::limits::LINK_BYTES`] are not enough for it.
pub(crate) const LONG_TARGET: &str = "a symbolic link whose target is longer than 4096 bytes";

/// What POSIX records of a file, as far as the image has it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Posix {
    /// Type and permission bits.
    pub(crate) mode: Option<u32>,
    pub(crate) owner: Option<(u32, u32)>,
    pub(crate) links: Option<u32>,
    /// Major and minor number of a device node.
    pub(crate) device: Option<(u32, u32)>,
    pub(crate) accessed: Option<SystemTime>,
    pub(crate) modified: Option<SystemTime>,
    pub(crate) changed: Option<SystemTime>,
}

/// A file, directory or link inside an image, as its directory describes it.
#[derive(Debug, Clone)]
pub struct Entry {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// What the format finds the content by: an inode number, a first block. Two entries with the same one are the
    /// same file.
    pub(crate) id: u64,
    /// Bytes of content.
    pub(crate) size: u64,
    /// Where the content lies, if the directory says so; otherwise the format is asked when it is wanted.
    pub(crate) extents: Vec<Extent>,
    pub(crate) posix: Posix,
    pub(crate) link: Option<String>,
    pub(crate) unreadable: Option<&'static str>,
}

impl Entry {
    /// The last part of its path. Bytes that are no UTF-8, control characters and `/` are written as `\xNN`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its size in bytes, as the image claims; opening it checks that the image has them.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// A number that it shares with nothing but other names of the same file (hard links).
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// POSIX type and permission bits, if the image records them.
    #[must_use]
    pub fn mode(&self) -> Option<u32> {
        self.posix.mode
    }

    /// Numbers of the owning user and group, if the image records them.
    #[must_use]
    pub fn owner(&self) -> Option<(u32, u32)> {
        self.posix.owner
    }

    /// How many names it has, if the image records that.
    #[must_use]
    pub fn links(&self) -> Option<u32> {
        self.posix.links
    }

    /// Major and minor number of a device node.
    #[must_use]
    pub fn device(&self) -> Option<(u32, u32)> {
        self.posix.device
    }

    /// When it was last changed.
    #[must_use]
    pub fn modified(&self) -> Option<SystemTime> {
        self.posix.modified
    }

    /// When it was last read, if the image records that.
    #[must_use]
    pub fn accessed(&self) -> Option<SystemTime> {
        self.posix.accessed
    }

    /// When its attributes last changed, if the image records that.
    #[must_use]
    pub fn changed(&self) -> Option<SystemTime> {
        self.posix.changed
    }

    /// Where a symbolic link points.
    #[must_use]
    pub fn link_target(&self) -> Option<&str> {
        self.link.as_deref()
    }
}

impl Entry {
    /// A top directory of which nothing but the place is known.
    pub(crate) fn directory(id: u64, extents: Vec<Extent>) -> Entry {
        Entry {
            name: String::new(),
            kind: Kind::Directory,
            id,
            size: total(&extents),
            extents,
            posix: Posix::default(),
            link: None,
            unreadable: None,
        }
    }
}

impl Entry {
    /// What is attempted with this directory for `path`, for an error.
    pub(crate) fn reading(&self, path: &str) -> String {
        match self.name.as_str() {
            "" => "read the top directory".into(),
            name => format!("read the directory '{name}' on the way to '{path}'"),
        }
    }

    /// Bytes of memory that it takes.
    pub(crate) fn memory(&self) -> usize {
        let extents = self.extents.len() * size_of::<Extent>();
        size_of::<Entry>() + self.name.len() + self.link.as_ref().map_or(0, String::len) + extents
    }
}

/// Bytes in all of these.
pub(crate) fn total(extents: &[Extent]) -> u64 {
    extents.iter().fold(0, |sum, extent| sum.saturating_add(extent.length))
}

/// Bytes from an image as a name that is safe to show and that can be looked up again: what is not UTF-8, control
/// characters, `/`, and the reserved names `.` and `..` are written as `\xNN`; so is the backslash of what already looks
/// like that, lest two names become one.
pub(crate) fn readable_name(bytes: &[u8]) -> String {
    if bytes == b"." || bytes == b".." {
        return "\\x2e".repeat(bytes.len());
    }
    escaped(bytes, |rest| rest.starts_with('/') || looks_escaped(rest))
}

/// A path for people to read, such as a link's target: its parts look as they do where directories are listed, so that
/// nothing in it steers a terminal. What is to be opened is the path itself.
#[must_use]
pub fn readable_path(path: &[u8]) -> String {
    escaped(path, looks_escaped)
}

/// A text from an image for people to read: control characters, which steer a terminal, are written as `\xNN`. A
/// backslash stays as it is, since kernel arguments have labels with `\x20` in them.
#[must_use]
pub fn readable_text(text: &str) -> String {
    escaped(text.as_bytes(), |_| false)
}

/// Writes as `\xNN` what is not UTF-8, control characters, and characters with which a text begins that is `also` to be
/// escaped.
fn escaped(bytes: &[u8], also: impl Fn(&str) -> bool) -> String {
    use std::fmt::Write;
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for (at, character) in chunk.valid().char_indices() {
            if character.is_control() || also(&chunk.valid()[at..]) {
                let mut encoded = [0; 4];
                for byte in character.encode_utf8(&mut encoded).bytes() {
                    let _ = write!(shown, "\\x{byte:02x}");
                }
            } else {
                shown.push(character);
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
    shown
}

/// Whether the text begins as what is escaped does.
fn looks_escaped(text: &str) -> bool {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.strip_prefix("\\x")
        .and_then(|rest| rest.as_bytes().get(..2))
        .is_some_and(|two| two.iter().all(is_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_has_no_name_to_tell() {
        let top = Entry::directory(0, Vec::new());
        assert_eq!(top.reading("etc/fstab"), "read the top directory");
        let below = Entry { name: "etc".into(), ..top };
        assert_eq!(below.reading("etc/fstab"), "read the directory 'etc' on the way to 'etc/fstab'");
    }

    #[test]
    fn names_that_could_mislead_are_escaped() {
        assert_eq!(readable_name(b"vmlinuz-6.1"), "vmlinuz-6.1");
        assert_eq!(readable_name("grün".as_bytes()), "grün");
        assert_eq!(readable_name(b"a/b\0c\n"), "a\\x2fb\\x00c\\x0a");
        assert_eq!(readable_name(b"\xff.x"), "\\xff.x");
        assert_eq!(readable_name(b".."), "\\x2e\\x2e");
        assert_eq!(readable_name(b"a\\b\\x0\\x0g"), "a\\b\\x0\\x0g");
        assert_eq!(readable_name(b"c\\x0a"), "c\\x5cx0a");
    }

    #[test]
    fn what_steers_a_terminal_is_escaped_in_paths_and_texts() {
        let title = "../a\x1b]0;b\x07/\u{9b}c\n";
        let shown = "../a\\x1b]0;b\\x07/\\xc2\\x9bc\\x0a";
        assert_eq!(readable_path(title.as_bytes()), shown);
        assert_eq!(readable_text(title), shown);
        assert_eq!(readable_path(b"a/\xff/c\\x0a"), "a/\\xff/c\\x5cx0a", "as they are listed");
        assert_eq!(readable_text("CDLABEL=My\\x20Disc"), "CDLABEL=My\\x20Disc", "as a kernel is told it");
    }
}
