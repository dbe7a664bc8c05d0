//! virt-install beside Debian's: the same command lines, compared by what their XML says.

mod hosts;
mod lines;
mod refusals;

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};

use crate::need::{QEMU, REAL_VIRT_INSTALL, XORRISO};
use crate::output::Output;
use crate::user::{self, User};
use crate::{Test, canonical, media, peer};
use lines::LINES;
use refusals::{HOST_REFUSALS, REFUSALS, Refusal};

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "says_what_debians_virt_install_says",
        needs: &[REAL_VIRT_INSTALL, QEMU, XORRISO],
        run: says_what_debians_virt_install_says,
    },
    Test {
        name: "says_the_same_of_hosts_of_other_kinds",
        needs: &[REAL_VIRT_INSTALL, QEMU, XORRISO],
        run: says_the_same_of_hosts_of_other_kinds,
    },
    Test {
        name: "refuses_what_debians_virt_install_refuses_and_says_more",
        needs: &[REAL_VIRT_INSTALL, QEMU],
        run: refuses_what_debians_virt_install_refuses_and_says_more,
    },
];

/// A difference that is chosen.
struct Chosen {
    /// Part of the command lines that show it.
    line: &'static str,
    /// Part of what differs.
    fact: &'static str,
    /// Why; `docs/differences.md` tells users the same.
    #[expect(dead_code, reason = "for people")]
    why: &'static str,
}

const CHOSEN: &[Chosen] = &[
    Chosen {
        line: "--virt-type qemu",
        fact: "only ours:   domain/cpu/@mode = maximum",
        why: "systems for newer processors do not boot on the emulator's plainest one; virt-install 5.1 does the same",
    },
    Chosen { line: "--virt-type qemu", fact: "only ours:   domain/cpu", why: "as above" },
    Chosen {
        line: "--osinfo win",
        fact: "only theirs: domain/features/hyperv",
        why: "only what libvirt says that the emulator offers; virt-install 5.0 does the same",
    },
    Chosen {
        line: "--transient",
        fact: "1 steps, the peer has 2",
        why: "a transient guest is gone when its installation ends: its second definition is never used",
    },
    Chosen { line: "cdrom=off", fact: "only theirs: domain/os/boot[2]", why: "off is off" },
    Chosen {
        line: "--controller usb3",
        fact: "model = ",
        why: "the newer controller is the one to take, whatever runs the guest",
    },
    Chosen {
        line: "address=0:0:4.7",
        fact: "domain/devices/controller/address/@",
        why: "what is hexadecimal is written so: libvirt takes 10 without 0x for ten",
    },
    Chosen { line: "--serial none", fact: "domain/devices/", why: "none is none, and the console stays" },
    Chosen { line: "--video none", fact: "domain/devices/video/model/@type", why: "none is none" },
    Chosen {
        line: "--smartcard",
        fact: "only theirs: domain/devices/smartcard/@type = tcp",
        why: "only a card that is passed through comes over a connection",
    },
    Chosen {
        line: "--launchSecurity",
        fact: "ends otherwise",
        why: "libvirt checks that when the guest is defined",
    },
    Chosen {
        line: "os_name=debian11",
        fact: "libosinfo:os/@id",
        why: "the name that was said for the definition counts; virt-install 5.1 does the same",
    },
    Chosen {
        line: "--input",
        fact: "only theirs: domain/devices/input/@bus",
        why: "libvirt knows the bus of what was asked for; virt-install 5.1 does the same",
    },
    Chosen {
        line: "--panic",
        fact: "only theirs: domain/devices/panic/@model",
        why: "libvirt knows the model of the architecture; virt-install 5.1 does the same",
    },
    Chosen {
        line: "--graphics spice",
        fact: "only theirs: domain/devices/channel[2]",
        why: "libvirt says that this emulator has no such channel; virt-install 5.1 does the same",
    },
    Chosen {
        line: "--network passt",
        fact: "domain/devices/interface/",
        why: "passt is a user network; virt-install 5.1 does the same",
    },
    Chosen {
        line: "--graphics sdl",
        fact: "only theirs: domain/devices/graphics/@xauth",
        why: "the file is of whoever makes the guest, not of whoever starts it",
    },
];

