//! Blocking reads on a thread of their own, so that the caller sees stalls and cancellation in time.
//!
//! A thread that waits for a dead server cannot be ended; it is left behind and ends by its own time-outs.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::{Backend, Error, Tree};

/// Bytes read at once.
const CHUNK: usize = 64 * 1024;
/// Pieces that may lie ready before they are taken.
const AHEAD: usize = 8;
/// How soon a cancellation is seen.
const GLANCE: Duration = Duration::from_millis(50);

/// Whether the receiver of a file wants to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    More,
    NoMore,
}

/// What a server says of a file before it sends it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// Bytes of the whole file, if the server says so.
    pub(super) length: Option<u64>,
    /// Where what it sends begins: 0, or where an earlier reading ended.
    pub(super) start: u64,
    /// What is another one for every version of the file.
    pub(super) version: Option<String>,
}

/// Where an earlier reading ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resume {
    /// Bytes that are there.
    pub(super) offset: u64,
    /// The version that they are of; of another one the whole file is sent.
    pub(super) version: String,
}

enum Message {
    Absent,
    Header(Header),
    Piece(Vec<u8>),
    End,
}

/// Hands a file over piece by piece, with what the server says of it, and gives that; `None` if there is none.
pub(super) fn receive(
    tree: &Tree,
    path: &str,
    resume: Option<Resume>,
    mut take: impl FnMut(&[u8], &Header) -> Result<Wanted, Error>,
) -> Result<Option<Header>, Error> {
    let url = tree.address(path);
    let asked = path.to_owned();
    let pieces =
        on_thread(tree, path, move |backend, sender| send_file(backend, &asked, resume.as_ref(), sender))?;
    let too_large = || Error::TooLarge { url: url.clone(), limit: tree.limits.file };
    let mut header = Header::default();
    let mut received = 0;
    loop {
        match next(tree, &url, &pieces, received)? {
            Message::Absent => return Ok(None),
            Message::Header(said) => {
                received = said.start;
                header = said;
            }
            Message::Piece(piece) => {
                received += piece.len() as u64;
                if received > tree.limits.file {
                    return Err(too_large());
                }
                if take(&piece, &header)? == Wanted::NoMore {
                    return Ok(Some(header));
                }
            }
            Message::End if header.length.is_some_and(|bytes| bytes != received) => {
                return Err(Error::Broken { url, received, expected: header.length });
            }
            Message::End => return Ok(Some(header)),
        }
        if header.length.is_some_and(|bytes| bytes > tree.limits.file) {
            return Err(too_large());
        }
    }
}

/// Whether the server's file is still of this version.
pub(super) fn is_current(tree: &Tree, path: &str, version: &str) -> Result<bool, Error> {
    let (asked, version) = (path.to_owned(), version.to_owned());
    ask(tree, path, move |backend| backend.is_current(&asked, &version))
}

/// Asks one question and waits for its answer.
pub(super) fn ask<T: Send + 'static>(
    tree: &Tree,
    path: &str,
    question: impl FnOnce(&dyn Backend) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let answers = on_thread(tree, path, move |backend, sender| {
        // Nobody listens any more after a cancellation.
        let _ = sender.send(question(backend));
    })?;
    next(tree, &tree.address(path), &answers, 0)
}

fn on_thread<T: Send + 'static>(
    tree: &Tree,
    path: &str,
    work: impl FnOnce(&dyn Backend, SyncSender<Result<T, Error>>) + Send + 'static,
) -> Result<Receiver<Result<T, Error>>, Error> {
    let (sender, receiver) = sync_channel(AHEAD);
    let backend = Arc::clone(&tree.backend);
    thread::Builder::new()
        .name("fetch".to_owned())
        .spawn(move || work(&*backend, sender))
        .map_err(|error| Error::Connect { url: tree.address(path), why: error.to_string() })?;
    Ok(receiver)
}

/// The next message, unless the user cancels or nothing comes for too long.
fn next<T>(tree: &Tree, url: &str, messages: &Receiver<Result<T, Error>>, received: u64) -> Result<T, Error> {
    // The first answer includes finding the server and following its redirects.
    let limit = if received == 0 { tree.limits.connect + tree.limits.stall } else { tree.limits.stall };
    let start = Instant::now();
    loop {
        if tree.cancel.is_requested() {
            return Err(Error::Cancelled { url: url.to_owned() });
        }
        match messages.recv_timeout(GLANCE) {
            Ok(message) => return message,
            Err(RecvTimeoutError::Timeout) if start.elapsed() < limit => {}
            Err(RecvTimeoutError::Timeout) => {
                let seconds = limit.as_secs();
                return Err(Error::Stalled { url: url.to_owned(), seconds, received });
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Error::Broken { url: url.to_owned(), received, expected: None });
            }
        }
    }
}

/// Reads a file to its end; a receiver that went away ends it early.
fn send_file(
    backend: &dyn Backend,
    path: &str,
    resume: Option<&Resume>,
    sender: SyncSender<Result<Message, Error>>,
) {
    let mut opened = match backend.open(path, resume) {
        Ok(Some(opened)) => opened,
        Ok(None) => return drop(sender.send(Ok(Message::Absent))),
        Err(error) => return drop(sender.send(Err(error))),
    };
    let mut received = opened.header.start;
    let expected = opened.header.length;
    let mut sent = sender.send(Ok(Message::Header(opened.header)));
    while sent.is_ok() {
        let mut piece = vec![0; CHUNK];
        sent = sender.send(match opened.body.read(&mut piece) {
            Ok(0) => return drop(sender.send(Ok(Message::End))),
            Ok(count) => {
                piece.truncate(count);
                received += count as u64;
                Ok(Message::Piece(piece))
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => {
                return drop(sender.send(Err(Error::Broken { url: opened.url, received, expected })));
            }
        });
    }
}
