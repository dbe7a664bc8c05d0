//! Moments as text, in UTC unless said otherwise.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{Local, TimeZone};

/// Seconds since 1970 as this host's clock shows them: `YYYY-MM-DD HH:MM:SS +ZZZZ`.
pub(crate) fn local_with_zone(seconds: i64) -> Option<String> {
    let moment = Local.timestamp_opt(seconds, 0).single()?;
    Some(moment.format("%Y-%m-%d %H:%M:%S %z").to_string())
}

/// A moment as `YYYY.MM.DD HH:MM:SS`, in UTC.
pub(crate) fn dotted(moment: SystemTime) -> String {
    format!("{} {}", date(moment, '.'), clock(moment))
}

/// A moment as `YYYY-MM-DD HH:MM:SS.mmm+0000`, in UTC.
pub(crate) fn stamp(moment: SystemTime) -> String {
    let milliseconds = moment.duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_millis());
    format!("{} {}.{milliseconds:03}+0000", date(moment, '-'), clock(moment))
}

/// A moment, in seconds since 1970, as `YYYY-MM-DD HH:MM:SS` in the user's time zone; what no calendar holds as it is.
pub(crate) fn local(seconds: i64) -> String {
    let moment = chrono::DateTime::from_timestamp(seconds, 0);
    moment.map_or_else(
        || seconds.to_string(),
        |moment| moment.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S").to_string(),
    )
}

/// A moment as a file's name has it, `YYYY-MM-DD-HH:MM:SS`.
pub(crate) fn file_stamp(moment: SystemTime) -> String {
    format!("{}-{}", date(moment, '-'), clock(moment))
}

fn seconds(moment: SystemTime) -> u64 {
    moment.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn clock(moment: SystemTime) -> String {
    let second = seconds(moment) % 86_400;
    format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// The date, by Howard Hinnant's algorithm for the proleptic Gregorian calendar.
fn date(moment: SystemTime, separator: char) -> String {
    let days = seconds(moment) / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}{separator}{month:02}{separator}{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn moments_are_dated_right() {
        for (milliseconds, text) in [
            (0, "1970-01-01 00:00:00.000+0000"),
            (951_782_399_001, "2000-02-28 23:59:59.001+0000"),
            (1_709_210_096_120, "2024-02-29 12:34:56.120+0000"),
        ] {
            assert_eq!(stamp(UNIX_EPOCH + Duration::from_millis(milliseconds)), text);
        }
        assert_eq!(dotted(UNIX_EPOCH), "1970.01.01 00:00:00");
    }
}
