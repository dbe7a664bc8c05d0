//! What one partition more than a bound of [`limits`] allows leads to, and that as many as it allows are read.

use std::io::Write;

use flate2::Crc;

use super::{Partition, Table};
use crate::limits;
use crate::source::Source;

const SECTOR: usize = 512;

fn read(disk: &[u8]) -> Result<Vec<Partition>, String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(disk).unwrap();
    let source = Source::open_file(file.path()).unwrap();
    let Table { partitions, .. } = super::read(&source).map_err(|error| error.to_string())?.unwrap();
    Ok(partitions)
}

#[track_caller]
fn refused(result: Result<Vec<Partition>, String>, why: &str) {
    let error = result.map(drop).unwrap_err();
    assert!(error.contains(why), "{error} (not: {why})");
}

fn put(disk: &mut [u8], at: usize, bytes: &[u8]) {
    disk[at..at + bytes.len()].copy_from_slice(bytes);
}

fn sum(bytes: &[u8]) -> [u8; 4] {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum().to_le_bytes()
}

/// A GPT of so many entries, of which the one with that number is used.
fn gpt(count: usize, used: usize) -> Vec<u8> {
    const ENTRY: usize = 128;
    let mut disk = vec![0; (2 * SECTOR + count * ENTRY).next_multiple_of(SECTOR)];
    let at = 2 * SECTOR + (used - 1) * ENTRY;
    put(&mut disk, at, &[7; 16]);
    put(&mut disk, at + 32, &[1]);
    put(&mut disk, at + 40, &[1]);
    let entries = sum(&disk[2 * SECTOR..2 * SECTOR + count * ENTRY]);
    let mut header = [0; 92];
    for (at, bytes) in [
        (0, &b"EFI PART"[..]),
        (12, &[92]),
        (24, &[1]),
        (72, &[2]),
        (80, &(count as u32).to_le_bytes()),
        (84, &[ENTRY as u8]),
        (88, &entries),
    ] {
        put(&mut header, at, bytes);
    }
    let header_sum = sum(&header);
    put(&mut header, 16, &header_sum);
    put(&mut disk, SECTOR, &header);
    disk
}

#[test]
fn the_entries_of_a_gpt_have_a_bound() {
    let most = limits::GPT_BYTES as usize / 128;
    assert_eq!(read(&gpt(most, 1)).unwrap().len(), 1);
    refused(read(&gpt(most + 1, 1)), "its entries have 1048704 bytes (the limit is 1048576)");
}

#[test]
fn the_numbers_of_partitions_have_a_bound() {
    let most = limits::PARTITIONS as usize;
    assert_eq!(read(&gpt(most + 1, most)).unwrap()[0].number(), limits::PARTITIONS);
    refused(read(&gpt(most + 1, most + 1)), "too many partitions (the limit is 255)");
}

fn entry(kind: u8, start: u32, length: u32) -> Vec<u8> {
    [&[0, 0, 0, 0, kind, 0, 0, 0][..], &start.to_le_bytes(), &length.to_le_bytes()].concat()
}

/// An extended partition with a chain of so many sectors; in the first of them are logical partitions.
fn chain(sectors: u32, logical: u32) -> Vec<u8> {
    let mut disk = vec![0; (sectors as usize + 2) * SECTOR];
    put(&mut disk, 446, &entry(5, 1, sectors + 1));
    for number in 1..=sectors {
        let at = number as usize * SECTOR;
        if number <= logical {
            put(&mut disk, at + 446, &entry(0x83, 1, 1));
        }
        if number < sectors {
            put(&mut disk, at + 462, &entry(5, number, 2));
        }
    }
    disk.chunks_mut(SECTOR).for_each(|sector| put(sector, 510, &[0x55, 0xaa]));
    disk
}

#[test]
fn logical_partitions_have_a_bound() {
    // They are numbered from 5.
    let most = limits::PARTITIONS - 4;
    let read_back = read(&chain(most, most)).unwrap();
    assert_eq!(read_back.last().unwrap().number(), limits::PARTITIONS);
    refused(read(&chain(most + 1, most + 1)), "too many partitions (the limit is 255)");
    // A chain need not have any, and then ends where it is.
    let problem = |sectors| read(&chain(sectors, 1)).unwrap()[0].problem().map(str::to_owned);
    assert_eq!(problem(limits::PARTITIONS), None);
    let told = problem(limits::PARTITIONS + 1).unwrap();
    assert!(told.contains("more than 255 logical partitions"), "{told}");
}

#[test]
fn the_entries_of_an_apple_map_have_a_bound() {
    let map = |count: u32| {
        let mut disk = vec![0; (count as usize + 1) * SECTOR];
        put(&mut disk, 0, b"ER\x02\0");
        for number in 1..=count as usize {
            put(&mut disk, number * SECTOR, b"PM\0\0");
            put(&mut disk, number * SECTOR + 4, &count.to_be_bytes());
        }
        read(&disk)
    };
    assert_eq!(map(limits::PARTITIONS).unwrap().len(), limits::PARTITIONS as usize);
    refused(map(limits::PARTITIONS + 1), "too many partitions (the limit is 255)");
    refused(map(limits::PARTITIONS + 300), "too many partitions (the limit is 255)");
}
