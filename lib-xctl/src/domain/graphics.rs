//! Screens that are shown over the network.

use super::address::ADDRESS;
use super::view;
use crate::document::{self, Document, Element};
use crate::property::{Form, Property, Special, TABLE, Table, rows};

/// `--graphics`.
pub static GRAPHICS: Table = Table {
    option: "graphics",
    element: "devices/graphics",
    many: true,
    first: &["type"],
    none: true,
    rows: &[ROWS, ADDRESS],
    help: "How the guest's screen is shown",
    ..TABLE
};

/// `--video`.
pub static VIDEO: Table = Table {
    option: "video",
    element: "devices/video",
    many: true,
    first: &["model.type"],
    rows: &[VIDEO_ROWS, super::address::VIRTIO, ADDRESS],
    help: "The guest's video card",
    ..TABLE
};

const TYPES: &[&str] = &["vnc", "spice", "dbus", "egl-headless", "sdl", "rdp"];
const COMPRESSIONS: &[&str] = &["auto_glz", "auto_lz", "quic", "glz", "lz", "off"];
const KEYMAP: Special = Special { get: keymap, set: set_keymap };
const LISTEN: Special = Special { get: listen, set: set_listen };

/// Below are ports that QEMU, which counts screens from 5900, cannot take.
const PORT: Form = Form {
    allowed: "a whole number from 5900 or -1 for a port that is free",
    example: "5901",
    fits: |port| port.parse::<u32>().is_ok_and(|port| port >= 5900) || port == "-1",
};

const ROWS: &[Property] = rows! {
    "type": Enum(TYPES) => "@type", "Protocol";
    "port": Form(&PORT) => "@port", "Port; -1 for one that is free";
    "tlsPort" | "tlsport": Form(&PORT) => "@tlsPort", "Port with TLS of SPICE";
    "autoport": YesNo => "@autoport", "Whether libvirt chooses ports";
    "websocket": Integer => "@websocket", "Port for web sockets of VNC";
    "listen": Text => via LISTEN, "Address to listen on; none for no network, socket for a socket file";
    "listens#.type": Enum(&["address", "network", "socket", "none"]) => "listen[#]/@type", "Kind of listener";
    "listens#.address": Text => "listen[#]/@address", "Its address";
    "listens#.network": Text => "listen[#]/@network", "Virtual network whose address it takes";
    "listens#.socket": Path => "listen[#]/@socket", "Its socket file";
    "socket": Path => "@socket", "Socket file of VNC";
    "keymap": Text => via KEYMAP, "Layout of the keyboard, as de; none or local for the viewer's own";
    "password" | "passwd": Text => "@passwd", "Password of those who look";
    "passwordValidTo" | "passwdValidTo": Text => "@passwdValidTo", "When the password ends";
    "connected": Enum(&["keep", "disconnect", "fail"]) => "@connected", "What happens to those who look when the password changes";
    "sharePolicy": Enum(&["allow-exclusive", "force-shared", "ignore"]) => "@sharePolicy", "Whether several may look";
    "defaultMode": Enum(&["secure", "insecure", "any"]) => "@defaultMode", "Whether channels need TLS";
    "audio.id": Integer => "audio/@id", "Audio backend that goes with it";
    "gl.enable" | "gl": YesNo => "gl/@enable", "Whether OpenGL is drawn by the host";
    "gl.rendernode" | "rendernode": Text => "gl/@rendernode", "Device of the host that draws";
    "image.compression" | "image_compression": Enum(COMPRESSIONS) => "image/@compression", "How SPICE compresses pictures";
    "jpeg.compression": Enum(&["auto", "never", "always"]) => "jpeg/@compression", "Whether it does so with loss";
    "zlib.compression": Enum(&["auto", "never", "always"]) => "zlib/@compression", "Whether it compresses further";
    "playback.compression": OnOff => "playback/@compression", "Whether sound is compressed";
    "streaming.mode" | "streaming_mode": Enum(&["filter", "all", "off"]) => "streaming/@mode", "What is sent as video";
    "mouse.mode" | "mouse_mode": Enum(&["server", "client"]) => "mouse/@mode", "Whose pointer is shown";
    "clipboard.copypaste" | "clipboard_copypaste": YesNo => "clipboard/@copypaste", "Whether texts can be copied between host and guest";
    "filetransfer.enable" | "filetransfer_enable": YesNo => "filetransfer/@enable", "Whether files can be dragged into the guest";
    "address": Text => "@address", "Bus of the dbus display";
    "p2p": YesNo => "@p2p", "Whether the dbus display is peer to peer";
};

