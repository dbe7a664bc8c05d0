//! I/O threads.

use hypervisor::Parameter;
use hypervisor::domain::IoThread;
use hypervisor::parameter::Value;

use super::list;
use crate::command::domain::affect::{self, CONFIG, CURRENT, LIVE};
use crate::command::domain::{By, find};
use crate::command::option::{domain, number, text};
use crate::command::{Answer, Arguments, Command, Opt, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, Table, field};

const ID: Opt = number("id", "number of the thread").required();

pub(in crate::command::domain) const INFO: Command = Command::new(
    "iothreadinfo",
    "list a domain's I/O threads",
    "Lists a domain's I/O threads and where they may run.",
    &[domain(Values::Domain), CONFIG, LIVE, CURRENT],
    info,
)
.answers(&ANSWER);

pub(in crate::command::domain) const PIN: Command = Command::new(
    "iothreadpin",
    "choose where an I/O thread may run",
    "Chooses on which of the host's processors an I/O thread may run.",
    &[
        domain(Values::Domain),
        number("iothread", "number of the thread").required(),
        text("cpulist", "the host's processors, like 0-3,^2; r is all").required(),
        CONFIG,
        LIVE,
        CURRENT,
    ],
    pin,
)
.acts();

pub(in crate::command::domain) const ADD: Command = Command::new(
    "iothreadadd",
    "add an I/O thread",
    "Adds an I/O thread to a domain.",
    &[domain(Values::Domain), ID, CONFIG, LIVE, CURRENT],
    |control, arguments| {
        let affect = affect::affect(arguments)?;
        let domain = find(control, arguments, By::ANY)?;
        Ok(domain.add_io_thread(id(arguments)?, affect)?)
    },
)
.acts();

pub(in crate::command::domain) const REMOVE: Command = Command::new(
    "iothreaddel",
    "remove an I/O thread",
    "Removes an I/O thread from a domain.",
    &[domain(Values::Domain), ID, CONFIG, LIVE, CURRENT],
    |control, arguments| {
        let affect = affect::affect(arguments)?;
        let domain = find(control, arguments, By::ANY)?;
        Ok(domain.remove_io_thread(id(arguments)?, affect)?)
    },
)
.acts();

pub(in crate::command::domain) const SET: Command = Command::new(
    "iothreadset",
    "change how an I/O thread works",
    "Changes how an I/O thread of a running domain waits for work.",
    &[
        domain(Values::Domain),
        ID,
        number("poll-max-ns", "how long it looks out for work before it sleeps, in ns").tolerated(),
        number("poll-grow", "by how much that grows").tolerated(),
        number("poll-shrink", "by how much that shrinks").tolerated(),
        number("thread-pool-min", "fewest workers").tolerated(),
        number("thread-pool-max", "most workers").tolerated(),
        CONFIG,
        LIVE,
        CURRENT,
    ],
    set,
)
.acts();

/// The thread's number, which starts at 1.
fn id(arguments: &Arguments) -> Result<u32, Failure> {
    let id: i32 = arguments.number("id")?.unwrap_or_default();
    u32::try_from(id)
        .ok()
        .filter(|id| *id > 0)
        .ok_or_else(|| Failure::said(format!("Invalid IOThread id value: '{id}'")))
}

fn info(control: &mut Control, arguments: &Arguments) -> Outcome {
    let threads = listed(control, arguments)?;
    if threads.is_empty() {
        control.output.last_remark("No IOThreads found for the domain");
        return Ok(());
    }
    let mut table = Table::new(&["IOThread ID", "CPU Affinity"]);
    for thread in threads {
        table.row([thread.id.to_string(), list::written(&thread.map)]);
    }
    control.output.table(&table);
    Ok(())
}

const ANSWER: Answer = Answer::list(
    &[
        field::number("id", "its number"),
        field::list("affinity", "numbers of the host's processors that it may be on"),
    ],
    |control, arguments| {
        let record =
            |thread: IoThread| Record::new().with("id", thread.id).with("affinity", list::set(&thread.map));
        Ok(listed(control, arguments)?.into_iter().map(record).collect())
    },
);

fn listed(control: &mut Control, arguments: &Arguments) -> Result<Vec<IoThread>, Failure> {
    let affect = affect::affect(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    domain.io_threads(affect).attempted(|| "Unable to get domain IOThreads information".to_owned())
}

fn pin(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::affect(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let id = arguments.number("iothread")?.unwrap_or_default();
    let cpus = control.connection()?.cpus()?;
    Ok(domain.pin_io_thread(id, &list::read(arguments.required("cpulist")?, cpus)?, affect)?)
}

fn set(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::affect(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let id = id(arguments)?;
    let mut parameters = Vec::new();
    if let Some(number) = arguments.number("poll-max-ns")? {
        parameters.push(Parameter::new("poll_max_ns", Value::ULong(number)));
    }
    for (option, name) in [("poll-grow", "poll_grow"), ("poll-shrink", "poll_shrink")] {
        if let Some(number) = arguments.number(option)? {
            parameters.push(Parameter::new(name, Value::UInt(number)));
        }
    }
    for (option, name) in [("thread-pool-min", "thread_pool_min"), ("thread-pool-max", "thread_pool_max")] {
        if let Some(number) = arguments.number(option)? {
            parameters.push(Parameter::new(name, Value::Int(number)));
        }
    }
    if parameters.is_empty() {
        return Err(Failure::said("Not enough arguments passed, nothing to set"));
    }
    Ok(domain.set_io_thread(id, &parameters, affect)?)
}
