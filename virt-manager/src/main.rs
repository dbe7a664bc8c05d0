//! The virtual machines of many hosts in a window.
//!
//! `model` holds what is shown, as objects whose properties the widgets bind to; `worker` is the thread of each
//! connection, the only place that calls libvirt. A widget is a `.rs` file and, in `ui/`, a `.ui` file.

mod arguments;
mod console_window;
mod guest_row;
mod host_banner;
mod media_window;
mod model;
mod window;
mod worker;

use std::process::ExitCode;

use anyhow::Context;
use gtk4::prelude::*;
use gtk4::{gdk, gio, glib};

use arguments::{Arguments, Purpose};
use window::Window;

const ID: &str = "io.github.xctl.VirtManager";

fn main() -> ExitCode {
    let done = match arguments::read() {
        Purpose::Generate(what) => {
            arguments::generate(&what).map(|()| ExitCode::SUCCESS).context("cannot print")
        }
        Purpose::Show(arguments) => show(arguments),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn show(arguments: Arguments) -> anyhow::Result<ExitCode> {
    gtk4::init().map_err(|_| {
        anyhow::anyhow!(
            "cannot open a window: there is no display\n  \
             hint: set DISPLAY or WAYLAND_DISPLAY, or use virsh, which needs none"
        )
    })?;
    gio::resources_register_include!("virt-manager.gresource")
        .context("cannot read the program's own resources")?;
    glib::set_application_name("Virtual Machine Manager");
    gtk4::Window::set_default_icon_name(ID);
    // Each start may ask for other connections, so none is handed over to a window that is open already.
    let application = gtk4::Application::new(Some(ID), gio::ApplicationFlags::NON_UNIQUE);
    application.connect_startup(|application| {
        load_style();
        add_actions(application);
    });
    application.connect_activate(move |application| Window::new(application, &arguments).present());
    let status = application.run_with_args::<&str>(&[]);
    Ok(if status == glib::ExitCode::SUCCESS { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn load_style() {
    let Some(display) = gdk::Display::default() else { return };
    let style = gtk4::CssProvider::new();
    style.load_from_resource("/io/github/xctl/VirtManager/style.css");
    gtk4::style_context_add_provider_for_display(&display, &style, gtk4::STYLE_PROVIDER_PRIORITY_APPLICATION);
}

fn add_actions(application: &gtk4::Application) {
    let quit = gio::ActionEntry::builder("quit").activate(|application: &gtk4::Application, _, _| {
        // Closing each window lets it end what it has open.
        for window in gtk4::Window::list_toplevels() {
            if let Ok(window) = window.downcast::<gtk4::Window>() {
                window.close();
            }
        }
        application.quit();
    });
    let about = gio::ActionEntry::builder("about").activate(|application: &gtk4::Application, _, _| {
        gtk4::AboutDialog::builder()
            .program_name("Virtual Machine Manager")
            .version(env!("CARGO_PKG_VERSION"))
            .comments("The virtual machines of many hosts in a window")
            .logo_icon_name(ID)
            .modal(true)
            .transient_for(&application.active_window().unwrap_or_default())
            .build()
            .present();
    });
    application.add_action_entries([quit.build(), about.build()]);
    application.set_accels_for_action("app.quit", &["<Control>q"]);
    application.set_accels_for_action("window.close", &["<Control>w"]);
    application.set_accels_for_action("win.look", &["<Control>o"]);
    application.set_accels_for_action("win.search", &["<Control>f"]);
    application.set_accels_for_action("win.show-help-overlay", &["<Control>question"]);
    for action in model::Action::all() {
        application.set_accels_for_action(&format!("win.{}", action.name()), &[action.shortcut()]);
    }
}
