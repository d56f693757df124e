//! What proofs/trained-rates.md and proofs/nas-cells.md say of the kept measurements, scored again from them.
//!
//! The measurements are fixed, so nothing here is random.

use std::path::{Path, PathBuf};

use archscale_rates::cells::{Accuracies, Bootstrap, Estimate, gain, mean, ranking};
use archscale_rates::{EvaluationSet, LawReport, Measurement, ParametricLaw, Report, ScoreSettings, Suite, TrainedStem};

/// A path in the folder of proofs.
fn proofs(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../proofs")).join(name)
}

fn measurements() -> Vec<Measurement> {
    Measurement::read_file(&proofs("trained-rates.jsonl")).unwrap()
}

fn report() -> Report {
    Report::of_measurements(
        "kept".into(),
        measurements(),
        ScoreSettings { replicates: 99, repeats: 2, ..ScoreSettings::default() },
        &|_, _| (),
    )
    .unwrap()
}

#[test]
fn the_recommended_law_leads_the_papers_on_vectors() {
    let report = report();
    let of = |group: &str, id: &str| -> (f64, f64, f64) {
        let group = report.scores.groups.iter().find(|found| found.name == group).unwrap();
        let verdict: &LawReport = group.laws.iter().find(|found| found.law == id).unwrap();
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
        "fresh-momentum",
        "fresh-he",
        "fresh-width-256",
        "depth-final-loss",
        "target-final-loss",
        "source-final-loss",
        "passes-3-final-loss",
        "mnist1d-5-passes",
    ];
    for group in vectors {
        assert!(of(group, "output-kernel").2 < of(group, "paper").2, "{group}");
        if !["depth", "depth-final-loss", "depth-fixed-stem", "passes-3", "mnist1d-5-passes"].contains(&group) {
            let others = ["paper", "exact-B", "weighted-paths"].map(|id| of(group, id).0);
            assert!(others.iter().all(|r| *r < of(group, "output-kernel").0), "{group}");
        }
    }
    // On DAGs that were drawn after the law was chosen; and what speaks against it.
    assert!(of("fresh-target", "output-kernel").0 > 0.95 && of("fresh-source", "output-kernel").0 > 0.95);
    assert!((0.9..1.1).contains(&of("fresh-target", "output-kernel").1));
    assert!(of("fresh-target", "paper").1 < 0.3);
    assert!(of("passes-3", "weighted-paths").2 < of("passes-3", "output-kernel").2);
    assert!(of("depth", "code-depths").2 < of("depth", "output-kernel").2);
    // Over images: after five passes near the ceiling, on other graphs not.
    assert!(of("kernels-1d", "weighted-root-taps").0 < 0.7 && of("kernels-1d", "output-kernel").0 < 0.5);
    assert!(of("kernels-1d-5-passes", "weighted-root-taps").0 > 0.95 && of("kernels-1d-5-passes", "output-kernel").0 > 0.9);
    assert!(of("fresh-kernels-1d", "output-kernel").2 > 0.5);
}

/// By the loss at the last weights a law must tell DAGs apart better than one rate for all does, and none without a
/// parameter does.
#[test]
fn one_rate_does_better_by_the_final_loss() {
    let set = report().scores;
    let group = |name: &str| set.groups.iter().find(|found| found.name == name).unwrap();
    let parameter_free = |name: &str| {
        let laws = group(name).laws.iter().filter(|verdict| verdict.parameters.is_empty());
        laws.filter_map(|verdict| Some(verdict.score.as_ref()?.rms.value)).fold(f64::INFINITY, f64::min)
    };
    for name in ["target-final-loss", "passes-3-final-loss"] {
        assert!(group(name).one_rate.unwrap().rms.value < parameter_free(name), "{name}");
    }
    for name in ["fresh-target", "fresh-source", "depth-final-loss"] {
        assert!(parameter_free(name) < 0.5 * group(name).one_rate.unwrap().rms.value, "{name}");
    }
    for name in ["target-final-loss", "source-final-loss", "passes-3-final-loss"] {
        let mut laws = group(name).laws.iter();
        let score = laws.find(|law| law.law == "output-kernel").unwrap().score.as_ref().unwrap();
        assert!((0.3..0.5).contains(&score.slope.value), "{name}");
    }
}

