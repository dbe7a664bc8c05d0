//! Things below the things that they are part of.

use std::fmt::Write;

/// A thing, and the place in the list of what it is part of.
pub(crate) struct Branch<'n> {
    /// What it is called.
    pub(crate) name: &'n str,
    /// What it is part of, if anything.
    pub(crate) parent: Option<usize>,
}

/// The text of a tree; those that are part of nothing begin at the margin. What is part of itself, be it through others,
/// is left out.
pub(crate) fn tree(branches: &[Branch<'_>]) -> String {
    let mut text = String::new();
    for root in (0..branches.len()).filter(|&at| branches[at].parent.is_none()) {
        // A String takes everything.
        let _ = writeln!(text, "{}", branches[root].name);
        let length = text.len();
        below(branches, root, "  ", &mut text);
        if text.len() == length {
            text.push('\n');
        }
    }
    text
}

/// Adds what is part of the thing at `parent`.
fn below(branches: &[Branch<'_>], parent: usize, indent: &str, text: &mut String) {
    let children: Vec<usize> =
        (0..branches.len()).filter(|&at| branches[at].parent == Some(parent)).collect();
    if !children.is_empty() {
        let _ = writeln!(text, "{indent}|");
    }
    for (nth, &child) in children.iter().enumerate() {
        let _ = writeln!(text, "{indent}+- {}", branches[child].name);
        let is_last = nth + 1 == children.len();
        let inner = if is_last { format!("{indent}    ") } else { format!("{indent}|   ") };
        let length = text.len();
        below(branches, child, &inner, text);
        if is_last && text.len() == length {
            let _ = writeln!(text, "{indent}  ");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_below_what_they_are_part_of() {
        let branch = |name, parent| Branch { name, parent };
        let branches = [
            branch("computer", None),
            branch("pci_0", Some(0)),
            branch("pci_1", Some(0)),
            branch("block", Some(1)),
            branch("lost", None),
            branch("snake", Some(5)),
        ];
        assert_eq!(
            tree(&branches),
            "computer\n  |\n  +- pci_0\n  |   |\n  |   +- block\n  |     \n  +- pci_1\n    \nlost\n\n"
        );
    }
}
