//! ISO 9660 with Rock Ridge, written by two tools; packed files, large ones, and discs of several sessions.

use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use isos::Image;

use super::damage::{self, ROUNDS, survives_damage};
use super::kernel::{Disk, KERNEL, is_read_as_by_kernel};
use super::{Facts, Workshop, in_image, on_disk, only, run, same};
use crate::Test;
use crate::need::{Need, XORRISO};

const GENISOIMAGE: Need = Need::Program("genisoimage");
const MKZFTREE: Need = Need::Program("mkzftree");

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "iso9660_is_read_as_written",
        needs: &[XORRISO, GENISOIMAGE],
        run: iso9660_is_read_as_written,
    },
    Test {
        name: "iso9660_is_read_as_by_the_kernel",
        needs: &[XORRISO, GENISOIMAGE, MKZFTREE, KERNEL],
        run: iso9660_is_read_as_by_the_kernel,
    },
    Test { name: "zisofs_is_unpacked", needs: &[XORRISO, GENISOIMAGE, MKZFTREE], run: zisofs_is_unpacked },
    Test {
        name: "zisofs_that_would_explode_is_refused",
        needs: &[XORRISO],
        run: zisofs_that_would_explode_is_refused,
    },
    Test {
        name: "iso9660_directories_in_circles_end",
        needs: &[GENISOIMAGE],
        run: iso9660_directories_in_circles_end,
    },
    Test { name: "hostile_iso9660_is_refused", needs: &[GENISOIMAGE], run: hostile_iso9660_is_refused },
    Test {
        name: "damaged_zisofs_ends_with_data_or_an_error",
        needs: &[XORRISO],
        run: || damage::ends_with_data_or_an_error("zisofs"),
    },
    Test {
        name: "damaged_iso9660_ends_with_data_or_an_error",
        needs: &[XORRISO, GENISOIMAGE],
        run: || damage::ends_with_data_or_an_error("iso9660"),
    },
    Test {
        name: "files_of_more_than_4_gib_are_read",
        needs: &[GENISOIMAGE],
        run: files_of_more_than_4_gib_are_read,
    },
    Test {
        name: "a_sparse_file_is_read_with_its_holes",
        needs: &[XORRISO],
        run: a_sparse_file_is_read_with_its_holes,
    },
    Test {
        name: "the_last_session_is_shown",
        needs: &[XORRISO, GENISOIMAGE],
        run: the_last_session_is_shown,
    },
    Test { name: "iso9660_1999_names_are_read", needs: &[XORRISO], run: iso9660_1999_names_are_read },
];

const MAKERS: [&[&str]; 2] = [
    &["xorriso", "-as", "mkisofs", "-quiet", "-R", "-V", "ROCK"],
    &["genisoimage", "-quiet", "-R", "-V", "ROCK"],
];

fn image(workshop: &Workshop, maker: &[&str]) -> Result<PathBuf> {
    let target = workshop.path(&format!("{}.iso", maker[0]));
    run(Command::new(maker[0]).args(&maker[1..]).arg("-o").arg(&target).arg(workshop.tree()))?;
    Ok(target)
}

fn iso9660_is_read_as_written() -> Result<()> {
    let workshop = Workshop::new()?;
    workshop.links()?;
    for maker in MAKERS {
        let mut read = in_image(&Image::open(image(&workshop, maker)?)?)?;
        // The place that genisoimage moves deep directories to is shown, too.
        read.remove("rr_moved");
        // -R makes files readable by everybody.
        let without_mode = |facts: &mut Facts| facts.mode = None;
        let (written, read) = (only(&on_disk(&workshop.tree())?, without_mode), only(&read, without_mode));
        // A moved directory has the time of its move.
        let (written, read) = (only(&written, forget_directory_times), only(&read, forget_directory_times));
        same("who wrote it", &written, &read).with_context(|| maker[0].to_owned())?;
    }
    Ok(())
}

fn forget_directory_times(facts: &mut Facts) {
    if facts.kind == "directory" {
        facts.modified = None;
    }
}

