//! Programs that are run within a container of libvirt's own (`lxc:///`), as `libvirt-lxc.h` has it.
//!
//! ```no_run
//! # fn main() -> hypervisor::Result<()> {
//! # let connection = hypervisor::Connection::open(&hypervisor::OpenOptions::uri("lxc:///system"))?;
//! let container = connection.domain_by_name("web")?.container()?.confined()?;
//! let code = container.run("/bin/ls", &["-l".to_owned()])?;
//! # Ok(())
//! # }
//! ```
//!
//! Two processes stand between the caller and the program. The first one joins the container, so that the caller stays
//! where it is; a namespace of processes is joined by the children of whoever enters it, so it makes the second one,
//! which becomes the program, and ends as that does.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int, c_uint};
use std::io::{self, PipeWriter, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::Command;
use std::ptr;

use virt_sys as sys;

use crate::call::Call;
use crate::error::ErrorCode;
use crate::event::held;
use crate::symbol::Beside;
use crate::{Domain, Result};

/// libvirt's library for its own containers.
const LIBRARY: &str = "libvirt-lxc.so.0";

/// The signals of a terminal's keys, which are for the program alone.
const KEYS: [c_int; 2] = [libc::SIGINT, libc::SIGQUIT];

type OpenNamespaces = unsafe extern "C" fn(sys::virDomainPtr, *mut *mut c_int, c_uint) -> c_int;
type EnterNamespaces = unsafe extern "C" fn(
    sys::virDomainPtr,
    c_uint,
    *mut c_int,
    *mut c_uint,
    *mut *mut c_int,
    c_uint,
) -> c_int;
type EnterGroups = unsafe extern "C" fn(sys::virDomainPtr, c_uint) -> c_int;
type EnterLabel = unsafe extern "C" fn(
    sys::virSecurityModelPtr,
    sys::virSecurityLabelPtr,
    sys::virSecurityLabelPtr,
    c_uint,
) -> c_int;

/// A running container that can be entered.
pub struct Container {
    domain: Domain,
    namespaces: Vec<OwnedFd>,
    /// The host's security model and the container's label, for programs that are to have it.
    confinement: Option<Box<(sys::virSecurityModel, sys::virSecurityLabel)>>,
    enter_label: EnterLabel,
    enter_groups: EnterGroups,
    enter_namespaces: EnterNamespaces,
}

impl Domain {
    /// The container that it is.
    ///
    /// # Errors
    /// `NO_SUPPORT` where it is none or where libvirt's library for containers is not there; what libvirt refused.
    pub fn container(&self) -> Result<Container> {
        let unusable = |error: String| {
            self.call("enter").refuse(
                ErrorCode::NO_SUPPORT,
                format!(
                    "libvirt's library for containers cannot be used (package libvirt0, elsewhere libvirt-libs): {error}"
                ),
            )
        };
        let library = Beside::load(LIBRARY).map_err(unusable)?;
        // SAFETY: these are the types that `libvirt-lxc.h` declares.
        let (open, enter_label, enter_groups, enter_namespaces) = unsafe {
            (
                library.find::<OpenNamespaces>("virDomainLxcOpenNamespace").map_err(unusable)?,
                library.find::<EnterLabel>("virDomainLxcEnterSecurityLabel").map_err(unusable)?,
                library.find::<EnterGroups>("virDomainLxcEnterCGroup").map_err(unusable)?,
                library.find::<EnterNamespaces>("virDomainLxcEnterNamespace").map_err(unusable)?,
            )
        };
        let mut list = ptr::null_mut();
        let count = self
            .call("open the namespaces of")
            // SAFETY: the handle owns the domain, and `list` lives during the call.
            .number(|| unsafe { open(self.ptr(), &raw mut list, 0) })?;
        let namespaces = (0..usize::try_from(count).unwrap_or_default())
            // SAFETY: libvirt opened `count` files, which are ours.
            .map(|index| unsafe { OwnedFd::from_raw_fd(*list.add(index)) })
            .collect::<Vec<_>>();
        // SAFETY: the list came from malloc and is ours.
        unsafe { libc::free(list.cast()) };
        for file in &namespaces {
            // SAFETY: the file is open. No program that is run is to have it.
            unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC) };
        }
        Ok(Container {
            domain: self.clone(),
            namespaces,
            confinement: None,
            enter_label,
            enter_groups,
            enter_namespaces,
        })
    }
}

