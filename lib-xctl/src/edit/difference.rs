//! The difference between two definitions, as a unified diff.

use std::time::Duration;

use similar::TextDiff;

/// How long the shortest difference is looked for; then one that is longer has to do.
const LIMIT: Duration = Duration::from_secs(5);

/// What changes from one text to the other, with three lines around each change; nothing if they are the same.
#[must_use]
pub fn difference(before: &str, after: &str) -> Option<String> {
    if before == after {
        return None;
    }
    let diff = TextDiff::configure().timeout(LIMIT).diff_lines(before, after);
    let mut unified = diff.unified_diff();
    Some(unified.header("Original XML", "Altered XML").missing_newline_hint(false).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_shown_with_what_is_around_it() {
        let before = "<a>\n  <b/>\n  <c/>\n  <d/>\n  <e x='1'/>\n  <f/>\n</a>\n";
        let after = before.replace("x='1'", "x='2'");
        let expected = "--- Original XML\n+++ Altered XML\n@@ -2,6 +2,6 @@\n   <b/>\n   <c/>\n   <d/>\n-  <e x='1'/>\n\
                        +  <e x='2'/>\n   <f/>\n </a>\n";
        assert_eq!(difference(before, &after).as_deref(), Some(expected));
        assert_eq!(difference(before, before), None);
    }
}
