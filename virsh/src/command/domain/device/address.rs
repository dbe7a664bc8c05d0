//! Addresses of devices as the command line has them: `pci:0000.00.11.0`, `scsi:0.0.1`.

use crate::command::xml::Tag;
use crate::failure::Failure;

/// The parts of an address: their XML attributes, and how many hexadecimal digits they are written with, 0 for
/// decimal ones.
type Part = (&'static str, usize);

const DRIVE: &[Part] = &[("controller", 0), ("bus", 0), ("unit", 0)];

/// A kind of address, the type that its element has, and its parts.
const KINDS: &[(&str, &str, &[Part])] = &[
    ("pci", "pci", &[("domain", 4), ("bus", 2), ("slot", 2), ("function", 1)]),
    ("ccw", "ccw", &[("cssid", 2), ("ssid", 1), ("devno", 4)]),
    ("scsi", "drive", DRIVE),
    ("ide", "drive", DRIVE),
    ("sata", "drive", DRIVE),
    ("usb", "usb", &[("bus", 0), ("port", 0)]),
];

/// Targets that begin so take these kinds of address.
const TARGETS: &[(&str, &[&str], &str)] = &[
    ("vd", &["pci", "ccw"], "a pci:0000.00.00.00 or ccw:00.0.0000"),
    ("sd", &["scsi", "usb", "sata"], "a scsi:00.00.00 or usb:00.00 or sata:00.00.00"),
    ("hd", &["ide"], "an ide:00.00.00"),
];

/// The element of a disk's address.
pub(super) fn of_disk(text: &str, target: &str, multifunction: bool) -> Result<Tag, Failure> {
    let (kind, tag) = read(text)?;
    let target = TARGETS.iter().find(|(start, ..)| target.starts_with(start));
    if let Some((_, kinds, expected)) = target
        && !kinds.contains(&kind)
    {
        return Err(Failure::said(format!("expecting {expected} address.")));
    }
    Ok(tag.with("multifunction", (multifunction && kind == "pci").then_some("on")))
}

fn read(text: &str) -> Result<(&'static str, Tag), Failure> {
    let invalid = || Failure::said("Invalid address.");
    let (name, rest) = text.split_once(':').ok_or_else(invalid)?;
    let &(kind, element, parts) = KINDS.iter().find(|(kind, ..)| *kind == name).ok_or_else(invalid)?;
    let numbers: Vec<&str> = rest.split('.').collect();
    if numbers.len() != parts.len() {
        return Err(invalid());
    }
    let mut tag = Tag::new("address").with("type", Some(element));
    for (number, &(part, digits)) in numbers.into_iter().zip(parts) {
        tag = tag.with(part, Some(value(number, digits).ok_or_else(invalid)?));
    }
    Ok((kind, tag))
}

/// A part as XML has it; 0 digits are a decimal number.
fn value(number: &str, digits: usize) -> Option<String> {
    if digits == 0 {
        return number.parse::<u64>().ok().map(|number| number.to_string());
    }
    let number = number.strip_prefix("0x").unwrap_or(number);
    let number = u64::from_str_radix(number, 16).ok()?;
    Some(format!("0x{number:0digits$x}"))
}

/// The element of a PCI address of the host, `0000:00:11.0`.
pub(super) fn of_host(text: &str) -> Result<Tag, Failure> {
    let wrong = || Failure::said(format!("cannot parse pci address '{text}' for network interface"));
    let (address, function) = text.split_once('.').ok_or_else(wrong)?;
    let parts: Vec<&str> = address.split(':').chain([function]).collect();
    read(&format!("pci:{}", parts.join("."))).map(|(_, tag)| tag).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_or_refused() {
        let tag = |text| of_disk(text, "xvda", false).map(|tag| tag.to_string()).ok();
        assert_eq!(
            tag("pci:0x0.1.a.0").as_deref(),
            Some("<address type='pci' domain='0x0000' bus='0x01' slot='0x0a' function='0x0'/>\n")
        );
        assert_eq!(
            tag("sata:2.0.1").as_deref(),
            Some("<address type='drive' controller='2' bus='0' unit='1'/>\n")
        );
        for wrong in ["pci:0.1.2", "pci:0.1.2.3.4", "usb:x.1", "foo:1", "pci", "usb:", "usb:1.é"] {
            assert_eq!(tag(wrong), None, "{wrong}");
        }
        assert!(of_disk("ide:0.0.1", "sda", false).is_err());
        assert!(of_host("0000:00:11.0").is_ok());
        assert!(of_host("0000:00:11").is_err());
    }
}