impl Container {
    /// The same, and programs are confined as the container's own are.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn confined(self) -> Result<Self> {
        let model = self.domain.connection().security_model_as_it_is()?;
        let label = self.domain.security_label_as_it_is()?;
        Ok(Self { confinement: Some(Box::new((model, label))), ..self })
    }

    /// Runs a program of the container with our standard files, environment and terminal, and waits for it: its exit
    /// code, or 128 and the number of the signal that ended it. No other thread may be in a call to libvirt meanwhile.
    ///
    /// # Errors
    /// Why the container could not be entered, or the program not run.
    pub fn run(self, program: &str, arguments: &[String]) -> Result<i32> {
        let domain = self.domain.clone();
        let call = || Call::new(format!("run '{program}' in"), &domain);
        let failed = |error: io::Error| call().refuse(ErrorCode::OPERATION_FAILED, of_system(&error));
        let (mut reader, words) = io::pipe().map_err(failed)?;
        let keys = Keys::ignore();
        let mut entry = Entry {
            namespaces: self.namespaces.iter().map(AsRawFd::as_raw_fd).collect(),
            container: self,
            handlers: keys.handlers,
            words,
        };
        let mut command = Command::new(program);
        command.args(arguments);
        // SAFETY: between fork and exec only the thread that forked is there. `Entry::enter` calls what is safe after a
        // fork, and libvirt: its functions allocate, which the C library allows after a fork, and take libvirt's locks,
        // which nobody holds: the loop's thread is held where it has none, and the caller keeps others out.
        unsafe { command.pre_exec(move || entry.enter()) };
        let spawned = held(|| command.spawn());
        // With it goes our end of the pipe for words.
        drop(command);
        let mut child = spawned.map_err(|error| {
            let mut said = String::new();
            match reader.read_to_string(&mut said) {
                Ok(1..) => call().refuse(ErrorCode::OPERATION_FAILED, said),
                _ => failed(error),
            }
        })?;
        let status = child.wait().map_err(failed)?;
        Ok(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default()))
    }
}

/// What the system says, without its number.
fn of_system(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// What the child needs to enter a container.
struct Entry {
    container: Container,
    /// The container's, as libvirt takes them.
    namespaces: Vec<c_int>,
    /// What the terminal's keys do to the program.
    handlers: [libc::sigaction; KEYS.len()],
    /// Where libvirt's words go if it refuses.
    words: PipeWriter,
}

// SAFETY: all in it is owned or lives as long as the process; the raw pointers in libvirt's structures, of which there is
// none that it shares with others, are what keeps the compiler from knowing.
unsafe impl Send for Entry {}
// SAFETY: as above; only `enter` uses it, in a process of its own.
unsafe impl Sync for Entry {}

impl Entry {
    /// Enters the container and goes on in a child, within it; the caller's own process ends as that does.
    fn enter(&mut self) -> io::Result<()> {
        let container = &mut self.container;
        let domain = container.domain.ptr();
        let count = c_uint::try_from(self.namespaces.len()).unwrap_or(c_uint::MAX);
        // SAFETY: the handle owns the domain, the structures and the list live during the calls, and what there was
        // before is not asked for.
        let entered = unsafe {
            container.confinement.as_deref_mut().is_none_or(|(model, label)| {
                (container.enter_label)(&raw mut *model, &raw mut *label, ptr::null_mut(), 0) >= 0
            }) && (container.enter_groups)(domain, 0) >= 0
                && (container.enter_namespaces)(
                    domain,
                    count,
                    self.namespaces.as_mut_ptr(),
                    ptr::null_mut(),
                    ptr::null_mut(),
                    0,
                ) >= 0
        };
        if !entered {
            return Err(self.refused());
        }
        // SAFETY: there is one thread, as this is the child of a fork.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            0 => {
                for (key, handler) in KEYS.iter().zip(&self.handlers) {
                    // SAFETY: this is what the system gave us for the same signal.
                    unsafe { libc::sigaction(*key, handler, ptr::null_mut()) };
                }
                Ok(())
            }
            program => end_as(program),
        }
    }

    /// Hands on what libvirt said.
    fn refused(&self) -> io::Error {
        // SAFETY: libvirt's message is a C string of this thread, which lives until its next call; the pipe is open.
        // Where it cannot be written, the number says something still.
        unsafe {
            let said = sys::virGetLastErrorMessage();
            if !said.is_null() {
                let said = CStr::from_ptr(said);
                libc::write(self.words.as_raw_fd(), said.as_ptr().cast(), said.count_bytes());
            }
        }
        io::Error::from_raw_os_error(libc::EPERM)
    }
}

/// Waits for a process, and ends this one with its exit code.
fn end_as(process: libc::pid_t) -> ! {
    // SAFETY: no file but the standard ones is needed any more. Those that others wait for, to hear whether the program
    // could be run, must not stay open here. Where the system lacks the call, they hear of it when the program ends.
    unsafe { libc::syscall(libc::SYS_close_range, 3, c_uint::MAX, 0) };
    let mut status = 0;
    // SAFETY: the process is ours, and `status` lives during the call.
    while unsafe { libc::waitpid(process, &raw mut status, 0) } < 0 {
        if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            break;
        }
    }
    let code =
        if libc::WIFSIGNALED(status) { 128 + libc::WTERMSIG(status) } else { libc::WEXITSTATUS(status) };
    // SAFETY: nothing of the process it was forked from is to be flushed or run at its end.
    unsafe { libc::_exit(code) }
}

/// While it lives, the terminal's keys end neither us nor who waits for the program.
struct Keys {
    /// What they did before.
    handlers: [libc::sigaction; KEYS.len()],
}

impl Keys {
    fn ignore() -> Self {
        let handlers = KEYS.map(|key| {
            let mut before = MaybeUninit::<libc::sigaction>::zeroed();
            // SAFETY: all zeros are a valid action, the usual one; both live during the calls.
            unsafe {
                let mut ignored = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
                ignored.sa_sigaction = libc::SIG_IGN;
                libc::sigaction(key, &raw const ignored, before.as_mut_ptr());
                before.assume_init()
            }
        });
        Self { handlers }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        for (key, handler) in KEYS.iter().zip(&self.handlers) {
            // SAFETY: this is what the system gave us for the same signal.
            unsafe { libc::sigaction(*key, handler, ptr::null_mut()) };
        }
    }
}
