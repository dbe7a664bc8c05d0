//! UDF, written by three tools and by hand, and read beside two others.

mod bounds;
mod built;
mod hostile;
mod volume;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use isos::Image;

use super::kernel::{Disk, KERNEL, is_read_as_by_kernel, is_read_as_written_by_kernel};
use super::{Facts, Tree, Workshop, damage, in_image, on_disk, only, run, same};
use crate::Test;
use crate::need::Need;
pub(super) use hostile::{accidents, wide};

const GENISOIMAGE: Need = Need::Program("genisoimage");
const MKUDFFS: Need = Need::Program("mkudffs");
const UDFCLIENT: Need = Need::Program("udfclient");
const SEVEN_ZIP: Need = Need::Program("7z");

pub(crate) const TESTS: &[Test] = &[
    Test { name: "udf_is_read_as_written", needs: &[GENISOIMAGE], run: udf_is_read_as_written },
    Test { name: "udf_is_read_as_by_7z", needs: &[GENISOIMAGE, SEVEN_ZIP], run: udf_is_read_as_by_7z },
    Test {
        name: "udf_is_read_as_by_the_kernel",
        needs: &[GENISOIMAGE, MKUDFFS, KERNEL],
        run: udf_is_read_as_by_the_kernel,
    },
    Test {
        name: "udf_of_disks_is_read_as_written",
        needs: &[MKUDFFS, UDFCLIENT],
        run: udf_of_disks_is_read_as_written,
    },
    Test {
        name: "udf_of_every_revision_and_medium_is_known",
        needs: &[MKUDFFS],
        run: udf_of_every_revision_and_medium_is_known,
    },
    Test {
        name: "udf_of_a_windows_disc_is_preferred",
        needs: &[GENISOIMAGE],
        run: udf_of_a_windows_disc_is_preferred,
    },
    Test { name: "udf_of_every_kind_of_partition_is_read", needs: &[], run: built::every_kind_of_partition },
    Test {
        name: "udf_of_every_kind_of_partition_is_read_as_by_udfclient",
        needs: &[UDFCLIENT],
        run: built::every_kind_of_partition_beside_udfclient,
    },
    Test { name: "udf_attributes_and_links_are_read", needs: &[], run: built::attributes_and_links },
    Test { name: "udf_content_in_every_form_is_read", needs: &[], run: built::every_form_of_content },
    Test { name: "udf_damage_is_read_from_the_copy", needs: &[], run: built::damage_is_read_from_the_copy },
    Test { name: "udf_directories_in_circles_end", needs: &[], run: hostile::directories_in_circles },
    Test { name: "udf_chains_in_circles_end", needs: &[], run: hostile::chains_in_circles },
    Test { name: "udf_extents_outside_are_errors", needs: &[], run: hostile::extents_outside },
    Test { name: "udf_sequences_of_descriptors_have_bounds", needs: &[], run: bounds::sequences },
    Test { name: "udf_partition_maps_have_a_bound", needs: &[], run: bounds::partition_maps },
    Test { name: "udf_virtual_tables_have_bounds", needs: &[], run: bounds::virtual_tables },
    Test { name: "udf_lists_of_extents_have_a_bound", needs: &[], run: bounds::lists_of_extents },
    Test { name: "udf_targets_of_links_have_a_bound", needs: &[], run: bounds::targets_of_links },
    Test { name: "udf_with_bad_tags_is_refused", needs: &[], run: hostile::bad_tags },
    Test { name: "udf_names_that_mislead_are_escaped", needs: &[], run: hostile::misleading_names },
    Test {
        name: "damaged_udf_ends_with_data_or_an_error",
        needs: &[],
        run: || damage::ends_with_data_or_an_error("udf"),
    },
];

fn forget_mode(facts: &mut Facts) {
    facts.mode = None;
}

fn forget_mode_and_time(facts: &mut Facts) {
    (facts.mode, facts.modified) = (None, None);
}

