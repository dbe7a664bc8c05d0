//! Lines, keys and bytes as nobody types them, made from what the program's help tells of itself.

use std::fmt::Write;

use anyhow::{Context, Result, ensure};

use crate::user::User;

/// Commands that wait for what never comes, that other programs or daemons would be started by, or that end the shell.
const LEFT_OUT: &[&str] = &[
    "event",
    "net-event",
    "pool-event",
    "nodedev-event",
    "secret-event",
    "qemu-monitor-event",
    "wait",
    "top",
    "console",
    "host-check",
    "nodecpustats",
    "quit",
    "exit",
    "connect",
];

/// Values that are there on the host of the tests, and values that mean something to many options.
const SENSIBLE: &[&str] = &[
    "test",
    "1",
    "6695eb01-f6a4-8304-79aa-97f2502e193f",
    "default",
    "default-pool",
    "eth1",
    "vda",
    "snap",
    "guest.xml",
    "out",
    "4096",
    "1M",
    "acpi",
    "--",
    "live",
    "config",
    "vda,snapshot=no",
    "2-3,^2",
    "/dev/null",
    "x86_64",
    "//name",
    "add-last",
    "dns-host",
    "<a/>",
    "computer",
    "raw",
];
/// Values that are not there, and that no option knows.
const ABSENT: &[&str] = &[
    "nobody",
    "no such guest",
    "tést日本",
    "\u{1b}[31m",
    "/nonexistent/x",
    "../x",
    "%s%n",
    "''",
    "a=b",
    "a,b,,c",
    "-",
    "<x",
    "00000000-0000-0000-0000-00000000dead",
    "$(reboot)",
    "`reboot`",
    "|reboot",
    "; ",
    "\\",
    "\"",
    "#",
    "\u{202e}",
    ".",
];
const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "77",
    "4096",
    "99999999999999999999",
    "18446744073709551615",
    "1e9",
    "0x10",
    "1KiB",
    "9EB",
    "nan",
    "+5",
];

/// What may come after a command by mistake.
const SLIPS: &[&str] = &[" --help", " --nonsense", " superfluous", " --", " ''", " #", " \\", " =", " --="];
/// What a very long line is made of.
const REPEATED: &[&str] = &["a", "'", "\"", "\\", "#", "--x=", "; ", "echo ", "\u{e9}", " ", "\t", "\0"];

/// Keys that edit a line, ask for more, or move in it.
pub(super) const KEYS: &[&str] = &[
    "\t",
    "\t\t",
    "\x01",
    "\x02",
    "\x05",
    "\x06",
    "\x07",
    "\x08",
    "\x0b",
    "\x0c",
    "\x0e",
    "\x10",
    "\x12",
    "\x14",
    "\x15",
    "\x16",
    "\x17",
    "\x18",
    "\x19",
    "\x1b",
    "\x1b[A",
    "\x1b[B",
    "\x1b[C",
    "\x1b[D",
    "\x1b[3~",
    "\x1bb",
    "\x1bd",
    "\x1b[200~a b\x1b[201~",
    "\x1b[999;999H",
    "\x1f",
    "\x7f",
    " ",
    "do",
    "mst",
    "ate ",
    "日本",
    "e\u{301}",
    "\u{200d}",
    "\u{202e}",
    "--",
    "'",
    "\"",
    "\\",
    ";",
];

/// Numbers that look as if nobody had chosen them (Steele, Lea and Flood's SplitMix).
pub(super) struct Random(pub(super) u64);

/// Where they begin.
pub(super) fn seed() -> Result<u64> {
    const USUAL: u64 = 20_240_229;
    match std::env::var("XCTL_SEED") {
        Ok(text) => text.parse().context("XCTL_SEED"),
        Err(_) => Ok(USUAL),
    }
}

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below this one.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub(super) fn choose<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// A command as its help tells it.
pub(super) struct Command {
    pub(super) name: String,
    options: Vec<Opt>,
}

struct Opt {
    name: String,
    /// `string` or `number`; nothing for one without a value.
    value: Option<String>,
    /// Its value may come without its name.
    positional: bool,
}

