//! Commands on several domains and on several hosts.

use std::net::TcpListener;

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;

use super::{lines, lines_objects};
use crate::Test;
use crate::need::QEMU;
use crate::output::Output;
use crate::terminal::Terminal;
use crate::user::User;

pub(crate) const TESTS: &[Test] = &[
    Test { name: "several_names_are_worked_on", needs: &[], run: several_names_are_worked_on },
    Test { name: "a_pattern_means_those_in_a_state_that_fits", needs: &[], run: patterns },
    Test { name: "what_follows_all_are_values_of_the_command", needs: &[], run: values_behind_all },
    Test { name: "an_unknown_name_among_others_does_nothing", needs: &[], run: unknown_names },
    Test { name: "a_value_of_the_command_is_no_domain", needs: &[], run: values_of_the_command },
    Test { name: "a_failure_stops_no_other_and_is_summed_up", needs: &[], run: failures_are_summed_up },
    Test {
        name: "what_destroys_several_is_asked_about",
        needs: &[],
        run: what_destroys_several_is_asked_about,
    },
    Test {
        name: "one_plain_name_is_never_asked_about",
        needs: &[],
        run: one_plain_name_is_never_asked_about,
    },
    Test { name: "what_needs_the_terminal_takes_one", needs: &[], run: what_needs_the_terminal_takes_one },
    Test { name: "names_that_look_like_ids_are_not_mistaken", needs: &[], run: names_like_ids },
    Test { name: "names_in_disguise_are_shown_as_what_they_are", needs: &[], run: names_in_disguise },
    Test { name: "two_hundred_domains_start_at_once", needs: &[], run: two_hundred_domains },
    Test { name: "data_of_several_domains_is_one_list", needs: &[], run: data_of_several_domains },
    Test { name: "every_host_answers_under_its_name", needs: &[], run: every_host_answers },
    Test { name: "hosts_come_from_files_and_groups", needs: &[], run: files_and_groups },
    Test { name: "actions_on_hosts_need_each_and_a_yes", needs: &[], run: actions_on_hosts },
    Test { name: "patterns_are_looked_for_on_each_host", needs: &[], run: patterns_on_hosts },
    Test { name: "a_host_that_hangs_keeps_no_other_waiting", needs: &[], run: a_host_that_hangs },
    Test { name: "data_of_several_hosts_is_one_list", needs: &[], run: data_of_several_hosts },
    Test { name: "the_shell_talks_to_several_hosts", needs: &[], run: the_shell_talks_to_several_hosts },
    Test {
        name: "what_a_read_only_connection_refuses_is_an_action",
        needs: &[],
        run: what_a_read_only_connection_refuses_is_an_action,
    },
    Test { name: "an_interrupt_begins_no_other", needs: &[], run: an_interrupt_begins_no_other },
    Test {
        name: "a_daemon_that_stops_answering_ends_the_work",
        needs: &[QEMU],
        run: a_daemon_that_stops_answering_ends_the_work,
    },
    Test { name: "names_of_several_domains_are_completed", needs: &[], run: completion },
];

/// A host of the test driver, described in a file, with running domains of these names; and its URI.
fn host(user: &User, file: &str, domains: &[&str]) -> Result<String> {
    let domains: String = domains
        .iter()
        .map(|name| {
            format!(
                "<domain type='test'><name>{name}</name><memory>1024</memory><os><type>hvm</type></os></domain>"
            )
        })
        .collect();
    let path = user.file(file, format!("<node>{domains}</node>"))?;
    Ok(format!("test://{}", path.display()))
}

fn virsh(user: &User, arguments: &[&str]) -> Result<Output> {
    user.run(&[&["virsh"], arguments].concat())
}

/// The names that a list printed.
fn names(output: &str) -> Vec<&str> {
    output.lines().filter(|line| !line.is_empty()).collect()
}

