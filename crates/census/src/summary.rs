use archscale_model::SearchSpace;
use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{Agreement, Census, Class, Measure, Pair, PathLaw, Structure, agreement};

/// Version of the layout of [`Summary`]; raised when a field changes meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// Which codes a comparison is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subset {
    /// All codes with a learning rate.
    All,
    /// Those with a digit that is a skip (or average pooling).
    WithSkips,
    /// Those without.
    WithoutSkips,
}

impl Subset {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::All, Self::WithSkips, Self::WithoutSkips];

    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::WithSkips => "with skips",
            Self::WithoutSkips => "without skips",
        }
    }

    /// How many codes of a structure belong to it.
    #[must_use]
    pub fn count(self, structure: &Structure) -> u64 {
        match self {
            Self::All => structure.codes,
            Self::WithSkips => structure.codes - structure.codes_without_skips,
            Self::WithoutSkips => structure.codes_without_skips,
        }
    }
}

/// One law held against one exact rate over some codes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// [`PathLaw::id`].
    pub law: &'static str,
    /// The exact rate: last, any or relative ([`Measure`]).
    pub measure: String,
    /// The codes.
    pub subset: Subset,
    /// Their number.
    pub codes: u64,
    /// How well they agree; none without codes.
    #[serde(flatten)]
    pub agreement: Option<Agreement>,
}

/// All comparisons under one setting.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSummary {
    /// What a node holds.
    pub convention: String,
    /// Initialisation rule.
    pub init: String,
    /// Smallest exact rate, the last node's change counted.
    pub smallest_rate: Option<f64>,
    /// A code that has it.
    pub smallest_rate_code: Option<String>,
    /// Largest exact rate, the last node's change counted.
    pub largest_rate: Option<f64>,
    /// A code that has it.
    pub largest_rate_code: Option<String>,
    /// Codes whose last node has the second moment of the stem, to nine digits.
    pub preserved: u64,
    /// Law by law, measure by measure, subset by subset.
    pub comparisons: Vec<Comparison>,
}

/// What a census found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// Version of the program.
    pub program_version: String,
    /// `nb201` or `cells`.
    pub space: String,
    /// Nodes of a cell besides the stem.
    pub steps: usize,
    /// σ of every node.
    pub activation: String,
    /// Codes of the space.
    pub codes: u64,
    /// Codes whose last node nothing reaches: no learning rate.
    pub no_path: u64,
    /// Codes whose last node skips alone reach: no learning rate.
    pub untrained: u64,
    /// Codes with a learning rate.
    pub with_rate: u64,
    /// Those without a digit that is a skip or average pooling.
    pub without_skips: u64,
    /// Codes with a learning rate that hold average pooling.
    pub with_pooling: u64,
    /// Different networks among the codes with a learning rate.
    pub structures: usize,
    /// Formula of each law on this space.
    pub laws: Vec<(&'static str, &'static str)>,
    /// What a reader should know of how codes were read.
    pub notes: Vec<String>,
    /// One for each convention and initialisation rule.
    pub runs: Vec<RunSummary>,
    /// SHA-256 over every code's structure and the bits of every number.
    pub digest: String,
}

