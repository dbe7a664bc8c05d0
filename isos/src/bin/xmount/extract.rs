//! `--extract`: copying out of the image, with progress.

use std::fs;
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use indicatif::{BinaryBytes, ProgressBar, ProgressStyle};
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
    for problem in &plan.problems {
        eprintln!("xmount: {problem}");
    }
    fs::create_dir_all(target)
        .with_context(|| format!("cannot make the directory '{}'", target.display()))?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).context("cannot listen for ^C")?;
    }
    let bar = bar(plan.bytes, quiet);
    let done = plan.run(target, replace, &mut |bytes| {
        bar.inc(bytes);
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    bar.finish_and_clear();
    let done = match done {
        Err(ExtractError::Exists { target }) => bail!(
            "cannot create '{}': it is there already; name another directory with -C, or replace what is there with \
             --replace",
            target.display()
        ),
        Err(ExtractError::Image(error @ Error::Cancelled { .. })) => {
            bail!("{error}; what was copied until then is in '{}'", target.display())
        }
        done => done?,
    };
    if json {
        print_json(&json!({
            "files": done.files,
            "directories": done.directories,
            "links": done.links,
            "special_left_out": done.special,
            "bytes": done.bytes,
            "problems": plan.problems,
        }))?;
    } else if !quiet {
        let special = match done.special {
            0 => String::new(),
            count => format!("; {count} devices, sockets or pipes were left out"),
        };
        eprintln!(
            "{} files, {} directories, {} links, {}{special}",
            done.files,
            done.directories,
            done.links,
            BinaryBytes(done.bytes)
        );
    }
    Ok(if plan.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A bar on a terminal, nothing elsewhere.
fn bar(bytes: u64, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = "Extracting {wide_bar:.dim} {percent:>3}% {bytes:>10} {binary_bytes_per_sec:>12} {eta:>4}";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(bytes).with_style(style)
}
