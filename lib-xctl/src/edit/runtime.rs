//! What libvirt adds to the definition of a guest while it runs, so that only real differences are left.

use crate::document::{Document, Element};

/// What is taken away from each device of a kind (`*` is any): an attribute of it, a child, or an attribute of a child.
const OF_RUNNING: &[(&str, &str)] = &[
    ("disk", "backingStore"),
    ("disk", "source/@index"),
    ("disk", "mirror"),
    ("interface", "backend/@fakeownership"),
    ("serial", "source"),
    ("serial", "@tty"),
    ("console", "source"),
    ("console", "@tty"),
    ("parallel", "source"),
    ("channel", "target/@state"),
    ("graphics", "@port"),
    ("graphics", "@tlsPort"),
    ("graphics", "@websocket"),
    ("graphics", "@listen"),
    ("graphics", "listen/@address"),
];

/// The definition of a running guest without what only a running one has.
#[must_use]
pub fn without_runtime(running: &str, defined: &str) -> Option<String> {
    let mut live = Document::parse(running).ok()?;
    let kept = Document::parse(defined).ok()?;
    let root = live.root();
    live.remove_attr(root, "id");
    let labels: Vec<Element> = live.children_named(root, "seclabel").collect();
    if kept.child(kept.root(), "seclabel").is_none() {
        for label in labels {
            live.remove(label);
        }
    }
    let devices: Vec<Element> =
        live.child(root, "devices").map(|devices| live.children(devices).collect()).unwrap_or_default();
    let own = kept.child(kept.root(), "devices");
    let defined_devices: Vec<Element> = own.map(|own| kept.children(own).collect()).unwrap_or_default();
    for (at, device) in devices.iter().enumerate() {
        let name = live.name(*device).to_owned();
        let counterpart = defined_devices.get(at).copied().filter(|other| kept.name(*other) == name);
        let is_kept = |place: &str| {
            counterpart.is_some_and(|other| match place.contains('@') {
                true => kept.get(other, place).is_some(),
                false => kept.find(other, place).is_some(),
            })
        };
        clear(&mut live, *device, "alias", &is_kept);
        for (_, place) in OF_RUNNING.iter().filter(|(kind, _)| *kind == name) {
            clear(&mut live, *device, place, &is_kept);
        }
        // libvirt numbers the images below a disk while they are open.
        let mut layer = live.child(*device, "backingStore");
        while let Some(below) = layer {
            live.remove_attr(below, "index");
            layer = live.child(below, "backingStore");
        }
        if name == "graphics" {
            for port in ["port", "tlsPort", "websocket"] {
                // Any port is one in particular while it runs.
                let is_any =
                    counterpart.and_then(|other| kept.attr(other, port)).is_some_and(|own| own == "-1");
                if is_any {
                    // A number needs nothing that could be refused.
                    let _ = live.set_attr(*device, port, "-1");
                }
            }
        }
        if name == "interface" {
            clear(&mut live, *device, "target/@dev", &is_kept);
        }
    }
    let text = live.to_string();
    Some(match cpu(&live, &kept) {
        Some((running, defined)) => text.replacen(&running, &defined, 1),
        None => text,
    })
}

/// The CPU of a running guest, and the one that is defined, if the first is what libvirt made of the second: it names the
/// features that a model stands for, or of the host's.
fn cpu(live: &Document, kept: &Document) -> Option<(String, String)> {
    let (running, defined) = (live.child(live.root(), "cpu")?, kept.child(kept.root(), "cpu")?);
    let is_of_the_host = kept.attr(defined, "mode").is_some_and(|mode| mode != "custom");
    let is_one_model = live.get(running, "model") == kept.get(defined, "model");
    (is_of_the_host || is_one_model)
        .then(|| (live.element_to_string(running), kept.element_to_string(defined)))
}

/// Clears what the definition does not have, too.
fn clear(live: &mut Document, device: Element, place: &str, is_kept: &dyn Fn(&str) -> bool) {
    // A child is looked for by its first attribute or by itself.
    if !is_kept(place) {
        let done = match place.contains('@') {
            true => live.clear(device, place),
            false => live.clear_element(device, place),
        };
        // Only a place that is not well-formed is refused, and these are.
        let _ = done;
    }
}
