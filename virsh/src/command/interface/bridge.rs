//! Bridges around an interface: what becomes of its XML, and of the interface.

use hypervisor::flags::{InterfaceDefineFlags, InterfaceXml};
use hypervisor::{Connection, Interface};
use xctl::document::{Document, Element, Error};

use crate::command::Arguments;
use crate::command::object::{self, By, Object};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

/// What stays with the interface that is a bridge's port: all that is about its link. Addresses are the bridge's.
const LINK: [&str; 3] = ["mac", "bond", "vlan"];

pub(super) fn bridge(control: &mut Control, arguments: &Arguments) -> Outcome {
    let interface: Interface = object::find(control, arguments, By::Name)?;
    let (name, bridge) = (arguments.required("interface")?, arguments.required("bridge")?);
    let connection = control.connection()?;
    if connection.interface_by_name(bridge).is_ok() {
        return Err(Failure::said(format!("Network device {bridge} already exists")));
    }
    let delay = arguments.number::<u32>("delay")?.unwrap_or(0);
    let stp = (!arguments.has("no-stp")).then_some(delay);
    let xml = bridged(&interface.xml(InterfaceXml::INACTIVE)?, name, bridge, stp)?;
    let made = connection
        .define_interface(&xml, InterfaceDefineFlags::NONE)
        .attempted(|| format!("Failed to define new bridge interface {bridge}"))?;
    control.output.remark(format_args!("Created bridge {bridge} with attached device {name}"));
    if !arguments.has("no-start") {
        made.start().attempted(|| format!("Failed to start bridge interface {bridge}"))?;
        control.output.remark(format_args!("Bridge interface {bridge} started"));
    }
    Ok(())
}

pub(super) fn unbridge(control: &mut Control, arguments: &Arguments) -> Outcome {
    let name = arguments.required("bridge")?;
    let connection: Connection = control.connection()?;
    let bridge = Interface::named(&connection, name, By::Name)?;
    let (port, xml) = unbridged(&bridge.xml(InterfaceXml::INACTIVE)?, name)?;
    bridge.destroy().attempted(|| format!("Failed to destroy bridge interface {name}"))?;
    bridge.undefine().attempted(|| format!("Failed to undefine bridge interface {name}"))?;
    let made = connection
        .define_interface(&xml, InterfaceDefineFlags::NONE)
        .attempted(|| format!("Failed to define new interface {port}"))?;
    control.output.remark(format_args!("Device {port} un-attached from bridge {name}"));
    if !arguments.has("no-start") {
        made.start().attempted(|| format!("Failed to start interface {port}"))?;
        control.output.remark(format_args!("Interface {port} started"));
    }
    Ok(())
}

/// The XML of an interface and what it says of itself.
fn read(xml: &str, name: &str) -> Result<(Document, String), Failure> {
    let unreadable = |error: Error| {
        Failure::said(format!("Failed to parse configuration of {name}")).hint(error.to_string())
    };
    let document = Document::parse(xml).map_err(unreadable)?;
    let said = |attribute: &str| document.attr(document.root(), attribute).map(|value| value.into_owned());
    let kind = said("type").ok_or_else(|| Failure::said(format!("Existing device {name} has no type")))?;
    let own = said("name").unwrap_or_default();
    if own != name {
        return Err(Failure::said(format!(
            "Interface name from config {own} doesn't match given supplied name {name}"
        )));
    }
    Ok((document, kind))
}

fn wrong(error: Error) -> Failure {
    Failure::said(error.to_string())
}

/// Moves what an interface is on the link from one element to another.
fn move_link(document: &mut Document, from: Element, to: Element) -> Result<(), Failure> {
    for name in LINK {
        while let Some(found) = document.child(from, name) {
            let text = document.element_to_string(found);
            document.append_fragment(to, &text).map_err(wrong)?;
            document.remove(found);
        }
    }
    Ok(())
}

/// The XML of a bridge in place of an interface that becomes its port; `stp` is the delay with a spanning tree.
fn bridged(xml: &str, name: &str, bridge: &str, stp: Option<u32>) -> Result<String, Failure> {
    let (mut document, kind) = read(xml, name)?;
    if kind == "bridge" {
        return Err(Failure::said(format!("Existing device {name} is already a bridge")));
    }
    let root = document.root();
    document.set_attr(root, "type", "bridge").map_err(wrong)?;
    document.set_attr(root, "name", bridge).map_err(wrong)?;
    let inner = document.insert_child(root, "bridge");
    document.set_attr(inner, "stp", if stp.is_some() { "on" } else { "off" }).map_err(wrong)?;
    if let Some(delay) = stp {
        document.set_attr(inner, "delay", &delay.to_string()).map_err(wrong)?;
    }
    let port = document.insert_child(inner, "interface");
    document.set_attr(port, "type", &kind).map_err(wrong)?;
    document.set_attr(port, "name", name).map_err(wrong)?;
    move_link(&mut document, root, port)?;
    Ok(document.to_string())
}

