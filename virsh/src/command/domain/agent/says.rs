//! The guest's name, its clock, and what else it says about itself.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hypervisor::Parameter;
use hypervisor::flags::{GuestInfoKinds, HostnameSource};

use crate::command::domain::{By, find};
use crate::command::option::{domain, flag, number, text};
use crate::command::{Answer, Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, field, moment, printable};

pub(in crate::command::domain) const HOSTNAME: Command = Command::new(
    "domhostname",
    "print a guest's host name",
    "",
    &[
        domain(Values::ActiveDomain),
        text("source", "who is asked: lease or agent").tolerated().values(Values::Words(&["lease", "agent"])),
    ],
    hostname,
)
.answers(&Answer::printed(&[field::text("hostname", "the guest's host name")]));

pub(in crate::command) const TIME: Command = Command::new(
    "domtime",
    "print or set a guest's clock",
    "Prints or sets the clock of a running guest.",
    &[
        domain(Values::ActiveDomain),
        flag("now", "set it to this machine's clock"),
        flag("pretty", "print it as date and time"),
        flag("sync", "set it by the guest's own hardware clock"),
        number("time", "set it to so many seconds since 1970").tolerated(),
    ],
    time,
)
.acts()
.answers(&CLOCK);

pub(in crate::command::domain) const INFO: Command = Command::new(
    "guestinfo",
    "print what a guest says about itself",
    "Asks the guest's agent about the guest; about all that it knows unless told otherwise.",
    &[
        domain(Values::ActiveDomain),
        flag("user", "who is logged in"),
        flag("os", "its operating system"),
        flag("timezone", "its time zone"),
        flag("hostname", "its host name"),
        flag("filesystem", "its file systems"),
        flag("disk", "its disks"),
        flag("interface", "its network interfaces"),
        flag("load", "its load averages"),
    ],
    info,
)
.answers(&SAID);

pub(in crate::command::domain) const TIMEOUT: Command = Command::new(
    "guest-agent-timeout",
    "choose how long to wait for a guest's agent",
    "Chooses how long libvirt waits for an answer of the guest's agent.",
    &[
        domain(Values::ActiveDomain),
        number("timeout", "seconds; -2 waits for ever, -1 is libvirt's own choice, 0 does not wait"),
    ],
    timeout,
)
.acts();

fn hostname(control: &mut Control, arguments: &Arguments) -> Outcome {
    let source = match arguments.text("source")? {
        None => HostnameSource::NONE,
        Some("lease") => HostnameSource::LEASE,
        Some("agent") => HostnameSource::AGENT,
        Some(other) => return Err(Failure::said(format!("Unknown data source '{other}'"))),
    };
    let domain = find(control, arguments, By::ANY)?;
    let name = domain.hostname(source).attempted(|| "failed to get hostname".to_owned())?;
    control.output.line(printable(&name));
    Ok(())
}

fn time(control: &mut Control, arguments: &Arguments) -> Outcome {
    for (one, other) in [("time", "now"), ("time", "sync"), ("now", "sync")] {
        arguments.exclusive(one, other)?;
    }
    let domain = find(control, arguments, By::ANY)?;
    let wanted: Option<i64> = arguments.number("time")?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    if arguments.has("sync") {
        domain.synchronize_time()?;
    } else if let Some(seconds) = wanted.or(arguments.has("now").then_some(now.cast_signed())) {
        domain.set_time(seconds, 0)?;
    } else {
        let seconds = domain.time()?;
        match u64::try_from(seconds).ok().filter(|_| arguments.has("pretty")) {
            Some(seconds) => {
                let stamp = moment::stamp(UNIX_EPOCH + Duration::from_secs(seconds));
                control.output.print(format_args!("Time: {}", stamp.split('.').next().unwrap_or(&stamp)));
            }
            None => control.output.print(format_args!("Time: {seconds}")),
        }
    }
    Ok(())
}

fn info(control: &mut Control, arguments: &Arguments) -> Outcome {
    for figure in told(control, arguments)? {
        control.output.line(printable(&format!("{:<20}: {}", figure.name, figure.value)));
    }
    Ok(())
}

const SAID: Answer =
    Answer::facts(&[], |control, arguments| Ok(told(control, arguments)?.into_iter().collect()))
        .and_more("what the agent says, under libvirt's names, such as os.id and fs.0.total-bytes (bytes)");

const CLOCK: Answer = Answer::facts(
    &[field::measured("time", "seconds since 1970", "the guest's clock")],
    |control, arguments| Ok(Record::new().with("time", find(control, arguments, By::ANY)?.time()?)),
)
.unless(&["now", "sync", "time"]);

fn told(control: &mut Control, arguments: &Arguments) -> Result<Vec<Parameter>, Failure> {
    let kinds = GuestInfoKinds(arguments.flags(&[
        ("user", GuestInfoKinds::USERS.0),
        ("os", GuestInfoKinds::OS.0),
        ("timezone", GuestInfoKinds::TIMEZONE.0),
        ("hostname", GuestInfoKinds::HOSTNAME.0),
        ("filesystem", GuestInfoKinds::FILESYSTEM.0),
        ("disk", GuestInfoKinds::DISKS.0),
        ("interface", GuestInfoKinds::INTERFACES.0),
        ("load", GuestInfoKinds::LOAD.0),
    ]));
    Ok(find(control, arguments, By::ANY)?.guest_info(kinds)?)
}

fn timeout(control: &mut Control, arguments: &Arguments) -> Outcome {
    const FOR_EVER: i32 = -2;
    let domain = find(control, arguments, By::ANY)?;
    let seconds = arguments.number("timeout")?.unwrap_or(FOR_EVER);
    Ok(domain.set_agent_timeout(seconds)?)
}
