//! Which checksum a distribution publishes for a file: the lists that lie beside it.

use super::{Checksum, Error, Tree, is_safe};

/// Bytes of the longest list that is read.
const LIST: usize = 4 << 20;

/// What lists of checksums are called, by the distributions that write them. `NAME` is the file's own name, `STEM` that
/// of Fedora's releases: `Fedora-Cloud-40-1.14-x86_64` for `Fedora-Cloud-Base-40-1.14.x86_64.qcow2`.
const LISTS: &[&str] = &[
    "SHA512SUMS",     // Debian
    "SHA256SUMS",     // Ubuntu, Arch
    "CHECKSUM",       // CentOS, Rocky, Alma
    "NAME.sha256",    // openSUSE
    "NAME.CHECKSUM",  // Rocky
    "NAME.SHA256SUM", // CentOS Stream
    "STEM-CHECKSUM",  // Fedora
];

impl Tree {
    /// The checksum that is published for the file at `path` in its own directory; `None` if there is no list that has
    /// it. Whoever can forge the file can forge the list too, unless they come from different servers: it is the
    /// encrypted connection that proves where they come from.
    ///
    /// # Errors
    /// No list has it, and one of them cannot be read though the server does not say that there is none.
    pub fn published(&self, path: &str) -> Result<Option<Checksum>, Error> {
        let (directory, name) =
            path.rsplit_once('/').map_or(("", path), |(directory, name)| (directory, name));
        let mut failure = None;
        for list in LISTS.iter().filter_map(|list| list_name(list, name)) {
            match self.listed(path, &format!("{directory}/{list}"), name) {
                Ok(None) => {}
                Ok(found) => return Ok(found),
                // What is answered for one name, with a storage service for each that is not there, says nothing of others.
                Err(error) if is_answer(&error) => failure = failure.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        failure.map_or(Ok(None), Err)
    }

    /// The checksum that `list` has for the file at `path`, which it knows as `name`.
    ///
    /// # Errors
    /// The list cannot be read whole, though the server does not say that there is none.
    pub(crate) fn listed(&self, path: &str, list: &str, name: &str) -> Result<Option<Checksum>, Error> {
        let list = list.trim_start_matches('/');
        let read = match is_safe(list) {
            true => self.start(list, LIST + 1),
            false => Ok(None),
        };
        match read {
            Ok(Some(text)) if text.len() > LIST => {
                Err(Error::TooLarge { url: self.address(list), limit: LIST as u64 })
            }
            Ok(text) => Ok(text.and_then(|text| Checksum::in_list(&String::from_utf8_lossy(&text), name))),
            Err(error) => Err(error),
        }
        .map_err(|source| Error::Unchecked { url: self.address(path), source: Box::new(source) })
    }
}

/// Whether the server took the question and answered it, so that it will answer the next one as soon.
fn is_answer(error: &Error) -> bool {
    let Error::Unchecked { source, .. } = error else { return false };
    matches!(**source, Error::Hidden { .. } | Error::Refused { .. } | Error::TooLarge { .. })
}

fn list_name(list: &str, name: &str) -> Option<String> {
    if !list.contains("STEM") {
        return Some(list.replace("NAME", name));
    }
    let stem = name.strip_prefix("Fedora-")?;
    let (stem, _) = stem.rsplit_once('.')?;
    let (version, arch) = stem.rsplit_once('.')?;
    let parts: Vec<&str> = version.split('-').collect();
    let (kind, numbers) = (parts.first()?, parts.get(parts.len().checked_sub(2)?..)?);
    Some(list.replace("STEM", &format!("Fedora-{kind}-{}-{arch}", numbers.join("-"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Cancel;

    #[test]
    fn lists_are_looked_for_by_the_names_that_distributions_use() {
        let directory = tempfile::tempdir().unwrap();
        let sum = "0".repeat(64);
        for (image, list) in [
            ("a/debian-11-generic-amd64.qcow2", "a/SHA256SUMS"),
            ("Rocky-9.qcow2", "Rocky-9.qcow2.CHECKSUM"),
            ("Fedora-Cloud-Base-37-1.7.x86_64.qcow2", "Fedora-Cloud-37-1.7-x86_64-CHECKSUM"),
            ("Fedora-Cloud-Base-Generic-40-1.14.x86_64.qcow2", "Fedora-Cloud-40-1.14-x86_64-CHECKSUM"),
        ] {
            let list = directory.path().join(list);
            std::fs::create_dir_all(list.parent().unwrap()).unwrap();
            let name = image.rsplit('/').next().unwrap();
            std::fs::write(&list, format!("SHA256 ({name}) = {sum}\n")).unwrap();
            let tree = Tree::directory(directory.path(), &Cancel::new());
            assert_eq!(
                tree.published(image).unwrap().unwrap().to_string(),
                format!("sha256:{sum}"),
                "{image}"
            );
            std::fs::remove_file(&list).unwrap();
            assert_eq!(tree.published(image).unwrap(), None);
        }
    }
}
