use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::property::{Error, Kind, Property, Target};

const PLAIN: &str = "<domain type='kvm'>\n  <name>a</name> <!-- mine -->\n  <odd  x = '1'/>\n  <memory unit='KiB'>8192</memory>\n  <os>\n    <type arch='x86_64'>hvm</type>\n  </os>\n  <devices>\n    <emulator>/e</emulator>\n  </devices>\n</domain>\n";

fn rows() -> impl Iterator<Item = (&'static Table, &'static Property)> {
    TABLES.iter().flat_map(|&table| table.properties().map(move |property| (table, property)))
}

/// A value that a row takes.
fn sample(property: &Property) -> &'static str {
    match (property.name, property.kind) {
        ("forward", _) => "2222:22",
        (_, Kind::OnOff) => "on",
        (_, Kind::YesNo | Kind::Present) => "yes",
        ("path" | "source", Kind::Text) | (_, Kind::Path) => "/some",
        (_, Kind::Size { .. }) => "5M",
        (_, Kind::Integer) => "5121",
        (_, Kind::Enum(words)) => words[0],
        (_, Kind::Form(form)) => form.example,
        (_, Kind::Text | Kind::List | Kind::Many) => "some",
    }
}

/// A document with one bare element of the table in it, and that element; the root for other tables.
fn with_element(table: &'static Table) -> (Document, Element) {
    let mut document = Document::parse(PLAIN).unwrap();
    let element = table.add(&mut document, &table.parse("").unwrap()).unwrap();
    if table.many {
        let kind = if table.option == "filesystem" { "mount" } else { "user" };
        document.set_attr(element, "type", kind).unwrap();
    }
    (document, element)
}

#[test]
fn every_row_has_help_and_names_of_its_own() {
    for &table in TABLES {
        assert!(!table.help.is_empty(), "{}", table.option);
        let mut names = BTreeSet::new();
        for property in table.properties() {
            assert!(!property.help.is_empty() && !property.help.ends_with('.'), "{}", property.name);
            assert!(!property.help.starts_with(char::is_lowercase), "{}: {}", property.name, property.help);
            for name in property.names() {
                assert!(names.insert(name), "--{} has {name} twice", table.option);
                let typed = name.replace('#', "0");
                assert_eq!(
                    table.find(&typed).map(|p| p.name),
                    Some(property.name),
                    "--{} {typed}",
                    table.option
                );
            }
        }
        for first in table.first {
            assert!(table.find(first).is_some(), "--{} {first}", table.option);
        }
        let lines: BTreeSet<String> = table.help().lines().skip(1).map(|l| l.trim().to_owned()).collect();
        assert_eq!(lines.len(), names.len(), "--{}", table.option);
    }
}

#[test]
fn options_have_names_of_their_own() {
    let mut names = BTreeSet::new();
    for name in TABLES.iter().flat_map(|t| std::iter::once(&t.option).chain(t.aliases)) {
        assert!(names.insert(name), "{name}");
        assert!(table(name).is_some());
    }
}

#[test]
fn what_is_set_is_read_back_and_cleared_without_a_trace() {
    // Arguments for QEMU add up, and their namespace stays declared.
    let settable = |(table, property): &(&Table, &Property)| {
        !property.is_request() && table.option != "qemu-commandline"
    };
    for (table, property) in rows().filter(settable) {
        let (mut document, element) = with_element(table);
        let name = property.name.replace('#', "0");
        let before = document.to_string();
        if table.get(&document, element, &name).is_some() {
            // Such as os/type and @type, which the document has already.
            continue;
        }
        let label = format!("--{} {name}", table.option);
        table.set(&mut document, element, &name, sample(property)).unwrap();
        assert_ne!(document.to_string(), before, "{label}");
        for kept in ["<name>a</name> <!-- mine -->\n", "\n  <odd  x = '1'/>\n"] {
            assert!(document.to_string().contains(kept), "{label}");
        }
        let read = table.get(&document, element, &name);
        match property.kind {
            Kind::Size { .. } => assert_eq!(read.as_deref(), Some("5120"), "{label}"),
            _ => assert_eq!(read.as_deref(), Some(sample(property)), "{label}"),
        }
        Document::parse(&document.to_string()).unwrap();
        let set = document.to_string();
        table.set(&mut document, element, &name, sample(property)).unwrap();
        assert_eq!(document.to_string(), set, "setting {label} again changed the document");
        table.clear(&mut document, element, &name).unwrap();
        let sticky = matches!(property.target, Target::Special(_)) && table.many;
        if !sticky {
            assert_eq!(document.to_string(), before, "{label}");
        }
    }
}

