//! A guest's serial console in a window.

use std::cell::{Cell, OnceCell, RefCell};
use std::sync::Arc;
use std::thread;

use async_channel::Sender;
use gtk4::glib::clone;
use gtk4::prelude::*;
use gtk4::subclass::prelude::*;
use gtk4::{CompositeTemplate, TemplateChild, gdk, gio, glib};
use hypervisor::Console;
use vte4::{TerminalExt, TerminalExtManual};

use crate::model::{Action, Guest, GuestState, Host};
use crate::worker::ConsoleReply;

/// Bytes that are read at once.
const CHUNK: usize = 16 * 1024;
/// Chunks that may wait to be shown; a guest that writes faster has to wait.
const BACKLOG: usize = 16;

mod imp {
    use super::*;

    #[derive(Debug, Default, CompositeTemplate)]
    #[template(resource = "/io/github/xctl/VirtManager/console_window.ui")]
    pub struct ConsoleWindow {
        #[template_child]
        pub(super) name: TemplateChild<gtk4::Label>,
        #[template_child]
        pub(super) state: TemplateChild<gtk4::Label>,
        #[template_child]
        pub(super) revealer: TemplateChild<gtk4::Revealer>,
        #[template_child]
        pub(super) trouble: TemplateChild<gtk4::Label>,
        #[template_child]
        pub(super) connect: TemplateChild<gtk4::Button>,
        #[template_child]
        pub(super) terminal: TemplateChild<vte4::Terminal>,
        pub(super) guest: OnceCell<Guest>,
        pub(super) host: OnceCell<Host>,
        pub(super) console: RefCell<Option<Arc<Console>>>,
        pub(super) keys: RefCell<Option<Sender<Vec<u8>>>>,
        /// Keeps the program running while the window is open.
        pub(super) hold: RefCell<Option<gio::ApplicationHoldGuard>>,
        /// A console is being asked for.
        pub(super) is_connecting: Cell<bool>,
        /// The next attempt takes the console from whoever has it.
        pub(super) takes_over: Cell<bool>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for ConsoleWindow {
        const NAME: &'static str = "XctlConsoleWindow";
        type Type = super::ConsoleWindow;
        type ParentType = gtk4::Window;

        fn class_init(class: &mut Self::Class) {
            vte4::Terminal::ensure_type();
            class.bind_template();
        }

        fn instance_init(object: &glib::subclass::InitializingObject<Self>) {
            object.init_template();
        }
    }

