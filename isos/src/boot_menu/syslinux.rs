//! syslinux, isolinux and extlinux: `LABEL`, `KERNEL`, `APPEND`, `INITRD`, `INCLUDE`.

use super::{MenuEntry, Reading, directory_of, path_in_tree};
use crate::boot_info::TreeError;

/// Reads the entries of a menu.
pub(super) fn read(reading: &mut Reading<'_>, file: &str) -> Result<(), TreeError> {
    read_file(reading, file, 0, &mut None)
}

/// Reads one file of a menu. `append` are the arguments of labels that have none of their own.
fn read_file(
    reading: &mut Reading<'_>,
    file: &str,
    depth: usize,
    append: &mut Option<String>,
) -> Result<(), TreeError> {
    let Some(text) = reading.text(file, depth)? else { return Ok(()) };
    let first = reading.entries.len();
    let mut menu = Menu { file, label: String::new(), open: None, append, default: None };
    for line in text.lines() {
        menu.line(reading, line.trim(), depth)?;
    }
    menu.close(reading);
    if let Some(default) = menu.default {
        let own = reading.entries[first..].iter_mut();
        // An entry's label is only known here through its title, unless MENU DEFAULT marked it.
        own.filter(|entry| entry.file == file && entry.title == default)
            .for_each(|entry| entry.is_default = true);
    }
    Ok(())
}

struct Menu<'a> {
    file: &'a str,
    label: String,
    /// The entry that is being read, and its own arguments.
    open: Option<(MenuEntry, Option<String>)>,
    append: &'a mut Option<String>,
    default: Option<String>,
}