fn several_names_are_worked_on() -> Result<()> {
    let user = User::new()?;
    let uri = host(&user, "host.xml", &["web-1", "web-2", "db"])?;
    let commands = "suspend web-2 db; list --name --state-paused; shutdown --domain web-1 --domain db; \
                    list --name; domstate db web-1";
    let told = virsh(&user, &["-q", "-c", &uri, commands])?.ok()?;
    ensure!(names(&told.stdout) == ["web-2", "db", "web-2", "shut off", "shut off"], "{told}");
    Ok(())
}

fn patterns() -> Result<()> {
    let user = User::new()?;
    let uri = host(&user, "host.xml", &["web-1", "web-2", "web-x", "db", "q[1]", "q1"])?;
    virsh(&user, &["-c", &uri, "shutdown web-1; start web-*; list --inactive --name"])?
        .ok()?
        .says("Domain 'web-1' started\n")?
        .complains("start: 1 of 1 domain done\n")?;
    let told = virsh(&user, &["-q", "-c", &uri, "suspend web-[0-9]; list --name --state-paused"])?.ok()?;
    ensure!(names(&told.stdout) == ["web-1", "web-2"], "{told}");
    // A pattern that is a name is that name.
    virsh(&user, &["-c", &uri, "domuuid q[1]; suspend q[1]; domstate q1"])?.ok()?.says("\nrunning\n")?;
    virsh(&user, &["-c", &uri, "start", "web-*"])?.refuses(
        "error: failed to get domain 'web-*'\n  hint: 3 domains of that pattern, but none that is inactive",
    )?;
    virsh(
        &user,
        &["-c", &uri, "managedsave web-1; shutdown web-2; managedsave-remove web-* --yes; domstate web-1"],
    )?
    .ok()?
    .complains("managedsave-remove: 1 of 1 domain done\n")?;
    virsh(&user, &["-c", &uri, "start", "x*"])?
        .refuses("hint: no domain has a name that fits this pattern")?;
    let told = virsh(&user, &["-q", "-c", &uri, "suspend db; shutdown --all; list --name; start --all"])?;
    ensure!(told.clone().ok()?.stdout.matches("started").count() == 0, "quiet\n{told}");
    virsh(&user, &["-c", &uri, "start --all"])?
        .ok()?
        .complains("start: there is no domain in a state that fits")?;
    virsh(&user, &["-c", &uri, "start --all db"])?
        .refuses("--all and names of domains are mutually exclusive")?;
    Ok(())
}

fn values_behind_all() -> Result<()> {
    let user = User::new()?;
    let uri = host(&user, "host.xml", &["web-1", "web-2"])?;
    let run = |line: &str| virsh(&user, &["-c", &uri, line]);
    run("wait --all running 5")?.ok()?;
    run("suspend web-2; wait --all running 1")?.exits(1)?.complains("1 failed: web-2")?;
    run("wait running 1 --all")?.refuses("mutually exclusive")?.complains("hint: what follows --all")?;
    run("wait web-1 web-2 --for running")?.refuses("already seen")?.complains("--domain A --domain B")?;
    Ok(())
}

fn unknown_names() -> Result<()> {
    let user = User::new()?;
    let uri = host(&user, "host.xml", &["web-1", "web-2", "db"])?;
    let told =
        virsh(&user, &["-c", &uri, "suspend web-1 nosuch 'x-*' db; list --state-paused --name"])?.ok()?;
    ensure!(!told.stdout.contains("web-1") && !told.stdout.contains("db"), "something was done\n{told}");
    told.complains("error: failed to get domain 'nosuch'\nerror: failed to get domain 'x-*'\n")?;
    virsh(&user, &["-c", &uri, "suspend", "web-1", "nosuch"])?.refuses("nosuch")?;
    // Where it could be a value of the command it is refused as one, in the words that scripts know.
    for (line, error) in [
        ("destroy web-1; start web-1 nosuch", "error: Unable to parse FD number 'nosuch'\n"),
        ("shutdown web-1 nosuch", "error: Unknown mode nosuch value, "),
    ] {
        let told = virsh(&user, &["-c", &uri, line])?.exits(1)?.complains(error)?;
        told.complains("  hint: there is no domain 'nosuch' either\n")?;
    }
    Ok(())
}

