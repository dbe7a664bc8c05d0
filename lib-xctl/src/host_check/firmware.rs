//! Firmware that is there, as its makers describe it for QEMU (`docs/interop/firmware.json` there).

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::facts::{entries, read};

/// Where descriptions are; one hides those of its name in directories before it.
const DIRECTORIES: &[&str] = &["usr/share/qemu/firmware", "etc/qemu/firmware"];

/// A firmware for guests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Firmware {
    /// The file of its code.
    pub(super) path: String,
    /// Architectures of guests that it boots.
    pub(super) architectures: Vec<String>,
    /// It is an UEFI.
    pub(super) uefi: bool,
    /// It can refuse what is not signed.
    pub(super) secure_boot: bool,
    /// It does so with the usual keys from the start.
    pub(super) enrolled_keys: bool,
}

/// All firmware whose files are there.
pub(super) fn below(root: &Path) -> Vec<Firmware> {
    let paths = DIRECTORIES.iter().flat_map(|directory| entries(&root.join(directory)));
    let by_name: BTreeMap<OsString, PathBuf> =
        paths.filter_map(|path| Some((path.file_name()?.to_owned(), path))).collect();
    let all = by_name.values().filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    all.filter_map(|path| described(&read(path)))
        .filter(|firmware| root.join(firmware.path.trim_start_matches('/')).exists())
        .collect()
}

/// What a description says; nothing where it says none of a file.
fn described(text: &str) -> Option<Firmware> {
    let document: Value = serde_json::from_str(text).ok()?;
    let mapping = &document["mapping"];
    let path = mapping["executable"]["filename"].as_str().or_else(|| mapping["filename"].as_str())?;
    let words = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|word| Some(word.as_str()?.to_owned())).collect()
    };
    let features = words(&document["features"]);
    let targets = document["targets"].as_array().into_iter().flatten();
    Some(Firmware {
        path: path.to_owned(),
        architectures: targets
            .filter_map(|target| Some(target["architecture"].as_str()?.to_owned()))
            .collect(),
        uefi: words(&document["interface-types"]).iter().any(|kind| kind == "uefi"),
        secure_boot: features.iter().any(|feature| feature == "secure-boot"),
        enrolled_keys: features.iter().any(|feature| feature == "enrolled-keys"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_read_and_nonsense_is_none() {
        let text = r#"{"interface-types": ["uefi"], "mapping": {"device": "flash", "executable":
            {"filename": "/f/code.fd", "format": "raw"}}, "targets": [{"architecture": "x86_64", "machines": []}],
            "features": ["secure-boot", 7]}"#;
        let firmware = described(text).unwrap();
        assert_eq!((&*firmware.path, firmware.uefi, firmware.secure_boot), ("/f/code.fd", true, true));
        assert!(!firmware.enrolled_keys && firmware.architectures == ["x86_64"]);
        for text in ["", "[]", "{}", "7", r#"{"mapping": {"executable": 7}}"#, &"[".repeat(1 << 20)] {
            assert_eq!(described(text), None);
        }
    }
}