/// A user with disks, a CD-ROM image and an installation tree.
fn user() -> Result<User> {
    let user = User::new()?;
    user.file("disk.img", vec![0; 1 << 20])?;
    user.file("two.img", vec![0; 1 << 20])?;
    user.run(&["qemu-img", "create", "-q", "-f", "qcow2", "disk.qcow2", "10M"])?.ok()?;
    for format in ["vmdk", "vdi"] {
        user.run(&["qemu-img", "create", "-q", "-f", format, &format!("disk.{format}"), "10M"])?.ok()?;
    }
    user.directory("tree")?;
    user.file("tree/k", "kernel")?;
    user.file("tree/i", "initrd")?;
    user.file("empty", "")?;
    user.file("user-data", "#cloud-config\n")?;
    user.file("host.xml", include_str!("host.xml"))?;
    user.file("key.pub", "ssh-ed25519 AAAA ann\n")?;
    Ok(user)
}

fn says_what_debians_virt_install_says() -> Result<()> {
    let user = user()?;
    let iso = media::debian_like_iso(&user)?;
    std::fs::rename(iso, user.path("cd.iso"))?;
    // Two of the peer at once would both make pools of the directories, and one of them fail.
    user.real_virsh(&["pool-create-as", "home", "dir", "--target", &user.home().to_string_lossy()])?.ok()?;
    for directory in [".cache", ".cache/virt-manager", ".cache/virt-manager/boot"] {
        user.directory(directory)?;
    }
    let boot = user.text(".cache/virt-manager/boot");
    user.real_virsh(&["pool-create-as", "boot", "dir", "--target", &boot])?.ok()?;
    let lines: Vec<String> = LINES
        .iter()
        .flat_map(|lines| {
            lines.texts.iter().map(|text| match lines.option {
                "" => format!("{} {text}", lines.start),
                option => format!("{} --{option} {text}", lines.start),
            })
        })
        .collect();
    ensure!(lines.len() >= 300, "only {} lines are compared", lines.len());
    compare_all(&Sides { user: &user, variables: Vec::new(), chosen: vec![CHOSEN] }, lines)
}

fn says_the_same_of_hosts_of_other_kinds() -> Result<()> {
    let user = user()?;
    std::fs::rename(media::debian_like_iso(&user)?, user.path("cd.iso"))?;
    let variables = hosts::describe(&user)?;
    let mut chosen = vec![CHOSEN, hosts::CHOSEN];
    if peer::version(&user)? < hosts::NEWEST {
        chosen.push(hosts::OUTGROWN);
    }
    let sides = Sides { user: &user, variables, chosen };
    refuse_all(&sides, "--name peer --memory 512 --osinfo linux2022 --disk none --pxe", hosts::REFUSALS)?;
    compare_all(&sides, hosts::lines())
}

/// Both programs, and what is different between them.
struct Sides<'a> {
    user: &'a User,
    /// Variables of their environment.
    variables: Vec<(&'static str, String)>,
    chosen: Vec<&'static [Chosen]>,
}

impl Sides<'_> {
    fn peer(&self) -> Result<peer::VirtInstall<'_>> {
        peer::VirtInstall::start(self.user, &self.variables)
    }

    fn ours(&self, words: &[&str]) -> Result<Output> {
        let mut command = self.user.command("virt-install");
        command.args(words).envs(self.variables.iter().map(|(variable, value)| (variable, value)));
        user::finish(command, format!("virt-install {}", words.join(" ")), "")
    }

    fn is_chosen(&self, line: &str, difference: &str) -> bool {
        let mut chosen = self.chosen.iter().copied().flatten();
        chosen.any(|c| line.contains(c.line) && difference.contains(c.fact))
    }
}

fn compare_all(sides: &Sides<'_>, lines: Vec<String>) -> Result<()> {
    let home = sides.user.home().to_string_lossy();
    let lines: Vec<String> = lines.iter().map(|line| line.trim_end().replace("DIR", &home)).collect();
    let wrong = peer::in_parallel_with(
        &lines,
        || sides.peer(),
        |peer, line| compare(sides, peer, line).with_context(|| format!("virt-install {line}")),
    );
    ensure!(wrong.is_empty(), "{} of {} lines differ\n{}", wrong.len(), lines.len(), wrong.join("\n"));
    Ok(())
}

