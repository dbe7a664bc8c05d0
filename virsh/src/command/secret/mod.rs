//! Commands about secrets: the passwords and keys that libvirt keeps.

mod value;

use hypervisor::event::Source;
use hypervisor::flags::{SecretDefineFlags, SecretFilter};
use hypervisor::{Connection, Error, ErrorCode, Secret};

use super::object::{self, By, Object};
use super::option::{Opt, VALIDATE, WRAP, XPATH, file, flag, text};
use super::{Answer, Arguments, Command, Values, answer, event};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::{Record, Table, field};

const SECRET: Opt = text("secret", "the secret's UUID").required().values(Values::Secret);

pub(super) const COMMANDS: &[Command] = &[
    Command::new(
        "secret-define",
        "keep a secret's definition",
        "Keeps the definition in a file, new or changed. The value is set apart from it.",
        &[file("file with the secret's XML"), VALIDATE],
        define,
    ).acts(),
    Command::new(
        "secret-dumpxml",
        "print a secret's XML",
        "Prints the secret's XML, which its value is no part of.",
        &[SECRET, XPATH, WRAP],
        dumpxml,
    )
    .answers(&answer::XML),
    Command::new(
        "secret-event",
        "wait for events of secrets",
        "Waits for something to happen to a secret and prints it; or lists what can happen.",
        &event::options("secret", "only of this secret: its UUID", Values::Secret, Source::Secret),
        events,
    ).alone()
    .answers(&event::SECRET_EVENTS),
    Command::new(
        "secret-get-value",
        "print a secret's value",
        "Prints the value in Base64.",
        &[SECRET, flag("plain", "print the value itself")],
        value::get,
    )
    .answers(&value::ANSWER),
    Command::new(
        "secret-list",
        "list secrets",
        "Lists secrets and what they are for.",
        &[
            flag("ephemeral", "those that are never written to a disk"),
            flag("no-ephemeral", "those that are"),
            flag("private", "those whose value nobody can read back"),
            flag("no-private", "those whose value can be read"),
        ],
        list,
    )
    .answers(&LIST),
    Command::new(
        "secret-set-value",
        "set a secret's value",
        "Sets the value, which comes from a file, from the terminal or, for all users of the host to see, from the\n\
         command line.",
        &[
            SECRET,
            text("file", "file with the value in Base64").values(Values::File),
            flag("plain", "the file holds the value itself"),
            flag("interactive", "ask for the value on the terminal"),
            text("base64", "the value in Base64").tolerated().confidential(),
        ],
        value::set,
    ).acts().alone(),
    Command::new(
        "secret-undefine",
        "forget a secret",
        "Forgets the secret and its value.",
        &[SECRET],
        undefine,
    ).destroys(),
];

impl Object for Secret {
    const KIND: &'static str = "secret";
    const TITLE: &'static str = "Secret";

    fn named(connection: &Connection, name: &str, _: By) -> Result<Self, Failure> {
        let found = connection.secret_by_uuid(name);
        found.map_err(|cause| object::not_found(Self::KIND, name, Some(cause)))
    }

    fn name(&self) -> &str {
        self.uuid()
    }
}

fn define(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = SecretDefineFlags(arguments.flags(&[("validate", SecretDefineFlags::VALIDATE.0)]));
    let path = arguments.required("file")?;
    let xml = super::file::read(path)?;
    let made = control
        .connection()?
        .define_secret(&xml, flags)
        .attempted(|| format!("Failed to set attributes from {path}"))?;
    control.output.remark(format_args!("Secret {} created", made.uuid()));
    Ok(())
}

fn dumpxml(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::dump(control, arguments, Secret::xml)
}

fn events(control: &mut Control, arguments: &Arguments) -> Outcome {
    event::objects::<Secret>(control, arguments, Source::Secret, "secret")
}

fn undefine(control: &mut Control, arguments: &Arguments) -> Outcome {
    object::act(control, arguments, "delete", "deleted", Secret::undefine)
}

fn list(control: &mut Control, arguments: &Arguments) -> Outcome {
    let mut table = Table::new(&["UUID", "Usage"]);
    for secret in &listed(control, arguments)? {
        table.row([secret.uuid(), &usage(secret)?]);
    }
    control.output.table(&table);
    Ok(())
}

fn listed(control: &mut Control, arguments: &Arguments) -> Result<Vec<Secret>, Failure> {
    let filter = SecretFilter(arguments.flags(&[
        ("ephemeral", SecretFilter::EPHEMERAL.0),
        ("no-ephemeral", SecretFilter::NO_EPHEMERAL.0),
        ("private", SecretFilter::PRIVATE.0),
        ("no-private", SecretFilter::NO_PRIVATE.0),
    ]));
    let listed: Result<Vec<Secret>, Error> = control.connection()?.secrets(filter);
    if filter != SecretFilter::NONE && listed.as_ref().is_err_and(|e| e.code == ErrorCode::NO_SUPPORT) {
        return Err(Failure::said("Filtering is not supported by this libvirt"));
    }
    let mut secrets = object::listed(listed, "Failed to list node secrets", "Failed to count secrets")?;
    secrets.sort_by_cached_key(|secret| secret.uuid().to_owned());
    Ok(secrets)
}

const LIST: Answer = Answer::list(
    &[
        field::text("uuid", "its UUID"),
        field::text("type", "what it is for: none, volume, ceph, iscsi, tls or vtpm"),
        field::text("usage", "which one of those"),
    ],
    |control, arguments| {
        let record = |secret: &Secret| {
            let number = secret.usage_kind()?;
            let usage = if number == UNUSED { None } else { Some(secret.usage()?) };
            Ok(Record::new().with("uuid", secret.uuid()).with("type", kind(number)).with("usage", usage))
        };
        listed(control, arguments)?.iter().map(record).collect()
    },
);

/// What the secret is for, in libvirt's words.
fn usage(secret: &Secret) -> Result<String, Error> {
    Ok(match secret.usage_kind()? {
        UNUSED => "Unused".to_owned(),
        number => format!("{} {}", kind(number), secret.usage()?),
    })
}

/// libvirt's number of a secret that is for nothing in particular.
const UNUSED: u32 = 0;

/// The name of a kind of use, by libvirt's number (`virSecretUsageType`).
fn kind(number: u32) -> &'static str {
    const KINDS: [&str; 6] = ["none", "volume", "ceph", "iscsi", "tls", "vtpm"];
    KINDS.get(number as usize).copied().unwrap_or("unknown")
}
