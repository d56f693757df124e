//! Measured against predicted rates, as a figure.

use archscale_plot::{Axis, Figure, Mark, Point, Series};

use super::LEAST;
use super::fit::Fit;
use crate::{EvaluationSet, MeasuredGroup, MeasuredNetwork, ParametricLaw, RatesError};

/// Where the constant of a law in a figure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Anchor {
    /// Fitted to all networks of the group.
    Fitted,
    /// Taken from the base network, so that the rest is a prediction without fitting.
    Base,
}

impl EvaluationSet {
    /// Measured against predicted maximal learning rates, both axes logarithmic, with the line on which a perfect law lies.
    ///
    /// Each group is a series of its own with a constant of its own; bars are one standard error between seeds. Parameters
    /// are fitted to the group. Networks for which the law predicts no rate are left out, and groups without any other.
    ///
    /// # Errors
    /// [`RatesError::TooFew`] when nothing is left to show.
    pub fn figure(&self, law: &ParametricLaw, anchor: Anchor) -> Result<Figure, RatesError> {
        Self::figure_of(self.groups().iter(), law, anchor)
    }

    /// The same of some groups.
    ///
    /// # Errors
    /// As [`EvaluationSet::figure`].
    pub fn figure_of<'a>(
        groups: impl Iterator<Item = &'a MeasuredGroup>,
        law: &ParametricLaw,
        anchor: Anchor,
    ) -> Result<Figure, RatesError> {
        let series: Vec<Series> = groups.filter_map(|group| points(group, law, anchor)).collect();
        if series.is_empty() {
            return Err(RatesError::TooFew { found: 0, least: LEAST });
        }
        let constant = match anchor {
            Anchor::Fitted => "c fitted to all of them",
            Anchor::Base => "c from the base network",
        };
        Ok(Figure {
            title: format!("Law {} against measured maximal learning rates ({constant})", law.id),
            x: Axis::logarithmic(format!("predicted learning rate, c · {}; {constant}", law.formula)),
            y: Axis::logarithmic("measured maximal learning rate"),
            series,
            identity: true,
        })
    }
}

fn points(group: &MeasuredGroup, law: &ParametricLaw, anchor: Anchor) -> Option<Series> {
    let (members, _) = group.predicted_by(law);
    let networks: Vec<&MeasuredNetwork> = members.iter().map(|member| member.network).collect();
    let fit = (!networks.is_empty()).then(|| Fit::new(law, &networks).ok()).flatten()?;
    let mut shift = 0.0;
    if anchor == Anchor::Base {
        let own: Vec<f64> = members
            .iter()
            .filter(|member| member.base)
            .filter_map(|member| fit.deviation(law, member.network).ok())
            .collect();
        if own.is_empty() {
            return None;
        }
        shift = own.iter().sum::<f64>() / own.len() as f64;
    }
    let point = |network: &&MeasuredNetwork| {
        let measured = network.log_rate();
        let predicted = measured - fit.deviation(law, network).ok()? + shift;
        let error = network.measurement().seed_variance().map(|variance| (variance * network.inverse_seeds()).sqrt());
        Some(Point {
            x: predicted.exp(),
            y: measured.exp(),
            bar: error.map(|error| ((measured - error).exp(), (measured + error).exp())),
        })
    };
    Some(Series { name: group.name().into(), points: networks.iter().filter_map(point).collect(), mark: Mark::Dots })
}
