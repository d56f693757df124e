//! The form of a measurement in a file: one line of JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use archscale_files::in_line;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{Measurement, NetworkSpec, TrainedStem};
use crate::RatesError;

/// Name of the covariate by which files of version 0.1 state the share of a trained stem.
const OLD_STEM: &str = "trained_stem";

/// A measurement as texts and numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    description = "One line of a file of measurements: the maximal learning rates of one trained network, one for each \
        seed. A learning rate is the η of w ← w − η ∂loss/∂w; laws are scored up to one constant for each group, so the \
        loss may have any unit. A group needs 3 different architectures to be scored and 8 for intervals, and networks of \
        two seeds or more for what a perfect law would reach. A network stands in a group once.",
    example = Self::example()
)]
struct Line {
    /// The group: laws are scored within it, with one constant.
    group: String,
    /// The architecture as the commands take it: chain:3, complete:4, edges:0-1,1-2; conv:… is a network over images.
    architecture: String,
    /// Initialisation rule: target, source, he or published.
    init: String,
    /// Convention: pre, post or preact.
    convention: String,
    /// Activation: relu, leaky:0.1, gelu, tanh, …
    activation: String,
    /// Number of neurons of a hidden layer.
    #[schemars(range(min = 1))]
    width: u64,
    /// Natural logarithm of the maximal learning rate (a rate of 0.1 is −2.302585), one for each seed; seeds without one are
    /// left out.
    #[schemars(length(min = 1))]
    log_rates: Vec<f64>,
    /// Whether this is a base network, from which laws may take their constant.
    #[serde(default)]
    base: bool,
    /// A trained stem: one more layer, from the data to the first layer of width n. Left out where none was trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stem: Option<TrainedStem>,
    /// Further numbers that a law may read, for instance batch and momentum. In files of version 0.1 `trained_stem` stands
    /// here: the share of a trained stem, which counts as a layer from ½ on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    covariates: BTreeMap<String, f64>,
}

impl Line {
    fn example() -> Self {
        Self {
            group: "depth".into(),
            architecture: "chain:3".into(),
            init: "target".into(),
            convention: "pre".into(),
            activation: "relu".into(),
            width: 128,
            log_rates: vec![-1.2, -1.1],
            base: true,
            stem: Some(TrainedStem::new(1.0)),
            covariates: BTreeMap::from([("batch".into(), 32.0), ("momentum".into(), 0.0)]),
        }
    }

    fn measurement(mut self) -> Result<Measurement, String> {
        let stem = match (self.stem, self.covariates.remove(OLD_STEM)) {
            (Some(_), Some(_)) => {
                return Err(format!("both stem and the covariate '{OLD_STEM}' state a trained stem; give stem alone"));
            }
            (None, Some(share)) => Some(share).filter(|share| *share > 0.0).map(TrainedStem::new),
            (stem, None) => stem,
        };
        let spec = NetworkSpec::parse(&self.architecture, &self.init, &self.convention, &self.activation)
            .map_err(|error| format!("network '{}' in group '{}': {error}", self.architecture, self.group))?;
        let Self { group, width, log_rates, base, covariates, .. } = self;
        let read = Measurement { group, spec, width, log_rates, base, stem, covariates };
        read.check()?;
        Ok(read)
    }
}

/// The schema of a line of a file.
impl JsonSchema for Measurement {
    fn schema_name() -> Cow<'static, str> {
        "Measurement".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Line::json_schema(generator)
    }
}

impl Measurement {
    fn line(&self) -> Line {
        Line {
            group: self.group.clone(),
            architecture: self.spec.architecture().into(),
            init: self.spec.init.to_string(),
            convention: self.spec.convention.to_string(),
            activation: self.spec.activation.to_string(),
            width: self.width,
            log_rates: self.log_rates.clone(),
            base: self.base,
            stem: self.stem,
            covariates: self.covariates.clone(),
        }
    }

    /// Reads measurements, one line of JSON each; blank lines are passed over.
    ///
    /// # Errors
    /// [`RatesError::Line`] for a line that is no measurement or has no log-rate; [`RatesError::Empty`] for no line.
    pub fn parse_lines(text: &str) -> Result<Vec<Self>, RatesError> {
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let read = lines.map(|(line, text)| parse(text).map_err(|problem| RatesError::Line { line, problem }));
        let list: Vec<Self> = read.collect::<Result<_, _>>()?;
        if list.is_empty() { Err(RatesError::Empty { least: crate::score::LEAST }) } else { Ok(list) }
    }

    /// The measurements as lines of JSON.
    ///
    /// # Errors
    /// [`RatesError::Line`] for a measurement that could not be read again, for instance with a log-rate that is not finite.
    pub fn to_lines(list: &[Self]) -> Result<String, RatesError> {
        let mut text = String::new();
        for (line, one) in (1..).zip(list) {
            one.check().map_err(|problem| RatesError::Line { line, problem })?;
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}", serde_json::to_string(&one.line())?);
        }
        Ok(text)
    }

    /// Reads a file of measurements: [`Measurement::parse_lines`] of its text.
    ///
    /// # Errors
    /// [`RatesError::File`] if it cannot be read, and around the errors of [`Measurement::parse_lines`], to name the file.
    pub fn read_file(path: &Path) -> Result<Vec<Self>, RatesError> {
        let text = std::fs::read_to_string(path).map_err(|error| RatesError::file(path, error))?;
        Self::parse_lines(&text).map_err(|error| RatesError::file(path, error))
    }

    /// Writes a file of measurements.
    ///
    /// # Errors
    /// As [`Measurement::to_lines`], and [`RatesError::File`] if it cannot be written.
    pub fn write_file(path: &Path, list: &[Self]) -> Result<(), RatesError> {
        Ok(archscale_files::replace(path, Self::to_lines(list)?.as_bytes())?)
    }
}

fn parse(text: &str) -> Result<Measurement, String> {
    // A program would also read the fields of an object from a list, in its own order; a file names them.
    if !text.trim_start().starts_with('{') {
        return Err("it is no object with named fields; `archscale schema measurement` says which they are".into());
    }
    let line: Line = serde_json::from_str(text).map_err(|error| {
        let mend =
            "a line is one JSON object, as in a report's measurements.jsonl: `archscale schema measurement` says its fields";
        format!("{}; {mend}", in_line(&error))
    })?;
    line.measurement()
}
