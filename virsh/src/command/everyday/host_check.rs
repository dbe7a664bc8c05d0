//! Whether this host runs guests, and what to do where it does not.

use xctl::host_check::{Facts, Finding, Verdict, check};

use crate::command::{Answer, Arguments};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::{Record, Style, Table, field, printable};

pub(super) fn host_check(control: &mut Control, _: &Arguments) -> Outcome {
    if control.hosts.is_some() {
        return Err(Failure::said("'host-check' looks at the host that it runs on, and at no other")
            .hint("ssh HOST virsh host-check"));
    }
    let found = check(&Facts::of_this_host());
    show(control, &found);
    match found.iter().any(|finding| finding.verdict == Verdict::Fail) {
        true => Err(Failure::silent()),
        false => Ok(()),
    }
}

pub(super) const ANSWER: Answer = Answer::list(
    &[
        field::text("result", "pass, warn or fail"),
        field::text("check", "what was looked at"),
        field::text("purpose", "what guests need it for"),
        field::text("found", "what was found"),
        field::text("mend", "what mends it; empty where nothing is to be mended").aside(),
    ],
    |_, _| {
        let record = |finding: Finding| {
            Record::new()
                .with("result", finding.verdict.name())
                .with("check", finding.name)
                .with("purpose", finding.purpose)
                .with("found", finding.said)
                .with("mend", finding.mend)
        };
        Ok(check(&Facts::of_this_host()).into_iter().map(record).collect())
    },
)
.fails_with("result", "fail");

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
