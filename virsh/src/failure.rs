//! Why a command failed, as the user reads it.

use hypervisor::Error;

/// What a command comes to.
pub(crate) type Outcome = Result<(), Failure>;

/// Why a command failed: what was attempted, libvirt's reason where there is one, and what to do next.
#[derive(Debug, Default)]
pub(crate) struct Failure {
    /// What was attempted or is wrong; each line is shown with `error: ` before it.
    pub(crate) said: Vec<String>,
    /// Why libvirt refused.
    pub(crate) cause: Option<Box<Error>>,
    /// What the user can do.
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// A failure in our own words.
    pub(crate) fn said(message: impl Into<String>) -> Self {
        Self { said: vec![message.into()], cause: None, hint: None }
    }

    /// A failure that has said all it has to say.
    pub(crate) fn silent() -> Self {
        Self::default()
    }

    /// Why, in a line; empty where all was said before.
    pub(crate) fn reason(&self) -> &str {
        let whole = match &self.cause {
            Some(cause) => cause.message.as_str(),
            None => self.said.last().map_or("", String::as_str),
        };
        whole.lines().next().unwrap_or_default()
    }

    /// The same with the next step.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<Error> for Failure {
    fn from(cause: Error) -> Self {
        Self { said: Vec::new(), cause: Some(cause.into()), hint: None }
    }
}

/// Says what was attempted when libvirt refused.
pub(crate) trait Attempted<T> {
    /// Puts the attempt before libvirt's reason.
    fn attempted(self, what: impl FnOnce() -> String) -> Result<T, Failure>;
}

impl<T> Attempted<T> for Result<T, Error> {
    fn attempted(self, what: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|cause| Failure { said: vec![what()], cause: Some(cause.into()), hint: None })
    }
}

/// The name nearest to a misspelt one, if any is near enough to be meant.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 64;
    let length = name.chars().count();
    if length > LONGEST {
        return None;
    }
    let limit = length.div_ceil(3);
    known
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
