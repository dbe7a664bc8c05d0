//! What a domain is launched with: measurements and secrets of confidential guests, open files, other programs'
//! descriptions.

use hypervisor::Parameter;
use hypervisor::flags::{DomainXml, FdAssociateFlags};
use hypervisor::parameter::Value;

use super::{By, find, life};
use crate::command::option::{domain, flag, number, text};
use crate::command::{Answer, Arguments, Command, Values, answer, file};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};
use crate::output::field;

pub(super) const INFO: Command = Command::new(
    "domlaunchsecinfo",
    "print the launch measurement of a confidential guest",
    "Prints what was measured when a confidential guest was launched.",
    &[domain(Values::ActiveDomain)],
    info,
)
.answers(&MEASURED);

pub(super) const SECRET: Command = Command::new(
    "domsetlaunchsecstate",
    "give a confidential guest a secret",
    "Puts a secret into the memory of a confidential guest that is launched and still paused.",
    &[
        domain(Values::ActiveDomain),
        text("secrethdr", "file with the secret's header").values(Values::File),
        text("secret", "file with the secret").values(Values::File),
        number("set-address", "where in the guest's memory").tolerated(),
    ],
    secret,
)
.acts();

pub(super) const FILES: Command = Command::new(
    "dom-fd-associate",
    "hand open files to a domain",
    "Hands open files to libvirt, for a domain whose disks name them.",
    &[
        domain(Values::Domain),
        text("name", "what the domain's disks call them").required(),
        text("pass-fds", "file descriptors of ours, N,M,...").required(),
        flag("seclabel-writable", "label them so that the guest may write"),
        flag("seclabel-restore", "restore their labels afterwards where that is possible"),
    ],
    files,
)
.acts();

const FORMATS: Values =
    Values::Words(&["qemu-argv", "xen-xl", "xen-xm", "xen-sxpr", "vmware-vmx", "lxc-tools", "bhyve-argv"]);

pub(super) const FROM_NATIVE: Command = Command::new(
    "domxml-from-native",
    "print another program's description of a guest as XML",
    "Prints the XML of a domain for a guest that another program's file describes.",
    &[
        text("format", "what the file is written in").required().values(FORMATS),
        text("config", "the file").required().values(Values::File),
    ],
    |control, arguments| {
        let config = file::read(arguments.required("config")?)?;
        let xml = control.connection()?.xml_from_native(arguments.required("format")?, &config)?;
        control.output.print(xml);
        Ok(())
    },
)
.answers(&answer::XML);

pub(super) const TO_NATIVE: Command = Command::new(
    "domxml-to-native",
    "print a domain as another program describes it",
    "Prints what another program would be given for a domain.",
    &[
        text("format", "what to write it in").required().values(FORMATS),
        text("domain", "the domain's name, id or UUID").values(Values::Domain),
        text("xml", "file with a domain's XML").tolerated().values(Values::File),
    ],
    to_native,
)
.answers(&Answer::printed(&[field::text("config", "what the other program is given")]));

fn info(control: &mut Control, arguments: &Arguments) -> Outcome {
    for figure in measured(control, arguments)? {
        control.output.line(format_args!("{:<15}: {}", figure.name, figure.value));
    }
    Ok(())
}

fn measured(control: &mut Control, arguments: &Arguments) -> Result<Vec<Parameter>, Failure> {
    let found = find(control, arguments, By::ANY)?.launch_security();
    found.attempted(|| "Unable to get launch security parameters".to_owned())
}

const MEASURED: Answer =
    Answer::facts(&[], |control, arguments| Ok(measured(control, arguments)?.into_iter().collect()))
        .and_more("what was measured, under libvirt's names, such as sev-measurement");

fn secret(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    let (Some(header), Some(secret)) = (arguments.text("secrethdr")?, arguments.text("secret")?) else {
        return Err(Failure::said("Both secret and the secret header are required"));
    };
    let mut wanted = Vec::new();
    for (name, path) in [("sev-secret-header", header), ("sev-secret", secret)] {
        wanted.push(Parameter::new(name, Value::Text(file::read(path)?)));
    }
    if let Some(address) = arguments.number("set-address")? {
        wanted.push(Parameter::new("sev-secret-set-address", Value::ULong(address)));
    }
    domain.set_launch_security(&wanted).attempted(|| "Unable to set launch security state".to_owned())
}

fn files(control: &mut Control, arguments: &Arguments) -> Outcome {
    let flags = FdAssociateFlags(arguments.flags(&[
        ("seclabel-writable", FdAssociateFlags::SECLABEL_WRITABLE.0),
        ("seclabel-restore", FdAssociateFlags::SECLABEL_RESTORE.0),
    ]));
    let domain = find(control, arguments, By::ANY)?;
    let name = arguments.required("name")?;
    Ok(domain.associate_files(name, &life::passed_files(arguments)?, flags)?)
}

fn to_native(control: &mut Control, arguments: &Arguments) -> Outcome {
    arguments.exclusive("domain", "xml")?;
    let format = arguments.required("format")?;
    let xml = match arguments.text("xml")? {
        Some(path) => file::read(path)?,
        None if arguments.has("domain") => find(control, arguments, By::ANY)?.xml(DomainXml::NONE)?,
        None => return Err(Failure::said("need either domain or domain XML")),
    };
    let config = control.connection()?.xml_to_native(format, &xml)?;
    control.output.print(config);
    Ok(())
}
