//! virt-manager as its user meets it: a window, a keyboard, and guests that others change too.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::need::{Need, QEMU, REAL_VIRSH};
use crate::screen::Screen;
use crate::user::User;
use crate::{PATIENCE, Test, media};
use nix::sys::signal::Signal;

const XVFB: Need = Need::Program("Xvfb");
const XDOTOOL: Need = Need::Program("xdotool");

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "a_guest_is_started_paused_and_resumed_with_the_keyboard",
        needs: &[QEMU, REAL_VIRSH, XVFB, XDOTOOL],
        run: a_guest_is_started_paused_and_resumed_with_the_keyboard,
    },
    Test {
        name: "what_others_do_to_guests_shows_by_itself",
        needs: &[QEMU, REAL_VIRSH, XVFB, XDOTOOL],
        run: what_others_do_to_guests_shows_by_itself,
    },
    Test {
        name: "the_console_shows_what_the_guest_says_and_takes_its_keys",
        needs: &[QEMU, REAL_VIRSH, XVFB, XDOTOOL],
        run: the_console_shows_what_the_guest_says_and_takes_its_keys,
    },
    Test {
        name: "forcing_off_asks_first",
        needs: &[QEMU, REAL_VIRSH, XVFB, XDOTOOL],
        run: forcing_off_asks_first,
    },
    Test {
        name: "the_window_comes_back_to_a_daemon_that_died_and_so_do_its_guests",
        needs: &[QEMU, REAL_VIRSH, XVFB, XDOTOOL],
        run: the_window_comes_back_to_a_daemon_that_died_and_so_do_its_guests,
    },
    Test {
        name: "a_host_that_does_not_answer_delays_no_other",
        needs: &[XVFB, XDOTOOL],
        run: a_host_that_does_not_answer_delays_no_other,
    },
    Test {
        name: "a_connection_that_failed_says_so_in_the_window",
        needs: &[XVFB, XDOTOOL],
        run: a_connection_that_failed_says_so_in_the_window,
    },
    Test {
        name: "the_media_page_tells_what_an_image_holds",
        needs: &[XVFB, XDOTOOL, Need::Program("xorriso")],
        run: the_media_page_tells_what_an_image_holds,
    },
    Test {
        name: "without_a_display_it_says_what_to_do",
        needs: &[],
        run: without_a_display_it_says_what_to_do,
    },
];

/// A guest that needs no disk: its firmware talks on the serial line.
const GUEST: &str = "<domain type='qemu'><name>web</name><memory unit='MiB'>32</memory>\
    <os><type arch='x86_64'>hvm</type><bios useserial='yes'/><boot dev='hd'/></os>\
    <devices><serial type='pty'/><memballoon model='none'/></devices></domain>";
/// The window's name, whatever it says after it.
const WINDOW: &str = "Virtual Machines";

/// A user with the guest, not running.
fn user_with_guest() -> Result<User> {
    let user = User::new()?;
    let file = user.file("web.xml", GUEST)?;
    user.real_virsh(&["define", &file.to_string_lossy()])?.ok()?;
    Ok(user)
}

/// Waits until the real virsh says that the guest is in this state.
fn is_in(user: &User, state: &str) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        let said = user.real_virsh(&["domstate", "web"])?.ok()?;
        if said.stdout.trim() == state {
            return Ok(());
        }
        ensure!(Instant::now() < end, "the guest is not {state}\n{said}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn a_guest_is_started_paused_and_resumed_with_the_keyboard() -> Result<()> {
    let user = user_with_guest()?;
    let screen = Screen::new(&user)?;
    let _window =
        screen.start("manager", &["virt-manager", "-c", "test:///default", "-c", "qemu:///session"])?;
    screen.shows("Virtual Machines: 1 of 2 running")?;
    screen.press(WINDOW, &["Home", "ctrl+s"])?;
    is_in(&user, "running")?;
    screen.shows("Virtual Machines: 2 of 2 running")?;
    screen.press(WINDOW, &["ctrl+p"])?;
    is_in(&user, "paused")?;
    screen.shows("Virtual Machines: 1 of 2 running")?;
    screen.press(WINDOW, &["ctrl+r"])?;
    is_in(&user, "running")
}

fn what_others_do_to_guests_shows_by_itself() -> Result<()> {
    let user = user_with_guest()?;
    let screen = Screen::new(&user)?;
    let _window = screen.start("manager", &["virt-manager", "--connect", "qemu:///session"])?;
    screen.shows("Virtual Machines: 0 of 1 running")?;
    user.real_virsh(&["start", "web"])?.ok()?;
    screen.shows("Virtual Machines: 1 of 1 running")?;
    user.real_virsh(&["suspend", "web"])?.ok()?;
    screen.shows("Virtual Machines: 0 of 1 running")?;
    user.real_virsh(&["destroy", "web"])?.ok()?;
    user.real_virsh(&["undefine", "web"])?.ok()?;
    screen.shows("Virtual Machines")
}

