//! What a firmware starts from a medium without any help: El Torito's boot images, EFI system partitions, and the
//! programs that UEFI looks for in them or in the tree itself.

use std::collections::VecDeque;

use super::Arch;
use crate::el_torito::{BootImage, Platform};
use crate::{Entry, Error, Image, Kind, limits};

/// Something that a firmware starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirmwareBoot {
    /// The firmware that it is for.
    pub platform: Platform,
    /// False for an entry that is marked as not to be booted.
    pub bootable: bool,
    /// True if it emulates a floppy or hard disk instead of being loaded as it is.
    pub emulates_disk: bool,
    /// Where it was found.
    pub place: FirmwarePlace,
    /// Where it begins, in bytes from the start of the image.
    pub offset: u64,
    /// Bytes in it: of the file, if it is one, or of the file system in it; otherwise what a firmware loads.
    pub size: u64,
    /// The programs that UEFI starts from it when told nothing else.
    pub programs: Vec<EfiProgram>,
}

/// Where a firmware finds something to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirmwarePlace {
    /// An entry of El Torito's boot catalogue.
    ElTorito {
        /// Its number; the default entry is 1.
        entry: usize,
        /// The file of the image that has the same bytes.
        path: Option<String>,
    },
    /// The partition of that number.
    Partition(u32),
    /// The tree of the image itself, as a stick has it.
    Tree,
}

/// A program that UEFI starts by its name alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EfiProgram {
    /// Its path in the place that it was found in.
    pub path: String,
    /// The architecture that its name stands for; `None` for one that is not known here.
    pub arch: Option<Arch>,
}

impl std::fmt::Display for FirmwarePlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FirmwarePlace::ElTorito { entry, path: None } => write!(f, "El Torito entry {entry}"),
            FirmwarePlace::ElTorito { entry, path: Some(path) } => {
                write!(f, "El Torito entry {entry}, {path}")
            }
            FirmwarePlace::Partition(number) => write!(f, "partition {number}"),
            FirmwarePlace::Tree => f.write_str("tree"),
        }
    }
}

/// Names of programs on removable media (UEFI specification 2.10, section 3.5.1.1) end in these.
const PROGRAMS: &[(&str, Option<Arch>)] = &[
    ("x64", Some(Arch::X86_64)),
    ("aa64", Some(Arch::Aarch64)),
    ("ia32", Some(Arch::I686)),
    ("arm", Some(Arch::Armv7l)),
    ("riscv64", Some(Arch::Riscv64)),
    ("loongarch64", Some(Arch::Loongarch64)),
    ("ia64", None),
    ("riscv32", None),
    ("riscv128", None),
    ("loongarch32", None),
];

/// What partitions of this type are for (UEFI specification 2.10, section 13.3.3).
const EFI_SYSTEM: &str = "EFI system";

/// All that a firmware would start from `image`; what cannot be read is added to `problems`.
pub(super) fn find(image: &Image, problems: &mut Vec<String>) -> Vec<FirmwareBoot> {
    let mut found = Vec::new();
    let mut note = |error: Error| problems.push(error.to_string());
    match image.boot_catalogue() {
        Ok(catalogue) => {
            let images = catalogue.map(|catalogue| catalogue.images).unwrap_or_default();
            let files = files_at(image, &images.iter().map(|image| image.offset).collect::<Vec<_>>());
            let entries = images.into_iter().zip(files).enumerate();
            found.extend(entries.map(|(at, (boot, file))| el_torito(image, at + 1, &boot, file, &mut note)));
        }
        Err(error) => note(error),
    }
    // A table that is damaged is told of where the partitions are asked for, and hides nothing else here.
    let partitions = image.partitions().unwrap_or_default();
    for partition in partitions.iter().filter(|one| one.type_name() == EFI_SYSTEM && one.problem().is_none())
    {
        let (offset, size) = (partition.start(), partition.length());
        match image.part(offset, size) {
            Ok(inside) => found.push(FirmwareBoot {
                programs: inside.map(|inside| programs(&inside)).unwrap_or_default(),
                size,
                ..FirmwareBoot::efi(FirmwarePlace::Partition(partition.number()), offset)
            }),
            Err(error) => note(error),
        }
    }
    let own = programs(image);
    if !own.is_empty() {
        found.push(FirmwareBoot {
            size: image.size(),
            programs: own,
            ..FirmwareBoot::efi(FirmwarePlace::Tree, 0)
        });
    }
    found
}

impl FirmwareBoot {
    fn efi(place: FirmwarePlace, offset: u64) -> FirmwareBoot {
        let (bootable, emulates_disk) = (true, false);
        FirmwareBoot {
            platform: Platform::Efi,
            bootable,
            emulates_disk,
            place,
            offset,
            size: 0,
            programs: Vec::new(),
        }
    }
}

