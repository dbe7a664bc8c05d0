//! What the user asked for, before anything is looked up or chosen.

use std::path::PathBuf;

use crate::{cloud_init, unattended};

/// An install as the user asked for it. Front ends fill it in; everything that is not set is chosen by the plan.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The guest's name.
    pub name: Option<String>,
    /// Everything that maps to the definition, in the order given: `memory`, `vcpus`, `disk`, `network`, `boot`, …
    pub options: Vec<Given>,
    /// Where the guest is installed from; `None` if the user did not say.
    pub method: Option<Method>,
    /// `--extra-args`: kernel arguments for the install boot, in the order given.
    pub extra_args: Vec<String>,
    /// `--initrd-inject`: files put into the root of the initrd.
    pub initrd_inject: Vec<PathBuf>,
    /// `--cloud-init`, with all that it names read.
    pub cloud_init: Option<cloud_init::Seed>,
    /// `--unattended`, with the passwords that it names read.
    pub unattended: Option<unattended::Answers>,
    /// `--osinfo`, as given: a name, or suboptions such as `detect=on,require=off`.
    pub osinfo: Option<String>,
    /// `--virt-type`: `kvm`, `qemu`, `xen`, ….
    pub virt_type: Option<String>,
    /// `--arch`.
    pub arch: Option<String>,
    /// `--machine`.
    pub machine: Option<String>,
    /// `--hvm`, `--paravirt`, `--container`.
    pub virtualization: Option<Virtualization>,
    /// `--reinstall`: a guest that is there and is installed anew, as it is; options for the definition do not count.
    pub reinstall: Option<String>,
    /// `--transient`: no definition is stored.
    pub transient: bool,
    /// `--autostart`: the guest starts with the host.
    pub autostart: bool,
    /// `--noreboot`: the guest is not started again once it is installed.
    pub no_reboot: bool,
    /// `--livecd`: the CD-ROM image is no installer, and the guest boots it ever after.
    pub live: bool,
    /// `--dry-run`: nothing is created, started or stored.
    pub dry_run: bool,
    /// `--check`: checks that the user turned off.
    pub checks: Checks,
}

/// One option with its text, e.g. `disk` and `size=10,format=qcow2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The option's name without dashes; see [`crate::domain`] for those there are.
    pub option: String,
    /// Its text as the user wrote it.
    pub text: String,
}

impl Given {
    /// `--OPTION TEXT`.
    pub fn new(option: impl Into<String>, text: impl Into<String>) -> Self {
        Self { option: option.into(), text: text.into() }
    }
}

/// Where a guest is installed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// `--location TREE[,kernel=PATH,initrd=PATH]`: an ISO file, a directory, or an http, https or ftp URL.
    Location {
        /// The tree, as given.
        tree: String,
        /// Path of the kernel in the tree, where the user knows better.
        kernel: Option<String>,
        /// Path of the initial RAM disk in the tree.
        initrd: Option<String>,
    },
    /// `--cdrom PATH`: an image or a drive that the guest boots.
    Cdrom(String),
    /// `--import`: the disk already holds a system.
    Import,
    /// `--image NAME`: the first disk becomes a copy of this image: a system's name in the OS database, an address, or a
    /// file.
    Image(String),
    /// `--pxe`: the guest boots from the network.
    Pxe,
    /// `--boot …` alone: the guest boots as the definition says.
    Boot,
    /// `--install …`.
    Install(Install),
}

/// The suboptions of `--install`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Install {
    /// The tree of `--location`, which the kernel is in then.
    pub tree: Option<String>,
    /// `os=`: download location by OS name.
    pub os: Option<String>,
    /// `bootdev=`: device that the install boots from (`hd`, `cdrom`, `network`, `fd`).
    pub bootdev: Option<String>,
    /// `kernel=`: a kernel file on the host, or its address.
    pub kernel: Option<String>,
    /// `initrd=`: an initial RAM disk on the host, or its address.
    pub initrd: Option<String>,
    /// `kernel_args=`: kernel arguments for the install boot.
    pub kernel_args: Option<String>,
    /// `kernel_args_overwrite=`: those arguments replace what the medium would need.
    pub kernel_args_overwrite: bool,
    /// `no_install=`: there is no install boot.
    pub no_install: bool,
}

/// What kind of machine the guest runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Virtualization {
    /// A whole machine.
    Full,
    /// A Xen guest that knows it is one.
    Para,
    /// A container that runs the host's kernel.
    Container,
}

/// Checks that can be turned off with `--check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checks {
    /// `path_in_use`: no other guest has the disk.
    pub path_in_use: bool,
    /// `disk_size`: the host has room for the disk.
    pub disk_size: bool,
    /// `path_exists`: a file that is there is used, not overwritten.
    pub path_exists: bool,
    /// `mac_in_use`: no other guest has the network card's address.
    pub mac_in_use: bool,
    /// `memory_size`: the host has as much memory as the guest.
    pub memory_size: bool,
}

impl Checks {
    /// All of them, on or off.
    #[must_use]
    pub fn all(is_on: bool) -> Self {
        Self {
            path_in_use: is_on,
            disk_size: is_on,
            path_exists: is_on,
            mac_in_use: is_on,
            memory_size: is_on,
        }
    }
}

impl Default for Checks {
    fn default() -> Self {
        Self::all(true)
    }
}

/// Something that the user has to say, as nothing can be guessed for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// How much memory.
    Memory,
    /// A disk, or that there is none.
    Disk,
    /// Where the guest is installed from.
    Method,
    /// The operating system, if it cannot be detected.
    Os,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Missing::Memory => "--memory amount in MiB is required",
            Missing::Disk => "--disk storage must be specified (override with --disk none)",
            Missing::Method => {
                "An install method must be specified\n\
                 (--location URL, --cdrom CD/ISO, --pxe, --import, --boot hd|cdrom|...)"
            }
            Missing::Os => {
                "--os-variant/--osinfo OS name is required, but no value was set or detected\n\
                 (virt-install --osinfo list shows all; --osinfo linux2022 fits most, --osinfo generic any)"
            }
        })
    }
}
