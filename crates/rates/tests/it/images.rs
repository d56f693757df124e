//! Scores on networks of convolutions and of trained stems.
//!
//! False alarm of this file: at most 0 (every planted rate is exact).

use crate::common::{measurement, set, with};
use archscale_rates::{MeasuredNetwork, Measurement, ParametricLaw, RatesError, ScoreSettings, TrainedStem};

/// ln η of a law on one text.
fn ln_rate(id: &str, text: &str, theta: &[f64]) -> f64 {
    let case = MeasuredNetwork::new(measurement("plan", text, vec![0.0]), false).unwrap();
    ParametricLaw::find(id).unwrap().ln_rate(case.features(), theta).unwrap()
}

fn close(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-12, "found {found}, wanted {wanted}");
}

/// Chains of depth 1 to 4 and one complete graph, kernels 1, 3 and 5, on a torus of two dimensions.
fn convolutions() -> Vec<String> {
    let nets = ["chain:1", "chain:2", "chain:3", "chain:4", "complete:3"];
    let of = |net| [1, 3, 5].map(|kernel| format!("conv:kernel={kernel},dims=2,size=5,net={net}"));
    nets.into_iter().flat_map(of).collect()
}

/// chain:3 has ΣL³ = 27 and Σwp = 1; a 3×3 kernel has q = 9 taps and side 3.
#[test]
fn factors_of_the_kernel_by_hand() {
    let text = "conv:depth=3,kernel=3,dims=2,size=5";
    let (paths, nine, three) = (-0.5 * 27.0_f64.ln(), 9.0_f64.ln(), 3.0_f64.ln());
    close(ln_rate("paper", text, &[]), paths - nine);
    close(ln_rate("paper-kernel-size", text, &[]), paths - 0.5 * nine);
    close(ln_rate("paper-side", text, &[]), paths - three);
    close(ln_rate("weighted-paths", text, &[]), paths - nine);
    close(ln_rate("weighted-root-taps", text, &[]), paths - 0.5 * nine);
    close(ln_rate("weighted-side", text, &[]), paths - three);
    close(ln_rate("weighted-taps-power", text, &[0.25]), paths - 0.25 * nine);
    close(ln_rate("weighted-power", text, &[1.0]), ln_rate("weighted-paths", text, &[]));
    // Side and taps are one number in one dimension, and 1 between vectors.
    let line = "conv:depth=3,kernel=3";
    close(ln_rate("paper-side", line, &[]), ln_rate("paper", line, &[]));
    for id in ["paper-kernel-size", "paper-side", "weighted-root-taps", "weighted-side"] {
        close(ln_rate(id, "chain:3", &[]), paths);
    }
    // The taps are those of the network, whatever a covariate says.
    let stated = with(measurement("g", text, vec![0.0]), &[("kernel_size", 25.0)]);
    let case = MeasuredNetwork::new(stated, false).unwrap();
    close(ParametricLaw::find("paper-kernel-size").unwrap().ln_rate(case.features(), &[]).unwrap(), paths - 0.5 * nine);
}

/// A constant input on a torus: the network is the dense one at rate q η, so v and κ/q, B/q² are those of the chain.
#[test]
fn vertices_of_a_constant_image_are_those_of_vectors() {
    let features = |text: &str| MeasuredNetwork::new(measurement("g", text, vec![0.0]), false).unwrap();
    let images = features("conv:depth=3,kernel=3,dims=2,size=5,input=constant");
    let vectors = features("chain:3");
    let q = 9.0;
    for (image, vector) in images.features().vertices().unwrap().iter().zip(vectors.features().vertices().unwrap()) {
        let near = |found: f64, wanted: f64| assert!((found / wanted - 1.0).abs() < 1e-9, "found {found}, wanted {wanted}");
        near(image.second_moment, vector.second_moment);
        near(image.kernel, q * vector.kernel);
        near(image.change, q * q * vector.change);
        assert_eq!(image.cross, None);
    }
    assert_eq!((images.features().hidden(), images.features().edges()), (3, 4));
    // The split of B is not known over images, and the law says so; exact-B and kernel are known.
    let rate = |id: &str| ParametricLaw::find(id).unwrap().ln_rate(images.features(), &[]);
    assert!(rate("exact-T").unwrap_err().to_string().contains("exact-B"), "{:?}", rate("exact-T"));
    assert!(rate("exact-B").is_ok() && rate("kernel").is_ok());
}

/// Rates planted by laws with a factor of the kernel: the planted one fits exactly, the others leave what they get wrong.
#[test]
fn a_planted_law_with_taps_wins() {
    let list = convolutions();
    let forms = ["weighted-paths", "weighted-root-taps", "weighted-side", "exact-B"];
    for planted in forms {
        let rates = list.iter().map(|text| measurement("planted", text, vec![ln_rate(planted, text, &[]) - 1.5])).collect();
        let set = set(rates, ScoreSettings { replicates: 99, ..ScoreSettings::default() });
        let group = &set.groups()[0];
        for id in forms {
            let score = set.score(group, &ParametricLaw::find(id).unwrap()).unwrap();
            let same = id == planted || (id, planted) == ("weighted-root-taps", "weighted-side");
            let same = same || (planted, id) == ("weighted-root-taps", "weighted-side");
            assert_eq!(score.networks, 15);
            // Side and root of the taps are one number in two dimensions.
            assert_eq!(score.rms.value < 1e-9, same, "{id} on {planted}: {}", score.rms.value);
            if same {
                assert!((score.slope.value - 1.0).abs() < 1e-9 && (score.constant + 1.5).abs() < 1e-9);
            }
        }
        // The law without the kernel: the taps' exponent held at 0.
        let open = set.score(group, &ParametricLaw::find("weighted-taps-power").unwrap()).unwrap();
        if planted != "exact-B" {
            let exponent = if planted == "weighted-paths" { 1.0 } else { 0.5 };
            assert!((open.theta[0] - exponent).abs() < 1e-3 && open.rms.value < 1e-3, "{planted}: {open:?}");
        }
        let without = set.score(group, &WITHOUT).unwrap();
        assert!(without.rms.value > 0.5 && without.correlation.value < 0.9, "{planted}: {without:?}");
    }
}

