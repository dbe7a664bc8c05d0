//! Names for what a clone needs of its own: the guest's and those of its files.

use std::path::{Path, PathBuf};

/// What stands behind the original's name.
const SUFFIX: &str = "-clone";
/// Letters of the longest file extension; what is longer is part of the name.
const EXTENSION: usize = 7;

/// A free name for the clone of a guest: `web-clone`, then `web-clone1`; the clone of `web-clone` is `web-clone1` too.
pub(super) fn guest(original: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let number = original
        .rsplit_once(SUFFIX)
        .filter(|(_, digits)| digits.chars().all(|digit| ('1'..='9').contains(&digit)));
    let (base, first) = match number {
        Some((base, digits)) => (base, digits.parse::<u64>().unwrap_or(0) + 1),
        None => (original, 0),
    };
    (first..)
        .map(|number| match number {
            0 => format!("{base}{SUFFIX}"),
            number => format!("{base}{SUFFIX}{number}"),
        })
        .find(|name| !is_taken(name))
        .unwrap_or_default()
}

/// A free name for the copy of a file: `disk.img` becomes `disk-clone.img`, then `disk-clone-1.img`; a file that is
/// called after the original guest becomes one that is called after the clone. `extension` replaces the file's own.
pub(super) fn file(
    file: &Path,
    original: &str,
    clone: &str,
    extension: Option<&str>,
    is_taken: impl Fn(&Path) -> bool,
) -> PathBuf {
    let (stem, own) = parts(file);
    let extension = extension.map_or(own, |extension| format!(".{extension}"));
    let base = if stem == original { clone.to_owned() } else { format!("{stem}{SUFFIX}") };
    free(file, &base, &extension, is_taken)
}

/// A free name for what a port writes to or listens on, called after the clone: whether another guest has it is not seen
/// in the file system, where there is nothing before that guest has run.
pub(super) fn port(file: &Path, original: &str, clone: &str, is_taken: impl Fn(&Path) -> bool) -> PathBuf {
    let (stem, extension) = parts(file);
    let clone = clone.replace('/', "_");
    let base = if stem == original { clone } else { format!("{stem}-{clone}") };
    free(file, &base, &extension, is_taken)
}

/// A file's name without its extension, and that.
fn parts(file: &Path) -> (String, String) {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match name.rsplit_once('.') {
        Some((stem, own)) if own.chars().count() <= EXTENSION => (stem.to_owned(), format!(".{own}")),
        _ => (name, String::new()),
    }
}

/// The name beside `file`, with a number where it is not free.
fn free(file: &Path, base: &str, extension: &str, is_taken: impl Fn(&Path) -> bool) -> PathBuf {
    std::iter::once(format!("{base}{extension}"))
        .chain((1..).map(|number| format!("{base}-{number}{extension}")))
        .map(|name| file.with_file_name(name))
        .find(|path| !is_taken(path))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_clones_are_counted() {
        let name = |original: &str, taken: &[&str]| guest(original, |name| taken.contains(&name));
        assert_eq!(name("web", &[]), "web-clone");
        assert_eq!(name("web", &["web-clone", "web-clone1"]), "web-clone2");
        assert_eq!(name("web-clone", &[]), "web-clone1");
        assert_eq!(name("web-clone9", &[]), "web-clone10");
        // As the peer counts: it takes no number with a zero in it for one of its own.
        assert_eq!(name("web-clone10", &[]), "web-clone10-clone");
        assert_eq!(name("web-cloned", &[]), "web-cloned-clone");
    }

    #[test]
    fn files_are_called_after_the_clone_where_they_were_called_after_the_original() {
        let name = |path: &str, taken: &[&str]| {
            let is_taken = |path: &Path| taken.iter().any(|taken| Path::new(taken) == path);
            file(Path::new(path), "web", "new", None, is_taken).to_string_lossy().into_owned()
        };
        assert_eq!(name("/d/web.qcow2", &[]), "/d/new.qcow2");
        assert_eq!(name("/d/web.qcow2", &["/d/new.qcow2"]), "/d/new-1.qcow2");
        assert_eq!(name("/d/disk.img", &[]), "/d/disk-clone.img");
        assert_eq!(name("/d/disk.img", &["/d/disk-clone.img", "/d/disk-clone-1.img"]), "/d/disk-clone-2.img");
        assert_eq!(name("/dev/vg/web", &[]), "/dev/vg/new");
        assert_eq!(name("/d.d/noname", &[]), "/d.d/noname-clone");
        assert_eq!(name("/d/disk.2024-01-01", &[]), "/d/disk.2024-01-01-clone");
        let linked = file(Path::new("/d/web.img"), "web", "new", Some("qcow2"), |_| false);
        assert_eq!(linked, Path::new("/d/new.qcow2"));
        let port =
            |path: &str| port(Path::new(path), "web", "new", |path| path == Path::new("/d/s-new.sock"));
        assert_eq!(port("/d/web.log"), Path::new("/d/new.log"));
        assert_eq!(port("/d/s.sock"), Path::new("/d/s-new-1.sock"));
    }
}
