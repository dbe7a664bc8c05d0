//! What the kernel offers, and allows to this user.

use super::mend::Package;
use super::{Answer, Device, Facts, fail, pass, warn};

/// Controllers that libvirt's QEMU driver uses.
const CONTROLLERS: &[&str] = &["cpu", "cpuacct", "cpuset", "memory", "devices", "blkio"];

const BRIDGE_HELPER: Package =
    Package { debian: "qemu-system-common", fedora: "qemu-common", arch: "qemu-base", suse: "qemu-tools" };

pub(super) fn cgroups(facts: &Facts) -> Option<Answer> {
    let is_missing = |name: &&&str| !facts.controllers.iter().any(|controller| controller == **name);
    let missing: Vec<&str> = CONTROLLERS.iter().filter(is_missing).copied().collect();
    if missing.is_empty() {
        return pass(CONTROLLERS.join(", "));
    }
    warn(
        format!("not there: {}", missing.join(", ")),
        "mount /sys/fs/cgroup (systemd does), and see that the kernel was built with them: zgrep CGROUP /proc/config.gz",
    )
}

pub(super) fn tun(facts: &Facts) -> Option<Answer> {
    match facts.tun {
        Device::Absent => fail("it is not there", "sudo modprobe tun"),
        Device::Refused { .. } => pass("there; for guests of the system"),
        Device::Usable => pass("there"),
    }
}

pub(super) fn vhost_net(facts: &Facts) -> Option<Answer> {
    match facts.vhost_net {
        Device::Absent => warn("it is not there", "sudo modprobe vhost_net"),
        Device::Refused { .. } => pass("there; for guests of the system"),
        Device::Usable => pass("there"),
    }
}

/// Root's guests need no help.
pub(super) fn bridge_helper(facts: &Facts) -> Option<Answer> {
    if facts.account.is_root {
        return None;
    }
    let allow = "echo 'allow virbr0' | sudo tee -a /etc/qemu/bridge.conf";
    match &facts.bridge_helper {
        None => warn("qemu-bridge-helper is not there", facts.distribution.install(BRIDGE_HELPER)),
        Some((path, false)) => {
            warn("it has not the right to", format!("sudo chmod u+s {}, then {allow}", path.display()))
        }
        Some((_, true)) if facts.bridges.is_empty() => warn("no bridge is allowed to it", allow),
        Some((_, true)) => pass(format!("for {}", facts.bridges.join(", "))),
    }
}

/// Libvirt raises the limit for what root's daemon starts.
pub(super) fn locked_memory(facts: &Facts) -> Option<Answer> {
    const ENOUGH: u64 = 1 << 30;
    if facts.account.is_root {
        return None;
    }
    match facts.locked_memory {
        None => pass("no limit"),
        Some(bytes) if bytes >= ENOUGH => pass(format!("up to {} MiB", bytes >> 20)),
        Some(bytes) => warn(
            format!("no more than {} KiB: a guest with such a device needs all its memory", bytes >> 10),
            format!(
                "echo '{} - memlock unlimited' | sudo tee /etc/security/limits.d/memlock.conf, then log in again",
                facts.account.name
            ),
        ),
    }
}
