//! Claims on cells of NAS-Bench-201: the study that `archscale maxlr cells` runs, judged.

use std::cell::Cell;

use archscale_rates::Estimate;
use archscale_rates::cells::{self, Accuracies, Bootstrap, Plan, Row, Study};
use archscale_stats::Outcome;

use super::STRIDE;
use super::scoring::{SETTINGS, decide, show};
use crate::{Check, ClaimError, Context, Finding, Mutant, Table};

/// Cells that are drawn.
const COUNT: usize = 32;

/// Share of the cells, best under the fixed recipe, that are called the top.
const TOP: f64 = 0.5;

/// The smallest gain of mean accuracy that the paper reports.
const PUBLISHED_GAIN: f64 = 0.0044;

/// Ranks count as moved if τ falls by this much beyond what a seed does: one pair of cells in forty.
const MOVED: f64 = 0.05;

/// Gain above or below [`PUBLISHED_GAIN`] of planted accuracies.
const PLANTED: f64 = 0.06;

/// The recipes by name; the fixed one is the reference.
const FIXED: &str = "fixed";
const PAPER: &str = "paper";
const BEST: &str = "best";
const LEVEL: &str = "level";

/// Trains the cells by every recipe; at seed 0 with the random numbers of `archscale maxlr cells --count 32`.
pub(crate) fn accuracies(context: &Context<'_>) -> Result<Accuracies, ClaimError> {
    let mut plan = Plan::default();
    plan.seeds.iter_mut().chain(&mut plan.search.seeds).for_each(|seed| *seed += STRIDE * context.seed);
    let mut study = Study::in_memory(plan.with_sample(COUNT, 1 + context.seed)?)?;
    let (stage, done) = (Cell::new(None), Cell::new(0));
    study.run(&|at| {
        if stage.replace(Some(at.search)) != Some(at.search) {
            let what = if at.search { "training, base cell" } else { "training, cells" };
            context.progress.begin(what, at.number.1 as u64);
            done.set(0);
        }
        let finished = at.number.0 as u64 - 1;
        context.progress.advance(finished.saturating_sub(done.replace(finished)));
    })?;
    Ok(study.accuracies()?)
}

/// Accuracies of all recipes on the same cells, with how their intervals are made.
pub(crate) struct Session {
    accuracies: Accuracies,
    bootstrap: Bootstrap,
}

impl Session {
    pub(crate) fn new(accuracies: Accuracies) -> Self {
        let bootstrap = Bootstrap { level: SETTINGS.level, replicates: SETTINGS.replicates, seed: SETTINGS.seed };
        Self { accuracies, bootstrap }
    }

    fn cells(&self) -> u64 {
        self.accuracies.rows(0).len() as u64
    }

    fn check(&self, what: String, found: &Estimate, wanted: (f64, f64), prediction: f64) -> Check {
        let (outcome, reason) = decide(found, wanted);
        Check::trained(what, outcome, (prediction, found.value), self.cells(), reason).with_false_alarm(1.0 - SETTINGS.level)
    }

    /// Mean over cells of one recipe's accuracy above another's.
    fn gain(&self, recipe: &str, other: &str) -> Result<Estimate, ClaimError> {
        let found =
            cells::gain(&self.accuracies, self.accuracies.recipe(recipe)?, self.accuracies.recipe(other)?, &self.bootstrap);
        Ok(found.unwrap_or(NOTHING))
    }

    fn gains(&self, recipe: &str, other: &str) -> Result<Check, ClaimError> {
        let what = format!("mean test accuracy of recipe {recipe} above that of {other}, at least {PUBLISHED_GAIN}");
        Ok(self.check(what, &self.gain(recipe, other)?, (PUBLISHED_GAIN, f64::INFINITY), PUBLISHED_GAIN))
    }

