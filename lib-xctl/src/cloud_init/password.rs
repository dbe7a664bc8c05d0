//! Passwords that are made up.

use std::io;

/// Letters and digits of a password: about 95 bits.
const LENGTH: usize = 16;
const CHARACTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A password from the system's random numbers.
pub(super) fn generate() -> io::Result<String> {
    let mut password = String::with_capacity(LENGTH);
    while password.len() < LENGTH {
        let mut bytes = [0; LENGTH];
        let filled = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())?;
        // Beyond the last whole multiple some characters would come up more often.
        let fair = bytes.iter().take(filled).map(|&byte| usize::from(byte)).filter(|byte| *byte < 62 * 4);
        let characters = fair.map(|byte| char::from(CHARACTERS[byte % 62]));
        password.extend(characters.take(LENGTH - password.len()));
    }
    Ok(password)
}
