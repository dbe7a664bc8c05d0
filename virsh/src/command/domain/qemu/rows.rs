//! The commands about talking to QEMU.

use crate::command::option::{domain, flag, number, rest, text};
use crate::command::{Command, Values};

pub(in crate::command::domain) const QEMU_ATTACH: Command = Command::new(
    "qemu-attach",
    "take over a QEMU that was started by hand",
    "Lets libvirt manage a QEMU process that it did not start.",
    &[text("pid", "the process").required()],
    super::attach,
)
.acts();

pub(in crate::command::domain) const QEMU_MONITOR_COMMAND: Command = Command::new(
    "qemu-monitor-command",
    "send a command to QEMU's monitor",
    "Sends a command to QEMU past libvirt, which cannot know what it changes.",
    &[
        domain(Values::ActiveDomain),
        flag("hmp", "a command for people, and not JSON"),
        flag("pretty", "print the answer over several lines"),
        flag("return-value", "print only what is returned"),
        text("pass-fds", "file descriptors of ours that QEMU gets, N,M,..."),
        rest("cmd", "the command").required(),
    ],
    super::monitor_command,
)
.acts();

pub(in crate::command::domain) const QEMU_MONITOR_EVENT: Command = Command::new(
    "qemu-monitor-event",
    "wait for events of QEMU",
    "Waits for QEMU to say something, and prints it.",
    &[
        text("domain", "only of this domain: its name, id or UUID").tolerated().values(Values::ActiveDomain),
        text("event", "only events of this name").tolerated(),
        flag("pretty", "print what an event holds over several lines"),
        flag("loop", "go on after the first event, until the time is up or ^C"),
        number("timeout", "seconds to wait at most").tolerated(),
        flag("regex", "the name is a regular expression"),
        flag("no-case", "capital and small letters are the same"),
        flag("timestamp", "print when each event came"),
    ],
    super::monitor_event,
)
.alone();

pub(in crate::command::domain) const QEMU_AGENT_COMMAND: Command = Command::new(
    "qemu-agent-command",
    "send a command to the guest's agent",
    "Sends a command to the guest's agent past libvirt, which cannot know what it changes.",
    &[
        domain(Values::ActiveDomain),
        number("timeout", "seconds to wait at most"),
        flag("async", "do not wait for the answer"),
        flag("block", "wait for ever"),
        flag("pretty", "print the answer over several lines"),
        rest("cmd", "the command").required(),
    ],
    super::agent_command,
)
.acts();
