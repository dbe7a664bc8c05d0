//! virt-install: makes a virtual machine and installs its system.

use std::process::ExitCode;

use virt_install::install::{VIRT_INSTALL, run};

fn main() -> ExitCode {
    VIRT_INSTALL.main(run)
}