impl Census {
    /// Counts, agreement of every law with every exact rate, digest.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let count = |class: Class| self.classes().iter().filter(|other| **other == class).count() as u64;
        let rated = self.classes().iter().zip(0..).filter(|(class, _)| matches!(class, Class::Structure(_)));
        let pooled = |index| self.space().code(index).is_some_and(|code| code.has_pooling());
        let nas = self.space() == SearchSpace::NAS_BENCH_201;
        Summary {
            schema_version: SCHEMA_VERSION,
            program_version: env!("CARGO_PKG_VERSION").into(),
            space: if nas { "nb201" } else { "cells" }.into(),
            steps: self.space().steps(),
            activation: self.activation().to_string(),
            codes: self.space().size(),
            no_path: count(Class::NoPath),
            untrained: count(Class::Untrained),
            with_rate: self.structures().iter().map(|structure| structure.codes).sum(),
            without_skips: self.structures().iter().map(|structure| structure.codes_without_skips).sum(),
            with_pooling: if nas { rated.filter(|(_, index)| pooled(*index)).count() as u64 } else { 0 },
            structures: self.structures().len(),
            laws: PathLaw::ALL.iter().map(|law| (law.id(), law.formula(self.space()))).collect(),
            notes: self.notes(),
            runs: (0..self.settings().len()).map(|setting| self.run_summary(setting)).collect(),
            digest: self.digest(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = vec![
            "L counts the trained edges of a path, the one into the stem included; each law is meant up to a constant"
                .into(),
            "the readout has C = 2, under published C = 4: in a single cell that is all that tells published from source"
                .into(),
            "exact rates hold in the infinite-width limit, for the first step".into(),
        ];
        if self.space() == SearchSpace::NAS_BENCH_201 {
            notes.push("average pooling counts as a skip, as in the published code: no parameters, no depth".into());
            notes.push(
                "convolutions stand as linear edges between vectors; batch normalisation is outside the theory".into(),
            );
            notes.push(
                "code-depths is the paper's law here: for these cells the published code takes L as it is and a base of depth 1. \
                 `archscale law` gives code-depths of other cells, with L + 2 and a base of depth 3"
                    .into(),
            );
        }
        notes
    }

    fn run_summary(&self, setting: usize) -> RunSummary {
        let mut jobs = Vec::new();
        for law in PathLaw::ALL {
            for measure in Measure::ALL {
                jobs.extend(Subset::ALL.map(|subset| (law, measure, subset)));
            }
        }
        let comparisons = jobs.into_par_iter().map(|(law, measure, subset)| self.comparison(setting, law, measure, subset));
        let rate = |(structure, outcome): (&Structure, &crate::Outcome)| (outcome.exact.rate(Measure::Last), structure.code);
        let by_rate = |a: &(f64, _), b: &(f64, _)| a.0.total_cmp(&b.0);
        let smallest = self.outcomes(setting).map(rate).min_by(by_rate);
        let largest = self.outcomes(setting).map(rate).max_by(by_rate);
        let preserved = self
            .outcomes(setting)
            .filter(|(_, outcome)| (outcome.exact.second_moment / outcome.exact.stem_moment - 1.0).abs() < 1e-9)
            .map(|(structure, _)| structure.codes)
            .sum();
        RunSummary {
            convention: self.settings()[setting].convention.to_string(),
            init: self.settings()[setting].init.to_string(),
            smallest_rate: smallest.map(|found| found.0),
            smallest_rate_code: smallest.map(|found| found.1.to_string()),
            largest_rate: largest.map(|found| found.0),
            largest_rate_code: largest.map(|found| found.1.to_string()),
            preserved,
            comparisons: comparisons.collect(),
        }
    }

    /// Holds a law against an exact rate.
    #[must_use]
    pub fn comparison(&self, setting: usize, law: PathLaw, measure: Measure, subset: Subset) -> Comparison {
        let pairs: Vec<Pair> = self
            .outcomes(setting)
            .map(|(structure, outcome)| Pair {
                predicted: self.predicted(law, structure, outcome),
                exact: outcome.exact.rate(measure),
                count: subset.count(structure),
            })
            .collect();
        let codes = pairs.iter().map(|pair| pair.count).sum();
        Comparison { law: law.id(), measure: measure.to_string(), subset, codes, agreement: agreement(&pairs) }
    }

    fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for class in self.classes() {
            let number = match class {
                Class::NoPath => -1,
                Class::Untrained => -2,
                Class::Structure(number) => i64::from(*number),
            };
            hash.update(number.to_le_bytes());
        }
        for setting in 0..self.settings().len() {
            for (structure, outcome) in self.outcomes(setting) {
                let (exact, weights) = (&outcome.exact, &outcome.weights);
                let numbers = [
                    exact.stem_moment,
                    exact.second_moment,
                    exact.mean_squared_change,
                    exact.largest_change,
                    exact.largest_relative_change,
                    weights.total,
                    weights.cubes,
                ];
                for number in numbers.into_iter().chain(PathLaw::ALL.map(|law| self.predicted(law, structure, outcome))) {
                    hash.update(number.to_le_bytes());
                }
            }
        }
        archscale_text::hex(&hash.finalize())
    }
}
