//! Suites run to records on disk; a run that was stopped goes on; parts join; a changed suite keeps what is unchanged.
//!
//! Training is deterministic, so nothing here is random.

use std::path::{Path, PathBuf};

use archscale_rates::{Choice, Folder, Part, Quantity, RatesError, Report, ScoreSettings, Suite, TrainedStem, run};

/// Chains on digits at width 8 for a few steps, which learn enough for a curve with an inner minimum.
fn suite(architectures: &str, seeds: &str) -> Suite {
    let text = format!(
        r#"{{ "name": "small", "protocol": {{ "width": 8, "budget": {{ "steps": 6 }} }},
             "plan": {{ "points": 8, "lowest": 0.01, "highest": 100, "seeds": {seeds}, "edge_halvings": 0 }},
             "groups": [{{ "name": "chains", "architectures": ["{architectures}"], "base": ["chain:1"] }}] }}"#
    );
    Suite::parse("small", &text).unwrap()
}

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("maxlr-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn measure(path: &Path, suite: Suite, choice: &Choice<'_>) -> (Folder, usize) {
    let mut folder = Folder::create(path, suite).unwrap();
    let measured = run(&mut folder, choice, &|_| ()).unwrap();
    (folder, measured)
}

fn records(path: &Path) -> String {
    std::fs::read_to_string(path.join("records.jsonl")).unwrap()
}

#[test]
fn a_stopped_run_goes_on_to_the_same_bytes() {
    let path = folder("resume");
    let (_, measured) = measure(&path, suite("chain:{1..3}", "[1]"), &Choice::ALL);
    assert_eq!(measured, 3);
    let whole = records(&path);
    // Stopped in the middle of the last line.
    std::fs::write(path.join("records.jsonl"), &whole[..whole.len() - 40]).unwrap();
    let (folder, measured) = measure(&path, suite("chain:{1..3}", "[1]"), &Choice::ALL);
    assert_eq!((measured, records(&path)), (1, whole));
    assert_eq!(folder.missing().count(), 0);
    assert!(folder.jobs().iter().all(|job| folder.record(job).unwrap().about.architecture == job.spec.architecture()));
}

#[test]
fn parts_join_and_a_changed_suite_keeps_what_is_unchanged() {
    let (one, two, whole) = (folder("part-1"), folder("part-2"), folder("whole"));
    let part = |index| Choice { part: Part { index, count: 2 }, ..Choice::ALL };
    let (first, measured) = measure(&one, suite("chain:{1..3}", "[1]"), &part(1));
    assert_eq!((measured, first.missing().count()), (2, 1));
    let (second, measured) = measure(&two, suite("chain:{1..3}", "[1]"), &part(2));
    assert_eq!(measured, 1);
    let mut joined = Folder::create(&whole, suite("chain:{1..3}", "[1]")).unwrap();
    assert_eq!((joined.take(&first).unwrap(), joined.take(&second).unwrap(), joined.take(&first).unwrap()), (2, 1, 0));
    assert_eq!(joined.missing().count(), 0);
    // Two runs that write one folder would train everything twice.
    let error = Folder::create(&whole, suite("chain:1", "[1]")).unwrap_err().to_string();
    assert!(error.contains("records.jsonl: another run is writing it"), "{error}");
    assert_eq!(Folder::open(&whole).unwrap().missing().count(), 0);
    drop(joined);
    // A longer suite trains only what is new; other seeds are other measurements.
    let longer = Folder::create(&whole, suite("chain:{1..4}", "[1]")).unwrap();
    assert_eq!(longer.missing().map(|job| job.spec.architecture()).collect::<Vec<_>>(), ["chain:4"]);
    drop(longer);
    assert_eq!(Folder::create(&whole, suite("chain:{1..3}", "[2]")).unwrap().missing().count(), 3);
    assert_eq!(Folder::create(&whole, suite("chain:{1..3}", "[1]")).unwrap().missing().count(), 0);
}

