//! Volumes that are meant to harm their reader.

use std::fs;
use std::ops::Range;

use anyhow::{Context, Result, ensure};
use isos::{Image, limits};

use super::super::Workshop;
use super::super::bounds::Wide;
use super::super::damage::{ROUNDS, survives_damage};
use super::built::{STYLES, content, opened, plain_file, sample, written};
use super::volume::{At, DIRECTORY, FILE, Node, Style, Volume, long, name, named, short};

fn error_of<T>(result: Result<T, isos::Error>) -> Result<String> {
    Ok(result.err().context("it was taken for whole")?.to_string())
}

/// An image with this one file.
fn with_file(node: &Node) -> Result<(tempfile::NamedTempFile, Image)> {
    let mut volume = Volume::new(Style::Plain, 2048);
    let root = volume.place();
    let file = volume.node(node);
    volume.directory(root, &[named("file", file)]);
    opened(&volume.finish(root))
}

pub(super) fn directories_in_circles() -> Result<()> {
    let mut volume = Volume::new(Style::Plain, 2048);
    let (root, below) = (volume.place(), volume.place());
    volume.directory(root, &[name(b"\x08below", below, 2)]);
    volume.directory(below, &[name(b"\x08up", root, 2), name(b"\x08self", below, 2)]);
    let (_file, image) = opened(&volume.finish(root))?;
    for path in ["below/up", "below/self", "below/up/below/up/below"] {
        let error = error_of(image.entry(path))?;
        ensure!(error.contains("contains itself"), "{path}: {error}");
    }
    Ok(())
}

pub(super) fn chains_in_circles() -> Result<()> {
    let at = |block| At { partition: 0, block };
    // Lists of extents that lead to themselves.
    let mut volume = Volume::new(Style::Plain, 2048);
    let root = volume.place();
    let list = volume.data(1);
    let mut body = vec![0, 0, 0, 0, 8, 0, 0, 0];
    body.extend(short(3 << 30 | 2048, list));
    volume.put_descriptor(at(list), 258, &body);
    let file = volume.node(&Node::listed(0, 5000, short(3 << 30 | 2048, list).to_vec()));
    // Entries that are each other's newer one.
    let circle = [volume.data(2), volume.data(2)];
    for (block, next) in [(circle[0], circle[1]), (circle[1], circle[0])] {
        volume.put(at(block), &Node { strategy: 4096, ..Node::inside(FILE, b"x") });
        let mut body = vec![0; 20];
        body.extend(long(2048, at(next)));
        volume.put_descriptor(at(block + 1), 259, &body);
    }
    volume.directory(root, &[named("lists", file), named("entries", at(circle[0]))]);
    let (_file, image) = opened(&volume.finish(root))?;
    for path in ["lists", "entries"] {
        let error = error_of(image.open_file(path))?;
        ensure!(error.contains("a loop of them"), "{path}: {error}");
    }
    // Sequences of volume descriptors that lead to themselves.
    let mut volume = sample(Style::Plain, 2048);
    for start in [128_u32, 160] {
        let mut body = vec![0; 496];
        body[4..8].copy_from_slice(&2048_u32.to_le_bytes());
        body[8..12].copy_from_slice(&start.to_le_bytes());
        let offset = start as usize * 2048;
        volume.bytes[offset..offset + 5 * 2048].fill(0);
        volume.descriptor(offset, 3, start, &body);
    }
    let file = written(&volume)?;
    let error = error_of(Image::open(file.path()))?;
    ensure!(error.contains("a loop of them"), "{error}");
    Ok(())
}

