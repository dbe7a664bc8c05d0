//! Whatever is typed: it is read or refused, and nothing else.

use proptest::prelude::*;

use super::*;
use crate::complete;
use crate::program::{self, Shown};

/// Pieces of lines, of which those that mean something come often.
fn text() -> impl Strategy<Value = String> {
    let names: Vec<String> = command::all()
        .flat_map(|command| {
            let options = command.all_options().map(|option| format!("--{}", option.name));
            [command.name.to_owned()].into_iter().chain(options)
        })
        .collect();
    let piece = prop_oneof![
        4 => prop::sample::select(names),
        3 => prop::sample::select(
            ["'", "\"", "\\", ";", "#", "\n", "\t", " ", "--", "=", "-", "\\\n", "''", "\"\"", "--help"].map(str::to_owned).to_vec()
        ),
        2 => "\\PC{0,6}",
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| {
        let mut line = String::new();
        for (index, piece) in pieces.iter().enumerate() {
            if index % 3 != 2 {
                line.push(' ');
            }
            line += piece;
        }
        line
    })
}

proptest! {
    #[test]
    fn every_line_is_read_or_refused(line in text()) {
        if let Ok(invocations) = super::line(&line, &Shown::default()) {
            for invocation in &invocations {
                prop_assert!(invocation.help || invocation.missing().is_none(), "{line:?}");
            }
        }
    }

    #[test]
    fn what_comes_next_is_known_anywhere_in_a_line(line in text()) {
        for (end, _) in line.char_indices() {
            let typed = unfinished(&line[..end]);
            prop_assert!(line[..end].is_char_boundary(typed.start) && typed.start <= end);
            complete::hint(&line[..end]);
        }
        let (start, _) = complete::line(&line, &|| None);
        prop_assert!(line.is_char_boundary(start));
        complete::shell_line(&line, &|_| None);
    }

    #[test]
    fn a_quoted_word_is_read_as_it_was(word in "[^\n\r]{1,20}") {
        let line = format!("echo {}", quoted(&word));
        let invocations = super::line(&line, &Shown::default()).map_err(|failure| TestCaseError::fail(failure.said.concat()))?;
        // Behind -- nothing is an option, and what is one without them is the user's.
        if !word.starts_with("--") {
            prop_assert_eq!(invocations[0].arguments.rest("string"), [word]);
        }
    }

    #[test]
    fn words_of_a_shell_are_taken_as_they_are(words in prop::collection::vec(any::<String>(), 0..6)) {
        let line: Vec<String> = ["echo", "--"].map(str::to_owned).into_iter().chain(words.iter().cloned()).collect();
        let invocations = arguments(&line, &Shown::default()).map_err(|failure| TestCaseError::fail(failure.said.concat()))?;
        prop_assert_eq!(invocations[0].arguments.rest("string"), &words);
        // Whatever they are, the program's options end somewhere.
        let _ = program::parse(&words);
    }
}

#[test]
fn every_slip_of_a_letter_brings_the_name_that_was_meant() {
    const SHORT: usize = 5;
    for name in command::all().filter(|command| !command.hidden).map(|command| command.name) {
        // One letter of a short name is too much of it.
        if name.len() <= SHORT {
            continue;
        }
        let slip = format!("{}{}", &name[..name.len() / 2], &name[name.len() / 2 + 1..]);
        if command::find(&slip).is_some() {
            continue;
        }
        let Err(failure) = line(&slip, &Shown::default()) else { panic!("{slip} is no command") };
        let hint = failure.hint.unwrap_or_default();
        let near = hint.trim_start_matches("did you mean '").trim_end_matches("'?");
        let distance = |one: &str| strsim::damerau_levenshtein(one, &slip);
        assert!(command::find(near).is_some() && distance(near) <= distance(name), "{slip}: {hint}");
    }
}
