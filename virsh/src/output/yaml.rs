//! YAML 1.2 in block style. Texts are written as JSON writes them, which YAML reads the same, so that no text is ever
//! taken for a number, a date or `no`.

use super::data::{Record, Value};
use super::json::{quote, scalar};

/// A value as a document.
pub(crate) fn document(value: &Value) -> String {
    let mut text = String::from("---");
    write(&mut text, value, 0, false);
    text
}

/// Writes what comes after `key:` or `-`, with the line's end. In a list (`inline`), the first line of what is below
/// stands beside the dash.
fn write(text: &mut String, value: &Value, depth: usize, inline: bool) {
    match value {
        Value::List(values) if !values.is_empty() => {
            let mut inline = inline;
            for value in values {
                begin(text, depth, std::mem::take(&mut inline));
                text.push('-');
                write(text, value, depth + 1, true);
            }
        }
        Value::Record(record) if !record.is_empty() => fields(text, record, depth, inline),
        Value::List(_) => text.push_str(" []\n"),
        Value::Record(_) => text.push_str(" {}\n"),
        single => {
            text.push(' ');
            scalar(text, single);
            text.push('\n');
        }
    }
}

fn fields(text: &mut String, record: &Record, depth: usize, inline: bool) {
    let mut inline = inline;
    for (name, value) in record.iter() {
        begin(text, depth, std::mem::take(&mut inline));
        key(text, name);
        text.push(':');
        write(text, value, depth + 1, false);
    }
}

/// Where a line begins: after the dash on the same line, or on one of its own.
fn begin(text: &mut String, depth: usize, inline: bool) {
    const STEP: usize = 2;
    if inline {
        text.push(' ');
    } else {
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.extend(std::iter::repeat_n(' ', depth * STEP));
    }
}

/// A key without quotes where nobody can take it for anything else.
fn key(text: &mut String, name: &str) {
    // What older YAML takes for yes, no or nothing.
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let plain = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.'))
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(name));
    match plain {
        true => text.push_str(name),
        false => quote(text, name),
    }
}
