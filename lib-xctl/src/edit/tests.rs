//! Changes as a whole: on real documents, byte for byte.

use hypervisor::{Connection, OpenOptions};

use super::{Action, Change, Error, Selection, Surroundings};
use crate::document::Document;
use crate::install::Given;
use crate::progress::Silent;

/// Does something beside libvirt's test driver.
pub(super) fn on_test_driver(work: impl FnOnce(&Surroundings<'_>)) {
    let connect = || Ok(Connection::open(&OpenOptions::uri("test:///default"))?);
    work(&Surroundings::new(&connect, &Silent));
}

fn change(action: Action, option: &str, text: &str) -> Result<Change, Error> {
    Change::new(action, &[Given::new(option, text)], None)
}

fn edit(selection: &str) -> Action {
    Action::Edit(Selection::parse(selection))
}

fn changed(xml: &str, action: Action, option: &str, text: &str) -> String {
    let mut result = String::new();
    on_test_driver(|around| {
        let document = Document::parse(xml).unwrap();
        let changed = change(action, option, text).unwrap().apply(document, around).unwrap();
        result = changed.document.to_string();
    });
    result
}

/// With all that other programs may have left in it.
const ODD: &str = "\
<?xml version='1.0'?>
<!-- by hand -->
<domain type='test'   xmlns:x=\"urn:x\">
\t<name>web</name><!-- the name -->
  <metadata><x:note who=\"me\">a &amp; b</x:note></metadata>
  <memory  unit='KiB' >1048576</memory>
  <vcpu>2</vcpu>
  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
  <devices>
    <disk device=\"disk\" type='file'><!-- root --><source file='/a.img' index='3'/><target bus='virtio' dev='vda'/></disk>
    <future kind='unheard'><of/></future>
    <disk type='file' device='cdrom'>
      <source file='/b.iso'/>
      <target dev='sda' bus='sata'/>
    </disk>
    <serial type='pty'/>
    <console type='pty'><target type='serial' port='0'/></console>
  </devices>
</domain>
<!-- the end -->
";

#[test]
fn an_edit_changes_what_it_is_about_and_nothing_else() {
    for (selection, option, text, from, to) in [
        ("1", "disk", "path=/c.img", "file='/a.img'", "file='/c.img'"),
        ("target=sda", "disk", "path=/c.iso", "file='/b.iso'", "file='/c.iso'"),
        ("-1", "disk", "bus=scsi", "bus='sata'", "bus='scsi'"),
        ("1", "vcpus", "4", "<vcpu>2</vcpu>", "<vcpu>4</vcpu>"),
        ("1", "metadata", "name=db", "<name>web</name>", "<name>db</name>"),
        ("1", "boot", "machine=q35", "machine='pc-q35-7.2'", "machine='q35'"),
        ("2", "disk", "path=", "\n      <source file='/b.iso'/>", ""),
        ("all", "disk", "type=block", "type='file'", "type='block'"),
    ] {
        let expected = match selection {
            "all" => ODD.replace(from, to),
            _ => ODD.replacen(from, to, 1),
        };
        assert_eq!(
            changed(ODD, edit(selection), option, text),
            expected,
            "--edit {selection} --{option} {text}"
        );
    }
}

#[test]
fn a_size_makes_no_new_image_where_there_is_one() {
    on_test_driver(|around| {
        for text in ["size=20", "backing_store=/base.img"] {
            let document = Document::parse(ODD).unwrap();
            let error = change(edit("1"), "disk", text).unwrap().apply(document, around).unwrap_err();
            assert!(error.to_string().contains("the disk 'vda' has '/a.img'"), "{error}");
        }
    });
}

#[test]
fn a_turn_takes_the_place_of_the_order_of_kinds() {
    let text = ODD.replace("hvm</type></os>", "hvm</type><boot dev='hd'/></os>");
    let edited = changed(&text, edit("1"), "disk", "boot.order=1");
    assert!(edited.contains("<boot order='1'/>") && !edited.contains("<boot dev"), "{edited}");
    let added = changed(&edited, Action::Add, "network", "user,boot.order=1");
    assert!(added.contains("<boot order='2'/>"), "the disk comes second now: {added}");
}

#[test]
fn devices_of_spice_come_and_go_with_its_console() {
    let ends = "<graphics type='spice'/><channel type='spicevmc'><target type='virtio'/></channel>\
                <redirdev bus='usb' type='spicevmc'/></devices>";
    let text = ODD.replace("</devices>", ends);
    for changed in
        [changed(&text, Action::Remove, "graphics", "1"), changed(&text, edit("1"), "graphics", "type=vnc")]
    {
        assert!(!changed.contains("spice"), "{changed}");
    }
    let vnc = ODD.replace("</devices>", "<graphics type='vnc'/></devices>");
    on_test_driver(|around| {
        // A definition of a guest that is there; a file may be for any host.
        around.connection().unwrap();
        let document = Document::parse(&vnc).unwrap();
        let changed = change(edit("1"), "graphics", "type=spice").unwrap().apply(document, around).unwrap();
        let text = changed.document.to_string();
        assert!(text.contains("<channel type='spicevmc'>"), "{text}");
    });
}

#[test]
fn what_is_removed_takes_its_lines_along_and_a_serial_port_its_console() {
    let from = ODD.find("    <serial").unwrap();
    let to = ODD.find("  </devices>").unwrap();
    let without = format!("{}{}", &ODD[..from], &ODD[to..]);
    assert_eq!(changed(ODD, Action::Remove, "serial", "1"), without);
    let line = ODD.lines().find(|line| line.contains("/a.img")).unwrap();
    assert_eq!(changed(ODD, Action::Remove, "disk", "target=vda"), ODD.replace(&format!("{line}\n"), ""));
}

#[test]
fn what_is_added_is_filled_in_and_all_else_stays() {
    let text = changed(ODD, Action::Add, "watchdog", "i6300esb");
    let line = "    <watchdog model=\"i6300esb\" action=\"reset\"/>\n";
    assert_eq!(text.replace(&line.replace('"', "'"), "").replace(line, ""), ODD, "{text}");
    let text = changed(ODD, Action::Add, "disk", "/nowhere/d.img,size=1,type=file,source.file=/d.img");
    assert!(text.contains("sdb") || text.contains("vdb"), "{text}");
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_looked_up() {
    let disk = |text: &str| Given::new("disk", text);
    let both = [disk("cache=none"), Given::new("network", "user")];
    for (action, given, system, words) in [
        (edit("1"), vec![], None, "No change specified"),
        (edit("1"), both.to_vec(), None, "conflicting options --disk, --network"),
        (edit("1"), vec![disk("cahce=none")], None, "did you mean 'cache'?"),
        (edit("2"), vec![Given::new("memory", "512")], None, "doesn't make sense with --memory"),
        (edit("1"), vec![disk("cache=none")], Some("win10"), "not supported with --edit"),
        (Action::Add, vec![Given::new("cpu", "host-model")], None, "Cannot use --add-device with --cpu"),
        (Action::Remove, vec![Given::new("cpu", "1")], None, "Cannot use --remove-device with --cpu"),
        (Action::Build, vec![Given::new("memory", "512")], None, "--build-xml not supported for --memory"),
        (Action::Add, vec![Given::new("xml", "./a=b")], None, "--xml can only be used with --edit"),
        (Action::Build, vec![Given::new("convert-to-q35", "")], None, "can only be used with --edit"),
    ] {
        let error = Change::new(action, &given, system.map(str::to_owned)).unwrap_err().to_string();
        assert!(error.contains(words), "{given:?}: {error}");
    }
    on_test_driver(|around| {
        let network = Document::parse("<network><name>x</name></network>").unwrap();
        let error = change(edit("1"), "vcpus", "2").unwrap().apply(network, around).unwrap_err().to_string();
        assert!(error.contains("<network>"), "{error}");
    });
}

#[test]
fn a_device_goes_into_both_definitions_under_one_name() {
    let running = "<domain><os><type arch='x86_64' machine='pc'>hvm</type></os><devices>\
        <disk type='file' device='disk'><target dev='hda' bus='ide'/></disk></devices></domain>";
    let stored = running.replace("hda", "hdb");
    on_test_driver(|_| {
        let other = Document::parse(&stored).unwrap();
        let connect = || Ok(Connection::open(&OpenOptions::uri("test:///default"))?);
        let around = Surroundings::new(&connect, &Silent).beside(&other);
        let add = change(Action::Add, "disk", "device=cdrom").unwrap();
        let live = add.apply(Document::parse(running).unwrap(), &around).unwrap();
        assert!(live.devices[0].contains("hdc"), "{:?}", live.devices);
        let both = add.repeat(Document::parse(&stored).unwrap(), &live, &around).unwrap();
        assert!(both.document.to_string().contains("hdc"));
        assert_eq!(live.document.to_string().matches("<disk").count(), 2);
        let edit = change(edit("1"), "disk", "serial=1").unwrap();
        let live = edit.apply(Document::parse(running).unwrap(), &around).unwrap();
        let error = edit.repeat(Document::parse(&stored).unwrap(), &live, &around).unwrap_err().to_string();
        assert!(error.contains("target=hda") && error.contains("target=hdb"), "{error}");
    });
}

mod hostile {
    use proptest::prelude::*;

    use super::*;

    /// Changes that look at every part of a document, and need no hypervisor.
    fn changes() -> Vec<Change> {
        [
            (edit("1"), "disk", "path=/x,cache=none"),
            (edit("target=sda"), "disk", "clearxml=yes,target=sdb"),
            (edit("all"), "disk", "path="),
            (edit("1"), "memory", "512"),
            (edit("1"), "cpu", "host-model,+vmx"),
            (edit("1"), "boot", "hd,network"),
            (edit("1"), "convert-to-q35", ""),
            (Action::Remove, "disk", "-1"),
            (Action::Remove, "serial", "all"),
        ]
        .into_iter()
        .map(|(action, option, text)| change(action, option, text).unwrap())
        .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_damaged_document_is_changed_or_refused_and_stays_a_document(
            at in 0..ODD.len(), length in 0_usize..80, put in "[<>/'\" a-z]{0,6}",
        ) {
            let mut bytes = ODD.as_bytes().to_vec();
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, put.bytes());
            let Ok(text) = String::from_utf8(bytes) else { return Ok(()) };
            let Ok(document) = Document::parse(&text) else { return Ok(()) };
            let connect = || Err("there is no hypervisor".into());
            let around = Surroundings::new(&connect, &Silent);
            for change in changes() {
                if let Ok(changed) = change.apply(document.clone(), &around) {
                    let text = changed.document.to_string();
                    prop_assert!(Document::parse(&text).is_ok(), "{:?} made\n{}", change, text);
                    // Done twice, it is done.
                    if let Action::Edit(_) = change.action()
                        && let Ok(again) = change.apply(changed.document, &around)
                    {
                        prop_assert_eq!(again.document.to_string(), text);
                    }
                }
            }
        }
    }
}