fn iso9660_is_read_as_by_the_kernel() -> Result<()> {
    let workshop = Workshop::new()?;
    workshop.links()?;
    let disk = |image: PathBuf, options| Disk { image, format: "iso9660", options };
    let mut disks = Vec::new();
    for maker in MAKERS {
        let image = image(&workshop, maker)?;
        disks.push(disk(workshop.kept(&image, &maker.join(" "))?, "defaults"));
    }
    run(Command::new("mkzftree").arg(workshop.tree()).arg(workshop.path("packed")))?;
    disks.push(disk(workshop.path("mkzftree.iso"), "defaults"));
    genisoimage(&disks[2].image, &["-z"], &workshop.path("packed"))?;
    disks.push(disk(packed(&workshop, "xorriso -zisofs", &["version_2=off"])?, "defaults"));
    is_read_as_by_kernel(&disks, |_| ())?;
    // With names of Joliet, which has no modes.
    let mut disks = Vec::new();
    for maker in [&["xorriso", "-as", "mkisofs", "--norock"][..], &["genisoimage"]] {
        let image = image(&workshop, &[maker, &["-quiet", "-J", "-joliet-long"]].concat())?;
        disks.push(disk(workshop.kept(&image, &format!("{} -J", maker[0]))?, "iocharset=utf8"));
    }
    is_read_as_by_kernel(&disks, |facts| {
        facts.mode = None;
        // The record that a directory has of itself, which the kernel asks, has the time of the image in genisoimage's.
        forget_directory_times(facts);
    })
}

fn forget_mode_and_time(facts: &mut Facts) {
    (facts.mode, facts.modified) = (None, None);
}

/// An image of `tree` by genisoimage.
fn genisoimage(target: &Path, options: &[&str], tree: &Path) -> Result<()> {
    run(Command::new("genisoimage").args(["-quiet", "-R"]).args(options).arg("-o").arg(target).arg(tree))
}

/// An image in which the workshop's tree is packed.
fn packed(workshop: &Workshop, name: &str, options: &[&str]) -> Result<PathBuf> {
    let image = workshop.path(&format!("{name}.iso"));
    let mut command = Command::new("xorriso");
    command.arg("-zisofs").arg(options.join(":")).arg("-outdev").arg(&image).arg("-map").arg(workshop.tree());
    run(command.args(["/", "-set_filter_r", "--zisofs", "/", "--", "-commit"]))?;
    Ok(image)
}

fn zisofs_is_unpacked() -> Result<()> {
    let workshop = Workshop::new()?;
    workshop.file("zeros", vec![0; 1_000_000])?;
    workshop.file("text", (0..90_000).map(|line| format!("line {line}\n")).collect::<String>())?;
    let mut images = vec![workshop.path("mkzftree.iso")];
    run(Command::new("mkzftree").arg(workshop.tree()).arg(workshop.path("packed")))?;
    genisoimage(&images[0], &["-z"], &workshop.path("packed"))?;
    images.push(packed(&workshop, "v1", &["version_2=off"])?);
    images.push(packed(&workshop, "v2", &["version_2=on", "susp_z2=off"])?);
    images.push(packed(&workshop, "z2", &["version_2=on", "susp_z2=on"])?);
    let written = only(&on_disk(&workshop.tree())?, forget_mode_and_time);
    for path in images {
        ensure!(fs::metadata(&path)?.len() < 15_000_000, "{}: nothing was packed", path.display());
        let mut read = only(&in_image(&Image::open(&path)?)?, forget_mode_and_time);
        read.remove("rr_moved");
        same("who wrote it", &written, &read).with_context(|| path.display().to_string())?;
        let mut end = Vec::new();
        let mut file = Image::open(&path)?.open_file("text")?;
        file.seek(SeekFrom::End(-11))?;
        file.read_to_end(&mut end)?;
        ensure!(end == b"line 89999\n", "{}: {end:?}", path.display());
    }
    Ok(())
}

fn place(bytes: &[u8], wanted: &[u8]) -> Result<usize> {
    bytes.windows(wanted.len()).position(|found| found == wanted).context("it is not in the image")
}

const FIELD: &[u8] = b"ZF\x10\x01pz";
const MARK: &[u8] = b"\x37\xe4\x53\x96\xc9\xdb\xd6\x07";

fn small_packed(workshop: &Workshop) -> Result<(PathBuf, Vec<u8>)> {
    fs::remove_dir_all(workshop.tree())?;
    workshop.file("file", "0123456789".repeat(14_000))?;
    let path = packed(workshop, "small", &["version_2=off", "block_size=128k"])?;
    let bytes = fs::read(&path)?;
    Ok((path, bytes))
}

