//! Whether the system's hypervisor can get at a file: guests of `qemu:///system` run as a user of their own.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::{Uid, User};

use crate::document::Document;

/// Who guests run as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub uid: u32,
    /// The number of its group.
    pub gid: u32,
}

/// Rights that are missing on the way to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The file.
    pub path: PathBuf,
    /// Who lacks them.
    pub account: String,
    /// Directories that the account may not enter.
    pub directories: Vec<PathBuf>,
}

impl Account {
    /// Reads a label of libvirt's capabilities, e.g. `+64055:+109`.
    #[must_use]
    pub fn from_label(label: &str) -> Option<Account> {
        let (uid, gid) = label.trim().split_once(':')?;
        let number = |text: &str| text.trim_start_matches('+').parse().ok();
        Some(Account { uid: number(uid)?, gid: number(gid)? })
    }

    /// Who guests of the system's daemon run as, by the host's capabilities; none where they do not tell.
    #[must_use]
    pub fn of_guests(capabilities: &Document) -> Option<Account> {
        let host = capabilities.child(capabilities.root(), "host")?;
        capabilities
            .children_named(host, "secmodel")
            .filter(|&model| capabilities.get(model, "model").is_some_and(|name| name == "dac"))
            .find_map(|model| Account::from_label(&capabilities.get(model, "baselabel[@type='kvm']")?))
    }

    fn name(&self) -> String {
        match User::from_uid(Uid::from_raw(self.uid)) {
            Ok(Some(user)) => user.name,
            _ => self.uid.to_string(),
        }
    }
}

/// The directories on the way to `path` that `account` may not enter; `None` if there are none. What lies in a
/// directory that this program itself cannot look at is not known, and not listed.
#[must_use]
pub fn missing(path: &Path, account: &Account) -> Option<Missing> {
    if account.uid == 0 {
        return None;
    }
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let directories: Vec<PathBuf> = path
        .ancestors()
        .skip(1)
        .filter(|directory| !may_enter(directory, account))
        .map(Path::to_owned)
        .collect();
    let directories: Vec<PathBuf> = directories.into_iter().rev().collect();
    (!directories.is_empty()).then(|| Missing { path, account: account.name(), directories })
}

fn may_enter(directory: &Path, account: &Account) -> bool {
    let Ok(metadata) = directory.metadata() else { return true };
    let bits = if metadata.uid() == account.uid {
        metadata.mode() >> 6
    } else if metadata.gid() == account.gid {
        metadata.mode() >> 3
    } else {
        metadata.mode()
    };
    bits & 1 != 0 || list_grants(directory, account)
}

/// Whether an access control list names the account and lets it in: `struct posix_acl_xattr_entry` of Linux, entries
/// of tag (0x02 user, 0x08 group), permissions and id, little-endian, behind a version of 4 bytes.
fn list_grants(directory: &Path, account: &Account) -> bool {
    let Some(list) = read_list(directory) else { return false };
    list.get(4..).unwrap_or_default().chunks_exact(8).any(|entry| {
        let number = |at: usize| u16::from_le_bytes([entry[at], entry[at + 1]]);
        let id = u32::from_le_bytes([entry[4], entry[5], entry[6], entry[7]]);
        let is_meant = match number(0) {
            0x02 => id == account.uid,
            0x08 => id == account.gid,
            _ => false,
        };
        is_meant && number(2) & 1 != 0
    })
}

fn read_list(directory: &Path) -> Option<Vec<u8>> {
    let mut list = vec![0; 4096];
    let length = rustix::fs::getxattr(directory, "system.posix_acl_access", &mut list[..]).ok()?;
    list.truncate(length);
    Some(list)
}

impl Missing {
    /// What is missing.
    #[must_use]
    pub fn said(&self) -> String {
        let directories: Vec<String> =
            self.directories.iter().map(|directory| directory.display().to_string()).collect();
        format!(
            "{} may not be accessible by the hypervisor: the user '{}' needs search permission for {}",
            self.path.display(),
            self.account,
            directories.join(", ")
        )
    }

    /// The commands that give it.
    #[must_use]
    pub fn commands(&self) -> String {
        let command =
            |directory: &PathBuf| format!("setfacl -m u:{}:x '{}'", self.account, directory.display());
        self.directories.iter().map(command).collect::<Vec<_>>().join(" && ")
    }
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n  hint: {}", self.said(), self.commands())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    #[test]
    fn a_closed_directory_is_named_with_the_command_that_opens_it() {
        let home = tempfile::tempdir().unwrap();
        let image = home.path().join("a.img");
        std::fs::write(&image, "").unwrap();
        let hypervisor = Account { uid: 64055, gid: 64055 };
        let set =
            |mode| std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        set(0o700);
        let found = missing(&image, &hypervisor).unwrap();
        assert_eq!(found.directories, [home.path().canonicalize().unwrap()]);
        let text = found.to_string();
        assert!(
            text.contains("hint: setfacl -m u:64055:x '")
                || text.contains("hint: setfacl -m u:libvirt-qemu:x"),
            "{text}"
        );
        assert_eq!(missing(&image, &Account { uid: 0, gid: 0 }), None);
        // The hint has to work.
        let argument = format!("u:{}:x", hypervisor.uid);
        if Command::new("setfacl")
            .args(["-m", &argument])
            .arg(home.path())
            .status()
            .is_ok_and(|s| s.success())
        {
            assert_eq!(missing(&image, &hypervisor), None);
        }
        set(0o711);
        assert_eq!(missing(&image, &hypervisor), None);
    }

    #[test]
    fn labels_of_the_capabilities_are_read() {
        assert_eq!(Account::from_label("+64055:+109"), Some(Account { uid: 64055, gid: 109 }));
        assert_eq!(Account::from_label("system_u:object_r"), None);
    }
}
