//! The main facts about one domain.

use hypervisor::{Domain, State};

use crate::command::domain::{By, find};
use crate::command::{Answer, Arguments};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::Record;
use crate::output::field::{boolean, bytes, list, measured, number, record, text};

pub(super) fn domstate(control: &mut Control, arguments: &Arguments) -> Outcome {
    let state = find(control, arguments, By::ANY)?.state()?;
    let name = state.state.name();
    match arguments.has("reason") {
        true => control.output.line(format_args!("{name} ({})", state.name())),
        false => control.output.line(name),
    }
    Ok(())
}

pub(super) fn dominfo(control: &mut Control, arguments: &Arguments) -> Outcome {
    const WIDTH: usize = 15;
    let domain = find(control, arguments, By::ANY)?;
    let field = |label: &str, value: &dyn std::fmt::Display| control.output.field(WIDTH, label, value);
    let yes = |answer: Option<bool>| match answer {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    };
    match domain.id() {
        Some(id) => field("Id:", &id),
        None => field("Id:", &"-"),
    }
    field("Name:", &domain.name());
    field("UUID:", &domain.uuid());
    if let Ok(os_type) = domain.os_type() {
        field("OS Type:", &os_type);
    }
    let info = domain.info();
    if let Ok(info) = &info {
        field("State:", &info.state.name());
        field("CPU(s):", &info.vcpus);
        if !info.cpu_time.is_zero() {
            field("CPU time:", &format_args!("{:.1}s", info.cpu_time.as_secs_f64()));
        }
        match info.max_memory.0 == u64::from(u32::MAX) {
            true => field("Max memory:", &"no limit"),
            false => field("Max memory:", &format_args!("{} KiB", info.max_memory.0)),
        }
        field("Used memory:", &format_args!("{} KiB", info.memory.0));
    }
    field("Persistent:", &yes(domain.is_persistent().ok()));
    if let Ok(autostart) = domain.autostart() {
        field("Autostart:", &if autostart { "enable" } else { "disable" });
    }
    if let Ok(once) = domain.autostart_once() {
        field("Autostart Once:", &if once { "enable" } else { "disable" });
    }
    field("Managed save:", &yes(domain.has_managed_save().ok()));
    if let Some(model) = domain.connection().security_model()? {
        field("Security model:", &model.name);
        field("Security DOI:", &model.interpretation);
        let label = domain.security_label()?;
        if !label.label.is_empty() {
            let mode = if label.enforcing { "enforcing" } else { "permissive" };
            field("Security label:", &format_args!("{} ({mode})", label.label));
        }
    }
    for (index, message) in domain.messages().unwrap_or_default().iter().enumerate() {
        field(if index == 0 { "Messages:" } else { "" }, message);
    }
    info?;
    Ok(())
}

pub(super) const STATE: Answer = Answer::facts(
    &[text("state", "what it is doing").one_of(State::NAMES), text("reason", "why")],
    |control, arguments| {
        let state = find(control, arguments, By::ANY)?.state()?;
        Ok(Record::new().with("state", state.state.name()).with("reason", state.name()))
    },
);

pub(super) const INFO: Answer = Answer::facts(
    &[
        number("id", "its number while it runs"),
        text("name", "its name"),
        text("uuid", "its UUID"),
        text("os_type", "what runs in it: hvm, xen, linux, exe"),
        text("state", "what it is doing").one_of(State::NAMES),
        text("reason", "why"),
        number("vcpus", "its virtual processors"),
        measured("cpu_time", "ns", "the processor time that it used"),
        bytes("max_memory", "the memory that it can be given; null where there is no limit"),
        bytes("memory", "the memory that it has"),
        boolean("persistent", "whether it is defined"),
        boolean("autostart", "whether it starts with the host"),
        boolean("autostart_once", "whether it does so the next time only"),
        boolean("managed_save", "whether libvirt keeps its memory"),
        record("security", "model, doi, label and enforcing; null without a security driver"),
        list("messages", "what libvirt remarks on it"),
    ],
    facts,
);

fn facts(control: &mut Control, arguments: &Arguments) -> Result<Record, Failure> {
    let domain = find(control, arguments, By::ANY)?;
    let info = domain.info()?;
    let state = domain.state()?;
    Ok(Record::new()
        .with("id", domain.id())
        .with("name", domain.name())
        .with("uuid", domain.uuid())
        .with("os_type", domain.os_type().ok())
        .with("state", state.state.name())
        .with("reason", state.name())
        .with("vcpus", info.vcpus)
        .with("cpu_time", info.cpu_time)
        .with("max_memory", Some(info.max_memory).filter(|size| size.0 != u64::from(u32::MAX)))
        .with("memory", info.memory)
        .with("persistent", domain.is_persistent().ok())
        .with("autostart", domain.autostart().ok())
        .with("autostart_once", domain.autostart_once().ok())
        .with("managed_save", domain.has_managed_save().ok())
        .with("security", security(&domain)?)
        .with("messages", domain.messages().unwrap_or_default()))
}

fn security(domain: &Domain) -> Result<Option<Record>, Failure> {
    let Some(model) = domain.connection().security_model()? else { return Ok(None) };
    let label = domain.security_label()?;
    let confined = !label.label.is_empty();
    Ok(Some(
        Record::new()
            .with("model", model.name)
            .with("doi", model.interpretation)
            .with("label", Some(label.label).filter(|_| confined))
            .with("enforcing", Some(label.enforcing).filter(|_| confined)),
    ))
}