fn values_of_the_command() -> Result<()> {
    let user = User::new()?;
    let uri = host(&user, "host.xml", &["web-1", "web-2", "acpi"])?;
    let run = |line: &str| virsh(&user, &["-q", "-c", &uri, line]);
    // A mode is a mode, even where a domain is called so.
    let told = run("shutdown web-1 acpi; list --name")?.ok()?.complains("unsupported flags")?;
    ensure!(names(&told.stdout) == ["web-1", "web-2", "acpi"], "{told}");
    let told = run("shutdown web-1 web-2; list --name")?.ok()?;
    ensure!(names(&told.stdout) == ["acpi"], "{told}");
    run("shutdown web-1 nosuch")?.refuses("Unknown mode nosuch value")?;
    run("shutdown web-1; undefine web-1 vda; domid web-1")?.complains("Volume 'vda' was not found")?.ok()?;
    run("shutdown web-1 web-2; undefine web-1 web-2")?
        .refuses("refusing to undefine 2 domains (web-1, web-2)")?;
    Ok(())
}

fn failures_are_summed_up() -> Result<()> {
    let user = User::new()?;
    let uri = host(&user, "host.xml", &["a", "b", "c"])?;
    let told = virsh(&user, &["-c", &uri, "shutdown b; shutdown a b c"])?.exits(1)?;
    ensure!(told.stdout.contains("Domain 'a' is being shutdown\nDomain 'c' is being shutdown\n"), "{told}");
    told.complains("error: b: Failed to shutdown domain 'b'\nerror: b: ")?
        .complains("\nshutdown: 2 of 3 domains done; 1 failed: b (")?;
    // What only looks says nothing of itself where all is well.
    let told = virsh(&user, &["-c", &uri, "domstate", "a", "b"])?.ok()?;
    ensure!(told.stderr.is_empty() && told.stdout == "a:\nrunning\n\nb:\nrunning\n\n", "{told}");
    Ok(())
}

fn what_destroys_several_is_asked_about() -> Result<()> {
    let user = User::new()?;
    let uri = host(&user, "host.xml", &["web-1", "web-2", "db"])?;
    for targets in [&["web-1", "db"][..], &["web-*"], &["db*"], &["--all"]] {
        let line = [&["-c", &uri, "destroy"], targets].concat();
        virsh(&user, &line)?.refuses("error: refusing to destroy ")?.complains("hint: --yes")?;
    }
    virsh(&user, &["-c", &uri, "destroy --all --yes; list"])?
        .ok()?
        .says("Domain 'db' destroyed\nDomain 'web-1' destroyed\nDomain 'web-2' destroyed\n")?;

    let mut terminal = Terminal::start(&user, &["virsh", "-c", &uri])?;
    terminal.shows("virsh # ")?;
    terminal.types_line("destroy web-*")?;
    terminal.shows("Destroy 2 domains (web-1, web-2)? [y/N] ")?;
    terminal.types_line("n")?;
    terminal.shows("nothing was done")?;
    terminal.types_line("destroy web-*")?;
    terminal.shows("[y/N] ")?;
    terminal.types("\x03")?;
    terminal.shows("nothing was done")?;
    terminal.types_line("domstate web-1")?;
    terminal.shows("running")?;
    terminal.types_line("destroy web-*")?;
    terminal.shows("[y/N] ")?;
    terminal.types_line("y")?;
    terminal.shows("Domain 'web-1' destroyed")?;
    terminal.shows("Domain 'web-2' destroyed")?;
    terminal.shows("2 of 2 domains done")?;
    terminal.types_line("quit")?;
    terminal.ends()?.ok()?;
    Ok(())
}

