//! systemd-boot: one file an entry (Boot Loader Specification, type 1).

use super::{MenuEntry, Reading, path_in_tree};
use crate::boot_info::TreeError;
use crate::limits;

const ENTRIES: &str = "loader/entries";

/// Reads all entries; a tree that cannot be listed has none.
pub(super) fn read(reading: &mut Reading<'_>) -> Result<(), TreeError> {
    let mut names = reading.tree.list(ENTRIES)?.unwrap_or_default();
    names.retain(|name| name.ends_with(".conf"));
    names.sort();
    names.truncate(limits::MENU_FILES);
    if names.is_empty() {
        return Ok(());
    }
    let default = default_entry(reading)?;
    for name in names {
        let path = format!("{ENTRIES}/{name}");
        if let Some(text) = reading.text(&path, 0)? {
            let mut entry = entry(&path, &text);
            entry.is_default = default
                .as_deref()
                .is_some_and(|default| default == name || default == name.trim_end_matches(".conf"));
            reading.add(entry);
        }
    }
    Ok(())
}

fn default_entry(reading: &mut Reading<'_>) -> Result<Option<String>, TreeError> {
    let text = reading.text("loader/loader.conf", 0)?.unwrap_or_default();
    Ok(text.lines().filter_map(|line| value(line, "default")).next().map(str::to_owned))
}

fn entry(file: &str, text: &str) -> MenuEntry {
    let all = |key| text.lines().filter_map(move |line| value(line, key));
    MenuEntry {
        file: file.to_owned(),
        title: all("title").next().unwrap_or(file).to_owned(),
        kernel: all("linux").next().map(|path| path_in_tree(path, "")).unwrap_or_default(),
        initrds: all("initrd").map(|path| path_in_tree(path, "")).collect(),
        arguments: all("options").collect::<Vec<_>>().join(" "),
        is_default: false,
    }
}

fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let (found, value) = line.trim().split_once(char::is_whitespace)?;
    (found == key).then(|| value.trim())
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::super::testing::Files;
    use crate::limits;

    #[test]
    fn entries_are_files() {
        let files = Files(vec![
            ("loader/loader.conf", "timeout 15\ndefault 01-arch.conf\n".into()),
            (
                "loader/entries/01-arch.conf",
                "title Arch Linux\nlinux /arch/vmlinuz\ninitrd /arch/ucode\ninitrd /arch/initrd\noptions a=b c\n".into(),
            ),
            ("loader/entries/02-efi.conf", "title Shell\nefi /shell.efi\n".into()),
        ]);
        let found = read(&files).unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].is_default);
        assert_eq!(found[0].initrds, ["arch/ucode", "arch/initrd"]);
        assert_eq!(found[0].arguments, "a=b c");
    }

    #[test]
    fn files_beyond_the_bound_are_left_out() {
        let entry = |number| (&*format!("loader/entries/{number:03}.conf").leak(), "linux /k".to_owned());
        let found = read(&Files((0..=limits::MENU_FILES).rev().map(entry).collect())).unwrap();
        // The loader's own file is one of them.
        assert_eq!(found.len(), limits::MENU_FILES - 1);
        let last = format!("loader/entries/{:03}.conf", limits::MENU_FILES - 2);
        assert_eq!(found.last().map(|entry| &entry.file), Some(&last), "the first by their names are read");
    }
}
