//! From answers to what an installer is handed.

use std::fmt;

use super::answers::Answers;
use super::host;
use crate::document::{self, Document};
use crate::fetch;
use crate::osinfo::{Database, Detected, InstallScript, Os, device};
use crate::progress::Progress;
use crate::xslt;

/// Why a system cannot be installed unattended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A password file cannot be read.
    #[error("--unattended {name}={}: {source}", fetch::without_password(file))]
    Password {
        /// The suboption.
        name: &'static str,
        /// The file.
        file: String,
        /// The reason.
        source: fetch::Error,
    },
    /// A password file holds something else.
    #[error("--unattended {name}={}: its first line is no UTF-8", fetch::without_password(file))]
    NoText {
        /// The suboption.
        name: &'static str,
        /// The file.
        file: String,
    },
    /// Nothing that asks questions is booted.
    #[error(
        "--unattended answers the questions of an installer, and none is booted\n  hint: --location or --cdrom names one"
    )]
    NoInstaller,
    /// The system is not known.
    #[error(
        "--unattended depends on the operating system, which is not known\n  hint: name it with --osinfo"
    )]
    NoSystem,
    /// The database has no script for the system.
    #[error("OS '{0}' does not support unattended installation.")]
    NoScript(String),
    /// The medium, a live one for example, takes no script.
    #[error("OS '{0}' media does not support unattended installation")]
    NoScriptOnMedium(String),
    /// There is no such profile.
    #[error(
        "OS '{os}' does not support unattended installation for the '{profile}' profile. Available profiles: {}",
        .available.join(", ")
    )]
    Profile {
        /// The system.
        os: String,
        /// What was asked for.
        profile: String,
        /// What there is.
        available: Vec<String>,
    },
    /// The script cannot be handed over as this installation would.
    #[error("OS '{os}' does not support required injection method '{method}'")]
    Method {
        /// The system.
        os: String,
        /// How it would be handed over.
        method: &'static str,
    },
    /// The system does not take this name for a user.
    #[error("{os} cannot use '{login}' as user-login.")]
    Login {
        /// The system.
        os: String,
        /// The name.
        login: String,
    },
    /// The script needs an answer that is not there.
    #[error("{os} requires the {what} to be set.\n  hint: --unattended {option}=")]
    Required {
        /// The system.
        os: String,
        /// What is missing.
        what: &'static str,
        /// The suboption that gives it.
        option: &'static str,
    },
    /// The script uses what is not understood here.
    #[error("cannot use install script '{id}' of the OS database: {source}")]
    Template {
        /// The script.
        id: String,
        /// What is wrong with it.
        source: xslt::Error,
    },
    /// A value cannot be written as XML.
    #[error(transparent)]
    Document(#[from] document::Error),
}

/// How the installer gets its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Injection {
    /// In the root of its initial RAM disk.
    Initrd,
    /// On a CD-ROM.
    Cdrom,
}

impl Injection {
    fn name(self) -> &'static str {
        match self {
            Injection::Initrd => "initrd",
            Injection::Cdrom => "cdrom",
        }
    }
}

/// What the answers depend on beside themselves.
pub(crate) struct Surroundings<'a> {
    pub(crate) database: &'a Database,
    pub(crate) os: &'a Os,
    /// What the medium or tree was found to hold.
    pub(crate) media: Option<&'a Detected>,
    /// Address of the tree, where it is on a server.
    pub(crate) url: Option<&'a str>,
    pub(crate) arch: &'a str,
    /// The guest's name.
    pub(crate) guest: &'a str,
    pub(crate) injection: Injection,
}

/// What an installer is handed. It holds passwords, which [`fmt::Debug`] leaves out.
#[derive(Clone, Default)]
pub(crate) struct Scripts {
    /// Files, by the names under which it looks for them.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// Arguments of its kernel.
    pub(crate) arguments: String,
}

impl fmt::Debug for Scripts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.files.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Scripts").field("files", &names).field("arguments", &self.arguments).finish()
    }
}

impl Scripts {
    /// Makes them.
    pub(crate) fn of(
        answers: &Answers,
        around: &Surroundings<'_>,
        progress: &dyn Progress,
    ) -> Result<Scripts, Error> {
        let mut made = Scripts::default();
        let mut arguments = Vec::new();
        for script in choose(answers, around, progress)? {
            let failed = |source| Error::Template { id: script.id.clone(), source };
            let values = values("install-script-config", &script, answers, around)?;
            if let Some(text) = script.render(&values).map_err(failed)? {
                made.files.push((script.file.clone(), text.into_bytes()));
            }
            let values = self::values("command-line", &script, answers, around)?;
            arguments.extend(script.render(&values).map_err(failed)?);
        }
        made.arguments = arguments.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(made)
    }
}

impl Scripts {
    /// The files as text.
    pub(crate) fn texts(self) -> Vec<(String, String)> {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        self.files.into_iter().map(|(name, bytes)| (name, text(bytes))).collect()
    }
}

