use archscale_model::{Convention, Graph, InitRule};
use archscale_theory::{ReluDag, second_moments};
use num_rational::BigRational;
use num_traits::One;

use super::conventions;
use crate::search::search;
use crate::survey::cases;
use crate::trial::{Quantity, Trial};
use crate::{Claim, ClaimError, Context, Effort, Finding, Twin, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "init-target",
    statement: "C(u,v) = 2 / d_in(v), the in-degree of the edge's target, keeps E‖z(v)‖² equal at all vertices",
    source: "Chen et al. 2024, equations 3 and 12 (appendix A)",
    hypotheses: "Linear edges, ReLU, pre-activation sums, any width",
    quantity: "Forward second moment E|z(v)|²/n at every vertex",
    check: "Exact rationals on random DAGs of up to 8 hidden vertices; simulation of a complete DAG",
    refuted_by: "One DAG on which a vertex's second moment is not 1",
    twin: "The source's in-degree in place of the target's",
    derivation: "proofs/init-target.md",
    theorems: &["forward.target_preserves"],
    outside: "As forward-variance: the recursion itself",
    expected: Verdict::Supported,
    least_effort: Effort::Quick,
    judge,
    case: Some(cases::init_target),
};

/// The exact second moments of a graph, with the in-degree of each vertex.
pub(super) fn moments(graph: &Graph, init: InitRule) -> Result<Vec<(usize, BigRational)>, ClaimError> {
    let program = graph.lower(init)?;
    let dag = ReluDag::new(&program, "the forward second moment")?;
    let degrees = program.nodes().iter().map(|node| node.in_degree);
    Ok(degrees.zip(second_moments::<BigRational>(&dag)).collect())
}

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    let mut finding = Finding::default();
    let keeps = |init: InitRule| {
        move |graph: &Graph| moments(graph, init).is_ok_and(|list| list.iter().all(|(_, moment)| moment.is_one()))
    };
    finding.checks.push(search(context, keeps(InitRule::Target))?.check("E|z(v)|²/n = 1 at every vertex of every DAG"));
    let other = search(context, keeps(InitRule::Source))?;
    finding.twins.push(Twin::compared("the source's in-degree, on random DAGs", other.smallest.is_some()));
    let trial = Trial::run(context, CLAIM.id, "complete:4", InitRule::Target, 16, &[Quantity::SecondMoment])?;
    for vertex in 0..trial.vertices() {
        finding.checks.push(trial.check(vertex, Quantity::SecondMoment, 1.0));
    }
    let last = trial.vertices() - 1;
    finding.twins.push(trial.perturbed(last, Quantity::SecondMoment, context));
    let degree = trial.graph().in_degree(trial.graph().output() - 1) as f64;
    let decision = trial.decide(last, Quantity::SecondMoment, degree);
    finding.twins.push(Twin::simulated("the source's in-degree, simulated", &decision));
    for (convention, skips) in
        [(Convention::Pre, false), (Convention::Pre, true), (Convention::Post, false), (Convention::Post, true)]
    {
        finding.notes.push(conventions::note(InitRule::Target, convention, skips)?);
    }
    Ok(finding)
}
