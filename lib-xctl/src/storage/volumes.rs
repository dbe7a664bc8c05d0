//! The volumes that a domain's disks are stored in, for whoever removes or copies a domain with them.

use hypervisor::{Connection, Volume};

use crate::document::{self, Document, Element};

/// A disk of a domain, and the volume that it is stored in.
#[derive(Debug)]
pub struct Stored {
    /// What the domain calls the disk: `vda`.
    pub target: String,
    /// The path, or the volume's name in its pool.
    pub source: String,
    /// The volume; libvirt does not know one for every path.
    pub volume: Result<Volume, Unmanaged>,
}

/// Why a disk has no volume.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unmanaged {
    /// The pool that the disk names is not there.
    #[error("Storage pool '{pool}' for volume '{target}' not found.")]
    NoPool {
        /// The pool.
        pool: String,
        /// The disk.
        target: String,
    },
    /// No pool has it.
    #[error("Storage volume '{target}'({origin}) is not managed by libvirt. Remove it manually.")]
    NoVolume {
        /// The disk.
        target: String,
        /// Its path, or the volume's name.
        origin: String,
    },
}

/// The disks of a domain's XML that `wanted` picks by target and source, each with its volume; empty drives have none.
///
/// # Errors
/// When the XML cannot be read.
pub fn of_domain(
    connection: &Connection,
    xml: &str,
    mut wanted: impl FnMut(&str, &str) -> bool,
) -> Result<Vec<Stored>, document::Error> {
    let document = Document::parse(xml)?;
    let Some(devices) = document.child(document.root(), "devices") else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for disk in document.children_named(devices, "disk") {
        let target = text(&document, disk, "target/@dev").unwrap_or_default();
        let Some(source) = source(&document, disk) else { continue };
        if wanted(&target, &source) {
            let pool = text(&document, disk, "source/@pool");
            let volume = volume(connection, &target, &source, pool);
            found.push(Stored { target, source, volume });
        }
    }
    Ok(found)
}

fn text(document: &Document, disk: Element, place: &str) -> Option<String> {
    document.get(disk, place).map(|text| text.into_owned())
}

/// Where a disk's contents are, whatever kind of disk it is.
fn source(document: &Document, disk: Element) -> Option<String> {
    ["file", "dir", "name", "dev", "volume"]
        .iter()
        .find_map(|attribute| text(document, disk, &format!("source/@{attribute}")))
}

fn volume(
    connection: &Connection,
    target: &str,
    source: &str,
    pool: Option<String>,
) -> Result<Volume, Unmanaged> {
    let found = match pool {
        Some(pool) => match connection.pool_by_name(&pool) {
            Ok(pool) => pool.volume_by_name(source),
            Err(_) => return Err(Unmanaged::NoPool { pool, target: target.to_owned() }),
        },
        None => connection.volume_by_path(source),
    };
    found.map_err(|_| Unmanaged::NoVolume { target: target.to_owned(), origin: source.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hypervisor::OpenOptions;
    use hypervisor::flags::VolumeCreateFlags;

    #[test]
    fn disks_are_told_with_their_volumes_or_why_there_is_none() {
        let connection = Connection::open(&OpenOptions::uri("test:///default")).unwrap();
        let pool = connection.pool_by_name("default-pool").unwrap();
        let volume = "<volume><name>one</name><capacity>1</capacity></volume>";
        pool.create_volume(volume, VolumeCreateFlags::NONE).unwrap();
        let xml = "<domain><devices>
            <disk><source file='/default-pool/one'/><target dev='vda'/></disk>
            <disk type='volume'><source pool='default-pool' volume='one'/><target dev='vdb'/></disk>
            <disk type='volume'><source pool='gone' volume='one'/><target dev='vdc'/></disk>
            <disk><source file='/elsewhere'/><target dev='vdd'/></disk>
            <disk device='cdrom'><target dev='sda'/></disk>
        </devices></domain>";
        let found = of_domain(&connection, xml, |_, _| true).unwrap();
        let told: Vec<String> = found
            .iter()
            .map(|disk| match &disk.volume {
                Ok(volume) => format!("{}: {}", disk.target, volume.name()),
                Err(reason) => reason.to_string(),
            })
            .collect();
        assert_eq!(
            told,
            [
                "vda: one",
                "vdb: one",
                "Storage pool 'gone' for volume 'vdc' not found.",
                "Storage volume 'vdd'(/elsewhere) is not managed by libvirt. Remove it manually.",
            ]
        );
        assert_eq!(of_domain(&connection, xml, |target, _| target == "vdb").unwrap().len(), 1);
    }
}
