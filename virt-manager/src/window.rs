//! The main window: the guests of all its connections.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;

use gtk4::glib::clone;
use gtk4::prelude::*;
use gtk4::subclass::prelude::*;
use gtk4::{CompositeTemplate, TemplateChild, gio, glib};

use crate::arguments::Arguments;
use crate::console_window::ConsoleWindow;
use crate::guest_row::GuestRow;
use crate::host_banner::HostBanner;
use crate::media_window::MediaWindow;
use crate::model::{Action, Guest, GuestState, Host, HostState};

mod imp {
    use super::*;

    #[derive(Debug, CompositeTemplate)]
    #[template(resource = "/io/github/xctl/VirtManager/window.ui")]
    pub struct Window {
        #[template_child]
        pub(super) summary: TemplateChild<gtk4::Label>,
        #[template_child]
        pub(super) search_bar: TemplateChild<gtk4::SearchBar>,
        #[template_child]
        pub(super) search_entry: TemplateChild<gtk4::SearchEntry>,
        #[template_child]
        pub(super) banners: TemplateChild<gtk4::Box>,
        #[template_child]
        pub(super) refusal_revealer: TemplateChild<gtk4::Revealer>,
        #[template_child]
        pub(super) refusal: TemplateChild<gtk4::Label>,
        #[template_child]
        pub(super) refusal_reason: TemplateChild<gtk4::Label>,
        #[template_child]
        pub(super) refusal_close: TemplateChild<gtk4::Button>,
        #[template_child]
        pub(super) stack: TemplateChild<gtk4::Stack>,
        #[template_child]
        pub(super) list: TemplateChild<gtk4::ListView>,
        #[template_child]
        pub(super) message_icon: TemplateChild<gtk4::Image>,
        #[template_child]
        pub(super) message: TemplateChild<gtk4::Label>,
        #[template_child]
        pub(super) advice: TemplateChild<gtk4::Label>,
        pub(super) hosts: gio::ListStore,
        pub(super) guests: OnceCell<gtk4::FlattenListModel>,
        pub(super) selection: OnceCell<gtk4::SingleSelection>,
        pub(super) consoles: RefCell<HashMap<String, glib::WeakRef<ConsoleWindow>>>,
        /// The guest whose console is to be opened once it is found.
        pub(super) awaited: RefCell<Option<String>>,
        pub(super) is_refresh_due: Cell<bool>,
    }

    impl Default for Window {
        fn default() -> Self {
            Self {
                summary: TemplateChild::default(),
                search_bar: TemplateChild::default(),
                search_entry: TemplateChild::default(),
                banners: TemplateChild::default(),
                refusal_revealer: TemplateChild::default(),
                refusal: TemplateChild::default(),
                refusal_reason: TemplateChild::default(),
                refusal_close: TemplateChild::default(),
                stack: TemplateChild::default(),
                list: TemplateChild::default(),
                message_icon: TemplateChild::default(),
                message: TemplateChild::default(),
                advice: TemplateChild::default(),
                hosts: gio::ListStore::new::<Host>(),
                guests: OnceCell::new(),
                selection: OnceCell::new(),
                consoles: RefCell::default(),
                awaited: RefCell::default(),
                is_refresh_due: Cell::default(),
            }
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Window {
        const NAME: &'static str = "XctlWindow";
        type Type = super::Window;
        type ParentType = gtk4::ApplicationWindow;

        fn class_init(class: &mut Self::Class) {
            class.bind_template();
        }

        fn instance_init(object: &glib::subclass::InitializingObject<Self>) {
            object.init_template();
        }
    }

    impl ObjectImpl for Window {
        fn constructed(&self) {
            self.parent_constructed();
            let window = self.obj();
            window.set_up_list();
            window.set_up_actions();
            self.refusal_close.connect_clicked(clone!(
                #[weak]
                window,
                move |_| window.imp().refusal_revealer.set_reveal_child(false)
            ));
            let builder = gtk4::Builder::from_resource("/io/github/xctl/VirtManager/shortcuts.ui");
            window.set_help_overlay(builder.object::<gtk4::ShortcutsWindow>("help_overlay").as_ref());
        }
    }
    impl WidgetImpl for Window {}
    impl WindowImpl for Window {}
    impl ApplicationWindowImpl for Window {}
}

glib::wrapper! {
    /// The main window.
    pub struct Window(ObjectSubclass<imp::Window>)
        @extends gtk4::ApplicationWindow, gtk4::Window, gtk4::Widget,
        @implements gio::ActionGroup, gio::ActionMap, gtk4::Accessible, gtk4::Buildable, gtk4::ConstraintTarget,
            gtk4::Native, gtk4::Root, gtk4::ShortcutManager;
}

impl Window {
    pub(crate) fn new(application: &gtk4::Application, arguments: &Arguments) -> Self {
        let window: Self = glib::Object::builder().property("application", application).build();
        window.imp().awaited.replace(arguments.show_console.clone());
        if arguments.connect.is_empty() {
            window.add_host(&Host::connect(None));
        }
        for uri in &arguments.connect {
            window.add_host(&Host::connect(Some(uri.clone())));
        }
        window.refresh();
        window
    }

