//! virsh as a source of data: every command that prints any, as JSON, YAML and tables.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};

use super::lines_data::{DEFAULT, GUEST, REFUSED};
use super::{SESSION, URI, user};
use crate::Test;
use crate::need::{Need, QEMU};
use crate::output::Output;
use crate::user::User;

/// The options that show data.
pub(super) const OPTIONS: &[&str] = &["output", "columns", "sort", "filter"];

/// What reads YAML, apart from us.
const YAML: Need = Need::File("/usr/lib/python3/dist-packages/yaml/__init__.py", "package python3-yaml");

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "every_command_with_fields_is_asked_here",
        needs: &[],
        run: every_command_with_fields_is_asked_here,
    },
    Test {
        name: "json_has_the_fields_that_help_names",
        needs: &[],
        run: json_has_the_fields_that_help_names,
    },
    Test {
        name: "json_of_a_running_guest_has_the_fields_that_help_names",
        needs: &[QEMU],
        run: json_of_a_running_guest_has_the_fields_that_help_names,
    },
    Test {
        name: "a_command_that_fails_prints_no_data",
        needs: &[],
        run: a_command_that_fails_prints_no_data,
    },
    Test { name: "yaml_reads_as_json", needs: &[YAML], run: yaml_reads_as_json },
    Test { name: "lists_are_filtered_and_sorted", needs: &[], run: lists_are_filtered_and_sorted },
    Test { name: "columns_are_chosen", needs: &[], run: columns_are_chosen },
    Test {
        name: "data_is_asked_for_before_the_command",
        needs: &[],
        run: data_is_asked_for_before_the_command,
    },
    Test { name: "sizes_are_those_of_the_text", needs: &[], run: sizes_are_those_of_the_text },
    Test { name: "slips_are_told_where_they_are", needs: &[], run: slips_are_told_where_they_are },
    Test { name: "hostile_texts_stay_texts", needs: &[], run: hostile_texts_stay_texts },
];

/// What help says about a command's data.
struct Fields {
    /// Names with what they hold.
    declared: Vec<(String, String)>,
    /// Whether there are further ones.
    open: bool,
    /// Whether it is a list.
    is_list: bool,
}

/// The commands that have data, by name.
fn commands(user: &User) -> Result<BTreeMap<String, Fields>> {
    let listed = user.run(&["virsh", "help"])?.ok()?.stdout;
    let entries = listed.lines().filter_map(|line| line.strip_prefix("    "));
    let names: Vec<&str> = entries.filter_map(|entry| entry.split(' ').next()).collect();
    // Not `help NAME`, which is about a group where one is called so.
    let questions: Vec<String> = names.iter().map(|name| format!("{name} --help")).collect();
    let help = user.run(&["virsh", "-q", &questions.join(";")])?.ok()?.stdout;
    let texts = help.split("  NAME\n").skip(1);
    Ok(names
        .into_iter()
        .zip(texts)
        .filter_map(|(name, text)| Some((name.to_owned(), fields(text)?)))
        .collect())
}

fn fields(help: &str) -> Option<Fields> {
    let (_, listed) = help.split_once("\n  FIELDS\n")?;
    let rows: Vec<Vec<&str>> = listed
        .lines()
        .take_while(|line| line.starts_with("    "))
        .map(|line| line.trim_start().split("  ").map(str::trim).filter(|part| !part.is_empty()).collect())
        .collect();
    let named = rows.iter().filter(|row| row[0] != "...");
    Some(Fields {
        declared: named
            .map(|row| {
                let kind = row[1].split(' ').next().unwrap_or_default();
                (row[0].to_owned(), kind.to_owned())
            })
            .collect(),
        open: rows.iter().any(|row| row[0] == "..."),
        is_list: help.contains("\n    --filter "),
    })
}

