use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use archscale_files::{Place, replace};
use archscale_model::{ModelError, Network, Program};
use archscale_train::{About, Measurement, Member, Protocol, Samples, Status, TrainError, Trainer};
use serde::{Deserialize, Serialize};

use super::rates::{Rates, Site};
use super::records::Records;
use super::{Accuracies, Plan, Recipe, Row, Start, Tuned};
use crate::job;
use crate::lines::{Keyed, Lines, digest};
use crate::training_data::Parts;
use crate::{Line, RatesError};

/// The plan as it was last run, the searches on the base cell, and a line of JSON for each training.
const PLAN: &str = "cells.json";
const SEARCHES: &str = "base.jsonl";
const RUNS: &str = "runs.jsonl";

/// One cell trained by one recipe from one seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// SHA-256 of all that the result depends on: the network's weights and rate, protocol, seed and both parts of the data.
    pub key: String,
    /// The cell.
    pub cell: String,
    /// The recipe.
    pub recipe: String,
    /// The seed.
    pub seed: u64,
    /// The learning rate.
    pub learning_rate: f64,
    /// Fraction of test samples that are classified rightly; `None` where training diverged.
    pub accuracy: Option<f64>,
    /// Mean loss over the test samples; `None` where training diverged or it is not finite.
    pub test_loss: Option<f64>,
    /// Mean minibatch loss of the last whole pass; `None` where training diverged before its end.
    pub last_pass: Option<f64>,
    /// The step at which training diverged.
    pub diverged: Option<u64>,
    /// SHA-256 of all the fields above.
    pub digest: String,
}

impl Run {
    fn sealed(self) -> Result<Self, RatesError> {
        let bare = Self { digest: String::new(), ..self };
        Ok(Self { digest: digest(&bare)?, ..bare })
    }
}

impl Keyed for Run {
    fn key(&self) -> &str {
        &self.key
    }

    fn is_intact(&self) -> bool {
        self.clone().sealed().is_ok_and(|sealed| sealed == *self)
    }
}

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
    pub training: archscale_train::Progress,
}

/// A comparison of recipes on cells, with its records in a folder or in memory.
pub struct Study {
    folder: Option<PathBuf>,
    plan: Plan,
    parts: Parts,
    /// Digests of the samples trained on and tested on.
    digests: [String; 2],
    base: Network,
    cells: Vec<Network>,
    protocol: Protocol,
    searches: Records<Line>,
    runs: Records<Run>,
}

/// One cell under one recipe, at a rate that is known.
pub(crate) struct Assignment {
    /// Index of the cell in the plan.
    cell: usize,
    /// Index of the recipe in the plan.
    recipe: usize,
    pub(crate) learning_rate: f64,
    /// By seed.
    keys: Vec<String>,
}

/// Every cell of a recipe, in their order.
pub(crate) struct Course {
    pub(crate) rates: Rates,
    pub(crate) assignments: Vec<Assignment>,
}

impl Study {
    /// Opens a folder to go on with, also where there is none yet. Nothing is written before [`Study::run`], which keeps the plan there;
    /// records that the plan does not ask for stay.
    ///
    /// # Errors
    /// Cells, data or settings that cannot be used, a folder that holds another comparison or that another run is writing, records
    /// that cannot be read.
    pub fn create(path: &Path, plan: Plan) -> Result<Self, RatesError> {
        let study = Self::in_memory(plan)?;
        study.plan.goes_on(&path.join(PLAN))?;
        let (searches, runs) = (Lines::open(path.join(SEARCHES))?, Lines::open(path.join(RUNS))?);
        Ok(Self { folder: Some(path.into()), searches: Records::Disk(searches), runs: Records::Disk(runs), ..study })
    }

    /// Makes the folder, if there is one, ready to be written.
    fn begin(&mut self) -> Result<(), RatesError> {
        let Some(path) = &self.folder else { return Ok(()) };
        let _place = Place::make(path)?;
        self.searches.begin()?;
        self.runs.begin()?;
        self.plan.goes_on(&path.join(PLAN))?;
        Ok(replace(&path.join(PLAN), (serde_json::to_string_pretty(&self.plan)? + "\n").as_bytes())?)
    }

