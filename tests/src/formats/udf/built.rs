//! Volumes built by hand: partitions that no tool on Linux fills, and every form of what describes files.

use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use isos::{Image, Kind};

use super::super::{in_image, on_disk, only, same};
use super::volume::{At, FILE, LINK, Node, PARTITION, Style, Volume, extended, long, name, named, short};
use super::{forget_mode_and_time, udfclient};

pub(super) const STYLES: [(Style, u32); 8] = [
    (Style::Plain, 512),
    (Style::Plain, 2048),
    (Style::Plain, 4096),
    (Style::Virtual { has_header: false }, 2048),
    (Style::Virtual { has_header: true }, 2048),
    (Style::Sparable, 2048),
    (Style::Metadata, 2048),
    (Style::Metadata, 512),
];

/// Content that differs from block to block.
pub(super) fn content(bytes: u32) -> Vec<u8> {
    (0..bytes).map(|number| (number / 7 % 251) as u8).collect()
}

/// A file of `bytes` in one run of blocks.
pub(super) fn plain_file(volume: &mut Volume, bytes: u32) -> At {
    let block = volume.data(bytes.div_ceil(volume.block));
    volume.write(block, &content(bytes));
    let list = long(bytes, At { partition: 0, block }).to_vec();
    volume.node(&Node::listed(1, u64::from(bytes), list))
}

/// A small tree: files within their entries and without, and a directory below the top.
pub(super) fn sample(style: Style, block: u32) -> Volume {
    let mut volume = Volume::new(style, block);
    let (root, below) = (volume.place(), volume.place());
    let (small, large) = (volume.node(&Node::inside(FILE, b"small")), plain_file(&mut volume, 9 * block + 5));
    let deep = volume.node(&Node::inside(FILE, b"deep"));
    volume.directory(below, &[name(b"", root, 0b1010), named("deep.txt", deep)]);
    let names = [
        name(b"", root, 0b1010),
        named("small.txt", small),
        named("large.bin", large),
        name(b"\x08below", below, 0b10),
        name(b"\x08gone", small, 0b100),
    ];
    volume.directory(root, &names);
    volume.finish(root)
}

pub(super) fn written(volume: &Volume) -> Result<tempfile::NamedTempFile> {
    let file = tempfile::Builder::new().prefix("xctl-udf-").tempfile()?;
    fs::write(file.path(), &volume.bytes)?;
    Ok(file)
}

pub(super) fn opened(volume: &Volume) -> Result<(tempfile::NamedTempFile, Image)> {
    let file = written(volume)?;
    let image = Image::open(file.path())?;
    Ok((file, image))
}

pub(super) fn every_kind_of_partition() -> Result<()> {
    for (style, block) in STYLES {
        check_sample(&sample(style, block)).with_context(|| format!("{style:?} {block}"))?;
    }
    Ok(())
}

pub(super) fn check_sample(volume: &Volume) -> Result<()> {
    let (_file, image) = opened(volume)?;
    ensure!(image.label() == "BUILT" && image.missing_bytes() == 0, "{:?}", image.identifiers());
    let names: Vec<_> = image.read_dir("")?.iter().map(|entry| entry.name().to_owned()).collect();
    ensure!(names == ["small.txt", "large.bin", "below"], "{names:?}");
    ensure!(image.read_to_vec("small.txt", 100)? == b"small");
    ensure!(image.read_to_vec("below/deep.txt", 100)? == b"deep");
    ensure!(image.read_to_vec("large.bin", 1 << 20)? == content(9 * volume.block + 5), "other content");
    Ok(())
}

pub(super) fn every_kind_of_partition_beside_udfclient() -> Result<()> {
    for (style, block) in STYLES {
        let (file, image) = opened(&sample(style, block))?;
        let target = tempfile::tempdir()?;
        let lines: Vec<_> = std::iter::once(format!("lcd {}", target.path().display()))
            .chain(["small.txt", "large.bin", "below"].map(|name| format!("get {name}")))
            .collect();
        udfclient(file.path(), block, "SETS::BUILT:", &lines)?;
        let read = only(&in_image(&image)?, forget_mode_and_time);
        same("udfclient", &only(&on_disk(target.path())?, forget_mode_and_time), &read)
            .with_context(|| format!("{style:?} {block}"))?;
    }
    Ok(())
}

pub(super) fn attributes_and_links() -> Result<()> {
    for is_extended in [false, true] {
        let mut volume = Volume::new(Style::Plain, 2048);
        let root = volume.place();
        let file = volume.node(&Node { flags: 3 | 1 << 6 | 1 << 8, is_extended, ..Node::inside(FILE, b"x") });
        let link = volume.node(&Node::inside(LINK, b"\x02\0\0\0\x03\0\0\0\x05\x05\0\0\x08once\x04\0\0\0"));
        let names = [
            named("once", file),
            named("again", file),
            name(b"\x08hidden", file, 1),
            name(b"\x10\x04\x16\xd8\x3d\xde\x00\0g", file, 0),
            named("link", link),
        ];
        volume.directory(root, &names);
        let (_file, image) = opened(&volume.finish(root))?;
        let entry = image.entry("once")?;
        ensure!(entry.mode() == Some(0o105_754), "{:?}", entry.mode());
        ensure!(entry.owner() == Some((1000, 100)) && entry.links() == Some(2), "{entry:?}");
        let noon = |day: u64| Some(UNIX_EPOCH + Duration::from_secs(1_706_702_400 + day * 86_400));
        ensure!(entry.accessed() == noon(1) && entry.modified() == noon(2), "{entry:?}");
        ensure!(entry.changed() == noon(4), "{entry:?}");
        ensure!(image.entry("again")?.id() == entry.id(), "two names of one file");
        ensure!(image.entry("hidden")?.id() == entry.id(), "a hidden name is a name");
        ensure!(image.read_to_vec("Ж😀g", 10)? == b"x", "wide characters");
        let link = image.children(image.root(), "")?.pop().context("a link")?;
        ensure!(link.kind() == Kind::Link && link.link_target() == Some("/../once/."), "{link:?}");
        ensure!(image.read_to_vec("link", 10)? == b"x", "through the link");
    }
    Ok(())
}

