//! UDF volumes built from their structures: what no tool on Linux writes, and what none should.

/// What the blocks of files and directories are numbered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    /// With a virtual allocation table as UDF 1.50 has it, or as UDF 2.00 does.
    Virtual {
        has_header: bool,
    },
    /// With two packets that were moved.
    Sparable,
    /// With a mirror that has blocks of its own.
    Metadata,
}

/// A block of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At {
    pub(super) partition: u16,
    pub(super) block: u32,
}

pub(super) const FILE: u8 = 5;
pub(super) const DIRECTORY: u8 = 4;
pub(super) const LINK: u8 = 12;

/// What is written of a file.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) file_type: u8,
    pub(super) size: u64,
    /// 0 short, 1 long, 2 extended, 3 within the entry; and other flags.
    pub(super) flags: u16,
    pub(super) list: Vec<u8>,
    pub(super) permissions: u32,
    pub(super) strategy: u16,
    pub(super) is_extended: bool,
}

impl Node {
    /// One with its content inside.
    pub(super) fn inside(file_type: u8, content: &[u8]) -> Node {
        Node {
            file_type,
            size: content.len() as u64,
            flags: 3,
            list: content.to_vec(),
            permissions: 0b11111_00101_00100,
            strategy: 4,
            is_extended: true,
        }
    }

    /// One whose content is described by descriptors of that form.
    pub(super) fn listed(form: u16, size: u64, list: Vec<u8>) -> Node {
        Node { size, flags: form, list, ..Node::inside(FILE, b"") }
    }
}

pub(super) const PARTITION: u32 = 288;
const BLOCKS: u32 = 448;
const MAIN: u32 = 128;
const RESERVE: u32 = 160;
const INTEGRITY: u32 = 192;
const PACKET: u32 = 16;
/// Where the metadata file, its parts and its mirror lie in the partition.
const META: [u32; 2] = [40, 80];
const MIRROR: u32 = 100;
const META_BLOCKS: u32 = 20;
/// Blocks of the volume that hold spare packets.
const SPARE: u32 = PARTITION + BLOCKS;

/// A volume under construction, or a whole one.
pub(super) struct Volume {
    pub(super) bytes: Vec<u8>,
    pub(super) block: u32,
    style: Style,
    next: u32,
    table: Vec<u32>,
    meta: u32,
    /// Where each descriptor lies, for [`Volume::mend`].
    pub(super) descriptors: Vec<usize>,
}

impl Volume {
    pub(super) fn new(style: Style, block: u32) -> Volume {
        let total = (SPARE + 4 * PACKET) * block;
        let mut volume = Volume {
            bytes: vec![0; total as usize],
            block,
            style,
            next: 0,
            table: Vec::new(),
            meta: 0,
            descriptors: Vec::new(),
        };
        let step = block.max(2048) as usize;
        for (number, mark) in [b"BEA01", b"NSR03", b"TEA01"].into_iter().enumerate() {
            let at = 32768 + number * step;
            volume.bytes[at + 1..at + 6].copy_from_slice(mark);
            volume.bytes[at + 6] = 1;
        }
        volume
    }

    /// A place for a file entry or whatever else describes files.
    pub(super) fn place(&mut self) -> At {
        match self.style {
            Style::Plain | Style::Sparable => At { partition: 0, block: self.data(1) },
            Style::Virtual { .. } => {
                let block = self.data(2);
                self.table.push(block);
                At { partition: 1, block: self.table.len() as u32 - 1 }
            }
            Style::Metadata => {
                self.meta += 2;
                At { partition: 1, block: self.meta - 2 }
            }
        }
    }

    /// Blocks for content, with a gap behind them.
    pub(super) fn data(&mut self, count: u32) -> u32 {
        self.next += count + 1;
        // The blocks from here to there are kept for metadata files.
        if self.style == Style::Metadata && self.next < 160 {
            self.next = 160 + count + 1;
        }
        assert!(self.next <= BLOCKS, "the partition is full");
        self.next - count - 1
    }

    pub(super) fn offset(&self, at: At) -> usize {
        let block = match (at.partition, self.style) {
            (1, Style::Virtual { .. }) => self.table[at.block as usize],
            (1, Style::Metadata) => {
                let (half, within) = (at.block / (META_BLOCKS / 2), at.block % (META_BLOCKS / 2));
                META[half as usize] + within
            }
            _ => at.block,
        };
        ((PARTITION + block) * self.block) as usize
    }

    /// Writes content to blocks of the partition.
    pub(super) fn write(&mut self, block: u32, content: &[u8]) {
        let at = self.offset(At { partition: 0, block });
        self.bytes[at..at + content.len()].copy_from_slice(content);
    }

