//! The trainings of a study: every cell by every recipe, at a rate that is known.

use archscale_records::digest;

use super::rates::{Rates, Site};
use super::search::Setup;
use super::{Recipe, Tuned};
use crate::RatesError;

/// One cell under one recipe.
pub(super) struct Assignment {
    /// Index of the cell in the plan.
    pub(super) cell: usize,
    /// Index of the recipe in the plan.
    pub(super) recipe: usize,
    pub(super) learning_rate: f64,
    /// By seed.
    pub(super) keys: Vec<String>,
}

/// Every cell of a recipe, in their order.
pub(super) struct RecipeSchedule {
    pub(super) rates: Rates,
    pub(super) assignments: Vec<Assignment>,
}

/// Every recipe of a study, in their order.
pub(super) struct Schedule {
    pub(super) tuned: Vec<Tuned>,
    pub(super) recipes: Vec<RecipeSchedule>,
}

impl Schedule {
    /// From the rates of the base cell.
    pub(super) fn new(setup: &Setup, tuned: Vec<Tuned>) -> Result<Self, RatesError> {
        let cells = setup.plan.cells.iter().zip(&setup.cells).map(|(name, network)| Site { name, network });
        let (cells, base) = (cells.collect::<Vec<_>>(), Site { name: &setup.plan.base, network: &setup.base });
        let recipes = setup.plan.recipes.iter().enumerate().map(|(place, recipe)| {
            let rates = Rates::of(recipe, &base, &cells, setup.width())?;
            let of_base = tuned.iter().find(|tuned| tuned.start == recipe.start).map_or(f64::NAN, |one| one.learning_rate);
            let assignments = rates.ratios.iter().enumerate().map(|(cell, ratio)| {
                let (learning_rate, keys) = (of_base * ratio, keys(setup, cell, recipe, of_base * ratio)?);
                Ok(Assignment { cell, recipe: place, learning_rate, keys })
            });
            Ok(RecipeSchedule { assignments: assignments.collect::<Result<_, RatesError>>()?, rates })
        });
        Ok(Self { recipes: recipes.collect::<Result<_, RatesError>>()?, tuned })
    }

    /// The trainings of all recipes.
    pub(super) fn assignments(&self) -> impl Iterator<Item = &Assignment> {
        self.recipes.iter().flat_map(|recipe| &recipe.assignments)
    }
}

/// By seed, the key of all that a training's result depends on.
fn keys(setup: &Setup, cell: usize, recipe: &Recipe, learning_rate: f64) -> Result<Vec<String>, RatesError> {
    let network = &setup.cells[cell];
    let of_seed = |&seed: &u64| {
        let (text, protocol) = (network.text(), setup.protocol_of(network));
        Ok(digest(&(text, &recipe.name, recipe.start, learning_rate, seed, protocol, &setup.digests))?)
    };
    setup.plan.seeds.iter().map(of_seed).collect()
}