#[test]
fn wrong_values_are_refused_with_what_is_allowed() {
    for (table, property) in rows() {
        let wrong = match property.kind {
            Kind::OnOff | Kind::YesNo | Kind::Present => "maybe",
            Kind::Integer | Kind::Size { .. } => "many",
            Kind::Form(form) => {
                assert!((form.fits)(form.example), "{}", form.allowed);
                "a:b"
            }
            Kind::Text | Kind::Path | Kind::List | Kind::Many | Kind::Enum(_) => continue,
        };
        let text = format!("{}={wrong}", property.name.replace('#', "0"));
        assert!(matches!(table.parse(&text), Err(Error::Value { .. })), "--{} {text}", table.option);
    }
}

#[test]
fn a_port_that_cannot_be_forwarded_is_refused_however_it_is_set() {
    let (mut document, card) = with_element(&NETWORK);
    let before = document.to_string();
    let Err(Error::Document { source, .. }) = NETWORK.set(&mut document, card, "forward", "22") else {
        panic!()
    };
    let told = source.to_string();
    assert!(told.contains("'22' cannot be set: allowed is [ADDRESS:]PORT:PORT"), "{told}");
    assert_eq!(document.to_string(), before);
}

#[test]
fn mistakes_are_named_with_what_was_meant() {
    let told = |table: &'static Table, text: &str| table.parse(text).unwrap_err().to_string();
    assert_eq!(
        told(&DISK, "bsu=ide"),
        "--disk: unknown suboption 'bsu'; did you mean 'bus'? ('--disk help' lists all)"
    );
    for (table, typed, meant) in [
        (&MEMORY, "mem", "memory"),
        (&NETWORK, "mac_addr", "mac.address"),
        (&NETWORK, "netwrok", "network"),
        (&CPU, "modl", "model"),
        (&GRAPHICS, "tls", "tlsPort"),
        (&DISK, "file", "source.file"),
    ] {
        let told = told(table, &format!("{typed}=1"));
        assert!(told.contains(&format!("did you mean '{meant}'?")), "{told}");
    }
    assert_eq!(told(&DISK, "perms=x"), "--disk perms=x: allowed is ro, rw or sh");
    assert_eq!(told(&DISK, "size=1,size=2"), "--disk: 'size' is given twice");
    assert_eq!(told(&DISK, "cache=none,driver.cache=none"), "--disk: 'driver.cache' is given twice");
    assert_eq!(told(&DISK, "/x,bus"), "--disk: 'bus' needs a value: bus=…");
    assert_eq!(
        told(&DISK, "size=big"),
        "--disk size=big: allowed is a number of GiB, or one with its unit such as 2G"
    );
    assert_eq!(told(&DISK, "removable=5"), "--disk removable=5: allowed is on or off");
    assert!(told(&DISK, "zzzzzz=1").starts_with("--disk: unknown suboption 'zzzzzz' ("));
    assert!(told(&DISK, "path='a").contains("a ' is not closed"));
}

#[test]
fn names_are_completed_from_the_table() {
    assert!(DISK.complete("bu", &|_, _, _| Vec::new()).contains(&"bus=".to_owned()));
    assert!(
        DISK.complete("/a b,driver.ca", &|_, _, _| Vec::new()).contains(&"/a b,driver.cache=".to_owned())
    );
    assert_eq!(
        DISK.complete("/x,cache=wr", &|_, _, _| Vec::new()),
        ["/x,cache=writethrough", "/x,cache=writeback"]
    );
    assert!(NETWORK.complete("", &|_, _, _| Vec::new()).contains(&"none".to_owned()));
    assert!(NETWORK.complete("br", &|_, _, _| Vec::new()).contains(&"bridge".to_owned()));
    for &table in TABLES {
        assert!(
            !table.man().is_empty() && !table.complete("", &|_, _, _| Vec::new()).is_empty(),
            "{}",
            table.option
        );
    }
}

fn xml(option: &str, text: &str) -> String {
    let mut document = new_document("kvm");
    let table = table(option).unwrap();
    let options = table.parse(text).unwrap();
    table.add(&mut document, &options).unwrap();
    let text = document.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let inner = lines.join("").replace("<domain type=\"kvm\">", "").replace("</domain>", "");
    let inner = inner.replace("<domain type=\"kvm\"/>", "");
    inner.replace("<devices>", "").replace("</devices>", "")
}

