//! Why nothing fitting can be chosen.

use crate::capabilities::Host;
use crate::document;

/// Why nothing fitting can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The host runs no guests of that kind.
    #[error("the host cannot run {wanted} guests\n  hint: it runs {offered}")]
    Unsupported {
        /// What was asked for, e.g. `kvm aarch64`.
        wanted: String,
        /// What the host can run instead.
        offered: String,
    },
    /// A value is none of those that there are, and nearly one of them.
    #[error(
        "--{option}: the host offers no '{value}'; did you mean '{nearest}'?\n  hint: virsh domcapabilities lists what \
         it offers"
    )]
    Misspelt {
        /// The option.
        option: String,
        /// Its value.
        value: String,
        /// The value that was probably meant.
        nearest: String,
    },
    /// UEFI was asked for, and libvirt finds no firmware for it.
    #[error(
        "the host has no UEFI firmware for {arch} guests\n  hint: {}go without --boot uefi",
        package.map(|package| format!("install it ({package}), or ")).unwrap_or_default()
    )]
    NoUefi {
        /// The guest's architecture.
        arch: String,
        /// The package that has it in Debian; none where there is none for this architecture.
        package: Option<&'static str>,
    },
    /// The number of CPUs and their arrangement contradict each other.
    #[error(
        "the guest has {cpus} CPUs, and its topology describes {implied}\n  hint: leave one of the two out"
    )]
    Topology {
        /// What `--vcpus` says.
        cpus: u32,
        /// What sockets, dies, cores and threads make.
        implied: u32,
    },
    /// A place for the state of a TPM of which nothing says what it is.
    #[error(
        "--tpm backend.source.path={path}: backend.source.type has to say whether that is a dir or a file\n  hint: \
         without it libvirt keeps the state elsewhere, and removes the directory that '{path}' lies in with the guest"
    )]
    UnsaidSource {
        /// The place.
        path: String,
    },
    /// A value that XML cannot hold.
    #[error(transparent)]
    Document(#[from] document::Error),
}

impl Error {
    pub(super) fn unsupported(host: &Host, wanted: &[Option<String>]) -> Self {
        let wanted: Vec<&str> = wanted.iter().flatten().map(String::as_str).collect();
        let wanted = if wanted.is_empty() { "any".to_owned() } else { wanted.join(" ") };
        let mut offered: Vec<String> = Vec::new();
        for guest in &host.guests {
            for virt_type in &guest.virt_types {
                let name = format!("{} {} {}", virt_type.name, guest.os_type, guest.name);
                if !offered.contains(&name) {
                    offered.push(name);
                }
            }
        }
        let offered = if offered.is_empty() { "none at all".to_owned() } else { offered.join(", ") };
        Self::Unsupported { wanted, offered }
    }

    pub(super) fn no_uefi(arch: String) -> Self {
        let package = uefi_package(&arch);
        Self::NoUefi { arch, package }
    }
}

/// The package that has UEFI for an architecture in Debian.
pub(super) fn uefi_package(arch: &str) -> Option<&'static str> {
    Some(match arch {
        "x86_64" => "ovmf",
        "i686" => "ovmf-ia32",
        "aarch64" => "qemu-efi-aarch64",
        "armv7l" => "qemu-efi-arm",
        "riscv64" => "qemu-efi-riscv64",
        "loongarch64" => "qemu-efi-loongarch64",
        _ => return None,
    })
}
