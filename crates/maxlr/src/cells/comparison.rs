use serde::Serialize;

use super::bootstrap::{Resamples, quantile};
use super::{Estimate, Plan, Recipe, Run, Study, Tuned, tau_b};
use crate::MaxlrError;

/// Median and quartiles.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// A quarter lies below.
    pub lower: f64,
    /// A half lies below.
    pub median: f64,
    /// Three quarters lie below.
    pub upper: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let [lower, median, upper] = [0.25, 0.5, 0.75].map(|share| quantile(&values, share));
        Self { lower, median, upper }
    }
}

/// How a recipe ranks cells, beside the reference.
///
/// τ is Kendall's τ-b. Single runs are compared from different seeds throughout, as recipes share the draws of a seed, so that
/// τ across recipes, between seeds of the recipe and between seeds of the reference are alike but for the recipes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ranking {
    /// Number of cells.
    pub cells: usize,
    /// τ of the means over seeds of the recipe and of the reference.
    pub of_means: Option<Estimate>,
    /// Mean τ of a run by the recipe and a run by the reference from another seed.
    pub across: Option<Estimate>,
    /// Mean τ of two runs by the recipe.
    pub seeds: Option<Estimate>,
    /// Mean τ of two runs by the reference.
    pub reference_seeds: Option<Estimate>,
    /// `across` minus the mean of the other two: below 0 where the recipe moves ranks more than a seed does.
    pub moved: Option<Estimate>,
}

/// What a recipe reached.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
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

impl Score {
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
    pub scores: Vec<Score>,
    /// By cell.
    pub cells: Vec<Cell>,
}

impl Comparison {
    /// Refuses settings of [`Study::compare`] outside their domain, so that they can be refused before anything is trained.
    ///
    /// # Errors
    /// A share of top cells that is not above 0 and at most 1, fewer than 99 replicates or more than a million.
    pub fn check(top: f64, replicates: usize) -> Result<(), MaxlrError> {
        let refuse = |place: String, problem: &str| Err(MaxlrError::Cells { place, problem: problem.into() });
        if !(top > 0.0 && top <= 1.0) {
            return refuse(format!("top {top}"), "give a share above 0, at most 1");
        }
        if !(99..=1_000_000).contains(&replicates) {
            return refuse(format!("replicates {replicates}"), "give 99 to 1000000, 1999 for intervals of level 0.95");
        }
        Ok(())
    }
}

/// Accuracies of a recipe by seed, then by cell.
struct Table {
    by_seed: Vec<Vec<f64>>,
    means: Vec<f64>,
    diverged: usize,
    unlearnt: usize,
}

impl Table {
    fn new(cells: &[Vec<&Run>], classes: usize) -> Self {
        let guess = (classes as f64).recip();
        let seeds = cells.first().map_or(0, Vec::len);
        let of_seed = |seed: usize| cells.iter().map(|runs| runs[seed].accuracy.unwrap_or(guess)).collect();
        let by_seed: Vec<Vec<f64>> = (0..seeds).map(of_seed).collect();
        let mean = |cell: usize| by_seed.iter().map(|accuracies| accuracies[cell]).sum::<f64>() / seeds as f64;
        let means = (0..cells.len()).map(mean).collect();
        let runs = || cells.iter().flatten();
        let idle = |run: &&&Run| run.diverged.is_none() && run.last_pass.is_none_or(|loss| loss >= (classes as f64).ln());
        Self {
            means,
            diverged: runs().filter(|run| run.diverged.is_some()).count(),
            unlearnt: runs().filter(idle).count(),
            by_seed,
        }
    }
}

