//! The stored definition with what a file says in it; all else stays as it is.

use super::kind::Kind;
use super::list::pair;
use crate::document::{Document, Element, Error};
use crate::install::existing::{SIZES, WANTED, in_bytes, is_implied, is_same};
use crate::property::{Unit, parse_size};

/// What libvirt only reports, or what is another one each time it is read.
const REPORTED: &[(Kind, &[&str])] = &[
    (Kind::Domain, &["@id"]),
    (Kind::Network, &["@connections"]),
    (Kind::Pool, &["capacity", "allocation", "available"]),
    (Kind::Volume, &["@type", "key", "allocation", "physical", "target/timestamps"]),
];

/// Lists that are whole where a file has what they are in, even if it has nothing of them: libvirt adds nothing to them.
const WHOLE: &[(Kind, &str, &[&str])] = &[
    (Kind::Domain, "devices", &WANTED),
    (Kind::Domain, "cpu", &["feature"]),
    (Kind::Network, "", &["ip", "route", "portgroup"]),
    (Kind::Network, "ip", &["dhcp"]),
    (Kind::Network, "ip/dhcp", &["range", "host"]),
    (Kind::Network, "dns", &["forwarder", "txt", "host", "srv"]),
    (Kind::Filter, "", &["rule", "filterref"]),
];

/// What says of which kind an element is: with another one, what was said of the former does not hold.
const NATURES: [&str; 3] = ["type", "mode", "model"];
/// What an element of another kind keeps: where the guest finds it.
const LASTING: [&str; 2] = ["address", "mac"];

/// The stored definition with what the file says in it.
pub(super) fn merged(kind: Kind, said: &Document, stored: &Document) -> Result<Document, Error> {
    let mut merge = Merge { kind, said, stored, after: stored.clone() };
    let (one, other) = (said.root(), stored.root());
    merge.element("", one, other)?;
    if kind == Kind::Domain {
        merge.follow(one, other)?;
    }
    Ok(merge.after)
}

/// Whether libvirt only reports what is at this place.
pub(super) fn is_reported(kind: Kind, place: &str) -> bool {
    REPORTED.iter().any(|(of, places)| *of == kind && places.contains(&place))
}

struct Merge<'a> {
    kind: Kind,
    said: &'a Document,
    stored: &'a Document,
    after: Document,
}

