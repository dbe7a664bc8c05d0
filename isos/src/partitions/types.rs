//! What partition types are called. Sources: UEFI specification 2.10 table 5.7, the Discoverable Partitions
//! Specification, Microsoft's `PARTITION_INFORMATION_GPT`, FreeBSD's `sys/disklabel.h`, illumos' `sys/vtoc.h`, and
//! for MBR, which has no authority, the numbers that fdisk knows.

/// MBR types, by their number.
const MBR: &[(u8, &str)] = &[
    (0x00, "unused"),
    (0x01, "FAT12"),
    (0x04, "FAT16 below 32 MiB"),
    (0x05, "extended"),
    (0x06, "FAT16"),
    (0x07, "NTFS or exFAT"),
    (0x0b, "FAT32"),
    (0x0c, "FAT32 (LBA)"),
    (0x0e, "FAT16 (LBA)"),
    (0x0f, "extended (LBA)"),
    (0x11, "hidden FAT12"),
    (0x14, "hidden FAT16 below 32 MiB"),
    (0x16, "hidden FAT16"),
    (0x17, "hidden NTFS or exFAT"),
    (0x1b, "hidden FAT32"),
    (0x1c, "hidden FAT32 (LBA)"),
    (0x1e, "hidden FAT16 (LBA)"),
    (0x27, "Windows recovery"),
    (0x39, "Plan 9"),
    (0x41, "PowerPC PReP boot"),
    (0x42, "Windows dynamic disk"),
    (0x63, "GNU Hurd or System V"),
    (0x80, "old Minix"),
    (0x81, "Minix"),
    (0x82, "Linux swap or Solaris"),
    (0x83, "Linux"),
    (0x85, "Linux extended"),
    (0x8e, "Linux LVM"),
    (0x96, "ISO 9660"),
    (0xa5, "FreeBSD"),
    (0xa6, "OpenBSD"),
    (0xa8, "Darwin UFS"),
    (0xa9, "NetBSD"),
    (0xab, "Darwin boot"),
    (0xaf, "HFS or HFS+"),
    (0xbe, "Solaris boot"),
    (0xbf, "Solaris"),
    (0xcd, "ISO 9660 (isohybrid)"),
    (0xda, "no file system"),
    (0xea, "Linux boot loader"),
    (0xeb, "BeOS"),
    (0xee, "GPT protective"),
    (0xef, "EFI system"),
    (0xfb, "VMware VMFS"),
    (0xfc, "VMware swap"),
    (0xfd, "Linux RAID"),
];

