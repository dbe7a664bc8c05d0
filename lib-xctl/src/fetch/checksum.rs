//! Checksums that distributions publish: in `.treeinfo`, and in lists such as `SHA256SUMS`.

use std::fmt;
use std::io::{self, Read};

use sha2::{Digest, Sha256, Sha512};

/// What the contents of a file must come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    kind: Kind,
    /// Lower-case hexadecimal digits.
    digits: String,
}

/// Weaker ones than these prove nothing against whoever wants to slip in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sha256,
    Sha512,
}

const KINDS: [(Kind, &str, usize); 2] = [(Kind::Sha256, "sha256", 64), (Kind::Sha512, "sha512", 128)];

impl Checksum {
    /// Reads `sha256:DIGITS`, as `.treeinfo` has it; `None` for kinds that are not trusted.
    #[must_use]
    pub fn parse(text: &str) -> Option<Checksum> {
        let (name, digits) = text.trim().split_once(':')?;
        let digits = digits.trim();
        Self::of_digits(digits).filter(|sum| sum.name().eq_ignore_ascii_case(name.trim()))
    }

    /// Finds the file called `name` in a list: lines of `DIGITS  NAME` as sha256sum(1) writes them, or of
    /// `SHA256 (NAME) = DIGITS` as BSD's programs do.
    #[must_use]
    pub fn in_list(list: &str, name: &str) -> Option<Checksum> {
        let is_meant = |text: &str| text.trim_start_matches("./") == name.trim_start_matches('/');
        list.lines().find_map(|line| {
            let line = line.trim();
            if let Some((digits, rest)) = line.split_once(char::is_whitespace)
                && is_meant(rest.trim_start().trim_start_matches('*'))
            {
                return Self::of_digits(digits);
            }
            let (before, digits) = line.split_once(" = ")?;
            let (_, named) = before.split_once(" (")?;
            is_meant(named.strip_suffix(')')?).then(|| Self::of_digits(digits.trim()))?
        })
    }

    fn of_digits(digits: &str) -> Option<Checksum> {
        let (kind, ..) = KINDS.iter().find(|(.., length)| *length == digits.len())?;
        let is_hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hexadecimal.then(|| Checksum { kind: *kind, digits: digits.to_ascii_lowercase() })
    }

    /// What `contents` come to by this kind of checksum.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn of(&self, contents: &mut impl Read) -> io::Result<Checksum> {
        let digits = match self.kind {
            Kind::Sha256 => digest::<Sha256>(contents)?,
            Kind::Sha512 => digest::<Sha512>(contents)?,
        };
        Ok(Checksum { kind: self.kind, digits })
    }

    fn name(&self) -> &'static str {
        KINDS.iter().find(|(kind, ..)| *kind == self.kind).map_or("", |(_, name, _)| name)
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name(), self.digits)
    }
}

fn digest<D: Digest>(contents: &mut impl Read) -> io::Result<String> {
    let mut digest = D::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match contents.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => digest.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(hexadecimal(&digest.finalize()))
}

/// A name of 32 digits for any text.
pub(super) fn fingerprint(text: &str) -> String {
    hexadecimal(&Sha256::digest(text)[..16])
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of no bytes at all (FIPS 180-4).
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn checksums_are_found_in_the_lists_of_distributions() {
        let debian = format!("{EMPTY}  ./netboot/linux\n{}  ./other\n", "0".repeat(64));
        let ubuntu = format!("{EMPTY} *image.img\n");
        let fedora = format!("# image.raw: 3 bytes\nSHA256 (image.raw) = {}\n", EMPTY.to_uppercase());
        for (list, name) in [(&debian, "netboot/linux"), (&ubuntu, "image.img"), (&fedora, "image.raw")] {
            assert_eq!(Checksum::in_list(list, name).unwrap().to_string(), format!("sha256:{EMPTY}"));
        }
        assert_eq!(Checksum::in_list(&debian, "linux"), None);
        assert_eq!(Checksum::in_list("<html>not found</html>\n()) = (\n", "linux"), None);
    }

    #[test]
    fn only_strong_checksums_count() {
        let sum = Checksum::parse(&format!("sha256:{EMPTY}")).unwrap();
        assert_eq!(sum.of(&mut io::empty()).unwrap(), sum);
        assert_ne!(sum.of(&mut &b"x"[..]).unwrap(), sum);
        for weak in ["md5:d41d8cd98f00b204e9800998ecf8427e", "sha256:00", "sha512:e3b0", "sha256", ""] {
            assert_eq!(Checksum::parse(weak), None, "{weak}");
        }
        assert_eq!(Checksum::parse(&format!("sha512:{EMPTY}")), None);
    }
}
