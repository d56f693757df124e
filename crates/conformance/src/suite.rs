use archscale_text::Progress;

use crate::{
    Check, Layer, OutsideOperation, Report, adjoint, agreement, derivatives, expectations, experiment, kinks, slopes,
};

/// The checks of a layer.
#[derive(Debug, Clone, Copy)]
pub struct Suite;

/// What the checks are made with.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Seed of the simulated networks.
    pub seed: u64,
    /// Probability at most with which one decision of [`agreement`] refutes a right prediction; above 5e-10, at most 0.5.
    pub false_alarm: f64,
    /// Probability at least with which a prediction that is off by the margin is not supported.
    pub power: f64,
    /// Groups of networks at most, in a pilot; a run is twice as large at most.
    pub largest: u64,
    /// Whether to simulate at all: [`agreement`] takes nearly all the time.
    pub agreement: bool,
}

impl Default for Settings {
    /// A false alarm of 1e-9 for each decision, a power of 0.99, and 8192 groups.
    fn default() -> Self {
        Self { seed: 20_240_612, false_alarm: 1e-9, power: 0.99, largest: 8_192, agreement: true }
    }
}

impl Suite {
    /// Runs every check of a layer, and of its mutants.
    ///
    /// A check that cannot be made is undecided, and its row of the report says why.
    #[must_use]
    pub fn check(layer: &Layer, settings: &Settings) -> Report {
        Self::check_with(layer, settings, &())
    }

    /// As [`Suite::check`], telling `progress` how many groups of networks are done.
    #[must_use]
    pub fn check_with(layer: &Layer, settings: &Settings, progress: &dyn Progress) -> Report {
        let mut checks: Vec<Check> = vec![slopes(layer), kinks(layer), expectations(layer), derivatives(layer)];
        let mut found = None;
        if settings.agreement {
            let (check, agreement) = agreement(layer, settings, progress);
            checks.push(check);
            found = agreement;
        }
        let expression = layer.function().expression().to_string();
        Report::new(layer.to_string(), Some(expression), layer.law(), checks, found)
    }

    /// Runs every check of an operation from outside that is not coordinatewise, and of its mutants.
    ///
    /// - [`adjoint`]: its tangent and transpose against its value;
    /// - agreement: its law against networks that are simulated with its tensors at widths 16, 32 and 64. Second moments and squared
    ///   changes, extrapolated by the polynomial of degree two in 1/n, are the law's limits but for terms of
    ///   order 1/n³. Error probabilities are those of [`agreement`].
    #[must_use]
    pub fn check_outside(layer: &OutsideOperation, settings: &Settings, progress: &dyn Progress) -> Report {
        let mut checks = vec![adjoint(layer)];
        let mut found = None;
        if settings.agreement {
            let (check, agreement) = experiment::check(layer, settings, progress);
            checks.push(check);
            found = agreement;
        }
        Report::new(layer.to_string(), None, layer.law(), checks, found)
    }
}
