//! A domain's displays, terminals and pictures.

use std::fs::File;
use std::io;
use std::path::Path;

use xctl::document::{Document, Element};

use super::device::{devices, document};
use super::{By, find};
use crate::command::option::{domain, flag, number, text};
use crate::command::{Answer, Arguments, Command, Values};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, field, moment};
use hypervisor::flags::DomainXml;

const KINDS: &[&str] = &["vnc", "spice", "rdp", "dbus"];
/// VNC counts displays from this port on.
const FIRST_VNC_PORT: i64 = 5900;

pub(super) const DISPLAY: Command = Command::new(
    "domdisplay",
    "print where a domain's display is",
    "Prints the URI of a running domain's display.",
    &[
        domain(Values::ActiveDomain),
        flag("include-password", "with its password"),
        text("type", "only a display of this type").positional().values(Values::Words(KINDS)),
        flag("all", "of all displays"),
    ],
    display,
)
.answers(&DISPLAYS);

pub(super) const VNC: Command = Command::new(
    "vncdisplay",
    "print where a domain's VNC display is",
    "Prints address and number of a running domain's VNC display.",
    &[domain(Values::ActiveDomain)],
    vnc,
)
.answers(&Answer::printed(&[field::text("display", "address and number, as VNC viewers take them")]));

pub(super) const RELOAD: Command = Command::new(
    "domdisplay-reload",
    "have a display read its certificates anew",
    "Has a running domain's display read its TLS certificates anew.",
    &[domain(Values::ActiveDomain), number("type", "libvirt's number of the type of display; 0 is any")],
    |control, arguments| {
        let domain = find(control, arguments, By::ANY)?;
        Ok(domain.reload_graphics(arguments.number("type")?.unwrap_or_default())?)
    },
)
.acts();

pub(super) const TTY: Command = Command::new(
    "ttyconsole",
    "print which terminal a domain's console is on",
    "Prints the host's terminal device that a running domain's console is on.",
    &[domain(Values::ActiveDomain)],
    tty,
)
.answers(&Answer::printed(&[field::text("tty", "the terminal's device")]));

pub(super) const SCREENSHOT: Command = Command::new(
    "screenshot",
    "save the picture on a guest's screen",
    "Saves the picture on a guest's screen to a file.",
    &[
        domain(Values::ActiveDomain),
        text("file", "the file; one named after domain and time if not given")
            .tolerated()
            .alone()
            .values(Values::File),
        number("screen", "number of the screen").tolerated(),
    ],
    screenshot,
);

/// One of a domain's displays in its XML.
struct Display<'d> {
    document: &'d Document,
    element: Element,
}

impl Display<'_> {
    fn get(&self, place: &str) -> Option<String> {
        self.document.get(self.element, place).map(|value| value.into_owned())
    }

    /// A port, unless none is given out yet.
    fn port(&self, place: &str) -> Option<i64> {
        self.get(place)?.parse().ok().filter(|port| *port > 0)
    }

    fn listens_on(&self) -> Option<String> {
        self.get("@listen").or_else(|| self.get("listen[@type='address']/@address"))
    }

    fn socket(&self, kind: &str) -> Option<String> {
        match kind {
            "dbus" => self.get("@address")?.strip_prefix("unix:path=").map(str::to_owned),
            _ => self.get("@socket").or_else(|| self.get("listen[@type='socket']/@socket")),
        }
    }

    /// Its URI; `None` where nobody can connect to it.
    fn uri(&self, kind: &str, host: &str, with_password: bool) -> Option<String> {
        let (port, tls) = (self.port("@port"), self.port("@tlsPort"));
        let password = self.get("@passwd").filter(|_| with_password);
        if port.is_none() && tls.is_none() {
            return Some(format!("{kind}+unix://{}", self.socket(kind)?));
        }
        let address = match self.listens_on().as_deref() {
            None | Some("0.0.0.0" | "::") => host.to_owned(),
            Some(address) if address.contains(':') => format!("[{address}]"),
            Some(address) => address.to_owned(),
        };
        let user = match &password {
            Some(password) if kind == "vnc" => format!(":{password}@"),
            _ => String::new(),
        };
        let mut uri = format!("{kind}://{user}{address}");
        if let Some(port) = port {
            uri += &format!(":{}", if kind == "vnc" { port - FIRST_VNC_PORT } else { port });
        }
        let more = [
            tls.filter(|_| kind != "vnc").map(|port| format!("tls-port={port}")),
            password.filter(|_| kind == "spice").map(|password| format!("password={password}")),
        ];
        let more: Vec<String> = more.into_iter().flatten().collect();
        if !more.is_empty() {
            uri += &format!("?{}", more.join("&"));
        }
        Some(uri)
    }
}

