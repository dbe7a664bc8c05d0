//! virt-install's options that are not properties of the guest, and what else its command line is made from.
//!
//! Together with the library's tables of suboptions ([`xctl::domain::TABLES`]) this is the whole command line; help, man
//! page, completion and parsing come from the two.

use xctl::cloud_init::DEFAULT;
use xctl::property::Table;

use crate::outcome;
use crate::program::Program;
use crate::row::Takes::{self, Many, Maybe, Nothing, One};
use crate::row::{Manner, Row};

/// Sections of the help, in order.
const SECTIONS: &[&str] = &[GENERAL, METHOD, SYSTEM, DEVICES, GUEST, PLATFORM, REST];

const GENERAL: &str = "General Options";
const METHOD: &str = "Installation Method Options";
const SYSTEM: &str = "OS options";
const DEVICES: &str = "Device Options";
const GUEST: &str = "Guest Configuration Options";
const PLATFORM: &str = "Virtualization Platform Options";
const REST: &str = "Miscellaneous Options";

const fn row(name: &'static str, takes: Takes, section: &'static str, help: &'static str) -> Row {
    Row::new(name, takes, section, help)
}

/// An option of former versions: still taken, no longer shown.
const fn former(name: &'static str, short: Option<char>, takes: Takes, help: &'static str) -> Row {
    Row { short, ..Row::hidden(name, takes, help) }
}

