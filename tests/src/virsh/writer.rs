//! A guest that writes what it is told to its disks, and counts in memory how often: with it, a test sees what became of
//! disks and of memory.
//!
//! Its system is a boot sector. A character that comes from the serial port fills sector 9 of both disks and is answered
//! with itself and the count, `?` with what is on the first disk and the count.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::PATIENCE;
use crate::user::User;

/// Assembled from: `cli; xor ax,ax; mov ds,ax; mov es,ax; mov ss,ax; mov sp,7c00; sti; cld; mov byte [7e00],'0'; mov byte
/// [7e01],0`, then for ever: `hlt`; while [7e01] is 0 a greeting (`>`) is sent; what comes from the port sets it to 1. `?`
/// reads sector 9 of disks 81 and 80 to 8000, anything else is stored 512 times at 8000 and written to both, and the count
/// at 7e00 goes up; [8000], [7e00] and a line's end are sent.
const SYSTEM: &[u8] = b"\xfa\x31\xc0\x8e\xd8\x8e\xc0\x8e\xd0\xbc\x00\x7c\xfb\xfc\xc6\x06\x00\x7e\x30\xc6\x06\x01\x7e\x00\xf4\x80\x3e\
    \x01\x7e\x00\x75\x0a\xb0\x3e\xe8\x5b\x00\xb0\x0a\xe8\x56\x00\xba\xfd\x03\xec\xa8\x01\x74\xe6\xba\xf8\x03\xec\
    \xc6\x06\x01\x7e\x01\x3c\x3f\x74\x24\xbf\x00\x80\xb9\x00\x02\xf3\xaa\xb4\x03\xe8\x1e\x00\xfe\x06\x00\x7e\xa0\
    \x00\x80\xe8\x2a\x00\xa0\x00\x7e\xe8\x24\x00\xb0\x0a\xe8\x1f\x00\xeb\xb5\xb4\x02\xe8\x02\x00\xeb\xe6\xba\x81\
    \x00\xe8\x03\x00\xba\x80\x00\xb0\x01\xbb\x00\x80\xb9\x09\x00\x50\xcd\x13\x58\xc3\xba\xf8\x03\xee\xc3";

/// The disks' size.
pub(super) const SIZE: u64 = 8 << 20;
/// The sector that is written to, in bytes from the disk's start.
pub(super) const MARK: u64 = 8 * 512;

/// The guest's UUID.
const UUID: &str = "0c1f5d35-6a6c-4a5e-a3f7-52c7f2a6d001";

/// A raw image that the guest boots from.
pub(super) fn image() -> Vec<u8> {
    let mut image = vec![0; SIZE as usize];
    image[..SYSTEM.len()].copy_from_slice(SYSTEM);
    image[510..512].copy_from_slice(&[0x55, 0xaa]);
    image
}

/// Makes one or two disks of these names and formats, and defines the guest with them, as `writer`; it boots from the first. Its firmware
/// knows only disks that it may boot from.
pub(super) fn define(user: &User, disks: &[(&str, &str)]) -> Result<()> {
    let mut xml = String::new();
    for ((name, format), (target, order)) in disks.iter().zip([("vda", 1), ("vdb", 2)]) {
        let path = user.text(name);
        user.file("image", image())?;
        let made = match target {
            "vda" => user.run(&["qemu-img", "convert", "-O", format, "image", &path])?,
            _ => user.run(&["qemu-img", "create", "-q", "-f", format, &path, &SIZE.to_string()])?,
        };
        made.ok()?;
        xml += &format!(
            "<disk type='file' device='disk'><driver name='qemu' type='{format}'/><source file='{path}'/>\
             <target dev='{target}' bus='virtio'/><boot order='{order}'/></disk>"
        );
    }
    std::fs::remove_file(user.path("image"))?;
    let xml = format!(
        "<domain type='qemu'><name>writer</name><uuid>{UUID}</uuid><memory unit='MiB'>32</memory>\
         <os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features>\
         <cpu mode='custom' match='exact'><model>qemu64</model></cpu>\
         <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>{xml}\
         <serial type='unix'><source mode='bind' path='{}'/></serial><memballoon model='none'/>\
         <controller type='usb' model='none'/><video><model type='none'/></video></devices></domain>",
        user.text("run/serial")
    );
    let file = user.file("writer.xml", xml)?;
    user.real_virsh(&["define", &file.to_string_lossy()])?.ok()?;
    Ok(())
}

/// Starts the guest and waits until it greets.
pub(super) fn start(user: &User) -> Result<()> {
    user.real_virsh(&["start", "writer"])?.ok()?;
    let mut port = port(user)?;
    line(&mut port)?;
    Ok(())
}

/// Tells the running guest this character, and returns what it answers: what is on its disk, and its count.
pub(super) fn tell(user: &User, what: char) -> Result<String> {
    let mut port = port(user)?;
    port.write_all(&[what as u8])?;
    answer(&mut port)
}

/// The byte with which an image is marked, whatever its format.
pub(super) fn mark(user: &User, image: &str) -> Result<char> {
    user.run(&["qemu-img", "convert", "-U", "-O", "raw", image, "marked"])?.ok()?;
    let bytes = std::fs::read(user.path("marked"))?;
    std::fs::remove_file(user.path("marked"))?;
    let byte = bytes.get(MARK as usize).copied().context("no mark in the image")?;
    Ok(char::from(byte))
}

fn port(user: &User) -> Result<UnixStream> {
    let end = Instant::now() + PATIENCE;
    loop {
        match UnixStream::connect(user.path("run/serial")) {
            Ok(port) => {
                port.set_read_timeout(Some(PATIENCE))?;
                return Ok(port);
            }
            Err(error) => ensure!(Instant::now() < end, "the guest's port does not open: {error}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The next line that is no greeting.
fn answer(port: &mut UnixStream) -> Result<String> {
    loop {
        let line = line(port)?;
        if !line.ends_with('>') {
            return Ok(line);
        }
    }
}

fn line(port: &mut UnixStream) -> Result<String> {
    let mut line = String::new();
    let mut byte = [0];
    loop {
        port.read_exact(&mut byte).context("the guest says nothing")?;
        if byte[0] == b'\n' {
            return Ok(line);
        }
        line.push(char::from(byte[0]));
    }
}
