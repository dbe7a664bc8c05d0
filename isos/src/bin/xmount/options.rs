//! The command line, and what is derived from it: help, the manual page and completions.

use clap::builder::{PossibleValuesParser, ValueHint};
use clap::{Arg, ArgAction, ArgGroup, Command, value_parser};
use isos::Image;

const AFTER: &str = "\
Examples:
  xmount debian-12.iso                    mount it, and print where its files are
  xmount debian-12.iso disc               mount it on the directory 'disc', which is made if needed
  xmount                                  list what is mounted
  xumount debian-12.iso                   unmount it
  xmount debian-12.iso -- grep -r root .  run a command in the mounted image, and unmount it
  xmount --ls -l debian-12.iso /install   list a directory, without mounting
  xmount --cat debian-12.iso .disk/info   print a file
  xmount --extract disk.qcow2 p1/etc -C backup
  xmount --boot-info debian-12.iso        what a machine needs to boot from it";

/// What can be done instead of mounting, each with its option's help.
const ACTIONS: &[(&str, &str)] = &[
    ("ls", "List the directory or file PATH"),
    ("cat", "Print the file PATH"),
    ("extract", "Copy the file or tree PATH, or all there is, to the directory of -C"),
    ("info", "Tell the format, label, size and partitions of the image"),
    ("boot-info", "Tell what a machine needs to boot from the image"),
];

/// The options, in the order of help and manual page.
pub(crate) fn command() -> Command {
    let actions =
        ACTIONS.iter().map(|(name, help)| Arg::new(*name).long(*name).action(ArgAction::SetTrue).help(*help));
    let names: Vec<&str> = ACTIONS.iter().map(|(name, _)| *name).collect();
    Command::new("xmount")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Mounts a file-system image for you alone, or looks into it without mounting")
        .after_help(AFTER)
        .override_usage(
            "xmount [OPTIONS] [IMAGE] [DIR]\n       \
             xmount [OPTIONS] IMAGE -- COMMAND...\n       \
             xmount --ls|--cat|--extract|--info|--boot-info [OPTIONS] IMAGE [PATH]",
        )
        .args([
            Arg::new("image").value_name("IMAGE").value_hint(ValueHint::FilePath).help(
                "The image: a file or a block device. Without one, mounted images are listed",
            ),
            Arg::new("place").value_name("DIR|PATH").value_hint(ValueHint::DirPath).help(
                "Where to mount it (default: a new directory below $XDG_RUNTIME_DIR), or a path inside the image",
            ),
            Arg::new("command")
                .value_name("COMMAND")
                .last(true)
                .num_args(1..)
                .conflicts_with_all(["place", "actions", "idle-exit"])
                .requires("image")
                .help("Run this in the mounted image, and unmount it when it ends"),
        ])
        .args(actions)
        .group(ArgGroup::new("actions").args(names).requires("image"))
        .args([
            Arg::new("long").short('l').action(ArgAction::SetTrue).requires("ls").help(
                "With --ls: permissions, owner, size and time, too",
            ),
            Arg::new("recursive").short('R').long("recursive").action(ArgAction::SetTrue).requires("ls").help(
                "With --ls: everything below PATH, too",
            ),
            Arg::new("directory")
                .short('C')
                .long("directory")
                .value_name("DIR")
                .value_hint(ValueHint::DirPath)
                .value_parser(value_parser!(std::path::PathBuf))
                .default_value(".")
                .help("With --extract: where to copy to; made if needed"),
            Arg::new("replace").long("replace").action(ArgAction::SetTrue).requires("extract").help(
                "With --extract: replace files that are there already",
            ),
            Arg::new("type").short('t').long("type").value_name("FORMAT")
                .value_parser(PossibleValuesParser::new(Image::formats()))
                .help("The format, instead of finding it by looking"),
            Arg::new("partition").short('p').long("partition").value_name("NUMBER")
                .value_parser(value_parser!(u32).range(1..))
                .help("The partition, counted from 1 as Linux does"),
            Arg::new("offset").long("offset").value_name("BYTES").default_value("0")
                .value_parser(value_parser!(u64))
                .help("Where in the image the file system begins"),
            Arg::new("idle-exit").long("idle-exit").value_name("SECONDS")
                .value_parser(value_parser!(u64).range(1..))
                .help("Unmount by itself after so long without any use"),
            Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON"),
            Arg::new("quiet").short('q').long("quiet").action(ArgAction::SetTrue).help("Show no progress"),
            Arg::new("foreground").long("foreground").action(ArgAction::SetTrue).help(
                "Stay here until the image is unmounted",
            ),
            Arg::new("generate").long("generate").value_name("WHAT").hide(true)
                .value_parser(PossibleValuesParser::new(["man", "bash", "zsh", "fish"]))
                .help("Print the manual page or a shell's completions"),
        ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_are_consistent() {
        command().debug_assert();
    }
}
