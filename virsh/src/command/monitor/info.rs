//! The main facts about one domain.

use crate::command::Arguments;
use crate::command::domain::{By, find};
use crate::control::Control;
use crate::failure::Outcome;

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
