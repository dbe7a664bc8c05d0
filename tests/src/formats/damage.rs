//! Damage on purpose: images that lie, and thousands of small accidents.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use isos::{Entry, Image, Kind};

/// Replaces `from`, which the image holds exactly once, by as many bytes.
pub(crate) fn patch(image: &Path, from: &[u8], to: &[u8]) -> Result<()> {
    ensure!(from.len() == to.len(), "a patch does not move what follows");
    let mut bytes = fs::read(image)?;
    let places: Vec<usize> =
        bytes.windows(from.len()).enumerate().filter(|(_, part)| *part == from).map(|(at, _)| at).collect();
    ensure!(places.len() == 1, "{} places of {:?}", places.len(), String::from_utf8_lossy(from));
    bytes[places[0]..][..to.len()].copy_from_slice(to);
    Ok(fs::write(image, bytes)?)
}

/// Writes `bytes` at `at`.
pub(crate) fn overwrite(image: &Path, at: u64, bytes: &[u8]) -> Result<()> {
    OpenOptions::new().write(true).open(image)?.write_all_at(bytes, at).context("overwrite")
}

/// Damages some bytes of these regions in each of `rounds` ways and reads all that is left to read. What that leads
/// to is data or an error; enough of the damage has to lead to an error, or it does not reach what is read.
pub(crate) fn survives_damage(image: &Path, regions: &[Range<u64>], rounds: u64) -> Result<()> {
    ensure!(read_all(image) == 0, "the whole image is read without an error");
    let whole = fs::read(image)?;
    let file = OpenOptions::new().write(true).open(image)?;
    let mut refused = 0;
    for seed in 1..=rounds {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut places = Vec::new();
        for _ in 0..=random.below(6) {
            let region = &regions[random.below(regions.len() as u64) as usize];
            // A number is up to eight bytes; all of it may be wrong.
            let at = region.start + random.below(region.end - region.start);
            let width = 1 << random.below(4);
            for at in at..(at + width).min(region.end) {
                let byte = match random.below(4) {
                    0 => 0,
                    1 => 0xff,
                    2 => whole[at as usize] ^ (1 << random.below(8)),
                    _ => random.below(256) as u8,
                };
                file.write_all_at(&[byte], at)?;
                places.push(at);
            }
        }
        refused += u64::from(read_all(image) > 0);
        for at in places {
            file.write_all_at(&whole[at as usize..=at as usize], at)?;
        }
    }
    ensure!(refused * 10 > rounds, "only {refused} of {rounds} were refused");
    ensure!(read_all(image) == 0, "the image is whole again");
    Ok(())
}

/// Reads all of an image that has no end of things to read, and counts the errors.
pub(crate) fn read_all(image: &Path) -> usize {
    let Ok(image) = Image::open(image) else { return 1 };
    let mut errors = 0;
    let mut seen = HashSet::from([image.root().id()]);
    let mut waiting = vec![(image.root().clone(), String::new())];
    while let Some((directory, below)) = waiting.pop() {
        let Ok(children) = image.children(&directory, &below) else {
            errors += 1;
            continue;
        };
        for entry in children.into_iter().take(1000) {
            let path = super::joined(&below, entry.name());
            match entry.kind() {
                Kind::File => errors += usize::from(read_some(&image, &entry, &path).is_err()),
                Kind::Directory if seen.len() < 1000 && seen.insert(entry.id()) => {
                    waiting.push((entry, path))
                }
                _ => {}
            }
        }
    }
    errors
}

/// The first and last bytes of a file, which may claim to be endless.
fn read_some(image: &Image, entry: &Entry, path: &str) -> Result<()> {
    let mut file = image.reader(entry, path)?;
    (&mut file).take(1 << 20).read_to_end(&mut Vec::new())?;
    let near_end = file.len().saturating_sub(10_000);
    file.seek(SeekFrom::Start(near_end))?;
    (&mut file).take(20_000).read_to_end(&mut Vec::new())?;
    Ok(())
}

/// Numbers that follow from their seed, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
    }
}
