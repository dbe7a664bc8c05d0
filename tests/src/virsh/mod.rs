//! virsh beside libvirt's own: what a script would see has to be the same.

pub(crate) mod apply;
pub(crate) mod backups;
pub(crate) mod console;
pub(crate) mod containers;
pub(crate) mod data;
pub(crate) mod everyday;
mod guest;
pub(crate) mod host_check;
mod jobs;
mod lines;
mod lines_data;
mod lines_devices;
mod lines_host;
mod lines_jobs;
mod lines_objects;
mod lines_session;
pub(crate) mod many;
pub(crate) mod migration;
mod objects;
pub(crate) mod random;
pub(crate) mod shell;
pub(crate) mod snapshots;
pub(crate) mod top;
mod writer;

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::Test;
use crate::need::{Need, QEMU, REAL_VIRSH, SAME_VIRSH};
use crate::output::Output;
use crate::user::User;

const PEER: &str = "/usr/bin/virsh";
const URI: &str = "test:///default";
const SESSION: &str = "qemu:///session";
/// libvirt's driver of secrets.
const SECRETS: &str = "/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_secret.so";
const SOON: Duration = Duration::from_secs(1);

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "commands_about_domains_look_as_the_peers",
        needs: &[SAME_VIRSH],
        run: || beside_the_peer(lines::DOMAINS, as_words),
    },
    Test {
        name: "commands_about_networks_and_storage_look_as_the_peers",
        needs: &[SAME_VIRSH],
        run: || beside_the_peer(lines::NETWORKS_AND_STORAGE, as_words),
    },
    Test {
        name: "commands_about_the_host_and_itself_look_as_the_peers",
        needs: &[SAME_VIRSH],
        run: || beside_the_peer(lines::ITSELF, as_words),
    },
    Test {
        name: "command_strings_look_as_the_peers",
        needs: &[SAME_VIRSH],
        run: || beside_the_peer(lines::LINES, |line| given(&["-c", URI, line], "")),
    },
    Test {
        name: "piped_commands_look_as_the_peers",
        needs: &[SAME_VIRSH],
        run: || beside_the_peer(lines::INPUTS, |line| given(&["-c", URI], line)),
    },
    Test {
        name: "quiet_commands_look_as_the_peers",
        needs: &[REAL_VIRSH],
        run: || beside_the_peer(lines::QUIET, |line| given(&["-q", "-c", URI, line], "")),
    },
    Test {
        name: "program_options_look_as_the_peers",
        needs: &[REAL_VIRSH],
        run: || beside_the_peer(lines::PROGRAM, |line| given(&line.split(' ').collect::<Vec<_>>(), "")),
    },
    Test {
        name: "commands_about_interfaces_devices_and_secrets_look_as_the_peers",
        needs: &[SAME_VIRSH],
        run: || beside_the_peer(lines_objects::OBJECTS, as_words),
    },
    Test {
        name: "commands_about_parts_of_networks_look_as_the_peers",
        needs: &[SAME_VIRSH],
        run: || beside_the_peer(lines_objects::NETWORKS, as_words),
    },
    Test {
        name: "commands_about_contents_of_volumes_look_as_the_peers",
        needs: &[SAME_VIRSH],
        run: || beside_the_peer(lines_objects::STORAGE, as_words),
    },
    Test {
        name: "commands_about_processors_and_memory_look_as_the_peers",
        needs: &[SAME_VIRSH],
        run: || beside_the_peer(lines_host::HOST, as_words),
    },
    Test {
        name: "command_strings_about_objects_look_as_the_peers",
        needs: &[SAME_VIRSH],
        run: || beside_the_peer(lines_objects::LINES, |line| given(&["-c", URI, line], "")),
    },
    Test {
        name: "quiet_commands_about_objects_look_as_the_peers",
        needs: &[SAME_VIRSH],
        run: || beside_the_peer(lines_objects::QUIET, |line| given(&["-q", "-c", URI, line], "")),
    },
    Test {
        name: "commands_on_a_described_host_look_as_the_peers",
        needs: &[SAME_VIRSH],
        run: || {
            beside_the_peer(lines_session::DESCRIBED, |line| {
                given(&["-c", "test:///{home}/node.xml", line], "")
            })
        },
    },
    Test {
        name: "commands_of_a_session_look_as_the_peers",
        needs: &[SAME_VIRSH, QEMU],
        run: || beside_the_peer(lines_session::SESSION, |line| given(&["-c", SESSION, line], "")),
    },
    Test {
        name: "events_of_objects_are_told_as_they_come",
        needs: &[],
        run: objects::events_are_told_as_they_come,
    },
    Test { name: "volumes_are_copied_both_ways", needs: &[], run: objects::volumes_are_copied_both_ways },
    Test {
        name: "copying_a_volume_that_is_given_up_leaves_nothing_unsaid",
        needs: &[QEMU],
        run: objects::copying_a_volume_that_is_given_up_leaves_nothing_unsaid,
    },
    Test {
        name: "secrets_are_listed_and_their_values_come_back",
        needs: &[SAME_VIRSH, QEMU, Need::File(SECRETS, "package libvirt-daemon-driver-secret")],
        run: objects::secrets_are_listed_and_their_values_come_back,
    },
    Test {
        name: "commands_about_devices_look_as_the_peers",
        needs: &[SAME_VIRSH],
        run: || beside_the_peer(&lines_devices::DEFAULT.lines().collect::<Vec<_>>(), as_words),
    },
    Test {
        name: "commands_about_many_devices_look_as_the_peers",
        needs: &[SAME_VIRSH],
        run: commands_about_many_devices_look_as_the_peers,
    },
    Test {
        name: "quiet_commands_about_devices_look_as_the_peers",
        needs: &[SAME_VIRSH],
        run: || {
            beside_the_peer(&lines_devices::QUIET.lines().collect::<Vec<_>>(), |line| {
                let (mut arguments, input) = as_words(line);
                arguments.insert(0, "-q".to_owned());
                (arguments, input)
            })
        },
    },
    Test {
        name: "a_real_guest_is_handled_as_the_peer_does",
        needs: &[SAME_VIRSH, QEMU],
        run: guest::a_real_guest_is_handled_as_the_peer_does,
    },
    Test {
        name: "commands_about_snapshots_look_as_the_peers",
        needs: &[SAME_VIRSH],
        run: jobs::snapshots_and_checkpoints,
    },
    Test { name: "commands_about_jobs_look_as_the_peers", needs: &[SAME_VIRSH], run: jobs::jobs },
    Test { name: "editing_looks_as_the_peers", needs: &[SAME_VIRSH], run: jobs::edits },
    Test {
        name: "an_edit_that_is_refused_is_asked_about",
        needs: &[],
        run: jobs::an_edit_that_is_refused_is_asked_about,
    },
    Test {
        name: "what_others_changed_meanwhile_is_not_overwritten",
        needs: &[QEMU, REAL_VIRSH],
        run: jobs::what_others_changed_meanwhile_is_not_overwritten,
    },
    Test { name: "a_saved_domain_comes_back", needs: &[], run: jobs::a_saved_domain_comes_back },
    Test {
        name: "a_guest_is_worked_on_as_by_the_peer",
        needs: &[QEMU, SAME_VIRSH],
        run: jobs::a_guest_is_worked_on_as_by_the_peer,
    },
    Test {
        name: "a_copy_of_a_disk_that_is_given_up_is_told_of",
        needs: &[QEMU, REAL_VIRSH],
        run: jobs::a_copy_of_a_disk_that_is_given_up_is_told_of,
    },
    Test {
        name: "a_running_guest_moves_and_c_cancels",
        needs: &[QEMU, REAL_VIRSH],
        run: jobs::a_running_guest_moves_and_c_cancels,
    },
    Test { name: "help_is_arranged_as_the_peers", needs: &[SAME_VIRSH], run: help_is_arranged_as_the_peers },
    Test { name: "differences_are_those_listed", needs: &[REAL_VIRSH], run: differences_are_those_listed },
    Test { name: "a_slip_brings_the_nearest_name", needs: &[], run: a_slip_brings_the_nearest_name },
    Test { name: "a_reader_that_leaves_is_no_fault", needs: &[], run: a_reader_that_leaves_is_no_fault },
    Test { name: "a_full_disk_is_told", needs: &[], run: a_full_disk_is_told },
    Test {
        name: "a_closed_standard_stream_is_told_and_stays_closed",
        needs: &[],
        run: a_closed_standard_stream_is_told_and_stays_closed,
    },
    Test { name: "no_daemon_brings_the_next_step", needs: &[], run: no_daemon_brings_the_next_step },
    Test { name: "events_are_told_as_they_come", needs: &[], run: events_are_told_as_they_come },
    Test {
        name: "undefine_removes_storage_only_when_asked",
        needs: &[QEMU],
        run: undefine_removes_storage_only_when_asked,
    },
    Test {
        name: "saved_memory_is_not_lost_by_undefine",
        needs: &[],
        run: saved_memory_is_not_lost_by_undefine,
    },
    Test { name: "everything_is_generated", needs: &[], run: everything_is_generated },
    Test { name: "shells_are_told_what_comes_next", needs: &[], run: shells_are_told_what_comes_next },
];

