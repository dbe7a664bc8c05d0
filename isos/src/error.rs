//! What can go wrong with an image, worded for the person who named it.

use std::io;
use std::path::PathBuf;

/// A failure to open or read an image. The operating system's reason, where there is one, is the source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The image file itself could not be opened.
    #[error("cannot open image '{}'", image.display())]
    Open {
        /// The image.
        image: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The image that another one is based on could not be opened.
    #[error("image '{}' needs the one that it is based on", image.display())]
    Backing {
        /// The image.
        image: PathBuf,
        /// The file that it is based on.
        backing: PathBuf,
        /// Why that cannot be opened.
        source: Box<Error>,
    },
    /// The path names something that cannot hold an image.
    #[error("cannot read image '{}': it is {kind}, not a file or a block device", image.display())]
    NotAnImageFile {
        /// The path.
        image: PathBuf,
        /// What it is, with its article.
        kind: &'static str,
    },
    /// The file holds no file system that this crate reads.
    #[error("cannot read '{}' as an installation image: this looks like {looks_like}", image.display())]
    Unrecognized {
        /// The image.
        image: PathBuf,
        /// What the content looks like, with its article and, where there is one, the next step.
        looks_like: String,
    },
    /// A partition holds no file system that this crate reads.
    #[error(
        "cannot read partition {number} ({type_name}) of '{}': this looks like {looks_like}",
        image.display()
    )]
    UnrecognizedPartition {
        /// The image.
        image: PathBuf,
        /// The number of the partition.
        number: u32,
        /// What the partition table says that it is.
        type_name: String,
        /// What the content looks like, with its article and, where there is one, the next step.
        looks_like: String,
    },
    /// The disk has no partition with the number that was asked for.
    #[error("'{}' has no partition {number}: it has {known}", image.display())]
    NoPartition {
        /// The image.
        image: PathBuf,
        /// The number that was asked for.
        number: u32,
        /// What it has instead.
        known: String,
    },
    /// The format that was asked for has no reader here.
    #[error("cannot read '{}' as '{format}': no such format; known are {known}", image.display())]
    UnknownFormat {
        /// The image.
        image: PathBuf,
        /// The name that was asked for.
        format: String,
        /// The names that there are, with commas.
        known: String,
    },
    /// The format that was asked for is not there, and another one is.
    #[error("cannot read '{}' as '{format}': this is {found}", image.display())]
    OtherFormat {
        /// The image.
        image: PathBuf,
        /// The name that was asked for.
        format: String,
        /// What is there instead.
        found: String,
    },
    /// The system refused a read, or the file became shorter while it was read.
    #[error("cannot read image '{}' at byte {offset}", image.display())]
    Read {
        /// The image.
        image: PathBuf,
        /// Where, in bytes from the start of the image.
        offset: u64,
        /// The system's reason.
        source: io::Error,
    },
    /// Data that was read from the image could not be written to where it was wanted.
    #[error("cannot write data copied from '{path}' in image '{}'", image.display())]
    Write {
        /// The image.
        image: PathBuf,
        /// The file inside the image.
        path: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The image contradicts its own format.
    #[error("image '{}' is damaged: cannot {attempted} at byte {offset}: {why}", image.display())]
    Damaged {
        /// The image.
        image: PathBuf,
        /// What was being done.
        attempted: String,
        /// Where, in bytes from the start of the image.
        offset: u64,
        /// What is wrong there.
        why: String,
    },
    /// There is nothing under that name.
    #[error("no '{path}' in image '{}'", image.display())]
    NotFound {
        /// The image.
        image: PathBuf,
        /// The path inside the image.
        path: String,
    },
    /// A path leads through, or an operation was asked of, an entry of another kind.
    #[error("'{path}' in image '{}' is {found}, not {wanted}", image.display())]
    WrongKind {
        /// The image.
        image: PathBuf,
        /// The path inside the image.
        path: String,
        /// What it is, with its article.
        found: &'static str,
        /// What it had to be, with its article.
        wanted: &'static str,
    },
    /// A file is larger than the caller accepts.
    #[error("'{path}' in image '{}' has {size} bytes; at most {limit} are read", image.display())]
    TooLarge {
        /// The image.
        image: PathBuf,
        /// The path inside the image.
        path: String,
        /// Its size in bytes.
        size: u64,
        /// The bound in bytes.
        limit: u64,
    },
    /// The image asks for more than one of the bounds in [`crate::limits`] allows.
    #[error("gave up on '{path}' in image '{}': {what} (the limit is {limit})", image.display())]
    Limit {
        /// The image.
        image: PathBuf,
        /// The path inside the image.
        path: String,
        /// Which bound was met.
        what: &'static str,
        /// Its value.
        limit: u64,
    },
    /// The format allows it, this crate does not read it.
    #[error("cannot read '{path}' in image '{}': {feature} is not supported", image.display())]
    Unsupported {
        /// The image.
        image: PathBuf,
        /// The path inside the image.
        path: String,
        /// What it would need.
        feature: &'static str,
    },
    /// The caller's progress function asked to stop.
    #[error("copying '{path}' from image '{}' was cancelled", image.display())]
    Cancelled {
        /// The image.
        image: PathBuf,
        /// The path inside the image.
        path: String,
    },
}
