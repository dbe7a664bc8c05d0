//! Graphics cards.

use super::error::Error;
use super::firmware::is_uefi;
use super::guest::{Board, Guest, Rule};
use crate::osinfo::device::VIRTIO_GPU;

const MODELS: &[Rule] = &[
    Rule { value: "vga", when: |g| g.board() == Board::Pseries, why: "it is the card of POWER machines" },
    Rule {
        value: "virtio",
        when: |g| matches!(g.board(), Board::Virt | Board::S390),
        why: "it is the card that {arch} guests drive",
    },
    Rule { value: "virtio", when: |g| g.is_x86() && has_gl(g), why: "no other draws in 3D" },
    Rule {
        value: "virtio",
        when: |g| g.drives_virtio(VIRTIO_GPU) && offers(g, "virtio"),
        why: "{os} drives it",
    },
    Rule {
        value: "bochs",
        when: |g| g.is_x86() && is_uefi(g) && offers(g, "bochs"),
        why: "UEFI's firmware drives it, and it has nothing of VGA's past",
    },
    Rule {
        value: "qxl",
        when: |g| g.is_hvm() && g.is_x86() && g.has_graphics_of("spice") && offers(g, "qxl"),
        why: "it is made for SPICE",
    },
    Rule { value: "vga", when: |g| g.is_hvm(), why: "every system drives it" },
];

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    let wanted = guest.has_graphics() && guest.devices("video").is_empty() && !guest.is_without("video");
    if wanted && guest.choose(MODELS).is_some() {
        guest.add("video")?;
    }
    for video in guest.devices("video") {
        guest.fill_by(video, "model/@type", MODELS)?;
        let virtio = guest.document.get(video, "model/@type").is_some_and(|model| model == "virtio");
        if virtio && has_gl(guest) {
            let place = "model/acceleration/@accel3d";
            guest.fill_in(video, place, "yes", "the graphical console draws with OpenGL")?;
        }
    }
    Ok(())
}

fn offers(guest: &Guest<'_, '_>, model: &str) -> bool {
    guest.allows("devices/video", "modelType", model)
}

fn has_gl(guest: &Guest<'_, '_>) -> bool {
    guest
        .devices("graphics")
        .iter()
        .any(|&e| guest.document.get(e, "gl/@enable").is_some_and(|gl| gl == "yes"))
}
