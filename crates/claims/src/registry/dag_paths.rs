use archscale_model::{Architecture, Graph, InitRule, PathSums, Scaled};
use archscale_theory::{ReluDag, limit_moments};
use num_traits::ToPrimitive;

use super::spaces;
use crate::hypothesis::{LIMIT, LINEAR_EDGES, MEAN_FIELD, PRE_ACTIVATION_SUMS, RELU, TARGET_INIT, VECTORS};
use crate::search::search;
use crate::survey::CaseRule;
use crate::trial::{Quantity, Trial};
use crate::{Case, Check, Claim, ClaimError, Context, Effort, Finding, Method, Mutant, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "dag-paths",
    statement: "B = Σ_p Θ(η² L_p³) over all input–output paths p, so η* = c (Σ_p L_p³)^(−1/2) on every DAG",
    source: "Chen et al. 2024, equation 8",
    domain: &[LINEAR_EDGES, RELU, TARGET_INIT, PRE_ACTIVATION_SUMS, VECTORS, MEAN_FIELD, LIMIT],
    quantity: "max_v B(v) / Σ_p L_p³, which must stay between two positive constants",
    check: "Search for the smallest DAG whose ratio leaves the chains' range; growth on named families; simulation",
    refuted_by: "A family of DAGs on which the ratio falls or grows without bound",
    mutant: "B = Σ L³/6 on a complete DAG; the exact B with an error of the margin; on chains the same check must accept",
    derivation: "proofs/dag-paths.md",
    theorems: &[
        "eq8.equation_8_refuted",
        "eq8.layered_change",
        "paths.programme_is_path_sum",
        "paths.target_weights_sum_to_one",
    ],
    outside: "That the finite-width law tends to the limit recursion on every DAG, which is proved in prose; that training follows the first step",
    expected: Verdict::Refuted,
    least_effort: Effort::Quick,
    judge,
    case: Some(CaseRule::closed(InitRule::Target, on_one)),
};

/// The largest B of a vertex in the limit: equation 7 asks for all.
pub(super) fn largest_change(graph: &Graph, init: InitRule) -> Result<f64, ClaimError> {
    let dag = ReluDag::new(&graph.lower(init)?, "the infinite-width law")?;
    Ok(limit_moments::<f64>(&dag)?.iter().map(|at| at.change).fold(0.0, f64::max))
}

/// [`largest_change`] over Σ_p L_p³ and over Σ_p w_p L_p³.
fn ratios(graph: &Graph, init: InitRule) -> Result<(f64, f64), ClaimError> {
    let change = largest_change(graph, init)?;
    let sums = PathSums::new(graph, init);
    let cubes = sums.power_sum(3).to_f64().unwrap_or(f64::INFINITY);
    Ok((change / cubes, change / sums.weighted_sum_cubed().to_f64()))
}

/// `layers` hidden layers of two vertices, all edges between consecutive layers, readout from both: 2^layers paths.
pub(super) fn two_per_layer(layers: usize) -> String {
    let layer = |index: usize| [2 * index - 1, 2 * index];
    let mut edges = vec!["0-1".to_string(), "0-2".to_string()];
    for index in 1..layers {
        for from in layer(index) {
            edges.extend(layer(index + 1).map(|to| format!("{from}-{to}")));
        }
    }
    edges.extend(layer(layers).map(|from| format!("{from}-{}", 2 * layers + 1)));
    format!("edges:{}", edges.join(","))
}

/// `branches` vertices fed by the input, all feeding one more, which feeds the output.
fn fan(branches: usize) -> String {
    let mut edges: Vec<String> = (1..=branches).map(|vertex| format!("0-{vertex}")).collect();
    edges.extend((1..=branches).map(|vertex| format!("{vertex}-{}", branches + 1)));
    edges.push(format!("{}-{}", branches + 1, branches + 2));
    format!("edges:{}", edges.join(","))
}

/// Changes of the ratio to the paths' sum, and to the weighted sum, over a family of networks.
struct Drift {
    paths: f64,
    weighted: f64,
}

/// Width of the simulated networks.
const WIDTH: usize = 16;

/// Sizes between which a family is followed.
const SIZES: [usize; 2] = [40, 60];

/// Relative change over [`SIZES`] up to which a ratio counts as settled; on chains it is 1/(2·40²) and less.
const SETTLED: f64 = 0.01;

fn drift(family: &dyn Fn(usize) -> String) -> Result<Drift, ClaimError> {
    let at = |size: usize| ratios(Architecture::parse(&family(size))?.graph(), InitRule::Target);
    let ((paths_first, weighted_first), (paths_last, weighted_last)) = (at(SIZES[0])?, at(SIZES[1])?);
    Ok(Drift { paths: paths_last / paths_first, weighted: weighted_last / weighted_first })
}

