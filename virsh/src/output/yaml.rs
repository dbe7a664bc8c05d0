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

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_below_stands_below() {
        let inner = Record::new().with("a", 1_u32).with("no", "x: y");
        let value = Value::Record(
            Record::new()
                .with("none", Value::List(Vec::new()))
                .with("empty", Record::new())
                .with("list", vec![Value::from(inner), Value::Null, vec![1_u32, 2].into()])
                .with("real", 1.0),
        );
        assert_eq!(
            document(&value),
            "---\nnone: []\nempty: {}\nlist:\n  - a: 1\n    \"no\": \"x: y\"\n  - null\n  - - 1\n    - 2\nreal: 1.0\n"
        );
        assert_eq!(document(&Value::List(Vec::new())), "--- []\n");
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
                proptest::collection::vec((any::<String>(), inner), 0..5).prop_map(|fields| {
                    let mut record = Record::new();
                    fields.into_iter().for_each(|(name, value)| record.set(name, value));
                    Value::Record(record)
                }),
            ]
        })
    }

    fn same(value: &Value, read: &serde_json::Value) -> bool {
        match (value, read) {
            (Value::Null, serde_json::Value::Null) => true,
            (Value::Boolean(one), serde_json::Value::Bool(other)) => one == other,
            (Value::Whole(one), serde_json::Value::Number(other)) => one.to_string() == other.to_string(),
            (Value::Text(one), serde_json::Value::String(other)) => one == other,
            (Value::List(one), serde_json::Value::Array(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
            }
            (Value::Record(one), serde_json::Value::Object(other)) => {
                let names = one.iter().map(|(name, _)| name).eq(other.keys().map(String::as_str));
                names && one.iter().zip(other.values()).all(|((_, one), other)| same(one, other))
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn json_is_read_back_as_it_was(value in values()) {
            let read = serde_json::from_str(&json::document(&value)).unwrap();
            prop_assert!(same(&value, &read), "{read}");
        }

        #[test]
        fn no_text_leaves_its_line(text in any::<String>()) {
            let written = document(&Value::Record(Record::new().with("text", text)));
            prop_assert_eq!(written.lines().count(), 2);
            let unprintable = |char: char| char.is_control() && char != '\n';
            prop_assert!(!written.contains(unprintable));
        }
    }
}
