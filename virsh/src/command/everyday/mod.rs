//! What is asked every day, and that the virsh of old has no command for.

mod difference;
mod host_check;
mod reach;
mod top;
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
         plain lines. CPU% is of one processor of the host, HOST% of all.",
        &[
            text("sort", "what comes first: who uses most, or by name").values(Values::Words(top::ORDERS)),
            number("interval", "seconds from one look to the next; 2 if not given"),
            number("iterations", "how often to look; until q or ^C if not given"),
            flag("batch", "plain lines on a terminal, too"),
        ],
        top::top,
    )
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
