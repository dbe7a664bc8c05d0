//! What holds for every program of the suite.

use anyhow::Result;

use crate::Test;
use crate::place::PROGRAMS;
use crate::user::User;

pub(crate) const TESTS: &[Test] = &[
    Test { name: "every_program_says_its_version", needs: &[], run: every_program_says_its_version },
    Test { name: "every_program_helps", needs: &[], run: every_program_helps },
    Test {
        name: "every_program_prints_its_man_page_and_completions",
        needs: &[],
        run: every_program_prints_its_man_page_and_completions,
    },
    Test { name: "a_closed_pipe_is_no_panic", needs: &[], run: a_closed_pipe_is_no_panic },
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

fn every_program_prints_its_man_page_and_completions() -> Result<()> {
    let user = User::new()?;
    for program in PROGRAMS {
        let page = user.run(&[program, "--generate", "man"])?.ok()?.says(".SH")?;
        anyhow::ensure!(page.stdout.contains(".TH"), "{program}: no title\n{}", page.stdout);
        for shell in ["bash", "zsh", "fish"] {
            let output = user.run(&[program, "--generate", shell])?.ok()?.says(program)?;
            if shell == "bash" {
                user.file("completion", &output.stdout)?;
                user.run(&["bash", "-n", "completion"])?.ok()?;
            }
        }
    }
    Ok(())
}

fn a_closed_pipe_is_no_panic() -> Result<()> {
    let user = User::new()?;
    for program in PROGRAMS {
        let output =
            user.run(&["sh", "-c", &format!("{program} --help | true; {program} --generate man | true")])?;
        anyhow::ensure!(!output.stderr.contains("panicked"), "{output}");
    }
    Ok(())
}
