//! virt-install and its kin as the peers have them: where they are, what they are asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use anyhow::{Result, ensure};

use crate::user::User;

/// The directory of the peers' programs: Debian's, or the one that `XCTL_PEERS` names, to compare with others.
fn program(name: &str) -> String {
    let directory = std::env::var("XCTL_PEERS").unwrap_or_else(|_| "/usr/bin".to_owned());
    format!("{directory}/{name}")
}

/// The path of the peer's virt-install.
pub(crate) fn virt_install() -> String {
    program("virt-install")
}

/// The suboptions of these options by the option's name, with `#` for numbers.
pub(crate) fn suboptions(user: &User, options: &[&str]) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut questions: Vec<String> = options.iter().map(|option| format!("--{option}=help")).collect();
    let ask = |questions: &[String]| {
        let line: Vec<String> = std::iter::once(virt_install()).chain(questions.iter().cloned()).collect();
        user.run(&line.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let mut output = ask(&questions)?;
    if let Some((_, unknown)) = output.stderr.split_once("unrecognized arguments: ") {
        questions.retain(|question| !unknown.split_whitespace().any(|word| word == question));
        output = ask(&questions)?;
    }
    let output = output.ok()?;
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut option = String::new();
    for line in output.stdout.lines() {
        if let Some(name) = line.strip_prefix("--").and_then(|line| line.strip_suffix(" options:")) {
            option = name.to_owned();
        } else if let Some(name) = line.strip_prefix("  ") {
            all.entry(option.clone()).or_default().insert(name.trim().replace("[0-9]*", "#"));
        }
    }
    Ok(all)
}

/// What virt-xml makes of a definition.
pub(crate) fn virt_xml(user: &User, arguments: &[&str], definition: &str) -> Result<String> {
    let virt_xml = program("virt-xml");
    let mut line = vec![virt_xml.as_str(), "--connect", "test:///default"];
    line.extend(arguments);
    let output = user.run_with(&line, definition)?;
    ensure!(output.code == 0, "{}: {}", arguments.join(" "), output.stderr);
    Ok(output.stdout)
}

/// Does this with each, two at a time, as machines have at least two processors and the peers take long to start.
/// Returns what failed.
pub(crate) fn in_parallel<T: Sync>(all: &[T], work: impl Fn(&T) -> Result<()> + Sync) -> Vec<String> {
    let next = Mutex::new(all.iter());
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let take = || next.lock().ok().and_then(|mut rest| rest.next());
                while let Some(one) = take() {
                    if let Err(error) = work(one)
                        && let Ok(mut failed) = failed.lock()
                    {
                        failed.push(format!("{error:#}"));
                    }
                }
            });
        }
    });
    failed.into_inner().unwrap_or_default()
}