impl Study {
    /// Compares the recipes; `top` is the share of cells, best under the reference, whose ranks are compared by themselves.
    ///
    /// # Errors
    /// Runs that are missing, and those of [`Comparison::check`].
    pub fn compare(&self, top: f64, replicates: usize, seed: u64) -> Result<Comparison, MaxlrError> {
        Comparison::check(top, replicates)?;
        let courses = self.courses()?;
        let mut tables = Vec::new();
        for course in &courses {
            let runs = course.assignments.iter().map(|one| self.runs(one)).collect::<Result<Vec<_>, _>>()?;
            tables.push(Table::new(&runs, self.classes()));
        }
        let plan = self.plan();
        let count = plan.cells.len();
        let everywhere: Vec<usize> = (0..count).collect();
        let mut best = everywhere.clone();
        // A plan has a recipe. Equals keep their order.
        let reference = &tables[0];
        best.sort_by(|&a, &b| reference.means[b].total_cmp(&reference.means[a]));
        best.truncate(((top * count as f64).round() as usize).max(2).min(count));
        let (all, upper) = (Resamples::new(count, replicates, seed), Resamples::new(best.len(), replicates, seed));
        let score = |(index, course): (usize, &super::study::Course)| {
            let (table, recipe) = (&tables[index], &plan.recipes[index]);
            let differences = |of: &Table| table.means.iter().zip(&of.means).map(|(own, other)| own - other).collect();
            let gains: Vec<f64> = differences(reference);
            let count_of = |sign: f64| gains.iter().filter(|gain| **gain * sign > 0.0).count();
            let above = |of: &Table| all.mean(&differences(of));
            Score {
                recipe: recipe.clone(),
                law: course.rates.law.map(Into::into),
                passed_over: course.rates.passed_over.clone(),
                rates: Spread::of(course.assignments.iter().map(|one| one.learning_rate).collect()),
                accuracy: all.mean(&table.means),
                gains: tables.iter().enumerate().map(|(other, of)| above(of).filter(|_| other != index)).collect(),
                better_worse: (count_of(1.0), count_of(-1.0)),
                ranks: ranking(table, reference, &everywhere, &all),
                top_ranks: ranking(table, reference, &best, &upper),
                gaps: Spread::of(pairs(count).map(|(a, b)| (table.means[a] - table.means[b]).abs()).collect()),
                seed_gaps: seed_gaps(table),
                diverged: table.diverged,
                unlearnt: table.unlearnt,
                runs: count * plan.seeds.len(),
            }
        };
        let scores = courses.iter().enumerate().map(score).collect();
        let cell = |index: usize| Cell {
            cell: plan.cells[index].clone(),
            learning_rates: courses.iter().map(|course| course.assignments[index].learning_rate).collect(),
            accuracies: tables.iter().map(|table| table.means[index]).collect(),
        };
        Ok(Comparison {
            plan: plan.clone(),
            data: self.data().clone(),
            tuned: self.tuned()?,
            top,
            scores,
            cells: everywhere.iter().map(|&index| cell(index)).collect(),
        })
    }
}

fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(|b| (0..b).map(move |a| (a, b)))
}

fn seed_gaps(table: &Table) -> Spread {
    let gap = |(a, b): (usize, usize)| {
        let both = table.by_seed[a].iter().zip(&table.by_seed[b]);
        both.map(|(a, b)| (a - b).abs()).collect::<Vec<_>>()
    };
    Spread::of(pairs(table.by_seed.len()).flat_map(gap).collect())
}

/// `resamples` are of as many cells as `cells` lists.
fn ranking(own: &Table, reference: &Table, cells: &[usize], resamples: &Resamples) -> Ranking {
    let tau = |x: &[f64], y: &[f64], drawn: &[usize]| {
        let take = |of: &[f64]| drawn.iter().map(|&place| of[cells[place]]).collect::<Vec<_>>();
        tau_b(&take(x), &take(y))
    };
    // Mean over all pairs of different seeds.
    let between = |x: &Table, y: &Table, drawn: &[usize]| {
        let taus: Vec<f64> = pairs(x.by_seed.len())
            .flat_map(|(a, b)| [(a, b), (b, a)])
            .map(|(a, b)| tau(&x.by_seed[a], &y.by_seed[b], drawn))
            .collect::<Option<_>>()?;
        (!taus.is_empty()).then(|| taus.iter().sum::<f64>() / taus.len() as f64)
    };
    let moved = |drawn: &[usize]| {
        let ceiling = 0.5 * (between(own, own, drawn)? + between(reference, reference, drawn)?);
        Some(between(own, reference, drawn)? - ceiling)
    };
    Ranking {
        cells: cells.len(),
        of_means: resamples.statistic(|drawn| tau(&own.means, &reference.means, drawn)),
        across: resamples.statistic(|drawn| between(own, reference, drawn)),
        seeds: resamples.statistic(|drawn| between(own, own, drawn)),
        reference_seeds: resamples.statistic(|drawn| between(reference, reference, drawn)),
        moved: resamples.statistic(moved),
    }
}
