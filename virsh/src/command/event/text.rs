//! Events as people and scripts read them.

use hypervisor::Parameter;
use hypervisor::event::{Address, DomainEvent, Event};

const WATCHDOG: &[&str] = &["none", "pause", "reset", "poweroff", "shutdown", "debug", "inject-nmi"];
const IO_ERROR: &[&str] = &["none", "pause", "report"];
const PHASE: &[&str] = &["connect", "initialize", "disconnect"];
const FAMILY: &[&str] = &["IPv4", "IPv6", "unix"];
const JOB: &[&str] =
    &["unknown", "Block Pull", "Block Copy", "Block Commit", "Active Block Commit", "Backup"];
const JOB_STATUS: &[&str] = &["completed", "failed", "canceled", "ready"];
const DISK_CHANGE: &[&str] = &["changed", "dropped"];
const TRAY: &[&str] = &["opened", "closed"];
const AGENT_STATE: &[&str] = &["unknown", "connected", "disconnected"];
const AGENT_REASON: &[&str] = &["unknown", "domain started", "channel event"];
const METADATA: &[&str] = &["description", "title", "element"];
const RECIPIENT: &[&str] = &["hypervisor", "guest"];
const FAILURE_ACTION: &[&str] = &["ignore", "inject", "fatal", "reset"];

/// libvirt's word for one of its numbers.
fn word(words: &[&'static str], number: u32) -> &'static str {
    words.get(number as usize).copied().unwrap_or("unknown")
}

/// What was written about something: its kind, and the namespace of what an application wrote.
pub(super) fn metadata(kind: u32, namespace: &str) -> String {
    let uri = if namespace.is_empty() { "<null>" } else { namespace };
    format!("type {}, uri {uri}", word(METADATA, kind))
}

/// The event in words, without the last line end; nothing for what happened to something other than a domain.
pub(super) fn of(event: &Event) -> Option<String> {
    let Event::Domain(domain, event) = event else { return None };
    let (name, rest) = words(event);
    Some(format!("event '{name}' for domain '{}'{rest}", domain.name()))
}

/// The event's name and what follows the domain's.
fn words(event: &DomainEvent) -> (&'static str, String) {
    use DomainEvent as E;
    match event {
        E::Lifecycle(change) => {
            ("lifecycle", format!(": {} {}", change.domain_event(), change.domain_detail()))
        }
        E::Reboot => ("reboot", String::new()),
        E::RtcChange { offset } => ("rtc-change", format!(": {offset}")),
        E::Watchdog { action } => ("watchdog", format!(": {}", word(WATCHDOG, *action))),
        E::IoError { path, alias, action } => {
            ("io-error", format!(": {path} ({alias}) {}", word(IO_ERROR, *action)))
        }
        // It is shown under the name of the event that it adds a reason to.
        E::IoErrorReason { path, alias, action, reason } => {
            ("io-error", format!(": {path} ({alias}) {} due to {reason}", word(IO_ERROR, *action)))
        }
        E::Graphics { phase, local, remote, scheme, identities } => {
            let identities: String =
                identities.iter().map(|(kind, name)| format!("\n\t{kind}={name}")).collect();
            let ends = format!("local[{}] remote[{}]", end(local), end(remote));
            ("graphics", format!(": {} {ends} {scheme}{identities}", word(PHASE, *phase)))
        }
        E::ControlError => ("control-error", String::new()),
        E::BlockJob { disk, kind, status } => ("block-job", block_job(disk, *kind, *status)),
        E::BlockJob2 { disk, kind, status } => ("block-job-2", block_job(disk, *kind, *status)),
        E::DiskChange { old, new, alias, reason } => {
            ("disk-change", format!(" disk {alias}: {old} -> {new}: {}", word(DISK_CHANGE, *reason)))
        }
        E::TrayChange { alias, reason } => ("tray-change", format!(" disk {alias}: {}", word(TRAY, *reason))),
        E::PmWakeup { .. } => ("pm-wakeup", String::new()),
        E::PmSuspend { .. } => ("pm-suspend", String::new()),
        E::PmSuspendDisk { .. } => ("pm-suspend-disk", String::new()),
        E::BalloonChange { actual } => ("balloon-change", format!(": {}KiB", actual.0)),
        E::DeviceRemoved { alias } => ("device-removed", format!(": {alias}")),
        E::DeviceAdded { alias } => ("device-added", format!(": {alias}")),
        E::DeviceRemovalFailed { alias } => ("device-removal-failed", format!(": {alias}")),
        E::Tunable { values } => ("tunable", parameters(values)),
        E::JobCompleted { values } => ("job-completed", parameters(values)),
        E::AgentLifecycle { state, reason } => {
            let (state, reason) = (word(AGENT_STATE, *state), word(AGENT_REASON, *reason));
            ("agent-lifecycle", format!(": state: '{state}' reason: '{reason}'"))
        }
        E::MigrationIteration { iteration } => ("migration-iteration", format!(": iteration: '{iteration}'")),
        E::MetadataChange { kind, namespace } => {
            ("metadata-change", format!(": {}", metadata(*kind, namespace)))
        }
        E::BlockThreshold { device, path, threshold, excess } => {
            ("block-threshold", format!(": dev: {device}({path}) {threshold} {excess}"))
        }
        E::MemoryFailure { recipient, action, flags } => {
            let (recipient, action) = (word(RECIPIENT, *recipient), word(FAILURE_ACTION, *action));
            let (required, recursive) = (flags & 1, flags >> 1 & 1);
            let flags = format!("flags:\n\taction required: {required}\n\trecursive: {recursive}");
            ("memory-failure", format!(":\nrecipient: {recipient}\naction: {action}\n{flags}"))
        }
        E::MemoryDeviceSizeChange { alias, size } => {
            ("memory-device-size-change", format!(":\nalias: {alias}\nsize: {}", size.0))
        }
        E::NicMacChange { alias, old, new } => {
            ("nic-mac-change", format!(":\nalias: {alias}\noldMAC: {old}\nnewMAC: {new}"))
        }
    }
}

fn end(address: &Address) -> String {
    format!("{} {} {}", word(FAMILY, address.family), address.node, address.service)
}

fn block_job(disk: &str, kind: u32, status: u32) -> String {
    format!(": {} for {disk} {}", word(JOB, kind), word(JOB_STATUS, status))
}

fn parameters(values: &[Parameter]) -> String {
    let lines: String = values.iter().map(|value| format!("\n\t{}: {}", value.name, value.value)).collect();
    format!(":{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_newer_than_we_know_are_no_fault() {
        assert_eq!(words(&DomainEvent::Watchdog { action: 99 }), ("watchdog", ": unknown".to_owned()));
    }

    #[test]
    fn an_event_of_several_lines_has_no_line_end_of_its_own() {
        let failure = DomainEvent::MemoryFailure { recipient: 1, action: 0, flags: 2 };
        let text = ":\nrecipient: guest\naction: ignore\nflags:\n\taction required: 0\n\trecursive: 1";
        assert_eq!(words(&failure), ("memory-failure", text.to_owned()));
    }
}
