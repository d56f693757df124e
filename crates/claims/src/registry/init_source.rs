use archscale_model::{Convention, Graph, InitRule};
use num_rational::BigRational;

use super::init_target::moments;
use super::{conventions, second_moments};
use crate::hypothesis::{ANY_WIDTH, LINEAR_EDGES, PRE_ACTIVATION_SUMS, RELU, SOURCE_INIT, VECTORS};
use crate::search::search;
use crate::survey::CaseRule;
use crate::trial::{Quantity, Trial};
use crate::{Case, Check, Claim, ClaimError, Context, Effort, Finding, Mutant, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "init-source",
    statement: "C(u,v) = 2 / d_in(u), the in-degree of the edge's source, keeps E‖z(v)‖² equal at all vertices",
    source: "Chen et al. 2024, equation 4 (main text), and the published code",
    domain: &[LINEAR_EDGES, RELU, SOURCE_INIT, PRE_ACTIVATION_SUMS, VECTORS, ANY_WIDTH],
    quantity: "Forward second moment E|z(v)|²/n at every vertex",
    check: "Search for the smallest DAG that breaks it; simulation of that DAG; what holds instead, in exact rationals",
    refuted_by: "One DAG on which two vertices' second moments differ",
    mutant: "For the statement that does hold, E|z(v)|²/n = d_in(v): the same with a relative error of the margin",
    derivation: "proofs/init-source.md",
    theorems: &["forward.source_gives_in_degree", "forward.source_preserves_iff", "forward.eq4_contradicts_eq3"],
    outside: "As forward-variance: the recursion itself",
    expected: Verdict::Refuted,
    least_effort: Effort::Quick,
    judge,
    case: Some(CaseRule::simulated(InitRule::Source, |_| second_moments::WIDTH, on_one)),
};

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    let mut finding = Finding::default();
    let equal = |graph: &Graph| {
        moments(graph, InitRule::Source).is_ok_and(|list| list.windows(2).all(|pair| pair[0].1 == pair[1].1))
    };
    let printed = search(context, equal)?;
    finding.checks.push(printed.check("E|z(v)|²/n equal at all vertices of every DAG"));
    // What is true instead, on the same kind of graphs.
    let degree = |graph: &Graph| {
        moments(graph, InitRule::Source)
            .is_ok_and(|list| list.iter().all(|(degree, moment)| *moment == BigRational::from_integer((*degree).into())))
    };
    finding.corrected.push(search(context, degree)?.check("E|z(v)|²/n = d_in(v) at every vertex of every DAG"));
    let Some(graph) = printed.smallest.as_ref() else { return Ok(finding) };
    finding.notes.push(format!(
        "Smallest counterexample: {} ({} hidden vertices); all {} smaller DAGs keep it.",
        graph.edge_text(),
        graph.hidden_count(),
        printed.smaller
    ));
    let trial = Trial::run(context, CLAIM.id, &graph.edge_text(), InitRule::Source, 16, &[Quantity::SecondMoment])?;
    let list = moments(trial.graph(), InitRule::Source)?;
    for (vertex, (degree, _)) in list.iter().enumerate() {
        finding.checks.push(trial.check(vertex, Quantity::SecondMoment, 1.0));
        finding.corrected.push(trial.check(vertex, Quantity::SecondMoment, *degree as f64));
    }
    finding.mutants.push(trial.perturbed(list.len() - 1, Quantity::SecondMoment, context));
    // The printed statement on the same data as the one that holds: at the vertex where they differ.
    let as_printed = trial.decide(list.len() - 1, Quantity::SecondMoment, 1.0);
    finding.mutants.push(Mutant::simulated("the printed statement, simulated", &as_printed));
    for (convention, skips) in
        [(Convention::Pre, false), (Convention::Pre, true), (Convention::Post, false), (Convention::Post, true)]
    {
        finding.notes.push(conventions::note(InitRule::Source, convention, skips)?);
    }
    Ok(finding)
}

/// The check on one architecture: the source's in-degree keeps the second moment at 1.
fn on_one(context: &Context<'_>, case: &Case) -> Result<Vec<Check>, ClaimError> {
    second_moments::simulated(context, CLAIM.id, case, |_| 1.0)
}
