//! What a network's owner wrote about it; libvirt 9.7 and newer.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_uint};

use virt_sys as sys;

use super::Network;
use crate::call::or_null;
use crate::flags::Affect;
use crate::{ErrorCode, Result};

type Get = unsafe extern "C" fn(sys::virNetworkPtr, c_int, *const c_char, c_uint) -> *mut c_char;
type Set = unsafe extern "C" fn(
    sys::virNetworkPtr,
    c_int,
    *const c_char,
    *const c_char,
    *const c_char,
    c_uint,
) -> c_int;

impl Network {
    /// The title that its owner gave it; empty where there is none.
    ///
    /// # Errors
    /// What libvirt refused, other than that there is no title.
    pub fn title(&self, affect: Affect) -> Result<String> {
        self.note(sys::VIR_NETWORK_METADATA_TITLE, affect)
    }

    /// The description that its owner gave it; empty where there is none.
    ///
    /// # Errors
    /// What libvirt refused, other than that there is no description.
    pub fn description(&self, affect: Affect) -> Result<String> {
        self.note(sys::VIR_NETWORK_METADATA_DESCRIPTION, affect)
    }

    /// Gives it a title; `None` removes it.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_title(&self, title: Option<&str>, affect: Affect) -> Result<()> {
        self.set_metadata(sys::VIR_NETWORK_METADATA_TITLE, title, None, affect)
    }

    /// Gives it a description; `None` removes it.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_description(&self, description: Option<&str>, affect: Affect) -> Result<()> {
        self.set_metadata(sys::VIR_NETWORK_METADATA_DESCRIPTION, description, None, affect)
    }

    /// The element that an application keeps under its namespace.
    ///
    /// # Errors
    /// `NO_NETWORK_METADATA` where there is none.
    pub fn element(&self, namespace: &str, affect: Affect) -> Result<String> {
        self.metadata(sys::VIR_NETWORK_METADATA_ELEMENT, Some(namespace), affect)
    }

    /// Keeps an application's element under its namespace and prefix; `None` removes it.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_element(
        &self,
        element: Option<&str>,
        namespace: &str,
        prefix: Option<&str>,
        affect: Affect,
    ) -> Result<()> {
        self.set_metadata(sys::VIR_NETWORK_METADATA_ELEMENT, element, Some((namespace, prefix)), affect)
    }

    fn note(&self, kind: c_uint, affect: Affect) -> Result<String> {
        match self.metadata(kind, None, affect) {
            Err(error) if error.code == ErrorCode::NO_NETWORK_METADATA => Ok(String::new()),
            result => result,
        }
    }

    fn metadata(&self, kind: c_uint, namespace: Option<&str>, affect: Affect) -> Result<String> {
        let call = self.call("read the notes on");
        let uri = namespace.map(|uri| call.c_text(uri)).transpose()?;
        // SAFETY: this is the type of the function in libvirt's header.
        let get = unsafe { call.newer::<Get>("virNetworkGetMetadata")? };
        // SAFETY: the handle owns the network, and the text lives during the call.
        call.text(|| unsafe { get(self.raw.as_ptr(), kind.cast_signed(), or_null(uri.as_ref()), affect.0) })
    }

    fn set_metadata(
        &self,
        kind: c_uint,
        value: Option<&str>,
        namespace: Option<(&str, Option<&str>)>,
        affect: Affect,
    ) -> Result<()> {
        let call = self.call("change the notes on");
        let value = value.map(|value| call.c_text(value)).transpose()?;
        let uri = namespace.map(|(uri, _)| call.c_text(uri)).transpose()?;
        let prefix =
            namespace.and_then(|(_, prefix)| prefix).map(|prefix| call.c_text(prefix)).transpose()?;
        // SAFETY: this is the type of the function in libvirt's header.
        let set = unsafe { call.newer::<Set>("virNetworkSetMetadata")? };
        // SAFETY: the handle owns the network, and the texts live during the call.
        call.done(|| unsafe {
            set(
                self.raw.as_ptr(),
                kind.cast_signed(),
                or_null(value.as_ref()),
                or_null(prefix.as_ref()),
                or_null(uri.as_ref()),
                affect.0,
            )
        })
    }
}
