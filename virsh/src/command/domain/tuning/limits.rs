//! Limits of a disk's throughput, of one disk or of a group that shares them.

use std::borrow::Cow;

use hypervisor::Parameter;
use hypervisor::domain::Tuning;
use hypervisor::parameter::Value;
use xctl::document::{Document, Element};

use super::{change_or_print, limits_data, print};
use crate::command::domain::affect::{self, CONFIG, CURRENT, LIVE};
use crate::command::domain::device::document;
use crate::command::domain::{By, find};
use crate::command::option::{Opt, domain, flag, joined, number, text};
use crate::command::{Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::Table;

/// What may be limited, as the commands and libvirt name it but for `-`, which is `_` there.
const LIMITS: [Opt; 19] = [
    number("total-bytes-sec", "throughput in bytes a second, in both directions").formerly("total_bytes_sec"),
    number("read-bytes-sec", "bytes read a second").formerly("read_bytes_sec"),
    number("write-bytes-sec", "bytes written a second").formerly("write_bytes_sec"),
    number("total-iops-sec", "requests a second, in both directions").formerly("total_iops_sec"),
    number("read-iops-sec", "read requests a second").formerly("read_iops_sec"),
    number("write-iops-sec", "write requests a second").formerly("write_iops_sec"),
    number("total-bytes-sec-max", "throughput in a burst, in bytes a second, in both directions")
        .formerly("total_bytes_sec_max"),
    number("read-bytes-sec-max", "bytes read a second, in a burst").formerly("read_bytes_sec_max"),
    number("write-bytes-sec-max", "bytes written a second, in a burst").formerly("write_bytes_sec_max"),
    number("total-iops-sec-max", "requests a second in a burst, in both directions")
        .formerly("total_iops_sec_max"),
    number("read-iops-sec-max", "read requests a second, in a burst").formerly("read_iops_sec_max"),
    number("write-iops-sec-max", "write requests a second, in a burst").formerly("write_iops_sec_max"),
    number("size-iops-sec", "bytes that one request may have; a larger one counts as several")
        .formerly("size_iops_sec"),
    number("total-bytes-sec-max-length", "seconds that a burst of throughput may last")
        .formerly("total_bytes_sec_max_length"),
    number("read-bytes-sec-max-length", "seconds that a burst of reading may last")
        .formerly("read_bytes_sec_max_length"),
    number("write-bytes-sec-max-length", "seconds that a burst of writing may last")
        .formerly("write_bytes_sec_max_length"),
    number("total-iops-sec-max-length", "seconds that a burst of requests may last")
        .formerly("total_iops_sec_max_length"),
    number("read-iops-sec-max-length", "seconds that a burst of read requests may last")
        .formerly("read_iops_sec_max_length"),
    number("write-iops-sec-max-length", "seconds that a burst of write requests may last")
        .formerly("write_iops_sec_max_length"),
];

const WHEN: [Opt; 3] = [CONFIG, LIVE, CURRENT];

const GROUP: Opt = text("group-name", "the group").required();
const INACTIVE: Opt = flag("inactive", "as it will be at its next start");

const DISK_OPTIONS: [Opt; 25] = joined([
    &[
        domain(Values::Domain),
        text("device", "the disk's target or source").required().values(Values::Disk),
        text("group-name", "disks of this group share the limits").formerly("group_name"),
    ],
    &LIMITS,
    &WHEN,
]);
const SET_GROUP_OPTIONS: [Opt; 24] = joined([&[domain(Values::Domain), GROUP], &LIMITS, &WHEN]);

pub(in crate::command::domain) const DISK: Command = Command::new(
    "blkdeviotune",
    "print or change the limits of a disk's throughput",
    "Prints or changes how much may be read from a disk and written to it. Bytes may have a\n\
     unit, like 10M; 0 is no limit.",
    &DISK_OPTIONS,
    disk,
)
.acts()
.answers(&limits_data::DISK);

pub(in crate::command::domain) const SET_GROUP: Command = Command::new(
    "domthrottlegroupset",
    "add or change a group of disks that share limits",
    "Adds a group whose disks share limits of their throughput, or changes the limits.",
    &SET_GROUP_OPTIONS,
    set_group,
)
.acts();

pub(in crate::command::domain) const REMOVE_GROUP: Command = Command::new(
    "domthrottlegroupdel",
    "remove a group of disks that share limits",
    "Removes a group whose disks shared limits of their throughput.",
    &[domain(Values::Domain), GROUP, CONFIG, LIVE, CURRENT],
    |control, arguments| {
        let affect = affect::affect(arguments)?;
        let domain = find(control, arguments, By::ANY)?;
        domain.remove_throttle_group(arguments.required("group-name")?, affect)?;
        control.output.remark("Throttle group deleted successfully");
        Ok(())
    },
)
.acts();

pub(in crate::command::domain) const GROUP_INFO: Command = Command::new(
    "domthrottlegroupinfo",
    "print the limits of a group of disks",
    "Prints the limits that the disks of a group share.",
    &[domain(Values::Domain), GROUP, INACTIVE],
    group_info,
)
.answers(&limits_data::GROUP);

pub(in crate::command::domain) const GROUPS: Command = Command::new(
    "domthrottlegrouplist",
    "list a domain's groups of disks that share limits",
    "Lists the groups of a domain's disks that share limits of their throughput.",
    &[domain(Values::Domain), INACTIVE],
    groups,
)
.answers(&limits_data::GROUPS);

/// The limits that the options give; those in bytes may have a unit.
fn limits(arguments: &Arguments) -> Result<Vec<Parameter>, Failure> {
    let mut limits = Vec::new();
    for Opt { name, .. } in LIMITS {
        let in_bytes = name.ends_with("bytes-sec") || name.ends_with("bytes-sec-max");
        let number = if in_bytes { arguments.scaled(name, 1)? } else { arguments.number(name)? };
        limits.extend(number.map(|number| Parameter::new(name.replace('-', "_"), Value::ULong(number))));
    }
    Ok(limits)
}

fn disk(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::affect(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    let device = arguments.required("device")?;
    let mut wanted = limits(arguments)?;
    if let Some(group) = arguments.text("group-name")? {
        wanted.push(Parameter::new("group_name", Value::Text(group.to_owned())));
    }
    let words = ["change block I/O throttle", "block I/O throttle parameters"];
    change_or_print(control, &domain, Tuning::Disk(device), &wanted, affect, words)
}

fn set_group(control: &mut Control, arguments: &Arguments) -> Outcome {
    let affect = affect::affect(arguments)?;
    let domain = find(control, arguments, By::ANY)?;
    domain
        .set_throttle_group(arguments.required("group-name")?, &limits(arguments)?, affect)
        .attempted(|| "Unable to set throttle group".to_owned())?;
    control.output.remark("Throttle group set successfully");
    Ok(())
}

/// The groups in a domain's XML, each with its name.
pub(super) fn all<'d>(document: &'d Document) -> impl Iterator<Item = (Element, Cow<'d, str>)> {
    let all = document.child(document.root(), "throttlegroups");
    all.into_iter().flat_map(|all| document.children_named(all, "throttlegroup")).map(|group| {
        let name = document.child(group, NAME).map(|name| document.text(name));
        (group, name.unwrap_or_default())
    })
}

pub(super) const NAME: &str = "group_name";

fn group_info(control: &mut Control, arguments: &Arguments) -> Outcome {
    let wanted = arguments.required("group-name")?;
    let document = document(&find(control, arguments, By::ANY)?, arguments.has("inactive"))?;
    if let Some((group, _)) = all(&document).find(|(_, name)| name == wanted) {
        for figure in document.children(group).filter(|figure| document.name(*figure) != NAME) {
            print(control, document.name(figure), document.text(figure));
        }
    }
    Ok(())
}

fn groups(control: &mut Control, arguments: &Arguments) -> Outcome {
    let document = document(&find(control, arguments, By::ANY)?, arguments.has("inactive"))?;
    let mut table = Table::new(&["Name"]);
    for (_, name) in all(&document) {
        table.row([name]);
    }
    control.output.table(&table);
    Ok(())
}
