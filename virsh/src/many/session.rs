//! The conversation with one of several hosts: a thread of its own, so that a slow host keeps no other waiting.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use hypervisor::auth::{Authenticate, Question};

use crate::control::Control;
use crate::failure::Failure;

/// What a session is asked to do.
type Job = Box<dyn FnOnce(&mut Control) + Send>;

/// A host's thread. It ends when this is dropped and what it was asked for is done; one that hangs in a call of
/// libvirt's is not waited for.
pub(super) struct Session {
    jobs: Sender<Job>,
    asking: Arc<Asking>,
}

impl Session {
    /// Begins a session; it connects when it is asked for something.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub(super) fn begin(mut control: Control, host: &str) -> Result<Self, Failure> {
        let asking = Arc::new(Asking::default());
        control.asker = Arc::new(InTurn { host: host.to_owned(), asking: Arc::clone(&asking) });
        let (jobs, asked) = mpsc::channel::<Job>();
        thread::Builder::new()
            .name("host".into())
            .spawn(move || {
                for job in asked {
                    job(&mut control);
                }
            })
            .map_err(|error| Failure::said(format!("cannot talk to several hosts at once: {error}")))?;
        Ok(Self { jobs, asking })
    }

    /// Asks it to do something after all that it was asked before.
    pub(super) fn ask(&self, job: Job) {
        // The thread ends only when this end of the channel is gone.
        let _ = self.jobs.send(job);
    }

    /// For how long the user was asked for names and passwords; nothing while that goes on.
    pub(super) fn asked_for(&self) -> Option<Duration> {
        match self.asking.now.load(Ordering::SeqCst) {
            0 => Some(Duration::from_millis(self.asking.milliseconds.load(Ordering::SeqCst))),
            _ => None,
        }
    }
}

/// The time that a host waits for the user, which is not the host's fault.
#[derive(Default)]
struct Asking {
    now: AtomicUsize,
    milliseconds: AtomicU64,
}

/// Asks on the terminal for one host after the other, and says for which.
struct InTurn {
    host: String,
    asking: Arc<Asking>,
}

impl Authenticate for InTurn {
    fn answer(&self, question: &Question) -> Option<String> {
        static TERMINAL: Mutex<()> = Mutex::new(());
        let begun = Instant::now();
        self.asking.now.fetch_add(1, Ordering::SeqCst);
        let turn = TERMINAL.lock().unwrap_or_else(PoisonError::into_inner);
        let prompt = format!("{}: {}", self.host, question.prompt);
        let answer = xctl::auth::on_terminal().answer(&Question { prompt, ..question.clone() });
        drop(turn);
        let waited = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.asking.milliseconds.fetch_add(waited, Ordering::SeqCst);
        self.asking.now.fetch_sub(1, Ordering::SeqCst);
        answer
    }
}
