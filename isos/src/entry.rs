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

/// A run of bytes of the image that belongs to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Start, in bytes from the start of the image.
    pub(crate) offset: u64,
    /// Length in bytes.
    pub(crate) length: u64,
}

/// A file, directory or link inside an image, as its directory describes it.
#[derive(Debug, Clone)]
pub struct Entry {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) extents: Vec<Extent>,
    pub(crate) mode: Option<u32>,
    pub(crate) modified: Option<SystemTime>,
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
        self.extents.iter().fold(0, |sum, extent| sum.saturating_add(extent.length))
    }

    /// POSIX type and permission bits, if the image records them (Rock Ridge).
    #[must_use]
    pub fn mode(&self) -> Option<u32> {
        self.mode
    }

    /// When it was last changed.
    #[must_use]
    pub fn modified(&self) -> Option<SystemTime> {
        self.modified
    }

    /// Where a symbolic link points.
    #[must_use]
    pub fn link_target(&self) -> Option<&str> {
        self.link.as_deref()
    }
}

/// Bytes from an image as a name that is safe to show and that can be looked up again: what is not UTF-8, control
/// characters, `/`, and the reserved names `.` and `..` are written as `\xNN`.
pub(crate) fn readable_name(bytes: &[u8]) -> String {
    use std::fmt::Write;
    if bytes == b"." || bytes == b".." {
        return "\\x2e".repeat(bytes.len());
    }
    let mut name = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character == '/' || character.is_control() {
                let mut encoded = [0; 4];
                for byte in character.encode_utf8(&mut encoded).bytes() {
                    let _ = write!(name, "\\x{byte:02x}");
                }
            } else {
                name.push(character);
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(name, "\\x{byte:02x}");
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_mislead_are_escaped() {
        assert_eq!(readable_name(b"vmlinuz-6.1"), "vmlinuz-6.1");
        assert_eq!(readable_name("grün".as_bytes()), "grün");
        assert_eq!(readable_name(b"a/b\0c\n"), "a\\x2fb\\x00c\\x0a");
        assert_eq!(readable_name(b"\xff.x"), "\\xff.x");
        assert_eq!(readable_name(b".."), "\\x2e\\x2e");
    }
}
