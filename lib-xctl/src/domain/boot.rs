//! What a guest boots: devices in their order, firmware, or a kernel that the host hands over.

use super::clear_all;
use crate::document::{self, Document, Element};
use crate::property::{Error, Item, Options, Property, Special, TABLE, Table, rows};

/// `--boot`.
pub static BOOT: Table = Table {
    option: "boot",
    element: "os",
    shorthand: Some(device_order),
    rows: &[ROWS, CONTAINER],
    help: "What the guest boots",
    ..TABLE
};

/// What can be booted by its kind.
pub const BOOT_DEVICES: &[&str] = &["hd", "cdrom", "network", "fd"];
const ORDER: Special = Special { get: order, set: set_order };
const INIT_ARGUMENTS: Special = Special { get: init_arguments, set: set_init_arguments };

const ROWS: &[Property] = rows! {
    "order": List => via ORDER, "Kinds of devices to boot from, as hd,cdrom; hd,cdrom alone for short";
    "hd": YesNo, "Boot from disk; its place among such words is its turn";
    "cdrom": YesNo, "Boot from CD-ROM, in turn";
    "network": YesNo, "Boot from the network, in turn";
    "fd": YesNo, "Boot from floppy, in turn";
    "boot#.dev": Enum(BOOT_DEVICES) => "os/boot[#]/@dev", "Kind of device at this turn";
    "uefi": YesNo, "Boot with UEFI firmware that fits the guest";
    "firmware": Enum(&["efi", "bios"]) => "os/@firmware", "Kind of firmware; libvirt finds the files";
    "firmware.feature#.enabled": YesNo => "os/firmware/feature[#]/@enabled", "Whether the firmware must have the feature or must not";
    "firmware.feature#.name": Enum(&["secure-boot", "enrolled-keys"]) => "os/firmware/feature[#]/@name", "Feature of the firmware";
    "loader": Text => "os/loader", "File of the firmware";
    "loader.readonly" | "loader_ro": YesNo => "os/loader/@readonly", "Whether the guest can only read it";
    "loader.secure" | "loader_secure": YesNo => "os/loader/@secure", "Whether it needs SMM";
    "loader.type" | "loader_type": Enum(&["rom", "pflash"]) => "os/loader/@type", "How it is mapped";
    "loader.stateless": YesNo => "os/loader/@stateless", "Whether it keeps no variables";
    "loader.format": Enum(&["raw", "qcow2"]) => "os/loader/@format", "Format of the file";
    "nvram": Path => "os/nvram", "File with the firmware's variables";
    "nvram.template" | "nvram_template": Path => "os/nvram/@template", "File that the variables begin as a copy of";
    "nvram.templateFormat": Enum(&["raw", "qcow2"]) => "os/nvram/@templateFormat", "Format of that file";
    "nvram.format": Enum(&["raw", "qcow2"]) => "os/nvram/@format", "Format of the file with the variables";
    "kernel": Path => "os/kernel", "Kernel on the host";
    "initrd": Path => "os/initrd", "Initial RAM disk on the host";
    "cmdline" | "kernel_args" | "extra_args": Text, commas => "os/cmdline", "Arguments of the kernel";
    "dtb": Path => "os/dtb", "Device tree on the host";
    "acpi.table": Path => "os/acpi/table", "ACPI table on the host";
    "acpi.table.type": Enum(&["slic", "raw", "rawset"]) => "os/acpi/table/@type", "Kind of that table";
    "bootmenu.enable" | "menu" | "bootmenu": YesNo => "os/bootmenu/@enable", "Whether the firmware shows a menu";
    "bootmenu.timeout": Integer => "os/bootmenu/@timeout", "How long it waits, in milliseconds";
    "bios.useserial" | "useserial": YesNo => "os/bios/@useserial", "Whether the BIOS uses the serial port";
    "bios.rebootTimeout" | "rebootTimeout": Integer => "os/bios/@rebootTimeout", "Wait in milliseconds before it boots again; -1 for ever";
    "smbios.mode" | "smbios_mode": Enum(&["emulate", "host", "sysinfo"]) => "os/smbios/@mode", "Where SMBIOS information comes from";
    "domain_type": Enum(&["kvm", "qemu", "xen", "lxc"]) => "@type", "Hypervisor";
    "os_type": Enum(&["hvm", "xen", "xenpvh", "linux", "exe"]) => "os/type", "Kind of virtualization";
    "arch": Text => "os/type/@arch", "Architecture";
    "machine": Text => "os/type/@machine", "Machine type";
    "refresh-machine-type": YesNo, "Whether to go to the newest version of the machine type";
    "emulator": Text => "devices/emulator", "Program that runs the guest";
    "bootloader": Text => "bootloader", "Program that finds the kernel of a Xen guest";
    "bootloader_args": Text => "bootloader_args", "Its arguments";
};