pub(super) fn extents_outside() -> Result<()> {
    let far = At { partition: 0, block: 1 << 20 };
    let cases = [
        ("leaves its partition", Node::listed(0, 2048, short(2048, 1 << 20).to_vec())),
        ("reaches out of its partition", Node::listed(0, 1 << 29, short(1 << 29, 1).to_vec())),
        ("names no partition", Node::listed(1, 2048, long(2048, At { partition: 9, ..far }).to_vec())),
        ("is longer than its extents", Node::listed(0, u64::MAX, short(2048, 1).to_vec())),
        ("has no extents", Node::listed(0, 1, Vec::new())),
        ("is longer than its entry", Node { size: 100_000, ..Node::inside(FILE, b"x") }),
        ("has a form that there is none of", Node::listed(7, 1, short(2048, 1).to_vec())),
        ("goes on where no list is", Node::listed(0, 2048, short(3 << 30 | 2048, 1).to_vec())),
    ];
    for (what, node) in cases {
        let (_file, image) = with_file(&node)?;
        let error = error_of(image.open_file("file")).context(what)?;
        ensure!(error.contains("'file'"), "{what}: {error}");
    }
    // A hole costs nothing, however large.
    let (_file, image) = with_file(&Node::listed(0, 1 << 29, short(2 << 30 | 1 << 29, 0).to_vec()))?;
    ensure!(image.open_file("file")?.len() == 1 << 29);
    // Extents that overlap are read as they are.
    let list = [short(2048, 0), short(2048, 0)].concat();
    let (_file, image) = with_file(&Node::listed(0, 4096, list))?;
    let read = image.read_to_vec("file", 4096)?;
    ensure!(read[..2048] == read[2048..], "the same block twice");
    // Directories that claim a lot, and such that have holes.
    for list in [short(1 << 29, 1), short(2 << 30 | 4096, 1)] {
        let length = u64::from(u32::from_le_bytes([list[0], list[1], list[2], list[3]]) & 0x3fff_ffff);
        let (_file, image) =
            with_file(&Node { file_type: DIRECTORY, ..Node::listed(0, length, list.to_vec()) })?;
        error_of(image.read_dir("file"))?;
    }
    // Many pieces, each of no use.
    let mut volume = Volume::new(Style::Plain, 32768);
    let root = volume.place();
    let (lists, mut next) = (volume.data(70), None);
    for number in (0..70).rev() {
        let mut list: Vec<u8> = (0..4000).flat_map(|piece| short(1, piece % 2 * 2)).collect();
        list.extend(next.map(|next| short(3 << 30 | 32768, next)).into_iter().flatten());
        let mut body = vec![0; 4];
        body.extend((list.len() as u32).to_le_bytes());
        body.extend(list);
        let block = lists + number;
        volume.put_descriptor(At { partition: 0, block }, 258, &body);
        next = Some(block);
    }
    let list = short(3 << 30 | 32768, lists).to_vec();
    let file = volume.node(&Node::listed(0, 1 << 40, list));
    volume.directory(root, &[named("file", file)]);
    let (_file, image) = opened(&volume.finish(root))?;
    let error = error_of(image.open_file("file"))?;
    ensure!(error.contains("pieces"), "{error}");
    Ok(())
}

pub(super) fn bad_tags() -> Result<()> {
    let mut volume = Volume::new(Style::Plain, 2048);
    let root = volume.place();
    let (good, bad, worse) =
        (plain_file(&mut volume, 3000), plain_file(&mut volume, 3000), plain_file(&mut volume, 3000));
    let lost = volume.place();
    volume.directory(
        root,
        &[named("bad", bad), named("worse", worse), name(b"\x08lost", lost, 2), named("good", good)],
    );
    let mut volume = volume.finish(root);
    let (crc, checksum) = (volume.offset(bad) + 100, volume.offset(worse) + 4);
    volume.bytes[crc] ^= 1;
    volume.bytes[checksum] ^= 1;
    let (_file, image) = opened(&volume)?;
    ensure!(image.read_to_vec("good", 4000)? == content(3000), "siblings stay readable");
    for (path, why) in [("bad", "CRC is wrong"), ("worse", "checksum is wrong")] {
        let error = error_of(image.open_file(path))?;
        ensure!(error.contains(why) && error.contains(path), "{error}");
    }
    let error = error_of(image.read_dir("lost"))?;
    ensure!(error.contains("nothing is recorded"), "{error}");
    // A damaged name ends its directory.
    let mut volume = sample(Style::Plain, 2048);
    let at = volume.bytes.windows(9).position(|bytes| bytes == b"large.bin").context("its name")?;
    volume.bytes[at] ^= 0x20;
    // The entry that it lies in would tell first.
    Volume::mend(&mut volume.bytes, &volume.descriptors);
    let (_file, image) = opened(&volume)?;
    let error = error_of(image.read_dir(""))?;
    ensure!(error.contains("CRC is wrong"), "{error}");
    Ok(())
}

