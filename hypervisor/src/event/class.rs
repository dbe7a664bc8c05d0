//! The classes of events: the one table of what can be asked for.

use virt_sys as sys;

use super::callbacks as call;

/// What an event happens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// A domain.
    Domain,
    /// A network.
    Network,
    /// A storage pool.
    Pool,
    /// A device of the host.
    NodeDevice,
    /// A secret.
    Secret,
    /// The connection itself.
    Connection,
}

/// What libvirt calls back: any of its callback types, as the generic one that its registration takes.
pub(super) type Callback = unsafe extern "C" fn();

macro_rules! classes {
    ($($Class:ident: $Source:ident, $name:literal, $id:expr, $callback:expr;)*) => {
        /// A class of events that can be asked for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "the names are libvirt's own, in its order")]
        pub enum Class {
            $($Class,)*
            /// The connection was closed, whoever did it.
            Closed,
        }

        impl Class {
            /// All classes, in libvirt's order.
            pub const ALL: &[Class] = &[$(Self::$Class,)* Self::Closed];

            /// What its events happen to.
            #[must_use]
            pub fn source(self) -> Source {
                match self {
                    $(Self::$Class => Source::$Source,)*
                    Self::Closed => Source::Connection,
                }
            }

            /// Its name among those of its source, as `virsh event --list` prints it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$Class => $name,)*
                    Self::Closed => "closed",
                }
            }

            /// libvirt's number and what is called back; nothing for what libvirt has no number for.
            pub(super) fn registration(self) -> Option<(u32, Callback)> {
                match self {
                    $(Self::$Class => Some(($id, $callback)),)*
                    Self::Closed => None,
                }
            }
        }
    };
}

classes! {
    Lifecycle: Domain, "lifecycle", sys::VIR_DOMAIN_EVENT_ID_LIFECYCLE, call::lifecycle();
    Reboot: Domain, "reboot", sys::VIR_DOMAIN_EVENT_ID_REBOOT, call::reboot();
    RtcChange: Domain, "rtc-change", sys::VIR_DOMAIN_EVENT_ID_RTC_CHANGE, call::rtc_change();
    Watchdog: Domain, "watchdog", sys::VIR_DOMAIN_EVENT_ID_WATCHDOG, call::watchdog();
    IoError: Domain, "io-error", sys::VIR_DOMAIN_EVENT_ID_IO_ERROR, call::io_error();
    Graphics: Domain, "graphics", sys::VIR_DOMAIN_EVENT_ID_GRAPHICS, call::graphics();
    IoErrorReason: Domain, "io-error-reason", sys::VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON, call::io_error_reason();
    ControlError: Domain, "control-error", sys::VIR_DOMAIN_EVENT_ID_CONTROL_ERROR, call::control_error();
    BlockJob: Domain, "block-job", sys::VIR_DOMAIN_EVENT_ID_BLOCK_JOB, call::block_job();
    DiskChange: Domain, "disk-change", sys::VIR_DOMAIN_EVENT_ID_DISK_CHANGE, call::disk_change();
    TrayChange: Domain, "tray-change", sys::VIR_DOMAIN_EVENT_ID_TRAY_CHANGE, call::tray_change();
    PmWakeup: Domain, "pm-wakeup", sys::VIR_DOMAIN_EVENT_ID_PMWAKEUP, call::pm_wakeup();
    PmSuspend: Domain, "pm-suspend", sys::VIR_DOMAIN_EVENT_ID_PMSUSPEND, call::pm_suspend();
    BalloonChange: Domain, "balloon-change", sys::VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE, call::balloon_change();
    PmSuspendDisk: Domain, "pm-suspend-disk", sys::VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK, call::pm_suspend_disk();
    DeviceRemoved: Domain, "device-removed", sys::VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, call::device_removed();
    BlockJob2: Domain, "block-job-2", sys::VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2, call::block_job_2();
    Tunable: Domain, "tunable", sys::VIR_DOMAIN_EVENT_ID_TUNABLE, call::tunable();
    AgentLifecycle: Domain, "agent-lifecycle", sys::VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE, call::agent_lifecycle();
    DeviceAdded: Domain, "device-added", sys::VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, call::device_added();
    MigrationIteration: Domain, "migration-iteration", sys::VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION,
        call::migration_iteration();
    JobCompleted: Domain, "job-completed", sys::VIR_DOMAIN_EVENT_ID_JOB_COMPLETED, call::job_completed();
    DeviceRemovalFailed: Domain, "device-removal-failed", sys::VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED,
        call::device_removal_failed();
    MetadataChange: Domain, "metadata-change", sys::VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, call::metadata_change();
    BlockThreshold: Domain, "block-threshold", sys::VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD, call::block_threshold();
    MemoryFailure: Domain, "memory-failure", sys::VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE, call::memory_failure();
    MemoryDeviceSizeChange: Domain, "memory-device-size-change",
        sys::VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE, call::memory_device_size_change();
    NicMacChange: Domain, "nic-mac-change", sys::VIR_DOMAIN_EVENT_ID_NIC_MAC_CHANGE, call::nic_mac_change();
    NetworkLifecycle: Network, "lifecycle", sys::VIR_NETWORK_EVENT_ID_LIFECYCLE, call::network_lifecycle();
    NetworkMetadataChange: Network, "metadata-change", sys::VIR_NETWORK_EVENT_ID_METADATA_CHANGE,
        call::network_metadata();
    PoolLifecycle: Pool, "lifecycle", sys::VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE, call::pool_lifecycle();
    PoolRefresh: Pool, "refresh", sys::VIR_STORAGE_POOL_EVENT_ID_REFRESH, call::pool_changed();
    NodeDeviceLifecycle: NodeDevice, "lifecycle", sys::VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE,
        call::node_device_lifecycle();
    NodeDeviceUpdate: NodeDevice, "update", sys::VIR_NODE_DEVICE_EVENT_ID_UPDATE, call::node_device_changed();
    SecretLifecycle: Secret, "lifecycle", sys::VIR_SECRET_EVENT_ID_LIFECYCLE, call::secret_lifecycle();
    SecretValueChanged: Secret, "value-changed", sys::VIR_SECRET_EVENT_ID_VALUE_CHANGED, call::secret_changed();
}

impl Class {
    /// The class of this name, e.g. `device-added` of domains.
    #[must_use]
    pub fn find(source: Source, name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|class| class.source() == source && class.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_found_by_its_name() {
        for &class in Class::ALL {
            assert_eq!(Class::find(class.source(), class.name()), Some(class));
        }
    }
}
