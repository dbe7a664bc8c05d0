//! An unprivileged user with a home, a runtime directory and a libvirt session of its own.

use std::io::{Read, Write};
use std::os::unix::fs::chown;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Gid, Pid, Uid};

use crate::PATIENCE;
use crate::output::Output;
use crate::place;

/// The account used when the suite runs as root; made on first use.
const ACCOUNT: &str = "xctl-test";

/// A user of the programs. Its home is private and short (unix socket paths are limited to 108 bytes), its libvirt
/// session is its own, and dropping it ends every process it started.
pub struct User {
    home: tempfile::TempDir,
    id: Option<(Uid, Gid)>,
}

impl User {
    /// A user with an empty home. As root the account `xctl-test` is used, otherwise whoever runs the suite.
    pub fn new() -> Result<User> {
        let home = tempfile::Builder::new().prefix("xt").rand_bytes(5).tempdir_in("/tmp")?;
        place::set_mode(home.path(), 0o700)?;
        let id = if nix::unistd::geteuid().is_root() { Some(account()?) } else { None };
        let user = User { home, id };
        user.own(user.home())?;
        user.directory("run")?;
        Ok(user)
    }

    /// The user's home directory.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A path below the home.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.home().join(relative)
    }

    /// The same, as text for command lines.
    pub fn text(&self, relative: &str) -> String {
        self.path(relative).to_string_lossy().into_owned()
    }

    /// Makes a private directory of the user below the home.
    pub fn directory(&self, relative: &str) -> Result<PathBuf> {
        let path = self.path(relative);
        std::fs::create_dir_all(&path)?;
        place::set_mode(&path, 0o700)?;
        self.own(&path)?;
        Ok(path)
    }

    /// Writes a file of the user below the home.
    pub fn file(&self, relative: &str, contents: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.path(relative);
        std::fs::write(&path, contents).with_context(|| path.display().to_string())?;
        self.own(&path)?;
        Ok(path)
    }

    /// Hands a path over to the user.
    pub fn own(&self, path: &Path) -> Result<()> {
        if let Some((uid, gid)) = self.id {
            chown(path, Some(uid.as_raw()), Some(gid.as_raw()))
                .with_context(|| path.display().to_string())?;
        }
        Ok(())
    }

    /// A command as this user would start it: ours first on the PATH, a clean environment, the home as directory.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let program = program.as_ref();
        let ours = place::bin().join(program);
        let mut command = Command::new(if ours.is_file() { &ours } else { program });
        command
            .env_clear()
            .env("HOME", self.home())
            .env("USER", ACCOUNT)
            .env("LOGNAME", ACCOUNT)
            .env("LANG", "C.UTF-8")
            .env("TERM", "dumb")
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", place::bin().display()))
            .current_dir(self.home())
            .stdin(Stdio::null());
        if let Some((uid, gid)) = self.id {
            command.uid(uid.as_raw()).gid(gid.as_raw());
        }
        command
    }

    /// Runs a command line to its end. An absolute program path is taken as it is (`/usr/bin/virsh` is the peer).
    pub fn run(&self, line: &[&str]) -> Result<Output> {
        self.run_with(line, "")
    }

    /// The same with this text on standard input.
    pub fn run_with(&self, line: &[&str], input: &str) -> Result<Output> {
        let (program, arguments) = line.split_first().context("an empty command line")?;
        let mut command = self.command(program);
        command.args(arguments);
        finish(command, line.join(" "), input)
    }

    /// Starts a command line and leaves it running, its output going to `NAME.out` in the home.
    pub fn start(&self, name: &str, line: &[&str]) -> Result<Running> {
        let (program, arguments) = line.split_first().context("an empty command line")?;
        let log = self.path(&format!("{name}.out"));
        let file = std::fs::File::create(&log)?;
        let child = self
            .command(program)
            .args(arguments)
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| line.join(" "))?;
        Ok(Running { child, log })
    }

    /// Runs the real virsh on the user's session.
    pub fn real_virsh(&self, arguments: &[&str]) -> Result<Output> {
        let mut line = vec!["/usr/bin/virsh", "-c", "qemu:///session"];
        line.extend(arguments);
        self.run(&line)
    }

    /// Every process of this user's world: those whose environment names the home.
    pub fn processes(&self) -> Vec<Pid> {
        let home = self.home().as_os_str().as_encoded_bytes();
        let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
        entries
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
            .filter(|pid| {
                std::fs::read(format!("/proc/{pid}/environ"))
                    .is_ok_and(|environ| environ.windows(home.len()).any(|window| window == home))
            })
            .map(Pid::from_raw)
            .collect()
    }

    /// The processes of this user's world whose program has this name (libvirtd, qemu-system-x86_64, …).
    pub fn processes_named(&self, name: &str) -> Vec<Pid> {
        let is_named = |pid: &Pid| {
            std::fs::read_to_string(format!("/proc/{pid}/cmdline"))
                .is_ok_and(|line| line.split('\0').next().is_some_and(|program| program.ends_with(name)))
        };
        self.processes().into_iter().filter(is_named).collect()
    }

    /// Sends a signal to the daemons of this user's libvirt session: SIGKILL as a crash does, SIGSTOP for a hang.
    pub fn signal_libvirt(&self, signal: Signal) -> Result<()> {
        let daemons = self.libvirt_daemons();
        ensure!(!daemons.is_empty(), "no libvirt daemon to signal");
        for daemon in daemons {
            match kill(daemon, signal) {
                // A child of the daemon's, which was about to become another program, or was done.
                Ok(()) | Err(Errno::ESRCH) => {}
                Err(errno) => return Err(errno).context("signalling libvirt"),
            }
        }
        Ok(())
    }

    /// The daemons of this user's libvirt session.
    pub fn libvirt_daemons(&self) -> Vec<Pid> {
        ["libvirtd", "virtqemud"].map(|name| self.processes_named(name)).concat()
    }

    /// Every file below the home, relative, sorted; what libvirt and caches keep for themselves is left out.
    pub fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(self.home(), self.home(), &mut found);
        found.sort();
        found
    }
}