/// The range of the ratio on chains: (2L² + 1)/(12 L²) falls from ¼ at L = 1 to ⅙.
const CHAINS: (f64, f64) = (1.0 / 6.0, 0.25);

/// Whether a ratio lies in the chains' range, up to rounding.
pub(super) fn within_chains(ratio: f64) -> bool {
    (CHAINS.0 - 1e-12..=CHAINS.1 + 1e-12).contains(&ratio)
}

/// The check that one architecture's ratio of B to `cubes` lies in the chains' range.
pub(super) fn on_one_ratio(case: &Case, what: &str, cubes: Scaled) -> Result<Vec<Check>, ClaimError> {
    let text = case.network.text();
    let change = largest_change(case.network.graph(), case.how.init)?;
    let what = format!("max B/{what} in the chains' range [1/6, 1/4]: {text}");
    let (holds, reason) = if cubes == Scaled::from(0.0) {
        (change == 0.0, format!("it is {change:.5}/0"))
    } else {
        let ratio = Scaled::from(change) / cubes;
        let holds = within_chains(ratio.to_f64());
        (holds, format!("it is {}", ratio.fit().map_or_else(|| ratio.to_string(), |ratio| format!("{ratio:.5e}"))))
    };
    let command = format!("archscale law {text} --init {} --json", case.how.init);
    Ok(vec![Check::holds(what, Method::Numeric, holds, 1, reason).with_command(command)])
}

/// The check that B is the paths' sum on one architecture, with the constants that chains allow.
fn on_one(_context: &Context<'_>, case: &Case) -> Result<Vec<Check>, ClaimError> {
    let sums = PathSums::new(case.network.graph(), case.how.init);
    on_one_ratio(case, "Σ L³", Scaled::from(&sums.power_sum(3)))
}

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    let mut finding = Finding::default();
    let in_range = |graph: &Graph| ratios(graph, InitRule::Target).is_ok_and(|(ratio, _)| within_chains(ratio));
    let search = search(context, in_range)?;
    if let Some(graph) = &search.smallest {
        let (ratio, _) = ratios(graph, InitRule::Target)?;
        finding.notes.push(format!(
            "Smallest DAG whose ratio leaves the chains' range [1/6, 1/4]: {} with {ratio:.5}; all {} smaller DAGs stay inside.",
            graph.edge_text(),
            search.smaller
        ));
    }
    let families: [(&str, &dyn Fn(usize) -> String); 4] = [
        ("chains of L vertices", &|size| format!("chain:{size}")),
        ("complete DAGs on L vertices", &|size| format!("complete:{size}")),
        ("two vertices per layer, L layers", &two_per_layer),
        ("fans of L branches", &fan),
    ];
    for (name, family) in families {
        let drift = drift(family)?;
        let check = Check::holds(
            format!("max B/Σ L³ between two constants: {name}"),
            Method::Numeric,
            (drift.paths - 1.0).abs() < SETTLED,
            2,
            format!("multiplied by {:.4e} from L = {} to {}", drift.paths, SIZES[0], SIZES[1]),
        );
        // Chains are where the law is proved: there the same check must accept it.
        if name.starts_with("chains") {
            finding.corrected.push(check.with_command(format!("archscale law {} --json", family(SIZES[1]))));
        } else {
            finding.checks.push(check.with_command(format!("archscale law '{}' --json", family(3))));
            finding.notes.push(format!(
                "{name}: max B/Σ w L³ is multiplied by {:.4} where max B/Σ L³ is multiplied by {:.4e} (L = {} to {}).",
                drift.weighted, drift.paths, SIZES[0], SIZES[1]
            ));
        }
    }
    let part = Quantity::LabelPart;
    for architecture in ["complete:4".to_string(), two_per_layer(2)] {
        let trial = Trial::run(context, CLAIM.id, &architecture, InitRule::Target, WIDTH, &[part])?;
        let last = trial.vertices() - 1;
        finding.corrected.push(trial.check(last, part, trial.law[last].label_part));
        finding.mutants.push(trial.perturbed(last, part, context));
        // The smallest value that the chains' own constants allow the law.
        let cubes = PathSums::new(trial.graph(), InitRule::Target).power_sum(3).to_f64().unwrap_or(f64::INFINITY);
        let decision = trial.decide(last, part, CHAINS.0 * cubes);
        finding.checks.push(
            Check::simulated(
                format!("B at least Σ L³/6 on {architecture}, n = {WIDTH}"),
                &decision,
                format!("archscale paths {architecture} --json"),
            )
            .with_weights(trial.weights),
        );
        finding.mutants.push(Mutant::simulated(format!("B = Σ L³/6 on {architecture}"), &decision));
    }
    finding.notes.extend(spaces::notes("paper")?);
    Ok(finding)
}
