//! Activations: known values, slopes against finite differences, texts, extremes, families of other crates.

use std::collections::HashSet;

use archscale_model::{Activation, ActivationFamily, Expr, ModelError, Parameter};

fn built_in() -> Vec<Activation> {
    let mut list: Vec<Activation> = ActivationFamily::BUILT_IN.iter().map(|family| Activation::of(family)).collect();
    list.extend([0.1, -0.5, 0.0, 2.0, 1e-300].map(|slope| Activation::leaky(slope).unwrap()));
    list
}

#[test]
fn hand_checked_values() {
    let leaky = Activation::leaky(0.25).unwrap();
    // Φ(1) = 0.8413447460685429, φ(1) = 0.24197072451914337.
    let cases = [
        (Activation::RELU, 2.0, 2.0, 1.0),
        (Activation::RELU, -2.0, 0.0, 0.0),
        (leaky, -2.0, -0.5, 0.25),
        (leaky, 2.0, 2.0, 1.0),
        (Activation::LINEAR, -3.0, -3.0, 1.0),
        (Activation::ERF, 0.0, 0.0, std::f64::consts::FRAC_2_SQRT_PI),
        (Activation::GELU, 1.0, 0.841_344_746_068_542_9, 0.841_344_746_068_542_9 + 0.241_970_724_519_143_37),
        (Activation::GELU, 0.0, 0.0, 0.5),
        (Activation::SILU, 0.0, 0.0, 0.5),
        (Activation::TANH, 0.0, 0.0, 1.0),
        (Activation::TANH, 3.0_f64.ln(), 0.8, 0.36),
    ];
    for (sigma, z, value, slope) in cases {
        assert!((sigma.value(z) - value).abs() < 1e-15, "{sigma}({z}) = {}", sigma.value(z));
        assert!((sigma.slope(z) - slope).abs() < 1e-15, "{sigma}'({z}) = {}", sigma.slope(z));
    }
}

#[test]
fn slopes_agree_with_finite_differences() {
    let mut cases = 0;
    for sigma in built_in() {
        for step in -40..=40 {
            // No point nearer to the kink at 0 than 0.04.
            let z = f64::from(step) * 0.1 + 0.04;
            let quotient = |h: f64| (sigma.value(z + h) - sigma.value(z - h)) / (2.0 * h);
            let estimate = (4.0 * quotient(5e-4) - quotient(1e-3)) / 3.0;
            assert!((sigma.slope(z) - estimate).abs() < 1e-10 * (1.0 + estimate.abs()), "{sigma}'({z})");
            cases += 1;
        }
    }
    assert_eq!(cases, 12 * 81);
}

#[test]
fn kinks_are_where_one_sided_slopes_differ() {
    for sigma in built_in() {
        for step in -30..=30 {
            let z = f64::from(step) * 0.1;
            let jump = (sigma.slope(z + 1e-9) - sigma.slope(z - 1e-9)).abs() > 1e-6;
            let listed = sigma.kinks().iter().any(|kink| (kink - z).abs() < 1e-12);
            assert!(listed || !jump, "{sigma} jumps at {z}");
            // The slope at a jump is the one from the left.
            assert!(!jump || sigma.slope(z) == sigma.slope(z - 1e-9), "{sigma} at {z}");
        }
        assert!(sigma.kinks().is_empty() || sigma.expression().has_kink(), "{sigma}");
    }
}

#[test]
fn extremes_are_finite() {
    for sigma in built_in() {
        for z in [-1e150, -1e5, -800.0, -40.0, -1e-310, 0.0, 1e-310, 40.0, 800.0, 1e5, 1e150] {
            assert!(sigma.value(z).is_finite() && sigma.slope(z).is_finite(), "{sigma} at {z}");
        }
    }
    assert_eq!((Activation::GELU.value(40.0), Activation::GELU.slope(40.0)), (40.0, 1.0));
    assert_eq!((Activation::GELU.value(-40.0), Activation::GELU.slope(-40.0)), (0.0, 0.0));
    assert_eq!((Activation::SILU.value(-800.0), Activation::SILU.slope(-800.0)), (0.0, 0.0));
    assert_eq!((Activation::SILU.value(800.0), Activation::SILU.slope(800.0)), (800.0, 1.0));
}

