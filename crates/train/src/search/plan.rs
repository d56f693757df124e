use archscale_text::Refusal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::TrainError;

/// How to search. Fields that are left out of a JSON text take the values of [`SearchPlan::default`]: 28 rates from 0.004 to
/// 4 and two seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(
    description = "How the best learning rate is searched: a geometric grid, its growth and refinement. Fields that are left out take the \
    values given as defaults."
)]
pub struct SearchPlan {
    /// Smallest rate of the grid, above 0.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub lowest: f64,
    /// Largest rate of the grid.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub highest: f64,
    /// Rates of the grid, at least 3, at equal ratios.
    #[schemars(range(min = 3))]
    pub points: usize,
    /// The seeds, all different; each gives an estimate of its own.
    #[schemars(length(min = 1))]
    pub seeds: Vec<u64>,
    /// How often the grid may grow, by a quarter of its points on a side.
    pub extensions: usize,
    /// Further rates in each of the two gaps beside the best one.
    pub refinement: usize,
    /// Steps of the finest grid, step / (refinement + 1), on either side of the best trial that the parabola is fitted to,
    /// at least 1. With 1 it goes through three points; more steps trade bias, where the curve is no parabola, for noise.
    #[schemars(range(min = 1))]
    pub window: usize,
    /// How often the bracket around the edge of stability is halved; 0 leaves the edge at the grid's resolution and does not
    /// grow the grid for it.
    pub edge_halvings: usize,
    /// Coverage of the intervals, between 0 and 1.
    pub confidence: f64,
}

impl Default for SearchPlan {
    fn default() -> Self {
        Self {
            lowest: 0.004,
            highest: 4.0,
            points: 28,
            seeds: vec![1, 2],
            extensions: 3,
            refinement: 0,
            window: 1,
            edge_halvings: 2,
            confidence: 0.95,
        }
    }
}

impl SearchPlan {
    /// The step of the grid in ln η.
    #[must_use]
    pub fn step(&self) -> f64 {
        (self.highest / self.lowest).ln() / (self.points - 1) as f64
    }

    /// ln η of the k-th point, counted from 0 at the lowest rate; negative and larger ones extend the grid.
    pub(crate) fn log_rate(&self, k: i64) -> f64 {
        self.lowest.ln() + k as f64 * self.step()
    }

    /// Points by which the grid grows on a side.
    pub(crate) fn extension(&self) -> usize {
        self.points.div_ceil(4)
    }

    /// Refuses settings outside their domain.
    ///
    /// # Errors
    /// [`TrainError::Setting`] with the first such setting.
    pub fn check(&self) -> Result<(), TrainError> {
        let refuse = |name, found: String, mend| Err(Refusal::new(name, found, mend).into());
        if !(self.lowest > 0.0 && self.lowest < self.highest && self.highest.is_finite()) {
            let found = format!("{} to {}", self.lowest, self.highest);
            return refuse("range of learning rates", found, "give two rates above 0, the smaller first");
        }
        if self.points < 3 {
            return refuse("points", self.points.to_string(), "a grid has at least 3 points");
        }
        let mut seeds = self.seeds.clone();
        seeds.sort_unstable();
        seeds.dedup();
        if seeds.is_empty() || seeds.len() < self.seeds.len() {
            return refuse("seeds", format!("{:?}", self.seeds), "give at least one, all different");
        }
        if self.window == 0 {
            return refuse("window", "0".into(), "a parabola needs the best trial's neighbours");
        }
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return refuse("confidence", self.confidence.to_string(), "it lies between 0 and 1");
        }
        Ok(())
    }
}
