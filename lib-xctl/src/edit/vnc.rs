//! From SPICE and any other graphical console to one VNC console.

use super::addition;
use super::error::Error;
use super::surroundings::Surroundings;
use crate::defaults;
use crate::document::{self, Document, Element};
use crate::domain::{CHANNEL, Domain, GRAPHICS, VIDEO, add_device};

/// Attributes of a console that VNC has too.
const SHARED: &[&str] = &["type", "port", "autoport", "listen", "passwd", "passwdValidTo", "keymap"];

/// Consoles that draw for others and show nothing by themselves.
const HEADLESS: &str = "egl-headless";

/// Where the other end of a device is that is no more: SPICE's.
const SPICE_ENDS: &[&str] = &["spicevmc", "spiceport"];

/// What a SPICE console said about the clipboard and the pointer, which the agent takes over.
#[derive(Debug, Default)]
struct Sharing {
    clipboard: Option<String>,
    pointer: Option<String>,
}

/// Converts a guest.
pub(super) fn convert(
    document: &mut Document,
    with_agent: bool,
    around: &Surroundings<'_>,
) -> Result<(), Error> {
    keep_drawing(document)?;
    remove_ends(document);
    let sharing = console(document, around)?;
    if with_agent && !has_agent(document) {
        agent(document, &sharing)?;
    }
    cards(document, around)?;
    Ok(())
}

fn devices(document: &Document, kind: &str) -> Vec<Element> {
    Domain::new(document).devices(kind)
}

fn is_of(document: &Document, device: Element, kind: &str) -> bool {
    document.attr(device, "type").is_some_and(|own| own == kind)
}

/// What SPICE drew with OpenGL is drawn without a screen, and VNC shows that.
fn keep_drawing(document: &mut Document) -> Result<(), document::Error> {
    let draws = |document: &Document, e: &Element| {
        is_of(document, *e, "spice") && document.get(*e, "gl/@enable").is_some_and(|enable| enable == "yes")
    };
    let consoles = devices(document, "graphics");
    let Some(spice) = consoles.iter().copied().find(|e| draws(document, e)) else { return Ok(()) };
    if consoles.iter().any(|e| is_of(document, *e, HEADLESS)) {
        return Ok(());
    }
    let node = document.get(spice, "gl/@rendernode").map(|node| node.into_owned());
    let headless = add_device(document, "graphics");
    document.set_attr(headless, "type", HEADLESS)?;
    if let Some(node) = node {
        document.set(headless, "gl/@rendernode", &node)?;
    }
    Ok(())
}

/// Removes what no console is left for: without a SPICE console, libvirt refuses its devices.
pub(super) fn remove_lost_ends(document: &mut Document) {
    if !devices(document, "graphics").iter().any(|e| is_of(document, *e, "spice")) {
        remove_ends(document);
    }
}

/// Removes devices that only work with a SPICE console.
fn remove_ends(document: &mut Document) {
    for device in devices(document, "") {
        let kind = document.attr(device, "type").unwrap_or_default().into_owned();
        let is_sound = document.name(device) == "audio" && kind == "spice";
        if !is_sound && !SPICE_ENDS.contains(&kind.as_str()) {
            continue;
        }
        if let Some(id) = document.attr(device, "id").filter(|_| is_sound).map(|id| id.into_owned()) {
            forget_audio(document, &id);
        }
        document.remove(device);
    }
}

/// Takes away what leads to an audio backend, so that devices use the one that libvirt chooses.
fn forget_audio(document: &mut Document, id: &str) {
    for device in devices(document, "") {
        let leads = |e: &Element| document.attr(*e, "id").is_some_and(|own| own == id);
        if let Some(reference) = document.child(device, "audio").filter(leads) {
            document.remove(reference);
        }
    }
}

/// Leaves one VNC console: the one that is there, or else the first of the others made one.
fn console(document: &mut Document, around: &Surroundings<'_>) -> Result<Sharing, Error> {
    let mut others = devices(document, "graphics");
    others.retain(|e| !is_of(document, *e, HEADLESS) && !is_of(document, *e, "vnc"));
    let has_vnc = devices(document, "graphics").iter().any(|e| is_of(document, *e, "vnc"));
    let mut sharing = Sharing::default();
    if !has_vnc {
        if others.is_empty() {
            addition::add(document, &GRAPHICS, &["vnc".to_owned()], around)?;
        } else {
            let first = others.remove(0);
            let said = |place: &str| document.get(first, place).map(|value| value.into_owned());
            sharing = Sharing { clipboard: said("clipboard/@copypaste"), pointer: said("mouse/@mode") };
            make_vnc(document, first)?;
        }
    }
    for other in others {
        document.remove(other);
    }
    Ok(sharing)
}

fn make_vnc(document: &mut Document, console: Element) -> Result<(), document::Error> {
    document.set_attr(console, "type", "vnc")?;
    let attributes: Vec<String> = document.attrs(console).map(|(name, _)| name.to_owned()).collect();
    for name in attributes.iter().filter(|name| !SHARED.contains(&name.as_str())) {
        document.remove_attr(console, name);
    }
    let children: Vec<Element> = document.children(console).collect();
    for child in children.into_iter().filter(|child| document.name(*child) != "listen").collect::<Vec<_>>() {
        document.remove(child);
    }
    let listens = document.child(console, "listen").is_none_or(|listen| {
        document.attr(listen, "type").is_none_or(|kind| kind != "none" && kind != "socket")
    });
    if listens && ["port", "autoport"].iter().all(|name| document.attr(console, name).is_none()) {
        document.set_attr(console, "port", "-1")?;
    }
    Ok(())
}