/// All commands but those that are left out.
pub(super) fn commands(user: &User) -> Result<Vec<Command>> {
    let listed = user.run(&["virsh", "help"])?.ok()?.stdout;
    let names: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split(' ').next())
        .filter(|name| !LEFT_OUT.contains(name))
        .collect();
    ensure!(names.len() > 200, "{} commands: {listed}", names.len());
    let questions: Vec<String> = names.iter().map(|name| format!("{name} --help")).collect();
    let told = user.run(&["virsh", "-q", &questions.join(";")])?.ok()?.stdout;
    let commands: Vec<Command> = told
        .split("  NAME\n")
        .skip(1)
        .map(|text| {
            let name = text.trim_start().split(" - ").next().unwrap_or_default().to_owned();
            let options = text.split_once("  OPTIONS\n").map_or("", |(_, options)| options);
            Command { name, options: options.lines().filter_map(option).collect() }
        })
        .collect();
    ensure!(commands.len() == names.len(), "{} of {}", commands.len(), names.len());
    Ok(commands)
}

/// `    [--domain] <string>  help`
fn option(line: &str) -> Option<Opt> {
    let heading = line.strip_prefix("    ")?.split("  ").next()?;
    let name = heading.trim_start_matches('[').strip_prefix("--")?;
    let name = name.split([']', ' ']).next()?.to_owned();
    let value = heading.split_once('<').and_then(|(_, rest)| rest.split('>').next()).map(str::to_owned);
    Some(Opt { name, value, positional: heading.starts_with('[') })
}

/// A value for an option; of what is there only if it may be.
fn value(random: &mut Random, option: &Opt, sensible: bool) -> String {
    match option.value.as_deref() {
        Some("number") if !random.one_in(8) => (*random.choose(NUMBERS)).to_owned(),
        _ if sensible && !random.one_in(3) => (*random.choose(SENSIBLE)).to_owned(),
        _ if random.one_in(10) => {
            let length = random.below(300);
            (0..length).map(|_| char::from_u32(random.below(0x500) as u32 + 1).unwrap_or('x')).collect()
        }
        _ => (*random.choose(ABSENT)).to_owned(),
    }
}

/// A word as somebody types it: as it is, quoted in one way or another, or not closed.
fn typed(random: &mut Random, word: &str) -> String {
    let word = word.replace(['\n', '\r'], " ");
    match random.below(8) {
        0 => format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")),
        1 if word.contains([' ', ';']) => word,
        2 if random.one_in(10) => format!("\"{word}"),
        _ => format!("'{}'", word.replace('\'', "")),
    }
}

/// A line with a command, or several.
pub(super) fn line(random: &mut Random, commands: &[Command], sensible: bool) -> String {
    let mut line = String::new();
    for _ in 0..=usize::from(random.one_in(10)) {
        let command = random.choose(commands);
        line += &command.name;
        for option in &command.options {
            let is_given = if option.positional { !random.one_in(6) } else { random.one_in(3) };
            if !is_given {
                continue;
            }
            let named = !option.positional || random.one_in(4);
            let word = value(random, option, sensible);
            let word = typed(random, &word);
            let text = match (&option.value, named) {
                (None, _) => format!("--{}", option.name),
                (Some(_), true) if random.one_in(2) => format!("--{}={word}", option.name),
                (Some(_), true) => format!("--{} {word}", option.name),
                (Some(_), false) => word,
            };
            // A String takes everything.
            let _ = write!(line, " {text}");
        }
        if random.one_in(20) {
            line += *random.choose(SLIPS);
        }
        line += "; ";
    }
    line
}

/// Bytes without any sense, or very many with little.
pub(super) fn bytes(random: &mut Random, commands: &[Command]) -> Vec<u8> {
    const LONG: usize = 100_000;
    match random.below(40) {
        0 => random.choose(REPEATED).repeat(LONG).into_bytes(),
        1..20 => (0..random.below(200)).map(|_| random.next() as u8).filter(|byte| *byte != b'\n').collect(),
        _ => {
            let mut bytes = line(random, commands, false).into_bytes();
            for _ in 0..=random.below(8) {
                let (at, byte) = (random.below(bytes.len()), random.next() as u8);
                // A damaged line may be another one, which needs nothing that is there, but never two.
                if byte != b'\n' && byte.is_ascii_control() | !byte.is_ascii() {
                    bytes[at] = byte;
                }
            }
            bytes
        }
    }
}
