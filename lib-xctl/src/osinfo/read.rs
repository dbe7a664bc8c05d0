//! One file of the database, as it is written.

use super::media::{MediaPattern, TreePattern};
use super::os::{BootFiles, DiskImage, Driver, Firmware, Level, Os, Resources};
use super::pattern::Pattern;
use crate::document::{Document, Element};

/// An `<os>` element: what it says itself, and where it inherits from.
#[derive(Debug, Clone, Default)]
pub(super) struct Raw {
    pub(super) os: Os,
    /// Ids that `derives-from` and `clones` name.
    pub(super) parents: Vec<String>,
    /// Device ids with whether they work.
    pub(super) devices: Vec<(String, bool)>,
    /// Architectures whose resources are the parent's.
    pub(super) inherited_resources: Vec<String>,
}

const LEVELS: &[(&str, Level)] = &[
    ("minimum", Level::Minimum),
    ("recommended", Level::Recommended),
    ("maximum", Level::Maximum),
    ("network-install", Level::NetworkInstall),
];

/// Reads the systems of a file. What cannot be read is no system: a broken overlay must not break the rest.
pub(super) fn systems(text: &str) -> Vec<Raw> {
    let Ok(document) = Document::parse(text) else { return Vec::new() };
    let file = File { document: &document };
    document.children_named(document.root(), "os").filter_map(|os| file.system(os)).collect()
}

struct File<'d> {
    document: &'d Document,
}

