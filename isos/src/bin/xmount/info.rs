//! `--info` and `--boot-info`: what the image says of itself.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use indicatif::BinaryBytes;
use isos::boot_info::{BootKernel, boot_info as find};
use isos::el_torito::{BootImage, Platform};
use isos::{Identifiers, Image, Partition};
use serde_json::{Value, json};

use crate::print_json;

/// Tells what kind of image it is.
pub(crate) fn info(image: &Image, json: bool) -> Result<()> {
    let said = image.identifiers();
    let identifiers = identifiers(said);
    // A table that is damaged hides nothing of what was found beside it.
    let (partitions, problem) = match image.partitions() {
        Ok(partitions) => (partitions, None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    if json {
        let mut value = json!({
            "partitions": partitions.iter().map(partition).collect::<Vec<_>>(),
            "problem": problem,
            "image": image.path(),
            "format": image.description(),
            "size": image.size(),
            "volume_size": said.volume_size,
            "missing": image.missing_bytes(),
        });
        for (name, text) in identifiers {
            value[name] = text.into();
        }
        return print_json(&value);
    }
    let mut stdout = io::stdout().lock();
    let mut line = |name: &str, text: &str| writeln!(stdout, "{:<12} {text}", format!("{name}:"));
    line("Format", image.description())?;
    line("Size", &BinaryBytes(image.size()).to_string())?;
    for (name, text) in identifiers.into_iter().filter(|(_, text)| !text.is_empty()) {
        line(&heading(name), text)?;
    }
    if image.missing_bytes() > 0 {
        line(
            "Missing",
            &format!("{} at the end (an incomplete download?)", BinaryBytes(image.missing_bytes())),
        )?;
    }
    for one in &partitions {
        let label = if one.label().is_empty() { String::new() } else { format!(", '{}'", one.label()) };
        let (size, kind) = (BinaryBytes(one.length()), one.type_name());
        line(
            &format!("Partition {}", one.number()),
            &format!("{size} at byte {}, {kind}{label}", one.start()),
        )?;
    }
    let damaged = partitions.iter().filter_map(Partition::problem).map(str::to_owned);
    for problem in problem.into_iter().chain(damaged) {
        eprintln!("xmount: {problem}");
    }
    Ok(())
}

/// Start and length in bytes.
fn partition(one: &Partition) -> Value {
    json!({
        "number": one.number(),
        "start": one.start(),
        "length": one.length(),
        "type": one.type_name(),
        "label": one.label(),
        "problem": one.problem(),
    })
}

/// The words of the volume descriptor, by the names that they have in JSON.
fn identifiers(said: &Identifiers) -> [(&'static str, &str); 6] {
    [
        ("label", &said.volume),
        ("system", &said.system),
        ("volume_set", &said.volume_set),
        ("publisher", &said.publisher),
        ("preparer", &said.preparer),
        ("application", &said.application),
    ]
}

fn heading(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        .replace('_', " ")
}

/// Tells what a machine needs to boot from it; exit code 1 if there is nothing.
pub(crate) fn boot_info(image: &Image, json: bool) -> Result<ExitCode> {
    let found = find(image);
    let images = found.boot_catalogue.as_ref().map_or(&[][..], |catalogue| &catalogue.images);
    let code =
        if found.kernels.is_empty() && images.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    if json {
        print_json(&json!({
            "label": found.identifiers.volume,
            "disk_info": found.disk_info,
            "treeinfo": found.treeinfo.is_some(),
            "family": found.family.map(|family| format!("{family:?}")),
            "arch": found.arch.map(|arch| arch.to_string()),
            "kernels": found.kernels.iter().map(kernel).collect::<Vec<_>>(),
            "el_torito": images.iter().map(el_torito).collect::<Vec<_>>(),
            "problems": found.problems,
        }))?;
        return Ok(code);
    }
    let mut stdout = io::stdout().lock();
    for kernel in &found.kernels {
        writeln!(stdout, "kernel:    {}", kernel.kernel)?;
        for initrd in &kernel.initrds {
            writeln!(stdout, "initrd:    {initrd}")?;
        }
        if !kernel.arguments.is_empty() {
            writeln!(stdout, "arguments: {}", kernel.arguments)?;
        }
        if let Some(arch) = kernel.arch {
            writeln!(stdout, "arch:      {arch}")?;
        }
        writeln!(stdout, "from:      {}\n", kernel.origin)?;
    }
    for image in images {
        let bootable = if image.bootable { "" } else { ", marked as not to be booted" };
        writeln!(
            stdout,
            "El Torito: {}, {} bytes at byte {}{bootable}",
            platform(image.platform),
            image.load_size,
            image.offset
        )?;
    }
    for problem in &found.problems {
        eprintln!("xmount: {problem}");
    }
    if code == ExitCode::FAILURE {
        eprintln!("xmount: nothing to boot was found in '{}'", image.path().display());
    }
    Ok(code)
}

fn kernel(kernel: &BootKernel) -> Value {
    json!({
        "kernel": kernel.kernel,
        "initrds": kernel.initrds,
        "arguments": kernel.arguments,
        "arch": kernel.arch.map(|arch| arch.to_string()),
        "tree_argument": kernel.tree_argument,
        "from": kernel.origin.to_string(),
    })
}

fn el_torito(image: &BootImage) -> Value {
    json!({
        "platform": platform(image.platform),
        "bootable": image.bootable,
        "emulates_disk": image.emulates_disk,
        "offset": image.offset,
        "load_size": image.load_size,
    })
}

fn platform(platform: Platform) -> String {
    match platform {
        Platform::Bios => "BIOS".into(),
        Platform::Efi => "UEFI".into(),
        Platform::PowerPc => "PowerPC".into(),
        Platform::Mac => "Mac".into(),
        Platform::Other(number) => format!("platform {number}"),
    }
}
