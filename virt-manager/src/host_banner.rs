//! What is wrong with a connection, and the way to try again.

use std::cell::OnceCell;

use gtk4::glib::clone;
use gtk4::prelude::*;
use gtk4::subclass::prelude::*;
use gtk4::{CompositeTemplate, TemplateChild, glib};

use crate::model::{Host, HostState};

mod imp {
    use super::*;

    #[derive(Debug, Default, CompositeTemplate, glib::Properties)]
    #[properties(wrapper_type = super::HostBanner)]
    #[template(resource = "/io/github/xctl/VirtManager/host_banner.ui")]
    pub struct HostBanner {
        #[property(get, construct_only)]
        host: OnceCell<Host>,
        #[template_child]
        trouble: TemplateChild<gtk4::Label>,
        #[template_child]
        reason: TemplateChild<gtk4::Label>,
        #[template_child]
        retry: TemplateChild<gtk4::Button>,
    }

    impl HostBanner {
        fn show_trouble(&self, host: &Host) {
            self.trouble.set_label(&host.trouble());
            self.reason.set_label(&host.reason());
            self.obj().set_visible(!host.trouble().is_empty());
            // A lost connection is tried again without being asked for.
            self.retry.set_visible(host.state() == HostState::Failed);
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for HostBanner {
        const NAME: &'static str = "XctlHostBanner";
        type Type = super::HostBanner;
        type ParentType = gtk4::Box;

        fn class_init(class: &mut Self::Class) {
            class.bind_template();
        }

        fn instance_init(object: &glib::subclass::InitializingObject<Self>) {
            object.init_template();
        }
    }

    #[glib::derived_properties]
    impl ObjectImpl for HostBanner {
        fn constructed(&self) {
            self.parent_constructed();
            let host = self.obj().host();
            host.connect_trouble_notify(clone!(
                #[weak(rename_to = banner)]
                self,
                move |host| banner.show_trouble(host)
            ));
            self.show_trouble(&host);
            self.retry.connect_clicked(move |_| host.retry());
        }
    }
    impl WidgetImpl for HostBanner {}
    impl BoxImpl for HostBanner {}
}

glib::wrapper! {
    /// What is wrong with a connection; it hides while nothing is.
    pub struct HostBanner(ObjectSubclass<imp::HostBanner>)
        @extends gtk4::Box, gtk4::Widget,
        @implements gtk4::Accessible, gtk4::Buildable, gtk4::ConstraintTarget, gtk4::Orientable;
}

impl HostBanner {
    pub(crate) fn new(host: &Host) -> Self {
        glib::Object::builder().property("host", host).build()
    }
}
