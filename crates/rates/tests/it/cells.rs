//! Recipes on cells of NAS-Bench-201: what a recipe draws, which rates it gives, records that go on, a planted loser.
//!
//! Training is deterministic, so nothing here is random.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use archscale_model::{InitRule, Network};
use archscale_rates::RatesError;
use archscale_rates::cells::{Accuracies, Comparison, Plan, Rate, Recipe, Start, Study};
use archscale_theory::{Law, LawInput};
use archscale_train::{Budget, Member, ParameterId, Protocol, Samples, SearchPlan, Trainer};

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cells-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

/// Two cells at width 8 on 160 series, for six passes.
fn plan() -> Plan {
    let plan = Plan::default();
    Plan {
        data: "mnist1d:samples=200".into(),
        cells: vec!["nas:3_00_030".into(), "nas:3_43_312".into()],
        protocol: Protocol { width: 8, batch: 8, budget: Budget::Epochs(6), ..plan.protocol.clone() },
        search: SearchPlan { lowest: 0.005, highest: 0.5, points: 5, seeds: vec![1], ..plan.search.clone() },
        seeds: vec![1, 2],
        ..plan
    }
}

fn study(path: &Path, plan: Plan) -> (Study, usize) {
    let mut study = Study::create(path, plan).unwrap();
    let trained = study.run(&|_| ()).unwrap();
    (study, trained)
}

fn compared(path: &Path, plan: Plan) -> Comparison {
    study(path, plan).0.compare(0.5, 99, 1).unwrap()
}

/// Mean square of the drawn entries of a parameter of a width-64 network, over what the recipe says it is.
#[test]
fn weights_start_as_the_recipe_says() {
    const WIDTH: u32 = 64;
    let network = Network::parse("conv:size=8,kernel=3,padding=zero,readout=gap,net=nas:3_33_333").unwrap();
    let inputs: Vec<f32> = (0..160).map(|k| (k as f32).sin()).collect();
    let samples = Arc::new(Samples::classified(inputs, 8, (0..20).map(|k| k % 10).collect(), 10).unwrap());
    let protocol = Protocol { width: WIDTH as usize, batch: 4, budget: Budget::Steps(1), ..Protocol::default() };
    let n = f64::from(WIDTH);
    let variances = |start: Start| {
        let program = network.lower(&start.lowering(&network, WIDTH)).unwrap();
        let trainer = Trainer::new(&program, &samples, &protocol, &[Member { learning_rate: 1.0, seed: 1 }]).unwrap();
        let parameters = trainer.parameters(0).unwrap().unwrap();
        let square = |entries: &[f64]| entries.iter().map(|w| w * w).sum::<f64>() / entries.len() as f64;
        let of = |wanted: fn(&ParameterId) -> bool| -> Vec<f64> {
            parameters.iter().filter(|one| wanted(&one.id)).map(|one| square(&one.entries)).collect()
        };
        (of(|id| matches!(id, ParameterId::Matrix(_))), of(|id| matches!(id, ParameterId::Readout(_))))
    };
    // Node 0, then the nodes of in-degrees 1, 2, 2, 3, 3, 3; 12 288 entries each, so that an error of 5 % is four standard
    // errors.
    let he = [1.0; 7];
    let target = [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 3.0];
    for (start, degrees, readout) in [
        (Start::HeStandard, he, 1.0 / n),
        (Start::HeMeanField, he, 2.0 / (n * n)),
        (Start::TargetMeanField, target, 2.0 / (n * n)),
    ] {
        let (hidden, outputs) = variances(start);
        assert_eq!((hidden.len(), outputs.len()), (7, 1));
        for (found, degree) in hidden.iter().zip(degrees) {
            assert!((found * 3.0 * n * degree / 2.0 - 1.0).abs() < 0.07, "{start}: {found}");
        }
        // 640 entries: a standard error of 5.6 %, against a factor of 32 between the two readouts.
        assert!((outputs[0] / readout - 1.0).abs() < 0.3, "{start}: {}", outputs[0]);
    }
}