    /// The same without a folder: what was trained is lost with the study.
    ///
    /// # Errors
    /// Cells, data or settings that cannot be used.
    pub fn in_memory(plan: Plan) -> Result<Self, RatesError> {
        plan.check()?;
        let parts = Parts::of(&plan.data)?;
        let base = plan.network(&plan.base, &parts.shape)?;
        let cells = plan.cells.iter().map(|cell| plan.network(cell, &parts.shape)).collect::<Result<Vec<_>, _>>()?;
        let digests = [parts.train.digest(), parts.test.digest()];
        let mut protocol = plan.protocol.clone();
        protocol.stem.channels = parts.shape.channels();
        let (searches, runs) = (Records::Memory(HashMap::new()), Records::Memory(HashMap::new()));
        Ok(Self { folder: None, plan, parts, digests, base, cells, protocol, searches, runs })
    }

    /// Its plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Names of the samples trained on and tested on.
    pub(crate) fn data(&self) -> &(String, String) {
        &self.parts.names
    }

    /// Searches the base cell's rates, then trains every cell by every recipe and seed that has no record; returns how many runs
    /// were trained.
    ///
    /// # Errors
    /// A search without a rate, a law without a value, a network that cannot be trained, a folder that cannot be written; earlier
    /// records stay.
    pub fn run(&mut self, progress: &dyn Fn(&Progress<'_>)) -> Result<usize, RatesError> {
        let searches: Vec<(Start, String, Measurement)> = self
            .starts()
            .into_iter()
            .map(|start| self.search(start).map(|(key, measurement)| (start, key, measurement)))
            .collect::<Result<_, _>>()?;
        let count = searches.len();
        for (start, _, measurement) in &searches {
            for network in std::iter::once(&self.base).chain(&self.cells) {
                let place = format!("{}, {start}", network.text());
                let program = self.program(network, *start).map_err(|error| failed(&place, error))?;
                measurement.check(&program, &self.parts.train).map_err(|error| untrained(&place, error))?;
            }
        }
        self.begin()?;
        for (number, (start, key, measurement)) in (1..).zip(searches) {
            if self.searches.get(&key).is_some() {
                continue;
            }
            let text = format!("search on {}, {start}", self.plan.base);
            let program = self.program(&self.base, start).map_err(|error| failed(&text, error))?;
            let at =
                |_: usize, training| progress(&Progress { text: &text, search: true, number: (number, count), training });
            let record = measurement.run(&program, &self.parts.train, &at).map_err(|error| untrained(&text, error))?;
            self.searches.append(Line { key, record })?;
        }
        let assignments: Vec<Assignment> = self.courses()?.into_iter().flat_map(|course| course.assignments).collect();
        let missing = |assignment: &Assignment| -> Vec<(u64, String)> {
            let seeds = self.plan.seeds.iter().copied().zip(assignment.keys.iter().cloned());
            seeds.filter(|(_, key)| self.runs.get(key).is_none()).collect()
        };
        let todo: Vec<_> = assignments.iter().map(|one| (one, missing(one))).filter(|one| !one.1.is_empty()).collect();
        let mut done = 0;
        for (number, (assignment, seeds)) in (1..).zip(&todo) {
            let text = self.words(assignment);
            let at = |training| progress(&Progress { text: &text, search: false, number: (number, todo.len()), training });
            for run in self.train(assignment, seeds, &at)? {
                self.runs.append(run)?;
                done += 1;
            }
        }
        Ok(done)
    }

    /// The rates of the base cell.
    ///
    /// # Errors
    /// A search that was not run or gave no rate.
    pub fn tuned(&self) -> Result<Vec<Tuned>, RatesError> {
        let tuned = |start| {
            let refuse = |problem: &str| {
                Err(RatesError::Cells { place: format!("base {}, {start}", self.plan.base), problem: problem.into() })
            };
            let Some(line) = self.searches.get(&self.search(start)?.0) else {
                return refuse("its learning rate was not searched yet; run the study first");
            };
            match &line.record.found.log_rate {
                Some(log_rate) => {
                    Ok(Tuned { start, learning_rate: log_rate.mean.exp(), at_an_end: line.record.found.is_at_an_end() })
                }
                None => refuse("some seed trains at no rate of the grid; widen the grid, or train for longer"),
            }
        };
        self.starts().into_iter().map(tuned).collect()
    }

    /// Every recipe's cells in their order.
    pub(crate) fn courses(&self) -> Result<Vec<Course>, RatesError> {
        let tuned = self.tuned()?;
        let sites = self.plan.cells.iter().zip(&self.cells).map(|(name, network)| Site { name, network });
        let (sites, base) = (sites.collect::<Vec<_>>(), Site { name: &self.plan.base, network: &self.base });
        let course = |(recipe, what): (usize, &Recipe)| {
            let rates = Rates::of(what, &base, &sites, self.protocol.width as u32)?;
            let of_base = tuned.iter().find(|tuned| tuned.start == what.start).map_or(f64::NAN, |one| one.learning_rate);
            let assignment = |(cell, ratio): (usize, &f64)| self.assignment(cell, recipe, of_base * ratio);
            let assignments = rates.ratios.iter().enumerate().map(assignment).collect::<Result<_, _>>()?;
            Ok(Course { rates, assignments })
        };
        self.plan.recipes.iter().enumerate().map(course).collect()
    }

    /// The test accuracies of all cells under all recipes, in the order of the plan; a run that diverged counts as guessing.
    ///
    /// # Errors
    /// Runs that are missing.
    pub fn accuracies(&self) -> Result<Accuracies, RatesError> {
        let classes = self.parts.classes as f64;
        let idle = |run: &&&Run| run.diverged.is_none() && run.last_pass.is_none_or(|loss| loss >= classes.ln());
        let row = |one: &Assignment| {
            let runs = self.runs(one)?;
            Ok(Row {
                cell: self.plan.cells[one.cell].clone(),
                recipe: self.plan.recipes[one.recipe].name.clone(),
                learning_rate: one.learning_rate,
                accuracies: runs.iter().map(|run| run.accuracy.unwrap_or(classes.recip())).collect(),
                diverged: runs.iter().filter(|run| run.diverged.is_some()).count(),
                unlearnt: runs.iter().filter(idle).count(),
            })
        };
        let courses = self.courses()?;
        let rows = courses.iter().flat_map(|course| &course.assignments).map(row);
        Accuracies::new(rows.collect::<Result<_, RatesError>>()?)
    }

    /// The runs of a cell under a recipe, by seed.
    ///
    /// # Errors
    /// A run that is missing.
    fn runs(&self, of: &Assignment) -> Result<Vec<&Run>, RatesError> {
        let missing = || RatesError::Cells {
            place: self.words(of),
            problem: "it was not trained from every seed yet; run the study first".into(),
        };
        of.keys.iter().map(|key| self.runs.get(key).ok_or_else(missing)).collect()
    }

    fn words(&self, of: &Assignment) -> String {
        format!("{} by recipe {}", self.plan.cells[of.cell], self.plan.recipes[of.recipe].name)
    }

    /// Different starts of the recipes, in their order.
    fn starts(&self) -> Vec<Start> {
        let mut starts = Vec::new();
        for recipe in &self.plan.recipes {
            if !starts.contains(&recipe.start) {
                starts.push(recipe.start);
            }
        }
        starts
    }

    fn program(&self, network: &Network, start: Start) -> Result<Program, ModelError> {
        network.lower(&start.lowering(network, self.protocol.width as u32))
    }

    /// The search for the base cell's rate. Starts that give the base the same program share it.
    fn search(&self, start: Start) -> Result<(String, Measurement), RatesError> {
        let network = self.base.text();
        let program = |start| self.program(&self.base, start).map_err(|error| failed(&network, error));
        let own = program(start)?;
        let mut first = start;
        for other in self.starts() {
            if program(other)? == own {
                first = other;
                break;
            }
        }
        let about = About {
            architecture: network.clone(),
            init: first.to_string(),
            convention: "pre".into(),
            activation: "relu".into(),
            data: self.parts.names.0.clone(),
        };
        let protocol = Protocol { case: format!("search {network}"), ..self.protocol.clone() };
        let measurement = Measurement { about, protocol, objective: self.plan.objective, plan: self.plan.search.clone() };
        Ok((digest(&(job::key(&measurement)?, &self.digests[0]))?, measurement))
    }

    fn assignment(&self, cell: usize, recipe: usize, learning_rate: f64) -> Result<Assignment, RatesError> {
        let (what, network) = (&self.plan.recipes[recipe], &self.cells[cell]);
        let of_seed = |&seed: &u64| {
            let all =
                (network.text(), &what.name, what.start, learning_rate, seed, self.protocol_of(network), &self.digests);
            digest(&all)
        };
        let keys = self.plan.seeds.iter().map(of_seed).collect::<Result<_, _>>()?;
        Ok(Assignment { cell, recipe, learning_rate, keys })
    }

    /// Recipes share a cell's draws of weights, up to their scale, and its minibatches: their differences are paired.
    fn protocol_of(&self, network: &Network) -> Protocol {
        Protocol { case: format!("cell {}", network.text()), ..self.protocol.clone() }
    }

    fn train(
        &self,
        of: &Assignment,
        seeds: &[(u64, String)],
        progress: &dyn Fn(archscale_train::Progress),
    ) -> Result<Vec<Run>, RatesError> {
        let (cell, network, recipe) = (&self.plan.cells[of.cell], &self.cells[of.cell], &self.plan.recipes[of.recipe]);
        let place = self.words(of);
        let program = self.program(network, recipe.start).map_err(|error| failed(&place, error))?;
        let members: Vec<Member> =
            seeds.iter().map(|(seed, _)| Member { learning_rate: of.learning_rate, seed: *seed }).collect();
        let found = train(&program, &self.parts, &self.protocol_of(network), &members, progress);
        let found = found.map_err(|error| untrained(&place, error))?;
        let run = |(ending, (seed, key)): (Ending, &(u64, String))| {
            Run {
                key: key.clone(),
                cell: cell.clone(),
                recipe: recipe.name.clone(),
                seed: *seed,
                learning_rate: of.learning_rate,
                accuracy: ending.accuracy,
                test_loss: ending.test_loss,
                last_pass: ending.last_pass,
                diverged: ending.diverged,
                digest: String::new(),
            }
            .sealed()
        };
        found.into_iter().zip(seeds).map(run).collect()
    }
}

/// How a training ended.
struct Ending {
    accuracy: Option<f64>,
    test_loss: Option<f64>,
    last_pass: Option<f64>,
    diverged: Option<u64>,
}

fn train(
    program: &Program,
    parts: &Parts,
    protocol: &Protocol,
    members: &[Member],
    progress: &dyn Fn(archscale_train::Progress),
) -> Result<Vec<Ending>, TrainError> {
    let train: &Arc<Samples> = &parts.train;
    let mut trainer = Trainer::new(program, train, protocol, members)?;
    trainer.run(u64::MAX, progress)?;
    let evaluations = trainer.evaluate(&parts.test)?;
    let endings = trainer.histories().zip(evaluations).map(|(history, found)| {
        let finite = |value: f64| Some(value).filter(|value| value.is_finite());
        Ending {
            accuracy: found.map(|found| found.accuracy),
            test_loss: found.and_then(|found| finite(found.loss)),
            last_pass: history.epoch_losses.last().copied().filter(|_| found.is_some()).and_then(finite),
            diverged: match history.status {
                Status::Diverged { step } => Some(step),
                _ => None,
            },
        }
    });
    Ok(endings.collect())
}

fn failed(place: &str, error: ModelError) -> RatesError {
    RatesError::Network { group: "cells".into(), architecture: place.into(), source: Box::new(error) }
}

fn untrained(place: &str, error: TrainError) -> RatesError {
    RatesError::Training { group: "cells".into(), architecture: place.into(), source: Box::new(error) }
}
