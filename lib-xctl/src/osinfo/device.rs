//! The devices that defaults ask the database about, each with the ids that stand for it.

/// Ids of one kind of device: an OS that has any of them drives it.
pub type Ids = &'static [&'static str];

/// virtio disk.
pub const VIRTIO_BLOCK: Ids = &["http://pcisig.com/pci/1af4/1001", "http://pcisig.com/pci/1af4/1042"];
/// virtio SCSI controller.
pub const VIRTIO_SCSI: Ids = &["http://pcisig.com/pci/1af4/1004", "http://pcisig.com/pci/1af4/1048"];
/// virtio network card.
pub const VIRTIO_NET: Ids = &["http://pcisig.com/pci/1af4/1000", "http://pcisig.com/pci/1af4/1041"];
/// virtio network card of the 1.0 standard: stands for virtio 1.0 as a whole.
pub const VIRTIO_1: Ids = &["http://pcisig.com/pci/1af4/1041"];
/// virtio random number generator.
pub const VIRTIO_RNG: Ids = &["http://pcisig.com/pci/1af4/1005", "http://pcisig.com/pci/1af4/1044"];
/// virtio memory balloon.
pub const VIRTIO_BALLOON: Ids = &["http://pcisig.com/pci/1af4/1002", "http://pcisig.com/pci/1af4/1045"];
/// virtio serial ports, which channels to the guest need.
pub const VIRTIO_SERIAL: Ids = &["http://pcisig.com/pci/1af4/1003", "http://pcisig.com/pci/1af4/1043"];
/// virtio tablets and keyboards.
pub const VIRTIO_INPUT: Ids = &["http://pcisig.com/pci/1af4/1052"];
/// virtio graphics.
pub const VIRTIO_GPU: Ids = &["http://pcisig.com/pci/1af4/1050"];
/// USB 3 controller.
pub const USB3: Ids = &["http://pcisig.com/pci/1b36/0004"];
/// The Q35 chipset.
pub const Q35: Ids = &["http://qemu.org/chipset/x86/q35"];