fn zisofs_that_would_explode_is_refused() -> Result<()> {
    let workshop = Workshop::new()?;
    let (path, whole) = small_packed(&workshop)?;
    let (field, file) = (place(&whole, FIELD)?, place(&whole, MARK)?);
    let cases: [(&str, usize, &[u8], &str); 6] = [
        ("blocks hold more than their size", field + 7, b"\x0f", "more than it should"),
        ("blocks are larger than any", field + 7, b"\x1f", "compression is not supported"),
        ("the file is larger than its list", field + 8, &u32::MAX.to_le_bytes(), "more blocks than"),
        ("a block is larger than what it holds", file + 20, &0x7fff_ffff_u32.to_le_bytes(), "larger than"),
        ("a block ends before it begins", file + 20, &[0; 4], "before it begins"),
        ("the file is not packed", file, b"plain", "and it is not"),
    ];
    for (what, at, damage, why) in cases {
        let mut bytes = whole.clone();
        bytes[at..at + damage.len()].copy_from_slice(damage);
        fs::write(&path, bytes)?;
        let read = Image::open(&path)?.read_to_vec("file", 1 << 33);
        let error = read.err().with_context(|| format!("{what}, and it was read"))?.to_string();
        ensure!(error.contains(why), "{what}: {error}");
    }
    Ok(())
}

fn hostile_iso9660_is_refused() -> Result<()> {
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    workshop.file(&"n".repeat(200), "a name that goes on elsewhere")?;
    let image = workshop.path("small.iso");
    genisoimage(&image, &[], &workshop.tree())?;
    let whole = fs::read(&image)?;
    let number = |at: usize| whole[at..].first_chunk().map(|bytes| u32::from_le_bytes(*bytes)).context("it");
    let root = number(16 * 2048 + 158)? as usize * 2048;
    let field = root + whole[root..].windows(4).rposition(|found| found == b"CE\x1c\x01").context("CE")?;
    let area = number(field + 4)? as usize * 2048 + number(field + 12)? as usize;
    let cases: [(usize, &[u8], &str); 3] = [
        (area, &whole[field..field + 28], "more than 32 continuation areas"),
        (field + 20, &(1_u32 << 20).to_le_bytes(), "a continuation area of 1048576 bytes"),
        (16 * 2048 + 166, &(1_u32 << 30).to_le_bytes(), "it claims 1073741824 bytes"),
    ];
    for (at, damage, why) in cases {
        let mut bytes = whole.clone();
        bytes[at..at + damage.len()].copy_from_slice(damage);
        fs::write(&image, bytes)?;
        let error =
            Image::open(&image)?.read_dir("").err().with_context(|| format!("{why}, and it was read"))?;
        ensure!(error.to_string().contains(why), "{error} (not: {why})");
    }
    Ok(())
}

/// A directory that lies where its parent does, and a deep one that was moved to above itself.
fn iso9660_directories_in_circles_end() -> Result<()> {
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    workshop.file("loop/file", "x")?;
    workshop.file("1/2/3/4/5/6/7/8/9/deep", "x")?;
    let image = workshop.path("circles.iso");
    genisoimage(&image, &[], &workshop.tree())?;
    let whole = fs::read(&image)?;
    let root = whole[16 * 2048 + 158..][..4].to_vec();
    let cases = [("loop", place(&whole, b"\x04LOOP")? - 30), ("1", place(&whole, b"CL\x0c\x01")? + 4)];
    for (path, at) in cases {
        let mut bytes = whole.clone();
        bytes[at..at + 4].copy_from_slice(&root);
        fs::write(&image, bytes)?;
        let image = Image::open(&image)?;
        let steps: Vec<_> = image.walk("")?.take(1000).collect();
        let errors: Vec<String> =
            steps.iter().filter_map(|step| step.as_ref().err()).map(ToString::to_string).collect();
        ensure!(steps.len() < 1000, "{path}: it goes on and on");
        ensure!(errors.iter().any(|error| error.contains("contains itself")), "{path}: {errors:?}");
    }
    Ok(())
}

