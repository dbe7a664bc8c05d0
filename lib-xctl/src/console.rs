//! A guest's serial console on the user's terminal.
//!
//! [`attach`] puts the terminal into raw mode, so that every key reaches the guest, and carries bytes both ways until
//! the user types the escape key, the guest closes its side, or the program is told to stop by a signal. The terminal
//! is restored on every way out, a panic included.
//!
//! A serial line has no window size, and libvirt has no call that would carry one, so a resized window is not told to
//! the guest; a full-screen program there asks the terminal itself (`resize`), which works as all bytes pass unchanged.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use xctl::console::{Ended, Escape, attach};
//! # fn endpoint() -> impl xctl::console::Endpoint { (std::net::TcpStream::connect("localhost:1").unwrap()) }
//! let ended = attach(&endpoint(), Escape::default())?;
//! assert_ne!(ended, Ended::Signal(15));
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::str::FromStr;
use std::thread;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{self, SetArg, Termios};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/// Bytes moved at once.
const CHUNK: usize = 4096;

/// The signals that end a console and are reported to the caller.
const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// The guest's side of a console. Both directions are used at the same time, from two threads.
pub trait Endpoint: Sync {
    /// Waits for bytes from the guest; 0 means that the guest closed its side.
    ///
    /// # Errors
    /// When the connection to the guest broke.
    fn receive(&self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Sends bytes to the guest and returns how many went.
    ///
    /// # Errors
    /// When the connection to the guest broke.
    fn send(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Ends the connection; a [`receive`](Self::receive) that waits returns.
    fn hang_up(&self);
}

impl Endpoint for std::net::TcpStream {
    fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        io::Read::read(&mut &*self, buffer)
    }

    fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(&mut &*self, bytes)
    }

    fn hang_up(&self) {
        // A stream that is already closed needs no closing.
        let _ = self.shutdown(std::net::Shutdown::Both);
    }
}

impl Endpoint for hypervisor::Console {
    fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.receive(buffer)?)
    }

    fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(self.send(bytes)?)
    }

    fn hang_up(&self) {
        self.hang_up();
    }
}

/// Why a console ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The user typed the escape key.
    Escape,
    /// The guest closed its side: it stopped, or somebody else took the console over.
    Guest,
    /// The terminal went away.
    Terminal,
    /// The program was sent this signal.
    Signal(i32),
}

/// Why a console could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Standard input is not a terminal, so there is nobody to type.
    #[error("Cannot run interactive console without a controlling TTY")]
    NotATerminal,
    /// The terminal refused a setting.
    #[error("cannot set up the terminal for the console")]
    Terminal(#[source] io::Error),
    /// Bytes could not be carried.
    #[error("the console broke while {attempted}")]
    Broken {
        /// What was going on.
        attempted: &'static str,
        /// Why it failed.
        source: io::Error,
    },
}

/// The key that leaves a console: control and `]` unless the user chose another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Escape(u8);

impl Default for Escape {
    fn default() -> Self {
        Self(0x1d)
    }
}

/// A text that is neither `^` and a character nor a single character.
#[derive(Debug, thiserror::Error)]
#[error("Invalid string '{0}' for escape sequence")]
pub struct InvalidEscape(String);

impl FromStr for Escape {
    type Err = InvalidEscape;

    fn from_str(text: &str) -> Result<Self, InvalidEscape> {
        match text.as_bytes() {
            [b'^', key @ (b'@'..=b'_' | b'a'..=b'z')] => Ok(Self(key.to_ascii_uppercase() & 0x1f)),
            [key] if *key != b'^' => Ok(Self(*key)),
            _ => Err(InvalidEscape(text.to_owned())),
        }
    }
}

impl fmt::Display for Escape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0x20 {
            write!(f, "^{}", char::from(self.0 | 0x40))
        } else {
            write!(f, "{}", char::from(self.0))
        }
    }
}

