//! Intervals and ceiling against planted truth.
//!
//! False alarm of this file: at most 1e-8 (ten decisions at 1e-9).
//!
//! Networks are drawn with x ~ N(0, 0.8²), noise-free log-rate μ = −1 + 0.9 x + N(0, 0.3²) and three seeds of N(μ, 0.3²), so
//! every statistic has a value in closed form. Claim: of intervals at level 0.95 on 30 networks the share that misses is
//! between half and twice the nominal one. 2 000 data sets (standard error of a share about 0.006); exact binomial
//! decisions, which refute a coverage of 0.83 or of 0.999 with a probability above 0.99.

use crate::common::{FALSE_ALARM, READS_U, READS_X, as_base, generator, measurement, normal, set, with};
use archscale_rates::{Estimate, Measurement, ScoreSettings};
use archscale_stats::{Moments, Outcome, Plan, decide_at_scale, decide_interval};
use statrs::distribution::{Binomial, Discrete, DiscreteCDF};

const DATA_SETS: u64 = 2000;
const NETWORKS: usize = 30;
const SLOPE: f64 = 0.9;
const SPREAD: f64 = 0.8;
const MISFIT: f64 = 0.3;
const NOISE: f64 = 0.3;
const SEEDS: usize = 3;
/// Standard deviation of what the second law's prediction has beside x.
const SECOND: f64 = 0.5;
const CONSTANT: f64 = -1.0;

fn planted(test: &str, case: u64, misfit: f64) -> Vec<Measurement> {
    let mut rng = generator(test, case);
    let one = |i: usize| {
        let x = SPREAD * normal(&mut rng);
        let u = x + SECOND * normal(&mut rng);
        let rate = CONSTANT + SLOPE * x + misfit * normal(&mut rng);
        let rates = (0..SEEDS).map(|_| rate + NOISE * normal(&mut rng)).collect();
        let one = with(measurement("planted", &format!("chain:{}", i + 1), rates), &[("x", x), ("u", u)]);
        if i == 0 { as_base(one) } else { one }
    };
    (0..NETWORKS).map(one).collect()
}

fn settings(case: u64) -> ScoreSettings {
    ScoreSettings { replicates: 399, seed: case, ..ScoreSettings::default() }
}

#[test]
fn intervals_cover() {
    let signal = (SLOPE * SPREAD).powi(2) + MISFIT.powi(2);
    let variance = signal + NOISE.powi(2) / SEEDS as f64;
    let r = SLOPE * SPREAD / variance.sqrt();
    let second = SLOPE * SPREAD.powi(2) / (variance * (SPREAD.powi(2) + SECOND.powi(2))).sqrt();
    let square = ((SLOPE - 1.0) * SPREAD).powi(2) + MISFIT.powi(2) + NOISE.powi(2) / SEEDS as f64;
    let names = ["r", "slope", "rms", "rms from base", "ceiling", "difference of r", "difference of rms"];
    let (mut covers, mut halved) = ([0_u64; 7], [0_u64; 7]);
    for case in 0..DATA_SETS {
        let set = set(planted("coverage", case, MISFIT), settings(case));
        let group = &set.groups()[0];
        let score = set.score(group, &READS_X).unwrap();
        let pair = set.compare(group, &READS_X, &READS_U).unwrap();
        // Given the base's constant, the others deviate by it on the mean.
        let shift = CONSTANT - score.base_constant.unwrap();
        let found: [(Estimate, f64); 7] = [
            (score.correlation, r),
            (score.slope, SLOPE),
            (score.rms, square.sqrt()),
            (score.base_rms.unwrap(), (square + shift * shift).sqrt()),
            (score.ceiling.unwrap().correlation, (signal / variance).sqrt()),
            (pair.correlation, r - second),
            (pair.rms, square.sqrt() - (square + SECOND.powi(2)).sqrt()),
        ];
        for (which, (estimate, truth)) in found.into_iter().enumerate() {
            let (low, high) = estimate.interval.unwrap();
            covers[which] += u64::from(low <= truth && truth <= high);
            let (low, high) = (0.5 * (low + estimate.value), 0.5 * (high + estimate.value));
            halved[which] += u64::from(low <= truth && truth <= high);
        }
    }
    // Counts that the binomial law at either end gives with a probability below half the false alarm.
    let (few, many) = (Binomial::new(0.90, DATA_SETS).unwrap(), Binomial::new(0.975, DATA_SETS).unwrap());
    let passes = |hits: u64| few.cdf(hits) > 0.5 * FALSE_ALARM && many.sf(hits - 1) > 0.5 * FALSE_ALARM;
    let refuted = |coverage: f64| {
        let law = Binomial::new(coverage, DATA_SETS).unwrap();
        (1..=DATA_SETS).filter(|hits| !passes(*hits)).map(|hits| law.pmf(hits)).sum::<f64>()
    };
    assert!(refuted(0.83) > 0.99 && refuted(0.999) > 0.99, "the test has its stated power");
    for (name, hits) in names.iter().zip(covers) {
        println!("{name}: {hits} of {DATA_SETS}");
        assert!(passes(hits), "{name}: {hits} of {DATA_SETS} intervals cover");
    }
    for (name, hits) in names.iter().zip(halved) {
        assert!(!passes(hits), "{name}: intervals of half the width pass, {hits} of {DATA_SETS} cover");
    }
}

