//! Targets of symbolic links: path components (ECMA-167 4/14.16).

use super::node::Node;
use super::space::Space;
use super::{allocation, text};
use crate::entry::LONG_TARGET;
use crate::limits;

/// The target of a link; nothing if it is damaged.
///
/// # Errors
/// It is longer than a link may be, in the words of an entry that cannot be read.
pub(super) fn target(space: &Space, node: &Node) -> Result<Option<String>, &'static str> {
    // A component has four bytes before its text, and wide text is twice as long.
    if node.size > 4 * limits::LINK_BYTES as u64 {
        return Err(LONG_TARGET);
    }
    let target = allocation::bytes(space, node, 0).ok().and_then(|bytes| join(&bytes));
    match target {
        Some(target) if target.len() > limits::LINK_BYTES => Err(LONG_TARGET),
        target => Ok(target),
    }
}

fn join(mut rest: &[u8]) -> Option<String> {
    let mut target = String::new();
    while let [kind, length, _, _, ..] = *rest {
        let text = rest.get(4..4 + usize::from(length))?;
        rest = rest.get(4 + usize::from(length)..)?;
        let part = match kind {
            // The first stands for a root that systems have agreed on, which none ever did.
            1 | 2 => {
                target.clear();
                target.push('/');
                continue;
            }
            3 => "..".into(),
            4 => ".".into(),
            5 => text::name(text),
            _ => return None,
        };
        if !target.is_empty() && !target.ends_with('/') {
            target.push('/');
        }
        target.push_str(&part);
    }
    (rest.is_empty() && !target.is_empty()).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_joined() {
        assert_eq!(join(b"\x03\0\0\0\x03\0\0\0\x05\x05\0\0\x08data").as_deref(), Some("../../data"));
        assert_eq!(join(b"\x02\0\0\0\x05\x04\0\0\x08usr\x05\x02\0\0\x08x").as_deref(), Some("/usr/x"));
        assert_eq!(join(b"\x05\x04\0\0\x08a/b").as_deref(), Some("a\\x2fb"));
        assert_eq!(join(b"\x05\xff\0\0\x08ab"), None);
        assert_eq!(join(b""), None);
    }
}
