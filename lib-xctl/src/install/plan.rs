//! A request made whole: what will be created, started and stored, before any of it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hypervisor::Connection;
use isos::write::Volume;

use super::boot::{self, Extras, KernelBoot};
use super::boot_files::{BootFiles, Contents, Enclosed};
use super::definition::{self, Draft, Making};
use super::disks::Disks;
use super::image::Image;
use super::inject;
use super::media::{Media, Search};
use super::reinstall;
use super::request::{Missing, Request};
use super::{Cancel, Error, Progress};
use crate::capabilities::Host;
use crate::defaults::{self, Reason};
use crate::document::Document;
use crate::domain::{Disk, Drive};
use crate::osinfo::{Database, Os, Wish};
use crate::progress::Silent;
use crate::rights;
use crate::storage::Creation;
use crate::storage::access::{self, Account};
use crate::unattended::{self, Injection, Scripts, Surroundings};

/// What the image of a cloud-init seed is called, and that of an installer's answers.
const SEED: &str = "cloudinit.iso";
const ANSWERS: &str = "unattended.iso";

/// An install that is ready to be run.
#[derive(Debug)]
pub struct Plan {
    pub(super) connection: Connection,
    pub(super) name: String,
    pub(super) uuid: String,
    /// The definition of the first boot; none if the guest boots as it always will.
    pub(super) install: Option<String>,
    /// That boot installs, and the guest is started again after it.
    pub(super) installs: bool,
    /// The definition that stays.
    pub(super) lasting: String,
    pub(super) creations: Vec<Creation>,
    /// What the first of them is made of.
    pub(super) image: Option<Image>,
    pub(super) files: Option<BootFiles>,
    pub(super) contents: Contents,
    /// The guest was there before, and its definition is not this plan's to store or to remove.
    pub(super) reinstalls: bool,
    pub(super) transient: bool,
    pub(super) autostart: bool,
    pub(super) no_reboot: bool,
    /// Rights that guests lack on the way to their disks.
    pub(super) missing_rights: Vec<String>,
    scripts: Vec<(String, String)>,
    os: Option<Arc<Os>>,
    reasons: Vec<Reason>,
}