/// Command lines whose output differs from the peer's, and why; `docs/differences.md` tells them to people.
const DIFFERENCES: &[(&str, &str)] = &[
    ("dumpxml test --xpath ///", "an expression that cannot be read is an error, not an empty answer"),
    ("pool-create-as p<& dir --print-xml", "what is printed as XML can be read as XML"),
    ("iface-destroy eth1", "what has worked ends with exit code 0"),
    ("net-port-dumpxml default x", "what has failed ends with exit code 1"),
    ("nodecpustats --percent", "shares of no time at all are zero"),
    ("attach-disk test /x vdb --serial a<b --print-xml", "what is printed as XML can be read as XML"),
    ("schedinfo test --current", "what is current is what there is, with an older driver too"),
    ("dominfo test test", "a command on a domain takes several"),
    ("dominfo --domain test --domain test", "a command on a domain takes several"),
    ("migrate-compcache test 5", "a second value without a name is another domain"),
    ("help pwd", "the sentences are our own; their arrangement is not"),
    ("-V", "it is another program that tells what it was built with"),
];

/// Commands of our own.
const NEW: &[&str] = &[
    "apply",
    "backup",
    "backup-list",
    "backup-restore",
    "diff",
    "host-check",
    "ip",
    "rollback",
    "snapshot",
    "snapshot-drop",
    "ssh",
    "top",
    "wait",
    "why",
];

