//! virt-install: makes a virtual machine and installs its system.

use std::process::ExitCode;

use anyhow::Result;
use virt_install::command_line::{self, Question};
use virt_install::{arguments, generate, install, report};

/// What a usage error exits with, as argparse does.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let matches = match arguments::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => {
            let is_answer = !error.use_stderr();
            // A closed pipe leaves nobody to tell.
            let _ = error.print();
            return if is_answer { ExitCode::SUCCESS } else { ExitCode::from(USAGE) };
        }
    };
    let done = match command_line::question(&matches) {
        Some(question) => answer(&question).map(|()| ExitCode::SUCCESS),
        None => command_line::read(&matches).and_then(install::run),
    };
    done.unwrap_or_else(|error| {
        report::error(&error);
        ExitCode::FAILURE
    })
}

fn answer(question: &Question) -> Result<()> {
    match question {
        Question::Generate(what) => return generate::print(what),
        Question::Complete(words) => generate::complete(words),
        Question::Suboptions(option) => {
            report::text(&xctl::domain::table(option).map(|table| table.help()).unwrap_or_default());
        }
        Question::Systems => {
            for system in xctl::osinfo::Database::load().list() {
                report::line(&system.short_ids.join(", "));
            }
        }
    }
    Ok(())
}
