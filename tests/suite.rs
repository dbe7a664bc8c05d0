//! Runs every test of the suite; `cargo test -p tests -- NAME` runs those whose name holds NAME.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = libtest_mimic::Arguments::from_args();
    let conclusion = libtest_mimic::run(&arguments, tests::trials());
    tests::place::clean_up();
    conclusion.exit_code()
}
