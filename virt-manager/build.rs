//! Nothing to prepare yet: the window has no resources.

fn main() {}
