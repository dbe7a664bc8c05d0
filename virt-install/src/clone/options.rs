//! virt-clone's options.

use crate::outcome;
use crate::program::Program;
use crate::row::Row;
use crate::row::Takes::{Many, Nothing, One};

const GENERAL: &str = "General Options";
const STORAGE: &str = "Storage Configuration";
const NETWORK: &str = "Networking Configuration";
const REST: &str = "Miscellaneous Options";

/// All of them, in the order of the help.
const OPTIONS: &[Row] = &[
    Row::new("connect", One("URI"), GENERAL, "Hypervisor that has the guest, as a libvirt URI").letter('c'),
    Row::new("original", One("GUEST"), GENERAL, "Guest to clone; it must be shut off").letter('o'),
    Row::new(
        "original-xml",
        One("FILE"),
        GENERAL,
        "Definition of a guest to clone, instead of one that the hypervisor knows",
    ),
    Row::new("auto-clone", Nothing, GENERAL, "Choose the clone's name and files where they are not given"),
    Row::new("name", One("NAME"), GENERAL, "Name of the clone").letter('n'),
    Row::new("uuid", One("UUID"), GENERAL, "UUID of the clone; left out, a random one").letter('u'),
    Row::new(
        "linked",
        Nothing,
        GENERAL,
        "Copy nothing: lay new qcow2 images over the original's disks. The original must not be started any more, \
         and its disks must be kept as they are",
    ),
    Row::new(
        "reflink",
        Nothing,
        GENERAL,
        "Share blocks with the original until one side writes them, or fail. Without this option blocks are shared \
         where the file system can, and copied elsewhere",
    ),
    Row::new(
        "file",
        Many("PATH"),
        STORAGE,
        "File, or block device, for the clone's disk; once for each disk that is copied, in their order",
    )
    .letter('f'),
    Row::new(
        "force-copy",
        Many("TARGET"),
        STORAGE,
        "Copy this disk (as 'vdb') although it is read-only or shareable, and would be left to both guests",
    ),
    Row::new("skip-copy", Many("TARGET"), STORAGE, "Leave this disk to both guests instead of copying it"),
    Row::new("nonsparse", Nothing, STORAGE, "Take all the room of the clone's disks at once"),
    Row::new(
        "preserve-data",
        Nothing,
        STORAGE,
        "Copy nothing: the files that --file names are there, and are used as they are",
    ),
    Row::new("nvram", One("PATH"), STORAGE, "File for the variables of the clone's firmware"),
    Row::new(
        "mac",
        Many("MAC"),
        NETWORK,
        "Address of the clone's network card, once for each, in their order; RANDOM, or left out, for a random one",
    )
    .letter('m'),
    Row::new("replace", Nothing, REST, "Remove another guest that has the clone's name, but not its disks"),
    Row::new("print-xml", Nothing, REST, "Print the clone's definition instead of making it"),
    Row::new(
        "check",
        Many("CHECKS"),
        REST,
        "Turn checks off: path_in_use=off, disk_size=off, path_exists=off, mac_in_use=off, all=off",
    ),
    Row::new("json", Nothing, REST, outcome::HELP),
    Row::new("quiet", Nothing, REST, "Print errors only").letter('q'),
    Row::new("debug", Nothing, REST, "Print on standard error what is chosen and made, in detail").letter('d'),
    Row::hidden("prompt", Nothing, "Without effect: nothing is asked"),
    Row::hidden("force", Nothing, "Now --check all=off"),
];

/// What stands below the options in the help.
const EXAMPLES: &str = "\
Examples:
  Clone a guest that is shut off; names and files are chosen:
    virt-clone --original web --auto-clone
  Choose them:
    virt-clone --original web --name shop --file /srv/vm/shop.qcow2
  Many short-lived guests from one that is never started itself:
    virt-clone --original golden --name test1 --auto-clone --linked
  Leave the second disk to both guests:
    virt-clone --original web --auto-clone --skip-copy vdb
  See what would be defined, without making anything:
    virt-clone --original web --auto-clone --print-xml

What is inside the guest is not changed: host name, addresses and keys are for
virt-sysprep(1), before the clone is started.";

/// The program.
pub static VIRT_CLONE: Program = Program {
    name: "virt-clone",
    about: "Make a copy of a virtual machine, with its disks",
    usage: "virt-clone --original NAME {--auto-clone | --name NAME --file PATH} [OPTIONS]",
    examples: EXAMPLES,
    chapters: &[outcome::CHAPTER],
    see_also: "virt-install(1), virt-xml(1), virsh(1), virt-manager(1), virt-sysprep(1)",
    sections: &[GENERAL, STORAGE, NETWORK, REST],
    options: OPTIONS,
    manners: &[],
    // A clone is what its original is; virt-xml changes it.
    section: |_| None,
};
