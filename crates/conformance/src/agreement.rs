//! The law of a coordinatewise layer against simulated networks, with no allowance for a bias.
//!
//! In the program of [`Layer::program`] three quantities do not depend on the width, and the fourth is L + c/n exactly. So
//!
//! - the three are compared with the law at widths 8, 16 and 32 as they are;
//! - L = (4 s(32) − s(8))/3 exactly, compared with the law's limit;
//! - s(8) − 3 s(16) + 2 s(32) = 0 exactly: doubling the width halves the distance to the limit, the rate 1/n.
//!
//! One value is one group of networks, simulated at all three widths from streams of its own: combinations of widths are then
//! means of independent values like any other.

use archscale_sim::{Readout, Settings as Run, StreamKey, simulate};
use archscale_stats::Moments;
use archscale_text::Progress;
use archscale_theory::Wide;

use crate::experiment::{self, Experiment, MARGIN, Prediction};
use crate::{Agreement, Check, ConformanceError, Layer, Settings};

/// Widths, with the networks of one group at each; more where they are cheap.
const SIZES: [(usize, u64); 3] = [(8, 256), (16, 128), (32, 64)];
/// Quantities that do not depend on the width.
const EXACT: usize = 3;
/// These at each width, then the limit and the rate.
const QUANTITIES: usize = EXACT * SIZES.len() + 2;
const LIMIT: usize = QUANTITIES - 2;
const RATE: usize = QUANTITIES - 1;
/// s(8) itself, which gives the rate its scale.
const NARROWEST: usize = QUANTITIES;

/// The rate's margin, relative to the distance s(8) − L of the narrowest width. At a rate 1/n² the combination would be
/// 1 − 3/4 + 2/16 = 0.375 of that distance; at 1/√n, L would be missed by a third of it.
const RATE_MARGIN: f64 = 0.3;
const INVERSE_SQUARE: f64 = 0.375;

/// Holds the infinite-width law of [`Layer::program`] against simulated networks of widths 8, 16 and 32.
///
/// **Statement.** E|h|²/n, E(Δh_i)² and E|y|²/n agree with the law at every width, E(Δy_i)² extrapolated in 1/n agrees with its
/// limit, and approaches it at the rate 1/n. Pilots size the run: each right prediction is refuted with probability at most the
/// settings' false alarm, and one that is off by 4 % is supported with probability at most one less the power.
#[must_use]
pub fn agreement(layer: &Layer, settings: &Settings, progress: &dyn Progress) -> (Check, Option<Agreement>) {
    experiment::check(layer, settings, progress)
}

impl Experiment for Layer {
    fn layer(&self) -> String {
        self.to_string()
    }

    fn sizes(&self) -> [(usize, u64); 3] {
        SIZES
    }

    fn rate_margin(&self) -> Option<f64> {
        Some(RATE_MARGIN)
    }

    fn laws(&self) -> Result<[Wide; 2], ConformanceError> {
        Ok([self.law()?, self.mutant().law()?])
    }

    fn quantities(&self) -> Vec<String> {
        let what = ["second moment of the layer", "squared change of the layer", "second moment of its reader"];
        let name = |q| match q {
            RATE => "reader's distance to the limit, rate 1/n".into(),
            LIMIT => "squared change of its reader, n → ∞".into(),
            _ => format!("{}, n = {}", what[q % EXACT], SIZES[q / EXACT].0),
        };
        (0..QUANTITIES).map(name).collect()
    }

    fn group(&self, part: &str, index: u64, seed: u64) -> Result<Vec<f64>, ConformanceError> {
        let program = self.program()?;
        let mut values = vec![0.0; QUANTITIES + 1];
        let mut change = [0.0; SIZES.len()];
        for (k, (width, networks)) in SIZES.into_iter().enumerate() {
            let key = StreamKey::new("layer agreement", format!("{self}, {part} {index}, width {width}"), seed);
            let settings = Run { readout: Readout::Integrated, ..Run::new(width, networks, key) };
            let nodes = simulate(&program, &settings, &|_| ())?.nodes;
            let [layer, reader] = [&nodes[0], &nodes[1]];
            let exact = [layer.second_moment.mean(), layer.b.mean(), reader.second_moment.mean()];
            values[EXACT * k..EXACT * (k + 1)].copy_from_slice(&exact);
            change[k] = reader.b.mean();
        }
        values[LIMIT] = (4.0 * change[2] - change[0]) / 3.0;
        values[RATE] = change[0] - 3.0 * change[1] + 2.0 * change[2];
        values[NARROWEST] = change[0];
        Ok(values)
    }

    fn predictions(&self, laws: &[Wide; 2], pilot: &[Moments]) -> Vec<Prediction> {
        // (value, standard error) of a quantity by a law.
        let by = |law: &Wide, q: usize| {
            let [layer, reader] = [&law.nodes[0], &law.nodes[1]];
            match (q, q % EXACT) {
                (LIMIT, _) => (reader.mean_squared_change, reader.change_error),
                (_, 0) => (layer.second_moment, layer.second_moment_error),
                (_, 1) => (layer.mean_squared_change, layer.change_error),
                _ => (reader.second_moment, reader.second_moment_error),
            }
        };
        let distance = pilot[NARROWEST].mean() - by(&laws[0], LIMIT).0;
        let prediction = |q| {
            if q == RATE {
                let scale = RATE_MARGIN / MARGIN * distance.abs();
                return Prediction { value: 0.0, error: 0.0, scale, mutant: INVERSE_SQUARE * distance };
            }
            let (value, error) = by(&laws[0], q);
            Prediction { value, error, scale: value, mutant: by(&laws[1], q).0 }
        };
        (0..QUANTITIES).map(prediction).collect()
    }
}
