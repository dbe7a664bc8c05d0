//! Damage on purpose: images that lie, and thousands of small accidents.
//!
//! Accidents happen in a process of their own, one for each kind of image, whose time and memory are limited. To see
//! what they cost, or to repeat one that failed: `cargo test -p tests --test suite -- --damage ext`.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use isos::boot_info::boot_info;
use isos::{Entry, Image, Kind};
use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage, setrlimit};

use crate::images::Random;

/// Accidents of each kind of image.
pub(crate) const ROUNDS: u64 = 10_000;

/// What one of them may take of a processor's time.
const TIME: Duration = Duration::from_secs(2);

/// What they may take of memory: of address space, so that what is asked for counts, whether it is used or not.
const MEMORY: u64 = 64 << 20;

/// The argument with which this program damages one kind of image instead of running tests.
pub(crate) const ARGUMENT: &str = "--damage";

/// Makes images of a kind and damages them.
type Accidents = fn() -> Result<()>;

/// Kinds of images, and who makes and damages them.
const KINDS: &[(&str, Accidents)] = &[
    ("iso9660", super::iso9660::accidents),
    ("zisofs", super::iso9660::packed_accidents),
    ("udf", super::udf::accidents),
    ("squashfs", super::squashfs::accidents),
    ("ext", super::ext::accidents),
    ("ufs", super::ufs::accidents),
    ("fat", super::fat::accidents),
    ("exfat", super::exfat::accidents),
    ("disk", super::disk::accidents),
    ("qcow2", super::qcow2::accidents),
];

/// Damages images of that kind in this process.
pub(crate) fn damage(kind: &str) -> Result<()> {
    let (_, accidents) = KINDS.iter().find(|(name, _)| *name == kind).context("no such kind of image")?;
    accidents()
}

/// Damages images of that kind in a process of their own, which tells of each accident before it happens.
pub(crate) fn ends_with_data_or_an_error(kind: &str) -> Result<()> {
    let program = std::env::current_exe()?;
    let output = Command::new(program).args([ARGUMENT, kind]).stdin(Stdio::null()).output()?;
    let told = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let last = told.lines().last().unwrap_or("before the first accident");
        bail!("{last}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

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

/// Makes the tags or sums of a region of these bytes right again.
pub(crate) type Mend<'a> = Option<&'a dyn Fn(&mut [u8], &Range<usize>)>;

/// Damages some bytes of these regions in each of `rounds` ways and reads all that is left to read. What that leads
/// to is data or an error; enough of the damage has to lead to an error, or it does not reach what is read.
pub(crate) fn survives_damage(
    image: &Path,
    regions: &[Range<u64>],
    mend: Mend<'_>,
    rounds: u64,
) -> Result<()> {
    ensure!(read_all(image) == 0, "the whole image is read without an error");
    let whole = fs::read(image)?;
    let mut bytes = whole.clone();
    let file = OpenOptions::new().write(true).open(image)?;
    let (mut refused, mut slowest, before) = (0, (Duration::ZERO, 0), address_space("VmSize:")?);
    limit(Resource::RLIMIT_AS, Some(before + MEMORY))?;
    for seed in 1..=rounds {
        println!("accident {seed} of {}", image.display());
        let mut random = Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut touched = Vec::new();
        for _ in 0..=random.below(6) {
            let region = &regions[random.below(regions.len())];
            let region = region.start as usize..region.end as usize;
            // A number is up to eight bytes; all of it may be wrong.
            let at = region.start + random.below(region.len());
            let part = at..(at + (1 << random.below(4))).min(region.end);
            for byte in &mut bytes[part.clone()] {
                *byte = match random.below(4) {
                    0 => 0,
                    1 => 0xff,
                    2 => *byte ^ (1 << random.below(8)),
                    _ => random.below(256) as u8,
                };
            }
            touched.push(match mend {
                Some(mend) if seed % 4 > 0 => {
                    mend(&mut bytes, &region);
                    region
                }
                _ => part,
            });
        }
        write(&file, &bytes, &touched)?;
        let started = processor_time()?;
        limit(Resource::RLIMIT_CPU, Some((started + TIME).as_secs() + 1))?;
        refused += u64::from(read_all(image) > 0);
        let took = processor_time()? - started;
        ensure!(took <= TIME, "it took {took:?}");
        slowest = slowest.max((took, seed));
        touched.iter().for_each(|part| bytes[part.clone()].copy_from_slice(&whole[part.clone()]));
        write(&file, &bytes, &touched)?;
    }
    limit(Resource::RLIMIT_AS, None)?;
    limit(Resource::RLIMIT_CPU, None)?;
    let memory = address_space("VmPeak:")?.saturating_sub(before) >> 10;
    println!("{refused} of {rounds} refused; {:?} at most (accident {}), {memory} KiB", slowest.0, slowest.1);
    ensure!(refused * 100 > rounds, "only {refused} of {rounds} were refused");
    ensure!(read_all(image) == 0, "the image is whole again");
    Ok(())
}

fn write(file: &fs::File, bytes: &[u8], parts: &[Range<usize>]) -> Result<()> {
    parts.iter().try_for_each(|part| Ok(file.write_all_at(&bytes[part.clone()], part.start as u64)?))
}

/// Limits what this process may take, or lets it take what it could.
fn limit(resource: Resource, most: Option<u64>) -> Result<()> {
    let (_, hard) = getrlimit(resource)?;
    Ok(setrlimit(resource, most.unwrap_or(hard), hard)?)
}

/// What this process has taken of a processor's time, which other programs do not add to.
fn processor_time() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let parts = [usage.user_time(), usage.system_time()];
    Ok(parts.iter().map(|time| Duration::new(time.tv_sec() as u64, time.tv_usec() as u32 * 1000)).sum())
}

/// A line of what the kernel says of this process, in bytes.
fn address_space(line: &str) -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let told = status.lines().find_map(|found| found.strip_prefix(line)?.trim().strip_suffix(" kB"));
    Ok(told.context("no such line")?.parse::<u64>()? << 10)
}

/// Reads all of an image that has no end of things to read, and counts the errors.
pub(crate) fn read_all(image: &Path) -> usize {
    let Ok(image) = Image::open(image) else { return 1 };
    let _ = (image.partitions(), image.boot_catalogue());
    // It looks for hundreds of paths, which is much for a format that hardly any medium boots from.
    let _ = image.description().starts_with("ISO 9660").then(|| boot_info(&image));
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
