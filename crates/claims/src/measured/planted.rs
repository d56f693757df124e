//! Judging of rates whose truth is known. The noise is a fixed sequence, so nothing here is random and no error has a
//! probability.

use std::collections::BTreeMap;

use archscale_rates::{Measured, MeasuredNetwork, Measurement, NetworkSpec, ParametricLaw, TrainedStem};
use archscale_stats::Outcome;

use super::{Scoring, UNCHANGED, judge_paper, judge_unchanged};
use crate::{Finding, KeptVerdict, Method, Verdict};

const CHAINS: std::ops::RangeInclusive<usize> = 1..=12;

/// Chains, complete DAGs and parallel branches: path counts and depths that differ.
fn dags() -> Vec<String> {
    let branches = |count: usize| {
        let edges = (1..=count).map(|k| format!("0-{k},{k}-{},{}-{}", count + k, count + k, 2 * count + 1));
        format!("edges:{},{}-{}", edges.collect::<Vec<_>>().join(","), 2 * count + 1, 2 * count + 2)
    };
    let mut list: Vec<String> = (1..=6).map(|depth| format!("chain:{depth}")).collect();
    list.extend((2..=7).map(|size| format!("complete:{size}")));
    list.extend((2..=6).map(branches));
    list
}

/// Four seeds whose rates are `power` times the law's logarithm, with deviations of at most 0.15 that fill their range
/// evenly.
fn planted(law: &ParametricLaw, power: f64, architectures: &[String]) -> Measured {
    let mut place = 0.5_f64;
    let mut deviation = || {
        place = (place + 0.618_033_988_749_895).fract();
        0.3 * (place - 0.5)
    };
    let rate = |text: &String| {
        let mut one = Measurement {
            group: "planted".into(),
            spec: NetworkSpec::parse(text, "target", "pre", "relu").unwrap(),
            width: 64,
            log_rates: vec![0.0],
            base: text == "chain:1",
            stem: Some(TrainedStem::new(1.0)),
            covariates: BTreeMap::new(),
        };
        let network = MeasuredNetwork::new(one.clone(), false).unwrap();
        let ln_rate = power * law.ln_rate(network.features(), &law.middle()).unwrap() - 1.0;
        one.log_rates = (0..4).map(|_| ln_rate + deviation()).collect();
        one
    };
    Measured { rates: architectures.iter().map(rate).collect(), unusable: Vec::new() }
}

fn chains() -> Vec<String> {
    CHAINS.map(|depth| format!("chain:{depth}")).collect()
}

fn law(id: &str) -> ParametricLaw {
    ParametricLaw::find(id).unwrap()
}

fn outcomes(finding: &Finding) -> Vec<Outcome> {
    finding.checks.iter().map(|check| check.outcome).collect()
}

#[test]
fn rates_that_follow_the_paper_are_accepted() {
    for list in [chains(), dags()] {
        let finding = judge_paper(planted(&law("paper"), 1.0, &list), 0.838, "output-kernel").unwrap();
        assert_eq!(outcomes(&finding), [Outcome::Supported; 2], "{finding:#?}");
        assert!(finding.mutants.iter().all(|mutant| mutant.rejected));
        assert!(finding.checks.iter().all(|check| check.method == Method::Training && check.false_alarm < 0.0011));
        // Another law is not closer then, so what would hold instead is refused.
        assert_eq!(finding.corrected[0].outcome, Outcome::Refuted);
        let finding = judge_unchanged(planted(&law("paper"), 1.0, &list), "output-kernel").unwrap();
        assert_eq!(outcomes(&finding), [Outcome::Supported]);
        assert!(finding.mutants[0].rejected);
    }
}

#[test]
fn rates_that_follow_another_law_refute_the_paper() {
    let list = dags();
    let finding = judge_paper(planted(&law("output-kernel"), 1.0, &list), 0.838, "output-kernel").unwrap();
    assert_eq!(finding.checks[0].outcome, Outcome::Refuted, "{finding:#?}");
    assert_eq!(finding.verdict(), Verdict::Refuted);
    // The root of the law on chains: the correlation cannot tell, slope and distance from the base do.
    let finding = judge_paper(planted(&law("paper"), 0.5, &chains()), 0.838, "code-depths").unwrap();
    assert_eq!(outcomes(&finding), [Outcome::Refuted; 2], "{finding:#?}");
}