impl Fields {
    /// Succeeds when the data is what was declared; says how many values are not null.
    fn describe(&self, data: &Value) -> Result<usize> {
        match data {
            Value::Array(records) if self.is_list => {
                let mut known = 0;
                for record in records {
                    known += self.describes(record.as_object().context("an element is no object")?)?;
                }
                Ok(known)
            }
            Value::Object(record) if !self.is_list => self.describes(record),
            other => bail!("neither a list of objects nor an object: {other}"),
        }
    }

    fn describes(&self, record: &Map<String, Value>) -> Result<usize> {
        let names: Vec<&String> = record.keys().collect();
        let declared: Vec<&String> = self.declared.iter().map(|(name, _)| name).collect();
        ensure!(names.starts_with(&declared), "fields {names:?} instead of {declared:?}");
        ensure!(self.open || names.len() == declared.len(), "fields {names:?} instead of {declared:?}");
        for (name, kind) in &self.declared {
            let fits = match &record[name] {
                Value::Null => true,
                Value::Bool(_) => kind == "boolean",
                Value::Number(_) => kind == "number",
                Value::String(_) => kind == "text",
                Value::Array(_) => kind == "list",
                Value::Object(_) => kind == "record",
            };
            ensure!(fits, "{name} is no {kind}: {}", record[name]);
        }
        Ok(record.values().filter(|value| !value.is_null()).count())
    }
}

fn virsh(user: &User, uri: &str, line: &str) -> Result<Output> {
    user.run(&["virsh", "-q", "-c", uri, line])
}

/// A line after what is done first.
fn after(first: &str, line: &str) -> String {
    if first.is_empty() { line.to_owned() } else { format!("{first}; {line}") }
}

fn json_of(output: Output) -> Result<Value> {
    let output = output.ok()?;
    ensure!(output.stderr.is_empty(), "it complains\n{output}");
    serde_json::from_str(&output.stdout).with_context(|| format!("this is no JSON\n{output}"))
}

/// What has nothing to say where nothing is wrong, limited or going on.
const NOTHING: &[&str] = &["blockjob", "domblkerror", "memtune", "net-dhcp-leases"];

