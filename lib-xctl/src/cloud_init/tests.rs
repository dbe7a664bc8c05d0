//! What is typed, what is read for it, and what the guest finds.

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::yaml::quoted;
use super::*;
use crate::progress::{Cancel, Silent};

fn load(text: &str) -> Result<Seed, Error> {
    Wish::parse(text).unwrap().load(&Silent, &Cancel::new())
}

/// A private file with this in it, and its path.
fn file(content: &str) -> (tempfile::NamedTempFile, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), content).unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    (file, path)
}

/// What the volume holds under a name; `None` if there is no such file.
fn on_volume(seed: &Seed, name: &str) -> Option<String> {
    let mut image = tempfile::NamedTempFile::new().unwrap();
    seed.volume("uuid").unwrap().write(&mut image).unwrap();
    let image = isos::Image::open(image.path()).unwrap();
    assert_eq!(image.label(), "cidata");
    Some(String::from_utf8(image.read_to_vec(name, 1 << 20).ok()?).unwrap())
}

#[test]
fn a_password_is_made_up_and_has_to_be_changed() {
    let seed = load(DEFAULT).unwrap();
    let password = seed.generated_password().unwrap();
    assert!(password.len() == 16 && password.chars().all(|c| c.is_ascii_alphanumeric()));
    assert_ne!(load(DEFAULT).unwrap().generated_password(), Some(password));
    let text = on_volume(&seed, "user-data").unwrap();
    let first =
        format!("#cloud-config\nchpasswd:\n  list: \"root:{password}\\n\"\n  expire: true\nruncmd:\n");
    assert!(text.starts_with(&first), "{text}");
    assert!(text.contains("/etc/cloud/cloud-init.disabled"), "{text}");
    assert_eq!(on_volume(&seed, "meta-data").as_deref(), Some("instance-id: \"uuid\"\n"));
    assert_eq!(on_volume(&seed, "network-config"), None);
    assert!(!format!("{seed:?}").contains(password));
}

#[test]
fn a_password_of_a_file_is_its_first_line() {
    let (_file, path) = file(" pass: 'word\" # \\\r\nnext");
    let seed = load(&format!("root-password-file={path}")).unwrap();
    assert_eq!(seed.generated_password(), None);
    let text = seed.cloud_config();
    assert_eq!(
        text,
        "#cloud-config\nchpasswd:\n  list: \"root: pass: 'word\\\" # \\\\\\n\"\n  expire: false\n"
    );
}

#[test]
fn keys_let_in_as_root_and_as_the_images_user() {
    let (_file, path) = file("ssh-ed25519 AAAA ann@host\n");
    let text = load(&format!("ssh-key={path},clouduser-ssh-key={path}")).unwrap().cloud_config();
    assert!(
        text.contains("  - name: root\n    ssh_authorized_keys:\n      - \"ssh-ed25519 AAAA ann@host\"\n")
    );
    assert!(text.contains("  - name: default\n"), "{text}");
}

#[test]
fn the_users_own_files_are_handed_over_as_they_are() {
    let (_one, user_data) = file("#!/bin/sh\n");
    let (_two, meta_data) = file("instance-id: mine\n");
    let (_three, network) = file("version: 2\n");
    let seed = load(&format!(
        "user-data={user_data},meta-data={meta_data},network-config={network},root-password-generate=on"
    ));
    let seed = seed.unwrap();
    assert_eq!(on_volume(&seed, "user-data").as_deref(), Some("#!/bin/sh\n"));
    assert_eq!(on_volume(&seed, "meta-data").as_deref(), Some("instance-id: mine\n"));
    assert_eq!(on_volume(&seed, "network-config").as_deref(), Some("version: 2\n"));
    // Shown, it would let nobody in.
    assert_eq!(seed.generated_password(), None);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let (_one, private) = file("-----BEGIN OPENSSH PRIVATE KEY-----\nx\n");
    let (_two, empty) = file("\nx");
    let (_three, binary) = file("a\u{7}b");
    for (text, why) in [
        (format!("ssh-key={private}"), "a private key"),
        (format!("ssh-key={binary}"), "control characters"),
        (format!("root-password-file={empty}"), "its first line is empty"),
        ("user-data=/no/such".to_owned(), "cannot read '/no/such'"),
        ("user-data=nfs://h/x".to_owned(), "nfs:// is not read"),
        ("user-data=nfs://ann:secret@h/x".to_owned(), "user-data=nfs://ann:***@h/x"),
        ("user-data=http://ann:secret@h:port/x".to_owned(), "cannot read 'http://ann:***@h:port/x'"),
    ] {
        let error = load(&text).unwrap_err().to_string();
        assert!(error.contains(why) && error.starts_with("--cloud-init "), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
    assert!(Wish::parse("root-pasword-file=x").unwrap_err().to_string().contains("root-password-file"));
}

#[test]
fn pythons_reader_which_cloud_init_uses_reads_any_text_as_that_text() {
    let hostile = [
        "",
        " x ",
        "yes",
        "1e3",
        "~",
        "a: b",
        "- a",
        "# a",
        "'\"\\",
        "a\nb: c\n",
        "\t\r",
        "{}[]&*!|>%@`,",
        "\u{0}\u{7f}\u{85}",
        "\u{2028}\u{feff}\u{fffe}",
        "größe €",
        "😀\u{10ffff}",
    ];
    let yaml: String = hostile.iter().map(|text| format!("- {}\n", quoted(text))).collect();
    // The length first, so that no character can end a text early.
    let script = "import sys, yaml\nfor t in yaml.safe_load(sys.stdin.buffer.read().decode()):\n    \
                  sys.stdout.buffer.write(f'{len(t.encode())}:{t}'.encode())";
    let child =
        Command::new("python3").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else { return eprintln!("python3 is not installed") };
    // It ends early where it has no YAML.
    let _ = child.stdin.take().unwrap().write_all(yaml.as_bytes());
    let output = child.wait_with_output().unwrap();
    if !output.status.success() {
        return eprintln!("python3 has no YAML");
    }
    let expected: String = hostile.iter().map(|text| format!("{}:{text}", text.len())).collect();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

proptest! {
    #[test]
    fn a_scalar_never_leaves_its_line(text in "(?s).{0,60}") {
        let scalar = quoted(&text);
        prop_assert!(!scalar.contains(|c: char| c.is_control()));
        let inner = scalar[1..scalar.len() - 1].replace("\\\\", "");
        prop_assert!(!inner.replace("\\\"", "").contains('"'));
    }
}
