//! Devices of the host by name or address, as `--hostdev` and `--network hostdev=` take them.

use hypervisor::flags::NodeDeviceFilter;
use hypervisor::{Connection, NodeDevice};

use super::Error;
use crate::domain::{HOSTDEV, HostAddress, NETWORK};
use crate::object;
use crate::property::Options;

/// Where a mediated device's model follows from what it is a part of; others are PCI devices.
const MODELS: &[(&str, &str)] = &[("vfio_ccw-io", "vfio-ccw"), ("vfio_ap-passthrough", "vfio-ap")];

/// Kinds of devices that a container gets, by the row that names them.
const FOR_CONTAINERS: &[(&str, &str)] =
    &[("net", "source.interface"), ("misc", "source.char"), ("storage", "source.block")];

/// How far a name may be from a device's to be taken for it.
const LIKENESS: f64 = 0.7;

/// What the text of a `--hostdev` says, with the device that it names looked up on the host. What the text says of the
/// device itself is left as it is. An address that the host does not have now is taken as it is: the device may be there
/// when the guest starts.
///
/// # Errors
/// The text is wrong, the host has no device of that name or several of that address, or guests cannot take it over.
pub(crate) fn options(text: &str, connection: &Connection) -> Result<Options, Error> {
    let mut given = Options::parse(text)?;
    let first = given.items().first().filter(|item| item.value.is_none()).map(|item| item.name.clone());
    let Some(name) = first.or_else(|| given.get("name").map(str::to_owned)) else {
        return Ok(HOSTDEV.parse(text)?);
    };
    let nameless = |mut options: Options| {
        options.items().retain(|item| item.value.is_some() && item.name != "name");
        options
    };
    let kind = given.get("type").unwrap_or_default();
    let (mut options, rows) = if let Some((_, row)) = FOR_CONTAINERS.iter().find(|(own, _)| *own == kind) {
        let rows = vec![("mode", "capabilities".to_owned()), ("managed", "yes".to_owned()), (*row, name)];
        (nameless(given), rows)
    } else {
        match find(&name, connection)? {
            Some(device) => (nameless(given), rows(&device, connection)?),
            None => (HOSTDEV.parse(text)?, managed("yes")),
        }
    };
    for (row, value) in rows {
        if !options.has(row) {
            options.set(row, &value);
        }
    }
    Ok(options)
}

/// What the text of a `--network` says, with the card that `hostdev=` names looked up on the host.
///
/// # Errors
/// As for [`options`], or it is no PCI device.
pub(crate) fn network_options(text: &str, connection: &Connection) -> Result<Options, Error> {
    let mut options = Options::parse(text)?;
    let Some(name) = options.remove("hostdev") else { return Ok(NETWORK.parse(text)?) };
    let unfit = |why: &str| Error::HostDevice { name: name.clone(), why: why.to_owned() };
    let Some(device) = find(&name, connection)? else { return Err(unknown(&name, connection)) };
    let found = rows(&device, connection)?;
    if !found.iter().any(|(row, kind)| *row == "type" && kind == "pci") {
        return Err(unfit("only a PCI card can be a guest's network interface"));
    }
    let fixed = [("type", "hostdev"), ("managed", "yes"), ("source.address.type", "pci")];
    let found = found.iter().filter(|(row, _)| row.starts_with("source.address."));
    for (row, value) in fixed.into_iter().chain(found.map(|(row, value)| (*row, value.as_str()))) {
        if !options.has(row) {
            options.set(row, value);
        }
    }
    Ok(options)
}

/// The device of that name or address; none where it is an address that the host does not have.
fn find(name: &str, connection: &Connection) -> Result<Option<NodeDevice>, Error> {
    match (connection.node_device_by_name(name), HostAddress::parse(name)) {
        (Ok(device), _) => Ok(Some(device)),
        (Err(_), Some(address)) => at(address, name, connection),
        (Err(error), None) if error.code.is_missing() => Err(unknown(name, connection)),
        (Err(error), None) => Err(error.into()),
    }
}

/// The device that has this address or these numbers; none where the host does not have or does not tell it.
fn at(address: HostAddress, name: &str, connection: &Connection) -> Result<Option<NodeDevice>, Error> {
    let found: Vec<NodeDevice> = all(connection)
        .into_iter()
        .filter(|(_, view)| address_matches(address, view))
        .map(|(device, _)| device)
        .collect();
    match <[NodeDevice; 1]>::try_from(found) {
        Ok([device]) => Ok(Some(device)),
        Err(found) if found.is_empty() => Ok(None),
        Err(found) => {
            let mut names: Vec<String> = found.iter().map(|device| device.name().to_owned()).collect();
            names.sort();
            Err(Error::ManyHostDevices { address: name.to_owned(), names })
        }
    }
}

/// All PCI and USB devices of the host. Not every driver can tell them.
fn all(connection: &Connection) -> Vec<(NodeDevice, object::NodeDevice)> {
    let devices =
        connection.node_devices(NodeDeviceFilter::PCI_DEV | NodeDeviceFilter::USB_DEV).unwrap_or_default();
    // One that goes away meanwhile is not there.
    devices
        .into_iter()
        .filter_map(|device| {
            let view = object::NodeDevice::parse(&device.xml().ok()?).ok()?;
            Some((device, view))
        })
        .collect()
}

fn address_matches(address: HostAddress, view: &object::NodeDevice) -> bool {
    let are = |names: &[&str], numbers: &[u32]| {
        names.iter().zip(numbers).all(|(name, own)| view.number(name) == Some(*own))
    };
    match address {
        HostAddress::Pci(numbers) => are(&["domain", "bus", "slot", "function"], &numbers),
        HostAddress::UsbPlace(numbers) => are(&["bus", "device"], &numbers),
        HostAddress::UsbKind(numbers) => are(&["vendor.id", "product.id"], &numbers),
    }
}

