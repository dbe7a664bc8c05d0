//! Systems whose kernel only their own boot loader starts: what to say where no kernel is found.

use crate::{Error, Image};

/// A system that starts only as a whole medium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnLoader {
    /// Its name.
    pub system: &'static str,
    /// The file or the part of the label that shows it.
    pub shown_by: String,
}

impl std::fmt::Display for OwnLoader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} boots only by its own loader (shown by '{}')", self.system, self.shown_by)
    }
}

struct System {
    name: &'static str,
    /// Words of its label, in lower case.
    words: &'static [&'static str],
    /// Files that its media have and no others: each list is enough, and needs all of its files.
    files: &'static [&'static [&'static str]],
}

/// Each of these would be mistaken for those below it.
const SYSTEMS: &[System] = &[
    System {
        name: "Windows",
        words: &[],
        files: &[
            &["sources/boot.wim"],
            &["sources/install.wim"],
            &["sources/install.esd"],
            &["i386/setupldr.bin"],
            &["amd64/setupldr.bin"],
            &["ia64/setupldr.efi"],
            &["i386/winnt.exe"],
            &["win98/setup.exe"],
            &["win9x/setup.exe"],
            &["win95/setup.exe"],
        ],
    },
    System { name: "ReactOS", words: &["reactos"], files: &[&["reactos/reactos.exe"], &["freeldr.ini"]] },
    System { name: "FreeDOS", words: &["freedos", "fd-setup", "fdi-cd"], files: &[&["isolinux/fdboot.img"]] },
    System { name: "DragonFly BSD", words: &["dragonfly"], files: &[&["sbin/hammer2"], &["sbin/hammer"]] },
    System {
        name: "FreeBSD",
        words: &["freebsd", "_release_amd64", "_release_i386", "_release_arm64", "_release_aarch64"],
        files: &[&["boot/loader", "boot/kernel/kernel"], &["boot/loader.efi", "boot/kernel/kernel"]],
    },
    System { name: "OpenBSD", words: &["openbsd"], files: &[&["etc/boot.conf"], &["bsd.rd"]] },
    System { name: "NetBSD", words: &["netbsd"], files: &[&["netbsd"]] },
    System { name: "Haiku", words: &["haiku"], files: &[&["haiku-boot-floppy.image"]] },
    System { name: "macOS", words: &[], files: &[&["System/Library/CoreServices/boot.efi"]] },
    // Its kernel lies in a disk image that is packed into this file.
    System {
        name: "Endless OS",
        words: &[],
        files: &[&["endless/endless.squash"], &["endless/endless.img"]],
    },
    System { name: "Plan 9", words: &["plan 9", "9front"], files: &[&["cfg/plan9.ini"]] },
    System { name: "VMware ESXi", words: &["esxi-"], files: &[&["boot.cfg", "b.b00"]] },
];

/// The system on `image`, if it is one of these.
pub(super) fn find(image: &Image) -> Result<Option<OwnLoader>, Error> {
    let label = image.label().to_lowercase();
    for system in SYSTEMS {
        let found = |shown_by: &str| Some(OwnLoader { system: system.name, shown_by: shown_by.to_owned() });
        if system.words.iter().any(|word| label.contains(word)) {
            return Ok(found(image.label()));
        }
        for files in system.files {
            if all_exist(image, files)? {
                return Ok(found(files.first().unwrap_or(&"")));
            }
        }
    }
    Ok(None)
}

fn all_exist(image: &Image, paths: &[&str]) -> Result<bool, Error> {
    for path in paths {
        // Media with short names have them in capital letters, whether or not they are read with regard to that.
        let is_there = |path: &str| match image.entry(path) {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. } | Error::WrongKind { .. }) => Ok(false),
            Err(error) => Err(error),
        };
        if !is_there(path)? && !is_there(&path.to_uppercase())? {
            return Ok(false);
        }
    }
    Ok(true)
}
