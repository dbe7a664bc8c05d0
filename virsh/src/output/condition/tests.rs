use proptest::prelude::*;

use super::*;
use crate::output::field::{boolean, bytes, list, number, text};

const FIELDS: Fields = Fields::new(&[
    text("name", "a name"),
    text("state", "a state").one_of(&["running", "paused", "shut off"]),
    bytes("memory", "a size"),
    number("id", "a number"),
    boolean("autostart", "yes or no"),
    list("addresses", "several"),
]);

fn record() -> Record {
    Record::new()
        .with("name", "web 10")
        .with("state", "running")
        .with("memory", 3_u64 << 30)
        .with("id", None::<u32>)
        .with("autostart", true)
        .with("addresses", vec!["192.0.2.7", "2001:db8::7"])
}

fn holds(text: &str) -> bool {
    Condition::read(text, &FIELDS).unwrap().holds(&record())
}

fn refused(text: &str) -> (String, Option<String>) {
    let failure = Condition::read(text, &FIELDS).unwrap_err();
    (failure.said.concat(), failure.hint)
}

#[test]
fn fields_are_compared_as_what_they_hold() {
    for text in [
        "state==running",
        "state == 'running' && name=='web 10'",
        "memory>2GiB && memory<=3GiB",
        "memory > 2.5G",
        "memory == 3221225472",
        "memory>3000MB",
        "memory>-1",
        "autostart",
        "autostart==yes",
        "!(state==paused) && !!autostart",
        "id==null && id!=3",
        "!(id<3) && !(id>=3)",
        "name=~'^web [0-9]+$'",
        "name=~\"1|2\"",
        "name>'web 9'",
        "addresses=~^192 && addresses==2001:db8::7",
        "addresses!=192.0.2.8",
        "state==paused || state==running && autostart",
        "(state==paused || state==running) && autostart",
    ] {
        assert!(holds(text), "{text}");
    }
    for text in [
        "state=='shut off'",
        "state==null",
        "memory<2GiB",
        "memory==null",
        "!autostart",
        "autostart==false",
        "addresses!=192.0.2.7",
        "name=~^10",
        "id>0",
    ] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_column() {
    for (text, column, message, hint) in [
        ("memry>1", 1, "there is no field 'memry'", Some("did you mean 'memory'?")),
        (
            "state==running && memory>lots",
            26,
            "'lots' is no number",
            Some("numbers may have a unit: 2GiB, 500MB"),
        ),
        ("state=running", 6, "'=' alone compares nothing", Some("== compares")),
        ("autostart & autostart", 11, "'&' alone joins nothing", Some("&& is and")),
        ("state", 1, "'state' is not yes or no by itself", Some("compare it: state==...")),
        ("", 1, "a field is missing", None),
        ("autostart &&", 13, "a field is missing", None),
        ("state==", 6, "there is nothing to compare with", None),
        ("(autostart", 1, "the parenthesis is not closed", None),
        ("autostart)", 10, "')' has no place here", None),
        ("äö==1", 1, "there is no field 'äö'", None),
        ("name==ä &", 9, "'&' alone joins nothing", Some("&& is and")),
        ("name=='x", 7, "the quote is not closed", None),
        ("state==runing", 8, "'state' is never 'runing'", Some("it is one of running, paused, shut off")),
        ("state!=shutoff", 8, "'state' is never 'shutoff'", Some("it is one of running, paused, shut off")),
        ("autostart==maybe", 12, "'maybe' is neither true nor false", None),
        ("name=~'['", 7, "'[' is no regular expression: found unclosed character class", None),
        ("state==running paused", 16, "'paused' has no place here", None),
    ] {
        let (said, hinted) = refused(text);
        assert_eq!(said, format!("--filter, column {column}: {message}"), "{text}");
        if hint.is_some() {
            assert_eq!(hinted.as_deref(), hint, "{text}");
        }
    }
}

#[test]
fn a_backslash_is_taken_for_itself_by_another_one() {
    let record = Record::new().with("name", r"C:\it's\");
    for text in [
        r"name=='C:\it\'s\\'",
        r"name=='C:\\it\'s\\'",
        r#"name=="C:\it's\\""#,
        r"name=~'\\it\'s\\$'",
        r"name=~'^\w'",
    ] {
        assert!(Condition::read(text, &FIELDS).unwrap().holds(&record), "{text}");
    }
}

#[test]
fn depth_is_bounded() {
    let deep = |levels| format!("{}autostart{}", "(".repeat(levels), ")".repeat(levels));
    assert!(holds(&deep(64)));
    assert_eq!(refused(&deep(65)).0, "--filter, column 65: more than 64 levels");
    assert_eq!(refused(&"!".repeat(1 << 20)).0, "--filter, column 65: more than 64 levels");
}

#[test]
fn names_sort_as_people_count() {
    let mut names = ["vm10", "VM2", "vm1", "b", "vm02x", "vm", "vm2"];
    names.sort_by(|one, other| natural(one, other));
    assert_eq!(names, ["b", "vm", "vm1", "VM2", "vm2", "vm02x", "vm10"]);
}

proptest! {
    #[test]
    fn no_expression_is_too_hostile(
        text in r#"([()!&|=<>~'" \[\]*+?{}\\a1é.-]|==|&&|\|\||name|memory|autostart|=~|2GiB){0,40}"#
    ) {
        if let Ok(condition) = Condition::read(&text, &FIELDS) {
            condition.holds(&record());
        }
    }

    #[test]
    fn numbers_compare_as_numbers(one in any::<u64>(), other in any::<u64>()) {
        let condition = Condition::read(&format!("memory<{other}"), &FIELDS).unwrap();
        prop_assert_eq!(condition.holds(&Record::new().with("memory", one)), one < other);
    }

    #[test]
    fn a_quoted_text_is_what_it_was(text in any::<String>()) {
        let quoted = format!("name=='{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
        let condition = Condition::read(&quoted, &FIELDS).unwrap();
        prop_assert!(text == "null" || condition.holds(&Record::new().with("name", text)));
    }

    #[test]
    fn the_natural_order_is_one(names in proptest::collection::vec("[a-cA-C0-9]{0,6}", 3)) {
        let [one, two, three] = &names[..] else { unreachable!() };
        prop_assert_eq!(natural(one, two), natural(two, one).reverse());
        if natural(one, two).is_le() && natural(two, three).is_le() {
            prop_assert!(natural(one, three).is_le());
        }
    }
}