    fn add_host(&self, host: &Host) {
        self.imp().hosts.append(host);
        self.imp().banners.append(&HostBanner::new(host));
        host.connect_closure(
            "changed",
            false,
            glib::closure_local!(
                #[watch(rename_to = window)]
                self,
                move |_: Host| window.refresh_soon()
            ),
        );
        host.connect_closure(
            "refused",
            false,
            glib::closure_local!(
                #[watch(rename_to = window)]
                self,
                move |_: Host, attempted: String, reason: String| window.show_refusal(&attempted, &reason)
            ),
        );
    }

    /// Hosts → guests of all hosts → those that are searched for → in order → rows.
    fn set_up_list(&self) {
        let imp = self.imp();
        let lists = gtk4::MapListModel::new(Some(imp.hosts.clone()), |host| {
            host.downcast_ref::<Host>().map_or_else(|| host.clone(), |host| host.guests().upcast())
        });
        let guests = gtk4::FlattenListModel::new(Some(lists));
        let filter = gtk4::CustomFilter::new(clone!(
            #[weak(rename_to = entry)]
            imp.search_entry,
            #[upgrade_or]
            true,
            move |guest| {
                let wanted = entry.text().to_lowercase();
                let matches = |guest: &Guest| {
                    guest.name().to_lowercase().contains(&wanted)
                        || guest.host().to_lowercase().contains(&wanted)
                };
                guest.downcast_ref::<Guest>().is_some_and(matches)
            }
        ));
        imp.search_entry.connect_search_changed(clone!(
            #[weak(rename_to = window)]
            self,
            #[weak]
            filter,
            move |_| {
                filter.changed(gtk4::FilterChange::Different);
                window.refresh();
            }
        ));
        let order = gtk4::MultiSorter::new();
        for property in ["host", "name"] {
            order.append(gtk4::StringSorter::new(Some(Guest::this_expression(property))));
        }
        let found = gtk4::FilterListModel::new(Some(guests.clone()), Some(filter));
        let selection = gtk4::SingleSelection::new(Some(gtk4::SortListModel::new(Some(found), Some(order))));
        selection.connect_selected_item_notify(clone!(
            #[weak(rename_to = window)]
            self,
            move |_| window.offer_actions()
        ));
        imp.list.set_factory(Some(&self.row_factory()));
        imp.list.set_model(Some(&selection));
        imp.list.connect_activate(clone!(
            #[weak(rename_to = window)]
            self,
            move |_, _| {
                if let Some(guest) = window.selected() {
                    window.act(&guest, Action::Console);
                }
            }
        ));
        // Both are set here, once.
        let _ = imp.guests.set(guests);
        let _ = imp.selection.set(selection);
    }

