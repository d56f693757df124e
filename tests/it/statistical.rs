//! The simulator agrees with the exact law, at widths from 2 to 32, with no allowance for a bias.
//!
//! Every run is sized by a pilot on other streams, for the false-alarm probability that the budget allots, a power of 0.99 and
//! the margin stated; `Supported` means that the prediction lies inside the interval and that an error of the margin would
//! have shown. Nothing is dropped: an undecided assertion fails.
//!
//! False alarm of this file: at most 2.1e-7 (its budget, and fewer than ten more assertions at 1e-9).

use std::collections::BTreeMap;

use crate::support::{cells, label, planned};
use archscale_model::{Architecture, InitRule, PathSums};
use archscale_sim::Readout;
use archscale_stats::{Budget, Outcome, Plan, decide};
use archscale_testkit::mutants::naive_limit;
use archscale_testkit::suite::{Case, NAMED, cases};
use archscale_theory::{ReluDag, limit_moments};

/// Probability that any assertion of this file fails though every formula is right.
const FALSE_ALARM: f64 = 2e-7;
/// Probability with which an error of the margin is not supported.
const POWER: f64 = 0.99;

/// Smallest relative error to be seen.
const MARGIN: f64 = 0.1;

/// What the runs of a case judge. The tails of A, and of everything with a sampled readout, grow with depth over width, so these
/// are judged where the width is a multiple of the depth (the cubic mean over weighted paths): runs of many millions else.
fn runs(case: &Case) -> Vec<(Readout, &'static [&'static str])> {
    let sums = PathSums::new(&case.graph, case.init);
    let per_layer = case.width as f64 / (sums.weighted_sum_cubed() / sums.total_weight()).to_f64().cbrt();
    let integrated: &[&str] = if per_layer >= 9.0 { &["second moment", "A", "B"] } else { &["second moment", "B"] };
    let mut runs = vec![(Readout::Integrated, integrated)];
    if per_layer >= 12.0 {
        runs.push((Readout::Sampled, &["B", "squared change"]));
    }
    runs
}

#[test]
fn simulation_agrees_with_the_exact_law() {
    // Up to two hidden vertices at three widths, else at n = 16; random graphs at n from 2 to 32.
    let mut cases = cases(&[8, 16, 32], &[12, 8, 32, 2, 5, 12, 3, 32]).unwrap();
    let named = |case: &Case| NAMED.contains(&case.name.as_str());
    cases.retain(|case| !named(case) || case.width == 16 || case.graph.hidden_count() <= 2);
    let assertions =
        |case: &Case| case.graph.hidden_count() * runs(case).iter().map(|(_, quantities)| quantities.len()).sum::<usize>();
    let count: usize = cases.iter().map(assertions).sum();
    let mut budget = Budget::new(FALSE_ALARM).unwrap();
    let each = budget.allot(count as u64).unwrap();
    let plan = Plan::new(each, POWER, MARGIN).unwrap();
    let mut judged: BTreeMap<&str, usize> = BTreeMap::new();
    let mut largest = 0.0_f64;
    let mut failures = Vec::new();
    for case in &cases {
        let law = case.law().unwrap();
        for (readout, quantities) in runs(case) {
            let simulation = planned(case, &format!("statistical {readout:?}"), readout, quantities, &plan, 2_000_000);
            println!("{} {readout:?} {quantities:?}: {} networks", label(case), simulation.samples);
            for cell in cells(&simulation, &law).filter(|cell| quantities.contains(&cell.quantity)) {
                let name = format!("{} {readout:?} {} of vertex {}", label(case), cell.quantity, cell.vertex);
                let decision = decide(cell.sample, cell.prediction, &plan);
                *judged.entry(cell.quantity).or_default() += 1;
                largest = largest.max(decision.z.abs());
                if decision.outcome != Outcome::Supported {
                    failures.push(format!(
                        "{name}: {} ± {} for {}, z = {:.2}, {}: {}",
                        decision.estimate,
                        decision.standard_error,
                        decision.prediction,
                        decision.z,
                        decision.outcome,
                        decision.reason
                    ));
                }
                budget.record(name, each).unwrap();
            }
        }
    }
    println!("{count} assertions {judged:?}, largest |z| {largest:.2}, false-alarm probability {:e} in all", budget.spent());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!((cases.len(), budget.entries().len()), (30, count));
    assert!(budget.spent() <= FALSE_ALARM * (1.0 + 1e-9));
}

/// The trap of reused vertices: on the complete graph of four hidden vertices under `target` the infinite-width B of the last
/// one is 2.7651, and 2.3542 if a gate that two vertices share is taken as two.
#[test]
fn the_trap_of_reused_vertices_is_told_apart() {
    let graph = Architecture::parse("complete:4").unwrap().graph().clone();
    let case = Case { name: "complete:4".into(), graph, init: InitRule::Target, width: 32 };
    let exact = case.law().unwrap().pop().unwrap().label_part;
    let dag = ReluDag::new(&case.program().unwrap(), "the exact law").unwrap();
    let limit = limit_moments::<f64>(&dag).unwrap().pop().unwrap().change;
    let naive = naive_limit(&case).unwrap().pop().unwrap();
    assert!((limit - 2.7651).abs() < 5e-5 && (naive - 2.3542).abs() < 5e-5, "{limit} and {naive}");
    // What the finite width adds could not be mistaken for the trap: it is less than half the distance.
    assert!(exact - limit < 0.5 * (limit - naive), "{exact} at n = 32");
    let plan = Plan::new(1e-9, POWER, 0.05).unwrap();
    let simulation = planned(&case, "trap", Readout::Integrated, &["B"], &plan, 100_000);
    let sample = &simulation.nodes[3].b;
    let [right, wrong] = [exact, naive].map(|prediction| decide(sample, prediction, &plan));
    println!(
        "{} networks: {} ± {}, z = {:.2} and {:.2}",
        sample.count(),
        right.estimate,
        right.standard_error,
        right.z,
        wrong.z
    );
    assert_eq!((right.outcome, wrong.outcome), (Outcome::Supported, Outcome::Refuted));
}
