//! Hypervisors that cannot be reached: what a person can do, and trying again.

use std::thread;
use std::time::{Duration, Instant};

use hypervisor::{Connection, Error, ErrorCode, OpenOptions};

/// How often it is tried to reach a hypervisor again.
const GLANCE: Duration = Duration::from_millis(200);

/// A new connection for one to `uri` that broke, as when libvirt's daemon was restarted; tried for `limit`.
pub(crate) fn again(uri: &str, limit: Duration) -> Result<Connection, Error> {
    let end = Instant::now() + limit;
    let options = OpenOptions { time_limit: Some(limit), ..OpenOptions::uri(uri) };
    loop {
        match Connection::open(&options) {
            Err(_) if Instant::now() < end => thread::sleep(GLANCE),
            opened => return opened,
        }
    }
}

/// The next step after a connection to `uri` (`None` is libvirt's default) failed with `cause`; none where the cause
/// says it all.
#[must_use]
pub fn hint(cause: &Error, uri: Option<&str>) -> Option<&'static str> {
    // Whatever URI was named, this is the user's own libvirt, and it is the session's place that is missing.
    if cause.message.starts_with("Cannot create user runtime directory") {
        return Some(
            "the variable XDG_RUNTIME_DIR must name a directory that exists and is yours, such as /run/user/$(id -u), \
             or be unset",
        );
    }
    let is_refused = [ErrorCode::AUTH_FAILED, ErrorCode::AUTH_UNAVAILABLE, ErrorCode::AUTH_CANCELLED]
        .contains(&cause.code)
        || cause.message.contains("Permission denied");
    let is_absent =
        cause.code == ErrorCode::SYSTEM_ERROR && cause.message.starts_with("Failed to connect socket");
    // Root has no guests of its own: libvirt serves it from the system's daemon.
    let has_own = uri.is_none_or(|uri| uri.ends_with("/system")) && !nix::unistd::geteuid().is_root();
    match (is_refused, is_absent, has_own) {
        (true, _, true) => Some(
            "become a member of the group 'libvirt' (sudo usermod -aG libvirt $USER, then log in again), or use your \
             own guests: --connect qemu:///session",
        ),
        (false, true, true) => Some(
            "start libvirt's daemon (systemctl start libvirtd), or use your own guests: --connect qemu:///session",
        ),
        (false, true, false) => Some(
            "start libvirt's daemon (systemctl start libvirtd), or name another hypervisor with --connect",
        ),
        _ => None,
    }
}
