//! Claims on one architecture each: what is supported, refuted and outside, and wrong formulas that the same judges reject.
//! Only closed forms are compared here, so nothing is random; tests/it/survey.rs simulates.

#![allow(clippy::unwrap_used)]

use archscale_model::Activation;
use archscale_sim::Precision;
use archscale_stats::Outcome;
use archscale_theory::{RecursionForm, chain_limit};
use num_rational::BigRational;

use super::{CLAIMS, chain_cubic, dag_paths, gelu, lemma_a_order, recursion};
use crate::survey::{CaseResult, judged, outcome, rule_of};
use crate::{Case, Claim, Context, Effort, Method};

pub(crate) fn context() -> Context<'static> {
    Context {
        effort: Effort::Quick,
        seed: 0,
        device: "cpu".parse().unwrap(),
        precision: Precision::F64,
        progress: &(),
        false_alarm: Context::FALSE_ALARM,
    }
}

fn on(claim: &str, architecture: &str) -> CaseResult {
    judged(0, Claim::find(claim).unwrap(), architecture, &context()).unwrap()
}

fn case(claim: &str, architecture: &str) -> Case {
    rule_of(Claim::find(claim).unwrap()).unwrap().case(architecture).unwrap()
}

const SUPPORTED: Option<Outcome> = Some(Outcome::Supported);
const REFUTED: Option<Outcome> = Some(Outcome::Refuted);

/// Two hidden vertices per layer, three layers, readout from both: eight paths that share their weight.
const LAYERED: &str = "edges:0-1,0-2,1-3,1-4,2-3,2-4,3-5,3-6,4-5,4-6,5-7,6-7";
/// A chain of three beside a path of one.
const DETOUR: &str = "edges:0-1,1-2,2-3,0-4,3-5,4-5";

#[test]
fn closed_forms_decide_on_one_architecture() {
    let zero = "conv:depth=4,dims=2,size=8,padding=zero,readout=gap,input=iid";
    for (claim, architecture, expected) in [
        ("lemma-A-order", "chain:3", SUPPORTED),
        ("lemma-A-order", "chain:60", SUPPORTED),
        ("lemma-A-order", LAYERED, SUPPORTED),
        ("chain-cubic", "chain:1", SUPPORTED),
        ("chain-cubic", "edges:0-3,3-4,4-9", SUPPORTED),
        ("chain-cubic", "chain:40", SUPPORTED),
        ("dag-paths", "chain:1", SUPPORTED),
        ("dag-paths", "chain:40", SUPPORTED),
        ("dag-paths", "complete:4", REFUTED),
        ("dag-paths", LAYERED, REFUTED),
        ("shortest-path", "chain:7", SUPPORTED),
        ("shortest-path", DETOUR, REFUTED),
        ("shortest-path", "complete:2", REFUTED),
        ("recursion-B", "chain:1", REFUTED),
        ("recursion-B", "chain:5", REFUTED),
        ("recursion-C", "chain:5", REFUTED),
        ("gelu", "chain:64", REFUTED),
        ("cnn-kernel", "conv:depth=4,size=16,padding=circular,readout=gap,input=iid", SUPPORTED),
        ("cnn-kernel", "conv:depth=3,dims=2,size=5,padding=circular,readout=flatten,input=smooth", SUPPORTED),
        ("cnn-kernel", zero, REFUTED),
        ("several-steps", "chain:1", SUPPORTED),
        ("several-steps", "chain:16", REFUTED),
    ] {
        let result = on(claim, architecture);
        assert_eq!(result.outcome, expected, "{claim} on {architecture}: {result:#?}");
        assert!(result.checks.iter().all(|check| check.method != Method::Simulation), "{result:#?}");
    }
    // Σ L³ of 2^1100 paths is beyond double precision: B/Σ L³ tends to 2^−1100/3, and what is printed is not 0.
    let deep = on("dag-paths", &dag_paths::two_per_layer(1100));
    assert_eq!(deep.outcome, REFUTED);
    assert!(deep.checks[0].reason.contains("e-332"), "{}", deep.checks[0].reason);
}

