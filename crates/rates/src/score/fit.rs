//! Least squares for a law's parameters and its constant.

use archscale_text::Refusal;

use crate::{Gap, MeasuredNetwork, ParametricLaw, RatesError};

/// Points of the first grid in one dimension, by number of parameters.
const GRID: [usize; 4] = [1, 33, 11, 7];

/// Relative to a parameter's range, where the search stops.
const FINEST: f64 = 1e-5;

/// A law fitted to networks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fit {
    /// Parameters, in the law's order.
    pub(crate) theta: Vec<f64>,
    /// The constant: mean of ln measured − ln predicted.
    pub(crate) constant: f64,
}

impl Fit {
    /// Parameters and constant with the least sum of squares of ln measured − ln predicted.
    ///
    /// A grid over the parameters' ranges (33 points of one, 11² of two, 7³ of three), then a compass search from its best
    /// point with steps halved down to 1e-5 of the range: deterministic, and exact to that for one minimum per grid cell.
    ///
    /// # Errors
    /// When the law predicts nothing for one of the networks.
    pub(crate) fn new(law: &ParametricLaw, networks: &[&MeasuredNetwork]) -> Result<Self, Gap> {
        let parameters = law.parameters;
        let points = GRID.get(parameters.len()).copied().unwrap_or(3);
        let at = |unit: &[f64]| -> Vec<f64> {
            parameters.iter().zip(unit).map(|(of, share)| of.low + share * (of.high - of.low)).collect()
        };
        let mut best = (f64::INFINITY, vec![0.5; parameters.len()]);
        for index in 0..points.pow(parameters.len() as u32) {
            let mut rest = index;
            let mut unit = Vec::with_capacity(parameters.len());
            for _ in parameters {
                unit.push((rest % points) as f64 / (points - 1) as f64);
                rest /= points;
            }
            let loss = Self::at(law, networks, at(&unit))?.1;
            if loss < best.0 {
                best = (loss, unit);
            }
        }
        let mut step = 0.5 / points as f64;
        while step > FINEST && !parameters.is_empty() {
            let before = best.0;
            for which in 0..parameters.len() {
                for sign in [-1.0, 1.0] {
                    let mut unit = best.1.clone();
                    unit[which] = (unit[which] + sign * step).clamp(0.0, 1.0);
                    let loss = Self::at(law, networks, at(&unit))?.1;
                    if loss < best.0 {
                        best = (loss, unit);
                    }
                }
            }
            if best.0 >= before {
                step *= 0.5;
            }
        }
        Ok(Self::at(law, networks, at(&best.1))?.0)
    }

    fn at(law: &ParametricLaw, networks: &[&MeasuredNetwork], theta: Vec<f64>) -> Result<(Self, f64), Gap> {
        let mut deviations = Vec::with_capacity(networks.len());
        for network in networks {
            deviations.push(network.log_rate() - law.ln_rate(network.features(), &theta)?);
        }
        let constant = deviations.iter().sum::<f64>() / networks.len() as f64;
        let loss = deviations.iter().map(|deviation| (deviation - constant).powi(2)).sum();
        Ok((Self { theta, constant }, loss))
    }

    /// ln measured − ln predicted of a network, the constant included.
    pub(crate) fn deviation(&self, law: &ParametricLaw, network: &MeasuredNetwork) -> Result<f64, Gap> {
        Ok(network.log_rate() - law.ln_rate(network.features(), &self.theta)? - self.constant)
    }
}

/// Networks without a prediction are set aside before a fit, so this says where a law failed at other parameters.
pub(super) fn outside(gap: &Gap) -> RatesError {
    Refusal::new(
        "a parameter's range",
        format!("too wide ({gap})"),
        "narrow it to values at which the law predicts a rate for every network",
    )
    .into()
}
