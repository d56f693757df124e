//! Each reason for an outcome, and numbers that can be checked by hand.
//!
//! False alarm of this file: at most 0 (its samples are written down, not drawn).
use archscale_stats::{
    Decision, Moments, Outcome, Plan, StatsError, decide, decide_at_scale, decide_difference, decide_interval,
};

/// `pairs` copies each of 1 and 3: mean 2, no skewness, excess kurtosis −2, so that no correction acts.
fn symmetric(pairs: usize) -> Moments {
    Moments::from_slice(&[1.0, 3.0].repeat(pairs))
}

fn undecided_because(decision: &Decision, reason: &str) {
    assert_eq!(decision.outcome, Outcome::Undecided, "{decision:?}");
    assert!(decision.reason.contains(reason), "{}", decision.reason);
}

#[test]
fn a_symmetric_sample_gives_the_student_interval() {
    // n = 100: variance 100/99, standard error 1/√99; t of 99 degrees of freedom at 0.005 is 2.62641 (tables: 2.626).
    let decision = decide(&symmetric(50), 2.0, &Plan::new(0.01, 0.9, 0.5).unwrap());
    let half = 2.626405 / 99.0_f64.sqrt();
    assert!((decision.interval.0 - 2.0 + half).abs() < 1e-6 && (decision.interval.1 - 2.0 - half).abs() < 1e-6);
    assert!((decision.estimate - 2.0).abs() < 1e-14 && (decision.p_value - 1.0).abs() < 1e-12 && decision.z.abs() < 1e-12);
    // (2.626405 + 1.290161)/√99 relative to 2, with t of 99 degrees of freedom at 0.1.
    assert!((decision.smallest_detectable - (2.626405 + 1.290161) / 99.0_f64.sqrt() / 2.0).abs() < 1e-6);
    assert_eq!(decision.outcome, Outcome::Supported);
    // That is 0.19681: a margin on either side of it.
    assert_eq!(decide(&symmetric(50), 2.0, &Plan::new(0.01, 0.9, 0.1970).unwrap()).outcome, Outcome::Supported);
    undecided_because(&decide(&symmetric(50), 2.0, &Plan::new(0.01, 0.9, 0.1966).unwrap()), "might not have shown");
}

#[test]
fn the_skewness_correction_by_hand() {
    // 900 zeros and 100 ones: mean 0.1, M₂ = 90, M₃ = 72, γ = √1000·72/90^{3/2} = 8/3, κ = 100/9 − 3 + … = 46/9.
    let sample = Moments::from_slice(&[vec![0.0; 900], vec![1.0; 100]].concat());
    assert!((sample.skewness() - 8.0 / 3.0).abs() < 1e-12 && (sample.excess_kurtosis() - 46.0 / 9.0).abs() < 1e-12);
    let level = 0.05;
    let decision = decide(&sample, 0.1, &Plan::new(level, 0.9, 1.0).unwrap());
    // z = 1.959964, moved to w = z + κ z³/(4n) = 1.969587; Student's point of 999 degrees of freedom is
    // w + (w³ + w)/(4·999) = 1.97199 (next term 1e-6); a = γ/√1000 = 0.0843274;
    // g⁻¹(±y) = 3((1 + a(±y − a/6))^{1/3} − 1)/a.
    let (y, a) = (1.971992, 0.0843274_f64);
    let inverse = |y: f64| 3.0 * ((1.0 + a * (y - a / 6.0)).cbrt() - 1.0) / a;
    let error = (90.0_f64 / 999.0 / 1000.0).sqrt();
    assert!((decision.interval.0 - (0.1 - error * inverse(y))).abs() < 1e-6, "{decision:?}");
    assert!((decision.interval.1 - (0.1 - error * inverse(-y))).abs() < 1e-6, "{decision:?}");
    // A positive skewness moves the interval up.
    assert!(decision.interval.0 + decision.interval.1 > 0.2);
}

#[test]
fn too_few_values_decide_nothing() {
    let plan = Plan::new(0.1, 0.9, 0.5).unwrap();
    for count in 0..15 {
        undecided_because(&decide(&symmetric(count), 100.0, &plan), "too few");
    }
    assert_eq!(decide(&symmetric(15), 100.0, &plan).outcome, Outcome::Refuted);
}

#[test]
fn a_value_that_is_not_finite_decides_nothing() {
    let plan = Plan::new(0.01, 0.9, 0.5).unwrap();
    for bad in [f64::NAN, f64::INFINITY] {
        let mut sample = symmetric(500);
        sample.push(bad);
        let decision = decide(&sample, 100.0, &plan);
        undecided_because(&decision, "1 of 1001 values");
        let again: Decision = serde_json::from_str(&serde_json::to_string(&decision).unwrap()).unwrap();
        assert!(again.estimate.is_nan() && again.reason == decision.reason);
        undecided_because(&decide_difference(&symmetric(500), &sample, &plan), "second sample: 1 of 1001");
        undecided_because(&decide_difference(&sample, &symmetric(500), &plan), "first sample: 1 of 1001");
    }
    let huge = Moments::from_slice(&[1e200, 3e200].repeat(50));
    undecided_because(&decide(&huge, 2e200, &plan), "overflow");
}

#[test]
fn a_sample_without_spread_decides_nothing() {
    let plan = Plan::new(0.01, 0.9, 0.5).unwrap();
    undecided_because(&decide(&Moments::from_slice(&[2.0; 100]), 3.0, &plan), "compare them exactly");
    // Values that differ in the last bits would refute anything.
    let noisy = Moments::from_slice(&[1.0, 1.0 + f64::EPSILON].repeat(50));
    undecided_because(&decide(&noisy, 1.0 + 1e-14, &plan), "compare them exactly");
}

