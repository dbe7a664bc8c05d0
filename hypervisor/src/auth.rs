//! Names and passwords that a hypervisor asks for while a connection is opened.
//!
//! The crate never prints and never reads a terminal: the front end hands an [`Authenticate`] to
//! [`OpenOptions`](crate::OpenOptions) and asks in its own way, from a prompt, a window or a file.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_uint, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use virt_sys as sys;

use crate::call::copy_text;

/// Answers what a hypervisor wants to know about the user.
pub trait Authenticate: Send + Sync {
    /// The answer, or `None` to give up. It may be asked from another thread than the one that opens.
    fn answer(&self, question: &Question) -> Option<String>;
}

/// One thing that a hypervisor wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What kind of answer it is.
    pub kind: Kind,
    /// The words to show, e.g. `Enter ann's password for esx.example.com`.
    pub prompt: String,
    /// What the server sent along, often a user's name or the host.
    pub challenge: String,
    /// What an empty answer means; empty where it means nothing.
    pub default: String,
}

/// What kind of answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The user's name.
    Name,
    /// Something that may be shown while it is typed.
    Visible,
    /// A password: it must not be shown.
    Hidden,
}

impl Kind {
    fn of(credential: c_int) -> Self {
        match u32::try_from(credential) {
            Ok(sys::VIR_CRED_USERNAME | sys::VIR_CRED_AUTHNAME) => Self::Name,
            Ok(sys::VIR_CRED_PASSPHRASE | sys::VIR_CRED_NOECHOPROMPT) => Self::Hidden,
            _ => Self::Visible,
        }
    }
}

/// All kinds that are asked for. The last one is not a question: an agent of the desktop asks the user itself.
pub(crate) const KINDS: [sys::virConnectCredentialType; 9] = [
    sys::VIR_CRED_USERNAME,
    sys::VIR_CRED_AUTHNAME,
    sys::VIR_CRED_LANGUAGE,
    sys::VIR_CRED_CNONCE,
    sys::VIR_CRED_PASSPHRASE,
    sys::VIR_CRED_ECHOPROMPT,
    sys::VIR_CRED_NOECHOPROMPT,
    sys::VIR_CRED_REALM,
    sys::VIR_CRED_EXTERNAL,
];

/// What libvirt calls for each batch of questions; `asker` is a `&dyn Authenticate` behind a pointer.
pub(crate) unsafe extern "C" fn ask(
    credentials: sys::virConnectCredentialPtr,
    count: c_uint,
    asker: *mut c_void,
) -> c_int {
    // SAFETY: `Connection::open` passes a pointer to the trait object, which outlives the opening.
    let asker = unsafe { *asker.cast::<&dyn Authenticate>() };
    // SAFETY: libvirt passes `count` credentials that live during this call.
    let credentials = unsafe { std::slice::from_raw_parts_mut(credentials, count as usize) };
    for credential in credentials.iter_mut() {
        if u32::try_from(credential.type_) == Ok(sys::VIR_CRED_EXTERNAL) {
            continue;
        }
        // SAFETY: the texts of a credential are null or NUL-terminated and live during this call.
        let [prompt, challenge, default] = [credential.prompt, credential.challenge, credential.defresult]
            .map(|text| unsafe { copy_text(text) });
        let question = Question { kind: Kind::of(credential.type_), prompt, challenge, default };
        // A panic must not unwind into C.
        let answer = catch_unwind(AssertUnwindSafe(|| asker.answer(&question))).unwrap_or(None);
        let Some(answer) = answer else { return -1 };
        let answer = if answer.is_empty() { question.default } else { answer };
        let (Ok(length), Ok(text)) = (c_uint::try_from(answer.len()), std::ffi::CString::new(answer)) else {
            return -1;
        };
        // SAFETY: libvirt frees the answer with free(), so it has to come from malloc, as strdup's does.
        credential.result = unsafe { libc::strdup(text.as_ptr()) };
        credential.resultlen = length;
    }
    0
}
