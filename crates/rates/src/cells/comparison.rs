use serde::Serialize;

use super::analysis::differences;
use super::{
    Accuracies, Bootstrap, Estimate, Plan, Ranking, Recipe, Spread, Study, Tuned, gain, gaps, mean, ranking, seed_gaps,
};
use crate::RatesError;

/// What a recipe reached.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecipeScore {
    /// The recipe.
    pub recipe: Recipe,
    /// The law it took, if any.
    pub law: Option<String>,
    /// Laws recommended before that one, and why they were passed over.
    pub passed_over: Vec<String>,
    /// Learning rates of the cells.
    pub rates: Spread,
    /// Mean test accuracy over cells and seeds.
    pub accuracy: Option<Estimate>,
    /// By recipe, the mean over cells of the accuracy above that recipe's; `None` against itself.
    pub gains: Vec<Option<Estimate>>,
    /// Cells that are better than under the reference, and that are worse.
    pub better_worse: (usize, usize),
    /// Ranks of all cells.
    pub ranks: Ranking,
    /// Ranks of the cells that are best under the reference.
    pub top_ranks: Ranking,
    /// Differences of accuracy, without sign, over all pairs of cells.
    pub gaps: Spread,
    /// The same between two seeds of one cell.
    pub seed_gaps: Spread,
    /// Runs that diverged.
    pub diverged: usize,
    /// Further runs whose last pass had no smaller loss than equal odds for all classes.
    pub unlearnt: usize,
    /// Runs.
    pub runs: usize,
}

impl RecipeScore {
    fn new(
        accuracies: &Accuracies,
        (place, recipe): (usize, &Recipe),
        (law, passed_over): (Option<&str>, Vec<String>),
        top: f64,
        bootstrap: &Bootstrap,
    ) -> Result<Self, RatesError> {
        let ranks = |top| {
            ranking(accuracies, place, top, bootstrap).ok_or_else(|| RatesError::Cells {
                place: format!("top {top}"),
                problem: "give a share above 0, at most 1".into(),
            })
        };
        let differences = differences(accuracies, place, 0).unwrap_or_default();
        let count = |sign: f64| differences.iter().filter(|gain| **gain * sign > 0.0).count();
        let above = |other: usize| gain(accuracies, place, other, bootstrap).filter(|_| other != place);
        let rows = accuracies.rows(place);
        Ok(Self {
            recipe: recipe.clone(),
            law: law.map(Into::into),
            passed_over,
            rates: Spread::of(rows.iter().map(|row| row.learning_rate).collect()),
            accuracy: mean(accuracies, place, bootstrap),
            gains: (0..accuracies.tables().len()).map(above).collect(),
            better_worse: (count(1.0), count(-1.0)),
            ranks: ranks(1.0)?,
            top_ranks: ranks(top)?,
            gaps: gaps(accuracies, place),
            seed_gaps: seed_gaps(accuracies, place),
            diverged: rows.iter().map(|row| row.diverged).sum(),
            unlearnt: rows.iter().map(|row| row.unlearnt).sum(),
            runs: rows.iter().map(|row| row.accuracies.len()).sum(),
        })
    }

    /// The mean over cells of the accuracy above the reference's; `None` for the reference.
    #[must_use]
    pub fn gain(&self) -> Option<&Estimate> {
        self.gains.first().and_then(Option::as_ref)
    }
}

/// A cell under every recipe.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// The cell.
    pub cell: String,
    /// By recipe, its learning rate.
    pub learning_rates: Vec<f64>,
    /// By recipe, mean accuracy over seeds.
    pub accuracies: Vec<f64>,
}

/// Recipes compared on the same cells. Accuracies are fractions; a run that diverged counts as guessing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The plan.
    pub plan: Plan,
    /// Samples trained on and tested on.
    pub data: (String, String),
    /// The base cell's rates.
    pub tuned: Vec<Tuned>,
    /// Share of the cells that are called the top.
    pub top: f64,
    /// By recipe, the reference first.
    pub scores: Vec<RecipeScore>,
    /// By cell.
    pub cells: Vec<Cell>,
    /// By recipe, cell and seed.
    #[serde(skip)]
    pub accuracies: Accuracies,
}

impl Comparison {
    /// Refuses settings of [`Study::compare`] outside their domain, so that they can be refused before anything is trained.
    ///
    /// # Errors
    /// A share of top cells that is not above 0 and at most 1, fewer than 99 replicates or more than a million.
    pub fn check(top: f64, replicates: usize) -> Result<(), RatesError> {
        let refuse = |place: String, problem: &str| Err(RatesError::Cells { place, problem: problem.into() });
        if !(top > 0.0 && top <= 1.0) {
            return refuse(format!("top {top}"), "give a share above 0, at most 1");
        }
        if !(99..=1_000_000).contains(&replicates) {
            return refuse(format!("replicates {replicates}"), "give 99 to 1000000, 1999 for intervals of level 0.95");
        }
        Ok(())
    }
}

impl Study {
    /// Compares the recipes; `top` is the share of cells, best under the reference, whose ranks are compared by themselves.
    ///
    /// # Errors
    /// Runs that are missing, and those of [`Comparison::check`].
    pub fn compare(&self, top: f64, replicates: usize, seed: u64) -> Result<Comparison, RatesError> {
        Comparison::check(top, replicates)?;
        let (schedule, plan) = (self.schedule()?, self.plan());
        let accuracies = self.accuracies()?;
        let bootstrap = Bootstrap { replicates, seed, ..Bootstrap::default() };
        let scored = schedule.recipes.iter().zip(&plan.recipes).enumerate();
        let scores = scored.map(|(place, (found, recipe))| {
            let law = (found.rates.law, found.rates.passed_over.clone());
            RecipeScore::new(&accuracies, (place, recipe), law, top, &bootstrap)
        });
        let cell = |(index, name): (usize, &String)| Cell {
            cell: name.clone(),
            learning_rates: schedule.recipes.iter().map(|recipe| recipe.assignments[index].learning_rate).collect(),
            accuracies: accuracies.tables().iter().map(|table| table.means[index]).collect(),
        };
        Ok(Comparison {
            plan: plan.clone(),
            data: self.data().clone(),
            tuned: schedule.tuned.clone(),
            top,
            scores: scores.collect::<Result<_, RatesError>>()?,
            cells: plan.cells.iter().enumerate().map(cell).collect(),
            accuracies,
        })
    }
}