impl Merge<'_> {
    /// What `one` of the file says of `other`, which is stored.
    fn element(&mut self, place: &str, one: Element, other: Element) -> Result<(), Error> {
        let is_size = SIZES.contains(&place) || (self.kind == Kind::Volume && place == "capacity");
        for (name, value) in self.said.attrs(one) {
            let at = if place.is_empty() { format!("@{name}") } else { format!("{place}/@{name}") };
            let own = self.stored.attr(other, name);
            if is_reported(self.kind, &at)
                || (is_size && name == "unit")
                || is_same(&at, &value, own.as_deref())
            {
                continue;
            }
            self.after.set_attr(other, name, &value)?;
        }
        self.text(place, one, other, is_size)?;
        let mut names: Vec<&str> = Vec::new();
        for child in self.said.children(one) {
            let name = self.said.name(child);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        for name in &names {
            self.children(place, name, one, other)?;
        }
        let whole = WHOLE.iter().find(|(kind, of, _)| *kind == self.kind && *of == place);
        for name in whole.iter().flat_map(|(_, _, lists)| *lists).filter(|name| !names.contains(name)) {
            let left: Vec<Element> = self.stored.children_named(other, name).collect();
            for element in left {
                self.after.remove(element);
            }
        }
        Ok(())
    }

    fn text(&mut self, place: &str, one: Element, other: Element, is_size: bool) -> Result<(), Error> {
        let (text, own) = (self.said.text(one), self.stored.text(other));
        let (text, own) = (text.trim(), own.trim());
        if text.is_empty() {
            return Ok(());
        }
        if !is_size {
            // libvirt writes paths of directories without their last slash.
            let is_path = text.starts_with('/') && text.trim_end_matches('/') == own;
            let is_same = is_path || is_same(place, text, Some(own));
            return if is_same { Ok(()) } else { self.after.set_text(other, text) };
        }
        let size = |document: &Document, element: Element, number: &str| match self.kind {
            Kind::Volume => {
                let unit = document.attr(element, "unit").unwrap_or("B".into());
                parse_size(&format!("{number}{unit}"), Unit::KiB)
            }
            _ => in_bytes(document, element, number),
        };
        let bytes = size(self.said, one, text);
        if bytes.is_none() || bytes != size(self.stored, other, own) {
            self.after.set_text(other, text)?;
            match self.said.attr(one, "unit") {
                Some(unit) => self.after.set_attr(other, "unit", &unit)?,
                None => drop(self.after.remove_attr(other, "unit")),
            }
        }
        Ok(())
    }

    /// What the file says of the children of one name.
    fn children(&mut self, place: &str, name: &str, one: Element, other: Element) -> Result<(), Error> {
        let place = if place.is_empty() { name.to_owned() } else { format!("{place}/{name}") };
        if is_reported(self.kind, &place) {
            return Ok(());
        }
        let mut ones: Vec<Element> = self.said.children_named(one, name).collect();
        if place == "devices/console" && self.said.child(one, "serial").is_some() {
            // The first console is the first serial port, whatever is said of it.
            let is_port =
                |console: Element| self.said.get(console, "target/@type").is_none_or(|of| of == "serial");
            ones.retain(|&console| !is_port(console));
        }
        let others: Vec<Element> = self.stored.children_named(other, name).collect();
        let pairs = pair(self.said, self.stored, &place, &ones, &others);
        for (one, found) in ones.iter().zip(&pairs) {
            match *found {
                Some(found) if self.is_of_another_kind(*one, found) => self.replace(*one, found, other)?,
                Some(found) => self.element(&place, *one, found)?,
                None if is_implied(self.said, &place, *one) => {}
                None => drop(self.after.append_fragment(other, &self.said.element_to_string(*one))?),
            }
        }
        // libvirt adds devices that nobody but it wants.
        let is_whole =
            !place.starts_with("devices/") || place.matches('/').count() > 1 || WANTED.contains(&name);
        if is_whole {
            for left in others.iter().filter(|other| !pairs.contains(&Some(**other))) {
                self.after.remove(*left);
            }
        }
        Ok(())
    }

    fn is_of_another_kind(&self, one: Element, other: Element) -> bool {
        let has_contents =
            self.said.children(one).next().is_some() || self.stored.children(other).next().is_some();
        has_contents
            && NATURES.iter().any(|name| {
                let (said, own) = (self.said.attr(one, name), self.stored.attr(other, name));
                said.is_some() && own.is_some() && said != own
            })
    }

    fn replace(&mut self, one: Element, other: Element, parent: Element) -> Result<(), Error> {
        let new = self.after.append_fragment(parent, &self.said.element_to_string(one))?;
        for name in LASTING {
            if let Some(own) = self.stored.child(other, name)
                && self.said.child(one, name).is_none()
            {
                self.after.append_fragment(new, &self.stored.element_to_string(own))?;
            }
        }
        self.after.remove(other);
        Ok(())
    }

    /// What follows another figure of a domain, unless the file says it itself: memory and processors that it starts with
    /// are all that it has.
    fn follow(&mut self, one: Element, other: Element) -> Result<(), Error> {
        let is_changed = |place: &str| self.after.get(other, place) != self.stored.get(other, place);
        let is_silent = |place: &str| self.said.get(one, place).is_none();
        let memory = is_changed("memory") && is_silent("currentMemory");
        let processors = is_changed("vcpu") && is_silent("vcpu/@current");
        if memory {
            self.after.clear_element(other, "currentMemory")?;
        }
        if processors {
            self.after.clear(other, "vcpu/@current")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORED: &str = "<domain type='qemu'>
  <name>web</name>
  <uuid>0c1f5d35-6a6c-4a5e-a3f7-52c7f2a6d001</uuid>
  <memory unit='KiB'>1048576</memory>
  <currentMemory unit='KiB'>524288</currentMemory>
  <vcpu placement='static' current='1'>2</vcpu>
  <os>
    <type arch='x86_64' machine='pc-q35-10.0'>hvm</type>
    <boot dev='hd'/>
    <boot dev='network'/>
  </os>
  <cpu mode='custom' match='exact' check='none'>
    <model fallback='forbid'>qemu64</model>
  </cpu>
  <devices>
    <emulator>/usr/bin/qemu</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw' cache='none'/>
      <source file='/a'/>
      <target dev='vda' bus='virtio'/>
      <address type='pci' slot='0x01'/>
    </disk>
    <disk type='file' device='disk'>
      <source file='/b'/>
      <target dev='vdb' bus='virtio'/>
    </disk>
    <controller type='usb' index='0' model='qemu-xhci'/>
    <interface type='network'>
      <mac address='52:54:00:aa:bb:cc'/>
      <source network='default'/>
    </interface>
    <memballoon model='virtio'/>
  </devices>
</domain>
";

    fn merge(said: &str) -> String {
        let stored = Document::parse(STORED).unwrap();
        merged(Kind::Domain, &Document::parse(said).unwrap(), &stored).unwrap().to_string()
    }

    /// A file that says as much as a person does.
    fn file(os: &str, disks: &str, nic: &str) -> String {
        format!(
            "<domain type='qemu'><name>web</name><memory unit='GiB'>1</memory><vcpu>2</vcpu><os>\
             <type machine='q35'>hvm</type>{os}</os><devices>{disks}{nic}</devices></domain>"
        )
    }

    const DISKS: &str = "<disk type='file'><source file='/b'/><target dev='vdb'/></disk>\
        <disk type='file'><source file='/a'/><target dev='vda'/></disk>";
    const NIC: &str = "<interface type='network'><source network='default'/></interface>";

    #[test]
    fn what_a_file_is_silent_about_stays_byte_for_byte() {
        assert_eq!(merge(&file("", DISKS, NIC)), STORED);
        assert_eq!(merge(STORED), STORED);
        assert_eq!(merge("<domain><name>web</name></domain>"), STORED);
    }

    #[test]
    fn a_change_touches_what_it_is_about() {
        let after = merge(&file("", &DISKS.replace("'/a'", "'/c'"), NIC));
        assert_eq!(after, STORED.replace("'/a'", "'/c'"));
        let after = merge("<domain><vcpu>4</vcpu><memory>2097152</memory></domain>");
        assert!(after.contains("<vcpu placement='static'>4</vcpu>"), "{after}");
        assert!(after.contains("<memory>2097152</memory>") && !after.contains("currentMemory"), "{after}");
    }

    #[test]
    fn what_a_list_lacks_goes_and_what_libvirt_added_stays() {
        let one = "<disk type='file'><source file='/a'/><target dev='vda'/></disk>";
        let after = merge(&file("<boot dev='hd'/>", one, ""));
        for gone in ["vdb", "'network'", "<interface"] {
            assert!(!after.contains(gone), "{gone}: {after}");
        }
        for kept in ["vda", "cache='none'", "<boot dev='hd'/>", "<controller", "<memballoon", "slot='0x01'"] {
            assert!(after.contains(kept), "{kept}: {after}");
        }
    }

    #[test]
    fn the_first_console_is_the_first_serial_port() {
        let port = "<serial type='file'><source path='/l'/><target port='0'/></serial>";
        let stored = format!(
            "<domain><devices>{port}<console type='file'><source path='/l'/><target type='serial'/></console>\
             </devices></domain>"
        );
        let said = format!("<domain><devices>{port}<console type='pty'/></devices></domain>");
        let [said, stored] = [said, stored].map(|text| Document::parse(&text).unwrap());
        assert_eq!(merged(Kind::Domain, &said, &stored).unwrap().to_string(), stored.to_string());
    }

    #[test]
    fn what_becomes_another_kind_of_thing_keeps_only_its_address() {
        let disks = DISKS.replace(
            "<disk type='file'><source file='/a'/><target dev='vda'/></disk>",
            "<disk type='block'><source dev='/dev/x'/><target dev='vda'/></disk>",
        );
        let after = merge(&file("", &disks, &NIC.replace("type='network'", "type='user'")));
        assert!(!after.contains("'/a'") && !after.contains("cache"), "{after}");
        assert!(after.contains("<source dev='/dev/x'/>") && after.contains("slot='0x01'"), "{after}");
        assert!(after.contains("52:54:00:aa:bb:cc"), "{after}");
        let after = merge("<domain><cpu mode='host-passthrough'/></domain>");
        assert!(after.contains("<cpu mode='host-passthrough'/>") && !after.contains("qemu64"), "{after}");
    }
}
