//! Every deliberately wrong formula is refuted by the very decision, on the very data, that supports the right one.
//!
//! False alarm of this file: at most 1e-7 (its budget).

use std::collections::{BTreeMap, HashSet};

use crate::support::{cells, label, planned};
use archscale_model::{Architecture, InitRule};
use archscale_sim::Readout;
use archscale_stats::{Budget, Outcome, Plan, decide};
use archscale_testkit::mutants::{Mutant, mutants};
use archscale_testkit::suite::{Case, cases};
use archscale_theory::FiniteMoments;

/// Probability that any of the right formulas is refuted though it is right.
const FALSE_ALARM: f64 = 1e-7;
/// Probability with which an error of the margin is not supported.
const POWER: f64 = 0.99;
const QUANTITIES: [&str; 3] = ["second moment", "A", "B"];

/// The cases with the smallest error to be seen in each: one is measured finely enough for perturbations of two per cent.
fn measured() -> Vec<(Case, f64)> {
    let graph = Architecture::parse("chain:1").unwrap().graph().clone();
    let fine = Case { name: "chain:1".into(), graph, init: InitRule::Target, width: 12 };
    // Two hidden vertices under every rule, three under one: wider tails add nothing but time.
    let mild = |case: &Case| case.graph.hidden_count() <= 2 || (case.name == "complete:3" && case.init == InitRule::Source);
    let coarse = cases(&[16], &[]).unwrap().into_iter().filter(mild).map(|case| (case, 0.1));
    [(fine, 0.015)].into_iter().chain(coarse).collect()
}

/// Where a mutant was refuted with the largest deviation.
struct Rejection {
    z: f64,
    place: String,
    refuted: usize,
}

#[test]
fn every_wrong_formula_is_refuted() {
    let measured = measured();
    let count: usize = measured.iter().map(|(case, _)| case.graph.hidden_count() * QUANTITIES.len()).sum();
    let mut budget = Budget::new(FALSE_ALARM).unwrap();
    let each = budget.allot(count as u64).unwrap();
    let mut rejections: BTreeMap<&str, Rejection> = BTreeMap::new();
    for (case, margin) in &measured {
        let plan = Plan::new(each, POWER, *margin).unwrap();
        let simulation = planned(case, "mutants", Readout::Integrated, &QUANTITIES, &plan, 2_000_000);
        println!("{}: {} networks", label(case), simulation.samples);
        let judge = |law: &[FiniteMoments<f64>]| {
            let judged = cells(&simulation, law).filter(|cell| QUANTITIES.contains(&cell.quantity));
            judged
                .map(|cell| {
                    let place = format!("{} of vertex {} of {}", cell.quantity, cell.vertex, label(case));
                    (place, decide(cell.sample, cell.prediction, &plan))
                })
                .collect::<Vec<_>>()
        };
        for (place, decision) in judge(&case.law().unwrap()) {
            assert_eq!(decision.outcome, Outcome::Supported, "the right formula: {place}: {decision:?}");
            budget.record(place, each).unwrap();
        }
        for mutant in mutants() {
            for (place, decision) in judge(&(mutant.predict)(case).unwrap()) {
                if decision.outcome != Outcome::Refuted {
                    continue;
                }
                let entry = rejections.entry(mutant.id).or_insert(Rejection { z: 0.0, place: String::new(), refuted: 0 });
                entry.refuted += 1;
                if decision.z.abs() > entry.z.abs() {
                    (entry.z, entry.place) = (decision.z, place);
                }
            }
        }
    }
    let all: Vec<&Mutant> = mutants().collect();
    for mutant in &all {
        let place = rejections.get(mutant.id).map_or_else(
            || format!("not refuted: {}", mutant.what),
            |found| format!("{:3} of {count} refuted, z = {:8.1}  {}", found.refuted, found.z, found.place),
        );
        println!("{:30} {place}", mutant.id);
    }
    println!("{count} assertions on the right formulas, false-alarm probability {:e} in all", budget.spent());
    assert_eq!(budget.entries().len(), count);
    let survivors: Vec<&str> = all.iter().map(|mutant| mutant.id).filter(|id| !rejections.contains_key(id)).collect();
    assert!(survivors.is_empty(), "not refuted: {survivors:?}");
    let names: HashSet<&str> = all.iter().map(|mutant| mutant.id).collect();
    assert_eq!((names.len(), all.len()), (46, 46));
}
