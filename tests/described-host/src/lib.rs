//! Stands before libvirt's own library (`LD_PRELOAD`) and describes hosts from files, so that programs can be asked what
//! they would do on a host that is not there. Whatever URI a program opens, `test:///default` is opened for it; the
//! connection then says that it has that URI, and what is said of the host is read below the directory that
//! `DESCRIBED_HOSTS` names:
//!
//! | file | what it is |
//! |---|---|
//! | `HOST/capabilities.xml` | the host's capabilities; it goes by the host of the URI, or else by its driver: `kvm` for `qemu+ssh://kvm/system`, `xen` for `xen:///system` |
//! | `HOST/ARCH-MACHINE.xml` | the domain capabilities of a machine, of all its versions: `aarch64-virt.xml` is for `virt-9.0` too; those of others are not known |
//!
//! The functions are those of libvirt's `libvirt-host.h` and `libvirt-domain.h`; those of `container` of `libvirt-lxc.h`.

#![allow(unsafe_code, reason = "what stands before a C library speaks C")]
#![warn(clippy::undocumented_unsafe_blocks)]

mod container;

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_ulong, c_void};
use std::path::PathBuf;
use std::ptr;
use std::sync::Mutex;

/// What is opened instead of each URI.
const OPENED: &CStr = c"test:///default";

/// A driver: the scheme of its URIs, the name it gives itself, and the version that its hypervisor has here, as
/// libvirt counts (10.0.2 is 10000002).
const DRIVERS: &[(&str, &CStr, c_ulong)] =
    &[("qemu", c"QEMU", 10_000_002), ("xen", c"Xen", 4_017_000), ("lxc", c"LXC", 6_001_000)];

/// The libvirt that the descriptions come from.
const LIBVIRT: c_ulong = 11_003_000;

/// The URI that the program opened last.
static URI: Mutex<String> = Mutex::new(String::new());

/// `virConnectPtr virConnectOpen(const char *)`, and `virConnectOpenReadOnly`.
type Open = unsafe extern "C" fn(*const c_char) -> *mut c_void;
/// `virConnectPtr virConnectOpenAuth(const char *, virConnectAuthPtr, unsigned int)`
type OpenAuth = unsafe extern "C" fn(*const c_char, *mut c_void, c_uint) -> *mut c_void;

/// `virConnectPtr virConnectOpen(const char *)`
///
/// # Safety
/// `uri` is a C string, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn virConnectOpen(uri: *const c_char) -> *mut c_void {
    // SAFETY: the caller promises as much, and `Open` is the type that libvirt declares.
    unsafe {
        remember(uri);
        real::<Open>(c"virConnectOpen").map_or(ptr::null_mut(), |open| open(OPENED.as_ptr()))
    }
}

/// `virConnectPtr virConnectOpenReadOnly(const char *)`
///
/// # Safety
/// `uri` is a C string, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn virConnectOpenReadOnly(uri: *const c_char) -> *mut c_void {
    // SAFETY: the caller promises as much, and `Open` is the type that libvirt declares.
    unsafe {
        remember(uri);
        real::<Open>(c"virConnectOpenReadOnly").map_or(ptr::null_mut(), |open| open(OPENED.as_ptr()))
    }
}

/// `virConnectPtr virConnectOpenAuth(const char *, virConnectAuthPtr, unsigned int)`
///
/// # Safety
/// `uri` is a C string, or null; `auth` is what libvirt wants it to be.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn virConnectOpenAuth(
    uri: *const c_char,
    auth: *mut c_void,
    flags: c_uint,
) -> *mut c_void {
    // SAFETY: the caller promises as much, and `OpenAuth` is the type that libvirt declares.
    unsafe {
        remember(uri);
        real::<OpenAuth>(c"virConnectOpenAuth")
            .map_or(ptr::null_mut(), |open| open(OPENED.as_ptr(), auth, flags))
    }
}

/// `char *virConnectGetURI(virConnectPtr)`
#[unsafe(no_mangle)]
pub extern "C" fn virConnectGetURI(_: *mut c_void) -> *mut c_char {
    owned(uri().into_bytes())
}

/// `const char *virConnectGetType(virConnectPtr)`
#[unsafe(no_mangle)]
pub extern "C" fn virConnectGetType(_: *mut c_void) -> *const c_char {
    driver().map_or(ptr::null(), |(_, name, _)| name.as_ptr())
}

