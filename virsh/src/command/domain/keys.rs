//! `send-key`: keys and their codes in several sets.

use std::time::Duration;

use super::{By, find};
use crate::command::option::{domain, number, rest, text};
use crate::command::{Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Failure, Outcome};

/// Sets of codes in the order of libvirt's numbers; `rfb` is what `qnum` was called.
const CODE_SETS: &[&str] =
    &["linux", "xt", "atset1", "atset2", "atset3", "os_x", "xt_kbd", "usb", "win32", "qnum"];
/// How many keys libvirt takes together.
const MOST_KEYS: usize = 16;

/// Names of keys, a line each: the set, the name, the code. They are those of Linux' `input-event-codes.h`, of the
/// Windows virtual keys and of macOS' Carbon events; the other sets know numbers alone.
const KEYS: &str = include_str!("keys.txt");

pub(super) const SEND: Command = Command::new(
    "send-key",
    "press keys of a guest",
    "Presses keys of a guest together, by name (KEY_LEFTCTRL) or by number, and lets them go.",
    &[
        domain(Values::ActiveDomain),
        text("codeset", "whose names and numbers they are; linux if not given")
            .values(Values::Words(CODE_SETS)),
        number("holdtime", "how long they are held down, in ms"),
        required_rest(),
    ],
    send,
)
.acts();

const fn required_rest() -> crate::command::Opt {
    rest("keycode", "the keys").required().values(Values::Key)
}

/// The names of keys in a set.
pub(crate) fn names(codes: Option<&str>) -> impl Iterator<Item = &'static str> {
    let wanted = codes.unwrap_or("linux").to_owned();
    keys().filter(move |(codes, ..)| *codes == wanted).map(|(_, name, _)| name)
}

fn keys() -> impl Iterator<Item = (&'static str, &'static str, u32)> {
    KEYS.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?, words.next()?, words.next()?.parse().ok()?))
    })
}

/// The code of a key that is given by name or number.
fn code(codes: &str, key: &str) -> Option<u32> {
    if let Some((.., code)) = keys().find(|(known, name, _)| *known == codes && *name == key) {
        return Some(code);
    }
    let number = match key.strip_prefix("0x").or_else(|| key.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None if key.len() > 1 && key.starts_with('0') => u32::from_str_radix(key, 8),
        None => key.parse(),
    };
    number.ok().filter(|number| *number <= 0xffff)
}

fn send(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let codes = arguments.text("codeset")?.unwrap_or("linux");
    let hold: u32 = arguments.number("holdtime")?.unwrap_or(0);
    let known = if codes == "rfb" { "qnum" } else { codes };
    let number = CODE_SETS
        .iter()
        .zip(0..)
        .find_map(|(name, number)| (*name == known).then_some(number))
        .ok_or_else(|| Failure::said(format!("unknown codeset: '{codes}'")))?;
    let mut pressed = Vec::new();
    for key in arguments.rest("keycode") {
        if pressed.len() == MOST_KEYS {
            return Err(Failure::said("too many keycodes"));
        }
        let code = code(codes, key).ok_or_else(|| Failure::said(format!("invalid keycode: '{key}'")))?;
        pressed.push(code);
    }
    Ok(domain.send_keys(number, Duration::from_millis(hold.into()), &pressed)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_names_and_numbers() {
        assert!(keys().count() > 700);
        assert_eq!(keys().count(), KEYS.lines().count(), "a line of the table is not read");
        assert_eq!(code("linux", "KEY_LEFTCTRL"), Some(29));
        assert_eq!(code("win32", "VK_A"), Some(65));
        assert_eq!(code("usb", "0x1e"), Some(30));
        for wrong in ["KEY_NONE", "-1", "65536", "", "VK_A"] {
            assert_eq!(code("linux", wrong), None, "{wrong}");
        }
    }
}