impl Menu<'_> {
    fn line(&mut self, reading: &mut Reading<'_>, line: &str, depth: usize) -> Result<(), TreeError> {
        let (word, rest) = word_and_rest(line);
        match word.to_ascii_lowercase().as_str() {
            "label" => {
                self.close(reading);
                self.label = rest.to_owned();
                let entry = MenuEntry { file: self.file.into(), title: rest.into(), ..MenuEntry::default() };
                self.open = Some((entry, None));
            }
            "default" | "ontimeout" => drop(self.default.get_or_insert_with(|| rest.to_owned())),
            "include" => self.include(reading, rest, depth)?,
            // Another menu, which knows nothing of this one.
            "config" => read_file(reading, &self.path(rest), depth + 1, &mut None)?,
            "kernel" | "linux" => self.kernel(rest),
            "append" => *self.arguments() = Some(rest.to_owned()),
            "initrd" => self.initrds(rest),
            "menu" => {
                let (word, rest) = word_and_rest(rest);
                match word.to_ascii_lowercase().as_str() {
                    // A caret marks the letter that chooses the entry.
                    "label" => self.title(&rest.replace('^', "")),
                    "default" => self.mark(),
                    "include" => self.include(reading, rest, depth)?,
                    _ => {}
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn include(&mut self, reading: &mut Reading<'_>, rest: &str, depth: usize) -> Result<(), TreeError> {
        read_file(reading, &self.path(rest), depth + 1, self.append)
    }

    fn path(&self, rest: &str) -> String {
        path_in_tree(word_and_rest(rest).0, directory_of(self.file))
    }

    /// What `APPEND` sets: the arguments of the open entry or, before any, those of all.
    fn arguments(&mut self) -> &mut Option<String> {
        self.open.as_mut().map_or(&mut *self.append, |(_, own)| own)
    }

    fn title(&mut self, title: &str) {
        if let Some((entry, _)) = &mut self.open {
            if self.default.as_ref() == Some(&self.label) {
                entry.is_default = true;
            }
            entry.title = title.trim().to_owned();
        }
    }

    fn mark(&mut self) {
        if let Some((entry, _)) = &mut self.open {
            entry.is_default = true;
        }
    }

    fn kernel(&mut self, rest: &str) {
        if let Some((entry, _)) = &mut self.open {
            // Further words belong to the kernel's arguments.
            let (path, arguments) = word_and_rest(rest);
            entry.kernel = path_in_tree(path, directory_of(self.file));
            entry.arguments = arguments.to_owned();
        }
    }

    /// Gives an entry the arguments of an `APPEND`, behind those of its kernel's line.
    fn append(entry: &mut MenuEntry, append: &str, directory: &str) {
        let line = format!("{} {append}", entry.arguments);
        if entry.kernel.rsplit('/').next() == Some("mboot.c32") {
            Self::multiboot(entry, line.trim(), directory);
            return;
        }
        let (initrds, arguments): (Vec<&str>, Vec<&str>) =
            line.split_whitespace().partition(|word| word.starts_with("initrd="));
        entry.arguments = arguments.join(" ");
        if let Some(paths) = initrds.last().and_then(|word| word.strip_prefix("initrd=")) {
            entry.initrds = listed(paths, directory);
        }
    }

    /// `mboot.c32` takes `kernel arguments --- module --- module`.
    fn multiboot(entry: &mut MenuEntry, rest: &str, directory: &str) {
        let mut parts = rest.split("---").map(str::trim);
        let (kernel, arguments) = word_and_rest(parts.next().unwrap_or(""));
        if kernel.is_empty() {
            return;
        }
        entry.kernel = path_in_tree(kernel, directory);
        entry.arguments = arguments.to_owned();
        entry.initrds = parts.map(|module| path_in_tree(word_and_rest(module).0, directory)).collect();
    }

    fn initrds(&mut self, paths: &str) {
        if let Some((entry, _)) = &mut self.open {
            entry.initrds = listed(paths, directory_of(self.file));
        }
    }

    fn close(&mut self, reading: &mut Reading<'_>) {
        if let Some((mut entry, own)) = self.open.take() {
            // A dash stands for no arguments, also where all others have some.
            let append = own.as_ref().or(self.append.as_ref()).filter(|append| *append != "-");
            Self::append(&mut entry, append.map_or("", String::as_str), directory_of(self.file));
            entry.is_default |= self.default.as_ref() == Some(&self.label);
            reading.add(entry);
        }
    }
}

/// Paths with commas between them.
fn listed(paths: &str, directory: &str) -> Vec<String> {
    paths.split(',').map(|path| path_in_tree(path.trim(), directory)).collect()
}

fn word_and_rest(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim())
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::super::testing::Files;

    #[test]
    fn labels_includes_and_initrds() {
        let files = Files(vec![
            ("isolinux/isolinux.cfg", "DEFAULT vesamenu.c32\nPROMPT 0\nMENU INCLUDE txt.cfg\n".into()),
            (
                "isolinux/txt.cfg",
                "default install\nlabel other\n\tkernel mem.c32\nlabel install\n\tmenu label ^Install\n\
                 \tkernel /install.amd/vmlinuz\n\tappend vga=788 initrd=/install.amd/initrd.gz --- quiet\n\
                 LABEL live\n  LINUX ../boot/vmlinuz\n  INITRD ../boot/ucode.img,../boot/initrd.img\n  APPEND a=b\n"
                    .into(),
            ),
        ]);
        let found = read(&files).unwrap();
        assert_eq!(found.len(), 3);
        assert!(found[0].is_tool());
        let install = &found[1];
        assert_eq!(install.title, "Install");
        assert!(install.is_default);
        assert_eq!(install.kernel, "install.amd/vmlinuz");
        assert_eq!(install.initrds, ["install.amd/initrd.gz"]);
        assert_eq!(install.arguments, "vga=788 --- quiet");
        assert_eq!(found[2].kernel, "boot/vmlinuz");
        assert_eq!(found[2].initrds, ["boot/ucode.img", "boot/initrd.img"]);
    }

    #[test]
    fn arguments_before_the_labels_are_for_those_without_their_own() {
        let files = Files(vec![
            (
                "isolinux/isolinux.cfg",
                "APPEND g=1 initrd=/i\nlabel a\nkernel /a\nlabel b\nkernel /b k=1\nappend own=1\n\
                 label c\nkernel /c\nappend -\ninclude more.cfg\n"
                    .into(),
            ),
            ("isolinux/more.cfg", "label d\nkernel /d k=2\n".into()),
            ("isolinux.cfg", "label e\nkernel /e\n".into()),
        ]);
        let found = read(&files).unwrap();
        let mut told: Vec<_> =
            found.iter().map(|one| (&*one.kernel, &*one.arguments, one.initrds.len())).collect();
        told.sort_unstable();
        assert_eq!(
            told,
            [("a", "g=1", 1), ("b", "k=1 own=1", 0), ("c", "", 0), ("d", "k=2 g=1", 1), ("e", "", 0)]
        );
    }

    #[test]
    fn multiboot_modules_come_after_dashes() {
        let text = "label x\nkernel mboot.c32\nappend /xen.gz dom0 --- /vmlinuz a --- /initrd\n";
        let found = read(&Files(vec![("isolinux.cfg", text.into())])).unwrap();
        assert_eq!(found[0].kernel, "xen.gz");
        assert_eq!(found[0].initrds, ["vmlinuz", "initrd"]);
    }
}
