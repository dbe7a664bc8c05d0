//! What can go wrong with a download, worded for the person who gave the address.

use std::io;
use std::path::PathBuf;

use super::location::without_password;
use crate::rights;

const LOOK: &str = "\n  hint: open the address above it in a browser, and see what the server has";
const AGAIN: &str =
    "\n  hint: try again, or take another mirror; behind a proxy set http_proxy and https_proxy";
const TRUST: &str = "\n  hint: check this machine's clock; an authority of your own belongs into the system's \
                     certificates (update-ca-certificates, update-ca-trust)";

/// Why a file or tree could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is none.
    #[error(
        "cannot use '{}' as an installation tree: {why}\n  hint: a tree is an ISO file, a directory, or an http://, https:// or ftp:// address, or nfs:HOST:/PATH",
        without_password(text)
    )]
    Address {
        /// The text as given.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// The address is none of a single file.
    #[error(
        "cannot read '{}': {why}\n  hint: give the path of a file, or an http://, https:// or ftp:// address",
        without_password(text)
    )]
    FileAddress {
        /// The text as given.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is no such file or directory on this host.
    #[error("cannot read '{}'{}", path.display(), rights::hint(path, source))]
    Local {
        /// The path.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A share cannot be read.
    #[error(
        "cannot read {share}: {why}\n  hint: as root, with NFS's mount program (package nfs-common or nfs-utils): mount -t nfs -o ro {device} /mnt; then it is found there by itself"
    )]
    Share {
        /// The share as an address.
        share: String,
        /// The same as mount takes it.
        device: String,
        /// The reason.
        why: String,
    },
    /// The server has no such file, or hides it.
    #[error("cannot fetch {url}: there is no such file{LOOK}")]
    NotFound {
        /// The address.
        url: String,
    },
    /// The server does not say whether there is such a file: storage services answer so for one that is not there.
    #[error("cannot fetch {url}: there is no such file, or the server answers 403 Forbidden for it{LOOK}")]
    Hidden {
        /// The address.
        url: String,
    },
    /// The server refuses.
    #[error("cannot fetch {url}: the server answers {answer}")]
    Refused {
        /// The address.
        url: String,
        /// The server's answer.
        answer: String,
    },
    /// The server cannot be reached.
    #[error("cannot fetch {url}: no connection to the server: {why}{AGAIN}")]
    Connect {
        /// The address.
        url: String,
        /// The reason.
        why: String,
    },
    /// The server's identity cannot be proved, or it speaks no TLS that is safe.
    #[error("cannot fetch {url}: the encrypted connection failed: {why}{TRUST}")]
    Tls {
        /// The address.
        url: String,
        /// The reason.
        why: String,
    },
    /// The server sends from one address to the next, and never to the file.
    #[error("cannot fetch {url}: the server redirected more than {limit} times")]
    Redirects {
        /// The address.
        url: String,
        /// Redirects that were followed.
        limit: usize,
    },
    /// The server stopped sending.
    #[error("cannot fetch {url}: nothing came for {seconds} seconds, after {received} bytes{AGAIN}")]
    Stalled {
        /// The address.
        url: String,
        /// How long nothing came.
        seconds: u64,
        /// Bytes that came before.
        received: u64,
    },
    /// The connection ended before the file did.
    #[error("cannot fetch {url}: the connection broke after {received} bytes{}{AGAIN}", of(.expected))]
    Broken {
        /// The address.
        url: String,
        /// Bytes that came.
        received: u64,
        /// Bytes that the server announced.
        expected: Option<u64>,
    },
    /// The file is larger than anything that is wanted here.
    #[error("cannot fetch {url}: it has more than {limit} bytes")]
    TooLarge {
        /// The address.
        url: String,
        /// The bound in bytes.
        limit: u64,
    },
    /// The file is not the one that the distribution published.
    #[error(
        "cannot use {url}: its checksum is {found}, where {expected} was published\n  hint: the download is damaged, or \
         somebody replaced the file: try again, or take another mirror"
    )]
    Checksum {
        /// The address.
        url: String,
        /// What was published.
        expected: String,
        /// What came.
        found: String,
    },
    /// Whether there is a list of checksums, or what it says, is not known.
    #[error(
        "cannot check {url}: the list of its checksums beside it cannot be read\n  hint: try again, or take another \
         mirror; what is downloaded by other means and given by its path is taken unchecked"
    )]
    Unchecked {
        /// The file's address.
        url: String,
        /// Why the list cannot be read.
        source: Box<Error>,
    },
    /// What came could not be written.
    #[error("cannot write what came from {url}")]
    Write {
        /// The address.
        url: String,
        /// The system's reason: often that the disk is full.
        source: io::Error,
    },
    /// The user stopped it.
    #[error("fetching {url} was cancelled")]
    Cancelled {
        /// The address.
        url: String,
    },
}

fn of(expected: &Option<u64>) -> String {
    expected.map(|bytes| format!(" of {bytes}")).unwrap_or_default()
}

impl Error {
    /// Whether the user stopped it.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        match self {
            Error::Unchecked { source, .. } => source.is_cancelled(),
            _ => matches!(self, Error::Cancelled { .. }),
        }
    }
}