impl Plan {
    /// Looks at the media, the host and the OS database, and fills in all that the request leaves open. Nothing is
    /// created, on the host or elsewhere.
    ///
    /// # Errors
    /// The request lacks something or cannot work; the error says what to change.
    pub fn new(
        connection: &Connection,
        request: &Request,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<Plan, Error> {
        Plan::made(connection, request, progress, cancel, false)
    }

    /// The plan; where the guest `is_there` already, of what it would be made again.
    pub(super) fn made(
        connection: &Connection,
        request: &Request,
        progress: &dyn Progress,
        cancel: &Cancel,
        is_there: bool,
    ) -> Result<Plan, Error> {
        definition::check_options(request)?;
        let reached = defaults::Connection::from_uri(connection.uri());
        let injections = inject::check(&request.initrd_inject)?;
        let host = Host::parse(&connection.capabilities()?)?.without_broken_kvm(connection.uri());
        let database = Database::load();
        let wish = request.osinfo.as_deref().map(Wish::parse).transpose()?.unwrap_or_default();
        let named = wish.named(&database)?;
        let extra_args = request.extra_args.join(" ");
        let search = Search {
            database: &database,
            arch: request.arch.as_deref(),
            extra_args: &extra_args,
            remote: reached.remote,
            // A script depends on the medium, too.
            detect: wish.detect || request.unattended.is_some(),
            cancel,
        };
        let mut media = match &request.method {
            Some(method) => Media::open(method, &search)?,
            None => Media::default(),
        };
        if request.live && media.cdrom.is_some() {
            (media.live, media.installs) = (true, false);
        }
        let stored =
            request.reinstall.as_ref().map(|name| reinstall::stored(connection, name)).transpose()?;
        if stored.is_some() && request.method.is_none() {
            return Err(Error::Missing(vec![Missing::Method]));
        }
        let os = match (&media.detected, named) {
            (Some(detected), _) if detected.exact && wish.detect => Some(detected.os.clone()),
            (_, Some(named)) => Some(named),
            (Some(_), None) if !wish.detect => None,
            (Some(detected), None) => {
                let name = detected.os.short_id();
                progress.warn(&format!(
                    "Using --osinfo {name}, as the OS database does not know its successor yet."
                ));
                Some(detected.os.clone())
            }
            (None, None) => stored.as_ref().and_then(|definition| reinstall::os_of(definition, &database)),
        };
        let injection = request.unattended.as_ref().map(|_| how_answered(&media)).transpose()?;
        let os = match injection {
            Some(_) => os.map(|os| unattended::with_drivers(os, request.arch.as_deref())),
            None => os,
        };
        let image = match injection {
            Some(Injection::Cdrom) => Some(ANSWERS),
            _ => request.cloud_init.as_ref().map(|_| SEED),
        };
        let files = BootFiles::choose(connection, media.kernel.as_ref(), image)?;
        let making = Making {
            connection,
            host: &host,
            request,
            media: &media,
            image: files.as_ref().and_then(|files| files.image.as_deref()),
            os: os.clone(),
            progress,
        };
        let draft = match stored.clone() {
            Some(definition) => making.with_medium(definition)?,
            None => making.whole(&wish)?,
        };
        let missing_rights = missing_rights(&reached, &host, &draft.document);
        for missing in &missing_rights {
            progress.note(missing);
        }
        let Draft { document, disks, reasons } = draft;
        if media.image.is_some() && !is_there && !begins_with_new_disk(&document, &disks) {
            return Err(Error::NoDiskForImage);
        }
        let text = |place: &str| document.get(document.root(), place).unwrap_or_default().into_owned();
        let mut scripts = Scripts::default();
        let mut shown = Vec::new();
        if let (Some(answers), Some(injection)) = (&request.unattended, injection) {
            let around = Surroundings {
                database: &database,
                os: os.as_deref().ok_or(unattended::Error::NoSystem)?,
                media: media.detected.as_ref(),
                url: media.url.as_deref(),
                arch: &text("os/type/@arch"),
                guest: &text("name"),
                injection,
            };
            scripts = Scripts::of(answers, &around, progress)?;
            // Without their passwords, for whoever looks for a fault.
            shown = Scripts::of(&answers.without_passwords(), &around, &Silent)?.texts();
        }
        let path = |path: &PathBuf| path.to_string_lossy().into_owned();
        let kernel_boot = media.kernel.as_ref().zip(files.as_ref()).and_then(|(kernel, files)| {
            Some(KernelBoot {
                kernel: path(files.kernel.as_ref()?),
                initrd: files.initrd.as_ref().map(path),
                arguments: arguments(&kernel.arguments, &extra_args, &scripts.arguments),
            })
        });
        let extras = Extras { image: image.is_some(), seeded: image == Some(SEED) };
        let install = boot::install(&document, &media, kernel_boot.as_ref(), extras)?;
        // Windows comes back to its medium after its first boot.
        let keeps_medium = media.live || os.as_ref().is_some_and(|os| os.is_windows());
        let lasting = match &stored {
            Some(definition) => definition.clone(),
            None => boot::lasting(&document, &media, &disks, keeps_medium)?,
        };
        let mut injections = injections;
        let image = match (injection, &request.cloud_init) {
            (Some(Injection::Cdrom), _) => {
                let mut volume = Volume::new("unattended")?;
                for (name, content) in scripts.files {
                    volume.add(&name, content)?;
                }
                let arch = text("os/type/@arch");
                let downloads = os.as_deref().map(|os| unattended::drivers(os, &arch)).unwrap_or_default();
                Some(Enclosed { name: ANSWERS, volume, downloads })
            }
            (_, seed) => {
                let made = scripts.files.into_iter();
                injections.extend(made.map(|(name, content)| inject::Injection::made(name, content)));
                let volume = seed.as_ref().map(|seed| seed.volume(&text("uuid"))).transpose()?;
                volume.map(|volume| Enclosed { name: SEED, volume, downloads: Vec::new() })
            }
        };
        Ok(Plan {
            connection: connection.clone(),
            name: text("name"),
            uuid: text("uuid"),
            install: install.map(|domain| domain.to_string()),
            installs: media.installs,
            lasting: lasting.to_string(),
            creations: disks.creations,
            image: media.image,
            scripts: shown,
            files,
            contents: Contents { kernel: media.kernel, injections, image },
            reinstalls: stored.is_some(),
            transient: request.transient,
            autostart: request.autostart,
            no_reboot: request.no_reboot,
            missing_rights,
            os,
            reasons,
        })
    }

    /// The guest's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The disks that are created for it.
    #[must_use]
    pub fn creations(&self) -> &[Creation] {
        &self.creations
    }

    /// The system that it will hold, if it is known.
    #[must_use]
    pub fn os(&self) -> Option<&Os> {
        self.os.as_deref()
    }

    /// The definitions in the order in which they are used: that of the first boot, if it has one of its own, and the one
    /// that stays, unless the guest is transient.
    #[must_use]
    pub fn steps(&self) -> Vec<&str> {
        let lasting = Some(self.lasting.as_str()).filter(|_| !self.transient || self.install.is_none());
        self.install.as_deref().into_iter().chain(lasting).collect()
    }

    /// Whether there is a boot that installs, after which the guest is started again.
    #[must_use]
    pub fn has_install_boot(&self) -> bool {
        self.installs
    }

    /// The files that answer the installer's questions, each with its name, and with something else for passwords.
    #[must_use]
    pub fn scripts(&self) -> &[(String, String)] {
        &self.scripts
    }

    /// What was chosen for the user, and why.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }
}

impl Making<'_> {
    /// The definition of a new guest; what is missing for it, and its system, are named at once.
    fn whole(&self, wish: &Wish) -> Result<Draft, Error> {
        // Containers and paravirtualized guests have no devices that a system could lack drivers for.
        let depends = self.choice().is_none_or(|choice| choice.guest.os_type == "hvm");
        let lacks = self.os.is_none() && wish.require && depends;
        let draft = match self.draft() {
            Err(Error::Missing(mut missing)) if lacks => {
                missing.push(Missing::Os);
                return Err(Error::Missing(missing));
            }
            Ok(_) if lacks => return Err(Error::Missing(vec![Missing::Os])),
            draft => draft?,
        };
        if depends && self.os.as_ref().is_none_or(|os| os.is_generic()) {
            self.progress.warn(
                "Using --osinfo generic, VM performance may suffer. Specify an accurate OS for optimal results.",
            );
        }
        Ok(draft)
    }
}