#[test]
fn rates_follow_the_laws_of_the_cells() {
    let plan = plan();
    let found = compared(&folder("rates"), plan.clone());
    let names: Vec<&str> = found.scores.iter().map(|score| score.recipe.name.as_str()).collect();
    assert_eq!(names, ["fixed", "mup", "target", "paper", "best", "level"]);
    let best = Some(archscale_theory::RECOMMENDED[0]);
    let laws: Vec<Option<&str>> = found.scores.iter().map(|score| score.law.as_deref()).collect();
    assert_eq!(laws, [None, None, None, Some("paper"), best, best]);
    // The base is a chain, on which μP and the target's in-degree are one start, hence one rate.
    assert_eq!(found.tuned[1].learning_rate, found.tuned[2].learning_rate);
    let input = |cell: &str| {
        let text = format!("conv:size=40,kernel=3,padding=zero,readout=gap,input=smooth,net={cell}");
        let network = Network::parse(&text).unwrap();
        LawInput::of(&network, &network.lowering(InitRule::Target), None).unwrap()
    };
    let of_base = input(&plan.base);
    for cell in &found.cells {
        assert_eq!(cell.learning_rates[1], cell.learning_rates[2]);
        for (recipe, score) in found.scores.iter().enumerate().take(5).skip(3) {
            let law = Law::find(score.law.as_deref().unwrap()).unwrap();
            let ratio = ((law.rate)(&input(&cell.cell)).unwrap() / (law.rate)(&of_base).unwrap()).to_f64();
            let wanted = found.tuned[2].learning_rate * ratio;
            assert!((cell.learning_rates[recipe] / wanted - 1.0).abs() < 1e-12, "{} {}", cell.cell, score.recipe.name);
        }
    }
    // The same for both cells, of the same mean in the logarithm.
    let ln = |recipe: usize| found.cells.iter().map(|cell| cell.learning_rates[recipe].ln()).sum::<f64>();
    assert_eq!(found.cells[0].learning_rates[5], found.cells[1].learning_rates[5]);
    assert!((ln(4) - ln(5)).abs() < 1e-12);
    // One path of two convolutions behind node 0, against three: (4/3)^(3/2).
    let paper = found.cells[0].learning_rates[3] / found.tuned[2].learning_rate;
    assert!((paper - (4.0 / 3.0_f64).powf(1.5)).abs() < 1e-12, "{paper}");
}

#[test]
fn a_stopped_study_goes_on_to_the_same_bytes() {
    let path = folder("resume");
    let (first, trained) = study(&path, plan());
    assert_eq!(trained, 2 * 6 * 2);
    let comparison = first.compare(0.5, 99, 1).unwrap();
    let file = path.join("runs.jsonl");
    let whole = std::fs::read_to_string(&file).unwrap();
    // Stopped in the middle of the third last line: the two after it are lost with it.
    drop(first);
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let kept: String = lines[..lines.len() - 3].concat();
    std::fs::write(&file, kept + &lines[lines.len() - 3][..30]).unwrap();
    let (again, trained) = study(&path, plan());
    assert_eq!((trained, std::fs::read_to_string(&file).unwrap()), (3, whole.clone()));
    assert_eq!(again.compare(0.5, 99, 1).unwrap(), comparison);
    assert!(Study::create(&path, plan()).err().unwrap().to_string().contains("another run is writing it"));
    drop(again);
    assert_eq!(study(&path, plan()).1, 0);
    // Another seed trains only its own runs, and anything that a result depends on makes other runs.
    assert_eq!(study(&path, Plan { seeds: vec![1, 2, 3], ..plan() }).1, 2 * 6);
    let wider = Plan { protocol: Protocol { batch: 16, ..plan().protocol }, ..plan() };
    // Other data or another protocol are another comparison.
    let before = std::fs::read(path.join("cells.json")).unwrap();
    let other = Plan { data: "mnist1d:samples=210".into(), ..plan() };
    for (plan, words) in [(wider.clone(), "other protocol"), (other, "other data")] {
        let error = Study::create(&path, plan).err().unwrap().to_string();
        assert!(error.contains("cells.json") && error.contains(words) && error.contains("another folder"), "{error}");
    }
    assert_eq!(std::fs::read(path.join("cells.json")).unwrap(), before);
    std::fs::write(path.join("cells.json"), "{}").unwrap();
    assert!(Study::create(&path, plan()).err().unwrap().to_string().contains("no plan of `maxlr cells`"));
    std::fs::remove_file(path.join("cells.json")).unwrap();
    assert_eq!(study(&path, wider).1, 2 * 6 * 2);
    std::fs::remove_file(path.join("cells.json")).unwrap();
    // A record that was altered is refused.
    std::fs::write(&file, whole.replacen("\"seed\":1", "\"seed\":7", 1)).unwrap();
    let error = Study::create(&path, plan()).err().unwrap();
    assert!(
        matches!(error, RatesError::File { .. }) && error.to_string().contains("line 1: the record's digest"),
        "{error}"
    );
}

