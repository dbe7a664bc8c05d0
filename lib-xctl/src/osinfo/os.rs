//! An operating system of the database, with what it inherits.

use super::device::Ids;
use super::media::{MediaPattern, TreePattern};

/// An operating system.
#[derive(Debug, Clone, Default)]
pub struct Os {
    /// Its URI, e.g. `http://debian.org/debian/11`.
    pub id: String,
    /// Its short names, the usual one first, e.g. `debian11`, `debianbullseye`.
    pub short_ids: Vec<String>,
    /// Its name, e.g. `Debian 11`.
    pub name: String,
    /// Its version, e.g. `11`.
    pub version: Option<String>,
    /// Who makes it.
    pub vendor: Option<String>,
    /// `linux`, `winnt`, `freebsd`, …
    pub family: Option<String>,
    /// `debian`, `fedora`, `win`, …
    pub distro: Option<String>,
    /// Day of its release, `2021-08-14`.
    pub release_date: Option<String>,
    /// Day on which its support ended.
    pub eol_date: Option<String>,
    /// `released`, `prerelease`, `snapshot`, `rolling`.
    pub release_status: Option<String>,
    /// Kernel argument that names the installation tree: `inst.repo`, `install`.
    pub kernel_url_argument: Option<String>,
    /// User that its cloud images have.
    pub cloud_user: Option<String>,
    /// Ids of the systems it derives from or is a clone of, directly and further up, nearest first.
    pub ancestors: Vec<String>,
    /// Ids of the systems it upgrades.
    pub upgrades: Vec<String>,
    /// Ids of the devices it drives, inherited ones too.
    pub devices: Vec<String>,
    /// Firmware it is known to boot with, or not to.
    pub firmware: Vec<Firmware>,
    /// Ids of scripts that install it unattended.
    pub installer_scripts: Vec<String>,
    /// Images of disks that hold it already.
    pub images: Vec<DiskImage>,
    /// Drivers that an installer can take in.
    pub drivers: Vec<Driver>,
    pub(super) resources: Vec<(Level, String, Resources)>,
    pub(super) media: Vec<MediaPattern>,
    pub(super) trees: Vec<TreePattern>,
}

/// An image of a disk that holds a system, ready to be booted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskImage {
    /// Architecture, e.g. `x86_64`.
    pub arch: String,
    /// `qcow2`, `raw`, `vmdk`, `containerdisk`, …
    pub format: String,
    /// It asks for its user, its keys and more by cloud-init.
    pub cloud_init: bool,
    /// Where it is on the network.
    pub url: String,
}

/// Drivers for devices that the system does not know by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driver {
    /// Architecture, e.g. `x86_64`.
    pub arch: String,
    /// Address of the directory that its files are in.
    pub location: String,
    /// Names of the files.
    pub files: Vec<String>,
    /// Ids of the devices that it drives.
    pub devices: Vec<String>,
    /// The installer can take it in before it begins.
    pub pre_installable: bool,
}

/// A kind of firmware on an architecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firmware {
    /// `efi` or `bios`.
    pub kind: String,
    /// Architecture, e.g. `x86_64`.
    pub arch: String,
    /// The system boots with it.
    pub supported: bool,
}

/// What a system needs, or makes use of. What the database does not say is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resources {
    /// Number of CPUs.
    pub cpus: Option<u32>,
    /// Memory in bytes.
    pub ram: Option<u64>,
    /// Disk space in bytes.
    pub storage: Option<u64>,
}

/// Which need a [`Resources`] states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It does not work with less.
    Minimum,
    /// It works well.
    Recommended,
    /// It cannot use more.
    Maximum,
    /// An installation over the network does not work with less.
    NetworkInstall,
}

/// Where on a medium or in a tree the installer's kernel is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BootFiles {
    /// Path of the kernel.
    pub kernel: Option<String>,
    /// Path of the initial ramdisk.
    pub initrd: Option<String>,
    /// Path of the small boot image.
    pub boot_iso: Option<String>,
}

impl Os {
    /// The usual short name.
    #[must_use]
    pub fn short_id(&self) -> &str {
        self.short_ids.first().map_or(&self.id, |id| id)
    }

    /// Whether it drives any of the devices.
    #[must_use]
    pub fn supports(&self, ids: Ids) -> bool {
        self.devices.iter().any(|device| ids.contains(&device.as_str()))
    }

    /// Whether it is the system of that id, derives from it, or is a clone of it.
    #[must_use]
    pub fn is_or_derives_from(&self, id: &str) -> bool {
        self.id == id || self.ancestors.iter().any(|ancestor| ancestor == id)
    }

    /// Whether it is a Windows of any kind.
    #[must_use]
    pub fn is_windows(&self) -> bool {
        matches!(self.family.as_deref(), Some("winnt" | "win9x" | "win16"))
    }

    /// Whether nothing is known of it: `generic`, `unknown`.
    #[must_use]
    pub fn is_generic(&self) -> bool {
        self.family.is_none() && self.distro.is_none()
    }

    /// Whether it boots only with UEFI on this architecture.
    #[must_use]
    pub fn requires_uefi(&self, arch: &str) -> bool {
        let says = |kind, supported| {
            self.firmware.iter().any(|f| f.arch == arch && f.kind == kind && f.supported == supported)
        };
        says("efi", true) && says("bios", false)
    }

    /// Where its installation tree for an architecture is on the network. The one that installs everything comes
    /// before those of variants such as `server`.
    #[must_use]
    pub fn tree_url(&self, arch: &str) -> Option<&str> {
        let fits = |tree: &&TreePattern| tree.arch == arch || tree.arch == "all";
        let rank = |tree: &&TreePattern| {
            let everything = tree.variants.iter().any(|variant| variant.starts_with("everything"));
            (!tree.variants.is_empty() && !everything, tree.variants.len())
        };
        let trees = self.trees.iter().filter(fits).filter(|tree| tree.url.is_some());
        trees.min_by_key(rank)?.url.as_deref()
    }

    /// Its image for an architecture that QEMU reads as it is and that cloud-init sets up.
    #[must_use]
    pub fn cloud_image(&self, arch: &str) -> Option<&DiskImage> {
        let is_web =
            |url: &str| ["http://", "https://", "ftp://"].iter().any(|scheme| url.starts_with(scheme));
        self.images.iter().find(|image| {
            image.arch == arch
                && image.cloud_init
                && ["qcow2", "raw"].contains(&image.format.as_str())
                && is_web(&image.url)
        })
    }

    /// What the database states for an architecture; entries for `all` fill what the architecture's own do not state.
    #[must_use]
    pub fn resources(&self, level: Level, arch: &str) -> Resources {
        let entry = |wanted: &str| {
            self.resources
                .iter()
                .find(|(l, a, _)| *l == level && a == wanted)
                .map(|(_, _, r)| *r)
                .unwrap_or_default()
        };
        let (own, all) = (entry(arch), entry("all"));
        Resources {
            cpus: own.cpus.or(all.cpus),
            ram: own.ram.or(all.ram),
            storage: own.storage.or(all.storage),
        }
    }

    /// What to give a guest: what is recommended, or else twice the minimum.
    #[must_use]
    pub fn comfortable(&self, arch: &str) -> Resources {
        let recommended = self.resources(Level::Recommended, arch);
        let minimum = self.resources(Level::Minimum, arch);
        Resources {
            cpus: recommended.cpus.or(minimum.cpus.map(|n| n.saturating_mul(2))),
            ram: recommended.ram.or(minimum.ram.map(|n| n.saturating_mul(2))),
            storage: recommended.storage.or(minimum.storage.map(|n| n.saturating_mul(2))),
        }
    }
}