fn el_torito(
    image: &Image,
    entry: usize,
    boot: &BootImage,
    file: Option<(String, u64)>,
    note: &mut dyn FnMut(Error),
) -> FirmwareBoot {
    let mut size = file.as_ref().map_or(boot.load_size, |(_, size)| *size);
    let mut found = Vec::new();
    if boot.platform == Platform::Efi {
        // How much is loaded says nothing here: UEFI reads the file system, which knows its size.
        match image.part(boot.offset, u64::MAX) {
            Ok(Some(inside)) => {
                found = programs(&inside);
                if file.is_none() {
                    size = inside.identifiers().volume_size;
                }
            }
            Ok(None) => {}
            Err(error) => note(error),
        }
    }
    FirmwareBoot {
        platform: boot.platform,
        bootable: boot.bootable,
        emulates_disk: boot.emulates_disk,
        place: FirmwarePlace::ElTorito { entry, path: file.map(|(path, _)| path) },
        offset: boot.offset,
        size,
        programs: found,
    }
}

/// The programs in `EFI/BOOT`, whatever its case.
fn programs(volume: &Image) -> Vec<EfiProgram> {
    let mut path = String::new();
    let mut directory = volume.root().clone();
    for part in ["efi", "boot"] {
        let entries = volume.children(&directory, &path).unwrap_or_default();
        let next = entries.into_iter().find(|entry| entry.name().eq_ignore_ascii_case(part));
        let Some(next) = next.filter(|next| next.kind() == Kind::Directory) else { return Vec::new() };
        path = joined(&path, next.name());
        directory = next;
    }
    let entries = volume.children(&directory, &path).unwrap_or_default();
    let named = entries.iter().filter_map(|entry| {
        let name = entry.name().to_ascii_lowercase();
        let suffix = name.strip_prefix("boot")?.strip_suffix(".efi")?;
        let (_, arch) = PROGRAMS.iter().find(|(known, _)| *known == suffix)?;
        Some(EfiProgram { path: joined(&path, entry.name()), arch: *arch })
    });
    named.take(limits::FIRMWARE_PROGRAMS).collect()
}

/// The files whose content begins at these bytes, with their sizes.
fn files_at(image: &Image, offsets: &[u64]) -> Vec<Option<(String, u64)>> {
    let mut found = vec![None; offsets.len()];
    let mut directories = VecDeque::from([(String::new(), image.root().clone())]);
    let mut left = limits::BOOT_IMAGE_SEARCH;
    while let Some((path, directory)) = directories.pop_front() {
        if found.iter().all(Option::is_some) {
            break;
        }
        for entry in image.children(&directory, &path).unwrap_or_default() {
            let Some(fewer) = left.checked_sub(1) else { return found };
            left = fewer;
            let path = joined(&path, entry.name());
            match entry.kind() {
                Kind::Directory => directories.push_back((path, entry)),
                Kind::File => note_file(image, path, &entry, offsets, &mut found),
                Kind::Link | Kind::Special => {}
            }
        }
    }
    found
}

fn note_file(
    image: &Image,
    path: String,
    file: &Entry,
    offsets: &[u64],
    found: &mut [Option<(String, u64)>],
) {
    let start = image.start_of(file, &path).ok().flatten();
    for (offset, found) in offsets.iter().zip(found) {
        // An empty file has no place of its own.
        if found.is_none() && file.size() > 0 && start == Some(*offset) {
            *found = Some((path.clone(), file.size()));
        }
    }
}

fn joined(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iso9660::testing::{DIRECTORY, Disc, named};

    #[test]
    fn programs_beyond_the_bound_are_left_out() {
        let found = |count: usize| {
            // The name of one program in so many ways.
            let name = |ways: usize| {
                let letters = "bootx64.efi".chars().enumerate();
                letters.map(|(at, c)| if ways >> at & 1 == 0 { c } else { c.to_ascii_uppercase() }).collect()
            };
            let mut disc = Disc::new();
            let names: Vec<String> = (0..count).map(name).collect();
            let records: Vec<_> = names.iter().map(|name| named(name, 0, (0, 0))).collect();
            let boot = disc.directory(&records);
            let efi = disc.directory(&[named("BOOT", DIRECTORY, boot)]);
            programs(&disc.with_records(&[named("EFI", DIRECTORY, efi)])).len()
        };
        assert_eq!(found(limits::FIRMWARE_PROGRAMS - 1), limits::FIRMWARE_PROGRAMS - 1);
        assert_eq!(found(limits::FIRMWARE_PROGRAMS + 1), limits::FIRMWARE_PROGRAMS);
    }

    #[test]
    fn a_boot_image_is_looked_for_among_so_many_entries() {
        let found = |before: usize| {
            let mut disc = Disc::new();
            let place = disc.add(b"boot");
            let mut records = vec![named("other", 0, (0, 0)); before];
            records.push(named("boot.img", 0, place));
            files_at(&disc.with_records(&records), &[u64::from(place.0) * 2048])
        };
        assert_eq!(found(limits::BOOT_IMAGE_SEARCH - 1), [Some(("boot.img".to_owned(), 4))]);
        assert_eq!(found(limits::BOOT_IMAGE_SEARCH), [None]);
    }
}