#[test]
fn equal_rates_are_closest_to_the_unchanged_one() {
    let finding = judge_unchanged(planted(&UNCHANGED, 1.0, &dags()), "output-kernel").unwrap();
    assert_eq!(outcomes(&finding), [Outcome::Refuted], "{finding:#?}");
    // And no other law is closer, so nothing is decided about the claim as a whole.
    assert_eq!(finding.verdict(), Verdict::Undecided);
}

#[test]
fn few_networks_decide_nothing() {
    let list: Vec<String> = (1..=6).map(|depth| format!("chain:{depth}")).collect();
    let scoring = Scoring::new(planted(&law("paper"), 1.0, &list)).unwrap();
    let check = scoring.transfer(&law("paper")).unwrap();
    assert_eq!(check.outcome, Outcome::Undecided);
    assert!(check.reason.contains("no interval"), "{}", check.reason);
}

/// Whether the kept verdict on a claim is that of this finding, to the digits that are shown.
pub(super) fn is_kept(claim: &str, finding: &Finding) {
    let kept = KeptVerdict::of(claim).unwrap().unwrap();
    let check = finding.headline().unwrap();
    assert_eq!((kept.verdict, &kept.instance), (finding.verdict(), &check.what), "{claim}");
    let (found, estimate): (f64, f64) = (kept.found.parse().unwrap(), check.estimate.unwrap());
    assert!((found - estimate).abs() < 1e-4 * estimate.abs(), "{claim}: {estimate} and {}", kept.found);
}

/// The measurements that proofs/trained-rates.md keeps, judged as rates of a fresh run are.
#[test]
fn kept_measurements_give_the_expected_verdicts() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proofs/trained-rates.jsonl");
    let kept = Measurement::read_file(std::path::Path::new(path)).unwrap();
    let of = |group: &str| {
        let rates: Vec<Measurement> = kept.iter().filter(|one| one.group == group).cloned().collect();
        assert!(rates.len() >= 12, "{group}");
        Measured { rates, unusable: Vec::new() }
    };
    let depth = judge_paper(of("depth"), 0.962, "code-depths").unwrap();
    assert_eq!(depth.verdict(), Verdict::Refuted, "{depth:#?}");
    is_kept("maxlr-depth", &depth);
    let mut topology = Finding::default();
    for group in ["fresh-target", "fresh-source"] {
        let finding = judge_paper(of(group), 0.838, "output-kernel").unwrap();
        assert_eq!(finding.verdict(), Verdict::Refuted, "{group}: {finding:#?}");
        topology.append(finding);
    }
    is_kept("maxlr-topology", &topology);
    let gelu = judge_paper(of("gelu"), 0.680, "output-kernel").unwrap();
    assert_eq!(gelu.verdict(), Verdict::Refuted, "{gelu:#?}");
    is_kept("maxlr-gelu", &gelu);
    let cnn = judge_paper(of("kernels-1d"), 0.856, "weighted-root-taps").unwrap();
    assert_eq!(cnn.verdict(), Verdict::Refuted, "{cnn:#?}");
    is_kept("maxlr-cnn", &cnn);
    let mut baseline = Finding::default();
    let verdicts = ["depth", "fresh-target", "fresh-source"].map(|group| {
        let finding = judge_unchanged(of(group), "output-kernel").unwrap();
        println!("{group} {:#?} {:#?}", finding.checks, finding.corrected);
        let outcomes = (finding.checks[0].outcome, finding.corrected[0].outcome);
        baseline.append(finding);
        outcomes
    });
    is_kept("mup-baseline", &baseline);
    assert_eq!(verdicts[0], (Outcome::Supported, Outcome::Supported));
    assert_eq!(verdicts[1], (Outcome::Refuted, Outcome::Supported));
    assert_eq!(verdicts[2].1, Outcome::Supported);
}
