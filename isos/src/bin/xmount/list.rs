//! `--ls`: what is in a directory of the image.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use isos::{Entry, Image, Kind, readable_path};
use serde_json::{Value, json};

use crate::{CANNOT_PRINT, print_json};

/// How to list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct How {
    /// With what is known of each.
    pub(crate) long: bool,
    /// What is below, too.
    pub(crate) recursive: bool,
    /// As JSON.
    pub(crate) json: bool,
}

/// Lists the directory at `path`, or the one entry that is no directory. What cannot be read is said, and makes the
/// exit code 1.
pub(crate) fn list(image: &Image, path: &str, how: How) -> Result<ExitCode> {
    let top = image.entry(path)?;
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    let mut values = Vec::new();
    let mut show = |path: &str, entry: &Entry| -> Result<()> {
        if how.json {
            values.push(value(path, entry));
        } else if how.long {
            writeln!(stdout, "{}", long(path, entry)).context(CANNOT_PRINT)?;
        } else {
            writeln!(stdout, "{path}").context(CANNOT_PRINT)?;
        }
        Ok(())
    };
    let note = |entry: &Entry| {
        if let Some(why) = image.empty_because(entry) {
            eprintln!("xmount: {why}");
        }
    };
    let mut code = ExitCode::SUCCESS;
    if top.kind() != Kind::Directory {
        show(top.name(), &top)?;
    } else {
        note(&top);
        let mut walk = image.walk(path)?;
        let above =
            path.split('/').filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("/");
        while let Some(step) = walk.next() {
            match step {
                Ok((path, entry)) => {
                    let below =
                        path.strip_prefix(&above).map_or(&*path, |below| below.trim_start_matches('/'));
                    show(below, &entry)?;
                    if how.recursive {
                        note(&entry);
                    }
                }
                Err(error) => {
                    eprintln!("xmount: {error}");
                    code = ExitCode::FAILURE;
                }
            }
            if !how.recursive {
                walk.skip_directory();
            }
        }
    }
    stdout.flush().context(CANNOT_PRINT)?;
    if how.json {
        print_json(&Value::Array(values))?;
    }
    Ok(code)
}

/// What is known of an entry: times in seconds since 1970, sizes in bytes.
pub(crate) fn value(path: &str, entry: &Entry) -> Value {
    json!({
        "path": path,
        "kind": kind(entry.kind()),
        "special": special(entry).map(|(_, name)| name),
        "size": entry.size(),
        "mode": entry.mode().map(|mode| format!("{:04o}", mode & 0o7777)),
        "uid": entry.owner().map(|owner| owner.0),
        "gid": entry.owner().map(|owner| owner.1),
        "links": entry.links(),
        "modified": entry.modified().map(seconds),
        "target": entry.link_target(),
        "device": entry.device().map(|(major, minor)| json!([major, minor])),
    })
}

pub(crate) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::File => "file",
        Kind::Directory => "directory",
        Kind::Link => "link",
        Kind::Special => "special",
    }
}

/// What is no file, directory or link: types of modes (inode(7)), as `ls -l` writes them and in words.
const SPECIAL: [(u32, char, &str); 4] = [
    (0o010_000, 'p', "pipe"),
    (0o020_000, 'c', "character device"),
    (0o060_000, 'b', "block device"),
    (0o140_000, 's', "socket"),
];

fn special(entry: &Entry) -> Option<(char, &'static str)> {
    let mode = entry.mode().filter(|_| entry.kind() == Kind::Special)?;
    let found = SPECIAL.iter().find(|(kind, ..)| mode & 0o170_000 == *kind)?;
    Some((found.1, found.2))
}

/// As `ls -l` shows it, with the time in UTC.
fn long(path: &str, entry: &Entry) -> String {
    let mode = entry.mode().unwrap_or(if entry.kind() == Kind::Directory { 0o555 } else { 0o444 });
    let letter = match entry.kind() {
        Kind::File => '-',
        Kind::Directory => 'd',
        Kind::Link => 'l',
        Kind::Special => special(entry).map_or('?', |(letter, _)| letter),
    };
    let owner = entry.owner().map_or_else(|| "- -".to_owned(), |(user, group)| format!("{user} {group}"));
    let size = match entry.device() {
        Some((major, minor)) if entry.kind() == Kind::Special => format!("{major}, {minor}"),
        _ => entry.size().to_string(),
    };
    let shown = |target: &str| format!(" -> {}", readable_path(target.as_bytes()));
    let target = entry.link_target().map(shown).unwrap_or_default();
    let time = entry.modified().map_or_else(|| "-".into(), date);
    format!("{letter}{} {owner:>9} {size:>12} {time:>16} {path}{target}", letters(mode))
}

pub(crate) fn letters(mode: u32) -> String {
    let special = [(0o4000, 6, 's'), (0o2000, 3, 's'), (0o1000, 0, 't')];
    let mut letters = String::with_capacity(9);
    for (bit, shift, letter) in special {
        let three = mode >> shift;
        letters.push(if three & 4 != 0 { 'r' } else { '-' });
        letters.push(if three & 2 != 0 { 'w' } else { '-' });
        letters.push(match (mode & bit != 0, three & 1 != 0) {
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    letters
}

fn seconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs() as i64,
        Err(before) => -(before.duration().as_secs() as i64),
    }
}

/// Year, month, day, hour and minute in UTC. Days become dates in years that begin in March, so that leap days come
/// last.
pub(crate) fn date(time: SystemTime) -> String {
    let seconds = seconds(time);
    let (days, second) = (seconds.div_euclid(86_400) + 719_468, seconds.rem_euclid(86_400));
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year + year_of_era + era * 400;
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", second / 3600, second / 60 % 60)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_dates() {
        assert_eq!(date(UNIX_EPOCH), "1970-01-01 00:00");
        assert_eq!(date(UNIX_EPOCH + Duration::from_secs(1_709_208_000)), "2024-02-29 12:00");
        assert_eq!(date(UNIX_EPOCH - Duration::from_secs(1)), "1969-12-31 23:59");
    }

    #[test]
    fn permissions_are_letters() {
        assert_eq!(letters(0o755), "rwxr-xr-x");
        assert_eq!(letters(0o6640), "rwSr-S---");
        assert_eq!(letters(0o1777), "rwxrwxrwt");
    }
}
