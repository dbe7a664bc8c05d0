//! Command lines that both refuse.

/// A command line that cannot work, and what ours says about it that helps.
pub(super) struct Refusal {
    /// The line, without the program. `DIR` is the user's home.
    pub(super) line: &'static str,
    /// What it exits with: 1, or 2 where the command line cannot be read.
    pub(super) code: i32,
    /// Part of what ours says.
    pub(super) says: &'static str,
}

pub(super) const fn refused(line: &'static str, says: &'static str) -> Refusal {
    Refusal { line, code: 1, says }
}

const fn misread(line: &'static str, says: &'static str) -> Refusal {
    Refusal { line, code: 2, says }
}

pub(super) const REFUSALS: &[Refusal] = &[
    misread("--odd", "--odd"),
    misread("--name", "--name"),
    misread("--memory", "--memory"),
    misread("odd", "odd"),
    misread("--p", "--p"),
    refused("--osinfo linux2022 --name a --disk none --boot hd --memory many", "a number of MiB"),
    refused("--osinfo linux2022 --name a --memory 64 --disk none", "--boot hd|cdrom"),
    refused("--name a --memory 64 --disk none --pxe", "--osinfo list"),
    refused("--osinfo debian --name a --memory 64 --disk none --pxe", "debian"),
    refused("--osinfo linux2022 --name a/b --memory 64 --disk none --pxe", "'/'"),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --network bridge=br0,modle=virtio",
        "did you mean 'model'?",
    ),
    refused("--osinfo linux2022 --name a --memory 64 --pxe --disk /nowhere/a.img", "/nowhere"),
    refused("--osinfo linux2022 --name a --memory 64 --pxe --disk DIR/new.img", "size"),
    refused("--osinfo linux2022 --name a --memory 64 --pxe --disk size=many", "a number of GiB"),
    refused("--osinfo linux2022 --name a --memory 64 --pxe --disk size=1 --nonsparse", "--nonsparse"),
    refused("--osinfo linux2022 --name a --memory 64 --pxe --disk none --file DIR/disk.img", "--file"),
    refused("--osinfo linux2022 --name a --memory 64 --pxe --nodisks --disk size=1", "--nodisks"),
    refused("--osinfo linux2022 --name a --memory 64 --pxe --disk DIR/disk.img,perms=odd", "ro, rw or sh"),
    refused("--osinfo linux2022 --name a --memory 64 --pxe --disk vol=odd/odd", "odd"),
    refused(
        "--osinfo linux2022 --name a --memory 64 --pxe --disk DIR/disk.img,odd=1",
        "unknown suboption 'odd'",
    ),
    refused("--osinfo linux2022 --name a --memory 64 --disk none --cdrom DIR/none.iso", "none.iso"),
    refused("--osinfo linux2022 --name a --memory 64 --disk none --location DIR/none", "none"),
    refused("--osinfo linux2022 --name a --memory 64 --disk none --location DIR", "kernel"),
    refused("--osinfo linux2022 --name a --memory 64 --disk none --pxe --virt-type odd", "odd"),
    refused("--osinfo linux2022 --name a --memory 64 --disk none --pxe --arch odd", "odd"),
    refused("--osinfo linux2022 --name a --memory 64 --disk none --pxe --vcpus many", "a whole number"),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --vcpus 3,sockets=2,cores=2",
        "topology",
    ),
    refused("--osinfo linux2022 --name a --memory 64 --disk none --pxe --features acpi=maybe", "yes or no"),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --graphics vnc,port=odd",
        "a whole number",
    ),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --clock offset=utc,odd=1",
        "unknown suboption 'odd'",
    ),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --boot odd=1",
        "unknown suboption 'odd'",
    ),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --cpu host,odd=1",
        "unknown suboption 'odd'",
    ),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --hostdev nothing_0_0",
        "virsh nodedev-list",
    ),
    refused("--osinfo linux2022 --name a --memory 64 --disk none --pxe --metadata uuid=odd", "uuid"),
    refused("--osinfo linux2022 --name a --memory 64 --disk none --pxe --network mac=odd", "odd"),
    refused("--osinfo linux2022 --name a --memory 64 --disk none --pxe --check odd=off", "path_in_use"),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --initrd-inject DIR/none",
        "does not support initrd",
    ),
    refused("--osinfo linux2022 --name a --memory 64 --disk none --pxe --extra-args x", "--location"),
    refused("--osinfo linux2022 --name a --memory 64 --disk none --install kernel_args=x", "--location"),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --install kernel_args=x",
        "--pxe boots none",
    ),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --install initrd=DIR/tree/i",
        "without its kernel",
    ),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --print-xml 9",
        "must be 1, 2, or all",
    ),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --autoconsole odd",
        "text, graphical, none",
    ),
    refused("--osinfo linux2022 --name a --memory 64 --disk none --pxe --xml odd", "odd"),
    refused(
        "--osinfo debian11 --name a --memory 64 --disk none --location DIR/tree,kernel=k,initrd=i --unattended odd=1",
        "'--unattended help' lists all",
    ),
    refused(
        "--osinfo debian11 --name a --memory 64 --disk none --location DIR/tree,kernel=k,initrd=i \
         --unattended profile=odd,user-login=ann",
        "Available profiles: desktop, jeos",
    ),
    refused(
        "--osinfo debian11 --name a --memory 64 --disk none --location DIR/tree,kernel=k,initrd=i \
         --unattended profile=jeos,user-login=root",
        "cannot use 'root' as user-login",
    ),
    refused(
        "--osinfo debian11 --name a --memory 64 --disk none --location DIR/tree,kernel=k,initrd=i \
         --unattended profile=jeos,user-login=ann",
        "hint: --unattended admin-password-file=",
    ),
    refused(
        "--osinfo debian11 --name a --memory 64 --disk none --location DIR/tree,kernel=k,initrd=i \
         --unattended profile=desktop,user-login=ann,admin-password-file=DIR/key.pub",
        "hint: --unattended user-password-file=",
    ),
    refused(
        "--osinfo debian11 --name a --memory 64 --disk none --location DIR/tree,kernel=k,initrd=i \
         --unattended profile=jeos,user-login=ann,admin-password-file=DIR/none",
        "--unattended admin-password-file=DIR/none: cannot read 'DIR/none'",
    ),
    refused(
        "--osinfo debian11 --name a --memory 64 --disk none --location DIR/tree,kernel=k,initrd=i \
         --unattended profile=jeos,user-login=ann,admin-password-file=DIR/empty",
        "requires the admin-password to be set",
    ),
    refused(
        "--osinfo freebsd13.0 --name a --memory 64 --disk none --location DIR/tree,kernel=k,initrd=i \
         --unattended profile=jeos,user-login=ann",
        "OS 'freebsd13.0' does not support unattended installation",
    ),
    refused(
        "--osinfo debian11 --name a --memory 64 --disk none --cdrom DIR/disk.img \
         --unattended profile=jeos,user-login=ann,admin-password-file=DIR/key.pub",
        "does not support required injection method 'cdrom'",
    ),
    refused(
        "--osinfo debian11 --name a --memory 64 --disk none --pxe \
         --unattended profile=jeos,user-login=ann,admin-password-file=DIR/key.pub",
        "--location or --cdrom names one",
    ),
    refused(
        "--osinfo debian11 --name a --memory 64 --disk none --import \
         --unattended profile=jeos,user-login=ann,admin-password-file=DIR/key.pub",
        "--location or --cdrom names one",
    ),
    refused("--osinfo linux2022 --name test --memory 64 --disk none --pxe", "test"),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --network user,address.slot=foo",
        "a whole number",
    ),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --network user,address.port=foo",
        "with dots",
    ),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --serial tcp,source.service=yes",
        "a whole number",
    ),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --serial tcp,host=a:b",
        "127.0.0.1:4555",
    ),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --controller scsi,address=7",
        "0:0:1f.2",
    ),
    refused("--osinfo linux2022 --name a --memory 64 --disk none --pxe --xml xpath.set=./foo", "PATH=VALUE"),
    refused("--osinfo linux2022 --name a --memory 64 --disk none --pxe --xml xpath.value=5", "xpath.set"),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --network user,xpath.value=x",
        "xpath.set",
    ),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --graphics vnc,port=5",
        "from 5900 or -1",
    ),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --graphics spice,tlsPort=7",
        "from 5900 or -1",
    ),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --qemu-commandline env=foo",
        "DISPLAY=:0",
    ),
    refused("--osinfo linux2022 --name a --memory 64 --disk none --pxe --check all", "'on' or 'off'"),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --metadata os_full_id=7",
        "OS database",
    ),
];

/// Those on a host that has devices to give away.
pub(super) const HOST_REFUSALS: &[Refusal] = &[
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --hostdev usb_1_3",
        "did you mean 'usb_1_",
    ),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --hostdev 0999:1111",
        "usb_1_2, usb_2_2",
    ),
    refused(
        "--osinfo linux2022 --name a --memory 64 --disk none --pxe --hostdev block_sda",
        "it is a part of 'scsi_3_0_0_0'",
    ),
];