fn refuses_what_debians_virt_install_refuses_and_says_more() -> Result<()> {
    let user = user()?;
    let sides = Sides { user: &user, variables: Vec::new(), chosen: Vec::new() };
    refuse_all(&sides, "--connect test:///default", REFUSALS)?;
    refuse_all(&sides, "--connect test://DIR/host.xml", HOST_REFUSALS)
}

fn refuse_all(sides: &Sides<'_>, start: &str, refusals: &[Refusal]) -> Result<()> {
    let wrong = peer::in_parallel_with(
        refusals,
        || sides.peer(),
        |peer, refusal| compare_refusal(sides, peer, start, refusal),
    );
    ensure!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), refusals.len(), wrong.join("\n"));
    Ok(())
}

fn compare_refusal(
    sides: &Sides<'_>,
    peer: &mut peer::VirtInstall<'_>,
    start: &str,
    refusal: &Refusal,
) -> Result<()> {
    let line = format!("{start} {}", refusal.line);
    let line = line.replace("DIR", &sides.user.home().to_string_lossy());
    let words: Vec<&str> = line.split(' ').collect();
    let (ours, theirs) = (sides.ours(&words)?, peer.run(&words)?);
    ensure!(ours.code == theirs.code && ours.code == refusal.code, "they end otherwise\n{ours}\n{theirs}");
    ours.complains(&refusal.says.replace("DIR", &sides.user.home().to_string_lossy()))?;
    Ok(())
}

fn compare(sides: &Sides<'_>, peer: &mut peer::VirtInstall<'_>, line: &str) -> Result<()> {
    let words: Vec<&str> =
        line.split(' ').chain(["--print-xml", "--dry-run", "--check", "all=off"]).collect();
    let (ours, theirs) = (sides.ours(&words)?, peer.run(&words)?);
    let is_chosen = |difference: &str| sides.is_chosen(line, difference);
    // Suboptions of later versions are compared with those.
    if ours.code == 0 && theirs.stderr.contains("Unknown --") {
        return Ok(());
    }
    if ours.code != theirs.code {
        ensure!(is_chosen("ends otherwise"), "the peer ends otherwise\n{ours}\n{theirs}");
        return Ok(());
    }
    ensure!(ours.code == 0, "both refuse\n{ours}\n{theirs}");
    let (ours, theirs) = (steps(&ours.stdout)?, steps(&theirs.stdout)?);
    let mut differences = Vec::new();
    if ours.len() != theirs.len() {
        differences.push(format!("  {} steps, the peer has {}", ours.len(), theirs.len()));
    }
    for (number, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        let step = number + 1;
        differences.extend(ours.difference(theirs).map(|fact| format!("  step {step}, only ours:   {fact}")));
        differences.extend(theirs.difference(ours).map(|fact| format!("  step {step}, only theirs: {fact}")));
    }
    differences.retain(|difference| !is_chosen(difference));
    ensure!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}

/// The facts of each definition that was printed, without what is different each time.
fn steps(output: &str) -> Result<Vec<BTreeSet<String>>> {
    output
        .split_inclusive("</domain>")
        .filter(|xml| xml.contains("<domain"))
        .map(|xml| {
            let facts = canonical::facts(xml).with_context(|| xml.to_owned())?;
            Ok(facts
                .into_iter()
                .filter(|fact| !fact.starts_with("domain/uuid = "))
                // A namespace is declared where it is used or further out.
                .filter(|fact| !fact.contains("/@xmlns"))
                .filter(|fact| !fact.contains("/mac/@address = ") || fact.ends_with(":01:02:03"))
                .map(|fact| match fact.split_once("/.cache/") {
                    // Both keep copies of kernels there, under names that are new each time.
                    Some((place, file)) => {
                        format!("{place}/{}", file.rsplit(['/', '-']).next().unwrap_or_default())
                    }
                    None => fact,
                })
                .collect())
        })
        .collect()
}