fn displays<'d>(document: &'d Document, kind: &str) -> impl Iterator<Item = Display<'d>> {
    let of_kind = move |element: &Element| document.get(*element, "@type").is_some_and(|found| found == kind);
    devices(document, "graphics").filter(of_kind).map(move |element| Display { document, element })
}

/// The host of a URI such as `qemu+ssh://ann@host:22/system`; displays that listen everywhere are to be found there.
fn host(uri: &str) -> &str {
    let authority = uri.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() };
    if host.is_empty() { "localhost" } else { host }
}

fn display(control: &mut Control, arguments: &Arguments) -> Outcome {
    let found = found(control, arguments)?;
    match found.first() {
        Some((_, first)) if !arguments.has("all") => control.output.print(first),
        _ => found.iter().for_each(|(_, uri)| control.output.line(uri)),
    }
    Ok(())
}

const DISPLAYS: Answer = Answer::list(
    &[field::text("type", "vnc, spice, rdp or dbus"), field::text("uri", "where it is")],
    |control, arguments| {
        let all = found(control, arguments)?.into_iter();
        Ok(all.map(|(kind, uri)| Record::new().with("type", kind).with("uri", uri)).collect())
    },
);

/// The displays that the options ask for, of which there is at least one: type and URI.
fn found(control: &mut Control, arguments: &Arguments) -> Result<Vec<(&'static str, String)>, Failure> {
    let domain = find(control, arguments, By::ANY)?;
    if !domain.is_active()? {
        return Err(Failure::said("Domain is not running"));
    }
    let wanted = arguments.text("type")?;
    let with_password = arguments.has("include-password");
    let flags = if with_password { DomainXml::SECURE } else { DomainXml::NONE };
    let document = Document::parse(&domain.xml(flags)?).map_err(|error| Failure::said(error.to_string()))?;
    let uri = domain.connection().uri().to_owned();
    let found: Vec<_> = KINDS
        .iter()
        .filter(|kind| wanted.is_none_or(|wanted| wanted == **kind))
        .filter_map(|kind| {
            let uri = displays(&document, kind).next()?.uri(kind, host(&uri), with_password)?;
            Some((*kind, uri))
        })
        .collect();
    match wanted {
        _ if !found.is_empty() => Ok(found),
        Some(kind) => Err(Failure::said(format!("No graphical display with type '{kind}' found"))),
        None => Err(Failure::said("No graphical display found")),
    }
}

fn vnc(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    if !domain.is_active()? {
        return Err(Failure::said("Domain is not running"));
    }
    let document = document(&domain, false)?;
    let display = displays(&document, "vnc").next();
    let port = display.as_ref().and_then(|display| display.port("@port"));
    let port = port.ok_or_else(|| Failure::said("Failed to get VNC port. Is this domain using VNC?"))?;
    let address = display.and_then(|display| display.listens_on()).filter(|address| address != "0.0.0.0");
    let number = port - FIRST_VNC_PORT;
    control.output.line(format_args!("{}:{number}", address.unwrap_or_default()));
    Ok(())
}

fn tty(control: &mut Control, arguments: &Arguments) -> Outcome {
    let document = document(&find(control, arguments, By::ANY)?, false)?;
    let tty = devices(&document, "console").find_map(|console| document.get(console, "@tty"));
    control.output.line(tty.ok_or_else(Failure::silent)?);
    Ok(())
}

fn screenshot(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let screen = arguments.number("screen")?.unwrap_or_default();
    let name = arguments.required("domain")?;
    let (kind, mut picture) =
        domain.screenshot(screen).attempted(|| format!("could not take a screenshot of {name}"))?;
    let path = match arguments.text("file")? {
        Some(path) => path.to_owned(),
        None => {
            let suffix = match &*kind {
                "image/x-portable-pixmap" => ".ppm",
                "image/png" => ".png",
                _ => "",
            };
            format!("{}-{}{suffix}", domain.name(), moment::file_stamp(std::time::SystemTime::now()))
        }
    };
    let is_new = !Path::new(&path).exists();
    let mut file = File::create(&path).map_err(|_| Failure::said(format!("cannot create file {path}")))?;
    let received = io::copy(&mut picture, &mut file)
        .map_err(|error| Failure::said(format!("could not receive data from domain {name}: {error}")))
        .and_then(|_| Ok(picture.finish()?));
    if received.is_err() && is_new {
        // Half a picture is none.
        let _ = std::fs::remove_file(&path);
    }
    received?;
    control.output.last_remark(format_args!("Screenshot saved to {path}, with type of {kind}"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_uri_is_found() {
        for (uri, found) in [
            ("qemu:///system", "localhost"),
            ("qemu+ssh://ann@box:22/system", "box"),
            ("qemu+tls://[::1]/system", "[::1]"),
            ("nonsense", "localhost"),
        ] {
            assert_eq!(host(uri), found);
        }
    }
}
