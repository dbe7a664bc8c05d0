use super::*;

fn words(text: &str) -> Vec<String> {
    Words::new(text)
        .map(|token| match token {
            Ok(Token::Word(word)) => word,
            Ok(Token::End) => ";".to_owned(),
            Err(failure) => failure.said.concat(),
        })
        .collect()
}

fn refused(text: &str) -> Failure {
    match line(text, &Shown::default()) {
        Ok(_) => panic!("{text:?} was accepted"),
        Err(failure) => failure,
    }
}

fn only(text: &str) -> Invocation {
    match line(text, &Shown::default()) {
        Ok(mut commands) if commands.len() == 1 => commands.remove(0),
        Ok(commands) => panic!("{} commands in {text:?}", commands.len()),
        Err(failure) => panic!("{text:?}: {failure:?}"),
    }
}

#[test]
fn quotes_escapes_and_comments_are_a_shells() {
    assert_eq!(words(r#"a\ b "c \" d" 'e\f' \;"#), ["a b", "c \" d", "e\\f", ";"]);
    assert_eq!(words("a\"b c\"d ''"), ["ab cd", ""]);
    assert_eq!(words("one;two # three; four\nfive"), ["one", ";", "two", ";", "five"]);
    assert_eq!(words("one \\\n two\\\nthree"), ["one", "twothree"]);
    assert_eq!(words("a#b"), ["a#b"]);
    assert_eq!(words("x \"y"), ["x", "missing \""]);
    assert_eq!(words("x \\"), ["x", "dangling \\"]);
    assert_eq!(words("'open"), ["open"]);
}

#[test]
fn values_go_to_options_in_order() {
    let undefine = only("undefine --nvram web vda");
    assert_eq!(undefine.arguments.required("domain").unwrap(), "web");
    assert_eq!(undefine.arguments.text("storage").unwrap(), Some("vda"));
    assert!(undefine.arguments.has("nvram") && !undefine.arguments.has("keep-nvram"));
    let echo = only("echo --shell a -- --xml b");
    assert_eq!(echo.arguments.rest("string"), ["a", "--xml", "b"]);
}

#[test]
fn a_value_is_taken_whatever_it_looks_like() {
    assert_eq!(only("dominfo --domain --web").arguments.required("domain").unwrap(), "--web");
    assert_eq!(only("dominfo --domain=a=b").arguments.required("domain").unwrap(), "a=b");
}

#[test]
fn slips_are_named() {
    for (text, said) in [
        ("dominfo", "command 'dominfo' requires <domain> option"),
        ("net-info a b", "unexpected data 'b'"),
        ("dominfo --domain", "expected syntax: --domain <string>"),
        ("event --timeout", "expected syntax: --timeout <number>"),
        ("net-info a --network b", "option --network already seen"),
        ("list --all=1", "invalid '=' after option --all"),
        ("list --foo --help", "command 'list' doesn't support option --foo"),
        ("uri; nonsense; uri", "unknown command: 'nonsense'"),
    ] {
        assert_eq!(refused(text).said, [said], "{text}");
    }
}

#[test]
fn a_misspelt_name_brings_the_nearest_one() {
    assert_eq!(refused("lst").hint.as_deref(), Some("did you mean 'list'?"));
    assert_eq!(refused("list --inactiv").hint.as_deref(), Some("did you mean --inactive?"));
    assert_eq!(refused("list --state-r").hint.as_deref(), Some("did you mean --state-running?"));
    assert_eq!(refused("qqqqqqqq").hint, None);
}

#[test]
fn help_is_given_even_where_a_value_is_missing() {
    assert!(only("dominfo --help").help);
}

#[test]
fn a_line_may_hold_no_command() {
    for text in ["", "  ", ";;", "# only a comment", "\n\n"] {
        assert!(line(text, &Shown::default()).unwrap().is_empty(), "{text:?}");
    }
}

#[test]
fn the_word_being_typed_is_told_apart() {
    let unfinished = unfinished("list --all; dominfo 'my ");
    assert_eq!(
        (unfinished.words.as_slice(), unfinished.partial.as_str()),
        (&["dominfo".to_owned()][..], "my ")
    );
    assert_eq!(unfinished.start, 20);
    let after_space = super::unfinished("dominfo ");
    assert_eq!((after_space.words.len(), after_space.partial.as_str(), after_space.start), (1, "", 8));
}

#[test]
fn a_quoted_word_reads_as_it_was() {
    for word in ["plain", "two words", "it's", "a;b", "#c", "back\\slash", "é\"日"] {
        assert_eq!(words(&quoted(word)), [word]);
    }
}

#[test]
fn former_names_of_options_are_understood() {
    assert_eq!(only("setmem web --kilobytes 5").arguments.text("size").unwrap(), Some("5"));
    assert_eq!(
        only("attach-disk web /a vdb --shareable --rawio").arguments.text("mode").unwrap(),
        Some("shareable")
    );
    assert_eq!(refused("setmem web 5 --kilobytes 5").said, ["option --size already seen"]);
}

#[test]
fn several_domains_come_as_names_or_options() {
    let domains = |text| {
        let Invocation { command, arguments, many, .. } = only(text);
        let (index, _) = command.option("domain").unwrap();
        let first = matches!(arguments.at(index), Value::Text(_));
        (first, many.also.join(" "))
    };
    assert_eq!(domains("dominfo a b c"), (true, "b c".to_owned()));
    assert_eq!(domains("domblkstat --domain a vda --domain b"), (true, "b".to_owned()));
    assert_eq!(domains("start --all"), (false, String::new()));
    let refusal = refused("domblkstat a vda b");
    assert_eq!(refusal.said, ["unexpected data 'b'"]);
    assert!(refusal.hint.unwrap().contains("--domain A --domain B"));
    assert!(refused("wait a b --for running").hint.unwrap().contains("--domain A --domain B"));
    assert_eq!(refused("console a b c d e").hint, None);
    assert_eq!(refused("console a --domain b").said, ["option --domain already seen"]);
    assert_eq!(refused("console --all").said, ["command 'console' doesn't support option --all"]);
    assert_eq!(refused("net-start --all").said, ["command 'net-start' doesn't support option --all"]);
}

#[test]
fn behind_all_there_are_only_values_of_the_command() {
    let wait = only("wait --all running 5");
    assert!(wait.many.all);
    assert_eq!(wait.arguments.text("for").unwrap(), Some("running"));
    assert_eq!(wait.arguments.text("timeout").unwrap(), Some("5"));
    // What might be a name is none of the command's values.
    let start = only("start --all web");
    assert_eq!(start.arguments.text("domain").unwrap(), Some("web"));
}

#[test]
fn a_value_that_may_be_a_name_is_kept_for_later() {
    let shutdown = only("shutdown a acpi");
    assert_eq!(shutdown.many.yielding, [1]);
    assert!(!shutdown.many.overflows);
    assert!(only("shutdown a b c").many.overflows);
    assert!(only("shutdown a --mode acpi").many.yielding.is_empty());
}

#[test]
fn only_what_changes_something_is_confirmed() {
    assert!(only("destroy a --yes --each").many.each);
    assert_eq!(refused("dominfo a --yes").said, ["command 'dominfo' doesn't support option --yes"]);
    assert_eq!(only("dominfo --all --parallel=3").many.parallel, Some(3));
    assert_eq!(only("desc a").effect(), Effect::Query);
    assert_eq!(only("desc a b").effect(), Effect::Action);
    assert_eq!(only("vcpupin a --vcpu 0").effect(), Effect::Query);
    for number in ["0", "-1", "x", "1000"] {
        assert!(refused(&format!("dominfo a --parallel {number}")).hint.is_some(), "{number}");
    }
    assert!(only("migrate a qemu:///x --parallel").many.parallel.is_none(), "the command's own comes first");
}
