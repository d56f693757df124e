//! Laws on measurements in which one of them was planted.
//!
//! False alarm of this file: at most 9e-9 (nine binomial decisions at 1e-9).

use crate::common::{FALSE_ALARM, READS_X, generator, measurement, normal, set, with};
use archscale_model::random_graph;
use archscale_rates::{MeasuredNetwork, Measurement, Parameter, ParametricLaw, Predict, ScoreSettings};
use rand::Rng;
use statrs::distribution::{Binomial, DiscreteCDF};

/// Chains of 2 to 7, complete DAGs on 3 to 6 hidden vertices and twenty random DAGs.
fn architectures() -> Vec<String> {
    let mut rng = generator("architectures", 0);
    let mut list: Vec<String> = (2..=7).map(|depth| format!("chain:{depth}")).collect();
    list.extend((3..=6).map(|size| format!("complete:{size}")));
    for i in 0..20 {
        let hidden = 4 + i % 5;
        let graph = random_graph(hidden, 2 * hidden + i % 7, |bound| rng.random_range(0..bound)).unwrap();
        list.push(graph.edge_text());
    }
    list
}

/// The count that events of at most this probability exceed with a probability below the false alarm.
fn largest_count(trials: u64, probability: f64) -> u64 {
    let law = Binomial::new(probability, trials).unwrap();
    (0..trials).find(|count| law.sf(*count) < FALSE_ALARM).unwrap()
}

/// ln η of a law on each architecture, under target init.
fn predictions(law: &ParametricLaw, list: &[String]) -> Vec<f64> {
    let of = |text: &String| {
        let case = MeasuredNetwork::new(measurement("plan", text, vec![0.0]), false).unwrap();
        law.ln_rate(case.features(), &law.middle()).unwrap()
    };
    list.iter().map(of).collect()
}

/// Rates = the planted law + N(0, 0.2²) for each of two seeds, 30 networks. The planted law must score a higher r, a smaller
/// rms and a smaller rms from the base than each wrong one in at least 99 % of 200 data sets: refuted at 1e-9 if it fails in
/// more than the binomial law allows, which a law that wins only nine times in ten fails with a probability above 0.6, and
/// one that wins three times in four surely.
#[test]
fn the_planted_law_wins() {
    let list = architectures();
    let data_sets: u64 = 200;
    let allowed = largest_count(data_sets, 0.01);
    assert!(allowed < 20, "{allowed} losses of {data_sets} are allowed");
    for (planted, wrong) in
        [("weighted-paths", "paper"), ("exact-T", "paper"), ("paper", "weighted-paths"), ("exact-B", "longest-path")]
    {
        let (right, other) = (ParametricLaw::find(planted).unwrap(), ParametricLaw::find(wrong).unwrap());
        let truth = predictions(&right, &list);
        let mut losses = 0;
        let mut outside = 0;
        for case in 0..data_sets {
            let mut rng = generator(planted, case);
            let mut noisy = |x: f64| (0..2).map(|_| x + 0.2 * normal(&mut rng)).collect();
            let rates = list.iter().zip(&truth).map(|(text, x)| measurement("planted", text, noisy(*x))).collect();
            let set = set(rates, ScoreSettings { replicates: 99, seed: case, ..ScoreSettings::default() });
            let group = &set.groups()[0];
            let (a, b) = (set.score(group, &right).unwrap(), set.score(group, &other).unwrap());
            let won = a.correlation.value > b.correlation.value && a.rms.value < b.rms.value;
            losses += u64::from(!won);
            outside += u64::from((a.slope.value - 1.0).abs() > 0.5);
        }
        println!("{planted} against {wrong}: {losses} losses");
        assert!(losses <= allowed, "{planted} lost to {wrong} {losses} times of {data_sets}");
        assert!(outside <= allowed, "{planted} has a slope far from 1 {outside} times");
    }
}

const NOISE_FEATURES: ParametricLaw = ParametricLaw {
    id: "with-noise-features",
    formula: "e^x · e^(a u1 + b u2 + c u3)",
    hypotheses: "three features that have nothing to do with the rate",
    parameters: &[
        Parameter { name: "a", low: -2.0, high: 2.0 },
        Parameter { name: "b", low: -2.0, high: 2.0 },
        Parameter { name: "c", low: -2.0, high: 2.0 },
    ],
    predict: Predict::Formula(|features, theta| {
        let mut sum = features.covariate("x")?;
        for (name, value) in ["u1", "u2", "u3"].iter().zip(theta) {
            sum += value * features.covariate(name)?;
        }
        Ok(sum)
    }),
};

