//! The infinite-width law: the limit of the exact law, and the trap of the shared gate.

use archscale_model::{Architecture, InitRule, Scaled};
use archscale_theory::{LAWS, LawGap, LawInput, LimitMoments, PairTables, ReluDag, Scalar, TheoryError, limit_moments};
use num_rational::BigRational;

fn dag(text: &str, init: InitRule) -> ReluDag {
    ReluDag::new(&Architecture::parse(text).unwrap().graph().lower(init).unwrap(), "the exact law").unwrap()
}

fn last_change(text: &str, init: InitRule) -> f64 {
    limit_moments::<BigRational>(&dag(text, init)).unwrap().pop().unwrap().change.to_f64()
}

#[test]
fn known_values() {
    // The gate of a reused vertex is counted once: 2.7651 and 216, where counting it twice gives 2.3542 and 183.5.
    for (text, init, expected) in [
        ("complete:4", InitRule::Target, 2.7651),
        ("complete:4", InitRule::He, 216.0),
        ("complete:8", InitRule::Target, 9.390),
        ("cell:2_22_222", InitRule::Target, 8.35417),
        ("cell:2_02_002", InitRule::He, 11.0),
    ] {
        let found = last_change(text, init);
        assert!((found - expected).abs() <= 5e-5 * expected, "{text} {init}: {found}");
    }
}

#[test]
fn finite_width_converges_at_rate_one_over_n() {
    for (text, init) in [("complete:5", InitRule::Target), ("edges:0-1,1-2,0-3,2-4,3-4,1-5,4-5,4-6,5-6", InitRule::Source)] {
        let dag = dag(text, init);
        let limit: Vec<LimitMoments<BigRational>> = limit_moments(&dag).unwrap();
        let gap = |width: u64| -> Vec<f64> {
            let parts = PairTables::<BigRational>::new(&dag, width).unwrap().label_parts(&dag);
            let n = BigRational::from_integer(width.into());
            parts.iter().zip(&limit).map(|(part, limit)| ((part - &limit.change) * &n).to_f64()).collect()
        };
        let (near, far) = (gap(100_000), gap(10_000_000));
        for (near, far) in near.iter().zip(&far) {
            assert!((near - far).abs() <= 1e-3 * far.abs() + 1e-12, "{text}: n·gap {near} and {far}");
        }
    }
}

#[test]
fn domain_is_enforced() {
    let program = Architecture::parse("cell:2_12").unwrap().graph().lower(InitRule::Target).unwrap();
    let error = ReluDag::new(&program, "the exact law").unwrap_err();
    assert!(matches!(error, TheoryError::OutOfDomain { .. }));
    assert!(error.to_string().contains("skip"), "{error}");
    let tables = PairTables::<f64>::new(&dag("chain:2", InitRule::He), 0).unwrap_err();
    assert!(tables.to_string().starts_with("the width is 0"), "{tables}");
}

#[test]
fn laws_agree_on_the_order_of_chains() {
    let rates = |depth: u64| -> Vec<Result<Scaled, LawGap>> {
        let chain = Architecture::parse(&format!("chain:{depth}")).unwrap();
        let input = LawInput::new(chain.graph(), &chain.lowering(InitRule::Target), None).unwrap();
        LAWS.iter().map(|law| (law.rate)(&input)).collect()
    };
    let (shallow, deep) = (rates(200), rates(400));
    for ((law, shallow), deep) in LAWS.iter().zip(shallow).zip(deep) {
        let slope = (deep.unwrap() / shallow.unwrap()).to_f64().log2();
        // The output's tangent kernel counts layers; everything else here is the change of one vertex.
        let expected = if law.id == "output-kernel" { -1.0 } else { -1.5 };
        assert!((slope - expected).abs() < 0.02, "{}: exponent {slope}", law.id);
    }
    let first = rates(1);
    let gaps: Vec<&str> = LAWS.iter().zip(&first).filter(|(_, rate)| rate.is_err()).map(|(law, _)| law.id).collect();
    assert_eq!(gaps, ["exact-T"]);
    assert_eq!(first[0].as_ref().unwrap().fit(), Some(1.0));
}

#[test]
fn laws_on_skips_name_what_is_missing() {
    let cell = Architecture::parse("cell:2_12_112").unwrap();
    let input = LawInput::new(cell.graph(), &cell.lowering(InitRule::Target), None).unwrap();
    let missing: Vec<&str> = LAWS.iter().filter(|law| (law.rate)(&input).is_err()).map(|law| law.id).collect();
    // B has an infinite-width law with skips; its split into self and cross part has not.
    assert_eq!(missing, ["exact-T"]);
    let finite = LawInput::new(cell.graph(), &cell.lowering(InitRule::Target), Some(64)).unwrap();
    let error = finite.largest_relative_change().unwrap_err().to_string();
    assert!(error.contains("skip") && error.contains("linear edges with ReLU vertices"), "{error}");
}
