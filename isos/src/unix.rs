//! What the file systems of Unix record alike: types in modes, times, device numbers.

use std::time::{Duration, SystemTime};

use crate::Kind;

/// The kind that a mode's type bits stand for.
pub(crate) fn kind(mode: u32) -> Kind {
    match mode & 0o170_000 {
        0o100_000 => Kind::File,
        0o040_000 => Kind::Directory,
        0o120_000 => Kind::Link,
        _ => Kind::Special,
    }
}

/// True if the mode is that of a block or character device, which alone have device numbers.
pub(crate) fn is_device(mode: u32) -> bool {
    matches!(mode & 0o170_000, 0o060_000 | 0o020_000)
}

/// Seconds from 1970, before or after it, and the nanoseconds that come on top; too many of those are left out.
pub(crate) fn time(seconds: i64, nanoseconds: u32) -> Option<SystemTime> {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let whole = if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    let part = if nanoseconds < 1_000_000_000 { nanoseconds } else { 0 };
    whole?.checked_add(Duration::from_nanos(part.into()))
}

/// Major and minor number from Linux's 32 bits: twelve bits of major inside of twenty of minor.
pub(crate) fn device(number: u32) -> (u32, u32) {
    (number >> 8 & 0xfff, number & 0xff | number >> 12 & 0xfff00)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_reach_before_1970_and_damaged_parts_do_not_hide_them() {
        let from_1970 = |time: Option<SystemTime>| time.unwrap().duration_since(SystemTime::UNIX_EPOCH);
        assert_eq!(from_1970(time(7, 5)).unwrap(), Duration::new(7, 5));
        assert_eq!(from_1970(time(7, u32::MAX)).unwrap(), Duration::new(7, 0));
        assert_eq!(from_1970(time(-1, 0)).unwrap_err().duration(), Duration::from_secs(1));
        assert!(time(i64::MIN, u32::MAX) < time(i64::MAX, u32::MAX));
    }

    #[test]
    fn device_numbers_are_split_as_linux_splits_them() {
        assert_eq!(device(0x0801), (8, 1));
        assert_eq!(device(0x1230_5678), (0x056, 0x1_2378));
    }
}
