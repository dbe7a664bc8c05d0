//! Mounting: by a server that stays behind, in the foreground, or for one command.

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf, absolute};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::ArgMatches;
use isos::mount::{
    Ends, Held, Mounted, Unmounting, enter_namespace, mounted, name_of, needs_namespace, new_directory,
    remove_directory, serve, unmount,
};
use isos::{Image, readable_text};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, setsid};
use serde_json::{Value, json};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::{CANNOT_PRINT, print_json};

/// Lists the images that this user has mounted.
pub(crate) fn list(as_json: bool) -> Result<()> {
    let mounted = mounted()?;
    if as_json {
        let values = mounted.iter().map(
            |one| json!({"image": one.image.to_string_lossy(), "directory": one.directory.to_string_lossy()}),
        );
        return print_json(&Value::Array(values.collect()));
    }
    for one in mounted {
        let shown = |path: &Path| readable_text(&path.to_string_lossy());
        writeln!(io::stdout(), "{} on {}", shown(&one.image), shown(&one.directory)).context(CANNOT_PRINT)?;
    }
    Ok(())
}

/// Mounts `image`, called `name` by the user.
pub(crate) fn mount(image: Image, name: &Path, matches: &ArgMatches) -> Result<ExitCode> {
    let chosen = matches.get_one::<PathBuf>("place").cloned();
    let made = chosen.is_none();
    if let Some(place) = &chosen {
        refuse_mounted(place)?;
    }
    let was_there = chosen.as_ref().is_some_and(|place| place.exists());
    let directory = match chosen {
        Some(directory) => {
            fs::create_dir_all(&directory)
                .with_context(|| format!("cannot make the directory '{}'", directory.display()))?;
            absolute(&directory)?
        }
        None => {
            new_directory(name).context("cannot make a directory to mount on; name one: xmount IMAGE DIR")?
        }
    };
    if let Some(words) = matches.get_many::<OsString>("command") {
        let words: Vec<&OsString> = words.collect();
        let held = hold(&directory)?;
        let code = for_command(image, &directory, &words);
        held.remove();
        return code;
    }
    if matches.get_flag("foreground") {
        let idle = matches.get_one("idle-exit").copied().map(Duration::from_secs);
        // Where this was started from may be unmounted, too.
        let _ = setsid();
        let held = hold(&directory)?;
        let done = serve(image, &directory, Ends { idle, signals: true }, || {
            let _ = writeln!(io::stdout(), "{}", directory.display());
        });
        held.remove();
        done?;
        return Ok(ExitCode::SUCCESS);
    }
    drop(image);
    if needs_namespace() {
        remove_directory(&directory);
        bail!(
            "cannot mount '{}' for all programs: there is no fusermount3 here (package fuse3)\n  \
             hint: for one command it works without: xmount {} -- COMMAND",
            name.display(),
            name.display()
        );
    }
    let done = leave_a_server(name, &directory, matches);
    if done.is_err() && !was_there {
        let _ = fs::remove_dir(&directory);
    }
    let shown = done?;
    // A directory that the user named needs no telling.
    if made {
        if matches.get_flag("json") {
            print_json(&json!({"image": absolute(name)?.to_string_lossy(), "directory": shown}))
        } else {
            writeln!(io::stdout(), "{shown}").context(CANNOT_PRINT)
        }
        .with_context(|| format!("'{}' is mounted on '{shown}', which could not be told", name.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses a directory that an image is mounted on, whose server may be gone.
fn refuse_mounted(directory: &Path) -> Result<()> {
    let place = name_of(directory).or_else(|_| absolute(directory))?;
    let real = fs::canonicalize(directory).unwrap_or_else(|_| place.clone());
    let is_there = |one: &&Mounted| one.directory == place || one.directory == real;
    if let Some(one) = mounted()?.iter().find(is_there) {
        let shown = directory.display();
        bail!(
            "cannot mount on '{shown}': '{}' is mounted there\n  hint: unmount that with `xumount {shown}`",
            one.image.display()
        );
    }
    Ok(())
}

fn hold(directory: &Path) -> Result<Held> {
    Held::new(directory).with_context(|| format!("cannot open the directory '{}'", directory.display()))
}

/// Starts this program again as the server that stays behind, and waits until the files are there.
fn leave_a_server(name: &Path, directory: &Path, matches: &ArgMatches) -> Result<String> {
    let program = std::env::current_exe().context("cannot find this program itself")?;
    let mut command = Command::new(program);
    command.arg("--foreground");
    for option in ["type", "partition", "offset", "idle-exit"] {
        if let Some(mut given) = matches.get_raw(option)
            && let Some(value) = given.next()
        {
            command.arg(format!("--{option}")).arg(value);
        }
    }
    if matches.get_flag("raw") {
        command.arg("--raw");
    }
    let mut server = command
        .arg(absolute(name)?)
        .arg(directory)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start the server")?;
    let mut line = String::new();
    if let Some(stdout) = server.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    if line.is_empty() {
        let mut said = String::new();
        if let Some(mut stderr) = server.stderr.take() {
            let _ = stderr.read_to_string(&mut said);
        }
        bail!("{}", said.trim().trim_start_matches("xmount: "));
    }
    Ok(line.trim_end().to_owned())
}

/// Runs a command in the mounted image, and gives its exit code.
fn for_command(image: Image, directory: &Path, words: &[&OsString]) -> Result<ExitCode> {
    if needs_namespace() {
        enter_namespace()?;
    }
    let signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let (tell, told) = mpsc::channel();
    let place = directory.to_owned();
    let server = thread::spawn(move || {
        serve(image, &place, Ends::default(), || {
            let _ = tell.send(());
        })
    });
    if told.recv().is_err() {
        match server.join() {
            Ok(Err(error)) => return Err(error.into()),
            _ => bail!("the server ended before the image was mounted"),
        }
    }
    let (program, arguments) = words.split_first().context("no command")?;
    let status = run(Command::new(program).args(arguments).current_dir(directory), signals);
    // The command itself may have unmounted it.
    if !server.is_finished() {
        unmount(directory, Unmounting::Lazily)?;
    }
    // As shells and env(1) tell of a command.
    let code = match status {
        Ok(status) => status.code().or(status.signal().map(|signal| 128 + signal)).unwrap_or(1),
        Err(error) => {
            eprintln!("xmount: cannot run '{}': {error}", program.display());
            if error.kind() == io::ErrorKind::NotFound { 127 } else { 126 }
        }
    };
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

/// Runs a command to its end. A signal that would end this program is the command's to heed: its files stay there as
/// long as it runs. That of ^C it has from the terminal itself.
fn run(command: &mut Command, mut signals: Signals) -> io::Result<ExitStatus> {
    let mut child = command.spawn()?;
    let process = Pid::from_raw(child.id().try_into().map_err(io::Error::other)?);
    let handle = signals.handle();
    let passing = thread::spawn(move || {
        for signal in signals.forever().filter(|signal| *signal != SIGINT) {
            let _ = kill(process, Signal::try_from(signal).ok());
        }
    });
    let status = child.wait();
    handle.close();
    let _ = passing.join();
    status
}
