//! Whether a checksum is right.

/// True if the sum that is recorded is not the one that comes out. A build for fuzzing takes every sum for right: what
/// is changed by chance would never get past them.
pub(crate) fn is_wrong<T: PartialEq>(recorded: T, computed: T) -> bool {
    !cfg!(fuzzing) && recorded != computed
}
