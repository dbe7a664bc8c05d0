//! Sizes as people write and read them.

/// Bytes with the largest binary unit that keeps the number at 1 or more: `1.50 GiB`.
pub(crate) fn bytes(count: u64) -> String {
    let (value, unit) = unit(count);
    format!("{value:.2} {unit}")
}

/// The same with a place more: `1.500 GiB`.
pub(crate) fn amount(count: u64) -> String {
    let (value, unit) = unit(count);
    format!("{value:.3} {unit}")
}

fn unit(count: u64) -> (f64, &'static str) {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let (mut value, mut unit) = (count as f64, 0);
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    (value, UNITS[unit])
}

/// Why a text is no size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SizeError {
    /// It does not start with a number that fits.
    NoNumber,
    /// Its unit is not known.
    Unit(String),
    /// It is more than can be counted.
    TooLarge,
}

/// The bytes that a number with an optional unit means: `10`, `1k`, `2GiB`; a lone letter and `iB` are powers of
/// 1024, `B` after a letter is powers of 1000, as libvirt reads them.
pub(crate) fn scaled(text: &str) -> Result<u64, SizeError> {
    scaled_by(text, 1)
}

/// The same, but a number without a unit counts in so many bytes.
pub(crate) fn scaled_by(text: &str, unit_bytes: u64) -> Result<u64, SizeError> {
    let digits = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().map_err(|_| SizeError::NoNumber)?;
    let unit = text[digits..].trim_start_matches(' ');
    let unknown = || SizeError::Unit(unit.to_owned());
    let lower = unit.to_ascii_lowercase();
    let (base, letter) = match lower.as_bytes() {
        [] => return number.checked_mul(unit_bytes).ok_or(SizeError::TooLarge),
        b"b" | b"byte" | b"bytes" => return Ok(number),
        [letter] | [letter, b'i', b'b'] => (1024_u64, letter),
        [letter, b'b'] => (1000_u64, letter),
        _ => return Err(unknown()),
    };
    let power = b"kmgtpe".iter().position(|known| known == letter).ok_or_else(unknown)?;
    (0..=power).try_fold(number, |bytes, _| bytes.checked_mul(base)).ok_or(SizeError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_shown_in_the_largest_fitting_unit() {
        assert_eq!(bytes(0), "0.00 B");
        assert_eq!(bytes(1023), "1023.00 B");
        assert_eq!(bytes(107_374_182_400), "100.00 GiB");
    }

    #[test]
    fn sizes_are_read_with_their_units() {
        for (text, count) in
            [("10", 10), ("1k", 1024), ("1KiB", 1024), ("1KB", 1000), ("2G", 2 << 30), ("5bytes", 5)]
        {
            assert_eq!(scaled(text), Ok(count), "{text}");
        }
        for (wrong, error) in [
            ("", SizeError::NoNumber),
            ("-1", SizeError::NoNumber),
            ("99999999999999999999", SizeError::NoNumber),
            ("1x", SizeError::Unit("x".to_owned())),
            ("1kk", SizeError::Unit("kk".to_owned())),
            ("17179869184G", SizeError::TooLarge),
        ] {
            assert_eq!(scaled(wrong), Err(error), "{wrong}");
        }
    }
}
