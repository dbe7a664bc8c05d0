//! The suboptions, and the files that they name.

use std::fmt;

use super::scripts::Error;
use crate::fetch;
use crate::progress::{Cancel, Silent};
use crate::property::{self, Property, TABLE, Table, rows};

/// `--unattended`.
pub static UNATTENDED: Table = Table {
    option: "unattended",
    rows: &[ROWS],
    help: "Answers for an installer that asks nothing",
    ..TABLE
};

const ROWS: &[Property] = rows! {
    "profile": Enum(&["desktop", "jeos"]), "Kind of installation: desktop, or jeos for a small one";
    "admin-password-file": Text, "File whose first line is the password of root or the administrator";
    "user-login": Text, "Name of the user that is made; otherwise that of whoever runs this";
    "user-password-file": Text, "File whose first line is that user's password";
    "product-key": Text, "Product key of Windows";
    "reg-login": Text, "Name of the account that the system is registered with";
};

/// What the user asked for; files are not read yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// `profile=`.
    pub profile: Option<String>,
    /// `admin-password-file=`.
    pub admin_password_file: Option<String>,
    /// `user-login=`.
    pub user_login: Option<String>,
    /// `user-password-file=`.
    pub user_password_file: Option<String>,
    /// `product-key=`.
    pub product_key: Option<String>,
    /// `reg-login=`.
    pub reg_login: Option<String>,
}

/// What the user asked for, with passwords, which [`fmt::Debug`] leaves out.
#[derive(Clone, Default)]
pub struct Answers {
    pub(super) profile: Option<String>,
    pub(super) admin_password: Option<String>,
    pub(super) user_login: Option<String>,
    pub(super) user_password: Option<String>,
    pub(super) product_key: Option<String>,
    pub(super) reg_login: Option<String>,
}

impl Wish {
    /// Reads what was typed after the option; nothing is fine.
    ///
    /// # Errors
    /// A suboption is unknown, given twice, or has a value that cannot be meant.
    pub fn parse(text: &str) -> Result<Wish, property::Error> {
        let options = UNATTENDED.parse(text)?;
        let text = |name: &str| options.get(name).filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(Wish {
            profile: text("profile"),
            admin_password_file: text("admin-password-file"),
            user_login: text("user-login"),
            user_password_file: text("user-password-file"),
            product_key: text("product-key"),
            reg_login: text("reg-login"),
        })
    }

    /// Reads the password files.
    ///
    /// # Errors
    /// One cannot be read.
    pub fn load(&self, cancel: &Cancel) -> Result<Answers, Error> {
        Ok(Answers {
            profile: self.profile.clone(),
            admin_password: first_line("admin-password-file", &self.admin_password_file, cancel)?,
            user_login: self.user_login.clone(),
            user_password: first_line("user-password-file", &self.user_password_file, cancel)?,
            product_key: self.product_key.clone(),
            reg_login: self.reg_login.clone(),
        })
    }
}

impl Answers {
    /// The same with a word for each password.
    pub(crate) fn without_passwords(&self) -> Answers {
        const WORD: &str = "[SCRUBBLED]";
        let hidden = |password: &Option<String>| password.as_ref().map(|_| WORD.to_owned());
        Answers {
            admin_password: hidden(&self.admin_password),
            user_password: hidden(&self.user_password),
            ..self.clone()
        }
    }
}

fn first_line(name: &'static str, file: &Option<String>, cancel: &Cancel) -> Result<Option<String>, Error> {
    let Some(file) = file else { return Ok(None) };
    let bytes = fetch::read_file(file, cancel, &Silent).map_err(|source| Error::Password {
        name,
        file: file.clone(),
        source,
    })?;
    let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8(line.to_vec()).map_err(|_| Error::NoText { name, file: file.clone() })?;
    Ok(Some(line.trim_end_matches('\r').to_owned()))
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("profile", &self.profile).finish_non_exhaustive()
    }
}
