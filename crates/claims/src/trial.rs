use archscale_model::{Architecture, Graph, InitRule, Program};
use archscale_sim::{NodeEstimate, Readout, Settings, Weights, simulate};
use archscale_stats::{Decision, Moments, Plan, decide};
use archscale_theory::{FiniteMoments, ReluDag, finite_moments};

use crate::{Check, ClaimError, Context, Mutant};

/// A quantity that the simulator estimates at each vertex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// E|z|²/n.
    SecondMoment,
    /// A per unit η².
    OutputPart,
    /// B per unit η² and label variance.
    LabelPart,
    /// E[(Δz)²] itself, with labels ±1, per unit η².
    SquaredChange,
}

impl Quantity {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::SecondMoment => "E|z|²/n",
            Self::OutputPart => "A",
            Self::LabelPart => "B",
            Self::SquaredChange => "E(Δz)²",
        }
    }

    fn of(self, node: &NodeEstimate) -> &Moments {
        match self {
            Self::SecondMoment => &node.second_moment,
            Self::OutputPart => &node.a,
            Self::LabelPart => &node.b,
            Self::SquaredChange => &node.squared_change,
        }
    }

    /// The exact value.
    pub(crate) fn predicted(self, law: &FiniteMoments<f64>) -> f64 {
        match self {
            Self::SecondMoment => law.second_moment,
            Self::OutputPart => law.output_part,
            Self::LabelPart => law.label_part,
            Self::SquaredChange => law.output_part + law.label_part,
        }
    }
}

/// Networks of the first pilot run, whose variance plans the main run.
const PILOT: u64 = 16_384;

/// Pilots that a heavy tail may ask for, each eight times the one before.
const PILOTS: u32 = 4;

/// Quarters of the planned size that are run: a pilot tends to underrate a heavy tail.
const RESERVE: u64 = 5;

/// Most networks of a main run.
const LARGEST: u64 = 8_000_000;

/// Networks that the main run needs so that the plan is met for each quantity that `pilot` returns.
///
/// A pilot that has not seen its law's tail is refused by the planner; a larger one, on streams of its own, takes its place.
pub(crate) fn planned(
    plan: &Plan,
    mut pilot: impl FnMut(&str, u64) -> Result<Vec<Moments>, ClaimError>,
) -> Result<u64, ClaimError> {
    let (mut round, mut networks) = (1, PILOT);
    loop {
        let wanted: Result<Vec<u64>, _> = pilot(&format!("pilot {round}"), networks)?
            .iter()
            .map(|moments| plan.samples_from_pilot(moments, moments.mean(), LARGEST).map(|planned| planned.samples))
            .collect();
        match wanted {
            Ok(list) => return Ok(RESERVE * list.into_iter().fold(PILOT, u64::max) / 4),
            Err(error) if round == PILOTS => return Err(error.into()),
            Err(_) => (round, networks) = (round + 1, 8 * networks),
        }
    }
}

/// One architecture simulated for one claim: its size planned by a pilot of its own, then run.
pub(crate) struct Trial {
    architecture: Architecture,
    pub(crate) init: InitRule,
    pub(crate) width: usize,
    program: Program,
    /// The exact law at this width.
    pub(crate) law: Vec<FiniteMoments<f64>>,
    nodes: Vec<NodeEstimate>,
    /// The simulator's representation of the weights.
    pub(crate) weights: Weights,
    plan: Plan,
}

impl Trial {
    /// Simulates until an error of the context's margin in any of `quantities`, at any vertex, would be caught.
    pub(crate) fn run(
        context: &Context<'_>,
        claim: &str,
        architecture: &str,
        init: InitRule,
        width: usize,
        quantities: &[Quantity],
    ) -> Result<Self, ClaimError> {
        let architecture = Architecture::parse(architecture)?;
        let program = architecture.graph().lower(init)?;
        let law = finite_moments::<f64>(&ReluDag::new(&program, "the finite-width law")?, width as u64)?;
        let plan = context.plan()?;
        // A and B are estimated better with the readout averaged over. The change itself needs a drawn one, and second
        // moments do not depend on it.
        let parts = [Quantity::OutputPart, Quantity::LabelPart];
        let integrate = quantities.iter().all(|quantity| parts.contains(quantity));
        let readout = if integrate { Readout::Integrated } else { Readout::Sampled };
        let case = format!("{} {init} n={width}", architecture.text());
        let settings =
            |stage: &str, samples: u64| Settings { readout, ..context.settings(claim, &case, stage, width, samples) };
        let advance = |networks: u64| context.progress.advance(networks);
        let samples = planned(&plan, |stage, networks| {
            context.progress.begin(&format!("{case}, {stage}"), networks);
            let pilot = simulate(&program, &settings(stage, networks), &advance)?;
            Ok(pilot.nodes.iter().flat_map(|node| quantities.iter().map(|q| q.of(node).clone())).collect())
        })?;
        context.progress.begin(&case, samples);
        let main = simulate(&program, &settings("main", samples), &advance)?;
        Ok(Self { architecture, init, width, program, law, nodes: main.nodes, weights: main.method, plan })
    }

    pub(crate) fn graph(&self) -> &Graph {
        self.architecture.graph()
    }

    /// Number of reported vertices.
    pub(crate) fn vertices(&self) -> usize {
        self.nodes.len()
    }

    /// Decides on a predicted value of one quantity at one vertex.
    pub(crate) fn decide(&self, vertex: usize, quantity: Quantity, prediction: f64) -> Decision {
        decide(quantity.of(&self.nodes[vertex]), prediction, &self.plan)
    }

    /// The check of a predicted value, named by quantity and place.
    pub(crate) fn check(&self, vertex: usize, quantity: Quantity, prediction: f64) -> Check {
        let place = self.place(vertex);
        let decision = self.decide(vertex, quantity, prediction);
        Check::simulated(format!("{} at {place}", quantity.symbol()), &decision, self.law_command())
            .with_weights(self.weights)
    }

    /// Checks the exact law of these quantities at every vertex.
    pub(crate) fn check_exact(&self, quantities: &[Quantity]) -> Vec<Check> {
        (0..self.vertices())
            .flat_map(|vertex| quantities.iter().map(move |&quantity| (vertex, quantity)))
            .map(|(vertex, quantity)| self.check(vertex, quantity, quantity.predicted(&self.law[vertex])))
            .collect()
    }

    /// The exact law with a relative error a quarter larger than the margin: what every check must reject.
    pub(crate) fn perturbed(&self, vertex: usize, quantity: Quantity, context: &Context<'_>) -> Mutant {
        let off = 1.25 * context.effort.margin();
        let decision = self.decide(vertex, quantity, (1.0 + off) * quantity.predicted(&self.law[vertex]));
        let what = format!("{} {:.1} % too large at {}", quantity.symbol(), 100.0 * off, self.place(vertex));
        Mutant::simulated(what, &decision)
    }

    fn place(&self, vertex: usize) -> String {
        let id = self.program.nodes()[vertex].id;
        format!("vertex {id} of {}, {} init, n = {}", self.architecture.text(), self.init, self.width)
    }

    /// The command that prints the exact law of this case.
    pub(crate) fn law_command(&self) -> String {
        format!("archscale law {} --init {} --width {} --json", self.architecture.text(), self.init, self.width)
    }
}
