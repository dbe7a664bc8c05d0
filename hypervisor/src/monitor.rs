//! Commands to QEMU's monitor and to the guest's agent.
#![allow(unsafe_code)]

use std::time::Duration;

use virt_sys as sys;

use crate::{Domain, Result};

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

    /// Sends a command, a JSON object, to the guest's agent and returns its answer; `None` waits as long as libvirt
    /// usually does.
    ///
    /// # Errors
    /// That there is no agent, or that it did not answer in time.
    pub fn agent(&self, command: &str, time_limit: Option<Duration>) -> Result<String> {
        let call = self.call("send an agent command to");
        let command = call.c_text(command)?;
        let seconds = time_limit.map_or(sys::VIR_DOMAIN_QEMU_AGENT_COMMAND_DEFAULT, |limit| {
            i32::try_from(limit.as_secs()).unwrap_or(i32::MAX)
        });
        // SAFETY: the handle owns the domain, and the text lives during the call.
        call.text(|| unsafe { sys::virDomainQemuAgentCommand(self.ptr(), command.as_ptr(), seconds, 0) })
    }
}