#[test]
fn a_broken_hypothesis_is_named() {
    for (claim, architecture, hypothesis, found) in [
        ("forward-variance", "cell:1_12_002", "linear edges only", "skips 0→1, 0→2"),
        ("forward-variance", "conv:depth=2", "vectors, no images", "fields over an image"),
        ("lemma-split", "edges:0-1,1-2,1-3s,2-3,3-4", "linear edges only", "skip 1→3"),
        // Lowering itself refuses such a skip; the hypothesis is decided before.
        ("init-target", "edges:0-1,0-2s,1-2,2-3", "linear edges only", "skip 0→2"),
        ("dag-paths", "nas:3_24_440,pool=skip", "linear edges only", ""),
        ("chain-cubic", "complete:2", "a chain", "vertex 2 reads 0 and 1"),
        ("recursion-B", DETOUR, "a chain", "the output reads 3 and 4"),
        ("gelu", "complete:3", "a chain", "vertex 2 reads 0 and 1"),
        ("cnn-kernel", "chain:3", "convolutions of stride 1 over an image", "vectors, no image"),
    ] {
        let result = on(claim, architecture);
        assert_eq!((result.outcome, result.hypothesis.as_deref()), (None, Some(hypothesis)), "{result:#?}");
        assert!(result.outside.as_ref().is_some_and(|text| text.contains(found)), "{result:#?}");
        assert!(result.checks.is_empty());
    }
    // Every hypothesis holds, and no closed form covers it.
    let no_law = on("several-steps", "complete:2");
    assert_eq!((no_law.outcome, no_law.hypothesis), (None, None));
    assert!(no_law.outside.unwrap().contains("known for chains"));
    let large = on("lemma-split", "complete:100");
    assert_eq!(large.outcome, Some(Outcome::Undecided), "too large is not outside: {large:?}");
}

/// A claim of the limit never simulates: its hypothesis would put every case outside. Each claim that simulates holds at
/// every width.
#[test]
fn no_limit_is_held_against_a_simulation() {
    for claim in CLAIMS {
        let Some(rule) = claim.case else { continue };
        let architecture = if claim.id == "cnn-kernel" { "conv:depth=2" } else { "chain:2" };
        let case = rule.case(architecture).unwrap();
        assert_eq!(claim.broken_by(&case).map(|(_, found)| found), None, "{}", claim.id);
        let of_limit = claim.hypotheses().contains("n → ∞");
        let simulated = Case { width: Some(8), ..case };
        assert_eq!(claim.broken_by(&simulated).is_some(), of_limit, "{}", claim.id);
        assert!(of_limit || claim.hypotheses().contains("ny width n ≥ 1"), "{}: {}", claim.id, claim.hypotheses());
    }
    assert_eq!(CLAIMS.iter().filter(|claim| claim.case.is_some()).count(), 13);
}

/// The judges accept what is right and reject what is wrong, on the same architecture.
#[test]
fn wrong_formulas_are_rejected_on_one_architecture() {
    let deep = case("chain-cubic", "chain:9");
    let verdict = |polynomial: fn(u64) -> BigRational| outcome(&chain_cubic::held(&deep, polynomial).unwrap());
    assert_eq!(verdict(chain_limit::<BigRational>), Outcome::Supported);
    assert_eq!(verdict(|layer| BigRational::new(layer.pow(3).into(), 6.into())), Outcome::Refuted);

    let chain = case("recursion-B", "chain:4");
    let b = |form| outcome(&recursion::exact_b(&chain, form).unwrap());
    assert_eq!(b(RecursionForm::Corrected), Outcome::Supported);
    assert_eq!([b(RecursionForm::PrintedKernel), b(RecursionForm::WithoutDiagonal)], [Outcome::Refuted; 2]);
    let c = |form| outcome(&recursion::exact_c(&chain, form).unwrap());
    assert_eq!([c(RecursionForm::Corrected), c(RecursionForm::PrintedKernel)], [Outcome::Supported, Outcome::Refuted]);

    // ReLU's own growth passes where GELU's does not; powers off by one fail for ReLU.
    let relu = Case { how: case("gelu", "chain:64").how.with_activation(Activation::RELU), ..case("gelu", "chain:64") };
    let growth = |shift: f64| outcome(&gelu::growth(&relu, &|found, wanted| (found - wanted - shift).abs() < 0.1).unwrap());
    assert_eq!([growth(0.0), growth(1.0), growth(-1.0)], [Outcome::Supported, Outcome::Refuted, Outcome::Refuted]);

    assert!(lemma_a_order::follows(-1.0002, -1.0));
    assert!(![-0.5, -2.0, 0.0].iter().any(|&wrong| lemma_a_order::follows(-1.0002, wrong)));
}
