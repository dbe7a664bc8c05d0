//! xmount: a file-system image as a directory, or looked into without that.

mod boot;
mod extract;
mod generate;
mod info;
mod list;
mod mount;
mod options;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::ArgMatches;
use isos::{Image, Options, readable_text};

fn main() -> ExitCode {
    let matches = options::command().get_matches();
    match run(&matches) {
        Ok(code) => code,
        // Whoever reads it has read enough.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xmount: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn run(matches: &ArgMatches) -> Result<ExitCode> {
    if let Some(what) = matches.get_one::<String>("generate") {
        generate::print(options::command(), &options::PAGE, what).context(CANNOT_PRINT)?;
        return Ok(ExitCode::SUCCESS);
    }
    let json = matches.get_flag("json");
    let Some(name) = matches.get_one::<PathBuf>("image").cloned() else {
        mount::list(json)?;
        return Ok(ExitCode::SUCCESS);
    };
    let mut options = Options {
        format: matches.get_one::<String>("type").cloned(),
        partition: matches.get_one("partition").copied(),
        offset: matches.get_one("offset").copied().unwrap_or(0),
        raw: matches.get_flag("raw"),
    };
    let mut image = Image::open_with(&name, &options)?;
    // Names in images that are no UTF-8 are shown escaped, and found so.
    let place = matches.get_one::<PathBuf>("place").map(|place| place.to_string_lossy());
    let mut place = place.as_deref().unwrap_or_default();
    let action = matches.get_one::<clap::Id>("actions").map(clap::Id::as_str);
    if matches!(action, Some("info" | "boot-info"))
        && let Some(number) = image.partition_at(place)
    {
        // What was said of the format is said of the disk.
        options = Options { partition: Some(number), format: None, ..options };
        image = Image::open_with(&name, &options)?;
        place = "";
    }
    match action {
        Some("ls") => {
            let how =
                list::How { long: matches.get_flag("long"), recursive: matches.get_flag("recursive"), json };
            list::list(&image, place, how)
        }
        Some("cat") => cat(&image, place).map(|()| ExitCode::SUCCESS),
        Some("extract") => {
            let target = matches.get_one::<PathBuf>("directory").cloned().unwrap_or_default();
            let quiet = matches.get_flag("quiet");
            extract::extract(&image, place, &target, matches.get_flag("replace"), quiet, json)
        }
        Some("info") => info::info(&image, place, json).map(|()| ExitCode::SUCCESS),
        Some(_) => boot::boot_info(&image, place, json),
        None => mount::mount(image, &name, matches),
    }
}

fn cat(image: &Image, path: &str) -> Result<()> {
    let mut file = image.open_file(path)?;
    let mut stdout = io::stdout().lock();
    io::copy(&mut file, &mut stdout).map_err(|error| {
        // The image's errors are told as they are.
        let is_image = error.get_ref().is_some_and(|inner| inner.is::<isos::Error>());
        let error = anyhow::Error::new(error);
        if is_image { error } else { error.context(CANNOT_PRINT) }
    })?;
    stdout.flush().context(CANNOT_PRINT)
}

/// What failed when standard output took no more.
const CANNOT_PRINT: &str = "cannot write standard output";

/// Prints a value as JSON, indented, with a line end.
fn print_json(value: &serde_json::Value) -> Result<()> {
    writeln!(io::stdout(), "{value:#}").context(CANNOT_PRINT)
}

/// Prints what is called `name`, which may be from the image, as a line.
fn print_line(out: &mut impl Write, name: &str, text: &str) -> Result<()> {
    writeln!(out, "{:<12} {}", format!("{name}:"), readable_text(text)).context(CANNOT_PRINT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_image_says_is_one_line() {
        let mut out = Vec::new();
        print_line(&mut out, "Description", "Disc\x1b]0;pwned\x07\nKernel: x").unwrap();
        assert_eq!(out, b"Description: Disc\\x1b]0;pwned\\x07\\x0aKernel: x\n");
    }
}
