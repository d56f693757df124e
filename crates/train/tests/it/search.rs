//! The search on functions whose answer is known.
use std::collections::HashSet;

use archscale_train::{Found, GridEnd, Member, Outcome, SearchPlan, TrainError, search};

/// Runs a search on `loss(ln η, seed)`, with `None` where training does not hold; no trial may run twice.
fn run(plan: &SearchPlan, loss: impl Fn(f64, u64) -> Option<f64>) -> Found {
    let mut seen = HashSet::new();
    let answer = |trials: &[Member]| -> Result<Vec<Outcome>, TrainError> {
        let each = |trial: &Member| {
            assert!(seen.insert((trial.learning_rate.to_bits(), trial.seed)), "{trial:?} was tried twice");
            let loss = loss(trial.learning_rate.ln(), trial.seed);
            Outcome { loss: loss.unwrap_or(f64::NAN), stable: loss.is_some() }
        };
        Ok(trials.iter().map(each).collect())
    };
    let found = search(plan, answer).unwrap();
    assert_eq!(found.trials.len(), seen.len());
    found
}

fn plan(seeds: &[u64]) -> SearchPlan {
    SearchPlan { seeds: seeds.to_vec(), ..SearchPlan::default() }
}

/// ln loss = curvature (ln η − at)², stable below `edge`.
fn parabola(curvature: f64, at: f64, edge: f64) -> impl Fn(f64, u64) -> Option<f64> {
    move |x, _| (x < edge).then(|| (curvature * (x - at).powi(2)).exp())
}

#[test]
fn a_parabola_gives_its_minimum_and_the_edge_its_bracket() {
    for (at, edge) in [(-2.0, 0.5), (-3.1, -1.0), (0.2, 0.9)] {
        for window in [1, 3] {
            let plan = SearchPlan { window, ..plan(&[1, 2]) };
            let found = run(&plan, parabola(0.3, at, edge));
            let rate = found.log_rate.unwrap();
            assert!((rate.mean - at).abs() < 1e-9, "{at}: {rate:?}");
            assert!((found.log_rate_of_mean.unwrap() - at).abs() < 1e-9);
            assert!(!found.is_at_an_end());
            for seed in &found.seeds {
                let bracket = seed.edge.unwrap();
                let (low, high) = (bracket.stable.ln(), bracket.unstable.unwrap().ln());
                assert!(low < edge && edge <= high, "{edge} outside {low} {high}");
                assert!(high - low <= plan.step() / 4.0 + 1e-9);
            }
            assert!((found.log_edge.unwrap().mean - edge).abs() <= plan.step() / 8.0 + 1e-9);
        }
    }
}

#[test]
fn an_optimum_beyond_the_grid_is_followed_within_limits() {
    let base = SearchPlan { lowest: 0.1, highest: 1.0, points: 8, ..plan(&[1]) };
    for (at, end) in [(-4.0, GridEnd::Lowest), (1.5, GridEnd::Highest)] {
        let found = run(&base, parabola(0.5, at, 9.0));
        assert!((found.log_rate.unwrap().mean - at).abs() < 1e-9 && !found.is_at_an_end());
        // All rates are stable: the grid grew to its limit for the edge, which is not bracketed, and says so.
        assert_eq!((found.seeds[0].edge.unwrap().unstable, found.log_edge), (None, None));
        let stuck = run(&SearchPlan { extensions: 0, ..base.clone() }, parabola(0.5, at, 9.0));
        assert_eq!((stuck.seeds[0].at_end, stuck.trials.len()), (Some(end), 8));
        let bound = if end == GridEnd::Lowest { 0.1f64.ln() } else { 0.0 };
        assert!((stuck.log_rate.unwrap().mean - bound).abs() < 1e-12);
    }
    // Without an interest in the edge the grid stays as it is.
    let found = run(&SearchPlan { edge_halvings: 0, ..base }, parabola(0.5, -1.0, 9.0));
    assert_eq!(found.trials.len(), 8);
}

/// ln loss = |x − at| with different slopes, whose parabola is biased: refinement narrows the error in proportion.
#[test]
fn refinement_narrows_the_error_of_a_curve_that_is_no_parabola() {
    let kink = |at: f64| move |x: f64, _: u64| Some((if x > at { 5.0 * (x - at) } else { at - x }).exp());
    let mut errors = [0.0f64; 2];
    for k in 0..20 {
        let at = -2.0 + 0.03 * f64::from(k);
        for (error, refinement) in errors.iter_mut().zip([0, 7]) {
            let plan = SearchPlan { refinement, edge_halvings: 0, ..plan(&[1]) };
            let found = run(&plan, kink(at));
            let off = (found.log_rate.unwrap().mean - at).abs();
            assert!(off <= plan.step(), "{off}");
            if refinement > 0 {
                // The best of the finer trials is at most a fine step from the kink, and the minimum stays beside it.
                assert!(off <= 2.0 * plan.step() / 8.0 + 1e-9, "{off}");
                assert_eq!(found.trials.len(), 28 + 14);
            }
            *error = error.max(off);
        }
    }
    assert!(errors[1] < 0.5 * errors[0], "{errors:?}");
}

