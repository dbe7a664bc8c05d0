//! What may come next on a line of a program, derived from its table and the library's; shells ask with
//! `--complete LINE`.

use std::time::Duration;
use std::{process, thread};

use xctl::completion::{Asked, Names};
use xctl::domain;
use xctl::property::Table;

use crate::program::Program;
use crate::report;
use crate::row::{Manner, Row, Takes};

/// What the name of an option's value says that it is.
const VALUES: &[(&str, Names)] = &[
    ("URI", Names::Uris),
    ("GUEST", Names::Guests),
    ("DOMAIN", Names::Guests),
    ("OS", Names::Systems),
    ("MACHINE", Names::Machines),
    ("ARCH", Names::Architectures),
    ("TYPE", Names::VirtTypes),
    ("FILE", Names::Files),
    ("FILE.toml", Names::Files),
    ("IMAGE", Names::Files),
    ("TREE", Names::Files),
    ("PATH", Names::Files),
];

/// Options that take one of a few words.
const WORDS: &[(&str, &[&str])] = &[
    ("autoconsole", &["text", "graphical", "none", "default"]),
    (
        "check",
        &[
            "path_in_use=off",
            "disk_size=off",
            "mac_in_use=off",
            "memory_size=off",
            "path_exists=off",
            "all=off",
        ],
    ),
    ("print-xml", &["1", "2", "all"]),
    ("edit", &["1", "all"]),
    ("generate", &["man", "bash", "zsh", "fish"]),
];

/// Prints the candidates, each with a tab and its help. Whatever hangs, the shell gets its prompt back.
pub(crate) fn print(program: &'static Program, line: &str) {
    const PATIENCE: Duration = Duration::from_secs(3);
    thread::spawn(|| {
        thread::sleep(PATIENCE);
        process::exit(0);
    });
    for (word, help) in candidates(program, line) {
        report::line(&if help.is_empty() { word } else { format!("{word}\t{help}") });
    }
}

/// An option of a program.
#[derive(Clone, Copy)]
enum Opt {
    Own(&'static Row),
    Table(&'static Table, Option<&'static str>),
}

impl Opt {
    fn takes_value(self) -> bool {
        !matches!(self, Opt::Own(Row { takes: Takes::Nothing, .. }))
    }

    /// Whether the next word is its value whatever it is.
    fn needs_value(self) -> bool {
        match self {
            Opt::Own(row) => matches!(row.takes, Takes::One(_) | Takes::Many(_)),
            Opt::Table(_, missing) => missing.is_none(),
        }
    }

