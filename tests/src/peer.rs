//! virt-install and its kin as the peers have them: where they are, what they are asked.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};

use crate::output::Output;
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

/// The peer's virt-install, started once for many command lines: Python takes longer to start than to run one.
pub(crate) struct VirtInstall<'a> {
    user: &'a User,
    /// Begins the names of the files that it prints to.
    name: String,
    child: Child,
    lines: ChildStdin,
    codes: BufReader<ChildStdout>,
}

/// What separates words, which none of them holds.
const SEPARATOR: &str = "\x1f";

impl<'a> VirtInstall<'a> {
    /// Starts it in the user's world, with these variables.
    pub(crate) fn start(user: &'a User, variables: &[(&str, String)]) -> Result<Self> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("peer-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let log = std::fs::File::create(user.path(&format!("{name}.log")))?;
        let mut child = user
            .command("/usr/bin/python3")
            .args(["-c", include_str!("peer_runs.py"), &virt_install()])
            .envs(variables.iter().map(|(variable, value)| (variable, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("/usr/bin/python3")?;
        let lines = child.stdin.take().context("stdin")?;
        let codes = BufReader::new(child.stdout.take().context("stdout")?);
        Ok(Self { user, name, child, lines, codes })
    }

    /// Runs one command line to its end.
    pub(crate) fn run(&mut self, words: &[&str]) -> Result<Output> {
        let [out, err] = ["out", "err"].map(|stream| self.user.text(&format!("{}.{stream}", self.name)));
        let line = [&[out.as_str(), err.as_str()], words].concat().join(SEPARATOR);
        writeln!(self.lines, "{line}").and_then(|()| self.lines.flush()).with_context(|| self.log())?;
        let mut code = String::new();
        self.codes.read_line(&mut code)?;
        let code = code.trim().parse().with_context(|| self.log())?;
        let read = |path: &str| {
            let bytes = std::fs::read(path).with_context(|| path.to_owned())?;
            anyhow::Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        let command = format!("{} {}", virt_install(), words.join(" "));
        Ok(Output { command, stdout: read(&out)?, stderr: read(&err)?, code })
    }

    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.user.path(&format!("{}.log", self.name))).unwrap_or_default();
        format!("{} ended\n{log}", virt_install())
    }
}

impl Drop for VirtInstall<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The version that the peer's virt-install says it has: major and minor.
pub(crate) fn version(user: &User) -> Result<(u32, u32)> {
    let output = user.run(&[&virt_install(), "--version"])?.ok()?;
    let mut numbers = output.stdout.trim().split('.').map(str::parse);
    let mut next = || numbers.next().context("no version")?.context("a number");
    Ok((next()?, next()?))
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
    in_parallel_with(all, || Ok(()), |(), one| work(one))
}

/// The same where each of the two needs something of its own, which is made first.
pub(crate) fn in_parallel_with<T: Sync, W>(
    all: &[T],
    make: impl Fn() -> Result<W> + Sync,
    work: impl Fn(&mut W, &T) -> Result<()> + Sync,
) -> Vec<String> {
    let next = Mutex::new(all.iter());
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let fail = |error: anyhow::Error| {
                    if let Ok(mut failed) = failed.lock() {
                        failed.push(format!("{error:#}"));
                    }
                };
                let mut own = match make() {
                    Ok(own) => own,
                    Err(error) => return fail(error),
                };
                let take = || next.lock().ok().and_then(|mut rest| rest.next());
                while let Some(one) = take() {
                    if let Err(error) = work(&mut own, one) {
                        fail(error);
                    }
                }
            });
        }
    });
    failed.into_inner().unwrap_or_default()
}