/// The scripts of the profile that is wanted; Windows has several.
fn choose(
    answers: &Answers,
    around: &Surroundings<'_>,
    progress: &dyn Progress,
) -> Result<Vec<InstallScript>, Error> {
    let name = || around.os.short_id().to_owned();
    let on_medium = around.media.filter(|media| media.url.is_none());
    if on_medium.is_some_and(|media| !media.scripted) {
        return Err(Error::NoScriptOnMedium(name()));
    }
    let own = on_medium.map(|media| media.scripts.as_slice()).filter(|scripts| !scripts.is_empty());
    let ids = own.unwrap_or(&around.os.installer_scripts);
    let scripts: Vec<InstallScript> =
        ids.iter().filter_map(|id| around.database.install_script(id)).collect();
    let mut profiles: Vec<String> = scripts.iter().map(|script| script.profile.clone()).collect();
    profiles.sort();
    profiles.dedup();
    let usual = profiles.iter().find(|profile| *profile == "desktop").or(profiles.first());
    let Some(usual) = usual else { return Err(Error::NoScript(name())) };
    let wanted = match &answers.profile {
        Some(profile) if profiles.contains(profile) => profile,
        Some(profile) => {
            return Err(Error::Profile { os: name(), profile: profile.clone(), available: profiles });
        }
        None => {
            progress.warn(&format!("Using unattended profile '{usual}'"));
            usual
        }
    };
    let scripts: Vec<_> = scripts.into_iter().filter(|script| script.profile == *wanted).collect();
    let method = around.injection.name();
    match scripts.iter().all(|script| script.takes(method)) {
        true => Ok(scripts),
        false => Err(Error::Method { os: name(), method }),
    }
}

/// The document that a template looks everything up in.
fn values(
    root: &str,
    script: &InstallScript,
    answers: &Answers,
    around: &Surroundings<'_>,
) -> Result<Document, Error> {
    let os = around.os;
    let mut document = Document::new(root);
    let mut add = |group: &str, name: &str, value: &str| -> Result<(), Error> {
        let root = document.root();
        let group = document.ensure(root, group)?;
        let element = document.insert_child(group, name);
        Ok(document.set_text(element, value)?)
    };
    let source = if around.media.is_some_and(|media| media.url.is_none()) { "media" } else { "network" };
    add("script", "id", &script.id)?;
    add("script", "profile", &script.profile)?;
    add("script", "expected-filename", &script.file)?;
    add("script", "preferred-injection-method", around.injection.name())?;
    add("script", "installation-source", source)?;
    add("os", "id", &os.id)?;
    add("os", "short-id", os.short_id())?;
    add("os", "name", &os.name)?;
    for (name, value) in [("version", &os.version), ("distro", &os.distro), ("family", &os.family)] {
        if let Some(value) = value {
            add("os", name, value)?;
        }
    }
    if let Some(media) = around.media {
        match &media.url {
            Some(url) => add("tree", "url", url)?,
            None => {
                for variant in &media.variants {
                    add("media", "variant", variant)?;
                }
            }
        }
    }
    for (name, value) in config(script, answers, around)? {
        let mapped = script.map(name).and_then(|map| around.database.mapped(&map, &value));
        add("config", name, &mapped.unwrap_or(value))?;
    }
    Ok(document)
}

/// What is asked of the user and the host.
fn config(
    script: &InstallScript,
    answers: &Answers,
    around: &Surroundings<'_>,
) -> Result<Vec<(&'static str, String)>, Error> {
    let os = around.os;
    let mut config = Vec::new();
    let user = answers.user_login.clone().map(|login| (login.clone(), login)).or_else(host::user);
    if let Some((login, name)) = user {
        let login = login.to_lowercase();
        if login == "root" {
            return Err(Error::Login { os: os.name.clone(), login });
        }
        config.push(("user-login", login));
        config.push(("user-realname", name));
    }
    let passwords = [
        ("user-password", "user-password-file", &answers.user_password),
        ("admin-password", "admin-password-file", &answers.admin_password),
    ];
    for (what, option, password) in passwords {
        let password = password.clone().unwrap_or_default();
        if password.is_empty() && script.requires(what) {
            return Err(Error::Required { os: os.name.clone(), what, option });
        }
        config.push((what, password));
    }
    let disk = match (os.is_windows(), os.supports(device::VIRTIO_BLOCK)) {
        (true, _) => "C",
        (false, true) => "/dev/vda",
        (false, false) => "/dev/sda",
    };
    config.push(("target-disk", disk.to_owned()));
    config.push(("hardware-arch", around.arch.to_owned()));
    // What installers refuse in the name of a computer.
    let refused = |c: char| "[{|}~\\]^':; <=>?@!\"#$%`()+/.,*&".contains(c);
    config.push(("hostname", around.guest.replace(refused, "-")));
    config.push(("l10n-timezone", host::time_zone()));
    config.push(("l10n-language", host::language()));
    config.push(("l10n-keyboard", host::language()));
    let others = [
        ("installation-url", around.url.map(str::to_owned)),
        ("reg-login", answers.reg_login.clone()),
        ("reg-product-key", answers.product_key.clone()),
    ];
    config.extend(others.into_iter().filter_map(|(name, value)| Some((name, value?))));
    Ok(config)
}
