//! The table of what guests use, as lines and as a page.

use std::fmt::Write;

use hypervisor::State;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use xctl::load::{Load, Order};

use crate::output::printable;

/// How wide the columns of figures are, each with a space before it.
const FIGURE: usize = 6;

/// The columns behind the name, and what sorts by them.
const COLUMNS: &[(&str, Option<Order>)] = &[
    ("CPU%", Some(Order::Cpu)),
    ("HOST%", None),
    ("MEM", Some(Order::Memory)),
    ("OF", None),
    ("RD/s", Some(Order::Disk)),
    ("WR/s", None),
    ("RX/s", Some(Order::Network)),
    ("TX/s", None),
];

/// What the keys do, in the last line.
const KEYS: &str = "q quit  sort: c CPU  m memory  d disk  n network  a name";

/// What all guests use together.
pub(super) fn heading(time: &str, uri: &str, cpus: u32, loads: &[Load]) -> String {
    let cpu = loads.iter().filter_map(|load| load.cpu).reduce(|sum, cpu| sum + cpu);
    let share = share(cpu, cpus).map(|share| format!(" ({share:.1} % of host)")).unwrap_or_default();
    let cpu = cpu.map_or_else(|| "-".to_owned(), |cpu| format!("{cpu:.1} %"));
    let memory: u64 = loads.iter().filter_map(|load| load.memory).sum();
    format!(
        "{time} UTC  {} running  CPU {cpu}{share}  memory {}  {}",
        loads.len(),
        compact(memory as f64),
        printable(uri)
    )
}

/// The table, its heading first; names are as wide as there is room for, or else as the longest.
pub(super) fn table(loads: &[Load], cpus: u32, width: Option<usize>) -> Vec<String> {
    const SHORTEST: usize = 8;
    let names: Vec<String> = loads.iter().map(|load| printable(&load.name)).collect();
    let longest = names.iter().map(|name| name.width()).max().unwrap_or_default();
    let figures = COLUMNS.len() * (FIGURE + 1) + 2;
    let room = width.map_or(usize::MAX, |width| width.saturating_sub(figures));
    let name_width = longest.max(SHORTEST).min(room.max(SHORTEST));
    let titles: String = COLUMNS.iter().map(|(title, _)| format!(" {title:>FIGURE$}")).collect();
    let mut lines = vec![format!("{}{titles} S", fitted("NAME", name_width))];
    for (name, load) in names.iter().zip(loads) {
        let figures: String =
            figures_of(load, cpus).iter().map(|figure| format!(" {figure:>FIGURE$}")).collect();
        lines.push(format!("{}{figures} {}", fitted(name, name_width), letter(load.state)));
    }
    lines
}

fn figures_of(load: &Load, cpus: u32) -> [String; 8] {
    let percent =
        |percent: Option<f64>| percent.map_or_else(|| "-".to_owned(), |number| format!("{number:.1}"));
    let bytes = |bytes: Option<f64>| bytes.map_or_else(|| "-".to_owned(), compact);
    [
        percent(load.cpu),
        percent(share(load.cpu, cpus)),
        bytes(load.memory.map(|bytes| bytes as f64)),
        bytes(load.memory_limit.map(|bytes| bytes as f64)),
        bytes(load.rates.read),
        bytes(load.rates.written),
        bytes(load.rates.received),
        bytes(load.rates.sent),
    ]
}

/// Percent of one processor as percent of all.
pub(super) fn share(cpu: Option<f64>, cpus: u32) -> Option<f64> {
    Some(cpu? / f64::from(cpus)).filter(|_| cpus > 0)
}

/// What a guest does, in a letter.
fn letter(state: State) -> char {
    match state {
        State::Running | State::Blocked => 'R',
        State::Paused => 'P',
        State::PmSuspended => 'S',
        State::Crashed => 'C',
        State::Shutdown | State::Shutoff => 'D',
        State::None | State::Other(_) => '-',
    }
}

/// Bytes in no more than six characters: `1023`, `1.5K`, `12.3M`.
fn compact(bytes: f64) -> String {
    const UNITS: [&str; 7] = ["", "K", "M", "G", "T", "P", "E"];
    // From here on it is written as the next unit's 1.0.
    const FULL: f64 = 1023.5;
    let (mut value, mut unit) = (bytes, 0);
    while value >= FULL && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{value:.0}"),
        _ if value < 99.95 => format!("{value:.1}{}", UNITS[unit]),
        _ => format!("{value:.0}{}", UNITS[unit]),
    }
}

/// A text as wide as this on the terminal, cut or filled up.
fn fitted(text: &str, width: usize) -> String {
    let mut shown = cut(text, width).to_owned();
    let missing = width.saturating_sub(shown.width());
    shown.extend(std::iter::repeat_n(' ', missing));
    shown
}