pub(super) fn packed_accidents() -> Result<()> {
    let workshop = Workshop::new()?;
    let (path, whole) = small_packed(&workshop)?;
    let (field, file) = (place(&whole, FIELD)? as u64, place(&whole, MARK)? as u64);
    survives_damage(&path, &[field..field + 16, file..file + 2000], None, ROUNDS)
}

pub(super) fn accidents() -> Result<()> {
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    workshop.file(
        "boot/grub/grub.cfg",
        "menuentry 'x' {\n linux /k a=b\n initrd /i\n}\nsource /boot/grub/x.cfg\n",
    )?;
    workshop.file("isolinux/isolinux.cfg", "INCLUDE other.cfg\nLABEL x\nKERNEL k\nAPPEND initrd=i\n")?;
    workshop.file(".treeinfo", "[general]\nfamily = Fedora\n")?;
    workshop.file(&format!("k{}", "x".repeat(180)), "long")?;
    for number in 0..60 {
        workshop.file(&format!("d/{number}/file"), "x")?;
    }
    workshop.links()?;
    for maker in MAKERS {
        let path = image(&workshop, &[maker, &["-J", "-no-pad"]].concat())?;
        let length = fs::metadata(&path)?.len();
        survives_damage(&path, &[16 * 2048..20 * 2048, 16 * 2048..length], None, ROUNDS / 2)?;
    }
    Ok(())
}

/// No tool writes such a file, so one with the content of one is made and the field that says so takes the place of the
/// one for times.
fn a_sparse_file_is_read_with_its_holes() -> Result<()> {
    const BLOCK: usize = 2048;
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    // A block that says nothing, a table of 256 pieces of 64 KiB, which are holes but the last, and that one.
    let mut content = vec![0; BLOCK];
    content.extend(b"\0\0\0\x80\x80\0\0\0".repeat(255));
    content.extend([&16_u32.to_le_bytes()[..], &16_u32.to_be_bytes()].concat());
    content.extend([b'x'; 65_536]);
    workshop.file("holes", &content)?;
    let path = image(&workshop, MAKERS[0])?;
    let mut bytes = fs::read(&path)?;
    let name = place(&bytes, b"NM\x0a\x01\x00holes")?;
    let before = bytes[..name].windows(4).rposition(|found| found == b"TF\x1a\x01");
    let times = before.context("the times of the file")?;
    let size = 255 * 65_536 + 10_000_u32;
    let size = [&[0; 8][..], &size.to_le_bytes(), &size.to_be_bytes()].concat();
    let fields = [b"SF\x15\x01", &size[..], b"\x02", b"PD\x05\x01\0"].concat();
    bytes[times..times + fields.len()].copy_from_slice(&fields);
    fs::write(&path, bytes)?;
    let read = Image::open(&path)?.read_to_vec("holes", 1 << 30)?;
    ensure!(read.len() == 255 * 65_536 + 10_000, "{} bytes", read.len());
    let (hole, end) = read.split_at(255 * 65_536);
    ensure!(hole.iter().all(|byte| *byte == 0) && end.iter().all(|byte| *byte == b'x'), "other content");
    Ok(())
}

/// Two files become the two extents of one, and the image as long as that needs, with nothing in most of it.
fn files_of_more_than_4_gib_are_read() -> Result<()> {
    const FULL: u32 = 0xffff_f800;
    let workshop = Workshop::new()?;
    fs::remove_dir_all(workshop.tree())?;
    workshop.file("BIGA", "a")?;
    workshop.file("BIGB", "b")?;
    let path = workshop.path("big.iso");
    run(Command::new("genisoimage").args(["-quiet", "-o"]).arg(&path).arg(workshop.tree()))?;
    let mut bytes = fs::read(&path)?;
    let (first, second) = (place(&bytes, b"BIGA.;1")? - 33, place(&bytes, b"BIGB.;1")? - 33);
    let start = u32::from_le_bytes(bytes[first + 2..first + 6].try_into()?);
    bytes[second + 33..second + 37].copy_from_slice(b"BIGA");
    bytes[first + 25] |= 0x80;
    bytes[first + 10..first + 14].copy_from_slice(&FULL.to_le_bytes());
    bytes[second + 2..second + 6].copy_from_slice(&(start + FULL / 2048).to_le_bytes());
    bytes[second + 10..second + 14].copy_from_slice(&6000_u32.to_le_bytes());
    fs::write(&path, &bytes)?;
    let begin = u64::from(start) * 2048;
    let file = OpenOptions::new().write(true).open(&path)?;
    file.set_len(begin + u64::from(FULL) + 6000)?;
    file.write_all_at(b"across the border", begin + u64::from(FULL) - 7)?;
    file.write_all_at(b"end", begin + u64::from(FULL) + 5997)?;
    let image = Image::open(&path)?;
    ensure!(image.read_dir("")?.len() == 1, "it is one file");
    let mut big = image.open_file("biga")?;
    ensure!(big.len() == u64::from(FULL) + 6000, "{} bytes", big.len());
    for (from, wanted) in [(u64::from(FULL) - 7, "across the border"), (u64::from(FULL) + 5997, "end")] {
        let mut read = vec![0; wanted.len()];
        big.seek(SeekFrom::Start(from))?;
        big.read_exact(&mut read)?;
        ensure!(read == wanted.as_bytes(), "{wanted}: {read:?}");
    }
    Ok(())
}

