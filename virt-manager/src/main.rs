//! Guests of many hosts in a window.

fn main() {}
