//! What the kernel asks, answered from the image.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, UNIX_EPOCH};

use fuser::{
    Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo, InitFlags,
    KernelConfig, LockOwner, OpenFlags, ReplyAttr, ReplyData, ReplyDirectory, ReplyDirectoryPlus, ReplyEmpty,
    ReplyEntry, ReplyOpen, ReplyStatfs, Request,
};
use nix::unistd::{getgid, getuid};

use super::nodes::{Directory, Node, Nodes, lock};
use super::splice::{self, Device};
use crate::{Entry, FileReader, Image, Kind};

/// How long the kernel may remember an answer: images do not change.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// The unit that space is counted in, in bytes.
const BLOCK: u32 = 2048;

thread_local! {
    /// What a thread reads into: memory of this size would come anew from the kernel, page by page, for each request.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// When the mount was last used, and whether it is in use now.
#[derive(Debug)]
pub(super) struct Activity {
    last: Mutex<Instant>,
    open: AtomicU64,
}

impl Default for Activity {
    fn default() -> Activity {
        Activity { last: Mutex::new(Instant::now()), open: AtomicU64::new(0) }
    }
}

impl Activity {
    /// For how long nobody has asked for anything or kept anything open.
    pub(super) fn idle(&self) -> Duration {
        if self.open.load(Ordering::Relaxed) > 0 { Duration::ZERO } else { lock(&self.last).elapsed() }
    }

    fn use_now(&self) {
        *lock(&self.last) = Instant::now();
    }
}

/// Things that the kernel holds open, by handle.
#[derive(Debug)]
struct Open<T> {
    next: AtomicU64,
    things: Mutex<HashMap<u64, Arc<T>>>,
}

impl<T> Default for Open<T> {
    fn default() -> Open<T> {
        Open { next: AtomicU64::new(1), things: Mutex::default() }
    }
}

impl<T> Open<T> {
    fn add(&self, thing: Arc<T>) -> FileHandle {
        let handle = self.next.fetch_add(1, Ordering::Relaxed);
        lock(&self.things).insert(handle, thing);
        FileHandle(handle)
    }

    fn get(&self, handle: FileHandle) -> Option<Arc<T>> {
        lock(&self.things).get(&handle.0).map(Arc::clone)
    }

    fn remove(&self, handle: FileHandle) {
        lock(&self.things).remove(&handle.0);
    }
}

/// An image, and what the kernel knows of it.
#[derive(Debug)]
pub(super) struct Server {
    image: Image,
    nodes: Nodes,
    files: Open<FileReader>,
    directories: Open<Directory>,
    activity: Arc<Activity>,
    device: Device,
    /// Who owns what the image says no owner of.
    owner: (u32, u32),
}

impl Server {
    pub(super) fn new(image: Image, activity: Arc<Activity>, device: Device) -> Server {
        Server {
            nodes: Nodes::new(image.root()),
            image,
            files: Open::default(),
            directories: Open::default(),
            activity,
            device,
            owner: (getuid().as_raw(), getgid().as_raw()),
        }
    }

    fn attributes(&self, number: u64, entry: &Entry) -> FileAttr {
        let mode = entry.mode().unwrap_or(0);
        let (kind, otherwise) = match entry.kind() {
            Kind::Directory => (FileType::Directory, 0o555),
            Kind::Link => (FileType::Symlink, 0o777),
            Kind::File => (FileType::RegularFile, 0o444),
            Kind::Special => (special(mode), 0o444),
        };
        let (uid, gid) = entry.owner().unwrap_or(self.owner);
        let modified = entry.modified().unwrap_or(UNIX_EPOCH);
        let size = match entry.kind() {
            Kind::Link => entry.link_target().map_or(0, str::len) as u64,
            _ => entry.size(),
        };
        FileAttr {
            ino: INodeNo(number),
            size,
            blocks: size.div_ceil(512),
            atime: entry.accessed().unwrap_or(modified),
            mtime: modified,
            ctime: entry.changed().unwrap_or(modified),
            crtime: modified,
            kind,
            perm: if entry.mode().is_some() { (mode & 0o7777) as u16 } else { otherwise },
            nlink: entry.links().unwrap_or(1),
            uid,
            gid,
            rdev: entry.device().map_or(0, |(major, minor)| {
                // As the kernel packs a device number for FUSE (new_encode_dev).
                minor & 0xff | (major & 0xfff) << 8 | (minor & 0xfff00) << 12
            }),
            blksize: BLOCK,
            flags: 0,
        }
    }

    fn node(&self, number: INodeNo) -> Result<Arc<Node>, Errno> {
        self.nodes.get(number.0).ok_or(Errno::ESTALE)
    }

    fn directory(&self, number: INodeNo) -> Result<(Arc<Node>, Arc<Directory>), Errno> {
        self.activity.use_now();
        let node = self.node(number)?;
        if node.entry.kind() != Kind::Directory {
            return Err(Errno::ENOTDIR);
        }
        // What is damaged is an I/O error; it cannot say more here, and `xmount --ls` can.
        let directory = self.nodes.directory(&self.image, number.0, &node).map_err(|_| Errno::EIO)?;
        Ok((node, directory))
    }

    fn child(&self, parent: INodeNo, name: &OsStr) -> Result<FileAttr, Errno> {
        let (node, directory) = self.directory(parent)?;
        let entry = name.to_str().and_then(|name| directory.get(name)).ok_or(Errno::ENOENT)?;
        self.nodes.tell(parent.0, &node.path, entry);
        Ok(self.attributes(self.nodes.number(entry), entry))
    }

    fn file(&self, number: INodeNo) -> Result<FileHandle, Errno> {
        self.activity.use_now();
        let node = self.node(number)?;
        let reader = self.image.reader(&node.entry, &node.path).map_err(|_| Errno::EIO)?;
        self.activity.open.fetch_add(1, Ordering::Relaxed);
        Ok(self.files.add(Arc::new(reader)))
    }

    /// What the file has at `offset`, at most `size` bytes, in `buffer`, which grows for it.
    fn content<'b>(
        reader: &FileReader,
        offset: u64,
        size: u32,
        buffer: &'b mut Vec<u8>,
    ) -> Result<&'b [u8], Errno> {
        let left = usize::try_from(reader.len().saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = left.min(size as usize);
        if buffer.len() < wanted {
            buffer.resize(wanted, 0);
        }
        let bytes = &mut buffer[..wanted];
        let filled = reader.read_at(offset, bytes).map_err(|_| Errno::EIO)?;
        Ok(&bytes[..filled])
    }

    /// True if the read was answered with bytes that lie in the image's file as they are, all in one piece.
    fn splice(&self, request: &Request, reader: &FileReader, offset: u64, size: u32) -> bool {
        let wanted = reader.len().saturating_sub(offset).min(size.into());
        let Some(device) = self.device.get().filter(|_| wanted >= splice::WORTHWHILE) else { return false };
        let Some((file, start, left)) = reader.plain(offset) else { return false };
        left >= wanted && splice::answer(device, request.unique().into(), file, start, wanted as usize)
    }
}

