//! Ten thousand lines that nobody would type, at the prompt: never a panic, and never an action without its object.
//!
//! Lines are made of the program's own commands and options, as its help tells them, of values that make sense and of
//! those that make none, and of bytes. They are the same in each run; a number in `XCTL_SEED` makes others.

mod lines;

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::Test;
use crate::output::Output;
use crate::place;
use crate::terminal::Terminal;
use crate::user::User;
use lines::{Command, KEYS, Random, bytes, commands, line, seed};

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

/// Commands that need nothing that is there.
const NEED_NOTHING: &[&str] =
    &["cd", "iface-begin", "iface-commit", "iface-rollback", "pool-create-as", "pool-define-as"];

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
    let mut known = lines::commands(&user)?;
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
        terminal.types_bytes(&keys)?;
        if chunk % CHUNKS_A_LOOK > 0 {
            continue;
        }
        let mut alive = Ok(());
        for attempt in 0..20 {
            // Out of searches, questions and half a sequence first.
            terminal.types(&format!("n\r\x07\x07\x15echo alive {chunk} {attempt}\r"))?;
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
