//! Ten thousand lines that nobody would type, at the prompt: never a panic, and never an action without its object.
//!
//! Lines are made of the program's own commands and options, as its help tells them, of values that make sense and of
//! those that make none, and of bytes. They are the same in each run; a number in `XCTL_SEED` makes others.

use std::fmt::Write;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::Test;
use crate::output::Output;
use crate::place;
use crate::terminal::Terminal;
use crate::user::User;

pub(crate) const TESTS: &[Test] = &[
    Test { name: "ten_thousand_lines_bring_no_panic", needs: &[], run: ten_thousand_lines_bring_no_panic },
    Test { name: "keys_without_sense_bring_no_panic", needs: &[], run: keys_without_sense_bring_no_panic },
    Test {
        name: "nothing_is_done_to_what_is_not_there",
        needs: &[],
        run: nothing_is_done_to_what_is_not_there,
    },
];

/// Lines in one run of the program.
const BATCH: usize = 500;

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
/// Commands that need nothing that is there.
const NEED_NOTHING: &[&str] =
    &["cd", "iface-begin", "iface-commit", "iface-rollback", "pool-create-as", "pool-define-as"];

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
const KEYS: &[&str] = &[
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

/// A host with one of each thing.
const HOST: &str = "<node><cpu><mhz>6000</mhz><model>i986</model><active>4</active><nodes>1</nodes>\
    <sockets>1</sockets><cores>4</cores><threads>1</threads></cpu><memory>8192000</memory>\
    <domain type='test'><name>test</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid><memory>8192</memory>\
    <vcpu>2</vcpu><os><type>hvm</type></os><devices><disk type='file' device='disk'><source file='/x'/>\
    <target dev='vda'/></disk><interface type='network'><source network='default'/></interface></devices></domain>\
    <network><name>default</name><bridge name='virbr0'/><ip address='10.0.0.1' netmask='255.255.255.0'/></network>\
    <interface type='ethernet' name='eth1'><start mode='none'/><mac address='AA:BB:CC:dd:ee:09'/></interface>\
    <pool type='dir'><name>default-pool</name><target><path>/zoo</path></target><volume type='file'><name>raw</name>\
    <capacity>1000000</capacity><target><path>/zoo/raw</path></target></volume></pool>\
    <device><name>computer</name><capability type='system'><hardware><vendor>x</vendor><version>1</version>\
    <serial>1</serial><uuid>11111111-2222-3333-4444-555555555555</uuid></hardware><firmware><vendor>x</vendor>\
    <version>1</version><release_date>1</release_date></firmware></capability></device></node>\n";

/// What is there, before and after.
const DUMP: &str = "list --all --uuid\nlist --all\nnet-list --all\npool-list --all\niface-list --all\nnwfilter-list\n\
    secret-list\nnodedev-list\ndumpxml test\nnet-dumpxml default\npool-dumpxml default-pool\niface-dumpxml eth1\n\
    vol-list default-pool\nsnapshot-list test\ncheckpoint-list test\nmetadata test --uri http://x/\n";

/// Numbers that look as if nobody had chosen them (Steele, Lea and Flood's SplitMix).
struct Random(u64);

/// Where they begin.
fn seed() -> Result<u64> {
    const USUAL: u64 = 20_240_229;
    match std::env::var("XCTL_SEED") {
        Ok(text) => text.parse().context("XCTL_SEED"),
        Err(_) => Ok(USUAL),
    }
}

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below this one.
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn choose<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// A command as its help tells it.
struct Command {
    name: String,
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
fn commands(user: &User) -> Result<Vec<Command>> {
    let listed = user.run(&["virsh", "help"])?.ok()?.stdout;
    let names: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split(' ').next())
        .filter(|name| !LEFT_OUT.contains(name))
        .collect();
    ensure!(names.len() > 200, "{} commands: {listed}", names.len());
    let questions: Vec<String> = names.iter().map(|name| format!("help {name}")).collect();
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
fn line(random: &mut Random, commands: &[Command], sensible: bool) -> String {
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
fn bytes(random: &mut Random, commands: &[Command]) -> Vec<u8> {
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

/// Runs lines at the prompt, on a host of this program's own that nobody else sees, with nothing else on the `PATH`.
fn run(user: &User, lines: &[Vec<u8>]) -> Result<Output> {
    let mut input =
        format!("snapshot-create-as test snap\necho ==before\n{DUMP}echo ==random\n").into_bytes();
    for line in lines {
        input.extend_from_slice(line);
        input.push(b'\n');
    }
    input.extend_from_slice(format!("echo ==after\n{DUMP}echo ==end\n").as_bytes());
    user.file("lines", &input)?;
    let command = format!(
        "exec env PATH=/nonexistent EDITOR=/bin/true VISUAL=/bin/true {} -q -c test://{} <lines",
        place::bin().join("virsh").display(),
        user.text("host.xml")
    );
    user.run(&["/bin/sh", "-c", &command])
}

/// What a batch must come to: its end.
fn survived(output: &Output) -> Result<()> {
    let end =
        |text: &str| text.chars().rev().take(2000).collect::<Vec<_>>().into_iter().rev().collect::<String>();
    let is_whole = output.stdout.contains("\n==end");
    ensure!(
        output.code == 0 && is_whole && !output.stderr.contains("panicked at"),
        "exit code {}, {}\n{}\n{}",
        output.code,
        if is_whole { "all lines were read" } else { "it ended early" },
        end(&output.stdout),
        output
            .stderr
            .split("panicked at")
            .nth(1)
            .map_or_else(|| end(&output.stderr), |text| format!("panicked at{text}"))
    );
    Ok(())
}

/// The part of the output between two marks.
fn between<'o>(output: &'o Output, start: &str, end: &str) -> Result<&'o str> {
    let (_, rest) = output.stdout.split_once(&format!("\n{start}")).with_context(|| format!("no {start}"))?;
    let (part, _) = rest.split_once(&format!("echo {end}\n")).with_context(|| format!("no {end}"))?;
    Ok(part)
}

/// A user with a host that has one of each thing.
fn user() -> Result<User> {
    let user = User::new()?;
    user.file("host.xml", HOST)?;
    user.file(
        "guest.xml",
        "<domain type='test'><name>new</name><memory>1024</memory><os><type>hvm</type></os></domain>",
    )?;
    Ok(user)
}

/// Runs so many lines in batches, and looks at what came of each batch.
fn batches(
    count: usize,
    commands: impl Fn(&Command) -> bool,
    line: impl Fn(&mut Random, &[Command], usize) -> Vec<u8>,
    check: impl Fn(&Output) -> Result<()>,
) -> Result<()> {
    let user = user()?;
    let mut known = self::commands(&user)?;
    known.retain(commands);
    let seed = seed()?;
    let mut random = Random(seed);
    for _ in 0..count / BATCH {
        let lines: Vec<Vec<u8>> = (0..BATCH).map(|number| line(&mut random, &known, number)).collect();
        let output = run(&user, &lines)?;
        survived(&output).and_then(|()| check(&output)).with_context(|| format!("XCTL_SEED={seed}"))?;
    }
    Ok(())
}

fn ten_thousand_lines_bring_no_panic() -> Result<()> {
    const LINES: usize = 6000;
    let make = |random: &mut Random, commands: &[Command], number: usize| match number % 3 {
        0 => bytes(random, commands),
        _ => line(random, commands, true).into_bytes(),
    };
    batches(LINES, |_| true, make, |_| Ok(()))
}

fn nothing_is_done_to_what_is_not_there() -> Result<()> {
    const LINES: usize = 4000;
    let make = |random: &mut Random, commands: &[Command], number: usize| match number % 4 {
        0 => bytes(random, commands),
        _ => line(random, commands, false).into_bytes(),
    };
    let needs_something = |command: &Command| !NEED_NOTHING.contains(&&*command.name);
    batches(LINES, needs_something, make, |output| {
        let (before, after) =
            (between(output, "==before", "==random")?, between(output, "==after", "==end")?);
        ensure!(before.contains("<name>test</name>") && before.contains("default-pool"), "{before}");
        let changed = before.lines().zip(after.lines()).find(|(before, after)| before != after);
        ensure!(before == after, "something was done: {changed:?}\n{}", output.stdout);
        Ok(())
    })
}

/// Keys at the line editor: parts of commands, editing keys, escape sequences, and bytes that are no characters.
fn keys_without_sense_bring_no_panic() -> Result<()> {
    const CHUNKS: usize = 300;
    const CHUNKS_A_LOOK: usize = 25;
    /// Which the terminal itself takes for signals, the end of the input, a pause or the end of a line.
    const TAKEN: &[u8] = b"\x03\x04\x0a\x0d\x11\x13\x1a\x1c";
    let user = user()?;
    let commands = commands(&user)?;
    let seed = seed()?;
    let mut random = Random(seed);
    let mut terminal = Terminal::start(&user, &["virsh", "-c", super::URI])?;
    terminal.shows("virsh # ")?;
    for chunk in 1..=CHUNKS {
        let keys = match random.below(3) {
            0 => line(&mut random, &commands, false).into_bytes(),
            1 => (0..random.below(60)).map(|_| random.next() as u8).collect(),
            _ => (0..random.below(20)).flat_map(|_| random.choose(KEYS).bytes()).collect::<Vec<u8>>(),
        };
        let mut keys: Vec<u8> = keys.into_iter().filter(|key| !TAKEN.contains(key)).take(500).collect();
        keys.push(b'\r');
        terminal.types(&keys)?;
        if chunk % CHUNKS_A_LOOK > 0 {
            continue;
        }
        let mut alive = Ok(());
        for attempt in 0..20 {
            // Out of searches, questions and half a sequence first.
            terminal.types(format!("n\r\x07\x07\x15echo alive {chunk} {attempt}\r"))?;
            alive = terminal.shows_within(&format!("\nalive {chunk} {attempt}"), Duration::from_secs(1));
            if alive.is_ok() {
                break;
            }
        }
        alive.with_context(|| format!("XCTL_SEED={seed}"))?;
    }
    let shown = terminal.shown();
    ensure!(!shown.contains("panicked at"), "XCTL_SEED={seed}\n{shown}");
    Ok(())
}
