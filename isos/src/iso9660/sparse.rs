//! Sparse files of Rock Ridge (`SF`: IEEE P1282 1.12, section 4.1.7): of their content only what is no hole is recorded.
//!
//! What the record calls the file begins with a block of 2 KiB that says nothing, followed by a table of 256 entries.
//! On level n each entry stands for 256^n bytes, and says that they are a hole, where they lie, or where a table one
//! level below lies that tells of them.
//!
//! No tool is known to write such files. The layout is as Aaru reads it, whose authors had the text.

use super::Volume;
use crate::Error;
use crate::endian::Endian::Little;
use crate::entry::{Entry, Extent};
use crate::filesystem::Content;
use crate::gather::Gather;

/// Bytes of a table, and what the place of one counts.
const TABLE: u64 = 2048;
/// Bytes of an entry: a number in both byte orders.
const ENTRY: usize = 8;
/// What the place of content counts, in bytes.
const UNIT: u64 = 256;
/// Where the first table lies, in blocks.
const FIRST: u64 = 1;

const HOLE: u32 = 1 << 31;
const IS_TABLE: u32 = 1 << 30;
const PLACE: u32 = (1 << 24) - 1;

/// What an `SF` field says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Map {
    /// Bytes in the file with its holes.
    pub(super) size: u64,
    levels: u32,
}

impl Map {
    /// The body of the field: the size's upper and lower half and the levels, or a size that is one number.
    pub(super) fn parse(body: &[u8]) -> Option<Map> {
        match body.len() {
            17 => {
                let size = u64::from(Little.u32(body, 0)?) << 32 | u64::from(Little.u32(body, 8)?);
                let levels = u32::from(body[16]);
                // Seven levels hold as much as a size can say.
                (1..=7).contains(&levels).then_some(Map { size, levels })
            }
            // Version 1.10.
            8 => Some(Map { size: u64::from(Little.u32(body, 0)?), levels: 3 }),
            _ => None,
        }
    }
}

/// Where the content of a file lies that is mapped so.
pub(super) fn content(volume: &Volume, map: Map, file: &Entry, path: &str) -> Result<Content, Error> {
    let ends = file.extents.iter().scan(0_u64, |end, extent| {
        *end = end.saturating_add(extent.length);
        Some(*end)
    });
    let gather = Gather::new(&volume.source, path, map.size, TABLE);
    let mut walk = Walk { ends: ends.collect(), recorded: &file.extents, gather };
    walk.table(FIRST, map.levels)?;
    Ok(Content::Extents(walk.gather.finish()?))
}

/// The tables of a file, read from the first byte to the last.
struct Walk<'a> {
    /// Where the image has what the record calls the file, and how many bytes of that end with each extent.
    recorded: &'a [Extent],
    ends: Vec<u64>,
    gather: Gather<'a>,
}

