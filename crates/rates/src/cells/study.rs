use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use archscale_files::{Place, replace};
use archscale_records::Records;
use archscale_train::Member;

use super::schedule::{Assignment, Schedule};
use super::search::{Setup, unbuilt, untrained};
use super::training::{Run, train};
use super::{Accuracies, Plan, Row};
use crate::{Line, RatesError};

/// The plan as it was last run, the searches on the base cell, and a line of JSON for each training.
const PLAN: &str = "cells.json";
const SEARCHES: &str = "base.jsonl";
const RUNS: &str = "runs.jsonl";

/// How far a study is.
#[derive(Debug)]
pub struct Progress<'a> {
    /// What is being trained.
    pub text: &'a str,
    /// Whether the base cell's rate is searched, before any cell is trained.
    pub search: bool,
    /// Its number among the searches and trainings still to be done, from 1, and their number.
    pub number: (usize, usize),
    /// The training under way.
    pub training: archscale_train::TrainingProgress,
}

/// A comparison of recipes on cells, with its records in a folder or in memory.
pub struct Study {
    folder: Option<PathBuf>,
    setup: Setup,
    searches: Records<Line>,
    runs: Records<Run>,
    /// Made once, when the base cell's rates are known.
    schedule: OnceCell<Schedule>,
}

impl Study {
    /// Opens a folder to go on with, also where there is none yet. Nothing is written before [`Study::run`], which keeps the
    /// plan there; records that the plan does not ask for stay.
    ///
    /// # Errors
    /// Cells, data or settings that cannot be used, a folder that holds another comparison or that another run is writing,
    /// records that cannot be read.
    pub fn create(path: &Path, plan: Plan) -> Result<Self, RatesError> {
        let study = Self::in_memory(plan)?;
        study.plan().goes_on(&path.join(PLAN))?;
        let (searches, runs) = (Records::open(path.join(SEARCHES))?, Records::open(path.join(RUNS))?);
        Ok(Self { folder: Some(path.into()), searches, runs, ..study })
    }

    /// The same without a folder: what was trained is lost with the study.
    ///
    /// # Errors
    /// Cells, data or settings that cannot be used.
    pub fn in_memory(plan: Plan) -> Result<Self, RatesError> {
        let (setup, schedule) = (Setup::new(plan)?, OnceCell::new());
        Ok(Self { folder: None, setup, searches: Records::in_memory(), runs: Records::in_memory(), schedule })
    }

    /// Makes the folder, if there is one, ready to be written.
    fn begin(&mut self) -> Result<(), RatesError> {
        let Some(path) = &self.folder else { return Ok(()) };
        let _place = Place::make(path)?;
        self.searches.begin()?;
        self.runs.begin()?;
        let plan = &self.setup.plan;
        plan.goes_on(&path.join(PLAN))?;
        Ok(replace(&path.join(PLAN), (serde_json::to_string_pretty(plan)? + "\n").as_bytes())?)
    }

