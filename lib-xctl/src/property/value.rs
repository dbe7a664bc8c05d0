//! Kinds of values: what may be typed, and how it is written in the document.

use super::row::Kind;

/// A unit of sizes, in powers of 1024 as libvirt counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Bytes.
    Byte,
    /// 1024 bytes; memory in libvirt's documents.
    KiB,
    /// 1024 KiB; memory on command lines.
    MiB,
    /// 1024 MiB; disks on command lines.
    GiB,
}

impl Unit {
    /// How many bytes it is.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        match self {
            Self::Byte => 1,
            Self::KiB => 1 << 10,
            Self::MiB => 1 << 20,
            Self::GiB => 1 << 30,
        }
    }

    /// How it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Byte => "bytes",
            Self::KiB => "KiB",
            Self::MiB => "MiB",
            Self::GiB => "GiB",
        }
    }
}

/// Reads a size in bytes: `20` (in `unit`), `0.5`, `512M`, `2GiB`, and as libvirt takes it `2GB` for powers of 1000.
#[must_use]
pub fn parse_size(text: &str, unit: Unit) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let suffix = suffix.trim_start().to_ascii_lowercase();
    let factor = match suffix.as_str() {
        "" => unit.bytes(),
        "b" | "byte" | "bytes" => 1,
        _ => {
            let power = "kmgtpe".find(suffix.chars().next()?)? as u32 + 1;
            match &suffix[1..] {
                "" | "ib" => 1024_u64.checked_pow(power)?,
                "b" => 1000_u64.checked_pow(power)?,
                _ => return None,
            }
        }
    };
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor);
    }
    let bytes = number.parse::<f64>().ok()? * factor as f64;
    (bytes.is_finite() && bytes < u64::MAX as f64).then_some(bytes.round() as u64)
}

/// Whether a word says yes (`yes`, `on`, `true`, `1`, …) or no; `None` if it says neither.
#[must_use]
pub fn is_on(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "y" | "yes" | "1" | "true" | "t" | "on" => Some(true),
        "n" | "no" | "0" | "false" | "f" | "off" => Some(false),
        _ => None,
    }
}

impl Kind {
    /// What the document holds for a typed value, or `Err` with what is allowed.
    pub(super) fn written(self, typed: &str) -> Result<String, String> {
        let of_bool = |yes: &str, no: &str| match is_on(typed) {
            Some(on) => Ok(if on { yes } else { no }.to_owned()),
            None => Err(self.allowed()),
        };
        match self {
            Self::Text | Self::List | Self::Many | Self::Enum(_) => Ok(typed.to_owned()),
            Self::Path => Ok(absolute(typed)),
            Self::Form(form) if (form.fits)(typed) => Ok(typed.to_owned()),
            Self::Form(_) => Err(self.allowed()),
            Self::Integer => integer(typed).ok_or_else(|| self.allowed()),
            Self::OnOff => of_bool("on", "off"),
            Self::YesNo | Self::Present => of_bool("yes", "no"),
            Self::Size { typed: from, written: to } => {
                parse_size(typed, from).map(|b| (b / to.bytes()).to_string()).ok_or_else(|| self.allowed())
            }
        }
    }

    /// What may be typed, in words that follow "allowed is".
    pub(super) fn allowed(self) -> String {
        match self {
            Self::Text | Self::Path | Self::List | Self::Many => "any text".to_owned(),
            Self::Integer => "a whole number".to_owned(),
            Self::OnOff => "on or off".to_owned(),
            Self::YesNo | Self::Present => "yes or no".to_owned(),
            Self::Size { typed, .. } => {
                format!("a number of {}, or one with its unit such as 2G", typed.name())
            }
            Self::Enum(values) => values.join(", "),
            Self::Form(form) => format!("{}, as {}", form.allowed, form.example),
        }
    }

    /// The words to offer when a value is completed.
    pub(crate) fn words(self) -> &'static [&'static str] {
        match self {
            Self::Enum(values) => values,
            Self::OnOff => &["on", "off"],
            Self::YesNo | Self::Present => &["yes", "no"],
            Self::Text
            | Self::Path
            | Self::List
            | Self::Many
            | Self::Integer
            | Self::Size { .. }
            | Self::Form(_) => &[],
        }
    }
}

/// The path from the root; as it is where there is no current directory.
pub(crate) fn absolute(path: &str) -> String {
    crate::path::absolute(path).map_or_else(|_| path.to_owned(), |p| p.to_string_lossy().into_owned())
}

/// Whether a text is a whole number as libvirt reads it.
pub(crate) fn is_integer(text: &str) -> bool {
    integer(text).is_some()
}

/// The number that a text stands for, however it is written.
pub(super) fn number(text: &str) -> Option<i64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// A whole number as libvirt reads it; hexadecimal stays as it is typed.
fn integer(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let digits = typed.strip_prefix(['-', '+']).unwrap_or(typed);
    let good = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit()),
        None => !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()),
    };
    good.then(|| typed.strip_prefix('+').unwrap_or(typed).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_and_without_units() {
        for (text, unit, bytes) in [
            ("5", Unit::GiB, Some(5 << 30)),
            ("0.5", Unit::GiB, Some(1 << 29)),
            ("512", Unit::MiB, Some(512 << 20)),
            ("2G", Unit::MiB, Some(2 << 30)),
            ("2 GiB", Unit::MiB, Some(2 << 30)),
            ("2GB", Unit::MiB, Some(2_000_000_000)),
            ("10b", Unit::MiB, Some(10)),
            ("-1", Unit::MiB, None),
            ("", Unit::MiB, None),
            (".", Unit::MiB, None),
            ("1x", Unit::MiB, None),
            ("1é", Unit::MiB, None),
            ("99999999999999999999", Unit::GiB, None),
            ("99999999999", Unit::GiB, None),
        ] {
            assert_eq!(parse_size(text, unit), bytes, "{text}");
        }
    }

    #[test]
    fn whole_numbers_may_be_hexadecimal() {
        for good in ["0", "-1", "0x1F", " 7 "] {
            assert!(integer(good).is_some(), "{good}");
        }
        for bad in ["", "x", "1.5", "0x", "1a", "--1"] {
            assert!(integer(bad).is_none(), "{bad}");
        }
    }
}
