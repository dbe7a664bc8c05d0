//! Images that are laid over others, which they read what was not written to themselves from.

use std::path::{Path, PathBuf};

use hypervisor::Connection;

use crate::backup::image::Header;
use crate::document::{Document, Element};
use crate::domain::Disk;
use crate::object::Volume;

/// How many images may be laid over each other; a chain that is longer may be a circle.
pub(crate) const MAX_LAYERS: usize = 64;

/// The file that an image of this host is laid over, if it is a qcow2 image with such a one, whether that is there or not.
pub(crate) fn below(image: &Path) -> Option<PathBuf> {
    // What is no file might keep whoever opens it waiting.
    let header = image.is_file().then(|| Header::read(image).ok())??;
    let name = header.backing?;
    // QEMU takes what is before a colon for a protocol, and a description as JSON is behind one as well.
    let name = match name.split_once(':') {
        Some(("file", path)) => path,
        Some((protocol, _)) if !protocol.contains('/') => return None,
        _ => &name,
    };
    Some(image.parent()?.join(name))
}

/// The image of a guest's disk and all those below it, as far as this program or libvirt can tell.
pub(crate) fn of_disk(
    connection: &Connection,
    is_local: bool,
    document: &Document,
    element: Element,
) -> Vec<PathBuf> {
    let disk = Disk::new(document, element);
    let place = disk.path().or_else(|| {
        let (pool, volume) = disk.volume()?;
        let volume = connection.pool_by_name(&pool).ok()?.volume_by_name(&volume).ok()?;
        let described = Document::parse(&volume.xml().ok()?).ok()?;
        Some(described.get(described.root(), "target/path")?.into_owned())
    });
    let Some(place) = place else { return Vec::new() };
    let mut layers = vec![PathBuf::from(place)];
    let mut at = document.child(element, "backingStore");
    while let Some(store) = at {
        // An empty one says that there is none, whatever the image's header says.
        let source = ["source/@file", "source/@dev"].iter().find_map(|path| document.get(store, path));
        let Some(path) = source else { return layers };
        layers.push(PathBuf::from(&*path));
        at = document.child(store, "backingStore");
    }
    // What a guest wrote at the start of a raw disk is no header.
    if disk.format().as_deref() == Some("raw") {
        return layers;
    }
    let volume_below = |image: &Path| {
        let volume = connection.volume_by_path(image.to_str()?).ok()?;
        let described = Volume::parse(&volume.xml().ok()?).ok()?;
        described.get("backingStore.path").map(PathBuf::from)
    };
    while let Some(last) = layers.last().filter(|_| layers.len() < MAX_LAYERS) {
        let found = Some(last).filter(|_| is_local).and_then(|last| below(last));
        let Some(next) = found.or_else(|| volume_below(last)) else { break };
        layers.push(next);
    }
    layers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_headers_lead_to_files_beside_the_image() {
        let directory = tempfile::tempdir().unwrap();
        let image = directory.path().join("top");
        for (name, expected) in [
            ("base", Some(directory.path().join("base"))),
            ("/d/base", Some(PathBuf::from("/d/base"))),
            ("./a:b", Some(directory.path().join("./a:b"))),
            ("file:/d/base", Some(PathBuf::from("/d/base"))),
            ("nbd://host/x", None),
            ("json:{\"file\":{}}", None),
            ("", None),
        ] {
            let mut header = vec![0; 104];
            header[..8].copy_from_slice(b"QFI\xfb\0\0\0\x03");
            header[15] = if name.is_empty() { 0 } else { 104 };
            header[19] = name.len() as u8;
            header.extend(name.bytes());
            std::fs::write(&image, header).unwrap();
            assert_eq!(below(&image), expected, "{name}");
        }
    }
}