fn the_console_shows_what_the_guest_says_and_takes_its_keys() -> Result<()> {
    let user = user_with_guest()?;
    let screen = Screen::new(&user)?;
    let _window = screen.start(
        "manager",
        &["virt-manager", "-c", "qemu:///session", "--show-domain-console", "web", "--no-fork"],
    )?;
    screen.shows("web — Serial Console")?;
    // Below the header and the line that says that the guest is off, all is dark.
    let letters = |look: &crate::screen::Look| look.count(10, 120, 600, 200, |pixel| pixel[0] > 180);
    screen.looks("an empty console", |look| {
        look.count(10, 120, 600, 200, |pixel| pixel[0] < 60) > 100_000 && letters(look) < 300
    })?;
    user.real_virsh(&["start", "web"])?.ok()?;
    user.real_virsh(&["reset", "web"])?.ok()?;
    screen.looks("what the firmware says", |look| letters(look) > 1000)?;
    // A shell in the guest deletes a word with this key, so it must not close the window.
    screen.press("web", &["ctrl+w"])?;
    std::thread::sleep(Duration::from_millis(500));
    screen.shows("web — Serial Console")?;
    screen.press("web", &["ctrl+shift+w"])?;
    screen.hides("web — Serial Console")?;
    // The terminal's lock goes with the guest.
    user.real_virsh(&["destroy", "web"])?.ok()?;
    Ok(())
}

fn the_media_page_tells_what_an_image_holds() -> Result<()> {
    let user = User::new()?;
    let image = media::debian_like_iso(&user)?;
    let text = user.file("notes.iso", "no image")?;
    let screen = Screen::new(&user)?;
    let _window = screen.start("manager", &["virt-manager", "-c", "test:///default"])?;
    screen.shows("Virtual Machines: 1 of 1 running")?;
    screen.press(WINDOW, &["ctrl+o"])?;
    screen.shows("Installation Media")?;
    for (path, title) in
        [(&image, "Installation Media: Debian 11"), (&text, "Installation Media: not readable")]
    {
        screen.press("Installation Media", &["ctrl+a"])?;
        screen.enter(&path.to_string_lossy())?;
        screen.press("Installation Media", &["Return"])?;
        screen.shows(title)?;
    }
    Ok(())
}

fn forcing_off_asks_first() -> Result<()> {
    let user = user_with_guest()?;
    user.real_virsh(&["start", "web"])?.ok()?;
    let screen = Screen::new(&user)?;
    let _window = screen.start("manager", &["virt-manager", "-c", "qemu:///session"])?;
    screen.shows("Virtual Machines: 1 of 1 running")?;
    screen.press(WINDOW, &["Home", "ctrl+shift+d", "Escape"])?;
    std::thread::sleep(Duration::from_millis(500));
    is_in(&user, "running")?;
    screen.press(WINDOW, &["ctrl+shift+d", "alt+f"])?;
    is_in(&user, "shut off")
}

fn the_window_comes_back_to_a_daemon_that_died_and_so_do_its_guests() -> Result<()> {
    let user = user_with_guest()?;
    user.real_virsh(&["start", "web"])?.ok()?;
    let screen = Screen::new(&user)?;
    let _window = screen.start("manager", &["virt-manager", "-c", "qemu:///session"])?;
    screen.shows("Virtual Machines: 1 of 1 running")?;
    user.signal_libvirt(Signal::SIGKILL)?;
    screen.shows("Virtual Machines: 0 of 1 running")?;
    screen.shows("Virtual Machines: 1 of 1 running")?;
    // It hears of events again, too.
    user.real_virsh(&["suspend", "web"])?.ok()?;
    screen.shows("Virtual Machines: 0 of 1 running")
}

fn a_host_that_does_not_answer_delays_no_other() -> Result<()> {
    let user = User::new()?;
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let uri = format!("test+tcp://127.0.0.1:{}/default", silent.local_addr()?.port());
    let screen = Screen::new(&user)?;
    let _window = screen.start("manager", &["virt-manager", "-c", &uri, "-c", "test:///default"])?;
    screen.shows("Virtual Machines: 1 of 1 running")?;
    screen.press(WINDOW, &["Home", "ctrl+p"])?;
    screen.shows("Virtual Machines: 0 of 1 running")
}

fn a_connection_that_failed_says_so_in_the_window() -> Result<()> {
    let user = User::new()?;
    // A port that was free a moment ago refuses at once.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let screen = Screen::new(&user)?;
    let _window =
        screen.start("manager", &["virt-manager", "-c", &format!("test+tcp://127.0.0.1:{port}/default")])?;
    screen.shows("Virtual Machines")?;
    let is_banner = |[red, green, blue]: [u8; 3]| red > 235 && (200..235).contains(&green) && blue < 215;
    screen.looks("a banner below the header", |look| look.count(10, 40, 600, 80, is_banner) > 10_000)
}

fn without_a_display_it_says_what_to_do() -> Result<()> {
    User::new()?.run(&["virt-manager"])?.refuses("hint: set DISPLAY")?;
    Ok(())
}
