//! Keys that the table listens to.

use std::io;
use std::os::fd::AsFd;
use std::time::Instant;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use xctl::load::Order;

use crate::command::job::TICK;
use crate::interrupt::Interrupt;
use crate::terminal::Page;

/// What a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Quit,
    /// Look now.
    Now,
    Up,
    Down,
    Sort(Order),
    /// The page has another size; no key at all.
    Resized,
}

/// What the bytes of each key are.
const KEYS: &[(&[u8], Key)] = &[
    (b"q", Key::Quit),
    (b"Q", Key::Quit),
    // ^C, ^D
    (b"\x03", Key::Quit),
    (b"\x04", Key::Quit),
    (b" ", Key::Now),
    (b"c", Key::Sort(Order::Cpu)),
    (b"m", Key::Sort(Order::Memory)),
    (b"d", Key::Sort(Order::Disk)),
    (b"n", Key::Sort(Order::Network)),
    (b"a", Key::Sort(Order::Name)),
    (b"k", Key::Up),
    (b"j", Key::Down),
    (b"\x1b[A", Key::Up),
    (b"\x1b[B", Key::Down),
    (b"\x1bOA", Key::Up),
    (b"\x1bOB", Key::Down),
];

/// The key that is pressed until `end`; nothing if there was none.
pub(super) fn next(page: &Page, interrupt: &Interrupt, end: Instant) -> io::Result<Option<Key>> {
    let size = page.size();
    loop {
        let rest = end.saturating_duration_since(Instant::now());
        if rest.is_zero() {
            return Ok(None);
        }
        if interrupt.came() {
            return Ok(Some(Key::Quit));
        }
        if page.size() != size {
            return Ok(Some(Key::Resized));
        }
        if let Some(bytes) = read(rest.min(TICK).as_millis())? {
            match KEYS.iter().find(|(known, _)| *known == bytes) {
                Some((_, key)) => return Ok(Some(*key)),
                // Nobody is at the keyboard any more.
                None if bytes.is_empty() => return Ok(Some(Key::Quit)),
                None => {}
            }
        }
    }
}

/// The bytes of one key; nothing if none was pressed, and no bytes where the keyboard is gone.
fn read(milliseconds: u128) -> io::Result<Option<Vec<u8>>> {
    const ESCAPE: u8 = 0x1b;
    let keys = io::stdin();
    let Some(first) = byte(&keys, milliseconds)? else { return Ok(None) };
    let mut bytes: Vec<u8> = first.into_iter().collect();
    // The bytes of a key come together, and no key that means something has more of them.
    while bytes.first() == Some(&ESCAPE)
        && bytes.len() < 3
        && let Some(Some(more)) = byte(&keys, 0)?
    {
        bytes.push(more);
    }
    Ok(Some(bytes))
}

/// One byte, or that there are no more; nothing if none came in time. It is taken from the terminal itself, so that what
/// was typed ahead is left for who reads next.
fn byte(keys: &impl AsFd, milliseconds: u128) -> io::Result<Option<Option<u8>>> {
    let timeout = PollTimeout::try_from(milliseconds.max(1)).unwrap_or(PollTimeout::ZERO);
    match poll(&mut [PollFd::new(keys.as_fd(), PollFlags::POLLIN)], timeout) {
        Ok(0) | Err(Errno::EINTR) => return Ok(None),
        Ok(_) => {}
        Err(error) => return Err(error.into()),
    }
    let mut byte = [0];
    match nix::unistd::read(keys, &mut byte) {
        // A terminal that is gone fails so.
        Ok(0) | Err(Errno::EIO) => Ok(Some(None)),
        Ok(_) => Ok(Some(Some(byte[0]))),
        Err(Errno::EINTR | Errno::EAGAIN) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