    pub(super) fn descriptor(&mut self, offset: usize, kind: u16, location: u32, body: &[u8]) {
        let bytes = tagged(kind, location, body);
        self.bytes[offset..offset + bytes.len()].copy_from_slice(&bytes);
        self.descriptors.push(offset);
    }

    pub(super) fn put_descriptor(&mut self, at: At, kind: u16, body: &[u8]) {
        self.descriptor(self.offset(at), kind, at.block, body);
    }

    /// Writes a file entry.
    pub(super) fn put(&mut self, at: At, node: &Node) {
        let mut body = Vec::new();
        body.extend(0_u32.to_le_bytes());
        body.extend(node.strategy.to_le_bytes());
        body.extend([0, 0, 1, 0, 0, node.file_type]);
        body.extend([0; 6]);
        body.extend(node.flags.to_le_bytes());
        for number in [1000_u32, 100, node.permissions] {
            body.extend(number.to_le_bytes());
        }
        body.extend([2, 0, 0, 0, 0, 0, 0, 0]);
        body.extend(node.size.to_le_bytes());
        if node.is_extended {
            body.extend(node.size.to_le_bytes());
        }
        body.extend([0; 8]);
        // Accessed and modified, an hour ahead of UTC.
        for day in [1, 2] {
            body.extend(time(day));
        }
        if node.is_extended {
            body.extend(time(3));
        }
        body.extend(time(4));
        body.extend([1, 0, 0, 0]);
        body.extend(vec![0; if node.is_extended { 4 + 16 + 16 } else { 16 } + 32 + 8]);
        body.extend(0_u32.to_le_bytes());
        body.extend((node.list.len() as u32).to_le_bytes());
        body.extend(&node.list);
        self.put_descriptor(at, if node.is_extended { 266 } else { 261 }, &body);
    }

    /// Writes an entry to a place of its own.
    pub(super) fn node(&mut self, node: &Node) -> At {
        let at = self.place();
        self.put(at, node);
        at
    }

    /// A directory of these names.
    pub(super) fn directory(&mut self, at: At, names: &[Vec<u8>]) {
        self.put(at, &Node::inside(DIRECTORY, &names.concat()));
    }

    /// The whole volume.
    pub(super) fn finish(mut self, root: At) -> Volume {
        let set = self.place();
        let mut body = vec![0; 496];
        body[400 - 16..416 - 16].copy_from_slice(&long(self.block, root));
        characters(&mut body, &[48, 240]);
        self.put_descriptor(set, 256, &body);
        match self.style {
            Style::Plain => {}
            Style::Virtual { has_header } => self.virtual_table(has_header),
            Style::Sparable => self.spare(),
            Style::Metadata => self.metadata(),
        }
        for start in [MAIN, RESERVE] {
            self.sequence(start, set);
        }
        self.integrity();
        let last = self.bytes.len() as u32 / self.block - 1;
        let anchors = if matches!(self.style, Style::Virtual { .. }) { vec![256] } else { vec![256, last] };
        for anchor in anchors {
            let mut body = vec![0; 496];
            for (at, start) in [(0, MAIN), (8, RESERVE)] {
                body[at..at + 4].copy_from_slice(&(16 * self.block).to_le_bytes());
                body[at + 4..at + 8].copy_from_slice(&start.to_le_bytes());
            }
            self.descriptor((anchor * self.block) as usize, 2, anchor, &body);
        }
        self
    }

    /// That the volume is whole, which others than our reader want to know.
    fn integrity(&mut self) {
        let partitions = self.maps().len() as u32;
        let mut body = time(5).to_vec();
        body.extend(1_u32.to_le_bytes());
        body.extend([0; 8]);
        body.extend([100, 0, 0, 0]);
        body.resize(72 - 16, 0);
        body.extend(partitions.to_le_bytes());
        body.extend(46_u32.to_le_bytes());
        for number in [0, BLOCKS] {
            body.extend((0..partitions).flat_map(|_| number.to_le_bytes()));
        }
        body.resize(body.len() + 32 + 8, 0);
        body.extend([1, 2, 1, 2, 1, 2]);
        self.descriptor((INTEGRITY * self.block) as usize, 9, INTEGRITY, &body);
    }

