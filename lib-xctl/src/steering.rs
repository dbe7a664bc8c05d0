//! Characters that steer a terminal, or what is seen on it, instead of being shown: what quotes a name that others chose
//! shows them as something else.

/// Whether the character is such a one: a control character, one without any width, or one that turns the direction of
/// text round, so that a name looks like another one (Unicode Technical Report 36).
#[must_use]
pub fn steers(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::steers;

    #[test]
    fn what_is_shown_does_not_steer() {
        assert!("\0\n\x1b\u{9b}\u{200b}\u{200f}\u{202a}\u{202e}\u{2066}\u{2069}".chars().all(steers));
        assert!(!"a é日本 \u{a0}\u{2014}\u{2010}\u{2029}\u{2070}עברית".contains(steers));
    }
}
