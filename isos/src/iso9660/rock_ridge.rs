//! Rock Ridge (IEEE P1282): POSIX names, modes, links and times in system use fields.

use std::time::SystemTime;

use super::system_use::{Field, each_field};
use super::{Storage, Volume, record, sparse, zisofs};
use crate::endian::Endian::Little;
use crate::entry::{Posix, readable_name};
use crate::{Error, Kind, limits};

/// What the fields of one record say.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    name: Vec<u8>,
    /// The name's parts come to more than [`limits::NAME_BYTES`].
    pub(super) has_long_name: bool,
    pub(super) posix: Posix,
    link: Option<Link>,
    /// The directory was moved elsewhere because it was too deep for ISO 9660: the block where it now begins.
    pub(super) moved_to: Option<u32>,
    /// This is the place that a deep directory was moved to; it shows at its own place only.
    pub(super) is_relocated: bool,
    /// How the content is stored, if not as it is.
    pub(super) storage: Option<Storage>,
    /// It is stored in a way that is not read.
    pub(super) unreadable: Option<&'static str>,
    /// Bytes of continuation areas that were read for all this.
    pub(super) continued: u64,
}

/// A link target under construction; parts may be split over components and fields.
#[derive(Debug, Default)]
struct Link {
    target: Vec<u8>,
    part_continues: bool,
    is_too_long: bool,
}

impl Attributes {
    /// The POSIX name; `None` if there is none and the plain name counts.
    pub(super) fn name(&self) -> Option<String> {
        (!self.name.is_empty()).then(|| readable_name(&self.name))
    }

    /// What the mode says of the entry's kind.
    pub(super) fn kind(&self) -> Option<Kind> {
        let kind = match self.posix.mode? & 0o170_000 {
            0o100_000 => Kind::File,
            0o040_000 => Kind::Directory,
            0o120_000 => Kind::Link,
            _ => Kind::Special,
        };
        Some(kind)
    }

    /// True for a link whose target comes to more than [`limits::LINK_BYTES`].
    pub(super) fn has_long_target(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.is_too_long)
    }

    /// The link's target, or nothing if it is longer than a link may be.
    pub(super) fn link_target(&self) -> Option<String> {
        let link = self.link.as_ref().filter(|link| !link.is_too_long)?;
        Some(String::from_utf8_lossy(&link.target).into_owned())
    }

    fn take(&mut self, field: &Field<'_>) {
        let body = field.body;
        match &field.tag {
            b"NM" => self.take_name(body),
            b"PX" => self.take_attributes(body),
            b"PN" => self.posix.device = Little.u32(body, 0).zip(Little.u32(body, 8)).map(device_numbers),
            b"TF" => self.take_times(body),
            b"SL" => self.link.get_or_insert_default().take(body),
            b"CL" => self.moved_to = Little.u32(body, 0),
            b"RE" => self.is_relocated = true,
            // Version 2 has letters of its own where readers of version 1 are to see the packed file.
            b"ZF" | b"Z2" => {
                self.take_storage(
                    zisofs::Packing::parse(body).map(Storage::Packed),
                    "this kind of compression",
                );
            }
            b"SF" => {
                self.take_storage(sparse::Map::parse(body).map(Storage::Sparse), "this kind of sparse file");
            }
            _ => {}
        }
    }

    fn take_storage(&mut self, storage: Option<Storage>, kind: &'static str) {
        match storage {
            Some(storage) => self.storage = Some(storage),
            None => self.unreadable = Some(kind),
        }
    }

    /// Mode, number of links, user and group: each a number in both byte orders, 8 bytes.
    fn take_attributes(&mut self, body: &[u8]) {
        self.posix.mode = Little.u32(body, 0).or(self.posix.mode);
        self.posix.links = Little.u32(body, 8).or(self.posix.links);
        self.posix.owner = Little.u32(body, 16).zip(Little.u32(body, 24)).or(self.posix.owner);
    }

    /// Time stamps in the order of their flags' bits; bit 7 chooses the long form.
    fn take_times(&mut self, body: &[u8]) {
        let Some((flags, stamps)) = body.split_first() else { return };
        let read: fn(&[u8]) -> Option<SystemTime> =
            if flags & 0x80 == 0 { record::short_time } else { record::long_time };
        let mut stamps = stamps.chunks_exact(if flags & 0x80 == 0 { 7 } else { 17 });
        for bit in 0..4 {
            if flags & 1 << bit == 0 {
                continue;
            }
            let Some(time) = stamps.next().and_then(read) else { continue };
            match bit {
                1 => self.posix.modified = Some(time),
                2 => self.posix.accessed = Some(time),
                3 => self.posix.changed = Some(time),
                _ => {} // creation, which POSIX does not have
            }
        }
    }

    fn take_name(&mut self, body: &[u8]) {
        // Flags 2 and 4 stand for "." and "..", which are never looked up by their records.
        if let [flags, part @ ..] = body
            && flags & 0x06 == 0
        {
            self.has_long_name |= self.name.len() + part.len() > limits::NAME_BYTES;
            self.name.extend_from_slice(if self.has_long_name { b"" } else { part });
        }
    }
}

impl Link {
    fn take(&mut self, body: &[u8]) {
        let mut rest = body.get(1..).unwrap_or(&[]);
        while let [flags, length, ..] = *rest {
            let Some(text) = rest.get(2..2 + usize::from(length)) else { break };
            if flags & 0x08 != 0 {
                self.target = b"/".to_vec();
            } else {
                if !self.part_continues && !self.target.is_empty() && !self.target.ends_with(b"/") {
                    self.target.push(b'/');
                }
                self.target.extend_from_slice(match flags & 0x06 {
                    0x02 => b".",
                    0x04 => b"..",
                    _ => text,
                });
            }
            self.part_continues = flags & 0x01 != 0;
            if self.target.len() > limits::LINK_BYTES {
                self.is_too_long = true;
                self.target.clear();
            }
            rest = &rest[2 + usize::from(length)..];
        }
    }
}

/// `PN` splits a device number over two words; Linux's tools put major and minor number in the low one alone.
fn device_numbers((high, low): (u32, u32)) -> (u32, u32) {
    if high == 0 && low > 0xff { (low >> 8, low & 0xff) } else { (high, low) }
}

/// Reads the fields of one record.
pub(super) fn attributes(volume: &Volume, area: &[u8], path: &str) -> Result<Attributes, Error> {
    let mut attributes = Attributes::default();
    attributes.continued = each_field(volume, area, path, &mut |field| attributes.take(&field))?;
    Ok(attributes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(tag: &[u8; 2], bodies: &[&[u8]]) -> Attributes {
        let mut attributes = Attributes::default();
        for body in bodies {
            attributes.take(&Field { tag: *tag, body });
        }
        attributes
    }

    #[test]
    fn a_name_is_joined_from_its_parts() {
        let attributes = with(b"NM", &[b"\x01long", b"\0name"]);
        assert_eq!(attributes.name().as_deref(), Some("longname"));
    }

    #[test]
    fn a_link_is_joined_from_its_components() {
        let attributes = with(b"SL", &[b"\0\x04\0\x04\0\x01\x02da\0\x02ta"]);
        assert_eq!(attributes.link_target().as_deref(), Some("../../data"));
        let attributes = with(b"SL", &[b"\x01\x08\0", b"\0\0\x03usr"]);
        assert_eq!(attributes.link_target().as_deref(), Some("/usr"));
    }

    #[test]
    fn a_component_that_leaves_its_field_is_ignored() {
        assert_eq!(with(b"SL", &[b"\0\0\xffab"]).link_target().as_deref(), Some(""));
    }
}
