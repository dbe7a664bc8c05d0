//! GRUB 2's `grub.cfg`, as far as menu entries need it: words and quotes, plain variables, sourced files.

use std::collections::{HashMap, HashSet};

use super::{MenuEntry, Reading, directory_of, path_in_tree};
use crate::boot_info::TreeError;
use crate::limits;

/// Reads the entries of a menu.
pub(super) fn read(reading: &mut Reading<'_>, file: &str) -> Result<(), TreeError> {
    read_menu(reading, file, 0, Variables::default())
}

/// Reads a menu, with what is known before it.
fn read_menu(
    reading: &mut Reading<'_>,
    file: &str,
    depth: usize,
    variables: Variables,
) -> Result<(), TreeError> {
    let prefix = format!("/{}", directory_of(file));
    let mut shared = Shared { variables: Variables { prefix, ..variables }, files: Vec::new() };
    let first = reading.entries.len();
    read_file(reading, file, depth, &mut shared)?;
    mark_default(&mut reading.entries[first..], &shared.files, shared.variables.get("default"));
    Ok(())
}

/// Reads one file of a menu.
fn read_file(
    reading: &mut Reading<'_>,
    file: &str,
    depth: usize,
    shared: &mut Shared,
) -> Result<(), TreeError> {
    let Some(text) = reading.text(file, depth)? else { return Ok(()) };
    shared.files.push(file.to_owned());
    let mut menu = Menu { file, open: None, braces: 0, conditions: 0, shared };
    // A backslash at the end of a line joins it with the next.
    for line in text.replace("\\\n", " ").lines() {
        for command in commands(line, &menu.shared.variables) {
            menu.run(reading, &command, depth)?;
        }
    }
    menu.close(reading);
    Ok(())
}

/// What a file and those that it sources have in common.
struct Shared {
    variables: Variables,
    files: Vec<String>,
}

#[derive(Default)]
struct Variables {
    /// Where GRUB's own files are, unless the menu sets it.
    prefix: String,
    values: HashMap<String, String>,
    exported: HashSet<String>,
}

impl Variables {
    fn get(&self, name: &str) -> Option<&str> {
        let value = self.values.get(name).map(String::as_str);
        value.or_else(|| (name == "prefix").then_some(&*self.prefix))
    }

    /// Takes `name=value`, which may stand in a condition.
    fn set(&mut self, word: &str, is_conditional: bool) {
        let Some((name, value)) = word.split_once('=') else { return };
        // What stands in a condition may be a fallback; the first value is the usual one.
        let takes = match self.values.contains_key(name) {
            true => !is_conditional,
            false => self.values.len() < limits::MENU_ENTRIES,
        };
        if takes {
            self.values.insert(name.to_owned(), value.to_owned());
        }
    }

    fn export(&mut self, word: &str) {
        if self.exported.len() < limits::MENU_ENTRIES {
            self.exported.insert(word.to_owned());
        }
    }

    /// What is known in another menu that this one goes on to.
    fn handed_on(&self) -> Variables {
        let is_exported = |name: &String| name == "prefix" || self.exported.contains(name);
        let handed = self.values.iter().filter(|(name, _)| is_exported(name));
        Variables {
            values: handed.map(|(name, value)| (name.clone(), value.clone())).collect(),
            exported: self.exported.clone(),
            ..Variables::default()
        }
    }
}

struct Menu<'a> {
    file: &'a str,
    /// The entry whose body is being read, and the number of braces open before it.
    open: Option<(MenuEntry, usize)>,
    braces: usize,
    /// Conditions whose end is still to come.
    conditions: usize,
    shared: &'a mut Shared,
}

impl Menu<'_> {
    fn run(&mut self, reading: &mut Reading<'_>, words: &[String], depth: usize) -> Result<(), TreeError> {
        let Some((name, rest)) = words.split_first() else { return Ok(()) };
        match name.as_str() {
            "menuentry" => {
                self.close(reading);
                let title = rest.first().cloned().unwrap_or_default();
                let entry = MenuEntry { file: self.file.to_owned(), title, ..MenuEntry::default() };
                self.open = Some((entry, self.braces));
                self.braces += 1;
            }
            "{" => self.braces += 1,
            "}" => {
                self.braces = self.braces.saturating_sub(1);
                if self.open.as_ref().is_some_and(|(_, outside)| self.braces <= *outside) {
                    self.close(reading);
                }
            }
            // Their opening brace ends the line, and comes as a word of its own.
            "submenu" | "function" => self.braces += 1,
            "if" => self.conditions += 1,
            "fi" => self.conditions = self.conditions.saturating_sub(1),
            "set" => rest.first().into_iter().for_each(|word| self.set(word)),
            "export" => rest.iter().for_each(|word| self.shared.variables.export(word)),
            "then" | "else" | "do" => self.run(reading, rest, depth)?,
            "source" | "." => {
                if let Some(path) = rest.first() {
                    read_file(reading, &path_in_tree(path, ""), depth + 1, self.shared)?;
                }
            }
            "configfile" => {
                if let Some(path) = rest.first() {
                    let known = self.shared.variables.handed_on();
                    read_menu(reading, &path_in_tree(path, ""), depth + 1, known)?;
                }
            }
            "linux" | "linux16" | "linuxefi" | "kernel" | "multiboot" | "multiboot2" => self.kernel(rest),
            "initrd" | "initrd16" | "initrdefi" => self.initrd(rest),
            "module" | "module2" => self.initrd(rest.get(..1).unwrap_or_default()),
            _ if name.contains('=') => self.set(name),
            _ => {}
        }
        Ok(())
    }

    fn set(&mut self, word: &str) {
        self.shared.variables.set(word, self.conditions > 0);
    }

    fn kernel(&mut self, words: &[String]) {
        if let (Some((entry, _)), Some((path, arguments))) = (&mut self.open, words.split_first())
            && entry.kernel.is_empty()
        {
            entry.kernel = path_in_tree(path, "");
            entry.arguments = arguments.join(" ");
        }
    }

    fn initrd(&mut self, paths: &[String]) {
        if let Some((entry, _)) = &mut self.open
            && entry.initrds.is_empty()
        {
            entry.initrds = paths.iter().map(|path| path_in_tree(path, "")).collect();
        }
    }

    fn close(&mut self, reading: &mut Reading<'_>) {
        if let Some((entry, _)) = self.open.take() {
            reading.add(entry);
        }
    }
}

