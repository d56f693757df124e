//! The achieved power of planned runs, by simulation.
//!
//! False alarm of this file: at most 5e-8 (fewer than fifty assertions at 1e-9).
use crate::common::{FALSE_ALARM, Law, fewest, generator, mild_lognormal, most, normal, sample};
use archscale_stats::{Outcome, Plan, decide};

/// How often `decide` came to each outcome.
#[derive(Debug, Default)]
struct Tally {
    supported: u64,
    refuted: u64,
    undecided: u64,
}

fn tally(law: &Law, prediction: f64, plan: &Plan, size: u64, replicates: u64, case: &str) -> Tally {
    let mut rng = generator(case);
    let mut tally = Tally::default();
    for _ in 0..replicates {
        match decide(&sample(law, size, &mut rng), prediction, plan).outcome {
            Outcome::Supported => tally.supported += 1,
            Outcome::Refuted => tally.refuted += 1,
            Outcome::Undecided => tally.undecided += 1,
        }
    }
    println!("{case}: {tally:?} of {replicates} with {size} samples each");
    tally
}

#[test]
fn the_planned_power_is_achieved() {
    // Gaussian values of mean 1 and standard deviation 1; an error of 10 % either way. 20 000 runs: the standard error of the
    // rejection rate is 0.002 at 0.9 and 0.0002 at 1e-3; every bound is a binomial quantile of error probability 1e-9.
    // The rates differ from the nominal ones by less than the allowance of 0.01 and 1e-4: Student's quantile exceeds the
    // normal one by z³/(4n) = 0.004, which costs 0.0008 of the power, and the kurtosis allowance, at most (√(24/n)/4n) z³,
    // less.
    let plan = Plan::new(1e-3, 0.9, 0.1).unwrap();
    let law = Law { name: "1 + Z", draw: |rng| 1.0 + normal(rng), mean: 1.0 };
    let replicates = 20_000;
    for (case, prediction) in [("formula too small", 1.0 / 1.1), ("formula too large", 1.0 / 0.9)] {
        let size = plan.samples_for(1.0 / prediction);
        let found = tally(&law, prediction, &plan, size, replicates, case);
        assert!(found.refuted >= fewest(replicates, 0.89, FALSE_ALARM), "{found:?}");
        assert!(found.refuted <= most(replicates, 0.9, FALSE_ALARM), "{found:?}");
        assert!(found.supported <= most(replicates, 0.1, FALSE_ALARM), "{found:?}");
    }
    // A quarter of the planned size: the error mostly lies inside the interval, and still is not supported.
    let prediction = 1.0 / 1.1;
    let found = tally(&law, prediction, &plan, plan.samples_for(1.0 / prediction) / 4, replicates, "too small a run");
    assert!(found.supported <= most(replicates, 0.1, FALSE_ALARM), "{found:?}");
    let found = tally(&law, 1.0, &plan, plan.samples_for(1.0), replicates, "formula true");
    assert!(found.refuted <= most(replicates, 1e-3, FALSE_ALARM), "{found:?}");
    assert!(found.refuted >= fewest(replicates, 0.9e-3, FALSE_ALARM), "{found:?}");
}

#[test]
fn a_run_planned_from_a_pilot_supports_the_truth_and_nothing_far_from_it() {
    // Per replicate an independent pilot of 300 values plans the run. Claims, each with a binomial bound of error
    // probability 1e-9 over 2000 replicates (standard error 0.007): the truth is supported with probability 0.9 or more
    // (the plan's own chance of ending narrow enough); a formula off by the margin is supported with probability at most
    // 0.1, and refuted with probability at least 0.9 less the allowance of 0.02 for runs that ended too wide.
    let law = mild_lognormal();
    let plan = Plan::new(1e-3, 0.9, 0.06).unwrap();
    let replicates = 2000;
    let mut sizes = 0;
    let mut rng = generator("pilot");
    let (mut truth_supported, mut supported, mut refuted) = (0, 0, 0);
    for replicate in 0..replicates {
        let pilot = sample(&law, 300, &mut rng);
        // The formula is too small and too large by turns.
        let wrong = law.mean / if replicate % 2 == 0 { 1.06 } else { 0.94 };
        for prediction in [law.mean, wrong] {
            let run = plan.samples_from_pilot(&pilot, prediction, 1_000_000).unwrap();
            assert!(!run.capped && run.samples == run.wanted);
            sizes += run.samples;
            let outcome = decide(&sample(&law, run.samples, &mut rng), prediction, &plan).outcome;
            if prediction == wrong {
                supported += u64::from(outcome == Outcome::Supported);
                refuted += u64::from(outcome == Outcome::Refuted);
            } else {
                truth_supported += u64::from(outcome == Outcome::Supported);
            }
        }
    }
    println!(
        "pilot: truth supported {truth_supported}, error supported {supported}, refuted {refuted} of {replicates}; mean size {}",
        sizes / (2 * replicates)
    );
    assert!(truth_supported >= fewest(replicates, 0.9, FALSE_ALARM));
    assert!(supported <= most(replicates, 0.1, FALSE_ALARM));
    assert!(refuted >= fewest(replicates, 0.88, FALSE_ALARM));
}

#[test]
fn a_cap_bites_and_says_so() {
    let plan = Plan::new(1e-6, 0.99, 0.01).unwrap();
    let pilot = sample(&mild_lognormal(), 1000, &mut generator("cap"));
    let free = plan.samples_from_pilot(&pilot, 1.13, u64::MAX).unwrap();
    let capped = plan.samples_from_pilot(&pilot, 1.13, 5000).unwrap();
    assert!(!free.capped && free.samples == free.wanted);
    assert!(capped.capped && capped.samples == 5000 && capped.wanted == free.wanted);
    // The allowance is an upper one, and the exact search can only ask for more than the normal formula.
    assert!(free.relative_sd > pilot.variance().sqrt() / 1.13);
    assert!(free.wanted >= plan.samples_for(free.relative_sd));
    // A margin that a fortieth of the pilot would reach still asks for the pilot's size: it may not fall below it.
    assert_eq!(Plan::new(1e-3, 0.9, 10.0).unwrap().samples_from_pilot(&pilot, 1.13, u64::MAX).unwrap().wanted, 1000);
    for prediction in [0.0, f64::NAN, f64::INFINITY] {
        assert!(plan.samples_from_pilot(&pilot, prediction, 10).is_err());
    }
    assert!(plan.samples_from_pilot(&pilot, 1.0, 0).is_err());
    assert!(plan.samples_from_pilot(&archscale_stats::Moments::from_slice(&[1.0, 2.0]), 1.0, 10).is_err());
}
