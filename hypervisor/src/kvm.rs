//! Whether this machine really virtualizes, asked of the kernel itself.
//!
//! libvirt offers KVM wherever `/dev/kvm` can be opened. The device may be there all the same without hardware that
//! works: in containers, in virtual machines whose host does not nest, or while another hypervisor has the processor.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// `KVM_CREATE_VM` of linux/kvm.h.
const CREATE_VM: libc::Ioctl = 0xAE01;

/// Processor flags of x86 for hardware virtualization: Intel's and AMD's.
const FLAGS: &[&str] = &["vmx", "svm"];

/// Why KVM cannot run guests on this machine; `None` if it can, or if this user may not find out.
#[must_use]
pub fn fault() -> Option<String> {
    let device = match File::options().read(true).write(true).open("/dev/kvm") {
        Ok(device) => device,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return None,
        Err(error) => return Some(format!("/dev/kvm cannot be opened: {error}")),
    };
    if cfg!(any(target_arch = "x86", target_arch = "x86_64")) {
        let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        if lacks_virtualization(&cpus) {
            return Some("the processor has no hardware virtualization, or it is switched off".into());
        }
    }
    // SAFETY: the request takes a number and touches no memory of ours; the descriptor is open.
    let machine = unsafe { libc::ioctl(device.as_raw_fd(), CREATE_VM, 0) };
    if machine < 0 {
        return Some(format!("KVM makes no virtual machine: {}", io::Error::last_os_error()));
    }
    // SAFETY: the kernel has just made this descriptor, and nothing else owns it.
    drop(unsafe { OwnedFd::from_raw_fd(machine) });
    None
}

/// Whether `/proc/cpuinfo` lists flags, and none of those among them.
fn lacks_virtualization(cpus: &str) -> bool {
    let mut flags = cpus.lines().filter(|line| line.starts_with("flags"));
    flags.next().is_some_and(|line| !line.split_whitespace().any(|flag| FLAGS.contains(&flag)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_is_known_by_its_flags() {
        assert!(lacks_virtualization("processor : 0\nflags\t\t: fpu sse\n"));
        assert!(!lacks_virtualization("processor : 0\nflags\t\t: fpu vmx sse\n"));
        assert!(!lacks_virtualization("flags : svm\nvmx flags : x\n"));
        // What says nothing is believed to work.
        assert!(!lacks_virtualization(""));
    }

    #[test]
    fn asking_twice_gives_the_same_answer() {
        assert_eq!(fault(), fault());
    }
}
