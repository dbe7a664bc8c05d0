//! What a domain is doing, and since when and why in libvirt's words.
#![allow(unsafe_code)]

use std::ffi::c_int;

use virt_sys as sys;

use super::Domain;
use crate::Result;

/// What a domain is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// The hypervisor does not say.
    None,
    /// It runs.
    Running,
    /// It runs and waits for something.
    Blocked,
    /// Its processors are stopped.
    Paused,
    /// It is shutting down.
    Shutdown,
    /// It is off.
    Shutoff,
    /// It crashed.
    Crashed,
    /// The guest put itself to sleep.
    PmSuspended,
    /// A state newer than this crate.
    Other(u32),
}

impl State {
    /// All names that a state can have.
    pub const NAMES: &[&str] =
        &["running", "idle", "paused", "in shutdown", "shut off", "crashed", "pmsuspended", "no state"];

    /// Its name for people, as virsh(1) has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Blocked => "idle",
            Self::Paused => "paused",
            Self::Shutdown => "in shutdown",
            Self::Shutoff => "shut off",
            Self::Crashed => "crashed",
            Self::PmSuspended => "pmsuspended",
            Self::None | Self::Other(_) => "no state",
        }
    }
}

impl From<u32> for State {
    fn from(number: u32) -> Self {
        match number {
            sys::VIR_DOMAIN_NOSTATE => Self::None,
            sys::VIR_DOMAIN_RUNNING => Self::Running,
            sys::VIR_DOMAIN_BLOCKED => Self::Blocked,
            sys::VIR_DOMAIN_PAUSED => Self::Paused,
            sys::VIR_DOMAIN_SHUTDOWN => Self::Shutdown,
            sys::VIR_DOMAIN_SHUTOFF => Self::Shutoff,
            sys::VIR_DOMAIN_CRASHED => Self::Crashed,
            sys::VIR_DOMAIN_PMSUSPENDED => Self::PmSuspended,
            other => Self::Other(other),
        }
    }
}

/// Why a domain is in its state: libvirt's number, whose meaning depends on the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StateReason {
    /// The state.
    pub state: State,
    /// The number (`virDomainRunningReason` and its like).
    pub number: u32,
}

/// Names of reasons, in the order of libvirt's numbers, for each state that has any but "unknown".
const REASONS: &[(State, &[&str])] = &[
    (
        State::Running,
        &[
            "unknown",
            "booted",
            "migrated",
            "restored",
            "from snapshot",
            "unpaused",
            "migration canceled",
            "save canceled",
            "event wakeup",
            "crashed",
            "post-copy",
            "post-copy failed",
        ],
    ),
    (
        State::Paused,
        &[
            "unknown",
            "user",
            "migrating",
            "saving",
            "dumping",
            "I/O error",
            "watchdog",
            "from snapshot",
            "shutting down",
            "creating snapshot",
            "crashed",
            "starting up",
            "post-copy",
            "post-copy failed",
            "api error",
        ],
    ),
    (State::Shutdown, &["unknown", "user"]),
    (
        State::Shutoff,
        &[
            "unknown",
            "shutdown",
            "destroyed",
            "crashed",
            "migrated",
            "saved",
            "failed",
            "from snapshot",
            "daemon",
        ],
    ),
    (State::Crashed, &["unknown", "panicked"]),
];

impl StateReason {
    /// The reason in a word or two, as `virsh domstate --reason` prints it.
    #[must_use]
    pub fn name(self) -> &'static str {
        let names =
            REASONS.iter().find(|(state, _)| *state == self.state).map_or(&["unknown"][..], |row| row.1);
        usize::try_from(self.number).ok().and_then(|number| names.get(number)).copied().unwrap_or("unknown")
    }
}

impl Domain {
    /// What it is doing, and why.
    ///
    /// # Errors
    /// `NO_DOMAIN` where it is gone.
    pub fn state(&self) -> Result<StateReason> {
        let (mut state, mut reason): (c_int, c_int) = (0, 0);
        // SAFETY: the handle owns the domain, and both numbers live during the call.
        self.call("ask for the state of").done(|| unsafe {
            sys::virDomainGetState(self.raw.as_ptr(), &raw mut state, &raw mut reason, 0)
        })?;
        let state = State::from(state.cast_unsigned());
        Ok(StateReason { state, number: reason.cast_unsigned() })
    }
}
