//! A request made whole: what will be copied and defined, before any of it is.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use hypervisor::{Connection, Domain};

use super::disks::{Copy, Disks};
use super::file::{FileCopy, Onto};
use super::request::Request;
use super::stored::Stored;
use super::{Error, card, definition, linked, names, original};
use crate::cleanup::quoted;
use crate::defaults;
use crate::document::Document;
use crate::progress::Progress;
use crate::storage::Creation;

/// A clone that is ready to be made.
#[derive(Debug)]
pub struct Plan {
    pub(super) connection: Connection,
    /// The original, where it is a guest of the connection.
    pub(super) original: Option<Domain>,
    pub(super) name: String,
    pub(super) uuid: String,
    pub(super) definition: String,
    pub(super) copies: Vec<Copy>,
    pub(super) replace: bool,
}

impl Plan {
    /// Looks at the original, its disks and the host, and chooses all that the request leaves open. Nothing is created.
    ///
    /// # Errors
    /// The request lacks something or cannot work; the error says what to change.
    pub fn new(connection: &Connection, request: &Request, progress: &dyn Progress) -> Result<Plan, Error> {
        if request.files.is_empty() && !request.auto {
            return Err(Error::NoFiles);
        }
        let wanted = request.original.as_ref().ok_or(Error::NoOriginal)?;
        let (mut document, domain) = original::find(connection, wanted, progress)?;
        if definition::screens(&mut document)? {
            progress.warn("Setting the graphics device port to autoport, in order to avoid conflicting.");
        }
        let root = document.root();
        let original = document.get(root, "name").unwrap_or_default().trim().to_owned();
        let is_taken = |name: &str| connection.domain_by_name(name).is_ok();
        let name = match &request.name {
            Some(name) => name.clone(),
            None if request.auto => names::guest(&original, is_taken),
            None => return Err(Error::NoName),
        };
        definition::addresses(&mut document, connection, request, progress)?;
        if request.replace && name == original && domain.is_some() {
            return Err(Error::ReplacesOriginal(name));
        }
        if !request.replace && is_taken(&name) {
            return Err(Error::NameTaken(name));
        }
        let uuid = uuid(connection, request, &name)?;
        if request.linked
            && let Some(domain) = &domain
        {
            linked::must_not_start(connection, domain)?;
        }
        let mut disks = Disks::new(connection, request, &original, &name, progress)?;
        let new = disks.decide(&document)?;
        definition::name(&mut document, &name, &uuid)?;
        // Asked of libvirt only where a port has a file.
        let named = OnceCell::new();
        let replaced = Some(name.as_str()).filter(|_| request.replace);
        definition::ports(&mut document, &original, &name, |path| {
            named.get_or_init(|| definition::paths_of_guests(connection, replaced)).contains(path)
                || disks.exists(path)
        })?;
        for disk in &new {
            definition::disk(&mut document, disk)?;
        }
        let nvram = variables(&mut document, connection, request, &name, progress)?;
        let mut copies = disks.copies;
        copies.extend(nvram.map(Copy::File));
        if document.find(root, "devices/tpm/backend[@type='emulator']").is_some() {
            progress.warn(
                "The clone's TPM begins empty: what the original sealed with its own, such as the key of an encrypted \
                 disk, needs its recovery key once.",
            );
        }
        let ports = card::forwarded(&document);
        if !ports.is_empty() {
            progress.warn(&format!(
                "'{name}' has the same ports of the host forwarded to it as '{original}' ({}): while one of them runs, \
                 the other does not start\n  hint: virsh --connect {} edit {} gives the clone others",
                ports.join(", "),
                quoted(connection.uri()),
                quoted(&name)
            ));
        }
        linked::warn_of_links(&copies, &original, &name, progress);
        let definition = document.to_string();
        let replace = request.replace;
        Ok(Plan { connection: connection.clone(), original: domain, name, uuid, definition, copies, replace })
    }

    /// The clone's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The clone's definition.
    #[must_use]
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// Volumes that libvirt makes for it.
    pub fn creations(&self) -> impl Iterator<Item = &Creation> {
        self.copies.iter().filter_map(|copy| match copy {
            Copy::File(_) => None,
            Copy::Volume(copy) => Some(&copy.creation),
            Copy::Overlay(creation) => Some(creation),
        })
    }

