use super::*;

const WEB: &str = "<?xml version='1.0'?>\n<!-- kept -->\n<domain type='kvm'>\n  <name>web</name> <!-- mine -->\n  <memory unit='KiB'>1024</memory>\n  <features>\n    <acpi/>\n    <kvm>\n      <hidden state='on'/>\n    </kvm>\n  </features>\n  <cpu mode='custom'>\n    <feature name='svm' policy='require'/>\n  </cpu>\n  <unknown  a = \"b\"><![CDATA[<&>]]></unknown>\n  <devices>\n    <disk type='file' device='disk'>\n      <target dev='vda' bus='virtio'/>\n    </disk>\n  </devices>\n</domain>\n";

fn web() -> Document {
    Document::parse(WEB).unwrap()
}

#[test]
fn what_was_not_touched_is_written_as_it_was() {
    assert_eq!(web().to_string(), WEB);
}

#[test]
fn control_characters_are_refused_with_their_place() {
    for bad in ["<a>\n  <b c='\u{1}'/></a>", "<a>\n  <b c=\"\u{b}", "<a>\n<!-- 4 \u{7f}\u{fffe}--></a>"] {
        let Err(Error::Syntax { line, column, why, .. }) = Document::parse(bad) else { panic!("{bad:?}") };
        assert_eq!((line, column), (2, 9), "{bad:?}");
        assert!(why.contains("control character"), "{why}");
    }
    assert!(Document::parse("<a>\t\r\n\u{7f}\u{85}</a>").is_ok());
}

#[test]
fn values_are_read_unescaped() {
    let doc = Document::parse("<a b='1 &lt; 2'>x &amp; <![CDATA[<y>]]>&#33;</a>").unwrap();
    assert_eq!(doc.attr(doc.root(), "b").as_deref(), Some("1 < 2"));
    assert_eq!(doc.text(doc.root()), "x & <y>!");
}

#[test]
fn setting_makes_parents_in_schema_order_and_clearing_takes_them_away() {
    let mut doc = web();
    let root = doc.root();
    doc.set(root, "os/type", "hvm").unwrap();
    doc.set(root, "vcpu", "2").unwrap();
    doc.set(root, "os/type/@arch", "x86_64").unwrap();
    doc.set(root, "uuid", "1-2").unwrap();
    let added = doc.to_string();
    assert!(added.contains("<!-- mine -->\n  <uuid>1-2</uuid>\n  <memory"), "{added}");
    assert!(
        added.contains(
            "</memory>\n  <vcpu>2</vcpu>\n  <os>\n    <type arch='x86_64'>hvm</type>\n  </os>\n  <features>"
        ),
        "{added}"
    );
    for place in ["os/type/@arch", "os/type", "vcpu", "uuid"] {
        assert!(doc.clear(root, place).unwrap());
    }
    assert_eq!(doc.to_string(), WEB);
    assert!(!doc.clear(root, "vcpu").unwrap());
}

#[test]
fn clearing_stops_at_what_still_holds_something() {
    let mut doc = web();
    let root = doc.root();
    doc.clear(root, "features/kvm/hidden/@state").unwrap();
    assert!(doc.to_string().contains("<features>\n    <acpi/>\n  </features>"));
    doc.clear(root, "cpu/feature[@name='svm']/@policy").unwrap();
    assert!(doc.to_string().contains("  <cpu mode='custom'/>\n"));
}

#[test]
fn predicates_and_indexes_find_and_make() {
    let mut doc = web();
    let root = doc.root();
    assert_eq!(doc.get(root, "cpu/feature[@name='svm']/@policy").as_deref(), Some("require"));
    doc.set(root, "cpu/feature[@name='vmx']/@policy", "disable").unwrap();
    assert_eq!(doc.get(root, "cpu/feature[2]/@name").as_deref(), Some("vmx"));
    assert_eq!(doc.get(root, "cpu/feature[@name=vmx]/@policy").as_deref(), Some("disable"));
    doc.set(root, "clock/timer[2]/@name", "hpet").unwrap();
    assert!(
        doc.to_string().contains("  <clock>\n    <timer/>\n    <timer name='hpet'/>\n  </clock>\n  <unknown")
            || doc.to_string().contains("  <clock>\n    <timer/>\n    <timer name='hpet'/>\n  </clock>\n")
    );
    for bad in [
        "",
        "a//b",
        "@",
        "@a/b",
        "a[0]",
        "a[x]",
        "a[1",
        "a[@b=c d]",
        "a[@b='c' or @d='e']",
        "a b",
        "timer[5000]",
    ] {
        assert!(matches!(doc.set(root, bad, "x"), Err(Error::Place { .. })), "{bad}");
    }
}

