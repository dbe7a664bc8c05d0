//! Graphics cards.

use super::error::Error;
use super::firmware::is_uefi;
use super::guest::{Board, Guest, Rule};
use crate::osinfo::device::VIRTIO_GPU;

const MODELS: &[Rule] = &[
    Rule { value: "vga", when: |g| g.board() == Board::Pseries, why: "it is the card of POWER machines" },
    Rule {
        value: "virtio",
        when: |g| matches!(g.board(), Board::RiscV | Board::LoongArch | Board::S390),
        why: "it is the card that {arch} guests drive",
    },
    Rule { value: "virtio", when: |g| g.is_hvm() && has_gl(g), why: "no other draws in 3D" },
    Rule {
        value: "virtio",
        when: |g| g.is_hvm() && g.os_drives(VIRTIO_GPU) && lists(g, "virtio"),
        why: "{os} drives it",
    },
    Rule {
        value: "qxl",
        when: |g| {
            g.is_hvm()
                && g.is_x86()
                && g.has_graphics_of("spice")
                && g.allows("devices/video", "modelType", "qxl")
        },
        why: "it is made for SPICE",
    },
    Rule {
        value: "ramfb",
        when: |g| is_uefi(g) && g.board() == Board::Arm,
        why: "UEFI draws on it, and systems go on with what it set up",
    },
    Rule {
        value: "bochs",
        when: |g| is_uefi(g) && lists(g, "bochs"),
        why: "it is VGA without what only a BIOS needs",
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

fn lists(guest: &Guest<'_, '_>, model: &str) -> bool {
    guest.lists("devices/video", "modelType", model)
}

fn has_gl(guest: &Guest<'_, '_>) -> bool {
    guest
        .devices("graphics")
        .iter()
        .any(|&e| guest.document.get(e, "gl/@enable").is_some_and(|gl| gl == "yes"))
}