/// `default` is the number or the title of an entry of these files.
fn mark_default(entries: &mut [MenuEntry], files: &[String], default: Option<&str>) {
    let default = default.unwrap_or("0");
    let mut own: Vec<&mut MenuEntry> =
        entries.iter_mut().filter(|entry| files.contains(&entry.file)).collect();
    let number =
        default.parse::<usize>().ok().or_else(|| own.iter().position(|entry| entry.title == default));
    if let Some(entry) = number.and_then(|number| own.get_mut(number)) {
        entry.is_default = true;
    }
}

/// The commands of a line as words, with quotes removed and variables replaced. Braces are commands of their own.
fn commands(line: &str, variables: &Variables) -> Vec<Vec<String>> {
    let mut found = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut rest = line.chars().peekable();
    let mut quote = None;
    let mut budget = limits::MENU_LINE_BYTES;
    while let Some(next) = rest.next() {
        match (next, quote) {
            ('\'', None) | ('"', None) => {
                quote = Some(next);
                word.get_or_insert_default();
            }
            (next, Some(open)) if next == open => quote = None,
            ('\\', None | Some('"')) => word.get_or_insert_default().extend(rest.next()),
            ('$', None | Some('"')) => {
                let value = variables.get(&variable_name(&mut rest)).unwrap_or("");
                let fits = value.len() <= budget;
                budget = budget.saturating_sub(value.len());
                word.get_or_insert_default().push_str(if fits { value } else { "" });
            }
            ('#', None) if word.is_none() => break,
            (' ' | '\t' | '\r' | ';' | '{' | '}', None) => {
                push(&mut found, word.take());
                match next {
                    ';' => found.push(Vec::new()),
                    // The brace of "menuentry … {" is counted with the command.
                    '{' if found.last().is_some_and(|command| opens_block(command)) => found.push(Vec::new()),
                    '{' | '}' => found.extend([vec![next.to_string()], Vec::new()]),
                    _ => {}
                }
            }
            (next, _) => word.get_or_insert_default().push(next),
        }
    }
    push(&mut found, word);
    found.retain(|command| !command.is_empty());
    found
}

fn opens_block(command: &[String]) -> bool {
    command.first().is_some_and(|name| matches!(name.as_str(), "menuentry" | "submenu" | "function"))
}

fn push(found: &mut [Vec<String>], word: Option<String>) {
    if let (Some(command), Some(word)) = (found.last_mut(), word) {
        command.push(word);
    }
}

