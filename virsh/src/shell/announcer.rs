//! What happens beside what the user does, told between prompts: above the line that is being typed, and after a command
//! that is running, never into either.

use std::io::{self, Write};
use std::sync::Mutex;

use rustyline::ExternalPrinter;

/// What is told at most after one command; of more, the newest.
const LIMIT: usize = 1000;

/// Tells what other threads learn.
pub(crate) struct Announcer {
    state: Mutex<State>,
    /// The line editor's, where there is one.
    printer: Option<Mutex<Box<dyn ExternalPrinter + Send>>>,
}

#[derive(Default)]
struct State {
    /// Whether the user types, or could.
    at_prompt: bool,
    held: Vec<String>,
    forgotten: usize,
}

impl Announcer {
    /// One that tells through the line editor, or else in lines of standard output.
    pub(super) fn new(printer: Option<Box<dyn ExternalPrinter + Send>>) -> Self {
        Self { state: Mutex::default(), printer: printer.map(Mutex::new) }
    }

    /// Tells a text, now or after the command that is running.
    pub(crate) fn tell(&self, text: &str) {
        let text = format!("{text}\n");
        if let Ok(mut state) = self.state.lock()
            && !state.at_prompt
        {
            state.hold(text);
            return;
        }
        // The lock is free by now: the printer may wait for the editor, which may wait for the user.
        match self.printer.as_ref().map(Mutex::lock) {
            // A terminal that is gone shows nothing.
            Some(Ok(mut printer)) => drop(printer.print(text)),
            Some(Err(_)) => {}
            None => print(&text),
        }
    }

    /// The user types from now on; what was held back is told before.
    pub(super) fn begin(&self) {
        let Ok(mut state) = self.state.lock() else { return };
        if state.forgotten > 0 {
            print(&format!("({} older events are not shown)\n", state.forgotten));
        }
        state.held.iter().for_each(|text| print(text));
        *state = State { at_prompt: true, ..State::default() };
    }

    /// A command is running from now on.
    pub(super) fn end(&self) {
        if let Ok(mut state) = self.state.lock() {
            state.at_prompt = false;
        }
    }
}

impl State {
    fn hold(&mut self, text: String) {
        if self.held.len() == LIMIT {
            self.held.remove(0);
            self.forgotten += 1;
        }
        self.held.push(text);
    }
}

/// Where nobody looks, nothing is missed; that is told elsewhere.
fn print(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    struct Shown(Arc<Mutex<Vec<String>>>);

    impl ExternalPrinter for Shown {
        fn print(&mut self, text: String) -> rustyline::Result<()> {
            self.0.lock().unwrap().push(text);
            Ok(())
        }
    }

    #[test]
    fn nothing_is_told_into_a_running_command() {
        let shown = Arc::new(Mutex::new(Vec::new()));
        let announcer = Announcer::new(Some(Box::new(Shown(Arc::clone(&shown)))));
        announcer.tell("early");
        assert!(shown.lock().unwrap().is_empty());
        announcer.begin();
        announcer.tell("now");
        assert_eq!(*shown.lock().unwrap(), ["now\n"]);
        announcer.end();
        for number in 0..LIMIT + 2 {
            announcer.tell(&number.to_string());
        }
        let state = announcer.state.lock().unwrap();
        assert_eq!((state.held.len(), state.forgotten), (LIMIT, 2));
        assert_eq!(state.held[0], "2\n");
    }
}
