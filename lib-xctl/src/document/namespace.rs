//! Namespaces of libvirt documents. Places name them by the prefix in this table; a document may use any prefix.

/// A namespace that places can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Namespace {
    pub(super) prefix: &'static str,
    pub(super) uri: &'static str,
    /// Declared on the root element, as libvirt does, rather than on the element that needs it.
    pub(super) on_root: bool,
}

const fn row(prefix: &'static str, uri: &'static str, on_root: bool) -> Namespace {
    Namespace { prefix, uri, on_root }
}

/// Sources: the namespace attributes in libvirt's RNG schemas, and libosinfo's documentation.
const NAMESPACES: &[Namespace] = &[
    row("qemu", "http://libvirt.org/schemas/domain/qemu/1.0", true),
    row("lxc", "http://libvirt.org/schemas/domain/lxc/1.0", true),
    row("xen", "http://libvirt.org/schemas/domain/xen/1.0", true),
    row("bhyve", "http://libvirt.org/schemas/domain/bhyve/1.0", true),
    row("vmware", "http://libvirt.org/schemas/domain/vmware/1.0", true),
    row("ch", "http://libvirt.org/schemas/domain/ch/1.0", true),
    row("dnsmasq", "http://libvirt.org/schemas/network/dnsmasq/1.0", true),
    row("fs", "http://libvirt.org/schemas/storagepool/fs/1.0", true),
    row("rbd", "http://libvirt.org/schemas/storagepool/rbd/1.0", true),
    row("libosinfo", "http://libosinfo.org/xmlns/libvirt/domain/1.0", false),
];

/// Looks a prefix up that a place uses.
pub(super) fn by_prefix(prefix: &str) -> Option<&'static Namespace> {
    NAMESPACES.iter().find(|n| n.prefix == prefix)
}
