//! Names of things that come in numbers: `timer#.name` in a table stands for `timer0.name`, `timer1.name`, …, and
//! `timer.name` for the first. The same numbers, counted from 1, go where the row's place has `#`.

/// Largest number that is taken, so that a typing error does not fill memory.
const MAX: usize = 4000;

/// The numbers that stand for each `#` of `pattern` in `name`, or `None` if the name is another one.
pub(super) fn matches(pattern: &str, name: &str) -> Option<Vec<usize>> {
    let mut numbers = Vec::new();
    let mut rest = name;
    let mut parts = pattern.split('#');
    rest = rest.strip_prefix(parts.next()?)?;
    for part in parts {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        numbers.push(if number.is_empty() { 0 } else { number.parse().ok().filter(|&n| n <= MAX)? });
        rest = after.strip_prefix(part)?;
    }
    rest.is_empty().then_some(numbers)
}

/// Fills the `#` of a name (counting from 0, as it is typed).
pub(super) fn name(pattern: &str, numbers: &[usize]) -> String {
    fill(pattern, numbers, 0)
}

/// Fills the `#` of a place (counting from 1).
pub(super) fn place(pattern: &str, numbers: &[usize]) -> String {
    fill(pattern, numbers, 1)
}

/// The place of the elements that the number of this level counts, with the numbers before it filled.
pub(super) fn place_before(pattern: &str, numbers: &[usize], level: usize) -> Option<String> {
    let (at, _) = pattern.match_indices("[#]").nth(level)?;
    (level < numbers.len()).then(|| place(&pattern[..at], numbers))
}

fn fill(pattern: &str, numbers: &[usize], first: usize) -> String {
    let mut numbers = numbers.iter();
    let mut filled = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        match c {
            '#' => filled.push_str(&(numbers.next().unwrap_or(&0) + first).to_string()),
            c => filled.push(c),
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_and_filled() {
        assert_eq!(matches("timer#.name", "timer12.name"), Some(vec![12]));
        assert_eq!(matches("timer#.name", "timer.name"), Some(vec![0]));
        assert_eq!(
            matches("numa.cell#.distances.sibling#.id", "numa.cell1.distances.sibling2.id"),
            Some(vec![1, 2])
        );
        assert_eq!(matches("timer#.name", "timerx.name"), None);
        assert_eq!(matches("timer#.name", "timer99999999999.name"), None);
        assert_eq!(matches("bus", "bus"), Some(vec![]));
        assert_eq!(matches("bus", "bus1"), None);
        assert_eq!(matches("initarg#", "initarg3"), Some(vec![3]));
        assert_eq!(place("timer[#]/@name", &[1]), "timer[2]/@name");
        assert_eq!(name("timer#.name", &[1]), "timer1.name");
    }
}
