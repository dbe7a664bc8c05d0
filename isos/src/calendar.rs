//! Dates as discs write them, as points in time.

use std::time::{Duration, SystemTime};

/// The moment of year, month, day, hour, minute and second in a place whose clocks are `minutes` ahead of UTC;
/// `None` if there is no such moment.
pub(crate) fn moment(
    [year, month, day, hour, minute, second]: [i64; 6],
    minutes_ahead: i64,
) -> Option<SystemTime> {
    if !(1..=12).contains(&month)
        || !(1..=31).contains(&day)
        || !(0..=23).contains(&hour)
        || !(0..=59).contains(&minute)
        || !(0..=60).contains(&second)
    {
        return None;
    }
    // Days since 1970 in the Gregorian calendar, counted in years that begin in March so that leap days come last.
    let (shifted_year, shifted_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = shifted_year.div_euclid(4) - shifted_year.div_euclid(100) + shifted_year.div_euclid(400);
    let days = shifted_year * 365 + leap_days + (shifted_month * 153 + 2) / 5 + day - 1 - 719_468;
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - minutes_ahead * 60;
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    }
}

/// A date and a time as DOS packs them: years since 1980, and seconds in twos. There is no time zone; it is taken
/// for UTC, so that the same image tells the same everywhere.
pub(crate) fn dos_time(date: u16, clock: u16) -> Option<SystemTime> {
    let (date, clock) = (i64::from(date), i64::from(clock));
    let day = [1980 + (date >> 9), date >> 5 & 15, date & 31];
    moment([day[0], day[1], day[2], clock >> 11, clock >> 5 & 63, (clock & 31) * 2], 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dos_times_count_from_1980() {
        let seconds = |time: Option<SystemTime>| {
            time.unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
        };
        assert_eq!(seconds(dos_time(0x0021, 0)), 315_532_800);
        assert_eq!(seconds(dos_time(44 << 9 | 2 << 5 | 29, 12 << 11 | 1)), 1_709_208_002);
        assert_eq!(dos_time(0, 0), None);
    }
}
