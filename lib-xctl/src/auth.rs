//! Names and passwords that a hypervisor wants, asked on the user's terminal.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::Arc;

use hypervisor::auth::{Authenticate, Kind, Question};
use nix::sys::termios::{self, LocalFlags, SetArg};

/// Asks on the terminal; nobody is asked where there is none.
#[must_use]
pub fn on_terminal() -> Arc<dyn Authenticate> {
    Arc::new(Terminal)
}

struct Terminal;

impl Authenticate for Terminal {
    fn answer(&self, question: &Question) -> Option<String> {
        if !io::stdin().is_terminal() {
            return None;
        }
        let mut screen = io::stderr();
        write!(screen, "{}: ", question.prompt.trim_end_matches([':', ' ']))
            .and_then(|()| screen.flush())
            .ok()?;
        match question.kind {
            Kind::Hidden => {
                let answer = read_hidden_line();
                // The user's own line end was not shown.
                let _ = writeln!(screen);
                answer
            }
            Kind::Name | Kind::Visible => read_line(),
        }
    }
}

/// Reads a line from the terminal that is not shown there; `None` where there is none.
#[must_use]
pub fn read_hidden_line() -> Option<String> {
    without_echo(read_line)
}

fn read_line() -> Option<String> {
    let mut line = String::new();
    let count = io::stdin().lock().read_line(&mut line).ok()?;
    (count > 0).then(|| line.trim_end_matches('\n').to_owned())
}

fn without_echo<T>(ask: impl FnOnce() -> Option<T>) -> Option<T> {
    let terminal = io::stdin();
    let former = termios::tcgetattr(&terminal).ok()?;
    let mut silent = former.clone();
    silent.local_flags.remove(LocalFlags::ECHO);
    termios::tcsetattr(&terminal, SetArg::TCSAFLUSH, &silent).ok()?;
    let answer = ask();
    // The terminal was there a moment ago; where it is gone, nobody misses its echo.
    let _ = termios::tcsetattr(&terminal, SetArg::TCSAFLUSH, &former);
    answer
}
