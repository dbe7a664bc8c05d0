//! Patterns of names, as a shell has them: `*`, `?`, `[a-z]`, `[!a-z]`.

/// Whether the text is a pattern and no plain name.
pub(super) fn is_pattern(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (0..chars.len()).any(|at| match chars[at] {
        '*' | '?' => true,
        '[' => set(&chars[at..]).is_some(),
        _ => false,
    })
}

/// Whether the pattern fits the whole name.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut seen) = (0, 0);
    // The last `*`, and what is left of the name if it takes one more character: earlier ones need not be tried again.
    let mut retry = None;
    loop {
        let step = match (pattern.get(at), name.get(seen)) {
            (None, None) => return true,
            (Some('*'), _) => {
                retry = Some((at + 1, seen));
                Some(0)
            }
            (Some(_), Some(char)) => one(&pattern[at..], *char),
            _ => None,
        };
        match (step, &mut retry) {
            (Some(0), _) => at += 1,
            (Some(length), _) => {
                at += length;
                seen += 1;
            }
            (None, Some((after, from))) if *from < name.len() => {
                *from += 1;
                (at, seen) = (*after, *from);
            }
            (None, _) => return false,
        }
    }
}

/// How many characters of the pattern take this one of the name, if they do.
fn one(pattern: &[char], char: char) -> Option<usize> {
    match pattern.first()? {
        '?' => Some(1),
        '[' => match set(pattern) {
            Some(set) => set.has(char).then_some(set.length),
            None => (char == '[').then_some(1),
        },
        plain => (*plain == char).then_some(1),
    }
}

/// Characters between brackets.
struct Set<'p> {
    members: &'p [char],
    inverted: bool,
    /// With the brackets.
    length: usize,
}

/// The set that begins here; a bracket that is never closed begins none.
fn set(pattern: &[char]) -> Option<Set<'_>> {
    let inverted = matches!(pattern.get(1), Some('!' | '^'));
    let begin = if inverted { 2 } else { 1 };
    // The first member may be the bracket itself.
    let length = pattern.iter().skip(begin + 1).position(|&char| char == ']')? + begin + 2;
    Some(Set { members: &pattern[begin..length - 1], inverted, length })
}

impl Set<'_> {
    fn has(&self, char: char) -> bool {
        let mut members = self.members;
        let found = loop {
            members = match members {
                [] => break false,
                [first, '-', last, rest @ ..] => {
                    if (*first..=*last).contains(&char) {
                        break true;
                    }
                    rest
                }
                [member, rest @ ..] => {
                    if *member == char {
                        break true;
                    }
                    rest
                }
            };
        };
        found != self.inverted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns_fit_as_in_a_shell() {
        for (pattern, name, expected) in [
            ("web-*", "web-1", true),
            ("web-*", "web-", true),
            ("web-*", "xweb-1", false),
            ("*-db", "a-db-db", true),
            ("*-db", "a-db-d", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?", "aé", true),
            ("web-[0-9]", "web-7", true),
            ("web-[!0-9]", "web-7", false),
            ("web-[^0-9]", "web-x", true),
            ("[]x]", "]", true),
            ("[!]]", "]", false),
            ("[a-]", "-", true),
            ("a[b", "a[b", true),
            ("a[b*", "a[bc", true),
            ("*", "", true),
            ("**a**", "ba", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn plain_names_are_no_patterns() {
        for (text, expected) in
            [("web-1", false), ("a[b", false), ("a[", false), ("[]", false), ("[a]", true), ("w?", true)]
        {
            assert_eq!(is_pattern(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic_or_run_on(pattern in "[]a\\[*?!^-]{0,40}", name in "[]a\\[b!^-]{0,200}") {
            let _ = fits(&pattern, &name);
            if !is_pattern(&pattern) {
                prop_assert_eq!(fits(&pattern, &name), pattern == name);
            }
        }

        #[test]
        fn any_text_fits_what_takes_everything(name in ".*") {
            prop_assert!(fits("*", &name));
        }
    }
}
