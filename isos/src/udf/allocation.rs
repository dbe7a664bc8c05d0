//! Where the content of a file lies: allocation descriptors (ECMA-167 4/12 and 4/14.14).

use super::node::{Node, Stored};
use super::space::Space;
use super::tag::kind;
use super::{Address, Failure};
use crate::endian::Endian::Little;
use crate::entry::Extent;
use crate::limits;

/// What an extent is; the upper two bits of its length.
const RECORDED: u32 = 0;
/// It holds further descriptors.
const CONTINUATION: u32 = 3;

/// Bytes of a descriptor, by its form: short, long, extended.
const FORMS: [usize; 3] = [8, 16, 20];

struct Descriptor {
    kind: u32,
    bytes: u32,
    address: Address,
}

fn parse(form: u16, partition: u16, bytes: &[u8]) -> Option<Descriptor> {
    let length = Little.u32(bytes, 0)?;
    let address = match form {
        0 => Address { partition, block: Little.u32(bytes, 4)? },
        1 => Address::parse(bytes.get(4..)?)?,
        _ => Address::parse(bytes.get(12..)?)?,
    };
    Some(Descriptor { kind: length >> 30, bytes: length & 0x3fff_ffff, address })
}

/// The content of a file in order, no longer than its size. `copy` chooses among the copies of a partition.
pub(super) fn extents(space: &Space, node: &Node, copy: usize) -> Result<Vec<Extent>, Failure> {
    let (form, mut list) = match &node.stored {
        Stored::Inside { bytes, .. } if *bytes < node.size => {
            return Err(Failure::new(
                node.offset,
                "a file is longer than the place that its content has in it",
            ));
        }
        Stored::Inside { offset, .. } => return Ok(vec![Extent::data(*offset, node.size)]),
        Stored::Listed { form, list } => (*form, list.clone()),
    };
    let Some(size) = FORMS.get(usize::from(form)).copied() else {
        return Err(Failure::new(node.offset, "content is stored in a way that the standard does not have"));
    };
    let mut content = Assembly { space, node, copy, left: node.size, extents: Vec::new(), steps: 0 };
    for _ in 0..limits::ALLOCATION_EXTENTS {
        let mut next = None;
        for bytes in list.chunks_exact(size) {
            let Some(descriptor) = parse(form, node.partition, bytes) else { break };
            // One without length ends the list, and what lies behind the end of the file is of no interest.
            if descriptor.bytes == 0 || content.left == 0 {
                break;
            }
            if descriptor.kind == CONTINUATION {
                next = Some(descriptor);
                break;
            }
            content.add(&descriptor)?;
        }
        list = match next {
            Some(next) => further(space, &next, node)?,
            None if content.left > 0 => {
                let why = format!("{} of its {} bytes lie nowhere", content.left, node.size);
                return Err(Failure::new(node.offset, why));
            }
            None => return Ok(content.extents),
        }
    }
    let why = format!("more than {} lists of its extents, or a loop of them", limits::ALLOCATION_EXTENTS);
    Err(Failure::new(node.offset, why))
}

/// The whole content of a file whose size was found acceptable.
pub(super) fn bytes(space: &Space, node: &Node, copy: usize) -> Result<Vec<u8>, Failure> {
    let mut content = Vec::new();
    for extent in extents(space, node, copy)? {
        let offset =
            extent.start.ok_or_else(|| Failure::new(node.offset, "a part of it was never recorded"))?;
        let start = content.len();
        // Asked before memory is taken: what an image claims to have costs nothing.
        let outside = || Failure::new(offset, "it lies outside the image (an incomplete download?)");
        if offset.checked_add(extent.length).is_none_or(|end| end > space.source.length) {
            return Err(outside());
        }
        content.resize(start + usize::try_from(extent.length).unwrap_or(0), 0);
        let part = content.get_mut(start..).unwrap_or(&mut []);
        if space.source.read_some(offset, part).unwrap_or(0) < part.len() {
            return Err(outside());
        }
    }
    Ok(content)
}

/// The descriptors in an extent of them (ECMA-167 4/14.5).
fn further(space: &Space, at: &Descriptor, node: &Node) -> Result<Vec<u8>, Failure> {
    let found = space.descriptor(at.address).map_err(|fault| space.failure(at.address, fault))?;
    let list = (found.kind == kind::ALLOCATION_EXTENT)
        .then(|| usize::try_from(Little.u32(&found.bytes, 20)?).ok())
        .flatten()
        .ok_or_else(|| Failure::new(node.offset, "the list of its extents goes on where there is none"))?;
    if list > limits::ALLOCATION_BYTES {
        let limit = limits::ALLOCATION_BYTES;
        let why = format!("a list of its extents has {list} bytes (the limit is {limit})");
        return Err(Failure::new(found.offset, why));
    }
    // Some writers let the CRC cover nothing but the head, so that more may have to be read than the tag knows of.
    if let Some(list) = found.bytes.get(24..24 + list) {
        return Ok(list.to_vec());
    }
    let mut bytes = vec![0; list];
    if space.source.read_some(found.offset + 24, &mut bytes).unwrap_or(0) < list {
        return Err(Failure::new(found.offset, "a list of extents lies outside the image"));
    }
    Ok(bytes)
}

/// The content of a file while its extents are looked up.
struct Assembly<'a> {
    space: &'a Space,
    node: &'a Node,
    copy: usize,
    /// Bytes that have no place yet.
    left: u64,
    extents: Vec<Extent>,
    steps: usize,
}

impl Assembly<'_> {
    fn add(&mut self, descriptor: &Descriptor) -> Result<(), Failure> {
        let mut wanted = u64::from(descriptor.bytes).min(self.left);
        self.left -= wanted;
        if descriptor.kind != RECORDED {
            return self.push(Extent::hole(wanted));
        }
        let mut address = descriptor.address;
        while wanted > 0 {
            let place = self.space.place(address, self.copy).ok_or_else(|| {
                let why =
                    format!("block {} of partition {} does not exist", address.block, address.partition);
                Failure::new(self.node.offset, why)
            })?;
            let length = place.bytes.min(wanted);
            self.push(Extent::data(place.offset, length))?;
            wanted -= length;
            let blocks = u32::try_from(length.div_ceil(self.space.block)).unwrap_or(u32::MAX);
            address.block = address.block.saturating_add(blocks);
        }
        Ok(())
    }

    /// Adds a piece, to the last one where it goes on.
    fn push(&mut self, extent: Extent) -> Result<(), Failure> {
        self.steps += 1;
        if self.steps > limits::FRAGMENTS {
            let why = format!("it is in more than {} pieces", limits::FRAGMENTS);
            return Err(Failure::new(self.node.offset, why));
        }
        if let Some(last) = self.extents.last_mut() {
            let goes_on = match (last.start, extent.start) {
                (Some(last_start), Some(start)) => last_start.checked_add(last.length) == Some(start),
                (None, None) => true,
                _ => false,
            };
            if goes_on && let Some(length) = last.length.checked_add(extent.length) {
                last.length = length;
                return Ok(());
            }
        }
        self.extents.push(extent);
        Ok(())
    }
}
