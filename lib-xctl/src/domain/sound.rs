//! Sound cards, and where their sound goes.

use super::address::ADDRESS;
use crate::property::{Property, TABLE, Table, rows};

/// `--sound`.
pub static SOUND: Table = Table {
    option: "sound",
    aliases: &["soundhw"],
    element: "devices/sound",
    many: true,
    first: &["model"],
    none: true,
    rows: &[SOUND_ROWS, ADDRESS],
    help: "A sound card",
    ..TABLE
};

/// `--audio`.
pub static AUDIO: Table = Table {
    option: "audio",
    element: "devices/audio",
    many: true,
    first: &["type"],
    none: true,
    rows: &[AUDIO_ROWS],
    help: "Where the guest's sound goes on the host",
    ..TABLE
};

const SOUND_ROWS: &[Property] = rows! {
    "model": Enum(&["ich9", "ich6", "ac97", "es1370", "sb16", "usb", "ich7", "virtio"]) => "@model", "Model";
    "codec#.type": Enum(&["duplex", "micro", "output"]) => "codec[#]/@type", "What a codec can do";
    "audio.id": Integer => "audio/@id", "Number of the --audio that it goes to";
    "streams": Integer => "@streams", "Streams of a virtio sound card";
    "multichannel": YesNo => "@multichannel", "Whether a USB sound card has more than two channels";
};

const AUDIO_ROWS: &[Property] = rows! {
    "type": Enum(&["none", "spice", "pulseaudio", "pipewire", "alsa", "jack", "oss", "sdl", "coreaudio", "file", "dbus"]) => "@type", "Where it goes";
    "id": Integer => "@id", "Its number, from 1";
    "serverName": Text => "@serverName", "Server of PulseAudio or JACK";
    "runtimeDir": Text => "@runtimeDir", "Directory of PipeWire's socket";
    "path": Path => "@path", "File that it is written to";
    "driver": Text => "@driver", "Driver of SDL";
    "timerPeriod": Integer => "@timerPeriod", "Microseconds between two looks";
};
