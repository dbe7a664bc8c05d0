//! The suite as users meet it: the real programs, real libvirt, real guests, as a non-root user.
//!
//! Guests that boot have one processor: QEMU 10.0's emulation of several fails at times ("iotlb_to_section: Assertion
//! failed"), and the OS database recommends two.
//!
//! A test is a row of its module's `TESTS` table: its name is the promise, `needs` says what it cannot run
//! without (what is missing is printed and counted as skipped), `run` reads as the story of a user.
//!
//! | module | what it holds |
//! |---|---|
//! | `place` | where the programs under test are, made readable to every user |
//! | `user` | an unprivileged user with a home, a runtime directory and a libvirt session of its own |
//! | `need` | what a test cannot run without |
//! | `terminal` | a program on a terminal, with somebody at the keyboard |
//! | `canonical` | XML as facts that can be compared |
//! | `media` | installation media made from real kernels |
//! | `two_hosts` | two hosts on one machine, for guests that move |
//! | `small_disk` | a disk that is soon full |
//! | `screen` | an X server in memory, with keys to press and pixels to look at |
//! | `server` | servers of files on loopback: http, https, ftp |
//! | `peer` | the programs that ours are compared with: where they are, what they are asked |
//! | `output` | what a program printed and how it ended, with assertions |
//! | the others | tests, by the program or story they are about |

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "the whole crate is tests")]

pub mod canonical;
pub mod media;
pub mod need;
pub mod output;
pub mod place;
pub mod screen;
pub mod server;
pub mod terminal;
pub mod user;

mod bad_input;
mod boot_media;
mod cloud_init;
mod completion;
mod downloads;
mod formats;
mod images;
mod import;
mod install_file;
mod interrupted;
mod json;
mod nfs;
mod option_peers;
mod options;
mod peer;
mod programs;
mod road;
mod schema;
mod small_disk;
mod two_hosts;
mod unattended;
mod viewer;
mod virsh;
mod virt_clone;
mod virt_clone_peer;
mod virt_install_peer;
mod virt_install_prompts;
mod virt_manager;
mod virt_xml;
mod xmount;

use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use need::Need;

/// How long anything is waited for before it counts as failed: emulated guests beside other tests on a busy machine
/// need minutes where hardware needs seconds, and what works is never waited for this long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

/// One test: what it promises, what it needs, and how it is shown.
pub struct Test {
    /// The promise, as a sentence in snake case.
    pub name: &'static str,
    /// What must be on the machine; anything missing skips the test with its name.
    pub needs: &'static [Need],
    /// The story.
    pub run: fn() -> anyhow::Result<()>,
}

/// Every module's table of tests.
const TABLES: &[(&str, &[Test])] = &[
    ("bad_input", bad_input::TESTS),
    ("boot_media", boot_media::TESTS),
    ("cloud_init", cloud_init::TESTS),
    ("completion", completion::TESTS),
    ("downloads", downloads::TESTS),
    ("images", images::TESTS),
    ("import", import::TESTS),
    ("install_file", install_file::TESTS),
    ("interrupted", interrupted::TESTS),
    ("json", json::TESTS),
    ("nfs", nfs::TESTS),
    ("option_peers", option_peers::TESTS),
    ("options", options::TESTS),
    ("programs", programs::TESTS),
    ("road", road::TESTS),
    ("schema", schema::TESTS),
    ("unattended", unattended::TESTS),
    ("viewer", viewer::TESTS),
    ("virsh", virsh::TESTS),
    ("virsh_apply", virsh::apply::TESTS),
    ("virsh_backups", virsh::backups::TESTS),
    ("virsh_console", virsh::console::TESTS),
    ("virsh_containers", virsh::containers::TESTS),
    ("virsh_data", virsh::data::TESTS),
    ("virsh_everyday", virsh::everyday::TESTS),
    ("virsh_many", virsh::many::TESTS),
    ("virsh_host_check", virsh::host_check::TESTS),
    ("virsh_migration", virsh::migration::TESTS),
    ("virsh_random", virsh::random::TESTS),
    ("virsh_shell", virsh::shell::TESTS),
    ("virsh_snapshots", virsh::snapshots::TESTS),
    ("virsh_top", virsh::top::TESTS),
    ("virt_clone", virt_clone::TESTS),
    ("virt_clone_peer", virt_clone_peer::TESTS),
    ("virt_install_peer", virt_install_peer::TESTS),
    ("virt_install_prompts", virt_install_prompts::TESTS),
    ("virt_manager", virt_manager::TESTS),
    ("virt_xml", virt_xml::TESTS),
    ("xmount", xmount::TESTS),
    ("xmount_extract", xmount::extract::TESTS),
    ("xmount_inside", xmount::inside::TESTS),
];

/// Damages images, if this process was started for that.
pub fn damage() -> Option<anyhow::Result<()>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [argument, kind] = &arguments[..] else { return None };
    (argument == formats::damage::ARGUMENT).then(|| formats::damage::damage(kind))
}

/// Every test as libtest-mimic runs it; those whose needs are not met are marked ignored and named on stderr.
pub fn trials() -> Vec<Trial> {
    let formats = formats::TABLES.iter().map(|tests| ("formats", *tests));
    let all = TABLES.iter().copied().chain(formats);
    all.flat_map(|(module, tests)| tests.iter().map(move |test| trial(module, test))).collect()
}

fn trial(module: &str, test: &'static Test) -> Trial {
    let name = format!("{module}::{}", test.name);
    let missing: Vec<String> = test.needs.iter().filter_map(Need::missing).collect();
    if !missing.is_empty() {
        eprintln!("skipped: {name}: missing {}", missing.join(", "));
    }
    let run = test.run;
    Trial::test(name, move || run().map_err(|error| Failed::from(format!("{error:#}"))))
        .with_ignored_flag(!missing.is_empty())
}
