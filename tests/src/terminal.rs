//! A program on a terminal, as somebody at the keyboard meets it.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use expectrl::process::unix::{PtyStream, UnixProcess, WaitStatus};
use expectrl::{Expect, Session};
use nix::sys::signal::Signal;

use crate::PATIENCE;
use crate::output::Output;
use crate::user::User;

/// How often the screen is looked at.
const GLANCE: Duration = Duration::from_millis(20);

/// A running program and all that it has shown.
pub struct Terminal {
    session: Session<UnixProcess, PtyStream>,
    line: String,
    /// Bytes, as a character may come in two pieces.
    shown: Vec<u8>,
    /// How much of `shown` was waited for; what comes next is looked for behind it.
    seen: usize,
}

impl Terminal {
    /// Starts a command line of `user` on a terminal of 24 lines by 80 columns.
    pub fn start(user: &User, line: &[&str]) -> Result<Terminal> {
        let (program, arguments) = line.split_first().context("an empty command line")?;
        let mut command = user.command(program);
        command.args(arguments).env("TERM", "xterm").stdin(Stdio::inherit());
        let line = line.join(" ");
        let session = Session::spawn(command).with_context(|| line.clone())?;
        Ok(Terminal { session, line, shown: Vec::new(), seen: 0 })
    }

    /// Waits until this text has come after what was waited for before.
    pub fn shows(&mut self, text: &str) -> Result<()> {
        self.shows_within(text, PATIENCE)
    }

    /// The same where it may well not come.
    pub fn shows_within(&mut self, text: &str, limit: Duration) -> Result<()> {
        let end = Instant::now() + limit;
        loop {
            let is_open = self.look();
            let new = self.shown[self.seen..].windows(text.len().max(1));
            if let Some(at) = new.into_iter().position(|window| window == text.as_bytes()) {
                self.seen += at + text.len();
                return Ok(());
            }
            if !is_open {
                bail!("{} ended before it showed {text:?}:\n{}", self.line, self.text());
            }
            if Instant::now() > end {
                bail!("{} did not show {text:?} in {limit:?}:\n{}", self.line, self.text());
            }
            std::thread::sleep(GLANCE);
        }
    }

    /// Everything shown so far, control sequences included.
    pub fn shown(&mut self) -> String {
        self.look();
        self.text()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown).into_owned()
    }

    /// Waits until the program handles this signal by itself instead of being ended by it.
    pub fn handles(&self, signal: Signal) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        let status = format!("/proc/{}/status", self.session.get_process().pid());
        loop {
            let text = std::fs::read_to_string(&status).with_context(|| status.clone())?;
            let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:"));
            let caught = u64::from_str_radix(caught.unwrap_or("0").trim(), 16)?;
            if caught & (1 << (signal as i32 - 1)) != 0 {
                return Ok(());
            }
            if Instant::now() > end {
                bail!("{} does not handle {signal} after {PATIENCE:?}", self.line);
            }
            std::thread::sleep(GLANCE);
        }
    }

    /// Types a text and the return key.
    pub fn types_line(&mut self, text: &str) -> Result<()> {
        self.types(&format!("{text}\r"))
    }

    /// Types a text as it is: `"\x03"` is ^C, `"\x1d"` is ^], `"\t"` the tabulator.
    pub fn types(&mut self, text: &str) -> Result<()> {
        self.types_bytes(text.as_bytes())
    }

    /// Types what need not be text.
    pub fn types_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.session.send(bytes).with_context(|| format!("typing into {}", self.line))
    }

    /// Waits for the program's end; what it showed is standard output.
    pub fn ends(mut self) -> Result<Output> {
        let end = Instant::now() + PATIENCE;
        while self.look() {
            if Instant::now() > end {
                bail!("{} is still running after {PATIENCE:?}:\n{}", self.line, self.text());
            }
            std::thread::sleep(GLANCE);
        }
        let code = match self.session.get_process().wait().context("waiting for the program's end")? {
            WaitStatus::Exited(_, code) => code,
            WaitStatus::Signaled(_, signal, _) => 128 + signal as i32,
            other => bail!("{} is {other:?}", self.line),
        };
        Ok(Output { stdout: self.text(), command: self.line, stderr: String::new(), code })
    }

    /// Takes in what has been shown meanwhile; false once the terminal is closed.
    fn look(&mut self) -> bool {
        let mut bytes = [0; 4096];
        loop {
            match self.session.try_read(&mut bytes) {
                Ok(0) => return false,
                Ok(count) => self.shown.extend_from_slice(&bytes[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return true,
                Err(_) => return false,
            }
        }
    }
}
