//! What a domain is called.

use super::{By, find};
use crate::command::Arguments;
use crate::control::Control;
use crate::failure::Outcome;

pub(super) fn id(control: &mut Control, arguments: &Arguments) -> Outcome {
    let id = find(control, arguments, By::NAME_OR_UUID)?.id();
    control.output.line(id.map_or_else(|| "-".to_owned(), |id| id.to_string()));
    Ok(())
}

pub(super) fn name(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ID_OR_UUID)?;
    control.output.line(domain.name());
    Ok(())
}

pub(super) fn uuid(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ID_OR_NAME)?;
    control.output.line(domain.uuid());
    Ok(())
}

pub(super) fn rename(control: &mut Control, arguments: &Arguments) -> Outcome {
    let domain = find(control, arguments, By::ANY)?;
    domain.rename(arguments.required("new-name")?)?;
    control.output.remark("Domain successfully renamed");
    Ok(())
}
