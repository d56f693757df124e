//! A measured maximal learning rate: typed in memory (`mod.rs`, `spec.rs`, `stem.rs`), as texts in a file (`line.rs`).

mod line;
mod spec;
mod stem;

use std::collections::BTreeMap;

pub use spec::NetworkSpec;
pub use stem::TrainedStem;

/// The measured maximal learning rates of one network, one for each seed.
///
/// In a file of measurements it is one line of JSON; `base`, `stem` and `covariates` may be left out there.
///
/// ```
/// use archscale_rates::Measurement;
/// let line = r#"{"group":"depth","architecture":"chain:3","init":"target","convention":"pre","activation":"relu",
///     "width":128,"log_rates":[-1.2,-1.1],"base":true}"#;
/// let read = Measurement::parse_lines(&line.replace('\n', " "))?;
/// assert!(read[0].base && read[0].mean_log_rate() == -1.15);
/// # Ok::<(), archscale_rates::RatesError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// The group: laws are scored within it, with one constant.
    pub group: String,
    /// The network.
    pub spec: NetworkSpec,
    /// Number of neurons of a hidden layer, at least 1.
    pub width: u64,
    /// Natural logarithm of the maximal learning rate, one for each seed; seeds without one are left out.
    pub log_rates: Vec<f64>,
    /// Whether this is a base network, from which laws may take their constant.
    pub base: bool,
    /// The stem in front of the network; none where none was trained.
    pub stem: Option<TrainedStem>,
    /// Further numbers that a law may read, for instance batch and momentum.
    pub covariates: BTreeMap<String, f64>,
}

impl Measurement {
    /// Mean of the log-rates over seeds.
    #[must_use]
    pub fn mean_log_rate(&self) -> f64 {
        self.log_rates.iter().sum::<f64>() / self.log_rates.len() as f64
    }

    /// Sample variance of the log-rates over seeds (divisor: seeds − 1); none for one seed.
    #[must_use]
    pub fn seed_variance(&self) -> Option<f64> {
        let mean = self.mean_log_rate();
        let degrees = self.log_rates.len().checked_sub(1).filter(|degrees| *degrees > 0)?;
        Some(self.log_rates.iter().map(|rate| (rate - mean).powi(2)).sum::<f64>() / degrees as f64)
    }

    /// What is wrong with its numbers.
    pub(crate) fn check(&self) -> Result<(), String> {
        let (architecture, group) = (self.spec.architecture(), &self.group);
        if self.log_rates.is_empty() {
            return Err(format!("log_rates of '{architecture}' in group '{group}' is empty; give one for each seed"));
        }
        if let Some(bad) = self.log_rates.iter().find(|rate| !rate.is_finite()) {
            return Err(format!("a log-rate is {bad}; leave a seed without a maximal rate out"));
        }
        let is_no_rate = |log: &&f64| !(f64::MIN_POSITIVE..=f64::MAX).contains(&log.exp());
        if let Some(bad) = self.log_rates.iter().find(is_no_rate) {
            return Err(format!(
                "log_rates of '{architecture}' in group '{group}' holds {bad}, and no learning rate has that natural \
                 logarithm; give ln η, −2.302585 for 0.1"
            ));
        }
        if let Some((name, bad)) = self.covariates.iter().find(|(_, value)| !value.is_finite()) {
            return Err(format!("covariate '{name}' is {bad}; give a finite number"));
        }
        if let Some(stem) = self.stem.filter(|stem| !(stem.share.is_finite() && stem.share >= 0.0)) {
            return Err(format!("the share of the stem is {}; give a finite number of 0 or more", stem.share));
        }
        if self.width == 0 {
            return Err("width 0: a layer has at least one neuron".into());
        }
        Ok(())
    }
}