/// Three fitted noise features always fit better and mostly predict worse: 24 networks, rate = x + N(0, 0.3²), 600 data
/// sets.
///
/// Claim: they have the smaller held-out rms in at most 15 % of the data sets (three parameters fitted on 19 networks raise
/// the expected square by about 3/19, the scatter of that over data sets is of the same size). Refuted at 1e-9 by the
/// binomial law; a court that let them win in a third of the data sets would pass with a probability below 1e-5.
#[test]
fn noise_features_do_not_win() {
    let (data_sets, mut wins): (u64, u64) = (600, 0);
    for case in 0..data_sets {
        let mut rng = generator("noise features", case);
        let one = |i: usize| -> Measurement {
            let [x, a, b, c] = std::array::from_fn(|_| normal(&mut rng));
            let rate = x + 0.3 * normal(&mut rng);
            with(measurement("planted", &format!("chain:{i}"), vec![rate]), &[("x", x), ("u1", a), ("u2", b), ("u3", c)])
        };
        let settings = ScoreSettings { replicates: 99, repeats: 1, seed: case, ..ScoreSettings::default() };
        let set = set((1..=24).map(one).collect(), settings);
        let group = &set.groups()[0];
        if case < 50 {
            let rms = |law: &ParametricLaw| set.score(group, law).unwrap().rms.value;
            assert!(rms(&NOISE_FEATURES) <= rms(&READS_X), "more parameters fit no worse");
        }
        let (plain, noise) = (set.held_out(group, &READS_X).unwrap(), set.held_out(group, &NOISE_FEATURES).unwrap());
        assert_eq!((plain.theta.len(), noise.theta.len()), (0, 3));
        wins += u64::from(noise.rms.value < plain.rms.value);
    }
    println!("noise features win {wins} of {data_sets}");
    let allowed = largest_count(data_sets, 0.15);
    assert!(Binomial::new(1.0 / 3.0, data_sets).unwrap().cdf(allowed) < 1e-5, "the test has its stated power");
    assert!(wins <= allowed, "noise features win {wins} of {data_sets}");
}

/// Without noise a fit finds the planted parameters.
#[test]
fn planted_parameters_are_found() {
    let list = architectures();
    for (id, theta) in [
        ("self-and-cross", vec![-1.2]),
        ("two-limits", vec![0.3]),
        ("geometric", vec![0.35]),
        ("weighted-power", vec![1.3]),
        ("weighted-and-kernel", vec![0.7, -0.4]),
        ("features-power", vec![0.6, 0.25, 0.4]),
    ] {
        let law = ParametricLaw::find(id).unwrap();
        let rate = |text: &String| {
            let case = MeasuredNetwork::new(measurement("plan", text, vec![0.0]), false).unwrap();
            law.ln_rate(case.features(), &theta).unwrap() - 2.5
        };
        let set =
            set(list.iter().map(|text| measurement("planted", text, vec![rate(text)])).collect(), ScoreSettings::default());
        let score = set.score(&set.groups()[0], &law).unwrap();
        // The search stops at steps of 1e-5 of a range of at most 15.
        for (found, wanted) in score.theta.iter().zip(&theta) {
            assert!((found - wanted).abs() < 5e-3, "{id}: {:?} for {theta:?}", score.theta);
        }
        assert!((score.constant + 2.5).abs() < 1e-2 && score.rms.value < 1e-3, "{id}: {score:?}");
    }
}

