//! The disks of a guest that is off, copied.

use std::path::{Path, PathBuf};

use hypervisor::{Connection, Domain};

use super::Error;
use super::image::{Header, convert, private};
use super::making::Source;
use super::manifest::{self, Kept};
use crate::cleanup::{Cleanup, Thing};
use crate::progress::{Cancel, Progress};

/// Copies each disk whole.
pub(super) fn copy(
    domain: &Domain,
    sources: &[Source],
    part: &Path,
    cleanup: &mut Cleanup,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Vec<Kept>, Error> {
    let mut kept = Vec::new();
    for source in sources {
        let from = file(domain.connection(), source)?;
        let to = part.join(manifest::image(&source.target));
        cleanup.add(Thing::File(to.clone()));
        private(&to)?;
        let size = domain.block_info(&source.target).map_or(0, |info| info.capacity.0);
        let what = format!("Backing up {}", source.target);
        convert((&from, &source.format), (&to, "qcow2"), (&what, size), progress, cancel)?;
        kept.push(source.kept(Header::read(&to)?.size, &to, None)?);
    }
    if domain.is_active()? {
        return Err(Error::Started(domain.name().to_owned()));
    }
    Ok(kept)
}

/// The file or device that a disk is in.
fn file(connection: &Connection, source: &Source) -> Result<PathBuf, Error> {
    if let Some((pool, volume)) = &source.volume {
        return Ok(connection.pool_by_name(pool)?.volume_by_name(volume)?.path()?.into());
    }
    match &source.path {
        Some(path) if ["file", "block"].contains(&source.kind.as_str()) => Ok(path.into()),
        _ => Err(Error::NoFile { target: source.target.clone(), kind: source.kind.clone() }),
    }
}