fn one_plain_name_is_never_asked_about() -> Result<()> {
    let user = User::new()?;
    let uri = host(&user, "host.xml", &["web-1", "q[1]"])?;
    let told = virsh(&user, &["-c", &uri, "destroy web-1; destroy q[1]"])?.ok()?;
    let expected = "Domain 'web-1' destroyed\n\nDomain 'q[1]' destroyed\n\n";
    ensure!(told.stdout == expected && told.stderr.is_empty(), "{told}");
    Ok(())
}

fn what_needs_the_terminal_takes_one() -> Result<()> {
    let user = User::new()?;
    let uri = host(&user, "host.xml", &["a", "b"])?;
    let run = |line: &str| virsh(&user, &["-c", &uri, line]);
    run("console *")?.refuses("'console' works on one domain at a time")?;
    run("edit --domain a --domain b")?.refuses("option --domain already seen")?;
    run("save --domain a --domain b --file /x")?
        .refuses("'save' with --file works on one domain at a time")?;
    run("shutdown a b; start a b --console")?
        .refuses("'start' with --console works on one domain at a time")?;
    virsh(&user, &["-c", &uri, "-c", "test:///default", "edit", "a"])?
        .refuses("'edit' works on one host at a time, and there are 2")?;
    Ok(())
}

/// Names that look like others on a terminal.
fn names_in_disguise() -> Result<()> {
    let user = User::new()?;
    let uri = host(&user, "host.xml", &["web\u{202e}bd", "we\u{200b}b"])?;
    let told = virsh(&user, &["-c", &uri, "list; suspend --all; suspend nosuch\u{202e}"])?;
    let shown = format!("{}{}", told.stdout, told.stderr);
    ensure!(!shown.contains(['\u{202e}', '\u{200b}']), "{told}");
    ensure!(shown.contains("web\\xe2\\x80\\xaebd") && shown.contains("nosuch\\xe2\\x80\\xae"), "{told}");
    Ok(())
}

/// A domain that is called like the id of another.
fn names_like_ids() -> Result<()> {
    let user = User::new()?;
    let uri = host(&user, "host.xml", &["a", "b", "1", "2"])?;
    virsh(&user, &["-q", "-c", &uri, "suspend [12]; domstate a; domstate b; list --name --state-paused"])?
        .ok()?
        .says("running\nrunning\n1\n2\n")?;
    let uri = host(&user, "agents.xml", &["007", "1", "b"])?;
    virsh(&user, &["-c", &uri, "suspend --all"])?
        .ok()?
        .says("Domain '007' suspended\nDomain '1' suspended\nDomain 'b' suspended\n")?;
    let told = virsh(&user, &["-q", "-c", &uri, "domname --all; domuuid '0*'"])?.ok()?;
    ensure!(names(&told.stdout)[..3] == ["007", "1", "b"] && names(&told.stdout)[3].len() == 36, "{told}");
    Ok(())
}

fn two_hundred_domains() -> Result<()> {
    const COUNT: usize = 200;
    let user = User::new()?;
    let all: Vec<String> = (0..COUNT).map(|number| format!("guest-{number:03}")).collect();
    let uri = host(&user, "host.xml", &all.iter().map(String::as_str).collect::<Vec<_>>())?;
    let told =
        virsh(&user, &["-c", &uri, "destroy guest-* --yes --parallel 20; start guest-*; list --name"])?
            .ok()?;
    let lines: Vec<String> = told.stdout.lines().map(str::to_owned).collect();
    let order = |done: &str| all.iter().map(|name| format!("Domain '{name}' {done}")).collect::<Vec<_>>();
    ensure!(lines.get(..COUNT) == Some(&order("destroyed")[..]), "in their order\n{told}");
    ensure!(lines.get(COUNT + 1..2 * COUNT + 1) == Some(&order("started")[..]), "in their order\n{told}");
    let listed = lines.iter().filter(|line| line.starts_with("guest-")).count();
    ensure!(listed == COUNT, "{listed} run\n{told}");
    told.complains("start: 200 of 200 domains done\n")?;
    Ok(())
}