/// A parabola through three points whose right one is unstable does not exist: the best trial stands, until the edge's own
/// halvings supply a stable neighbour.
#[test]
fn the_best_trial_stands_where_no_parabola_exists() {
    let wide = SearchPlan { edge_halvings: 0, ..plan(&[1]) };
    let at = wide.lowest.ln() + 20.3 * wide.step();
    let found = run(&wide, parabola(0.5, at, at + 0.1 * wide.step()));
    assert!((found.log_rate.unwrap().mean - (wide.lowest.ln() + 20.0 * wide.step())).abs() < 1e-9);
    let finer = run(&SearchPlan { refinement: 9, ..wide.clone() }, parabola(0.5, at, at + 0.1 * wide.step()));
    assert!((finer.log_rate.unwrap().mean - at).abs() < 1e-9);
}

#[test]
fn noise_is_averaged_by_a_wider_window() {
    // Deterministic waves of one part in a hundred on a flat curve.
    let noisy = |x: f64, _: u64| Some((0.05 * (x + 1.5).powi(2) + 0.01 * (37.0 * x).sin()).exp());
    let off = |window| {
        let plan = SearchPlan { window, edge_halvings: 0, ..plan(&[1]) };
        (run(&plan, noisy).log_rate.unwrap().mean + 1.5).abs()
    };
    assert!(off(8) < 0.2 && off(8) < off(1), "{} {}", off(8), off(1));
}

#[test]
fn seeds_give_an_interval_and_a_mean_curve() {
    let shift = [0.0, -0.1, 0.25, 0.4];
    let found =
        run(&plan(&[0, 1, 2, 3]), |x, seed| parabola(0.4, -2.0 + shift[seed as usize], 0.5 + shift[seed as usize])(x, seed));
    let rate = found.log_rate.unwrap();
    let mean = -2.0 + 0.55 / 4.0;
    assert!((rate.mean - mean).abs() < 1e-9);
    // Deviations −0.1375, −0.2375, 0.1125, 0.2625: Σ² = 0.156875; Student's quantile of three degrees of freedom is 3.18245.
    let error = (0.156_875f64 / 3.0 / 4.0).sqrt();
    assert!((rate.standard_error.unwrap() - error).abs() < 1e-9);
    assert!((rate.high.unwrap() - mean - 3.182_446_31 * error).abs() < 1e-7);
    assert!((rate.low.unwrap() - mean + 3.182_446_31 * error).abs() < 1e-7);
    // Parabolas of one curvature: their mean has its minimum at the mean.
    assert!((found.log_rate_of_mean.unwrap() - mean).abs() < 1e-9);
    let own: Vec<f64> = found.seeds.iter().map(|seed| seed.log_rate.unwrap() + 2.0).collect();
    assert!(own.iter().zip(shift).all(|(found, shift)| (found - shift).abs() < 1e-9));
    let ordered =
        found.trials.windows(2).all(|pair| (pair[0].seed, pair[0].learning_rate) < (pair[1].seed, pair[1].learning_rate));
    assert!(ordered);
}

#[test]
fn one_seed_that_never_holds_leaves_no_mean() {
    let found = run(&plan(&[1, 2]), |x, seed| if seed == 1 { parabola(0.3, -2.0, 0.5)(x, seed) } else { None });
    assert_eq!((found.log_rate, found.log_edge, found.log_rate_of_mean), (None, None, None));
    assert!((found.seeds[0].log_rate.unwrap() + 2.0).abs() < 1e-9);
    assert_eq!((found.seeds[1].log_rate, found.seeds[1].edge, found.seeds[1].at_end), (None, None, None));
    // The grid went down in search of a stable rate.
    assert!(found.trials[0].learning_rate < 1e-3 && found.trials.last().unwrap().loss.is_none());
}

#[test]
fn unstable_islands_below_the_best_rate_are_no_edge() {
    let found = run(&plan(&[1]), |x, seed| if x < -5.0 { None } else { parabola(0.3, -2.0, 0.5)(x, seed) });
    assert!((found.log_edge.unwrap().mean - 0.5).abs() < 0.04);
}

#[test]
fn losses_that_are_no_numbers_count_as_unstable_whatever_is_said() {
    let found = search(&plan(&[1]), |trials: &[Member]| {
        let outcome = |trial: &Member| {
            let x = trial.learning_rate.ln();
            Outcome { loss: if x < 0.5 { (x + 2.0).powi(2).exp() } else { f64::INFINITY }, stable: true }
        };
        Ok::<_, TrainError>(trials.iter().map(outcome).collect())
    });
    assert!((found.unwrap().log_edge.unwrap().mean - 0.5).abs() < 0.04);
}

#[test]
fn plans_out_of_their_domain_and_missing_answers_are_refused() {
    let base = plan(&[1, 2]);
    let wrong = [
        SearchPlan { lowest: 0.0, ..base.clone() },
        SearchPlan { lowest: 2.0, highest: 1.0, ..base.clone() },
        SearchPlan { highest: f64::INFINITY, ..base.clone() },
        SearchPlan { points: 2, ..base.clone() },
        SearchPlan { seeds: vec![], ..base.clone() },
        SearchPlan { seeds: vec![1, 1], ..base.clone() },
        SearchPlan { window: 0, ..base.clone() },
        SearchPlan { confidence: 1.0, ..base.clone() },
    ];
    for plan in wrong {
        let found = search(&plan, |_: &[Member]| -> Result<Vec<Outcome>, TrainError> { panic!("{plan:?} was run") });
        assert!(matches!(found, Err(TrainError::Setting(_))), "{plan:?}");
    }
    let short = search(&base, |_: &[Member]| Ok::<_, TrainError>(Vec::new()));
    assert!(short.unwrap_err().to_string().contains("0 for 56 trials"));
}
