use archscale_sim::{DeviceChoice, Precision, Settings, StreamKey, Weights};
use archscale_stats::{Plan, StatsError};
use archscale_text::Progress;

/// The size of the errors that a check must catch; a larger effort is a greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// Relative errors of 4 %.
    Quick,
    /// Relative errors of 2 %.
    Normal,
    /// Relative errors of 1 %.
    Deep,
}

impl Effort {
    /// The relative error that a check must catch.
    #[must_use]
    pub fn margin(self) -> f64 {
        match self {
            Self::Quick => 0.04,
            Self::Normal => 0.02,
            Self::Deep => 0.01,
        }
    }

    /// The effort's name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Normal => "normal",
            Self::Deep => "deep",
        }
    }
}

/// The settings with which a claim is judged.
pub struct Context<'a> {
    /// The size of the errors that must be caught.
    pub effort: Effort,
    /// Seed of all random numbers; each claim and case derives its own streams from it.
    pub seed: u64,
    /// Device of the tensors.
    pub device: DeviceChoice,
    /// Floating-point precision of the tensors.
    pub precision: Precision,
    /// Told how far the run has come.
    pub progress: &'a dyn Progress,
    /// False-alarm probability of each simulated check; [`Context::FALSE_ALARM`] unless a run makes very many.
    pub false_alarm: f64,
}

impl Context<'_> {
    /// False-alarm probability of each simulated check; a run adds them up and prints the sum.
    pub const FALSE_ALARM: f64 = 1e-9;
    /// Probability of catching an error of the effort's margin.
    pub const POWER: f64 = 0.99;

    /// Simulator settings for one stage of a case, on streams of its own.
    pub(crate) fn settings(&self, claim: &str, case: &str, stage: &str, width: usize, samples: u64) -> Settings {
        let key = StreamKey::new(claim, format!("{case} {stage}"), self.seed);
        Settings {
            device: self.device,
            precision: self.precision,
            method: Weights::Auto,
            ..Settings::new(width, samples, key)
        }
    }

    /// The plan of every simulated check of this run.
    ///
    /// # Errors
    /// Never for the efforts that exist; the constructor checks its numbers.
    pub fn plan(&self) -> Result<Plan, StatsError> {
        Plan::new(self.false_alarm, Self::POWER, self.effort.margin())
    }
}
