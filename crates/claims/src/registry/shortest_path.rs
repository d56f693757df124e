use archscale_model::{Architecture, Graph, InitRule, PathSums, Scaled};

use super::dag_paths::{largest_change, on_one_ratio, within_chains};
use super::spaces;
use crate::hypothesis::{LIMIT, LINEAR_EDGES, MEAN_FIELD, PRE_ACTIVATION_SUMS, RELU, TARGET_INIT, VECTORS};
use crate::search::search;
use crate::survey::CaseRule;
use crate::trial::{Quantity, Trial};
use crate::{Case, Check, Claim, ClaimError, Context, Effort, Finding, Hypothesis, Method, Mutant, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "shortest-path",
    statement: "η* ~ (shortest path length)^(−3/2), so B grows as the cube of the shortest path on every DAG",
    source: "Wu et al. 2026 (arXiv 2602.07494), read as a statement about B under target init",
    domain: &[
        LINEAR_EDGES,
        RELU,
        TARGET_INIT,
        PRE_ACTIVATION_SUMS,
        VECTORS,
        MEAN_FIELD,
        LIMIT,
        Hypothesis::stated("read for all DAGs, which its authors may not intend"),
    ],
    quantity: "max_v B(v) / (min_p L_p)³",
    check: "Search for the smallest DAG outside the chains' range; growth along chains with one short detour; simulation",
    refuted_by: "A family of DAGs on which the ratio grows without bound",
    mutant: "The exact B with an error of the margin; on chains the same check must accept",
    derivation: "proofs/shortest-path.md",
    theorems: &[],
    outside: "No theorem: the lower bound is two lines of prose on the limit recursion",
    expected: Verdict::Refuted,
    least_effort: Effort::Quick,
    judge,
    case: Some(CaseRule::closed(InitRule::Target, on_one)),
};

/// A chain of `depth` hidden vertices beside a path through one vertex only, both into the output.
fn detour(depth: usize) -> String {
    let side = depth + 1;
    let mut edges: Vec<String> = (0..depth).map(|v| format!("{v}-{}", v + 1)).collect();
    edges.extend([format!("0-{side}"), format!("{depth}-{}", side + 1), format!("{side}-{}", side + 1)]);
    format!("edges:{}", edges.join(","))
}

fn ratio(graph: &Graph) -> Result<f64, ClaimError> {
    let init = InitRule::Target;
    Ok(largest_change(graph, init)? / (PathSums::new(graph, init).shortest() as f64).powi(3))
}

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    let mut finding = Finding::default();
    // The range on chains, (2L² + 1)/(12 L²) from 1/4 to 1/6.
    let inside = |graph: &Graph| ratio(graph).is_ok_and(within_chains);
    let found = search(context, inside)?;
    if let Some(graph) = &found.smallest {
        finding.notes.push(format!(
            "Smallest DAG outside the chains' range [1/6, 1/4]: {}; all {} smaller ones are inside.",
            graph.edge_text(),
            found.smaller
        ));
    }
    let families: [(&str, &dyn Fn(usize) -> String); 2] =
        [("chains of L vertices", &|size| format!("chain:{size}")), ("chains of L vertices beside a path of one", &detour)];
    for (name, family) in families {
        let at = |size: usize| -> Result<f64, ClaimError> { ratio(Architecture::parse(&family(size))?.graph()) };
        let growth = at(60)? / at(40)?;
        let check = Check::holds(
            format!("max B/(shortest path)³ between two constants: {name}"),
            Method::Numeric,
            (growth - 1.0).abs() < 0.01,
            2,
            format!("multiplied by {growth:.4} from L = 40 to 60"),
        )
        .with_command(format!("archscale law '{}' --json", family(3)));
        if name.ends_with("vertices") { finding.corrected.push(check) } else { finding.checks.push(check) }
    }
    let part = Quantity::LabelPart;
    let trial = Trial::run(context, CLAIM.id, &detour(3), InitRule::Target, 16, &[part])?;
    let deepest = 2;
    finding.corrected.push(trial.check(deepest, part, trial.law[deepest].label_part));
    finding.mutants.push(trial.perturbed(deepest, part, context));
    // The shortest path has length 1, and the chains' largest constant is ¼.
    let decision = trial.decide(deepest, part, 0.25);
    finding.mutants.push(Mutant::simulated(format!("B = ¼ (shortest path)³ at vertex 3 of {}", detour(3)), &decision));
    finding.notes.extend(spaces::notes("shortest-path")?);
    Ok(finding)
}

/// The check that B is the cube of the shortest path on one architecture, with the constants that chains allow.
fn on_one(_context: &Context<'_>, case: &Case) -> Result<Vec<Check>, ClaimError> {
    let shortest = PathSums::new(case.network.graph(), case.how.init).shortest() as f64;
    on_one_ratio(case, "(shortest path)³", Scaled::from(shortest.powi(3)))
}