/// A recipe at a hundred times the tuned rate diverges or dies, and is found to lose; one at the tuned rate is found to be
/// equal.
#[test]
fn a_harmful_recipe_loses_and_a_copy_ties() {
    let recipe = |name: &str, times| Recipe { name: name.into(), start: Start::TargetMeanField, rate: Rate::Tuned(times) };
    let plan = Plan {
        data: "mnist1d:samples=400".into(),
        recipes: vec![recipe("tuned", 1.0), recipe("copy", 1.0), recipe("harmful", 100.0)],
        protocol: Protocol { width: 8, batch: 8, budget: Budget::Epochs(12), ..plan().protocol },
        ..plan()
    };
    let plan = plan.with_sample(8, 3).unwrap();
    assert_eq!(plan.cells.len(), 8);
    let found = compared(&folder("planted"), plan);
    let [tuned, copy, harmful] = &found.scores[..] else { panic!("three recipes") };
    assert_eq!((tuned.gain(), tuned.diverged, copy.gain().unwrap().value, copy.better_worse), (None, 0, 0.0, (0, 0)));
    assert_eq!(copy.ranks.of_means.unwrap().value, 1.0);
    // The same runs, so what is left between recipe and reference is what is between seeds.
    assert!(copy.ranks.moved.unwrap().value.abs() < 1e-12);
    let guess = 0.1;
    assert!(tuned.accuracy.unwrap().value > guess + 0.08, "{:?}", tuned.accuracy);
    assert!(harmful.diverged + harmful.unlearnt > harmful.runs / 2, "{} {}", harmful.diverged, harmful.unlearnt);
    let gain = *harmful.gain().unwrap();
    assert!(gain.value < -0.05 && gain.interval.unwrap().1 < 0.0, "{gain:?}");
    // What one gains above another is what the other loses.
    assert_eq!(tuned.gains[2].unwrap().value, -gain.value);
    assert!(harmful.better_worse.1 > harmful.better_worse.0);
}

#[test]
fn a_report_is_written_whole() {
    let path = folder("report");
    let found = compared(&path, plan());
    found.write(Comparison::outputs(&path, &found.plan).unwrap()).unwrap();
    let page = std::fs::read_to_string(path.join("report.md")).unwrap();
    assert!(page.contains("2 cells of NAS-Bench-201, trained by 6 recipes") && page.contains("law output-kernel"), "{page}");
    assert!(page.contains("batches of 8, 6 passes, plain SGD at a constant rate, seeds 1, 2."), "{page}");
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path.join("report.json")).unwrap()).unwrap();
    assert_eq!(json["cells"][1]["cell"], "nas:3_43_312");
    assert_eq!(json["scores"][4]["runs"], 4);
    let picture = std::fs::read_to_string(path.join("accuracies.svg")).unwrap();
    assert!(picture.starts_with("<svg ") && picture.contains("class=\"identity\"") && picture.contains("paper: "));
}

/// What claims judge is what the command writes.
#[test]
fn a_study_in_memory_finds_the_accuracies_of_one_in_a_folder() {
    let path = folder("memory");
    let written = compared(&path, plan());
    written.write(Comparison::outputs(&path, &written.plan).unwrap()).unwrap();
    let mut study = Study::in_memory(plan()).unwrap();
    let trained = study.run(&|_| ()).unwrap();
    assert_eq!(trained, 2 * 2 * Recipe::standard().len());
    assert_eq!(study.accuracies().unwrap(), written.accuracies);
    assert_eq!(Accuracies::read_file(&path.join("accuracies.jsonl")).unwrap(), written.accuracies);
    assert_eq!(study.run(&|_| ()).unwrap(), 0, "it remembers");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let refused = |plan: Plan, words: &str| {
        let path = folder("refused");
        let error = Study::create(&path, plan).err().unwrap().to_string();
        assert!(error.contains(words) && !path.exists(), "{error}");
    };
    refused(Plan { cells: vec!["nas:3_00_030".into()], ..plan() }, "at least two");
    refused(Plan { cells: vec!["nas:3_00_030".into(), "chain:2".into()], ..plan() }, "no cell of NAS-Bench-201");
    refused(Plan { cells: vec!["nas:3_00_030".into(), "nas:3_00_0309".into()], ..plan() }, "nas:3_00_0309");
    refused(Plan { seeds: vec![1, 1], ..plan() }, "all different");
    refused(Plan { recipes: Vec::new(), ..plan() }, "at least one");
    refused(Plan { data: "mnist2d".into(), ..plan() }, "mnist2d");
    assert!(Plan { base: "chain:2".into(), ..plan() }.with_sample(2, 1).is_err());
    // Nothing was searched yet.
    let path = folder("unsearched");
    let error = Study::create(&path, plan()).unwrap().compare(0.5, 99, 1).unwrap_err().to_string();
    assert!(error.contains("run the study first"), "{error}");
    let recipes = vec![Recipe { name: "lawless".into(), start: Start::TargetMeanField, rate: Rate::Law("papr".into()) }];
    let mut study = Study::create(&path, Plan { recipes, ..plan() }).unwrap();
    assert!(study.run(&|_| ()).unwrap_err().to_string().contains("papr"));
}
