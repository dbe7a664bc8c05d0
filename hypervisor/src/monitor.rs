//! Commands to QEMU's monitor and to the guest's agent.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_uint};
use std::os::fd::RawFd;

use virt_sys as sys;

use crate::{Connection, Domain, Result};

/// How long the guest's agent may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentLimit {
    /// As long as libvirt usually waits.
    Usual,
    /// For ever.
    None,
    /// Its answer is not waited for.
    NoWait,
    /// So many seconds.
    Seconds(c_int),
}

impl AgentLimit {
    fn number(self) -> c_int {
        match self {
            Self::Usual => sys::VIR_DOMAIN_QEMU_AGENT_COMMAND_DEFAULT,
            Self::None => sys::VIR_DOMAIN_QEMU_AGENT_COMMAND_BLOCK,
            Self::NoWait => sys::VIR_DOMAIN_QEMU_AGENT_COMMAND_NOWAIT,
            Self::Seconds(seconds) => seconds,
        }
    }
}

impl Connection {
    /// Takes over a QEMU process that nobody manages; libvirt will not be able to do everything with it.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn attach_qemu(&self, process: c_uint) -> Result<Domain> {
        // SAFETY: the connection is owned.
        let raw = self
            .call("attach a process to")
            .pointer(|| unsafe { sys::virDomainQemuAttach(self.ptr(), process, 0) })?;
        // SAFETY: the new reference is owned by nobody else.
        Domain::new(unsafe { virt::domain::Domain::from_ptr(raw.as_ptr()) }, self)
    }
}

impl Domain {
    /// Sends a QMP command, a JSON object, to QEMU and returns its answer. libvirt cannot know what it changes.
    ///
    /// # Errors
    /// What libvirt refused; what QEMU refuses is an answer.
    pub fn qmp(&self, command: &str) -> Result<String> {
        self.monitor(command, sys::VIR_DOMAIN_QEMU_MONITOR_COMMAND_DEFAULT)
    }

    /// Sends a command for people to QEMU's monitor and returns what it prints.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn hmp(&self, command: &str) -> Result<String> {
        self.monitor(command, sys::VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP)
    }

    fn monitor(&self, command: &str, flags: u32) -> Result<String> {
        let call = self.call("send a monitor command to");
        let command = call.c_text(command)?;
        let mut answer = std::ptr::null_mut();
        // SAFETY: the handle owns the domain; text and `answer` live during the call.
        call.text(|| unsafe {
            let status =
                sys::virDomainQemuMonitorCommand(self.ptr(), command.as_ptr(), &raw mut answer, flags);
            if status < 0 { std::ptr::null_mut() } else { answer }
        })
    }

    /// The same as [`qmp`](Self::qmp), and hands these open files of ours to QEMU with it.
    ///
    /// # Errors
    /// What libvirt refused; what QEMU refuses is an answer.
    pub fn qmp_with_files(&self, command: &str, files: &[RawFd]) -> Result<String> {
        let call = self.call("send a monitor command to");
        let command = call.c_text(command)?;
        let mut files = files.to_vec();
        let count = c_uint::try_from(files.len()).unwrap_or(c_uint::MAX);
        let mut answer = std::ptr::null_mut();
        // SAFETY: the handle owns the domain; text, files and `answer` live during the call. Nothing asks for files.
        call.text(|| unsafe {
            let status = sys::virDomainQemuMonitorCommandWithFiles(
                self.ptr(),
                command.as_ptr(),
                count,
                files.as_mut_ptr(),
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                &raw mut answer,
                sys::VIR_DOMAIN_QEMU_MONITOR_COMMAND_DEFAULT,
            );
            if status < 0 { std::ptr::null_mut() } else { answer }
        })
    }

    /// Sends a command, a JSON object, to the guest's agent and returns its answer.
    ///
    /// # Errors
    /// That there is no agent, or that it did not answer in time.
    pub fn agent(&self, command: &str, limit: AgentLimit) -> Result<String> {
        let call = self.call("send an agent command to");
        let command = call.c_text(command)?;
        // SAFETY: the handle owns the domain, and the text lives during the call.
        call.text(|| unsafe {
            sys::virDomainQemuAgentCommand(self.ptr(), command.as_ptr(), limit.number(), 0)
        })
    }
}