const MODELS: &[&str] = &["virtio", "qxl", "vga", "bochs", "cirrus", "ramfb", "vmvga", "none"];

const VIDEO_ROWS: &[Property] = rows! {
    "model.type" | "model": Enum(MODELS) => "model/@type", "Model";
    "model.vram" | "vram": Integer => "model/@vram", "Video memory in KiB";
    "model.ram" | "ram": Integer => "model/@ram", "Memory of the primary bar of QXL in KiB";
    "model.vram64" | "vram64": Integer => "model/@vram64", "64-bit video memory of QXL in KiB";
    "model.vgamem" | "vgamem": Integer => "model/@vgamem", "Memory of VGA in KiB";
    "model.heads" | "heads": Integer => "model/@heads", "Number of screens";
    "model.primary": YesNo => "model/@primary", "Whether it is the first video card";
    "model.blob": OnOff => "model/@blob", "Whether memory is shared with the host by blobs";
    "model.edid": OnOff => "model/@edid", "Whether the screen tells what it can do";
    "model.acceleration.accel3d" | "accel3d": YesNo => "model/acceleration/@accel3d", "Whether 3D is drawn by the host";
    "model.acceleration.accel2d" | "accel2d": YesNo => "model/acceleration/@accel2d", "Whether 2D is drawn by the host";
    "model.acceleration.rendernode": Text => "model/acceleration/@rendernode", "Device of the host that draws";
    "model.resolution.x": Integer => "model/resolution/@x", "Width at start";
    "model.resolution.y": Integer => "model/resolution/@y", "Height at start";
    "driver.name": Enum(&["qemu", "vhostuser"]) => "driver/@name", "Who draws";
};

fn keymap(document: &Document, graphics: Element, _: &[usize]) -> Option<String> {
    document.attr(graphics, "keymap").map(|v| v.into_owned())
}

fn set_keymap(
    document: &mut Document,
    graphics: Element,
    _: &[usize],
    v: &str,
) -> Result<(), document::Error> {
    if matches!(v, "" | "none" | "local") {
        document.remove_attr(graphics, "keymap");
        return Ok(());
    }
    document.set_attr(graphics, "keymap", v)
}

fn listen(document: &Document, graphics: Element, _: &[usize]) -> Option<String> {
    let kind = document.get(graphics, "listen/@type").filter(|kind| kind == "none" || kind == "socket");
    kind.or_else(|| document.attr(graphics, "listen")).map(|v| v.into_owned())
}

fn set_listen(
    document: &mut Document,
    graphics: Element,
    _: &[usize],
    v: &str,
) -> Result<(), document::Error> {
    document.remove_attr(graphics, "listen");
    document.clear_element(graphics, "listen")?;
    match v {
        "" => Ok(()),
        "none" | "socket" => {
            for port in ["port", "tlsPort", "autoport"] {
                document.remove_attr(graphics, port);
            }
            document.set(graphics, "listen/@type", v).map(|_| ())
        }
        address => document.set_attr(graphics, "listen", address),
    }
}

view!(
    /// A way in which a domain's screen is shown.
    Graphics, GRAPHICS, {
        /// The protocol: `vnc`, `spice`, …
        kind: "type",
    }
);

impl Graphics<'_> {
    /// The address it listens on.
    #[must_use]
    pub fn listen(&self) -> Option<String> {
        self.get("listen").or_else(|| self.get("listens0.address"))
    }

    /// The port, if it is chosen already.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.get("port")?.parse().ok()
    }

    /// The port with TLS, if it is chosen already.
    #[must_use]
    pub fn tls_port(&self) -> Option<u16> {
        self.get("tlsPort")?.parse().ok()
    }

    /// The socket file it listens on.
    #[must_use]
    pub fn socket(&self) -> Option<String> {
        self.get("socket").or_else(|| self.get("listens0.socket"))
    }
}