/// GPT types, by their GUID as it is written.
const GPT: &[(&str, &str)] = &[
    ("C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "EFI system"),
    ("024DEE41-33E7-11D3-9D69-0008C781F39F", "MBR"),
    ("21686148-6449-6E6F-744E-656564454649", "BIOS boot"),
    ("9E1A2D38-C612-4316-AA26-8B49521E5A8B", "PowerPC PReP boot"),
    ("E3C9E316-0B5C-4DB8-817D-F92DF00215AE", "Microsoft reserved"),
    ("EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", "Microsoft basic data"),
    ("5808C8AA-7E8F-42E0-85D2-E1E90434CFB3", "Windows dynamic disk metadata"),
    ("AF9B60A0-1431-4F62-BC68-3311714A69AD", "Windows dynamic disk data"),
    ("DE94BBA4-06D1-4D40-A16A-BFD50179D6AC", "Windows recovery"),
    ("E75CAF8F-F680-4CEE-AFA3-B001E56EFC2D", "Windows storage spaces"),
    ("0FC63DAF-8483-4772-8E79-3D69D8477DE4", "Linux"),
    ("0657FD6D-A4AB-43C4-84E5-0933C84B4F4F", "Linux swap"),
    ("A19D880F-05FC-4D3B-A006-743F0F84911E", "Linux RAID"),
    ("E6D6D379-F507-44C2-A23C-238F2A3DF928", "Linux LVM"),
    ("8DA63339-0007-60C0-C436-083AC8230908", "Linux reserved"),
    ("933AC7E1-2EB4-4F13-B844-0E14E2AEF915", "Linux home"),
    ("3B8F8425-20E0-4F3B-907F-1A25A76F98E8", "Linux server data"),
    ("4D21B016-B534-45C2-A9FB-5C16E091FD2D", "Linux variable data"),
    ("7EC6F557-3BC5-4ACA-B293-16EF5DF639D1", "Linux temporary data"),
    ("BC13C2FF-59E6-4262-A352-B275FD6F7172", "Linux extended boot"),
    ("44479540-F297-41B2-9AF7-D131D5F0458A", "Linux root (x86)"),
    ("4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709", "Linux root (x86-64)"),
    ("69DAD710-2CE4-4E3C-B16C-21A1D49ABED3", "Linux root (ARM)"),
    ("B921B045-1DF0-41C3-AF44-4C6F280D3FAE", "Linux root (ARM64)"),
    ("C31C45E6-3F39-412E-80FB-4809C4980599", "Linux root (PowerPC 64 LE)"),
    ("72EC70A6-CF74-40E6-BD49-4BDA08E8F224", "Linux root (RISC-V 64)"),
    ("5EEAD9A9-FE09-4A1E-A1D7-520D00531306", "Linux root (S390X)"),
    ("8484680C-9521-48C6-9C11-B0720656F69E", "Linux /usr (x86-64)"),
    ("B0E01050-EE5F-4390-949A-9101B17104E9", "Linux /usr (ARM64)"),
    ("2C7357ED-EBD2-46D9-AEC1-23D437EC2BF5", "Linux root verity (x86-64)"),
    ("DF3300CE-D69F-4C92-978C-9BFB0F38D820", "Linux root verity (ARM64)"),
    ("77FF5F63-E7B6-4633-ACF4-1565B864C0E6", "Linux /usr verity (x86-64)"),
    ("6E11A4E7-FBCA-4DED-B9E9-E1A512BB664E", "Linux /usr verity (ARM64)"),
    ("516E7CB4-6ECF-11D6-8FF8-00022D09712B", "FreeBSD disklabel"),
    ("83BD6B9D-7F41-11DC-BE0B-001560B84F0F", "FreeBSD boot"),
    ("516E7CB5-6ECF-11D6-8FF8-00022D09712B", "FreeBSD swap"),
    ("516E7CB6-6ECF-11D6-8FF8-00022D09712B", "FreeBSD UFS"),
    ("516E7CBA-6ECF-11D6-8FF8-00022D09712B", "FreeBSD ZFS"),
    ("49F48D32-B10E-11DC-B99B-0019D1879648", "NetBSD swap"),
    ("49F48D5A-B10E-11DC-B99B-0019D1879648", "NetBSD FFS"),
    ("49F48D82-B10E-11DC-B99B-0019D1879648", "NetBSD LFS"),
    ("824CC7A0-36A8-11E3-890A-952519AD3F61", "OpenBSD disklabel"),
    ("48465300-0000-11AA-AA11-00306543ECAC", "Apple HFS+"),
    ("7C3457EF-0000-11AA-AA11-00306543ECAC", "Apple APFS"),
    ("55465300-0000-11AA-AA11-00306543ECAC", "Apple UFS"),
    ("426F6F74-0000-11AA-AA11-00306543ECAC", "Apple boot"),
    ("53746F72-6167-11AA-AA11-00306543ECAC", "Apple Core Storage"),
    ("6A82CB45-1DD2-11B2-99A6-080020736631", "Solaris boot"),
    ("6A85CF4D-1DD2-11B2-99A6-080020736631", "Solaris root"),
    ("6A87C46F-1DD2-11B2-99A6-080020736631", "Solaris swap"),
    ("6A898CC3-1DD2-11B2-99A6-080020736631", "Solaris /usr or ZFS"),
    ("6A945A3B-1DD2-11B2-99A6-080020736631", "Solaris reserved"),
    ("FE3A2A5D-4F32-41A7-B725-ACCC3285A309", "ChromeOS kernel"),
    ("3CB8E202-3B7E-47DD-8A3C-7FF2A13CFCEC", "ChromeOS root"),
    ("2E0A753D-9E48-43B0-8337-B15192CB1B5E", "ChromeOS reserved"),
    ("AA31E02A-400F-11DB-9590-000C2911D1B8", "VMware VMFS"),
    ("42465331-3BA3-10F1-802A-4861696B7521", "Haiku BFS"),
];

/// File systems in BSD disklabels, by their number.
const BSD: &[(u8, &str)] = &[
    (0, "unused"),
    (1, "BSD swap"),
    (7, "BSD FFS"),
    (8, "FAT"),
    (11, "HPFS"),
    (12, "ISO 9660"),
    (13, "BSD boot"),
    (14, "BSD Vinum or Amiga FFS"),
    (15, "Apple HFS"),
    (17, "ext2"),
    (18, "NTFS"),
    (19, "BSD RAID"),
    (20, "BSD ccd"),
    (27, "ZFS"),
];

/// Tags of Solaris slices, by their number, and those that Linux has for its own on SPARC.
const SOLARIS: &[(u16, &str)] = &[
    (0, "Solaris slice"),
    (1, "Solaris boot"),
    (2, "Solaris root"),
    (3, "Solaris swap"),
    (4, "Solaris /usr"),
    (5, "Solaris backup"),
    (6, "Solaris stand"),
    (7, "Solaris /var"),
    (8, "Solaris /home"),
    (9, "Solaris alternate sectors"),
    (11, "Solaris reserved"),
    (0x82, "Linux swap"),
    (0x83, "Linux"),
    (0x8e, "Linux LVM"),
    (0xfd, "Linux RAID"),
];

pub(super) fn mbr(number: u8) -> String {
    numbered(MBR, number, format_args!("MBR type 0x{number:02x}"))
}

pub(super) fn bsd(number: u8) -> String {
    numbered(BSD, number, format_args!("BSD type {number}"))
}

pub(super) fn solaris(number: u16) -> String {
    numbered(SOLARIS, number, format_args!("Solaris tag {number}"))
}

fn numbered<N: PartialEq>(names: &[(N, &str)], number: N, unknown: std::fmt::Arguments<'_>) -> String {
    let known = names.iter().find(|(known, _)| *known == number);
    known.map_or_else(|| unknown.to_string(), |(_, name)| (*name).to_owned())
}

pub(super) fn gpt(guid: &[u8; 16]) -> String {
    let written = written(guid);
    let known = GPT.iter().find(|(known, _)| *known == written);
    known.map_or_else(|| format!("GPT type {written}"), |(_, name)| (*name).to_owned())
}

/// A GUID as it is written: its first three numbers are little-endian, the rest are bytes.
fn written(guid: &[u8; 16]) -> String {
    let [a, b, c, d, e, f, g, h, rest @ ..] = *guid;
    let [i, j, node @ ..] = rest;
    let (first, second, third) =
        (u32::from_le_bytes([a, b, c, d]), u16::from_le_bytes([e, f]), u16::from_le_bytes([g, h]));
    let [k, l, m, n, o, p] = node;
    format!("{first:08X}-{second:04X}-{third:04X}-{i:02X}{j:02X}-{k:02X}{l:02X}{m:02X}{n:02X}{o:02X}{p:02X}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_known_by_its_mixed_order() {
        let efi = *b"\x28\x73\x2a\xc1\x1f\xf8\xd2\x11\xba\x4b\x00\xa0\xc9\x3e\xc9\x3b";
        assert_eq!(gpt(&efi), "EFI system");
        assert_eq!(gpt(&[0x11; 16]), "GPT type 11111111-1111-1111-1111-111111111111");
    }

    #[test]
    fn every_guid_is_written_alike() {
        for (guid, name) in GPT {
            let is_upper =
                guid.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit() || byte.is_ascii_uppercase());
            assert!(guid.len() == 36 && is_upper, "{name}");
        }
    }
}