#[test]
fn texts_round_trip() {
    let list = built_in();
    for sigma in &list {
        assert_eq!(Activation::parse(&sigma.to_string()).unwrap(), *sigma);
        assert_eq!(sigma.to_string().parse::<Activation>().unwrap(), *sigma);
    }
    let distinct: HashSet<Activation> = list.iter().copied().collect();
    assert_eq!(distinct.len(), list.len());
    assert_eq!(Activation::parse(" leaky ").unwrap(), Activation::leaky(0.01).unwrap());
    assert_eq!(Activation::parse("leaky:-0").unwrap(), Activation::leaky(0.0).unwrap());
    assert_eq!((Activation::RELU.parameter(), Activation::leaky(0.5).unwrap().parameter()), (None, Some(0.5)));
    for (text, sigma) in [("relu", Activation::RELU), ("gelu", Activation::GELU), ("linear", Activation::LINEAR)] {
        assert_eq!(Activation::parse(text).unwrap(), sigma);
        assert_eq!(Activation::parse(&text.to_uppercase()).unwrap(), sigma, "capitals do not matter");
    }
    assert_eq!(Activation::parse("Leaky:-1e9").unwrap().to_string(), "leaky:-1000000000");
}

#[test]
fn rejected_texts() {
    let cases: &[(&str, &[&str])] = &[
        ("", &["activation '' is unknown", "leaky[:SLOPE]", "tanh"]),
        ("swish", &["'swish'", "silu"]),
        ("rleu", &["'rleu'", "did you mean 'relu'?"]),
        ("relu:1", &["relu", "no parameter"]),
        ("leaky:", &["leaky", "''", "no number"]),
        ("leaky:x", &["'x'", "leaky[:SLOPE]"]),
        ("leaky:inf", &["slope is inf", "from -1e9 to 1e9"]),
        ("leaky:nan", &["slope is NaN", "from -1e9 to 1e9"]),
        ("leaky:1.1e9", &["slope is 1100000000", "from -1e9 to 1e9"]),
        ("leaky:-1e78", &["slope is -1e78", "from -1e9 to 1e9"]),
        ("leaky:0.1:0.2", &["'0.1:0.2'"]),
    ];
    for (text, parts) in cases {
        let message = Activation::parse(text).expect_err(text).to_string();
        for part in *parts {
            assert!(message.contains(part), "'{text}': '{part}' not in '{message}'");
        }
    }
    assert_eq!(cases.len(), 11);
}

static HARD_TANH: ActivationFamily = ActivationFamily {
    keyword: "hardtanh",
    grammar: "hardtanh[:BOUND]",
    help: "x clipped to the interval from −BOUND to BOUND",
    parameter: Some(Parameter { name: "bound", default: 1.0, domain: "a positive number", accepts: |bound| bound > 0.0 }),
    expression: |bound| (Expr::argument(0) + bound).relu() - (Expr::argument(0) - bound).relu() - bound,
    kinks: |bound| vec![-bound, bound],
};

#[test]
fn other_crates_define_families() {
    let families: Vec<&'static ActivationFamily> = ActivationFamily::BUILT_IN.iter().copied().chain([&HARD_TANH]).collect();
    let clip = Activation::parse_among("hardtanh:2", &families).unwrap();
    assert_eq!(clip, Activation::new(&HARD_TANH, 2.0).unwrap());
    assert_ne!(clip, Activation::of(&HARD_TANH));
    assert_eq!((clip.value(5.0), clip.value(-0.5), clip.slope(0.0), clip.slope(3.0)), (2.0, -0.5, 1.0, 0.0));
    assert_eq!((clip.kinks(), clip.pointwise().unwrap().arity()), (vec![-2.0, 2.0], 1));
    assert_eq!(Activation::parse_among("relu", &families).unwrap(), Activation::RELU);
    let refused = Activation::new(&HARD_TANH, -1.0).unwrap_err();
    assert!(matches!(&refused, ModelError::Activation { keyword, .. } if keyword == "hardtanh"), "{refused}");
    let endless = Activation::new(&HARD_TANH, f64::INFINITY).unwrap_err().to_string();
    assert!(endless.contains("a bound of inf") && endless.contains("not finite"), "{endless}");
    let pointwise = archscale_model::Pointwise::new("f", 1, Expr::argument(0) + f64::NAN).unwrap_err().to_string();
    assert!(pointwise.contains("not finite"), "{pointwise}");
    assert!(Activation::new(&HARD_TANH, f64::NAN).is_err() && Activation::parse("hardtanh").is_err());
}
