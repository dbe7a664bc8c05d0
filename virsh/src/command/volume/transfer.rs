//! Copying volumes from and to files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;

use hypervisor::transfer::Transfer;
use hypervisor::{Error, Volume};

use super::find;
use crate::command::{Arguments, file};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::interrupt::Interrupt;

/// Which part of the volume is copied.
fn part(arguments: &Arguments) -> Result<Transfer, Failure> {
    let offset = arguments.number("offset")?.unwrap_or(0);
    let length = match arguments.text("length")? {
        // As scripts have it: all that is there.
        Some(text) if text.starts_with('-') && text.parse::<i64>().is_ok() => None,
        _ => arguments.number("length")?,
    };
    Ok(Transfer { offset, length: length.filter(|length| *length != 0), sparse: arguments.has("sparse") })
}

pub(super) fn download(control: &mut Control, arguments: &Arguments) -> Outcome {
    let part = part(arguments)?;
    let volume = find::volume(control, arguments)?;
    let path = arguments.required("file")?;
    let interrupt = Interrupt::watch()?;
    let (mut to, is_new) = create(path)?;
    let total = volume.info().map(|info| info.capacity.0.saturating_sub(part.offset)).unwrap_or(0);
    let mut bar = Bar::new(control, "Downloading", part.length.map_or(total, |most| most.min(total)));
    let copied = volume.download(&mut to, part, &mut |done| bar.show(done, &interrupt));
    bar.end();
    copied.map_err(|error| {
        // What is left of it helps nobody.
        let is_removed = is_new && fs::remove_file(path).is_ok();
        let is_file = to.metadata().is_ok_and(|metadata| metadata.is_file());
        let failure = failure(&volume, error, "download", "download from", "receive data from");
        match is_removed || !is_file {
            true => failure,
            false => failure.hint(format!("{path} holds no more than a part of the volume")),
        }
    })
}

pub(super) fn upload(control: &mut Control, arguments: &Arguments) -> Outcome {
    let part = part(arguments)?;
    let volume = find::volume(control, arguments)?;
    let path = arguments.required("file")?;
    let mut from = File::open(path).map_err(|error| refused("read", path, &error))?;
    let total = from.metadata().map(|metadata| metadata.len()).unwrap_or(0);
    let mut bar = Bar::new(control, "Uploading", part.length.map_or(total, |most| most.min(total)));
    let interrupt = Interrupt::watch()?;
    let mut begun = false;
    let copied = volume.upload(&mut from, part, &mut |done| {
        begun = true;
        bar.show(done, &interrupt)
    });
    bar.end();
    copied.map_err(|error| {
        let failure = failure(&volume, error, "upload", "upload to", "send data to");
        match begun {
            true => failure.hint(format!("the volume {} holds a part of {path} now", volume.name())),
            false => failure,
        }
    })
}

/// The file to write, and whether it was not there before.
fn create(path: &str) -> Result<(File, bool), Failure> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let opened = OpenOptions::new().write(true).truncate(true).open(path);
            opened.map(|file| (file, false)).map_err(|error| refused("create", path, &error))
        }
        opened => opened.map(|file| (file, true)).map_err(|error| refused("create", path, &error)),
    }
}

fn refused(verb: &str, path: &str, error: &io::Error) -> Failure {
    Failure { said: vec![format!("cannot {verb} {path}"), file::reason(error)], ..Failure::default() }
}

/// What went wrong, by the step that it went wrong in.
fn failure(volume: &Volume, error: Error, open: &str, opening: &str, copying: &str) -> Failure {
    let step = match &*error.attempted {
        attempted if attempted == open => opening,
        "finish" => "close",
        _ => copying,
    };
    let object = volume.name();
    Failure { said: vec![format!("cannot {step} volume {object}")], cause: Some(Box::new(error)), hint: None }
}

/// How much is done, for a person at a terminal.
struct Bar {
    label: Option<&'static str>,
    total: u64,
    shown: Option<u64>,
}

impl Bar {
    fn new(control: &Control, label: &'static str, total: u64) -> Self {
        let output = &control.output;
        let is_seen = !output.quiet && !output.is_kept() && total > 0 && io::stderr().is_terminal();
        Self { label: is_seen.then_some(label), total, shown: None }
    }

    /// Shows it, and goes on unless ^C came.
    fn show(&mut self, done: u64, interrupt: &Interrupt) -> ControlFlow<()> {
        if let Some(label) = self.label {
            let percent = (u128::from(done.min(self.total)) * 100 / u128::from(self.total)) as u64;
            if self.shown.replace(percent) != Some(percent) {
                // Nobody misses what cannot be shown.
                let _ = write!(io::stderr(), "\r{label}: [{percent:3} %]");
            }
        }
        if interrupt.came() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn end(&self) {
        if self.shown.is_some() {
            let _ = writeln!(io::stderr());
        }
    }
}
