//! Limits of a disk's throughput as data.

use hypervisor::domain::Tuning;

use super::limits::{NAME, all};
use super::record;
use crate::command::Answer;
use crate::command::domain::device::document;
use crate::command::domain::{By, find};
use crate::output::field::{self, Field};
use crate::output::{Record, Value};

const FIELDS: &[Field] = &[
    field::text("group_name", "the group whose disks share the limits"),
    field::measured("total_bytes_sec", "bytes/s", "throughput in both directions; 0 is no limit"),
    field::measured("read_bytes_sec", "bytes/s", "how much is read"),
    field::measured("write_bytes_sec", "bytes/s", "how much is written"),
    field::number("total_iops_sec", "requests a second in both directions"),
    field::number("read_iops_sec", "read requests a second"),
    field::number("write_iops_sec", "write requests a second"),
    field::measured("total_bytes_sec_max", "bytes/s", "throughput in a burst"),
    field::measured("read_bytes_sec_max", "bytes/s", "how much is read in a burst"),
    field::measured("write_bytes_sec_max", "bytes/s", "how much is written in a burst"),
    field::number("total_iops_sec_max", "requests a second in a burst"),
    field::number("read_iops_sec_max", "read requests a second in a burst"),
    field::number("write_iops_sec_max", "write requests a second in a burst"),
    field::measured("size_iops_sec", "bytes", "size of one request; a larger one counts as several"),
    field::measured("total_bytes_sec_max_length", "seconds", "how long a burst of throughput may last"),
    field::measured("read_bytes_sec_max_length", "seconds", "how long a burst of reading may last"),
    field::measured("write_bytes_sec_max_length", "seconds", "how long a burst of writing may last"),
    field::measured("total_iops_sec_max_length", "seconds", "how long a burst of requests may last"),
    field::measured("read_iops_sec_max_length", "seconds", "how long a burst of read requests may last"),
    field::measured("write_iops_sec_max_length", "seconds", "how long a burst of write requests may last"),
];

/// Options that change limits.
const CHANGES: &[&str] = &[
    "group-name",
    "total-bytes-sec",
    "read-bytes-sec",
    "write-bytes-sec",
    "total-iops-sec",
    "read-iops-sec",
    "write-iops-sec",
    "total-bytes-sec-max",
    "read-bytes-sec-max",
    "write-bytes-sec-max",
    "total-iops-sec-max",
    "read-iops-sec-max",
    "write-iops-sec-max",
    "size-iops-sec",
    "total-bytes-sec-max-length",
    "read-bytes-sec-max-length",
    "write-bytes-sec-max-length",
    "total-iops-sec-max-length",
    "read-iops-sec-max-length",
    "write-iops-sec-max-length",
];

pub(super) const DISK: Answer = Answer::facts(FIELDS, |control, arguments| {
    let disk = Tuning::Disk(arguments.required("device")?);
    record(control, arguments, disk, "block I/O throttle parameters")
})
.and_more("what libvirt adds, under its names")
.unless(CHANGES);

pub(super) const GROUP: Answer = Answer::facts(FIELDS, |control, arguments| {
    let wanted = arguments.required("group-name")?;
    let document = document(&find(control, arguments, By::ANY)?, arguments.has("inactive"))?;
    let mut record = Record::new();
    if let Some((group, _)) = all(&document).find(|(_, name)| name == wanted) {
        record.set(NAME, wanted);
        for figure in document.children(group).filter(|figure| document.name(*figure) != NAME) {
            let text = document.text(figure);
            let value = text.trim().parse().map_or_else(|_| text.into(), Value::Whole);
            record.set(document.name(figure).to_owned(), value);
        }
    }
    Ok(record)
})
.and_more("what libvirt adds, under its names");

pub(super) const GROUPS: Answer = Answer::list(&[field::text("name", "its name")], |control, arguments| {
    let document = document(&find(control, arguments, By::ANY)?, arguments.has("inactive"))?;
    Ok(all(&document).map(|(_, name)| Record::new().with("name", name)).collect())
});