/// What the mode says of a device, socket or pipe.
fn special(mode: u32) -> FileType {
    match mode & 0o170_000 {
        0o020_000 => FileType::CharDevice,
        0o060_000 => FileType::BlockDevice,
        0o140_000 => FileType::Socket,
        _ => FileType::NamedPipe,
    }
}

/// The entries of a directory from `offset` on, as the kernel numbers them: itself, its parent, and the rest.
fn listed<'a>(
    number: u64,
    node: &Node,
    directory: &'a Directory,
    offset: u64,
) -> impl Iterator<Item = (u64, Listed<'a>)> {
    let dots = [Listed::Dot(".", number), Listed::Dot("..", node.parent)];
    let all = dots.into_iter().chain(directory.entries.iter().map(Listed::Entry));
    // Each is given with the position of what follows it.
    (1..).zip(all).skip(usize::try_from(offset).unwrap_or(usize::MAX))
}

enum Listed<'a> {
    Dot(&'static str, u64),
    Entry(&'a Entry),
}

impl Filesystem for Server {
    fn init(&mut self, _: &Request, config: &mut KernelConfig) -> io::Result<()> {
        // What the kernel does not offer, it does not need: each only saves questions.
        let wanted = [
            InitFlags::FUSE_ASYNC_READ,
            InitFlags::FUSE_PARALLEL_DIROPS,
            InitFlags::FUSE_DO_READDIRPLUS,
            InitFlags::FUSE_READDIRPLUS_AUTO,
            InitFlags::FUSE_CACHE_SYMLINKS,
        ];
        for flag in wanted {
            let _ = config.add_capabilities(flag);
        }
        Ok(())
    }

    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        match self.child(parent, name) {
            Ok(attributes) => reply.entry(&REMEMBERED, &attributes, Generation(0)),
            Err(errno) => reply.error(errno),
        }
    }

    fn forget(&self, _: &Request, number: INodeNo, lookups: u64) {
        self.nodes.forget(number.0, lookups);
    }

    fn getattr(&self, _: &Request, number: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.node(number) {
            Ok(node) => reply.attr(&REMEMBERED, &self.attributes(number.0, &node.entry)),
            Err(errno) => reply.error(errno),
        }
    }

    fn readlink(&self, _: &Request, number: INodeNo, reply: ReplyData) {
        match self.node(number) {
            Ok(node) => match node.entry.link_target() {
                Some(target) => reply.data(target.as_bytes()),
                None => reply.error(Errno::EINVAL),
            },
            Err(errno) => reply.error(errno),
        }
    }

    fn open(&self, _: &Request, number: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.file(number) {
            Ok(handle) => reply.opened(handle, FopenFlags::FOPEN_KEEP_CACHE),
            Err(errno) => reply.error(errno),
        }
    }

    fn read(
        &self,
        request: &Request,
        _: INodeNo,
        handle: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        self.activity.use_now();
        let Some(reader) = self.files.get(handle) else { return reply.error(Errno::EBADF) };
        if self.splice(request, &reader, offset, size) {
            // Dropped, it would answer again.
            return std::mem::forget(reply);
        }
        BUFFER.with_borrow_mut(|buffer| match Server::content(&reader, offset, size, buffer) {
            Ok(bytes) => reply.data(bytes),
            Err(errno) => reply.error(errno),
        });
    }

    fn release(
        &self,
        _: &Request,
        _: INodeNo,
        handle: FileHandle,
        _: OpenFlags,
        _: Option<LockOwner>,
        _: bool,
        reply: ReplyEmpty,
    ) {
        self.files.remove(handle);
        self.activity.open.fetch_sub(1, Ordering::Relaxed);
        self.activity.use_now();
        reply.ok();
    }

    fn opendir(&self, _: &Request, number: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.directory(number) {
            Ok((_, directory)) => {
                self.activity.open.fetch_add(1, Ordering::Relaxed);
                let flags = FopenFlags::FOPEN_KEEP_CACHE | FopenFlags::FOPEN_CACHE_DIR;
                reply.opened(self.directories.add(directory), flags);
            }
            Err(errno) => reply.error(errno),
        }
    }

    fn readdir(
        &self,
        _: &Request,
        number: INodeNo,
        handle: FileHandle,
        offset: u64,
        mut reply: ReplyDirectory,
    ) {
        let (Ok(node), Some(directory)) = (self.node(number), self.directories.get(handle)) else {
            return reply.error(Errno::EBADF);
        };
        for (next, listed) in listed(number.0, &node, &directory, offset) {
            let is_full = match listed {
                Listed::Dot(name, number) => reply.add(INodeNo(number), next, FileType::Directory, name),
                Listed::Entry(entry) => {
                    let attributes = self.attributes(self.nodes.number(entry), entry);
                    reply.add(attributes.ino, next, attributes.kind, entry.name())
                }
            };
            if is_full {
                break;
            }
        }
        reply.ok();
    }

    fn readdirplus(
        &self,
        _: &Request,
        number: INodeNo,
        handle: FileHandle,
        offset: u64,
        mut reply: ReplyDirectoryPlus,
    ) {
        let (Ok(node), Some(directory)) = (self.node(number), self.directories.get(handle)) else {
            return reply.error(Errno::EBADF);
        };
        for (next, listed) in listed(number.0, &node, &directory, offset) {
            // The kernel takes the dots' names and kinds alone, and counts no look-up of them.
            let (name, attributes) = match listed {
                Listed::Dot(name, number) => (name, self.attributes(number, self.image.root())),
                Listed::Entry(entry) => (entry.name(), self.attributes(self.nodes.number(entry), entry)),
            };
            if reply.add(attributes.ino, next, name, &REMEMBERED, &attributes, Generation(0)) {
                break;
            }
            if let Listed::Entry(entry) = listed {
                self.nodes.tell(number.0, &node.path, entry);
            }
        }
        reply.ok();
    }

    fn releasedir(&self, _: &Request, _: INodeNo, handle: FileHandle, _: OpenFlags, reply: ReplyEmpty) {
        self.directories.remove(handle);
        self.activity.open.fetch_sub(1, Ordering::Relaxed);
        self.activity.use_now();
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        reply.statfs(self.image.size().div_ceil(u64::from(BLOCK)), 0, 0, 0, 0, BLOCK, 255, BLOCK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mount::nodes::ROOT;

    #[test]
    fn the_top_is_inode_one() {
        assert_eq!(ROOT, INodeNo::ROOT.0);
    }
}
