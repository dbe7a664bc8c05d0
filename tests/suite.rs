//! Runs every test of the suite; `cargo test -p tests -- NAME` runs those whose name holds NAME.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::SIGINT;

fn main() -> ExitCode {
    if let Some(result) = tests::damage() {
        return result.map_or_else(
            |error| {
                eprintln!("{error:#}");
                ExitCode::FAILURE
            },
            |()| ExitCode::SUCCESS,
        );
    }
    // Shells start background jobs with SIGINT ignored, and programs inherit that, but not a handler.
    if let Err(error) =
        signal_hook::flag::register_conditional_shutdown(SIGINT, 130, Arc::new(AtomicBool::new(true)))
    {
        eprintln!("suite: ^C is not handled: {error}");
    }
    let arguments = libtest_mimic::Arguments::from_args();
    let conclusion = libtest_mimic::run(&arguments, tests::trials());
    tests::place::clean_up();
    conclusion.exit_code()
}
