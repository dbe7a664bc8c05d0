//! Files that the user names.

use std::fs::File;
use std::io::Read;

use crate::failure::Failure;

/// The most that is read of a file.
const LIMIT: u64 = 10 << 20;

/// Reads a file with XML.
pub(super) fn read(path: &str) -> Result<String, Failure> {
    // libvirt itself says best what is wrong with XML that is no UTF-8.
    Ok(String::from_utf8_lossy(&read_bytes(path)?).into_owned())
}

/// Reads a file with anything.
pub(super) fn read_bytes(path: &str) -> Result<Vec<u8>, Failure> {
    let mut file = File::open(path)
        .map_err(|error| Failure::said(format!("Failed to open file '{path}': {}", reason(&error))))?;
    let unreadable = |reason: &str| Failure::said(format!("Failed to read file '{path}': {reason}"));
    let mut bytes = Vec::new();
    file.by_ref().take(LIMIT + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&reason(&error)))?;
    if bytes.len() as u64 > LIMIT {
        return Err(unreadable("Value too large for defined data type"));
    }
    Ok(bytes)
}

/// The system's words for an error, without the number that Rust adds.
pub(crate) fn reason(error: &std::io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => nix::errno::Errno::from_raw(number).desc().to_owned(),
        None => error.to_string(),
    }
}