impl Walk<'_> {
    fn table(&mut self, block: u64, level: u32) -> Result<(), Error> {
        let [Extent { start: Some(place), .. }] = *self.recorded(block * TABLE, TABLE)? else {
            return Err(self.damaged("a table of it does not lie in one piece"));
        };
        let table = self.gather.read(place, TABLE as usize)?;
        // The last entry of the largest file would end one byte behind what a number can say.
        let span = UNIT.saturating_pow(level);
        for entry in table.chunks_exact(ENTRY) {
            if self.gather.is_complete() {
                break;
            }
            let entry = Little.u32(entry, 0).unwrap_or(HOLE);
            let place = u64::from(entry & PLACE);
            if entry & HOLE != 0 {
                self.gather.hole(span)?;
            } else if entry & IS_TABLE == 0 {
                for piece in self.recorded(place * UNIT, span.min(self.gather.left()))? {
                    self.gather.data(piece.start.unwrap_or(0), piece.length)?;
                }
            } else if level > 1 {
                self.table(place, level - 1)?;
            } else {
                return Err(self.damaged("a table on its last level refers to another one"));
            }
        }
        Ok(())
    }

    /// Where `length` bytes lie, from `offset` of what is recorded on.
    fn recorded(&self, offset: u64, length: u64) -> Result<Vec<Extent>, Error> {
        let (mut pieces, mut at, end) = (Vec::new(), offset, offset + length);
        let first = self.ends.partition_point(|end| *end <= offset);
        for (extent, extent_ends) in self.recorded.iter().zip(&self.ends).skip(first) {
            let next = end.min(*extent_ends);
            let start = extent.start.unwrap_or(0).saturating_add(extent.length - (extent_ends - at));
            pieces.push(Extent::data(start, next - at));
            at = next;
            if at == end {
                return Ok(pieces);
            }
        }
        Err(self.damaged("some of it lies outside of what is recorded"))
    }

    fn damaged(&self, why: &str) -> Error {
        let start = self.recorded.first().and_then(|extent| extent.start).unwrap_or(0);
        self.gather.damaged(start, why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Image;
    use crate::iso9660::testing::{CONTINUES, Disc, field, record};

    /// A table with those entries, by their numbers; the rest are holes.
    fn table(entries: &[(usize, u32)]) -> Vec<u8> {
        let mut table: Vec<u8> = HOLE.to_le_bytes().into_iter().chain(HOLE.to_be_bytes()).collect();
        table = table.repeat(256);
        for (number, entry) in entries {
            table[number * ENTRY..][..4].copy_from_slice(&entry.to_le_bytes());
            table[number * ENTRY + 4..][..4].copy_from_slice(&entry.to_be_bytes());
        }
        table
    }

    fn sparse(size: u64, levels: u8) -> Vec<u8> {
        let both = |half: u64| [(half as u32).to_le_bytes(), (half as u32).to_be_bytes()].concat();
        field(b"SF", &[both(size >> 32), both(size & 0xffff_ffff), vec![levels]].concat())
    }

    /// A disc with one file, of which that is recorded, in two extents.
    fn disc(recorded: &[&[u8]], map: &[u8]) -> Image {
        let named = field(b"NM", b"\0file");
        let mut disc = Disc::new();
        let recorded = recorded.concat();
        let cut = recorded.len() / 2 / TABLE as usize * TABLE as usize;
        let first = disc.add(&recorded[..cut]);
        disc.add(b"not of the file");
        let second = disc.add(&recorded[cut..]);
        let fields = [&named[..], map].concat();
        disc.with_records(&[record(b"F", CONTINUES, first, &fields), record(b"F", 0, second, &fields)])
    }

    fn read(image: &Image) -> Result<Vec<u8>, String> {
        image.read_to_vec("file", 1 << 24).map_err(|error| error.to_string())
    }

    #[test]
    fn holes_read_as_zeros_between_what_is_recorded() {
        let unused = [0xee; TABLE as usize];
        // Level 2: an entry for each 64 KiB. The first has a table of its own, the third lies in one piece.
        let top = table(&[(0, IS_TABLE | 2), (2, 3 * TABLE as u32 / UNIT as u32)]);
        let below = table(&[(1, (3 * TABLE as u32 + 65_536) / UNIT as u32)]);
        let content = [[b'a'; 65_536].as_slice(), &[b'b'; 2048]].concat();
        let image = disc(&[&unused, &top, &below, &content], &sparse(180_000, 2));
        assert_eq!(image.entry("file").unwrap().size(), 180_000);
        let mut expected = vec![0; 180_000];
        expected[256..512].fill(b'b');
        expected[131_072..].fill(b'a');
        assert_eq!(read(&image).as_ref(), Ok(&expected));
        // Version 1.10: one number for the size, and three levels, of which the first has one entry here.
        let size = [180_000_u32.to_le_bytes(), 180_000_u32.to_be_bytes()].concat();
        let deeper = [&unused[..], &table(&[(0, IS_TABLE | 2)]), &table(&[(0, IS_TABLE | 3)]), &below];
        let image = disc(&[&deeper.concat(), &content], &field(b"SF", &size));
        expected.fill(0);
        // What `below` says, counted from one block further on.
        expected[256..512].fill(b'a');
        assert_eq!(read(&image).as_ref(), Ok(&expected));
    }

    #[test]
    fn a_hole_needs_no_place() {
        let image = disc(&[&[0; TABLE as usize], &table(&[])], &sparse(u64::MAX, 7));
        assert_eq!(image.entry("file").unwrap().size(), u64::MAX);
        let mut last = [1; 4];
        let entry = image.entry("file").unwrap();
        let reader = image.reader(&entry, "file").unwrap();
        assert_eq!((reader.read_at(u64::MAX - 4, &mut last).unwrap(), last), (4, [0; 4]));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let unused = [0; TABLE as usize];
        let refused = |tables: &[&[u8]], levels: u8, why: &str| {
            let image = disc(&[&[&unused[..]], tables].concat(), &sparse(1 << 24, levels));
            let error = read(&image).map(drop).unwrap_err();
            assert!(error.contains(why), "{error} (not: {why})");
        };
        refused(&[], 1, "outside of what is recorded");
        refused(&[&table(&[(3, 4096)])], 1, "outside of what is recorded");
        refused(&[&table(&[(0, IS_TABLE | 1)])], 1, "on its last level refers to another one");
        // More tables than the image has room for: the same one again and again.
        let all = |next: u32| table(&(0..256).map(|number| (number, IS_TABLE | next)).collect::<Vec<_>>());
        refused(&[&all(2), &all(3), &table(&[])], 3, "round in circles");
        for levels in [0, 8] {
            refused(&[&table(&[])], levels, "this kind of sparse file");
        }
    }
}
