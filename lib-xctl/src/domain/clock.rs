//! What time it is for the guest, and what its timers do.

use crate::property::{Property, TABLE, Table, rows};

/// `--clock`.
pub static CLOCK: Table =
    Table { option: "clock", element: "clock", rows: &[ROWS], help: "The guest's clock and timers", ..TABLE };

const POLICIES: &[&str] = &["delay", "catchup", "merge", "discard"];

const ROWS: &[Property] = rows! {
    "offset": Enum(&["utc", "localtime", "timezone", "variable", "absolute"]) => "clock/@offset", "What the clock shows";
    "timezone": Text => "clock/@timezone", "Time zone, with offset=timezone";
    "adjustment": Text => "clock/@adjustment", "Seconds from the basis, with offset=variable";
    "basis": Enum(&["utc", "localtime"]) => "clock/@basis", "What the adjustment is from";
    "start": Integer => "clock/@start", "Seconds since 1970, with offset=absolute";
    "timer#.name": Enum(&["rtc", "pit", "hpet", "tsc", "kvmclock", "hypervclock", "platform", "armvtimer"]) => "clock/timer[#]/@name", "Name of a timer";
    "timer#.track": Enum(&["boot", "guest", "wall", "realtime"]) => "clock/timer[#]/@track", "What it follows";
    "timer#.tickpolicy": Enum(POLICIES) => "clock/timer[#]/@tickpolicy", "What happens to ticks that were missed";
    "timer#.catchup.threshold": Integer => "clock/timer[#]/catchup/@threshold", "Delay before it catches up";
    "timer#.catchup.slew": Integer => "clock/timer[#]/catchup/@slew", "How fast it catches up";
    "timer#.catchup.limit": Integer => "clock/timer[#]/catchup/@limit", "How far it catches up";
    "timer#.frequency": Integer => "clock/timer[#]/@frequency", "Its frequency in Hz";
    "timer#.mode": Enum(&["auto", "native", "emulate", "paravirt", "smpsafe"]) => "clock/timer[#]/@mode", "How it is done";
    "timer#.present": YesNo => "clock/timer[#]/@present", "Whether the guest has it";
    "rtc_present": YesNo => "clock/timer[@name='rtc']/@present", "Whether there is a real-time clock";
    "rtc_tickpolicy": Enum(POLICIES) => "clock/timer[@name='rtc']/@tickpolicy", "What happens to its missed ticks";
    "pit_present": YesNo => "clock/timer[@name='pit']/@present", "Whether there is an interval timer";
    "pit_tickpolicy": Enum(POLICIES) => "clock/timer[@name='pit']/@tickpolicy", "What happens to its missed ticks";
    "hpet_present": YesNo => "clock/timer[@name='hpet']/@present", "Whether there is an HPET";
    "tsc_present": YesNo => "clock/timer[@name='tsc']/@present", "Whether there is a time stamp counter";
    "kvmclock_present": YesNo => "clock/timer[@name='kvmclock']/@present", "Whether there is KVM's clock";
    "hypervclock_present": YesNo => "clock/timer[@name='hypervclock']/@present", "Whether there is Hyper-V's clock";
    "platform_present": YesNo => "clock/timer[@name='platform']/@present", "Whether there is a platform clock";
};
