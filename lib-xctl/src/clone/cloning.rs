//! Running a plan: copies, then the definition; undone if anything fails.

use std::collections::BTreeSet;
use std::path::Path;

use hypervisor::flags::{DefineFlags, DestroyFlags, DomainXml, PoolFilter, PoolXml, UndefineFlags};
use hypervisor::{Domain, State};

use super::disks::Copy;
use super::file::Complete;
use super::plan::Plan;
use super::{Cancel, Error, Progress};
use crate::cleanup::{Cleanup, Thing, Work};
use crate::object;

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
        for copy in complete {
            copy.commit(cleanup)?;
        }
        self.refresh_pools();
        let domain = self.define(cleanup)?;
        cleanup.give_up_old(progress);
        Ok(domain)
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
            let definition = pool.xml(PoolXml::NONE).ok().and_then(|xml| object::Pool::parse(&xml).ok());
            let target = definition.and_then(|pool| pool.target());
            if target.is_some_and(|target| directories.contains(Path::new(&target))) {
                // A pool that is busy is refreshed by whoever uses it next.
                let _ = pool.refresh();
            }
        }
    }

    /// Stores the definition, in the place of the guest that makes way for it, which is listed in `cleanup` as such.
    fn define(&self, cleanup: &mut Cleanup) -> Result<Domain, Error> {
        if self.replace {
            self.remove_old(cleanup)?;
        }
        let thing = Thing::Domain {
            uri: self.connection.uri().to_owned(),
            uuid: self.uuid.clone(),
            name: self.name.clone(),
        };
        cleanup.add(thing.clone());
        cleanup.hand_over(&thing);
        self.connection.define_domain(&self.definition, DefineFlags::NONE).map_err(|error| {
            cleanup.keep(&thing);
            error.into()
        })
    }

    /// Removes the guest of the clone's name; its definition is listed in `cleanup` before. Its disks stay.
    fn remove_old(&self, cleanup: &mut Cleanup) -> Result<(), Error> {
        let failed = |reason| Error::Replace { name: self.name.clone(), reason };
        let old = match self.connection.domain_by_name(&self.name) {
            Ok(old) => old,
            Err(error) if error.code.is_missing() => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        let definition = old.xml(DomainXml::SECURE | DomainXml::INACTIVE).map_err(failed)?;
        let off = || match old.destroy(DestroyFlags::NONE) {
            // One that does not run is off, and once it is undefined it is gone.
            Err(_) if !old.is_active().unwrap_or(false) => Ok(()),
            ended => ended,
        };
        if !old.is_persistent().map_err(failed)? {
            return off().map_err(failed);
        }
        cleanup.add(Thing::OldDomain {
            uri: self.connection.uri().to_owned(),
            name: self.name.clone(),
            definition,
            autostart: old.autostart().unwrap_or(false),
        });
        // One with snapshots or a saved state is refused here, and runs on.
        old.undefine(UndefineFlags::KEEP_NVRAM)
            .or_else(|error| {
                // Drivers other than QEMU's know no such file.
                let is_flag = error.code.is_unsupported() || error.code == hypervisor::ErrorCode::INVALID_ARG;
                if is_flag { old.undefine(UndefineFlags::NONE) } else { Err(error) }
            })
            .map_err(failed)?;
        // One that cannot be ended runs on, and will be defined as before.
        off().map_err(failed)
    }
}
