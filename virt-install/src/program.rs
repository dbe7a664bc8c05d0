//! A program as data: its options, and the command line, help and answers that come from them.

use std::fmt;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command};
use xctl::domain;
use xctl::property::Table;

use crate::outcome::Outcome;
use crate::row::{Manner, Row, Takes};
use crate::{checks, complete, generate, report};

/// The version of virt-install whose options these programs have: scripts compare it before they use one.
const INTERFACE: &str = "5.1.0";

/// What a usage error exits with, as argparse does.
pub(crate) const USAGE: u8 = 2;

/// Options that every program has, for completion and the man page.
const COMMON: &[Row] = &[
    Row::hidden("generate", Takes::One("WHAT"), "Print the man page or a completion: man, bash, zsh or fish"),
    Row::hidden("complete", Takes::One("LINE"), "Print what may come next on a line, for completion"),
];

/// One of the programs.
#[derive(Debug)]
pub struct Program {
    /// What it is called.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// How it is typed.
    pub usage: &'static str,
    /// What stands below the options in the help.
    pub examples: &'static str,
    /// Chapters of the man page, each with its title.
    pub chapters: &'static [(&'static str, &'static str)],
    /// Where the man page points to.
    pub see_also: &'static str,
    /// Sections of the help, in order.
    pub sections: &'static [&'static str],
    /// Its own options.
    pub options: &'static [Row],
    /// Options of the library's tables that are typed in a way of their own.
    pub manners: &'static [Manner],
    /// The section that an option of the library's tables stands in; none if it is no such option here.
    pub section: fn(&Table) -> Option<&'static str>,
}

/// A question that is answered without doing anything.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Question {
    /// `--OPTION help`
    Suboptions(&'static str),
    /// `--check help`
    Checks,
    /// `--osinfo list`
    Systems,
    /// `--generate WHAT`
    Generate(String),
    /// `--complete LINE`
    Complete(String),
}

impl Program {
    /// Reads the command line and does what it says: answers questions by itself, hands all else to `run`.
    pub fn main(&'static self, run: impl FnOnce(&ArgMatches, &mut Outcome) -> Result<ExitCode>) -> ExitCode {
        report::end(self.outcome(run))
    }

    fn outcome(&'static self, run: impl FnOnce(&ArgMatches, &mut Outcome) -> Result<ExitCode>) -> ExitCode {
        let matches = match self.command().try_get_matches() {
            Ok(matches) => matches,
            Err(error) if error.kind() == ErrorKind::DisplayVersion => {
                report::text(&format!("{INTERFACE}\n"));
                if std::io::stdout().is_terminal() {
                    // Said for people only.
                    let _ = writeln!(
                        std::io::stderr(),
                        "(options and output as of that version; this is xctl {})",
                        env!("CARGO_PKG_VERSION")
                    );
                }
                return ExitCode::SUCCESS;
            }
            Err(error) => {
                let is_answer = !error.use_stderr();
                // A closed pipe leaves nobody to tell.
                let _ = error.print();
                if is_answer {
                    return ExitCode::SUCCESS;
                }
                if std::env::args_os().any(|word| word == "--json")
                    && let Ok(mut outcome) = Outcome::begin(self.name, true)
                {
                    let text = error.to_string();
                    let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
                    outcome.fail(&anyhow::anyhow!(first.to_owned()));
                    // It fails anyway.
                    let _ = outcome.end();
                }
                return ExitCode::from(USAGE);
            }
        };
        let question = self.question(&matches);
        let begun = Outcome::begin(self.name, question.is_none() && matches.get_flag("json"));
        let mut outcome = match begun {
            Ok(outcome) => outcome,
            Err(error) => {
                report::error(&error);
                return ExitCode::FAILURE;
            }
        };
        let done = match question {
            Some(question) => self.answer(&question).map(|()| ExitCode::SUCCESS),
            None => run(&matches, &mut outcome),
        };
        let code = done.unwrap_or_else(|error| {
            report::error(&error);
            outcome.fail(&error);
            if error.is::<Misread>() { ExitCode::from(USAGE) } else { ExitCode::FAILURE }
        });
        outcome.end().map(|()| code).unwrap_or_else(|error| {
            report::error(&error);
            ExitCode::FAILURE
        })
    }

