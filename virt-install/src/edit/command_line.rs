//! What was typed, as a change to the library and as wishes of how to go about it.

use anyhow::{Result, bail};
use clap::ArgMatches;
use xctl::edit::{Action, Change, Selection};
use xctl::install::Given;

use super::options::VIRT_XML;
use crate::program::Typed;

/// What the user wants of virt-xml.
#[derive(Debug, Clone)]
pub(crate) struct CommandLine {
    /// `--connect`.
    pub connect: Option<String>,
    /// The guest; none for XML from standard input, or none at all.
    pub domain: Option<String>,
    /// What is changed.
    pub change: Change,
    /// `--update`.
    pub update: bool,
    /// `--define`, `--no-define`.
    pub define: Option<bool>,
    /// `--start`.
    pub start: bool,
    /// `--print-diff`, `--print-xml`.
    pub print: Option<Print>,
    /// `--confirm`.
    pub confirm: bool,
    /// `--quiet`.
    pub quiet: bool,
    /// `--debug`.
    pub debug: bool,
}

impl CommandLine {
    /// Whether XML is built that belongs to no definition.
    pub(crate) fn builds(&self) -> bool {
        *self.change.action() == Action::Build
    }

    /// Whether the definition comes from standard input.
    pub(crate) fn reads_input(&self) -> bool {
        self.domain.is_none() && !self.builds()
    }
}

/// What is printed of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Print {
    /// What is different.
    Difference,
    /// The whole definition.
    Definition,
}

/// Two options of which one only can be meant, which is an error of usage as argparse has it.
pub(crate) fn contradiction(matches: &ArgMatches) -> Option<&'static str> {
    let typed = Typed(matches);
    (typed.is_set("define") && typed.is_set("no-define"))
        .then_some("Cannot use --define and --no-define at the same time")
}

/// The actions, in the order in which they are named.
const ACTIONS: &[&str] = &["edit", "add-device", "remove-device", "build-xml"];

/// Understands the command line.
///
/// # Errors
/// There is not exactly one action and one change, or they do not fit together.
pub(crate) fn read(matches: &ArgMatches) -> Result<CommandLine> {
    let typed = Typed(matches);
    typed.check_given_once(&VIRT_XML)?;
    let domain = typed.one("domain");
    let change = Change::new(action(&typed)?, &given(&typed), typed.one("osinfo"))?;
    let (update, start) = (typed.is_set("update"), typed.is_set("start"));
    if update && change.is_scattered() && !["vcpus", "memory"].contains(&change.option()) {
        bail!(
            "Don't know how to --update for --{}\n  hint: without --update it is stored for the next start",
            change.option()
        );
    }
    if update && start {
        bail!("Cannot use --update and --start at the same time");
    }
    let define = if typed.is_set("define") { Some(true) } else { typed.is_set("no-define").then_some(false) };
    let print = if typed.is_set("print-diff") {
        Some(Print::Difference)
    } else {
        typed.is_set("print-xml").then_some(Print::Definition)
    };
    Ok(CommandLine {
        connect: typed.one("connect"),
        domain,
        change,
        update,
        define,
        start,
        print,
        confirm: typed.is_set("confirm"),
        quiet: typed.is_set("quiet"),
        debug: typed.is_set("debug"),
    })
}

fn action(typed: &Typed<'_>) -> Result<Action> {
    let selection = typed.one("edit");
    let is_given = |name: &str| if name == "edit" { selection.is_some() } else { typed.is_set(name) };
    let dashed =
        |names: Vec<&str>| names.iter().map(|name| format!("--{name}")).collect::<Vec<_>>().join(", ");
    let actions: Vec<&str> = ACTIONS.iter().copied().filter(|name| is_given(name)).collect();
    Ok(match actions[..] {
        [] => bail!("One of {} must be specified.", dashed(ACTIONS.to_vec())),
        ["edit"] => Action::Edit(Selection::parse(&selection.unwrap_or_default())),
        ["add-device"] => Action::Add,
        ["remove-device"] => Action::Remove,
        ["build-xml"] => Action::Build,
        _ => bail!("Conflicting options {}", dashed(actions)),
    })
}

fn given(typed: &Typed<'_>) -> Vec<Given> {
    let tables = VIRT_XML.tables();
    let texts =
        |option: &'static str| typed.all(option).into_iter().map(move |text| Given::new(option, text));
    tables.flat_map(|table| texts(table.option)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> Result<CommandLine> {
        let all = std::iter::once("virt-xml").chain(words.iter().copied());
        read(&VIRT_XML.command().try_get_matches_from(all)?)
    }

    #[test]
    fn a_selection_is_optional_and_may_be_negative() {
        for (words, selection) in [
            (&["web", "--edit", "--disk", "cache=none"][..], Selection::Number(1)),
            (&["web", "--edit", "2", "--disk", "cache=none"], Selection::Number(2)),
            (&["--edit", "-1", "--disk", "cache=none", "web"], Selection::Number(-1)),
            (&["web", "--edit=all", "--disk", "cache=none"], Selection::All),
            (&["web", "--disk", "cache=none", "--edit", "a=b"], Selection::Like("a=b".to_owned())),
        ] {
            let line = line(words).unwrap();
            assert_eq!(line.domain.as_deref(), Some("web"), "{words:?}");
            assert_eq!(line.change.action(), &Action::Edit(selection), "{words:?}");
        }
    }

    #[test]
    fn one_action_and_one_change_are_wanted() {
        for (words, why) in [
            (
                &["web", "--disk", "cache=none"][..],
                "One of --edit, --add-device, --remove-device, --build-xml",
            ),
            (&["web", "--edit", "--add-device", "--disk", "a"], "Conflicting options --edit, --add-device"),
            (&["web", "--edit"], "No change specified"),
            (&["web", "--edit", "--disk", "a", "--network", "user"], "--disk, --network"),
            (&["web", "--edit", "--boot", "menu=on", "--update", "--start"], "--update and --start"),
            (&["web", "--edit", "1", "--edit", "2", "--vcpus", "2"], "--edit is given twice"),
            (&["web", "--edit", "--metadata", "title=a", "--update"], "how to --update for --metadata"),
            (&["web", "--edit", "--iothreads", "2", "--update"], "how to --update for --iothreads"),
            (&["--build-xml", "--iothreads", "2"], "--build-xml"),
        ] {
            let error = format!("{:#}", line(words).unwrap_err());
            assert!(error.contains(why), "{words:?}: {error}");
        }
        assert!(line(&["one", "two", "--edit", "--vcpus", "2"]).is_err());
    }

    #[test]
    fn conversions_take_suboptions_or_none() {
        for words in [
            &["web", "--edit", "--convert-to-q35"][..],
            &["web", "--edit", "--convert-to-q35", "num_pcie_root_ports=4"],
            &["web", "--edit", "--convert-to-vnc", "qemu-vdagent=on"],
        ] {
            assert!(line(words).is_ok(), "{words:?}");
        }
    }
}