/// `int virConnectGetVersion(virConnectPtr, unsigned long *)`
///
/// # Safety
/// `version` is a place for a number, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn virConnectGetVersion(_: *mut c_void, version: *mut c_ulong) -> c_int {
    // SAFETY: the caller promises that it is a place for a number, or null.
    unsafe { answer(version, driver().map(|(.., version)| *version)) }
}

/// `int virConnectGetLibVersion(virConnectPtr, unsigned long *)`
///
/// # Safety
/// `version` is a place for a number, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn virConnectGetLibVersion(_: *mut c_void, version: *mut c_ulong) -> c_int {
    // SAFETY: the caller promises that it is a place for a number, or null.
    unsafe { answer(version, Some(LIBVIRT)) }
}

/// `char *virConnectGetCapabilities(virConnectPtr)`
#[unsafe(no_mangle)]
pub extern "C" fn virConnectGetCapabilities(_: *mut c_void) -> *mut c_char {
    file("capabilities")
}

/// `char *virConnectGetDomainCapabilities(virConnectPtr, const char *emulator, const char *arch, const char *machine,
/// const char *virttype, unsigned int flags)`
///
/// # Safety
/// `arch` and `machine` are C strings, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn virConnectGetDomainCapabilities(
    _: *mut c_void,
    _: *const c_char,
    arch: *const c_char,
    machine: *const c_char,
    _: *const c_char,
    _: c_uint,
) -> *mut c_char {
    // SAFETY: the caller promises that they are C strings, or null.
    let (arch, machine) = unsafe { (text(arch), text(machine)) };
    let families = std::iter::successors(Some(machine.as_str()), |name| Some(name.rsplit_once('-')?.0));
    families
        .map(|family| file(&format!("{arch}-{family}")))
        .find(|text| !text.is_null())
        .unwrap_or(ptr::null_mut())
}

/// Remembers the URI that is opened.
///
/// # Safety
/// `uri` is a C string, or null.
unsafe fn remember(uri: *const c_char) {
    if let Ok(mut opened) = URI.lock() {
        // SAFETY: the caller promises as much.
        *opened = unsafe { text(uri) };
    }
}

fn uri() -> String {
    URI.lock().map(|uri| uri.clone()).unwrap_or_default()
}

fn driver() -> Option<&'static (&'static str, &'static CStr, c_ulong)> {
    let uri = uri();
    DRIVERS.iter().find(|(scheme, ..)| uri.starts_with(scheme))
}

/// What libvirt's own library has under this name. It is asked for by its file: a Python module's libraries are seen by
/// nobody else.
///
/// # Safety
/// `F` is the type of a pointer to that function.
unsafe fn real<F: Copy>(name: &CStr) -> Option<F> {
    // SAFETY: the names are C strings; what is not found is null, and nothing is found behind null.
    let found = unsafe {
        let library = libc::dlopen(c"libvirt.so.0".as_ptr(), libc::RTLD_LAZY);
        if library.is_null() { ptr::null_mut() } else { libc::dlsym(library, name.as_ptr()) }
    };
    // SAFETY: the caller promises that it points to a function of that type, and such pointers have one size.
    (!found.is_null()).then(|| unsafe { std::mem::transmute_copy(&found) })
}

/// A C string as Rust has it; nothing for null.
///
/// # Safety
/// `text` is a C string, or null.
unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: the caller promises that what is not null is a C string.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// Success and the number, or failure.
///
/// # Safety
/// `place` is a place for a number, or null.
unsafe fn answer(place: *mut c_ulong, number: Option<c_ulong>) -> c_int {
    match number {
        Some(number) if !place.is_null() => {
            // SAFETY: the caller promises that what is not null is a place for a number.
            unsafe { place.write(number) };
            0
        }
        _ => -1,
    }
}

/// What a file of the description says; null, which is libvirt's word for failure, where there is none.
fn file(name: &str) -> *mut c_char {
    let directory = PathBuf::from(std::env::var_os("DESCRIBED_HOSTS").unwrap_or_default());
    let Some((scheme, ..)) = driver() else { return ptr::null_mut() };
    let uri = uri();
    let host = uri.split("//").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let host = if host.is_empty() { scheme } else { host };
    std::fs::read(directory.join(host).join(format!("{name}.xml"))).map_or(ptr::null_mut(), owned)
}

/// A string that the caller frees with `free`.
fn owned(text: Vec<u8>) -> *mut c_char {
    match CString::new(text) {
        // SAFETY: it is a C string, of which `strdup` makes a copy.
        Ok(text) => unsafe { libc::strdup(text.as_ptr()) },
        Err(_) => ptr::null_mut(),
    }
}
