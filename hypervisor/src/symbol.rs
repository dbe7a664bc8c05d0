//! Functions that are newer than libvirt 9.0 or in a library beside libvirt's own, looked up at run time.
//!
//! A program that is linked against such a function does not start where it is not there, so these are asked for
//! by name when they are needed; that one is missing is an ordinary error.
#![allow(unsafe_code)]

use std::mem::ManuallyDrop;

use libloading::os::unix::Library;

/// The function of this name, in any library of the process; `None` where there is none.
///
/// # Safety
/// `F` is the type of the C function of this name.
pub(crate) unsafe fn find<F: Copy>(name: &str) -> Option<F> {
    // SAFETY: promised by the caller. libvirt is linked to the process and never unloaded, so the pointer stays valid.
    unsafe { Library::this().get::<F>(name.as_bytes()) }.ok().map(|symbol| *symbol)
}

/// A library that the program is not linked against. Once loaded it stays, so that what is found in it stays valid.
pub(crate) struct Beside(ManuallyDrop<Library>);

impl Beside {
    /// The library of this file name, wherever the system keeps its libraries.
    ///
    /// # Errors
    /// The system's words where there is none, or where it cannot be used.
    pub(crate) fn load(name: &str) -> Result<Self, String> {
        // SAFETY: libvirt's libraries do nothing when they are loaded that has to be cared for.
        let library = unsafe { Library::new(name) }.map_err(|error| of_linker(&error))?;
        Ok(Self(ManuallyDrop::new(library)))
    }

    /// The function of this name.
    ///
    /// # Errors
    /// The system's words where there is none.
    ///
    /// # Safety
    /// `F` is the type of the C function of this name.
    pub(crate) unsafe fn find<F: Copy>(&self, name: &str) -> Result<F, String> {
        // SAFETY: promised by the caller; the library is never unloaded.
        unsafe { self.0.get::<F>(name.as_bytes()) }.map(|symbol| *symbol).map_err(|error| of_linker(&error))
    }
}

/// What the linker said; the error itself only says of which of its functions.
fn of_linker(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Call;

    type Initialize = unsafe extern "C" fn() -> std::ffi::c_int;

    #[test]
    fn a_function_of_libvirt_is_found_and_one_of_a_newer_libvirt_is_an_error() {
        // The linker leaves a library out that nothing refers to.
        assert!(crate::library_version().unwrap().major >= 9);
        // SAFETY: this is the type of both, as far as there is a second one; the first is called.
        unsafe {
            assert_eq!(find::<Initialize>("virInitialize").unwrap()(), 0);
            let error = Call::new("fly to", &"the moon").newer::<Initialize>("virFly").unwrap_err();
            assert!(error.code.is_unsupported());
            assert_eq!(
                error.to_string(),
                "cannot fly to the moon: this libvirt is too old, it has no virFly"
            );
        }
    }

    #[test]
    fn a_library_or_function_that_is_not_there_is_an_error_that_names_it() {
        let error = Beside::load("libvirt-moon.so.0").err().unwrap();
        assert!(error.contains("libvirt-moon.so.0"), "{error}");
        let libvirt = Beside::load("libvirt.so.0").unwrap();
        // SAFETY: this is the type of the first; there is no second.
        unsafe {
            assert_eq!(libvirt.find::<Initialize>("virInitialize").unwrap()(), 0);
            let error = libvirt.find::<Initialize>("virFly").unwrap_err();
            assert!(error.contains("virFly"), "{error}");
        }
    }
}
