//! The seed: the files that cloud-init finds, and the volume that they are on.

use std::fmt;

use isos::write::{self, Volume};

use super::yaml::quoted;

/// The label by which NoCloud knows its volume.
const LABEL: &str = "cidata";
/// Where the user is told who switched cloud-init off.
const DISABLE: &str = r#"echo "Disabled by virt-install" > /etc/cloud/cloud-init.disabled"#;

/// What a guest is told on its first boot, ready to be handed over. It holds secrets, which [`fmt::Debug`] leaves out.
#[derive(Clone, Default)]
pub struct Seed {
    /// The user's own, which stands in for all below.
    pub(super) user_data: Option<Vec<u8>>,
    pub(super) meta_data: Option<Vec<u8>>,
    pub(super) network_config: Option<Vec<u8>>,
    pub(super) password: Option<Password>,
    /// The password has to be changed at the first login.
    pub(super) expires: bool,
    pub(super) root_key: Option<String>,
    pub(super) user_key: Option<String>,
    pub(super) disables: bool,
}

/// root's password.
#[derive(Clone)]
pub(super) enum Password {
    Given(String),
    Generated(String),
}

impl Seed {
    /// The password that was made up, which the user has to be shown.
    #[must_use]
    pub fn generated_password(&self) -> Option<&str> {
        match &self.password {
            Some(Password::Generated(password)) => Some(password),
            Some(Password::Given(_)) | None => None,
        }
    }

    /// The volume. `instance` tells cloud-init that this is another guest than the one that an image may have been
    /// before; the guest's UUID does.
    pub(crate) fn volume(&self, instance: &str) -> Result<Volume, write::Error> {
        let mut volume = Volume::new(LABEL)?;
        let meta_data = || format!("instance-id: {}\n", quoted(instance)).into_bytes();
        volume.add("meta-data", self.meta_data.clone().unwrap_or_else(meta_data))?;
        volume
            .add("user-data", self.user_data.clone().unwrap_or_else(|| self.cloud_config().into_bytes()))?;
        if let Some(config) = &self.network_config {
            volume.add("network-config", config.clone())?;
        }
        Ok(volume)
    }

    /// user-data in the form that describes what is wanted.
    pub(super) fn cloud_config(&self) -> String {
        let mut text = String::from("#cloud-config\n");
        if let Some(Password::Given(password) | Password::Generated(password)) = &self.password {
            // Lines of user and password: cloud-init takes a hash for a hash, and all else as it is.
            let line = quoted(&format!("root:{password}\n"));
            text.push_str(&format!("chpasswd:\n  list: {line}\n  expire: {}\n", self.expires));
        }
        let users = [("root", &self.root_key), ("default", &self.user_key)];
        let users: Vec<_> = users.iter().filter_map(|(name, key)| Some((name, key.as_ref()?))).collect();
        if !users.is_empty() {
            text.push_str("users:\n");
        }
        for (name, key) in users {
            text.push_str(&format!("  - name: {name}\n    ssh_authorized_keys:\n      - {}\n", quoted(key)));
        }
        if self.disables {
            text.push_str(&format!("runcmd:\n  - {}\n", quoted(DISABLE)));
        }
        text
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seed").field("has_password", &self.password.is_some()).finish_non_exhaustive()
    }
}
