//! Command lines about devices, processors, memory, limits and the guests themselves that are run beside the real virsh;
//! each word is an argument of its own. The files they name are written to the user's home.

/// A disk and a network interface, for commands that read a device from a file.
pub(super) const DISK: &str =
    "<disk type='file' device='disk'><source file='/x'/><target dev='vdx'/></disk>\n";
pub(super) const INTERFACE: &str = "<interface type='network'><source network='default'/></interface>\n";

/// A host of the test driver with a guest that has a device of every kind, and one that is off.
pub(super) const HOST: &str = include_str!("devices/host.xml");

/// On `test:///default`, where each starts from the same state.
pub(super) const DEFAULT: &str = include_str!("devices/default.txt");

/// On [`HOST`].
pub(super) const ON_HOST: &str = include_str!("devices/host.txt");

/// On `test:///default`, with `--quiet`.
pub(super) const QUIET: &str = include_str!("devices/quiet.txt");
