//! What is written is read back: by this crate, and by whatever other readers the machine has.

use std::process::Command;

use proptest::prelude::*;

use super::*;
use crate::{Image, Kind};

fn volume(files: &[(&str, &[u8])]) -> Volume {
    let mut volume = Volume::new("cidata").unwrap();
    for (name, content) in files {
        volume.add(name, *content).unwrap();
    }
    volume
}

fn saved(volume: &Volume) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    volume.write(&mut file).unwrap();
    assert_eq!(file.as_file().metadata().unwrap().len(), volume.size());
    file
}

/// What another program says; nothing where it is not installed.
fn says(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_seed_is_read_back() {
    let large = vec![7; 5000];
    let file =
        saved(&volume(&[("user-data", b"#cloud-config\n"), ("meta-data", b""), ("network-config", &large)]));
    let image = Image::open(file.path()).unwrap();
    assert_eq!(image.label(), "cidata");
    let names: Vec<_> = image.read_dir("").unwrap().iter().map(|entry| entry.name().to_owned()).collect();
    assert_eq!(names.len(), 3);
    assert_eq!(image.read_to_vec("user-data", 100).unwrap(), b"#cloud-config\n");
    assert_eq!(image.read_to_vec("meta-data", 100).unwrap(), b"");
    assert_eq!(image.read_to_vec("network-config", 9000).unwrap(), large);
    assert_eq!(image.entry("user-data").unwrap().kind(), Kind::File);
}

#[test]
fn isoinfo_finds_the_same_names_in_both_trees() {
    let file = saved(&volume(&[("user-data", b"x"), ("meta-data", b"y"), ("größe, 1.inf", b"z")]));
    let path = file.path().to_str().unwrap();
    let Some(list) = says("isoinfo", &["-R", "-l", "-i", path]) else {
        return eprintln!("isoinfo is not installed");
    };
    for name in ["user-data", "meta-data", "größe, 1.inf"] {
        assert!(list.contains(name), "{list}");
    }
    assert!(list.contains("-r--------") && list.contains("dr-xr-xr-x"), "{list}");
    let list = says("isoinfo", &["-J", "-j", "iso8859-1", "-f", "-i", path]).unwrap();
    assert!(list.contains("/user-data") && list.contains("e, 1.inf"), "{list}");
    let list = says("isoinfo", &["-f", "-i", path]).unwrap();
    assert!(list.contains("/USER_DAT.;1") && list.contains("/GR__E__1.INF;1"), "{list}");
    assert!(says("isoinfo", &["-d", "-i", path]).unwrap().contains("Volume id: cidata"));
    assert_eq!(says("isoinfo", &["-R", "-i", path, "-x", "/user-data"]).unwrap(), "x");
}

#[test]
fn xorriso_extracts_what_was_put_in() {
    let large: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    let file = saved(&volume(&[("viostor.sys", &large), ("empty", b""), ("AutoUnattend.xml", b"<a/>")]));
    let target = tempfile::tempdir().unwrap();
    let (path, target) = (file.path().to_str().unwrap(), target.path().join("out"));
    let arguments = ["-indev", path, "-osirrox", "on", "-extract", "/", target.to_str().unwrap()];
    if says("xorriso", &arguments).is_none() {
        return eprintln!("xorriso is not installed");
    }
    // Root's and nobody else's: as another user, what was extracted is one's own.
    assert_eq!(std::fs::read(target.join("viostor.sys")).unwrap(), large);
    assert_eq!(std::fs::read(target.join("empty")).unwrap(), b"");
    assert_eq!(std::fs::read(target.join("AutoUnattend.xml")).unwrap(), b"<a/>");
}

#[test]
fn names_that_look_alike_stay_apart() {
    let names: Vec<String> = (0..300).map(|number| format!("a long driver {number}.inf")).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), name.as_bytes())).collect();
    let written = volume(&files);
    let plain: std::collections::HashSet<_> = names::plain(&written.files).into_iter().collect();
    assert_eq!(plain.len(), 300);
    let file = saved(&written);
    let image = Image::open(file.path()).unwrap();
    assert_eq!(image.read_dir("").unwrap().len(), 300);
    for name in &names {
        assert_eq!(image.read_to_vec(name, 100).unwrap(), name.as_bytes());
    }
}

#[test]
fn what_the_formats_cannot_hold_is_refused() {
    let mut volume = volume(&[("a", b"")]);
    let long = "n".repeat(65);
    for name in ["", ".", "..", "a/b", "a\0b", "a:b", "a;1", "x\n", "😀", &long] {
        assert!(matches!(volume.add(name, ""), Err(Error::Name { .. })), "{name:?}");
    }
    assert_eq!(volume.add("A", ""), Err(Error::Twice("A".into())));
    for label in ["", "a b", "größe", "abcdefghijklmnopq"] {
        assert!(matches!(Volume::new(label), Err(Error::Label(_))), "{label:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_volume_is_read_back(
        files in prop::collection::btree_map("[a-zäß€][a-z0-9 ,.'\"_äß-]{0,40}[a-z]", prop::collection::vec(any::<u8>(), 0..5000), 0..12)
    ) {
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
        let file = saved(&volume(&files));
        let image = Image::open(file.path()).unwrap();
        prop_assert_eq!(image.read_dir("").unwrap().len(), files.len());
        for (name, content) in files {
            prop_assert_eq!(image.read_to_vec(name, 10_000).unwrap(), content);
        }
    }
}