fn data_of_several_domains() -> Result<()> {
    let user = User::new()?;
    let uri = host(&user, "host.xml", &["web-1", "web-2", "db"])?;
    let told = virsh(&user, &["-c", &uri, "domid", "web-*", "--output", "json"])?.ok()?;
    let read: serde_json::Value = serde_json::from_str(&told.stdout).with_context(|| told.to_string())?;
    ensure!(
        read == serde_json::json!([{"domain": "web-1", "id": 1}, {"domain": "web-2", "id": 2}]),
        "{told}"
    );
    let told = virsh(&user, &["-c", &uri, "domid", "db", "--output", "json"])?.ok()?;
    ensure!(
        serde_json::from_str::<serde_json::Value>(&told.stdout)? == serde_json::json!({"id": 3}),
        "{told}"
    );
    Ok(())
}

fn every_host_answers() -> Result<()> {
    let user = User::new()?;
    let one = host(&user, "one.xml", &["alpha"])?;
    let two = host(&user, "two.xml", &["beta"])?;
    let told = virsh(&user, &["-c", &one, "-c", &two, "list", "--name"])?.ok()?;
    ensure!(told.stdout == format!("==> {one} <==\nalpha\n\n==> {two} <==\nbeta\n\n"), "{told}");
    ensure!(told.stderr.is_empty(), "{told}");
    // One that is named twice is one.
    let told = virsh(&user, &["-c", &one, "-c", &one, "list", "--name"])?.ok()?;
    ensure!(told.stdout == "alpha\n\n", "{told}");
    // Each host's failure is its own.
    virsh(&user, &["-c", &one, "-c", &two, "domstate", "beta"])?
        .exits(1)?
        .says("running")?
        .complains(&format!("error: {one}: failed to get domain 'beta'"))?
        .complains("domstate: 1 of 2 hosts done; 1 failed: ")?;
    Ok(())
}

fn files_and_groups() -> Result<()> {
    let user = User::new()?;
    let one = host(&user, "one.xml", &["alpha"])?;
    let two = host(&user, "two.xml", &["beta"])?;
    let three = host(&user, "three.xml", &["gamma"])?;
    let groups = format!("# ours\n[lab]\nfirst = {one}\n{two}\n[other]\nthird={three}\n");
    user.directory(".config/xctl")?;
    user.file(".config/xctl/hosts", &groups)?;
    user.file("some", &groups)?;
    let asked = |arguments: &[&str]| virsh(&user, &[arguments, &["list", "--name"]].concat());
    asked(&["--hosts", "lab"])?
        .ok()?
        .says("==> first <==\nalpha\n")?
        .says(&format!("==> {two} <==\nbeta\n"))?;
    // A group is one whatever its size.
    asked(&["--hosts", "other"])?.ok()?.says("==> third <==\ngamma\n")?;
    asked(&["--hosts", "lab", "--hosts=other"])?.ok()?.says("==> third <==\ngamma\n")?;
    asked(&["--hosts", "./some"])?.ok()?.says("alpha")?.says("beta")?.says("gamma")?;
    asked(&["--hosts", "some"])?
        .refuses("no group of hosts 'some'")?
        .complains("--hosts ./some is the file")?;
    asked(&["--hosts", "ohter"])?.refuses("no group of hosts 'ohter'")?.complains("did you mean 'other'?")?;
    asked(&["--hosts", "./nosuch"])?
        .refuses("cannot read the hosts in './nosuch': No such file or directory")?;
    user.file("wrong", "[lab]\nfirst = x y\n")?;
    asked(&["--hosts", "./wrong"])?.refuses("line 2: 'x y' is no URI")?;
    asked(&["--host-timeout", "0", "--hosts", "lab"])?
        .refuses("Invalid value for option --host-timeout: '0'")?;
    Ok(())
}

