//! What is looked at: files of the kernel and of programs, and who looks.

use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::sys::resource::{Resource, getrlimit};
use nix::unistd::{AccessFlags, Gid, Group, Uid, User, access, geteuid, getgroups};

use super::firmware::{self, Firmware};
use super::hypervisor::Reached;
use super::mend::Distribution;

/// The most that is read of a file; those that are looked at are far smaller, that of the processors of a large host
/// excepted, whose first one tells enough.
const LIMIT: u64 = 1 << 20;

/// What is known of a host.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The processor's architecture, as QEMU calls it.
    pub(super) architecture: String,
    /// Who made the processor: `GenuineIntel`, `AuthenticAMD`.
    pub(super) vendor: String,
    /// What the first processor can; empty where the kernel does not tell.
    pub(super) flags: Vec<String>,
    /// Who looks.
    pub(super) account: Account,
    /// Which package manager is there.
    pub(super) distribution: Distribution,
    /// `/dev/kvm`.
    pub(super) kvm: Device,
    /// Why KVM does not work although its device is there.
    pub(super) kvm_fault: Option<String>,
    /// The module of KVM that is loaded, and whether its guests may virtualize.
    pub(super) nested: Option<(&'static str, bool)>,
    /// Whether the firmware tells of an IOMMU (tables `DMAR` and `IVRS`).
    pub(super) iommu_table: bool,
    /// How many groups of devices the IOMMU keeps apart.
    pub(super) iommu_groups: usize,
    /// What encrypts guests and is switched on: `SEV`, `TDX`.
    pub(super) encryption: Vec<&'static str>,
    /// Controllers of control groups, by the names of version 1.
    pub(super) controllers: Vec<String>,
    /// `/dev/net/tun`.
    pub(super) tun: Device,
    /// `/dev/vhost-net`.
    pub(super) vhost_net: Device,
    /// The program that puts guests of ordinary users on bridges, and whether it has the right to.
    pub(super) bridge_helper: Option<(PathBuf, bool)>,
    /// Bridges that it may use, as `/etc/qemu/bridge.conf` has them.
    pub(super) bridges: Vec<String>,
    /// Bytes that this user's programs may keep from being swapped; none if there is no limit.
    pub(super) locked_memory: Option<u64>,
    /// Programs that were looked for and are there.
    pub(super) programs: Vec<&'static str>,
    /// Architectures whose emulator is there.
    pub(super) emulators: Vec<String>,
    /// Firmware that is there.
    pub(super) firmware: Vec<Firmware>,
    /// What the hypervisor says, if it was asked.
    pub(super) hypervisor: Option<Reached>,
}

/// Who looks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Account {
    /// Whether it is root.
    pub(super) is_root: bool,
    /// The name.
    pub(super) name: String,
}

/// A device of the kernel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Device {
    /// It is not there.
    #[default]
    Absent,
    /// It is, and this user may not use it.
    Refused {
        /// The group that may, if there is one.
        group: Option<String>,
        /// Whether this user is a member, but was not yet when they logged in.
        joined: bool,
    },
    /// It is, and this user may use it.
    Usable,
}

/// Programs that are looked for.
const PROGRAMS: &[&str] = &["swtpm", "swtpm_setup", "virtiofsd", "passt"];
/// Directories of programs, those beside an ordinary `PATH` included.
const DIRECTORIES: &[&str] =
    &["usr/local/bin", "usr/bin", "bin", "usr/sbin", "usr/libexec", "usr/lib/qemu", "usr/lib", "usr/lib/kvm"];
/// Where the helper for bridges lies.
const BRIDGE_HELPERS: &[&str] = &["usr/lib/qemu/qemu-bridge-helper", "usr/libexec/qemu-bridge-helper"];
/// Modules of KVM, each with its switch for nesting.
const MODULES: &[&str] = &["kvm_intel", "kvm_amd"];
/// What names of emulators begin with; Red Hat's goes by another one, and is for the host's own architecture.
const EMULATOR: &str = "qemu-system-";
const OWN_EMULATORS: &[&str] = &["usr/libexec/qemu-kvm", "usr/bin/qemu-kvm"];