/// Whether the guest's first disk is the first that is created.
fn begins_with_new_disk(definition: &Document, disks: &Disks) -> bool {
    let first = Disk::all(definition).find(|disk| disk.device() == Drive::Disk);
    let created = disks.creations.first().map(|new| new.pool.target.join(&new.name));
    first.and_then(|disk| disk.path()).zip(created).is_some_and(|(path, new)| new == Path::new(&path))
}

/// How an installer that boots from there gets its answers.
fn how_answered(media: &Media) -> Result<Injection, unattended::Error> {
    match (&media.kernel, &media.cdrom) {
        (Some(_), _) => Ok(Injection::Initrd),
        (None, Some(_)) => Ok(Injection::Cdrom),
        (None, None) => Err(unattended::Error::NoInstaller),
    }
}

/// The arguments of the installer's kernel: the user's, those that it needs, and what points to the answers. A tree
/// that the answers name is not named twice.
fn arguments(needed: &str, extra: &str, answers: &str) -> String {
    let key = |word: &str| word.split_once('=').map(|(key, _)| key.to_owned());
    let named: Vec<String> = answers.split(' ').filter_map(key).collect();
    let needed = needed.split(' ').filter(|word| key(word).is_none_or(|key| !named.contains(&key)));
    // What the user says comes first, as with the peer.
    let words: Vec<&str> =
        std::iter::once(extra).chain(needed).chain([answers]).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Disks that the guest cannot get at, with what gives it the right: guests of the system run as a user of their own.
fn missing_rights(reached: &defaults::Connection, host: &Host, definition: &Document) -> Vec<String> {
    if reached.driver != "qemu" || reached.remote {
        return Vec::new();
    }
    let account = Account::of_guests(&host.capabilities);
    let missing = |disk: Disk<'_>| {
        let path = disk.path()?;
        let path = Path::new(&path);
        if reached.runs_as_user() {
            rights::missing(path, disk.is_read_only()).map(|(what, mend)| format!("{what}\n  hint: {mend}"))
        } else {
            access::missing(path, account.as_ref()?).map(|missing| missing.to_string())
        }
    };
    Disk::all(definition).filter_map(missing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_of_the_user_come_before_what_is_needed_and_answers_last() {
        assert_eq!(
            arguments("inst.repo=http://h/", "ks=foo", "inst.ks=file:/ks"),
            "ks=foo inst.repo=http://h/ inst.ks=file:/ks"
        );
        assert_eq!(arguments("inst.repo=http://h/", "", "inst.repo=http://i/"), "inst.repo=http://i/");
    }
}
