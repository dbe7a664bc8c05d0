//! virt-xml's options that are not properties of the guest, and what else its command line is made from.

use xctl::property::Table;

use crate::outcome;
use crate::program::Program;
use crate::row::Takes::{self, Maybe, Nothing, One, Operand};
use crate::row::{Manner, Row};

/// Sections of the help, in order.
const SECTIONS: &[&str] = &[GENERAL, ACTIONS, OUTPUT, SYSTEM, CONVERSION, XML, REST];

const GENERAL: &str = "General Options";
const ACTIONS: &str = "XML actions";
const OUTPUT: &str = "Output options";
const SYSTEM: &str = "Guest OS options";
const CONVERSION: &str = "Conversion options";
const XML: &str = "XML options";
const REST: &str = "Miscellaneous Options";

const fn row(name: &'static str, takes: Takes, section: &'static str, help: &'static str) -> Row {
    Row::new(name, takes, section, help)
}

/// All of them, in the order of the help.
const OPTIONS: &[Row] = &[
    row(
        "domain",
        Operand("DOMAIN"),
        GENERAL,
        "Name, id or UUID of the guest; left out, its XML is read from standard input",
    ),
    row("connect", One("URI"), GENERAL, "Hypervisor that the guest is on, as a libvirt URI").letter('c'),
    row(
        "edit",
        Maybe("SELECTION", "1"),
        ACTIONS,
        "Change what the XML option is about: the first without a selection, one by its number (-1 is the last), \
         'all', or those that have these suboptions, as target=vda",
    ),
    row("add-device", Nothing, ACTIONS, "Add the device that the XML option describes"),
    row(
        "remove-device",
        Nothing,
        ACTIONS,
        "Remove the devices that the XML option selects, in the words of --edit: --disk 2, --disk target=vda",
    ),
    row(
        "build-xml",
        Nothing,
        ACTIONS,
        "Print the XML of what the XML option describes; with a domain, as it would be for that guest",
    ),
    row(
        "update",
        Nothing,
        OUTPUT,
        "Change the running guest too: plug a device in with --add-device, take it out with --remove-device, alter \
         it with --edit",
    ),
    row("define", Nothing, OUTPUT, "Store the changed definition although it is printed"),
    row("no-define", Nothing, OUTPUT, "Do not store the changed definition"),
    row("start", Nothing, OUTPUT, "Start the guest; with --no-define, this once with the changed definition"),
    row("print-diff", Nothing, OUTPUT, "Print what changes as a unified diff, and store nothing"),
    row("print-xml", Nothing, OUTPUT, "Print the changed definition, and store nothing"),
    row("confirm", Nothing, OUTPUT, "Show what changes, and ask before anything is done"),
    row(
        "osinfo",
        One("OS"),
        SYSTEM,
        "The operating system of the guest, by its name in the OS database; it decides how a new device is filled \
         in. '--osinfo list' shows all names",
    )
    .or(&["os-variant"]),
    row("json", Nothing, REST, outcome::HELP),
    row("quiet", Nothing, REST, "Print errors only").letter('q'),
    row("debug", Nothing, REST, "Print on standard error what is done, in detail").letter('d'),
];

/// Options of the library's tables that are typed in a way of their own.
const MANNERS: &[Manner] = &[
    Manner { option: "network", short: Some('w'), missing: None },
    Manner { option: "sound", short: None, missing: Some("default") },
    Manner { option: "convert-to-q35", short: None, missing: Some("") },
    Manner { option: "convert-to-vnc", short: None, missing: Some("") },
];

/// What stands below the options in the help.
const EXAMPLES: &str = "\
Examples:
  Change the cache of disk vda, and see what that changes before it is stored:
    virt-xml web --edit target=vda --disk cache=none --confirm
  Put another image into the CD-ROM drive of the running guest:
    virt-xml web --edit device=cdrom --disk path=/srv/iso/debian-12.iso --update
  Plug a new disk of 10 GiB into the running guest, and keep it for its next start:
    virt-xml web --add-device --disk size=10 --update
  Take network card 2 away from the next start on:
    virt-xml web --remove-device --network 2
  Edit a file without any hypervisor:
    virt-xml --edit --vcpus 4 <web.xml >new.xml
  Move an old guest to Q35, and only print what that means:
    virt-xml web --edit --convert-to-q35 --print-diff
  Start once from the network:
    virt-xml web --no-define --start --edit --boot network
  The suboptions of an option:
    virt-xml --disk help

One action and one XML option make a change; for several changes, run it several times.";

/// The program.
pub static VIRT_XML: Program = Program {
    name: "virt-xml",
    about: "Change the definition of a virtual machine",
    usage: "virt-xml [DOMAIN] ACTION XML-OPTION [OPTIONS]",
    examples: EXAMPLES,
    chapters: &[outcome::CHAPTER],
    see_also: "virt-install(1), virt-clone(1), virsh(1), virt-manager(1)",
    sections: SECTIONS,
    options: OPTIONS,
    manners: MANNERS,
    section,
};

/// Where an option of the library's tables stands; none for those that only make new guests.
fn section(table: &Table) -> Option<&'static str> {
    match table.option {
        "location" | "install" | "cloud-init" | "unattended" | "osinfo" => None,
        "convert-to-q35" | "convert-to-vnc" => Some(CONVERSION),
        _ => Some(XML),
    }
}