/// weighted-paths as if every kernel had one tap.
const WITHOUT: ParametricLaw = ParametricLaw {
    id: "without-taps",
    formula: "(Σ_p w_p L_p³ / Σ_p w_p)^(−1/2)",
    hypotheses: "wrong",
    parameters: &[],
    predict: archscale_rates::Predict::Formula(|features, _| {
        let paths = features.input().paths();
        Ok(-0.5 * (paths.weighted_sum_cubed() / paths.total_weight()).ln())
    }),
};

/// Kernels of two sides on one graph are two architectures; one network written in two ways is one.
#[test]
fn architectures_of_images_are_told_apart() {
    let rates = [1, 3, 5].map(|kernel| measurement("g", &format!("conv:depth=2,kernel={kernel}"), vec![-f64::from(kernel)]));
    let set = set(rates.to_vec(), ScoreSettings::default());
    assert_eq!(set.score(&set.groups()[0], &ParametricLaw::find("paper").unwrap()).unwrap().networks, 3);
    let twice = ["conv:depth=2", "conv:kernel=3,net=edges:0-1,1-2,2-3"].map(|text| measurement("g", text, vec![0.0]));
    let opened = archscale_rates::EvaluationSet::new(twice.to_vec(), ScoreSettings::default());
    assert!(matches!(opened, Err(RatesError::Duplicate { .. })));
}

fn stem(text: &str, value: f64) -> Measurement {
    Measurement { stem: Some(TrainedStem::new(value)), ..measurement("stem", text, vec![0.0]) }
}

/// With a trained stem a chain is judged as the longer chain, of vectors and of images, at a finite width too.
#[test]
fn a_trained_stem_makes_the_chain_longer() {
    for (short, long) in [("chain:3", "chain:4"), ("conv:depth=3,kernel=5", "conv:depth=4,kernel=5")] {
        for at_width in [false, true] {
            let case = |one: Measurement| MeasuredNetwork::new(one, at_width).unwrap();
            let (stemmed, longer) = (case(stem(short, 1.0)), case(measurement("g", long, vec![0.0])));
            let plain = case(stem(short, 0.0));
            assert_eq!(stemmed.features().vertices().unwrap(), longer.features().vertices().unwrap());
            assert_eq!(plain.features().hidden() + 1, stemmed.features().hidden());
            for law in ParametricLaw::all() {
                let rate = |case: &MeasuredNetwork| law.ln_rate(case.features(), &law.middle());
                assert_eq!(rate(&stemmed), rate(&longer), "{} on {short}", law.id);
            }
        }
    }
    assert!(TrainedStem::new(0.5).layer && !TrainedStem::new(0.49).layer);
    // The same graph with and without a stem are two networks.
    let mut list = vec![stem("chain:3", 1.0), stem("chain:3", 0.0), stem("chain:2", 0.0), stem("chain:5", 0.0)];
    assert!(archscale_rates::EvaluationSet::new(list.clone(), ScoreSettings::default()).is_ok());
    list.push(stem("stem:chain:3", 1.0));
    let message = archscale_rates::EvaluationSet::new(list, ScoreSettings::default()).unwrap_err().to_string();
    assert!(message.contains("a second stem"), "{message}");
}

/// Rates (L + 1)^(−3/2): with the stem told the paper's law has slope 1; untold its slope is that of ln (L + 1) on ln L.
#[test]
fn the_slope_is_that_of_the_longer_chain() {
    let depths = 1..=12;
    let ln = |depth: u32| f64::from(depth).ln();
    let judged = |told: f64| {
        let one = |depth: u32| {
            let mut one = stem(&format!("chain:{depth}"), told);
            one.log_rates = vec![-1.5 * ln(depth + 1)];
            one
        };
        let set = set(depths.clone().map(one).collect(), ScoreSettings { replicates: 99, ..ScoreSettings::default() });
        set.score(&set.groups()[0], &ParametricLaw::find("paper").unwrap()).unwrap()
    };
    let told = judged(1.0);
    assert!((told.slope.value - 1.0).abs() < 1e-9 && told.rms.value < 1e-9, "{told:?}");
    let mean = |of: &dyn Fn(u32) -> f64| depths.clone().map(of).sum::<f64>() / 12.0;
    let (x, y) = (mean(&ln), mean(&|depth| ln(depth + 1)));
    let slope = mean(&|depth| (ln(depth) - x) * (ln(depth + 1) - y)) / mean(&|depth| (ln(depth) - x).powi(2));
    let untold = judged(0.0);
    assert!((untold.slope.value - slope).abs() < 1e-9 && slope < 0.8 && untold.rms.value > 0.1, "{slope}: {untold:?}");
}
