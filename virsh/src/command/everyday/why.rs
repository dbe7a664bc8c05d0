//! Why a guest does not run.

use xctl::diagnosis;

use crate::command::domain::{By, find};
use crate::command::{Answer, Arguments};
use crate::control::Control;
use crate::failure::Outcome;
use crate::output::{Record, field, printable};

pub(super) fn why(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let found = diagnosis::why(&control.connection()?, &domain)?;
    let output = &control.output;
    output.line(format_args!("Domain '{}' is {}", domain.name(), found.state));
    if !found.said.is_empty() {
        output.line("\nWhat was said of it:");
    }
    for line in &found.said {
        output.line(format_args!("  {}", printable(line)));
    }
    if !found.obstacles.is_empty() {
        output.line("\nWhat stands in its way, and what mends it:");
    } else if !found.runs {
        output.line("\nNothing was found that stands in its way.");
    }
    for obstacle in &found.obstacles {
        output.line(format_args!("  {}\n      {}", printable(&obstacle.what), printable(&obstacle.mend)));
    }
    Ok(())
}

pub(super) const ANSWER: Answer = Answer::facts(
    &[
        field::text("name", "the domain's name"),
        field::text("state", "what it is doing, and why"),
        field::boolean("runs", "whether it runs, and its processors do"),
        field::list("said", "what libvirt remarks on it, and what its emulator said last"),
        field::list("obstacles", "what stands in its way: records of what it is and what mends it"),
    ],
    |control, arguments| {
        let domain = find(control, arguments, By::ANY)?;
        let found = diagnosis::why(&control.connection()?, &domain)?;
        let obstacles = found.obstacles.into_iter();
        let obstacles: Vec<Record> = obstacles
            .map(|obstacle| Record::new().with("what", obstacle.what).with("mend", obstacle.mend))
            .collect();
        Ok(Record::new()
            .with("name", domain.name())
            .with("state", found.state)
            .with("runs", found.runs)
            .with("said", found.said)
            .with("obstacles", obstacles))
    },
);
