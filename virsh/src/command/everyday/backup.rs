//! Backups in directories, and the way back.

use std::path::{Path, PathBuf};

use xctl::backup::{self, Error, Manifest, Mode, Plan, Point, Request, Wish};
use xctl::cleanup;
use xctl::progress::Cancel;

use crate::command::domain::{By, find};
use crate::command::{Answer, Arguments};
use crate::confirm::confirm;
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::{Lines, Record, Table, bytes, field, moment, printable};

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let hint = error.hint();
        let failure = match error {
            Error::Libvirt(error) => Self::from(error),
            error => Self::said(printable(&error.to_string())),
        };
        Self { hint, ..failure }
    }
}

fn cancel() -> Result<Cancel, Failure> {
    let cancel = Cancel::new();
    cancel.on_signals().map_err(|error| Failure::said(format!("cannot listen for ^C: {error}")))?;
    Ok(cancel)
}

pub(super) fn make(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("full", "incremental")?;
    let domain = find(control, arguments, By::ANY)?;
    let mode = match (arguments.has("full"), arguments.has("incremental")) {
        (true, _) => Mode::Full,
        (_, true) => Mode::Incremental,
        _ => Mode::Auto,
    };
    let request = Request { directory: arguments.required("directory")?.into(), mode };
    let connection = control.connection()?;
    let progress = Lines::new(control.output.quiet);
    let cancel = cancel()?;
    cleanup::recover(&connection, &progress);
    let made = backup::run(&connection, &domain, &request, &progress, &cancel).map_err(|error| {
        let failure = Failure::from(error);
        let attempted = format!("Failed to back up domain '{}'", domain.name());
        Failure { said: [vec![attempted], failure.said].concat(), ..failure }
    })?;
    let kind = kind(&made.point);
    let why = made.why_full.map(|why| format!(", as {}", printable(&why))).unwrap_or_default();
    control.output.last_remark(format_args!(
        "Domain '{}' backed up to {}, point {}: {kind}, {}{why}",
        domain.name(),
        printable(arguments.required("directory")?),
        made.point.number,
        bytes(made.point.bytes())
    ));
    Ok(())
}

/// What a point is called by what it holds.
fn kind(point: &Point) -> &'static str {
    if point.is_incremental() { "incremental" } else { "full" }
}

fn points(arguments: &Arguments) -> Result<Vec<Point>, Failure> {
    Ok(Manifest::of(Path::new(arguments.required("directory")?))?.points)
}

fn targets(point: &Point) -> Vec<&str> {
    point.disks.iter().map(|disk| disk.target.as_str()).collect()
}

pub(super) fn list(control: &mut Control, arguments: &Arguments) -> Outcome {
    let mut table = Table::new(&["Point", "Time", "Kind", "Domain", "Size", "Disks"]);
    for point in &points(arguments)? {
        table.row([
            point.number.to_string(),
            moment::local(i64::try_from(point.time).unwrap_or_default()),
            kind(point).to_owned(),
            if point.ran { "running" } else { "shut off" }.to_owned(),
            bytes(point.bytes()),
            targets(point).join(", "),
        ]);
    }
    control.output.table(&table);
    Ok(())
}

pub(super) const LIST: Answer = Answer::list(
    &[
        field::number("point", "the point's number"),
        field::measured("time", "seconds since 1970", "when it was"),
        field::boolean("incremental", "whether it is laid over another point"),
        field::boolean("ran", "whether the domain ran, so that its disks are as after a power failure"),
        field::bytes("size", "what it takes"),
        field::list("disks", "the disks that it has, by their targets"),
    ],
    |_, arguments| {
        let record = |point: &Point| {
            Record::new()
                .with("point", point.number)
                .with("time", point.time)
                .with("incremental", point.is_incremental())
                .with("ran", point.ran)
                .with("size", point.bytes())
                .with("disks", targets(point))
        };
        Ok(points(arguments)?.iter().map(record).collect())
    },
);

pub(super) fn restore(control: &mut Control, arguments: &Arguments) -> Outcome {
    let wish = Wish {
        directory: arguments.required("directory")?.into(),
        point: arguments.number("point")?,
        name: arguments.text("name")?.map(str::to_owned),
        to: arguments.text("to")?.map(PathBuf::from),
        replace: arguments.has("replace"),
    };
    let connection = control.connection()?;
    let progress = Lines::new(control.output.quiet);
    let cancel = cancel()?;
    cleanup::recover(&connection, &progress);
    let plan = Plan::new(&connection, &wish)?;
    let overwritten = plan.overwrites();
    if !overwritten.is_empty() {
        let what = format!("overwrite {}", printable(&overwritten.join(", ")));
        confirm(&control.output, &what, "", arguments.has("yes"))?;
    }
    let domain = plan.run(&connection, &progress, &cancel)?;
    let point = plan.point().number;
    control
        .output
        .last_remark(format_args!("Domain '{}' restored to point {point}; it is off", domain.name()));
    Ok(())
}
