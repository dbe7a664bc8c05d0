//! Directories: file identifier descriptors (ECMA-167 4/14.4), one a name.

use std::ops::ControlFlow;

use super::node::Node;
use super::space::Space;
use super::tag::{self, kind};
use super::{Address, Failure, LongAd, allocation, node, symlink, text};
use crate::entry::{Entry, Posix};
use crate::{Error, Kind, limits};

/// Bits of the characteristics of a name.
const DIRECTORY: u8 = 1 << 1;
const DELETED: u8 = 1 << 2;
const PARENT: u8 = 1 << 3;

/// The names of a directory, whole and in order.
pub(super) struct Listing {
    bytes: Vec<u8>,
    /// Where the directory's own entry lies.
    offset: u64,
}

struct Name<'a> {
    characteristics: u8,
    icb: Address,
    text: &'a [u8],
    /// Bytes of the descriptor.
    length: usize,
}

/// Reads a directory, or a copy of it where the first is damaged.
pub(super) fn read(space: &Space, icb: Address) -> Result<Listing, Failure> {
    let node = node::read(space, icb)?;
    if node.size > limits::DIRECTORY_BYTES {
        let why = format!("it claims {} bytes (the limit is {})", node.size, limits::DIRECTORY_BYTES);
        return Err(Failure::new(node.offset, why));
    }
    let mut first = None;
    for copy in 0..space.copies(icb.partition) {
        let listing =
            allocation::bytes(space, &node, copy).map(|bytes| Listing { bytes, offset: node.offset });
        match listing.and_then(Listing::checked) {
            Ok(listing) => return Ok(listing),
            Err(failure) => first = first.or(Some(failure)),
        }
    }
    Err(first.unwrap_or_else(|| Failure::new(node.offset, "there is no copy of it")))
}

impl Listing {
    /// All names, until one is damaged.
    fn names(&self) -> impl Iterator<Item = Result<Name<'_>, Failure>> {
        let mut rest = self.bytes.as_slice();
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let name = parse(rest);
            rest = name.as_ref().ok().and_then(|name| rest.get(name.length..)).unwrap_or(&[]);
            Some(name.map_err(|why| Failure::new(self.offset, why)))
        })
    }

    fn checked(self) -> Result<Listing, Failure> {
        let mut names = self.names();
        names.try_for_each(|name| name.map(drop))?;
        drop(names);
        Ok(self)
    }

    /// Hands each entry to `each` until it breaks off.
    pub(super) fn visit(
        &self,
        space: &Space,
        path: &str,
        each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
        damaged: impl Fn(Failure) -> Error,
    ) -> Result<(), Error> {
        let mut count = 0;
        for name in self.names() {
            let name = name.map_err(&damaged)?;
            if name.characteristics & (DELETED | PARENT) != 0 || name.text.is_empty() {
                continue;
            }
            count += 1;
            if count > limits::DIRECTORY_ENTRIES {
                let (what, limit) = ("a directory has too many entries", limits::DIRECTORY_ENTRIES as u64);
                return Err(space.source.limit(path, what, limit));
            }
            if each(entry(space, &name)).is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn parse(bytes: &[u8]) -> Result<Name<'_>, &'static str> {
    let (kind, _) = tag::check(bytes).map_err(tag::Fault::why)?;
    if kind != kind::FILE_IDENTIFIER {
        return Err("something else lies between its names");
    }
    fields(bytes).ok_or("a name is cut off")
}

fn fields(bytes: &[u8]) -> Option<Name<'_>> {
    let characteristics = *bytes.get(18)?;
    let name_length = usize::from(*bytes.get(19)?);
    let icb = LongAd::parse(bytes.get(20..)?)?.address;
    let start = 38 + usize::from(crate::endian::Endian::Little.u16(bytes, 36)?);
    let text = bytes.get(start..start + name_length)?;
    // A pad that the end of the directory cuts off is no loss.
    let length = (start + name_length).next_multiple_of(4).min(bytes.len());
    Some(Name { characteristics, icb, text, length })
}

/// A name with what it stands for. Where that is damaged, its siblings stay readable, and opening it tells.
fn entry(space: &Space, name: &Name<'_>) -> Entry {
    let node = node::read(space, name.icb).ok();
    let by_name = if name.characteristics & DIRECTORY == 0 { Kind::File } else { Kind::Directory };
    let mut kind = node.as_ref().map_or(by_name, Node::kind);
    let link = node.as_ref().filter(|_| kind == Kind::Link).map(|node| symlink::target(space, node));
    let unreadable = link.as_ref().and_then(|link| link.as_ref().err().copied());
    let link = link.and_then(Result::ok).flatten();
    if kind == Kind::Link && link.is_none() {
        kind = Kind::Special;
    }
    let (size, posix) = node.map_or((0, Posix::default()), |node| (node.size, node.posix));
    Entry {
        name: text::name(name.text),
        kind,
        id: name.icb.id(),
        size,
        extents: Vec::new(),
        posix,
        link,
        unreadable,
    }
}
