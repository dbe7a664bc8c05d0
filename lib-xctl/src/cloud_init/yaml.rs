//! Text as YAML 1.1 and 1.2 read it alike: always quoted, so that no value is anything but text.

/// A double-quoted scalar on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut scalar = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => scalar.extend(['\\', c]),
            '\n' => scalar.push_str("\\n"),
            '\t' => scalar.push_str("\\t"),
            // What YAML does not count as printable, and what some readers take for the end of a line.
            '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{85}' => {
                scalar.push_str(&format!("\\u{:04x}", u32::from(c)))
            }
            c if c.is_control() => scalar.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if u32::from(c) & 0xfffe == 0xfffe => scalar.push_str(&format!("\\U{:08x}", u32::from(c))),
            c => scalar.push(c),
        }
    }
    scalar.push('"');
    scalar
}
