//! What is taken from the host and its user where the command line does not say: language, time zone, names.

use std::path::Path;

/// What the database takes where the host says nothing.
const LANGUAGE: &str = "en_US";
const TIME_ZONE: &str = "America/New_York";

/// The user's language, as `de_DE`.
pub(super) fn language() -> String {
    language_of(|name| std::env::var(name).ok())
}

fn language_of(variable: impl Fn(&str) -> Option<String>) -> String {
    let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set).unwrap_or_default();
    let language = locale.split(['.', '@']).next().unwrap_or_default();
    match language {
        "" | "C" | "POSIX" => LANGUAGE.to_owned(),
        language => language.to_owned(),
    }
}

/// The host's time zone, as `Europe/Berlin`.
pub(super) fn time_zone() -> String {
    zone_of(Path::new("/etc/localtime")).unwrap_or_else(|| TIME_ZONE.to_owned())
}

fn zone_of(link: &Path) -> Option<String> {
    let target = std::fs::canonicalize(link).ok()?;
    Some(target.to_str()?.split_once("zoneinfo/")?.1.to_owned())
}

/// Login and full name of whoever runs this; root is no user for a guest.
pub(super) fn user() -> Option<(String, String)> {
    let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).ok()??;
    (user.name != "root").then(|| (user.name.clone(), user.gecos.to_string_lossy().into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_lose_what_is_not_language() {
        for (name, value, language) in [
            ("LANG", "de_DE.UTF-8", "de_DE"),
            ("LC_ALL", "ca_ES@valencia", "ca_ES"),
            ("LANG", "C.UTF-8", "en_US"),
            ("LANG", "", "en_US"),
        ] {
            assert_eq!(language_of(|asked| (asked == name).then(|| value.to_owned())), language);
        }
    }
}