    fn sequence(&mut self, start: u32, set: At) {
        let at = |number: u32, block: u32| ((start + number) * block) as usize;
        let mut primary = vec![0; 496];
        primary[72 - 16..72 - 16 + 5].copy_from_slice(b"\x08SETS");
        primary[199 - 16] = 5;
        characters(&mut primary, &[200, 264]);
        self.descriptor(at(0, self.block), 1, start, &primary);
        let mut partition = vec![0; 496];
        partition[24 - 16..31 - 16].copy_from_slice(b"\0+NSR03");
        partition[184 - 16] = 1;
        partition[188 - 16..192 - 16].copy_from_slice(&PARTITION.to_le_bytes());
        partition[192 - 16..196 - 16].copy_from_slice(&BLOCKS.to_le_bytes());
        self.descriptor(at(1, self.block), 5, start + 1, &partition);
        let maps = self.maps();
        let mut logical = vec![0; 440 - 16];
        logical[84 - 16..84 - 16 + 6].copy_from_slice(b"\x08BUILT");
        logical[211 - 16] = 6;
        logical[212 - 16..216 - 16].copy_from_slice(&self.block.to_le_bytes());
        let revision: u16 = match self.style {
            Style::Virtual { has_header: false } => 0x0150,
            Style::Metadata => 0x0250,
            _ => 0x0201,
        };
        logical[240 - 16..242 - 16].copy_from_slice(&revision.to_le_bytes());
        logical[216 - 16..216 - 16 + 20].copy_from_slice(b"\0*OSTA UDF Compliant");
        logical[248 - 16..264 - 16].copy_from_slice(&long(self.block, set));
        logical[264 - 16..268 - 16].copy_from_slice(&(maps.concat().len() as u32).to_le_bytes());
        logical[268 - 16..272 - 16].copy_from_slice(&(maps.len() as u32).to_le_bytes());
        characters(&mut logical, &[20]);
        logical[432 - 16..436 - 16].copy_from_slice(&self.block.to_le_bytes());
        logical[436 - 16..440 - 16].copy_from_slice(&INTEGRITY.to_le_bytes());
        logical.extend(maps.concat());
        self.descriptor(at(2, self.block), 6, start + 2, &logical);
        self.descriptor(at(4, self.block), 8, start + 4, &[0; 496]);
    }

    fn maps(&self) -> Vec<Vec<u8>> {
        let plain = vec![1, 6, 1, 0, 0, 0];
        let named = |name: &[u8]| {
            let mut map = vec![0; 64];
            (map[0], map[1], map[36]) = (2, 64, 1);
            map[5..5 + name.len()].copy_from_slice(name);
            map
        };
        match self.style {
            Style::Plain => vec![plain],
            Style::Virtual { .. } => vec![plain, named(b"*UDF Virtual Partition")],
            Style::Sparable => {
                let mut map = named(b"*UDF Sparable Partition");
                map[40..42].copy_from_slice(&(PACKET as u16).to_le_bytes());
                map[42] = 1;
                map[44..48].copy_from_slice(&self.block.to_le_bytes());
                map[48..52].copy_from_slice(&(SPARE + 3 * PACKET).to_le_bytes());
                vec![map]
            }
            Style::Metadata => {
                let mut map = named(b"*UDF Metadata Partition");
                for (at, block) in [(40, META[0] - 1), (44, MIRROR - 1), (48, u32::MAX), (52, 1)] {
                    map[at..at + 4].copy_from_slice(&block.to_le_bytes());
                }
                map[56..58].copy_from_slice(&1_u16.to_le_bytes());
                map[58] = 1;
                vec![plain, map]
            }
        }
    }

    fn virtual_table(&mut self, has_header: bool) {
        let mut content = Vec::new();
        if has_header {
            content.extend(152_u16.to_le_bytes());
            content.resize(132, 0);
            content.extend(u32::MAX.to_le_bytes());
            content.resize(152, 0);
        }
        content.extend(self.table.iter().flat_map(|block| block.to_le_bytes()));
        if !has_header {
            content.push(0);
            content.extend(b"*UDF Virtual Alloc Tbl");
            content.resize(content.len() + 32 - 23, 0);
            content.extend(u32::MAX.to_le_bytes());
        }
        let file_type = if has_header { 248 } else { 0 };
        let node = Node { is_extended: has_header, ..Node::inside(file_type, &content) };
        let at = At { partition: 0, block: self.data(1) };
        self.put(at, &node);
        self.bytes.truncate(self.offset(at) + self.block as usize);
    }