/// Over images stems are trained, and so thin that they count as no layer; what would change if they did stands in the note.
#[test]
fn stems_over_images_count_as_no_layer() {
    let law = ParametricLaw::find("weighted-root-taps").unwrap();
    let images = |layer: bool| {
        let list = measurements().into_iter().filter(|one| one.stem.is_some_and(|stem| !stem.layer));
        let list: Vec<Measurement> =
            list.map(|one| Measurement { stem: one.stem.map(|stem| TrainedStem { layer, ..stem }), ..one }).collect();
        assert!(list.len() == 85 && list.iter().all(|one| one.group.contains("kernels-")));
        EvaluationSet::new(list, ScoreSettings { replicates: 99, ..ScoreSettings::default() }).unwrap()
    };
    let percent = |set: &EvaluationSet, group: &str| {
        let score = set.score(set.group(group).unwrap(), &law).unwrap();
        [score.correlation.value, score.slope.value, score.rms.value].map(|value| (100.0 * value).round() as i64)
    };
    let (without, with) = (images(false), images(true));
    for (group, own, other) in [
        ("kernels-1d", [63, 75, 67], [68, 114, 61]),
        ("kernels-1d-5-passes", [96, 85, 20], [94, 118, 22]),
        ("fresh-kernels-1d", [69, 34, 37], [65, 44, 27]),
        ("kernels-2d", [86, 53, 47], [83, 67, 35]),
        ("kernels-2d-5-passes", [82, 92, 54], [78, 115, 59]),
    ] {
        assert_eq!((percent(&without, group), percent(&with, group)), (own, other), "{group}");
    }
}

/// The same text with the same numbers, up to the last digit of a coordinate, which another processor may round otherwise.
fn same_picture(left: &str, right: &str) -> bool {
    let numeral = |c: char| c.is_ascii_digit() || c == '.';
    let words =
        |text: &str| -> Vec<String> { text.split(numeral).filter(|word| !word.is_empty()).map(String::from).collect() };
    let numbers = |text: &str| -> Vec<f64> { text.split(|c| !numeral(c)).filter_map(|word| word.parse().ok()).collect() };
    let (a, b) = (numbers(left), numbers(right));
    words(left) == words(right) && a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 0.02)
}

/// The figures in the note are those that the report draws.
#[test]
fn the_figures_are_those_of_the_report() {
    let groups = ["fresh-target", "target-final-loss"];
    let own = measurements().into_iter().filter(|one| groups.contains(&one.group.as_str())).collect();
    let report = Report::of_measurements("kept".into(), own, ScoreSettings::default(), &|_, _| ()).unwrap();
    let drawn: Vec<(String, String)> = report.figures().iter().flat_map(|group| group.files.clone()).collect();
    let kept: Vec<PathBuf> = std::fs::read_dir(proofs("figures")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(kept.len(), 3);
    for path in kept {
        let name = path.file_name().unwrap().to_str().unwrap();
        let (_, picture) = drawn.iter().find(|(drawn, _)| drawn == name).unwrap();
        assert!(
            same_picture(&std::fs::read_to_string(&path).unwrap(), picture),
            "draw {name} anew: archscale maxlr report --out"
        );
    }
}

/// As many networks in each group as the carried suite names.
#[test]
fn the_measurements_are_those_of_the_carried_suite() {
    let text = Suite::CARRIED.iter().find(|(name, _)| *name == "standard").unwrap().1;
    let jobs = Suite::parse("standard", text).unwrap().jobs().unwrap();
    for group in report().scores.groups {
        assert_eq!(jobs.iter().filter(|job| job.group == group.name).count(), group.networks, "{}", group.name);
    }
}

#[test]
fn the_table_of_cells_is_that_of_the_kept_accuracies() {
    let kept = Accuracies::read_file(&proofs("nas-cells.jsonl")).unwrap();
    let bootstrap = Bootstrap::default();
    // In points, as the note prints them.
    let shown = |found: &Estimate, scale: f64| {
        let (low, high) = found.interval.unwrap();
        [found.value, low, high].map(|value| (scale * value).round() as i64)
    };
    let of = |recipe: &str| kept.recipe(recipe).unwrap();
    let means = kept.recipes().into_iter().map(|recipe| shown(&mean(&kept, of(recipe), &bootstrap).unwrap(), 1e3)[0]);
    assert_eq!(means.collect::<Vec<_>>(), [861, 804, 785, 865, 861, 861]);
    let gained = |recipe, other| shown(&gain(&kept, of(recipe), of(other), &bootstrap).unwrap(), 1e3);
    assert_eq!(gained("paper", "fixed"), [5, -16, 24]);
    assert_eq!(gained("best", "fixed"), [0, -21, 19]);
    assert_eq!(gained("paper", "mup"), [61, 33, 91]);
    assert_eq!(gained("level", "mup"), [58, 43, 74]);
    let moved = |recipe, top| shown(&ranking(&kept, of(recipe), top, &bootstrap).unwrap().moved.unwrap(), 1e2);
    assert_eq!(moved("paper", 1.0), [-16, -33, -4]);
    assert_eq!(moved("best", 1.0), [-19, -37, -6]);
    assert_eq!(moved("paper", 0.5), [-10, -32, 9]);
    assert_eq!(moved("level", 1.0), [2, -2, 6]);
    let rows = (0..6).flat_map(|recipe| kept.rows(recipe));
    assert_eq!(rows.map(|row| row.accuracies.len() - row.diverged).sum::<usize>(), 576);
}