/// All of them, in the order of the help.
const OPTIONS: &[Row] = &[
    row("connect", One("URI"), GENERAL, "Hypervisor to make the guest on, as a libvirt URI"),
    row("name", One("NAME"), GENERAL, "Name of the guest").letter('n'),
    row(
        "file",
        Many("FILE.toml"),
        GENERAL,
        "Read options from a file: keys are their long names, tables their suboptions. Options of the command line take \
         the place of those with one value, and come after those that can be repeated. If the guest is there already as \
         described, nothing is done",
    )
    .letter('f'),
    row(
        "write-file",
        One("FILE.toml"),
        GENERAL,
        "Write the options of this command line to a file for --file, and make nothing; - is standard output",
    ),
    row("cdrom", One("IMAGE"), METHOD, "Boot this image or drive, as a CD-ROM").letter('c'),
    row(
        "location",
        One("TREE"),
        METHOD,
        "Boot the kernel of an installation tree: an ISO image, a directory, an http, https or ftp address, or nfs:HOST:/PATH. \
         kernel= and initrd= name the files where they are not found by themselves",
    )
    .letter('l'),
    row("pxe", Nothing, METHOD, "Boot from the network"),
    row("import", Nothing, METHOD, "Make a guest around a disk that holds a system already"),
    row(
        "image",
        One("IMAGE"),
        METHOD,
        "Make the first disk of an image that holds a system: a system's name, whose cloud image is then downloaded, \
         an address, or a file",
    ),
    row("extra-args", Many("ARGUMENTS"), METHOD, "Further arguments for the kernel of --location").letter('x'),
    row("initrd-inject", Many("FILE"), METHOD, "Put a file into the root of the initial RAM disk of --location"),
    row(
        "reinstall",
        One("GUEST"),
        METHOD,
        "Install a guest anew that is there, with its disks and all its settings as they are",
    ),
    row(
        "cloud-init",
        Maybe("OPTIONS", DEFAULT),
        METHOD,
        "Hand a cloud image its passwords, keys and settings on its first boot. Without suboptions a password of root \
         is made up and shown, and cloud-init is off from the next boot on",
    ),
    row(
        "unattended",
        Maybe("OPTIONS", ""),
        METHOD,
        "Answer the installer's questions with an install script of the OS database",
    ),
    row("install", One("OPTIONS"), METHOD, "Say in detail how the guest boots to install itself"),
    row(
        "osinfo",
        One("OS"),
        SYSTEM,
        "The operating system, by its name in the OS database; it decides about defaults. Left out, it is detected \
         from the installation media. '--osinfo list' shows all names",
    )
    .or(&["os-variant"]),
    row("hvm", Nothing, PLATFORM, "Full virtualization").letter('v'),
    row("paravirt", Nothing, PLATFORM, "Paravirtualization").letter('p'),
    row("container", Nothing, PLATFORM, "A container"),
    row("virt-type", One("TYPE"), PLATFORM, "Hypervisor, such as kvm, qemu or xen"),
    row("arch", One("ARCH"), PLATFORM, "Processor architecture of the guest"),
    row("machine", One("MACHINE"), PLATFORM, "Machine type of the guest, such as q35"),
    row("autostart", Nothing, REST, "Start the guest when the host starts"),
    row("transient", Nothing, REST, "Make a guest that is forgotten when it stops"),
    row("destroy-on-exit", Nothing, REST, "Force the guest off when its console is left"),
    row(
        "wait",
        Maybe("MINUTES", "-1"),
        REST,
        "Wait until the installation has ended, at most this long; without a number, as long as it takes",
    ),
    row("noautoconsole", Nothing, REST, "Do not connect to the guest's console"),
    row("autoconsole", One("KIND"), REST, "Console to connect to: text, graphical, none or default"),
    row("noreboot", Nothing, REST, "Do not start the guest again once it is installed"),
    row(
        "print-xml",
        Maybe("STEP", "all"),
        REST,
        "Print the definition instead of making the guest: of step 1 (the install boot), 2 (for good), or all",
    )
    .or(&["print-step"]),
    row("dry-run", Nothing, REST, "Go through everything, and make nothing"),
    row("explain", Nothing, REST, "Say which defaults were chosen, and why"),
    row("check", Many("CHECKS"), REST, "Turn checks off: path_in_use=off, disk_size=off, mac_in_use=off, memory_size=off, all=off"),
    row("json", Nothing, REST, outcome::HELP),
    row("quiet", Nothing, REST, "Print errors only").letter('q'),
    row("debug", Nothing, REST, "Print on standard error what is chosen and made, in detail").letter('d'),
    former("init", None, One("PROGRAM"), "Now --boot init="),
    former("ram", Some('r'), One("MIB"), "Memory in MiB: --memory"),
    former("cpuset", None, One("CPUS"), "Now --vcpus cpuset="),
    former("livecd", None, Nothing, "The CD-ROM image is a live system, and stays in the guest"),
    former("uuid", Some('u'), One("UUID"), "Now --metadata uuid="),
    former("description", None, One("TEXT"), "Now --metadata description="),
    former("file-size", Some('s'), Many("GIB"), "Now --disk size="),
    former("nonsparse", None, Nothing, "Now --disk sparse=no"),
    former("nodisks", None, Nothing, "Now --disk none"),
    former("bridge", Some('b'), Many("BRIDGE"), "Now --network bridge="),
    former("mac", Some('m'), Many("MAC"), "Now --network mac="),
    former("nonetworks", None, Nothing, "Now --network none"),
    former("vnc", None, Nothing, "Now --graphics vnc"),
    former("vncport", None, One("PORT"), "Now --graphics port="),
    former("vnclisten", None, One("ADDRESS"), "Now --graphics listen="),
    former("keymap", Some('k'), One("KEYMAP"), "Now --graphics keymap="),
    former("sdl", None, Nothing, "Now --graphics sdl"),
    former("nographics", None, Nothing, "Now --graphics none"),
    former("noapic", None, Nothing, "Now --features apic=off"),
    former("noacpi", None, Nothing, "Now --features acpi=off"),
    former("os-type", None, One("TYPE"), "Without effect: --osinfo knows"),
    former("accelerate", None, Nothing, "Without effect: acceleration is used where there is some"),
    former("force", None, Nothing, "Without effect: nothing is asked off a terminal"),
    former("prompt", None, Nothing, "Without effect: what is missing is asked for on a terminal"),
    former("check-cpu", None, Nothing, "Without effect"),
];

