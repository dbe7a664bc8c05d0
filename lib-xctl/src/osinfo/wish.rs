//! What `--osinfo` asks for.

use std::sync::Arc;

use super::database::Database;
use super::os::Os;
use crate::property::{self, Property, TABLE, Table, rows};

/// `--osinfo`.
pub static OSINFO: Table = Table {
    option: "osinfo",
    aliases: &["os-variant"],
    first: &["name"],
    rows: &[ROWS],
    none: true,
    help: "Operating system that is installed; 'list' lists all",
    ..TABLE
};

const ROWS: &[Property] = rows! {
    "name" | "short-id": Text, "Short name, as debian11";
    "id": Text, "Id in the OS database, as http://debian.org/debian/11";
    "detect": OnOff, "Look at the installation medium";
    "require": OnOff, "Fail if no system is named or detected";
};

/// Switches off that a system has to be named or detected, for scripts that are older than that rule.
pub const NOT_REQUIRED: &str = "VIRTINSTALL_OSINFO_DISABLE_REQUIRE";

/// Why a system could not be looked up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The option's text is wrong.
    #[error(transparent)]
    Option(#[from] property::Error),
    /// The database has no such system.
    #[error("the OS database has no system '{name}'{}", hint(.nearest, *.empty))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Names like it, the likeliest first.
        nearest: Vec<String>,
        /// There is no database at all.
        empty: bool,
    },
}

fn hint(nearest: &[String], empty: bool) -> String {
    match nearest {
        _ if empty => "\n  hint: install the package osinfo-db, or go without: --osinfo generic".to_owned(),
        [] => "\n  hint: --osinfo list names all of them; --osinfo generic fits any".to_owned(),
        names => format!("\n  hint: nearest are {}; --osinfo list names all", names.join(", ")),
    }
}

/// Which system is meant, and what to do to find out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Short name or id, if one was given.
    pub name: Option<String>,
    /// Look at the installation medium first; the name is what is taken if that tells nothing.
    pub detect: bool,
    /// Fail if there is no system in the end.
    pub require: bool,
}

impl Default for Wish {
    /// What an installation does when nothing is said: look at the medium, and insist.
    fn default() -> Self {
        let require = std::env::var_os(NOT_REQUIRED).is_none_or(|value| value.is_empty() || value == "0");
        Self { name: None, detect: true, require }
    }
}

impl Wish {
    /// Reads the text of `--osinfo`: a name, an id, `auto`, `none`, or suboptions.
    ///
    /// # Errors
    /// [`Error::Option`] for unknown suboptions and values that are neither on nor off.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match text {
            "" | "auto" => return Ok(Self::default()),
            "none" => return Ok(Self { name: None, detect: false, require: false }),
            // An id holds no comma, but '=' may stand in it.
            id if id.contains("://") && !id.starts_with("id=") && !id.contains(',') => {
                return Ok(Self { name: Some(id.to_owned()), detect: false, require: false });
            }
            _ => {}
        }
        let options = OSINFO.parse(text)?;
        let name = options.get("id").or_else(|| options.get("name")).map(str::to_owned);
        let detect = options.is_on("detect").unwrap_or(false);
        // Without a name, what is to be detected is insisted on as usual.
        let require = options.is_on("require").unwrap_or(name.is_none() && Self::default().require);
        Ok(Self { name, detect, require })
    }

    /// The system that is named, if one is.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest names.
    pub fn named(&self, database: &Database) -> Result<Option<Arc<Os>>, Error> {
        let Some(name) = &self.name else { return Ok(None) };
        match database.find(name) {
            Some(os) => Ok(Some(os)),
            None => Err(Error::Unknown {
                name: name.clone(),
                nearest: database.nearest(name),
                empty: database.is_empty(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_virt_install_reads() {
        let wish =
            |name: Option<&str>, detect, require| Wish { name: name.map(str::to_owned), detect, require };
        for (text, expected) in [
            ("debian11", wish(Some("debian11"), false, false)),
            ("http://debian.org/debian/11", wish(Some("http://debian.org/debian/11"), false, false)),
            ("id=http://debian.org/debian/11", wish(Some("http://debian.org/debian/11"), false, false)),
            ("short-id=debian11,require=on", wish(Some("debian11"), false, true)),
            ("detect=on", wish(None, true, true)),
            ("detect=on,require=off", wish(None, true, false)),
            ("detect=on,name=win11", wish(Some("win11"), true, false)),
            ("auto", wish(None, true, true)),
            ("none", wish(None, false, false)),
        ] {
            assert_eq!(Wish::parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn names_what_is_wrong() {
        let text = |wish: &str| Wish::parse(wish).unwrap_err().to_string();
        assert!(text("detekt=on").contains("did you mean 'detect'?"), "{}", text("detekt=on"));
        assert!(text("detect=maybe").contains("detect=maybe"), "{}", text("detect=maybe"));
        assert!(text("detect=on,detect=off").contains("twice"));
    }
}
