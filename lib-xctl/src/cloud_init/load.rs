//! Reading what the suboptions name: files of this host, pipes among them, and addresses.

use super::password;
use super::seed::{Password, Seed};
use super::wish::Wish;
use crate::fetch;
use crate::progress::{Cancel, Progress};

/// Why a seed cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or an address cannot be read.
    #[error("--cloud-init {name}={}: {source}", fetch::without_password(text))]
    Read {
        /// The suboption.
        name: &'static str,
        /// What it names.
        text: String,
        /// The reason.
        source: fetch::Error,
    },
    /// What was read is not what it should be.
    #[error("--cloud-init {name}={}: {why}", fetch::without_password(text))]
    Content {
        /// The suboption.
        name: &'static str,
        /// What it names.
        text: String,
        /// What is wrong with it, and the next step.
        why: &'static str,
    },
    /// The system gives no random numbers.
    #[error("cannot make up a password: {0}")]
    Random(std::io::Error),
    /// The user stopped it.
    #[error("Installation aborted at user request")]
    Cancelled,
}

impl Wish {
    /// Reads all that is named, and makes up the password if one is wanted. Each file is read once, so that a pipe does.
    ///
    /// # Errors
    /// Something cannot be read, or is not what it should be.
    pub fn load(&self, progress: &dyn Progress, cancel: &Cancel) -> Result<Seed, Error> {
        let reading = Reading { progress, cancel };
        let hidden = self.hidden_by_user_data();
        let own_user_data = reading.all("user-data", &self.user_data)?;
        if own_user_data.is_some() && !hidden.is_empty() {
            progress.warn(&format!("--cloud-init user-data= stands in for {}", hidden.join(", ")));
        }
        let mut seed = Seed {
            user_data: own_user_data,
            meta_data: reading.all("meta-data", &self.meta_data)?,
            network_config: reading.all("network-config", &self.network_config)?,
            ..Seed::default()
        };
        if seed.user_data.is_some() {
            return Ok(seed);
        }
        seed.password = match reading.line("root-password-file", &self.password_file)? {
            Some(line) => Some(Password::Given(line)),
            None if self.generate_password => {
                Some(Password::Generated(password::generate().map_err(Error::Random)?))
            }
            None => None,
        };
        // The peer lets the first login choose another one whenever both are given.
        seed.expires = self.generate_password;
        seed.root_key = reading.key("root-ssh-key", &self.root_key)?;
        seed.user_key = reading.key("clouduser-ssh-key", &self.user_key)?;
        seed.disables = self.disable;
        Ok(seed)
    }
}

struct Reading<'a> {
    progress: &'a dyn Progress,
    cancel: &'a Cancel,
}

impl Reading<'_> {
    /// All of it.
    fn all(&self, name: &'static str, named: &Option<String>) -> Result<Option<Vec<u8>>, Error> {
        let Some(text) = named else { return Ok(None) };
        let read = fetch::read_file(text, self.cancel, self.progress);
        read.map(Some).map_err(|source| match source.is_cancelled() {
            true => Error::Cancelled,
            false => Error::Read { name, text: text.clone(), source },
        })
    }

    /// The first line, with its blanks but without its end.
    fn line(&self, name: &'static str, named: &Option<String>) -> Result<Option<String>, Error> {
        let (Some(bytes), Some(text)) = (self.all(name, named)?, named) else { return Ok(None) };
        let refuse = |why| Error::Content { name, text: text.clone(), why };
        let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default().to_vec();
        let line = String::from_utf8(line).map_err(|_| refuse("its first line is no UTF-8"))?;
        let line = line.trim_end_matches('\r').to_owned();
        if line.is_empty() {
            return Err(refuse("its first line is empty"));
        }
        if line.chars().any(|c| c.is_control() && c != '\t') {
            return Err(refuse("its first line has control characters"));
        }
        Ok(Some(line))
    }

    fn key(&self, name: &'static str, named: &Option<String>) -> Result<Option<String>, Error> {
        let Some(line) = self.line(name, named)? else { return Ok(None) };
        let text = || named.clone().unwrap_or_default();
        if line.contains("PRIVATE KEY") {
            let why = "this is a private key, which is nobody else's business\n  hint: the public one is in the file whose name ends with .pub";
            return Err(Error::Content { name, text: text(), why });
        }
        if line.split_whitespace().count() < 2 {
            let why = "this is no public SSH key: it has a type and the key, as 'ssh-ed25519 AAAA…'";
            return Err(Error::Content { name, text: text(), why });
        }
        Ok(Some(line))
    }
}