/// The name and the XML of a bridge's only port, with what the bridge has besides.
fn unbridged(xml: &str, name: &str) -> Result<(String, String), Failure> {
    let (mut document, kind) = read(xml, name)?;
    if kind != "bridge" {
        return Err(Failure::said(format!("Device {name} is not a bridge")));
    }
    let root = document.root();
    let bridge =
        document.child(root, "bridge").ok_or_else(|| Failure::said("No bridge node in xml document"))?;
    let ports: Vec<Element> = document.children_named(bridge, "interface").collect();
    let port = match ports[..] {
        [] => return Err(Failure::said("No interface attached to bridge")),
        [port] => port,
        _ => return Err(Failure::said("Multiple interfaces attached to bridge")),
    };
    let said = |attribute: &str| document.attr(port, attribute).map(|value| value.into_owned());
    let port_name =
        said("name").ok_or_else(|| Failure::said(format!("Device attached to bridge {name} has no name")))?;
    let port_kind =
        said("type").ok_or_else(|| Failure::said(format!("Attached device {port_name} has no type")))?;
    document.set_attr(root, "type", &port_kind).map_err(wrong)?;
    document.set_attr(root, "name", &port_name).map_err(wrong)?;
    move_link(&mut document, port, root)?;
    document.remove(bridge);
    Ok((port_name, document.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "<interface type='ethernet' name='eth1'>\n  <start mode='onboot'/>\n  \
        <protocol family='ipv4'>\n    <dhcp/>\n  </protocol>\n  <mac address='aa:bb:cc:dd:ee:ff'/>\n</interface>\n";

    #[test]
    fn a_bridge_takes_the_addresses_and_leaves_the_link() {
        let xml = bridged(PLAIN, "eth1", "br0", Some(4)).unwrap();
        let document = Document::parse(&xml).unwrap();
        let at = |place| document.get(document.root(), place).map(|text| text.into_owned());
        assert_eq!(at("@type").as_deref(), Some("bridge"));
        assert_eq!(at("@name").as_deref(), Some("br0"));
        assert_eq!(at("protocol/@family").as_deref(), Some("ipv4"));
        assert_eq!(at("bridge/@stp").as_deref(), Some("on"));
        assert_eq!(at("bridge/@delay").as_deref(), Some("4"));
        assert_eq!(at("bridge/interface/@type").as_deref(), Some("ethernet"));
        assert_eq!(at("bridge/interface/@name").as_deref(), Some("eth1"));
        assert_eq!(at("bridge/interface/mac/@address").as_deref(), Some("aa:bb:cc:dd:ee:ff"));
        assert_eq!(at("mac/@address"), None);
        let (port, back) = unbridged(&xml, "br0").unwrap();
        let (back, plain) = (Document::parse(&back).unwrap(), Document::parse(PLAIN).unwrap());
        assert_eq!(port, "eth1");
        for place in ["@type", "@name", "protocol/@family", "mac/@address", "start/@mode", "bridge/@stp"] {
            assert_eq!(back.get(back.root(), place), plain.get(plain.root(), place), "{place}");
        }
    }

    #[test]
    fn only_a_bridge_with_one_port_is_taken_apart() {
        let said = |xml: &str, name: &str| unbridged(xml, name).unwrap_err().said.concat();
        assert_eq!(said(PLAIN, "eth1"), "Device eth1 is not a bridge");
        let bridge = |inside: &str| format!("<interface type='bridge' name='b'>{inside}</interface>");
        assert_eq!(said(&bridge(""), "b"), "No bridge node in xml document");
        assert_eq!(said(&bridge("<bridge/>"), "b"), "No interface attached to bridge");
        let two =
            "<bridge><interface type='ethernet' name='x'/><interface type='ethernet' name='y'/></bridge>";
        assert_eq!(said(&bridge(two), "b"), "Multiple interfaces attached to bridge");
        assert!(bridged(&bridge(two), "b", "c", None).is_err());
        assert!(bridged(PLAIN, "eth2", "c", None).is_err());
    }
}