#[test]
fn options_make_the_definitions_they_are_known_for() {
    for (option, text, expected) in [
        ("memory", "1024", "<memory>1048576</memory><currentMemory>1048576</currentMemory>"),
        ("memory", "1024,maxmemory=2048", "<memory>2097152</memory><currentMemory>1048576</currentMemory>"),
        ("memory", "2G", "<memory>2097152</memory><currentMemory>2097152</currentMemory>"),
        ("vcpus", "5,maxvcpus=10,cpuset=1-4,6,8", "<vcpu current=\"5\" cpuset=\"1-4,6,8\">10</vcpu>"),
        ("vcpus", "4,maxvcpus=4", "<vcpu>4</vcpu>"),
        ("vcpus", "vcpus.vcpu0.id=0,vcpus.vcpu2.id=1", "<vcpus><vcpu id=\"0\"/><vcpu id=\"1\"/></vcpus>"),
        (
            "cpu",
            "host-passthrough,+vmx,-svm",
            "<cpu mode=\"host-passthrough\"><feature policy=\"force\" name=\"vmx\"/><feature policy=\"disable\" name=\"svm\"/></cpu>",
        ),
        (
            "cpu",
            "core2duo,disable=a,disable=b",
            "<cpu mode=\"custom\" match=\"exact\"><model>core2duo</model><feature policy=\"disable\" name=\"a\"/><feature policy=\"disable\" name=\"b\"/></cpu>",
        ),
        (
            "cpu",
            "cell0.cpus=0-3,5,cell1.id=1",
            "<cpu><numa><cell cpus=\"0-3,5\"/><cell id=\"1\"/></numa></cpu>",
        ),
        ("cpu", "hv-default", ""),
        (
            "boot",
            "hd,cdrom,menu=on",
            "<os><boot dev=\"hd\"/><boot dev=\"cdrom\"/><bootmenu enable=\"yes\"/></os>",
        ),
        ("boot", "uefi", ""),
        ("boot", "kernel_args=console=ttyS0 a=b", "<os><cmdline>console=ttyS0 a=b</cmdline></os>"),
        ("boot", "initargs=\"a 'b c'\"", "<os><initarg>a</initarg><initarg>b c</initarg></os>"),
        (
            "features",
            "acpi,kvm_hidden=on,apic=off",
            "<features><acpi/><kvm><hidden state=\"on\"/></kvm></features>",
        ),
        (
            "clock",
            "offset=localtime,rtc_tickpolicy=catchup",
            "<clock offset=\"localtime\"><timer name=\"rtc\" tickpolicy=\"catchup\"/></clock>",
        ),
        (
            "clock",
            "timer3.name=rtc,timer7.name=pit,timer3.present=no",
            "<clock><timer name=\"rtc\" present=\"no\"/><timer name=\"pit\"/></clock>",
        ),
        ("sysinfo", "host", "<os><smbios mode=\"host\"/></os>"),
        (
            "disk",
            "/dev/sdb,bus=scsi",
            "<disk type=\"block\"><source dev=\"/dev/sdb\"/><target bus=\"scsi\"/></disk>",
        ),
        ("disk", r"path=/a\,b,readonly=on", "<disk type=\"file\"><source file=\"/a,b\"/><readonly/></disk>"),
        (
            "disk",
            "source.host3.name=a,source.host5.name=b",
            "<disk><source><host name=\"a\"/><host name=\"b\"/></source></disk>",
        ),
        ("network", "default", "<interface/>"),
        (
            "network",
            "bridge=br0,link_state=down",
            "<interface type=\"bridge\"><source bridge=\"br0\"/><link state=\"down\"/></interface>",
        ),
        (
            "network",
            "type=direct,source=eth0,source_mode=bridge",
            "<interface type=\"direct\"><source dev=\"eth0\" mode=\"bridge\"/></interface>",
        ),
        ("graphics", "spice,listen=none", "<graphics type=\"spice\"><listen type=\"none\"/></graphics>"),
        (
            "serial",
            "tcp,host=1.2.3.4:5,mode=bind,protocol=telnet",
            "<serial type=\"tcp\"><source mode=\"bind\" host=\"1.2.3.4\" service=\"5\"/><protocol type=\"telnet\"/></serial>",
        ),
        (
            "serial",
            "udp,host=:1,bind_host=1.2.3.4:7",
            "<serial type=\"udp\"><source mode=\"bind\" host=\"1.2.3.4\" service=\"7\"/><source mode=\"connect\" host=\"127.0.0.1\" service=\"1\"/></serial>",
        ),
        (
            "tpm",
            "/dev/tpm0",
            "<tpm><backend type=\"passthrough\"><device path=\"/dev/tpm0\"/></backend></tpm>",
        ),
        ("rng", "/dev/urandom", "<rng><backend model=\"random\">/dev/urandom</backend></rng>"),
        ("filesystem", "/a,/b", "<filesystem><source dir=\"/a\"/><target dir=\"/b\"/></filesystem>"),
        (
            "filesystem",
            "type=ram,source=1024,target=/t",
            "<filesystem type=\"ram\"><source usage=\"1024\"/><target dir=\"/t\"/></filesystem>",
        ),
        (
            "redirdev",
            "usb,type=tcp,server=localhost:4000",
            "<redirdev bus=\"usb\" type=\"tcp\"><source host=\"localhost\" service=\"4000\"/></redirdev>",
        ),
        (
            "hostdev",
            "001.002",
            "<hostdev type=\"usb\"><source><address bus=\"1\" device=\"2\"/></source></hostdev>",
        ),
        (
            "hostdev",
            "pci_0000_00_1f_2",
            "<hostdev type=\"pci\"><source><address domain=\"0x0000\" bus=\"0x00\" slot=\"0x1f\" function=\"0x2\"/></source></hostdev>",
        ),
        (
            "hostdev",
            "0x1d6b:0x2",
            "<hostdev type=\"usb\"><source><vendor id=\"0x1d6b\"/><product id=\"0x0002\"/></source></hostdev>",
        ),
        ("controller", "usb3", "<controller type=\"usb\" model=\"qemu-xhci\" ports=\"15\"/>"),
        (
            "xml",
            "xpath0.set=./cpu/@mode=custom,xpath1.set=\"./odd[@a='=']/@b\",xpath1.value=x",
            "<cpu mode=\"custom\"/><odd a=\"=\" b=\"x\"/>",
        ),
        ("disk", "serial=1,xpath0.delete=./serial,xpath1.create=./iotune", "<disk><iotune/></disk>"),
        ("cpu", "xpath.set=./@mode=custom", "<cpu mode=\"custom\"/>"),
        ("numatune", "1-3,5,mode=strict", "<numatune><memory nodeset=\"1-3,5\" mode=\"strict\"/></numatune>"),
        (
            "memdev",
            "dimm,target_size=1024,target_node=0,source_pagesize=4",
            "<memory model=\"dimm\"><source><pagesize>4</pagesize></source><target><size>1048576</size><node>0</node></target></memory>",
        ),
        ("launchSecurity", "sev", "<launchSecurity type=\"sev\"/>"),
        ("launchSecurity", "none", ""),
        ("features", "none", ""),
        ("memtune", "100", "<memtune><soft_limit>100</soft_limit></memtune>"),
        (
            "blkiotune",
            "100,device0.path=/a",
            "<blkiotune><weight>100</weight><device><path>/a</path></device></blkiotune>",
        ),
        ("metadata", "title=a, b=c,description=d,e", "<title>a, b=c</title><description>d,e</description>"),
        (
            "boot",
            "cmdline=console=ttyS0,115200,menu=on",
            "<os><cmdline>console=ttyS0,115200</cmdline><bootmenu enable=\"yes\"/></os>",
        ),
        (
            "boot",
            "hd,network,boot3.dev=fd",
            "<os><boot dev=\"hd\"/><boot dev=\"network\"/><boot dev=\"fd\"/></os>",
        ),
        ("boot", "hd,network,boot0.dev=fd", "<os><boot dev=\"fd\"/><boot dev=\"network\"/></os>"),
        (
            "sysinfo",
            "fwcfg,entry0=c,d=e,entry0.name=n",
            "<sysinfo type=\"fwcfg\"><entry name=\"n\">c,d=e</entry></sysinfo>",
        ),
        (
            "smartcard",
            "certificate0=/a,b,database=/d,e",
            "<smartcard><certificate>/a,b</certificate><database>/d,e</database></smartcard>",
        ),
        ("network", "network:lab", "<interface type=\"network\"><source network=\"lab\"/></interface>"),
        ("network", "bridge:br0", "<interface type=\"bridge\"><source bridge=\"br0\"/></interface>"),
        ("memballoon", "none", "<memballoon model=\"none\"/>"),
    ] {
        assert_eq!(xml(option, text), expected, "--{option} {text}");
    }
    assert_eq!(xml("controller", "usb2").matches("<controller").count(), 4);
}

