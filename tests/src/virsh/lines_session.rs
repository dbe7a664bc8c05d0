//! Command lines that are run beside the real virsh on `qemu:///session`, and on a host that a file describes.
//!
//! The files they name are those of the other lines.

/// As one argument, on `qemu:///session`.
pub(super) const SESSION: &[&str] = &[
    "net-define net.xml; net-update n1 add ip-dhcp-host \"<host mac='52:54:00:00:00:09' ip='10.7.0.9'/>\"; net-update n1 add ip-dhcp-host \"<host mac='52:54:00:00:00:08' ip='10.7.0.8'/>\" --config; net-update n1 modify ip-dhcp-host \"<host mac='52:54:00:00:00:08' ip='10.7.0.18'/>\" --parent-index 0; net-update n1 add ip-dhcp-host \"<host mac='52:54:00:00:00:07' ip='10.7.0.7'/>\" --live; net-dumpxml n1; net-dhcp-leases n1; net-dhcp-leases n1 --mac zz; net-port-list n1; net-undefine n1",
    "net-define net.xml; net-desc n1; net-desc n1 --title; net-desc n1 --config hello; net-desc n1 --config; net-desc n1 --live; net-desc n1 --live x; net-desc n1 --config --title; net-metadata n1 http://x; net-metadata n1 http://x --set \"<a/>\" --key k; net-metadata n1 http://x; net-metadata n1 http://x --remove; net-metadata n1 http://x --set \"<a\" --key k; net-metadata n1 http://x --remove; net-dumpxml n1; net-undefine n1",
    "net-define bridged.xml; net-start n2; net-update n2 add portgroup \"<portgroup name='p'/>\"; net-update n2 add portgroup \"<portgroup name='q'/>\" --live --config; net-desc n2 --live --config both; net-desc n2 --live now; net-desc n2; net-desc n2 --config; net-destroy n2; net-undefine n2",
    "net-define bridged.xml; net-start n2; net-port-create n2 port.xml; net-port-create n2 port.xml --validate; net-port-create n2 bad.xml; net-port-list n2; net-port-list n2 --uuid; net-port-dumpxml n2 dddddddd-f6a4-8304-79aa-97f2502e1931; net-port-dumpxml n2 dddddddd-f6a4-8304-79aa-97f2502e1931 --xpath //mac; net-port-delete n2 dddddddd-f6a4-8304-79aa-97f2502e1931; net-port-list n2; net-destroy n2; net-undefine n2",
    "find-storage-pool-sources-as netfs",
    "find-storage-pool-sources netfs source.xml",
    "cpu-compare guest-cpu.xml",
    "cpu-compare guest-cpu.xml --error",
    "cpu-compare guest-cpu.xml --validate",
    "cpu-compare bad.xml",
    "cpu-compare host-cpu.xml",
    "cpu-baseline cpus.xml",
    "cpu-baseline host-cpu.xml",
    "cpu-baseline bad.xml",
    "hypervisor-cpu-compare guest-cpu.xml --virttype qemu",
    "hypervisor-cpu-compare guest-cpu.xml qemu --validate",
    "hypervisor-cpu-compare host-cpu.xml qemu",
    "hypervisor-cpu-compare bad.xml qemu",
    "hypervisor-cpu-baseline guest-cpu.xml qemu --features",
    "hypervisor-cpu-baseline host-cpu.xml qemu",
    "hypervisor-cpu-baseline --model qemu64 --virttype qemu",
    "hypervisor-cpu-baseline --model nope --virttype qemu",
    "hypervisor-cpu-models --virttype qemu",
    "hypervisor-cpu-models --virttype qemu --all",
    "hypervisor-cpu-models --virttype foo",
    "nodecpustats 999",
    "nodememstats 999",
    "freepages 0 1M",
    "node-memory-tune 5",
    "nodecpumap",
    "nodecpumap --pretty",
    "nodesevinfo",
    "allocpages 2M 1",
    "freecell -1",
];

/// As one argument, on the host that `node.xml` describes.
pub(super) const DESCRIBED: &[&str] = &[
    "nodedev-list; nodedev-list --tree; nodedev-list --cap net; nodedev-list --cap net,system; nodedev-info g; nodedev-dumpxml g --xpath //address; nodedev-destroy g; nodedev-list --tree",
    "iface-list; iface-list --all; iface-dumpxml br0; iface-mac Eth9; iface-name AA:BB:CC:dd:ee:09; iface-name aa:bb:cc:dd:ee:09; iface-name aa:bb:cc:dd:ee:01; iface-destroy Eth9; iface-list --all; iface-start Eth9; iface-undefine br0; iface-list",
    "iface-unbridge br0; iface-bridge Eth9 br0; iface-bridge Eth9 br5",
    "net-desc blue; net-desc blue --title; net-desc blue --title new title; net-dumpxml blue; net-update blue delete ip-dhcp-host \"<host mac='52:54:00:00:00:01'/>\"; net-update blue modify ip-dhcp-host \"<host mac='52:54:00:00:00:01' ip='10.0.0.3'/>\"; net-update blue add ip-dhcp-range \"<range start='10.0.0.20' end='10.0.0.30'/>\"; net-dumpxml blue",
    "vol-clone ape pan zoo; vol-list zoo --details; vol-clone ape cut zoo --print-xml; vol-create-from zoo vol.xml ape --inputpool zoo; vol-create-from zoo vol.xml /zoo/ape; vol-list zoo; vol-wipe ape zoo; vol-upload ape hosts.txt zoo; vol-download ape out zoo; find-storage-pool-sources logical",
    "freecell; freecell --all; freecell 2; freepages --all; freepages 0 4; nodecpumap; nodecpustats; cpu-models x86_64; cpu-baseline cpus.xml",
];
