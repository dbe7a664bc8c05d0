//! `--disk path=`: one word for what the document tells apart as files, devices, directories and network disks.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::document::{self, Document, Element};
use crate::property::Special;

/// The row's place.
pub(super) const PATH: Special = Special { get: path, set: set_path };

/// Protocols of URLs that libvirt can open as a disk.
const PROTOCOLS: &[&str] =
    &["http", "https", "ftp", "ftps", "tftp", "nbd", "iscsi", "gluster", "rbd", "ssh", "nfs"];

/// What would be read as something else in the path of a URL.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'?').add(b'#');

/// A URL of a network disk in its parts.
#[derive(Debug, PartialEq, Eq)]
struct Url<'a> {
    protocol: &'a str,
    transport: Option<&'a str>,
    host: &'a str,
    port: Option<&'a str>,
    /// As the server knows it, without `%20` and the like: libvirt encodes it again.
    name: Cow<'a, str>,
    /// Of a host that is reached through a file.
    socket: &'a str,
    query: &'a str,
}

impl<'a> Url<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (protocol, transport) = match scheme.split_once('+') {
            Some((protocol, transport)) => (protocol, Some(transport)),
            None => (scheme, None),
        };
        if !PROTOCOLS.contains(&protocol) {
            return None;
        }
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, name) = rest.split_once('/').unwrap_or((rest, ""));
        let path = &rest[authority.len()..];
        // The socket is in the query as QEMU writes such a URL, or all of the path.
        let (name, socket, query) = match query.strip_prefix("socket=") {
            Some(socket) => (name, socket, ""),
            None if transport == Some("unix") => ("", path, query),
            None => (name, "", query),
        };
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let port_at = authority.rfind(':').filter(|&at| !authority[at..].contains(']'));
        let (host, port) = match port_at {
            Some(at) => (&authority[..at], Some(&authority[at + 1..])),
            None => (authority, None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = percent_decode_str(name)
            .decode_utf8()
            .ok()
            .filter(|decoded| !decoded.contains(char::is_control))
            .unwrap_or(Cow::Borrowed(name));
        Some(Self { protocol, transport, host, port, name, socket, query })
    }
}

/// Whether a path is the URL of a disk that only the hypervisor can look into.
pub(crate) fn is_network_disk(path: &str) -> bool {
    Url::parse(path).is_some_and(|url| !["http", "https", "ftp", "ftps", "tftp"].contains(&url.protocol))
}

fn path(document: &Document, disk: Element, _: &[usize]) -> Option<String> {
    let get = |place: &str| document.get(disk, place).filter(|v| !v.is_empty()).map(|v| v.into_owned());
    let local = ["source/@file", "source/@dev", "source/@dir"].into_iter().find_map(get);
    local.or_else(|| {
        let protocol = get("source/@protocol")?;
        let transport = get("source/host/@transport").map_or(String::new(), |t| format!("+{t}"));
        let host = get("source/host/@name").unwrap_or_default();
        let host = if host.contains(':') { format!("[{host}]") } else { host };
        let port = get("source/host/@port").map_or(String::new(), |p| format!(":{p}"));
        let name =
            get("source/@name").map_or(String::new(), |n| format!("/{}", utf8_percent_encode(&n, ENCODED)));
        let query = get("source/@query").map_or(String::new(), |q| format!("?{q}"));
        let (name, query) = match get("source/host/@socket") {
            Some(socket) if name.is_empty() => (socket, query),
            Some(socket) => (name, format!("?socket={socket}")),
            None => (name, query),
        };
        Some(format!("{protocol}{transport}://{host}{port}{name}{query}"))
    })
}

/// Attributes of the source that say where it is, each for some kinds of disks.
const LEADS: &[&str] = &["file", "dev", "dir", "name", "query", "protocol", "pool", "volume"];

/// Says in the document where a disk is stored.
pub(crate) fn set_path(
    document: &mut Document,
    disk: Element,
    _: &[usize],
    value: &str,
) -> Result<(), document::Error> {
    if value.is_empty() {
        document.clear_element(disk, "source/host")?;
        return clear_leads(document, disk, &[]);
    }
    // What is new comes first, so that the source keeps its place and all else that is in it.
    if let Some(url) = Url::parse(value) {
        document.set_attr(disk, "type", "network")?;
        document.set(disk, "source/@protocol", url.protocol)?;
        for (place, value) in [
            ("source/@name", &*url.name),
            ("source/@query", url.query),
            ("source/host/@name", url.host),
            ("source/host/@port", url.port.unwrap_or_default()),
            ("source/host/@transport", url.transport.unwrap_or_default()),
            ("source/host/@socket", url.socket),
        ] {
            match value {
                "" => document.clear(disk, place).map(|_| ())?,
                value => document.set(disk, place, value).map(|_| ())?,
            }
        }
        return clear_leads(document, disk, &["protocol", "name", "query"]);
    }
    let now = document.attr(disk, "type").map(|t| t.into_owned());
    let kind = match now.as_deref() {
        Some(kind @ ("file" | "block" | "dir")) => kind,
        _ if value.starts_with("/dev/") => "block",
        _ => "file",
    };
    document.set_attr(disk, "type", kind)?;
    let attribute = match kind {
        "block" => "dev",
        "dir" => "dir",
        _ => "file",
    };
    document.set(disk, &format!("source/@{attribute}"), &crate::property::absolute(value))?;
    document.clear_element(disk, "source/host")?;
    clear_leads(document, disk, &[attribute])
}

fn clear_leads(document: &mut Document, disk: Element, but: &[&str]) -> Result<(), document::Error> {
    for lead in LEADS.iter().filter(|lead| !but.contains(lead)) {
        document.clear(disk, &format!("source/@{lead}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_disks_are_written_in_parts_and_read_whole() {
        for url in [
            "https://host/a/b.iso",
            "http://host:8080/x",
            "gluster+tcp://host/v/i",
            "nbd://[::1]:10809",
            "http://[1:2::4]:5522/p?query=foo",
            "gluster+unix:///v?socket=/x",
            "nbd+unix:///run/nbd",
            "http://host/a%20b%25%3F.iso?c%20d",
        ] {
            let mut document = Document::new("disk");
            let disk = document.root();
            set_path(&mut document, disk, &[], url).unwrap();
            assert_eq!(document.attr(disk, "type").as_deref(), Some("network"));
            assert_eq!(path(&document, disk, &[]).as_deref(), Some(url));
            set_path(&mut document, disk, &[], "/x.img").unwrap();
            assert_eq!(document.to_string(), "<disk type=\"file\">\n  <source file=\"/x.img\"/>\n</disk>\n");
        }
        let url = Url::parse("gluster+unix:///v/i?socket=/x").unwrap();
        assert_eq!((url.transport, &*url.name, url.socket, url.query), (Some("unix"), "v/i", "/x", ""));
        let url = Url::parse("http://ann@[1:2::4]:5522/p?query=foo#here").unwrap();
        assert_eq!((url.host, url.port, &*url.name, url.query), ("1:2::4", Some("5522"), "p", "query=foo"));
        for (text, name) in
            [("http://h/a%20b", "a b"), ("rbd://h/p/a%40b", "p/a@b"), ("http://h/%zz%ff", "%zz%ff")]
        {
            assert_eq!(Url::parse(text).unwrap().name, name);
        }
        assert_eq!(Url::parse("http://h/a%0Ab").unwrap().name, "a%0Ab", "no control characters");
        assert_eq!(Url::parse("/a://b"), None);
        assert_eq!(Url::parse("c://b"), None);
    }
}
