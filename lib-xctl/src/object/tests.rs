use std::collections::BTreeSet;

use hypervisor::flags::{NetworkXml, NodeDeviceFilter, PoolXml, VolumeCreateFlags};
use hypervisor::{Connection, OpenOptions};

use super::*;
use crate::property::{Kind, Table};

const TABLES: &[&Table] = &[Network::TABLE, Pool::TABLE, Volume::TABLE, Snapshot::TABLE, NodeDevice::TABLE];

fn test_driver() -> Connection {
    Connection::open(&OpenOptions::uri("test:///default")).unwrap()
}

#[test]
fn rows_have_help_and_names_of_their_own_and_keep_what_they_are_given() {
    for table in TABLES {
        let mut names = BTreeSet::new();
        for row in table.properties() {
            assert!(names.insert(row.name), "{} {}", table.option, row.name);
            assert!(!row.help.is_empty() && !row.help.ends_with('.') || row.help.ends_with("..."));
            let text = format!("<{0}>\n  <odd a='1'/> <!-- mine -->\n</{0}>\n", table.option);
            let mut document = crate::document::Document::parse(&text).unwrap();
            let root = document.root();
            let name = row.name.replace('#', "0");
            let value = match row.kind {
                Kind::Present => "yes",
                Kind::Integer | Kind::Size { .. } => "7",
                Kind::Form(form) => form.example,
                Kind::Enum(words) => words[0],
                _ => "some",
            };
            table.set(&mut document, root, &name, value).unwrap();
            assert!(document.to_string().contains("\n  <odd a='1'/> <!-- mine -->\n"), "{name}");
            assert_eq!(table.get(&document, root, &name).as_deref(), Some(value), "{name}");
            table.clear(&mut document, root, &name).unwrap();
            assert_eq!(document.to_string(), text, "{name}");
        }
    }
}

#[test]
fn a_network_says_how_guests_get_out_and_whether_they_boot_from_it() {
    let xml = test_driver().network_by_name("default").unwrap().xml(NetworkXml::NONE).unwrap();
    let mut network = Network::parse(&xml).unwrap();
    assert_eq!(network.to_string(), xml);
    assert_eq!(network.bridge().as_deref(), Some("virbr0"));
    assert_eq!(network.forward_mode().as_deref(), Some("nat"));
    assert_eq!(network.get("ip0.dhcp.range0.end").as_deref(), Some("192.168.122.254"));
    assert_eq!(network.title(), None);
    assert!(!network.serves_boot());
    network.set("ip0.dhcp.bootp.file", "pxelinux.0").unwrap();
    assert!(network.serves_boot());
    let mistake = network.set("bridge.nmae", "x").unwrap_err().to_string();
    assert_eq!(
        mistake,
        "cannot set 'bridge.nmae' of a network: there is no such property; did you mean 'bridge.name'?"
    );
    let mistake = network.set("title", "\u{1}").unwrap_err().to_string();
    assert!(mistake.contains("control character"), "{mistake}");

    for (xml, expected) in [
        ("<network><forward mode='nat'/><ip><dhcp/></ip></network>", false),
        ("<network><ip/></network>", false),
        ("<network><forward/></network>", false),
        ("<network><forward mode='bridge'/></network>", true),
        ("<network><forward mode='nat'/><ip><dhcp><bootp file='x'/></dhcp></ip></network>", true),
        ("<network><ip/><ip><dhcp><bootp file='x'/></dhcp></ip></network>", true),
    ] {
        assert_eq!(Network::parse(xml).unwrap().serves_boot(), expected, "{xml}");
    }
}

#[test]
fn pools_and_volumes_are_made_from_their_views_and_read_back() {
    let connection = test_driver();
    let pool = connection.pool_by_name("default-pool").unwrap();
    let described = Pool::parse(&pool.xml(PoolXml::NONE).unwrap()).unwrap();
    assert_eq!(described.kind().as_deref(), Some("dir"));
    assert_eq!(described.target().as_deref(), Some("/default-pool"));
    assert_eq!(described.get("source.name"), None);

    let mut volume = Volume::default();
    for (name, value) in [("name", "one"), ("capacity", "1M"), ("target.format", "qcow2")] {
        volume.set(name, value).unwrap();
    }
    let made = pool.create_volume(&volume.to_string(), VolumeCreateFlags::NONE).unwrap();
    let made = Volume::parse(&made.xml().unwrap()).unwrap();
    assert_eq!(made.format().as_deref(), Some("qcow2"));
    assert_eq!(made.get("capacity").as_deref(), Some("1048576"));
    assert_eq!(made.get("target.path").as_deref(), Some("/default-pool/one"));
}

#[test]
fn devices_of_the_host_are_read() {
    let connection = test_driver();
    for device in connection.node_devices(NodeDeviceFilter::NONE).unwrap() {
        let view = NodeDevice::parse(&device.xml().unwrap()).unwrap();
        assert_eq!(view.get("name").as_deref(), Some(device.name()));
        assert!(view.kind().is_some(), "{view}");
    }
    let card = NodeDevice::parse(
        "<device><name>pci_0000_00_1f_2</name><parent>computer</parent><driver><name>ahci</name></driver>\
         <capability type='pci'><class>0x010601</class><domain>0</domain><bus>0</bus><slot>31</slot>\
         <function>2</function><product id='0x2922'>82801IR</product><vendor id='0x8086'>Intel</vendor>\
         </capability></device>",
    )
    .unwrap();
    assert_eq!((card.number("slot"), card.number("vendor.id")), (Some(31), Some(0x8086)));
    assert_eq!(card.get("driver").as_deref(), Some("ahci"));
}

#[test]
fn a_snapshot_tells_its_state_and_what_it_came_after() {
    // As virsh snapshot-dumpxml prints it.
    let xml = "<domainsnapshot>\n  <name>s2</name>\n  <description>desc</description>\n  <state>running</state>\n  \
               <parent>\n    <name>s1</name>\n  </parent>\n  <creationTime>1795638902</creationTime>\n  \
               <memory snapshot='internal'/>\n  <disks>\n    <disk name='vda' snapshot='internal'/>\n  </disks>\n  \
               <domain type='test'>\n    <name>test</name>\n  </domain>\n</domainsnapshot>\n";
    let mut snapshot = Snapshot::parse(xml).unwrap();
    assert_eq!(snapshot.state().as_deref(), Some("running"));
    assert_eq!(snapshot.parent().as_deref(), Some("s1"));
    assert_eq!(snapshot.get("disk0.snapshot").as_deref(), Some("internal"));
    snapshot.set("description", "before the update").unwrap();
    assert_eq!(snapshot.to_string(), xml.replace("desc<", "before the update<"));
}
