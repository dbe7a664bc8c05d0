//! Whether this host runs guests, and how well: what its processor, kernel and programs offer to them, and for what is
//! missing what to do. Only looks, and needs no rights.
//!
//! A check is a row of [`CHECKS`], and a function of the [`Facts`] alone: what is looked at is read before.
//!
//! ```no_run
//! use xctl::host_check::{Facts, Verdict, check};
//! let found = check(&Facts::of_this_host());
//! let runs = found.iter().all(|finding| finding.verdict != Verdict::Fail);
//! ```

mod facts;
mod firmware;
mod hypervisor;
mod kernel;
mod mend;
mod processor;
mod programs;
#[cfg(test)]
mod tests;

pub use facts::Facts;

use facts::Device;

/// What a check comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// All is there.
    Pass,
    /// Guests run, but something that some of them want is missing.
    Warn,
    /// Guests do not run as they should.
    Fail,
}

impl Verdict {
    /// In a word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// What was found out about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub name: &'static str,
    /// What it is good for.
    pub purpose: &'static str,
    /// How it is.
    pub verdict: Verdict,
    /// What was found.
    pub said: String,
    /// What mends it: a command, or what else to do. Empty where nothing is to be mended.
    pub mend: String,
}

/// A check of one thing.
struct Check {
    name: &'static str,
    purpose: &'static str,
    /// Nothing where the host is of a kind that has no such thing.
    look: fn(&Facts) -> Option<Answer>,
}

/// What a check says.
struct Answer {
    verdict: Verdict,
    said: String,
    mend: String,
}

fn pass(said: impl Into<String>) -> Option<Answer> {
    Some(Answer { verdict: Verdict::Pass, said: said.into(), mend: String::new() })
}

fn warn(said: impl Into<String>, mend: impl Into<String>) -> Option<Answer> {
    Some(Answer { verdict: Verdict::Warn, said: said.into(), mend: mend.into() })
}

fn fail(said: impl Into<String>, mend: impl Into<String>) -> Option<Answer> {
    Some(Answer { verdict: Verdict::Fail, said: said.into(), mend: mend.into() })
}

/// All of them, in the order in which they are told.
const CHECKS: &[Check] = &[
    Check {
        name: "hardware virtualization",
        purpose: "guests at the processor's speed",
        look: processor::virtualization,
    },
    Check { name: "/dev/kvm", purpose: "guests at the processor's speed", look: processor::kvm },
    Check { name: "nested virtualization", purpose: "virtual machines in guests", look: processor::nested },
    Check { name: "IOMMU", purpose: "devices of the host in guests", look: processor::iommu },
    Check {
        name: "encrypted memory",
        purpose: "guests that the host cannot read",
        look: processor::encryption,
    },
    Check { name: "control groups", purpose: "limits of what guests use", look: kernel::cgroups },
    Check { name: "/dev/net/tun", purpose: "networks and bridges", look: kernel::tun },
    Check { name: "/dev/vhost-net", purpose: "fast networks", look: kernel::vhost_net },
    Check { name: "bridge helper", purpose: "bridges for your own guests", look: kernel::bridge_helper },
    Check {
        name: "locked memory",
        purpose: "devices of the host in your guests",
        look: kernel::locked_memory,
    },
    Check { name: "emulators", purpose: "guests at all", look: programs::emulators },
    Check { name: "UEFI", purpose: "guests that boot as new machines do", look: programs::uefi },
    Check { name: "Secure Boot", purpose: "guests that boot what is signed", look: programs::secure_boot },
    Check { name: "TPM", purpose: "guests that seal keys; Windows 11", look: programs::tpm },
    Check { name: "virtiofsd", purpose: "directories shared with guests", look: programs::virtiofsd },
    Check { name: "passt", purpose: "networks without root", look: programs::passt },
    Check { name: "libvirt", purpose: "guests at all", look: hypervisor::libvirt },
    Check { name: "QEMU", purpose: "guests at all", look: hypervisor::qemu },
];

/// Checks everything that a host of this kind has.
#[must_use]
pub fn check(facts: &Facts) -> Vec<Finding> {
    let finding = |check: &Check| {
        let Answer { verdict, said, mend } = (check.look)(facts)?;
        Some(Finding { name: check.name, purpose: check.purpose, verdict, said, mend })
    };
    CHECKS.iter().filter_map(finding).collect()
}
