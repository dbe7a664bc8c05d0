//! Tables with columns as wide as what is in them, counted as a terminal shows it.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;
use xctl::steering::steers;

/// A table; the first row is its heading.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with this heading.
    pub(crate) fn new(heading: &[&str]) -> Self {
        Self { rows: vec![heading.iter().map(|&title| title.to_owned()).collect()] }
    }

    /// Adds a row; characters that a terminal would not show are written as escapes.
    pub(crate) fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(|cell| printable(cell.as_ref())).collect());
    }

    /// The text, with the heading and a rule below it unless they are not wanted.
    pub(crate) fn render(&self, heading: bool) -> String {
        let rows = &self.rows[usize::from(!heading)..];
        let columns = self.rows.first().map_or(0, Vec::len);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for (index, row) in rows.iter().enumerate() {
            for (column, cell) in row.iter().enumerate() {
                let padding = match row.len() - column {
                    1 => 0,
                    _ => widths.get(column).map_or(0, |width| width - cell.width() + 2),
                };
                // A String takes everything.
                let _ = write!(text, " {cell}{:padding$}", "");
            }
            text.push('\n');
            if heading && index == 0 {
                text.push_str(&"-".repeat(widths.iter().map(|width| width + 3).sum()));
                text.push('\n');
            }
        }
        text
    }
}

/// Text whose characters that a terminal would obey instead of showing them are written as escapes.
pub(crate) fn printable(text: &str) -> String {
    escaped(text, steers)
}

/// The same for text of several lines, which may be indented.
pub(crate) fn legible(text: &str) -> String {
    escaped(text, |char| steers(char) && char != '\n' && char != '\t')
}

fn escaped(text: &str, is_obeyed: impl Fn(char) -> bool) -> String {
    if !text.contains(&is_obeyed) {
        return text.to_owned();
    }
    let mut shown = String::new();
    for char in text.chars() {
        if is_obeyed(char) {
            let mut bytes = [0; 4];
            for byte in char.encode_utf8(&mut bytes).bytes() {
                // A String takes everything.
                let _ = write!(shown, "\\x{byte:02x}");
            }
        } else {
            shown.push(char);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_a_terminal_shows_them() {
        let mut table = Table::new(&["Id", "Name", "State"]);
        table.row(["1", "test", "running"]);
        table.row(["-", "dé日本", "shut off"]);
        assert_eq!(
            table.render(true),
            " Id   Name     State\n-------------------------\n 1    test     running\n -    dé日本   shut off\n"
        );
        assert_eq!(table.render(false), " 1   test     running\n -   dé日本   shut off\n");
    }

    #[test]
    fn control_characters_cannot_reach_the_terminal() {
        let mut table = Table::new(&["Title"]);
        table.row(["a\x1b[31m\nb"]);
        assert_eq!(table.render(false), " a\\x1b[31m\\x0ab\n");
        assert_eq!(printable("a\u{202e}b\u{200b}"), "a\\xe2\\x80\\xaeb\\xe2\\x80\\x8b");
        assert_eq!(legible("a\n\tb\u{9b}c\r"), "a\n\tb\\xc2\\x9bc\\x0d");
    }
}