#[test]
fn arguments_for_qemu_keep_their_commas() {
    let mut document = new_document("kvm");
    for text in ["-display gtk,gl=on", "env=DISPLAY=:0.1", "args=-a 'b c'"] {
        QEMU_COMMANDLINE.add(&mut document, &QEMU_COMMANDLINE.parse(text).unwrap()).unwrap();
    }
    let text = document.to_string();
    let values: Vec<&str> = text.split("value=\"").skip(1).filter_map(|v| v.split('"').next()).collect();
    assert_eq!(values, ["-display", "gtk,gl=on", "-a", "b c", ":0.1"], "{text}");
}

#[test]
fn no_device_is_told_from_a_device_without_settings() {
    assert!(NETWORK.parse("none").unwrap().is_none());
    assert!(!NETWORK.parse("default").unwrap().is_none());
    assert!(!MEMBALLOON.parse("none").unwrap().is_none());
}

#[test]
fn a_refused_device_leaves_no_trace() {
    let mut document = Document::parse(PLAIN).unwrap();
    assert!(DISK.add(&mut document, &DISK.parse("serial=\u{1}").unwrap()).is_err());
    assert_eq!(document.to_string(), PLAIN);
}

#[test]
fn clearxml_empties_the_element_first() {
    let mut document = Document::parse(PLAIN).unwrap();
    let disk = DISK.add(&mut document, &DISK.parse("/x,serial=1,device=cdrom").unwrap()).unwrap();
    DISK.apply(&mut document, disk, &DISK.parse("clearxml=yes,serial=2").unwrap()).unwrap();
    assert_eq!(Disk::new(&document, disk).path(), None);
    assert!(document.to_string().contains("<disk>\n      <serial>2</serial>\n    </disk>"), "{document}");
}

