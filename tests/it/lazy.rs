//! The lazy simulator agrees with the exact law, from widths of 2 to widths of a million, with no allowance for a bias.
//!
//! Runs must end `Supported`: the prediction inside the interval, and an error of the margin shown with a power of 0.99. Beside each
//! stands a wrong formula that must be refuted.
//!
//! False alarm of this file: at most 7.5e-9 (52 assertions at 1e-10, and 2.2e-9).

// Other test files use the rest.
use crate::support::{SEED, cells, label};
#[allow(dead_code)]
use archscale_model::{Architecture, InitRule};
use archscale_sim::{Precision, Readout, Settings, Simulation, StreamKey, Weights, simulate};
use archscale_stats::{Decision, Outcome, Plan, decide};
use archscale_testkit::mutants::mutants;
use archscale_testkit::suite::{Case, FIVE_VERTICES};
use archscale_theory::FiniteMoments;

const FALSE_ALARM: f64 = 1e-10;

fn case(name: &str, init: InitRule, width: u64) -> Case {
    Case { name: name.into(), graph: Architecture::parse(name).unwrap().graph().clone(), init, width }
}

/// Judges the named quantities at every vertex against the exact law; all must be supported. Then the named wrong formula, whose value
/// of B must be refuted at the last vertex.
fn judge(case: &Case, simulation: &Simulation, quantities: &[&str], plan: &Plan, wrong: &str) -> usize {
    assert_eq!(simulation.method, Weights::Lazy);
    let mut judged = 0;
    let decide_all = |law: &[FiniteMoments<f64>]| -> Vec<(usize, &'static str, Decision)> {
        let judged = cells(simulation, law).filter(|cell| quantities.contains(&cell.quantity));
        judged.map(|cell| (cell.vertex, cell.quantity, decide(cell.sample, cell.prediction, plan))).collect()
    };
    for (vertex, quantity, decision) in decide_all(&case.law().unwrap()) {
        println!(
            "{} {quantity} of vertex {vertex}: {} ± {} for {}, z = {:.2}, {} networks",
            label(case),
            decision.estimate,
            decision.standard_error,
            decision.prediction,
            decision.z,
            decision.samples
        );
        assert_eq!(decision.outcome, Outcome::Supported, "{} {quantity} of vertex {vertex}: {decision:?}", label(case));
        judged += 1;
    }
    let mutant = mutants().find(|mutant| mutant.id == wrong).unwrap();
    let altered = decide_all(&(mutant.predict)(case).unwrap());
    let (_, _, last) = altered.iter().rev().find(|(_, quantity, _)| *quantity == "B").unwrap();
    assert_eq!(last.outcome, Outcome::Refuted, "{}: {wrong} is not told from the law: {last:?}", label(case));
    judged
}

fn run(case: &Case, purpose: &str, samples: u64, precision: Precision) -> Simulation {
    let key = StreamKey::new(purpose, label(case), SEED);
    let settings = Settings {
        method: Weights::Lazy,
        readout: Readout::Projected,
        precision,
        ..Settings::new(case.width as usize, samples, key)
    };
    simulate(&case.program().unwrap(), &settings, &|_| ()).unwrap()
}

/// Small widths, where everything beyond the limit counts: skips, reused vertices, two readouts, all three initialisation rules. Margin
/// 10 %; A, whose tails are heavy at small width, where the width is a multiple of the depth. The sizes are what pilots on other streams
/// asked for, doubled or more; relative standard errors are at most 0.6 %.
#[test]
fn lazy_simulation_agrees_with_the_exact_law_at_small_width() {
    let plan = Plan::new(FALSE_ALARM, 0.99, 0.1).unwrap();
    let (moments, all) = (&["second moment", "B"][..], &["second moment", "A", "B"][..]);
    let mut judged = 0;
    for (name, init, width, samples, quantities) in [
        ("chain:2", InitRule::Target, 2, 300_000, moments),
        ("chain:2", InitRule::Target, 3, 150_000, moments),
        ("complete:2", InitRule::Source, 8, 40_000, moments),
        ("complete:3", InitRule::He, 12, 60_000, moments),
        (FIVE_VERTICES, InitRule::Target, 16, 120_000, moments),
        ("chain:2", InitRule::Target, 32, 60_000, all),
    ] {
        let case = case(name, init, width);
        let simulation = run(&case, "lazy small", samples, Precision::F64);
        judged += judge(&case, &simulation, quantities, &plan, "b-kernel-only");
    }
    assert_eq!(judged, 4 + 4 + 4 + 6 + 10 + 6);
}

/// n = 4096, where a dense network has 10⁷ weights per matrix: margin 3 %, for A as well, with 2 000 networks and relative standard
/// errors of at most 0.4 %.
#[test]
fn lazy_simulation_agrees_with_the_exact_law_at_large_width() {
    let plan = Plan::new(FALSE_ALARM, 0.99, 0.03).unwrap();
    let (quantities, mut judged) = (&["second moment", "A", "B"][..], 0);
    for (name, wrong) in [("chain:3", "b-kernel-only"), ("complete:3", "b-naive-limit")] {
        let case = case(name, InitRule::Target, 4096);
        let simulation = run(&case, "lazy large", 2_000, Precision::F32);
        judged += judge(&case, &simulation, quantities, &plan, wrong);
    }
    assert_eq!(judged, 9 + 9);
}

/// n = 65 536 and 10⁶, where a matrix would have 10¹⁰ and 10¹² weights: so few networks that a decision of the usual kind would not trust
/// their kurtosis. But each value is a mean over so many neurons that it is Gaussian to a part in a hundred, so the studentised mean
/// follows Student's law: |t| > 12 has probability 3.5e-13 with 31 degrees of freedom and |t| > 20 has 5.4e-10 with 11, for 6 and 4
/// assertions, so 2.2e-9 in all. Relative standard errors stay below 0.4 %, so a wrong value off by 8 % is out of reach.
#[test]
fn lazy_simulation_agrees_with_the_exact_law_at_a_million() {
    for (name, width, networks, reach) in [("chain:3", 65_536, 32, 12.0), ("chain:2", 1_000_000, 12, 20.0)] {
        let case = case(name, InitRule::Target, width);
        let simulation = run(&case, "lazy million", networks, Precision::F32);
        let law = case.law().unwrap();
        for cell in cells(&simulation, &law).filter(|cell| ["second moment", "B"].contains(&cell.quantity)) {
            let error = cell.sample.standard_error();
            let t = (cell.sample.mean() - cell.prediction) / error;
            println!(
                "{} {} of vertex {}: {} ± {error} for {}, t = {t:.2}",
                label(&case),
                cell.quantity,
                cell.vertex,
                cell.sample.mean(),
                cell.prediction
            );
            assert!(t.abs() < reach, "{} {} of vertex {}: t = {t}", label(&case), cell.quantity, cell.vertex);
            assert!(error < 0.004 * cell.prediction, "{error}");
        }
        let mutant = mutants().find(|mutant| mutant.id == "b-kernel-only").unwrap();
        let wrong = (mutant.predict)(&case).unwrap();
        let last = simulation.nodes.last().unwrap();
        assert!((last.b.mean() - wrong.last().unwrap().label_part).abs() > reach * last.b.standard_error());
    }
}
