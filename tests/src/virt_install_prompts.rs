//! virt-install on a terminal: what was left out is asked for, and nothing else.

use anyhow::{Result, ensure};

use crate::need::{QEMU, XORRISO};
use crate::terminal::Terminal;
use crate::user::User;
use crate::{Test, media};

/// The cursor-down key.
const DOWN: &str = "\x1b[B";

pub(crate) const TESTS: &[Test] = &[
    Test { name: "what_is_missing_is_asked_for", needs: &[], run: what_is_missing_is_asked_for },
    Test {
        name: "the_medium_tells_the_system_and_the_system_the_rest",
        needs: &[QEMU, XORRISO],
        run: the_medium_tells_the_system_and_the_system_the_rest,
    },
    Test { name: "an_answer_that_cannot_be_is_asked_again", needs: &[], run: an_answer_is_asked_again },
    Test { name: "giving_up_leaves_nothing", needs: &[], run: giving_up_leaves_nothing },
    Test { name: "a_whole_command_line_asks_nothing", needs: &[], run: a_whole_command_line_asks_nothing },
];

fn start(user: &User, rest: &[&str]) -> Result<Terminal> {
    Terminal::start(user, &[&["virt-install", "--connect", "test:///default"], rest].concat())
}

fn what_is_missing_is_asked_for() -> Result<()> {
    let user = User::new()?;
    let mut install = start(&user, &[])?;
    install.shows("Install from")?;
    install.types(&format!("{DOWN}{DOWN}{DOWN}\r"))?;
    install.shows("Operating system")?;
    install.types_line("linux2022")?;
    install.shows("Name of the guest")?;
    install.types_line("asked")?;
    // What the OS database says of linux2022 is offered.
    install.shows("4096")?;
    install.types_line("")?;
    install.shows("Make a new disk")?;
    install.types("n")?;
    install.shows("Path of the disk")?;
    install.types_line("none")?;
    install.shows("Starting install...")?;
    install.shows("Domain creation completed.")?;
    install.ends()?.ok()?;
    Ok(())
}

fn the_medium_tells_the_system_and_the_system_the_rest() -> Result<()> {
    let user = User::new()?;
    let iso = media::debian_like_iso(&user)?;
    let mut install = start(&user, &["--dry-run"])?;
    install.shows("Install from")?;
    install.types(&format!("{DOWN}\r"))?;
    install.shows("Path of the image")?;
    install.types_line(&iso.to_string_lossy())?;
    install.shows("Name of the guest")?;
    install.shows("debian11")?;
    install.types_line("")?;
    install.shows("Memory in MiB")?;
    install.types_line("1024")?;
    install.shows("Make a new disk")?;
    install.types("y")?;
    install.shows("Size of the disk in GiB")?;
    install.types_line("1")?;
    install.shows("Dry run completed successfully")?;
    let output = install.ends()?.ok()?;
    ensure!(!output.stdout.contains("Operating system"), "asked for what the medium says\n{output}");
    Ok(())
}

fn an_answer_is_asked_again() -> Result<()> {
    let user = User::new()?;
    let mut install = start(&user, &["--pxe", "--disk", "none", "--memory", "64", "--dry-run"])?;
    install.shows("Operating system")?;
    install.types_line("debian1l")?;
    install.shows("has no 'debian1l'")?;
    install.shows("debian11")?;
    install.types_line("generic")?;
    install.shows("Name of the guest")?;
    install.types_line("a/b")?;
    install.shows("cannot hold a slash")?;
    install.types_line("")?;
    install.shows("Dry run completed successfully")?;
    install.ends()?.ok()?;
    Ok(())
}

fn giving_up_leaves_nothing() -> Result<()> {
    let user = User::new()?;
    let before = user.files();
    let mut install = start(&user, &[])?;
    install.shows("Install from")?;
    install.types("\x03")?;
    install.shows("Installation aborted at user request")?;
    let output = install.ends()?;
    ensure!(output.code == 1, "{output}");
    ensure!(user.files() == before, "left behind: {:?}", user.files());
    Ok(())
}

fn a_whole_command_line_asks_nothing() -> Result<()> {
    let user = User::new()?;
    let install = start(&user, &["--pxe", "--disk", "none", "--osinfo", "linux2022", "--dry-run"])?;
    let output = install.ends()?.ok()?;
    ensure!(!output.stdout.contains('?'), "{output}");
    Ok(())
}