/// The architecture that this was built for, as QEMU calls it.
const ARCHITECTURE: &str = match std::env::consts::ARCH.as_bytes() {
    b"powerpc64" => "ppc64",
    b"x86" => "i386",
    _ => std::env::consts::ARCH,
};

impl Facts {
    /// Looks at this host; the hypervisor is asked as well, which starts the daemon of an ordinary user.
    #[must_use]
    pub fn of_this_host() -> Self {
        let locked_memory = getrlimit(Resource::RLIMIT_MEMLOCK).ok().map(|(soft, _)| soft);
        Self {
            kvm_fault: ::hypervisor::kvm::fault(),
            account: account(),
            locked_memory: locked_memory.filter(|&bytes| bytes != nix::sys::resource::RLIM_INFINITY),
            hypervisor: Some(Reached::ask()),
            ..Self::below(Path::new("/"))
        }
    }

    /// What files below this directory say; that of the running host is `/`.
    #[must_use]
    pub fn below(root: &Path) -> Self {
        let text = |path: &str| read(&root.join(path));
        let is_on = |path: &str| matches!(text(path).trim(), "Y" | "y" | "1");
        let is_there = |path: &str| root.join(path).exists();
        let processors = text("proc/cpuinfo");
        let field = |name: &str| {
            let line =
                processors.lines().find(|line| line.split(':').next().is_some_and(|n| n.trim() == name));
            line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
        };
        let parameter = |module: &str, name: &str| format!("sys/module/{module}/parameters/{name}");
        let encryption = [
            ("SEV", is_on(&parameter("kvm_amd", "sev")) && is_there("dev/sev")),
            ("TDX", is_on(&parameter("kvm_intel", "tdx"))),
        ];
        let programs = PROGRAMS
            .iter()
            .copied()
            .filter(|name| DIRECTORIES.iter().any(|directory| root.join(directory).join(name).is_file()));
        Self {
            architecture: ARCHITECTURE.to_owned(),
            vendor: field("vendor_id").unwrap_or_default(),
            flags: field("flags").unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
            distribution: Distribution::from_release(&text("etc/os-release")),
            kvm: device(&root.join("dev/kvm")),
            nested: MODULES
                .iter()
                .find(|module| is_there(&parameter(module, "nested")))
                .map(|module| (*module, is_on(&parameter(module, "nested")))),
            iommu_table: ["DMAR", "IVRS"]
                .iter()
                .any(|table| is_there(&format!("sys/firmware/acpi/tables/{table}"))),
            iommu_groups: entries(&root.join("sys/kernel/iommu_groups")).len(),
            encryption: encryption.into_iter().filter(|(_, is_on)| *is_on).map(|(name, _)| name).collect(),
            controllers: controllers(&text("proc/mounts"), &text("sys/fs/cgroup/cgroup.controllers")),
            tun: device(&root.join("dev/net/tun")),
            vhost_net: device(&root.join("dev/vhost-net")),
            bridge_helper: BRIDGE_HELPERS.iter().map(|path| root.join(path)).find_map(|path| {
                const SET_USER: u32 = 0o4000;
                let metadata = path.metadata().ok()?;
                Some((path, metadata.mode() & SET_USER != 0))
            }),
            bridges: text("etc/qemu/bridge.conf")
                .lines()
                .filter_map(|line| Some(line.trim().strip_prefix("allow ")?.trim().to_owned()))
                .collect(),
            programs: programs.collect(),
            emulators: emulators(root),
            firmware: firmware::below(root),
            ..Self::default()
        }
    }

    /// Whether the processor has this flag.
    pub(super) fn has_flag(&self, name: &str) -> bool {
        self.flags.iter().any(|flag| flag == name)
    }

    /// Whether it is a PC's processor, which tells its abilities by flags.
    pub(super) fn is_x86(&self) -> bool {
        matches!(&*self.architecture, "x86_64" | "i386")
    }
}