/// Options of the library's tables that are typed in a way of their own.
const MANNERS: &[Manner] = &[
    Manner { option: "network", short: Some('w'), missing: None },
    Manner { option: "sound", short: None, missing: Some("default") },
];

/// Tables that stand in another section than [`DEVICES`] or [`GUEST`].
const TABLE_SECTIONS: &[(&str, &str)] =
    &[("memory", GENERAL), ("vcpus", GENERAL), ("cpu", GENERAL), ("metadata", GENERAL), ("boot", METHOD)];

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
  A cloud image, with a password for root that is shown:
    virt-install --name web --memory 2048 --disk debian-12-generic-amd64.qcow2 --import \\
      --osinfo linux2022 --cloud-init
  An installation that asks nothing:
    virt-install --name web --memory 2048 --disk size=10 --location debian-11.iso \\
      --unattended profile=jeos,admin-password-file=password
  See what would be made, and why, without making anything:
    virt-install --name web --memory 2048 --disk size=10 --pxe --dry-run --print-xml --explain
  The suboptions of an option:
    virt-install --disk help

On a terminal, what is left out is asked for.";

/// The man page's chapter about `--file`.
const FILES: (&str, &str) = (
    "FILES OF OPTIONS",
    "\
--file reads options from a file in TOML, whose name ends in .toml; any other name is a disk, as in former versions.

Keys are the long names of options, or their other names. A value is what would be typed: text, or a number; true for
an option that takes nothing; an array for an option that is given more than once; a table for suboptions, whose names
may hold dots:

  name = \"web\"
  memory = 2048
  import = true
  network = [\"default\", { type = \"user\", forward = \"2222:22\" }]

  [[disk]]
  size = 10
  driver.cache = \"none\"

Values of suboptions are text, numbers, or true and false for on and off; numbered ones may be written as an array of
tables (cell = [{ cpus = \"0\" }, { cpus = \"1\" }]). Paths are seen from the directory that the program runs in.

Options of the command line take the place of those in the file that can have one value, and come after those that can
be repeated: --name web2 --disk size=20 makes another guest, with one more disk.

If a guest of that name is there already, it is compared with the file. If it has all that the file says, and no device
that the file does not ask for, nothing is done, and the exit code is 0; what the file leaves open may have any value.
Otherwise nothing is done either: what differs is said, and the exit code is 1. UUID, hardware addresses and names of
disks that were chosen by virt-install are no difference. What is for the first boot alone, such as --cloud-init,
--unattended and --extra-args, is not compared. A file that names no guest makes a new one each time.

--write-file writes the options of a command line, with those of --file, to a new file that only its owner can read, as
there may be passwords in it; '-', without --json, is standard output.",
);

/// The program.
pub static VIRT_INSTALL: Program = Program {
    name: "virt-install",
    about: "Make a virtual machine and install its system",
    usage: "virt-install --name NAME --memory MIB --disk STORAGE INSTALLATION [OPTIONS]",
    examples: EXAMPLES,
    chapters: &[FILES, outcome::CHAPTER],
    see_also: "virt-xml(1), virt-clone(1), virsh(1), virt-manager(1)",
    sections: SECTIONS,
    options: OPTIONS,
    manners: MANNERS,
    section,
};

/// Where an option of the library's tables stands; none for those that this program reads by itself, with more meaning
/// than the table alone, and for those that change a guest that is there.
fn section(table: &Table) -> Option<&'static str> {
    let own =
        ["location", "install", "cloud-init", "unattended", "osinfo", "convert-to-q35", "convert-to-vnc"];
    if own.contains(&table.option) {
        return None;
    }
    Some(match TABLE_SECTIONS.iter().find(|(option, _)| *option == table.option) {
        Some((_, section)) => section,
        None if table.element.starts_with("devices/") => DEVICES,
        None => GUEST,
    })
}