/// Joins the user's terminal and a guest's console until one of them ends it.
///
/// # Errors
/// When standard input is no terminal or cannot be set up, or when bytes could not be carried.
pub fn attach(guest: &impl Endpoint, escape: Escape) -> Result<Ended, Error> {
    let stdin = io::stdin();
    if !io::IsTerminal::is_terminal(&stdin) {
        return Err(Error::NotATerminal);
    }
    let _raw = RawMode::enter(stdin.as_fd())?;
    carry(guest, stdin.as_fd(), io::stdout(), escape)
}

/// Carries bytes between `keys`, `screen` and the guest.
fn carry(
    guest: &impl Endpoint,
    keys: BorrowedFd<'_>,
    mut screen: impl Write + Send,
    escape: Escape,
) -> Result<Ended, Error> {
    let signals = Signals::watch().map_err(Error::Terminal)?;
    let (closed, closing) = io::pipe().map_err(Error::Terminal)?;
    thread::scope(|scope| {
        let receiver = scope.spawn(move || {
            // Dropping this end wakes the loop below, however this thread ends.
            let _closing = closing;
            let mut buffer = [0; CHUNK];
            loop {
                match guest.receive(&mut buffer) {
                    Ok(0) => return Ok(()),
                    Ok(count) => screen
                        .write_all(&buffer[..count])
                        .and_then(|()| screen.flush())
                        .map_err(|source| Error::Broken { attempted: "showing output", source })?,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(source) => return Err(Error::Broken { attempted: "receiving", source }),
                }
            }
        });
        let ended = type_into(guest, keys, escape, &closed, &signals);
        guest.hang_up();
        let received = receiver.join().unwrap_or(Ok(()));
        match ended? {
            // Only then is the receiver's failure the reason, and not what hanging up made of it.
            Ended::Guest => received.map(|()| Ended::Guest),
            ended => Ok(ended),
        }
    })
}

fn type_into(
    guest: &impl Endpoint,
    keys: BorrowedFd<'_>,
    escape: Escape,
    closed: &io::PipeReader,
    signals: &Signals,
) -> Result<Ended, Error> {
    let mut buffer = [0; CHUNK];
    loop {
        let mut fds = [
            PollFd::new(keys, PollFlags::POLLIN),
            PollFd::new(closed.as_fd(), PollFlags::POLLIN),
            PollFd::new(signals.pipe.as_fd(), PollFlags::POLLIN),
        ];
        match poll(&mut fds, PollTimeout::NONE) {
            Err(nix::Error::EINTR) => continue,
            Err(error) => return Err(Error::Broken { attempted: "waiting", source: error.into() }),
            Ok(_) => {}
        }
        let [keys_ready, closed_ready, signal_ready] = fds.map(|fd| fd.any().unwrap_or(true));
        if signal_ready {
            let mut number = [0];
            nix::unistd::read(&signals.pipe, &mut number)
                .map_err(|error| Error::Broken { attempted: "waiting", source: error.into() })?;
            return Ok(Ended::Signal(signals.raised()));
        }
        if closed_ready {
            return Ok(Ended::Guest);
        }
        if keys_ready {
            let count = match nix::unistd::read(keys, &mut buffer) {
                Ok(0) | Err(nix::Error::EIO) => return Ok(Ended::Terminal),
                Ok(count) => count,
                Err(nix::Error::EINTR | nix::Error::EAGAIN) => continue,
                Err(error) => {
                    return Err(Error::Broken { attempted: "reading keys", source: error.into() });
                }
            };
            let typed = &buffer[..count];
            let end = typed.iter().position(|&key| key == escape.0);
            send_all(guest, &typed[..end.unwrap_or(count)])?;
            if end.is_some() {
                return Ok(Ended::Escape);
            }
        }
    }
}

fn send_all(guest: &impl Endpoint, mut bytes: &[u8]) -> Result<(), Error> {
    while !bytes.is_empty() {
        match guest.send(bytes) {
            Ok(0) => {
                let source = io::ErrorKind::WriteZero.into();
                return Err(Error::Broken { attempted: "sending keys", source });
            }
            Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => return Err(Error::Broken { attempted: "sending keys", source }),
        }
    }
    Ok(())
}

