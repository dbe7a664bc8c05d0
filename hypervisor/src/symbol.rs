//! Functions that are newer than libvirt 9.0, looked up at run time.
//!
//! A program that is linked against such a function does not start where the library lacks it, so these are asked for
//! by name when they are needed; that one is missing is an ordinary error.
#![allow(unsafe_code)]

use libloading::os::unix::Library;

/// The function of this name, in any library of the process; `None` where there is none.
///
/// # Safety
/// `F` is the type of the C function of this name.
pub(crate) unsafe fn find<F: Copy>(name: &str) -> Option<F> {
    // SAFETY: promised by the caller. libvirt is linked to the process and never unloaded, so the pointer stays valid.
    unsafe { Library::this().get::<F>(name.as_bytes()) }.ok().map(|symbol| *symbol)
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
}