    /// The library's tables that are options here.
    pub fn tables(&self) -> impl Iterator<Item = &'static Table> {
        domain::TABLES.iter().copied().filter(|table| (self.section)(table).is_some())
    }

    /// The command line as clap knows it.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(self.name)
            .version(INTERFACE)
            .about(self.about)
            .override_usage(self.usage)
            .after_help(self.examples)
            // As argparse does: any beginning of a name that fits one option only.
            .infer_long_args(true)
            .disable_version_flag(true)
            .arg(
                Arg::new("version")
                    .long("version")
                    .short('V')
                    .action(ArgAction::Version)
                    .help("Print the version of virt-install whose options these are"),
            );
        let rows = self.options.iter().chain(COMMON);
        let mut arguments: Vec<(Option<&'static str>, Arg)> =
            rows.map(|row| (row.section, argument(row))).collect();
        arguments.extend(self.tables().map(|table| ((self.section)(table), self.table_argument(table))));
        // A stable order: the sections one after the other, in each the order of the tables.
        for section in self.sections {
            for (_, argument) in arguments.iter().filter(|(own, _)| own == &Some(*section)) {
                command = command.arg(argument.clone().help_heading(*section));
            }
        }
        for (_, argument) in arguments.into_iter().filter(|(section, _)| section.is_none()) {
            command = command.arg(argument.hide(true));
        }
        command
    }

    fn table_argument(&self, table: &'static Table) -> Arg {
        let argument = Arg::new(table.option)
            .long(table.option)
            .visible_aliases(table.aliases.to_vec())
            .help(table.help)
            .value_name("OPTIONS")
            .allow_negative_numbers(true)
            .action(ArgAction::Append);
        let Some(manner) = self.manners.iter().find(|manner| manner.option == table.option) else {
            return argument;
        };
        let argument = match manner.short {
            Some(letter) => argument.short(letter),
            None => argument,
        };
        match manner.missing {
            Some(missing) => argument.num_args(0..=1).default_missing_value(missing),
            None => argument,
        }
    }

    fn question(&self, matches: &ArgMatches) -> Option<Question> {
        let typed = Typed(matches);
        if let Some(what) = typed.one("generate") {
            return Some(Question::Generate(what));
        }
        if let Some(line) = typed.one("complete") {
            return Some(Question::Complete(line));
        }
        let asks = |option: &str| typed.all(option).iter().any(|text| matches!(text.as_str(), "help" | "?"));
        if asks("check") {
            return Some(Question::Checks);
        }
        if typed.all("osinfo").iter().any(|text| text == "list") {
            return Some(Question::Systems);
        }
        domain::TABLES.iter().map(|table| table.option).find(|option| asks(option)).map(Question::Suboptions)
    }

    fn answer(&'static self, question: &Question) -> Result<()> {
        match question {
            Question::Generate(what) => return generate::print(self, what),
            Question::Complete(line) => complete::print(self, line),
            Question::Suboptions(option) => {
                report::text(&domain::table(option).map(|table| table.help()).unwrap_or_default());
            }
            Question::Checks => {
                report::line("--check options:");
                checks::NAMES.iter().for_each(|name| report::line(&format!("  {name}")));
            }
            Question::Systems => {
                for system in xctl::osinfo::Database::load().list() {
                    report::line(&system.short_ids.join(", "));
                }
            }
        }
        Ok(())
    }
}

fn argument(row: &Row) -> Arg {
    let argument = Arg::new(row.name).help(row.help);
    if let Takes::Operand(value) = row.takes {
        return argument.value_name(value);
    }
    let argument = argument.long(row.name).visible_aliases(row.aliases.to_vec());
    let argument = match row.short {
        Some(letter) => argument.short(letter),
        None => argument,
    };
    match row.takes {
        // Said twice it means the same.
        Takes::Nothing => argument.action(ArgAction::SetTrue).overrides_with(row.name),
        // Collected, so that giving it twice is told in our own words.
        Takes::One(value) | Takes::Many(value) => argument.action(ArgAction::Append).value_name(value),
        Takes::Maybe(value, missing) => argument
            .action(ArgAction::Append)
            .value_name(value)
            .num_args(0..=1)
            .default_missing_value(missing)
            .allow_negative_numbers(true),
        Takes::Operand(_) => argument,
    }
}

/// A command line that contradicts itself, or has a word where a number belongs. It ends as one with an unknown option.
#[derive(Debug)]
pub struct Misread(pub String);

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misread {}

/// Options as typed.
#[derive(Debug, Clone, Copy)]
pub struct Typed<'a>(pub &'a ArgMatches);

impl Typed<'_> {
    /// Whether an option that takes nothing is there.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.0.get_flag(name)
    }

    /// All values of an option, in the order given.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<String> {
        let values = self.0.try_get_many::<String>(name).ok().flatten();
        values.map(|values| values.cloned().collect()).unwrap_or_default()
    }

    /// The value of an option that has one.
    #[must_use]
    pub fn one(&self, name: &str) -> Option<String> {
        self.all(name).into_iter().next()
    }

    /// The same; an empty text, which scripts give for what is not set, is none.
    #[must_use]
    pub fn some(&self, name: &str) -> Option<String> {
        self.one(name).filter(|text| !text.is_empty())
    }

    /// Refuses options of the program that are given twice and can have one value only.
    ///
    /// # Errors
    /// Names the option.
    pub fn check_given_once(&self, program: &Program) -> Result<()> {
        let single = |row: &&Row| matches!(row.takes, Takes::One(_) | Takes::Maybe(..));
        for row in program.options.iter().filter(single) {
            if self.all(row.name).len() > 1 {
                anyhow::bail!("--{} is given twice\n  it can have one value only", row.name);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PROGRAMS;
    use std::collections::HashSet;

    #[test]
    fn commands_are_sound() {
        for program in PROGRAMS {
            program.command().debug_assert();
        }
    }

    #[test]
    fn no_name_or_letter_is_used_twice() {
        for program in PROGRAMS {
            let mut names = HashSet::new();
            let mut letters = HashSet::new();
            for row in program.options.iter().chain(COMMON) {
                for name in std::iter::once(&row.name).chain(row.aliases) {
                    assert!(names.insert(*name), "{} --{name}", program.name);
                }
                let is_new = row.short.is_none_or(|letter| letters.insert(letter));
                assert!(is_new, "{} --{}", program.name, row.name);
                assert!(!row.help.is_empty() && !row.help.ends_with('.'), "{} --{}", program.name, row.name);
            }
            for table in program.tables() {
                assert!(names.insert(table.option), "{} --{}", program.name, table.option);
            }
        }
    }

    #[test]
    fn a_beginning_that_fits_one_option_is_that_option() {
        let line = ["virt-install", "--graph", "none", "--noauto", "--ram", "512"];
        let matches = crate::install::VIRT_INSTALL.command().try_get_matches_from(line).unwrap();
        assert!(matches.get_flag("noautoconsole"));
        assert_eq!(matches.get_one::<String>("graphics").map(String::as_str), Some("none"));
    }
}