/// The rows that say what a device of the host is to a guest.
fn rows(device: &NodeDevice, connection: &Connection) -> Result<Vec<(&'static str, String)>, Error> {
    let unfit = |why: &str| Error::HostDevice { name: device.name().to_owned(), why: why.to_owned() };
    let xml = device.xml()?;
    let view = object::NodeDevice::parse(&xml).map_err(|error| unfit(&error.to_string()))?;
    let kind = view.kind().unwrap_or_default();
    let told = |rows: &[(&'static str, &str)]| -> Result<Vec<(&'static str, String)>, Error> {
        let row = |(row, name): &(&'static str, &str)| {
            let value = view.get(name).ok_or_else(|| unfit(&format!("libvirt does not tell its {name}")))?;
            Ok((*row, value))
        };
        rows.iter().map(row).collect()
    };
    let mut rows = Vec::new();
    match kind.as_str() {
        "pci" => {
            rows.extend(managed("yes"));
            rows.push(("type", "pci".to_owned()));
            rows.extend(told(&[
                ("source.address.domain", "domain"),
                ("source.address.bus", "bus"),
                ("source.address.slot", "slot"),
                ("source.address.function", "function"),
            ])?);
        }
        "usb_device" => {
            rows.extend(managed("yes"));
            rows.push(("type", "usb".to_owned()));
            let numbers = told(&[("source.vendor.id", "vendor.id"), ("source.product.id", "product.id")])?;
            let is_like = |(_, other): &(NodeDevice, object::NodeDevice)| {
                ["vendor.id", "product.id"].iter().all(|name| other.get(name) == view.get(name))
            };
            rows.extend(numbers);
            // Its numbers alone would mean any of its kind.
            if all(connection).iter().filter(|device| is_like(device)).count() > 1 {
                rows.extend(told(&[("source.address.bus", "bus"), ("source.address.device", "device")])?);
            }
        }
        "scsi" => {
            rows.extend(managed("no"));
            rows.push(("type", "scsi".to_owned()));
            rows.extend(told(&[
                ("source.adapter.name", "host"),
                ("source.address.bus", "bus"),
                ("source.address.target", "target"),
                ("source.address.unit", "lun"),
            ])?);
            for (_, host) in rows.iter_mut().filter(|(row, _)| *row == "source.adapter.name") {
                host.insert_str(0, "scsi_host");
            }
        }
        "mdev" => {
            let of = view.get("type.id").unwrap_or_default();
            let model = MODELS.iter().find(|(kind, _)| *kind == of).map_or("vfio-pci", |(_, model)| model);
            let is_pci = model == "vfio-pci";
            rows.extend(managed(if is_pci { "yes" } else { "no" }));
            rows.extend([("type", "mdev".to_owned()), ("model", model.to_owned())]);
            if is_pci {
                rows.extend([("display", "off".to_owned()), ("ramfb", "off".to_owned())]);
            }
            // Before libvirt 8.0 its name alone had it.
            let from_name = || Some(device.name().strip_prefix("mdev_")?.get(..36)?.replace('_', "-"));
            let uuid =
                view.get("uuid").or_else(from_name).ok_or_else(|| unfit("libvirt does not tell its UUID"))?;
            rows.push(("source.address.uuid", uuid));
        }
        "net" => {
            let parent = view.parent().ok_or_else(|| unfit("no device is behind it"))?;
            let parent = connection.node_device_by_name(&parent)?;
            // A card, not another interface: one step is enough.
            if parent.capabilities()?.iter().any(|kind| kind == "net") {
                return Err(unfit("no card is behind it"));
            }
            return self::rows(&parent, connection);
        }
        kind => {
            let parent = view.parent().filter(|parent| parent != "computer");
            let hint = parent.map_or(String::new(), |parent| format!("\n  hint: it is a part of '{parent}'"));
            return Err(unfit(&format!(
                "it is of the kind '{kind}', and guests can take over PCI, USB, SCSI and mediated devices{hint}"
            )));
        }
    }
    Ok(rows)
}

fn managed(by_libvirt: &str) -> Vec<(&'static str, String)> {
    vec![("mode", "subsystem".to_owned()), ("managed", by_libvirt.to_owned())]
}

fn unknown(name: &str, connection: &Connection) -> Error {
    let devices = connection.node_devices(NodeDeviceFilter::NONE).unwrap_or_default();
    let nearest = devices
        .iter()
        .map(|device| (strsim::normalized_damerau_levenshtein(device.name(), name), device.name()))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        .map(|(_, name)| name.to_owned());
    Error::NoHostDevice { name: name.to_owned(), nearest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hypervisor::OpenOptions;

    #[test]
    fn what_is_said_of_a_card_is_left_as_it_is() {
        let host = tempfile::NamedTempFile::new().unwrap();
        let device = "<device><name>pci_0000_01_00_0</name><parent>computer</parent><capability type='pci'><domain>0</domain>\
                      <bus>1</bus><slot>0</slot><function>0</function>\
                      <product id='0x1'>a</product><vendor id='0x2'>b</vendor></capability></device>";
        std::fs::write(host.path(), format!("<node>{device}</node>")).unwrap();
        let uri = format!("test://{}", host.path().display());
        let connection = Connection::open(&OpenOptions::uri(&uri)).unwrap();
        let options = network_options("hostdev=pci_0000_01_00_0,managed=no", &connection).unwrap();
        for (name, value) in [("type", "hostdev"), ("managed", "no"), ("source.address.bus", "1")] {
            assert_eq!(options.get(name), Some(value), "{name}");
        }
    }
}
