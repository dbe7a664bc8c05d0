//! What could be a pool.

use xctl::document::Document;

use crate::command::{Arguments, file};
use crate::control::Control;
use crate::failure::{Attempted, Failure, Outcome};

pub(super) fn from_file(control: &mut Control, arguments: &Arguments) -> Outcome {
    let specification = arguments.text("srcSpec")?.map(file::read).transpose()?;
    find(control, arguments, specification.as_deref())
}

pub(super) fn described(control: &mut Control, arguments: &Arguments) -> Outcome {
    let specification = describe(arguments)?;
    find(control, arguments, specification.as_deref())
}

fn find(control: &mut Control, arguments: &Arguments, specification: Option<&str>) -> Outcome {
    let kind = arguments.required("type")?;
    let found = control
        .connection()?
        .find_pool_sources(kind, specification)
        .attempted(|| format!("Failed to find any {kind} pool sources"))?;
    control.output.print(found);
    Ok(())
}

/// Where to look, as XML; nowhere in particular without a host.
fn describe(arguments: &Arguments) -> Result<Option<String>, Failure> {
    let Some(host) = arguments.text("host")? else { return Ok(None) };
    let wrong = |error: xctl::document::Error| Failure::said(error.to_string());
    let mut document = Document::new("source");
    let root = document.root();
    document.set(root, "host/@name", host).map_err(wrong)?;
    for (option, place) in [("port", "host/@port"), ("initiator", "initiator/iqn/@name")] {
        if let Some(value) = arguments.text(option)? {
            document.set(root, place, value).map_err(wrong)?;
        }
    }
    Ok(Some(document.to_string()))
}
