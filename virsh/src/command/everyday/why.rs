//! Why a guest does not run.

use xctl::diagnosis;

use crate::command::Arguments;
use crate::command::domain::{By, find};
use crate::control::Control;
use crate::failure::Outcome;
use crate::output::printable;

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
