//! The values of secrets, from and to people.

use std::io::{self, IsTerminal};

use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::engine::{DecodePaddingMode, Engine};
use hypervisor::Secret;

use crate::command::object::{self, By};
use crate::command::{Answer, Arguments, file};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, field};

/// Reads Base64 with or without the padding at its end.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn get(control: &mut Control, arguments: &Arguments) -> Outcome {
    let secret: Secret = object::find(control, arguments, By::Any)?;
    let value = secret.value()?;
    match arguments.has("plain") {
        true => control.output.bytes(&value),
        false => control.output.print(STANDARD.encode(value)),
    }
    // The line's end is the one that follows every command.
    Ok(())
}

/// In Base64, whatever it is: not every value is a text.
pub(super) const ANSWER: Answer =
    Answer::facts(&[field::text("value", "the value in Base64, with --plain too")], |control, arguments| {
        let secret: Secret = object::find(control, arguments, By::Any)?;
        Ok(Record::new().with("value", STANDARD.encode(secret.value()?)))
    });

pub(super) fn set(control: &mut Control, arguments: &Arguments) -> Outcome {
    for (one, other) in [
        ("file", "base64"),
        ("plain", "base64"),
        ("interactive", "file"),
        ("interactive", "base64"),
        ("interactive", "plain"),
    ] {
        arguments.exclusive(one, other)?;
    }
    let secret: Secret = object::find(control, arguments, By::Any)?;
    let value = value(control, arguments)?;
    let failed = || "Failed to set secret value".to_owned();
    if value.is_empty() {
        let said = vec![failed(), "the value is empty".to_owned()];
        return Err(Failure { said, ..Failure::default() });
    }
    secret.set_value(&value).attempted(failed)?;
    control.output.remark("Secret value set");
    Ok(())
}

/// The value that the options give.
fn value(control: &Control, arguments: &Arguments) -> Result<Vec<u8>, Failure> {
    if arguments.has("interactive") {
        control.output.print("Enter new value for secret:");
        control.output.flush();
        let answer = read_hidden(control).ok_or_else(|| Failure::said("Failed to read secret"))?;
        return Ok(answer.into_bytes());
    }
    if let Some(text) = arguments.text("base64")? {
        control.output.error("Passing secret value as command-line argument is insecure!");
        return decoded(text.as_bytes());
    }
    let Some(path) = arguments.text("file")? else {
        return Err(Failure::said("Input secret value is missing"));
    };
    let bytes = file::read_bytes(path)?;
    if arguments.has("plain") { Ok(bytes) } else { decoded(&bytes) }
}

/// A line from the terminal that it does not show, or from whatever else standard input is.
fn read_hidden(control: &Control) -> Option<String> {
    if io::stdin().is_terminal() {
        let answer = xctl::auth::read_hidden_line();
        control.output.line("");
        return answer;
    }
    let mut line = String::new();
    io::stdin().read_line(&mut line).ok()?;
    Some(line.trim_end_matches('\n').to_owned())
}

/// What Base64 stands for. White space in it is let pass; what is none at all would not be the value that was meant.
fn decoded(text: &[u8]) -> Result<Vec<u8>, Failure> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    LENIENT.decode(&text).map_err(|error| {
        let said = vec!["Failed to set secret value".to_owned(), format!("this is no Base64: {error}")];
        Failure { said, ..Failure::default() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_with_or_without_line_ends_and_padding() {
        for text in ["aGVsbG8=", "aGVsbG8=\n", "aGVs\nbG8=", "aGVsbG8"] {
            assert_eq!(decoded(text.as_bytes()).unwrap(), b"hello", "{text:?}");
        }
        for wrong in ["a!b", "aGVs=bG8", "plain password", "="] {
            assert!(decoded(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