fn describe_all(user: &User, uri: &str, lines: &[(&str, &str)]) -> Result<()> {
    let commands = commands(user)?;
    let mut wrong = Vec::new();
    for (first, line) in lines {
        let name = line.split(' ').next().unwrap_or_default();
        let fields = commands.get(name).with_context(|| format!("{name} has no fields"))?;
        let mut told = virsh(user, uri, &after(first, &format!("{line} --output json")))?;
        if name == "host-check" && told.stderr.is_empty() {
            told.code = 0; // what it has is its verdict
        }
        match json_of(told).and_then(|data| fields.describe(&data).with_context(|| data.to_string())) {
            Ok(0) if !NOTHING.contains(&name) => {
                wrong.push(format!("{line}: nothing is known"));
            }
            Ok(_) => {}
            Err(error) => wrong.push(format!("{line}: {error:#}")),
        }
    }
    ensure!(wrong.is_empty(), "{} of {} lines are wrong:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
    Ok(())
}

fn every_command_with_fields_is_asked_here() -> Result<()> {
    let lines = DEFAULT.iter().chain(GUEST).map(|(_, line)| *line).chain(REFUSED.iter().copied());
    let asked: BTreeSet<&str> = lines.filter_map(|line| line.split(' ').next()).collect();
    let commands = commands(&User::new()?)?;
    let missing: Vec<&String> = commands.keys().filter(|name| !asked.contains(name.as_str())).collect();
    ensure!(missing.is_empty(), "no line asks {missing:?}");
    ensure!(commands.len() > 100, "only {} commands have fields", commands.len());
    Ok(())
}

fn json_has_the_fields_that_help_names() -> Result<()> {
    describe_all(&user()?, URI, DEFAULT)
}

fn json_of_a_running_guest_has_the_fields_that_help_names() -> Result<()> {
    let user = user()?;
    let home = user.text("");
    for (name, size) in [("d.raw", 1 << 20), ("n.iso", 1 << 20)] {
        user.file(name, vec![0; size])?;
    }
    let guest = include_str!("devices/guest.xml").replace("HOME", home.trim_end_matches('/'));
    user.file("guest.xml", guest)?;
    user.file(
        "plain.xml",
        "<domain type='qemu'><name>plain</name><memory>65536</memory><os><type arch='x86_64'>hvm</type></os></domain>",
    )?;
    virsh(&user, SESSION, "define guest.xml; start one")?.ok()?;
    describe_all(&user, SESSION, GUEST)
}

fn a_command_that_fails_prints_no_data() -> Result<()> {
    let user = user()?;
    for line in REFUSED {
        let data = virsh(&user, URI, &format!("{line} --output json"))?;
        ensure!(data.stdout.is_empty(), "{data}");
        let data = data.refuses("error: ")?;
        // A command that has data only with some option says so before anything else.
        if *line != "event" {
            let usual = virsh(&user, URI, line)?;
            ensure!(usual.code == 1 && usual.stderr == data.stderr, "{usual}\n{data}");
        }
    }
    Ok(())
}

fn yaml_reads_as_json() -> Result<()> {
    const READ: &str = "import sys, yaml, json; print(json.dumps(yaml.safe_load(sys.stdin)))";
    let user = user()?;
    for line in [
        "list --all",
        "dominfo test --columns name,uuid,memory,autostart,security,messages",
        "dumpxml dé日本",
        "desc dé日本",
        "domblklist dé日本",
        "nodedev-list",
        "pool-list --all",
        "vol-list default-pool",
        "why test",
        "vcpucount test",
        "vcpupin test",
        "blkdeviotune test vda",
        "cpu-models x86_64",
        "version --daemon",
    ] {
        let both = format!("define marked.xml; {line} --output json; echo SPLIT; {line} --output yaml");
        let told = virsh(&user, URI, &both)?.ok()?;
        let (json, yaml) = told.stdout.split_once("SPLIT").context("nothing splits them")?;
        let json: Value = serde_json::from_str(json).with_context(|| told.to_string())?;
        let read = user.run_with(&["python3", "-c", READ], yaml)?.ok()?.stdout;
        let read: Value = serde_json::from_str(&read)?;
        ensure!(json == read, "{line}: {json} is read as {read}");
    }
    Ok(())
}

/// The names in a list of records.
fn names(data: &Value) -> Vec<&str> {
    data.as_array().into_iter().flatten().filter_map(|record| record["name"].as_str()).collect()
}

/// Domains on `test:///default` beside `test`, which has 2 GiB and runs.
fn with_domains(line: &str) -> Result<Output> {
    let user = User::new()?;
    let mut first = String::new();
    for (name, mebibytes) in [("vm10", 512), ("vm2", 3072), ("VM1", 1024)] {
        let xml = format!(
            "<domain type='test'><name>{name}</name><memory unit='MiB'>{mebibytes}</memory>\
             <os><type>hvm</type></os></domain>"
        );
        user.file(&format!("{name}.xml"), xml)?;
        first += &format!("define {name}.xml; ");
    }
    virsh(&user, URI, &format!("{first}{line}"))
}

fn lists_are_filtered_and_sorted() -> Result<()> {
    for (options, expected) in [
        ("", &["test", "VM1", "vm10", "vm2"][..]),
        ("--sort name", &["test", "VM1", "vm2", "vm10"]),
        ("--sort -name", &["vm10", "vm2", "VM1", "test"]),
        ("--sort -memory", &["vm2", "test", "VM1", "vm10"]),
        ("--sort state,-memory", &["test", "vm2", "VM1", "vm10"]),
        // What is not known comes last either way.
        ("--sort -id,name", &["test", "VM1", "vm2", "vm10"]),
        ("--filter 'state==running && memory>1GiB'", &["test"]),
        ("--filter 'state==\"shut off\" && memory>=1GiB'", &["VM1", "vm2"]),
        ("--filter 'name=~^vm' --sort name", &["vm2", "vm10"]),
        ("--filter 'id==null && !(memory<600M)'", &["VM1", "vm2"]),
        ("--filter 'memory==512MiB || id==1'", &["test", "vm10"]),
        ("--filter 'persistent && !autostart && memory>2.5GiB'", &["vm2"]),
        ("--filter 'name==nobody'", &[]),
    ] {
        let data = json_of(with_domains(&format!("list --all --output json {options}"))?)?;
        ensure!(names(&data) == expected, "{options}: {:?}", names(&data));
    }
    // They go without --output too, and a table is what is wanted then.
    let table = with_domains("list --all --filter id==null --sort memory")?.ok()?;
    ensure!(
        table.stdout.lines().count() == 3 && table.stdout.starts_with(" -   vm10   shut off\n"),
        "{table}"
    );
    Ok(())
}

fn columns_are_chosen() -> Result<()> {
    let user = User::new()?;
    let asked = |line: &str| virsh(&user, URI, line);
    let told = json_of(asked("list --output json --columns memory,name")?)?;
    ensure!(told == json!([{"memory": 2_147_483_648_u64, "name": "test"}]), "{told}");
    ensure!(told[0].as_object().is_some_and(|record| record.keys().eq(["memory", "name"])), "{told}");
    let told = json_of(asked("dominfo test --columns name,vcpus --output json")?)?;
    ensure!(told == json!({"name": "test", "vcpus": 2}), "{told}");
    // Fields that the hypervisor names are chosen and compared as any other.
    let figures = "domstats --output json --columns name,state.state --filter state.state";
    ensure!(json_of(asked(&format!("{figures}==1"))?)? == json!([{"name": "test", "state.state": 1}]));
    ensure!(json_of(asked(&format!("{figures}>1"))?)? == json!([]));
    // A table has the fields' names as its heading, and sizes for people.
    let table = user.run(&["virsh", "-c", URI, "list", "--columns", "name,memory,autostart"])?.ok()?;
    let expected = " name   memory     autostart\n------------------------------\n test   2.00 GiB   no\n";
    ensure!(table.stdout == expected, "{table}");
    Ok(())
}

fn data_is_asked_for_before_the_command() -> Result<()> {
    let user = User::new()?;
    let run = |words: &[&str]| user.run(&[&["virsh", "-c", URI], words].concat());
    let before = run(&["--output", "json", "list"])?.ok()?.stdout;
    ensure!(before == run(&["list", "--output", "json"])?.ok()?.stdout);
    ensure!(before == run(&["--output=json", "list", "--all"])?.ok()?.stdout);
    // The command's own word counts.
    ensure!(before == run(&["--output", "yaml", "list", "--output=json"])?.ok()?.stdout);
    let chosen = run(&["--output", "json", "--columns", "name", "--filter", "id==1", "list"])?;
    ensure!(json_of(chosen)? == json!([{"name": "test"}]));
    // What prints no data would be taken for data.
    run(&["--output", "json", "start", "test"])?
        .refuses("command 'start' doesn't support option --output")?;
    run(&["start", "test", "--output", "json"])?.refuses("'start' prints no data")?;
    // In a shell, what prints none does as ever.
    let shell =
        user.run_with(&["virsh", "-q", "-c", URI, "--output", "json"], "echo hi\ndomid test\n")?.ok()?;
    ensure!(shell.stdout.contains("hi\n") && shell.stdout.contains("{\n  \"id\": 1\n}\n"), "{shell}");
    // The peer's options can be cut short as ever.
    user.run(&["virsh", "--c", URI, "--quie", "uri"])?.ok()?.says(URI)?;
    Ok(())
}

fn sizes_are_those_of_the_text() -> Result<()> {
    let user = User::new()?;
    let asked = |line: &str| virsh(&user, URI, line);
    let text = asked("dominfo test")?.ok()?.stdout;
    let data = json_of(asked("dominfo test --output json")?)?;
    for (label, field) in [("Max memory:", "max_memory"), ("Used memory:", "memory")] {
        let line = text.lines().find_map(|line| line.strip_prefix(label)).context(label)?;
        let kibibytes: u64 = line.trim().trim_end_matches(" KiB").parse()?;
        ensure!(data[field] == json!(kibibytes * 1024), "{label} {line} beside {}", data[field]);
    }
    let text = asked("pool-info default-pool --bytes")?.ok()?.stdout;
    let data = json_of(asked("pool-info default-pool --output json")?)?;
    ensure!(text.contains(&format!(" {}\n", data["capacity"])), "{text}{data}");
    let text = asked("domblkinfo test vda")?.ok()?.stdout;
    let data = json_of(asked("domblkinfo test vda --output json")?)?;
    ensure!(text.contains(&format!(" {}\n", data[0]["capacity"])), "{text}{data}");
    Ok(())
}

fn slips_are_told_where_they_are() -> Result<()> {
    let user = User::new()?;
    for (line, said) in [
        (
            "list --filter 'memry>1'",
            "--filter, column 1: there is no field 'memry'\n  hint: did you mean 'memory'?",
        ),
        ("list --filter 'id==1 && state=running'", "--filter, column 15: '=' alone compares nothing"),
        ("list --filter 'memory>lots'", "--filter, column 8: 'lots' is no number"),
        ("list --filter 'name=~\"(\"'", "--filter, column 7: '(' is no regular expression"),
        ("list --columns nam", "--columns: there is no field 'nam'\n  hint: did you mean 'name'?"),
        ("list --sort ids", "--sort: there is no field 'ids'\n  hint: did you mean 'id'?"),
        ("list --output jsn", "--output: there is no format 'jsn'\n  hint: did you mean 'json'?"),
        ("dominfo test --filter id==1", "command 'dominfo' doesn't support option --filter"),
        (
            "memtune test --hard-limit 5 --output json",
            "command 'memtune' has no data to print with --hard-limit",
        ),
        ("event --all --output json", "command 'event' has data to print only with --list"),
    ] {
        let told = virsh(&user, URI, line)?.refuses(said)?;
        ensure!(told.stdout.is_empty(), "{told}");
    }
    let deep = format!("list --filter '{}id==1'", "!".repeat(100_000));
    virsh(&user, URI, &deep)?.refuses("more than 64 levels")?;
    // Everything is read before anything runs.
    let told = virsh(&user, URI, "destroy test; list --columns nam")?.refuses("no field 'nam'")?;
    ensure!(!told.stdout.contains("destroyed"), "{told}");
    Ok(())
}

/// Names that are hostile to terminals, and to readers of JSON and YAML.
fn hostile_texts_stay_texts() -> Result<()> {
    let user = User::new()?;
    let title = "no: [\u{9b}] #\u{2028}'\"\\";
    let xml = format!(
        "<domain type='test'><name>true</name><title>{}</title><memory>1024</memory>\
         <os><type>hvm</type></os></domain>",
        title.replace('\'', "&apos;")
    );
    user.file("guest.xml", xml)?;
    let told = virsh(&user, URI, "define guest.xml; list --inactive --columns name,title --output json")?;
    ensure!(!told.stdout.contains(|char: char| char.is_control() && char != '\n'), "{told}");
    ensure!(json_of(told)? == json!([{"name": "true", "title": title}]), "{title:?}");
    let told =
        virsh(&user, URI, "define guest.xml; list --inactive --columns name,title --output yaml")?.ok()?;
    ensure!(told.stdout.contains("- name: \"true\"\n") && !told.stdout.contains('\u{9b}'), "{told}");
    let told = virsh(&user, URI, "define guest.xml; list --inactive --columns name,title")?.ok()?;
    ensure!(told.stdout.contains("\\xc2\\x9b"), "{told}");
    Ok(())
}
