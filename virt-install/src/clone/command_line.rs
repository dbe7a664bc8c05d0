//! What was typed, as a request to the library and as wishes of how to go about it.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::ArgMatches;
use xctl::clone::{Original, Request};
use xctl::install::Checks;

use super::options::VIRT_CLONE;
use crate::checks::checks;
use crate::program::Typed;
use crate::report;

/// What the user wants of virt-clone.
#[derive(Debug, Clone)]
pub(super) struct CommandLine {
    /// `--connect`.
    pub(super) connect: Option<String>,
    /// The clone.
    pub(super) request: Request,
    /// `--print-xml`.
    pub(super) print: bool,
    /// `--quiet`.
    pub(super) quiet: bool,
    /// `--debug`.
    pub(super) debug: bool,
}

/// Options that want different things of the same disks.
const CONTRADICTIONS: &[(&str, &str)] = &[
    ("linked", "preserve-data"),
    ("linked", "reflink"),
    ("linked", "nonsparse"),
    ("preserve-data", "reflink"),
];

/// Understands the command line.
///
/// # Errors
/// An option is given twice, contradicts another, or names a file that cannot be read.
pub(super) fn read(matches: &ArgMatches) -> Result<CommandLine> {
    let typed = Typed(matches);
    typed.check_given_once(&VIRT_CLONE)?;
    if let Some((one, other)) =
        CONTRADICTIONS.iter().find(|(one, other)| typed.is_set(one) && typed.is_set(other))
    {
        bail!("Cannot use --{one} and --{other} at the same time");
    }
    if typed.is_set("prompt") {
        report::warning("--prompt mode is no longer supported.");
    }
    let given = typed.all("check");
    let checks = if typed.is_set("force") && given.is_empty() { Checks::all(false) } else { checks(&given)? };
    Ok(CommandLine {
        connect: typed.some("connect"),
        request: Request {
            original: original(&typed)?,
            auto: typed.is_set("auto-clone"),
            name: typed.some("name"),
            uuid: typed.some("uuid"),
            files: typed.all("file"),
            macs: typed.all("mac"),
            nvram: typed.one("nvram").map(PathBuf::from),
            force_copy: typed.all("force-copy"),
            skip_copy: typed.all("skip-copy"),
            preserve: typed.is_set("preserve-data"),
            whole: typed.is_set("nonsparse"),
            reflink: typed.is_set("reflink"),
            linked: typed.is_set("linked"),
            replace: typed.is_set("replace"),
            checks,
        },
        print: typed.is_set("print-xml"),
        quiet: typed.is_set("quiet"),
        debug: typed.is_set("debug"),
    })
}

/// The guest to clone; a definition comes before a name.
fn original(typed: &Typed<'_>) -> Result<Option<Original>> {
    if let Some(path) = typed.one("original-xml") {
        let xml = std::fs::read_to_string(&path).with_context(|| format!("cannot read '{path}'"))?;
        return Ok(Some(Original::Definition(xml)));
    }
    Ok(typed.one("original").map(Original::Guest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> Result<CommandLine> {
        let all = std::iter::once("virt-clone").chain(words.iter().copied());
        read(&VIRT_CLONE.command().try_get_matches_from(all)?)
    }

    #[test]
    fn what_is_typed_is_what_is_asked_for() {
        let words = "-o web -n new -f /a -f /b -m RANDOM -m 52:54:00:00:00:01 --skip vdb --force-copy sda --nonsparse";
        let line = line(&words.split(' ').collect::<Vec<_>>()).unwrap();
        let request = line.request;
        assert_eq!(request.original, Some(Original::Guest("web".into())));
        assert_eq!((request.files.len(), request.macs.len()), (2, 2));
        assert_eq!((request.skip_copy, request.force_copy), (vec!["vdb".to_owned()], vec!["sda".to_owned()]));
        assert!(request.whole && !request.auto && request.checks == Checks::default());
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (words, why) in [
            (&["-o", "a", "-o", "b"][..], "--original is given twice"),
            (&["--linked", "--reflink"], "at the same time"),
            (&["--check", "disks=off"], "unknown check 'disks'"),
            (&["--original-xml", "/no/such.xml"], "/no/such.xml"),
        ] {
            let error = format!("{:#}", line(words).unwrap_err());
            assert!(error.contains(why), "{words:?}: {error}");
        }
    }

    #[test]
    fn force_turns_checks_off_unless_they_are_named() {
        assert_eq!(line(&["--force"]).unwrap().request.checks, Checks::all(false));
        let named = line(&["--force", "--check", "disk_size=off"]).unwrap().request.checks;
        assert_eq!(named, Checks { disk_size: false, ..Checks::default() });
    }
}
