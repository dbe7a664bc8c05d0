//! Things that have others below them, drawn as a tree.

/// Draws trees: `roots` and `children` give indices, `name` what is shown of one.
pub(crate) struct Tree<C, N> {
    /// What is below one.
    pub(crate) children: C,
    /// What one is called.
    pub(crate) name: N,
}

impl<C: Fn(usize) -> Vec<usize>, N: Fn(usize) -> String> Tree<C, N> {
    /// The text. What is below itself, which only a broken answer can hold, is drawn once.
    pub(crate) fn draw(&self, roots: &[usize], count: usize) -> String {
        let (mut text, mut drawn) = (String::new(), vec![false; count]);
        for &root in roots {
            text += &(self.name)(root);
            text.push('\n');
            if !self.below(root, "", &mut text, &mut drawn) {
                text.push('\n');
            }
        }
        text
    }

    /// Draws what is below one; says whether anything is.
    fn below(&self, index: usize, prefix: &str, text: &mut String, drawn: &mut [bool]) -> bool {
        let Some(seen @ false) = drawn.get_mut(index) else { return false };
        *seen = true;
        let children = (self.children)(index);
        if !children.is_empty() {
            *text += &format!("{prefix}  |\n");
        }
        for (position, &child) in children.iter().enumerate() {
            let last = position + 1 == children.len();
            let inner = format!("{prefix}{}", if last { "    " } else { "  | " });
            *text += &format!("{prefix}  +- {}\n", (self.name)(child));
            if !self.below(child, &inner, text, drawn) && last {
                *text += &format!("{inner}\n");
            }
        }
        !children.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_end_where_nothing_follows() {
        let below = [vec![1, 3], vec![4], vec![], vec![], vec![]];
        let tree = Tree { children: |index: usize| below[index].clone(), name: |index| format!("n{index}") };
        assert_eq!(
            tree.draw(&[2, 0], 5),
            "n2\n\nn0\n  |\n  +- n1\n  |   |\n  |   +- n4\n  |     \n  +- n3\n    \n"
        );
    }

    #[test]
    fn a_circle_ends() {
        let tree = Tree { children: |_| vec![0], name: |_| "n".to_owned() };
        assert_eq!(tree.draw(&[0], 1), "n\n  |\n  +- n\n    \n");
    }
}
