use archscale_model::Network;
use archscale_theory::{Law, LawInput, RECOMMENDED};
use serde::Serialize;

use super::{Rate, Recipe, Start};
use crate::RatesError;

/// The base cell's learning rate for a start of the weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tuned {
    /// How the weights start.
    pub start: Start,
    /// The rate of smallest training loss.
    pub learning_rate: f64,
    /// Whether the best trial lay at an end of the grid, so that the rate is only a bound.
    pub at_an_end: bool,
}

/// A cell, or the base, that laws are asked about.
pub(super) struct Site<'a> {
    pub(super) name: &'a str,
    pub(super) network: &'a Network,
}

/// What a recipe makes of the rates.
pub(super) struct Rates {
    /// The law, where the recipe uses one.
    pub(super) law: Option<&'static str>,
    /// Laws that are recommended before it, and why they were passed over.
    pub(super) passed_over: Vec<String>,
    /// By cell, the learning rate over the base cell's.
    pub(super) ratios: Vec<f64>,
}

impl Rates {
    pub(super) fn of(recipe: &Recipe, base: &Site<'_>, cells: &[Site<'_>], width: u32) -> Result<Self, RatesError> {
        let failed = |problem: String| RatesError::Cells { place: format!("recipe '{}'", recipe.name), problem };
        let laws: Vec<&str> = match &recipe.rate {
            Rate::Tuned(times) if *times > 0.0 && times.is_finite() => {
                return Ok(Self { law: None, passed_over: Vec::new(), ratios: vec![*times; cells.len()] });
            }
            Rate::Tuned(times) => return Err(failed(format!("{times} times a rate is none; give a number above 0"))),
            Rate::Law(id) => vec![id],
            Rate::Recommended | Rate::Level => RECOMMENDED.to_vec(),
        };
        let input = |site: &Site<'_>| {
            LawInput::of(site.network, &recipe.start.lowering(site.network, width), None)
                .map_err(|error| failed(format!("{}: {error}", site.name)))
        };
        let of_base = input(base)?;
        let of_cells = cells.iter().map(input).collect::<Result<Vec<_>, _>>()?;
        let mut passed_over = Vec::new();
        for id in laws {
            let law = Law::find(id).map_err(|error| failed(error.to_string()))?;
            let rate = |site: &Site<'_>, input: &LawInput| {
                (law.rate)(input).map_err(|gap| format!("{id} gives none on {}: {gap}", site.name))
            };
            let ratios: Result<Vec<f64>, String> = rate(base, &of_base).and_then(|of_base| {
                let ratio = |(site, input): (&Site<'_>, &LawInput)| {
                    let ratio = rate(site, input)? / of_base;
                    ratio.fit().ok_or_else(|| format!("{id} gives {ratio} times the base's rate on {}", site.name))
                };
                cells.iter().zip(&of_cells).map(ratio).collect()
            });
            match ratios {
                Ok(ratios) if recipe.rate == Rate::Level => {
                    let mean = ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64;
                    return Ok(Self { law: Some(law.id), passed_over, ratios: vec![mean.exp(); ratios.len()] });
                }
                Ok(ratios) => return Ok(Self { law: Some(law.id), passed_over, ratios }),
                Err(reason) => passed_over.push(reason),
            }
        }
        Err(failed(format!("no law gives a learning rate on all cells: {}", passed_over.join("; "))))
    }
}
