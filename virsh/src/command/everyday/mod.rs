//! What is asked every day, and that the virsh of old has no command for.

mod confirm;
mod difference;
mod reach;
mod snapshot;
mod wait;
mod why;

use super::option::{domain, flag, number, rest, text};
use super::{Command, Values};

pub(super) const COMMANDS: &[Command] = &[
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
        "ip",
        "print a domain's network addresses",
        "Prints the addresses at which the guest is reached, one in a line: from libvirt's\n\
         leases, the guest's agent or the host's neighbours, whichever knows first.",
        &[
            domain(Values::ActiveDomain),
            flag("full", "print interface, MAC address, prefix and who told, too"),
        ],
        reach::ip,
    ),
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
    ),
    Command::new(
        "snapshot",
        "make a snapshot of the kind that the domain can have",
        "Keeps the state of a domain's disks, and of its memory if it runs, to go back to\n\
         with rollback. The snapshot is inside the images if all of them are qcow2, else in\n\
         files of its own; --explain tells which and why.",
        &[
            domain(Values::Domain),
            text("name", "its name; date and time without").positional(),
            text("description", "what it is for"),
            flag("disk-only", "without memory, even if the domain runs"),
            flag("internal", "inside the images, or not at all"),
            flag("external", "in files of its own, or not at all"),
            flag("explain", "tell what is kept where, and why"),
            flag("dry-run", "tell that, and make nothing"),
        ],
        snapshot::make,
    ),
    Command::new(
        "snapshot-drop",
        "remove a snapshot, and keep what was written since",
        "Removes a snapshot that is not needed any more. Files of external snapshots are merged;\n\
         what the domain has written since then stays.",
        &[domain(Values::Domain), snapshot::SNAPSHOT, snapshot::YES],
        snapshot::remove,
    ),
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
    ),
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
    ),
];