fn actions_on_hosts() -> Result<()> {
    let user = User::new()?;
    let one = host(&user, "one.xml", &["web"])?;
    let two = host(&user, "two.xml", &["web"])?;
    let hosts = ["-c", &one, "-c", &two];
    let run = |line: &str| virsh(&user, &[&hosts[..], &[line]].concat());
    run("suspend web; list")?
        .ok()?
        .complains(&format!("'suspend' would change 2 hosts: {one}, {two}\n  hint: --each"))?
        .says("running")?;
    run("suspend web --each")?.refuses("refusing to suspend on 2 hosts")?;
    run("suspend web --each --yes; list")?.ok()?.says("paused")?.complains("suspend: 2 of 2 hosts done\n")?;

    let line = [&["virsh"], &hosts[..], &["suspend web --each; list --all"]].concat();
    let mut terminal = Terminal::start(&user, &line)?;
    terminal.shows("Suspend on 2 hosts (")?;
    terminal.shows("? [y/N] ")?;
    terminal.types_line("yes")?;
    terminal.shows("suspended")?;
    terminal.shows("suspended")?;
    terminal.ends()?.ok()?.says("paused")?;
    Ok(())
}

fn patterns_on_hosts() -> Result<()> {
    let user = User::new()?;
    user.file(
        "hosts",
        format!(
            "one = {}\ntwo = {}\nthree = {}\n",
            host(&user, "one.xml", &["web-1", "db"])?,
            host(&user, "two.xml", &["web-2", "web-3"])?,
            host(&user, "three.xml", &["db"])?,
        ),
    )?;
    let run = |line: &str| virsh(&user, &["--hosts", "./hosts", line]);
    run("destroy web-* --each")?
        .refuses("refusing to destroy 3 domains on 2 hosts (one: web-1, two: web-2, two: web-3)")?
        .complains("error: three: failed to get domain 'web-*'")?;
    let told = run("destroy web-* --each --yes; list --name")?.ok()?;
    ensure!(told.stdout.matches("destroyed\n").count() == 3, "{told}");
    told.says("==> one <==\ndb\n")?
        .says("==> three <==\ndb\n")?
        .complains("two: destroy: 2 of 2 domains done\n")?
        .complains("destroy: 2 of 3 hosts done; 1 failed: three (failed to get domain 'web-*')\n")?;
    Ok(())
}

fn a_host_that_hangs() -> Result<()> {
    let user = User::new()?;
    let one = host(&user, "one.xml", &["alpha"])?;
    // It takes connections, as the system does that for it, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let closed = TcpListener::bind("127.0.0.1:0")?;
    let uri = |listener: &TcpListener| -> Result<String> {
        Ok(format!("qemu+tcp://127.0.0.1:{}/system", listener.local_addr()?.port()))
    };
    let (hung, refused) = (uri(&silent)?, uri(&closed)?);
    drop(closed);
    let hosts = ["-c", &hung, "-c", &one, "-c", &refused, "-c", "test:///default", "--host-timeout", "1"];
    let told = virsh(&user, &[&hosts[..], &["list"]].concat())?.exits(1)?;
    told.says("alpha")?
        .says("test ")?
        .complains(&format!("error: {hung}: no answer within 1 s\n"))?
        .complains(&format!("error: {refused}: failed to connect to the hypervisor\n"))?
        .complains("list: 2 of 4 hosts done; 2 failed: ")?;
    // What cannot be reached is not acted on; the others are.
    virsh(&user, &[&hosts[..], &["suspend * --each --yes"]].concat())?
        .exits(1)?
        .says("'alpha' suspended")?
        .says("'test' suspended")?
        .complains("suspend: 2 of 4 hosts done; 2 failed: ")?;
    Ok(())
}