    fn is_connect(self) -> bool {
        matches!(self, Opt::Own(row) if row.name == "connect")
    }
}

fn option(program: &Program, word: &str) -> Option<Opt> {
    let manner = |table: &Table| program.manners.iter().find(|manner| manner.option == table.option);
    let own = |fits: &dyn Fn(&Row) -> bool| program.options.iter().find(|row| fits(row)).map(Opt::Own);
    if let Some(name) = word.strip_prefix("--") {
        let is = |row: &Row| {
            !matches!(row.takes, Takes::Operand(_)) && (row.name == name || row.aliases.contains(&name))
        };
        let of_table = |table| Opt::Table(table, manner(table).and_then(|manner: &Manner| manner.missing));
        let exact = own(&is).or_else(|| {
            let mut tables = program.tables();
            tables.find(|table| table.option == name || table.aliases.contains(&name)).map(of_table)
        });
        // As the command line is read: a beginning that fits one option is that option.
        let begins = |own: &str, aliases: &[&str]| {
            own.starts_with(name) || aliases.iter().any(|a| a.starts_with(name))
        };
        let rows = program.options.iter().filter(|row| !matches!(row.takes, Takes::Operand(_)));
        let rows = rows.filter(|row| begins(row.name, row.aliases)).map(Opt::Own);
        let tables = program.tables().filter(|table| begins(table.option, table.aliases)).map(of_table);
        let mut fitting = rows.chain(tables);
        return exact.or_else(|| fitting.next().filter(|_| fitting.next().is_none()));
    }
    let letter = word.strip_prefix('-')?.chars().next()?;
    own(&|row| row.short == Some(letter)).or_else(|| {
        let has = |table: &&'static Table| manner(table).is_some_and(|manner| manner.short == Some(letter));
        program.tables().find(has).map(|table| Opt::Table(table, None))
    })
}

/// What may stand at the end of the line, and what it is.
fn candidates(program: &'static Program, line: &str) -> Vec<(String, &'static str)> {
    let (words, partial) = words(line);
    let mut rest = words.get(1..).unwrap_or_default().iter();
    let mut asked = Asked::new(None);
    let mut operands = 0;
    while let Some(word) = rest.next() {
        if !word.starts_with('-') {
            operands += 1;
            continue;
        }
        let (name, attached) = match word.split_once('=') {
            Some((name, value)) if word.starts_with("--") => (name, Some(value)),
            _ if !word.starts_with("--") => {
                (&word[..], word.char_indices().nth(2).map(|(at, _)| &word[at..]))
            }
            _ => (&word[..], None),
        };
        let Some(option) = option(program, name) else { continue };
        if !option.takes_value() || attached.is_some() {
            if let (true, Some(uri)) = (option.is_connect(), attached) {
                asked = Asked::new(Some(uri.to_owned()));
            }
            continue;
        }
        let optional = !option.needs_value();
        match rest.as_slice().first() {
            None if !(optional && partial.starts_with('-')) => {
                return plain(values(option, &partial, &asked));
            }
            Some(value) if !(optional && value.starts_with('-')) => {
                if option.is_connect() {
                    asked = Asked::new(Some(value.clone()));
                }
                rest.next();
            }
            _ => {}
        }
    }
    if let Some((name, value)) = partial.split_once('=').filter(|_| partial.starts_with("--")) {
        let found = option(program, name).map(|option| values(option, value, &asked)).unwrap_or_default();
        return plain(found.into_iter().map(|word| format!("{name}={word}")).collect());
    }
    let attached =
        partial.char_indices().nth(2).filter(|_| partial.starts_with('-') && !partial.starts_with("--"));
    if let Some((letter, value)) = attached.map(|(at, _)| partial.split_at(at)) {
        let option = option(program, letter).filter(|option| option.takes_value());
        let found = option.map(|option| values(option, value, &asked)).unwrap_or_default();
        return plain(found.into_iter().map(|word| format!("{letter}{word}")).collect());
    }
    let operand = program.options.iter().find(|row| matches!(row.takes, Takes::Operand(_)));
    if let (Some(row), 0, false) = (operand, operands, partial.starts_with('-')) {
        return plain(values(Opt::Own(row), &partial, &asked));
    }
    options(program, &partial)
}

/// The options that help shows, and `--help` itself; those of former versions where none of these is meant.
fn options(program: &'static Program, partial: &str) -> Vec<(String, &'static str)> {
    let named = |name, aliases: &'static [&'static str], help| {
        std::iter::once(name).chain(aliases.iter().copied()).map(move |name| (name, help))
    };
    let rows = |shown: bool| {
        let rows = program.options.iter().filter(move |row| row.section.is_some() == shown);
        rows.filter(|row| !matches!(row.takes, Takes::Operand(_)))
            .flat_map(move |row| named(row.name, row.aliases, row.help))
    };
    let tables = program.tables().flat_map(|table| named(table.option, table.aliases, table.help));
    let common = [("help", "Print help"), ("version", "Print the version")];
    let word = |(name, help)| (format!("--{name}"), help);
    let fits = |(word, _): &(String, &'static str)| word.starts_with(partial);
    let mut found: Vec<_> = rows(true).chain(tables).chain(common).map(word).filter(fits).collect();
    let is_unmeant = found.is_empty();
    found.extend(rows(false).map(word).filter(|former| former.0 == partial || (is_unmeant && fits(former))));
    found
}

/// What the value of an option may go on as.
fn values(option: Opt, partial: &str, asked: &Asked) -> Vec<String> {
    let row = match option {
        Opt::Table(table, _) => return asked.suboptions(table, partial),
        Opt::Own(row) => row,
    };
    if let Some((_, words)) = WORDS.iter().find(|(name, _)| *name == row.name) {
        return words
            .iter()
            .filter(|word| word.starts_with(partial))
            .map(|word| (*word).to_owned())
            .collect();
    }
    let (Takes::One(value) | Takes::Many(value) | Takes::Maybe(value, _) | Takes::Operand(value)) = row.takes
    else {
        return Vec::new();
    };
    let named = VALUES.iter().find(|(name, _)| *name == value);
    let names = |partial| named.map(|(_, names)| asked.names(*names, partial, None)).unwrap_or_default();
    let mut found = names(partial);
    // What an option is called is often what its value is: some take suboptions, alone or after a first word.
    if let Some(table) = domain::table(row.name) {
        found.extend(asked.suboptions(table, partial));
    }
    if row.name == "image" {
        found.extend(asked.names(Names::Systems, partial, None));
    }
    let mut seen = std::collections::HashSet::new();
    // What may be a name as it is needs no backslashes.
    found.retain(|word| seen.insert(word.replace('\\', "")));
    found
}

fn plain(words: Vec<String>) -> Vec<(String, &'static str)> {
    words.into_iter().map(|word| (word, "")).collect()
}

/// The words of a shell's line, quotes and backslashes resolved, and the unfinished one at its end.
fn words(line: &str) -> (Vec<String>, String) {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut started = false;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', None | Some('"')) => word.extend(chars.next()),
            (c, Some(open)) if c == open => quote = None,
            (c, Some(_)) => word.push(c),
            ('\'' | '"', None) => quote = Some(c),
            (c, None) if c.is_whitespace() => {
                if started {
                    words.push(std::mem::take(&mut word));
                }
                started = false;
                continue;
            }
            (c, None) => word.push(c),
        }
        started = true;
    }
    (words, word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clone::VIRT_CLONE;
    use crate::edit::VIRT_XML;
    use crate::install::VIRT_INSTALL;

    fn found(program: &'static Program, line: &str) -> Vec<String> {
        candidates(program, line).into_iter().map(|(word, _)| word).collect()
    }

    #[test]
    fn words_are_those_of_a_shell() {
        let cut = |line| words(line);
        assert_eq!(cut("a 'b c'  d\\ e"), (vec!["a".into(), "b c".into()], "d e".into()));
        assert_eq!(cut("a \"b "), (vec!["a".into()], "b ".into()));
        assert_eq!(cut("a '' "), (vec!["a".into(), String::new()], String::new()));
    }

    #[test]
    fn every_option_that_help_shows_is_offered() {
        for program in crate::PROGRAMS {
            let offered = found(program, &format!("{} -", program.name));
            let command = program.command();
            let shown = command.get_arguments().filter(|argument| !argument.is_hide_set());
            for name in shown.filter_map(|argument| argument.get_long()) {
                assert!(offered.contains(&format!("--{name}")), "{} --{name}", program.name);
            }
        }
    }

    #[test]
    fn every_name_of_an_option_is_offered_and_in_the_man_page() {
        for program in crate::PROGRAMS {
            let page = crate::generate::page(program).unwrap();
            let rows = program.options.iter().filter(|row| !matches!(row.takes, Takes::Operand(_)));
            let rows = rows.map(|row| (row.name, row.aliases));
            let tables = program.tables().map(|table| (table.option, table.aliases));
            for (name, aliases) in rows.chain(tables) {
                for name in std::iter::once(&name).chain(aliases) {
                    let offered = found(program, &format!("{} --{name}", program.name));
                    assert!(offered.contains(&format!("--{name}")), "{} --{name}", program.name);
                    let text = format!("\\fB{}\\fR", format!("--{name}").replace('-', "\\-"));
                    assert!(page.contains(&text), "{} {text}", program.name);
                }
            }
        }
        assert_eq!(found(&VIRT_INSTALL, "virt-install --os-v"), ["--os-variant"]);
        assert_eq!(found(&VIRT_INSTALL, "virt-install --nogr"), ["--nographics"]);
    }

    #[test]
    fn every_suboption_is_offered() {
        for program in crate::PROGRAMS {
            for table in program.tables() {
                let offered = found(program, &format!("{} --{} a,", program.name, table.option));
                for name in table.properties().flat_map(|row| row.names()) {
                    let text = format!("a,{}=", name.replace('#', "0"));
                    assert!(offered.contains(&text), "{} --{} {text}", program.name, table.option);
                }
            }
        }
    }

    #[test]
    fn a_letter_means_what_it_means_to_its_program() {
        assert_eq!(found(&VIRT_XML, "virt-xml -c test://"), ["test:///default"]);
        assert_eq!(found(&VIRT_CLONE, "virt-clone -c test:///default -o "), ["test"]);
        assert_eq!(found(&VIRT_INSTALL, "virt-install -c /etc/hostn"), ["/etc/hostname"]);
        for (words, expected) in [
            ("--connect test:///default -w network=de", "network=default"),
            ("--conn test:///default -w network=de", "network=default"),
            ("--connect test:///default --netw network=de", "network=default"),
            ("--connect test:///default -wnetwork=de", "-wnetwork=default"),
            ("-f /etc/hostn", "/etc/hostname"),
            ("--write-file /etc/hostn", "/etc/hostname"),
        ] {
            assert_eq!(found(&VIRT_INSTALL, &format!("virt-install {words}")), [expected], "{words}");
        }
    }

    #[test]
    fn every_value_is_completed_or_free() {
        let free = [
            "ADDRESS",
            "ARGUMENTS",
            "BRIDGE",
            "CPUS",
            "GIB",
            "KEYMAP",
            "MAC",
            "MIB",
            "MINUTES",
            "NAME",
            "PORT",
            "PROGRAM",
            "TARGET",
            "TEXT",
            "UUID",
        ];
        for row in crate::PROGRAMS.iter().flat_map(|program| program.options) {
            let (Takes::One(value) | Takes::Many(value) | Takes::Maybe(value, _) | Takes::Operand(value)) =
                row.takes
            else {
                continue;
            };
            assert!(
                free.contains(&value)
                    || VALUES.iter().any(|(name, _)| *name == value)
                    || WORDS.iter().any(|(name, _)| *name == row.name)
                    || domain::table(row.name).is_some(),
                "--{} {value}",
                row.name
            );
        }
    }

    #[test]
    fn guests_are_offered_where_one_is_named() {
        let line = "virt-xml --connect=test:///default ";
        assert_eq!(found(&VIRT_XML, line), ["test"]);
        assert_eq!(found(&VIRT_XML, &format!("{line}test --edit --upd")), ["--update"]);
        assert_eq!(found(&VIRT_XML, &format!("{line}test --edit a")), ["all"]);
        assert!(
            found(&VIRT_XML, &format!("{line}test --disk=cache=w"))
                .contains(&"--disk=cache=writeback".into())
        );
    }
}
