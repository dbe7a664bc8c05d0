//! The options of virt-install that are not properties of the guest: one row each.
//!
//! Together with the library's tables of suboptions ([`xctl::domain::TABLES`]) this is the whole command line; help, man
//! page, completion and parsing come from the two.

/// How an option takes its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// It is there or not.
    Nothing,
    /// One value; giving the option twice is an error.
    One(&'static str),
    /// One value each time it is given.
    Many(&'static str),
    /// A value that may be left out, and what it then is.
    Maybe(&'static str, &'static str),
}

/// One option.
#[derive(Debug)]
pub struct Row {
    /// Its long name.
    pub name: &'static str,
    /// Its letter.
    pub short: Option<char>,
    /// Other long names.
    pub aliases: &'static [&'static str],
    /// What it takes.
    pub takes: Takes,
    /// The section of the help that it stands in; hidden options have none.
    pub section: Option<&'static str>,
    /// What it is for.
    pub help: &'static str,
}

/// Sections of the help, in order.
pub const SECTIONS: &[&str] = &[GENERAL, METHOD, SYSTEM, DEVICES, GUEST, PLATFORM, REST];

const GENERAL: &str = "General Options";
const METHOD: &str = "Installation Method Options";
const SYSTEM: &str = "OS options";
/// Where the library's tables of devices stand.
pub const DEVICES: &str = "Device Options";
/// Where the library's other tables stand.
pub const GUEST: &str = "Guest Configuration Options";
const PLATFORM: &str = "Virtualization Platform Options";
const REST: &str = "Miscellaneous Options";

const fn row(name: &'static str, takes: Takes, section: &'static str, help: &'static str) -> Row {
    Row { name, short: None, aliases: &[], takes, section: Some(section), help }
}

/// An option of former versions: still taken, no longer shown.
const fn former(name: &'static str, short: Option<char>, takes: Takes, help: &'static str) -> Row {
    Row { name, short, aliases: &[], takes, section: None, help }
}

impl Row {
    const fn letter(self, short: char) -> Row {
        Row { short: Some(short), ..self }
    }

    const fn or(self, aliases: &'static [&'static str]) -> Row {
        Row { aliases, ..self }
    }
}

use Takes::{Many, Maybe, Nothing, One};

/// All of them, in the order of the help.
pub const OPTIONS: &[Row] = &[
    row("connect", One("URI"), GENERAL, "Hypervisor to make the guest on, as a libvirt URI"),
    row("name", One("NAME"), GENERAL, "Name of the guest").letter('n'),
    row("cdrom", One("IMAGE"), METHOD, "Boot this image or drive, as a CD-ROM").letter('c'),
    row(
        "location",
        One("TREE"),
        METHOD,
        "Boot the kernel of an installation tree: an ISO image, a directory, or an http, https or ftp address. \
         kernel= and initrd= name the files where they are not found by themselves",
    )
    .letter('l'),
    row("pxe", Nothing, METHOD, "Boot from the network"),
    row("import", Nothing, METHOD, "Make a guest around a disk that holds a system already"),
    row("extra-args", Many("ARGUMENTS"), METHOD, "Further arguments for the kernel of --location").letter('x'),
    row("initrd-inject", Many("FILE"), METHOD, "Put a file into the root of the initial RAM disk of --location"),
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
    row("check", Many("CHECKS"), REST, "Turn checks off: path_in_use=off, disk_size=off, mac_in_use=off, all=off"),
    row("quiet", Nothing, REST, "Print errors only").letter('q'),
    row("debug", Nothing, REST, "Print on standard error what is chosen and made, in detail").letter('d'),
    former("ram", Some('r'), One("MIB"), "Memory in MiB: --memory"),
    former("uuid", Some('u'), One("UUID"), "Now --metadata uuid="),
    former("description", None, One("TEXT"), "Now --metadata description="),
    former("file", Some('f'), Many("PATH"), "Now --disk PATH"),
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
    former("generate", None, One("WHAT"), "Print the man page or a completion: man, bash, zsh or fish"),
    former("complete", None, Many("WORD"), "Print how an option's text may go on, for completion"),
];

/// How an option of the library's tables is typed, where that is out of the ordinary.
#[derive(Debug)]
pub struct Manner {
    /// The table's option.
    pub option: &'static str,
    /// Its letter.
    pub short: Option<char>,
    /// What it stands for without a value.
    pub missing: Option<&'static str>,
}

/// All such options.
pub const MANNERS: &[Manner] = &[
    Manner { option: "network", short: Some('w'), missing: None },
    Manner { option: "sound", short: None, missing: Some("default") },
];

/// Tables that stand in another section than [`DEVICES`] or [`GUEST`].
pub const TABLE_SECTIONS: &[(&str, &str)] =
    &[("memory", GENERAL), ("vcpus", GENERAL), ("cpu", GENERAL), ("metadata", GENERAL), ("boot", METHOD)];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_name_or_letter_is_used_twice() {
        let mut names = HashSet::new();
        let mut letters = HashSet::new();
        for row in OPTIONS {
            for name in std::iter::once(&row.name).chain(row.aliases) {
                assert!(names.insert(*name), "--{name}");
            }
            assert!(row.short.is_none_or(|letter| letters.insert(letter)), "--{}", row.name);
            assert!(!row.help.is_empty() && !row.help.ends_with('.'), "--{}", row.name);
        }
        // These the options read before the tables are asked.
        let own = ["location", "install", "osinfo"];
        for table in xctl::domain::TABLES.iter().filter(|table| !own.contains(&table.option)) {
            assert!(names.insert(table.option), "--{}", table.option);
        }
    }
}
