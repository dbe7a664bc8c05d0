//! What single devices get.

use super::*;

#[test]
fn network_cards_go_where_the_connection_can_reach() {
    let seen =
        ["devices/interface/@type", "devices/interface/source/@network", "devices/interface/source/@bridge"];
    let mut trial = Trial::new();
    trial.facts.network = Some(Network::Network("default".into()));
    assert_eq!(trial.fill("<domain/>").all(&seen), "user - -");
    trial.connection = Connection::from_uri("qemu:///system");
    assert_eq!(trial.fill("<domain/>").all(&seen), "network default -");
    trial.facts.network = Some(Network::Bridge("br0".into()));
    assert_eq!(trial.fill("<domain/>").all(&seen), "bridge - br0");
    trial.facts.network = None;
    assert_eq!(trial.fill("<domain/>").all(&seen), "user - -");
    trial.connection = Connection::from_uri("test:///default");
    trial.facts.network = Some(Network::Network("default".into()));
    assert_eq!(trial.fill("<domain/>").all(&seen), "user - -", "it has none that a guest could reach");
    let card = |inner: &str| format!("<domain><devices><interface{inner}</interface></devices></domain>");
    trial.connection = Connection::from_uri("qemu:///session");
    assert_eq!(trial.fill(&card("><source bridge='b'/>")).all(&seen), "bridge - b");
    assert_eq!(trial.fill(&card("><source network='n'/>")).all(&seen), "network n -");
    assert_eq!(trial.fill(&card(" type='default'>")).all(&seen), "user - -");
    let address = trial.fill("<domain/>").get("devices/interface/mac/@address").unwrap();
    assert!(address.starts_with("52:54:00:") && address.len() == 17, "{address}");
}

#[test]
fn ports_are_forwarded_by_passt_or_by_qemu_itself() {
    let card = |inner: &str| {
        format!(
            "<domain><devices><interface>{inner}<portForward proto='tcp' address='127.0.0.1'>\
             <range start='2222' to='22'/></portForward></interface></devices></domain>"
        )
    };
    let mut trial = Trial::new();
    trial.connection = Connection::from_uri("qemu:///system");
    trial.facts.network = Some(Network::Network("default".into()));
    let seen = ["devices/interface/@type", "devices/interface/backend/@type"];
    assert_eq!(trial.fill(&card("")).all(&seen), "user passt");
    trial.facts.lacks_passt = true;
    let filled = trial.fill(&card("<mac address='52:54:00:00:00:01'/>"));
    assert_eq!(filled.all(&seen), "- -");
    let arguments = |at: usize| filled.get(&format!("qemu:commandline/qemu:arg[{at}]/@value")).unwrap();
    assert_eq!(arguments(2), "user,id=forwarding0,hostfwd=tcp:127.0.0.1:2222-:22");
    assert_eq!(arguments(4), "e1000,netdev=forwarding0,mac=52:54:00:00:00:01,bus=pci.0,addr=0x10");
    // What QEMU cannot do is left to passt, whose absence libvirt tells.
    assert_eq!(trial.fill(&card("<portForward proto='tcp' dev='eth0'/>")).all(&seen), "user passt");
    // Another network is not given up for ports.
    let elsewhere = trial.fill(&card("").replace("<interface>", "<interface type='bridge'>"));
    assert_eq!(elsewhere.all(&seen), "bridge -");
    assert!(elsewhere.get("devices/interface/portForward/@proto").is_some());
}

#[test]
fn a_spice_console_brings_its_devices() {
    let spice = "<domain><devices><graphics type='spice'/></devices></domain>";
    let filled = Trial::new().of(modern_linux()).fill(spice);
    let seen = ["devices/graphics/@autoport", "devices/sound/@model", "features/vmport/@state"];
    assert_eq!(filled.all(&seen), "yes ich9 off");
    assert!(filled.has("devices/channel[@type='spicevmc']") && filled.has("devices/redirdev[2]"));
    assert!(filled.has("devices/channel[@type='unix']"), "the guest agent has its own");
    let port = "<domain><devices><graphics type='spice' port='5901'/></devices></domain>";
    let seen = ["devices/graphics/@port", "devices/graphics/@tlsPort", "devices/graphics/@autoport"];
    assert_eq!(Trial::new().fill(port).all(&seen), "5901 -1 -");
}

#[test]
fn disks_are_named_in_order_and_never_twice() {
    let disk = |inner: &str| format!("<disk type='file'>{inner}</disk>");
    let disks = [
        disk("<target dev='vdb'/>"),
        disk(""),
        disk("<target bus='sata'/>"),
        disk("<target bus='scsi'/>"),
        "<disk device='cdrom'/><disk device='floppy'/><disk device='lun'/>".to_owned(),
    ];
    let domain = format!("<domain><devices>{}</devices></domain>", disks.concat());
    let filled = Trial::new().of(modern_linux()).fill(&domain);
    let name = |n| filled.get(&format!("devices/disk[{n}]/target/@dev")).unwrap();
    assert_eq!((1..=7).map(name).collect::<Vec<_>>().join(" "), "vdb vdc sda sdb sdc fda sdd");
    assert!(filled.has("devices/disk[5]/readonly") && filled.has("devices/controller[@model='virtio-scsi']"));
}

