//! Whether this host runs guests, and what to do where it does not.

use xctl::host_check::{Facts, Finding, Verdict, check};

use crate::command::Arguments;
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::{Style, Table, printable};

pub(super) fn host_check(control: &mut Control, _: &Arguments) -> Outcome {
    let found = check(&Facts::of_this_host());
    show(control, &found);
    match found.iter().any(|finding| finding.verdict == Verdict::Fail) {
        true => Err(Failure::silent()),
        false => Ok(()),
    }
}

fn show(control: &Control, found: &[Finding]) {
    let output = &control.output;
    let mut table = Table::new(&["Result", "Check", "For", "Found"]);
    for finding in found {
        table.row([finding.verdict.name(), finding.name, finding.purpose, &finding.said]);
    }
    // The first column has the verdict, which stands out by its colour where there are any.
    for line in table.render(!output.quiet).lines() {
        let verdict = [Verdict::Pass, Verdict::Warn, Verdict::Fail]
            .into_iter()
            .find(|verdict| line.trim_start().starts_with(verdict.name()));
        match verdict {
            Some(verdict) => {
                let name = verdict.name();
                output.line(line.replacen(name, &output.styled(style(verdict), name), 1));
            }
            None => output.line(line),
        }
    }
    let mended: Vec<&Finding> = found.iter().filter(|finding| !finding.mend.is_empty()).collect();
    if !mended.is_empty() {
        output.line("\nWhat mends it:");
    }
    for finding in mended {
        output.line(format_args!(
            "  {}: {}\n      {}",
            finding.name,
            printable(&finding.said),
            printable(&finding.mend)
        ));
    }
}

fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Pass => Style::Good,
        Verdict::Warn => Style::Doubtful,
        Verdict::Fail => Style::Bad,
    }
}