    impl ObjectImpl for ConsoleWindow {}
    impl WidgetImpl for ConsoleWindow {}
    impl WindowImpl for ConsoleWindow {
        fn close_request(&self) -> glib::Propagation {
            self.obj().hang_up();
            self.hold.take();
            self.parent_close_request()
        }
    }
}

glib::wrapper! {
    /// A guest's serial console in a window; it connects again when the guest starts again.
    pub struct ConsoleWindow(ObjectSubclass<imp::ConsoleWindow>)
        @extends gtk4::Window, gtk4::Widget,
        @implements gtk4::Accessible, gtk4::Buildable, gtk4::ConstraintTarget, gtk4::Native, gtk4::Root,
            gtk4::ShortcutManager;
}

/// Keys, and what they do.
type Shortcut = (&'static str, fn(&ConsoleWindow));

/// The keys that are not the guest's.
const SHORTCUTS: &[Shortcut] = &[
    ("<Control><Shift>c", |window| window.imp().terminal.copy_clipboard_format(vte4::Format::Text)),
    ("<Control><Shift>v", |window| window.imp().terminal.paste_clipboard()),
    ("<Control><Shift>w", |window| window.close()),
];

/// What takes these keys before the terminal sees them.
fn shortcuts() -> gtk4::ShortcutController {
    let controller = gtk4::ShortcutController::new();
    controller.set_propagation_phase(gtk4::PropagationPhase::Capture);
    for (keys, run) in SHORTCUTS {
        let action = gtk4::CallbackAction::new(|widget, _| {
            if let Some(window) = widget.downcast_ref::<ConsoleWindow>() {
                run(window);
            }
            glib::Propagation::Stop
        });
        controller.add_shortcut(gtk4::Shortcut::new(gtk4::ShortcutTrigger::parse_string(keys), Some(action)));
    }
    controller
}

impl ConsoleWindow {
    pub(crate) fn new(application: Option<&gtk4::Application>, host: &Host, guest: &Guest) -> Self {
        let window: Self = glib::Object::new();
        window.add_controller(shortcuts());
        let imp = window.imp();
        // A window of the application would give the application's shortcuts keys that are the guest's, as ^W and ^Q.
        imp.hold.replace(application.map(ApplicationExtManual::hold));
        // Both are set here, once.
        let _ = imp.guest.set(guest.clone());
        let _ = imp.host.set(host.clone());
        guest.bind_property("name", &*imp.name, "label").sync_create().build();
        guest
            .bind_property("name", &window, "title")
            .sync_create()
            .transform_to(|_, name: &str| Some(format!("{name} — Serial Console")))
            .build();
        guest.bind_property("state-label", &*imp.state, "label").sync_create().build();
        let background = gdk::RGBA::new(0.09, 0.09, 0.10, 1.0);
        let foreground = gdk::RGBA::new(0.92, 0.92, 0.92, 1.0);
        imp.terminal.set_colors(Some(&foreground), Some(&background), &[]);
        imp.terminal.connect_commit(clone!(
            #[weak]
            window,
            move |_, text, _| {
                if let Some(keys) = &*window.imp().keys.borrow() {
                    // A console that ended takes no keys.
                    let _ = keys.try_send(text.as_bytes().to_vec());
                }
            }
        ));
        guest.connect_state_label_notify(clone!(
            #[weak]
            window,
            move |_| window.connect_if_possible()
        ));
        imp.connect.connect_clicked(clone!(
            #[weak]
            window,
            move |_| window.connect_console()
        ));
        window.connect_if_possible();
        imp.terminal.grab_focus();
        window
    }

    fn connect_if_possible(&self) {
        let imp = self.imp();
        let Some(guest) = imp.guest.get() else { return };
        if imp.console.borrow().is_some() || imp.is_connecting.get() {
            return;
        }
        if guest.can(Action::Console) {
            self.connect_console();
        } else if guest.state() == GuestState::Unknown {
            self.say(
                &format!("The connection to {} is lost. The console opens when it is back.", guest.host()),
                None,
            );
        } else {
            self.say(&format!("{} is not running. Its console opens when it starts.", guest.name()), None);
        }
    }

    /// Asks the host for the console and shows it, or says why there is none.
    fn connect_console(&self) {
        let imp = self.imp();
        let (Some(host), Some(guest)) = (imp.host.get().cloned(), imp.guest.get().cloned()) else { return };
        imp.is_connecting.set(true);
        let force = imp.takes_over.take();
        glib::spawn_future_local(clone!(
            #[weak(rename_to = window)]
            self,
            async move {
                let reply = host.console(&guest, force).await;
                window.imp().is_connecting.set(false);
                match reply {
                    ConsoleReply::Open(console) => window.show_console(console),
                    ConsoleReply::Taken(reason) => {
                        window.imp().takes_over.set(true);
                        window.say(&reason, Some("_Take Over"));
                    }
                    ConsoleReply::Refused(reason) => window.say(&reason, Some("_Try Again")),
                    ConsoleReply::Unreachable => window.connect_if_possible(),
                }
            }
        ));
    }

    fn show_console(&self, console: Arc<Console>) {
        let imp = self.imp();
        imp.revealer.set_reveal_child(false);
        let (shown, output) = async_channel::bounded(BACKLOG);
        let (keys, typed) = async_channel::unbounded::<Vec<u8>>();
        imp.console.replace(Some(Arc::clone(&console)));
        imp.keys.replace(Some(keys));
        let reader = Arc::clone(&console);
        let threads = [
            thread::Builder::new().name("console output".into()).spawn(move || {
                let mut buffer = vec![0; CHUNK];
                while let Ok(count @ 1..) = reader.receive(&mut buffer) {
                    if shown.send_blocking(buffer[..count].to_vec()).is_err() {
                        break;
                    }
                }
            }),
            thread::Builder::new().name("console input".into()).spawn(move || {
                while let Ok(bytes) = typed.recv_blocking() {
                    let mut rest = bytes.as_slice();
                    while !rest.is_empty() {
                        let Ok(count @ 1..) = console.send(rest) else { return };
                        rest = rest.get(count..).unwrap_or_default();
                    }
                }
            }),
        ];
        if threads.iter().any(Result::is_err) {
            return self.hang_up();
        }
        glib::spawn_future_local(clone!(
            #[weak(rename_to = window)]
            self,
            async move {
                while let Ok(bytes) = output.recv().await {
                    window.imp().terminal.feed(&bytes);
                }
                window.hang_up();
                window.say("The console was closed.", Some("_Connect"));
                // A guest that rebooted by stopping and starting is back already.
                glib::timeout_future_seconds(1).await;
                window.connect_if_possible();
            }
        ));
    }

    /// Says something above the terminal, with a button where the user can do something about it.
    fn say(&self, trouble: &str, button: Option<&str>) {
        let imp = self.imp();
        imp.trouble.set_label(trouble);
        imp.connect.set_visible(button.is_some());
        imp.connect.set_label(button.unwrap_or_default());
        imp.revealer.set_reveal_child(true);
    }

    fn hang_up(&self) {
        self.imp().keys.take();
        if let Some(console) = self.imp().console.take() {
            // It may wait for libvirt, which a window does not.
            gio::spawn_blocking(move || console.hang_up());
        }
    }
}
