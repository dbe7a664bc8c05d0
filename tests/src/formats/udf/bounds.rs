//! Volumes with one more than a bound of `isos::limits` allows, and such that have just as many.

use std::fs::OpenOptions;

use anyhow::{Context, Result, ensure};
use isos::{Image, Kind, limits};

use super::built::{check_sample, opened, sample, written};
use super::volume::{At, LINK, Node, Style, Volume, named, short};

/// A block of a plain volume, and where free ones begin before its descriptors.
const BLOCK: usize = 2048;
const FREE: u32 = 20;
/// Where both sequences of descriptors begin, and how many blocks are used of each.
const SEQUENCES: [u32; 2] = [128, 160];
const USED: usize = 5;
/// The descriptor of the logical volume is the third.
const LOGICAL: usize = 2;

fn refused(volume: &Volume, why: &str) -> Result<()> {
    let file = written(volume)?;
    let error = Image::open(file.path()).err().context("it was opened")?.to_string();
    ensure!(error.contains(why), "{error} (not: {why})");
    Ok(())
}

fn at(block: u32) -> usize {
    block as usize * BLOCK
}

/// Leads a sequence of descriptors on to `blocks` blocks from `to` on.
fn lead(volume: &mut Volume, from: u32, to: u32, blocks: u32) {
    let mut body = vec![0; 496];
    body[4..8].copy_from_slice(&(blocks * BLOCK as u32).to_le_bytes());
    body[8..12].copy_from_slice(&to.to_le_bytes());
    volume.bytes[at(from)..at(from + 1)].fill(0);
    volume.descriptor(at(from), 3, from, &body);
}

pub(super) fn sequences() -> Result<()> {
    // In so many extents, of which all but the last lead on.
    let in_extents = |extents: usize| {
        let mut volume = sample(Style::Plain, BLOCK as u32);
        let last = FREE + extents as u32 - 2;
        volume.bytes.copy_within(at(SEQUENCES[0])..at(SEQUENCES[0]) + USED * BLOCK, at(last));
        for start in SEQUENCES {
            lead(&mut volume, start, FREE, if last == FREE { USED as u32 } else { 1 });
        }
        for block in FREE..last {
            lead(&mut volume, block, block + 1, if block + 1 == last { USED as u32 } else { 1 });
        }
        volume
    };
    check_sample(&in_extents(limits::SEQUENCE_EXTENTS))?;
    refused(&in_extents(limits::SEQUENCE_EXTENTS + 1), "in more than 8 extents")?;
    // In one extent, with descriptors of implementations before the usual four.
    let with_descriptors = |count: u64| {
        let mut volume = sample(Style::Plain, BLOCK as u32);
        let others = count as u32 - 4;
        let (from, to) = (at(SEQUENCES[0]), at(FREE + others));
        volume.bytes.copy_within(from..from + 3 * BLOCK, to);
        volume.bytes.copy_within(from + 4 * BLOCK..from + 5 * BLOCK, to + 3 * BLOCK);
        for block in FREE..FREE + others {
            volume.descriptor(at(block), 4, block, &[0; 496]);
        }
        for start in SEQUENCES {
            lead(&mut volume, start, FREE, count as u32);
        }
        volume
    };
    check_sample(&with_descriptors(limits::DESCRIPTORS))?;
    refused(&with_descriptors(limits::DESCRIPTORS + 1), "more than 64 descriptors in one extent")
}

pub(super) fn partition_maps() -> Result<()> {
    let with_maps = |count: usize| {
        let mut volume = sample(Style::Plain, BLOCK as u32);
        let maps = [1, 6, 1, 0, 0, 0].repeat(count);
        for start in SEQUENCES {
            let logical = at(start) + LOGICAL * BLOCK;
            volume.bytes[logical + 264..logical + 268].copy_from_slice(&(maps.len() as u32).to_le_bytes());
            volume.bytes[logical + 268..logical + 272].copy_from_slice(&(count as u32).to_le_bytes());
            volume.bytes[logical + 440..logical + 440 + maps.len()].copy_from_slice(&maps);
            Volume::mend(&mut volume.bytes, &[logical]);
        }
        volume
    };
    check_sample(&with_maps(limits::PARTITION_MAPS))?;
    refused(&with_maps(limits::PARTITION_MAPS + 1), "17 partition maps (the limit is 16)")
}

