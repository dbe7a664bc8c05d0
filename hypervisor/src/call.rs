//! The one place that every call into libvirt goes through.
//!
//! A [`Call`] knows what is attempted on which object, runs the call and, where it failed, takes libvirt's words
//! before another call of the same thread can replace them.
#![allow(unsafe_code)]

use std::borrow::Cow;
use std::ffi::{CStr, CString, c_char, c_int};
use std::fmt;
use std::ptr::NonNull;

use virt_sys as sys;

use crate::error::{Error, ErrorCode, Level, Result};
use crate::symbol;

/// A call that is about to be made.
pub(crate) struct Call<'o> {
    attempted: Cow<'static, str>,
    object: &'o dyn fmt::Display,
}

impl<'o> Call<'o> {
    /// A call that attempts this on that, e.g. `start` on `domain 'web'`.
    pub(crate) fn new(attempted: impl Into<Cow<'static, str>>, object: &'o dyn fmt::Display) -> Self {
        Self { attempted: attempted.into(), object }
    }

    /// What it is attempted on.
    pub(crate) fn object(&self) -> &'o dyn fmt::Display {
        self.object
    }

    /// Runs a function of the `virt` crate.
    pub(crate) fn run<T>(
        self,
        function: impl FnOnce() -> std::result::Result<T, virt::error::Error>,
    ) -> Result<T> {
        function().map_err(|error| {
            let level = match error.level() {
                virt::error::ErrorLevel::None => Level::None,
                virt::error::ErrorLevel::Warning => Level::Warning,
                virt::error::ErrorLevel::Error => Level::Error,
            };
            let (code, domain) = (ErrorCode(error.code().to_raw()), error.domain().to_raw());
            Error { code, domain, level, message: error.message().to_owned(), ..self.refuse(code, "") }
        })
    }

    /// Runs a C function that returns a number, negative where it failed.
    pub(crate) fn number(self, function: impl FnOnce() -> c_int) -> Result<c_int> {
        self.run(|| match function() {
            number if number < 0 => Err(virt::error::Error::last_error()),
            number => Ok(number),
        })
    }

    /// Runs a C function that answers yes (1) or no (0).
    pub(crate) fn truth(self, function: impl FnOnce() -> c_int) -> Result<bool> {
        self.number(function).map(|number| number != 0)
    }

    /// Runs a C function of which only success matters.
    pub(crate) fn done(self, function: impl FnOnce() -> c_int) -> Result<()> {
        self.number(function).map(drop)
    }

    /// Runs a C function that returns a pointer, null where it failed.
    pub(crate) fn pointer<T>(self, function: impl FnOnce() -> *mut T) -> Result<NonNull<T>> {
        self.run(|| NonNull::new(function()).ok_or_else(virt::error::Error::last_error))
    }

    /// Runs a C function that returns a text which the caller has to free.
    pub(crate) fn text(self, function: impl FnOnce() -> *mut c_char) -> Result<String> {
        let text = self.pointer(function)?;
        // SAFETY: libvirt returned this text for the caller to own.
        Ok(unsafe { take_text(text.as_ptr()) })
    }

    /// A text as C wants it; one that contains a NUL cannot be handed over. Functions of the `virt` crate that take
    /// an optional text panic on such a one, so it is to be refused before.
    pub(crate) fn c_text(&self, text: &str) -> Result<CString> {
        CString::new(text)
            .map_err(|_| self.refuse(ErrorCode::INVALID_ARG, "the text contains a NUL character"))
    }

    /// A function that is newer than libvirt 9.0, the oldest that the crate runs with.
    ///
    /// # Safety
    /// `F` is the type of the C function of this name.
    pub(crate) unsafe fn newer<F: Copy>(&self, name: &str) -> Result<F> {
        // SAFETY: promised by the caller.
        unsafe { symbol::find(name) }.ok_or_else(|| {
            self.refuse(ErrorCode::NO_SUPPORT, format!("this libvirt is too old, it has no {name}"))
        })
    }

    /// The error for a call that is not made, for a reason of our own.
    pub(crate) fn refuse(&self, code: ErrorCode, message: impl Into<String>) -> Error {
        Error {
            attempted: self.attempted.clone(),
            object: self.object.to_string(),
            code,
            domain: sys::VIR_FROM_NONE,
            level: Level::Error,
            message: message.into(),
        }
    }
}

/// Takes a text that libvirt allocated, and frees it.
///
/// # Safety
/// `text` is a NUL-terminated text from `malloc` that nobody else owns.
pub(crate) unsafe fn take_text(text: *mut c_char) -> String {
    // SAFETY: promised by the caller.
    let owned = unsafe { copy_text(text) };
    // SAFETY: it came from malloc, as the caller promises, and is not used again.
    unsafe { libc::free(text.cast()) };
    owned
}

/// Copies a text that libvirt owns; a null pointer is an empty text.
///
/// # Safety
/// `text` is null or a NUL-terminated text that lives during the call.
pub(crate) unsafe fn copy_text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: promised by the caller.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// A pointer to an optional text, null where there is none.
pub(crate) fn or_null(text: Option<&CString>) -> *const c_char {
    text.map_or(std::ptr::null(), |text| text.as_ptr())
}
