//! System use fields (SUSP, IEEE P1281): tagged extensions after a record's name, continued elsewhere by `CE`.

use super::Volume;
use crate::endian::Endian::Little;
use crate::{Error, limits};

/// One field: two letters, and the bytes after its version number.
pub(super) struct Field<'a> {
    pub(super) tag: [u8; 2],
    pub(super) body: &'a [u8],
}

/// Where an area continues.
#[derive(Clone, Copy)]
struct Continuation {
    offset: u64,
    length: usize,
}

/// Hands each field of `area` and of its continuations to `each`, and says how many bytes those had.
///
/// A field whose length cannot be right ends its area, as with every other reader: the bytes after the last field
/// need not be zero.
pub(super) fn each_field(
    volume: &Volume,
    area: &[u8],
    path: &str,
    each: &mut dyn FnMut(Field<'_>),
) -> Result<u64, Error> {
    let mut next = fields(volume.block, area, each);
    let (mut hops, mut bytes) = (0, 0);
    while let Some(place) = next {
        hops += 1;
        if hops > limits::CONTINUATIONS {
            let why = format!("more than {} continuation areas, or a loop of them", limits::CONTINUATIONS);
            return Err(volume.source.damaged(attempt(path), place.offset, why));
        }
        if place.length > limits::CONTINUATION_BYTES {
            let limit = limits::CONTINUATION_BYTES;
            let why = format!("a continuation area of {} bytes (the limit is {limit})", place.length);
            return Err(volume.source.damaged(attempt(path), place.offset, why));
        }
        bytes += place.length as u64;
        let mut area = vec![0; place.length];
        if volume.source.read_some(place.offset, &mut area)? < area.len() {
            let why = "a continuation area lies outside the image";
            return Err(volume.source.damaged(attempt(path), place.offset, why));
        }
        next = fields(volume.block, &area, each);
    }
    Ok(bytes)
}

/// What fails where records cannot be read.
pub(super) fn attempt(path: &str) -> String {
    format!("read the directory entries of '/{}'", path.trim_start_matches('/'))
}

fn fields(block: u64, area: &[u8], each: &mut dyn FnMut(Field<'_>)) -> Option<Continuation> {
    let mut continuation = None;
    let mut rest = area;
    while let [first, second, length, _version, ..] = *rest {
        let Some(body) = rest.get(4..usize::from(length)) else { break };
        match &[first, second] {
            b"ST" => break,
            b"CE" => continuation = continued(block, body),
            tag => each(Field { tag: *tag, body }),
        }
        rest = &rest[usize::from(length)..];
    }
    continuation
}

fn continued(block: u64, body: &[u8]) -> Option<Continuation> {
    let offset = u64::from(Little.u32(body, 0)?) * block + u64::from(Little.u32(body, 8)?);
    Some(Continuation { offset, length: usize::try_from(Little.u32(body, 16)?).ok()? })
}
