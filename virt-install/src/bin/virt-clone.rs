//! virt-clone: makes a copy of a virtual machine with its disks.

use std::process::ExitCode;

use virt_install::clone::{VIRT_CLONE, run};

fn main() -> ExitCode {
    VIRT_CLONE.main(run)
}
