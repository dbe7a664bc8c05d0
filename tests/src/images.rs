//! The image reader on images made by other people's tools: what they wrote is what is read, and what is damaged or
//! hostile ends with data or an error.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use isos::boot_info::distributions::{DISTRIBUTIONS, Distribution, Layout};
use isos::boot_info::{Arch, boot_info};
use isos::{Image, Kind};

use crate::Test;
use crate::need::{Need, XORRISO};

const GENISOIMAGE: Need = Need::Program("genisoimage");

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "rock_ridge_trees_are_read_as_written",
        needs: &[XORRISO, GENISOIMAGE],
        run: rock_ridge_trees_are_read_as_written,
    },
    Test {
        name: "joliet_and_plain_names_are_read",
        needs: &[GENISOIMAGE],
        run: joliet_and_plain_names_are_read,
    },
    Test { name: "every_known_layout_is_found", needs: &[XORRISO], run: every_known_layout_is_found },
    Test {
        name: "an_unknown_distribution_boots_from_its_menu",
        needs: &[XORRISO],
        run: an_unknown_distribution_boots_from_its_menu,
    },
    Test { name: "treeinfo_and_disk_info_are_read", needs: &[XORRISO], run: treeinfo_and_disk_info_are_read },
    Test { name: "el_torito_entries_are_read", needs: &[XORRISO], run: el_torito_entries_are_read },
    Test {
        name: "links_in_circles_and_out_of_the_image_end",
        needs: &[XORRISO],
        run: links_in_circles_and_out_of_the_image_end,
    },
    Test { name: "cut_images_say_so", needs: &[XORRISO], run: cut_images_say_so },
    Test {
        name: "files_that_are_no_images_are_called_what_they_are",
        needs: &[],
        run: files_that_are_no_images_are_called_what_they_are,
    },
];

/// A directory tree and the images made from it.
struct Workshop(tempfile::TempDir);

impl Workshop {
    fn new() -> Result<Workshop> {
        let workshop = Workshop(tempfile::Builder::new().prefix("xctl-images-").tempdir()?);
        fs::create_dir(workshop.tree())?;
        Ok(workshop)
    }

    fn tree(&self) -> PathBuf {
        self.0.path().join("tree")
    }

    fn file(&self, path: &str, content: impl AsRef<[u8]>) -> Result<()> {
        let path = self.tree().join(path);
        fs::create_dir_all(path.parent().context("a file has a directory")?)?;
        fs::write(path, content)?;
        Ok(())
    }

    /// An image made by `line`, to which the target and the tree are added.
    fn image(&self, line: &[&str]) -> Result<PathBuf> {
        let target = self.0.path().join("image.iso");
        let _ = fs::remove_file(&target);
        let (program, arguments) = line.split_first().context("a program")?;
        let output = Command::new(program)
            .args(arguments)
            .arg("-o")
            .arg(&target)
            .arg(self.tree())
            .stdin(Stdio::null())
            .output()
            .with_context(|| line.join(" "))?;
        ensure!(output.status.success(), "{}: {}", line.join(" "), String::from_utf8_lossy(&output.stderr));
        Ok(target)
    }

    fn xorriso(&self, label: &str) -> Result<PathBuf> {
        self.image(&["xorriso", "-as", "mkisofs", "-quiet", "-R", "-V", label])
    }
}

/// Every path below a directory with what is there: a file's content, a link's target.
fn on_disk(top: &Path, below: &str, found: &mut BTreeMap<String, String>) -> Result<()> {
    for entry in fs::read_dir(top.join(below))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.file_type()?.is_symlink() {
            found.insert(path, format!("-> {}", fs::read_link(entry.path())?.display()));
        } else if entry.file_type()?.is_dir() {
            on_disk(top, &path, found)?;
            found.insert(path, "directory".into());
        } else {
            found.insert(path, fingerprint(&fs::read(entry.path())?));
        }
    }
    Ok(())
}

/// The same of an image.
fn in_image(image: &Image, below: &str, found: &mut BTreeMap<String, String>) -> Result<(), isos::Error> {
    for entry in image.read_dir(below)? {
        let path =
            if below.is_empty() { entry.name().to_owned() } else { format!("{below}/{}", entry.name()) };
        let what = match entry.kind() {
            Kind::Directory => {
                in_image(image, &path, found)?;
                "directory".into()
            }
            Kind::File => fingerprint(&image.read_to_vec(&path, 64 << 20)?),
            Kind::Link => format!("-> {}", entry.link_target().unwrap_or_default()),
            Kind::Special => "special".into(),
        };
        found.insert(path, what);
    }
    Ok(())
}

