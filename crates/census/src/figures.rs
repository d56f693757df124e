use std::collections::HashSet;

use archscale_model::SearchSpace;
use archscale_plot::{Axis, Figure, Mark, Point, Series};

use crate::{Census, Measure, PathLaw, Subset};

/// Points closer than one part in this of a decade are drawn once.
const RESOLUTION: f64 = 500.0;

/// A space in words, for titles: `cells of NAS-Bench-201`, `published cell codes of 3 steps`.
#[must_use]
pub fn space_name(space: SearchSpace) -> String {
    if space == SearchSpace::NAS_BENCH_201 {
        return "cells of NAS-Bench-201".into();
    }
    let steps = space.steps();
    format!("published cell codes of {steps} step{}", if steps == 1 { "" } else { "s" })
}

/// The figures of a setting with their names: each law against the exact rate of that measure, both axes logarithmic.
///
/// Predictions carry the constant that fits best over all codes, so that a perfect law lies on the line y = x.
#[must_use]
pub fn figures(census: &Census, setting: usize, measure: Measure) -> Vec<(String, Figure)> {
    let Some(own) = census.settings().get(setting) else { return Vec::new() };
    let what = match measure {
        Measure::Last => "change of the last node",
        Measure::Any => "largest change of a node",
        Measure::Relative => "largest relative change of a node",
    };
    let mut list = Vec::new();
    for law in PathLaw::ALL {
        let Some(scale) = census.comparison(setting, law, measure, Subset::All).agreement.map(|found| found.scale) else {
            continue;
        };
        let series = [Subset::WithSkips, Subset::WithoutSkips].map(|subset| Series {
            name: subset.name().into(),
            points: points(census, setting, (law, measure, subset), scale),
            mark: Mark::Dots,
        });
        list.push((
            format!("{}-{}-{}", own.convention, own.init, law.id()),
            Figure {
                title: format!(
                    "Law {} against the exact rate: {}, convention {}, init {}, {}",
                    law.title(census.space()),
                    space_name(census.space()),
                    own.convention,
                    own.init,
                    census.activation()
                ),
                x: Axis::logarithmic(format!("predicted learning rate, {scale:.3} · {}", law.formula(census.space()))),
                y: Axis::logarithmic(format!("exact learning rate ({what} = 1)")),
                series: series.into_iter().filter(|series| !series.points.is_empty()).collect(),
                identity: true,
            },
        ));
    }
    list
}

fn points(census: &Census, setting: usize, (law, measure, subset): (PathLaw, Measure, Subset), scale: f64) -> Vec<Point> {
    let mut seen = HashSet::new();
    let bin = |value: f64| (value.log10() * RESOLUTION).round() as i64;
    census
        .outcomes(setting)
        .filter(|(structure, _)| subset.count(structure) > 0)
        .map(|(structure, outcome)| (scale * census.predicted(law, structure, outcome), outcome.exact.rate(measure)))
        .filter(|(x, y)| seen.insert((bin(*x), bin(*y))))
        .map(|(x, y)| Point::new(x, y))
        .collect()
}
