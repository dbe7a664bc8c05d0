//! The architecture that a kernel is for, as its own header says.

use std::io::Read;

use flate2::read::GzDecoder;

use super::Arch;
use crate::endian::Endian::Little;

/// Bytes of a kernel that are enough to tell.
pub(super) const BYTES: usize = 4096;

/// Machine types (PE/COFF specification; Linux' `include/linux/pe.h`).
const PE: &[(u16, Arch)] = &[
    (0x8664, Arch::X86_64),
    (0x014c, Arch::I686),
    (0xaa64, Arch::Aarch64),
    (0x01c2, Arch::Armv7l),
    (0x5064, Arch::Riscv64),
    (0x6264, Arch::Loongarch64),
];

/// Machine types of 64-bit, little-endian ELF files (System V ABI).
const ELF: &[(u16, Arch)] = &[
    (62, Arch::X86_64),
    (183, Arch::Aarch64),
    (243, Arch::Riscv64),
    (21, Arch::Ppc64le),
    (258, Arch::Loongarch64),
];

/// The architecture of the kernel that begins with these bytes; `None` if it does not tell.
pub(super) fn arch(start: &[u8]) -> Option<Arch> {
    if start.starts_with(&[0x1f, 0x8b]) {
        let mut unpacked = Vec::new();
        // It is cut off, which is no failure here.
        let _ = GzDecoder::new(start).take(BYTES as u64).read_to_end(&mut unpacked);
        return plain(&unpacked);
    }
    plain(start)
}

fn plain(start: &[u8]) -> Option<Arch> {
    linux_x86(start).or_else(|| linux_image(start)).or_else(|| pe(start)).or_else(|| elf(start))
}

/// Linux' boot protocol for x86 tells from version 2.12 on whether there is a 64-bit entry point
/// (Documentation/arch/x86/boot.rst, `xloadflags`).
fn linux_x86(start: &[u8]) -> Option<Arch> {
    if start.get(0x202..0x206)? != b"HdrS" || Little.u16(start, 0x206)? < 0x020c {
        return None;
    }
    Some(if Little.u16(start, 0x236)? & 1 != 0 { Arch::X86_64 } else { Arch::I686 })
}

/// The headers of uncompressed kernels (Documentation/arch/arm64/booting.rst, riscv/boot-image-header.rst).
fn linux_image(start: &[u8]) -> Option<Arch> {
    match start.get(56..60)? {
        b"ARM\x64" => Some(Arch::Aarch64),
        b"RSC\x05" => Some(Arch::Riscv64),
        _ => None,
    }
}

fn pe(start: &[u8]) -> Option<Arch> {
    let header = start.starts_with(b"MZ").then(|| Little.u32(start, 0x3c))?? as usize;
    let machine = start.get(header..)?.strip_prefix(b"PE\0\0").and_then(|rest| Little.u16(rest, 0))?;
    named(PE, machine)
}

fn elf(start: &[u8]) -> Option<Arch> {
    // Two bytes after the magic: 64-bit, little-endian.
    let machine = start.starts_with(b"\x7fELF\x02\x01").then(|| Little.u16(start, 18))??;
    named(ELF, machine)
}

fn named(table: &[(u16, Arch)], machine: u16) -> Option<Arch> {
    table.iter().find(|(number, _)| *number == machine).map(|(_, arch)| *arch)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn with(parts: &[(usize, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0; 1024];
        for (at, part) in parts {
            bytes[*at..at + part.len()].copy_from_slice(part);
        }
        bytes
    }

    #[test]
    fn each_header_tells_its_architecture() {
        let arm = with(&[(0, b"MZ"), (56, b"ARM\x64")]);
        for (start, expected) in [
            (with(&[(0x202, b"HdrS\x0f\x02"), (0x236, b"\x7f")]), Some(Arch::X86_64)),
            (with(&[(0x202, b"HdrS\x0f\x02")]), Some(Arch::I686)),
            (with(&[(0x202, b"HdrS\x04\x02"), (0x236, b"\x01")]), None),
            (arm, Some(Arch::Aarch64)),
            (with(&[(0, b"MZ"), (0x3c, b"\x80"), (0x80, b"PE\0\0\x64\x62")]), Some(Arch::Loongarch64)),
            (with(&[(0, b"\x7fELF\x02\x01"), (18, b"\x3e")]), Some(Arch::X86_64)),
            (with(&[(0, b"\x7fELF\x01\x01"), (18, b"\x03")]), None),
            (with(&[(0, b"MZ"), (0x3c, b"\xff\xff\xff\xff")]), None),
            (b"kernel".to_vec(), None),
            (Vec::new(), None),
        ] {
            assert_eq!(arch(&start), expected);
        }
    }

    #[test]
    fn a_packed_kernel_is_unpacked_to_be_told() {
        let arm = with(&[(56, b"ARM\x64")]);
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&arm).unwrap();
        let mut packed = packed.finish().unwrap();
        packed.truncate(packed.len() - 8);
        assert_eq!(arch(&packed), Some(Arch::Aarch64));
    }
}
