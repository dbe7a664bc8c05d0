//! A start tag as text: attributes are found by scanning it and changed by splicing it, so that quoting, spacing and
//! order of everything else stay.

use std::borrow::Cow;
use std::ops::Range;

/// One attribute in the text of a start tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    /// Still escaped.
    pub(super) raw: &'a str,
    pub(super) quote: char,
    /// From the white space before the name to the closing quote.
    pub(super) whole: Range<usize>,
    /// Of `raw`.
    pub(super) value: Range<usize>,
}

impl<'a> Attribute<'a> {
    /// The value as the document's author meant it. A reference that cannot be resolved stays as it is written.
    pub(super) fn value(&self) -> Cow<'a, str> {
        unescape(self.raw)
    }
}

/// Replaces character and predefined entity references; others stay as they are written.
pub(super) fn unescape(raw: &str) -> Cow<'_, str> {
    if !raw.contains('&') {
        return Cow::Borrowed(raw);
    }
    quick_xml::escape::unescape(raw).unwrap_or(Cow::Borrowed(raw))
}

/// Where the name of a start tag `<name …>` or `<name/>` lies.
pub(super) fn name_range(tag: &str) -> Range<usize> {
    let end = tag
        .bytes()
        .enumerate()
        .skip(1)
        .find(|(_, b)| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'))
        .map_or(tag.len(), |(at, _)| at);
    1.min(end)..end
}

/// The attributes of a start tag in order; the error is the offset where the tag stops making sense, and why.
pub(super) fn attributes(tag: &str) -> impl Iterator<Item = Result<Attribute<'_>, (usize, &'static str)>> {
    let mut at = name_range(tag).end;
    let mut done = false;
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        match next(tag, at) {
            Ok(Some(found)) => {
                at = found.whole.end;
                Some(Ok(found))
            }
            Ok(None) => {
                done = true;
                None
            }
            Err(fault) => {
                done = true;
                Some(Err(fault))
            }
        }
    })
}

fn next(tag: &str, from: usize) -> Result<Option<Attribute<'_>>, (usize, &'static str)> {
    let bytes = tag.as_bytes();
    let skip_space = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        at
    };
    let start = skip_space(from);
    if &bytes[start..] == b"/>" || &bytes[start..] == b">" || start == bytes.len() {
        return Ok(None);
    }
    if start == from {
        return Err((start, "white space is missing before an attribute"));
    }
    let mut at = start;
    while bytes
        .get(at)
        .is_some_and(|b| !b.is_ascii_whitespace() && !matches!(b, b'=' | b'/' | b'>' | b'<' | b'"' | b'\''))
    {
        at += 1;
    }
    let name = &tag[start..at];
    if name.is_empty() {
        return Err((start, "an attribute name was expected"));
    }
    at = skip_space(at);
    if bytes.get(at) != Some(&b'=') {
        return Err((at, "an attribute has no value"));
    }
    at = skip_space(at + 1);
    let quote = match bytes.get(at) {
        Some(b'"') => '"',
        Some(b'\'') => '\'',
        _ => return Err((at, "an attribute value is not quoted")),
    };
    let value = at + 1;
    let Some(length) = tag[value..].find(quote) else {
        return Err((at, "an attribute value is not closed"));
    };
    let raw = &tag[value..value + length];
    if let Some(bad) = raw.find('<') {
        return Err((value + bad, "'<' in an attribute value must be written &lt;"));
    }
    Ok(Some(Attribute { name, raw, quote, whole: from..value + length + 1, value: value..value + length }))
}

/// Finds an attribute by its name as written.
pub(super) fn find<'a>(tag: &'a str, name: &str) -> Option<Attribute<'a>> {
    attributes(tag).map_while(Result::ok).find(|a| a.name == name)
}

/// The tag with the attribute set, or `None` if it has that value already.
pub(super) fn with(tag: &str, name: &str, value: &str, fallback_quote: char) -> Option<String> {
    if let Some(old) = find(tag, name) {
        if old.value() == value {
            return None;
        }
        let new = escape(value, Some(old.quote));
        return Some(format!("{}{new}{}", &tag[..old.value.start], &tag[old.value.end..]));
    }
    let mut at = name_range(tag).end;
    let mut quote = fallback_quote;
    for attribute in attributes(tag).map_while(Result::ok) {
        at = attribute.whole.end;
        quote = attribute.quote;
    }
    let new = escape(value, Some(quote));
    Some(format!("{} {name}={quote}{new}{quote}{}", &tag[..at], &tag[at..]))
}

/// The tag without the attribute, or `None` if it has none of that name.
pub(super) fn without(tag: &str, name: &str) -> Option<String> {
    let old = find(tag, name)?;
    Some(format!("{}{}", &tag[..old.whole.start], &tag[old.whole.end..]))
}

/// Escapes text, or with `quote` an attribute value in these quotes.
pub(super) fn escape(text: &str, quote: Option<char>) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if quote == Some('"') => out.push_str("&quot;"),
            '\'' if quote == Some('\'') => out.push_str("&apos;"),
            // A parser turns these into spaces in attributes, and \r into \n everywhere, unless they are escaped.
            '\n' if quote.is_some() => out.push_str("&#10;"),
            '\t' if quote.is_some() => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            _ => out.push(c),
        }
    }
    out
}

/// The first character that XML 1.0 cannot carry in any form (section 2.2, production `Char`).
pub(super) fn forbidden(text: &str) -> Option<char> {
    text.chars().find(
        |c| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'),
    )
}

/// Whether this may be the name of an element or attribute, with or without a prefix.
pub(super) fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splicing_keeps_spacing_quotes_and_order() {
        let tag = "<a  x = 'one'\n   y=\"two\" />";
        assert_eq!(with(tag, "x", "it's", '"').as_deref(), Some("<a  x = 'it&apos;s'\n   y=\"two\" />"));
        assert_eq!(with(tag, "z", "3", '\'').as_deref(), Some("<a  x = 'one'\n   y=\"two\" z=\"3\" />"));
        assert_eq!(with(tag, "y", "two", '"'), None);
        assert_eq!(without(tag, "x").as_deref(), Some("<a\n   y=\"two\" />"));
        assert_eq!(without(tag, "none"), None);
    }

    #[test]
    fn broken_tags_are_errors_at_the_fault() {
        for (tag, at) in
            [("<a x>", 4), ("<a x=1>", 5), ("<a x='1'y='2'>", 8), ("<a x='<'>", 6), ("<a x='1>", 5)]
        {
            let fault = attributes(tag).find_map(Result::err);
            assert_eq!(fault.map(|f| f.0), Some(at), "{tag}");
        }
    }
}
