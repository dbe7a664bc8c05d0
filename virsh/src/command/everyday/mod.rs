//! What is asked every day, and that the virsh of old has no command for.

mod apply;
mod backup;
mod difference;
mod host_check;
mod reach;
mod snapshot;
mod top;
mod wait;
mod why;

use super::option::{Opt, domain, file, flag, number, rest, text};
use super::{Command, Values};

/// Where backups of a domain are.
const DIRECTORY: Opt =
    text("directory", "the directory that holds the domain's backups").required().values(Values::File);

pub(super) const COMMANDS: &[Command] = &[
    Command::new(
        "apply",
        "make an object what a file says",
        "Makes the domain, network, pool, volume, secret or network filter that the file\n\
         describes, or changes it where it differs: then the difference is shown, and asked\n\
         about. What the file is silent about stays as it is; of what comes in lists, such as\n\
         a domain's disks and network interfaces, those that it has are all. Applied twice it\n\
         changes nothing. - is standard input.",
        &[
            file("file with the object's XML, or -"),
            text("pool", "the pool of a volume").values(Values::Pool),
            flag("dry-run", "show the difference, and change nothing"),
            snapshot::YES,
        ],
        apply::apply,
    )
    .acts()
    .alone(),
    Command::new(
        "backup",
        "back up a domain to a directory",
        "Writes a domain's disks and definition to a directory, which is made if it is not there:\n\
         all of them first, then only what changed since the backup before, where the disks\n\
         keep track of it (qcow2 images of a domain that runs). The images are ordinary qcow2\n\
         files; backup-list tells what is there, backup-restore brings the domain back.",
        &[
            domain(Values::Domain),
            DIRECTORY,
            flag("full", "write all"),
            flag("incremental", "write what changed, or nothing"),
        ],
        backup::make,
    )
    .acts()
    .alone(),
    Command::new(
        "backup-list",
        "list the backups in a directory",
        "Lists the points to which the domain can come back.",
        &[DIRECTORY],
        backup::list,
    )
    .answers(&backup::LIST)
    .local(),
    Command::new(
        "backup-restore",
        "bring a domain back from a backup",
        "Puts the domain's disks together anew and defines it, as it was at the last point or\n\
         another one. Under a new name it is another domain, beside the first.",
        &[
            DIRECTORY,
            number("point", "the point; the last one without"),
            text("name", "the name of a new domain that is made of it"),
            text("to", "the directory for its disks, if not where they were").values(Values::File),
            flag("replace", "what is there makes way, once all is read"),
            snapshot::YES,
        ],
        backup::restore,
    )
    .destroys()
    .alone(),
    Command::new(
        "diff",
        "compare a running domain with its definition",
        "Shows how the running domain differs from the definition that its next start will\n\
         use, as a unified diff. What libvirt adds to every running domain is left out.\n\
         The exit code is 1 if they differ.",
        &[domain(Values::ActiveDomain), flag("full", "leave nothing out")],
        difference::diff,
    ),
    Command::new(
        "host-check",
        "tell whether this host runs guests well",
        "Checks what this host's processor, kernel and programs offer to guests, without any\n\
         rights: each with the result, what it is for, and what mends it. Nothing is changed.\n\
         The exit code is 1 if something fails, and 0 with data, which tells what does.",
        &[],
        host_check::host_check,
    )
    .answers(&host_check::ANSWER)
    .local(),
    Command::new(
        "ip",
        "print a domain's network addresses",
        "Prints the addresses at which the guest is reached, one in a line: from libvirt's\n\
         leases, the guest's agent or the host's neighbours, whichever knows first.",
        &[
            domain(Values::ActiveDomain),
            flag("full", "print interface, MAC address, prefix and who told, too"),
        ],
        reach::ip,
    )
    .answers(&reach::IP),
    Command::new(
        "rollback",
        "take a domain back to a snapshot",
        "Takes a domain's disks, and its memory if that was kept, back to a snapshot, internal\n\
         or external. What would keep it from arriving there is looked for before the domain\n\
         is touched. What came after the snapshot is lost, so that it asks first.",
        &[
            domain(Values::Domain),
            snapshot::SNAPSHOT,
            flag("running", "let the domain run afterwards, even if it did not then"),
            snapshot::YES,
        ],
        snapshot::rollback,
    )
    .destroys()
    .alone(),
    Command::new(
        "snapshot",
        "make a snapshot of the kind that the domain can have",
        "Keeps the state of a domain's disks, and of its memory if it runs, to go back to\n\
         with rollback. The snapshot is inside the images if all of them are qcow2, else in\n\
         files of its own. --explain also tells which and why while it makes it; --dry-run tells\n\
         that and makes nothing.",
        &[
            domain(Values::Domain),
            text("name", "its name; date and time without").positional(),
            text("description", "what it is for"),
            flag("disk-only", "without memory, even if the domain runs"),
            flag("internal", "inside the images, or not at all"),
            flag("external", "in files of its own, or not at all"),
            flag("explain", "tell what is kept where, and why, and make it"),
            flag("dry-run", "tell what is kept where, and why, and make nothing"),
        ],
        snapshot::make,
    )
    .acts(),
    Command::new(
        "snapshot-drop",
        "remove a snapshot, and keep what was written since",
        "Removes a snapshot that is not needed any more. Files of external snapshots are merged;\n\
         what the domain has written since then stays.",
        &[domain(Values::Domain), snapshot::SNAPSHOT, snapshot::YES],
        snapshot::remove,
    )
    .destroys()
    .alone(),
    Command::new(
        "ssh",
        "log in to a guest with ssh",
        "Runs ssh(1) to the guest's first address, or to the port of this host that is\n\
         forwarded to the guest's port 22; with a command, runs that there.",
        &[
            domain(Values::ActiveDomain),
            text("user", "who to log in as"),
            rest("command", "what to run in the guest"),
        ],
        reach::ssh,
    )
    .alone(),
    Command::new(
        "top",
        "show what running domains use",
        "Shows the processor time, memory, disk and network traffic of all running domains, anew\n\
         every few seconds: on a terminal in a page (q leaves it, c, m, d, n and a sort), or in\n\
         plain lines. CPU% is of one processor of the host, HOST% of all. As data it is one look.",
        &[
            text("sort", "what comes first: who uses most, or by name").values(Values::Words(top::ORDERS)),
            number("interval", "seconds from one look to the next; 2 if not given"),
            number("iterations", "how often to look; until q or ^C if not given"),
            flag("batch", "plain lines on a terminal, too"),
        ],
        top::top,
    )
    .answers(&top::ANSWER)
    .alone(),
    Command::new(
        "wait",
        "wait until a domain is where it is to be",
        "Waits until the domain runs, is off, has a network address or its agent answers.\n\
         The exit code is 1 if it is not within the time.",
        &[
            domain(Values::Domain),
            text("for", "what to wait for").required().values(Values::Words(wait::GOALS)),
            number("timeout", "seconds to wait at most").positional(),
        ],
        wait::wait,
    ),
    Command::new(
        "why",
        "tell why a domain does not run",
        "Tells what the domain is doing, what its emulator said last, and what stands in\n\
         the way of a start, each with the command that mends it. Changes nothing.",
        &[domain(Values::Domain)],
        why::why,
    )
    .answers(&why::ANSWER),
];
