use archscale_model::{Convention, Graph, InitRule};
use archscale_theory::ReluDag;
use num_rational::BigRational;
use num_traits::One;

use super::{conventions, second_moments};
use crate::hypothesis::{ANY_WIDTH, LINEAR_EDGES, PRE_ACTIVATION_SUMS, RELU, TARGET_INIT, VECTORS};
use crate::search::search;
use crate::survey::CaseRule;
use crate::trial::{Quantity, Trial};
use crate::{Case, Check, Claim, ClaimError, Context, Effort, Finding, Mutant, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "init-target",
    statement: "C(u,v) = 2 / d_in(v), the in-degree of the edge's target, keeps E‖z(v)‖² equal at all vertices",
    source: "Chen et al. 2024, equations 3 and 12 (appendix A)",
    domain: &[LINEAR_EDGES, RELU, TARGET_INIT, PRE_ACTIVATION_SUMS, VECTORS, ANY_WIDTH],
    quantity: "Forward second moment E|z(v)|²/n at every vertex",
    check: "Exact rationals on random DAGs of up to 8 hidden vertices; simulation of a complete DAG",
    refuted_by: "One DAG on which a vertex's second moment is not 1",
    mutant: "The source's in-degree in place of the target's",
    derivation: "proofs/init-target.md",
    theorems: &["forward.target_preserves"],
    outside: "As forward-variance: the recursion itself",
    expected: Verdict::Supported,
    least_effort: Effort::Quick,
    judge,
    case: Some(CaseRule::simulated(InitRule::Target, |_| second_moments::WIDTH, on_one)),
};

/// The exact second moments of a graph, with the in-degree of each vertex.
pub(super) fn moments(graph: &Graph, init: InitRule) -> Result<Vec<(usize, BigRational)>, ClaimError> {
    let program = graph.lower(init)?;
    let dag = ReluDag::new(&program, "the forward second moment")?;
    let degrees = program.nodes().iter().map(|node| node.in_degree);
    Ok(degrees.zip(archscale_theory::second_moments::<BigRational>(&dag)).collect())
}

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    let mut finding = Finding::default();
    let keeps = |init: InitRule| {
        move |graph: &Graph| moments(graph, init).is_ok_and(|list| list.iter().all(|(_, moment)| moment.is_one()))
    };
    finding.checks.push(search(context, keeps(InitRule::Target))?.check("E|z(v)|²/n = 1 at every vertex of every DAG"));
    let other = search(context, keeps(InitRule::Source))?;
    finding.mutants.push(Mutant::compared("the source's in-degree, on random DAGs", other.smallest.is_some()));
    let trial = Trial::run(context, CLAIM.id, "complete:4", InitRule::Target, 16, &[Quantity::SecondMoment])?;
    for vertex in 0..trial.vertices() {
        finding.checks.push(trial.check(vertex, Quantity::SecondMoment, 1.0));
    }
    let last = trial.vertices() - 1;
    finding.mutants.push(trial.perturbed(last, Quantity::SecondMoment, context));
    let degree = trial.graph().in_degree(trial.graph().output() - 1) as f64;
    let decision = trial.decide(last, Quantity::SecondMoment, degree);
    finding.mutants.push(Mutant::simulated("the source's in-degree, simulated", &decision));
    for (convention, skips) in
        [(Convention::Pre, false), (Convention::Pre, true), (Convention::Post, false), (Convention::Post, true)]
    {
        finding.notes.push(conventions::note(InitRule::Target, convention, skips)?);
    }
    Ok(finding)
}

/// The check on one architecture: the target's in-degree keeps the second moment at 1.
fn on_one(context: &Context<'_>, case: &Case) -> Result<Vec<Check>, ClaimError> {
    second_moments::simulated(context, CLAIM.id, case, |_| 1.0)
}