#[test]
fn skewness_kurtosis_and_single_values_hold_a_decision_back() {
    // 20 ones among 1000: γ = 6.857, a = 0.2168; at α = 0.01, z = 2.576: a z = 0.559.
    let skewed = Moments::from_slice(&[vec![0.0; 980], vec![1.0; 20]].concat());
    undecided_because(&decide(&skewed, 10.0, &Plan::new(0.01, 0.9, 0.5).unwrap()), "too small for its skewness");
    // At α = 0.05, z = 1.960: a z = 0.425 and (κ + 2) z⁴/(4n) = 47.02·14.76/4000 = 0.174 pass, and 1/20 of the sum just so.
    assert_eq!(decide(&skewed, 10.0, &Plan::new(0.05, 0.9, 0.5).unwrap()).outcome, Outcome::Refuted);
    // One more level of symmetric spikes: κ + 2 = n/20 − 1 = 99 at n = 2000 and ±1 twenty times:
    // 99·44.0/8000 = 0.544 passes, at α = 0.001, z = 3.291: 99·117.2/8000 = 1.451 does not.
    let spikes = |each: usize, count: usize| {
        Moments::from_slice(&[vec![0.0; count - 2 * each], vec![1.0; each], vec![-1.0; each]].concat())
    };
    let (loose, strict) = (Plan::new(0.01, 0.9, 0.5).unwrap(), Plan::new(0.001, 0.9, 0.5).unwrap());
    assert_eq!(decide(&spikes(10, 2000), 10.0, &loose).outcome, Outcome::Refuted);
    undecided_because(&decide(&spikes(10, 2000), 10.0, &strict), "too small for its kurtosis");
    // Eight spikes of 100 carry 1/8 of the sum each, though at α = 0.1 skewness and kurtosis would pass.
    undecided_because(&decide(&spikes(4, 100), 10.0, &Plan::new(0.1, 0.9, 0.5).unwrap()), "one value carries 0.125");
}

#[test]
fn predictions_that_are_no_number_or_have_no_scale() {
    let plan = Plan::new(0.01, 0.9, 0.5).unwrap();
    let sample = symmetric(500);
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        undecided_because(&decide(&sample, bad, &plan), "no finite value");
        undecided_because(&decide_at_scale(&sample, 2.0, bad, &plan), "no finite value");
    }
    for (low, high) in [(f64::NAN, 1.0), (1.0, f64::NAN), (3.0, 1.0), (f64::INFINITY, f64::INFINITY)] {
        undecided_because(&decide_interval(&sample, low, high, &plan), "no finite value and no range");
    }
    // 0 can be refuted, but nothing is relative to it.
    let centred = Moments::from_slice(&[-1.0, 1.0].repeat(500));
    assert_eq!(decide(&centred, 0.0, &plan).outcome, Outcome::Undecided);
    assert_eq!(decide(&sample, 0.0, &plan).outcome, Outcome::Refuted);
}

#[test]
fn ranges_decide_on_each_side() {
    // Standard error 0.01; the one-sided 90 % bounds lie 0.0128 from the mean 2, the two-sided 99 % ones 0.0258.
    let (sample, plan) = (symmetric(5000), Plan::new(0.01, 0.9, 0.005).unwrap());
    let outcome = |low: f64, high: f64| decide_interval(&sample, low, high, &plan).outcome;
    assert_eq!(outcome(2.025, 3.0), Outcome::Undecided);
    assert_eq!(outcome(2.027, 3.0), Outcome::Refuted);
    assert_eq!(outcome(1.0, 1.973), Outcome::Refuted);
    // Upper end h with h(1 + 0.005) above or below 2.0128.
    assert_eq!(outcome(1.0, 2.004), Outcome::Supported);
    assert_eq!(outcome(1.0, 2.002), Outcome::Undecided);
    assert_eq!(outcome(f64::NEG_INFINITY, f64::INFINITY), Outcome::Supported);
    let inside = decide_interval(&sample, 1.0, 3.0, &plan);
    assert_eq!((inside.prediction, inside.z, inside.p_value), (2.0, 0.0, 1.0));
    assert_eq!(decide_interval(&sample, 2.5, 3.0, &plan).prediction, 2.5);
}

#[test]
fn plans_out_of_domain_are_refused_in_code_and_in_json() {
    for (false_alarm, power, margin) in [
        (0.0, 0.9, 0.1),
        (0.6, 0.9, 0.1),
        (1e-40, 0.9, 0.1),
        (f64::NAN, 0.9, 0.1),
        (0.01, 0.4, 0.1),
        (0.01, 1.0, 0.1),
        (0.01, 0.9, 0.0),
        (0.01, 0.9, f64::INFINITY),
    ] {
        assert!(matches!(Plan::new(false_alarm, power, margin), Err(StatsError::Domain { .. })));
    }
    assert!(serde_json::from_str::<Plan>(r#"{"false_alarm": 0.01, "power": 0.9, "margin": -1}"#).is_err());
    let plan = Plan::new(0.01, 0.9, 0.1).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&serde_json::to_string(&plan).unwrap()).unwrap(), plan);
    for bad in [f64::NAN, -1.0, f64::INFINITY] {
        assert_eq!(plan.samples_for(bad), u64::MAX);
    }
}

#[test]
fn planning_and_detecting_are_inverse() {
    let plan = Plan::new(1e-9, 0.99, 0.03).unwrap();
    for relative_sd in [0.1, 1.0, 30.0] {
        let n = plan.samples_for(relative_sd);
        assert!(plan.smallest_detectable(relative_sd / (n as f64).sqrt()) <= 0.03);
        assert!(plan.smallest_detectable(relative_sd / (n as f64 - 1.0).sqrt()) > 0.03);
    }
}
