//! `.treeinfo`: the ini file in which Fedora's family, openSUSE and others describe an installation tree.
//!
//! Follows productmd's description of versions 0 (only `[general]`) to 1.2. Unknown sections are kept, so that
//! whoever needs another key can ask for it.

use std::str::FromStr;

use crate::boot_info::Arch;

/// A parsed `.treeinfo`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TreeInfo {
    sections: Vec<Section>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Section {
    name: String,
    values: Vec<(String, String)>,
}

/// The kernel and initial RAM disk that a tree names for one architecture or platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeImages {
    /// What comes after `images-`: an architecture, or `xen`.
    pub platform: String,
    /// Path of the kernel.
    pub kernel: String,
    /// Path of the initial RAM disk.
    pub initrd: Option<String>,
}

impl TreeInfo {
    /// Reads `text`; lines that are no section, value or comment are left out.
    #[must_use]
    pub fn parse(text: &str) -> TreeInfo {
        let mut sections: Vec<Section> = Vec::new();
        for line in text.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                sections.push(Section { name: name.trim().to_owned(), values: Vec::new() });
            } else if !line.starts_with(['#', ';'])
                && let Some((key, value)) = line.split_once(['=', ':'])
                && let Some(section) = sections.last_mut()
            {
                section.values.push((key.trim().to_owned(), value.trim().to_owned()));
            }
        }
        TreeInfo { sections }
    }

    /// The value of `key` in `[section]`.
    #[must_use]
    pub fn get(&self, section: &str, key: &str) -> Option<&str> {
        let values =
            self.sections.iter().filter(|found| found.name == section).flat_map(|found| &found.values);
        values
            .filter(|(name, value)| name == key && !value.is_empty())
            .map(|(_, value)| value.as_str())
            .next()
    }

    /// The distribution's family: `Fedora`, `CentOS`, `Red Hat Enterprise Linux`, `openSUSE Leap` ….
    #[must_use]
    pub fn family(&self) -> Option<&str> {
        self.get("release", "name").or_else(|| self.get("general", "family"))
    }

    /// The distribution's version.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.get("release", "version").or_else(|| self.get("general", "version"))
    }

    /// The variant: `Server`, `BaseOS` ….
    #[must_use]
    pub fn variant(&self) -> Option<&str> {
        self.get("general", "variant").or_else(|| self.get("tree", "variants"))
    }

    /// The architecture that the tree is for.
    #[must_use]
    pub fn arch(&self) -> Option<Arch> {
        let name = self.get("tree", "arch").or_else(|| self.get("general", "arch"))?;
        Arch::from_str(name).ok()
    }

    /// The kernels that the tree names: that of its own architecture first.
    #[must_use]
    pub fn images(&self) -> Vec<TreeImages> {
        let own = self.get("tree", "arch").or_else(|| self.get("general", "arch"));
        let mut images: Vec<TreeImages> = self
            .sections
            .iter()
            .filter_map(|section| {
                let platform = section.name.strip_prefix("images-")?;
                let kernel = self.get(&section.name, "kernel")?.to_owned();
                let initrd = self.get(&section.name, "initrd").map(str::to_owned);
                Some(TreeImages { platform: platform.to_owned(), kernel, initrd })
            })
            .collect();
        images.sort_by_key(|image| Some(image.platform.as_str()) != own);
        images
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEDORA: &str = "\
[checksums]
images/pxeboot/vmlinuz = sha256:00

[general]
; a comment
arch = x86_64
family = Fedora
version = 39

[images-xen]
initrd = images/pxeboot/initrd.img
kernel = images/pxeboot/vmlinuz

[images-x86_64]
boot.iso = images/boot.iso
initrd = images/pxeboot/initrd.img
kernel = images/pxeboot/vmlinuz

[release]
name = Fedora
version = 39

[tree]
arch = x86_64
";

    #[test]
    fn names_the_release_and_the_kernel_of_its_architecture_first() {
        let info = TreeInfo::parse(FEDORA);
        assert_eq!(info.family(), Some("Fedora"));
        assert_eq!(info.version(), Some("39"));
        assert_eq!(info.arch(), Some(Arch::X86_64));
        let images = info.images();
        assert_eq!(images.len(), 2);
        assert_eq!(images[0].platform, "x86_64");
        assert_eq!(images[0].kernel, "images/pxeboot/vmlinuz");
        assert_eq!(images[0].initrd.as_deref(), Some("images/pxeboot/initrd.img"));
        assert_eq!(info.get("checksums", "images/pxeboot/vmlinuz"), Some("sha256:00"));
    }

    #[test]
    fn anything_is_accepted_and_nothing_made_up() {
        assert_eq!(TreeInfo::parse("kernel = x\n[images-\n[]\n=\n[general]\nfamily=\n").family(), None);
        assert!(TreeInfo::parse("[images-x]\ninitrd=i").images().is_empty());
    }
}
