//! A guest in a list.

use std::cell::{Cell, RefCell};

use gtk4::glib;
use gtk4::glib::prelude::*;
use gtk4::glib::subclass::prelude::*;

use super::Action;

/// What a guest is doing, as far as a user cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum GuestState {
    /// Nobody can say: its host is not connected.
    #[default]
    Unknown,
    Running,
    Paused,
    ShuttingDown,
    Off,
    Crashed,
    Asleep,
}

impl GuestState {
    /// The state in words.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::Running => "Running",
            Self::Paused => "Paused",
            Self::ShuttingDown => "Shutting down",
            Self::Off => "Off",
            Self::Crashed => "Crashed",
            Self::Asleep => "Asleep",
        }
    }

    /// The class of `style.css` that colours it.
    pub(crate) fn style(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused | Self::Asleep | Self::ShuttingDown => "paused",
            Self::Crashed => "crashed",
            Self::Unknown | Self::Off => "off",
        }
    }
}

impl From<hypervisor::State> for GuestState {
    fn from(state: hypervisor::State) -> Self {
        use hypervisor::State;
        match state {
            State::Running | State::Blocked => Self::Running,
            State::Paused => Self::Paused,
            State::Shutdown => Self::ShuttingDown,
            State::Shutoff => Self::Off,
            State::Crashed => Self::Crashed,
            State::PmSuspended => Self::Asleep,
            State::None | State::Other(_) => Self::Unknown,
        }
    }
}

mod imp {
    use super::*;

    #[derive(Debug, Default, glib::Properties)]
    #[properties(wrapper_type = super::Guest)]
    pub struct Guest {
        #[property(get, construct_only)]
        uuid: RefCell<String>,
        #[property(get, set)]
        name: RefCell<String>,
        /// The host it is on, as a user knows it.
        #[property(get, construct_only)]
        host: RefCell<String>,
        pub(super) state: Cell<GuestState>,
        pub(super) pending: Cell<Option<Action>>,
        #[property(get = Self::state_label)]
        state_label: std::marker::PhantomData<String>,
    }

    impl Guest {
        fn state_label(&self) -> String {
            self.pending.get().map_or(self.state.get().label(), Action::progress).to_owned()
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Guest {
        const NAME: &'static str = "XctlGuest";
        type Type = super::Guest;
    }

    #[glib::derived_properties]
    impl ObjectImpl for Guest {}
}

glib::wrapper! {
    /// A guest in a list; a change of a property changes the rows that show it.
    pub struct Guest(ObjectSubclass<imp::Guest>);
}

impl Guest {
    pub(crate) fn new(uuid: &str, host: &str) -> Self {
        glib::Object::builder().property("uuid", uuid).property("host", host).build()
    }

    pub(crate) fn state(&self) -> GuestState {
        self.imp().state.get()
    }

    /// Tells its state, which also ends what was pending.
    pub(crate) fn set_state(&self, state: GuestState) {
        let imp = self.imp();
        let was_pending = imp.pending.take().is_some();
        if imp.state.replace(state) != state || was_pending {
            self.notify_state_label();
        }
    }

    /// Shows that something was asked for; until there is an answer, nothing else can be.
    pub(crate) fn set_pending(&self, action: Option<Action>) {
        if self.imp().pending.replace(action) != action {
            self.notify_state_label();
        }
    }

    pub(crate) fn can(&self, action: Action) -> bool {
        self.imp().pending.get().is_none() && action.is_possible(self.state())
    }
}