/// Chains of 1 to 12 with rates L^(−3/2): the paper's law transfers exactly, and one of half its exponent is off on the
/// larger half by 0.75 (ln L − mean ln L of 1..6).
#[test]
fn transfer_without_refitting() {
    const HALF: ParametricLaw = ParametricLaw {
        id: "half",
        formula: "paper^(1/2)",
        hypotheses: "wrong",
        parameters: &[],
        predict: Predict::Formula(|features, _| Ok(-0.25 * features.input().paths().ln_shifted_cubes(0))),
    };
    let ln = |depth: i32| f64::from(depth).ln();
    let rates = (1..=12).map(|depth| measurement("depth", &format!("chain:{depth}"), vec![-1.5 * ln(depth)])).collect();
    let set = set(rates, ScoreSettings::default());
    let group = &set.groups()[0];
    let right = set.transfer(group, &ParametricLaw::find("paper").unwrap()).unwrap();
    assert_eq!((right.small, right.large), (6, 6));
    assert!(right.rms.value < 1e-12 && right.bias.value.abs() < 1e-12);
    let wrong = set.transfer(group, &HALF).unwrap();
    let small = (1..=6).map(ln).sum::<f64>() / 6.0;
    let deviations: Vec<f64> = (7..=12).map(|depth| -0.75 * (ln(depth) - small)).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / 6.0;
    let rms = mean(&deviations.iter().map(|one| one * one).collect::<Vec<_>>()).sqrt();
    assert!((wrong.bias.value - mean(&deviations)).abs() < 1e-12 && (wrong.rms.value - rms).abs() < 1e-12, "{wrong:?}");
}

/// A report says whether its networks tell the recommended law from one rate for all, by the interval of the difference of
/// their misses.
#[test]
fn a_report_says_what_its_networks_can_tell() {
    let list = architectures();
    let law = ParametricLaw::find("output-kernel").unwrap();
    let truth = predictions(&law, &list);
    // `sway` is added to every other network in the order of the law's predictions, and taken from the others.
    let judged = |count: usize, weight: f64, noise: f64, sway: f64| {
        let mut rng = generator("telling", count as u64);
        let mut rates = |x: f64| {
            let rank = truth.iter().filter(|other| **other < x).count();
            let mean = weight * x + if rank % 2 == 0 { sway } else { -sway };
            (0..2).map(|_| mean + noise * normal(&mut rng)).collect()
        };
        let all = list.iter().zip(&truth).take(count).map(|(text, x)| measurement("planted", text, rates(*x))).collect();
        let set = set(all, ScoreSettings { replicates: 499, ..ScoreSettings::default() });
        set.report(&[law]).groups.remove(0)
    };
    let group = judged(30, 1.0, 0.1, 0.0);
    let distinction = group.distinction.clone().unwrap();
    let rms = group.laws[0].score.as_ref().unwrap().rms.value - group.one_rate.unwrap().rms.value;
    assert!((distinction.difference.value - rms).abs() < 1e-12 && rms < 0.0, "{distinction:?}");
    assert_eq!((distinction.is_better(), distinction.networks_needed), (Some(true), None));
    let sentence = distinction.sentence(&group);
    assert!(
        sentence.starts_with("These 30 networks of 2 seeds tell: law output-kernel misses by less than one rate"),
        "{sentence}"
    );
    // The same order of networks at a tenth of the spread: the law overstates, and one rate does better.
    let group = judged(30, 0.1, 0.02, 0.0);
    let distinction = group.distinction.clone().unwrap();
    assert!(distinction.difference.value > 0.0 && distinction.is_better() == Some(false), "{distinction:?}");
    assert!(distinction.sentence(&group).contains("one rate for all misses by less than law output-kernel"));
    // At half the spread the law and one rate miss alike, up to what sways with the order: too close for thirty networks.
    let group = judged(30, 0.5, 0.0, 0.3);
    let distinction = group.distinction.clone().unwrap();
    let (low, high) = distinction.difference.interval.unwrap();
    assert!(low < 0.0 && high > 0.0 && distinction.is_better().is_none(), "{distinction:?}");
    let d = distinction.difference.value;
    let reach = if d < 0.0 { high } else { low };
    assert!((distinction.networks_needed.unwrap() / (30.0 * ((reach - d) / d).powi(2)) - 1.0).abs() < 1e-12);
    let sentence = distinction.sentence(&group);
    assert!(
        sentence.contains("cannot tell law output-kernel") && sentence.contains(&format!("[{low:.2}, {high:.2}]")),
        "{sentence}"
    );
    // Below eight architectures there are no intervals.
    let group = judged(6, 1.0, 0.1, 0.0);
    let distinction = group.distinction.clone().unwrap();
    assert!(distinction.is_better().is_none() && distinction.sentence(&group).contains("intervals need 8 architectures"));
    let page = set(vec![measurement("planted", "chain:1", vec![0.0, 0.1])], ScoreSettings::default()).report(&[law]);
    assert_eq!(page.groups[0].distinction, None);
}
