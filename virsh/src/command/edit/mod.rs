//! Editing an object's XML in the user's editor.
//!
//! What the editor leaves is given to libvirt. Where that fails the user is asked what next, so that no work is lost;
//! and what somebody else changed in the meantime is not overwritten unless the user insists.

mod objects;
mod rows;

use std::io::{self, IsTerminal};

use hypervisor::Error;
use nix::sys::termios::{self, LocalFlags, SetArg};

pub(super) use objects::{checkpoint, network, pool, snapshot};
pub(super) use rows::{DOMAIN, INTERFACE, MANAGED_SAVE, NWFILTER, SAVE_IMAGE};

use super::editor::edit;
use super::file;
use crate::control::Control;
use crate::failure::{Failure, Outcome};

/// What is said when the XML is no longer the one that was edited.
const CHANGED: &str = "The XML configuration was changed by another user.";

/// What is edited.
struct Edit<'e> {
    /// Whether XML that was left as it was is given to libvirt as well.
    always: bool,
    /// Whether libvirt is to check the XML against its schema; nothing where it cannot.
    schema: Option<bool>,
    /// Gives the XML.
    get: &'e dyn Fn() -> Result<String, Error>,
    /// Takes the XML, checked against the schema or not, and says what came of it.
    set: &'e dyn Fn(&str, bool) -> Result<String, Failure>,
}

/// What the user wants after a failure.
enum Answer {
    /// The editor again.
    Again,
    /// Nothing any more.
    Stop,
    /// Another try without a look at the schema.
    WithoutSchema,
    /// Another try, whatever somebody else changed.
    Force,
}

/// The keys, and what help says of each.
const KEYS: [(char, &str); 5] = [
    ('y', "yes, edit it once more"),
    ('n', "no, forget what I changed"),
    ('i', "try again without a look at the schema"),
    ('f', "try again, whatever others have changed"),
    ('?', "tell what these keys do"),
];

impl Edit<'_> {
    /// Edits it, and tells the end; `unchanged` is what is said when the editor leaves the XML as it was.
    fn run(&self, control: &Control, unchanged: &str) -> Outcome {
        match self.done(control)? {
            Some(done) => control.output.line(done),
            None => control.output.line(unchanged),
        }
        Ok(())
    }

    /// Edits it, and returns what came of it; nothing when the editor leaves the XML as it was.
    fn done(&self, control: &Control) -> Result<Option<String>, Failure> {
        let mut known = (self.get)()?;
        let (mut validate, mut schema) = (self.schema.unwrap_or(false), self.schema.is_some());
        let mut text = known.clone();
        loop {
            text = edit(control, &text)?;
            if text == known && !self.always {
                return Ok(None);
            }
            loop {
                // Not overwritten: it is nobody's fault, so that it is asked for without an error.
                let refusal = match (self.get)()? == known {
                    true => match (self.set)(&text, validate) {
                        Ok(done) => return Ok(Some(done)),
                        Err(failure) => Some(failure),
                    },
                    false => None,
                };
                if !io::stdin().is_terminal() {
                    return Err(refusal.unwrap_or_else(|| Failure::said(CHANGED)));
                }
                let why = match &refusal {
                    Some(failure) => {
                        control.report(failure);
                        "Failed."
                    }
                    None => CHANGED,
                };
                match ask(control, why, schema)? {
                    Answer::Again => break,
                    Answer::Stop => return Err(Failure::silent()),
                    Answer::WithoutSchema => (validate, schema) = (false, false),
                    Answer::Force => known = (self.get)()?,
                }
            }
        }
    }
}

/// Edits an element of an object's metadata; returns whether the editor changed it.
pub(super) fn element(
    control: &Control,
    get: &dyn Fn() -> Result<String, Error>,
    set: &dyn Fn(&str) -> Result<(), Error>,
) -> Result<bool, Failure> {
    let set = |xml: &str, _: bool| Ok(set(xml).map(|()| String::new())?);
    let edit = Edit { always: false, schema: None, get, set: &set };
    Ok(edit.done(control)?.is_some())
}

/// Says why the XML was not taken, and asks what next until there is an answer; `schema` says whether there is a look at the schema to be left out.
fn ask(control: &Control, why: &str, schema: bool) -> Result<Answer, Failure> {
    let keys = || KEYS.iter().filter(|(key, _)| schema || *key != 'i');
    let listed: Vec<String> = keys().map(|(key, _)| key.to_string()).collect();
    loop {
        control.output.print(format_args!("{why} Try again? [{}]: ", listed.join(",")));
        control.output.flush();
        let key = key().map_err(|error| Failure::said(file::reason(&error)))?;
        let answer = match key.to_ascii_lowercase() {
            b'y' => Answer::Again,
            // ^C, ^D and the end of input as well.
            b'n' | 3 | 4 | 0 => Answer::Stop,
            b'i' if schema => Answer::WithoutSchema,
            b'f' => Answer::Force,
            b'?' => {
                control.output.line("");
                for (key, help) in keys() {
                    control.output.line(format_args!("{key} - {help}"));
                }
                continue;
            }
            _ => continue,
        };
        control.output.line("");
        return Ok(answer);
    }
}

/// Reads one key from the terminal; 0 at its end.
fn key() -> io::Result<u8> {
    let stdin = io::stdin().lock();
    let former = termios::tcgetattr(&stdin)?;
    let mut single = former.clone();
    single.local_flags &= !(LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG);
    termios::tcsetattr(&stdin, SetArg::TCSAFLUSH, &single)?;
    let mut byte = [0];
    // Past the buffer of the standard library, so that the terminal forgets what was typed beyond it.
    let read = nix::unistd::read(&stdin, &mut byte);
    termios::tcsetattr(&stdin, SetArg::TCSAFLUSH, &former)?;
    Ok(read.map(|_| byte[0])?)
}
