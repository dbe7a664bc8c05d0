//! What one more than a bound of [`limits`] allows leads to, and that as many as it allows are read.

use super::SECTOR;
use super::testing::{
    CONTINUES, DIRECTORY, Disc, Place, continuation, field, link, link_fields, named, other, primary, record,
    terminator,
};
use crate::{Entry, Image, Kind, limits};

fn listed(image: &Image) -> Result<Vec<Entry>, String> {
    image.read_dir("").map_err(|error| error.to_string())
}

#[track_caller]
fn refused<T>(result: Result<T, String>, why: &str) {
    let error = result.map(drop).unwrap_err();
    assert!(error.contains(why), "{error} (not: {why})");
}

#[test]
fn descriptors_have_a_bound() {
    let disc = |descriptors: u64| {
        let mut disc = Disc::new();
        let root = disc.directory(&[]);
        let mut all = vec![other(0); descriptors as usize];
        all[0] = primary(root, 200);
        *all.last_mut().unwrap() = terminator();
        disc.describe(16, &all);
        disc.open().map_err(|error| error.to_string())
    };
    assert!(disc(limits::DESCRIPTORS).is_ok());
    refused(disc(limits::DESCRIPTORS + 1), "no end within 64 sectors");
}

/// Sessions of twenty sectors, one behind the other.
fn sessions(count: u32) -> Result<Image, String> {
    const SIZE: u32 = 20;
    let mut disc = Disc { bytes: vec![0; (count * SIZE) as usize * SECTOR as usize] };
    for start in (0..count).map(|session| session * SIZE) {
        // Each has a top directory of its own, in which no file is, and tells its number by the name of the volume.
        let mut descriptor = primary((start + 18, SECTOR as u32), SIZE);
        descriptor[40..72].copy_from_slice(format!("{:<32}", start / SIZE + 1).as_bytes());
        disc.describe(
            u64::from(start) + 16,
            &[descriptor, terminator(), record(&[0], DIRECTORY, (0, 0), &[])],
        );
    }
    disc.open().map_err(|error| error.to_string())
}

#[test]
fn sessions_have_a_bound() {
    let most = limits::SESSIONS as u32;
    assert_eq!(sessions(most).unwrap().label(), "99");
    refused(sessions(most + 1), "more than 99");
}

#[test]
fn a_session_is_looked_for_within_a_bound() {
    const SIZE: u64 = 20;
    let label = |gap: u64| {
        let start = SIZE + gap;
        let mut disc = Disc { bytes: vec![0; (start + SIZE) as usize * SECTOR as usize] };
        for (start, name) in [(0, b"FIRST "), (start, b"SECOND")] {
            let mut descriptor = primary((start as u32 + 18, SECTOR as u32), SIZE as u32);
            descriptor[40..46].copy_from_slice(name);
            disc.describe(start + 16, &[descriptor, terminator(), record(&[0], DIRECTORY, (0, 0), &[])]);
        }
        disc.open().unwrap().label().to_owned()
    };
    assert_eq!(label(limits::SESSION_GAP_SECTORS - 1), "SECOND");
    assert_eq!(label(limits::SESSION_GAP_SECTORS), "FIRST");
}

#[test]
fn extents_have_a_bound() {
    let listed = |extents: usize| {
        let part = |number| record(b"BIG.;1", if number < extents { CONTINUES } else { 0 }, (20, 1), &[]);
        listed(&Disc::new().with_records(&(1..=extents).map(part).collect::<Vec<_>>()))
    };
    let most = listed(limits::EXTENTS).unwrap();
    assert_eq!((most.len(), most[0].size()), (1, limits::EXTENTS as u64));
    refused(listed(limits::EXTENTS + 1), "a file has more than 4096 extents");
}

#[test]
fn continuation_areas_of_one_record_have_a_bound() {
    let listed = |areas: usize| {
        let mut disc = Disc::new();
        let mut next = disc.add(&field(b"NM", b"\0last"));
        for _ in 1..areas {
            next = disc.add(&continuation(next));
        }
        listed(&disc.with_records(&[record(b"X", 0, (0, 0), &continuation(next))]))
    };
    assert_eq!(listed(limits::CONTINUATIONS).unwrap()[0].name(), "last");
    refused(listed(limits::CONTINUATIONS + 1), "more than 32 continuation areas");
}

/// A directory of files that all have the same continuation area.
fn continued(area: usize, files: usize) -> Result<Vec<Entry>, String> {
    let mut disc = Disc::new();
    let mut content = field(b"NM", b"\0name");
    content.resize(area, 0);
    let place = disc.add(&content);
    listed(&disc.with_records(&vec![record(b"X", 0, (0, 0), &continuation(place)); files]))
}

