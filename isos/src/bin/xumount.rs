//! xumount: unmounts what xmount mounted, by the image or by the directory.

#[path = "xmount/generate.rs"]
mod generate;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf, absolute};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::builder::{PossibleValuesParser, ValueHint};
use clap::{Arg, ArgAction, Command, value_parser};
use generate::Page;
use isos::mount::{
    MountError, Mounted, Unmounting, mounted, name_of, remove_directory, unmount, wait_for_server,
};

const PAGE: Page = Page {
    chapters: &[
        (
            "DESCRIPTION",
            "\
xumount ends what xmount(1) began: it takes the image's name, or the directory on which it is mounted, and removes the
directory if xmount made it. It also clears away a mount whose server is gone, and one whose image is gone.",
        ),
        ("EXIT STATUS", "0: all were unmounted. 1: not all; standard error says which, and why. 2: the command line is wrong."),
    ],
    examples: EXAMPLES,
    see_also: "xmount(1), fusermount3(1)",
};

const EXAMPLES: &str = "  xumount debian-12.iso   unmount the image, wherever it is mounted
  xumount disc            unmount what is mounted on the directory 'disc'
  xumount --all           unmount everything that xmount mounted for you";

fn command() -> Command {
    Command::new("xumount")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Unmounts an image that xmount mounted, even if its server is gone")
        .after_help(format!("Examples:\n{EXAMPLES}"))
        .args([
            Arg::new("name")
                .value_name("IMAGE|DIR")
                .value_hint(ValueHint::AnyPath)
                .num_args(1..)
                .value_parser(value_parser!(PathBuf))
                .required_unless_present_any(["all", "generate"])
                .help("The image, or the directory that it is mounted on"),
            Arg::new("all")
                .short('a')
                .long("all")
                .action(ArgAction::SetTrue)
                .help("Every mount of the image; without a name, everything that xmount mounted for you"),
            Arg::new("lazy")
                .short('l')
                .long("lazy")
                .action(ArgAction::SetTrue)
                .help("If it is in use: hide it now, and unmount it when its last user is done"),
            Arg::new("generate")
                .long("generate")
                .value_name("WHAT")
                .hide(true)
                .value_parser(PossibleValuesParser::new(["man", "bash", "zsh", "fish"]))
                .help("Print the manual page or a shell's completions"),
        ])
}

fn main() -> ExitCode {
    let matches = command().get_matches();
    if let Some(what) = matches.get_one::<String>("generate") {
        return match generate::print(command(), &PAGE, what) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let how = if matches.get_flag("lazy") { Unmounting::Lazily } else { Unmounting::WhenFree };
    let names: Vec<&PathBuf> = matches.get_many("name").into_iter().flatten().collect();
    let mut code = ExitCode::SUCCESS;
    let mut tell = |done: Result<()>| {
        if let Err(error) = done {
            eprintln!("xumount: {error:#}");
            code = ExitCode::FAILURE;
        }
    };
    if names.is_empty() {
        match mounted() {
            Ok(mounted) => mounted.iter().rev().for_each(|one| tell(end(one, how))),
            Err(error) => tell(Err(error.into())),
        }
    }
    for name in names {
        tell(by_name(name, matches.get_flag("all"), how));
    }
    code
}

fn by_name(name: &Path, all: bool, how: Unmounting) -> Result<()> {
    // The directory of a dead server, or an image that is gone, cannot be looked at any more.
    let spelled = name_of(name).or_else(|_| absolute(name))?;
    let real = fs::canonicalize(name).unwrap_or_else(|_| spelled.clone());
    let is_it = |path: &Path| path == spelled || path == real;
    let mounted = mounted()?;
    if let Some(one) = mounted.iter().rev().find(|one| is_it(&one.directory)) {
        return end(one, how);
    }
    // Whatever it is called here, it is the same file.
    let file = |path: &Path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
    let wanted = file(name);
    let is_image = |image: &Path| is_it(image) || wanted.is_some() && file(image) == wanted;
    let of_image: Vec<&Mounted> = mounted.iter().filter(|one| is_image(&one.image)).collect();
    match of_image[..] {
        [] => bail!("'{}' is not mounted (`xmount` lists what is)", name.display()),
        [_, _, ..] if !all => {
            let places: Vec<_> = of_image.iter().map(|one| one.directory.display().to_string()).collect();
            bail!(
                "'{}' is mounted {} times: on {}\n  hint: name one of these, or use --all",
                name.display(),
                places.len(),
                places.join(", ")
            )
        }
        _ => of_image.iter().rev().try_for_each(|one| end(one, how)),
    }
}

/// Unmounts, and removes the directory if xmount made it.
fn end(one: &Mounted, how: Unmounting) -> Result<()> {
    match unmount(&one.directory, how) {
        Err(error @ MountError::Busy { .. }) => bail!(
            "{error}\n  hint: close what is open there (`fuser -vm {}` tells who), or use --lazy",
            one.directory.display()
        ),
        done => done?,
    }
    if how == Unmounting::WhenFree {
        wait_for_server(&one.directory);
    }
    remove_directory(&one.directory);
    Ok(())
}