fn genisoimage(workshop: &Workshop, options: &[&str]) -> Result<PathBuf> {
    let target = workshop.path("udf.iso");
    let mut command = Command::new("genisoimage");
    command
        .args(["-quiet", "-udf", "-D", "-V", "BRIDGE"])
        .args(options)
        .arg("-o")
        .arg(&target)
        .arg(workshop.tree());
    run(&mut command)?;
    Ok(target)
}

fn udf_is_read_as_written() -> Result<()> {
    let workshop = Workshop::new()?;
    let image = Image::open(genisoimage(&workshop, &["-allow-limited-size"])?)?;
    ensure!(image.description() == "UDF 1.02", "{}", image.description());
    ensure!(image.label() == "BRIDGE", "ISO 9660 tells the label");
    // What is written is readable by everybody.
    let written = only(&on_disk(&workshop.tree())?, forget_mode);
    same("who wrote it", &written, &only(&in_image(&image)?, forget_mode))
}

fn udf_is_read_as_by_7z() -> Result<()> {
    let workshop = Workshop::new()?;
    let image = genisoimage(&workshop, &[])?;
    let target = workshop.path("unpacked");
    let mut command = Command::new("7z");
    run(command.args(["x", "-tudf", "-y"]).arg(format!("-o{}", target.display())).arg(&image))?;
    let unpacked = only(&on_disk(&target)?, forget_mode_and_time);
    same("7z", &unpacked, &only(&in_image(&Image::open(&image)?)?, forget_mode_and_time))
}

/// The kernel reads what a tool wrote, and writes by itself to what another tool made.
fn udf_is_read_as_by_the_kernel() -> Result<()> {
    let workshop = Workshop::new()?;
    let image = genisoimage(&workshop, &["-allow-limited-size"])?;
    is_read_as_by_kernel(&[Disk { image, format: "udf", options: "iocharset=utf8" }], |_| ())?;
    workshop.links()?;
    let mut disks = Vec::new();
    for (revision, block) in
        [("1.02", "2048"), ("1.50", "512"), ("2.00", "4096"), ("2.01", "512"), ("2.01", "2048")]
    {
        let image = workshop.path(&format!("{revision} {block}"));
        mkudffs(&image, 64 << 20, &["-m", "hd", "-r", revision, "-b", block])?;
        disks.push(Disk { image, format: "udf", options: "iocharset=utf8" });
    }
    is_read_as_written_by_kernel(&disks, &workshop.tree(), |_| ())
}

fn mkudffs(target: &Path, bytes: u64, options: &[&str]) -> Result<()> {
    fs::File::create(target)?.set_len(bytes)?;
    let program = if Path::new("/usr/sbin/mkudffs").exists() { "/usr/sbin/mkudffs" } else { "mkudffs" };
    let names = ["--fullvsid=0123456789abcdefSET", "--vid=PRIMARY", "--lvid=LOGICAL", "--fsid=FILES"];
    run(Command::new(program).args(options).args(names).arg(target))
}

/// Tells udfclient what to do in the top directory of an image.
fn udfclient(image: &Path, block: u32, set: &str, lines: &[String]) -> Result<()> {
    let mut client = Command::new("udfclient")
        .env("LC_ALL", "C.UTF-8")
        .args(["-W", "-b", &block.to_string()])
        .arg(image)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut input = client.stdin.take().context("its input")?;
    writeln!(input, "cd {set}\n{}\nquit", lines.join("\n"))?;
    drop(input);
    ensure!(client.wait()?.success(), "udfclient failed");
    Ok(())
}

