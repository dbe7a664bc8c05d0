//! `--check`: what is looked at before anything is made, and can be turned off.

use anyhow::{Context, Result, bail};
use xctl::install::Checks;
use xctl::property::{Options, is_on};

/// The checks there are, in alphabetical order.
pub(crate) const NAMES: [&str; 6] =
    ["all", "disk_size", "mac_in_use", "memory_size", "path_exists", "path_in_use"];

/// Understands the option's texts, the last word on a check counts.
///
/// # Errors
/// There is no such check, or it is neither on nor off.
pub(crate) fn checks(texts: &[String]) -> Result<Checks> {
    let mut checks = Checks::default();
    for text in texts {
        let options = Options::parse(text)?;
        for (name, value) in options.iter() {
            let is_on = value.and_then(is_on).with_context(|| {
                format!("--check {name}={}: this is 'on' or 'off'", value.unwrap_or_default())
            })?;
            match name {
                "all" => checks = Checks::all(is_on),
                "path_in_use" => checks.path_in_use = is_on,
                "disk_size" => checks.disk_size = is_on,
                "path_exists" => checks.path_exists = is_on,
                "mac_in_use" => checks.mac_in_use = is_on,
                "memory_size" => checks.memory_size = is_on,
                other => bail!("--check: unknown check '{other}'\n  there are {}", NAMES.join(", ")),
            }
        }
    }
    Ok(checks)
}
