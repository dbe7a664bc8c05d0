//! syslinux, isolinux and extlinux: `LABEL`, `KERNEL`, `APPEND`, `INITRD`, `INCLUDE`.

use super::{Language, MenuEntry, Reading, directory_of, path_in_tree};
use crate::boot_info::TreeError;

/// Reads the entries of one file.
pub(super) fn read(reading: &mut Reading<'_>, file: &str, text: &str, depth: usize) -> Result<(), TreeError> {
    let first = reading.entries.len();
    let mut menu = Menu { file, label: String::new(), open: None, default: None };
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
    open: Option<MenuEntry>,
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
                self.open = Some(entry);
            }
            "default" | "ontimeout" => drop(self.default.get_or_insert_with(|| rest.to_owned())),
            "include" | "config" => self.include(reading, rest, depth)?,
            "kernel" | "linux" => self.kernel(rest),
            "append" => self.append(rest),
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

    fn include(&self, reading: &mut Reading<'_>, rest: &str, depth: usize) -> Result<(), TreeError> {
        let path = path_in_tree(word_and_rest(rest).0, directory_of(self.file));
        reading.file(Language::Syslinux, &path, depth + 1)
    }

    fn title(&mut self, title: &str) {
        if let Some(entry) = &mut self.open {
            if self.default.as_ref() == Some(&self.label) {
                entry.is_default = true;
            }
            entry.title = title.trim().to_owned();
        }
    }

    fn mark(&mut self) {
        if let Some(entry) = &mut self.open {
            entry.is_default = true;
        }
    }

    fn kernel(&mut self, rest: &str) {
        if let Some(entry) = &mut self.open {
            // Further words belong to the kernel's arguments.
            let (path, arguments) = word_and_rest(rest);
            entry.kernel = path_in_tree(path, directory_of(self.file));
            entry.arguments = arguments.to_owned();
        }
    }

    fn append(&mut self, rest: &str) {
        let Some(entry) = &mut self.open else { return };
        if entry.kernel.rsplit('/').next() == Some("mboot.c32") {
            Self::multiboot(entry, rest, directory_of(self.file));
            return;
        }
        let mut arguments = Vec::new();
        let mut initrds = None;
        for word in rest.split_whitespace() {
            match word.strip_prefix("initrd=") {
                Some(paths) => initrds = Some(paths.to_owned()),
                None => arguments.push(word),
            }
        }
        entry.arguments = arguments.join(" ");
        if let Some(paths) = initrds {
            self.initrds(&paths);
        }
    }

    /// `mboot.c32` takes `kernel arguments --- module --- module`.
    fn multiboot(entry: &mut MenuEntry, rest: &str, directory: &str) {
        let mut parts = rest.split("---").map(str::trim);
        let (kernel, arguments) = word_and_rest(parts.next().unwrap_or(""));
        entry.kernel = path_in_tree(kernel, directory);
        entry.arguments = arguments.to_owned();
        entry.initrds = parts.map(|module| path_in_tree(word_and_rest(module).0, directory)).collect();
    }

    fn initrds(&mut self, paths: &str) {
        let directory = directory_of(self.file);
        if let Some(entry) = &mut self.open {
            entry.initrds = paths.split(',').map(|path| path_in_tree(path.trim(), directory)).collect();
        }
    }

    fn close(&mut self, reading: &mut Reading<'_>) {
        if let Some(mut entry) = self.open.take() {
            entry.is_default |= self.default.as_ref() == Some(&self.label);
            reading.add(entry);
        }
    }
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
    fn multiboot_modules_come_after_dashes() {
        let text = "label x\nkernel mboot.c32\nappend /xen.gz dom0 --- /vmlinuz a --- /initrd\n";
        let found = read(&Files(vec![("isolinux.cfg", text.into())])).unwrap();
        assert_eq!(found[0].kernel, "xen.gz");
        assert_eq!(found[0].initrds, ["vmlinuz", "initrd"]);
    }
}
