//! What proofs/trained-rates.md says of the kept measurements, scored again from them.
//!
//! The measurements are fixed, so nothing here is random.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use archscale_court::{Measurement, Settings, Verdict};
use archscale_maxlr::{Report, Suite};

fn report() -> Report {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proofs/trained-rates.jsonl");
    let measurements = Measurement::read_file(std::path::Path::new(path)).unwrap();
    Report::judge("kept".into(), measurements, Settings { replicates: 99, dealings: 2, ..Settings::default() }).unwrap()
}

#[test]
fn the_recommended_law_leads_the_papers_on_vectors() {
    let report = report();
    let of = |group: &str, id: &str| -> (f64, f64, f64) {
        let group = report.court.groups.iter().find(|found| found.name == group).unwrap();
        let verdict: &Verdict = group.verdicts.iter().find(|found| found.candidate == id).unwrap();
        let score = verdict.score.as_ref().unwrap();
        (score.correlation.value, score.slope.value, score.rms.value)
    };
    let vectors = [
        "depth",
        "depth-fixed-stem",
        "topology-target",
        "topology-source",
        "skips",
        "gelu",
        "fresh-target",
        "fresh-source",
        "fresh-mnist1d",
        "passes-3",
        "width-64",
    ];
    for group in vectors {
        assert!(of(group, "output-kernel").2 < of(group, "paper").2, "{group}");
    }
    // On DAGs that were drawn after the law was chosen; and what speaks against it.
    assert!(of("fresh-target", "output-kernel").0 > 0.95 && of("fresh-source", "output-kernel").0 > 0.95);
    assert!((0.9..1.1).contains(&of("fresh-target", "output-kernel").1));
    assert!(of("fresh-target", "paper").1 < 0.3);
    assert!(of("passes-3", "weighted-paths").2 < of("passes-3", "output-kernel").2);
    assert!(of("depth", "code-depths").2 < of("depth", "output-kernel").2);
}

/// As many networks in each group as the carried suite names.
#[test]
fn the_measurements_are_those_of_the_carried_suite() {
    let text = Suite::CARRIED.iter().find(|(name, _)| *name == "standard").unwrap().1;
    let jobs = Suite::parse("standard", text).unwrap().jobs().unwrap();
    for group in report().court.groups {
        assert_eq!(jobs.iter().filter(|job| job.group == group.name).count(), group.networks, "{}", group.name);
    }
}