/// Options of our own of commands that the peer has.
const NEW_OPTIONS: &[(&str, &str)] =
    &[("capabilities", "--summary"), ("event", "--follow"), ("event", "--stop")];

/// What a line is run with: arguments and standard input.
type Given = (Vec<String>, String);

fn given(arguments: &[&str], input: &str) -> Given {
    (arguments.iter().map(|&argument| argument.to_owned()).collect(), input.to_owned())
}

fn as_words(line: &str) -> Given {
    let mut arguments = vec!["-c", URI];
    arguments.extend(line.split(' '));
    given(&arguments, "")
}

/// A user with the files that lines name.
fn user() -> Result<User> {
    const GUEST: &str = "<domain type='test'><name>dé日本</name>\
        <uuid>61f3eac0-3f6d-4150-8bc0-cea54f8084ff</uuid><title>my title</title><memory>1024</memory>\
        <os><type>hvm</type></os><devices><disk type='file' device='cdrom'><target dev='sda'/></disk>\
        <disk type='block' device='disk'><source dev='/dev/sda'/><target dev='sdb'/></disk>\
        <interface type='user'><mac address='52:54:00:00:00:01'/></interface>\
        <interface type='bridge'><mac address='52:54:00:00:00:02'/><source bridge='br0'/><model type='virtio'/>\
        </interface></devices></domain>";
    const MARKED: &str = "<domain type='test'><name>dé日本</name>\
        <uuid>61f3eac0-3f6d-4150-8bc0-cea54f8084ff</uuid><title>a &lt; b &amp; \"c\" 'd' ></title>\
        <description>line1\nline2\ttab</description><memory>1024</memory><metadata>\
        <app:x xmlns:app='http://a/' app:y='1&lt;\"2\"&#10;&gt;'><app:z/> text <!-- c --></app:x></metadata>\
        <os><type>hvm</type></os><devices><disk type='file' device='cdrom'><target dev='sda'/></disk>\
        <interface type='user'><mac address='52:54:00:00:00:01'/></interface></devices></domain>";
    let user = User::new()?;
    user.file("guest.xml", GUEST)?;
    user.file("marked.xml", MARKED)?;
    user.file("hosts.txt", "this is no XML\n")?;
    for (name, text) in lines_objects::FILES {
        user.file(name, text)?;
    }
    user.file("disk.xml", lines_devices::DISK)?;
    user.file("nic.xml", lines_devices::INTERFACE)?;
    user.file("rich.xml", lines_devices::HOST)?;
    Ok(user)
}

