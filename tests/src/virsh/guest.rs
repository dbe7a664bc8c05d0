//! A real guest beside the real virsh: the same lines one after the other, each after what the ones before it changed.

use anyhow::{Result, ensure};

use super::{PEER, seen};
use crate::user::User;

/// The guest; it never leaves its firmware, which is all that these lines need.
const GUEST: &str = include_str!("devices/guest.xml");
/// A disk that is plugged in and out.
const DISK: &str = "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='HOME/e.raw'/><target dev='sdb' bus='scsi'/></disk>\n";

/// `HOME` is the user's home; each word is an argument of its own.
const LINES: &str = include_str!("devices/guest.txt");

/// Lines of the output that are never the same twice begin so.
const MOVING: &[&str] = &["/dev/pts/", "CPU:  ", "CPU time:", "rss ", "last_update "];
/// And these have such a word in them.
const MOVING_WORDS: &[&str] = &["_times ", "duration"];

fn steady(output: &str) -> String {
    let moves = |line: &&str| {
        MOVING.iter().any(|start| line.starts_with(start))
            || MOVING_WORDS.iter().any(|word| line.contains(word))
    };
    output.lines().filter(|line| !moves(line)).map(|line| line.to_owned() + "\n").collect()
}

/// What each line brings, with a fresh guest.
fn told(user: &User, program: &str) -> Result<Vec<(String, i32, String)>> {
    let home = user.text("");
    let home = home.trim_end_matches('/');
    for (name, size) in
        [("d.raw", 1 << 20), ("e.raw", 8 << 20), ("f.raw", 8 << 20), ("n.iso", 1 << 20), ("m.iso", 1 << 20)]
    {
        user.file(name, vec![0; size])?;
    }
    user.file("guest.xml", GUEST.replace("HOME", home))?;
    user.file("disk.xml", DISK.replace("HOME", home))?;
    let run = |line: &str| {
        let line = line.replace("HOME", home);
        let words = ["-c", "qemu:///session"].into_iter().chain(line.split(' ')).map(str::to_owned);
        seen(user, program, &(words.collect(), String::new()))
    };
    run("define guest.xml")?;
    run("start one")?;
    let told = LINES
        .lines()
        .map(|line| run(line).map(|(output, code, error)| (steady(&output), code, error)))
        .collect();
    run("destroy one")?;
    run("undefine one")?;
    told
}

pub(super) fn a_real_guest_is_handled_as_the_peer_does() -> Result<()> {
    let user = User::new()?;
    let (theirs, ours) = (told(&user, PEER)?, told(&user, "virsh")?);
    let running = LINES.lines().zip(&theirs).find(|(line, _)| *line == "domstate one");
    ensure!(
        running.is_some_and(|(_, told)| told.0.contains("running")),
        "the guest does not run: {running:?}"
    );
    let wrong: Vec<String> = LINES
        .lines()
        .zip(theirs.iter().zip(&ours))
        .filter(|(_, (theirs, ours))| theirs != ours)
        .map(|(line, (theirs, ours))| format!("{line:?}\n  theirs: {theirs:?}\n    ours: {ours:?}"))
        .collect();
    ensure!(wrong.is_empty(), "{} of {} lines differ:\n{}", wrong.len(), theirs.len(), wrong.join("\n"));
    Ok(())
}
