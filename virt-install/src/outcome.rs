//! `--json`: what a run came to, for programs that go on from there.
//!
//! Standard output is kept for one JSON object, printed when the run is over, whatever it came to. All else that would be
//! printed there, progress among it, goes to standard error meanwhile.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::fd::AsFd;
use std::path::Path;

use anyhow::{Context, Result};
use hypervisor::Domain;
use serde_json::{Map, Value, json};
use xctl::storage::Creation;

use crate::report;

/// The option's help.
pub(crate) const HELP: &str =
    "Print what was done as a JSON object on standard output, and all else on standard error";

/// The man page's chapter on the object.
pub(crate) const CHAPTER: (&str, &str) = (
    "RESULTS AS JSON",
    "\
With --json, standard output has one JSON object, and all else goes to standard error. The exit code is as without it.
Members without a meaning for a run are left out; later versions may add others.

  program, connection  the program, and the URI of its hypervisor
  guest                an object: name, uuid, state (as virsh names it, or 'gone'), persistent, autostart
  changed              whether anything was created, started, stored or changed
  created              an object: volumes, an array of objects with path, bytes (that the guest sees; of a file that was
                       copied, its length), pool and volume (where libvirt manages it); pools, an array of objects with
                       name and path, of those that were made for the volumes
  root_password        a password that --cloud-init made up
  definitions          with --print-xml, or XML from standard input: an array of the definitions that would be printed
  diff                 with --print-diff or --confirm: an array of what would be printed
  devices              with --build-xml: an array of what was built
  reasons              with --explain: an array of what was chosen, and why
  warnings             an array of texts
  error                if the run failed, an object: message, details (an array of texts), hint",
);

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// Standard output as it was; none where no object is wanted.
    output: Option<File>,
    members: Map<String, Value>,
    volumes: Vec<Value>,
    pools: Vec<Value>,
}

impl Outcome {
    /// Nothing so far. If an object is `wanted`, standard output is standard error from now on.
    ///
    /// # Errors
    /// The two cannot be told apart, as one of them is closed.
    pub(crate) fn begin(program: &str, wanted: bool) -> Result<Outcome> {
        let mut outcome =
            Outcome { output: None, members: Map::new(), volumes: Vec::new(), pools: Vec::new() };
        outcome.set("program", program);
        if !wanted {
            return Ok(outcome);
        }
        let failed = "cannot keep standard output for --json";
        let output = std::io::stdout().as_fd().try_clone_to_owned().context(failed)?;
        nix::unistd::dup2_stdout(std::io::stderr()).context(failed)?;
        outcome.output = Some(output.into());
        Ok(outcome)
    }

    /// Says something about the run.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.members.insert(name.to_owned(), value.into());
    }

    /// Prints a result: as it is, or, where an object is wanted, into this array of it.
    pub(crate) fn print(&mut self, name: &str, text: &str) {
        if self.output.is_none() {
            return report::text(text);
        }
        if let Value::Array(array) = self.members.entry(name).or_insert_with(|| json!([])) {
            array.push(text.into());
        }
    }

    /// The guest that the run was about, as it is now.
    pub(crate) fn guest(&mut self, domain: &Domain) {
        let state = domain.state().map_or("gone", |found| found.state.name());
        let mut guest = json!({ "name": domain.name(), "uuid": domain.uuid(), "state": state });
        if let (Ok(persistent), Ok(autostart)) = (domain.is_persistent(), domain.autostart()) {
            guest["persistent"] = persistent.into();
            guest["autostart"] = autostart.into();
        }
        self.set("guest", guest);
    }

    /// Disks that were created, with the pools that were made for them.
    pub(crate) fn created(&mut self, creations: &[Creation]) {
        for creation in creations {
            let pool = &creation.pool;
            self.volumes.push(json!({
                "path": pool.target.join(&creation.name).to_string_lossy(),
                "bytes": creation.capacity,
                "pool": pool.name,
                "volume": creation.name,
            }));
            let made = json!({ "name": pool.name, "path": pool.target.to_string_lossy() });
            if !pool.exists && !self.pools.contains(&made) {
                self.pools.push(made);
            }
        }
    }

    /// A file that was created without libvirt.
    pub(crate) fn file(&mut self, path: &Path) {
        let bytes = path.metadata().map(|metadata| metadata.len()).ok();
        self.volumes.push(json!({ "path": path.to_string_lossy(), "bytes": bytes }));
    }

    /// Says that the run failed.
    pub(crate) fn fail(&mut self, error: &anyhow::Error) {
        let mut lines = report::lines(error);
        let mut failure = Map::new();
        if let Some(at) = lines.iter().position(|line| line.starts_with("hint:")) {
            let hint = lines.split_off(at).join("\n");
            failure.insert("hint".into(), hint.trim_start_matches("hint:").trim().into());
        }
        let mut lines = lines.into_iter();
        failure.insert("message".into(), lines.next().unwrap_or_default().into());
        failure.insert("details".into(), lines.collect());
        self.set("error", failure);
    }

    /// Prints the object, if it is wanted. A closed pipe leaves nobody to tell.
    ///
    /// # Errors
    /// Standard output cannot be written otherwise.
    pub(crate) fn end(mut self) -> Result<()> {
        let Some(mut output) = self.output.take() else { return Ok(()) };
        if !self.volumes.is_empty() {
            let created = json!({ "volumes": self.volumes, "pools": self.pools });
            self.set("created", created);
        }
        self.set("warnings", report::warnings());
        let text = format!("{:#}\n", Value::Object(self.members));
        match output.write_all(text.as_bytes()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).context(report::UNWRITTEN),
            _ => Ok(()),
        }
    }
}
