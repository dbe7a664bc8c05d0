//! Times as DOS packs them, which FAT and exFAT have in common.

use std::time::SystemTime;

use crate::calendar::moment;

/// The moment of a date, whose years count from 1980, and a time of day, whose seconds count in twos.
pub(crate) fn dos_time(date: u16, clock: u16, minutes_ahead: i64) -> Option<SystemTime> {
    let (date, clock) = (i64::from(date), i64::from(clock));
    let parts =
        [1980 + (date >> 9), date >> 5 & 15, date & 31, clock >> 11, clock >> 5 & 63, (clock & 31) * 2];
    moment(parts, minutes_ahead)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_count_from_1980() {
        let seconds = |time: Option<SystemTime>| {
            time.unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
        };
        assert_eq!(seconds(dos_time(0x0021, 0, 0)), 315_532_800);
        assert_eq!(seconds(dos_time(44 << 9 | 2 << 5 | 29, 12 << 11 | 1, 0)), 1_709_208_002);
        assert_eq!(seconds(dos_time(44 << 9 | 2 << 5 | 29, 13 << 11 | 1, 60)), 1_709_208_002);
        assert_eq!(dos_time(0, 0, 0), None);
    }
}
