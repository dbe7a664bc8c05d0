//! What commands about networks, pools, interfaces and their like have in common: finding the object that a command line names,
//! doing something to it, and printing what it is called.

use hypervisor::flags::Affect;
use hypervisor::{Connection, Error, ErrorCode, Network, Pool};

use super::{Arguments, file, xml};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

/// How long a UUID is in its usual notation.
pub(crate) const UUID_LENGTH: usize = 36;

/// Whether an object may be named by its UUID, its name, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// By either.
    Any,
    /// Only by its name.
    Name,
    /// Only by its UUID; an interface, which has none, by its hardware address.
    Uuid,
}

/// A kind of object that a command line can name.
pub(super) trait Object: Sized {
    /// What messages call it.
    const KIND: &'static str;
    /// The same where a message begins with it.
    const TITLE: &'static str;
    /// The option that names one.
    const OPTION: &'static str = Self::KIND;
    /// How a command that acts on one finds it.
    const BY: By = By::Any;

    /// The one of that name.
    fn named(connection: &Connection, name: &str, by: By) -> Result<Self, Failure>;
    /// Its name.
    fn name(&self) -> &str;
}

/// A kind of object that libvirt keeps by name and UUID, and starts with the host if asked to.
pub(super) trait Managed: Object {
    /// Its UUID.
    fn uuid(&self) -> String;
    /// Chooses whether libvirt starts it with the host.
    fn set_autostart(&self, on: bool) -> Result<(), Error>;
}

/// What the methods of these names do for every such handle.
macro_rules! managed {
    ($handle:ty, $kind:literal, $title:literal, $by_uuid:ident, $by_name:ident) => {
        impl Object for $handle {
            const KIND: &'static str = $kind;
            const TITLE: &'static str = $title;

            fn named(connection: &Connection, name: &str, by: By) -> Result<Self, Failure> {
                by_uuid_or_name($kind, name, by, |it| connection.$by_uuid(it), |it| connection.$by_name(it))
            }

            fn name(&self) -> &str {
                self.name()
            }
        }

        impl Managed for $handle {
            fn uuid(&self) -> String {
                self.uuid()
            }

            fn set_autostart(&self, on: bool) -> Result<(), Error> {
                self.set_autostart(on)
            }
        }
    };
}

managed!(Network, "network", "Network", network_by_uuid, network_by_name);
managed!(Pool, "pool", "Pool", pool_by_uuid, pool_by_name);

/// The object that the option of its kind names.
pub(super) fn find<O: Object>(control: &mut Control, arguments: &Arguments, by: By) -> Result<O, Failure> {
    O::named(&control.connection()?, arguments.required(O::OPTION)?, by)
}

/// The object of that name: looked up as a UUID where it may be one, then by name.
pub(super) fn by_uuid_or_name<O>(
    kind: &str,
    name: &str,
    by: By,
    by_uuid: impl FnOnce(&str) -> Result<O, Error>,
    by_name: impl FnOnce(&str) -> Result<O, Error>,
) -> Result<O, Failure> {
    let mut refusal = None;
    if by != By::Name && name.len() == UUID_LENGTH {
        match by_uuid(name) {
            Ok(found) => return Ok(found),
            Err(error) => refusal = Some(error),
        }
    }
    let found = match by {
        By::Uuid => Err(refusal),
        By::Any | By::Name => by_name(name).map_err(Some),
    };
    found.map_err(|cause| not_found(kind, name, cause))
}

/// That there is no such object.
pub(super) fn not_found(kind: &str, name: &str, cause: Option<Error>) -> Failure {
    Failure { said: vec![format!("failed to get {kind} '{name}'")], cause: cause.map(Box::new), hint: None }
}

/// Does something to the object and says so, naming it as the user did.
pub(super) fn act<O: Object>(
    control: &mut Control,
    arguments: &Arguments,
    verb: &str,
    done: &str,
    act: impl FnOnce(&O) -> Result<(), Error>,
) -> Outcome {
    let object = find(control, arguments, O::BY)?;
    let name = arguments.required(O::OPTION)?;
    act(&object).attempted(|| format!("Failed to {verb} {} {name}", O::KIND))?;
    control.output.remark(format_args!("{} {name} {done}", O::TITLE));
    Ok(())
}

