//! Create, edit and clone guests from the command line.

fn main() {}
