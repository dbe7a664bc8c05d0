//! What a test cannot run without.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;

/// A thing that must be on the machine.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// A program on the PATH.
    Program(&'static str),
    /// A file, named with what brings it.
    File(&'static str, &'static str),
    /// This program of at least this version, major and minor; what it prints differs before.
    Version(&'static str, u32, u32),
    /// Debian's installer: a real kernel and RAM disk.
    Installer,
    /// The right to do what only root may (mounting a small file system, say).
    Root,
    /// FUSE, open to every user.
    Fuse,
    /// Namespaces that a user without rights may make.
    Namespaces,
    /// Networks that a user without rights may make in a namespace, and join.
    Networks,
    /// A kernel that knows this file system.
    Kernel(&'static str),
    /// Several things.
    All(&'static [Need]),
}

/// QEMU for x86 guests.
pub const QEMU: Need = Need::Program("qemu-system-x86_64");
/// The program that builds images.
pub const XORRISO: Need = Need::Program("xorriso");
/// libvirt's own shell, the peer.
pub const REAL_VIRSH: Need = Need::File("/usr/bin/virsh", "package libvirt-clients");
/// libvirt's own shell as new as the one that ours follows.
pub const SAME_VIRSH: Need = Need::Version("/usr/bin/virsh", 11, 3);
/// Debian's virt-install, the peer.
pub const REAL_VIRT_INSTALL: Need = Need::File("/usr/bin/virt-install", "package virtinst");
/// Debian's virt-xml, the peer.
pub const REAL_VIRT_XML: Need = Need::File("/usr/bin/virt-xml", "package virtinst");
/// Debian's virt-clone, the peer.
pub const REAL_VIRT_CLONE: Need = Need::File("/usr/bin/virt-clone", "package virtinst");

/// What real guests are made with, and looked at.
pub const REAL_GUEST: &[Need] = &[Need::All(GUEST_KERNEL), REAL_VIRSH];
/// What guests with a real kernel are made with.
pub const GUEST_KERNEL: &[Need] = &[
    QEMU,
    XORRISO,
    Need::Program("busybox"),
    Need::Program("cpio"),
    Need::Program("modprobe"),
    Need::Program("grub-mkimage"),
];

impl Need {
    /// What is missing, in words; nothing when the need is met.
    pub fn missing(&self) -> Option<String> {
        match self {
            Need::Program(name) => find_program(name).is_none().then(|| format!("program {name}")),
            Need::File(path, from) => (!Path::new(path).exists()).then(|| format!("{path} ({from})")),
            Need::Version(program, major, minor) => {
                let found = version(program);
                (found.is_none_or(|found| found < (*major, *minor))).then(|| {
                    let found = found.map_or("none".into(), |(major, minor)| format!("{major}.{minor}"));
                    format!("{program} {major}.{minor} or newer (here: {found})")
                })
            }
            Need::Installer => crate::place::installer()
                .is_none()
                .then(|| "package debian-installer-*-netboot-amd64".to_owned()),
            Need::Kernel(format) => {
                (!crate::formats::kernel_knows(format)).then(|| format!("a kernel that knows {format}"))
            }
            Need::All(needs) => needs.iter().find_map(Need::missing),
            Need::Fuse => (!fuse_is_open()).then(|| "/dev/fuse, open to every user".to_owned()),
            Need::Namespaces => (!makes_namespaces()).then(|| "user namespaces".to_owned()),
            Need::Networks => (!makes_networks()).then(|| "networks in user namespaces".to_owned()),
            Need::Root => (!nix::unistd::geteuid().is_root()).then(|| "root".to_owned()),
        }
    }
}

/// Whether every user may use FUSE. Where no udev has seen to that, root does.
fn fuse_is_open() -> bool {
    let device = Path::new("/dev/fuse");
    let is_open = || device.metadata().is_ok_and(|device| device.mode() & 0o006 == 0o006);
    is_open()
        || (nix::unistd::geteuid().is_root() && crate::place::set_mode(device, 0o666).is_ok() && is_open())
}

/// Whether a user without rights may make a user namespace; some distributions forbid it.
fn makes_namespaces() -> bool {
    works_without_rights("unshare --user --map-current-user --mount true")
}

/// Whether such a user may join networks in it.
fn makes_networks() -> bool {
    let join = "ip link add switch type bridge && ip link add wire type veth peer name other";
    works_without_rights(&format!("unshare --user --map-current-user --keep-caps --net sh -c '{join}'"))
}

fn works_without_rights(line: &str) -> bool {
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", line])
        .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
        .stderr(std::process::Stdio::null());
    if nix::unistd::geteuid().is_root() {
        command.uid(65_534).gid(65_534);
    }
    command.status().is_ok_and(|status| status.success())
}

/// The version that a program says it has.
fn version(program: &str) -> Option<(u32, u32)> {
    let output = std::process::Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut numbers = text.trim().split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The first program of that name on the PATH or in the system directories an ordinary PATH leaves out.
fn find_program(name: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':')
        .chain(["/usr/sbin", "/sbin"])
        .map(|directory| Path::new(directory).join(name))
        .find(|candidate| candidate.is_file())
}
