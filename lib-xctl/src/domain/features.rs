//! Features of the hypervisor that the guest sees.

use crate::property::{Property, TABLE, Table, rows};

/// `--features`.
pub static FEATURES: Table = Table {
    option: "features",
    element: "features",
    rows: &[ROWS, HYPERV],
    help: "Features of the hypervisor that the guest sees",
    ..TABLE
};

const ROWS: &[Property] = rows! {
    "acpi": Present => "features/acpi", "ACPI";
    "apic": Present => "features/apic", "Programmable interrupt controller";
    "apic.eoi" | "eoi": OnOff => "features/apic/@eoi", "Whether end of interrupt is paravirtualized";
    "pae": Present => "features/pae", "Physical address extension";
    "hap": Present => "features/hap", "Hardware-assisted paging";
    "viridian": Present => "features/viridian", "Hyper-V enlightenments of Xen";
    "privnet": Present => "features/privnet", "Network namespace of its own for a container";
    "pmu.state" | "pmu": OnOff => "features/pmu/@state", "Performance counters";
    "pvspinlock.state" | "pvspinlock": OnOff => "features/pvspinlock/@state", "Paravirtualized spinlocks";
    "vmport.state" | "vmport": OnOff => "features/vmport/@state", "VMware's I/O port";
    "smm.state" | "smm": OnOff => "features/smm/@state", "System management mode";
    "vmcoreinfo.state" | "vmcoreinfo": OnOff => "features/vmcoreinfo/@state", "Whether the guest can say where its crash data is";
    "gic.version" | "gic_version": Enum(&["2", "3", "host"]) => "features/gic/@version", "Version of ARM's interrupt controller";
    "ioapic.driver": Enum(&["kvm", "qemu"]) => "features/ioapic/@driver", "Who does the I/O APIC";
    "kvm.hidden.state" | "kvm_hidden": OnOff => "features/kvm/hidden/@state", "Whether KVM is hidden from the guest";
    "kvm.hint-dedicated.state": OnOff => "features/kvm/hint-dedicated/@state", "Whether the guest is told that its CPUs are its own";
    "kvm.poll-control.state": OnOff => "features/kvm/poll-control/@state", "Whether the guest polls before it halts";
    "kvm.pv-ipi.state": OnOff => "features/kvm/pv-ipi/@state", "Paravirtualized interrupts between CPUs";
    "ras.state": OnOff => "features/ras/@state", "Reports of memory errors on ARM";
    "msrs.unknown": Enum(&["ignore", "fault"]) => "features/msrs/@unknown", "What reading a register does that KVM does not know";
    "ps2.state": OnOff => "features/ps2/@state", "PS/2 controller";
    "aia": Enum(&["none", "aplic", "aplic-imsic"]) => "features/aia/@value", "Interrupt architecture of RISC-V";
};

const HYPERV: &[Property] = rows! {
    "hyperv.mode": Enum(&["custom", "passthrough"]) => "features/hyperv/@mode", "Where Hyper-V enlightenments are taken from";
    "hyperv.relaxed.state" | "hyperv_relaxed": OnOff => "features/hyperv/relaxed/@state", "Relaxed timers";
    "hyperv.vapic.state" | "hyperv_vapic": OnOff => "features/hyperv/vapic/@state", "Virtual APIC";
    "hyperv.spinlocks.state" | "hyperv_spinlocks": OnOff => "features/hyperv/spinlocks/@state", "Spinlocks that tell the host";
    "hyperv.spinlocks.retries" | "hyperv_spinlocks_retries": Integer => "features/hyperv/spinlocks/@retries", "Tries before they tell";
    "hyperv.vpindex.state": OnOff => "features/hyperv/vpindex/@state", "Index of virtual processors";
    "hyperv.runtime.state": OnOff => "features/hyperv/runtime/@state", "Time that processors ran";
    "hyperv.synic.state" | "hyperv_synic": OnOff => "features/hyperv/synic/@state", "Synthetic interrupt controller";
    "hyperv.stimer.state": OnOff => "features/hyperv/stimer/@state", "Synthetic timers";
    "hyperv.stimer.direct.state": OnOff => "features/hyperv/stimer/direct/@state", "Synthetic timers that interrupt directly";
    "hyperv.reset.state" | "hyperv_reset": OnOff => "features/hyperv/reset/@state", "Reset by the guest";
    "hyperv.vendor_id.state": OnOff => "features/hyperv/vendor_id/@state", "Vendor of the hypervisor";
    "hyperv.vendor_id.value": Text => "features/hyperv/vendor_id/@value", "That vendor, at most 12 letters";
    "hyperv.frequencies.state": OnOff => "features/hyperv/frequencies/@state", "Frequencies of timers";
    "hyperv.reenlightenment.state": OnOff => "features/hyperv/reenlightenment/@state", "Notice of migration";
    "hyperv.tlbflush.state": OnOff => "features/hyperv/tlbflush/@state", "TLB flush by the host";
    "hyperv.tlbflush.direct.state": OnOff => "features/hyperv/tlbflush/direct/@state", "TLB flush in nested guests";
    "hyperv.tlbflush.extended.state": OnOff => "features/hyperv/tlbflush/extended/@state", "TLB flush of parts";
    "hyperv.ipi.state": OnOff => "features/hyperv/ipi/@state", "Interrupts between CPUs by the host";
    "hyperv.evmcs.state": OnOff => "features/hyperv/evmcs/@state", "Enlightened VMCS";
    "hyperv.avic.state": OnOff => "features/hyperv/avic/@state", "AVIC and APICv together with the synthetic interrupt controller";
    "hyperv.emsr_bitmap.state": OnOff => "features/hyperv/emsr_bitmap/@state", "Bitmap of MSRs in nested guests";
    "hyperv.xmm_input.state": OnOff => "features/hyperv/xmm_input/@state", "Hypercalls with XMM registers";
};
