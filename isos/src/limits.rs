//! Every bound that keeps a hostile image from costing more than it should.
//!
//! Each is far above what real installation media use, and is met with an error that names it, never silently. Of what
//! is only asked for advice (boot menus, what a tree says of itself, the files and programs that firmware starts), what
//! comes after the bound is left out; and of what is looked for within a bound, what lies behind that is not found.

/// Volume descriptors read before the terminator must have come. Real images have two to four.
pub const DESCRIPTORS: u64 = 64;

/// Directories below one another. Rock Ridge relocation allows any depth; real trees stay below twenty.
pub const DEPTH: usize = 128;

/// Bytes in one directory's records, and as many in continuation areas: 100,000 entries with long names fit.
pub const DIRECTORY_BYTES: u64 = 24 << 20;

/// Entries in one directory.
pub const DIRECTORY_ENTRIES: usize = 100_000;

/// Bytes of memory that the entries of one directory may take, with their names and targets of links, and those of all
/// directories above one another that are being walked through: a few small records may name long links many times.
/// 100,000 entries with usual names fit.
pub const LISTING_BYTES: usize = 28 << 20;

/// Bytes of memory that the list of what is extracted may take, which is known before it begins: paths, entries, and
/// what is left out. A million entries with usual names fit.
pub const EXTRACTED_BYTES: usize = 512 << 20;

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

/// Entries of an image among which the file that a boot image is read from is looked for, those of higher directories
/// first; media keep them within three levels.
pub const BOOT_IMAGE_SEARCH: usize = 4096;

/// Files of one directory that are taken for programs of a firmware; there is one an architecture.
pub const FIRMWARE_PROGRAMS: usize = 16;

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

/// Extents of a UDF volume descriptor sequence that lead on to another one; real sequences are one extent.
pub const SEQUENCE_EXTENTS: usize = 8;

/// Partition maps of a UDF volume. Real ones have one or two.
pub const PARTITION_MAPS: usize = 16;

/// Bytes from the end of a write-once UDF volume in which its virtual allocation table is looked for: images are
/// padded.
pub const VAT_SEARCH_BYTES: u64 = 64 << 20;

/// Bytes of a virtual allocation table: a million files and more.
pub const VAT_BYTES: u64 = 16 << 20;

/// What looks like a virtual allocation table, and is tried.
pub const VAT_CANDIDATES: usize = 8;

/// Steps from one ICB of a UDF file to the newer one (strategy 4096); also what ends a loop of them.
pub const ICB_STEPS: usize = 64;

/// Extents of allocation descriptors of one UDF file; also what ends a loop of them. Each is a block with some
/// hundred descriptors.
pub const ALLOCATION_EXTENTS: usize = 4096;

/// Bytes of one extent of allocation descriptors.
pub const ALLOCATION_BYTES: usize = 64 << 10;

/// Partitions of one disk, and the largest number that one may have.
pub const PARTITIONS: u32 = 255;

/// Bytes of a GPT's entries: 8192 of the usual size, where tools make 128.
pub const GPT_BYTES: u64 = 1 << 20;

/// Pieces that one file is put together from: allocation descriptors of UDF and what its partition maps cut them into,
/// and pieces of one file on FAT and exFAT, where a file has no other bound than the number of clusters. A file of 4 GiB
/// in clusters of 16 KiB, none of which is beside the next.
pub const FRAGMENTS: usize = 1 << 18;

/// The largest block of a packed file (zisofs) as a power of two: 1 MiB, which is all that is ever unpacked at a time.
pub const ZISOFS_BLOCK_BITS: u8 = 20;

/// Sessions of one disc; CDs have up to 99 tracks.
pub const SESSIONS: usize = 99;

/// Sectors behind a session in which the next is looked for: between the first two on a CD there are 11,400.
pub const SESSION_GAP_SECTORS: u64 = 12_000;

/// Bytes that an xz, lzma or zstd stream may make its reader remember. Tools take at most the block, 1 MiB.
pub const DICTIONARY_BYTES: u64 = 8 << 20;

/// Bytes of unpacked file content that an opened image keeps, so that what is read in small parts is unpacked once.
pub const UNPACKED_BYTES: usize = 8 << 20;

/// Blocks of 8 KiB of unpacked metadata (squashfs) that an opened image keeps.
pub const METADATA_BLOCKS: usize = 512;

/// Pieces that one file may lie in where its mapping is read when it is opened (ext, UFS): a file in which every
/// second block of 4 KiB is a hole, or elsewhere, may have 4 GiB.
pub const PIECES: usize = 1 << 19;

/// Levels of an extent tree, as in the kernel.
pub const EXTENT_LEVELS: u16 = 5;

/// Bytes of a qcow2 image's first table, as in QEMU: a disk of 2 PiB with clusters of 64 KiB.
pub const QCOW2_TABLE_BYTES: u64 = 32 << 20;

/// Bytes kept of a qcow2 image's tables, and as many of its unpacked clusters, of which one may be 2 MiB; also the
/// window of a zstd frame, whose usual one is as large as a cluster.
pub const QCOW2_CACHE: u64 = 8 << 20;

/// Bytes of the name of a backing file, as in QEMU.
pub const QCOW2_NAME_BYTES: usize = 1023;

/// Images that are based on one another.
pub const QCOW2_DEPTH: usize = 16;
