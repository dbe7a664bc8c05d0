//! What an installation medium holds: the first thing that is asked of a new guest.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use gtk4::glib::clone;
use gtk4::prelude::*;
use gtk4::subclass::prelude::*;
use gtk4::{CompositeTemplate, TemplateChild, gio, glib};
use xctl::install::{self, Medium};
use xctl::osinfo::Database;

/// The window's title before an image was found.
const TITLE: &str = "Installation Media";

mod imp {
    use super::*;

    #[derive(Debug, Default, CompositeTemplate)]
    #[template(resource = "/io/github/xctl/VirtManager/media_window.ui")]
    pub struct MediaWindow {
        #[template_child]
        pub(super) path: TemplateChild<gtk4::Entry>,
        #[template_child]
        pub(super) choose: TemplateChild<gtk4::Button>,
        #[template_child]
        pub(super) stack: TemplateChild<gtk4::Stack>,
        #[template_child]
        pub(super) refusal: TemplateChild<gtk4::Label>,
        #[template_child]
        pub(super) system: TemplateChild<gtk4::Label>,
        #[template_child]
        pub(super) facts: TemplateChild<gtk4::Grid>,
        #[template_child]
        pub(super) command: TemplateChild<gtk4::Label>,
        /// Counts the images that were asked about, so that a late answer about another one is not shown.
        pub(super) asked: Cell<u32>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for MediaWindow {
        const NAME: &'static str = "XctlMediaWindow";
        type Type = super::MediaWindow;
        type ParentType = gtk4::Window;

        fn class_init(class: &mut Self::Class) {
            class.bind_template();
        }

        fn instance_init(object: &glib::subclass::InitializingObject<Self>) {
            object.init_template();
        }
    }

    impl ObjectImpl for MediaWindow {
        fn constructed(&self) {
            self.parent_constructed();
            let window = self.obj();
            self.path.connect_activate(clone!(
                #[weak]
                window,
                move |entry| window.look(PathBuf::from(entry.text()))
            ));
            self.choose.connect_clicked(clone!(
                #[weak]
                window,
                move |_| window.choose()
            ));
        }
    }
    impl WidgetImpl for MediaWindow {}
    impl WindowImpl for MediaWindow {}
}

glib::wrapper! {
    /// Shows what an installation medium holds.
    pub struct MediaWindow(ObjectSubclass<imp::MediaWindow>)
        @extends gtk4::Window, gtk4::Widget,
        @implements gtk4::Accessible, gtk4::Buildable, gtk4::ConstraintTarget, gtk4::Native, gtk4::Root,
            gtk4::ShortcutManager;
}

impl MediaWindow {
    pub(crate) fn new(above: &gtk4::Window) -> Self {
        glib::Object::builder()
            .property("application", above.application())
            .property("transient-for", above)
            .build()
    }

    fn choose(&self) {
        let images = gtk4::FileFilter::new();
        images.set_name(Some("Images"));
        for suffix in ["iso", "img", "raw", "qcow2"] {
            images.add_suffix(suffix);
        }
        let all = gtk4::FileFilter::new();
        all.set_name(Some("All files"));
        all.add_pattern("*");
        let chooser = gtk4::FileChooserNative::builder()
            .title("Choose an Image")
            .transient_for(self)
            .modal(true)
            .action(gtk4::FileChooserAction::Open)
            .build();
        chooser.add_filter(&images);
        chooser.add_filter(&all);
        chooser.connect_response(clone!(
            #[weak(rename_to = window)]
            self,
            // Kept until it is answered: nothing else holds a native dialog.
            #[strong]
            chooser,
            move |_, response| {
                let path = chooser.file().and_then(|file| file.path());
                chooser.destroy();
                if let Some(path) = path.filter(|_| response == gtk4::ResponseType::Accept) {
                    window.imp().path.set_text(&path.to_string_lossy());
                    window.look(path);
                }
            }
        ));
        chooser.show();
    }

