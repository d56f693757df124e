use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use archscale_model::{Activation, CellCode, Graph, InitRule, PathSums, Pooling, Scaled, SearchSpace};
use archscale_text::Progress;
use archscale_theory::{GaussianTable, WideSettings, wide_moments_with};
use rayon::prelude::*;

use crate::structure::{Reduced, STEP_LIMIT};
use crate::{CensusError, PathLaw, Paths, Plan, Setting, Weights};

/// Codes that are read, and structures that are evaluated, between two reports of progress.
const CODES_AT_ONCE: u64 = 1 << 16;
const STRUCTURES_AT_ONCE: usize = 32;

/// What a code comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Nothing reaches the last node.
    NoPath,
    /// The last node is reached, but over skips alone: the cell has no weight that its output depends on.
    Untrained,
    /// The number of its structure.
    Structure(u32),
}

/// A network that several codes stand for.
#[derive(Debug, Clone, PartialEq)]
pub struct Structure {
    /// The first code of the structure; average pooling counts as a skip.
    pub code: CellCode,
    /// Number of codes.
    pub codes: u64,
    /// Number of those codes none of whose digits is a skip (or average pooling).
    pub codes_without_skips: u64,
    /// Whether some edge on an input–output path is a skip.
    pub has_skips: bool,
    /// Sums over its paths.
    pub paths: Paths,
    /// Bit v is set when node v of `code` lies on an input–output path.
    kept: u32,
}

/// The exact law of a structure in the infinite-width limit, per unit η² and label variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exact {
    /// E|x|²/n of the stem.
    pub stem_moment: f64,
    /// E|x|²/n of the last node.
    pub second_moment: f64,
    /// E(Δx)² of the last node.
    pub mean_squared_change: f64,
    /// The largest E(Δx)² over the nodes on input–output paths.
    pub largest_change: f64,
    /// The largest ratio of E(Δx)² to E|x|²/n over those nodes.
    pub largest_relative_change: f64,
}

impl Exact {
    /// The learning rate at which that mean squared change is 1.
    #[must_use]
    pub fn rate(&self, measure: Measure) -> f64 {
        let square = match measure {
            Measure::Last => self.mean_squared_change,
            Measure::Any => self.largest_change,
            Measure::Relative => self.largest_relative_change,
        };
        square.powf(-0.5)
    }
}

/// Whose change bounds the learning rate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Measure {
    /// The last node's mean squared change is 1 (Chen et al. 2024, equation 7).
    #[default]
    Last,
    /// The largest mean squared change over the nodes on input–output paths is 1.
    Any,
    /// The largest mean squared change per unit second moment over those nodes is 1.
    Relative,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Last, Self::Any, Self::Relative];
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Last => "last",
            Self::Any => "any",
            Self::Relative => "relative",
        })
    }
}

/// The numbers of one structure under one setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// The exact law.
    pub exact: Exact,
    /// Weighted path sums.
    pub weights: Weights,
}

/// Every code of a search space with its exact learning rates and its path laws.
#[derive(Debug, Clone)]
pub struct Census {
    space: SearchSpace,
    activation: Activation,
    settings: Vec<Setting>,
    classes: Vec<Class>,
    structures: Vec<Structure>,
    /// By structure, then by setting.
    outcomes: Vec<Outcome>,
}

impl Census {
    /// Takes the census of a space.
    ///
    /// The result is the same to the last bit for any number of threads.
    ///
    /// # Errors
    /// Spaces of more than five steps, plans without a closed form, and activations whose law cannot be evaluated.
    pub fn take(space: SearchSpace, plan: &Plan, progress: &dyn Progress) -> Result<Self, CensusError> {
        if space.steps() > STEP_LIMIT {
            let (steps, codes) = (space.steps(), space.size());
            return Err(CensusError::TooManySteps { steps, codes, limit: STEP_LIMIT });
        }
        let settings = plan.settings()?;
        let (classes, mut structures) = sort_codes(space, progress);
        progress.begin("networks", structures.len() as u64);
        let tables = Mutex::new(Vec::new());
        let chunks: Vec<Vec<(Paths, Outcome)>> = structures
            .par_chunks(STRUCTURES_AT_ONCE)
            .map(|chunk| {
                // Tables only remember, so that it does not matter which thread gets which.
                let lend = || tables.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_else(GaussianTable::new);
                let mut table = lend();
                let mut found = Vec::with_capacity(chunk.len() * settings.len());
                for structure in chunk {
                    evaluate(structure, &settings, plan.activation, &mut table, &mut found)?;
                }
                tables.lock().unwrap_or_else(PoisonError::into_inner).push(table);
                progress.advance(chunk.len() as u64);
                Ok(found)
            })
            .collect::<Result<_, CensusError>>()?;
        let found: Vec<(Paths, Outcome)> = chunks.into_iter().flatten().collect();
        for (structure, own) in structures.iter_mut().zip(found.chunks(settings.len())) {
            structure.paths = own[0].0;
        }
        let outcomes = found.into_iter().map(|(_, outcome)| outcome).collect();
        Ok(Self { space, activation: plan.activation, settings, classes, structures, outcomes })
    }

    /// The space.
    #[must_use]
    pub fn space(&self) -> SearchSpace {
        self.space
    }

    /// σ of every node.
    #[must_use]
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// The settings, in the order of reports.
    #[must_use]
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// What each code comes to, by its number.
    #[must_use]
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The structures, in the order of their first codes.
    #[must_use]
    pub fn structures(&self) -> &[Structure] {
        &self.structures
    }

    /// Every structure with its numbers under the setting of this number; empty beyond the settings.
    pub fn outcomes(&self, setting: usize) -> impl Iterator<Item = (&Structure, &Outcome)> {
        self.structures.iter().zip(self.outcomes.iter().skip(setting).step_by(self.settings.len()))
    }

