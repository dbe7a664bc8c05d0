//! The flags of libvirt's calls as types, so that a flag of one call cannot be given to another.

use virt_sys as sys;

pub use job::*;

macro_rules! flags {
    ($($(#[$doc:meta])* $Name:ident { $($flag:ident = $value:ident,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
        pub struct $Name(pub u32);

        #[allow(missing_docs, reason = "the names are libvirt's own, without their prefix")]
        impl $Name {
            $(pub const $flag: Self = Self(sys::$value);)*

            /// No flag: libvirt's default.
            pub const NONE: Self = Self(0);

            /// Whether all of `other` is in here.
            #[must_use]
            pub fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }
        }

        impl std::ops::BitOr for $Name {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl std::ops::BitOrAssign for $Name {
            fn bitor_assign(&mut self, other: Self) {
                self.0 |= other.0;
            }
        }
    )*};
}

mod job;

flags! {
    /// Which domains a list holds; several of one kind widen, kinds narrow.
    DomainFilter {
        ACTIVE = VIR_CONNECT_LIST_DOMAINS_ACTIVE,
        INACTIVE = VIR_CONNECT_LIST_DOMAINS_INACTIVE,
        PERSISTENT = VIR_CONNECT_LIST_DOMAINS_PERSISTENT,
        TRANSIENT = VIR_CONNECT_LIST_DOMAINS_TRANSIENT,
        RUNNING = VIR_CONNECT_LIST_DOMAINS_RUNNING,
        PAUSED = VIR_CONNECT_LIST_DOMAINS_PAUSED,
        SHUTOFF = VIR_CONNECT_LIST_DOMAINS_SHUTOFF,
        OTHER = VIR_CONNECT_LIST_DOMAINS_OTHER,
        MANAGED_SAVE = VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE,
        NO_MANAGED_SAVE = VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE,
        AUTOSTART = VIR_CONNECT_LIST_DOMAINS_AUTOSTART,
        NO_AUTOSTART = VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART,
        HAS_SNAPSHOT = VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT,
        NO_SNAPSHOT = VIR_CONNECT_LIST_DOMAINS_NO_SNAPSHOT,
        HAS_CHECKPOINT = VIR_CONNECT_LIST_DOMAINS_HAS_CHECKPOINT,
        NO_CHECKPOINT = VIR_CONNECT_LIST_DOMAINS_NO_CHECKPOINT,
    }
    /// How a domain is described.
    DomainXml {
        SECURE = VIR_DOMAIN_XML_SECURE,
        INACTIVE = VIR_DOMAIN_XML_INACTIVE,
        UPDATE_CPU = VIR_DOMAIN_XML_UPDATE_CPU,
        MIGRATABLE = VIR_DOMAIN_XML_MIGRATABLE,
    }
    /// How a definition is taken.
    DefineFlags {
        VALIDATE = VIR_DOMAIN_DEFINE_VALIDATE,
    }
    /// How a domain is started.
    StartFlags {
        PAUSED = VIR_DOMAIN_START_PAUSED,
        AUTODESTROY = VIR_DOMAIN_START_AUTODESTROY,
        BYPASS_CACHE = VIR_DOMAIN_START_BYPASS_CACHE,
        FORCE_BOOT = VIR_DOMAIN_START_FORCE_BOOT,
        VALIDATE = VIR_DOMAIN_START_VALIDATE,
        RESET_NVRAM = VIR_DOMAIN_START_RESET_NVRAM,
    }
    /// In which way the guest is asked to shut down.
    ShutdownFlags {
        ACPI_POWER_BTN = VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN,
        GUEST_AGENT = VIR_DOMAIN_SHUTDOWN_GUEST_AGENT,
        INITCTL = VIR_DOMAIN_SHUTDOWN_INITCTL,
        SIGNAL = VIR_DOMAIN_SHUTDOWN_SIGNAL,
        PARAVIRT = VIR_DOMAIN_SHUTDOWN_PARAVIRT,
    }
    /// In which way the guest is asked to reboot.
    RebootFlags {
        ACPI_POWER_BTN = VIR_DOMAIN_REBOOT_ACPI_POWER_BTN,
        GUEST_AGENT = VIR_DOMAIN_REBOOT_GUEST_AGENT,
        INITCTL = VIR_DOMAIN_REBOOT_INITCTL,
        SIGNAL = VIR_DOMAIN_REBOOT_SIGNAL,
        PARAVIRT = VIR_DOMAIN_REBOOT_PARAVIRT,
    }
    /// How a domain is forced off.
    DestroyFlags {
        GRACEFUL = VIR_DOMAIN_DESTROY_GRACEFUL,
        REMOVE_LOGS = VIR_DOMAIN_DESTROY_REMOVE_LOGS,
    }
    /// What goes, or stays, with a domain's definition.
    UndefineFlags {
        MANAGED_SAVE = VIR_DOMAIN_UNDEFINE_MANAGED_SAVE,
        SNAPSHOTS_METADATA = VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA,
        NVRAM = VIR_DOMAIN_UNDEFINE_NVRAM,
        KEEP_NVRAM = VIR_DOMAIN_UNDEFINE_KEEP_NVRAM,
        CHECKPOINTS_METADATA = VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA,
        TPM = VIR_DOMAIN_UNDEFINE_TPM,
        KEEP_TPM = VIR_DOMAIN_UNDEFINE_KEEP_TPM,
    }
    /// How a domain is saved to a file, and in which state it comes back.
    SaveFlags {
        BYPASS_CACHE = VIR_DOMAIN_SAVE_BYPASS_CACHE,
        RUNNING = VIR_DOMAIN_SAVE_RUNNING,
        PAUSED = VIR_DOMAIN_SAVE_PAUSED,
        RESET_NVRAM = VIR_DOMAIN_SAVE_RESET_NVRAM,
    }
    /// How a core dump is made.
    DumpFlags {
        CRASH = VIR_DUMP_CRASH,
        LIVE = VIR_DUMP_LIVE,
        BYPASS_CACHE = VIR_DUMP_BYPASS_CACHE,
        RESET = VIR_DUMP_RESET,
        MEMORY_ONLY = VIR_DUMP_MEMORY_ONLY,
    }
    /// Which of a domain's configurations a change is made to.
    Affect {
        CURRENT = VIR_DOMAIN_AFFECT_CURRENT,
        LIVE = VIR_DOMAIN_AFFECT_LIVE,
        CONFIG = VIR_DOMAIN_AFFECT_CONFIG,
        FORCE = VIR_DOMAIN_DEVICE_MODIFY_FORCE,
        MAXIMUM = VIR_DOMAIN_MEM_MAXIMUM,
    }
    /// Which number of virtual CPUs is meant.
    VcpuFlags {
        LIVE = VIR_DOMAIN_VCPU_LIVE,
        CONFIG = VIR_DOMAIN_VCPU_CONFIG,
        MAXIMUM = VIR_DOMAIN_VCPU_MAXIMUM,
        GUEST = VIR_DOMAIN_VCPU_GUEST,
        HOTPLUGGABLE = VIR_DOMAIN_VCPU_HOTPLUGGABLE,
    }
    /// Who is asked for a guest's name.
    HostnameSource {
        LEASE = VIR_DOMAIN_GET_HOSTNAME_LEASE,
        AGENT = VIR_DOMAIN_GET_HOSTNAME_AGENT,
    }
    /// What a guest is asked to say about itself; none means all.
    GuestInfoKinds {
        USERS = VIR_DOMAIN_GUEST_INFO_USERS,
        OS = VIR_DOMAIN_GUEST_INFO_OS,
        TIMEZONE = VIR_DOMAIN_GUEST_INFO_TIMEZONE,
        HOSTNAME = VIR_DOMAIN_GUEST_INFO_HOSTNAME,
        FILESYSTEM = VIR_DOMAIN_GUEST_INFO_FILESYSTEM,
        DISKS = VIR_DOMAIN_GUEST_INFO_DISKS,
        INTERFACES = VIR_DOMAIN_GUEST_INFO_INTERFACES,
        LOAD = VIR_DOMAIN_GUEST_INFO_LOAD,
    }
    /// How a password is given.
    PasswordFlags {
        ENCRYPTED = VIR_DOMAIN_PASSWORD_ENCRYPTED,
    }
    /// How a user's SSH keys are changed; without a flag those that are given are all.
    SshKeyFlags {
        APPEND = VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND,
        REMOVE = VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_REMOVE,
    }
    /// How a disk's size is given.
    BlockResizeFlags {
        BYTES = VIR_DOMAIN_BLOCK_RESIZE_BYTES,
        CAPACITY = VIR_DOMAIN_BLOCK_RESIZE_CAPACITY,
    }
    /// How memory that is written to is counted.
    DirtyRateFlags {
        PAGE_SAMPLING = VIR_DOMAIN_DIRTYRATE_MODE_PAGE_SAMPLING,
        DIRTY_BITMAP = VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_BITMAP,
        DIRTY_RING = VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_RING,
    }
    /// How the security labels of files that are handed over are treated.
    FdAssociateFlags {
        SECLABEL_RESTORE = VIR_DOMAIN_FD_ASSOCIATE_SECLABEL_RESTORE,
        SECLABEL_WRITABLE = VIR_DOMAIN_FD_ASSOCIATE_SECLABEL_WRITABLE,
    }
    /// How a console is taken.
    ConsoleFlags {
        FORCE = VIR_DOMAIN_CONSOLE_FORCE,
        SAFE = VIR_DOMAIN_CONSOLE_SAFE,
    }
    /// Which groups of statistics are asked for; none means all.
    StatsKinds {
        STATE = VIR_DOMAIN_STATS_STATE,
        CPU_TOTAL = VIR_DOMAIN_STATS_CPU_TOTAL,
        BALLOON = VIR_DOMAIN_STATS_BALLOON,
        VCPU = VIR_DOMAIN_STATS_VCPU,
        INTERFACE = VIR_DOMAIN_STATS_INTERFACE,
        BLOCK = VIR_DOMAIN_STATS_BLOCK,
        PERF = VIR_DOMAIN_STATS_PERF,
        IOTHREAD = VIR_DOMAIN_STATS_IOTHREAD,
        MEMORY = VIR_DOMAIN_STATS_MEMORY,
        DIRTYRATE = VIR_DOMAIN_STATS_DIRTYRATE,
        VM = VIR_DOMAIN_STATS_VM,
    }
    /// Of which domains, and how, statistics are asked for.
    StatsFilter {
        ACTIVE = VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE,
        INACTIVE = VIR_CONNECT_GET_ALL_DOMAINS_STATS_INACTIVE,
        PERSISTENT = VIR_CONNECT_GET_ALL_DOMAINS_STATS_PERSISTENT,
        TRANSIENT = VIR_CONNECT_GET_ALL_DOMAINS_STATS_TRANSIENT,
        RUNNING = VIR_CONNECT_GET_ALL_DOMAINS_STATS_RUNNING,
        PAUSED = VIR_CONNECT_GET_ALL_DOMAINS_STATS_PAUSED,
        SHUTOFF = VIR_CONNECT_GET_ALL_DOMAINS_STATS_SHUTOFF,
        OTHER = VIR_CONNECT_GET_ALL_DOMAINS_STATS_OTHER,
        NOWAIT = VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT,
        BACKING = VIR_CONNECT_GET_ALL_DOMAINS_STATS_BACKING,
        ENFORCE = VIR_CONNECT_GET_ALL_DOMAINS_STATS_ENFORCE_STATS,
    }
    /// Which networks a list holds.
    NetworkFilter {
        ACTIVE = VIR_CONNECT_LIST_NETWORKS_ACTIVE,
        INACTIVE = VIR_CONNECT_LIST_NETWORKS_INACTIVE,
        PERSISTENT = VIR_CONNECT_LIST_NETWORKS_PERSISTENT,
        TRANSIENT = VIR_CONNECT_LIST_NETWORKS_TRANSIENT,
        AUTOSTART = VIR_CONNECT_LIST_NETWORKS_AUTOSTART,
        NO_AUTOSTART = VIR_CONNECT_LIST_NETWORKS_NO_AUTOSTART,
    }
    /// How a network's definition is taken, kept or started at once.
    NetworkDefineFlags {
        VALIDATE = VIR_NETWORK_DEFINE_VALIDATE,
    }
    /// How a network is described.
    NetworkXml {
        INACTIVE = VIR_NETWORK_XML_INACTIVE,
    }
    /// Which pools a list holds.
    PoolFilter {
        ACTIVE = VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE,
        INACTIVE = VIR_CONNECT_LIST_STORAGE_POOLS_INACTIVE,
        PERSISTENT = VIR_CONNECT_LIST_STORAGE_POOLS_PERSISTENT,
        TRANSIENT = VIR_CONNECT_LIST_STORAGE_POOLS_TRANSIENT,
        AUTOSTART = VIR_CONNECT_LIST_STORAGE_POOLS_AUTOSTART,
        NO_AUTOSTART = VIR_CONNECT_LIST_STORAGE_POOLS_NO_AUTOSTART,
        DIR = VIR_CONNECT_LIST_STORAGE_POOLS_DIR,
        FS = VIR_CONNECT_LIST_STORAGE_POOLS_FS,
        NETFS = VIR_CONNECT_LIST_STORAGE_POOLS_NETFS,
        LOGICAL = VIR_CONNECT_LIST_STORAGE_POOLS_LOGICAL,
        DISK = VIR_CONNECT_LIST_STORAGE_POOLS_DISK,
        ISCSI = VIR_CONNECT_LIST_STORAGE_POOLS_ISCSI,
        SCSI = VIR_CONNECT_LIST_STORAGE_POOLS_SCSI,
        MPATH = VIR_CONNECT_LIST_STORAGE_POOLS_MPATH,
        RBD = VIR_CONNECT_LIST_STORAGE_POOLS_RBD,
        SHEEPDOG = VIR_CONNECT_LIST_STORAGE_POOLS_SHEEPDOG,
        GLUSTER = VIR_CONNECT_LIST_STORAGE_POOLS_GLUSTER,
        ZFS = VIR_CONNECT_LIST_STORAGE_POOLS_ZFS,
        VSTORAGE = VIR_CONNECT_LIST_STORAGE_POOLS_VSTORAGE,
        ISCSI_DIRECT = VIR_CONNECT_LIST_STORAGE_POOLS_ISCSI_DIRECT,
    }
    /// How a pool's definition is taken.
    PoolDefineFlags {
        VALIDATE = VIR_STORAGE_POOL_DEFINE_VALIDATE,
    }
    /// How a pool is started.
    PoolStartFlags {
        WITH_BUILD = VIR_STORAGE_POOL_CREATE_WITH_BUILD,
        WITH_BUILD_OVERWRITE = VIR_STORAGE_POOL_CREATE_WITH_BUILD_OVERWRITE,
        WITH_BUILD_NO_OVERWRITE = VIR_STORAGE_POOL_CREATE_WITH_BUILD_NO_OVERWRITE,
    }
    /// How a pool's target is made.
    PoolBuildFlags {
        REPAIR = VIR_STORAGE_POOL_BUILD_REPAIR,
        RESIZE = VIR_STORAGE_POOL_BUILD_RESIZE,
        NO_OVERWRITE = VIR_STORAGE_POOL_BUILD_NO_OVERWRITE,
        OVERWRITE = VIR_STORAGE_POOL_BUILD_OVERWRITE,
    }
    /// How a pool is described.
    PoolXml {
        INACTIVE = VIR_STORAGE_XML_INACTIVE,
    }
    /// How a volume is made.
    VolumeCreateFlags {
        PREALLOC_METADATA = VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA,
        REFLINK = VIR_STORAGE_VOL_CREATE_REFLINK,
        VALIDATE = VIR_STORAGE_VOL_CREATE_VALIDATE,
    }
    /// How a volume is deleted.
    VolumeDeleteFlags {
        ZEROED = VIR_STORAGE_VOL_DELETE_ZEROED,
        WITH_SNAPSHOTS = VIR_STORAGE_VOL_DELETE_WITH_SNAPSHOTS,
    }
    /// How a volume's size is changed.
    VolumeResizeFlags {
        ALLOCATE = VIR_STORAGE_VOL_RESIZE_ALLOCATE,
        DELTA = VIR_STORAGE_VOL_RESIZE_DELTA,
        SHRINK = VIR_STORAGE_VOL_RESIZE_SHRINK,
    }
    /// How a volume's contents are overwritten.
    VolumeWipe {
        ZERO = VIR_STORAGE_VOL_WIPE_ALG_ZERO,
        NNSA = VIR_STORAGE_VOL_WIPE_ALG_NNSA,
        DOD = VIR_STORAGE_VOL_WIPE_ALG_DOD,
        BSI = VIR_STORAGE_VOL_WIPE_ALG_BSI,
        GUTMANN = VIR_STORAGE_VOL_WIPE_ALG_GUTMANN,
        SCHNEIER = VIR_STORAGE_VOL_WIPE_ALG_SCHNEIER,
        PFITZNER7 = VIR_STORAGE_VOL_WIPE_ALG_PFITZNER7,
        PFITZNER33 = VIR_STORAGE_VOL_WIPE_ALG_PFITZNER33,
        RANDOM = VIR_STORAGE_VOL_WIPE_ALG_RANDOM,
        TRIM = VIR_STORAGE_VOL_WIPE_ALG_TRIM,
    }
    /// How a processor common to several is described.
    BaselineFlags {
        EXPAND_FEATURES = VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES,
        MIGRATABLE = VIR_CONNECT_BASELINE_CPU_MIGRATABLE,
    }
    /// How processors are compared.
    CompareFlags {
        FAIL_INCOMPATIBLE = VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE,
        VALIDATE = VIR_CONNECT_COMPARE_CPU_VALIDATE_XML,
    }
    /// How a network's port is made.
    PortCreateFlags {
        RECLAIM = VIR_NETWORK_PORT_CREATE_RECLAIM,
        VALIDATE = VIR_NETWORK_PORT_CREATE_VALIDATE,
    }
    /// How an interface's definition is taken.
    InterfaceDefineFlags {
        VALIDATE = VIR_INTERFACE_DEFINE_VALIDATE,
    }
    /// How a network filter's definition is taken.
    NwFilterDefineFlags {
        VALIDATE = VIR_NWFILTER_DEFINE_VALIDATE,
    }
    /// How a network filter is bound to a port.
    BindingCreateFlags {
        VALIDATE = VIR_NWFILTER_BINDING_CREATE_VALIDATE,
    }
    /// How a host device's definition is taken, kept or made at once.
    NodeDeviceDefineFlags {
        VALIDATE = VIR_NODE_DEVICE_DEFINE_XML_VALIDATE,
    }
    /// How a secret's definition is taken.
    SecretDefineFlags {
        VALIDATE = VIR_SECRET_DEFINE_VALIDATE,
    }
    /// Which host interfaces a list holds.
    InterfaceFilter {
        ACTIVE = VIR_CONNECT_LIST_INTERFACES_ACTIVE,
        INACTIVE = VIR_CONNECT_LIST_INTERFACES_INACTIVE,
    }
    /// How a host interface is described.
    InterfaceXml {
        INACTIVE = VIR_INTERFACE_XML_INACTIVE,
    }
    /// Which secrets a list holds.
    SecretFilter {
        EPHEMERAL = VIR_CONNECT_LIST_SECRETS_EPHEMERAL,
        NO_EPHEMERAL = VIR_CONNECT_LIST_SECRETS_NO_EPHEMERAL,
        PRIVATE = VIR_CONNECT_LIST_SECRETS_PRIVATE,
        NO_PRIVATE = VIR_CONNECT_LIST_SECRETS_NO_PRIVATE,
    }
    /// Which host devices a list holds.
    NodeDeviceFilter {
        SYSTEM = VIR_CONNECT_LIST_NODE_DEVICES_CAP_SYSTEM,
        PCI_DEV = VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV,
        USB_DEV = VIR_CONNECT_LIST_NODE_DEVICES_CAP_USB_DEV,
        USB_INTERFACE = VIR_CONNECT_LIST_NODE_DEVICES_CAP_USB_INTERFACE,
        NET = VIR_CONNECT_LIST_NODE_DEVICES_CAP_NET,
        SCSI_HOST = VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI_HOST,
        SCSI_TARGET = VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI_TARGET,
        SCSI = VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI,
        STORAGE = VIR_CONNECT_LIST_NODE_DEVICES_CAP_STORAGE,
        FC_HOST = VIR_CONNECT_LIST_NODE_DEVICES_CAP_FC_HOST,
        VPORTS = VIR_CONNECT_LIST_NODE_DEVICES_CAP_VPORTS,
        SCSI_GENERIC = VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI_GENERIC,
        DRM = VIR_CONNECT_LIST_NODE_DEVICES_CAP_DRM,
        MDEV_TYPES = VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV_TYPES,
        MDEV = VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV,
        CCW_DEV = VIR_CONNECT_LIST_NODE_DEVICES_CAP_CCW_DEV,
        CSS_DEV = VIR_CONNECT_LIST_NODE_DEVICES_CAP_CSS_DEV,
        VDPA = VIR_CONNECT_LIST_NODE_DEVICES_CAP_VDPA,
        AP_CARD = VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_CARD,
        AP_QUEUE = VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_QUEUE,
        AP_MATRIX = VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_MATRIX,
        VPD = VIR_CONNECT_LIST_NODE_DEVICES_CAP_VPD,
        ACTIVE = VIR_CONNECT_LIST_NODE_DEVICES_ACTIVE,
        INACTIVE = VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE,
        PERSISTENT = VIR_CONNECT_LIST_NODE_DEVICES_PERSISTENT,
        TRANSIENT = VIR_CONNECT_LIST_NODE_DEVICES_TRANSIENT,
    }
    /// Which snapshots a list holds; of a snapshot's children, `DESCENDANTS` takes the place of `ROOTS`.
    SnapshotFilter {
        DESCENDANTS = VIR_DOMAIN_SNAPSHOT_LIST_DESCENDANTS,
        ROOTS = VIR_DOMAIN_SNAPSHOT_LIST_ROOTS,
        METADATA = VIR_DOMAIN_SNAPSHOT_LIST_METADATA,
        LEAVES = VIR_DOMAIN_SNAPSHOT_LIST_LEAVES,
        NO_LEAVES = VIR_DOMAIN_SNAPSHOT_LIST_NO_LEAVES,
        NO_METADATA = VIR_DOMAIN_SNAPSHOT_LIST_NO_METADATA,
        INACTIVE = VIR_DOMAIN_SNAPSHOT_LIST_INACTIVE,
        ACTIVE = VIR_DOMAIN_SNAPSHOT_LIST_ACTIVE,
        DISK_ONLY = VIR_DOMAIN_SNAPSHOT_LIST_DISK_ONLY,
        INTERNAL = VIR_DOMAIN_SNAPSHOT_LIST_INTERNAL,
        EXTERNAL = VIR_DOMAIN_SNAPSHOT_LIST_EXTERNAL,
        TOPOLOGICAL = VIR_DOMAIN_SNAPSHOT_LIST_TOPOLOGICAL,
    }
    /// How a snapshot is made.
    SnapshotCreateFlags {
        REDEFINE = VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE,
        CURRENT = VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT,
        NO_METADATA = VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA,
        HALT = VIR_DOMAIN_SNAPSHOT_CREATE_HALT,
        DISK_ONLY = VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY,
        REUSE_EXT = VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT,
        QUIESCE = VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE,
        ATOMIC = VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC,
        LIVE = VIR_DOMAIN_SNAPSHOT_CREATE_LIVE,
        VALIDATE = VIR_DOMAIN_SNAPSHOT_CREATE_VALIDATE,
    }
    /// What goes with a snapshot.
    SnapshotDeleteFlags {
        CHILDREN = VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN,
        METADATA_ONLY = VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY,
        CHILDREN_ONLY = VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY,
    }
    /// In which state a domain is after going back to a snapshot.
    SnapshotRevertFlags {
        RUNNING = VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING,
        PAUSED = VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED,
        FORCE = VIR_DOMAIN_SNAPSHOT_REVERT_FORCE,
        RESET_NVRAM = VIR_DOMAIN_SNAPSHOT_REVERT_RESET_NVRAM,
    }
}