/// What another suite or another program left in a folder stays to the byte, and nothing is made where nothing was.
#[test]
fn what_is_not_the_suites_own_stays() {
    let path = folder("foreign");
    let own = || suite("chain:1", "[1]");
    let refused = |file: &str, contents: &[u8], words: &str| {
        std::fs::write(path.join(file), contents).unwrap();
        for result in [Folder::create(&path, own()), Folder::look(&path, own())] {
            let error = result.map(|mut folder| run(&mut folder, &Choice::ALL, &|_| ()).map(|_| ())).err();
            // A last line that is no record is told by who would remove it.
            let Some(error) = error.map(|error| error.to_string()) else { continue };
            assert!(error.contains(file) && error.contains(words) && error.contains("another folder"), "{error}");
        }
        assert!(Folder::create(&path, own()).is_err());
        assert_eq!(std::fs::read(path.join(file)).unwrap(), contents);
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 1);
        std::fs::remove_file(path.join(file)).unwrap();
    };
    // Opened and not run, a folder is not made.
    drop(Folder::create(&path, own()).unwrap());
    assert!(!path.exists());
    std::fs::create_dir_all(&path).unwrap();
    let other = serde_json::to_string(&Suite { name: "other".into(), ..own() }).unwrap();
    refused("suite.json", other.as_bytes(), "the folder holds suite 'other', and this is suite 'small'");
    refused("suite.json", b"a note", "it is no suite");
    refused("records.jsonl", b"a note without an end", "no record that was cut off");
    refused("records.jsonl", b"a note\n", "line 1: it is no record");
    refused("records.jsonl", b"{\"name\":", "no record that was cut off");
    // The same suite, written otherwise, stays as it was written.
    let text = format!("{}\n\n", serde_json::to_string(&own()).unwrap());
    std::fs::write(path.join("suite.json"), &text).unwrap();
    measure(&path, own(), &Choice::ALL);
    assert_eq!(std::fs::read_to_string(path.join("suite.json")).unwrap(), text);
    // Grown, it is replaced.
    measure(&path, suite("chain:{1..2}", "[1]"), &Choice::ALL);
    assert_eq!(Folder::open(&path).unwrap().jobs().len(), 2);
}

#[test]
fn a_record_that_was_altered_is_refused() {
    let path = folder("altered");
    measure(&path, suite("chain:1", "[1]"), &Choice::ALL);
    let altered = records(&path).replacen("\"width\":8", "\"width\":9", 1);
    std::fs::write(path.join("records.jsonl"), altered).unwrap();
    let error = Folder::open(&path).unwrap_err();
    assert!(
        matches!(error, RatesError::File { .. }) && error.to_string().contains("line 1: the record's digest"),
        "{error}"
    );
}

#[test]
fn a_report_scores_laws_and_draws_figures() {
    let path = folder("report");
    let (folder, _) = measure(&path, suite("chain:{1..5}", "[1,2]"), &Choice::ALL);
    let settings = ScoreSettings { replicates: 199, ..ScoreSettings::default() };
    let report = Report::new(&folder, Quantity::Best, settings, &|_, _| ()).unwrap();
    assert_eq!((report.networks, report.scores.groups[0].networks), ((5, 5), 5));
    let paper = &report.scores.groups[0].laws[0];
    assert_eq!(paper.law, "paper");
    let score = paper.score.as_ref().unwrap();
    assert!(score.correlation.value.is_finite() && score.ceiling.is_some());
    let out = path.join("out");
    report.write(Report::outputs(&out, "suite small", report.quantity).unwrap()).unwrap();
    let text = std::fs::read_to_string(out.join("report.md")).unwrap();
    assert!(text.contains("5 of 5 networks") && text.contains("![chains-paper.svg]"), "{text}");
    let picture = std::fs::read_to_string(out.join("chains-paper.svg")).unwrap();
    assert!(picture.contains("law paper: r ") && picture.contains("ceiling"));
    // The file that a report writes is read again as it was; the stem reads 64 features, a hidden layer 8 neurons of mean square ½.
    let lines = std::fs::read_to_string(out.join("measurements.jsonl")).unwrap();
    let back = archscale_rates::Measurement::parse_lines(&lines).unwrap();
    let first = folder.record(&folder.jobs()[0]).unwrap().found.seeds[0].log_rate.unwrap();
    assert_eq!((back.len(), back[0].log_rates[0], back[0].stem), (5, first, Some(TrainedStem::new(16.0))));
    // The edge lies above the best rate, so the law's constant is larger there.
    let edge = Report::new(&folder, Quantity::Edge, settings, &|_, _| ()).unwrap();
    assert!(edge.scores.groups[0].laws[0].score.as_ref().unwrap().constant > score.constant);
}
