//! The suboptions.

use std::path::PathBuf;

use crate::property::{self, Property, TABLE, Table, rows};

/// `--cloud-init`.
pub static CLOUD_INIT: Table = Table {
    option: "cloud-init",
    rows: &[ROWS],
    help: "What a cloud image is told on its first boot",
    ..TABLE
};

/// What the option stands for without suboptions.
pub const DEFAULT: &str = "root-password-generate=yes,disable=yes";

const ROWS: &[Property] = rows! {
    "root-password-generate": YesNo, "Make up a password for root, show it, and have it changed at the first login";
    "root-password-file": Text, "Password of root: the first line of a file, as /dev/fd/3, or of what an address gives";
    "disable": YesNo, "Whether cloud-init is switched off after this boot";
    "root-ssh-key" | "ssh-key": Text, "Public SSH key that lets in as root: a file or an address";
    "clouduser-ssh-key": Text, "Public SSH key that lets in as the image's usual user: a file or an address";
    "user-data": Text, "File or address of cloud-init's user-data, which stands in for all of the above";
    "meta-data": Text, "File or address of cloud-init's meta-data";
    "network-config": Text, "File or address of cloud-init's network configuration";
};

/// What the user asked for. Files and addresses are as they were typed, and not read yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// `root-password-generate=`.
    pub generate_password: bool,
    /// `root-password-file=`.
    pub password_file: Option<String>,
    /// `disable=`.
    pub disable: bool,
    /// `root-ssh-key=`.
    pub root_key: Option<String>,
    /// `clouduser-ssh-key=`.
    pub user_key: Option<String>,
    /// `user-data=`.
    pub user_data: Option<String>,
    /// `meta-data=`.
    pub meta_data: Option<String>,
    /// `network-config=`.
    pub network_config: Option<String>,
}

impl Wish {
    /// Reads what was typed after the option.
    ///
    /// # Errors
    /// A suboption is unknown, given twice, or has a value that cannot be meant.
    pub fn parse(text: &str) -> Result<Wish, property::Error> {
        let options = CLOUD_INIT.parse(text)?;
        let text = |name: &str| options.get(name).filter(|text| !text.is_empty()).map(str::to_owned);
        let is_on = |name: &str| options.is_on(name) == Some(true);
        Ok(Wish {
            generate_password: is_on("root-password-generate"),
            password_file: text("root-password-file"),
            disable: is_on("disable"),
            root_key: text("root-ssh-key"),
            user_key: text("clouduser-ssh-key"),
            user_data: text("user-data"),
            meta_data: text("meta-data"),
            network_config: text("network-config"),
        })
    }

    /// What lets the user into a guest that is made of an image, where nothing is said: the user's own key, or a password
    /// of root where there is none.
    #[must_use]
    pub fn of_user() -> Wish {
        const KEYS: [&str; 3] = ["id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub"];
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let keys = home.into_iter().flat_map(|home| KEYS.map(|name| home.join(".ssh").join(name)));
        match keys.into_iter().find(|key| key.is_file()) {
            Some(key) => Wish { user_key: Some(key.to_string_lossy().into_owned()), ..Wish::default() },
            None => Wish { generate_password: true, disable: true, ..Wish::default() },
        }
    }

    /// Suboptions that say nothing beside `user-data=`.
    pub(super) fn hidden_by_user_data(&self) -> Vec<&'static str> {
        let given = [
            ("root-password-generate", self.generate_password),
            ("root-password-file", self.password_file.is_some()),
            ("disable", self.disable),
            ("root-ssh-key", self.root_key.is_some()),
            ("clouduser-ssh-key", self.user_key.is_some()),
        ];
        given.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect()
    }
}