fn data_of_several_hosts() -> Result<()> {
    let user = User::new()?;
    user.file(
        "hosts",
        format!(
            "one = {}\ntwo = {}\nlost = qemu+unix:///system?socket=/nosuch\n",
            host(&user, "one.xml", &["b", "d"])?,
            host(&user, "two.xml", &["a", "c"])?
        ),
    )?;
    let line = [
        "--hosts",
        "./hosts",
        "list",
        "--output",
        "json",
        "--columns",
        "host,name",
        "--sort",
        "-name",
        "--filter",
    ];
    let told = virsh(&user, &[&line[..], &["name != b"]].concat())?.exits(1)?;
    let read: serde_json::Value = serde_json::from_str(&told.stdout).with_context(|| told.to_string())?;
    let expected = serde_json::json!([
        {"host": "one", "name": "d"},
        {"host": "two", "name": "c"},
        {"host": "two", "name": "a"},
    ]);
    ensure!(read == expected, "{told}");
    told.complains("error: lost: failed to connect to the hypervisor")?;
    virsh(&user, &["-c", "test:///default", "list", "--columns", "host"])?
        .refuses("there is no field 'host'")?;
    let told = virsh(&user, &["--hosts", "./hosts", "--output", "json", "domid", "[ab]"])?.exits(1)?;
    let read: serde_json::Value = serde_json::from_str(&told.stdout).with_context(|| told.to_string())?;
    let expected = serde_json::json!([
        {"host": "one", "domain": "b", "id": 1},
        {"host": "two", "domain": "a", "id": 1},
    ]);
    ensure!(read == expected, "{told}");
    Ok(())
}

fn the_shell_talks_to_several_hosts() -> Result<()> {
    let user = User::new()?;
    let one = host(&user, "one.xml", &["alpha"])?;
    let mut terminal = Terminal::start(&user, &["virsh", "-c", &one, "-c", "test:///default"])?;
    terminal.shows("virsh (2 hosts) # ")?;
    terminal.types_line("list")?;
    terminal.shows(&format!("==> {one} <=="))?;
    terminal.shows("==> test:///default <==")?;
    terminal.shows("virsh (2 hosts) # ")?;
    terminal.types_line("destroy test")?;
    terminal.shows("--each")?;
    terminal.types_line("connect test:///default")?;
    terminal.shows("virsh # ")?;
    terminal.types_line("list")?;
    terminal.shows(" 1    test   running")?;
    terminal.types_line("quit")?;
    terminal.ends()?.ok()?;
    Ok(())
}

/// The table says which commands change something; libvirt knows it too.
fn what_a_read_only_connection_refuses_is_an_action() -> Result<()> {
    /// Questions that libvirt answers only to those who may change something.
    const QUESTIONS: [&str; 3] =
        ["secret-get-value", "find-storage-pool-sources", "find-storage-pool-sources-as"];
    /// What ends the shell, or takes long.
    const OTHERS: [&str; 4] = ["quit", "exit", "connect", "event"];
    let user = super::user()?;
    let other = host(&user, "host.xml", &["test"])?;
    let lines = [
        lines::DOMAINS,
        lines::NETWORKS_AND_STORAGE,
        lines_objects::OBJECTS,
        lines_objects::NETWORKS,
        lines_objects::STORAGE,
    ]
    .concat();
    let lines: Vec<&str> = lines
        .into_iter()
        .filter(|line| !line.contains(['\'', '"', '\\', '#', ';']))
        .filter(|line| !OTHERS.iter().any(|word| line.contains(word)))
        .collect();
    let actions: Vec<&str> = answers(&user, &["-r", "-c", super::URI], &lines)?
        .into_iter()
        .zip(lines)
        .filter(|(told, _)| told.contains("read only access prevents"))
        .map(|(_, line)| line)
        .filter(|line| !QUESTIONS.iter().any(|question| line.starts_with(question)))
        .collect();
    ensure!(actions.len() > 20, "only these change something: {actions:?}");
    let refused = ["would change 2 hosts", "works on one host at a time"];
    let told = answers(&user, &["-c", super::URI, "-c", &other], &actions)?;
    for (told, line) in told.iter().zip(actions) {
        ensure!(refused.iter().any(|text| told.contains(text)), "{line:?} does not say so: {told}");
    }
    Ok(())
}

