//! What holds for every program of the suite.

use anyhow::Result;

use crate::Test;
use crate::place::PROGRAMS;
use crate::user::User;

pub(crate) const TESTS: &[Test] = &[
    Test { name: "every_program_says_its_version", needs: &[], run: every_program_says_its_version },
    Test { name: "every_program_helps", needs: &[], run: every_program_helps },
];

fn every_program_says_its_version() -> Result<()> {
    let user = User::new()?;
    for program in PROGRAMS {
        let output = user.run(&[program, "--version"])?.ok()?;
        anyhow::ensure!(output.stdout.chars().any(|c| c.is_ascii_digit()), "no version\n{output}");
    }
    Ok(())
}

fn every_program_helps() -> Result<()> {
    let user = User::new()?;
    for program in PROGRAMS {
        user.run(&[program, "--help"])?.ok()?.says(program)?;
    }
    Ok(())
}
