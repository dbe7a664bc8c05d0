//! What an emulator said last: libvirt appends its output to a log of the guest.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes of the log's end that are read, and lines that are shown.
const END: u64 = 64 << 10;
const LINES: usize = 5;

/// What libvirt writes when it starts the emulator.
const START: &str = "starting up libvirt version";

/// The last lines that the emulator itself wrote in its last run; none if it can't be read, or said nothing.
pub(super) fn last_words(path: &Path) -> Option<Vec<String>> {
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END))).ok()?;
    let mut bytes = Vec::new();
    file.take(END).read_to_end(&mut bytes).ok()?;
    Some(words(&String::from_utf8_lossy(&bytes)))
}

fn words(log: &str) -> Vec<String> {
    let run = log.rsplit(START).next().unwrap_or(log);
    // The first line, or what is left of it, is libvirt's.
    let mut lines: Vec<&str> = run.lines().skip(1).filter(|line| is_the_emulators(line)).collect();
    lines.drain(..lines.len().saturating_sub(LINES));
    lines.into_iter().map(str::to_owned).collect()
}

/// Libvirt's own lines begin with a time; the command line's and the environment's end in a backslash or begin as an
/// option does.
fn is_the_emulators(line: &str) -> bool {
    let is_time = line.starts_with(|first: char| first.is_ascii_digit()) && line.contains("+0000: ");
    !line.trim().is_empty() && !is_time && !line.ends_with('\\') && !line.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_run_of_the_emulator_speaks() {
        let log = "2024-01-01 10:00:00.000+0000: starting up libvirt version: 11.3.0, qemu\n\
            LC_ALL=C \\\n/usr/bin/qemu-system-x86_64 \\\n-name guest=web \\\n-msg timestamp=on\n\
            qemu: an old trouble\n2024-01-01 10:00:01.000+0000: shutting down, reason=failed\n\
            2024-01-02 10:00:00.000+0000: starting up libvirt version: 11.3.0, qemu\n\
            LC_ALL=C \\\n/usr/bin/qemu-system-x86_64 \\\n-name guest=web \\\n-msg timestamp=on\n\
            char device redirected to /dev/pts/1 (label charserial0)\n\
            qemu-system-x86_64: no room\n2024-01-02 10:00:01.000+0000: shutting down, reason=failed\n";
        assert_eq!(
            words(log),
            ["char device redirected to /dev/pts/1 (label charserial0)", "qemu-system-x86_64: no room"]
        );
        assert!(words("").is_empty());
    }
}