    /// Its plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.setup.plan
    }

    /// Names of the samples trained on and tested on.
    pub(super) fn data(&self) -> &(String, String) {
        &self.setup.parts.names
    }

    /// Searches the base cell's rates, then trains every cell by every recipe and seed that has no record; returns how many
    /// runs were trained.
    ///
    /// # Errors
    /// A search without a rate, a law without a value, a network that cannot be trained, a folder that cannot be written;
    /// earlier records stay.
    pub fn run(&mut self, progress: &dyn Fn(&Progress<'_>)) -> Result<usize, RatesError> {
        self.search(progress)?;
        let todo = self.todo()?;
        let mut done = 0;
        for (number, one) in (1..).zip(&todo) {
            let number = (number, todo.len());
            let at = |training| progress(&Progress { text: &one.label, search: false, number, training });
            for run in one.train(&self.setup, &at)? {
                self.runs.append(run)?;
                done += 1;
            }
        }
        Ok(done)
    }

    /// Searches the base cell's rate for every start that has no record.
    fn search(&mut self, progress: &dyn Fn(&Progress<'_>)) -> Result<(), RatesError> {
        let searches = self.setup.searches()?;
        searches.iter().try_for_each(|search| self.setup.check(search))?;
        self.begin()?;
        let count = searches.len();
        for (number, search) in (1..).zip(searches) {
            if self.searches.get(&search.key).is_some() {
                continue;
            }
            let text = format!("search on {}, {}", self.plan().base, search.start);
            let program = self.setup.program(&self.setup.base, search.start).map_err(|error| unbuilt(&text, error))?;
            let number = (number, count);
            let at = |_: usize, training| progress(&Progress { text: &text, search: true, number, training });
            let found = search.search.run(&program, &self.setup.parts.train, &at);
            let record = found.map_err(|error| untrained(&text, error))?;
            self.searches.append(Line { key: search.key, record })?;
        }
        Ok(())
    }

    /// Every cell under every recipe, in their order.
    pub(super) fn schedule(&self) -> Result<&Schedule, RatesError> {
        if let Some(known) = self.schedule.get() {
            return Ok(known);
        }
        let made = Schedule::new(&self.setup, self.setup.tuned(&self.searches)?)?;
        Ok(self.schedule.get_or_init(|| made))
    }

    /// The trainings that have no record.
    fn todo(&self) -> Result<Vec<Training>, RatesError> {
        let training = |of: &Assignment| Training {
            label: self.label(of),
            cell: of.cell,
            recipe: of.recipe,
            learning_rate: of.learning_rate,
            seeds: self
                .plan()
                .seeds
                .iter()
                .copied()
                .zip(of.keys.iter().cloned())
                .filter(|(_, key)| self.runs.get(key).is_none())
                .collect(),
        };
        Ok(self.schedule()?.assignments().map(training).filter(|one| !one.seeds.is_empty()).collect())
    }

    /// The test accuracies of all cells under all recipes, in the order of the plan; a run that diverged counts as guessing.
    ///
    /// # Errors
    /// Runs that are missing.
    pub fn accuracies(&self) -> Result<Accuracies, RatesError> {
        let rows = self.schedule()?.assignments().map(|one| self.row(one));
        Accuracies::new(rows.collect::<Result<_, RatesError>>()?)
    }

    fn row(&self, of: &Assignment) -> Result<Row, RatesError> {
        let classes = self.setup.parts.classes as f64;
        let runs = self.runs(of)?;
        Ok(Row {
            cell: self.plan().cells[of.cell].clone(),
            recipe: self.plan().recipes[of.recipe].name.clone(),
            learning_rate: of.learning_rate,
            accuracies: runs.iter().map(|run| run.accuracy.unwrap_or(classes.recip())).collect(),
            diverged: runs.iter().filter(|run| run.diverged.is_some()).count(),
            unlearnt: runs.iter().filter(|run| run.is_unlearnt(classes)).count(),
        })
    }

    /// The runs of a cell under a recipe, by seed.
    fn runs(&self, of: &Assignment) -> Result<Vec<&Run>, RatesError> {
        let missing = || RatesError::Cells {
            place: self.label(of),
            problem: "it was not trained from every seed yet; run the study first".into(),
        };
        of.keys.iter().map(|key| self.runs.get(key).ok_or_else(missing)).collect()
    }

    fn label(&self, of: &Assignment) -> String {
        format!("{} by recipe {}", self.plan().cells[of.cell], self.plan().recipes[of.recipe].name)
    }
}

/// A cell to be trained by a recipe.
struct Training {
    label: String,
    cell: usize,
    recipe: usize,
    learning_rate: f64,
    /// Seeds that have no record, with their keys.
    seeds: Vec<(u64, String)>,
}

impl Training {
    fn train(&self, setup: &Setup, progress: &dyn Fn(archscale_train::TrainingProgress)) -> Result<Vec<Run>, RatesError> {
        let (network, recipe) = (&setup.cells[self.cell], &setup.plan.recipes[self.recipe]);
        let program = setup.program(network, recipe.start).map_err(|error| unbuilt(&self.label, error))?;
        let member = |(seed, _): &(u64, String)| Member { learning_rate: self.learning_rate, seed: *seed };
        let members: Vec<Member> = self.seeds.iter().map(member).collect();
        let found = train(&program, &setup.parts, &setup.protocol_of(network), &members, progress);
        let endings = found.map_err(|error| untrained(&self.label, error))?;
        let runs = endings.into_iter().zip(&self.seeds).map(|(ending, (seed, key))| {
            Run {
                key: key.clone(),
                cell: setup.plan.cells[self.cell].clone(),
                recipe: recipe.name.clone(),
                seed: *seed,
                learning_rate: self.learning_rate,
                accuracy: ending.accuracy,
                test_loss: ending.test_loss,
                last_pass: ending.last_pass,
                diverged: ending.diverged,
                digest: String::new(),
            }
            .sealed()
        });
        runs.collect()
    }
}
