//! Keys and passwords of the guest's users.

use hypervisor::flags::{PasswordFlags, SshKeyFlags};

use crate::command::domain::{By, find};
use crate::command::option::{Opt, domain, flag, text};
use crate::command::{Answer, Arguments, Command, Values, file};
use crate::control::Control;
use crate::failure::{Failure, Outcome};
use crate::output::{Record, field, printable};

const USER: Opt = text("user", "name of the guest's user").required();

pub(in crate::command::domain) const KEYS: Command = Command::new(
    "get-user-sshkeys",
    "print the SSH keys that let in a guest's user",
    "Prints the keys that the guest's SSH server accepts for a user.",
    &[domain(Values::ActiveDomain), USER],
    keys,
)
.answers(&KEYS_ANSWER);

pub(in crate::command::domain) const SET_KEYS: Command = Command::new(
    "set-user-sshkeys",
    "add or remove SSH keys that let in a guest's user",
    "Adds keys to those that the guest's SSH server accepts for a user, a line each of a file.",
    &[
        domain(Values::ActiveDomain),
        USER,
        text("file", "file with keys").positional().values(Values::File),
        flag("reset", "remove all others"),
        flag("remove", "remove those in the file"),
    ],
    set_keys,
)
.acts();

pub(in crate::command::domain) const PASSWORD: Command = Command::new(
    "set-user-password",
    "set the password of a guest's user",
    "Sets the password of a user in a running guest.",
    &[
        domain(Values::ActiveDomain),
        USER,
        text("password", "the new password").required().confidential(),
        flag("encrypted", "it is encrypted already"),
    ],
    password,
)
.acts();

fn keys(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    for key in domain.ssh_keys(arguments.required("user")?)? {
        control.output.line(printable(&key));
    }
    Ok(())
}

const KEYS_ANSWER: Answer = Answer::list(&[field::text("key", "the key")], |control, arguments| {
    let keys = find(control, arguments, By::ANY)?.ssh_keys(arguments.required("user")?)?;
    Ok(keys.into_iter().map(|key| Record::new().with("key", key)).collect())
});

fn set_keys(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.requires("remove", "file")?;
    arguments.exclusive("reset", "remove")?;
    let domain = find(control, arguments, By::ANY)?;
    let user = arguments.required("user")?;
    let [reset, remove] = ["reset", "remove"].map(|option| arguments.has(option));
    let keys: Vec<String> = match arguments.text("file")? {
        None if reset => Vec::new(),
        None => return Err(Failure::said("Option --file is required")),
        Some(path) => {
            let text = file::read(path)?;
            let keys: Vec<String> = text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
            if keys.is_empty() {
                return Err(Failure::said(format!("File {path} contains no keys")));
            }
            keys
        }
    };
    let flags = match (reset, remove) {
        (true, _) => SshKeyFlags::NONE,
        (false, true) => SshKeyFlags::REMOVE,
        (false, false) => SshKeyFlags::APPEND,
    };
    Ok(domain.set_ssh_keys(user, &keys, flags)?)
}

fn password(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = PasswordFlags(arguments.flags(&[("encrypted", PasswordFlags::ENCRYPTED.0)]));
    let domain = find(control, arguments, By::ANY)?;
    let user = arguments.required("user")?;
    domain.set_user_password(user, arguments.required("password")?, flags)?;
    control.output.last_remark(format_args!(
        "Password set successfully for {user} in {}",
        arguments.required("domain")?
    ));
    Ok(())
}
