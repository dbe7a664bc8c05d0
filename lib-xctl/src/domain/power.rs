//! Power management, and what follows when a guest ends.

use crate::property::{Property, TABLE, Table, rows};

/// `--pm`.
pub static PM: Table =
    Table { option: "pm", element: "pm", rows: &[PM_ROWS], help: "Power management", ..TABLE };

/// `--events`.
pub static EVENTS: Table = Table {
    option: "events",
    rows: &[EVENT_ROWS],
    help: "What follows when the guest powers off, reboots or crashes",
    ..TABLE
};

const ENDS: &[&str] = &["destroy", "restart", "preserve", "rename-restart"];
const CRASHES: &[&str] =
    &["destroy", "restart", "preserve", "rename-restart", "coredump-destroy", "coredump-restart"];

const PM_ROWS: &[Property] = rows! {
    "suspend_to_mem.enabled" | "suspend_to_mem": YesNo => "pm/suspend-to-mem/@enabled", "Whether the guest can suspend to memory";
    "suspend_to_disk.enabled" | "suspend_to_disk": YesNo => "pm/suspend-to-disk/@enabled", "Whether the guest can suspend to disk";
};

const EVENT_ROWS: &[Property] = rows! {
    "on_poweroff": Enum(ENDS) => "on_poweroff", "When it powers off";
    "on_reboot": Enum(ENDS) => "on_reboot", "When it reboots";
    "on_crash": Enum(CRASHES) => "on_crash", "When it crashes";
    "on_lockfailure": Enum(&["poweroff", "restart", "pause", "ignore"]) => "on_lockfailure", "When a lock on its disks is lost";
};