/// A law that knows every noise-free rate scores the ceiling.
///
/// Exact at every n: V H is the noise in the variance S² of the means, so S² − V H has the mean Var μ, and so has 0.9 times
/// the covariance of x with the means (μ = −1 + 0.9 x here). 3 000 data sets, margin 3 % of Var μ, power 0.999.
///
/// At finite n r exceeds the ceiling by about (1 − ρ)/n, because the line is fitted and takes one degree of freedom of the
/// noise more than the variance does: between 0 and 2 (1 − ρ)/n is claimed.
#[test]
fn a_perfect_law_reaches_the_ceiling() {
    let (mut exact, mut twin, mut gap) = (Moments::new(), Moments::new(), Moments::new());
    for case in 0..3000 {
        let list = planted("ceiling", case, 0.0);
        let xs: Vec<f64> = list.iter().map(|one| one.covariates["x"]).collect();
        let means: Vec<f64> = list.iter().map(Measurement::mean_log_rate).collect();
        let set = set(list, ScoreSettings { replicates: 99, ..settings(case) });
        let score = set.score(&set.groups()[0], &READS_X).unwrap();
        let ceiling = score.ceiling.unwrap();
        gap.push(score.correlation.value - ceiling.correlation.value);
        let count = means.len() as f64;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / count;
        let covariance = |a: &[f64], b: &[f64]| {
            let (centre, other) = (mean(a), mean(b));
            a.iter().zip(b).map(|(a, b)| (a - centre) * (b - other)).sum::<f64>() / (count - 1.0)
        };
        let signal = SLOPE * covariance(&xs, &means);
        exact.push(covariance(&means, &means) * ceiling.correlation.value.powi(2) - signal);
        // The wrong twin takes the noise of one seed, where means of three were scored.
        twin.push(covariance(&means, &means) - ceiling.seed_variance - signal);
    }
    let signal = (SLOPE * SPREAD).powi(2);
    let plan = Plan::new(FALSE_ALARM, 0.999, 0.03).unwrap();
    let decision = decide_at_scale(&exact, 0.0, signal, &plan);
    assert_eq!(decision.outcome, Outcome::Supported, "{decision:?}");
    let decision = decide_at_scale(&twin, 0.0, signal, &plan);
    assert_eq!(decision.outcome, Outcome::Refuted, "{decision:?}");
    let noise = NOISE.powi(2) / SEEDS as f64;
    let order = noise / (signal + noise) / NETWORKS as f64;
    let plan = Plan::new(FALSE_ALARM, 0.9, 0.5).unwrap();
    let decision = decide_interval(&gap, 0.0, 2.0 * order, &plan);
    println!("r exceeds the ceiling by {:.5}, {order:.5} is its order", gap.mean());
    assert_ne!(decision.outcome, Outcome::Refuted, "{decision:?}");
}
