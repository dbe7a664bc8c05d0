//! Copying, committing and pulling what a disk holds.

use std::borrow::Cow;

use hypervisor::flags::{BlockCommitFlags, BlockCopyFlags, BlockRebaseFlags};
use hypervisor::{Error, Parameter, Value};
use xctl::document::Document;

use super::wait::{End, Wait};
use super::{bandwidth, unit};
use crate::command::domain::{By, find};
use crate::command::{Arguments, file};
use crate::control::Control;
use crate::failure::{Failure, Outcome};

const MIB: u64 = 1 << 20;

/// What a kind of work is called, and how its end is told.
struct Words {
    label: &'static str,
    started: &'static str,
    /// What is before "aborted", "failed" and "complete".
    noun: &'static str,
}

/// What follows once both images are the same.
enum Then {
    /// The new image takes over.
    Pivot(&'static str),
    /// The former one stays.
    Finish(&'static str),
    /// They are kept the same.
    Stay(&'static str),
}

/// Begins work on a disk and, if that is wanted, waits for it and tells how it ended. `made` is a file that nobody needs
/// if it ends early.
fn run(
    control: &mut Control,
    arguments: &Arguments,
    words: &Words,
    waits: bool,
    then: &Then,
    made: Option<String>,
    begin: impl FnOnce(&hypervisor::Domain, &str) -> Result<(), Error>,
) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let disk = arguments.required("path")?;
    let wait = waits.then(|| Wait::prepare(arguments, &domain, disk, words.label)).transpose()?;
    begin(&domain, disk)?;
    let tell = |text: String| control.output.last_remark(text);
    let Some(wait) = wait else {
        tell(words.started.to_owned());
        return Ok(());
    };
    let noun = words.noun;
    let (text, failed) = match wait.run(control)? {
        End::Aborted => (format!("{noun} aborted"), true),
        End::Failed => (format!("{noun} failed"), true),
        End::Completed => (format!("{noun} complete"), false),
        End::Ready => {
            let text = match then {
                Then::Pivot(text) => {
                    wait.finish(true)?;
                    text
                }
                Then::Finish(text) => {
                    wait.finish(false)?;
                    text
                }
                Then::Stay(text) => text,
            };
            ((*text).to_owned(), false)
        }
    };
    tell(format!("\n{text}"));
    match (failed, made) {
        (false, _) => Ok(()),
        (true, None) => Err(Failure::silent()),
        (true, Some(file)) => {
            Err(Failure::silent().hint(format!("what was copied is left in {file}: remove that file")))
        }
    }
}

/// The file that libvirt makes for a copy, where that is of this description if any, and leaves when it ends early.
fn made_by_copy(arguments: &Arguments, xml: Option<&str>) -> Result<Option<String>, Failure> {
    if any(arguments, &["reuse-external", "blockdev"]) {
        return Ok(None);
    }
    match (arguments.text("dest")?, xml) {
        (Some(destination), _) => Ok(Some(destination.to_owned())),
        // What is no XML is libvirt's to refuse.
        (None, xml) => Ok(xml.and_then(|xml| {
            let document = Document::parse(xml).ok()?;
            document.get(document.root(), "source/@file").map(Cow::into_owned)
        })),
    }
}

/// Refuses `--verbose` and `--async` where nothing is waited for; `waiting` names what would wait.
fn needs_wait(arguments: &Arguments, waits: bool, waiting: &str) -> Outcome {
    for option in ["verbose", "async"] {
        if arguments.has(option) && !waits {
            return Err(Failure::said(format!("--{option} requires at least one of {waiting}")));
        }
    }
    Ok(())
}

/// Whether one of these options is there.
fn any(arguments: &Arguments, options: &[&str]) -> bool {
    options.iter().any(|option| arguments.has(option))
}

pub(in crate::command::domain) fn pull(control: &mut Control, arguments: &Arguments) -> Outcome {
    const WORDS: Words = Words { label: "Block Pull", started: "Block Pull started", noun: "Pull" };
    for option in ["verbose", "async"] {
        if arguments.has(option) && !arguments.has("wait") {
            return Err(Failure::said(format!("Option --wait is required by option --{option}")));
        }
    }
    let (limit, unit) = (bandwidth(arguments)?, unit(arguments));
    let base = arguments.text("base")?;
    let mut flags = arguments.flags(&[
        ("keep-relative", BlockRebaseFlags::RELATIVE.0),
        ("bytes", BlockRebaseFlags::BANDWIDTH_BYTES.0),
    ]);
    let relative = arguments.has("keep-relative");
    if base.is_none() && !relative {
        flags = 0;
    }
    let then = Then::Stay("Pull complete");
    run(control, arguments, &WORDS, any(arguments, &["wait", "timeout"]), &then, None, |domain, disk| {
        if base.is_some() || relative {
            domain.block_rebase(disk, base, limit, BlockRebaseFlags(flags))
        } else {
            domain.block_pull(disk, limit, unit)
        }
    })
}

pub(in crate::command::domain) fn commit(control: &mut Control, arguments: &Arguments) -> Outcome {
    const WORDS: Words = Words { label: "Block commit", started: "Block Commit started", noun: "Commit" };
    const ACTIVE: Words = Words { started: "Active Block Commit started", ..WORDS };
    arguments.exclusive("pivot", "keep-overlay")?;
    let waits = any(arguments, &["wait", "timeout", "pivot", "keep-overlay"]);
    needs_wait(arguments, waits, "--timeout, --wait, --pivot, or --keep-overlay")?;
    let limit = bandwidth(arguments)?;
    let active = any(arguments, &["active", "pivot", "keep-overlay"]);
    let mut flags = BlockCommitFlags(arguments.flags(&[
        ("shallow", BlockCommitFlags::SHALLOW.0),
        ("delete", BlockCommitFlags::DELETE.0),
        ("keep-relative", BlockCommitFlags::RELATIVE.0),
        ("bytes", BlockCommitFlags::BANDWIDTH_BYTES.0),
    ]));
    if active {
        flags |= BlockCommitFlags::ACTIVE;
    }
    let (base, top) = (arguments.text("base")?, arguments.text("top")?);
    let then = match (arguments.has("pivot"), arguments.has("keep-overlay")) {
        (true, _) => Then::Pivot("Successfully pivoted"),
        (_, true) => Then::Finish("Commit complete, overlay image kept"),
        _ => Then::Stay("Now in synchronized phase"),
    };
    let words = if active { &ACTIVE } else { &WORDS };
    run(control, arguments, words, waits, &then, None, |domain, disk| {
        domain.block_commit(disk, base, top, limit, flags)
    })
}

pub(in crate::command::domain) fn copy(control: &mut Control, arguments: &Arguments) -> Outcome {
    const WORDS: Words = Words { label: "Block Copy", started: "Block Copy started", noun: "Copy" };
    arguments.exclusive("dest", "xml")?;
    for option in ["format", "blockdev"] {
        arguments.exclusive(option, "xml")?;
    }
    arguments.exclusive("pivot", "finish")?;
    let waits = any(arguments, &["wait", "timeout", "pivot", "finish"]);
    needs_wait(arguments, waits, "--timeout, --wait, --pivot, or --finish")?;
    let limit = bandwidth(arguments)?;
    let granularity = arguments.number::<u32>("granularity")?;
    let buffer = arguments.number::<u64>("buf-size")?;
    let (destination, xml) = (arguments.text("dest")?, arguments.text("xml")?);
    let xml = xml.map(file::read).transpose()?;
    // The older call knows nothing else, but every version and driver has it.
    let newer = xml.is_some()
        || granularity.is_some()
        || buffer.is_some()
        || any(arguments, &["transient-job", "synchronous-writes", "print-xml"]);
    let then = match (arguments.has("pivot"), arguments.has("finish")) {
        (true, _) => Then::Pivot("Successfully pivoted"),
        (_, true) => Then::Finish("Successfully copied"),
        _ => Then::Stay("Now in mirroring phase"),
    };
    let made = made_by_copy(arguments, xml.as_deref())?;
    match (destination, xml) {
        (None, None) => Err(Failure::said("need either --dest or --xml")),
        (Some(destination), None) if !newer => {
            let mut flags = arguments.flags(&[
                ("shallow", BlockRebaseFlags::SHALLOW.0),
                ("reuse-external", BlockRebaseFlags::REUSE_EXT.0),
                ("blockdev", BlockRebaseFlags::COPY_DEV.0),
                ("bytes", BlockRebaseFlags::BANDWIDTH_BYTES.0),
            ]) | BlockRebaseFlags::COPY.0;
            match arguments.text("format")? {
                Some("raw") => flags |= BlockRebaseFlags::COPY_RAW.0,
                Some(_) => {
                    return copy_newer(
                        control,
                        arguments,
                        &WORDS,
                        &then,
                        &describe(arguments)?,
                        Vec::new(),
                        made,
                    );
                }
                None => {}
            }
            run(control, arguments, &WORDS, waits, &then, made, |domain, disk| {
                domain.block_rebase(disk, Some(destination), limit, BlockRebaseFlags(flags))
            })
        }
        (_, xml) => {
            let xml = match xml {
                Some(xml) => xml,
                None => describe(arguments)?,
            };
            if arguments.has("print-xml") {
                control.output.print(xml);
                return Ok(());
            }
            let parameters = [
                granularity.map(|size| Parameter::new("granularity", Value::UInt(size))),
                buffer.map(|size| Parameter::new("buf-size", Value::ULong(size))),
            ];
            let parameters = parameters.into_iter().flatten().collect();
            copy_newer(control, arguments, &WORDS, &then, &xml, parameters, made)
        }
    }
}

fn copy_newer(
    control: &mut Control,
    arguments: &Arguments,
    words: &Words,
    then: &Then,
    xml: &str,
    mut parameters: Vec<Parameter>,
    made: Option<String>,
) -> Outcome {
    let limit = bandwidth(arguments)?;
    if limit > 0 {
        let bytes = if arguments.has("bytes") { Some(limit) } else { limit.checked_mul(MIB) };
        let bytes =
            bytes.ok_or_else(|| Failure::said(format!("bandwidth must be less than {}", u64::MAX / MIB)))?;
        parameters.insert(0, Parameter::new("bandwidth", Value::ULong(bytes)));
    }
    let flags = BlockCopyFlags(arguments.flags(&[
        ("shallow", BlockCopyFlags::SHALLOW.0),
        ("reuse-external", BlockCopyFlags::REUSE_EXT.0),
        ("transient-job", BlockCopyFlags::TRANSIENT_JOB.0),
        ("synchronous-writes", BlockCopyFlags::SYNCHRONOUS_WRITES.0),
    ]));
    let waits = any(arguments, &["wait", "timeout", "pivot", "finish"]);
    run(control, arguments, words, waits, then, made, |domain, disk| {
        domain.block_copy(disk, xml, &parameters, flags)
    })
}

/// The XML of the disk that `--dest`, `--blockdev` and `--format` describe.
fn describe(arguments: &Arguments) -> Result<String, Failure> {
    let wrong = |error: xctl::document::Error| Failure::said(error.to_string());
    let (kind, source) = match arguments.has("blockdev") {
        true => ("block", "source/@dev"),
        false => ("file", "source/@file"),
    };
    // Written as libvirt writes it, so that attributes copy the quotes of this first one.
    let mut document = Document::parse("<disk type=''/>\n").map_err(wrong)?;
    let root = document.root();
    document.set(root, "@type", kind).map_err(wrong)?;
    document.set(root, source, arguments.required("dest")?).map_err(wrong)?;
    if let Some(format) = arguments.text("format")? {
        // After the source, where the peer has it.
        let driver = document.append_fragment(root, "<driver type=''/>").map_err(wrong)?;
        document.set_attr(driver, "type", format).map_err(wrong)?;
    }
    Ok(document.to_string())
}
