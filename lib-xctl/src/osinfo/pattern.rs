//! The database's regular expressions, compiled only where they can match.
//!
//! libosinfo matches them unanchored, as GLib (PCRE) does. Compiling one costs more than all other work on it, and a
//! detection sees some 4,000 of them: text that each match must contain is compared first.

use fancy_regex::{Regex, RegexBuilder};

/// Most memory a compiled pattern may take.
const SIZE_LIMIT: usize = 1 << 20;

/// Most steps back on the way to a match, for the few patterns that look ahead: the others take none.
const BACKTRACK_LIMIT: usize = 100_000;

/// A regular expression of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    text: String,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned() }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it matches anywhere in `value`. One that is not a valid expression matches nothing.
    pub(super) fn is_match(&self, value: &str) -> bool {
        let wanted = literal(&self.text);
        if !wanted.is_empty() && !value.contains(wanted) {
            return false;
        }
        if wanted.len() == self.text.len() {
            return true;
        }
        matches(&self.text, value)
    }
}

fn matches(text: &str, value: &str) -> bool {
    compile(text).is_some_and(|regex| regex.is_match(value).unwrap_or(false))
}

fn compile(text: &str) -> Option<Regex> {
    RegexBuilder::new(text).delegate_size_limit(SIZE_LIMIT).backtrack_limit(BACKTRACK_LIMIT).build().ok()
}

/// The longest run of text that every match contains. Alternatives and groups end the search for it: what is in them
/// may be optional.
pub(super) fn literal(pattern: &str) -> &str {
    // `(?i)` would make the comparison of case wrong.
    if pattern.contains("(?") {
        return "";
    }
    let bytes = pattern.as_bytes();
    let (mut best, mut start, mut at) = (0..0, 0, 0);
    let mut depth = 0_usize;
    while at < bytes.len() {
        let special = matches!(
            bytes[at],
            b'\\' | b'^' | b'$' | b'.' | b'[' | b']' | b'|' | b'(' | b')' | b'?' | b'*' | b'+' | b'{' | b'}'
        );
        if !special {
            at += 1;
            continue;
        }
        // The character before a quantifier may be missing or repeated.
        let optional = matches!(bytes[at], b'?' | b'*' | b'{' | b'+');
        let end = if optional { previous_character(pattern, start, at) } else { at };
        if depth == 0 && end.saturating_sub(start) > best.len() {
            best = start..end;
        }
        match bytes[at] {
            b'|' if depth == 0 => return "",
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b'\\' => at += 1,
            b'[' => at = end_of_class(bytes, at),
            b'{' => at = bytes[at..].iter().position(|&b| b == b'}').map_or(bytes.len(), |n| at + n),
            _ => {}
        }
        at += 1;
        // After an escape of more than one byte, the cut must be where a character starts.
        while at < bytes.len() && !pattern.is_char_boundary(at) {
            at += 1;
        }
        start = at.min(bytes.len());
    }
    if depth == 0 && bytes.len().saturating_sub(start) > best.len() {
        best = start..bytes.len();
    }
    pattern.get(best).unwrap_or("")
}

fn previous_character(pattern: &str, start: usize, at: usize) -> usize {
    match pattern.get(start..at).and_then(|run| run.chars().next_back()) {
        Some(last) => at - last.len_utf8(),
        None => start,
    }
}

/// Where the class that opens at `at` closes; a `]` that comes first in it is one of its characters.
fn end_of_class(bytes: &[u8], at: usize) -> usize {
    let mut next = at + 1;
    if bytes.get(next) == Some(&b'^') {
        next += 1;
    }
    if bytes.get(next) == Some(&b']') {
        next += 1;
    }
    while let Some(&byte) = bytes.get(next) {
        match byte {
            b']' => return next,
            b'\\' => next += 2,
            _ => next += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What is compared first must never rule out what the expression would match.
        #[test]
        fn every_match_contains_the_literal(
            pattern in r"([ab1 _]|\\d|\.|[?*+]|\^|\$|\(|\)|\||\[ab\]|\[\^a\]|\{1,2\}|\{0\}|é|\\\.|\(\?i\)|\(\?:){0,9}",
            value in "[abAB1 _.é]{0,12}",
        ) {
            let wanted = literal(&pattern);
            if matches(&pattern, &value) {
                prop_assert!(value.contains(wanted), "{pattern:?} {value:?} {wanted:?}");
            }
        }
    }

    #[test]
    fn finds_what_every_match_contains() {
        for (pattern, expected) in [
            ("Fedora-S-dvd-x86_64-37", "Fedora-S-dvd-x86_64-37"),
            (r"Debian 11.\d+.\d+ amd64 n", "Debian 11"),
            ("(J_)?CEDN?A_X86FRE_", "A_X86FRE_"),
            ("^(J_)?(CCSN?A|C?CCOMA)_X64FREE?_", "_X64FRE"),
            ("a|b", ""),
            ("abc|(d)", ""),
            ("ab[c]?d", "ab"),
            ("[]x]yz", "yz"),
            ("é+x", "x"),
            (r"\é", ""),
            ("(", ""),
            ("", ""),
        ] {
            assert_eq!(literal(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn matches_anywhere_as_libosinfo_does() {
        assert!(Pattern::new(r"Debian 11.\d+.\d+ amd64 n").is_match("Debian 11.5.0 amd64 n"));
        assert!(Pattern::new("CEDA").is_match("J_CEDA_X"));
        assert!(!Pattern::new("^CEDA").is_match("J_CEDA_X"));
        assert!(!Pattern::new("LINUX").is_match("linux"));
        let not_those = Pattern::new("Server (7 (?!SP[123])|(4 ?!SP[67])).+");
        assert!(not_those.is_match("Server 7 SP4") && !not_those.is_match("Server 7 SP2"));
    }

    #[test]
    fn a_wrong_pattern_matches_nothing() {
        for wrong in ["(", "[", "a{99999}{99999}", "*"] {
            assert!(!Pattern::new(wrong).is_match("xy"), "{wrong}");
        }
    }
}