fn has_agent(document: &Document) -> bool {
    devices(document, "channel").iter().any(|e| is_of(document, *e, "qemu-vdagent"))
}

fn agent(document: &mut Document, sharing: &Sharing) -> Result<(), Error> {
    let channel = add_device(document, "channel");
    let places = [
        ("type", "qemu-vdagent"),
        ("source.clipboard.copypaste", sharing.clipboard.as_deref().unwrap_or("yes")),
        ("source.mouse.mode", sharing.pointer.as_deref().unwrap_or("client")),
        ("target.type", "virtio"),
        ("target.name", "com.redhat.spice.0"),
    ];
    for (name, value) in places {
        CHANNEL.set(document, channel, name, value)?;
    }
    Ok(())
}

/// Cards made for SPICE become what a new guest with VNC would get.
fn cards(document: &mut Document, around: &Surroundings<'_>) -> Result<(), Error> {
    let cards = devices(document, "video");
    if cards.is_empty() {
        addition::add(document, &VIDEO, &["default".to_owned()], around)?;
        return Ok(());
    }
    let is_qxl = |document: &Document, card: Element| {
        document.get(card, "model/@type").is_some_and(|model| model == "qxl")
    };
    if !cards.iter().any(|card| is_qxl(document, *card)) {
        return Ok(());
    }
    let model = usual_card(document, around)?;
    let is_primary =
        |document: &Document, card: Element| document.get(card, "model/@primary").is_some_and(|p| p == "yes");
    let primary = cards.iter().copied().find(|card| is_primary(document, *card)).unwrap_or(cards[0]);
    for card in cards.into_iter().filter(|card| is_qxl(document, *card)).collect::<Vec<_>>() {
        // Of the others only virtio can be a second card.
        if card != primary && model != "virtio" {
            document.remove(card);
            continue;
        }
        let Some(element) = document.child(card, "model") else { continue };
        document.set_attr(element, "type", &model)?;
        let attributes: Vec<String> = document.attrs(element).map(|(name, _)| name.to_owned()).collect();
        for name in attributes.iter().filter(|name| !["type", "primary"].contains(&name.as_str())) {
            document.remove_attr(element, name);
        }
    }
    Ok(())
}

/// The model of a card of which nothing is said.
fn usual_card(document: &Document, around: &Surroundings<'_>) -> Result<String, Error> {
    let offers = around.offers(document)?;
    let mut draft = document.clone();
    let card = add_device(&mut draft, "video");
    defaults::device(&mut draft, &offers.context(), "video")?;
    Ok(draft.get(card, "model/@type").map_or_else(|| "vga".to_owned(), |model| model.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::tests::on_test_driver;

    const SPICE: &str = "\
<domain type='test'>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
  </os>
  <devices>
    <channel type='spicevmc'>
      <target type='virtio' name='com.redhat.spice.0'/>
    </channel>
    <channel type='unix'>
      <target type='virtio' name='org.qemu.guest_agent.0'/>
    </channel>
    <graphics type='spice' port='5901' tlsPort='-1' autoport='no' keymap='de'>
      <listen type='address' address='127.0.0.1'/>
      <image compression='off'/>
      <gl enable='yes' rendernode='/dev/dri/renderD128'/>
      <clipboard copypaste='no'/>
    </graphics>
    <sound model='ich6'>
      <audio id='2'/>
    </sound>
    <audio id='2' type='spice'/>
    <video>
      <model type='qxl' ram='65536' vram='65536' vgamem='16384' heads='1' primary='yes'/>
      <!-- the screen -->
    </video>
    <video>
      <model type='qxl' ram='65536'/>
    </video>
    <redirdev bus='usb' type='spicevmc'/>
  </devices>
</domain>
";

    fn converted(xml: &str, with_agent: bool) -> String {
        let mut document = Document::parse(xml).unwrap();
        on_test_driver(|around| convert(&mut document, with_agent, around).unwrap());
        document.to_string()
    }

    #[test]
    fn what_only_spice_needs_goes_and_the_rest_stays() {
        let expected = "\
<domain type='test'>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
  </os>
  <devices>
    <channel type='unix'>
      <target type='virtio' name='org.qemu.guest_agent.0'/>
    </channel>
    <graphics type='vnc' port='5901' autoport='no' keymap='de'>
      <listen type='address' address='127.0.0.1'/>
    </graphics>
    <graphics type='egl-headless'>
      <gl rendernode='/dev/dri/renderD128'/>
    </graphics>
    <sound model='ich6'/>
    <video>
      <model type='vga' primary='yes'/>
      <!-- the screen -->
    </video>
  </devices>
</domain>
";
        assert_eq!(converted(SPICE, false), expected);
        let with_agent = converted(SPICE, true);
        for part in ["<channel type='qemu-vdagent'>", "copypaste='no'", "mode='client'"] {
            assert!(with_agent.contains(part), "{with_agent}");
        }
        assert_eq!(converted(&with_agent, true), with_agent);
    }

    #[test]
    fn a_guest_without_a_screen_gets_one_and_other_screens_go() {
        let none = "<domain type='test'>\n  <devices>\n  </devices>\n</domain>\n";
        let text = converted(none, false);
        assert!(
            text.contains("<graphics type=") && text.contains("vnc") && text.contains("<video>"),
            "{text}"
        );
        let both = "<domain type='test'><devices><graphics type='vnc' port='5900'/><graphics type='sdl'/>\
                    <video><model type='cirrus'/></video></devices></domain>";
        assert_eq!(converted(both, false), both.replace("<graphics type='sdl'/>", ""));
    }
}
