//! Small images in the shape of real media.

use std::collections::HashMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use isos::Identifiers;
use isos::boot_info::Arch;

use crate::media::run;

/// Where the primary volume descriptor is.
const DESCRIPTOR: u64 = 16 * 2048;

/// The directory in which images are made, each tree once: what differs between two media of one layout is what
/// their descriptors say, which is written over.
pub(super) struct Press {
    directory: tempfile::TempDir,
    made: HashMap<Vec<(String, String)>, PathBuf>,
}

impl Press {
    pub(super) fn new() -> Result<Press> {
        let directory = tempfile::Builder::new().prefix("xctl-boot-media-").tempdir()?;
        Ok(Press { directory, made: HashMap::new() })
    }

    /// An image of these files, paths with contents, that says this of itself until the next one of them is asked for.
    pub(super) fn image(&mut self, files: &[(String, String)], says: &Identifiers) -> Result<PathBuf> {
        let path = match self.made.get(files) {
            Some(path) => path.clone(),
            None => self.press(files)?,
        };
        let image = File::options().read(true).write(true).open(&path)?;
        let mut descriptor = [0; 2048];
        image.read_exact_at(&mut descriptor, DESCRIPTOR)?;
        describe(&mut descriptor, says, image.metadata()?.len())?;
        image.write_all_at(&descriptor, DESCRIPTOR)?;
        Ok(path)
    }

    fn press(&mut self, files: &[(String, String)]) -> Result<PathBuf> {
        let path = self.directory.path().join(format!("{}.iso", self.made.len()));
        let tree = self.directory.path().join("tree");
        write_tree(&tree, files)?;
        run(Command::new("genisoimage")
            .args(["-quiet", "-no-pad", "-R", "-V", "X", "-o"])
            .args([&path, &tree]))?;
        fs::remove_dir_all(&tree)?;
        self.made.insert(files.to_vec(), path.clone());
        Ok(path)
    }
}

pub(super) fn write_tree(tree: &Path, files: &[(String, String)]) -> Result<()> {
    for (path, content) in files {
        let path = tree.join(path);
        fs::create_dir_all(path.parent().context("a file has a directory")?)?;
        fs::write(path, kernel_or(content))?;
    }
    Ok(())
}

/// The content `kernel ARCH` stands for the header that such a kernel has.
fn kernel_or(content: &str) -> Vec<u8> {
    let mut bytes = content.as_bytes().to_vec();
    let Some(arch) = content.strip_prefix("kernel ") else { return bytes };
    bytes = vec![0; 1024];
    let mut put = |at: usize, part: &[u8]| bytes[at..at + part.len()].copy_from_slice(part);
    match arch.parse() {
        Ok(Arch::X86_64) => {
            put(0x202, b"HdrS\x0f\x02");
            put(0x236, b"\x7f");
        }
        Ok(Arch::I686) => put(0x202, b"HdrS\x0f\x02"),
        Ok(Arch::Aarch64) => put(56, b"ARM\x64"),
        _ => put(0, b"no header that tells"),
    }
    bytes
}

/// Writes over what the primary volume descriptor (ECMA-119 8.4) of an image of so many bytes says.
fn describe(descriptor: &mut [u8], says: &Identifiers, length: u64) -> Result<()> {
    let fields = [
        (8..40, &says.system),
        (40..72, &says.volume),
        (318..446, &says.publisher),
        (574..702, &says.application),
    ];
    for (place, text) in fields {
        ensure!(text.len() <= place.len(), "'{text}' is longer than a descriptor has room for");
        let field = &mut descriptor[place];
        field.fill(b' ');
        field[..text.len()].copy_from_slice(text.as_bytes());
    }
    let blocks = u32::try_from(if says.volume_size > 0 { says.volume_size } else { length } / 2048)?;
    descriptor[80..84].copy_from_slice(&blocks.to_le_bytes());
    descriptor[84..88].copy_from_slice(&blocks.to_be_bytes());
    Ok(())
}
