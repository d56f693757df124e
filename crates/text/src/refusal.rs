use std::borrow::Cow;
use std::fmt;

/// Why an input is refused: the place, what was found there, and how to mend it.
///
/// Every error of the workspace that a user can mend is one of these; they differ in their words alone.
///
/// ```
/// use archscale_text::Refusal;
/// let refusal = Refusal::new("--width", "0", "give a width of 1 or more");
/// assert_eq!(refusal.to_string(), "--width is 0: give a width of 1 or more");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The setting, field, file or operation.
    pub place: Cow<'static, str>,
    /// What was found there.
    pub found: String,
    /// The rule, or how to mend it.
    pub mend: Cow<'static, str>,
}

impl Refusal {
    /// A refusal of `found` at `place`.
    pub fn new(place: impl Into<Cow<'static, str>>, found: impl fmt::Display, mend: impl Into<Cow<'static, str>>) -> Self {
        Self { place: place.into(), found: found.to_string(), mend: mend.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}: {}", self.place, self.found, self.mend)
    }
}

impl std::error::Error for Refusal {}
