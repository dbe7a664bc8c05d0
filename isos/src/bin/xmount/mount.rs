//! Mounting: by a server that stays behind, in the foreground, or for one command.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf, absolute};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::ArgMatches;
use isos::mount::{
    Unmounting, enter_namespace, mounted, needs_namespace, new_directory, remove_directory, serve, unmount,
};
use isos::{Image, readable_text};
use nix::unistd::setsid;
use serde_json::{Value, json};

use crate::{CANNOT_PRINT, print_json};

/// Lists the images that this user has mounted.
pub(crate) fn list(as_json: bool) -> Result<()> {
    let mounted = mounted()?;
    if as_json {
        let values = mounted.iter().map(|one| json!({"image": one.image, "directory": one.directory}));
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
    let chosen = matches.get_one::<String>("place").map(PathBuf::from);
    let made = chosen.is_none();
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
    if let Some(words) = matches.get_many::<String>("command") {
        let words: Vec<&String> = words.collect();
        let code = for_command(image, &directory, &words);
        remove_directory(&directory);
        return code;
    }
    if matches.get_flag("foreground") {
        let idle = matches.get_one("idle-exit").copied().map(Duration::from_secs);
        // Where this was started from may be unmounted, too.
        let _ = setsid();
        let done = serve(image, &directory, idle, || {
            let _ = writeln!(io::stdout(), "{}", directory.display());
        });
        remove_directory(&directory);
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
    if done.is_err() {
        remove_directory(&directory);
    }
    let shown = done?;
    // A directory that the user named needs no telling.
    if made {
        if matches.get_flag("json") {
            print_json(&json!({"image": absolute(name)?, "directory": shown}))
        } else {
            writeln!(io::stdout(), "{shown}").context(CANNOT_PRINT)
        }
        .with_context(|| format!("'{}' is mounted on '{shown}', which could not be told", name.display()))?;
    }
    Ok(ExitCode::SUCCESS)
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
fn for_command(image: Image, directory: &Path, words: &[&String]) -> Result<ExitCode> {
    if needs_namespace() {
        enter_namespace()?;
    }
    let (tell, told) = mpsc::channel();
    let place = directory.to_owned();
    let server = thread::spawn(move || {
        serve(image, &place, None, || {
            let _ = tell.send(());
        })
    });
    if told.recv().is_err() {
        match server.join() {
            Ok(done) => done?,
            Err(_) => bail!("the server ended before the image was mounted"),
        }
    }
    let (program, arguments) = words.split_first().context("no command")?;
    let status = Command::new(program).args(arguments).current_dir(directory).status();
    unmount(directory, Unmounting::Lazily)?;
    // As shells and env(1) tell of a command.
    let code = match status {
        Ok(status) => status.code().or(status.signal().map(|signal| 128 + signal)).unwrap_or(1),
        Err(error) => {
            eprintln!("xmount: cannot run '{program}': {error}");
            if error.kind() == io::ErrorKind::NotFound { 127 } else { 126 }
        }
    };
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}