/// Makes an object from the XML in a file, and says so.
pub(super) fn make<O: Object>(
    control: &mut Control,
    arguments: &Arguments,
    verb: &str,
    done: &str,
    make: impl FnOnce(&Connection, &str) -> Result<O, Error>,
) -> Outcome {
    let path = arguments.required("file")?;
    let xml = file::read(path)?;
    let made = make(&control.connection()?, &xml)
        .attempted(|| format!("Failed to {verb} {} from {path}", O::KIND))?;
    control.output.remark(format_args!("{} {} {done} from {path}", O::TITLE, made.name()));
    Ok(())
}

/// Chooses whether libvirt starts the object with the host; `--disable` takes that back.
pub(super) fn autostart<O: Managed>(control: &mut Control, arguments: &Arguments) -> Outcome {
    mark_autostart(control, arguments, O::set_autostart)
}

/// The same for what libvirt does not start and stop otherwise.
pub(super) fn mark_autostart<O: Object>(
    control: &mut Control,
    arguments: &Arguments,
    set: impl FnOnce(&O, bool) -> Result<(), Error>,
) -> Outcome {
    let on = !arguments.has("disable");
    let (verb, done) = if on { ("mark", "marked") } else { ("unmark", "unmarked") };
    let object: O = find(control, arguments, By::Any)?;
    let name = arguments.required(O::OPTION)?;
    set(&object, on).attempted(|| format!("failed to {verb} {} {name} as autostarted", O::KIND))?;
    control.output.remark(format_args!("{} {name} {done} as autostarted", O::TITLE));
    Ok(())
}

/// Prints the name of the object with a UUID.
pub(super) fn name<O: Object>(control: &mut Control, arguments: &Arguments) -> Outcome {
    let object: O = find(control, arguments, By::Uuid)?;
    control.output.line(object.name());
    Ok(())
}

/// Prints the UUID of the object with a name.
pub(super) fn uuid<O: Managed>(control: &mut Control, arguments: &Arguments) -> Outcome {
    let object: O = find(control, arguments, By::Name)?;
    control.output.line(object.uuid());
    Ok(())
}

/// Prints the object's XML as `--xpath` and `--wrap` ask for it.
pub(super) fn dump<O: Object>(
    control: &mut Control,
    arguments: &Arguments,
    text: impl FnOnce(&O) -> Result<String, Error>,
) -> Outcome {
    let object: O = find(control, arguments, By::Any)?;
    xml::print(control, arguments, &text(&object)?)
}

/// The objects in the order of lists: those that are up first, each by name.
pub(super) fn sort<O: Object>(objects: &mut [O], is_active: impl Fn(&O) -> Result<bool, Error>) {
    objects.sort_by_cached_key(|object| {
        (!is_active(object).unwrap_or(false), object.name().to_ascii_lowercase())
    });
}

/// A list, or what was attempted when there was none; `unsupported` where the driver knows no such objects.
pub(super) fn listed<T>(list: Result<T, Error>, attempt: &str, unsupported: &str) -> Result<T, Failure> {
    list.map_err(|cause| {
        let said = if cause.code == ErrorCode::NO_SUPPORT { unsupported } else { attempt };
        Failure { said: vec![said.to_owned()], cause: Some(Box::new(cause)), hint: None }
    })
}

/// Which of those that are up (`active`) and down (`inactive`) a list shows: those that are up, unless `--inactive` or
/// `--all` ask for others.
pub(super) fn shown(arguments: &Arguments, active: u32, inactive: u32) -> u32 {
    match (arguments.has("all"), arguments.has("inactive")) {
        (true, _) => active | inactive,
        (false, true) => inactive,
        (false, false) => active,
    }
}

/// What messages call the configurations that a change was made to.
pub(super) fn changed(affect: Affect, is_active: impl FnOnce() -> Result<bool, Error>) -> &'static str {
    match (affect.contains(Affect::CONFIG), affect.contains(Affect::LIVE)) {
        (true, true) => "persistent config and live state",
        (true, false) => "persistent config",
        (false, true) => "live state",
        (false, false) if is_active().unwrap_or(false) => "live state",
        (false, false) => "persistent config",
    }
}

/// What lists and facts say of something that is so or is not.
pub(super) fn yes(answer: bool) -> &'static str {
    if answer { "yes" } else { "no" }
}

/// What lists say of an object that is up or down.
pub(super) const STATES: &[&str] = &["active", "inactive"];

/// Which of the two it is.
pub(super) fn state(is_active: Result<bool, Error>) -> &'static str {
    if is_active.unwrap_or(false) { "active" } else { "inactive" }
}
