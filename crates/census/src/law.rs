use std::fmt;

use archscale_model::{PathSums, SearchSpace};

/// Sums over the input–output paths of a cell, the edge into the stem counted: see [`PathSums`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paths {
    /// Number of paths.
    pub count: u64,
    /// Σ L, Σ L², Σ L³.
    pub power_sums: [u64; 3],
    /// Smallest L.
    pub shortest: u64,
    /// Largest L.
    pub longest: u64,
}

impl Paths {
    /// The exact sums in machine integers; `None` beyond their range, which no cell of a census reaches.
    #[must_use]
    pub fn new(sums: &PathSums) -> Option<Self> {
        let sum = |k| u64::try_from(sums.power_sum(k)).ok();
        Some(Self {
            count: sum(0)?,
            power_sums: [sum(1)?, sum(2)?, sum(3)?],
            shortest: sums.shortest() as u64,
            longest: sums.longest() as u64,
        })
    }

    /// Σ (L + shift)³.
    #[must_use]
    pub fn shifted_cubes(&self, shift: u64) -> u64 {
        let [first, second, third] = self.power_sums;
        third + 3 * shift * second + 3 * shift * shift * first + shift.pow(3) * self.count
    }
}

/// Sums over the same paths, weighted by w = Π C/2, which depends on the initialisation rule.
///
/// The product takes the readout's C as the network has it (2, under the published rule 4), where [`PathSums`] takes that of
/// the rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Σ w.
    pub total: f64,
    /// Σ w L³.
    pub cubes: f64,
}

/// A law that predicts the largest learning rate from the paths, up to a constant.
///
/// The same predictions as the laws of these names in [`archscale_theory::LAWS`], from sums that a census has at hand;
/// [`PathLaw::WeightedSum`] is not among those.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PathLaw {
    /// (Σ_p L_p³)^(−1/2): Chen et al. 2024, equation 8.
    Paper,
    /// The same with the depths and the base depth of the published code.
    CodeDepths,
    /// (Σ_p w_p L_p³ / Σ_p w_p)^(−1/2).
    WeightedPaths,
    /// (Σ_p w_p L_p³)^(−1/2): the paper's sum with each path's weight, not a mean; the paper's law itself where all C are 2.
    WeightedSum,
    /// (min_p L_p)^(−3/2).
    ShortestPath,
    /// (max_p L_p)^(−3/2).
    LongestPath,
}

impl PathLaw {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 6] =
        [Self::Paper, Self::CodeDepths, Self::WeightedPaths, Self::WeightedSum, Self::ShortestPath, Self::LongestPath];

    /// Its name.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::CodeDepths => "code-depths",
            Self::WeightedPaths => "weighted-paths",
            Self::WeightedSum => "weighted-sum",
            Self::ShortestPath => "shortest-path",
            Self::LongestPath => "longest-path",
        }
    }

    /// Its name on a space, with what tells it from the law of this name elsewhere.
    #[must_use]
    pub fn title(self, space: SearchSpace) -> &'static str {
        match self {
            Self::CodeDepths if space == SearchSpace::NAS_BENCH_201 => "code-depths (here as paper)",
            _ => self.id(),
        }
    }

    /// Its formula on a space, in plain text.
    ///
    /// The published code takes L_p + 2 and a base of depth 3 for cells of MLPs and CNNs, and L_p and a base of depth 1 for
    /// cells of NAS-Bench-201, where its law is thus the paper's.
    #[must_use]
    pub fn formula(self, space: SearchSpace) -> &'static str {
        match self {
            Self::Paper => "(Σ L³)^(−1/2)",
            Self::CodeDepths if space == SearchSpace::NAS_BENCH_201 => "(Σ L³)^(−1/2)",
            Self::CodeDepths => "(Σ (L + 2)³)^(−1/2) · 3^(3/2)",
            Self::WeightedPaths => "(Σ w L³ / Σ w)^(−1/2)",
            Self::WeightedSum => "(Σ w L³)^(−1/2)",
            Self::ShortestPath => "(min L)^(−3/2)",
            Self::LongestPath => "(max L)^(−3/2)",
        }
    }

    /// The learning rate that it predicts, up to a constant.
    #[must_use]
    pub fn rate(self, space: SearchSpace, paths: &Paths, weights: &Weights) -> f64 {
        let of = |cubes: f64| cubes.powf(-0.5);
        match self {
            Self::Paper => of(paths.power_sums[2] as f64),
            Self::CodeDepths if space == SearchSpace::NAS_BENCH_201 => of(paths.power_sums[2] as f64),
            Self::CodeDepths => of(paths.shifted_cubes(2) as f64 / 27.0),
            Self::WeightedPaths => of(weights.cubes / weights.total),
            Self::WeightedSum => of(weights.cubes),
            Self::ShortestPath => of((paths.shortest as f64).powi(3)),
            Self::LongestPath => of((paths.longest as f64).powi(3)),
        }
    }
}

impl fmt::Display for PathLaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