    fn row_factory(&self) -> gtk4::SignalListItemFactory {
        let factory = gtk4::SignalListItemFactory::new();
        factory.connect_setup(clone!(
            #[weak(rename_to = window)]
            self,
            move |_, item| {
                let Some(item) = item.downcast_ref::<gtk4::ListItem>() else { return };
                let row = GuestRow::default();
                item.property_expression("item").bind(&row, "guest", gtk4::Widget::NONE);
                row.connect_act(clone!(
                    #[weak]
                    window,
                    move |guest, action| window.act(guest, action)
                ));
                item.set_child(Some(&row));
            }
        ));
        factory
    }

    fn set_up_actions(&self) {
        for action in Action::all() {
            let entry = gio::SimpleAction::new(action.name(), None);
            entry.connect_activate(clone!(
                #[weak(rename_to = window)]
                self,
                move |_, _| {
                    if let Some(guest) = window.selected() {
                        window.act(&guest, action);
                    }
                }
            ));
            self.add_action(&entry);
        }
        let search = gio::SimpleAction::new("search", None);
        search.connect_activate(clone!(
            #[weak(rename_to = window)]
            self,
            move |_, _| {
                let bar = &window.imp().search_bar;
                bar.set_search_mode(!bar.is_search_mode());
            }
        ));
        self.add_action(&search);
        let look = gio::SimpleAction::new("look", None);
        look.connect_activate(clone!(
            #[weak(rename_to = window)]
            self,
            move |_, _| MediaWindow::new(window.upcast_ref()).present()
        ));
        self.add_action(&look);
        let imp = self.imp();
        imp.search_bar.connect_entry(&*imp.search_entry);
    }

    fn selected(&self) -> Option<Guest> {
        self.imp().selection.get()?.selected_item().and_downcast()
    }

    fn host_of(&self, guest: &Guest) -> Option<Host> {
        self.imp().hosts.iter::<Host>().flatten().find(|host| host.guests().find(guest).is_some())
    }

    /// Does what the user chose; what cannot be taken back is asked about first.
    fn act(&self, guest: &Guest, action: Action) {
        let Some(host) = self.host_of(guest).filter(|_| guest.can(action)) else { return };
        // What was refused before is no news any more.
        self.imp().refusal_revealer.set_reveal_child(false);
        match action {
            Action::Console => self.show_console(&host, guest),
            Action::ForceOff => self.confirm_force_off(&host, guest),
            _ => host.request(guest, action),
        }
    }

    fn confirm_force_off(&self, host: &Host, guest: &Guest) {
        let question = gtk4::MessageDialog::builder()
            .transient_for(self)
            .modal(true)
            .message_type(gtk4::MessageType::Warning)
            .text(format!("Force “{}” off?", guest.name()))
            .secondary_text(
                "This is like pulling the plug: what the guest has not written to its disks yet is lost.",
            )
            .build();
        question.add_button("_Cancel", gtk4::ResponseType::Cancel);
        let force = question.add_button("_Force Off", gtk4::ResponseType::Accept);
        force.add_css_class("destructive-action");
        question.set_default_response(gtk4::ResponseType::Cancel);
        question.connect_response(clone!(
            #[strong]
            host,
            #[strong]
            guest,
            move |question, response| {
                question.destroy();
                if response == gtk4::ResponseType::Accept {
                    host.request(&guest, Action::ForceOff);
                }
            }
        ));
        question.present();
    }

    fn show_console(&self, host: &Host, guest: &Guest) {
        let open = self.imp().consoles.borrow().get(&guest.uuid()).and_then(glib::WeakRef::upgrade);
        let console = open.unwrap_or_else(|| {
            let console = ConsoleWindow::new(self.application().as_ref(), host, guest);
            self.imp().consoles.borrow_mut().insert(guest.uuid(), console.downgrade());
            console
        });
        console.present();
    }

    fn show_refusal(&self, attempted: &str, reason: &str) {
        let imp = self.imp();
        imp.refusal.set_label(attempted);
        imp.refusal_reason.set_label(reason);
        imp.refusal_revealer.set_reveal_child(true);
    }

