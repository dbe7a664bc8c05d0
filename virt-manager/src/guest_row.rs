//! A row of the list: a guest, its state, and what can be done to it.

use std::cell::{Cell, RefCell};

use gtk4::glib::subclass::Signal;
use gtk4::prelude::*;
use gtk4::subclass::prelude::*;
use gtk4::{CompositeTemplate, TemplateChild, glib};

use crate::model::{Action, Guest};

mod imp {
    use super::*;
    use std::sync::OnceLock;

    #[derive(Debug, Default, CompositeTemplate, glib::Properties)]
    #[properties(wrapper_type = super::GuestRow)]
    #[template(resource = "/io/github/xctl/VirtManager/guest_row.ui")]
    pub struct GuestRow {
        #[property(get, set = Self::set_guest, nullable)]
        guest: RefCell<Option<Guest>>,
        watch: RefCell<Option<glib::SignalHandlerId>>,
        style: Cell<Option<&'static str>>,
        #[template_child]
        state: TemplateChild<gtk4::Label>,
        #[template_child]
        start: TemplateChild<gtk4::Button>,
        #[template_child]
        resume: TemplateChild<gtk4::Button>,
        #[template_child]
        pause: TemplateChild<gtk4::Button>,
    }

    impl GuestRow {
        fn set_guest(&self, guest: Option<Guest>) {
            if let (Some(former), Some(watch)) = (self.guest.take(), self.watch.take()) {
                former.disconnect(watch);
            }
            if let Some(guest) = guest {
                let row = self.obj().downgrade();
                let watch = guest.connect_state_label_notify(move |guest| {
                    if let Some(row) = row.upgrade() {
                        row.imp().show_state(guest);
                    }
                });
                self.watch.replace(Some(watch));
                self.guest.replace(Some(guest.clone()));
                self.show_state(&guest);
            }
        }

        /// Offers what is possible, and of start, resume and pause the one that fits.
        fn show_state(&self, guest: &Guest) {
            for action in Action::all() {
                self.obj().action_set_enabled(&format!("guest.{}", action.name()), guest.can(action));
            }
            let resumable = guest.can(Action::Resume);
            let pausable = guest.can(Action::Pause);
            self.resume.set_visible(resumable);
            self.pause.set_visible(pausable);
            self.start.set_visible(!resumable && !pausable);
            if let Some(former) = self.style.replace(Some(guest.state().style())) {
                self.state.remove_css_class(former);
            }
            self.state.add_css_class(guest.state().style());
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for GuestRow {
        const NAME: &'static str = "XctlGuestRow";
        type Type = super::GuestRow;
        type ParentType = gtk4::Box;

        fn class_init(class: &mut Self::Class) {
            Guest::ensure_type();
            class.bind_template();
            for action in Action::all() {
                class.install_action(&format!("guest.{}", action.name()), None, move |row, _, _| {
                    if let Some(guest) = row.guest() {
                        row.emit_by_name::<()>("act", &[&guest, &action.name()]);
                    }
                });
            }
        }

        fn instance_init(object: &glib::subclass::InitializingObject<Self>) {
            object.init_template();
        }
    }

    #[glib::derived_properties]
    impl ObjectImpl for GuestRow {
        fn signals() -> &'static [Signal] {
            static SIGNALS: OnceLock<Vec<Signal>> = OnceLock::new();
            SIGNALS.get_or_init(|| {
                // The guest, and the name of the action that the user chose for it.
                vec![
                    Signal::builder("act").param_types([Guest::static_type(), String::static_type()]).build(),
                ]
            })
        }
    }
    impl WidgetImpl for GuestRow {}
    impl BoxImpl for GuestRow {}
}

glib::wrapper! {
    /// A row of the list.
    pub struct GuestRow(ObjectSubclass<imp::GuestRow>)
        @extends gtk4::Box, gtk4::Widget,
        @implements gtk4::Accessible, gtk4::Buildable, gtk4::ConstraintTarget, gtk4::Orientable;
}

impl Default for GuestRow {
    fn default() -> Self {
        glib::Object::new()
    }
}

impl GuestRow {
    /// Calls this when the user chooses an action.
    pub(crate) fn connect_act(&self, act: impl Fn(&Guest, Action) + 'static) {
        self.connect_closure(
            "act",
            false,
            glib::closure_local!(move |_: GuestRow, guest: Guest, name: String| {
                if let Some(action) = Action::named(&name) {
                    act(&guest, action);
                }
            }),
        );
    }
}
