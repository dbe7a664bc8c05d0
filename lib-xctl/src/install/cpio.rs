//! Writing cpio archives in the format that Linux reads as an initial RAM disk ("newc", `man 5 cpio`).
//!
//! The kernel unpacks one archive after the other, each plain or compressed, later files over earlier ones: that is
//! how files get into the initial RAM disk of a distribution without unpacking it.

use std::io::{self, Read, Write};

/// What the kernel wants each archive, header and file to start on.
const ALIGNMENT: usize = 4;

/// A file's entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header<'a> {
    /// Its path, without a leading `/`.
    pub(super) name: &'a str,
    /// POSIX type and permission bits.
    pub(super) mode: u32,
    /// When it was last changed, in seconds since 1970.
    pub(super) modified: u32,
    /// Its size in bytes.
    pub(super) size: u32,
}

/// An archive that is being written.
pub(super) struct Archive<W: Write> {
    target: W,
    entries: u32,
}

impl<W: Write> Archive<W> {
    pub(super) fn new(target: W) -> Archive<W> {
        Archive { target, entries: 0 }
    }

    /// Adds a file that belongs to root; `content` must have exactly the bytes that its header says.
    pub(super) fn add(&mut self, header: Header<'_>, content: &mut impl Read) -> io::Result<()> {
        self.entries += 1;
        self.header(header, self.entries)?;
        let size = u64::from(header.size);
        // One byte more would show a file that grew.
        let copied =
            io::copy(&mut content.take(size + 1), &mut Exactly { target: &mut self.target, left: size })?;
        if copied != size {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it became shorter while it was read"));
        }
        self.pad(header.size as usize)
    }

    /// Ends the archive.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.header(Header { name: "TRAILER!!!", mode: 0, modified: 0, size: 0 }, 0)?;
        Ok(self.target)
    }

    fn header(&mut self, header: Header<'_>, inode: u32) -> io::Result<()> {
        let name_size = u32::try_from(header.name.len() + 1).map_err(io::Error::other)?;
        let fields = [inode, header.mode, 0, 0, 1, header.modified, header.size, 0, 0, 0, 0, name_size, 0];
        let mut text = String::from("070701");
        for field in fields {
            text.push_str(&format!("{field:08X}"));
        }
        text.push_str(header.name);
        text.push('\0');
        self.target.write_all(text.as_bytes())?;
        self.pad(text.len())
    }

    fn pad(&mut self, written: usize) -> io::Result<()> {
        self.target.write_all(padding(written as u64))
    }
}

/// The zeros that follow this many bytes.
pub(super) fn padding(written: u64) -> &'static [u8] {
    let over = (written % ALIGNMENT as u64) as usize;
    &[0; ALIGNMENT][..(ALIGNMENT - over) % ALIGNMENT]
}

/// Takes no more bytes than were announced.
struct Exactly<'a, W> {
    target: &'a mut W,
    left: u64,
}

impl<W: Write> Write for Exactly<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() as u64 > self.left {
            return Err(io::Error::other("it became longer while it was read"));
        }
        let written = self.target.write(bytes)?;
        self.left -= written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.target.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::process::{Command, Stdio};

    fn archive(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
        let mut archive = Archive::new(Vec::new());
        for (name, content) in files {
            let header = Header { name, mode: 0o100_640, modified: 1, size: content.len() as u32 };
            archive.add(header, &mut content.as_slice()).unwrap();
        }
        archive.finish().unwrap()
    }

    /// Feeds an archive to cpio; `None` on a machine without it.
    fn cpio(arguments: &[&str], archive: &[u8], directory: &std::path::Path) -> Option<String> {
        let mut child = Command::new("cpio")
            .args(arguments)
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        child.stdin.take().unwrap().write_all(archive).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        Some(String::from_utf8(output.stdout).unwrap())
    }

    #[test]
    fn cpio_lists_what_was_put_in() {
        let files = [("preseed.cfg", "d-i x"), ("größe", ""), ("a b", "abcd")];
        let files = files.map(|(name, content)| (name.to_owned(), content.as_bytes().to_vec())).into();
        let list = cpio(&["-itv", "--quiet"], &archive(&files), std::path::Path::new("/"));
        let Some(list) = list else { return eprintln!("cpio is not installed") };
        assert_eq!(list.lines().count(), 3, "{list}");
        assert!(list.contains("-rw-r-----") && list.contains("preseed.cfg"), "{list}");
    }

    #[test]
    fn a_file_that_changes_its_size_is_refused() {
        let header = Header { name: "x", mode: 0o100_644, modified: 0, size: 4 };
        let shorter = Archive::new(Vec::new()).add(header, &mut &b"abc"[..]).unwrap_err();
        assert!(shorter.to_string().contains("shorter"), "{shorter}");
        let longer = Archive::new(Vec::new()).add(header, &mut &b"abcde"[..]).unwrap_err();
        assert!(longer.to_string().contains("longer"), "{longer}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn cpio_unpacks_every_archive_to_what_it_was_made_of(
            files in prop::collection::btree_map("[a-z][a-zA-Z0-9 äß,'\"]{0,20}", prop::collection::vec(any::<u8>(), 0..300), 0..6)
        ) {
            let directory = tempfile::tempdir().unwrap();
            let bytes = archive(&files);
            prop_assert_eq!(bytes.len() % ALIGNMENT, 0);
            if cpio(&["-i", "--quiet"], &bytes, directory.path()).is_some() {
                for (name, content) in &files {
                    prop_assert_eq!(&std::fs::read(directory.path().join(name)).unwrap(), content);
                }
            }
        }
    }
}