impl File<'_> {
    fn system(&self, element: Element) -> Option<Raw> {
        let mut raw = Raw::default();
        raw.os.id = self.attr(element, "id")?;
        for child in self.document.children(element) {
            self.take(&mut raw, child);
        }
        Some(raw)
    }

    fn take(&self, raw: &mut Raw, child: Element) {
        let os = &mut raw.os;
        let id = || self.attr(child, "id");
        match self.document.name(child) {
            "short-id" => os.short_ids.push(self.text(child)),
            "name" if self.attr(child, "xml:lang").is_none() => os.name = self.text(child),
            "vendor" if self.attr(child, "xml:lang").is_none() => os.vendor = Some(self.text(child)),
            "version" => os.version = Some(self.text(child)),
            "family" => os.family = Some(self.text(child)),
            "distro" => os.distro = Some(self.text(child)),
            "release-date" => os.release_date = Some(self.text(child)),
            "eol-date" => os.eol_date = Some(self.text(child)),
            "release-status" => os.release_status = Some(self.text(child)),
            "kernel-url-argument" => os.kernel_url_argument = Some(self.text(child)),
            "cloud-image-username" => os.cloud_user = Some(self.text(child)),
            "derives-from" | "clones" => raw.parents.extend(id()),
            "upgrades" => os.upgrades.extend(id()),
            "devices" => {
                raw.devices.extend(self.document.children_named(child, "device").filter_map(|device| {
                    Some((
                        self.attr(device, "id")?,
                        self.attr(device, "supported").is_none_or(|s| s != "false"),
                    ))
                }))
            }
            "firmware" => os.firmware.push(Firmware {
                kind: self.attr(child, "type").unwrap_or_default(),
                arch: self.attr(child, "arch").unwrap_or_default(),
                supported: self.attr(child, "supported").is_none_or(|s| s != "false"),
            }),
            "resources" => self.resources(raw, child),
            "media" => os.media.push(self.media(child)),
            "tree" => os.trees.push(self.tree(child)),
            "image" => os.images.extend(self.image(child)),
            "installer" => os.installer_scripts.extend(self.scripts(child)),
            "driver" => os.drivers.extend(self.driver(child)),
            _ => {}
        }
    }

    fn resources(&self, raw: &mut Raw, element: Element) {
        let arch = self.attr(element, "arch").unwrap_or_else(|| "all".to_owned());
        if self.attr(element, "inherit").is_some_and(|inherit| inherit == "true") {
            raw.inherited_resources.push(arch.clone());
        }
        for &(name, level) in LEVELS {
            let Some(stated) = self.document.child(element, name) else { continue };
            let number = |place| self.document.get(stated, place)?.trim().parse::<u64>().ok();
            let resources = Resources {
                cpus: number("n-cpus").and_then(|n| n.try_into().ok()),
                ram: number("ram"),
                storage: number("storage"),
            };
            raw.os.resources.push((level, arch.clone(), resources));
        }
    }

    fn scripts(&self, installer: Element) -> Vec<String> {
        let scripts = self.document.children_named(installer, "script");
        scripts.filter_map(|script| self.attr(script, "id")).collect()
    }

    fn driver(&self, element: Element) -> Option<Driver> {
        let children = |name| self.document.children_named(element, name);
        Some(Driver {
            arch: self.attr(element, "arch")?,
            location: self.attr(element, "location")?,
            files: children("file").map(|file| self.text(file)).collect(),
            devices: children("device").filter_map(|device| self.attr(device, "id")).collect(),
            pre_installable: self.attr(element, "pre-installable").is_some_and(|is| is == "true"),
        })
    }

    fn media(&self, element: Element) -> MediaPattern {
        let iso = self.document.child(element, "iso");
        let pattern = |name| iso.and_then(|iso| self.pattern(iso, name));
        let on = |name, default| self.attr(element, name).map_or(default, |value| value == "true");
        MediaPattern {
            arch: self.attr(element, "arch").unwrap_or_default(),
            volume: pattern("volume-id"),
            system: pattern("system-id"),
            publisher: pattern("publisher-id"),
            application: pattern("application-id"),
            volume_size: iso
                .and_then(|iso| self.document.get(iso, "volume-size")?.trim().parse().ok())
                .unwrap_or(0),
            files: self.files(element),
            variants: self.variants(element),
            live: on("live", false),
            scripts: self
                .document
                .child(element, "installer")
                .map(|installer| self.scripts(installer))
                .unwrap_or_default(),
            scripted: on("installer-script", true),
            installer: on("installer", true),
            installer_reboots: self
                .attr(element, "installer-reboots")
                .and_then(|n| n.parse().ok())
                .unwrap_or(1),
        }
    }

    fn tree(&self, element: Element) -> TreePattern {
        let info = self.document.child(element, "treeinfo");
        let pattern = |name| info.and_then(|info| self.pattern(info, name));
        TreePattern {
            arch: self.attr(element, "arch").unwrap_or_default(),
            url: self.optional(element, "url"),
            family: pattern("family"),
            variant: pattern("variant"),
            version: pattern("version"),
            treeinfo_arch: pattern("arch"),
            files: self.files(element),
            variants: self.variants(element),
        }
    }

    fn image(&self, element: Element) -> Option<DiskImage> {
        Some(DiskImage {
            arch: self.attr(element, "arch").unwrap_or_default(),
            format: self.attr(element, "format").unwrap_or_default(),
            cloud_init: self.attr(element, "cloud-init").is_some_and(|value| value == "true"),
            url: self.optional(element, "url")?,
        })
    }

    fn files(&self, element: Element) -> BootFiles {
        BootFiles {
            kernel: self.optional(element, "kernel"),
            initrd: self.optional(element, "initrd"),
            boot_iso: self.optional(element, "boot-iso"),
        }
    }

    fn variants(&self, element: Element) -> Vec<String> {
        self.document.children_named(element, "variant").filter_map(|v| self.attr(v, "id")).collect()
    }

    fn pattern(&self, element: Element, name: &str) -> Option<Pattern> {
        self.optional(element, name).map(|text| Pattern::new(&text))
    }

    fn optional(&self, element: Element, name: &str) -> Option<String> {
        self.document.child(element, name).map(|child| self.text(child)).filter(|text| !text.is_empty())
    }

    fn text(&self, element: Element) -> String {
        self.document.text(element).trim().to_owned()
    }

    fn attr(&self, element: Element, name: &str) -> Option<String> {
        self.document.attr(element, name).map(Into::into)
    }
}
