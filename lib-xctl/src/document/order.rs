//! The order in which libvirt writes child elements, so that new ones go where a reader looks for them.
//!
//! libvirt's schema interleaves nearly everywhere, so order carries no meaning; this is the order of `virsh dumpxml`.
//! Elements that are not listed are left where they are, and go last when they are new.

/// A row: the parent's name, then its children in order. One name, one row, whatever device it is in.
const ORDER: &[(&str, &str)] = &[
    (
        "domain",
        "name uuid genid title description metadata maxMemory memory currentMemory blkiotune memtune memoryBacking vcpu \
         vcpus iothreads iothreadids defaultiothread cputune numatune resource sysinfo bootloader bootloader_args os idmap \
         features cpu clock on_poweroff on_reboot on_crash on_lockfailure pm perf keywrap devices seclabel launchSecurity \
         throttlegroups qemu:commandline qemu:capabilities qemu:override qemu:deprecation lxc:namespace xen:commandline \
         bhyve:commandline",
    ),
    (
        "os",
        "type firmware loader nvram init initarg initenv initdir inituser initgroup kernel initrd cmdline dtb acpi boot \
         bootmenu bios smbios shim",
    ),
    ("firmware", "feature"),
    ("metadata", "libosinfo:libosinfo"),
    ("memoryBacking", "hugepages nosharepages locked source access allocation discard"),
    (
        "cputune",
        "shares period quota global_period global_quota emulator_period emulator_quota iothread_period iothread_quota \
         vcpupin emulatorpin iothreadpin vcpusched iothreadsched emulatorsched cachetune memorytune",
    ),
    ("memtune", "hard_limit soft_limit min_guarantee swap_hard_limit"),
    ("numatune", "memory memnode"),
    ("sysinfo", "bios system baseBoard chassis oemStrings entry"),
    (
        "features",
        "acpi apic pae hap viridian privnet hyperv kvm xen pvspinlock pmu vmport smm ioapic hpt vmcoreinfo htm \
         nested-hv ccf-assist msrs cfpc sbbc ibs tcg async-teardown ras ps2 aia gic capabilities",
    ),
    (
        "hyperv",
        "relaxed vapic spinlocks vpindex runtime synic stimer reset vendor_id frequencies reenlightenment tlbflush ipi \
         evmcs avic emsr_bitmap xmm_input",
    ),
    ("kvm", "hidden hint-dedicated poll-control pv-ipi dirty-ring"),
    ("cpu", "model vendor topology cache maxphysaddr feature numa"),
    ("numa", "cell interconnects"),
    ("cell", "distances cache"),
    ("interconnects", "latency bandwidth"),
    ("clock", "timer"),
    ("timer", "catchup"),
    ("pm", "suspend-to-mem suspend-to-disk"),
    (
        "devices",
        "emulator disk controller lease filesystem interface smartcard serial parallel console channel input tpm graphics \
         sound audio video hostdev redirdev redirfilter hub watchdog memballoon rng nvram panic shmem memory crypto iommu \
         vsock pstore",
    ),
    (
        "disk",
        "driver auth source mirror backingStore backenddomain target iotune throttlefilters readonly shareable transient \
         serial wwn vendor product encryption blockio geometry boot alias address",
    ),
    ("controller", "driver model target master alias address pcihole64"),
    ("filesystem", "driver binary source target readonly space_hard_limit space_soft_limit alias address"),
    (
        "interface",
        "mac source virtualport backenddomain portForward ip route script downscript backend target guest model driver \
         filterref boot rom tune bandwidth vlan port link mtu coalesce alias address",
    ),
    ("portForward", "range"),
    ("smartcard", "certificate database source protocol alias address"),
    ("serial", "source protocol target log alias address"),
    ("parallel", "source protocol target log alias address"),
    ("console", "source protocol target log alias address"),
    ("channel", "source protocol target log alias address"),
    ("redirdev", "source protocol boot alias address"),
    ("input", "driver source alias address"),
    ("tpm", "backend alias address"),
    ("graphics", "listen channel image jpeg zlib playback streaming mouse clipboard filetransfer gl"),
    ("sound", "codec audio driver alias address"),
    ("video", "driver model alias address"),
    ("model", "acceleration resolution"),
    // Of a hostdev; the others have one child each, or children in any order.
    ("source", "vendor product adapter address"),
    ("hostdev", "driver source boot rom teaming alias address"),
    ("memballoon", "stats driver alias address"),
    ("rng", "rate backend driver alias address"),
    ("vsock", "cid driver alias address"),
    ("shmem", "model size server msi alias address"),
    ("memory", "source target alias address"),
    ("iommu", "driver alias address"),
    ("panic", "alias address"),
    ("watchdog", "alias address"),
    ("pstore", "path size alias address"),
    ("crypto", "model backend driver alias address"),
    ("seclabel", "label imagelabel baselabel"),
    (
        "launchSecurity",
        "cbitpos reducedPhysBits policy guestVisibleWorkarounds idBlock idAuth hostData mrConfigId mrOwner mrOwnerConfig \
         quoteGenerationService dhCert session",
    ),
    (
        "network",
        "name uuid title description metadata forward bridge mtu mac domain dns vlan bandwidth portgroup ip route virtualport",
    ),
    ("pool", "name uuid features capacity allocation available source target"),
    ("volume", "name key capacity allocation physical source target backingStore"),
];

/// Where a child of this name stands among its parent's children; `None` where no order is known.
pub(super) fn rank(parent: &str, child: &str) -> Option<usize> {
    let (_, children) = ORDER.iter().find(|(name, _)| *name == parent)?;
    children.split_ascii_whitespace().position(|name| name == child)
}

/// Elements that say something by being there, by their parent's name.
const PRESENT: &[(&str, &str)] = &[
    ("domain", "genid"),
    ("features", "acpi apic pae hap viridian privnet"),
    ("memoryBacking", "hugepages nosharepages locked discard"),
    ("disk", "readonly shareable transient"),
    ("filesystem", "readonly"),
    ("source", "pmem"),
    ("target", "readonly"),
    ("active_pcr_banks", "sha1 sha256 sha384 sha512"),
    ("launchSecurity", "quoteGenerationService"),
];

/// Whether an element of this name says something even if it is empty.
pub(super) fn says_something(parent: &str, child: &str) -> bool {
    let row = PRESENT.iter().find(|(name, _)| *name == parent);
    row.is_some_and(|(_, children)| children.split_ascii_whitespace().any(|name| name == child))
}
