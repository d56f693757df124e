use std::fmt;

use archscale_model::{InitRule, Lowering, Network};
use num_rational::Ratio;
use serde::Serialize;

/// How the weights of a cell start. Weights into hidden vertices are N(0, C/(q n)) with q taps and n channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Start {
    /// C = 2 at every edge, and readout entries of variance 1/n: plain He initialisation in the standard parametrisation.
    HeStandard,
    /// C = 2 at every edge, and readout entries of variance 2/n²: μP, whose scaling in the width plays no part at one width.
    HeMeanField,
    /// C = 2/d with d the in-degree of the edge's target, and readout entries of variance 2/n².
    TargetMeanField,
}

impl Start {
    /// How a cell of this width is lowered.
    #[must_use]
    pub fn lowering(self, network: &Network, width: u32) -> Lowering {
        match self {
            Self::HeStandard => network.lowering(InitRule::He).with_readout(Ratio::from_integer(width)),
            Self::HeMeanField => network.lowering(InitRule::He).with_readout(Ratio::from_integer(2)),
            Self::TargetMeanField => network.lowering(InitRule::Target).with_readout(Ratio::from_integer(2)),
        }
    }
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HeStandard => "C = 2, readout variance 1/n",
            Self::HeMeanField => "C = 2, readout variance 2/n²",
            Self::TargetMeanField => "C = 2/in-degree of the target, readout variance 2/n²",
        })
    }
}

/// Which learning rate a cell gets. The base cell's rate is found once for each start.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Rate {
    /// The base cell's rate times this number, the same for all cells.
    Tuned(f64),
    /// The base cell's rate times the ratio of this law between cell and base.
    Law(String),
    /// The same by the first of [`archscale_theory::RECOMMENDED`] that gives a value on the base and on every cell.
    Recommended,
    /// One rate for all cells, the geometric mean over the cells of those by [`Rate::Recommended`]: of the same size on
    /// average, but blind to the cell. What the law gains above it is due to differences that it makes between cells.
    Level,
}

/// A way to train every cell. All trained matrices of a network share its learning rate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recipe {
    /// Its name in tables.
    pub name: String,
    /// How the weights start.
    pub start: Start,
    /// The learning rate.
    pub rate: Rate,
}

impl Recipe {
    /// The recipes compared, the reference first.
    ///
    /// | name | weights | learning rate |
    /// |---|---|---|
    /// | `fixed` | He, readout variance 1/n | that of the base cell |
    /// | `mup` | He, readout variance 2/n² | that of the base cell |
    /// | `target` | in-degree of the target, 2/n² | that of the base cell; tells the part of the initialisation from that of a law |
    /// | `paper` | in-degree of the target, 2/n² | by (Σ_p L_p³)^(−1/2) |
    /// | `best` | in-degree of the target, 2/n² | by the recommended law |
    /// | `level` | in-degree of the target, 2/n² | for all cells the geometric mean of those of `best` |
    #[must_use]
    pub fn standard() -> Vec<Self> {
        let recipe = |name: &str, start, rate| Self { name: name.into(), start, rate };
        vec![
            recipe("fixed", Start::HeStandard, Rate::Tuned(1.0)),
            recipe("mup", Start::HeMeanField, Rate::Tuned(1.0)),
            recipe("target", Start::TargetMeanField, Rate::Tuned(1.0)),
            recipe("paper", Start::TargetMeanField, Rate::Law("paper".into())),
            recipe("best", Start::TargetMeanField, Rate::Recommended),
            recipe("level", Start::TargetMeanField, Rate::Level),
        ]
    }
}
