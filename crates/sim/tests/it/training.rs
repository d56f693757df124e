//! Several true gradient steps, dense and lazy.
//!
//! False alarm of this file: at most 2e-9 (20 assertions at 1e-10).
use archscale_model::{Architecture, ConvNetwork, InitRule, Lowering, Program};
use archscale_sim::{Settings, SimError, StreamKey, Training, Weights, gradient_step, training_steps};
use archscale_stats::{Moments, Outcome, Plan, decide_difference};

fn chain(text: &str) -> Program {
    Architecture::parse(text).unwrap().graph().lower(InitRule::Target).unwrap()
}

fn settings(method: Weights, width: usize, samples: u64, case: &str) -> Settings {
    Settings { method, ..Settings::new(width, samples, StreamKey::new("sim training", format!("{case} {method}"), 1)) }
}

fn train(program: &Program, settings: &Settings, eta: f64, steps: usize) -> Training {
    training_steps(program, settings, eta, steps, &|_| ()).unwrap()
}

/// The first step is `gradient_step`'s: the same networks move as far, to rounding.
#[test]
fn the_first_step_is_the_gradient_step() {
    let images = ConvNetwork::parse("conv:depth=2,kernel=3,size=4,padding=zero,readout=gap,input=iid").unwrap();
    let images = images.lower(&Lowering::new(InitRule::Target)).unwrap();
    for program in [chain("complete:3"), images] {
        for method in [Weights::Dense, Weights::Lazy] {
            let (settings, eta) = (settings(method, 9, 500, "first"), 0.05);
            let step = gradient_step(&program, &settings, eta, &|_| ()).unwrap();
            let training = train(&program, &settings, eta, 2);
            assert_eq!((training.method, training.steps.len()), (method, 2));
            for (step, drift) in step.nodes.iter().zip(&training.steps[0].nodes) {
                let expected = eta * eta * step.squared_quotient.mean();
                assert!(expected > 0.0 && (drift.from_start.mean() / expected - 1.0).abs() < 1e-9, "{method}");
                assert_eq!(drift.from_start, drift.from_previous);
            }
            assert!(training.steps[1].nodes.iter().all(|drift| drift.from_start != drift.from_previous));
        }
    }
}

/// At width 1 a chain of one hidden vertex is f = w · max(v x, 0): the steps on v by hand.
#[test]
fn steps_of_one_weight_by_hand() {
    let (program, eta) = (chain("chain:1"), 0.3);
    for method in [Weights::Dense, Weights::Lazy] {
        let mut alive = 0;
        for seed in 1..20 {
            let settings = settings(method, 1, 1, &format!("by hand {seed}"));
            let training = train(&program, &settings, eta, 3);
            let batch = archscale_sim::block(&program, &settings, 0).unwrap();
            let scalar = |x: &candle_core::Tensor| x.flatten_all().unwrap().to_vec1::<f64>().unwrap()[0];
            let (x, w) = (scalar(batch.value(0)), scalar(&batch.draw_readout(&settings.key, 0).unwrap()[0]));
            let start = scalar(batch.value(program.nodes()[0].op)) / x;
            if start <= 0.0 {
                continue;
            }
            alive += 1;
            // The label is ±1; the first residual tells which.
            let f = w * start * x;
            let y = if (training.initial_residual.mean() - (f - 1.0).powi(2)).abs() < 1e-12 { 1.0 } else { -1.0 };
            let mut v = start;
            for step in &training.steps {
                let before = v;
                v -= eta * (w * (v * x).max(0.0) - y) * w * x * f64::from(u8::from(v > 0.0));
                let close =
                    |moments: &Moments, expected: f64| assert!((moments.mean() - expected).abs() < 1e-12 * (1.0 + expected));
                close(&step.nodes[0].from_start, ((v - start) * x).powi(2));
                close(&step.nodes[0].from_previous, ((v - before) * x).powi(2));
                close(&step.squared_residual, (w * (v * x).max(0.0) - y).powi(2));
            }
        }
        assert!(alive > 4);
    }
}

/// Dense and lazy networks drift alike over four steps at n = 24: 20 decisions at 1e-10, with a margin of 15 % and a power of 0.99.
#[test]
fn dense_and_lazy_networks_drift_alike() {
    let (program, plan) = (chain("chain:2"), Plan::new(1e-10, 0.99, 0.15).unwrap());
    let [dense, lazy] =
        [Weights::Dense, Weights::Lazy].map(|method| train(&program, &settings(method, 24, 60_000, "drift"), 0.1, 4));
    let mut compared = 0;
    for (dense, lazy) in dense.steps.iter().zip(&lazy.steps) {
        assert_eq!((dense.diverged, lazy.diverged), (0, 0));
        let mut pairs = vec![(&lazy.squared_residual, &dense.squared_residual)];
        for (lazy, dense) in lazy.nodes.iter().zip(&dense.nodes) {
            pairs.push((&lazy.from_start, &dense.from_start));
            pairs.push((&lazy.from_previous, &dense.from_previous));
        }
        for (lazy, dense) in pairs {
            let decision = decide_difference(lazy, dense, &plan);
            assert_eq!(decision.outcome, Outcome::Supported, "{decision:?}");
            compared += 1;
        }
    }
    assert_eq!(compared, 20);
}

/// A small rate brings the loss down at every step; a large one makes networks diverge, who are counted, never uncounted, and leave no
/// number behind that is not finite.
#[test]
fn small_rates_learn_and_large_ones_diverge() {
    let program = chain("chain:3");
    let wide = settings(Weights::Lazy, 4096, 8, "learn");
    let training = train(&program, &wide, 0.05, 6);
    let mut last = training.initial_residual.mean();
    for step in &training.steps {
        assert!(step.squared_residual.mean() < last && step.diverged == 0);
        last = step.squared_residual.mean();
    }
    let training = train(&program, &settings(Weights::Lazy, 64, 400, "diverge"), 30.0, 12);
    let mut last = 0;
    for step in &training.steps {
        assert!(step.diverged >= last);
        last = step.diverged;
        assert_eq!(step.squared_residual.count(), 400 - step.diverged);
        assert_eq!(step.nodes.iter().map(|drift| drift.from_start.non_finite()).sum::<u64>(), 0);
    }
    assert!(last > 20, "{last} networks diverged");
}

#[test]
fn runs_out_of_domain_are_refused() {
    let program = chain("chain:1");
    let run =
        |eta, steps| training_steps(&program, &settings(Weights::Dense, 4, 3, "bad"), eta, steps, &|_| ()).unwrap_err();
    for (eta, steps, name) in [(0.0, 1, "eta"), (f64::NAN, 1, "eta"), (0.1, 0, "steps")] {
        assert!(matches!(run(eta, steps), SimError::Setting(refusal) if refusal.place == name));
    }
}
