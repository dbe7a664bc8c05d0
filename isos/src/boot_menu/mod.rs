//! Boot menus of a medium: what it would offer on its own screen.
//!
//! GRUB, syslinux (with isolinux) and systemd-boot are read. None is executed: conditions are not decided, so of
//! several kernels that one entry may boot, the first counts.

mod grub;
mod syslinux;
mod systemd_boot;

use std::collections::HashSet;

use crate::boot_info::{Tree, TreeError};
use crate::limits;

/// An entry of a boot menu.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MenuEntry {
    /// Path of the menu file.
    pub file: String,
    /// What the menu shows.
    pub title: String,
    /// Path of the kernel, without a leading `/`.
    pub kernel: String,
    /// Paths of the initial RAM disks (or multiboot modules), without a leading `/`.
    pub initrds: Vec<String>,
    /// The kernel's arguments.
    pub arguments: String,
    /// True for the entry that boots if nothing is chosen.
    pub is_default: bool,
}

/// Words in a title or an argument list that speak of a special case.
const SPECIAL: &[&str] = &[
    "rescue",
    "recovery",
    "safe",
    "nomodeset",
    "failsafe",
    "debug",
    "speech",
    "accessib",
    "expert",
    "oem",
    "check",
    "test this media",
    "verify",
    "toram",
    "persist",
    "mediacheck",
    "rd.live.check",
    "nofb",
    "xen",
    "graphic",
];

/// Programs that a menu starts like kernels.
const TOOLS: &[&str] =
    &["memtest", "mt86", "hdt", "ipxe", "chain", "poweroff", "reboot", "memdisk", "gpxe", "shell"];

impl MenuEntry {
    /// Smaller is better: the entry that boots by itself, then what comes first and is no special case.
    pub(crate) fn rank(&self) -> (bool, bool) {
        let text = format!("{} {}", self.title, self.arguments).to_lowercase();
        let is_special = SPECIAL.iter().any(|word| text.contains(word));
        (is_special, !self.is_default)
    }

    /// True for memory tests and the like.
    pub(crate) fn is_tool(&self) -> bool {
        let file = self.kernel.rsplit('/').next().unwrap_or("").to_lowercase();
        TOOLS.iter().any(|tool| file.starts_with(tool))
            || [".c32", ".0", ".bin", ".img"].iter().any(|end| file.ends_with(end))
    }
}

/// What a menu file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Grub,
    Syslinux,
}

/// Where media keep their menus, best first.
const MENUS: &[(Language, &str)] = &[
    (Language::Grub, "boot/grub/grub.cfg"),
    (Language::Grub, "boot/grub2/grub.cfg"),
    (Language::Grub, "EFI/BOOT/grub.cfg"),
    (Language::Grub, "EFI/boot/grub.cfg"),
    (Language::Grub, "efi/boot/grub.cfg"),
    (Language::Grub, "grub/grub.cfg"),
    (Language::Syslinux, "isolinux/isolinux.cfg"),
    (Language::Syslinux, "isolinux.cfg"),
    (Language::Syslinux, "boot/isolinux/isolinux.cfg"),
    (Language::Syslinux, "boot/x86_64/loader/isolinux.cfg"),
    (Language::Syslinux, "boot/i386/loader/isolinux.cfg"),
    (Language::Syslinux, "syslinux/isolinux.cfg"),
    (Language::Syslinux, "syslinux/syslinux.cfg"),
    (Language::Syslinux, "syslinux.cfg"),
    (Language::Syslinux, "boot/syslinux/syslinux.cfg"),
    (Language::Syslinux, "boot/syslinux/isolinux.cfg"),
];

/// Reads all the menus of a tree.
///
/// # Errors
/// The tree cannot be read. A menu that makes no sense is not an error, and gives no entries.
pub fn read(tree: &dyn Tree) -> Result<Vec<MenuEntry>, TreeError> {
    let mut reading = Reading { tree, seen: HashSet::new(), entries: Vec::new() };
    for (language, path) in MENUS {
        match language {
            Language::Grub => grub::read(&mut reading, path)?,
            Language::Syslinux => syslinux::read(&mut reading, path)?,
        }
    }
    systemd_boot::read(&mut reading)?;
    Ok(reading.entries)
}

/// Menus on their way to becoming entries.
struct Reading<'a> {
    tree: &'a dyn Tree,
    seen: HashSet<String>,
    entries: Vec<MenuEntry>,
}

