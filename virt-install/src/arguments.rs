//! The command line as clap knows it, made from the tables.

use clap::{Arg, ArgAction, Command};
use xctl::domain;
use xctl::property::Table;

use crate::options::{DEVICES, GUEST, MANNERS, OPTIONS, Row, TABLE_SECTIONS, Takes};

/// What stands below the options in the help.
const EXAMPLES: &str = "\
Examples:
  Install from an ISO image, on the terminal:
    virt-install --name web --memory 2048 --disk size=10 \\
      --location debian-12.iso --graphics none --extra-args console=ttyS0
  Boot an image as a CD-ROM:
    virt-install --name web --memory 2048 --disk size=10 --cdrom live.iso
  A guest around a disk that holds a system already:
    virt-install --name web --memory 2048 --disk web.qcow2 --import --osinfo debian12
  See what would be made, and why, without making anything:
    virt-install --name web --memory 2048 --disk size=10 --pxe --dry-run --print-xml --explain
  The suboptions of an option:
    virt-install --disk help

On a terminal, what is left out is asked for.";

/// Tables whose option this program reads by itself, with more meaning than the table alone.
pub const OWN: &[&str] = &["location", "install", "osinfo"];

/// The whole command.
#[must_use]
pub fn command() -> Command {
    let mut command = Command::new("virt-install")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Make a virtual machine and install its system")
        .override_usage("virt-install --name NAME --memory MIB --disk STORAGE INSTALLATION [OPTIONS]")
        .after_help(EXAMPLES)
        // As argparse does: any beginning of a name that fits one option only.
        .infer_long_args(true)
        .disable_version_flag(true)
        .arg(
            Arg::new("version")
                .long("version")
                .short('V')
                .action(ArgAction::Version)
                .help("Print the version"),
        );
    let mut arguments: Vec<(Option<&'static str>, Arg)> =
        OPTIONS.iter().map(|row| (row.section, argument(row))).collect();
    arguments.extend(tables().map(|table| (Some(section(table)), table_argument(table))));
    // A stable order: the sections one after the other, in each the order of the tables.
    for section in crate::options::SECTIONS {
        for (_, argument) in arguments.iter().filter(|(own, _)| own == &Some(*section)) {
            command = command.arg(argument.clone().help_heading(*section));
        }
    }
    for (_, argument) in arguments.into_iter().filter(|(section, _)| section.is_none()) {
        command = command.arg(argument.hide(true));
    }
    command
}

/// The library's tables that are options here.
pub fn tables() -> impl Iterator<Item = &'static Table> {
    domain::TABLES.iter().copied().filter(|table| !OWN.contains(&table.option))
}

fn section(table: &Table) -> &'static str {
    match TABLE_SECTIONS.iter().find(|(option, _)| *option == table.option) {
        Some((_, section)) => section,
        None if table.element.starts_with("devices/") => DEVICES,
        None => GUEST,
    }
}

fn argument(row: &Row) -> Arg {
    let argument = Arg::new(row.name).long(row.name).help(row.help).aliases(row.aliases.to_vec());
    let argument = match row.short {
        Some(letter) => argument.short(letter),
        None => argument,
    };
    match row.takes {
        // Said twice it means the same.
        Takes::Nothing => argument.action(ArgAction::SetTrue).overrides_with(row.name),
        // Collected, so that giving it twice is told in our own words.
        Takes::One(value) | Takes::Many(value) => argument.action(ArgAction::Append).value_name(value),
        Takes::Maybe(value, missing) => argument
            .action(ArgAction::Append)
            .value_name(value)
            .num_args(0..=1)
            .default_missing_value(missing)
            .allow_negative_numbers(true),
    }
}

fn table_argument(table: &'static Table) -> Arg {
    let argument = Arg::new(table.option)
        .long(table.option)
        .aliases(table.aliases.to_vec())
        .help(table.help)
        .value_name("OPTIONS")
        .action(ArgAction::Append);
    let Some(manner) = MANNERS.iter().find(|manner| manner.option == table.option) else {
        return argument;
    };
    let argument = match manner.short {
        Some(letter) => argument.short(letter),
        None => argument,
    };
    match manner.missing {
        Some(missing) => argument.num_args(0..=1).default_missing_value(missing),
        None => argument,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn a_beginning_that_fits_one_option_is_that_option() {
        let matches =
            command().try_get_matches_from(["virt-install", "--graph", "none", "--noauto", "--ram", "512"]);
        let matches = matches.unwrap();
        assert!(matches.get_flag("noautoconsole"));
        assert_eq!(matches.get_one::<String>("graphics").map(String::as_str), Some("none"));
    }
}
