use super::*;

const XML: &str = "<domain type='kvm' xmlns:q='http://q'>
  <name>web &amp; co</name>
  <vcpu>4</vcpu>
  <devices>
    <disk type='file'><target dev='vda'/></disk>
    <disk type='block'><target dev='vdb'/><!-- second --></disk>
    <serial><target port='0'/></serial>
  </devices>
  <q:arg value='-s'/>
</domain>
";

fn found(expression: &str) -> String {
    select(XML, expression, Output::Plain).unwrap_or_else(|error| format!("error: {error}"))
}

#[test]
fn paths_go_along_every_axis() {
    for (expression, expected) in [
        ("/domain/name/text()", "web &amp; co\n"),
        ("vcpu", "<vcpu>4</vcpu>\n"),
        ("//disk/@type", " type=\"file\"\n type=\"block\"\n"),
        ("//target[@dev='vdb']/../@type", " type=\"block\"\n"),
        ("//serial/preceding-sibling::disk[1]/@type", " type=\"block\"\n"),
        ("//disk[1]/following::target/@port", " port=\"0\"\n"),
        ("//serial/preceding::target[last()]/@dev", " dev=\"vda\"\n"),
        ("//@port/ancestor::*[3]/disk[2]/target", "<target dev=\"vdb\"/>\n"),
        ("//q:arg/@value | //vcpu", "<vcpu>4</vcpu>\n value=\"-s\"\n"),
        ("//comment()", "<!-- second -->\n"),
        ("descendant-or-self::domain/child::vcpu/self::*", "<vcpu>4</vcpu>\n"),
        ("//nothing", ""),
    ] {
        assert_eq!(found(expression), expected, "{expression}");
    }
}

#[test]
fn predicates_calculate_and_compare() {
    for (expression, expected) in [
        ("vcpu[. * 2 - 1 = 7]", "<vcpu>4</vcpu>\n"),
        ("vcpu[. div 2 = 2 and . mod 3 = 1]", "<vcpu>4</vcpu>\n"),
        ("vcpu[-. < -3.5 or false()]", "<vcpu>4</vcpu>\n"),
        ("(//disk)[2]/target/@dev", " dev=\"vdb\"\n"),
        ("//disk[target/@dev != 'vda']/@type", " type=\"block\"\n"),
        ("//disk[position() = last()]/@type", " type=\"block\"\n"),
        ("//*[count(*) = 3]/serial/target", "<target port=\"0\"/>\n"),
        ("//target[substring(@dev, 3) = 'b']", "<target dev=\"vdb\"/>\n"),
        ("//target[translate(@dev, 'vd', 'sd') = 'sda']", "<target dev=\"vda\"/>\n"),
        ("name[string-length(normalize-space(' a  b ')) = 3]/text()", "web &amp; co\n"),
        ("*[contains(name(), 'arg')]/@value", " value=\"-s\"\n"),
        ("*[namespace-uri() = 'http://q']/@value", " value=\"-s\"\n"),
        ("vcpu[not(concat('a', 'b') = 'ba') and round(3.5) = .]", "<vcpu>4</vcpu>\n"),
        ("//disk[sum(//vcpu) = 4][1]/@type", " type=\"file\"\n"),
    ] {
        assert_eq!(found(expression), expected, "{expression}");
    }
}

#[test]
fn elements_are_indented_anew_unless_they_hold_text() {
    assert_eq!(
        found("//disk[2]"),
        "<disk type=\"block\">\n  <target dev=\"vdb\"/>\n  <!-- second -->\n</disk>\n"
    );
    let mixed = "<a><b>one <c/></b><d> </d></a>";
    assert_eq!(select(mixed, "/a/*", Output::Plain).unwrap(), "<b>one <c/></b>\n<d> </d>\n");
    assert!(found("/").starts_with(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<domain xmlns:q=\"http://q\" type=\"kvm\">"
    ));
}

#[test]
fn wrapped_nodes_are_one_document() {
    let wrapped = |expression| select(XML, expression, Output::Wrapped("nodes")).unwrap();
    assert_eq!(wrapped("//nothing"), "<nodes/>\n");
    assert_eq!(wrapped("//disk/@type"), "<nodes type=\"block\"/>\n");
    assert_eq!(
        wrapped("//vcpu|//serial/target"),
        "<nodes>\n  <vcpu>4</vcpu>\n  <target port=\"0\"/>\n</nodes>\n"
    );
    assert_eq!(wrapped("//vcpu|//vcpu/text()"), "<nodes><vcpu>4</vcpu>4</nodes>\n");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (expression, problem) in [
        ("", "error: a name is missing at character 1 of the expression"),
        ("///", "error: a name is missing at character 3 of the expression"),
        ("//a[", "error: a name is missing at character 5 of the expression"),
        ("//a]", "error: the expression should have ended at character 4 of the expression"),
        ("'a", "error: a text without its closing quote at character 1 of the expression"),
        ("$x", "error: there is no variable $x"),
        ("up::a", "error: there is no axis 'up' at character 1 of the expression"),
        ("foo()", "error: there is no function foo()"),
        ("count()", "error: count() does not take 0 arguments"),
        ("x:y", "error: the document declares no prefix 'x'"),
        ("count(//disk)", "error: the expression gives a number, not nodes"),
        ("//disk#", "error: an unexpected '#' at character 7 of the expression"),
    ] {
        assert_eq!(found(expression), problem, "{expression}");
    }
}

#[test]
fn hostile_expressions_end() {
    assert!(found(&"(".repeat(100_000)).contains("too many nested parentheses"));
    assert!(found(&"-".repeat(100_000)).contains("a name is missing"));
    assert!(found(&"[".repeat(100_000)).contains("a name is missing"));
    assert!(found(&"a[".repeat(100_000)).contains("too many nested parentheses"));
}
