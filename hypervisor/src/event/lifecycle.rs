//! What a lifecycle event means, in a word.

use super::{Event, ObjectEvent};

/// libvirt's numbers of a lifecycle event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lifecycle {
    /// What happened (`virDomainEventType` and its like).
    pub event: u32,
    /// Why, whose meaning depends on what happened.
    pub detail: u32,
}

/// Names of what happens to domains, and of why, in the order of libvirt's numbers.
const DOMAIN: &[(&str, &[&str])] = &[
    ("Defined", &["Added", "Updated", "Renamed", "Snapshot"]),
    ("Undefined", &["Removed", "Renamed"]),
    ("Started", &["Booted", "Migrated", "Restored", "Snapshot", "Event wakeup"]),
    (
        "Suspended",
        &[
            "Paused",
            "Migrated",
            "I/O Error",
            "Watchdog",
            "Restored",
            "Snapshot",
            "API error",
            "Post-copy",
            "Post-copy Error",
        ],
    ),
    ("Resumed", &["Unpaused", "Migrated", "Snapshot", "Post-copy", "Post-copy Error"]),
    ("Stopped", &["Shutdown", "Destroyed", "Crashed", "Migrated", "Saved", "Failed", "Snapshot"]),
    ("Shutdown", &["Finished", "Finished after guest request", "Finished after host request"]),
    ("PMSuspended", &["Memory", "Disk"]),
    ("Crashed", &["Panicked", "Crashloaded"]),
];
const NETWORK: &[&str] = &["Defined", "Undefined", "Started", "Stopped"];
const POOL: &[&str] = &["Defined", "Undefined", "Started", "Stopped", "Created", "Deleted"];
const NODE_DEVICE: &[&str] = &["Created", "Deleted", "Defined", "Undefined"];
const SECRET: &[&str] = &["Defined", "Undefined"];

fn nth(names: &[&'static str], number: u32) -> &'static str {
    names.get(number as usize).copied().unwrap_or("unknown")
}

impl Lifecycle {
    /// What happened to a domain, as `virsh event` prints it, e.g. `Started`.
    #[must_use]
    pub fn domain_event(self) -> &'static str {
        DOMAIN.get(self.event as usize).map_or("unknown", |row| row.0)
    }

    /// Why it happened to a domain, as `virsh event` prints it, e.g. `Booted`.
    #[must_use]
    pub fn domain_detail(self) -> &'static str {
        DOMAIN.get(self.event as usize).map_or("unknown", |row| nth(row.1, self.detail))
    }
}

impl Event {
    /// What happened to something other than a domain, as `virsh net-event` and its like print it, e.g. `Started`;
    /// `None` where this is no such event.
    #[must_use]
    pub fn object_lifecycle(&self) -> Option<&'static str> {
        let (names, event) = match self {
            Self::Network(_, ObjectEvent::Lifecycle(event)) => (NETWORK, event),
            Self::Pool(_, ObjectEvent::Lifecycle(event)) => (POOL, event),
            Self::NodeDevice(_, ObjectEvent::Lifecycle(event)) => (NODE_DEVICE, event),
            Self::Secret(_, ObjectEvent::Lifecycle(event)) => (SECRET, event),
            _ => return None,
        };
        Some(nth(names, event.event))
    }
}