/// A file's text, as far as it is wanted; nothing where it cannot be read.
pub(super) fn read(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(file) = fs::File::open(path) {
        // What was read before an error is better than nothing.
        let _ = file.take(LIMIT).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The paths in a directory, in the order of their names; none where it cannot be read.
pub(super) fn entries(directory: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = listed.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Whether an emulator is another one under a second name, as Debian's amd64 is.
fn is_alias(path: &Path) -> bool {
    let target = fs::read_link(path).unwrap_or_default();
    target.file_name().is_some_and(|name| name.to_string_lossy().starts_with(EMULATOR))
}

fn emulators(root: &Path) -> Vec<String> {
    let is_program = |path: &PathBuf| access(path, AccessFlags::X_OK).is_ok() && path.is_file();
    let mut found: Vec<String> = ["usr/local/bin", "usr/bin"]
        .iter()
        .flat_map(|directory| entries(&root.join(directory)))
        .filter(|path| is_program(path) && !is_alias(path))
        .filter_map(|path| Some(path.file_name()?.to_str()?.strip_prefix(EMULATOR)?.to_owned()))
        // What ends in a word more is a part of an emulator, or a front end of one.
        .filter(|name| !name.contains(['-', '.']))
        .collect();
    if OWN_EMULATORS.iter().any(|path| is_program(&root.join(path))) {
        found.push(ARCHITECTURE.to_owned());
    }
    found.sort();
    found.dedup();
    found
}

/// Controllers of version 1 are mounted each by itself; those of version 2 are listed, some under other names, and what
/// has become a part of the whole is not.
fn controllers(mounts: &str, unified: &str) -> Vec<String> {
    let options = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(2);
        let (kind, options) = (fields.next()?, fields.next()?);
        (kind == "cgroup").then_some(options)
    });
    let mut found: Vec<String> = options.flat_map(|options| options.split(',')).map(str::to_owned).collect();
    for name in unified.split_whitespace() {
        found.push(if name == "io" { "blkio".to_owned() } else { name.to_owned() });
        if name == "cpu" {
            found.push("cpuacct".to_owned());
        }
    }
    if !unified.trim().is_empty() {
        found.push("devices".to_owned());
    }
    found
}

fn account() -> Account {
    let uid = geteuid();
    let name = User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name);
    Account { is_root: uid.is_root(), name }
}

/// How a device stands to this user.
fn device(path: &Path) -> Device {
    const GROUP_READS_AND_WRITES: u32 = 0o060;
    let Ok(metadata) = path.metadata() else { return Device::Absent };
    if access(path, AccessFlags::R_OK | AccessFlags::W_OK).is_ok() {
        return Device::Usable;
    }
    let is_open = metadata.mode() & GROUP_READS_AND_WRITES == GROUP_READS_AND_WRITES && metadata.gid() != 0;
    let group = Group::from_gid(Gid::from_raw(metadata.gid())).ok().flatten().filter(|_| is_open);
    let joined = group.as_ref().is_some_and(|group| is_to_be_member(group, geteuid()));
    Device::Refused { group: group.map(|group| group.name), joined }
}

/// Whether a user is a member of a group on paper only: who is made one has to log in again.
fn is_to_be_member(group: &Group, uid: Uid) -> bool {
    let user = User::from_uid(uid).ok().flatten();
    let is_now = getgroups().unwrap_or_default().contains(&group.gid);
    !is_now && user.is_some_and(|user| group.mem.contains(&user.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controllers_of_both_versions_go_by_the_same_names() {
        let mounts =
            "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup /sys/fs/cgroup/cpu cgroup rw,cpu,cpuacct 0 0\n";
        let one = controllers(mounts, "");
        assert!(one.contains(&"cpuacct".to_owned()) && !one.contains(&"devices".to_owned()), "{one:?}");
        assert_eq!(
            controllers("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0", "cpu io\n"),
            ["cpu", "cpuacct", "blkio", "devices"]
        );
        assert!(controllers("cgroup\n\n a b", "").is_empty());
    }
}