    /// How much farther a recipe's ranks are from the fixed recipe's than ranks of two seeds from each other; below 0 where
    /// they are.
    fn moved(&self, recipe: &str, top: f64) -> Result<Estimate, ClaimError> {
        let ranking = cells::ranking(&self.accuracies, self.accuracies.recipe(recipe)?, top, &self.bootstrap);
        let found = ranking.and_then(|ranking| ranking.moved);
        Ok(found.unwrap_or(NOTHING))
    }

    fn moves(&self, recipe: &str, top: f64) -> Result<Check, ClaimError> {
        let which = if top < 1.0 { "the better half of the cells" } else { "all cells" };
        let what = format!(
            "Kendall's τ between recipes {recipe} and {FIXED} below that between seeds by at least {MOVED}, over {which}"
        );
        Ok(self.check(what, &self.moved(recipe, top)?, (f64::NEG_INFINITY, -MOVED), -MOVED))
    }

    /// The same cells with other runs in the law's place.
    fn planted(&self, of: impl Fn(usize, &Row) -> Vec<f64>) -> Result<Self, ClaimError> {
        let paper = self.accuracies.recipe(PAPER)?;
        let mut rows: Vec<Row> = self.accuracies.rows(self.accuracies.recipe(FIXED)?).to_vec();
        let own = self.accuracies.rows(paper).iter().enumerate();
        rows.extend(own.map(|(cell, row)| Row { accuracies: of(cell, row), ..row.clone() }));
        Ok(Self::new(Accuracies::new(rows)?))
    }

    /// Whether the check of the gain accepts accuracies that are better by [`PLANTED`] than the bound and refuses those that
    /// are as much worse, with the differences between cells that were measured.
    fn tells_gains_apart(&self) -> Result<Mutant, ClaimError> {
        let found = self.gain(PAPER, FIXED)?.value;
        let judged = |gain: f64| {
            let shifted = self.planted(|_, row| row.accuracies.iter().map(|accuracy| accuracy + gain - found).collect())?;
            Ok::<_, ClaimError>(shifted.gains(PAPER, FIXED)?.outcome)
        };
        let rejected =
            judged(PUBLISHED_GAIN + PLANTED)? == Outcome::Supported && judged(PUBLISHED_GAIN - PLANTED)? == Outcome::Refuted;
        Ok(Mutant::compared(
            format!(
                "accuracies planted {PLANTED} below the bound, with the measured differences between cells (accepted as \
                 much above it)"
            ),
            rejected,
        ))
    }

    /// The fixed recipe's ranks in the law's place, or those ranks reversed, with the noise of the law's own seeds.
    ///
    /// The first seed's deviation over √(m − 1) stands for the error of a mean over m seeds, whose variance is that of a
    /// deviation divided by m − 1.
    fn planted_ranks(&self, reversed: bool) -> Result<Self, ClaimError> {
        let fixed = self.accuracies.rows(self.accuracies.recipe(FIXED)?).to_vec();
        self.planted(|cell, row| {
            let wanted = mean(&fixed[cell].accuracies);
            let own = mean(&row.accuracies);
            let seeds = row.accuracies.len() as f64;
            let error = row.accuracies.first().map_or(0.0, |first| first - own) / (seeds - 1.0).max(1.0).sqrt();
            let start = if reversed { 1.0 - wanted } else { wanted };
            row.accuracies.iter().map(|accuracy| start + error + accuracy - own).collect()
        })
    }