#[test]
fn only_new_sparse_images_and_block_devices_are_discarded() {
    let mut trial = Trial::new();
    trial.facts.sparse = vec!["/new".to_owned()];
    let discard = |disk: &str| {
        let filled = trial.fill(&format!("<domain><devices>{disk}</devices></domain>"));
        filled.all(&["devices/disk/driver/@discard", "devices/disk/driver/@cache", "devices/disk/driver/@io"])
    };
    assert_eq!(discard("<disk type='file'><source file='/new'/></disk>"), "unmap - -");
    assert_eq!(discard("<disk type='file'><source file='/old'/></disk>"), "- - -");
    assert_eq!(discard("<disk type='block'><source dev='/dev/x'/></disk>"), "unmap none native");
    let cached = "<disk type='block'><driver cache='writeback'/><source dev='/dev/x'/></disk>";
    assert_eq!(discard(cached), "unmap writeback -");
}

#[test]
fn a_part_of_a_topology_is_completed() {
    let arranged = |cpus: &str, topology: &str| {
        let cpus = if cpus.is_empty() { String::new() } else { format!("<vcpu>{cpus}</vcpu>") };
        let domain = format!("<domain>{cpus}<cpu><topology {topology}/></cpu></domain>");
        let places = ["sockets", "dies", "cores", "threads"].map(|part| format!("cpu/topology/@{part}"));
        let filled = Trial::new().fill(&domain);
        let parts = filled.all(&places.each_ref().map(String::as_str));
        format!("{} = {parts}", filled.get("vcpu").unwrap())
    };
    for (cpus, topology, expected) in [
        ("6", "threads='2'", "6 = 1 1 3 2"),
        ("6", "cores='3'", "6 = 2 1 3 1"),
        ("8", "sockets='2' threads='2'", "8 = 2 1 2 2"),
        ("6", "dies='2'", "6 = 1 2 3 1"),
        ("", "sockets='2' cores='3'", "6 = 2 1 3 1"),
        ("", "threads='2'", "2 = 1 1 1 2"),
    ] {
        assert_eq!(arranged(cpus, topology), expected, "{cpus} {topology}");
    }
    let mut wrong =
        Document::parse("<domain><vcpu>7</vcpu><cpu><topology sockets='2'/></cpu></domain>").unwrap();
    let error = fill(&mut wrong, &Trial::new().context()).unwrap_err();
    assert_eq!(error, Error::Topology { cpus: 7, implied: 6 });
}

#[test]
fn pci_express_has_free_ports_and_always_a_root() {
    let q35 = "<os><type machine='q35'/></os>";
    let ports = |filled: &Filled| filled.document.to_string().matches("pcie-root-port").count();
    let filled = Trial::new().fill(&format!("<domain>{q35}</domain>"));
    assert_eq!((ports(&filled), filled.has("devices/controller[@model='pcie-root']")), (14, true));
    let own = "<devices><controller type='pci' model='pcie-root-port'/></devices>";
    let filled = Trial::new().fill(&format!("<domain>{q35}{own}</domain>"));
    let root = filled.get("devices/controller[@model='pcie-root']/@index");
    assert_eq!((ports(&filled), root.as_deref()), (1, Some("0")));
    assert_eq!(ports(&Trial::new().fill("<domain/>")), 0);
}

#[test]
fn virtiofs_gets_the_shared_memory_it_needs() {
    let domain =
        |driver: &str| format!("<domain><devices><filesystem>{driver}</filesystem></devices></domain>");
    let seen = ["devices/filesystem/@accessmode", "memoryBacking/source/@type", "memoryBacking/access/@mode"];
    assert_eq!(Trial::new().fill(&domain("<driver type='virtiofs'/>")).all(&seen), "- memfd shared");
    assert_eq!(Trial::new().fill(&domain("")).all(&seen), "mapped - -");
}

#[test]
fn devices_of_which_little_was_said_get_the_rest() {
    for (device, place, value) in [
        ("<disk type='file'><source file='/a'/><target bus='nvme'/></disk>", "disk/target/@dev", "sda"),
        ("<disk type='nvme'><source type='pci'/></disk>", "disk/driver/@name", "-"),
        ("<hostdev type='pci'><address bus='1'/></hostdev>", "hostdev/@mode", "subsystem"),
        ("<hostdev type='pci'><address bus='1'/></hostdev>", "hostdev/@managed", "yes"),
        ("<hostdev mode='capabilities' type='misc'/>", "hostdev/@mode", "capabilities"),
        ("<serial type='qemu-vdagent'/>", "serial/target/@name", "com.redhat.spice.0"),
        ("<serial type='spiceport'/>", "serial/target/@name", "-"),
        ("<serial type='unix'/>", "serial/source/@mode", "bind"),
        ("<channel type='tcp'/>", "channel/source/@mode", "bind"),
        ("<channel type='tcp'><source mode='connect'/></channel>", "channel/source/@mode", "connect"),
        ("<rng model='default'><backend model='default'/></rng>", "rng/backend/@model", "random"),
    ] {
        let filled = Trial::new().fill(&format!("<domain><devices>{device}</devices></domain>"));
        assert_eq!(filled.all(&[&format!("devices/{place}")]), value, "{device} {place}");
    }
}

#[test]
fn the_place_of_a_tpms_state_is_refused_where_libvirt_would_remove_what_is_beside_it() {
    let filled = |source: &str| {
        let backend = format!("<backend type='emulator'><source {source}/></backend>");
        let domain = format!("<domain><devices><tpm>{backend}</tpm></devices></domain>");
        fill(&mut Document::parse(&domain).unwrap(), &Trial::new().context()).map(drop)
    };
    let error = filled("path='/home/ann/tpm'").unwrap_err().to_string();
    assert!(error.contains("removes the directory that '/home/ann/tpm' lies in"), "{error}");
    assert!(filled("type='dir' path='/home/ann/tpm'").is_ok());
}
