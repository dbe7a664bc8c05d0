//! Every bound that keeps a hostile image from costing more than it should.
//!
//! Each is far above what real installation media use, and is met with an error that names it, never silently.

/// Volume descriptors read before the terminator must have come. Real images have two to four.
pub const DESCRIPTORS: u64 = 64;

/// Directories below one another. Rock Ridge relocation allows any depth; real trees stay below twenty.
pub const DEPTH: usize = 128;

/// Bytes in one directory's records: 100,000 entries with long names fit.
pub const DIRECTORY_BYTES: u64 = 32 << 20;

/// Entries in one directory.
pub const DIRECTORY_ENTRIES: usize = 100_000;

/// Extents of one file. Each holds up to 4 GiB, so that is a file of 16 TiB.
pub const EXTENTS: usize = 4096;

/// Continuation areas (SUSP `CE`) followed from one directory record; also what ends a loop of them.
pub const CONTINUATIONS: usize = 32;

/// Bytes of one continuation area.
pub const CONTINUATION_BYTES: usize = 64 << 10;

/// Bytes of one Rock Ridge name, joined from all its `NM` fields.
pub const NAME_BYTES: usize = 1024;

/// Bytes of one symbolic link's target.
pub const LINK_BYTES: usize = 4096;

/// Symbolic links followed while one path is looked up, as on Linux.
pub const LINK_HOPS: usize = 40;

/// Entries in an El Torito boot catalogue; a catalogue of one 2048-byte sector has at most 64.
pub const BOOT_ENTRIES: usize = 64;

/// Bytes of one boot menu file.
pub const MENU_BYTES: usize = 256 << 10;

/// Boot menu files read from one image, through any chain of includes.
pub const MENU_FILES: usize = 64;

/// Menu files that include one another.
pub const MENU_DEPTH: usize = 8;

/// Entries kept from all the boot menus of one image.
pub const MENU_ENTRIES: usize = 256;

/// Bytes that a boot menu line may grow to when its variables are replaced.
pub const MENU_LINE_BYTES: usize = 8 << 10;

/// Bytes of `.treeinfo` and of `.disk/info`.
pub const TREEINFO_BYTES: usize = 256 << 10;

/// Partitions of one disk, and the largest number that one may have.
pub const PARTITIONS: u32 = 255;

/// Bytes of a GPT's entries: 8192 of the usual size, where tools make 128.
pub const GPT_BYTES: u64 = 1 << 20;

/// Pieces of one file on FAT and exFAT, where a file has no other bound than the number of clusters. A file of 4 GiB
/// in clusters of 16 KiB, none of which is beside the next.
pub const FRAGMENTS: usize = 1 << 18;

/// Bytes of a qcow2 image's first table, as in QEMU: a disk of 2 PiB with clusters of 64 KiB.
pub const QCOW2_TABLE_BYTES: u64 = 32 << 20;

/// Bytes kept of a qcow2 image's tables, and as many of its unpacked clusters, of which one may be 2 MiB; also the
/// window of a zstd frame, whose usual one is as large as a cluster.
pub const QCOW2_CACHE: u64 = 8 << 20;

/// Bytes of the name of a backing file, as in QEMU.
pub const QCOW2_NAME_BYTES: usize = 1023;

/// Images that are based on one another.
pub const QCOW2_DEPTH: usize = 16;
