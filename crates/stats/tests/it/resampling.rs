//! Bootstrap intervals: hand arithmetic, groups, pairing, coverage.

use archscale_stats::{Groups, LEAST_GROUPS, Resamples, Statistic, Stream};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Exp1, StandardNormal};

fn name(number: u64) -> Stream {
    Stream::new("test resampling", 1).number(number)
}

#[test]
fn an_interval_of_a_mean_is_as_wide_as_the_error_says() {
    let values: Vec<f64> = (0..40).map(|k| f64::from(k) / 39.0).collect();
    let found = Resamples::new(&Groups::single(40), 3999, &name(0)).mean(0.95, &values).unwrap();
    let (low, high) = found.interval.unwrap();
    // A standard error of 0.0468 and 39 degrees of freedom: half-width 2.02 of them, up to the resampling.
    assert!((found.value - 0.5).abs() < 1e-12);
    assert!((0.5 * (high - low) - 2.02 * 0.0468).abs() < 0.01, "{low} {high}");
    assert!(low < 0.5 && high > 0.5);
}

#[test]
fn what_has_no_interval() {
    let few = Resamples::new(&Groups::single(LEAST_GROUPS - 1), 199, &name(1));
    assert_eq!(few.mean(0.95, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]).unwrap().interval, None);
    assert_eq!(few.percentile(0.95, |_| Some(1.0)), None);
    let resamples = Resamples::new(&Groups::single(10), 199, &name(1));
    // Equal values have no spread, and no statistic has no interval.
    let equal = resamples.mean(0.95, &[2.0; 10]).unwrap();
    assert_eq!((equal.value, equal.interval), (2.0, None));
    assert_eq!(resamples.estimate(0.95, |_| None), None);
    // One replicate in a hundred may lack a value, not one in three: (9/10)¹⁰ = 35 % of them lack the first member.
    assert_eq!(resamples.percentile(0.95, |draw| draw.contains(&0).then_some(1.0)), None);
    assert_eq!(resamples.mean(0.95, &[1.0; 3]), None);
    assert_eq!(Resamples::new(&Groups::single(0), 99, &name(1)).mean(0.95, &[]), None);
}

#[test]
fn members_of_a_group_are_drawn_together() {
    let groups = Groups::new(&[7, 3, 7, 3, 9, 1, 2, 4, 5, 6]);
    assert_eq!(groups.len(), 8);
    let resamples = Resamples::new(&groups, 99, &name(2));
    assert_eq!(resamples.sample(), [5, 6, 1, 3, 7, 8, 9, 0, 2, 4]);
    let together = |draw: &[usize]| {
        let count = |member: usize| draw.iter().filter(|&&one| one == member).count();
        Some(f64::from(u8::from(count(0) == count(2) && count(1) == count(3))))
    };
    assert_eq!(resamples.percentile(0.98, together), Some((1.0, 1.0)));
}

/// Copies of every member, drawn with it, are no further evidence: the interval of the mean stays.
#[test]
fn copies_in_a_group_do_not_narrow_an_interval() {
    let values: Vec<f64> = (0..20).map(|k| f64::from(k * 7 % 20)).collect();
    let alone = Resamples::new(&Groups::single(20), 499, &name(3)).mean(0.9, &values).unwrap();
    let group_of: Vec<usize> = (0..60).map(|member| member / 3).collect();
    let copies: Vec<f64> = group_of.iter().map(|&group| values[group]).collect();
    let copied = Resamples::new(&Groups::new(&group_of), 499, &name(3)).mean(0.9, &copies).unwrap();
    let ((a, b), (c, d)) = (alone.interval.unwrap(), copied.interval.unwrap());
    assert!((a - c).abs() < 1e-9 && (b - d).abs() < 1e-9, "{a} {b}, {c} {d}");
}

/// Two statistics of one sample meet the same draws, so their difference has no spread where they differ by a constant.
#[test]
fn draws_are_paired() {
    let values: Vec<f64> = (0..20).map(f64::from).collect();
    let resamples = Resamples::new(&Groups::single(20), 199, &name(4));
    let mean = |draw: &[usize], shift: f64| draw.iter().map(|&place| values[place] + shift).sum::<f64>() / draw.len() as f64;
    let (low, high) = resamples.percentile(0.9, |draw| Some(mean(draw, 5.0) - mean(draw, 0.0))).unwrap();
    assert!((low - 5.0).abs() < 1e-12 && (high - 5.0).abs() < 1e-12);
    let again = Resamples::new(&Groups::single(20), 199, &name(4));
    assert_eq!(resamples.percentile(0.9, |draw| Some(mean(draw, 0.0))), again.percentile(0.9, |draw| Some(mean(draw, 0.0))));
}

/// How often intervals of level 0.9 cover the mean of a law, over 400 samples of 20. A share that truly is p lies within 4½
/// standard errors, 0.0675 at p = 0.9, except with probability 7e-6.
fn coverage(draw: fn(&mut ChaCha8Rng) -> f64, mean: f64, which: u64) -> (f64, f64) {
    let (mut studentised, mut percentile) = (0.0, 0.0);
    for trial in 0..400 {
        let mut rng = name(which).rng(trial);
        let values: Vec<f64> = (0..20).map(|_| draw(&mut rng)).collect();
        let resamples = Resamples::new(&Groups::single(20), 199, &name(which).number(trial));
        let covers = |(low, high): (f64, f64)| f64::from(u8::from(low <= mean && mean <= high)) / 400.0;
        studentised += covers(resamples.studentised(0.9, |draw| Statistic::mean(&values, draw)).unwrap());
        percentile += covers(resamples.percentile(0.9, |draw| Some(Statistic::mean(&values, draw)?.value)).unwrap());
    }
    (studentised, percentile)
}

#[test]
fn intervals_cover_as_often_as_they_say() {
    let (studentised, percentile) = coverage(|rng| 3.0 + rng.sample::<f64, _>(StandardNormal), 3.0, 5);
    assert!((studentised - 0.9).abs() < 0.0675, "{studentised}");
    // Percentiles have no Student's law: of 20 normal values they cover like ±1.60 of √(19/20) standard errors, 0.873.
    assert!((percentile - 0.873).abs() < 0.075, "{percentile}");
    // Of a skewed law the studentised interval covers more often than the percentiles.
    let (studentised, percentile) = coverage(|rng| rng.sample(Exp1), 1.0, 6);
    assert!((studentised - 0.9).abs() < 0.0675 && studentised > percentile, "{studentised} {percentile}");
}