/// The name after `$`, with or without braces.
fn variable_name(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut name = String::new();
    if rest.next_if_eq(&'{').is_some() {
        for next in rest.by_ref() {
            if next == '}' {
                break;
            }
            name.push(next);
        }
    } else {
        while let Some(next) = rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '?') {
            name.push(next);
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::super::testing::Files;
    use super::super::{MenuEntry, read};
    use crate::limits;

    fn entries(text: &str) -> Vec<MenuEntry> {
        read(&Files(vec![("boot/grub/grub.cfg", text.into())])).unwrap()
    }

    #[test]
    fn entries_variables_and_quotes() {
        let found = entries(
            "set timeout=5 # seconds\n\
             set default=\"1\"\n\
             opts=\"root=live:CDLABEL=My\\\\x20Disc rd.live.image\"\n\
             if [ x$grub_platform = xefi ]; then\n  insmod efi_gop\nfi\n\
             submenu 'More' --class x {\n\
             menuentry \"Rescue\" --id r { linux /vmlinuz single ; initrd /initrd }\n\
             }\n\
             menuentry 'Start it' --class os {\n\
               search --set=root -l 'My Disc'\n\
               linuxefi ($root)/boot/vmlinuz ${opts} quiet\n\
               initrdefi /boot/ucode.img \\\n/boot/initrd.img\n\
             }\n",
        );
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].title, "Rescue");
        assert_eq!(found[0].initrds, ["initrd"]);
        assert!(!found[0].is_default);
        assert_eq!(found[1].title, "Start it");
        assert_eq!(found[1].kernel, "boot/vmlinuz");
        assert_eq!(found[1].arguments, "root=live:CDLABEL=My\\x20Disc rd.live.image quiet");
        assert_eq!(found[1].initrds, ["boot/ucode.img", "boot/initrd.img"]);
        assert!(found[1].is_default);
    }

    #[test]
    fn a_file_and_those_that_it_sources_have_the_same_variables() {
        let files = Files(vec![
            (
                "boot/grub/grub.cfg",
                "set args=before\nsource $prefix/sub/config.cfg\n\
                 menuentry \"E\" { linux $kernel a$unknown; initrd $initrd }"
                    .into(),
            ),
            (
                "boot/grub/sub/config.cfg",
                "set kernel=/k/vm\nset initrd=/k/i\nset default=1\n\
                 menuentry 'first' { linux /k/first $args }\nsource $prefix/more.cfg"
                    .into(),
            ),
            ("boot/grub/more.cfg", "more=1".into()),
        ]);
        let found = read(&files).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].arguments, "before");
        assert_eq!((found[1].kernel.as_str(), found[1].arguments.as_str()), ("k/vm", "a"));
        assert_eq!(found[1].initrds, ["k/i"]);
        assert_eq!(
            (found[0].is_default, found[1].is_default),
            (false, true),
            "counted in the menu they make up"
        );
    }

    #[test]
    fn what_is_set_again_counts_unless_it_is_a_fallback() {
        let files = Files(vec![
            (
                "boot/grub/grub.cfg",
                "if [ $x ]; then\nif [ $y ]; then set a=1; else set a=2; fi\nset a=3\nfi\nset b=1\n\
                 menuentry 'o' { linux /k $a $b }\nsource /b.cfg"
                    .into(),
            ),
            ("b.cfg", "set b=2\nmenuentry 'i' { linux /k $a $b }".into()),
        ]);
        let arguments: Vec<String> = read(&files).unwrap().into_iter().map(|entry| entry.arguments).collect();
        assert_eq!(arguments, ["1 1", "1 2"]);
    }

    #[test]
    fn another_menu_knows_what_was_exported_and_keeps_what_it_sets() {
        let files = Files(vec![
            (
                "EFI/BOOT/grub.cfg",
                "set a=1\nset b=2\nexport a\nset default=1\nset prefix=($root)/other\n\
                 configfile $prefix/grub.cfg\nmenuentry o { linux /k $a $c }"
                    .into(),
            ),
            ("other/grub.cfg", "set c=3\nmenuentry i { linux /k $a $b $c $prefix }".into()),
        ]);
        let found = read(&files).unwrap();
        assert_eq!(found[0].arguments, "1  3 ()/other");
        assert!(found[0].is_default, "the default of its own menu");
        assert_eq!(found[1].arguments, "1 ");
    }

    #[test]
    fn of_two_branches_the_first_kernel_counts() {
        let found =
            entries("menuentry a {\nif cpuid -l; then\nlinux /64 a\nelse\nlinux /32 b\nfi\ninitrd /i\n}");
        assert_eq!((found[0].kernel.as_str(), found[0].arguments.as_str()), ("64", "a"));
    }

    #[test]
    fn a_multiboot_kernel_has_modules() {
        let found =
            entries("menuentry a { multiboot2 /unix /unix -B x=1\nmodule2 /archive /archive type=rootfs\n}");
        assert_eq!(found[0].initrds, ["archive"]);
        assert_eq!(found[0].arguments, "/unix -B x=1");
    }

    #[test]
    fn variables_that_double_do_not_grow_without_bound() {
        let mut text = String::from("set a0=xxxxxxxxxxxxxxxx\n");
        for number in 1..100 {
            text += &format!("set a{number}=$a{0}$a{0}$a{0}$a{0}\n", number - 1);
        }
        text += "menuentry a { linux /k $a99 }";
        assert!(entries(&text)[0].arguments.len() <= limits::MENU_LINE_BYTES);
    }

    #[test]
    fn variables_beyond_the_bound_of_a_line_are_left_out() {
        let arguments = |value: usize| {
            let text = format!("set a={}\nset b=y\nmenuentry a {{ linux /k $a$b z }}", "x".repeat(value));
            entries(&text)[0].arguments.clone()
        };
        let most = limits::MENU_LINE_BYTES;
        assert_eq!(arguments(most - 1), format!("{}y z", "x".repeat(most - 1)));
        assert_eq!(arguments(most), format!("{} z", "x".repeat(most)));
        assert_eq!(arguments(most + 1), " z");
    }

    #[test]
    fn unfinished_text_gives_what_there_is() {
        assert_eq!(entries("menuentry 'never closed {\nlinux /k").len(), 1);
        assert_eq!(entries("menuentry a {\nlinux /k ${").len(), 1);
        assert_eq!(entries("}}}} menuentry").len(), 0);
    }
}
