//! Sizes that cannot be mistaken for each other: libvirt counts memory in KiB and storage in bytes.

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(pub u64);

/// A number of KiB, that is of 1024 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct KiB(pub u64);

impl From<KiB> for Bytes {
    fn from(size: KiB) -> Self {
        Self(size.0.saturating_mul(1024))
    }
}
