//! The command line, and what is derived from it: help, the manual page and completions.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, ValueHint};
use clap::{Arg, ArgAction, ArgGroup, Command, value_parser};
use isos::Image;

use crate::generate::Page;

/// The manual page beside the options.
pub(crate) const PAGE: Page = Page {
    chapters: &[
        (
            "DESCRIPTION",
            "\
xmount shows the files of an image as a directory, to you alone and read-only. It needs no root, no loop device and no
name of a file-system type: what the image holds is found by looking. xumount(1) ends that, by the image's name.

With --ls, --cat, --extract, --info or --boot-info the image is looked into without any mount, also where no mount is
possible.

Known are ISO 9660 (Rock Ridge, Joliet, zisofs, several sessions), UDF, squashfs, ext2 to ext4, UFS, FAT and exFAT. An
image with a partition table is a directory with one entry a partition: p1, p2 and so on, which is empty where the
partition has no known file system. Of a qcow2 image, the guest's disk is shown, with what its backing files hold.",
        ),
        (
            "MOUNTS",
            "\
Without DIR, the image is mounted below $XDG_RUNTIME_DIR/xmount, in a directory that is printed, and removed again by
xumount. Mounts are nosuid and nodev, and other users, root among them, do not see into them. The server that stays
behind ends when it is unmounted, or after --idle-exit.

Where there is no fusermount3(1), an image can be mounted for one command: xmount IMAGE -- COMMAND. It runs in a user
namespace of its own, with the image's top as its working directory.",
        ),
        (
            "DAMAGED AND HOSTILE IMAGES",
            "\
What an image says is believed of nothing but itself: links are never followed out of it, --extract writes nothing
outside of the directory of -C and makes no devices, and names that no file can have, such as those with a slash, are
shown with the offending bytes escaped. Damage is an error that names the place; what can be read beside it, is.

A guest can write what a qcow2 image begins with to its raw disk, and name any file of the host as the one that it is
based on: look into the raw disk of a guest that is not trusted with --raw.

A disk in use by a running guest changes while it is looked at: shut the guest off first.",
        ),
        (
            "EXIT STATUS",
            "\
0: all was done. 1: it was not, or not whole; standard error says what is missing. --boot-info gives 1, too, for an
image that boots nothing. 2: the command line is wrong. With a COMMAND, its own exit code; 128 and
the number of the signal that killed it, 127 if there is no such program, 126 if it cannot be run.",
        ),
    ],
    examples: EXAMPLES,
    see_also: "xumount(1), fusermount3(1), virt-install(1)",
};

const EXAMPLES: &str = "  xmount debian-12.iso                    mount it, and print where its files are
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
    (
        "info",
        "Tell the format, label, size and partitions of the image or of the partition PATH, or what PATH is",
    ),
    ("boot-info", "Tell what a machine needs to boot from the image or from the partition PATH (p1)"),
];

/// The options, in the order of help and manual page.
pub(crate) fn command() -> Command {
    let actions =
        ACTIONS.iter().map(|(name, help)| Arg::new(*name).long(*name).action(ArgAction::SetTrue).help(*help));
    let names: Vec<&str> = ACTIONS.iter().map(|(name, _)| *name).collect();
    // A requirement does not count beside what excludes it, so what excludes it is named, too.
    let others: Vec<&str> = names.iter().copied().filter(|name| *name != "extract").collect();
    Command::new("xmount")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Mounts a file-system image for you alone, or looks into it without mounting")
        .after_help(format!("Examples:\n{EXAMPLES}"))
        .override_usage(
            "xmount [OPTIONS] [IMAGE] [DIR]\n       \
             xmount [OPTIONS] IMAGE -- COMMAND...\n       \
             xmount --ls|--cat|--extract|--info|--boot-info [OPTIONS] IMAGE [PATH]",
        )
        .args([
            Arg::new("image").value_name("IMAGE").value_hint(ValueHint::FilePath).value_parser(value_parser!(PathBuf)).help(
                "The image: a file or a block device. Without one, mounted images are listed",
            ),
            Arg::new("place").value_name("DIR|PATH").value_hint(ValueHint::DirPath).value_parser(value_parser!(PathBuf)).help(
                "Where to mount it (default: a new directory below $XDG_RUNTIME_DIR), or a path inside the image",
            ),
            Arg::new("command")
                .value_parser(value_parser!(OsString))
                .value_name("COMMAND")
                .last(true)
                .num_args(1..)
                .conflicts_with_all([
                    "place", "actions", "idle-exit", "directory", "replace", "long", "recursive",
                ])
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
                .value_parser(value_parser!(PathBuf))
                .default_value(".")
                .requires("extract")
                .conflicts_with_all(others.clone())
                .help("With --extract: where to copy to; made if needed"),
            Arg::new("replace")
                .long("replace")
                .action(ArgAction::SetTrue)
                .requires("extract")
                .conflicts_with_all(others)
                .help("With --extract: replace files that are there already"),
            Arg::new("type").short('t').long("type").value_name("FORMAT")
                .value_parser(PossibleValuesParser::new(Image::formats()))
                .help("The format, instead of finding it by looking"),
            Arg::new("partition").short('p').long("partition").value_name("NUMBER")
                .value_parser(value_parser!(u32).range(1..))
                .help("The partition, counted from 1 as Linux does"),
            Arg::new("offset").long("offset").value_name("BYTES").default_value("0")
                .value_parser(value_parser!(u64))
                .help("Where in the image the file system begins"),
            Arg::new("raw").long("raw").action(ArgAction::SetTrue).help(
                "Take the file as it is, even if it begins like a qcow2 image",
            ),
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
