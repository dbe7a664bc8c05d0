//! virt-xml: changes the definition of a virtual machine.

use std::process::ExitCode;

use virt_install::edit::{VIRT_XML, run};

fn main() -> ExitCode {
    VIRT_XML.main(run)
}