fn the_last_session_is_shown() -> Result<()> {
    let workshop = Workshop::new()?;
    let first = workshop.path("first.iso");
    genisoimage(&first, &["-V", "FIRST"], &workshop.tree())?;
    let added = workshop.path("added");
    fs::create_dir(&added)?;
    fs::write(added.join("empty"), "no longer")?;
    // Rewritable discs: the first descriptors are written again.
    let again = workshop.path("again.iso");
    fs::copy(&first, &again)?;
    let mut command = Command::new("xorriso");
    command.args(["-volid", "SECOND", "-dev"]).arg(&again).args(["-overwrite", "on", "-map"]);
    run(command.arg(added.join("empty")).args(["/empty", "-commit"]))?;
    // Discs that are written once: sessions follow one another, on CDs with a gap.
    let sectors = fs::metadata(&first)?.len().div_ceil(2048).next_multiple_of(16);
    let mut images = vec![again];
    for gap in [0, 11_400] {
        let (second, both) = (workshop.path("second.iso"), workshop.path(&format!("gap-{gap}.iso")));
        let start = sectors + gap;
        genisoimage(
            &second,
            &["-V", "SECOND", "-C", &format!("0,{start}"), "-M", &first.to_string_lossy()],
            &added,
        )?;
        fs::copy(&first, &both)?;
        OpenOptions::new().write(true).open(&both)?.write_all_at(&fs::read(&second)?, start * 2048)?;
        images.push(both);
    }
    for path in images {
        let image = Image::open(&path)?;
        let what = path.display();
        ensure!(image.label() == "SECOND", "{what}: {}", image.label());
        ensure!(image.missing_bytes() == 0, "{what}: {} bytes are missing", image.missing_bytes());
        ensure!(image.read_to_vec("empty", 100)? == b"no longer", "{what}: what was replaced");
        ensure!(image.read_to_vec("many/file-0007", 100)? == b"7", "{what}: what was there before");
    }
    // An image that is kept behind another one is no session of it.
    let both = workshop.path("kept.iso");
    let other = workshop.path("other.iso");
    genisoimage(&other, &["-V", "OTHER"], &added)?;
    fs::copy(&first, &both)?;
    OpenOptions::new().write(true).open(&both)?.write_all_at(&fs::read(&other)?, sectors * 2048)?;
    ensure!(Image::open(&both)?.label() == "FIRST");
    Ok(())
}

fn iso9660_1999_names_are_read() -> Result<()> {
    let workshop = Workshop::new()?;
    workshop.file("A rather longer name.with.dots", "content")?;
    let path = workshop.path("1999.iso");
    let mut command = Command::new("xorriso");
    command.args(["-as", "mkisofs", "-quiet", "-iso-level", "4", "-o"]).arg(&path).arg(workshop.tree());
    run(&mut command)?;
    let mut bytes = fs::read(&path)?;
    // It also writes Rock Ridge, which then is not recognised.
    while let Ok(at) = place(&bytes, b"SP\x07\x01\xbe\xef") {
        bytes[at] = b'x';
    }
    fs::write(&path, bytes)?;
    let image = Image::open(&path)?;
    ensure!(image.description() == "ISO 9660", "{}", image.description());
    ensure!(image.read_to_vec("A rather longer name.with.dots", 10)? == b"content");
    Ok(())
}
