//! What a person can do where a hypervisor cannot be reached.

use hypervisor::{Error, ErrorCode};

/// The next step after a connection to `uri` (`None` is libvirt's default) failed with `cause`; none where the cause
/// says it all.
#[must_use]
pub fn hint(cause: &Error, uri: Option<&str>) -> Option<&'static str> {
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