#[test]
fn namespaces_are_found_by_uri_and_declared_where_needed() {
    let q = "<domain xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>\n  <q:commandline/>\n</domain>";
    let mut doc = Document::parse(q).unwrap();
    let root = doc.root();
    doc.set(root, "qemu:commandline/qemu:arg[1]/@value", "-s").unwrap();
    assert!(
        doc.to_string().contains("  <q:commandline>\n    <q:arg value='-s'/>\n  </q:commandline>"),
        "{doc}"
    );
    let mut doc = Document::new("domain");
    let root = doc.root();
    doc.set(root, "metadata/libosinfo:libosinfo/libosinfo:os/@id", "http://debian.org/debian/12").unwrap();
    doc.set(root, "qemu:commandline/qemu:arg/@value", "-s").unwrap();
    assert_eq!(
        doc.to_string(),
        "<domain xmlns:qemu=\"http://libvirt.org/schemas/domain/qemu/1.0\">\n  <metadata>\n    \
         <libosinfo:libosinfo xmlns:libosinfo=\"http://libosinfo.org/xmlns/libvirt/domain/1.0\">\n      \
         <libosinfo:os id=\"http://debian.org/debian/12\"/>\n    </libosinfo:libosinfo>\n  </metadata>\n  \
         <qemu:commandline>\n    <qemu:arg value=\"-s\"/>\n  </qemu:commandline>\n</domain>\n"
    );
    doc.clear(root, "metadata/libosinfo:libosinfo/libosinfo:os/@id").unwrap();
    assert_eq!(doc.get(root, "metadata"), None);
}

#[test]
fn fragments_are_indented_to_fit() {
    let mut doc = web();
    let devices = doc.find(doc.root(), "devices").unwrap();
    doc.append_fragment(devices, "<interface type='user'>\n  <model type='virtio'/>\n</interface>\n")
        .unwrap();
    doc.append_fragment(devices, "<emulator>/bin/qemu</emulator>").unwrap();
    let text = doc.element_to_string(devices);
    assert!(text.starts_with("<devices>\n    <emulator>/bin/qemu</emulator>\n    <disk"), "{text}");
    assert!(
        text.ends_with(
            "</disk>\n    <interface type='user'>\n      <model type='virtio'/>\n    </interface>\n  </devices>"
        ),
        "{text}"
    );
}

#[test]
fn documents_without_line_breaks_stay_so() {
    let mut doc = Document::parse("<domain><name>a</name><devices><disk/></devices></domain>").unwrap();
    let root = doc.root();
    doc.set(root, "memory", "1").unwrap();
    doc.set(root, "devices/disk/driver/@name", "qemu").unwrap();
    assert_eq!(
        doc.to_string(),
        "<domain><name>a</name><memory>1</memory><devices><disk><driver name=\"qemu\"/></disk></devices></domain>"
    );
}

#[test]
fn removing_the_only_child_closes_its_parent() {
    let mut doc = web();
    let disk = doc.find(doc.root(), "devices/disk").unwrap();
    assert!(doc.remove(disk));
    assert!(!doc.remove(disk));
    assert!(!doc.remove(doc.root()));
    assert!(doc.to_string().ends_with("  <devices/>\n</domain>\n"));
}

#[test]
fn faults_are_told_with_their_place() {
    for (text, line, column) in [
        ("<a>\n  <b>\n</a>", 3, 1),
        ("<a>\n <b x='1' x='2'/></a>", 2, 10),
        ("<a>&lol;</a>", 1, 4),
        ("<a/><b/>", 1, 5),
        ("<a/>x", 1, 5),
        ("<a x=1/>", 1, 6),
        ("", 1, 1),
        ("<a>", 1, 4),
    ] {
        match Document::parse(text) {
            Err(Error::Syntax { line: l, column: c, .. }) => assert_eq!((l, c), (line, column), "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    assert!(matches!(Document::parse(&"<a>".repeat(200)), Err(Error::TooDeep { .. })));
    let mut doc = web();
    assert!(matches!(doc.set(doc.root(), "name", "\u{1}"), Err(Error::Character { .. })));
}
