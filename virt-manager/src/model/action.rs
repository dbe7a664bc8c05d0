//! What a user can do to a guest: the one table behind buttons, menus, shortcuts and requests.

use super::GuestState;

/// Something that can be done to a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Start,
    Pause,
    Resume,
    ShutDown,
    Reboot,
    ForceOff,
    Console,
}

/// How an action is called, and when it makes sense.
struct Row {
    action: Action,
    name: &'static str,
    shortcut: &'static str,
    /// What failed, before the guest's name.
    verb: &'static str,
    /// What is going on until the host has answered.
    progress: &'static str,
    states: &'static [GuestState],
}

const ACTIVE: &[GuestState] = &[GuestState::Running, GuestState::Paused, GuestState::ShuttingDown];

const ROWS: &[Row] = &[
    Row {
        action: Action::Start,
        name: "start",
        shortcut: "<Control>s",
        verb: "start",
        progress: "Starting…",
        states: &[GuestState::Off, GuestState::Crashed],
    },
    Row {
        action: Action::Pause,
        name: "pause",
        shortcut: "<Control>p",
        verb: "pause",
        progress: "Pausing…",
        states: &[GuestState::Running],
    },
    Row {
        action: Action::Resume,
        name: "resume",
        shortcut: "<Control>r",
        verb: "resume",
        progress: "Resuming…",
        states: &[GuestState::Paused, GuestState::Asleep],
    },
    Row {
        action: Action::ShutDown,
        name: "shut-down",
        shortcut: "<Control>d",
        verb: "shut down",
        progress: "Asking to shut down…",
        states: &[GuestState::Running],
    },
    Row {
        action: Action::Reboot,
        name: "reboot",
        shortcut: "<Control><Shift>r",
        verb: "reboot",
        progress: "Asking to reboot…",
        states: &[GuestState::Running],
    },
    Row {
        action: Action::ForceOff,
        name: "force-off",
        shortcut: "<Control><Shift>d",
        verb: "force off",
        progress: "Forcing off…",
        states: &[GuestState::Running, GuestState::Paused, GuestState::ShuttingDown, GuestState::Asleep],
    },
    Row {
        action: Action::Console,
        name: "console",
        shortcut: "<Control>t",
        verb: "open the console of",
        progress: "",
        states: ACTIVE,
    },
];

impl Action {
    /// All of them.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.action)
    }

    fn row(self) -> &'static Row {
        // Each action has its row: the test walks them.
        ROWS.iter().find(|row| row.action == self).unwrap_or(&ROWS[0])
    }

    /// The name in action groups and menus.
    pub(crate) fn name(self) -> &'static str {
        self.row().name
    }

    /// The action of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.name == name).map(|row| row.action)
    }

    /// The keys that do it to the selected guest.
    pub(crate) fn shortcut(self) -> &'static str {
        self.row().shortcut
    }

    /// What failed, before the guest's name.
    pub(crate) fn verb(self) -> &'static str {
        self.row().verb
    }

    /// What is going on until the host has answered.
    pub(crate) fn progress(self) -> &'static str {
        self.row().progress
    }

    /// Whether it makes sense for a guest in this state.
    pub(crate) fn is_possible(self, state: GuestState) -> bool {
        self.row().states.contains(&state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_found_by_its_name_and_has_its_own_shortcut() {
        for action in Action::all() {
            assert_eq!(Action::named(action.name()), Some(action));
            assert_eq!(ROWS.iter().filter(|row| row.shortcut == action.shortcut()).count(), 1);
        }
    }

    #[test]
    fn nothing_can_be_done_to_a_guest_whose_host_is_gone() {
        assert!(Action::all().all(|action| !action.is_possible(GuestState::Unknown)));
    }
}
