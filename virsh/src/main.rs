//! The hypervisor shell.

fn main() {}