/// The terminal in raw mode; dropping it brings the former settings back.
#[derive(Debug)]
struct RawMode<'fd> {
    terminal: BorrowedFd<'fd>,
    former: Termios,
}

impl<'fd> RawMode<'fd> {
    fn enter(terminal: BorrowedFd<'fd>) -> Result<Self, Error> {
        let failed = |error: nix::Error| Error::Terminal(error.into());
        let former = termios::tcgetattr(terminal).map_err(failed)?;
        let mut raw = former.clone();
        termios::cfmakeraw(&mut raw);
        termios::tcsetattr(terminal, SetArg::TCSADRAIN, &raw).map_err(failed)?;
        Ok(Self { terminal, former })
    }
}

impl Drop for RawMode<'_> {
    fn drop(&mut self) {
        // Nothing is left to be done where the terminal is gone.
        let _ = termios::tcsetattr(self.terminal, SetArg::TCSADRAIN, &self.former);
    }
}

/// The ending signals as something to poll for, while it lives.
#[derive(Debug)]
struct Signals {
    pipe: io::PipeReader,
    raised: std::sync::Arc<std::sync::atomic::AtomicUsize>,
    registered: Vec<signal_hook::SigId>,
}

impl Signals {
    fn watch() -> io::Result<Self> {
        let (pipe, wake) = io::pipe()?;
        let mut signals = Self { pipe, raised: std::sync::Arc::default(), registered: Vec::new() };
        for signal in ENDING {
            let number = usize::try_from(signal).unwrap_or_default();
            signals.registered.push(signal_hook::flag::register_usize(
                signal,
                std::sync::Arc::clone(&signals.raised),
                number,
            )?);
            // Registered second, so that the number is there when the pipe wakes the loop.
            signals.registered.push(signal_hook::low_level::pipe::register(signal, wake.try_clone()?)?);
        }
        Ok(signals)
    }

    fn raised(&self) -> i32 {
        i32::try_from(self.raised.load(std::sync::atomic::Ordering::SeqCst)).unwrap_or_default()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for id in self.registered.drain(..) {
            signal_hook::low_level::unregister(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    /// A guest that the test plays, and the endpoint that reaches it.
    fn guest() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (listener.accept().unwrap().0, endpoint)
    }

    #[test]
    fn escapes_are_read_and_shown_as_the_user_writes_them() {
        assert_eq!("^]".parse::<Escape>().unwrap(), Escape::default());
        assert_eq!("^a".parse::<Escape>().unwrap().to_string(), "^A");
        assert_eq!("~".parse::<Escape>().unwrap().to_string(), "~");
        for wrong in ["", "xx", "^", "^ab", "é"] {
            assert!(wrong.parse::<Escape>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn keys_before_the_escape_reach_the_guest_and_later_ones_do_not() {
        let (mut played, endpoint) = guest();
        let (keys, mut user) = io::pipe().unwrap();
        user.write_all(b"root\r\x1dlater").unwrap();
        let ended = carry(&endpoint, keys.as_fd(), io::sink(), Escape::default()).unwrap();
        assert_eq!(ended, Ended::Escape);
        drop(endpoint);
        let mut seen = Vec::new();
        io::Read::read_to_end(&mut played, &mut seen).unwrap();
        assert_eq!(seen, b"root\r");
    }

    #[test]
    fn the_guest_ends_the_console_after_its_last_output_is_shown() {
        let (mut played, endpoint) = guest();
        let (keys, _user) = io::pipe().unwrap();
        played.write_all(b"bye").unwrap();
        drop(played);
        let mut screen = Vec::new();
        let ended = carry(&endpoint, keys.as_fd(), &mut screen, Escape::default()).unwrap();
        assert_eq!((ended, screen.as_slice()), (Ended::Guest, b"bye".as_slice()));
    }
}
