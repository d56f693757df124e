use archscale_records::{Part, difference};
use serde::{Deserialize, Serialize};

use crate::Context;

/// Names the layout of the file.
pub(super) const FORMAT: &str = "archscale survey 2";

/// The first line of a survey's file: all that its results depend on, and which part of them it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The layout.
    pub format: String,
    /// Version of the program.
    pub program_version: String,
    /// Ids of the claims.
    pub claims: Vec<String>,
    /// Effort.
    pub effort: String,
    /// Seed.
    pub seed: u64,
    /// Where tensors lived.
    pub device: String,
    /// Their precision.
    pub precision: String,
    /// Which part of the cases.
    pub shard: Part,
    /// The architectures, in order.
    pub architectures: Vec<String>,
}

impl Header {
    /// The header of a run of this version of the program.
    #[must_use]
    pub fn new(context: &Context<'_>, claims: Vec<String>, architectures: Vec<String>, shard: Part) -> Self {
        Self {
            format: FORMAT.into(),
            program_version: env!("CARGO_PKG_VERSION").into(),
            claims,
            effort: context.effort.name().into(),
            seed: context.seed,
            device: context.device.to_string(),
            precision: context.precision.to_string(),
            shard,
            architectures,
        }
    }

    /// That of the undivided run.
    #[must_use]
    pub(super) fn whole(&self) -> Self {
        Self { shard: Part::WHOLE, ..self.clone() }
    }

    /// Number of cases of the whole run.
    #[must_use]
    pub fn cases(&self) -> u64 {
        (self.claims.len() * self.architectures.len()) as u64
    }

    /// Number of cases of its part.
    #[must_use]
    pub fn own_cases(&self) -> u64 {
        (0..self.cases()).filter(|&case| self.shard.holds(case)).count() as u64
    }

    /// The first field in which this header, of a file, differs from the one that is wanted.
    pub(super) fn difference(&self, wanted: &Self) -> String {
        let (there, here) = (self.architectures.len(), wanted.architectures.len());
        difference(self.fields(), wanted.fields()).unwrap_or_else(|| format!("{there} architectures there, {here} here"))
    }

    fn fields(&self) -> Vec<(&str, String)> {
        vec![
            ("program version", self.program_version.clone()),
            ("claims", self.claims.join(", ")),
            ("effort", self.effort.clone()),
            ("seed", self.seed.to_string()),
            ("device", self.device.clone()),
            ("precision", self.precision.clone()),
            ("part", self.shard.to_string()),
        ]
    }
}
