//! Figures about domains.

use std::fmt::Write;

use hypervisor::Domain;
use hypervisor::flags::{StatsFilter, StatsKinds};
use hypervisor::stats::DomainStats;

use crate::command::domain::{By, named};
use crate::command::{Answer, Arguments};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::Record;
use crate::output::field::text;

fn asked(control: &mut Control, arguments: &Arguments) -> Result<Vec<DomainStats>, Failure> {
    let kinds = StatsKinds(arguments.flags(&[
        ("state", StatsKinds::STATE.0),
        ("cpu-total", StatsKinds::CPU_TOTAL.0),
        ("balloon", StatsKinds::BALLOON.0),
        ("vcpu", StatsKinds::VCPU.0),
        ("interface", StatsKinds::INTERFACE.0),
        ("block", StatsKinds::BLOCK.0),
        ("perf", StatsKinds::PERF.0),
        ("iothread", StatsKinds::IOTHREAD.0),
        ("memory", StatsKinds::MEMORY.0),
        ("dirtyrate", StatsKinds::DIRTYRATE.0),
        ("vm", StatsKinds::VM.0),
    ]));
    let filter = StatsFilter(arguments.flags(&[
        ("list-active", StatsFilter::ACTIVE.0),
        ("list-inactive", StatsFilter::INACTIVE.0),
        ("list-persistent", StatsFilter::PERSISTENT.0),
        ("list-transient", StatsFilter::TRANSIENT.0),
        ("list-running", StatsFilter::RUNNING.0),
        ("list-paused", StatsFilter::PAUSED.0),
        ("list-shutoff", StatsFilter::SHUTOFF.0),
        ("list-other", StatsFilter::OTHER.0),
        ("enforce", StatsFilter::ENFORCE.0),
        ("backing", StatsFilter::BACKING.0),
        ("nowait", StatsFilter::NOWAIT.0),
    ]));
    let connection = control.connection()?;
    let wanted: Vec<Domain> = arguments
        .rest("domain")
        .iter()
        .map(|name| named(&connection, name, By::ANY))
        .collect::<Result<_, Failure>>()?;
    Ok(match wanted.is_empty() {
        true => connection.domain_stats(kinds, filter)?,
        false => connection.stats_of(&wanted, kinds, filter)?,
    })
}

pub(super) const ANSWER: Answer = Answer::list(&[text("name", "the domain's name")], |control, arguments| {
    let record = |stats: DomainStats| {
        let mut record: Record = Record::new().with("name", stats.domain.name());
        record.extend(stats.values.into_iter().collect::<Record>());
        record
    };
    Ok(asked(control, arguments)?.into_iter().map(record).collect())
})
.and_more("libvirt's figures under its names, such as cpu.time (ns) and balloon.current (KiB)");

pub(super) fn domstats(control: &mut Control, arguments: &Arguments) -> Outcome {
    for (index, record) in asked(control, arguments)?.iter().enumerate() {
        // Written as one: standard output is told of every line by itself else, also where nobody looks.
        let mut text = format!("{}Domain: '{}'\n", if index > 0 { "\n" } else { "" }, record.domain.name());
        for figure in &record.values {
            // A String takes everything.
            let _ = writeln!(text, "  {}={}", figure.name, figure.value);
        }
        control.output.print(text);
    }
    Ok(())
}
