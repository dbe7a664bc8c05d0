//! Running a plan: copies, then the definition; undone if anything fails.

use std::collections::BTreeSet;
use std::path::Path;

use hypervisor::flags::{DefineFlags, DestroyFlags, DomainXml, PoolFilter, PoolXml, UndefineFlags};
use hypervisor::{Domain, State};

use super::disks::Copy;
use super::file::{Aside, Complete};
use super::plan::Plan;
use super::{Cancel, Error, Progress};
use crate::cleanup::{Cleanup, Thing, Work};
use crate::document::Document;

impl Plan {
    /// Copies the disks and stores the definition. If anything fails, or somebody stops it, all that was created is
    /// removed again, and what was removed is said.
    ///
    /// # Errors
    /// Why there is no clone.
    pub fn run(self, progress: &dyn Progress, cancel: &Cancel) -> Result<Domain, Error> {
        let mut cleanup = Cleanup::begin(Work::Clone, progress);
        match self.copy_and_define(&mut cleanup, progress, cancel) {
            Ok(domain) => {
                cleanup.settle();
                Ok(domain)
            }
            Err(error) => {
                cleanup.remove_all(&self.connection).tell(progress);
                Err(error)
            }
        }
    }

    fn copy_and_define(
        &self,
        cleanup: &mut Cleanup,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<Domain, Error> {
        let go_on = || if cancel.is_requested() { Err(Error::Cancelled) } else { Ok(()) };
        let mut complete = Vec::new();
        for copy in &self.copies {
            go_on()?;
            match copy {
                Copy::File(copy) => complete.push(copy.run(cleanup, progress, cancel)?),
                Copy::Volume(copy) => copy.run(&self.connection, cleanup, progress, cancel)?,
                Copy::Overlay(creation) => creation.run(&self.connection, cleanup, progress)?,
            }
        }
        if complete.iter().any(|copy: &Complete<'_>| copy.shares == Some(false)) {
            progress.note("Blocks were copied, as the file system cannot share them");
        }
        go_on()?;
        if let Some(original) = &self.original
            && original.state()?.state != State::Shutoff
        {
            return Err(Error::Started(original.name().to_owned()));
        }
        let mut asides = Vec::new();
        match self.commit(complete, &mut asides, cleanup, progress) {
            Ok(domain) => {
                asides.iter().for_each(|aside| aside.remove(cleanup));
                Ok(domain)
            }
            Err(error) => {
                for aside in &asides {
                    if let Err(error) = aside.restore() {
                        progress.warn(&format!("{}: {error}", aside));
                        cleanup.keep(&aside.thing());
                    }
                }
                Err(error)
            }
        }
    }

    /// Gives the copies their names and stores the definition. Files that were there are put to `asides`.
    fn commit(
        &self,
        complete: Vec<Complete<'_>>,
        asides: &mut Vec<Aside>,
        cleanup: &mut Cleanup,
        progress: &dyn Progress,
    ) -> Result<Domain, Error> {
        for copy in complete {
            asides.extend(copy.commit(cleanup)?);
        }
        self.refresh_pools();
        self.define(cleanup, progress)
    }

    /// libvirt looks at a pool only when it is told to, and then knows the new disks as volumes.
    fn refresh_pools(&self) {
        let directories: BTreeSet<&Path> = self
            .copies
            .iter()
            .filter_map(|copy| match copy {
                Copy::File(copy) => copy.to.parent(),
                _ => None,
            })
            .collect();
        if directories.is_empty() {
            return;
        }
        for pool in self.connection.pools(PoolFilter::ACTIVE).unwrap_or_default() {
            let definition = pool.xml(PoolXml::NONE).ok().and_then(|xml| Document::parse(&xml).ok());
            let target = definition
                .and_then(|pool| pool.get(pool.root(), "target/path").map(|path| path.into_owned()));
            if target.is_some_and(|target| directories.contains(Path::new(target.trim()))) {
                // A pool that is busy is refreshed by whoever uses it next.
                let _ = pool.refresh();
            }
        }
    }

    /// Stores the definition, in the place of the guest that makes way for it. Where that fails, it is back.
    fn define(&self, cleanup: &mut Cleanup, progress: &dyn Progress) -> Result<Domain, Error> {
        let replaced = if self.replace { self.remove_old()? } else { None };
        let thing = Thing::Domain {
            uri: self.connection.uri().to_owned(),
            uuid: self.uuid.clone(),
            name: self.name.clone(),
        };
        cleanup.add(thing.clone());
        cleanup.hand_over();
        self.connection.define_domain(&self.definition, DefineFlags::NONE).map_err(|error| {
            cleanup.keep(&thing);
            if let Some(old) = replaced
                && let Err(error) = old.put_back(&self.connection)
            {
                progress.warn(&format!("'{}' is gone: {error}", self.name));
            }
            error.into()
        })
    }

    /// Removes the guest of the clone's name, and returns its definition. Its disks stay.
    fn remove_old(&self) -> Result<Option<Replaced>, Error> {
        let failed = |reason| Error::Replace { name: self.name.clone(), reason };
        let old = match self.connection.domain_by_name(&self.name) {
            Ok(old) => old,
            Err(error) if error.code.is_missing() => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let definition = old.xml(DomainXml::SECURE | DomainXml::INACTIVE).map_err(failed)?;
        let off = || match old.destroy(DestroyFlags::NONE) {
            // One that does not run is off, and once it is undefined it is gone.
            Err(_) if !old.is_active().unwrap_or(false) => Ok(()),
            ended => ended,
        };
        if !old.is_persistent().map_err(failed)? {
            off().map_err(failed)?;
            return Ok(None);
        }
        let replaced = Replaced { definition, autostart: old.autostart().unwrap_or(false) };
        // One with snapshots or a saved state is refused here, and runs on.
        old.undefine(UndefineFlags::KEEP_NVRAM)
            .or_else(|error| {
                // Drivers other than QEMU's know no such file.
                let is_flag = error.code.is_unsupported() || error.code == hypervisor::ErrorCode::INVALID_ARG;
                if is_flag { old.undefine(UndefineFlags::NONE) } else { Err(error) }
            })
            .map_err(failed)?;
        if let Err(error) = off() {
            // It runs on, and is defined as before.
            replaced.put_back(&self.connection).map_err(failed)?;
            return Err(failed(error));
        }
        Ok(Some(replaced))
    }
}

/// A guest that made way.
struct Replaced {
    definition: String,
    autostart: bool,
}

impl Replaced {
    fn put_back(&self, connection: &hypervisor::Connection) -> hypervisor::Result<()> {
        let guest = connection.define_domain(&self.definition, DefineFlags::NONE)?;
        if self.autostart { guest.set_autostart(true) } else { Ok(()) }
    }
}