impl Reading<'_> {
    /// The text of a menu's file; each is read once, and only so many of them.
    fn text(&mut self, path: &str, depth: usize) -> Result<Option<String>, TreeError> {
        let is_known = self.seen.len() >= limits::MENU_FILES + MENUS.len() || self.seen.contains(path);
        if depth > limits::MENU_DEPTH || is_known {
            return Ok(None);
        }
        self.seen.insert(path.to_owned());
        let read = self.tree.read(path, limits::MENU_BYTES)?;
        Ok(read.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn add(&mut self, entry: MenuEntry) {
        if !entry.kernel.is_empty() && self.entries.len() < limits::MENU_ENTRIES {
            self.entries.push(entry);
        }
    }
}

/// A path in a menu, relative to the top of the tree: `(hd0,1)/x` and `/x` are `x`, and a relative one counts from
/// `directory`. `.` and `..` are resolved, never above the top.
fn path_in_tree(path: &str, directory: &str) -> String {
    let path = path.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(path, |(_, path)| path);
    let start = if path.starts_with('/') { "" } else { directory };
    let mut parts: Vec<&str> = Vec::new();
    for part in start.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The directory that a file lies in.
fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

#[cfg(test)]
pub(crate) mod testing {
    //! A tree made of literal files.

    use super::*;

    pub(crate) struct Files(pub(crate) Vec<(&'static str, String)>);

    impl Tree for Files {
        fn read(&self, path: &str, max: usize) -> Result<Option<Vec<u8>>, TreeError> {
            let found = self.0.iter().find(|(name, _)| *name == path);
            Ok(found.map(|(_, text)| text.bytes().take(max).collect()))
        }

        fn exists(&self, path: &str) -> Result<bool, TreeError> {
            Ok(self.0.iter().any(|(name, _)| *name == path))
        }

        fn list(&self, path: &str) -> Result<Option<Vec<String>>, TreeError> {
            let inside = self.0.iter().filter_map(|(name, _)| name.strip_prefix(path)?.strip_prefix('/'));
            Ok(Some(inside.map(str::to_owned).collect()))
        }
    }

    #[test]
    fn paths_count_from_the_top_or_from_their_menu() {
        assert_eq!(path_in_tree("(hd0,1)/boot/x", "any"), "boot/x");
        assert_eq!(path_in_tree("../x", "isolinux"), "x");
        assert_eq!(path_in_tree("../../../x", "isolinux"), "x");
        assert_eq!(path_in_tree("./linux", "isolinux"), "isolinux/linux");
    }

    #[test]
    fn menus_that_include_one_another_end() {
        let files = Files(vec![
            ("boot/grub/grub.cfg", "source /boot/grub/b.cfg".into()),
            ("boot/grub/b.cfg", "configfile /boot/grub/grub.cfg\nmenuentry 'b' { linux /k }".into()),
        ]);
        assert_eq!(read(&files).unwrap().len(), 1);
    }

    #[test]
    fn menus_have_bounds() {
        let entries = "menuentry 'x' { linux /k }\n".repeat(limits::MENU_ENTRIES + 1);
        let read_back = read(&Files(vec![("boot/grub/grub.cfg", entries)])).unwrap();
        assert_eq!(read_back.len(), limits::MENU_ENTRIES);

        let mut files = vec![("boot/grub/grub.cfg", "source /0".to_owned())];
        let menu = |number| format!("menuentry '{number}' {{ linux /k }}\nsource /{}", number + 1);
        files.extend((0..20).map(|number| (&*number.to_string().leak(), menu(number))));
        assert_eq!(read(&Files(files)).unwrap().len(), limits::MENU_DEPTH);

        // Those of the table count as well, of which each is looked for once.
        let includes: String = (0..200).map(|number| format!("source /{number}\n")).collect();
        let mut files = vec![("boot/grub/grub.cfg", includes)];
        let menu = "menuentry 'x' { linux /k }";
        files.extend((0..200).map(|number| (&*number.to_string().leak(), menu.to_owned())));
        let read_back = read(&Files(files)).unwrap().len();
        assert!((limits::MENU_FILES..=limits::MENU_FILES + MENUS.len()).contains(&read_back), "{read_back}");

        let padding = "#".repeat(limits::MENU_BYTES);
        let files = Files(vec![("boot/grub/grub.cfg", format!("{padding}\nmenuentry 'x' {{ linux /k }}"))]);
        assert!(read(&files).unwrap().is_empty());

        let menu = "menuentry 'x' { linux /k }";
        let padding = "#".repeat(limits::MENU_BYTES - menu.len() - 1);
        let files = Files(vec![("boot/grub/grub.cfg", format!("{padding}\n{menu}"))]);
        assert_eq!(read(&files).unwrap().len(), 1);
    }
}