/// The beginning of a text that is no wider than this.
fn cut(text: &str, width: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, char)| {
        used += char.width().unwrap_or_default();
        used > width
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// Which part of the table is seen.
#[derive(Debug, Default)]
pub(super) struct View {
    /// Guests above it.
    skipped: usize,
}

impl View {
    pub(super) fn up(&mut self) {
        self.skipped = self.skipped.saturating_sub(1);
    }

    pub(super) fn down(&mut self, guests: usize) {
        self.skipped = (self.skipped + 1).min(guests.saturating_sub(1));
    }

    /// The page, written over what is there, so that it does not flicker.
    pub(super) fn screen(
        &mut self,
        (width, height): (usize, usize),
        heading: &str,
        loads: &[Load],
        cpus: u32,
        order: Order,
    ) -> String {
        // Of the heading, the table's own heading and the keys.
        const OTHER_LINES: usize = 3;
        self.skipped = self.skipped.min(loads.len().saturating_sub(1));
        let table = table(loads, cpus, Some(width));
        let mut screen = String::from("\x1b[H");
        let mut line = |text: &str| {
            // A String takes everything.
            let _ = write!(screen, "{text}\x1b[K\r\n");
        };
        line(cut(heading, width));
        let (titles, rows) = table.split_first().map_or(("", &[][..]), |(titles, rows)| (titles, rows));
        line(&format!("\x1b[7m{}\x1b[0m", marked(&fitted(titles, width), order)));
        let room = height.saturating_sub(OTHER_LINES);
        for row in rows.iter().skip(self.skipped).take(room) {
            line(cut(row, width));
        }
        for _ in rows.len().saturating_sub(self.skipped).min(room)..room {
            line("");
        }
        let _ = write!(screen, "\x1b[2m{}\x1b[0m\x1b[K\x1b[J", cut(KEYS, width));
        screen
    }
}

/// The titles with the one that the table is sorted by underlined.
fn marked(titles: &str, order: Order) -> String {
    let title = COLUMNS.iter().find(|(_, by)| *by == Some(order)).map_or("NAME", |(title, _)| title);
    titles.replacen(title, &format!("\x1b[4m{title}\x1b[24m"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use xctl::load::Counters;

    fn load(name: &str) -> Load {
        Load {
            name: name.into(),
            state: State::Running,
            vcpus: Some(2),
            cpu: Some(150.0),
            memory: Some(512 << 20),
            memory_limit: Some(2 << 30),
            rates: Counters { read: Some(1536.0), written: Some(0.0), received: None, sent: Some(1e9) },
        }
    }

    #[test]
    fn figures_fit_their_columns() {
        for (bytes, text) in [
            (0.0, "0"),
            (1023.0, "1023"),
            (1023.6, "1.0K"),
            (1536.0, "1.5K"),
            (102_349.0, "100K"),
            (1e9, "954M"),
            (f64::from(u32::MAX) * 1024.0, "4.0T"),
        ] {
            assert_eq!(compact(bytes), text, "{bytes}");
            assert!(compact(bytes).len() <= FIGURE);
        }
        assert!(compact(u64::MAX as f64).len() <= FIGURE);
    }

    #[test]
    fn a_line_has_all_that_a_guest_uses() {
        let lines = table(&[load("web")], 4, None);
        assert_eq!(lines[0], "NAME       CPU%  HOST%    MEM     OF   RD/s   WR/s   RX/s   TX/s S");
        assert_eq!(lines[1], "web       150.0   37.5   512M   2.0G   1.5K      0      -   954M R");
        assert!(table(&[load("web")], 0, None)[1].contains(" 150.0      -"), "processors are not known");
    }

    #[test]
    fn no_line_is_wider_than_the_page_and_nothing_reaches_the_terminal_as_it_is() {
        let loads = [load("a\x1b[2J\n"), load(&"日本".repeat(40)), load("x")];
        for (width, height) in [(80, 24), (70, 5), (20, 4), (1, 1)] {
            let heading = heading("now", "uri\x07", 2, &loads);
            let screen = View::default().screen((width, height), &heading, &loads, 2, Order::Cpu);
            assert!(!screen.contains("\x1b[2J") && !screen.contains('\x07'));
            let plain =
                ["\x1b[H", "\x1b[K", "\x1b[7m", "\x1b[0m", "\x1b[2m", "\x1b[4m", "\x1b[24m", "\x1b[J"]
                    .iter()
                    .fold(screen, |text, sequence| text.replace(sequence, ""));
            for line in plain.split("\r\n") {
                assert!(line.width() <= width, "{width}: {line:?}");
            }
            assert!(plain.split("\r\n").count() <= height.max(3), "{height}");
        }
    }
}
