//! Names in three forms: as given (Rock Ridge), in UCS-2 (Joliet), and in eight capitals, a point and three (plain).

use std::collections::HashSet;

use super::{Error, File, NAME_BYTES, NAME_UNITS};

/// Refuses names that one of the forms cannot hold as they are.
pub(super) fn check(name: &str) -> Result<(), Error> {
    let refuse = |why| Err(Error::Name { name: name.to_owned(), why });
    if name.is_empty() || name == "." || name == ".." {
        return refuse("it names no file");
    }
    if name.contains(|c: char| c.is_control() || matches!(c, '*' | '/' | ':' | ';' | '?' | '\\')) {
        return refuse("control characters and any of * / : ; ? \\ are not possible");
    }
    if name.chars().any(|c| c.len_utf16() > 1) {
        return refuse("it has characters beyond those of UCS-2");
    }
    if name.len() > NAME_BYTES || name.encode_utf16().count() > NAME_UNITS {
        return refuse("it is too long");
    }
    Ok(())
}

/// The Joliet form, with the version that every file has.
pub(super) fn joliet(name: &str) -> Vec<u8> {
    let units = name.encode_utf16().chain(";1".encode_utf16());
    units.flat_map(u16::to_be_bytes).collect()
}

/// The plain form of each file, all different: what hides the difference is numbered.
pub(super) fn plain(files: &[File]) -> Vec<Vec<u8>> {
    let mut taken = HashSet::new();
    let mut of = |name: &str| {
        let (stem, extension) = match name.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => (capitals(stem, 8), capitals(extension, 3)),
            _ => (capitals(name, 8), String::new()),
        };
        let numbered = (1..).map(|number: usize| {
            let number = number.to_string();
            format!("{}{number}", &stem[..stem.len().min(8 - number.len())])
        });
        // There are fewer files than numbers that fit.
        let stem = std::iter::once(stem.clone())
            .chain(numbered)
            .find(|stem| taken.insert((stem.clone(), extension.clone())))
            .unwrap_or_default();
        format!("{stem}.{extension};1").into_bytes()
    };
    files.iter().map(|file| of(&file.name)).collect()
}

/// The beginning in the only characters that plain names have.
fn capitals(text: &str, length: usize) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    text.chars().take(length).map(plain).collect()
}
