//! `--extract`: copying out of the image, with progress.

use std::fs;
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use indicatif::{BinaryBytes, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use isos::extract::{ExtractError, Plan};
use isos::{Error, Image};
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::print_json;

/// Copies `path` to below `target`. What cannot be read is said, and makes the exit code 1.
pub(crate) fn extract(
    image: &Image,
    path: &str,
    target: &Path,
    replace: bool,
    quiet: bool,
    json: bool,
) -> Result<ExitCode> {
    let plan = Plan::new(image, path)?;
    tell(&plan.problems);
    if !quiet {
        tell(&plan.notes);
    }
    fs::create_dir_all(target)
        .with_context(|| format!("cannot make the directory '{}'", target.display()))?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).context("cannot listen for ^C")?;
    }
    let mut progress = Progress::new(plan.bytes, quiet);
    let done = plan.run(target, replace, &mut |bytes| {
        progress.add(bytes);
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    progress.bar.finish_and_clear();
    let done = match done {
        Err(ExtractError::Exists { target }) => bail!(
            "cannot create '{}': it is there already; name another directory with -C, or replace what is there with \
             --replace",
            target.display()
        ),
        Err(ExtractError::Image(error @ Error::Cancelled { .. })) => {
            bail!("{error}; what was copied until then is in '{}'", target.display())
        }
        Err(error @ ExtractError::Write { .. }) => {
            let so_far = format!("what was copied until then is in '{}'", target.display());
            bail!("{:#}; {so_far}", anyhow::Error::new(error))
        }
        done => done?,
    };
    tell(&done.problems);
    let problems: Vec<&String> = plan.problems.iter().chain(&done.problems).collect();
    if json {
        print_json(&json!({
            "files": done.files,
            "directories": done.directories,
            "links": done.links,
            "special_left_out": done.special,
            "bytes": done.bytes,
            "problems": problems,
            "notes": plan.notes,
        }))?;
    } else if !quiet {
        let special = match done.special {
            0 => String::new(),
            1 => "; a device, socket or pipe was left out".into(),
            count => format!("; {count} devices, sockets or pipes were left out"),
        };
        eprintln!(
            "{}, {}, {}, {}{special}",
            counted(done.files, "file", "files"),
            counted(done.directories, "directory", "directories"),
            counted(done.links, "link", "links"),
            BinaryBytes(done.bytes)
        );
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Says what cannot be read, or is not there.
fn tell(lines: &[String]) {
    for line in lines {
        eprintln!("xmount: {line}");
    }
}

/// A bar on a terminal, and elsewhere a line from time to time.
struct Progress {
    bar: ProgressBar,
    lines: bool,
    last: Instant,
}

/// How often a line is printed where there is no terminal.
const LINES: Duration = Duration::from_secs(5);

impl Progress {
    fn new(bytes: u64, quiet: bool) -> Progress {
        let template =
            "Extracting {wide_bar:.dim} {percent:>3}% {bytes:>10} {binary_bytes_per_sec:>12} {eta:>4}";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let is_terminal = std::io::stderr().is_terminal();
        let bar = if quiet || !is_terminal {
            ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::hidden())
        } else {
            ProgressBar::new(bytes).with_style(style)
        };
        Progress { bar, lines: !quiet && !is_terminal, last: Instant::now() }
    }

    fn add(&mut self, bytes: u64) {
        self.bar.inc(bytes);
        if self.lines && self.last.elapsed() >= LINES {
            self.last = Instant::now();
            let (done, all) = (self.bar.position(), self.bar.length().unwrap_or(0));
            eprintln!(
                "extracting: {} of {}, {}/s, {} left",
                BinaryBytes(done),
                BinaryBytes(all),
                BinaryBytes(self.bar.per_sec() as u64),
                HumanDuration(self.bar.eta()),
            );
        }
    }
}
