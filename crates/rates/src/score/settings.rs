use archscale_stats::{Groups, Resamples, Stream};
use archscale_text::Refusal;

use crate::RatesError;

/// Names the streams; a change of any number they give is value-breaking and changes this name. It keeps the word under
/// which the published intervals were drawn.
const STREAMS: &str = "archscale court streams 1";

/// How laws are scored.
///
/// ```
/// let settings = archscale_rates::ScoreSettings { replicates: 999, ..Default::default() };
/// assert!(settings.check().is_ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct ScoreSettings {
    /// Replicates of the bootstrap.
    pub replicates: usize,
    /// Level of the intervals.
    pub level: f64,
    /// Names the random streams.
    pub seed: u64,
    /// Folds of the cross-validation.
    pub folds: usize,
    /// How often the architectures are split into folds.
    pub repeats: usize,
    /// Whether laws of the theory crate are evaluated at the measured width instead of in the limit.
    pub at_width: bool,
}

impl Default for ScoreSettings {
    /// 1 999 replicates, level 0.95, ten repeats of five folds, infinite width.
    fn default() -> Self {
        Self { replicates: 1999, level: 0.95, seed: 1, folds: 5, repeats: 10, at_width: false }
    }
}

impl ScoreSettings {
    /// Whether the settings are usable.
    ///
    /// # Errors
    /// [`RatesError::Setting`] for fewer than 99 or more than 1 000 000 replicates, a level outside \[0.5, 0.999\], fewer
    /// than two folds, or no repeat.
    pub fn check(&self) -> Result<(), RatesError> {
        let refuse = |name: &'static str, found: String, mend: &'static str| Err(Refusal::new(name, found, mend).into());
        if !(99..=1_000_000).contains(&self.replicates) {
            return refuse(
                "replicates",
                self.replicates.to_string(),
                "give 99 to 1000000, 1999 for intervals of level 0.95",
            );
        }
        if !(0.5..=0.999).contains(&self.level) {
            return refuse("level", self.level.to_string(), "give 0.5 to 0.999");
        }
        if self.folds < 2 {
            return refuse("folds", self.folds.to_string(), "give 2 or more: one fold leaves nothing to fit on");
        }
        if self.repeats == 0 || self.repeats > 10_000 {
            return refuse("repeats", self.repeats.to_string(), "give 1 to 10000");
        }
        Ok(())
    }

    /// Random numbers for a purpose on a group.
    pub(super) fn stream(&self, purpose: &str, group: &str) -> Stream {
        Stream::new(STREAMS, self.seed).text(purpose).text(group)
    }

    /// Resamples of networks by the numbers of their architectures, and how many different ones there are. Networks of one
    /// architecture are drawn together.
    pub(super) fn resamples(&self, architectures: &[usize], purpose: &str, group: &str) -> (usize, Resamples) {
        let groups = Groups::new(architectures);
        (groups.len(), Resamples::new(&groups, self.replicates, &self.stream(purpose, group)))
    }
}