impl Drop for User {
    fn drop(&mut self) {
        self.end_processes();
        // What is mounted on keeps its directory from being removed.
        let table = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let home = self.home().to_string_lossy().into_owned();
        let points =
            table.lines().filter_map(|line| line.split(' ').nth(4)).filter(|point| point.starts_with(&home));
        for point in points {
            let point = point.replace("\\040", " ");
            let _ = self.command("fusermount3").args(["-u", "-z", "-q", "--", &point]).status();
        }
    }
}

impl User {
    fn end_processes(&self) {
        // A daemon may start another while we look, so look again until nothing is left.
        for _ in 0..20 {
            let processes = self.processes();
            if processes.is_empty() {
                return;
            }
            for pid in processes {
                let _ = kill(pid, Signal::SIGKILL);
                unlock_terminals(pid);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Removes what a killed daemon leaves of the consoles it had open: libvirt keeps locks of terminals, with the owner's
/// process number, in one place for all users, and cannot remove another user's.
fn unlock_terminals(owner: Pid) {
    for entry in std::fs::read_dir("/var/lock").into_iter().flatten().flatten() {
        let is_lock = entry.file_name().to_string_lossy().starts_with("LCK.._pts_");
        let number = || std::fs::read_to_string(entry.path()).ok()?.trim().parse().ok();
        if is_lock && number() == Some(owner.as_raw()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// A program left running.
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// What it has printed so far, standard output and error together.
    pub fn printed(&self) -> String {
        std::fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Waits until it has printed this text.
    pub fn wait_for(&mut self, text: &str) -> Result<()> {
        self.wait_within(text, PATIENCE)
    }

    /// The same where it may well not come.
    pub fn wait_within(&mut self, text: &str, limit: Duration) -> Result<()> {
        let end = Instant::now() + limit;
        while !self.printed().contains(text) {
            if let Some(status) = self.child.try_wait()?
                && !self.printed().contains(text)
            {
                bail!("ended with {status} before it said {text:?}:\n{}", self.printed());
            }
            ensure!(Instant::now() < end, "did not say {text:?} in {limit:?}:\n{}", self.printed());
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// The number of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill(Pid::from_raw(self.child.id() as i32), signal).context("sending a signal")
    }

    /// Whether it is still running.
    pub fn is_running(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Waits for its end; its output is in both streams of the result.
    pub fn end(mut self) -> Result<Output> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait()? {
                let printed = self.printed();
                return Ok(Output {
                    command: self.log.display().to_string(),
                    stdout: printed.clone(),
                    stderr: printed,
                    code: code(status),
                });
            }
            ensure!(Instant::now() < end, "still running after {PATIENCE:?}:\n{}", self.printed());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command to its end, with this text on its standard input; the line is what it is called in messages.
pub(crate) fn finish(mut command: Command, line: String, input: &str) -> Result<Output> {
    if !input.is_empty() {
        command.stdin(Stdio::piped());
    }
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().with_context(|| line.clone())?;
    if let Some(mut stdin) = child.stdin.take() {
        let input = input.to_owned();
        // A program that ends without reading its input is no failure of the test.
        std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    }
    let stdout = drain(child.stdout.take().context("stdout")?);
    let stderr = drain(child.stderr.take().context("stderr")?);
    let end = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() > end {
            let _ = child.kill();
            let _ = child.wait();
            bail!("still running after {PATIENCE:?}: {line}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Ok(Output { command: line, stdout: stdout.text(), stderr: stderr.text(), code: code(status) })
}

/// What a pipe brings, read by a thread of its own.
struct Drain {
    bytes: std::sync::Arc<Mutex<Vec<u8>>>,
    reader: std::thread::JoinHandle<()>,
}

impl Drain {
    /// All that came. A daemon started by the program may keep the pipe open, so its end is not waited for for long.
    fn text(&self) -> String {
        let end = Instant::now() + Duration::from_millis(500);
        while !self.reader.is_finished() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.bytes.lock().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }
}

fn drain(mut from: impl Read + Send + 'static) -> Drain {
    let bytes = std::sync::Arc::new(Mutex::new(Vec::new()));
    let into = bytes.clone();
    let reader = std::thread::spawn(move || {
        let mut buffer = [0; 16384];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if let Ok(mut bytes) = into.lock() {
                bytes.extend_from_slice(&buffer[..count]);
            }
        }
    });
    Drain { bytes, reader }
}

fn code(status: std::process::ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

fn account() -> Result<(Uid, Gid)> {
    static MAKING: Mutex<()> = Mutex::new(());
    let _alone =
        MAKING.lock().map_err(|_| anyhow::anyhow!("another test failed while making the account"))?;
    if nix::unistd::User::from_name(ACCOUNT)?.is_none() {
        let status = Command::new("useradd")
            .args(["--system", "--create-home", "--shell", "/bin/sh", ACCOUNT])
            .status()
            .context("useradd")?;
        ensure!(status.success(), "useradd {ACCOUNT}: {status}");
    }
    let user = nix::unistd::User::from_name(ACCOUNT)?.context("the account just made")?;
    Ok((user.uid, user.gid))
}

fn walk(top: &Path, directory: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let relative = path.strip_prefix(top).unwrap_or(&path).to_string_lossy().into_owned();
        if ["run", ".cache/libvirt", ".config/libvirt/qemu", ".cache/gstreamer-1.0"]
            .contains(&relative.as_str())
        {
            continue;
        }
        if path.is_dir() && !path.is_symlink() {
            walk(top, &path, found);
        } else {
            found.push(relative);
        }
    }
}
