//! The real scripts of the installed database; text beside libosinfo's is compared in the suite.

use super::answers::{Answers, Wish};
use super::scripts::{Error, Injection, Scripts, Surroundings};
use crate::osinfo::Database;
use crate::progress::{Cancel, Silent};

fn made(database: &Database, os: &str, answers: &Answers, injection: Injection) -> Result<Scripts, Error> {
    let os = database.find(os).unwrap();
    let around = Surroundings {
        database,
        os: &os,
        media: None,
        url: None,
        arch: "x86_64",
        guest: "web.example",
        injection,
    };
    Scripts::of(answers, &around, &Silent)
}

fn answers() -> Answers {
    Answers {
        admin_password: Some("ad<min".into()),
        user_login: Some("ann".into()),
        user_password: Some("secret".into()),
        product_key: Some("A-B".into()),
        ..Answers::default()
    }
}

#[test]
fn every_script_of_the_database_can_be_rendered() {
    let database = Database::load();
    let mut scripts = 0;
    for summary in database.list() {
        let Some(os) = database.find(&summary.short_ids[0]) else { continue };
        for profile in ["desktop", "jeos"] {
            let answers = Answers { profile: Some(profile.into()), ..answers() };
            let injection = if os.is_windows() { Injection::Cdrom } else { Injection::Initrd };
            match made(&database, os.short_id(), &answers, injection) {
                Ok(made) => {
                    scripts += made.files.len();
                    assert!(made.files.iter().all(|(_, text)| text.len() > 20), "{}", os.short_id());
                    assert!(!format!("{answers:?}").contains("secret"));
                }
                Err(Error::NoScript(_) | Error::Profile { .. } | Error::Method { .. }) => {}
                Err(other) => panic!("{}: {other}", os.short_id()),
            }
        }
    }
    if database.is_empty() {
        return eprintln!("there is no OS database");
    }
    assert!(scripts > 50, "{scripts}");
}

#[test]
fn a_preseed_has_the_answers() {
    let database = Database::load();
    if database.is_empty() {
        return eprintln!("there is no OS database");
    }
    let made = made(&database, "debian11", &answers(), Injection::Initrd).unwrap();
    let (name, text) = &made.files[0];
    let text = String::from_utf8_lossy(text);
    assert_eq!(name, "preseed.cfg");
    for answer in ["root-password password ad<min", "/dev/vda", "get_hostname string web-example"] {
        assert!(text.contains(answer), "{answer}: {text}");
    }
    assert!(made.arguments.contains("debconf/priority=critical"), "{}", made.arguments);
}

#[test]
fn what_is_missing_is_named() {
    let database = Database::load();
    if database.is_empty() {
        return eprintln!("there is no OS database");
    }
    let of =
        |os, answers: &Answers, injection| made(&database, os, answers, injection).unwrap_err().to_string();
    let nothing =
        Answers { profile: Some("jeos".into()), user_login: Some("ann".into()), ..Answers::default() };
    assert!(of("debian11", &nothing, Injection::Initrd).contains("password to be set"));
    let desktop = Answers { profile: Some("desktop".into()), ..nothing };
    assert!(of("debian11", &desktop, Injection::Initrd).contains("requires the user-password to be set"));
    assert!(of("debian11", &answers(), Injection::Cdrom).contains("injection method 'cdrom'"));
    assert!(of("freebsd13.0", &answers(), Injection::Cdrom).contains("does not support unattended"));
    let root = Answers { user_login: Some("root".into()), ..answers() };
    assert!(of("debian11", &root, Injection::Initrd).contains("cannot use 'root'"));
    let profile = Answers { profile: Some("server".into()), ..answers() };
    assert!(of("debian11", &profile, Injection::Initrd).contains("Available profiles: desktop, jeos"));
}

#[test]
fn the_address_of_a_password_file_is_named_without_its_own_password() {
    let wish = Wish::parse("admin-password-file=nfs://ann:secret@h/x").unwrap();
    let error = wish.load(&Cancel::new()).unwrap_err().to_string();
    assert!(error.contains("admin-password-file=nfs://ann:***@h/x") && !error.contains("secret"), "{error}");
}