    /// Refreshes once for many events that come together.
    fn refresh_soon(&self) {
        if !self.imp().is_refresh_due.replace(true) {
            glib::idle_add_local_once(clone!(
                #[weak(rename_to = window)]
                self,
                move || {
                    window.imp().is_refresh_due.set(false);
                    window.refresh();
                }
            ));
        }
    }

    /// Brings what is said about all guests up to date; the rows do so by themselves.
    fn refresh(&self) {
        let imp = self.imp();
        let (Some(guests), Some(selection)) = (imp.guests.get(), imp.selection.get()) else { return };
        let total = guests.n_items();
        let running =
            guests.iter::<glib::Object>().flatten().filter_map(|guest| guest.downcast::<Guest>().ok());
        let running = running.filter(|guest| guest.state() == GuestState::Running).count();
        let summary = if total == 0 { String::new() } else { format!("{running} of {total} running") };
        imp.summary.set_visible(total > 0);
        imp.summary.set_label(&summary);
        // The title is what a task bar or a screen reader tells.
        self.set_title(Some(&if total == 0 {
            "Virtual Machines".to_owned()
        } else {
            format!("Virtual Machines: {summary}")
        }));
        if selection.n_items() > 0 {
            let is_new = imp.stack.visible_child_name().as_deref() != Some("guests");
            imp.stack.set_visible_child_name("guests");
            // The keyboard is for the guests, unless the user is typing what to search for.
            if is_new && !imp.search_bar.is_search_mode() {
                imp.list.grab_focus();
            }
        } else {
            self.show_message(total > 0);
        }
        self.offer_actions();
        self.open_awaited();
    }

    /// Says why there is nothing to list.
    fn show_message(&self, is_filtered: bool) {
        let imp = self.imp();
        let hosts: Vec<Host> = imp.hosts.iter::<Host>().flatten().collect();
        let is_any = |state| hosts.iter().any(|host| host.state() == state);
        let (icon, message, advice) = if is_filtered {
            ("system-search-symbolic", "No Results", "No virtual machine matches the search.".to_owned())
        } else if is_any(HostState::Connecting) {
            ("network-server-symbolic", "Connecting…", String::new())
        } else if is_any(HostState::Connected) {
            let connected = hosts.iter().filter(|host| host.state() == HostState::Connected);
            let uris: Vec<String> = connected.map(Host::uri).collect();
            let advice = "A machine appears here as soon as there is one. virt-install makes new ones.";
            (
                "computer-symbolic",
                "No Virtual Machines",
                format!("Connected to {}.\n{advice}", uris.join(", ")),
            )
        } else {
            ("network-offline-symbolic", "Not Connected", String::new())
        };
        imp.message_icon.set_icon_name(Some(icon));
        imp.message.set_label(message);
        imp.advice.set_label(&advice);
        imp.advice.set_visible(!advice.is_empty());
        imp.stack.set_visible_child_name("message");
    }

    /// Enables the shortcuts that make sense for the selected guest.
    fn offer_actions(&self) {
        let guest = self.selected();
        for action in Action::all() {
            let entry = self.lookup_action(action.name()).and_downcast::<gio::SimpleAction>();
            if let Some(entry) = entry {
                entry.set_enabled(guest.as_ref().is_some_and(|guest| guest.can(action)));
            }
        }
    }

    fn open_awaited(&self) {
        let imp = self.imp();
        let Some(wanted) = imp.awaited.borrow().clone() else { return };
        let found = imp.hosts.iter::<Host>().flatten().find_map(|host| Some((host.find(&wanted)?, host)));
        let is_undecided =
            imp.hosts.iter::<Host>().flatten().any(|host| host.state() == HostState::Connecting);
        if let Some((guest, host)) = found {
            imp.awaited.take();
            self.show_console(&host, &guest);
        } else if !is_undecided {
            imp.awaited.take();
            self.show_refusal(
                &format!("Cannot open the console of {wanted}"),
                "No connection has a virtual machine of this name.",
            );
        }
    }
}