    fn spare(&mut self) {
        let size = (PACKET * self.block) as usize;
        let mut body = vec![0; 56 - 16];
        body[1..1 + 18].copy_from_slice(b"*UDF Sparing Table");
        body[32..34].copy_from_slice(&3_u16.to_le_bytes());
        for (spare, packet) in [(1, 0), (0, 2 * PACKET)] {
            let from = self.offset(At { partition: 0, block: packet });
            let to = ((SPARE + spare * PACKET) * self.block) as usize;
            self.bytes.copy_within(from..from + size, to);
            self.bytes[from..from + size].fill(0xee);
            body.extend(packet.to_le_bytes());
            body.extend((SPARE + spare * PACKET).to_le_bytes());
            for offset in &mut self.descriptors {
                if (from..from + size).contains(offset) {
                    *offset = *offset - from + to;
                }
            }
        }
        body.extend([u32::MAX.to_le_bytes(), (SPARE + 2 * PACKET).to_le_bytes()].concat());
        self.descriptor(((SPARE + 3 * PACKET) * self.block) as usize, 0, SPARE + 3 * PACKET, &body);
    }

    fn metadata(&mut self) {
        let half = META_BLOCKS / 2 * self.block;
        let main = [META[0], META[1]].map(|block| short(half, block)).concat();
        let size = u64::from(2 * half);
        let entry = |file_type, list| Node { file_type, ..Node::listed(0, size, list) };
        self.put(At { partition: 0, block: META[0] - 1 }, &entry(250, main));
        let mirror = short(2 * half, MIRROR).to_vec();
        self.put(At { partition: 0, block: MIRROR - 1 }, &entry(251, mirror));
        for (number, block) in META.into_iter().enumerate() {
            let from = self.offset(At { partition: 0, block });
            let to = self.offset(At { partition: 0, block: MIRROR }) + number * half as usize;
            self.bytes.copy_within(from..from + half as usize, to);
        }
    }

    /// Makes the tags of what was changed right again, so that a reader takes it for true.
    pub(super) fn mend(bytes: &mut [u8], descriptors: &[usize]) {
        for offset in descriptors {
            let Some(tag) = bytes.get(*offset..offset + 16) else { continue };
            let length = usize::from(u16::from_le_bytes([tag[10], tag[11]]));
            let Some(covered) = bytes.get(offset + 16..offset + 16 + length) else { continue };
            let crc = crc(covered);
            seal(&mut bytes[*offset..], crc);
        }
    }
}

/// The character set of a descriptor's texts.
fn characters(body: &mut [u8], places: &[usize]) {
    for place in places {
        body[place - 15..place - 15 + 23].copy_from_slice(b"OSTA Compressed Unicode");
    }
}

/// A name of a directory.
pub(super) fn name(text: &[u8], at: At, characteristics: u8) -> Vec<u8> {
    let mut body = vec![1, 0, characteristics, text.len() as u8];
    body.extend(long(2048, at));
    body.extend([0, 0]);
    body.extend(text);
    body.resize((16 + body.len()).next_multiple_of(4) - 16, 0);
    tagged(257, at.block, &body)
}

/// A name in characters of 8 bits.
pub(super) fn named(text: &str, at: At) -> Vec<u8> {
    name(&[b"\x08", text.as_bytes()].concat(), at, 0)
}

/// Allocation descriptors; the upper two bits of a length say what they are.
pub(super) fn short(length: u32, block: u32) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    bytes[4..].copy_from_slice(&block.to_le_bytes());
    bytes
}

pub(super) fn long(length: u32, at: At) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&short(length, at.block));
    bytes[8..10].copy_from_slice(&at.partition.to_le_bytes());
    bytes
}

pub(super) fn extended(length: u32, at: At) -> [u8; 20] {
    let mut bytes = [0; 20];
    for part in 0..3 {
        bytes[4 * part..4 * part + 4].copy_from_slice(&length.to_le_bytes());
    }
    bytes[12..16].copy_from_slice(&at.block.to_le_bytes());
    bytes[16..18].copy_from_slice(&at.partition.to_le_bytes());
    bytes
}

/// 2024-02-DAY 13:00 in a zone an hour ahead.
fn time(day: u8) -> [u8; 12] {
    [0x3c, 0x10, 0xe8, 0x07, 2, day, 13, 0, 0, 0, 0, 0]
}

fn tagged(kind: u16, location: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 16];
    bytes[..2].copy_from_slice(&kind.to_le_bytes());
    bytes[2] = 3;
    bytes[10..12].copy_from_slice(&(body.len() as u16).to_le_bytes());
    bytes[12..16].copy_from_slice(&location.to_le_bytes());
    bytes.extend(body);
    seal(&mut bytes, crc(body));
    bytes
}

fn seal(bytes: &mut [u8], crc: u16) {
    bytes[8..10].copy_from_slice(&crc.to_le_bytes());
    bytes[4] = 0;
    bytes[4] = bytes[..16].iter().fold(0, |sum, byte| sum.wrapping_add(*byte));
}

fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| {
            (crc << 1) ^ if crc & 0x8000 == 0 { 0 } else { 0x1021 }
        })
    })
}
