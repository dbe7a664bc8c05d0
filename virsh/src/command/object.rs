//! What commands about networks, pools and their like have in common: finding the object that a command line names,
//! doing something to it, and printing what it is called.

use hypervisor::{Connection, Error, Network, Pool};

use super::{Arguments, file, xml};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

/// How long a UUID is in its usual notation.
pub(super) const UUID_LENGTH: usize = 36;

/// Whether an object may be named by its UUID, its name, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// By either.
    Any,
    /// Only by its name.
    Name,
    /// Only by its UUID.
    Uuid,
}

/// A kind of object that libvirt keeps by name and UUID.
pub(super) trait Object: Sized {
    /// The option that names one, and what messages call it.
    const KIND: &'static str;
    /// The same where a message begins with it.
    const TITLE: &'static str;

    /// The one with this UUID.
    fn by_uuid(connection: &Connection, uuid: &str) -> Result<Self, Error>;
    /// The one with this name.
    fn by_name(connection: &Connection, name: &str) -> Result<Self, Error>;
    /// Its name.
    fn name(&self) -> &str;
    /// Its UUID.
    fn uuid(&self) -> String;
    /// Whether libvirt starts it with the host.
    fn set_autostart(&self, on: bool) -> Result<(), Error>;
    /// Whether it is up.
    fn is_active(&self) -> Result<bool, Error>;
}

/// What the methods of these names do for every such handle.
macro_rules! object {
    ($handle:ty, $kind:literal, $title:literal, $by_uuid:ident, $by_name:ident) => {
        impl Object for $handle {
            const KIND: &'static str = $kind;
            const TITLE: &'static str = $title;

            fn by_uuid(connection: &Connection, uuid: &str) -> Result<Self, Error> {
                connection.$by_uuid(uuid)
            }

            fn by_name(connection: &Connection, name: &str) -> Result<Self, Error> {
                connection.$by_name(name)
            }

            fn name(&self) -> &str {
                self.name()
            }

            fn uuid(&self) -> String {
                self.uuid()
            }

            fn set_autostart(&self, on: bool) -> Result<(), Error> {
                self.set_autostart(on)
            }

            fn is_active(&self) -> Result<bool, Error> {
                self.is_active()
            }
        }
    };
}

object!(Network, "network", "Network", network_by_uuid, network_by_name);
object!(Pool, "pool", "Pool", pool_by_uuid, pool_by_name);

/// The object that the option of its kind names.
pub(super) fn find<O: Object>(control: &mut Control, arguments: &Arguments, by: By) -> Result<O, Failure> {
    named(&control.connection()?, arguments.required(O::KIND)?, by)
}

/// The object of that name: looked up as a UUID where it may be one, then by name.
pub(super) fn named<O: Object>(connection: &Connection, name: &str, by: By) -> Result<O, Failure> {
    let mut refusal = None;
    if by != By::Name && name.len() == UUID_LENGTH {
        match O::by_uuid(connection, name) {
            Ok(found) => return Ok(found),
            Err(error) => refusal = Some(error),
        }
    }
    let found = match by {
        By::Uuid => Err(refusal),
        By::Any | By::Name => O::by_name(connection, name).map_err(Some),
    };
    found.map_err(|cause| Failure {
        said: vec![format!("failed to get {} '{name}'", O::KIND)],
        cause: cause.map(Box::new),
        hint: None,
    })
}

/// Does something to the object and says so, naming it as the user did.
pub(super) fn act<O: Object>(
    control: &mut Control,
    arguments: &Arguments,
    verb: &str,
    done: &str,
    act: impl FnOnce(&O) -> Result<(), Error>,
) -> Outcome {
    let object = find(control, arguments, By::Any)?;
    let name = arguments.required(O::KIND)?;
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
pub(super) fn autostart<O: Object>(control: &mut Control, arguments: &Arguments) -> Outcome {
    let on = !arguments.has("disable");
    let (verb, done) = if on { ("mark", "marked") } else { ("unmark", "unmarked") };
    let object: O = find(control, arguments, By::Any)?;
    let name = arguments.required(O::KIND)?;
    object.set_autostart(on).attempted(|| format!("failed to {verb} {} {name} as autostarted", O::KIND))?;
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
pub(super) fn uuid<O: Object>(control: &mut Control, arguments: &Arguments) -> Outcome {
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
pub(super) fn sort<O: Object>(objects: &mut [O]) {
    objects.sort_by_cached_key(|object| {
        (!object.is_active().unwrap_or(false), object.name().to_ascii_lowercase())
    });
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

/// What lists and facts say of something that is so or is not.
pub(super) fn yes(answer: bool) -> &'static str {
    if answer { "yes" } else { "no" }
}

/// What lists say of an object that is up or down.
pub(super) fn state<O: Object>(object: &O) -> &'static str {
    if object.is_active().unwrap_or(false) { "active" } else { "inactive" }
}
