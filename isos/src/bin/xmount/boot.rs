//! `--boot-info`: what a machine needs to boot from the image, and where each of it was found.

use std::io::{self, StdoutLock, Write};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use isos::boot_info::{BootInfo, BootKernel, EfiProgram, FirmwareBoot, Identification, boot_info as find};
use isos::el_torito::Platform;
use isos::{Image, readable_text};
use serde_json::{Value, json};

use crate::info::{heading, identifiers};
use crate::{CANNOT_PRINT, print_json, print_line};

/// Tells what a machine needs to boot from it; exit code 1 if there is nothing. A `path` is of no use: what a firmware
/// starts and what a medium says of itself are no part of a directory.
pub(crate) fn boot_info(image: &Image, path: &str, json: bool) -> Result<ExitCode> {
    if !image.entry(path)?.name().is_empty() {
        bail!(
            "cannot tell what boots from '{path}': --boot-info looks at a whole image or partition\n  \
             hint: leave the path out, or choose a partition of a disk with --partition NUMBER"
        );
    }
    let found = find(image);
    let nothing = found.kernels.is_empty() && found.firmware.is_empty();
    if json {
        print_json(&as_json(&found))?;
    } else {
        print(&found)?;
        for problem in &found.problems {
            eprintln!("xmount: {}", readable_text(problem));
        }
        if nothing {
            eprintln!("xmount: nothing to boot was found in '{}'", image.path().display());
        }
    }
    Ok(if nothing { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Each find is a block of lines that ends with the place that it came from.
fn print(found: &BootInfo) -> Result<()> {
    let mut out = io::stdout().lock();
    for kernel in &found.kernels {
        line(&mut out, "Kernel", &kernel.kernel)?;
        for initrd in &kernel.initrds {
            line(&mut out, "Initrd", initrd)?;
        }
        line(&mut out, "Arguments", &kernel.arguments)?;
        line(&mut out, "Arch", kernel.arch.map_or("", |arch| arch.name()))?;
        end(&mut out, "From", &kernel.origin.to_string())?;
    }
    if let Some(system) = &found.own_loader {
        end(&mut out, "No kernel", &system.to_string())?;
    }
    for boot in &found.firmware {
        let mark = if boot.bootable { "" } else { ", marked as not to be booted" };
        line(&mut out, "Firmware", &format!("{}{mark}", platform(boot.platform)))?;
        for program in &boot.programs {
            line(&mut out, "Program", &program.path)?;
        }
        let place = format!("{}: {} bytes at byte {}", boot.place, boot.size, boot.offset);
        end(&mut out, "From", &place)?;
    }
    identification(&mut out, &found.identification)
}

fn identification(out: &mut StdoutLock<'_>, told: &Identification) -> Result<()> {
    if let Some(volume) = &told.volume {
        for (name, text) in identifiers(&volume.value) {
            line(out, &heading(name), text)?;
        }
        line(out, "Volume size", &volume.value.volume_size.to_string())?;
        end(out, "From", &volume.place.to_string())?;
    }
    if let Some(tree) = &told.tree {
        line(out, "Family", &tree.value.family)?;
        line(out, "Variant", &tree.value.variant)?;
        line(out, "Version", &tree.value.version)?;
        line(out, "Arch", &tree.value.arch)?;
        end(out, "From", &tree.place.to_string())?;
    }
    if let Some(description) = &told.description {
        line(out, "Description", &description.value)?;
        end(out, "From", &description.place.to_string())?;
    }
    Ok(())
}

/// What is empty has no line.
fn line(out: &mut StdoutLock<'_>, name: &str, text: &str) -> Result<()> {
    if !text.is_empty() {
        print_line(out, name, text)?;
    }
    Ok(())
}

/// The last line of a block.
fn end(out: &mut StdoutLock<'_>, name: &str, text: &str) -> Result<()> {
    line(out, name, text)?;
    writeln!(out).context(CANNOT_PRINT)
}

fn as_json(found: &BootInfo) -> Value {
    let told = &found.identification;
    let volume = told.volume.as_ref().map(|volume| {
        let mut value = json!({"volume_size": volume.value.volume_size, "from": volume.place.to_string()});
        for (name, text) in identifiers(&volume.value) {
            value[name] = text.into();
        }
        value
    });
    let tree = told.tree.as_ref().map(|tree| {
        json!({
            "family": tree.value.family,
            "variant": tree.value.variant,
            "version": tree.value.version,
            "arch": tree.value.arch,
            "from": tree.place.to_string(),
        })
    });
    let description = told.description.as_ref();
    json!({
        "family": found.family.map(|family| format!("{family:?}")),
        "arch": told.arch.map(|arch| arch.name()),
        "volume": volume,
        "treeinfo": tree,
        "disk_info": description.map(|text| json!({"text": text.value, "from": text.place.to_string()})),
        "kernels": found.kernels.iter().map(kernel).collect::<Vec<_>>(),
        "no_kernel": found.own_loader.as_ref().map(ToString::to_string),
        "firmware": found.firmware.iter().map(firmware).collect::<Vec<_>>(),
        "problems": found.problems,
    })
}

fn kernel(kernel: &BootKernel) -> Value {
    json!({
        "kernel": kernel.kernel,
        "initrds": kernel.initrds,
        "arguments": kernel.arguments,
        "arch": kernel.arch.map(|arch| arch.name()),
        "tree_argument": kernel.tree_argument,
        "from": kernel.origin.to_string(),
    })
}

fn firmware(boot: &FirmwareBoot) -> Value {
    json!({
        "platform": platform(boot.platform),
        "bootable": boot.bootable,
        "emulates_disk": boot.emulates_disk,
        "offset": boot.offset,
        "size": boot.size,
        "programs": boot.programs.iter().map(program).collect::<Vec<_>>(),
        "from": boot.place.to_string(),
    })
}

fn program(program: &EfiProgram) -> Value {
    json!({"path": program.path, "arch": program.arch.map(|arch| arch.name())})
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
