//! A container that needs no rights: the namespaces of the process whose number `DESCRIBED_CONTAINER` holds. Under the
//! name of libvirt's library for containers, this library is taken for it; its functions are those of `libvirt-lxc.h`.

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};

/// The namespaces, in the order in which they are entered: the first one brings the right to the others.
const NAMESPACES: [&str; 4] = ["user", "pid_for_children", "uts", "mnt"];

/// `int virDomainLxcOpenNamespace(virDomainPtr, int **fdlist, unsigned int flags)`
///
/// # Safety
/// `list` is a place for a pointer.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn virDomainLxcOpenNamespace(
    _: *mut c_void,
    list: *mut *mut c_int,
    _: c_uint,
) -> c_int {
    let process = std::env::var("DESCRIBED_CONTAINER").unwrap_or_default();
    let files = NAMESPACES.map(|name| match std::fs::File::open(format!("/proc/{process}/ns/{name}")) {
        Ok(file) => std::os::fd::IntoRawFd::into_raw_fd(file),
        Err(_) => -1,
    });
    // SAFETY: malloc gives room for all numbers or nothing; the caller promises the place for the pointer.
    unsafe {
        let room = libc::malloc(size_of_val(&files)).cast::<c_int>();
        if room.is_null() {
            return -1;
        }
        room.copy_from_nonoverlapping(files.as_ptr(), files.len());
        list.write(room);
    }
    files.len() as c_int
}

/// `int virDomainLxcEnterNamespace(virDomainPtr, unsigned int, int *, unsigned int *, int **, unsigned int)`
///
/// # Safety
/// `list` has `count` open files.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn virDomainLxcEnterNamespace(
    _: *mut c_void,
    count: c_uint,
    list: *mut c_int,
    _: *mut c_uint,
    _: *mut *mut c_int,
    _: c_uint,
) -> c_int {
    for index in 0..count as usize {
        // SAFETY: the caller promises that many files.
        if unsafe { libc::setns(*list.add(index), 0) } < 0 {
            return -1;
        }
    }
    0
}

/// `int virDomainLxcEnterCGroup(virDomainPtr, unsigned int)`
#[unsafe(no_mangle)]
pub(crate) extern "C" fn virDomainLxcEnterCGroup(_: *mut c_void, _: c_uint) -> c_int {
    0
}

/// `int virDomainLxcEnterSecurityLabel(virSecurityModelPtr, virSecurityLabelPtr, virSecurityLabelPtr, unsigned int)`,
/// which only leaves the name of the security model in the environment, as `CONFINED_BY`.
///
/// # Safety
/// `model` begins with the model's name, a C string.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn virDomainLxcEnterSecurityLabel(
    model: *mut c_void,
    _: *mut c_void,
    _: *mut c_void,
    _: c_uint,
) -> c_int {
    // SAFETY: the caller promises as much; there is one thread, as this is the child of a fork.
    unsafe {
        let name = CStr::from_ptr(model.cast::<c_char>());
        libc::setenv(c"CONFINED_BY".as_ptr(), name.as_ptr(), 1)
    }
}