    /// Files that are copied for it without libvirt.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.copies.iter().filter_map(|copy| match copy {
            Copy::File(copy) => Some(copy.to.as_path()),
            Copy::Volume(_) | Copy::Overlay(_) => None,
        })
    }

    /// What is copied, a line each.
    #[must_use]
    pub fn copies(&self) -> Vec<String> {
        self.copies.iter().map(ToString::to_string).collect()
    }
}

impl std::fmt::Display for Copy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Copy::File(copy) => write!(f, "{} is copied to {}", copy.from.display(), copy.to.display()),
            Copy::Volume(copy) => write!(
                f,
                "{} is copied by libvirt to volume '{}' in pool '{}'",
                copy.source, copy.creation.name, copy.creation.pool.name
            ),
            Copy::Overlay(creation) => {
                let below = creation.backing.as_ref().map(|backing| backing.path.display().to_string());
                let path = creation.pool.target.join(&creation.name);
                write!(f, "{} is laid over {}", path.display(), below.unwrap_or_default())
            }
        }
    }
}

/// The UUID that the user wants, or a random one.
fn uuid(connection: &Connection, request: &Request, name: &str) -> Result<String, Error> {
    let Some(text) = &request.uuid else { return Ok(uuid::Uuid::new_v4().to_string()) };
    let is_plain = text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let uuid = uuid::Uuid::parse_str(text).ok().filter(|_| is_plain).ok_or(Error::Uuid(text.clone()))?;
    let uuid = uuid.to_string();
    match connection.domain_by_uuid(&uuid) {
        Ok(other) if !(request.replace && other.name() == name) => {
            Err(Error::UuidTaken { uuid, guest: other.name().to_owned() })
        }
        _ => Ok(uuid),
    }
}

/// The firmware's variables: the clone gets a copy of its own.
fn variables(
    document: &mut Document,
    connection: &Connection,
    request: &Request,
    clone: &str,
    progress: &dyn Progress,
) -> Result<Option<FileCopy>, Error> {
    let root = document.root();
    // libvirt writes the path as text, or, since 8.5, as the source of a typed element.
    let is_typed = document.find(root, "os/nvram/source").is_some();
    let place = if is_typed { "os/nvram/source/@file" } else { "os/nvram" };
    let Some(old) = document.get(root, place).map(|path| PathBuf::from(path.trim())) else { return Ok(None) };
    if !old.is_absolute() {
        return Ok(None);
    }
    let new = match &request.nvram {
        Some(path) => crate::path::absolute(path)
            .map_err(|error| Error::Path { path: path.display().to_string(), why: error.to_string() })?,
        None => old.with_file_name(format!("{}_VARS.fd", clone.replace('/', "_"))),
    };
    document.set(root, place, &new.to_string_lossy())?;
    if old == new {
        return Err(Error::Path {
            path: new.display().to_string(),
            why: "the original keeps its firmware's variables there".to_owned(),
        });
    }
    let is_local = !defaults::Connection::from_uri(connection.uri()).remote;
    if request.preserve || !is_local {
        return Ok(None);
    }
    if new.symlink_metadata().is_ok() {
        progress.warn(&format!("'{}' is there already, and is used as it is", new.display()));
        return Ok(None);
    }
    match Stored::at(connection, is_local, &old.to_string_lossy()) {
        Stored::Local(_) if new.parent().is_some_and(Path::is_dir) => {
            // The few bytes may lie on a file system that shares no blocks, whatever the disks' can.
            let (whole, reflink) = (request.whole, false);
            Ok(Some(FileCopy { from: old, to: new, onto: Onto::Nothing, whole, reflink }))
        }
        Stored::Local(_) => Err(Error::Path {
            path: new.display().to_string(),
            why: "its directory does not exist".to_owned(),
        }),
        // A guest that was never started has none yet; libvirt makes them.
        _ if old.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) => {
            Ok(None)
        }
        _ => {
            progress.warn(&format!(
                "the firmware's variables in '{}' cannot be read; the clone begins with new ones",
                old.display()
            ));
            Ok(None)
        }
    }
}
