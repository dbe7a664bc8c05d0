//! JSON, one value a line.

use std::fmt::Write;

use xctl::steering::steers;

use super::data::Value;

/// How much deeper a level stands.
const STEP: &str = "  ";

/// A value as JSON, with the line's end.
pub(crate) fn document(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    text.push('\n');
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::List(values) => {
            let parts = values.iter().map(|value| (None, value));
            enclosed(text, '[', ']', parts, depth);
        }
        Value::Record(record) => {
            let parts = record.iter().map(|(name, value)| (Some(name), value));
            enclosed(text, '{', '}', parts, depth);
        }
        single => scalar(text, single),
    }
}

fn enclosed<'v>(
    text: &mut String,
    open: char,
    close: char,
    parts: impl Iterator<Item = (Option<&'v str>, &'v Value)>,
    depth: usize,
) {
    text.push(open);
    let mut empty = true;
    for (name, value) in parts {
        if !std::mem::take(&mut empty) {
            text.push(',');
        }
        line(text, depth + 1);
        if let Some(name) = name {
            quote(text, name);
            text.push_str(": ");
        }
        write(text, value, depth + 1);
    }
    if !empty {
        line(text, depth);
    }
    text.push(close);
}

fn line(text: &mut String, depth: usize) {
    text.push('\n');
    (0..depth).for_each(|_| text.push_str(STEP));
}

/// Anything but a list or a record; YAML has these the same.
pub(super) fn scalar(text: &mut String, value: &Value) {
    // A String takes everything, here and below.
    let _ = match value {
        Value::Boolean(truth) => write!(text, "{truth}"),
        Value::Whole(number) => write!(text, "{number}"),
        Value::Real(number) if number.is_finite() => write!(text, "{}", real(*number)),
        Value::Text(value) => {
            quote(text, value);
            Ok(())
        }
        // Neither notation has a word for what is not finite.
        Value::Null | Value::Real(_) | Value::List(_) | Value::Record(_) => write!(text, "null"),
    };
}

/// A number with a point even where it is whole, so that its type does not change with its value; with an exponent as
/// every version of YAML knows it.
fn real(number: f64) -> String {
    let shown = format!("{number:?}");
    let Some((digits, exponent)) = shown.split_once('e') else { return shown };
    let point = if digits.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with('-') { "" } else { "+" };
    format!("{digits}{point}e{sign}{exponent}")
}

/// A text in double quotes. What YAML does not count as printable is escaped too, so that JSON and YAML read the same.
pub(super) fn quote(text: &mut String, value: &str) {
    text.push('"');
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
    if value.bytes().all(is_plain) {
        text.push_str(value);
        text.push('"');
        return;
    }
    for char in value.chars() {
        match char {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            char if is_unprintable(char) => {
                let _ = write!(text, "\\u{:04x}", u32::from(char));
            }
            char => text.push(char),
        }
    }
    text.push('"');
}

/// All of these are of the plane that `\u` with four digits reaches.
fn is_unprintable(char: char) -> bool {
    steers(char) || matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_stay_fractions() {
        for (number, shown) in [
            (1.0, "1.0"),
            (-0.5, "-0.5"),
            (1e300, "1.0e+300"),
            (2.5e-9, "2.5e-9"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ] {
            assert_eq!(document(&Value::Real(number)), format!("{shown}\n"));
        }
    }
}
