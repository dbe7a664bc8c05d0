//! What went wrong, with everything that libvirt said about it.

use std::borrow::Cow;
use std::fmt;

use virt_sys as sys;

/// The crate's result.
pub type Result<T> = std::result::Result<T, Error>;

/// A failed call: what was attempted, on what, and libvirt's own words.
///
/// Its text is made for people: `cannot start domain 'web': the network 'default' is not active`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The verb, e.g. `start` or `list the domains of`; it reads well before [`object`](Self::object).
    pub attempted: Cow<'static, str>,
    /// What it was attempted on, e.g. `domain 'web'` or `qemu:///session`.
    pub object: String,
    /// libvirt's number of the error.
    pub code: ErrorCode,
    /// libvirt's number of its part that failed (`virErrorDomain`), 0 where libvirt was not reached.
    pub domain: u32,
    /// How grave it is.
    pub level: Level,
    /// libvirt's message, unchanged.
    pub message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} {}: {}", self.attempted, self.object, self.message)
    }
}

impl std::error::Error for Error {}

/// How grave an error is, as libvirt rates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Nothing is known.
    None,
    /// The call may have worked.
    Warning,
    /// The call failed.
    Error,
}

/// libvirt's number of an error (`virErrorNumber`); numbers newer than this crate are kept too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ErrorCode(pub u32);

macro_rules! codes {
    ($($name:ident = $value:ident: $doc:literal,)*) => {
        impl ErrorCode {
            $(#[doc = $doc] pub const $name: Self = Self(sys::$value);)*
        }
    };
}

codes! {
    INTERNAL_ERROR = VIR_ERR_INTERNAL_ERROR: "libvirt itself went wrong.",
    NO_SUPPORT = VIR_ERR_NO_SUPPORT: "The hypervisor driver or this libvirt cannot do it.",
    NO_CONNECT = VIR_ERR_NO_CONNECT: "The hypervisor could not be reached.",
    INVALID_ARG = VIR_ERR_INVALID_ARG: "An argument makes no sense.",
    OPERATION_FAILED = VIR_ERR_OPERATION_FAILED: "The hypervisor refused.",
    OPERATION_DENIED = VIR_ERR_OPERATION_DENIED: "The connection is read-only.",
    XML_ERROR = VIR_ERR_XML_ERROR: "The description is not well formed or lacks something.",
    XML_DETAIL = VIR_ERR_XML_DETAIL: "The description is wrong in a way that was located.",
    DOM_EXIST = VIR_ERR_DOM_EXIST: "Such a domain exists already.",
    NO_DOMAIN = VIR_ERR_NO_DOMAIN: "There is no such domain.",
    NO_NETWORK = VIR_ERR_NO_NETWORK: "There is no such network.",
    NO_STORAGE_POOL = VIR_ERR_NO_STORAGE_POOL: "There is no such storage pool.",
    NO_STORAGE_VOL = VIR_ERR_NO_STORAGE_VOL: "There is no such volume.",
    NO_NODE_DEVICE = VIR_ERR_NO_NODE_DEVICE: "There is no such host device.",
    NO_INTERFACE = VIR_ERR_NO_INTERFACE: "There is no such host interface.",
    NO_SECRET = VIR_ERR_NO_SECRET: "There is no such secret.",
    NO_NETWORK_METADATA = VIR_ERR_NO_NETWORK_METADATA: "The network has no such metadata.",
    NO_NWFILTER = VIR_ERR_NO_NWFILTER: "There is no such network filter.",
    NO_DOMAIN_SNAPSHOT = VIR_ERR_NO_DOMAIN_SNAPSHOT: "There is no such snapshot.",
    NO_DOMAIN_CHECKPOINT = VIR_ERR_NO_DOMAIN_CHECKPOINT: "There is no such checkpoint.",
    CHECKPOINT_INCONSISTENT = VIR_ERR_CHECKPOINT_INCONSISTENT: "What a disk keeps track of is not all there.",
    NO_DOMAIN_METADATA = VIR_ERR_NO_DOMAIN_METADATA: "The domain has no such metadata.",
    OPERATION_INVALID = VIR_ERR_OPERATION_INVALID: "The object is in a state that does not allow it.",
    OPERATION_TIMEOUT = VIR_ERR_OPERATION_TIMEOUT: "It took too long.",
    OPERATION_UNSUPPORTED = VIR_ERR_OPERATION_UNSUPPORTED: "The hypervisor cannot do it for this object.",
    OPERATION_ABORTED = VIR_ERR_OPERATION_ABORTED: "Somebody stopped it.",
    CONFIG_UNSUPPORTED = VIR_ERR_CONFIG_UNSUPPORTED: "The host cannot run this configuration.",
    ARGUMENT_UNSUPPORTED = VIR_ERR_ARGUMENT_UNSUPPORTED: "The driver does not know this flag or argument.",
    AUTH_FAILED = VIR_ERR_AUTH_FAILED: "The user's name or password was not accepted.",
    AUTH_CANCELLED = VIR_ERR_AUTH_CANCELLED: "The user gave no name or password.",
    AUTH_UNAVAILABLE = VIR_ERR_AUTH_UNAVAILABLE: "There is no way to ask the user.",
    ACCESS_DENIED = VIR_ERR_ACCESS_DENIED: "The user has no right to it.",
    SYSTEM_ERROR = VIR_ERR_SYSTEM_ERROR: "The operating system refused.",
    RPC = VIR_ERR_RPC: "The connection to the daemon broke.",
    STORAGE_VOL_EXIST = VIR_ERR_STORAGE_VOL_EXIST: "Such a volume exists already.",
    AGENT_UNRESPONSIVE = VIR_ERR_AGENT_UNRESPONSIVE: "The guest's agent does not answer.",
    INVALID_CONN = VIR_ERR_INVALID_CONN: "The connection is closed.",
    RESOURCE_BUSY = VIR_ERR_RESOURCE_BUSY: "Somebody else uses it.",
    DEVICE_MISSING = VIR_ERR_DEVICE_MISSING: "The domain has no such device.",
}

impl ErrorCode {
    /// Whether the object that was looked for is not there.
    #[must_use]
    pub fn is_missing(self) -> bool {
        const MISSING: [ErrorCode; 10] = [
            ErrorCode::NO_DOMAIN,
            ErrorCode::NO_NETWORK,
            ErrorCode::NO_STORAGE_POOL,
            ErrorCode::NO_STORAGE_VOL,
            ErrorCode::NO_NODE_DEVICE,
            ErrorCode::NO_INTERFACE,
            ErrorCode::NO_SECRET,
            ErrorCode::NO_NWFILTER,
            ErrorCode::NO_DOMAIN_SNAPSHOT,
            ErrorCode::NO_DOMAIN_CHECKPOINT,
        ];
        MISSING.contains(&self)
    }

    /// Whether this libvirt, its driver or the hypervisor cannot do it at all.
    #[must_use]
    pub fn is_unsupported(self) -> bool {
        [Self::NO_SUPPORT, Self::OPERATION_UNSUPPORTED, Self::ARGUMENT_UNSUPPORTED].contains(&self)
    }
}
