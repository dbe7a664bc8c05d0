//! The file that `--log` names.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

use super::moment;

/// A log, one message a line.
pub(crate) struct Log(File);

impl Log {
    /// Opens the log; messages are added at its end.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        OpenOptions::new().append(true).create(true).open(path).map(Self)
    }

    /// Adds a message with the time, in UTC, and our process.
    pub(crate) fn write(&self, level: &str, message: &str) {
        let line = format!(
            "[{} virsh {}] {level} {}\n",
            moment::dotted(SystemTime::now()),
            std::process::id(),
            message.replace('\n', " ")
        );
        // A log that cannot be written is no reason to stop the work it is about.
        let _ = (&self.0).write_all(line.as_bytes());
    }
}