/// Standard output, exit code and the first line of standard error: what a script can go by. `{home}` in an argument is
/// the user's home.
fn seen(user: &User, program: &str, (arguments, input): &Given) -> Result<(String, i32, String)> {
    let arguments: Vec<String> =
        arguments.iter().map(|argument| argument.replace("{home}", &user.text(""))).collect();
    let mut line = vec![program];
    line.extend(arguments.iter().map(String::as_str));
    let Output { stdout, stderr, code, .. } = user.run_with(&line, input)?;
    let stdout: String = stdout.lines().map(|line| steady(line).to_owned() + "\n").collect();
    Ok((stdout, code, stderr.lines().next().unwrap_or_default().to_owned()))
}

/// A line without what is never the same twice.
fn steady(line: &str) -> &str {
    const COUNTED: [&str; 7] = [" rd_", " wr_", " rx_", " tx_", " errs ", "number of ", " error count:"];
    if COUNTED.iter().any(|part| line.contains(part)) {
        return line.rsplit_once(' ').map_or(line, |(words, _)| words);
    }
    ["CPU time: ", "(Time: "].into_iter().find(|moving| line.starts_with(moving)).unwrap_or(line)
}

fn beside_the_peer(lines: &[&str], given: fn(&str) -> Given) -> Result<()> {
    compare(&user()?, lines, given)
}

