//! Data of several domains and hosts: one list, whose first fields tell what each record is about.

use super::option::{self, takes_several};
use super::target;
use crate::control::Control;
use crate::output::field::{Field, text};
use crate::output::{Data, Record};
use crate::parse::Invocation;

const HOST: Field = text("host", "the host that it is about");
const DOMAIN: Field = text("domain", "the domain that it is about");

/// The fields that come before a command's own, where several hosts or domains may be meant. One that the command has
/// itself tells it already.
pub(crate) fn fields(invocation: &Invocation, of_hosts: bool) -> &'static [Field] {
    let Some(answer) = invocation.command.answer else { return &[] };
    let lacks = |field: &Field| answer.fields.find(field.name).is_none();
    let hosts = of_hosts && invocation.command.connects && lacks(&HOST);
    let domains = takes_several(invocation.command) && !target::is_plain(invocation) && lacks(&DOMAIN);
    match (hosts, domains) {
        (true, true) => &[HOST, DOMAIN],
        (true, false) => &[HOST],
        (false, true) => &[DOMAIN],
        (false, false) => &[],
    }
}

/// The data of one host as records that say so, if they are to.
pub(super) fn of_host(invocation: &Invocation, name: &str, data: Data) -> Vec<Record> {
    about(invocation, HOST.name, name, data)
}

/// The data of one domain as records that say so, if they are to.
pub(super) fn of_domain(invocation: &Invocation, name: &str, data: Data) -> Vec<Record> {
    about(invocation, option::DOMAIN, name, data)
}

fn about(invocation: &Invocation, field: &'static str, name: &str, data: Data) -> Vec<Record> {
    let records = match data {
        Data::List(records) => records,
        Data::Facts(record) => vec![record],
    };
    if !invocation.before.iter().any(|before| before.name == field) {
        return records;
    }
    let named = records.into_iter().map(|record| {
        let mut whole = Record::new().with(field, name);
        whole.extend(record);
        whole
    });
    named.collect()
}

/// Shows data as the user wants it.
pub(super) fn show(control: &Control, invocation: &Invocation, data: Data) {
    if let (Some(view), Some(answer)) = (&invocation.view, invocation.command.answer) {
        let fields = answer.fields.after(invocation.before);
        control.output.print(view.show(&fields, data, !control.output.quiet));
    }
}
