//! The search for the largest learning rate at which several steps stay bounded.
use archscale_model::{Architecture, InitRule, Program};
use archscale_sim::{Bound, Breach, Settings, SimError, StreamKey, Weights, largest_rates, training_steps};

fn chain(text: &str) -> Program {
    Architecture::parse(text).unwrap().graph().lower(InitRule::Target).unwrap()
}

fn settings(method: Weights, width: usize, samples: u64) -> Settings {
    Settings { method, ..Settings::new(width, samples, StreamKey::new("sim largest", "case", 1)) }
}

/// What a search is run on is what `training_steps` gives on the group's own networks.
#[test]
fn the_two_rates_enclose_the_crossing() {
    for (text, method, bound, start) in [
        ("chain:3", Weights::Lazy, Bound { steps: 3, movement: 0.5 }, 10.0),
        ("complete:3", Weights::Dense, Bound { steps: 2, movement: 1.0 }, 1e-3),
        ("chain:2", Weights::Dense, Bound { steps: 4, movement: f64::INFINITY }, 0.01),
    ] {
        let (program, settings) = (chain(text), settings(method, 40, 6));
        let found = largest_rates(&program, &settings, bound, start, 3, &|_| ()).unwrap();
        assert_eq!(found.len(), 3);
        for (group, found) in found.iter().enumerate() {
            let key = StreamKey::new("sim largest", format!("case group {group}"), 1);
            let training = |eta: f64| {
                let settings = Settings { key: key.clone(), ..settings.clone() };
                training_steps(&program, &settings, eta, bound.steps, &|_| ()).unwrap()
            };
            assert_eq!(bound.breach(&training(found.bounded)), None);
            assert_eq!(bound.breach(&training(found.unbounded)), Some(found.breach));
            assert!(
                found.unbounded / found.bounded <= 1.01 && found.bounded < found.rate() && found.rate() < found.unbounded
            );
            assert_eq!(found.method, method);
            assert!(bound.movement.is_finite() || found.breach != Breach::Movement);
        }
        assert_ne!(found[0].rate(), found[1].rate(), "groups are independent");
    }
}

/// With one hidden vertex the input does not move, so the first step's change is η² times its value at η = 1, at every η.
#[test]
fn one_layer_by_scaling() {
    let (program, settings) = (chain("chain:1"), settings(Weights::Dense, 20, 10));
    let found = largest_rates(&program, &settings, Bound { steps: 1, movement: 0.2 }, 0.3, 1, &|_| ()).unwrap()[0];
    let key = StreamKey::new("sim largest", "case group 0", 1);
    let unit = training_steps(&program, &Settings { key, ..settings }, 1.0, 1, &|_| ()).unwrap();
    let exact = (0.2 / unit.steps[0].nodes[0].from_start.mean()).sqrt();
    assert_eq!(found.breach, Breach::Movement);
    assert!(found.bounded <= exact && exact <= found.unbounded, "{exact} in {found:?}");
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let program = chain("chain:2");
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let bound = Bound { steps: 2, movement: 1.0 };
        pool.install(|| largest_rates(&program, &settings(Weights::Lazy, 64, 5), bound, 0.5, 4, &|_| ()).unwrap())
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn what_cannot_be_searched_is_refused() {
    let program = chain("chain:2");
    let search =
        |bound, start, groups| largest_rates(&program, &settings(Weights::Dense, 8, 2), bound, start, groups, &|_| ());
    let good = Bound { steps: 1, movement: 1.0 };
    let setting = |result: Result<_, SimError>| match result {
        Err(SimError::Setting(refusal)) => refusal.place.into_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(setting(search(Bound { steps: 0, ..good }, 1.0, 1)), "steps");
    for movement in [0.0, -1.0, f64::NAN] {
        assert_eq!(setting(search(Bound { movement, ..good }, 1.0, 1)), "movement");
    }
    for start in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(setting(search(good, start, 1)), "the first learning rate tried");
    }
    assert_eq!(setting(search(good, 1.0, 0)), "groups");
}