#[test]
fn a_domain_is_read_through_its_view() {
    let document = Document::parse(PLAIN).unwrap();
    let domain = Domain::new(&document);
    assert_eq!(domain.name().as_deref(), Some("a"));
    assert_eq!(domain.memory(), Some(8192));
    assert_eq!(domain.arch().as_deref(), Some("x86_64"));
    assert_eq!(domain.devices("").len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_of_an_option_is_too_odd(text in "\\PC{0,40}", which in 0..TABLES.len()) {
        let table = TABLES[which];
        if let Ok(options) = table.parse(&text) {
            let mut document = Document::parse(PLAIN).unwrap();
            if table.add(&mut document, &options).is_ok() {
                Document::parse(&document.to_string()).unwrap();
            }
        }
        prop_assert!(table.complete(&text, &|_, _, _| Vec::new()).len() <= 2 * table.help().lines().count());
    }

    #[test]
    fn no_value_is_too_odd(
        which in 0..TABLES.len(),
        pairs in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..5_usize, "\\PC{0,8}|[0-9]{1,4}|on|no"),
            1..6,
        )
    ) {
        let table = TABLES[which];
        let names: Vec<&str> = table.properties().flat_map(|p| p.names()).collect();
        let typed = pairs.iter().map(|(name, n, value)| {
            format!("{}={value}", name.get(&names).replace('#', &n.to_string()))
        });
        let typed = typed.collect::<Vec<_>>().join(",");
        if let Ok(options) = table.parse(&typed) {
            let mut document = Document::parse(PLAIN).unwrap();
            let made = table.add(&mut document, &options);
            let written = document.to_string();
            prop_assert!(Document::parse(&written).is_ok(), "{typed}\n{written}");
            prop_assert!(written.contains("\n  <odd  x = '1'/>\n"), "{typed}\n{written}");
            if made.is_err() && table.many {
                prop_assert_eq!(written, PLAIN);
            }
        }
    }

    #[test]
    fn edits_leave_the_rest_as_it_was(
        edits in prop::collection::vec((0..4096_usize, "[-a-zA-Z0-9 <&'\"\u{e9}]{1,8}"), 1..12)
    ) {
        let all: Vec<_> = rows().filter(|(t, p)| !t.many && !p.is_request()).collect();
        let mut document = Document::parse(PLAIN).unwrap();
        let root = document.root();
        for (which, value) in edits {
            let (table, property) = all[which % all.len()];
            let text = matches!(property.kind, Kind::Text | Kind::Path | Kind::Enum(_) | Kind::List | Kind::Many);
            let value = if text { value.as_str() } else { sample(property) };
            table.set(&mut document, root, &property.name.replace('#', "1"), value).unwrap();
        }
        let written = document.to_string();
        prop_assert!(written.contains("</name> <!-- mine -->\n"));
        prop_assert!(written.contains("\n  <odd  x = '1'/>\n"));
        prop_assert_eq!(Document::parse(&written).unwrap().to_string(), written);
    }
}