/// What a shell answers to each of these lines.
fn answers(user: &User, arguments: &[&str], lines: &[&str]) -> Result<Vec<String>> {
    let lines: Vec<String> = lines.iter().map(|line| line.replace("{home}", &user.text(""))).collect();
    user.file("input", lines.join("\n") + "\n")?;
    let line = format!("virsh {} <input 2>&1", arguments.join(" "));
    let told = user.run(&["sh", "-c", &line])?.ok()?.stdout;
    // Each line is shown after the prompt.
    let mut rest = told.as_str();
    let mut answers = Vec::new();
    for line in &lines {
        let shown = [format!("> {line}\n"), format!("# {line}\n")];
        let at = shown.iter().filter_map(|shown| Some(rest.find(shown.as_str())? + shown.len())).min();
        rest = &rest[at.with_context(|| format!("{line:?} was not run:\n{told}"))?..];
        let end = rest.find("\nvirsh ").unwrap_or(rest.len());
        answers.push(rest[..end].to_owned());
    }
    Ok(answers)
}

fn an_interrupt_begins_no_other() -> Result<()> {
    let user = User::new()?;
    let uri = host(&user, "host.xml", &["a", "b", "c"])?;
    let line = ["virsh", "-c", &uri, "wait", "*", "--for", "shutoff", "--timeout", "4", "--parallel", "1"];
    let mut terminal = Terminal::start(&user, &line)?;
    // The bar is there once the work takes a while.
    terminal.shows("0 of 3")?;
    terminal.types("\x03")?;
    terminal.shows("wait: 0 of 3 domains done; 1 failed: a; 2 not begun: b, c")?;
    terminal.ends()?.exits(1)?;
    Ok(())
}

fn a_daemon_that_stops_answering_ends_the_work() -> Result<()> {
    let user = User::new()?;
    for name in ["a", "b", "c"] {
        let guest = format!(
            "<domain type='qemu'><name>{name}</name><memory>1024</memory><os><type>hvm</type></os></domain>"
        );
        let file = user.file("guest.xml", guest)?;
        virsh(&user, &["-c", super::SESSION, "define", &file.to_string_lossy()])?.ok()?;
    }
    let line = ["virsh", "-k", "1", "-K", "2", "-c", super::SESSION, "wait", "*", "--for", "running"];
    let mut terminal = Terminal::start(&user, &line)?;
    terminal.shows("0 of 3")?;
    user.signal_libvirt(Signal::SIGSTOP)?;
    terminal.shows("wait: 0 of 3 domains done; 3 failed: a (")?;
    terminal.ends()?.exits(1)?.says("connection closed due to keepalive timeout")?;
    Ok(())
}

fn completion() -> Result<()> {
    let user = User::new()?;
    let uri = host(&user, "host.xml", &["web-1", "web-2", "db"])?;
    user.directory(".config/xctl")?;
    user.file(".config/xctl/hosts", format!("[laboratory]\n{uri}\n"))?;
    for (line, expected) in [
        (format!("virsh -c {uri} dominfo web-1 web-"), "web-2\n"),
        (format!("virsh -c {uri} suspend web-1 web-2 "), "db\n"),
        (format!("virsh -c {uri} destroy web-1 --y"), "--yes\n"),
        ("virsh --hosts lab".to_owned(), "laboratory\n"),
        ("virsh --hosts laboratory dominfo d".to_owned(), "db\n"),
    ] {
        let output = user.run(&["virsh", "-q", "complete", "--", &line])?.ok()?;
        ensure!(output.stdout == expected, "{line:?}\n{output}");
    }
    Ok(())
}
