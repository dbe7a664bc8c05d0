//! The options that were given, on a command line or in a file: the one form between the two.
//!
//! A file becomes words of a command line ([`Said::words`]), which are read as if they had been typed: nothing is
//! decided twice.

use clap::ArgMatches;
use xctl::property::Table;

use super::options::VIRT_INSTALL;
use crate::program::Typed;
use crate::row::Takes;

/// Options that are about one run, and have no place in a file.
const OF_THE_RUN: &[&str] = &["write-file", "json"];

/// How the name of a file of options ends; others that `--file` names are disks, as in former versions.
const SUFFIX: &str = ".toml";

/// An option by its name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named {
    /// It is there or not.
    Flag(&'static str),
    /// It has one value, which may stand for itself when it is left out.
    One(&'static str, Option<&'static str>),
    /// It has a value each time it is given, likewise.
    Many(&'static str, Option<&'static str>),
}

impl Named {
    /// Every option, in the order of the help.
    pub(super) fn all() -> impl Iterator<Item = Named> {
        let rows = VIRT_INSTALL.options.iter().filter(|row| !OF_THE_RUN.contains(&row.name));
        let rows = rows.filter_map(|row| match row.takes {
            Takes::Nothing => Some(Named::Flag(row.name)),
            Takes::One(_) => Some(Named::One(row.name, None)),
            Takes::Maybe(_, missing) => Some(Named::One(row.name, Some(missing))),
            Takes::Many(_) => Some(Named::Many(row.name, None)),
            Takes::Operand(_) => None,
        });
        let missing =
            |table: &Table| VIRT_INSTALL.manners.iter().find(|manner| manner.option == table.option)?.missing;
        rows.chain(VIRT_INSTALL.tables().map(move |table| Named::Many(table.option, missing(table))))
    }

    /// The option with this name or alias.
    pub(super) fn find(name: &str) -> Option<Named> {
        let rows = VIRT_INSTALL.options.iter().map(|row| (row.name, row.aliases));
        let tables = VIRT_INSTALL.tables().map(|table| (table.option, table.aliases));
        let (option, _) =
            rows.chain(tables).find(|(option, aliases)| *option == name || aliases.contains(&name))?;
        Named::all().find(|named| named.name() == option)
    }

    /// The option whose name comes nearest to one that there is not.
    pub(super) fn nearest(name: &str) -> Option<&'static str> {
        const LIKENESS: f64 = 0.6;
        let likeness = |own: &str| match own.starts_with(name) && name.len() > 1 {
            // As on a command line, a beginning says more than letters in common; the shortest is the likeliest.
            true => 1.0,
            false => strsim::normalized_damerau_levenshtein(own, name),
        };
        Named::all()
            .map(|named| (likeness(named.name()), named.name()))
            .filter(|(likeness, _)| *likeness >= LIKENESS)
            .min_by(|one, other| other.0.total_cmp(&one.0).then(one.1.len().cmp(&other.1.len())))
            .map(|(_, name)| name)
    }

    /// Its long name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Named::Flag(name) | Named::One(name, _) | Named::Many(name, _) => name,
        }
    }

    /// What it stands for without a value, if it may be left out.
    pub(super) fn missing(self) -> Option<&'static str> {
        match self {
            Named::Flag(_) => None,
            Named::One(_, missing) | Named::Many(_, missing) => missing,
        }
    }
}

/// Options with their texts, in the order of the help; a flag has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Said(pub(super) Vec<(&'static str, Vec<String>)>);

impl Said {
    /// What is on a command line, without files of options.
    pub(super) fn of(matches: &ArgMatches) -> Said {
        let typed = Typed(matches);
        let said = Named::all().filter_map(|named| {
            let texts = match named {
                Named::Flag(name) => return typed.is_set(name).then(|| (name, Vec::new())),
                named => typed.all(named.name()),
            };
            let texts: Vec<String> =
                texts.into_iter().filter(|text| named.name() != "file" || !is_options(text)).collect();
            (!texts.is_empty()).then(|| (named.name(), texts))
        });
        Said(said.collect())
    }

    /// This, and what `typed` says beside it: an option with one value is as typed, others come after what is said here.
    pub(super) fn with(mut self, typed: Said) -> Said {
        for (option, texts) in typed.0 {
            let at = self.0.iter().position(|(name, _)| *name == option);
            match (at, Named::find(option)) {
                (Some(at), Some(Named::Many(..))) => self.0[at].1.extend(texts),
                (Some(at), _) => self.0[at].1 = texts,
                (None, _) => self.0.push((option, texts)),
            }
        }
        self
    }

    /// The same as words of a command line, the program's name first.
    pub(super) fn words(&self) -> Vec<String> {
        let options = self.0.iter().flat_map(|(option, texts)| {
            let flag = texts.is_empty().then(|| format!("--{option}"));
            flag.into_iter().chain(texts.iter().map(move |text| format!("--{option}={text}")))
        });
        std::iter::once(VIRT_INSTALL.name.to_owned()).chain(options).collect()
    }
}

/// The files of options that a command line names.
pub(super) fn files(typed: &Typed<'_>) -> Vec<String> {
    typed.all("file").into_iter().filter(|path| is_options(path)).collect()
}

/// Whether a file holds options, by its name.
pub(super) fn is_options(path: &str) -> bool {
    path.ends_with(SUFFIX)
}