    /// Whether the check of the ranks of all cells does not accept the fixed recipe's own ranks in the law's place and
    /// accepts them reversed, both with the noise of the law's seeds; and what the checks say of both.
    fn tells_ranks_apart(&self) -> Result<(Mutant, String), ClaimError> {
        let (same, reversed) = (self.planted_ranks(false)?, self.planted_ranks(true)?);
        let rejected = same.moves(PAPER, 1.0)?.outcome != Outcome::Supported
            && reversed.moves(PAPER, 1.0)?.outcome == Outcome::Supported;
        let mutant = Mutant::compared(
            "the fixed recipe's own ranks with the noise of the law's seeds (accepted when reversed)",
            rejected,
        );
        let told = |planted: &Self, top: f64| -> Result<String, ClaimError> {
            Ok(format!("{} ({})", planted.moves(PAPER, top)?.outcome, show(&planted.moved(PAPER, top)?)))
        };
        let power = format!(
            "Power: with the noise of these seeds, equal ranks would be {} over all cells and {} over the better half, \
             reversed ones {} and {}.",
            told(&same, 1.0)?,
            told(&same, TOP)?,
            told(&reversed, 1.0)?,
            told(&reversed, TOP)?
        );
        Ok((mutant, power))
    }

    /// Mean accuracies.
    fn table(&self) -> Result<Table, ClaimError> {
        let mut rows = Vec::new();
        for (index, name) in self.accuracies.recipes().into_iter().enumerate() {
            let mean = cells::mean(&self.accuracies, index, &self.bootstrap);
            let diverged: usize = self.accuracies.rows(index).iter().map(|row| row.diverged).sum();
            let gain = if name == FIXED { "—".into() } else { show(&self.gain(name, FIXED)?) };
            rows.push(vec![name.into(), show(&mean.unwrap_or(NOTHING)), gain, diverged.to_string()]);
        }
        Ok(Table {
            title: format!(
                "Recipes on {} cells, intervals at level {} over the draw of cells",
                self.cells(),
                SETTINGS.level
            ),
            header: ["recipe", "test accuracy", "above fixed", "diverged"].map(String::from).to_vec(),
            rows,
        })
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// A statistic without a value.
const NOTHING: Estimate = Estimate { value: f64::NAN, interval: None };

/// The gains of the paper's recipe; what they owe to differences between cells is reported next to them.
pub(crate) fn judge_accuracy(accuracies: Accuracies) -> Result<Finding, ClaimError> {
    let session = Session::new(accuracies);
    let told = |recipe: &str, other: &str| {
        session.gain(recipe, other).map(|found| format!("Recipe {recipe} above {other}: {}.", show(&found)))
    };
    let found = session.gain(PAPER, FIXED)?;
    let half = found.interval.map_or(f64::NAN, |(low, high)| 50.0 * (high - low));
    let power = format!(
        "Power: half the width of the interval above {FIXED} is {half:.1} points, so that the gains that were published, \
         0.44 to 2.09, could {}be told from none.",
        if half < 100.0 * PUBLISHED_GAIN { "" } else { "not " }
    );
    Ok(Finding {
        checks: vec![session.gains(PAPER, "mup")?, session.gains(PAPER, FIXED)?],
        mutants: vec![session.tells_gains_apart()?],
        tables: vec![session.table()?],
        notes: vec![
            power,
            told(BEST, FIXED)?,
            told(BEST, "mup")?,
            told(LEVEL, "mup")?,
            told(PAPER, LEVEL)?,
            told(BEST, LEVEL)?,
        ],
        ..Finding::default()
    })
}

/// How far the paper's recipe moves ranks, next to seeds.
pub(crate) fn judge_ranking(accuracies: Accuracies) -> Result<Finding, ClaimError> {
    let session = Session::new(accuracies);
    let mut notes = Vec::new();
    for (top, which) in [(1.0, "all cells"), (TOP, "the better half")] {
        for recipe in ["mup", BEST, LEVEL] {
            let found = session.moved(recipe, top)?;
            notes.push(format!(
                "τ between recipes {recipe} and {FIXED} above that between seeds, {which}: {}.",
                show(&found)
            ));
        }
    }
    let (mutant, power) = session.tells_ranks_apart()?;
    notes.push(power);
    Ok(Finding {
        checks: vec![session.moves(PAPER, TOP)?, session.moves(PAPER, 1.0)?],
        mutants: vec![mutant],
        tables: vec![session.table()?],
        notes,
        ..Finding::default()
    })
}
