//! ISO 9660 with Rock Ridge, written by two tools.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use isos::Image;

use super::{Facts, Workshop, in_image, in_kernel, on_disk, only, run, same};
use crate::Test;
use crate::need::{Need, XORRISO};

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "iso9660_is_read_as_written",
        needs: &[XORRISO, Need::Program("genisoimage")],
        run: iso9660_is_read_as_written,
    },
    Test {
        name: "iso9660_is_read_as_by_the_kernel",
        needs: &[XORRISO, Need::Program("genisoimage"), Need::Root, Need::Kernel("iso9660")],
        run: iso9660_is_read_as_by_the_kernel,
    },
];

const MAKERS: [&[&str]; 2] = [
    &["xorriso", "-as", "mkisofs", "-quiet", "-R", "-V", "ROCK"],
    &["genisoimage", "-quiet", "-R", "-V", "ROCK"],
];

fn image(workshop: &Workshop, maker: &[&str]) -> Result<PathBuf> {
    let target = workshop.path(&format!("{}.iso", maker[0]));
    run(Command::new(maker[0]).args(&maker[1..]).arg("-o").arg(&target).arg(workshop.tree()))?;
    Ok(target)
}

fn iso9660_is_read_as_written() -> Result<()> {
    let workshop = Workshop::new()?;
    workshop.links()?;
    for maker in MAKERS {
        let mut read = in_image(&Image::open(image(&workshop, maker)?)?)?;
        // The place that genisoimage moves deep directories to is shown, too.
        read.remove("rr_moved");
        // -R makes files readable by everybody.
        let without_mode = |facts: &mut Facts| facts.mode = None;
        let (written, read) = (only(&on_disk(&workshop.tree())?, without_mode), only(&read, without_mode));
        // A moved directory has the time of its move.
        let (written, read) = (only(&written, forget_directory_times), only(&read, forget_directory_times));
        same("who wrote it", &written, &read).with_context(|| maker[0].to_owned())?;
    }
    Ok(())
}

fn forget_directory_times(facts: &mut Facts) {
    if facts.kind == "directory" {
        facts.modified = None;
    }
}

fn iso9660_is_read_as_by_the_kernel() -> Result<()> {
    let workshop = Workshop::new()?;
    workshop.links()?;
    for maker in MAKERS {
        let image = image(&workshop, maker)?;
        same("the kernel", &in_kernel(&image, "iso9660")?, &in_image(&Image::open(&image)?)?)?;
    }
    Ok(())
}