fn udf_of_disks_is_read_as_written() -> Result<()> {
    let workshop = Workshop::new()?;
    // It takes names for characters of eight bits, and soon finds a disc full.
    fs::remove_dir_all(workshop.tree())?;
    workshop.file("empty", "")?;
    workshop.file("large", (0..300_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>())?;
    workshop.file("directory/below/file", "text")?;
    workshop.file(&format!("directory/{}", "n".repeat(200)), "a long name")?;
    let written = only(&on_disk(&workshop.tree())?, forget_mode_and_time);
    // Blocks of other sizes it takes, at times, for a full disk.
    let media: [(&[&str], u32); 2] = [(&["-m", "hd", "-r", "1.02"], 512), (&["-m", "hd", "-r", "2.01"], 512)];
    for (options, block) in media {
        let image = workshop.path("disk.udf");
        mkudffs(&image, 24 << 20, options)?;
        let set = "0123456789abcdefSET:PRIMARY:LOGICAL:FILES";
        let lines: Vec<_> = std::iter::once(format!("lcd {}", workshop.tree().display()))
            .chain(
                fs::read_dir(workshop.tree())?
                    .flatten()
                    .map(|entry| format!("put \"{}\"", entry.file_name().to_string_lossy())),
            )
            .collect();
        udfclient(&image, block, set, &lines).with_context(|| options.join(" "))?;
        let read = only(&in_image(&Image::open(&image)?)?, forget_mode_and_time);
        same("who wrote it", &written, &read).with_context(|| options.join(" "))?;
    }
    Ok(())
}

fn udf_of_every_revision_and_medium_is_known() -> Result<()> {
    let workshop = Workshop::new()?;
    let media: [(&str, &[&str]); 7] = [
        ("hd", &["1.02", "1.50", "2.00", "2.01"]),
        ("dvd", &["1.02", "1.50", "2.01"]),
        ("dvdram", &["1.02", "1.50", "2.01"]),
        ("dvdrw", &["1.50", "2.01"]),
        ("cdrw", &["1.50", "2.01"]),
        ("cdr", &["1.50", "2.00", "2.01", "2.50", "2.60"]),
        ("bdr", &["2.50", "2.60"]),
    ];
    for (medium, revisions) in media {
        for revision in revisions {
            let path = workshop.path("empty.udf");
            mkudffs(&path, 24 << 20, &["-m", medium, "-r", revision, "--mode=0750", "--uid=7", "--gid=8"])?;
            let image = Image::open(&path).with_context(|| format!("{medium} {revision}"))?;
            ensure!(image.description() == format!("UDF {revision}"), "{medium}: {}", image.description());
            let told = image.identifiers();
            ensure!(told.volume == "LOGICAL" && told.volume_set == "0123456789abcdefSET", "{told:?}");
            ensure!(image.missing_bytes() == 0, "{medium} {revision}: {told:?}");
            ensure!(image.root().mode() == Some(0o040_750), "{medium}: {:?}", image.root().mode());
            ensure!(image.root().owner() == Some((7, 8)), "{medium}: {:?}", image.root().owner());
            let tree: Tree = in_image(&image)?;
            ensure!(tree.keys().all(|path| path == "Non-Allocatable Space"), "{medium} {revision}: {tree:?}");
        }
    }
    // Entries that are followed by newer ones.
    let path = workshop.path("hierarchy.udf");
    mkudffs(&path, 8 << 20, &["-m", "hd", "-r", "2.01", "--strategy=4096"])?;
    ensure!(in_image(&Image::open(&path)?)?.is_empty());
    Ok(())
}

fn udf_of_a_windows_disc_is_preferred() -> Result<()> {
    let workshop = Workshop::new()?;
    workshop.file("README.TXT", "This disc contains a UDF file system")?;
    workshop.file("sources/boot.wim", "windows")?;
    workshop.file("bios.img", vec![0x90; 4096])?;
    let mut options = vec!["-b", "bios.img", "-no-emul-boot"];
    for hidden in ["sources", "one", "many", "large", "empty", "n*", "with*"] {
        options.extend(["-hide", hidden]);
    }
    let path = genisoimage(&workshop, &options)?;
    let image = Image::open(&path)?;
    ensure!(image.read_to_vec("sources/boot.wim", 10)? == b"windows");
    ensure!(image.read_to_vec("Sources/BOOT.WIM", 10)? == b"windows", "Windows ignores case");
    ensure!(image.label() == "BRIDGE" && image.identifiers().system == "LINUX", "{:?}", image.identifiers());
    ensure!(image.boot_catalogue()?.is_some(), "it boots as before");
    let forced = isos::Options { format: Some("iso9660".into()), ..Default::default() };
    let note = Image::open_with(&path, &forced)?;
    ensure!(note.entry("sources").is_err() && note.entry("README.TXT").is_ok(), "only a note is there");
    Ok(())
}