pub(super) fn misleading_names() -> Result<()> {
    let mut volume = Volume::new(Style::Plain, 2048);
    let root = volume.place();
    let file = volume.node(&Node::inside(FILE, b"x"));
    let names: [(&[u8], &str); 8] = [
        (b"\x08..", "\\x2e\\x2e"),
        (b"\x08.", "\\x2e"),
        (b"\x08../../etc/passwd", "..\\x2f..\\x2fetc\\x2fpasswd"),
        (b"\x08nul\0here", "nul\\x00here"),
        (b"\x08\x1b[2J", "\\x1b[2J"),
        (b"\x10\0a\0/\0b", "a\\x2fb"),
        (b"\x10\xd8\x00\0a", "\u{fffd}a"),
        (b"\xffodd", "\\xffodd"),
    ];
    let listed: Vec<_> = names.iter().map(|(raw, _)| name(raw, file, 0)).collect();
    volume.directory(root, &listed);
    let (_file, image) = opened(&volume.finish(root))?;
    let read: Vec<_> = image.read_dir("")?.iter().map(|entry| entry.name().to_owned()).collect();
    ensure!(read == names.map(|(_, shown)| shown), "{read:?}");
    for (_, shown) in names {
        ensure!(image.read_to_vec(shown, 10)? == b"x", "'{shown}' is found again");
    }
    Ok(())
}

/// A directory whose extents are the same block, again and again.
pub(in super::super) fn wide() -> Result<Wide> {
    const BLOCK: u32 = 32768;
    let mut volume = Volume::new(Style::Plain, BLOCK);
    let root = volume.place();
    let file = volume.node(&Node::inside(FILE, b"x"));
    let name = named(&"x".repeat(25), file);
    let names = name.repeat(BLOCK as usize / name.len());
    ensure!(names.len() == BLOCK as usize, "names of {} bytes fill no block", name.len());
    let block = volume.data(1);
    volume.write(block, &names);
    let blocks = limits::DIRECTORY_ENTRIES * name.len() / names.len() + 1;
    let list = short(BLOCK, block).repeat(blocks);
    let size = (names.len() * blocks) as u64;
    let wide = volume.node(&Node { file_type: DIRECTORY, ..Node::listed(0, size, list) });
    volume.directory(root, &[named("wide", wide)]);
    let workshop = Workshop::new()?;
    let image = workshop.path("wide.udf");
    fs::write(&image, volume.finish(root).bytes)?;
    Ok(Wide { image, _workshop: workshop })
}

/// Damages that the tags tell of, and such that they do not: then what lies behind them has to hold.
pub(in super::super) fn accidents() -> Result<()> {
    for (style, block) in STYLES {
        let whole = sample(style, block);
        let file = written(&whole)?;
        let beginnings = whole.descriptors.iter().map(|start| *start as u64);
        let regions: Vec<_> = beginnings.flat_map(|start| [start..start + 60, start..start + 500]).collect();
        let mend = |bytes: &mut [u8], region: &Range<usize>| Volume::mend(bytes, &[region.start]);
        survives_damage(file.path(), &regions, Some(&mend), ROUNDS.div_ceil(STYLES.len() as u64))
            .with_context(|| format!("{style:?} {block}"))?;
    }
    Ok(())
}
