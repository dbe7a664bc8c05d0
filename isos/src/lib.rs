//! File-system images read as hostile input, and what a machine needs to boot from them.