    /// The numbers of one structure under one setting.
    #[must_use]
    pub fn outcome(&self, structure: u32, setting: usize) -> Option<&Outcome> {
        if setting >= self.settings.len() {
            return None;
        }
        self.outcomes.get(structure as usize * self.settings.len() + setting)
    }

    /// The rate that a law predicts for a structure.
    #[must_use]
    pub fn predicted(&self, law: PathLaw, structure: &Structure, outcome: &Outcome) -> f64 {
        law.rate(self.space, &structure.paths, &outcome.weights)
    }
}

/// Reads every code and numbers the structures by their first code.
fn sort_codes(space: SearchSpace, progress: &dyn Progress) -> (Vec<Class>, Vec<Structure>) {
    progress.begin("codes", space.size());
    let mut classes = Vec::with_capacity(space.size() as usize);
    let mut structures: Vec<Structure> = Vec::new();
    // By packed skeleton as the code has it, and by the canonical one: the former spares most searches for the latter.
    let (mut seen, mut canonical) = (HashMap::new(), HashMap::new());
    for start in (0..space.size()).step_by(CODES_AT_ONCE as usize) {
        let end = space.size().min(start + CODES_AT_ONCE);
        let read: Vec<Option<(CellCode, Reduced)>> =
            (start..end).into_par_iter().map(|index| space.code(index).map(|code| (code, Reduced::of(&code)))).collect();
        for (code, reduced) in read.into_iter().flatten() {
            let skeleton = match reduced {
                Reduced::NoPath => {
                    classes.push(Class::NoPath);
                    continue;
                }
                Reduced::Untrained => {
                    classes.push(Class::Untrained);
                    continue;
                }
                Reduced::Network(skeleton) => skeleton,
            };
            let number = *seen.entry(skeleton.packed()).or_insert_with(|| {
                *canonical.entry(skeleton.canonical()).or_insert_with(|| {
                    structures.push(Structure {
                        code,
                        codes: 0,
                        codes_without_skips: 0,
                        has_skips: skeleton.has_skips(),
                        paths: Paths { count: 0, power_sums: [0; 3], shortest: 0, longest: 0 },
                        kept: skeleton.kept,
                    });
                    (structures.len() - 1) as u32
                })
            });
            let structure = &mut structures[number as usize];
            structure.codes += 1;
            structure.codes_without_skips += u64::from(!has_skip_digit(&code));
            classes.push(Class::Structure(number));
        }
        progress.advance(end - start);
    }
    (classes, structures)
}

/// Whether some digit of the code is a skip or average pooling, also where no path uses it.
pub(crate) fn has_skip_digit(code: &CellCode) -> bool {
    let steps = code.space().steps();
    (1..=steps).any(|node| (0..node).any(|source| code.kind(node, source).is_some_and(|kind| !kind.is_trained())))
}

fn evaluate(
    structure: &Structure,
    settings: &[Setting],
    activation: Activation,
    table: &mut GaussianTable,
    found: &mut Vec<(Paths, Outcome)>,
) -> Result<(), CensusError> {
    let model = |source| CensusError::Model { code: structure.code.to_string(), source };
    let graph = structure.code.graph(Pooling::AsSkip).map_err(model)?;
    for setting in settings {
        let sums = PathSums::new(&graph, setting.init);
        // Every path ends in the one edge of the readout; published weights already have that rule's readout.
        let readout = match setting.init {
            InitRule::Published => 1.0,
            rule => rule.half_gain(graph.in_degree(graph.output() - 1), graph.in_degree(graph.output())),
        };
        let double = |sum: Scaled| sum.fit().ok_or_else(|| no_rate(structure, *setting, sum.to_string()));
        let weights =
            Weights { total: double(sums.total_weight())? / readout, cubes: double(sums.weighted_sum_cubed())? / readout };
        let paths = Paths::new(&sums).ok_or_else(|| no_rate(structure, *setting, f64::INFINITY))?;
        let exact = exact(structure, &graph, *setting, activation, table)?;
        found.push((paths, Outcome { exact, weights }));
    }
    Ok(())
}

fn exact(
    structure: &Structure,
    graph: &Graph,
    setting: Setting,
    activation: Activation,
    table: &mut GaussianTable,
) -> Result<Exact, CensusError> {
    let model = |source| CensusError::Model { code: structure.code.to_string(), source };
    let program = graph.lower_with(&setting.lowering(activation)).map_err(model)?;
    let wide = wide_moments_with(&program, table, WideSettings::default()).map_err(|source| CensusError::Theory {
        code: structure.code.to_string(),
        setting,
        source: Box::new(source),
    })?;
    let (mut largest_change, mut largest_relative_change) = (0.0_f64, 0.0_f64);
    for node in wide.nodes.iter().filter(|node| structure.kept >> node.id & 1 == 1) {
        largest_change = largest_change.max(node.mean_squared_change);
        largest_relative_change = largest_relative_change.max(node.mean_squared_change / node.second_moment);
    }
    let (Some(stem), Some(last)) = (wide.nodes.first(), wide.nodes.last()) else {
        return Err(no_rate(structure, setting, 0.0));
    };
    let change = last.mean_squared_change;
    if !(change > 0.0 && change.is_finite() && largest_relative_change.is_finite()) {
        return Err(no_rate(structure, setting, change));
    }
    let (stem_moment, second_moment) = (stem.second_moment, last.second_moment);
    Ok(Exact { stem_moment, second_moment, mean_squared_change: change, largest_change, largest_relative_change })
}

fn no_rate(structure: &Structure, setting: Setting, found: impl ToString) -> CensusError {
    CensusError::NoRate { code: structure.code.to_string(), setting, found: found.to_string() }
}
