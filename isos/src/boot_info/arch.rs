//! Processor architectures, under the names of osinfo-db.

use std::fmt;
use std::str::FromStr;

/// An architecture that installation media exist for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Arch {
    X86_64,
    I686,
    Aarch64,
    Armv7l,
    Riscv64,
    Ppc64le,
    S390x,
    Loongarch64,
}

/// Each architecture: its name, then what distributions call it too, in file names and labels.
const NAMES: &[(Arch, &[&str])] = &[
    (Arch::X86_64, &["x86_64", "amd64", "x64", "x86-64"]),
    (Arch::I686, &["i686", "i386", "i486", "i586", "x86"]),
    (Arch::Aarch64, &["aarch64", "arm64"]),
    (Arch::Armv7l, &["armv7l", "armhf", "armv7hl", "armv7"]),
    (Arch::Riscv64, &["riscv64"]),
    (Arch::Ppc64le, &["ppc64le", "ppc64el"]),
    (Arch::S390x, &["s390x"]),
    (Arch::Loongarch64, &["loongarch64", "loong64"]),
];

impl Arch {
    /// The name that osinfo-db uses.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(arch, _)| *arch == self)
            .and_then(|(_, names)| names.first())
            .copied()
            .unwrap_or("unknown")
    }

    /// The first architecture named in a path, a label or a line of text.
    pub(crate) fn named_in(text: &str) -> Option<Arch> {
        let text = text.to_ascii_lowercase();
        let named = |name: &str| {
            // openSUSE puts a build number right behind a name; the short ones stand for something else then (x8664).
            let takes_number = name.len() > "x86".len();
            text.match_indices(name).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                let after = text[at + name.len()..].chars().next();
                !before.is_some_and(|c| c.is_ascii_alphanumeric())
                    && !after.is_some_and(|c| c.is_ascii_alphabetic() || c.is_ascii_digit() && !takes_number)
            })
        };
        NAMES.iter().find(|(_, names)| names.iter().any(|name| named(name))).map(|(arch, _)| *arch)
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no known architecture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no known architecture")]
pub struct UnknownArch(String);

impl FromStr for Arch {
    type Err = UnknownArch;

    fn from_str(name: &str) -> Result<Arch, UnknownArch> {
        NAMES
            .iter()
            .find(|(_, names)| names.contains(&name))
            .map(|(arch, _)| *arch)
            .ok_or_else(|| UnknownArch(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_found_in_labels_and_paths_as_a_word() {
        assert_eq!(Arch::named_in("Fedora-S-dvd-x86_64-39"), Some(Arch::X86_64));
        assert_eq!(Arch::named_in("install.a64/vmlinuz"), None);
        assert_eq!(Arch::named_in("Debian 12.5.0 arm64 n"), Some(Arch::Aarch64));
        assert_eq!(Arch::named_in("boot/i386/loader/linux"), Some(Arch::I686));
        assert_eq!(Arch::named_in("linux-x8664"), None);
        assert_eq!("amd64".parse(), Ok(Arch::X86_64));
        assert_eq!(Arch::I686.to_string(), "i686");
    }

    #[test]
    fn a_build_number_may_follow_without_a_gap() {
        assert_eq!(Arch::named_in("openSUSE-Leap-15.2-DVD-x86_64267"), Some(Arch::X86_64));
        assert_eq!(Arch::named_in("SLE-15-SP4-Full-x86_64151.1"), Some(Arch::X86_64));
        assert_eq!(Arch::named_in("openSUSE-Leap-15.2-DVD-aarch64267"), Some(Arch::Aarch64));
        assert_eq!(Arch::named_in("openSUSE-13.2-DVD-i58610"), Some(Arch::I686));
    }
}
