//! The command line, and what is derived from it: help, the man page and completions.

use std::io::{self, Write};

use clap::builder::{PossibleValuesParser, ValueHint};
use clap::{Arg, ArgAction, ArgMatches, Command};

/// What the user asked for on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// The connections to show; none is libvirt's default one.
    pub(crate) connect: Vec<String>,
    /// The guest whose console is opened, by name or UUID.
    pub(crate) show_console: Option<String>,
}

/// What the program is started for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To show its window.
    Show(Arguments),
    /// To print something made from the options.
    Generate(String),
}

/// The options, in the order of help and man page.
pub(crate) fn command() -> Command {
    Command::new("virt-manager")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Shows the virtual machines of many hosts in a window")
        .args([
            Arg::new("connect")
                .short('c')
                .long("connect")
                .value_name("URI")
                .action(ArgAction::Append)
                .value_hint(ValueHint::Url)
                .help("Connect to this hypervisor, e.g. qemu:///system; may be given more than once"),
            Arg::new("show-domain-console")
                .long("show-domain-console")
                .value_name("NAME|UUID")
                .help("Open the console of this virtual machine"),
            Arg::new("no-fork")
                .long("no-fork")
                .action(ArgAction::SetTrue)
                .help("Stay in the foreground, as this program always does"),
            Arg::new("generate")
                .long("generate")
                .value_name("WHAT")
                .value_parser(PossibleValuesParser::new(["man", "bash", "zsh", "fish"]))
                .help("Print the manual page or a shell's completions"),
        ])
}

/// Reads the command line; wrong ones, help and the version end the program.
pub(crate) fn read() -> Purpose {
    purpose(&command().get_matches())
}

fn purpose(matches: &ArgMatches) -> Purpose {
    if let Some(what) = matches.get_one::<String>("generate") {
        return Purpose::Generate(what.clone());
    }
    Purpose::Show(Arguments {
        connect: matches.get_many("connect").into_iter().flatten().cloned().collect(),
        show_console: matches.get_one("show-domain-console").cloned(),
    })
}

/// Prints the manual page or a shell's completions.
pub(crate) fn generate(what: &str) -> io::Result<()> {
    use clap_complete::Shell;
    let mut text = Vec::new();
    let shell = match what {
        "bash" => Some(Shell::Bash),
        "zsh" => Some(Shell::Zsh),
        "fish" => Some(Shell::Fish),
        _ => None,
    };
    match shell {
        Some(shell) => clap_complete::generate(shell, &mut command(), "virt-manager", &mut text),
        None => clap_mangen::Man::new(command()).render(&mut text)?,
    }
    match io::stdout().write_all(&text) {
        // Whoever reads it has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &[&str]) -> Purpose {
        purpose(&command().try_get_matches_from(line).unwrap())
    }

    #[test]
    fn connections_add_up() {
        let asked =
            read(&["virt-manager", "-c", "qemu:///session", "--connect", "test:///default", "--no-fork"]);
        let connect = vec!["qemu:///session".to_owned(), "test:///default".to_owned()];
        assert_eq!(asked, Purpose::Show(Arguments { connect, show_console: None }));
    }

    #[test]
    fn the_options_are_consistent() {
        command().debug_assert();
    }
}