fn compare(user: &User, lines: &[&str], given: impl Fn(&str) -> Given) -> Result<()> {
    let mut wrong = Vec::new();
    for &line in lines {
        let given = given(line);
        let (theirs, ours) = (seen(user, PEER, &given)?, seen(user, "virsh", &given)?);
        if theirs != ours {
            wrong.push(format!("{line:?}\n  theirs: {theirs:?}\n    ours: {ours:?}"));
        }
    }
    ensure!(wrong.is_empty(), "{} of {} lines differ:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
    Ok(())
}

fn commands_about_many_devices_look_as_the_peers() -> Result<()> {
    let user = user()?;
    let uri = format!("test://{}", user.text("rich.xml"));
    compare(&user, &lines_devices::ON_HOST.lines().collect::<Vec<_>>(), |line| {
        let (mut arguments, input) = as_words(line);
        arguments[1].clone_from(&uri);
        (arguments, input)
    })
}

fn differences_are_those_listed() -> Result<()> {
    let user = user()?;
    for (line, reason) in DIFFERENCES {
        let given = as_words(line);
        let (theirs, ours) = (seen(&user, PEER, &given)?, seen(&user, "virsh", &given)?);
        ensure!(theirs != ours, "{line:?} does not differ any more ({reason})");
    }
    Ok(())
}

/// The same groups, commands and options in the same order and form; only the sentences are our own.
fn help_is_arranged_as_the_peers() -> Result<()> {
    let user = User::new()?;
    let names = |program: &str| -> Result<Vec<String>> {
        let listed = user.run(&[program, "help"])?.ok()?.stdout;
        let entries = listed.lines().filter_map(|line| line.strip_prefix("    "));
        Ok(entries.filter_map(|entry| entry.split(' ').next()).map(str::to_owned).collect())
    };
    let (theirs, mut ours) = (names(PEER)?, names("virsh")?);
    let new: Vec<String> = ours.iter().filter(|name| !theirs.contains(name)).cloned().collect();
    ensure!(new == NEW, "commands that the peer lacks: {new:?}");
    ours.retain(|name| !new.contains(name));
    let common: Vec<&String> = theirs.iter().filter(|name| ours.contains(name)).collect();
    ensure!(common == ours.iter().collect::<Vec<_>>(), "commands come in another order than {common:?}");
    let questions: Vec<String> = ours.iter().map(|name| format!("help {name}")).collect();
    let shape = |program: &str| -> Result<Vec<String>> {
        Ok(arrangement(&user.run(&[program, "-q", &questions.join(";")])?.ok()?.stdout))
    };
    let (theirs, ours) = (shape(PEER)?, without_new_options(shape("virsh")?)?);
    for (theirs, ours) in theirs.iter().zip(&ours) {
        ensure!(theirs == ours, "theirs: {theirs:?}\n  ours: {ours:?}");
    }
    ensure!(theirs.len() == ours.len(), "{} lines instead of {}", ours.len(), theirs.len());
    Ok(())
}

/// The lines of help without their sentences: headings, names, synopses and options.
fn arrangement(help: &str) -> Vec<String> {
    let mut section = "";
    let mut lines: Vec<String> = Vec::new();
    for line in help.lines().filter(|line| !line.is_empty()) {
        let inner = line.trim_start();
        if line.len() - inner.len() == 2 {
            section = inner;
            // The peer's command has no options where ours has only those that show data.
            if lines.last().is_some_and(|last| last == "OPTIONS") {
                lines.pop();
            }
        }
        // Where the sentence begins.
        let cut = match section {
            "NAME" => " - ",
            "OPTIONS" => "  ",
            "DESCRIPTION" if inner != section => continue,
            // The peer's commands have no data to show.
            "FIELDS" => continue,
            _ => "\n",
        };
        if data::OPTIONS.iter().any(|option| inner.starts_with(&format!("--{option} "))) {
            continue;
        }
        let mut line = inner.split(cut).next().unwrap_or_default().to_owned();
        for option in data::OPTIONS {
            line = line.replace(&format!(" [--{option} <string>]"), "");
        }
        lines.push(line);
    }
    lines
}

/// The same lines without the options that the peer lacks, each of which has to be there.
fn without_new_options(mut lines: Vec<String>) -> Result<Vec<String>> {
    for (command, option) in NEW_OPTIONS {
        let synopsis = lines.iter().position(|line| line.starts_with(&format!("{command} [")));
        let at = synopsis.with_context(|| format!("no synopsis of {command}"))?;
        let listed =
            lines.iter().skip(at).position(|line| line == option || line.starts_with(&format!("{option} ")));
        let listed = listed.with_context(|| format!("{command} has no {option}"))?;
        lines.remove(at + listed);
        lines[at] = lines[at].replacen(&format!(" [{option}]"), "", 1);
    }
    Ok(lines)
}

fn a_slip_brings_the_nearest_name() -> Result<()> {
    let user = User::new()?;
    for (line, hint) in [
        ("lits", "did you mean 'list'?"),
        ("list --persistant", "did you mean --persistent?"),
        ("help voluem", "did you mean 'volume'?"),
        ("help monitr", "did you mean 'monitor'?"),
        ("help everyda", "did you mean 'everyday'?"),
        ("nodedev-lst", "did you mean 'nodedev-list'?"),
        ("event --folow", "did you mean --follow?"),
    ] {
        let (arguments, _) = as_words(line);
        let mut line = vec!["virsh"];
        line.extend(arguments.iter().map(String::as_str));
        user.run(&line)?.refuses(hint)?;
    }
    user.run(&["virsh", "--quite"])?.refuses("did you mean --quiet?")?;
    Ok(())
}

fn a_reader_that_leaves_is_no_fault() -> Result<()> {
    let user = User::new()?;
    let line = format!("virsh -c {URI} 'help; help; capabilities; help' | head -n 1");
    let output = user.run(&["sh", "-c", &line])?.ok()?;
    ensure!(output.stderr.is_empty() && output.stdout.lines().count() == 1, "{output}");
    Ok(())
}

fn a_full_disk_is_told() -> Result<()> {
    let user = User::new()?;
    let line = format!("virsh -c {URI} dumpxml test >/dev/full");
    user.run(&["sh", "-c", &line])?.refuses("No space left on device")?;
    Ok(())
}

fn a_closed_standard_stream_is_told_and_stays_closed() -> Result<()> {
    let user = User::new()?;
    let closed = |command: &str| user.run(&["sh", "-c", &format!("virsh -c {URI} {command} >&-")]);
    for command in ["list", "list --output json", "domuuid test", "help"] {
        closed(command)?.refuses("cannot write to standard output: Bad file descriptor")?;
    }
    // Nothing was asked for, so nothing is missed.
    ensure!(closed("suspend test")?.ok()?.stderr.is_empty());
    user.run(&["sh", "-c", &format!("virsh -c {URI} list >/dev/null")])?.ok()?;
    // What is opened later does not become the stream that is closed.
    let line = format!("virsh -c {URI} -l log 'dominfo nope' 2>&-; cat log");
    let output = user.run(&["sh", "-c", &line])?.ok()?;
    ensure!(
        output.stdout.contains("ERROR failed to get domain") && !output.stdout.contains("error:"),
        "{output}"
    );
    Ok(())
}

fn no_daemon_brings_the_next_step() -> Result<()> {
    let user = User::new()?;
    let uri = format!("test+unix:///default?socket={}", user.text("nobody-listens"));
    user.run(&["virsh", "-c", &uri, "list"])?
        .refuses("error: failed to connect to the hypervisor")?
        .complains("hint: start libvirt's daemon")?;
    Ok(())
}

fn events_are_told_as_they_come() -> Result<()> {
    let user = User::new()?;
    let xml = "<domain type='qemu'><name>brief</name><memory>1024</memory><os><type>hvm</type></os></domain>";
    user.file("brief.xml", xml)?;
    let line = ["virsh", "-c", SESSION, "event", "--event", "lifecycle", "--loop", "--timestamp"];
    let mut events = user.start("events", &line)?;
    // Nothing says that the wait has begun, so it is told again until it has.
    let mut told = Ok(());
    for _ in 0..20 {
        user.run(&["virsh", "-c", SESSION, "define brief.xml; undefine brief"])?.ok()?;
        told = events.wait_within("+0000: event 'lifecycle' for domain 'brief': Defined Added\n", SOON);
        if told.is_ok() {
            break;
        }
    }
    told?;
    events.wait_for("event 'lifecycle' for domain 'brief': Undefined Removed\n")?;
    events.signal(nix::sys::signal::Signal::SIGINT)?;
    events.end()?.ok()?.says("event loop interrupted\nevents received: ")?;
    Ok(())
}

/// Not beside the peer, whose own `managedsave` hangs at times.
fn saved_memory_is_not_lost_by_undefine() -> Result<()> {
    let user = User::new()?;
    let commands = "managedsave test; list --all --managed-save; undefine test; undefine test --managed-save; list --all";
    user.run(&["virsh", "-c", URI, commands])?
        .ok()?
        .says(
            "\nDomain 'test' state saved by libvirt\n\n Id   Name   State\n--------------------\n -    test   saved\n\n\n\
             Domain 'test' has been undefined\n",
        )?
        .complains("error: Refusing to undefine while domain managed save image exists\n  hint: ")?;
    Ok(())
}

fn undefine_removes_storage_only_when_asked() -> Result<()> {
    let user = User::new()?;
    let store = user.directory("store")?;
    let virsh = |line: &str| user.run(&["virsh", "-c", "qemu:///session", line]);
    virsh(&format!("pool-create-as store dir --target {}", store.display()))?.ok()?;
    let disk = |path: &str, target: &str| {
        format!(
            "<disk type='file'><source file='{}'/><target dev='{target}'/></disk>",
            store.join(path).display()
        )
    };
    user.file(
        "guest.xml",
        format!(
            "<domain type='qemu'><name>stored</name><memory>1024</memory><os><type>hvm</type></os>\
             <devices>{}{}{}</devices></domain>",
            disk("one", "sda"),
            disk("two", "sdb"),
            disk("unknown", "sdc")
        ),
    )?;
    virsh("vol-create-as store one 64K; vol-create-as store two 64K; define guest.xml")?.ok()?;
    let left = || -> Result<Vec<String>> {
        let mut names: Vec<String> = std::fs::read_dir(&store)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_>>()?;
        names.sort();
        Ok(names)
    };

    virsh("undefine stored --storage sda,sdz")?
        .refuses("Volume 'sdz' was not found in domain's definition.")?;
    ensure!(left()? == ["one", "two"], "a slip removed something: {:?}", left()?);
    virsh("undefine stored; define guest.xml")?.ok()?;
    ensure!(left()? == ["one", "two"], "nobody asked for it: {:?}", left()?);
    virsh("undefine stored --storage sda; define guest.xml")?.ok()?.says("Volume 'sda'")?;
    ensure!(left()? == ["two"], "only sda was asked for: {:?}", left()?);
    virsh("undefine stored --remove-all-storage --wipe-storage")?
        .ok()?
        .says("... Done.\n")?
        .complains("is not managed by libvirt. Remove it manually.")?;
    ensure!(left()?.is_empty(), "still there: {:?}", left()?);
    Ok(())
}

fn everything_is_generated() -> Result<()> {
    let user = User::new()?;
    for (kind, part) in [
        ("man", ".SH NAME"),
        ("bash", "complete -F _virsh virsh"),
        ("zsh", "#compdef virsh"),
        ("fish", "complete -c virsh"),
    ] {
        user.run(&["virsh", "--generate", kind])?.ok()?.says(part)?;
    }
    user.run(&["virsh", "--generate", "perl"])?.refuses("there are man, bash, zsh, fish")?;
    Ok(())
}

fn shells_are_told_what_comes_next() -> Result<()> {
    let user = User::new()?;
    for (line, expected) in [
        ("virsh domsta", "domstate\ndomstats\n"),
        ("virsh -c test:///default dominfo t", "test\n"),
        ("virsh -c test:///default net-info --network=d", "--network=default\n"),
        ("virsh -c test:///default vol-list ", "default-pool\n"),
        ("virsh -c test:///default iface-mac e", "eth1\n"),
        ("virsh -c test:///default nodedev-info scsi_host1", "scsi_host1\nscsi_host11\n"),
        ("virsh list --state-r", "--state-running\n"),
        ("virsh -c test:///default send-key test KEY_LEFTCT", "KEY_LEFTCTRL\n"),
        ("virsh -c test:///default send-key test --codeset win32 VK_ESC", "VK_ESCAPE\n"),
        ("virsh -c test:///default domif-getlink test testn", "testnet0\n"),
        ("virsh attach-disk test x vdb --cache=n", "--cache=none\n"),
        ("virsh --output=y", "--output=yaml\n"),
        ("virsh list --filter 'state!=run", "state!=running\n"),
        ("virsh -c test:///default define -- --f", ""),
        ("virsh -- domblkl", "domblklist\n"),
    ] {
        let output = user.run(&["virsh", "-q", "complete", "--", line])?.ok()?;
        ensure!(output.stdout == expected, "{line:?}\n{output}");
    }
    let bash = format!(
        "eval \"$(virsh --generate bash)\"; COMP_LINE='virsh -c {URI} dominfo te'; COMP_POINT=${{#COMP_LINE}}; \
         COMP_WORDS=(virsh -c test : ///default dominfo te); COMP_CWORD=6; _virsh virsh te dominfo; echo \"[${{COMPREPLY[*]}}]\""
    );
    user.run(&["bash", "-c", &bash])?.ok()?.says("[test]")?;
    Ok(())
}
