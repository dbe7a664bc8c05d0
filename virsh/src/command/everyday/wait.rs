//! Waiting for a guest.

use std::time::Duration;

use xctl::lifecycle::{self, Goal};
use xctl::progress::Cancel;

use crate::command::Arguments;
use crate::command::domain::{By, find};
use crate::control::Control;
use crate::failure::{Failure, Outcome};

/// What can be waited for, and its name.
const KNOWN: &[(&str, Goal)] =
    &[("running", Goal::Running), ("shutoff", Goal::Shutoff), ("ip", Goal::Address), ("agent", Goal::Agent)];

/// The names.
pub(super) const GOALS: &[&str] = &["running", "shutoff", "ip", "agent"];

pub(super) fn wait(control: &mut Control, arguments: &Arguments) -> Outcome {
    let wanted = arguments.required("for")?;
    let goal = KNOWN.iter().find(|(name, _)| *name == wanted).map(|(_, goal)| *goal).ok_or_else(|| {
        Failure::said(format!("cannot wait for '{wanted}': there are {}", GOALS.join(", ")))
    })?;
    let limit = arguments.number::<u32>("timeout")?.map(|seconds| Duration::from_secs(seconds.into()));
    let domain = find(control, arguments, By::ANY)?;
    let cancel = Cancel::new();
    cancel.on_signals().map_err(|error| Failure::said(format!("cannot listen for ^C: {error}")))?;
    match lifecycle::wait_for(&domain, goal, limit, &cancel)? {
        true => Ok(()),
        false if cancel.is_requested() => Err(Failure::silent()),
        false => Err(Failure::said(format!("Domain '{}' is not at '{wanted}' in time", domain.name()))
            .hint(format!("virsh why {} may tell what is wrong", domain.name()))),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_goal_is_offered() {
        let known: Vec<_> = super::KNOWN.iter().map(|(name, _)| *name).collect();
        assert_eq!(known, super::GOALS);
    }
}
