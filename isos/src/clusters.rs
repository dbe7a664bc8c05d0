//! Files as chains of clusters, which FAT and exFAT have in common: a table has, for each cluster, the next one.

use crate::entry::Extent;
use crate::source::Source;
use crate::{Error, limits};

/// The clusters of a volume and the table that links them.
#[derive(Debug)]
pub(crate) struct Clusters {
    /// Bits of an entry of the table: 12, 16 or 32.
    pub(crate) width: u8,
    /// Bits of an entry that count: FAT32 keeps the upper four for itself.
    pub(crate) mask: u32,
    /// Where the table begins, in bytes.
    pub(crate) table: u64,
    /// Where cluster 2, the first, begins, in bytes.
    pub(crate) heap: u64,
    /// Bytes in a cluster.
    pub(crate) size: u64,
    /// How many clusters there are.
    pub(crate) count: u32,
}

const FIRST: u32 = 2;
/// Bytes of the table read at a time; a multiple of three, so that no 12-bit entry is cut.
const WINDOW: u64 = 3 << 10;

impl Clusters {
    /// Where a cluster begins; `None` if there is no such cluster.
    pub(crate) fn offset(&self, cluster: u32) -> Option<u64> {
        let index = cluster.checked_sub(FIRST).filter(|index| *index < self.count)?;
        u64::from(index).checked_mul(self.size)?.checked_add(self.heap)
    }

    /// The clusters from `first` on.
    pub(crate) fn chain<'a>(&'a self, source: &'a Source, first: u32) -> Chain<'a> {
        Chain {
            clusters: self,
            source,
            next: Some(first),
            window: Vec::new(),
            at: 0,
            tortoise: 0,
            steps: 0,
            lap: 1,
        }
    }

    /// Where the first `length` bytes of the chain from `first` lie, with neighbours joined.
    pub(crate) fn extents(
        &self,
        source: &Source,
        first: u32,
        length: u64,
        path: &str,
    ) -> Result<Vec<Extent>, Error> {
        let mut extents: Vec<Extent> = Vec::new();
        let mut chain = self.chain(source, first);
        let mut left = length;
        while left > 0 {
            let Some(start) = chain.next(path)? else {
                let why = format!("its chain of clusters ends {left} bytes before the file");
                return Err(source.damaged(format!("read '{path}'"), chain.place(), why));
            };
            let piece = left.min(self.size);
            left -= piece;
            if let Some(last) = extents.last_mut()
                && last.start.and_then(|at| at.checked_add(last.length)) == Some(start)
            {
                last.length += piece;
            } else if extents.len() >= limits::FRAGMENTS {
                let (what, limit) = ("a file is in too many pieces", limits::FRAGMENTS as u64);
                return Err(source.limit(path, what, limit));
            } else {
                extents.push(Extent::data(start, piece));
            }
        }
        Ok(extents)
    }
}

/// Progress along a chain.
pub(crate) struct Chain<'a> {
    clusters: &'a Clusters,
    source: &'a Source,
    next: Option<u32>,
    /// A piece of the table, and where it begins in it.
    window: Vec<u8>,
    at: u64,
    /// A cluster that was passed, to be met again if the chain is a loop; moved on at laps of doubling length, so
    /// that it comes to lie on any loop (Brent's algorithm).
    tortoise: u32,
    steps: u64,
    lap: u64,
}

impl Chain<'_> {
    /// Where the next cluster begins; `None` at the end of the chain.
    pub(crate) fn next(&mut self, path: &str) -> Result<Option<u64>, Error> {
        let Some(cluster) = self.next else { return Ok(None) };
        let Some(offset) = self.clusters.offset(cluster) else {
            return Err(
                self.damaged(path, format!("it leads to cluster {cluster}, which the volume does not have"))
            );
        };
        if cluster == self.tortoise {
            return Err(self.damaged(path, format!("it is a loop: it comes back to cluster {cluster}")));
        }
        self.steps += 1;
        if self.steps == self.lap {
            self.tortoise = cluster;
            self.steps = 0;
            self.lap *= 2;
        }
        self.next = self.link(cluster)?;
        Ok(Some(offset))
    }

    /// Where in the image the chain was followed last.
    fn place(&self) -> u64 {
        self.clusters.table.saturating_add(self.at)
    }

    fn damaged(&self, path: &str, why: String) -> Error {
        self.source.damaged(format!("follow the chain of clusters of '{path}'"), self.place(), why)
    }

    /// What follows a cluster; `None` if nothing does.
    fn link(&mut self, cluster: u32) -> Result<Option<u32>, Error> {
        let bits = u64::from(cluster) * u64::from(self.clusters.width);
        let position = bits / 8;
        let wanted = if self.clusters.width == 32 { 4 } else { 2 };
        let is_inside = self.at <= position && position + wanted <= self.at + self.window.len() as u64;
        if !is_inside {
            self.at = position / WINDOW * WINDOW;
            // An entry more, as entries of 12 bits are read as 16.
            self.window.resize(usize::try_from(WINDOW).unwrap_or(0) + 4, 0);
            let filled =
                self.source.read_some(self.clusters.table.saturating_add(self.at), &mut self.window)?;
            self.window.truncate(filled);
        }
        let entry = usize::try_from(position - self.at).ok().and_then(|at| self.window.get(at..));
        let value = entry.and_then(|entry| match self.clusters.width {
            32 => entry.first_chunk().map(|chunk| u32::from_le_bytes(*chunk)),
            _ => entry.first_chunk().map(|chunk| u32::from(u16::from_le_bytes(*chunk))),
        });
        let Some(value) = value else {
            return Err(self.source.damaged(
                "read the table of clusters",
                self.place(),
                "it lies outside the image",
            ));
        };
        let odd = self.clusters.width == 12 && cluster % 2 == 1;
        let value = (if odd { value >> 4 } else { value }) & self.clusters.mask;
        // The last eight numbers, less the mark for bad clusters, end a chain.
        Ok((value < self.clusters.mask - 7).then_some(value))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn pieces_have_a_bound() {
        // Each cluster leads to the one before it, so that no two lie side by side.
        let count = u32::try_from(limits::FRAGMENTS).unwrap() + 1;
        let mut table = tempfile::NamedTempFile::new().unwrap();
        let links = (0..count + FIRST)
            .map(|cluster| if cluster == FIRST { u32::MAX } else { cluster.wrapping_sub(1) });
        table.write_all(&links.flat_map(u32::to_le_bytes).collect::<Vec<_>>()).unwrap();
        let source = Source::open_file(table.path()).unwrap();
        for mask in [0x0fff_ffff, u32::MAX] {
            let clusters = Clusters { width: 32, mask, table: 0, heap: 0, size: 512, count };
            let extents =
                |pieces: u32| clusters.extents(&source, pieces + FIRST - 1, u64::from(pieces) * 512, "file");
            assert_eq!(extents(count - 1).unwrap().len(), limits::FRAGMENTS);
            let error = extents(count).unwrap_err().to_string();
            assert!(error.contains("a file is in too many pieces (the limit is 262144)"), "{error}");
        }
    }
}
