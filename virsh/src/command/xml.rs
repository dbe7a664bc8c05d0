//! Printing XML, all of it or what an XPath expression selects.

use xctl::xpath::{self, Output};

use super::Arguments;
use crate::control::Control;
use crate::failure::{Failure, Outcome};

/// Prints a document as `--xpath` and `--wrap` ask for it.
pub(super) fn print(control: &Control, arguments: &Arguments, xml: &str) -> Outcome {
    let Some(expression) = arguments.text("xpath")? else {
        control.output.print(xml);
        return Ok(());
    };
    let output = if arguments.has("wrap") { Output::Wrapped("nodes") } else { Output::Plain };
    match xpath::select(xml, expression, output) {
        Ok(found) => {
            control.output.print(found);
            Ok(())
        }
        Err(error) => {
            Err(Failure::said(format!("internal error: Incorrect xpath '{expression}'"))
                .hint(error.to_string()))
        }
    }
}

/// Prints a whole document in the notation of what an XPath expression selects, without the line end.
pub(super) fn print_all(control: &Control, xml: &str) -> Outcome {
    let text = xpath::select(xml, "/*", Output::Plain).map_err(|error| Failure::said(error.to_string()))?;
    control.output.print(text.trim_end());
    Ok(())
}
