//! MNIST-1D against the exact moments of the published recipe.
//!
//! False alarm of this file: at most 8.1e-9 (27 decisions at 3e-10).
//!
//! The references are exact: expectations over class, padding and shift by enumeration (10 · 25 · 48 cases) of the published
//! recipe in numpy and scipy, over amplitude, noises and ramp in closed form. 40 000 series drawn with the published code agree
//! with all of them (32 statistics, largest |z| 2.99, median 0.8). 100 000 series here: margin 10 % of the mean
//! square (of its root for means), power 0.999.

use archscale_data::{Dataset, Distortion, Mnist1d};
use archscale_stats::{Decision, Moments, Outcome, Plan, decide_at_scale};

const FALSE_ALARM: f64 = 3e-10;

const SAMPLES: usize = 100_000;

type Series = (u8, [f64; 40]);

/// Name, statistic of one series (none for series of other classes), exact expectation.
type Check = (String, Box<dyn Fn(&Series) -> Option<f64>>, f64);

/// Mean square of a series, exact: the scale of every margin but those of means.
const MEAN_SQUARE: f64 = 0.023966884643747553;

fn checks() -> Vec<Check> {
    let lagged =
        |lag: usize| move |(_, x): &Series| Some((lag..40).map(|j| x[j] * x[j - lag]).sum::<f64>() / (40 - lag) as f64);
    let mut list: Vec<Check> = vec![
        ("mean square".into(), Box::new(lagged(0)), MEAN_SQUARE),
        ("lag 1".into(), Box::new(lagged(1)), 0.01956364015650996),
        ("lag 2".into(), Box::new(lagged(2)), 0.012844317830600497),
        ("lag 5".into(), Box::new(lagged(5)), 0.004833206863600677),
        ("lag 10".into(), Box::new(lagged(10)), 0.0015383588099917224),
    ];
    for (at, exact) in
        [(0, 0.02885997751725184), (10, 0.027517999896561257), (20, 0.024333326454200145), (39, 0.029216173847406192)]
    {
        list.push((format!("square at {at}"), Box::new(move |(_, x): &Series| Some(x[at] * x[at])), exact));
    }
    let squares = [
        0.03833806244034864,
        0.018753950716290595,
        0.01687730581755742,
        0.025915432301230695,
        0.019544084619703226,
        0.016846548166692343,
        0.038338059792648024,
        0.01875395155852968,
        0.025915430496512393,
        0.020386020527962505,
    ];
    for (class, exact) in squares.into_iter().enumerate() {
        let square = move |(label, x): &Series| {
            (usize::from(*label) == class).then(|| x.iter().map(|value| value * value).sum::<f64>() / 40.0)
        };
        list.push((format!("mean square of class {class}"), Box::new(square), exact));
    }
    let means = [
        (0, 0.06538303231907061),
        (1, -0.02077892283141801),
        (3, 0.044593637713767995),
        (4, -0.02479033554902007),
        (5, -0.007059472448026033),
        (9, -0.028515288302512837),
    ];
    for (class, exact) in means {
        let mean = move |(label, x): &Series| (usize::from(*label) == class).then(|| x.iter().sum::<f64>() / 40.0);
        list.push((format!("mean of class {class}"), Box::new(mean), exact));
    }
    list.push(("mean at 10".into(), Box::new(|(_, x): &Series| Some(x[10])), -0.009185496434209281));
    list.push(("mean at 20".into(), Box::new(|(_, x): &Series| Some(x[20])), -0.00918549643420928));
    list
}

fn decisions(distortion: Distortion, seed: u64) -> Vec<(String, Decision)> {
    let series = Mnist1d { samples: SAMPLES, seed, distortion }.series().unwrap();
    let plan = Plan::new(FALSE_ALARM, 0.999, 0.1).unwrap();
    checks()
        .into_iter()
        .map(|(name, statistic, exact)| {
            let values: Vec<f64> = series.iter().filter_map(statistic).collect();
            // Means cancel: their margin is relative to the root of the mean square.
            let scale =
                if name.starts_with("mean of") || name.starts_with("mean at") { MEAN_SQUARE.sqrt() } else { MEAN_SQUARE };
            let decision = decide_at_scale(&Moments::from_slice(&values), exact, scale, &plan);
            (name, decision)
        })
        .collect()
}

#[test]
fn moments_of_the_published_recipe() {
    let found = decisions(Distortion::default(), 1);
    assert_eq!(found.len(), 27);
    for (name, decision) in found {
        assert_eq!(decision.outcome, Outcome::Supported, "{name}: {decision:?}");
    }
}

#[test]
fn other_recipes_are_rejected() {
    let published = Distortion::default();
    for (what, twin) in [
        ("shorter paddings", Distortion { padding: (36, 54), ..published }),
        ("a wider amplitude", Distortion { scale: 0.8, ..published }),
        ("smaller shifts", Distortion { translation: 40, ..published }),
        ("more correlated noise", Distortion { correlated_noise: 0.27, ..published }),
        ("more independent noise", Distortion { noise: 0.04, ..published }),
        ("less shear", Distortion { shear: 0.7, ..published }),
    ] {
        let refuted = decisions(twin, 2).iter().filter(|(_, decision)| decision.outcome == Outcome::Refuted).count();
        assert!(refuted > 0, "{what} passed for the published recipe");
    }
}

#[test]
fn the_set_is_standardised_shuffled_and_reproducible() {
    let data = Dataset::parse("mnist1d").unwrap();
    assert_eq!((data.len(), data.features(), data.class_counts()), (5000, 40, vec![500; 10]));
    let count = data.inputs().len() as f64;
    let mean = data.inputs().iter().map(|value| f64::from(*value)).sum::<f64>() / count;
    let variance = data.inputs().iter().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>() / count;
    // Rounding to single precision moves each number by less than 1e-6.
    assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-5);
    let (train, test) = data.split_at(4000).unwrap();
    // Shuffled: a class sorted set would have none of class 9 to train on.
    assert!(train.class_counts().iter().chain(&test.class_counts()).all(|count| *count > 50));
    assert_eq!(Dataset::parse("mnist1d:seed=42").unwrap(), data);
    assert_ne!(Dataset::parse("mnist1d:seed=43").unwrap().digest(), data.digest());
}

#[test]
fn impossible_recipes() {
    let published = Distortion::default();
    let build = |samples, distortion| Mnist1d { samples, seed: 1, distortion }.dataset();
    for (result, word) in [
        (build(0, published), "0 samples"),
        (build(15, published), "15 samples"),
        (build(10, Distortion { padding: (9, 8), ..published }), "padding (9, 8)"),
        (build(10, Distortion { translation: 0, ..published }), "translation 0"),
        (build(10, Distortion { translation: 73, ..published }), "translation 73"),
        (build(10, Distortion { shear: f64::NAN, ..published }), "strength NaN"),
        (build(10, Distortion { noise: -1.0, ..published }), "strength -1"),
    ] {
        let message = result.unwrap_err().to_string();
        assert!(message.contains(word), "{message}");
    }
}