pub(super) fn every_form_of_content() -> Result<()> {
    const HOLE: u32 = 2 << 30;
    const UNWRITTEN: u32 = 1 << 30;
    const FURTHER: u32 = 3 << 30;
    let mut volume = Volume::new(Style::Plain, 2048);
    let root = volume.place();
    let blocks = [volume.data(2), volume.data(1), volume.data(1)];
    let whole = content(3 * 2048 + 100);
    volume.write(blocks[0], &whole[..4096]);
    volume.write(blocks[1], &whole[4096..6144]);
    volume.write(blocks[2], &whole[6144..]);
    let parts = [(4096, blocks[0]), (2048, blocks[1]), (100, blocks[2])];
    let at = |block| At { partition: 0, block };
    let size = whole.len() as u64;
    let mut names = Vec::new();
    let mut add = |volume: &mut Volume, text: &str, node: &Node| names.push(named(text, volume.node(node)));
    add(
        &mut volume,
        "short",
        &Node::listed(0, size, parts.map(|(length, block)| short(length, block)).concat()),
    );
    add(
        &mut volume,
        "long",
        &Node::listed(1, size, parts.map(|(length, block)| long(length, at(block))).concat()),
    );
    let list = parts.map(|(length, block)| extended(length, at(block))).concat();
    add(&mut volume, "extended", &Node::listed(2, size, list));
    // Each extent in a list of its own.
    let further = [volume.data(1), volume.data(1)];
    let lists = [(parts[1], Some(further[1])), (parts[2], None)];
    for (block, ((length, data), next)) in further.into_iter().zip(lists) {
        let mut list = short(length, data).to_vec();
        list.extend(next.map(|next| short(FURTHER | 2048, next)).into_iter().flatten());
        let mut body = vec![0; 4];
        body.extend((list.len() as u32).to_le_bytes());
        body.extend(list);
        volume.put_descriptor(at(block), 258, &body);
    }
    let list = [short(4096, blocks[0]), short(FURTHER | 2048, further[0])].concat();
    add(&mut volume, "chained", &Node::listed(0, size, list));
    let list = [short(HOLE | 4096, 0), short(2048, blocks[1]), short(UNWRITTEN | 2048, blocks[0])].concat();
    add(&mut volume, "holes", &Node::listed(0, 8000, list));
    // Blocks that are kept for a file to grow do not belong to it yet.
    let list = [short(4096, blocks[0]), short(UNWRITTEN | 2048, blocks[1])].concat();
    add(&mut volume, "kept", &Node::listed(0, 4000, list));
    // A newer entry follows an older one.
    let (first, second) = (volume.data(2), volume.data(2));
    volume.put(at(first), &Node { strategy: 4096, ..Node::inside(FILE, b"old") });
    let mut body = vec![0; 20];
    body.extend(long(2048, at(second)));
    volume.put_descriptor(at(first + 1), 259, &body);
    volume.put(at(second), &Node { strategy: 4096, ..Node::inside(FILE, b"new") });
    names.push(named("newer", at(first)));
    volume.directory(root, &names);
    let (_file, image) = opened(&volume.finish(root))?;
    for name in ["short", "long", "extended", "chained"] {
        ensure!(image.read_to_vec(name, 1 << 20)? == whole, "{name}");
    }
    let mut holes = vec![0; 8000];
    holes[4096..6144].copy_from_slice(&whole[4096..6144]);
    ensure!(image.read_to_vec("holes", 1 << 20)? == holes, "holes");
    ensure!(image.read_to_vec("kept", 1 << 20)? == whole[..4000], "kept");
    ensure!(image.read_to_vec("newer", 1 << 20)? == b"new", "newer");
    Ok(())
}

pub(super) fn damage_is_read_from_the_copy() -> Result<()> {
    let whole = sample(Style::Plain, 2048);
    let last = whole.bytes.len() - 2048;
    // The anchor, each descriptor of the main sequence, and both.
    for damaged in [&[256 * 2048_usize][..], &[128 * 2048], &[129 * 2048], &[130 * 2048], &[last, 130 * 2048]]
    {
        let mut volume = sample(Style::Plain, 2048);
        for offset in damaged {
            volume.bytes[offset + 30] ^= 0x55;
        }
        check_sample(&volume).with_context(|| format!("{damaged:?}"))?;
    }
    // The entry of the metadata file, and then what lies in it.
    for block in [39, 40, 42, 44] {
        let mut volume = sample(Style::Metadata, 2048);
        let offset = (PARTITION as usize + block) * 2048;
        volume.bytes[offset..offset + 2048].fill(0x55);
        check_sample(&volume).with_context(|| format!("block {block}"))?;
    }
    Ok(())
}