fn fingerprint(content: &[u8]) -> String {
    // FNV-1a: enough to tell whether two contents of one test are the same.
    let sum = content.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{} bytes, {sum:016x}", content.len())
}

fn compare(image: &Path, tree: &Path) -> Result<()> {
    let (mut written, mut read) = (BTreeMap::new(), BTreeMap::new());
    on_disk(tree, "", &mut written)?;
    in_image(&Image::open(image)?, "", &mut read)?;
    for (path, what) in &written {
        ensure!(read.get(path) == Some(what), "'{path}' is {what}, read as {:?}", read.get(path));
    }
    let added: Vec<_> = read.keys().filter(|path| !written.contains_key(*path)).collect();
    ensure!(added.is_empty(), "read, but never written: {added:?}");
    Ok(())
}

fn rock_ridge_trees_are_read_as_written() -> Result<()> {
    let workshop = Workshop::new()?;
    workshop.file("empty", "")?;
    workshop.file("with spaces, commas and 'quotes'/ünïcödé.txt", "text")?;
    workshop.file(&format!("{}/file", "n".repeat(200)), "long names")?;
    workshop.file("one/2/3/4/5/6/7/8/9/10/11/deep", "deeper than ISO 9660's eight levels")?;
    workshop.file("large", (0..3_000_000_u32).flat_map(|n| n.to_le_bytes()).collect::<Vec<_>>())?;
    for number in 0..700 {
        workshop.file(&format!("many/file-{number:04}"), format!("{number}"))?;
    }
    std::os::unix::fs::symlink("one/2", workshop.tree().join("link"))?;
    std::os::unix::fs::symlink("/abs/../x", workshop.tree().join("absolute"))?;
    let makers: [&[&str]; 3] = [
        &["xorriso", "-as", "mkisofs", "-quiet", "-R", "-V", "ROCK"],
        &["xorriso", "-as", "mkisofs", "-quiet", "-R", "-J", "-joliet-long", "-iso-level", "3", "-V", "ROCK"],
        &["genisoimage", "-quiet", "-R", "-V", "ROCK"],
    ];
    for maker in makers {
        let image = workshop.image(maker)?;
        // Relocated directories are shown where they belong, and genisoimage's place for them is shown, too.
        let tree = workshop.tree();
        let has_rr_moved = Image::open(&image)?.entry("rr_moved").is_ok();
        if has_rr_moved {
            fs::create_dir_all(tree.join("rr_moved"))?;
        }
        compare(&image, &tree).with_context(|| maker.join(" "))?;
        let read = Image::open(&image)?.read_to_vec("link/3/../../2/3/4/5/6/7/8/9/10/11/deep", 100)?;
        ensure!(read.starts_with(b"deeper"), "through a link and back up");
    }
    Ok(())
}

fn joliet_and_plain_names_are_read() -> Result<()> {
    let workshop = Workshop::new()?;
    workshop.file("Some Directory/A longer name.text", "joliet")?;
    let image = Image::open(workshop.image(&["genisoimage", "-quiet", "-J", "-V", "JOLIET"])?)?;
    ensure!(image.read_to_vec("Some Directory/A longer name.text", 10)? == b"joliet");
    let image = Image::open(workshop.image(&["genisoimage", "-quiet", "-V", "PLAIN"])?)?;
    let names: Vec<_> = image.read_dir("")?.iter().map(|entry| entry.name().to_owned()).collect();
    ensure!(names == ["SOME_DIR"], "{names:?}");
    ensure!(image.read_to_vec("some_dir/a_longer.tex", 10)? == b"joliet", "case makes no difference here");
    Ok(())
}

/// Words a distribution's own media carry in their label.
fn label(distribution: &Distribution) -> String {
    format!("{}_1", distribution.words[0].to_uppercase().replace([' ', '-'], "_"))
}

