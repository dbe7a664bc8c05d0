//! How packages are installed on this host.

/// Whose package manager a host has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Distribution {
    /// Debian, Ubuntu and theirs.
    Debian,
    /// Fedora, Red Hat's and theirs.
    Fedora,
    /// Arch Linux and theirs.
    Arch,
    /// openSUSE and SUSE's.
    Suse,
    /// None that is known.
    #[default]
    Other,
}

/// A package by its name in each of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Package {
    pub(super) debian: &'static str,
    pub(super) fedora: &'static str,
    pub(super) arch: &'static str,
    pub(super) suse: &'static str,
}

impl Package {
    /// One that goes by the same name everywhere.
    pub(super) const fn named(name: &'static str) -> Self {
        Self { debian: name, fedora: name, arch: name, suse: name }
    }
}

/// What os-release(5) calls them.
const NAMES: &[(&str, Distribution)] = &[
    ("debian", Distribution::Debian),
    ("ubuntu", Distribution::Debian),
    ("fedora", Distribution::Fedora),
    ("rhel", Distribution::Fedora),
    ("centos", Distribution::Fedora),
    ("arch", Distribution::Arch),
    ("suse", Distribution::Suse),
    ("opensuse", Distribution::Suse),
];

impl Distribution {
    /// Reads os-release(5): the system's own name counts before those that it is like.
    pub(super) fn from_release(text: &str) -> Self {
        let values = |key: &str| -> Vec<String> {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().trim_matches(['"', '\'']).split(' ').map(str::to_owned).collect()
        };
        let names = [values("ID"), values("ID_LIKE")].concat();
        let known = names.iter().find_map(|name| NAMES.iter().find(|(known, _)| known == name));
        known.map_or(Self::Other, |(_, distribution)| *distribution)
    }

    /// The command that installs a package.
    pub(super) fn install(self, package: Package) -> String {
        match self {
            Self::Debian => format!("sudo apt install {}", package.debian),
            Self::Fedora => format!("sudo dnf install {}", package.fedora),
            Self::Arch => format!("sudo pacman -S {}", package.arch),
            Self::Suse => format!("sudo zypper install {}", package.suse),
            Self::Other => format!("install the package {}", package.debian),
        }
    }

    /// How the kernel gets another argument.
    pub(super) fn kernel_argument(self, argument: &str) -> String {
        match self {
            Self::Fedora => format!("sudo grubby --update-kernel=ALL --args={argument}, then reboot"),
            _ => {
                let command =
                    if self == Self::Debian { "update-grub" } else { "grub-mkconfig -o /boot/grub/grub.cfg" };
                format!(
                    "add {argument} to GRUB_CMDLINE_LINUX in /etc/default/grub, sudo {command}, then reboot"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_is_known_by_its_name_or_what_it_is_like() {
        for (text, expected) in [
            ("NAME=x\nID=debian\n", Distribution::Debian),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", Distribution::Fedora),
            ("ID=\"opensuse-leap\"\nID_LIKE='suse opensuse'", Distribution::Suse),
            ("ID_LIKE=arch", Distribution::Arch),
            ("", Distribution::Other),
        ] {
            assert_eq!(Distribution::from_release(text), expected, "{text:?}");
        }
    }
}
