//! Volume descriptors (ECMA-119 section 8): which trees a volume offers, and what it says of itself.

use super::{SECTOR, record};
use crate::endian::Endian::Little;
use crate::entry::Extent;
use crate::source::Source;
use crate::{Error, Identifiers, limits, utf16};

/// The descriptors that matter here.
pub(super) struct Set {
    pub(super) primary: Tree,
    pub(super) joliet: Option<Tree>,
    /// The tree of ISO 9660:1999, whose names are as they were given.
    pub(super) enhanced: Option<Tree>,
    /// Sector of the El Torito boot catalogue.
    pub(super) boot_catalogue: Option<u64>,
    pub(super) has_udf: bool,
}

/// A primary or supplementary descriptor.
pub(super) struct Tree {
    /// Where the descriptor begins, in bytes.
    pub(super) offset: u64,
    pub(super) block: u64,
    pub(super) root: Extent,
    pub(super) identifiers: Identifiers,
}

/// Sectors of a session before its descriptors.
pub(super) const FIRST_SECTOR: u64 = 16;
/// The version of a supplementary descriptor that is ISO 9660:1999's.
const ENHANCED: u8 = 2;
const EL_TORITO: &[u8] = b"EL TORITO SPECIFICATION";
/// Escape sequences for UCS-2 levels 1 to 3 (Joliet specification).
const JOLIET_ESCAPES: [&[u8]; 3] = [b"%/@", b"%/C", b"%/E"];

/// Reads the descriptor sequence of the session that begins at a sector; `None` if it holds no primary descriptor.
pub(super) fn read(source: &Source, session: u64) -> Result<Option<Set>, Error> {
    let mut primary = None;
    let mut joliet = None;
    let mut enhanced = None;
    let mut boot_catalogue = None;
    let mut has_udf = false;
    let mut terminated = false;
    for number in 0.. {
        let offset = (session + FIRST_SECTOR + number) * SECTOR;
        let mut sector = [0; SECTOR as usize];
        if source.read_some(offset, &mut sector)? < sector.len() {
            break;
        }
        // UDF's recognition sequence follows where ISO 9660's ends.
        match &sector[1..6] {
            b"CD001" | b"BEA01" => {}
            b"NSR02" | b"NSR03" => {
                has_udf = true;
                break;
            }
            _ => break,
        }
        if number >= limits::DESCRIPTORS {
            let why = format!("they have no end within {} sectors", limits::DESCRIPTORS);
            return Err(source.damaged("read the volume descriptors", offset, why));
        }
        if terminated || &sector[1..6] != b"CD001" {
            continue;
        }
        match sector[0] {
            0 if sector[7..].starts_with(EL_TORITO) => {
                boot_catalogue = boot_catalogue.or(Little.u32(&sector, 0x47).map(u64::from));
            }
            1 if primary.is_none() => primary = Some(tree(source, offset, &sector, false)?),
            2 if joliet.is_none() && JOLIET_ESCAPES.iter().any(|escape| sector[88..].starts_with(escape)) => {
                joliet = Some(tree(source, offset, &sector, true)?);
            }
            2 if enhanced.is_none() && sector[6] == ENHANCED => {
                enhanced = Some(tree(source, offset, &sector, false)?);
            }
            255 => terminated = true,
            _ => {}
        }
    }
    Ok(primary.map(|primary| Set { primary, joliet, enhanced, boot_catalogue, has_udf }))
}

fn tree(source: &Source, offset: u64, sector: &[u8], wide: bool) -> Result<Tree, Error> {
    let attempted = "read the volume descriptor";
    let block = u64::from(Little.u16(sector, 128).unwrap_or(0));
    if !matches!(block, 512 | 1024 | 2048) {
        let why = format!("a logical block of {block} bytes is not possible");
        return Err(source.damaged(attempted, offset + 128, why));
    }
    let root = record::parse(&sector[156..190])
        .filter(|root| root.is_directory && root.length > 0)
        .ok_or_else(|| source.damaged(attempted, offset + 156, "it has no root directory"))?;
    let text = |from: usize, to: usize| identifier(&sector[from..to], wide);
    let blocks = u64::from(Little.u32(sector, 80).unwrap_or(0));
    let identifiers = Identifiers {
        system: text(8, 40),
        volume: text(40, 72),
        volume_set: text(190, 318),
        publisher: text(318, 446),
        preparer: text(446, 574),
        application: text(574, 702),
        volume_size: blocks * block,
    };
    let root = Extent::data(root.first_block() * block, u64::from(root.length));
    Ok(Tree { offset, block, root, identifiers })
}

/// A padded text field. Nothing ensures that it keeps to the standard's small character set.
fn identifier(field: &[u8], wide: bool) -> String {
    let text = if wide { utf16::from_be(field) } else { String::from_utf8_lossy(field).into_owned() };
    let shown: String = text.split('\0').next().unwrap_or("").chars().filter(|c| !c.is_control()).collect();
    shown.trim_end().to_owned()
}
