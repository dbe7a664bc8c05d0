//! Secrets: the passwords and keys that libvirt keeps.
#![allow(unsafe_code)]

use virt_sys as sys;

use crate::call::{Call, copy_text};
use crate::flags::{SecretDefineFlags, SecretFilter};
use crate::handle::{calls, handle};
use crate::{Connection, Result};

handle! {
    /// A secret; its name is its UUID.
    Secret(virt::secret::Secret), "secret", uuid_string
}

/// Finding and making.
impl Connection {
    /// All secrets that pass the filter, in one call.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn secrets(&self, filter: SecretFilter) -> Result<Vec<Secret>> {
        let found = self.call("list the secrets of").run(|| self.raw().list_all_secrets(filter.0))?;
        found.into_iter().map(|raw| Secret::new(raw, self)).collect()
    }

    /// The secret of this UUID.
    ///
    /// # Errors
    /// `NO_SECRET` where there is none.
    pub fn secret_by_uuid(&self, uuid: &str) -> Result<Secret> {
        let call = Call::new(format!("find secret {uuid} on"), self);
        Secret::new(call.run(|| self.raw().lookup_secret_by_uuid_string(uuid))?, self)
    }

    /// The secret for this use; the kind is libvirt's number (`virSecretUsageType`).
    ///
    /// # Errors
    /// `NO_SECRET` where there is none.
    pub fn secret_by_usage(&self, kind: i32, usage: &str) -> Result<Secret> {
        let call = Call::new(format!("find the secret for '{usage}' on"), self);
        Secret::new(call.run(|| self.raw().lookup_secret_by_usage(kind, usage))?, self)
    }

    /// Keeps a definition, new or changed; the value is set apart.
    ///
    /// # Errors
    /// What libvirt finds wrong with it.
    pub fn define_secret(&self, xml: &str, flags: SecretDefineFlags) -> Result<Secret> {
        Secret::new(self.call("define a secret on").run(|| self.raw().define_secret_xml(xml, flags.0))?, self)
    }
}

calls! { Secret {
    /// Its description, without the value.
    xml() -> String = "describe", xml_desc(0);
    /// What it is for: libvirt's number (`virSecretUsageType`).
    usage_kind() -> u32 = "ask for the use of", usage_type();
    /// Its value.
    value() -> Vec<u8> = "read", value(0);
    /// Sets its value.
    set_value(value: &[u8]) = "set", set_value(value, 0);
    /// Forgets it.
    undefine() = "undefine", undefine();
}}

impl Secret {
    /// The volume, pool or name that it is for.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn usage(&self) -> Result<String> {
        // SAFETY: the handle owns the secret.
        let usage = self
            .call("ask for the use of")
            .pointer(|| unsafe { sys::virSecretGetUsageID(self.raw.as_ptr()).cast_mut() })?;
        // SAFETY: the text is the secret's, which lives as long; `virt` 0.5 frees it.
        Ok(unsafe { copy_text(usage.as_ptr()) })
    }

    /// Its UUID in the usual notation.
    #[must_use]
    pub fn uuid(&self) -> &str {
        &self.name
    }
}
