//! What can stand in a guest's way, a check each.

use std::path::{Path, PathBuf};

use hypervisor::ErrorCode;

use super::{Obstacle, Subject};
use crate::cleanup::quoted;
use crate::domain::{Disk, Nic};
use crate::storage::Usage;
use crate::storage::access::{self, Account};
use crate::storage::layers;

/// Looks for one kind of obstacle.
type Check = fn(&Subject<'_>, &mut Vec<Obstacle>);

/// All of them, in the order in which they are told.
pub(super) const CHECKS: &[Check] =
    &[acceleration, memory, boot_files, disks, sharing, volumes, secrets, networks];

/// Files of the definition beside its disks, each with what it is called.
const BOOT_FILES: &[(&str, &str)] = &[
    ("devices/emulator", "emulator"),
    ("os/loader", "firmware"),
    ("os/nvram/@template", "template of the firmware's variables"),
    ("os/kernel", "kernel"),
    ("os/initrd", "initial RAM disk"),
    ("os/dtb", "device tree"),
];

/// `type='kvm'` needs hardware virtualization, which libvirt lists as a type of domain where it works.
fn acceleration(subject: &Subject<'_>, found: &mut Vec<Obstacle>) {
    let guest = subject.guest();
    if guest.virt_type().as_deref() != Some("kvm") {
        return;
    }
    let Some(capabilities) = &subject.capabilities else { return };
    let root = capabilities.root();
    let offers = capabilities.children_named(root, "guest").any(|guest| {
        let Some(arch) = capabilities.child(guest, "arch") else { return false };
        capabilities
            .children_named(arch, "domain")
            .any(|domain| capabilities.attr(domain, "type").as_deref() == Some("kvm"))
    });
    if !offers {
        found.push(Obstacle {
            what: "it wants KVM, and this host has no hardware virtualization that works (/dev/kvm)".into(),
            mend: format!("{}, or emulate it: <domain type='qemu'>", subject.virsh(&["edit", subject.name])),
        });
    }
}

fn memory(subject: &Subject<'_>, found: &mut Vec<Obstacle>) {
    let (Some(wanted), Ok(host)) = (subject.guest().memory(), subject.connection.node_info()) else { return };
    let has = host.memory.0;
    if wanted > has {
        found.push(Obstacle {
            what: format!("it wants {} MiB of memory, and the host has {} MiB", wanted >> 10, has >> 10),
            mend: subject.virsh(&["setmaxmem", subject.name, &format!("{}M", has >> 11), "--config"]),
        });
    }
}

/// Files that a guest starts from that are not there, or that it may not read.
fn boot_files(subject: &Subject<'_>, found: &mut Vec<Obstacle>) {
    if subject.place.remote {
        return;
    }
    for (place, name) in BOOT_FILES {
        let Some(path) = subject.document.get(subject.document.root(), place) else { continue };
        let file = Path::new(&*path);
        if !file.is_absolute() {
            continue;
        }
        if is_absent(file) {
            found.push(Obstacle {
                what: format!("the {name} '{path}' is not there"),
                mend: subject.virsh(&["edit", subject.name]),
            });
        } else if let Some((what, mend)) = refused(subject, file, true) {
            found.push(Obstacle { what: format!("the {name}: {what}"), mend });
        }
    }
}

/// Images and devices of disks that are not there, or that the guest may not use.
fn disks(subject: &Subject<'_>, found: &mut Vec<Obstacle>) {
    if subject.place.remote {
        return;
    }
    for element in subject.guest().devices("disk") {
        let disk = Disk::new(subject.document, element);
        let (Some(path), "file" | "block") = (disk.path(), disk.kind().as_str()) else { continue };
        let target = disk.target().unwrap_or_default();
        let file = Path::new(&path);
        // Libvirt starts a guest without a medium that it may do without.
        let is_optional = subject.document.get(element, "source/@startupPolicy").is_some();
        if is_absent(file) {
            if is_optional {
                continue;
            }
            let mend = if disk.is_removable() {
                subject.virsh(&["change-media", subject.name, &target, "--eject", "--config"])
            } else {
                format!(
                    "put the file there, or take the disk away: {}",
                    subject.virsh(&["detach-disk", subject.name, &target, "--config"])
                )
            };
            found.push(Obstacle {
                what: format!("the disk '{target}' needs '{path}', which is not there"),
                mend,
            });
        } else if let Some((what, mend)) = refused(subject, file, disk.is_read_only()) {
            found.push(Obstacle { what: format!("the disk '{target}': {what}"), mend });
        } else {
            let layers = layers::of_disk(subject.connection, true, subject.document, element);
            found.extend(below(subject, &target, &layers));
        }
    }
}

/// The first image below a disk's that is not there, or that the guest may not read.
fn below(subject: &Subject<'_>, target: &str, layers: &[PathBuf]) -> Option<Obstacle> {
    layers.windows(2).find_map(|pair| {
        let (image, base) = (pair[0].display(), pair[1].display());
        if is_absent(&pair[1]) {
            return Some(Obstacle {
                what: format!("the disk '{target}': '{image}' is laid over '{base}', which is not there"),
                mend: format!(
                    "put the file there, or, if it only has another place now: qemu-img rebase -u -b FILE -F FORMAT {}",
                    quoted(&image.to_string())
                ),
            });
        }
        let (what, mend) = refused(subject, &pair[1], true)?;
        Some(Obstacle {
            what: format!("the disk '{target}': '{image}' is laid over '{base}', and {what}"),
            mend,
        })
    })
}

/// The right that is missing, and the command that gives it.
fn refused(subject: &Subject<'_>, file: &Path, read_only: bool) -> Option<(String, String)> {
    if !subject.place.runs_as_user() {
        let account = Account::of_guests(subject.capabilities.as_ref()?)?;
        let missing = access::missing(file, &account)?;
        return Some((missing.said(), missing.commands()));
    }
    crate::rights::missing(file, read_only)
}

/// A disk that a running guest has for itself.
fn sharing(subject: &Subject<'_>, found: &mut Vec<Obstacle>) {
    let Ok(usage) = Usage::of(subject.connection) else { return };
    for element in subject.guest().devices("disk") {
        let disk = Disk::new(subject.document, element);
        let Some(path) = disk.path() else { continue };
        let sharing = disk.is_shareable() || disk.is_read_only();
        for other in usage.running_with(Path::new(&path), sharing) {
            if other != subject.name {
                found.push(Obstacle {
                    what: format!("the guest '{other}' runs with '{path}'"),
                    mend: subject.virsh(&["shutdown", other]),
                });
            }
        }
    }
}

/// Volumes whose pool is not up, or that are not in it.
fn volumes(subject: &Subject<'_>, found: &mut Vec<Obstacle>) {
    for element in subject.guest().devices("disk") {
        let disk = Disk::new(subject.document, element);
        let Some((pool, volume)) = disk.volume() else { continue };
        let obstacle = match subject.connection.pool_by_name(&pool) {
            Err(error) if error.code == ErrorCode::NO_STORAGE_POOL => {
                (format!("there is no storage pool '{pool}'"), subject.virsh(&["pool-list", "--all"]))
            }
            Err(_) => continue,
            Ok(found) if !found.is_active().unwrap_or(true) => {
                (format!("the storage pool '{pool}' is not active"), subject.virsh(&["pool-start", &pool]))
            }
            Ok(found) => match found.volume_by_name(&volume) {
                Err(error) if error.code == ErrorCode::NO_STORAGE_VOL => (
                    format!("there is no volume '{volume}' in the storage pool '{pool}'"),
                    format!(
                        "{}; {}",
                        subject.virsh(&["pool-refresh", &pool]),
                        subject.virsh(&["vol-list", &pool])
                    ),
                ),
                _ => continue,
            },
        };
        found.push(Obstacle { what: obstacle.0, mend: obstacle.1 });
    }
}

/// Where a disk names the secret that opens it.
const SECRETS: &[&str] =
    &["encryption/secret", "source/encryption/secret", "auth/secret", "source/auth/secret"];

/// Secrets that are not there, or that nobody gave a value.
fn secrets(subject: &Subject<'_>, found: &mut Vec<Obstacle>) {
    for element in subject.guest().devices("disk") {
        let target = Disk::new(subject.document, element).target().unwrap_or_default();
        let named =
            SECRETS.iter().filter_map(|place| subject.document.get(element, &format!("{place}/@uuid")));
        for uuid in named {
            let uuid: &str = &uuid;
            let set = subject.virsh(&["secret-set-value", uuid, "--interactive"]);
            let (lacks, mend) = match subject.connection.secret_by_uuid(uuid).map(|secret| secret.value()) {
                Err(error) if error.code == ErrorCode::NO_SECRET => {
                    ("is not there", format!("{}; {set}", subject.virsh(&["secret-define", "FILE"])))
                }
                // A private one tells its value to nobody but the driver; that is another error.
                Ok(Err(error)) if error.code == ErrorCode::NO_SECRET => ("has no value", set),
                _ => continue,
            };
            found.push(Obstacle {
                what: format!("the disk '{target}' needs the secret {uuid}, which {lacks}"),
                mend,
            });
        }
    }
}

/// Networks and bridges that are not up.
fn networks(subject: &Subject<'_>, found: &mut Vec<Obstacle>) {
    for element in subject.guest().devices("interface") {
        let nic = Nic::new(subject.document, element);
        let Some(name) = nic.source() else { continue };
        let obstacle = match nic.kind().as_deref() {
            Some("network") => match subject.connection.network_by_name(&name) {
                Err(error) if error.code == ErrorCode::NO_NETWORK => {
                    (format!("there is no network '{name}'"), subject.virsh(&["net-list", "--all"]))
                }
                Ok(network) if !network.is_active().unwrap_or(true) => {
                    (format!("the network '{name}' is not active"), subject.virsh(&["net-start", &name]))
                }
                _ => continue,
            },
            Some("bridge")
                if !subject.place.remote && is_absent(&Path::new("/sys/class/net").join(&name)) =>
            {
                (
                    format!("the host has no bridge '{name}'"),
                    format!("sudo ip link add {name} type bridge && sudo ip link set {name} up"),
                )
            }
            _ => continue,
        };
        found.push(Obstacle { what: obstacle.0, mend: obstacle.1 });
    }
}

/// Whether nothing is there; what this user may not look at may well be.
fn is_absent(path: &Path) -> bool {
    path.metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}
