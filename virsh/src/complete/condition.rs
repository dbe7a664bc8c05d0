//! What may stand at the end of a `--filter`: fields with the comparison that they usually get, and behind `==` the values
//! that a field can have.

use crate::output::field::{Field, Fields, Type};

/// What joins conditions, or begins them.
const JOINTS: [&str; 4] = ["&&", "||", "!", "("];
/// What compares a field with one of its words.
const EQUALS: [&str; 2] = ["==", "!="];

/// The whole expressions that it may become.
pub(super) fn grown(expression: &str, fields: &Fields) -> Vec<String> {
    let is_word = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let known = expression.trim_end_matches(is_word);
    let begun = &expression[known.len()..];
    let before = known.trim_end();
    let found: Vec<String> = match EQUALS.iter().find_map(|sign| before.strip_suffix(sign)) {
        Some(compared) => {
            let compared = compared.trim_end();
            let name = &compared[compared.trim_end_matches(is_word).len()..];
            fields.find(name).map_or(&[][..], |field| field.words).iter().map(|word| value(word)).collect()
        }
        None if before.is_empty() || JOINTS.iter().any(|joint| before.ends_with(joint)) => {
            fields.iter().map(compared).collect()
        }
        None => Vec::new(),
    };
    found.into_iter().filter(|word| word.starts_with(begun)).map(|word| format!("{known}{word}")).collect()
}

/// A field with what it is usually compared by.
fn compared(field: &Field) -> String {
    let sign = match field.kind {
        Type::Boolean => "",
        Type::Number => ">=",
        Type::Text | Type::List | Type::Record => "==",
    };
    format!("{}{sign}", field.name)
}

/// A value as an expression has it.
fn value(word: &str) -> String {
    if word.contains(' ') { format!("\"{word}\"") } else { word.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::field::{boolean, bytes, text};

    #[test]
    fn what_fits_the_place_is_offered() {
        const FIELDS: Fields = Fields::new(&[
            text("state", "a state").one_of(&["running", "shut off"]),
            bytes("memory", "a size"),
            boolean("autostart", "yes or no"),
        ]);
        for (expression, expected) in [
            ("", &["state==", "memory>=", "autostart"][..]),
            ("me", &["memory>="]),
            ("state==", &["state==running", "state==\"shut off\""]),
            ("state != r", &["state != running"]),
            ("memory>2GiB && !(st", &["memory>2GiB && !(state=="]),
            ("memory>=", &[]),
            ("memory==", &[]),
            ("autostart ", &[]),
            ("é", &[]),
            ("é==", &[]),
        ] {
            assert_eq!(grown(expression, &FIELDS), expected, "{expression:?}");
        }
    }
}