const CONTAINER: &[Property] = rows! {
    "init": Text => "os/init", "First program of a container";
    "initargs": Text => via INIT_ARGUMENTS, "Its arguments, split at blanks as by a shell";
    "initarg#": Text => "os/initarg[#]", "One of its arguments";
    "initenv#": Text => "os/initenv[#]", "Value of an environment variable";
    "initenv#.name": Text => "os/initenv[#]/@name", "Name of that variable";
    "initdir": Text => "os/initdir", "Directory that it starts in";
    "inituser": Text => "os/inituser", "User that it runs as";
    "initgroup": Text => "os/initgroup", "Group that it runs as";
};

/// `hd,cdrom` is `order=hd,cdrom`. Devices with a number go where it says, or behind.
fn device_order(options: &mut Options) -> Result<(), Error> {
    let mut order: Vec<String> = Vec::new();
    options.items().retain(|item| {
        let on = item.value.as_deref().is_none_or(|value| crate::property::is_on(value) == Some(true));
        let device = on && BOOT_DEVICES.contains(&item.name.as_str());
        if device && !order.contains(&item.name) {
            order.push(item.name.clone());
        }
        !device
    });
    if order.is_empty() {
        return Ok(());
    }
    let turn = |item: &Item| item.name.strip_prefix("boot")?.strip_suffix(".dev")?.parse::<usize>().ok();
    let mut numbered: Vec<_> = Vec::new();
    options.items().retain(|item| {
        let found = turn(item).zip(item.value.clone());
        numbered.extend(found.clone());
        found.is_none()
    });
    numbered.sort();
    for (turn, device) in numbered {
        match order.get_mut(turn) {
            Some(place) => *place = device,
            None => order.push(device),
        }
    }
    options.set("order", &order.join(","));
    Ok(())
}

fn all(document: &Document, root: Element, name: &str) -> Vec<Element> {
    let os = document.child(root, "os");
    os.map(|os| document.children_named(os, name).collect()).unwrap_or_default()
}

fn order(document: &Document, root: Element, _: &[usize]) -> Option<String> {
    let boots = all(document, root, "boot");
    let devices: Vec<_> = boots.into_iter().filter_map(|b| document.attr(b, "dev")).collect();
    (!devices.is_empty()).then(|| devices.join(","))
}

fn set_order(
    document: &mut Document,
    root: Element,
    _: &[usize],
    value: &str,
) -> Result<(), document::Error> {
    clear_all(document, root, "os/boot")?;
    for device in value.split(',').map(str::trim).filter(|d| !d.is_empty()) {
        let os = document.ensure(root, "os")?;
        let boot = document.insert_child(os, "boot");
        document.set_attr(boot, "dev", device)?;
    }
    Ok(())
}

fn init_arguments(document: &Document, root: Element, _: &[usize]) -> Option<String> {
    let arguments = all(document, root, "initarg");
    let arguments: Vec<_> = arguments.into_iter().map(|a| document.text(a)).collect();
    (!arguments.is_empty()).then(|| arguments.join(" "))
}

fn set_init_arguments(
    document: &mut Document,
    root: Element,
    _: &[usize],
    value: &str,
) -> Result<(), document::Error> {
    clear_all(document, root, "os/initarg")?;
    for argument in crate::property::shell_words(value) {
        let os = document.ensure(root, "os")?;
        let element = document.insert_child(os, "initarg");
        document.set_text(element, &argument)?;
    }
    Ok(())
}