pub(super) fn virtual_tables() -> Result<()> {
    let whole = sample(Style::Virtual { has_header: true }, BLOCK as u32);
    let table = whole.bytes.len() - BLOCK;
    // Behind so many bytes that nothing was written to.
    let padded = |bytes: u64| -> Result<Option<String>> {
        let file = written(&whole)?;
        OpenOptions::new().write(true).open(file.path())?.set_len(whole.bytes.len() as u64 + bytes)?;
        Ok(Image::open(file.path()).err().map(|error| error.to_string()))
    };
    let most = limits::VAT_SEARCH_BYTES - BLOCK as u64;
    ensure!(padded(most)?.is_none(), "{:?}", padded(most));
    let error = padded(most + BLOCK as u64)?.context("it was found")?;
    ensure!(error.contains("no virtual allocation table was found in the last 64 MiB"), "{error}");

    // So large that it is not read; as its content is not there, what just may be read has another fault.
    let with_size = |size: u64| {
        let mut volume = sample(Style::Virtual { has_header: true }, BLOCK as u32);
        volume.bytes[table + 56..table + 64].copy_from_slice(&size.to_le_bytes());
        Volume::mend(&mut volume.bytes, &[table]);
        volume
    };
    refused(&with_size(limits::VAT_BYTES), "longer than the place that its content has")?;
    refused(&with_size(limits::VAT_BYTES + 1), "of 16777217 bytes (the limit is 16777216)")?;

    // Behind so many that are none.
    let followed = |count: usize| {
        let mut volume = sample(Style::Virtual { has_header: true }, BLOCK as u32);
        let mut other = volume.bytes[table..].to_vec();
        other[100] ^= 1;
        volume.bytes.extend(other.repeat(count));
        volume
    };
    opened(&followed(limits::VAT_CANDIDATES - 1))?;
    refused(&followed(limits::VAT_CANDIDATES), "no more than 8 tables are tried")
}

pub(super) fn lists_of_extents() -> Result<()> {
    let with_list = |bytes: u32| -> Result<String> {
        let mut volume = Volume::new(Style::Plain, BLOCK as u32);
        let (root, list) = (volume.place(), volume.data(33));
        let body = [0, bytes].map(u32::to_le_bytes).concat();
        volume.put_descriptor(At { partition: 0, block: list }, 258, &body);
        let file = volume.node(&Node::listed(0, 5000, short(3 << 30 | bytes, list).to_vec()));
        volume.directory(root, &[named("file", file)]);
        let (_file, image) = opened(&volume.finish(root))?;
        Ok(image.open_file("file").err().context("it was opened")?.to_string())
    };
    let most = limits::ALLOCATION_BYTES as u32;
    let error = with_list(most)?;
    ensure!(error.contains("5000 of its 5000 bytes lie nowhere"), "an empty list is read: {error}");
    let error = with_list(most + 1)?;
    ensure!(error.contains("has 65537 bytes (the limit is 65536)"), "{error}");
    Ok(())
}

pub(super) fn targets_of_links() -> Result<()> {
    // Components of these lengths, with slashes between them.
    let with_target = |components: &[u8]| -> Result<(tempfile::NamedTempFile, Image)> {
        let text = |length: &u8| [&[5, length + 1, 0, 0, 8], &vec![b'x'; usize::from(*length)][..]].concat();
        let content: Vec<u8> = components.iter().flat_map(text).collect();
        let mut volume = Volume::new(Style::Plain, BLOCK as u32);
        let root = volume.place();
        let bytes = content.len() as u32;
        let block = volume.data(bytes.div_ceil(volume.block));
        volume.write(block, &content);
        let link =
            Node { file_type: LINK, ..Node::listed(0, u64::from(bytes), short(bytes, block).to_vec()) };
        let link = volume.node(&link);
        volume.directory(root, &[named("link", link), named("beside", link)]);
        opened(&volume.finish(root))
    };
    let (_file, image) = with_target(&[240; 17])?;
    let entries = image.read_dir("")?;
    ensure!(entries[0].link_target().map(str::len) == Some(limits::LINK_BYTES), "{entries:?}");
    // One byte more in the target, and more in the entry than any target has.
    for components in [&[[240; 16].to_vec(), vec![241]].concat()[..], &[240; 67]] {
        let (_file, image) = with_target(components)?;
        let entries = image.read_dir("")?;
        ensure!(entries.len() == 2 && entries[0].kind() == Kind::Special, "{entries:?}");
        let error = image.reader(&entries[0], "link").err().context("it was opened")?.to_string();
        ensure!(error.contains("longer than 4096 bytes"), "{error}");
    }
    Ok(())
}