fn every_known_layout_is_found() -> Result<()> {
    let mut wrong = Vec::new();
    for distribution in DISTRIBUTIONS {
        for layout in distribution.layouts {
            if let Err(error) = finds(distribution, layout) {
                wrong.push(format!("{}: {error:#}", layout.name));
            }
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

fn finds(distribution: &Distribution, layout: &Layout) -> Result<()> {
    let workshop = Workshop::new()?;
    let (kernel, initrd) = (layout.kernel.replace('*', "6.1-x"), layout.initrd.replace('*', "6.1-x"));
    workshop.file(&kernel, "kernel")?;
    workshop.file(&initrd, "initrd")?;
    let info = boot_info(&Image::open(workshop.xorriso(&label(distribution))?)?);
    let found = info.kernels.first().with_context(|| format!("no kernel; {:?}", info.problems))?;
    ensure!(found.kernel == kernel && found.initrds == [initrd], "found {found:?}");
    ensure!(info.family == Some(distribution.family), "taken for {:?}", info.family);
    ensure!(layout.arch.is_none() || found.arch == layout.arch, "taken for {:?}", found.arch);
    ensure!(!found.arguments.contains('{'), "left to fill in: {}", found.arguments);
    Ok(())
}

fn an_unknown_distribution_boots_from_its_menu() -> Result<()> {
    let menus = [
        (
            "boot/grub/grub.cfg",
            "set default=1\nmenuentry 'Memory test' { linux16 /tools/memtest }\n\
             menuentry \"Install Nobody's Linux\" --class x {\n  search --set=root --label NOBODY\n  \
             linux /odd/place/kernel-1 root=live:LABEL=NOBODY quiet splash\n  initrd /odd/place/rd-1\n}\n",
        ),
        (
            "isolinux/isolinux.cfg",
            "DEFAULT go\nTIMEOUT 50\nLABEL go\n  MENU LABEL Install\n  KERNEL /odd/place/kernel-1\n  \
             APPEND initrd=/odd/place/rd-1 root=live:LABEL=NOBODY quiet\n",
        ),
        (
            "loader/entries/nobody.conf",
            "title Nobody\nlinux /odd/place/kernel-1\ninitrd /odd/place/rd-1\noptions root=live:LABEL=NOBODY quiet\n",
        ),
    ];
    for (file, menu) in menus {
        let workshop = Workshop::new()?;
        workshop.file("odd/place/kernel-1", "kernel")?;
        workshop.file("odd/place/rd-1", "initrd")?;
        workshop.file(file, menu)?;
        let info = boot_info(&Image::open(workshop.xorriso("NOBODY")?)?);
        let found = info.kernels.first().with_context(|| format!("{file}: no kernel"))?;
        ensure!(found.kernel == "odd/place/kernel-1", "{file}: {found:?}");
        ensure!(found.initrds == ["odd/place/rd-1"], "{file}: {found:?}");
        ensure!(found.arguments == "root=live:LABEL=NOBODY", "{file}: {found:?}");
        ensure!(found.origin.to_string().contains(file), "{file}: says where: {}", found.origin);
    }
    Ok(())
}

fn treeinfo_and_disk_info_are_read() -> Result<()> {
    let workshop = Workshop::new()?;
    workshop.file(
        ".treeinfo",
        "[general]\nfamily = Fedora\nversion = 40\narch = x86_64\n[images-x86_64]\n\
         kernel = images/pxeboot/vmlinuz\ninitrd = images/pxeboot/initrd.img\n",
    )?;
    workshop.file("images/pxeboot/vmlinuz", "kernel")?;
    workshop.file("images/pxeboot/initrd.img", "initrd")?;
    let info = boot_info(&Image::open(workshop.xorriso("ANY")?)?);
    let kernel = info.kernels.first().context("no kernel")?;
    ensure!(kernel.origin.to_string().starts_with(".treeinfo"), "{kernel:?}");
    ensure!(kernel.arch == Some(Arch::X86_64), "{kernel:?}");

    let workshop = Workshop::new()?;
    workshop.file(".disk/info", "Nobody's 12 \"word\" - amd64 NETINST\nmore\n")?;
    let info = boot_info(&Image::open(workshop.xorriso("ANY")?)?);
    ensure!(
        info.identification.description.as_ref().is_some_and(|found| {
            found.value == "Nobody's 12 \"word\" - amd64 NETINST" && found.place.to_string() == ".disk/info"
        }),
        "{:?}",
        info.identification
    );
    ensure!(info.identification.arch == Some(Arch::X86_64), "{:?}", info.identification.arch);
    Ok(())
}

fn el_torito_entries_are_read() -> Result<()> {
    use isos::el_torito::Platform;
    let workshop = Workshop::new()?;
    workshop.file("bios.img", vec![0x90; 4096])?;
    workshop.file("efi.img", vec![0x90; 65536])?;
    let arguments =
        ["xorriso", "-as", "mkisofs", "-quiet", "-R", "-V", "BOOT", "-b", "bios.img", "-no-emul-boot"];
    let both = [&arguments[..], &["-eltorito-alt-boot", "-e", "efi.img", "-no-emul-boot"]].concat();
    let catalogue = Image::open(workshop.image(&both)?)?.boot_catalogue()?.context("no catalogue")?;
    ensure!(catalogue.boots_on(Platform::Bios) && catalogue.boots_on(Platform::Efi), "{catalogue:?}");
    let catalogue = Image::open(workshop.image(&arguments)?)?.boot_catalogue()?.context("no catalogue")?;
    ensure!(!catalogue.boots_on(Platform::Efi), "{catalogue:?}");
    ensure!(Image::open(workshop.xorriso("NONE")?)?.boot_catalogue()?.is_none());
    Ok(())
}

fn links_in_circles_and_out_of_the_image_end() -> Result<()> {
    let workshop = Workshop::new()?;
    workshop.file("etc/passwd", "the image's own")?;
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, workshop.tree().join(name));
    link("b", "a")?;
    link("a", "b")?;
    link("../../../../etc/passwd", "out")?;
    link("/etc/passwd", "absolute")?;
    let image = Image::open(workshop.xorriso("LINKS")?)?;
    let error = image.read_to_vec("a", 100).err().context("a circle has no content")?;
    ensure!(error.to_string().contains("symbolic links"), "{error}");
    for name in ["out", "absolute"] {
        ensure!(image.read_to_vec(name, 100)? == b"the image's own", "'{name}' stays inside");
    }
    Ok(())
}

/// Small numbers that follow from their seed, so that a failure can be repeated.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }
}

fn cut_images_say_so() -> Result<()> {
    let workshop = Workshop::new()?;
    workshop.file("install.amd/vmlinuz", vec![7; 400_000])?;
    workshop.file("install.amd/initrd.gz", vec![8; 400_000])?;
    let image = workshop.xorriso("CUT")?;
    let whole = fs::read(&image)?;
    for part in [16 * 2048, 17 * 2048 + 100, 60_000, 300_000, 700_000] {
        fs::write(&image, &whole[..part])?;
        let result = Image::open(&image).and_then(|image| {
            let mut content = Vec::new();
            for path in ["install.amd/vmlinuz", "install.amd/initrd.gz"] {
                let _ = image.open_file(path)?.read_to_end(&mut content);
            }
            Ok(())
        });
        let error = result.err().with_context(|| format!("{part} bytes were taken for the whole"))?;
        let text = error.to_string();
        ensure!(text.contains("image.iso"), "names the image: {text}");
    }
    Ok(())
}

fn files_that_are_no_images_are_called_what_they_are() -> Result<()> {
    let workshop = Workshop::new()?;
    let path = workshop.0.path().join("x.iso");
    let mut random = Random(7);
    let noise: Vec<u8> = (0..100_000).map(|_| random.below(256) as u8).collect();
    let cases: [(&[u8], &str); 7] = [
        (b"", "an empty file"),
        (&noise, "random, compressed or encrypted data"),
        (&[0; 100_000], "a blank file"),
        (b"<!DOCTYPE html><html>404", "a web page"),
        (b"\x1f\x8b\x08\0more", "a gzip-compressed file"),
        (b"KDMV\x01\0\0\0", "a VMDK disk image"),
        (b"LUKS\xba\xbe\0\x02", "an encrypted volume"),
    ];
    for (content, called) in cases {
        fs::write(&path, content)?;
        let error = Image::open(&path).err().context("taken for an image")?;
        ensure!(error.to_string().contains(called), "{called}: {error}");
    }
    let error = Image::open(workshop.tree()).err().context("a directory is no image")?;
    ensure!(error.to_string().contains("a directory"), "{error}");
    Ok(())
}
