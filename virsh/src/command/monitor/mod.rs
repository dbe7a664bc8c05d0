//! Commands that look at domains.

mod block;
mod devices;
mod guest;
mod info;
mod list;
mod overview;
mod stats;

use super::domain::agent::says::TIME;
use super::domain::device::link::GET as GET_LINK;

use super::option::{domain, flag, rest};
use super::{Command, Values};

pub(super) const COMMANDS: &[Command] = &[
    block::ERRORS,
    block::INFO,
    Command::new(
        "domblklist",
        "list a domain's disks",
        "Lists the disks of a domain and where their contents are.",
        &[
            domain(Values::Domain),
            flag("inactive", "as they will be at its next start"),
            flag("details", "with type and device"),
        ],
        devices::disks,
    )
    .answers(&devices::DISKS),
    block::STATS,
    guest::CONTROL,
    GET_LINK,
    guest::ADDRESSES,
    Command::new(
        "domiflist",
        "list a domain's network interfaces",
        "Lists the network interfaces of a domain and what they are connected to.",
        &[domain(Values::Domain), flag("inactive", "as they will be at its next start")],
        devices::interfaces,
    )
    .answers(&devices::INTERFACES),
    guest::TRAFFIC,
    Command::new(
        "dominfo",
        "print the main facts about a domain",
        "Prints a domain's state, processors, memory and what libvirt does with it.",
        &[domain(Values::Domain)],
        info::dominfo,
    )
    .answers(&info::INFO),
    guest::MEMORY,
    Command::new(
        "domstate",
        "print a domain's state",
        "Prints what a domain is doing.",
        &[domain(Values::Domain), flag("reason", "and why")],
        info::domstate,
    )
    .answers(&info::STATE),
    Command::new(
        "domstats",
        "print figures about domains",
        "Prints figures about one, several or all domains, in one question to the hypervisor.",
        &[
            flag("state", "what they are doing"),
            flag("cpu-total", "processor time"),
            flag("balloon", "memory"),
            flag("vcpu", "virtual processors"),
            flag("interface", "network interfaces"),
            flag("block", "disks"),
            flag("perf", "performance events"),
            flag("iothread", "I/O threads"),
            flag("memory", "memory bandwidth"),
            flag("dirtyrate", "how fast memory is written"),
            flag("vm", "what the hypervisor counts for itself"),
            flag("list-active", "of domains that run or are paused"),
            flag("list-inactive", "of domains that do not run"),
            flag("list-persistent", "of domains with a definition"),
            flag("list-transient", "of domains without one"),
            flag("list-running", "of running domains"),
            flag("list-paused", "of paused domains"),
            flag("list-shutoff", "of domains that are off"),
            flag("list-other", "of domains in any other state"),
            flag("raw", "as the hypervisor counts them"),
            flag("enforce", "fail where a figure cannot be had"),
            flag("backing", "with the images below each disk"),
            flag("nowait", "only what needs no waiting"),
            rest("domain", "domains to ask about").values(Values::Domain),
        ],
        stats::domstats,
    )
    .answers(&stats::ANSWER),
    TIME,
    Command::new(
        "list",
        "list domains",
        "Lists domains; those that run or are paused, unless other ones are asked for.",
        &[
            flag("inactive", "those that do not run"),
            flag("all", "all of them"),
            flag("transient", "those without a definition"),
            flag("persistent", "those with one"),
            flag("with-snapshot", "those that have a snapshot"),
            flag("without-snapshot", "those that have none"),
            flag("with-checkpoint", "those that have a checkpoint"),
            flag("without-checkpoint", "those that have none"),
            flag("state-running", "those that run"),
            flag("state-paused", "those that are paused"),
            flag("state-shutoff", "those that are off"),
            flag("state-other", "those in any other state"),
            flag("autostart", "those that start with the host"),
            flag("no-autostart", "those that do not"),
            flag("with-managed-save", "those whose memory libvirt keeps"),
            flag("without-managed-save", "those whose memory it does not keep"),
            flag("uuid", "print UUIDs"),
            flag("name", "print names"),
            flag("id", "print ids"),
            flag("table", "print a table, as usual"),
            flag("managed-save", "tell apart those whose memory libvirt keeps"),
            flag("title", "with titles"),
        ],
        list::list,
    )
    .answers(&overview::ANSWER),
];
