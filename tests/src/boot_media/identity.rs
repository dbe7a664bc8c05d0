//! Which system a medium holds, beside what libosinfo says.

use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use xctl::osinfo::Database;

use super::arch_of;
use super::database::{self, Medium};

/// Prints the id of the system that libosinfo takes a medium for.
const PEER: &str = include_str!("identify.py");

/// Every so many media one is looked at: each time all of the database is read.
const STEP: usize = 8;

pub(super) fn media_are_identified_as_by_libosinfo() -> Result<()> {
    let mut all = database::media()?;
    all.retain(|medium| medium.volume.is_some());
    let media: Vec<&Medium> = all.iter().step_by(STEP).collect();
    let theirs = libosinfo(&media)?;
    ensure!(theirs.len() == media.len(), "{} answers for {} media", theirs.len(), media.len());
    let database = Database::load();
    let (mut wrong, mut same) = (Vec::new(), 0);
    for (medium, theirs) in media.iter().zip(theirs) {
        let Some(says) = &medium.volume else { continue };
        let ours =
            database.detect(says, arch_of(medium)).map(|found| found.os.id.clone()).unwrap_or_default();
        // Where several systems' media say the same, theirs is the first of them, and ours the newest.
        let is_shared = || all.iter().any(|other| other.os == ours && other.volume == medium.volume);
        if ours == theirs {
            same += 1;
        } else if theirs != "crashed" && !is_shared() {
            wrong.push(format!("{says:?}, {}: '{ours}', and '{theirs}' to libosinfo", medium.arch));
        }
    }
    ensure!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), media.len(), wrong.join("\n"));
    ensure!(same * 10 > media.len() * 9, "only {same} of {} media could be compared", media.len());
    Ok(())
}

fn libosinfo(media: &[&Medium]) -> Result<Vec<String>> {
    let line = |medium: &&Medium| {
        let says = medium.volume.as_ref()?;
        let size = says.volume_size.to_string();
        let fields = [&says.volume, &says.system, &says.publisher, &says.application, &size, &medium.arch];
        Some(fields.map(String::as_str).join("\t") + "\n")
    };
    let lines: String = media.iter().filter_map(line).collect();
    let mut peer = Command::new("/usr/bin/python3")
        .args(["-c", PEER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("/usr/bin/python3")?;
    let mut stdin = peer.stdin.take().context("its standard input")?;
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = peer.wait_with_output()?;
    ensure!(output.status.success(), "libosinfo through python3: {}", output.status);
    writer.join().map_err(|_| anyhow::anyhow!("the writer panicked"))??;
    Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
}