#[test]
fn the_bytes_of_continuation_areas_have_bounds() {
    let most = limits::CONTINUATION_BYTES;
    assert_eq!(continued(most, 1).unwrap()[0].name(), "name");
    refused(continued(most + 1, 1), "a continuation area of 65537 bytes (the limit is 65536)");
    // Records that share an area count it again and again.
    let files = limits::DIRECTORY_BYTES as usize / most;
    assert_eq!(continued(most, files).unwrap().len(), files);
    refused(continued(most, files + 1), "go on elsewhere for more than 25165824 bytes");
}

/// A file whose further fields lie in an area of their own.
fn with_fields(fields: &[u8]) -> Image {
    let mut disc = Disc::new();
    let place: Place = disc.add(fields);
    disc.with_records(&[record(b"X", 0, (0, 0), &continuation(place)), named("beside", 0, (0, 0))])
}

#[test]
fn names_have_a_bound() {
    let named = |bytes: usize| {
        let letters = vec![b'n'; bytes];
        let parts: Vec<u8> =
            letters.chunks(250).flat_map(|part| field(b"NM", &[b"\x01", part].concat())).collect();
        listed(&with_fields(&parts))
    };
    assert_eq!(named(limits::NAME_BYTES).unwrap()[0].name().len(), limits::NAME_BYTES);
    refused(named(limits::NAME_BYTES + 1), "a name of more than 1024 bytes");
}

#[test]
fn targets_of_links_have_a_bound() {
    let target = |bytes: usize| {
        let letters = vec![b't'; bytes];
        // Each component but the last goes on in the next.
        let parts = letters.chunks(200).enumerate().map(|(number, part)| {
            let goes_on = u8::from((number + 1) * 200 < bytes);
            link_fields(&[&[goes_on, part.len() as u8], part].concat())
        });
        with_fields(&parts.collect::<Vec<_>>().concat())
    };
    let image = target(limits::LINK_BYTES);
    assert_eq!(listed(&image).unwrap()[0].link_target().map(str::len), Some(limits::LINK_BYTES));
    let image = target(limits::LINK_BYTES + 1);
    let entries = listed(&image).unwrap();
    assert_eq!((entries.len(), entries[0].kind()), (2, Kind::Special), "the file beside it is still there");
    let error = image.reader(&entries[0], "link").unwrap_err().to_string();
    assert!(error.contains(&format!("longer than {} bytes", limits::LINK_BYTES)), "{error}");
}

#[test]
fn links_that_lead_to_links_have_a_bound() {
    // Each link leads to the next, and the last to the file.
    let records: Vec<_> = (0..=limits::LINK_HOPS)
        .map(|number| {
            let next = (number + 1).to_string();
            link(&number.to_string(), &[&[0, next.len() as u8], next.as_bytes()].concat())
        })
        .chain([named(&(limits::LINK_HOPS + 1).to_string(), 0, (0, 0))])
        .collect();
    let image = Disc::new().with_records(&records);
    assert_eq!(image.entry("1").unwrap().kind(), Kind::File, "forty of them");
    refused(image.entry("0").map_err(|error| error.to_string()), "too many symbolic links (the limit is 40)");
}

#[test]
fn boot_entries_have_a_bound() {
    let images = |entries: usize| {
        let mut catalogue = vec![[0; 32]; entries];
        (catalogue[0][0], catalogue[0][30], catalogue[0][31]) = (1, 0x55, 0xaa);
        let sum = 1_u16.wrapping_add(0xaa55);
        catalogue[0][28..30].copy_from_slice(&sum.wrapping_neg().to_le_bytes());
        catalogue[1..].iter_mut().for_each(|entry| entry[0] = 0x88);
        let mut disc = Disc::new();
        let (root, (sector, _)) = (disc.directory(&[]), disc.add(&catalogue.concat()));
        let mut boot = other(0);
        boot[7..30].copy_from_slice(b"EL TORITO SPECIFICATION");
        boot[0x47..0x4b].copy_from_slice(&sector.to_le_bytes());
        disc.describe(16, &[primary(root, 200), boot, terminator()]);
        let catalogue = disc.open().unwrap().boot_catalogue();
        catalogue.map(|catalogue| catalogue.unwrap().images.len()).map_err(|error| error.to_string())
    };
    // The first entry is the one by which the catalogue is known.
    assert_eq!(images(limits::BOOT_ENTRIES).unwrap(), limits::BOOT_ENTRIES - 1);
    refused(images(limits::BOOT_ENTRIES + 1), "more than 64 entries");
}
