//! A connection and the guests on it.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};

use async_channel::Sender;
use gtk4::gio;
use gtk4::glib;
use gtk4::glib::clone;
use gtk4::glib::prelude::*;
use gtk4::glib::subclass::prelude::*;

use super::{Action, Guest, GuestState};
use crate::worker::{self, ConsoleReply, Message, Request};

/// How it stands with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum HostState {
    #[default]
    Connecting,
    Connected,
    Failed,
    Lost,
}

mod imp {
    use super::*;
    use gtk4::glib::subclass::Signal;
    use std::sync::OnceLock;

    #[derive(Debug, glib::Properties)]
    #[properties(wrapper_type = super::Host)]
    pub struct Host {
        /// The URI that was asked for, then the one that the hypervisor gives.
        #[property(get, set)]
        uri: RefCell<String>,
        /// What is wrong with the connection, in a line; empty where nothing is.
        #[property(get, set)]
        trouble: RefCell<String>,
        /// Why, in libvirt's words.
        #[property(get, set)]
        reason: RefCell<String>,
        /// Its guests.
        #[property(get)]
        guests: gio::ListStore,
        pub(super) state: Cell<HostState>,
        pub(super) known: RefCell<HashMap<String, Guest>>,
        pub(super) requests: OnceCell<Sender<Request>>,
    }

    impl Default for Host {
        fn default() -> Self {
            Self {
                uri: RefCell::default(),
                trouble: RefCell::default(),
                reason: RefCell::default(),
                guests: gio::ListStore::new::<Guest>(),
                state: Cell::default(),
                known: RefCell::default(),
                requests: OnceCell::new(),
            }
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Host {
        const NAME: &'static str = "XctlHost";
        type Type = super::Host;
    }

    #[glib::derived_properties]
    impl ObjectImpl for Host {
        fn signals() -> &'static [Signal] {
            static SIGNALS: OnceLock<Vec<Signal>> = OnceLock::new();
            SIGNALS.get_or_init(|| {
                vec![
                    // What was attempted, and why it failed.
                    Signal::builder("refused").param_types([String::static_type(); 2]).build(),
                    Signal::builder("changed").build(),
                ]
            })
        }
    }
}

glib::wrapper! {
    /// A connection and the guests on it. A thread of its own talks to libvirt.
    pub struct Host(ObjectSubclass<imp::Host>);
}

impl Host {
    /// Connects to this URI, or to libvirt's default one.
    pub(crate) fn connect(uri: Option<String>) -> Self {
        let host: Self = glib::Object::new();
        host.set_uri(uri.as_deref().unwrap_or("the default hypervisor"));
        let (requests, messages) = worker::spawn(uri);
        // It was just made, so nothing is set yet.
        let _ = host.imp().requests.set(requests);
        glib::spawn_future_local(clone!(
            #[weak]
            host,
            async move {
                while let Ok(message) = messages.recv().await {
                    host.hear(message);
                }
            }
        ));
        host
    }

    pub(crate) fn state(&self) -> HostState {
        self.imp().state.get()
    }

    /// Does something to a guest; what comes of it shows in the guest's state, or as a refusal.
    pub(crate) fn request(&self, guest: &Guest, action: Action) {
        guest.set_pending(Some(action));
        self.send(Request::Act(guest.uuid(), action));
    }

    /// Asks for a guest's console.
    pub(crate) async fn console(&self, guest: &Guest, force: bool) -> ConsoleReply {
        let (sender, receiver) = async_channel::bounded(1);
        self.send(Request::Console { uuid: guest.uuid(), force, reply: sender });
        receiver.recv().await.unwrap_or(ConsoleReply::Unreachable)
    }

    /// Tries to connect once more.
    pub(crate) fn retry(&self) {
        self.send(Request::Retry);
    }

    fn send(&self, request: Request) {
        if let Some(requests) = self.imp().requests.get() {
            // The channel has no bounds, and the worker lives as long as this.
            let _ = requests.try_send(request);
        }
    }

    fn hear(&self, message: Message) {
        match message {
            Message::Connecting => self.stand(HostState::Connecting, "", ""),
            Message::Connected { uri, guests } => {
                self.set_uri(uri);
                let there: HashSet<&str> = guests.iter().map(|guest| guest.uuid.as_str()).collect();
                let known: Vec<String> = self.imp().known.borrow().keys().cloned().collect();
                known.iter().filter(|uuid| !there.contains(uuid.as_str())).for_each(|uuid| self.forget(uuid));
                guests.into_iter().for_each(|guest| self.learn(guest));
                self.stand(HostState::Connected, "", "");
            }
            Message::Failed(reason) => {
                self.stand(HostState::Failed, &format!("Cannot connect to {}", self.uri()), &reason);
            }
            Message::Lost(reason) => {
                for guest in self.imp().known.borrow().values() {
                    guest.set_state(GuestState::Unknown);
                }
                let trouble = format!("Lost the connection to {}; trying again", self.uri());
                self.stand(HostState::Lost, &trouble, &reason);
            }
            Message::Guest(facts) => {
                self.learn(facts);
                self.emit_by_name::<()>("changed", &[]);
            }
            Message::Gone(uuid) => {
                self.forget(&uuid);
                self.emit_by_name::<()>("changed", &[]);
            }
            Message::Refused { uuid, attempted, reason } => {
                if let Some(guest) = self.imp().known.borrow().get(&uuid) {
                    guest.set_pending(None);
                }
                self.emit_by_name::<()>("refused", &[&attempted, &reason]);
            }
        }
    }

    fn stand(&self, state: HostState, trouble: &str, reason: &str) {
        self.imp().state.set(state);
        self.set_reason(reason);
        self.set_trouble(trouble);
        self.emit_by_name::<()>("changed", &[]);
    }

    fn learn(&self, facts: worker::Facts) {
        let known = self.imp().known.borrow().get(&facts.uuid).cloned();
        let guest = known.unwrap_or_else(|| {
            let guest = Guest::new(&facts.uuid, &self.uri());
            guest.set_name(facts.name.as_str());
            self.imp().known.borrow_mut().insert(facts.uuid.clone(), guest.clone());
            self.guests().append(&guest);
            guest
        });
        if guest.name() != facts.name {
            guest.set_name(facts.name);
        }
        guest.set_state(facts.state);
    }

    fn forget(&self, uuid: &str) {
        let Some(guest) = self.imp().known.borrow_mut().remove(uuid) else { return };
        guest.set_state(GuestState::Unknown);
        if let Some(position) = self.guests().find(&guest) {
            self.guests().remove(position);
        }
    }

    /// The guest of this name, UUID or number.
    pub(crate) fn find(&self, text: &str) -> Option<Guest> {
        self.imp().known.borrow().values().find(|guest| guest.name() == text || guest.uuid() == text).cloned()
    }
}