    /// Looks into the image, without making the window wait for a slow disk or server.
    fn look(&self, path: PathBuf) {
        let imp = self.imp();
        let number = imp.asked.get().wrapping_add(1);
        imp.asked.set(number);
        if path.as_os_str().is_empty() {
            imp.stack.set_visible_child_name("none");
            return;
        }
        self.set_title(Some(TITLE));
        imp.stack.set_visible_child_name("looking");
        glib::spawn_future_local(clone!(
            #[weak(rename_to = window)]
            self,
            async move {
                let file = path.clone();
                let seen = gio::spawn_blocking(move || {
                    install::look(&file, &Database::load()).map_err(|error| error.to_string())
                })
                .await;
                if window.imp().asked.get() != number {
                    return;
                }
                match seen {
                    Ok(Ok(medium)) => window.show(&path, &medium),
                    Ok(Err(refusal)) => window.refuse(&refusal),
                    Err(_) => window.refuse("The image could not be looked into."),
                }
            }
        ));
    }

    fn refuse(&self, why: &str) {
        self.set_title(Some(&format!("{TITLE}: not readable")));
        self.imp().refusal.set_label(why);
        self.imp().stack.set_visible_child_name("refused");
    }

    fn show(&self, path: &Path, medium: &Medium) {
        let imp = self.imp();
        let system = system(medium);
        // The title is what a task bar or a screen reader tells.
        self.set_title(Some(&format!("{TITLE}: {system}")));
        imp.system.set_label(&system);
        while let Some(child) = imp.facts.first_child() {
            imp.facts.remove(&child);
        }
        for (row, (name, value)) in (0..).zip(facts(medium)) {
            let name = gtk4::Label::builder().label(name).xalign(1.0).valign(gtk4::Align::Start).build();
            name.add_css_class("dim-label");
            let value = gtk4::Label::builder()
                .label(value)
                .xalign(0.0)
                .wrap(true)
                .wrap_mode(gtk4::pango::WrapMode::WordChar)
                .selectable(true)
                .can_focus(false)
                .build();
            value.update_relation(&[gtk4::accessible::Relation::LabelledBy(&[name.upcast_ref()])]);
            imp.facts.attach(&name, 0, row, 1, 1);
            imp.facts.attach(&value, 1, row, 1, 1);
        }
        imp.command.set_label(&command(path, medium));
        imp.stack.set_visible_child_name("found");
    }
}

/// The system, as a title.
fn system(medium: &Medium) -> String {
    match &medium.system {
        Some(found) if found.exact => found.os.name.clone(),
        Some(found) => format!("Newer than {}", found.os.name),
        None if medium.label.is_empty() => "System not known".into(),
        None => medium.label.clone(),
    }
}

/// What is known of the image, each with its name.
fn facts(medium: &Medium) -> Vec<(&'static str, String)> {
    let system = medium.system.as_ref();
    let kernel = medium.kernel.as_ref();
    let boots = match (kernel, medium.boots) {
        (Some(kernel), _) => format!("Kernel {}, found by {}", kernel.kernel, kernel.origin),
        (None, boots) => medium.own_loader.clone().unwrap_or_else(|| match boots {
            true => "Only by its own boot loader".into(),
            false => "Nothing was found that boots".into(),
        }),
    };
    let rows = [
        ("Label", medium.label.clone()),
        ("Variant", system.map(|found| found.variants.join(", ")).unwrap_or_default()),
        ("Architecture", system.and_then(|found| found.arch.clone()).unwrap_or_default()),
        ("Format", medium.format.clone()),
        ("Size", glib::format_size(medium.size).into()),
        ("Boots", boots),
    ];
    rows.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// The command line that installs from it.
fn command(path: &Path, medium: &Medium) -> String {
    let method = if medium.kernel.is_some() { "--location" } else { "--cdrom" };
    format!("virt-install {method} {}", glib::shell_quote(path).to_string_lossy())
}
