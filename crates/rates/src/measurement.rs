use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use archscale_files::in_line;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::RatesError;

/// The measured maximal learning rates of one network, one for each seed.
///
/// In a file of measurements it is one line of JSON with these fields; `base` and `covariates` may be left out.
///
/// ```
/// use archscale_rates::Measurement;
/// let line = r#"{"group":"depth","architecture":"chain:3","init":"target","convention":"pre","activation":"relu",
///     "width":128,"log_rates":[-1.2,-1.1],"base":true}"#;
/// let read = Measurement::parse_lines(&line.replace('\n', " "))?;
/// assert!(read[0].base && read[0].mean_log_rate() == -1.15);
/// # Ok::<(), archscale_rates::RatesError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    description = "One line of a file of measurements: the maximal learning rates of one trained network, one for each seed. A learning rate is \
        the η of w ← w − η ∂loss/∂w; laws are judged up to one constant for each group, so the loss may have any unit. A group needs 3 different \
        architectures to be judged and 8 for intervals, and networks of two seeds or more for what a perfect law would reach. A network stands in a \
        group once.",
    example = Self::example()
)]
pub struct Measurement {
    /// The group: laws are judged within it, with one constant.
    pub group: String,
    /// The architecture as the commands take it: chain:3, complete:4, edges:0-1,1-2; conv:… is a network over images.
    pub architecture: String,
    /// Initialisation rule: target, source, he or published.
    pub init: String,
    /// Convention: pre, post or preact.
    pub convention: String,
    /// Activation: relu, leaky:0.1, gelu, tanh, …
    pub activation: String,
    /// Number of neurons of a hidden layer.
    #[schemars(range(min = 1))]
    pub width: u64,
    /// Natural logarithm of the maximal learning rate (a rate of 0.1 is −2.302585), one for each seed; seeds without one are left out.
    #[schemars(length(min = 1))]
    pub log_rates: Vec<f64>,
    /// Whether this is a base network, from which laws may take their constant.
    #[serde(default)]
    pub base: bool,
    /// Further numbers that a law may read, for instance batch and momentum; `trained_stem` of ½ or more says that one more layer, from
    /// the data to the first of width n, was trained.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub covariates: BTreeMap<String, f64>,
}

impl Measurement {
    /// One measurement, as a file holds it.
    #[must_use]
    pub fn example() -> Self {
        Self {
            group: "depth".into(),
            architecture: "chain:3".into(),
            init: "target".into(),
            convention: "pre".into(),
            activation: "relu".into(),
            width: 128,
            log_rates: vec![-1.2, -1.1],
            base: true,
            covariates: BTreeMap::from([("batch".into(), 32.0), ("momentum".into(), 0.0)]),
        }
    }

    /// Name of the covariate that says, by ½ or more, that one more layer in front of the architecture was trained: the stem from
    /// the data to the first layer of width n.
    pub const TRAINED_STEM: &'static str = "trained_stem";

    /// Whether the covariate [`Measurement::TRAINED_STEM`] says that a stem was trained; without it none was.
    #[must_use]
    pub fn trains_stem(&self) -> bool {
        self.covariates.get(Self::TRAINED_STEM).is_some_and(|value| *value >= 0.5)
    }

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

    /// Reads measurements, one line of JSON each; blank lines are passed over.
    ///
    /// # Errors
    /// [`RatesError::Line`] for a line that is no measurement or has no log-rate; [`RatesError::Empty`] for no line.
    pub fn parse_lines(text: &str) -> Result<Vec<Self>, RatesError> {
        let mut list = Vec::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let failed = |problem: String| RatesError::Line { line: index + 1, problem };
            // A program would also read the fields of an object from a list, in its own order; a file names them.
            if !line.trim_start().starts_with('{') {
                let problem = "it is no object with named fields; `archscale schema measurement` says which they are";
                return Err(failed(problem.into()));
            }
            let read: Self = serde_json::from_str(line).map_err(|error| {
                failed(format!(
                    "{}; a line is one JSON object, as in a report's measurements.jsonl: `archscale schema measurement` says its fields",
                    in_line(&error)
                ))
            })?;
            read.check().map_err(failed)?;
            list.push(read);
        }
        if list.is_empty() {
            return Err(RatesError::Empty { least: crate::score::LEAST });
        }
        Ok(list)
    }

    /// The measurements as lines of JSON.
    ///
    /// # Errors
    /// [`RatesError::Line`] for a measurement that could not be read again, for instance with a log-rate that is not finite.
    pub fn to_lines(list: &[Self]) -> Result<String, RatesError> {
        let mut text = String::new();
        for (index, one) in list.iter().enumerate() {
            let failed = |problem: String| RatesError::Line { line: index + 1, problem };
            one.check().map_err(failed)?;
            let line = serde_json::to_string(one).map_err(|error| failed(error.to_string()))?;
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{line}");
        }
        Ok(text)
    }

    /// Reads a file of measurements: [`Measurement::parse_lines`] of its text.
    ///
    /// # Errors
    /// [`RatesError::File`] if it cannot be read, and around the errors of [`Measurement::parse_lines`], to name the file.
    pub fn read_file(path: &Path) -> Result<Vec<Self>, RatesError> {
        let failed = |problem: String| RatesError::File { path: path.into(), problem };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        Self::parse_lines(&text).map_err(|error| failed(error.to_string()))
    }

    /// Writes a file of measurements.
    ///
    /// # Errors
    /// As [`Measurement::to_lines`], and [`RatesError::File`] if it cannot be written.
    pub fn write_file(path: &Path, list: &[Self]) -> Result<(), RatesError> {
        archscale_files::replace(path, Self::to_lines(list)?.as_bytes())
            .map_err(|error| RatesError::File { path: error.path, problem: error.problem })
    }

    /// What is wrong with its numbers.
    pub(crate) fn check(&self) -> Result<(), String> {
        let group = &self.group;
        if self.log_rates.is_empty() {
            return Err(format!("log_rates of '{}' in group '{group}' is empty; give one for each seed", self.architecture));
        }
        if let Some(bad) = self.log_rates.iter().find(|rate| !rate.is_finite()) {
            return Err(format!("a log-rate is {bad}; leave a seed without a maximal rate out"));
        }
        let rate = |log: &&f64| !(f64::MIN_POSITIVE..=f64::MAX).contains(&log.exp());
        if let Some(bad) = self.log_rates.iter().find(rate) {
            return Err(format!(
                "log_rates of '{}' in group '{group}' holds {bad}, and no learning rate has that natural logarithm; give ln η, −2.302585 for 0.1",
                self.architecture
            ));
        }
        if let Some((name, bad)) = self.covariates.iter().find(|(_, value)| !value.is_finite()) {
            return Err(format!("covariate '{name}' is {bad}; give a finite number"));
        }
        if self.width == 0 {
            return Err("width 0: a layer has at least one neuron".into());
        }
        Ok(())
    }
}
