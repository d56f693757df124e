//! `maxlr` as a user runs it: a suite of their own, an interrupted run, the report and its figures, bad input.
//!
//! Training is deterministic, so nothing here is random.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Without line breaks of the screen's.
fn archscale(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_archscale")).args(arguments).arg("--wide").output().unwrap()
}

fn text(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn refused(arguments: &[&str]) -> String {
    let output = archscale(arguments);
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr).unwrap()
}

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("maxlr-cli-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

const SUITE: &str = r#"{ "name": "mine", "about": "A user's own.",
    "protocol": { "width": 8, "budget": { "steps": 8 } },
    "plan": { "points": 8, "lowest": 0.01, "highest": 100, "seeds": [1, 2], "edge_halvings": 0 },
    "groups": [
        { "name": "vectors", "architectures": ["chain:{1..3}", "complete:2", { "random-dags": { "count": 2, "hidden": [2, 4], "seed": 1 } }],
          "base": ["chain:1"] },
        { "name": "images", "data": "mnist1d:samples=60", "protocol": { "width": 3 }, "plan": { "points": 5, "seeds": [1] },
          "architectures": ["conv:size=40,kernel={3,5},padding=zero,net=chain:{1,2}"] }] }"#;

#[test]
fn a_suite_is_run_resumed_and_reported() {
    let folder = folder("whole");
    let (suite, out, report) = (folder.join("mine.json"), folder.join("records"), folder.join("report"));
    std::fs::write(&suite, SUITE).unwrap();
    let [suite, out, report] = [&suite, &out, &report].map(|path| path.to_str().unwrap());
    assert!(text(&archscale(&["maxlr", "run", suite, "--out", out, "--dry-run"])).contains("10 networks"));
    assert!(!Path::new(out).exists());
    let first = text(&archscale(&["maxlr", "run", suite, "--out", out, "--group", "vectors"]));
    assert!(first.starts_with("6 networks measured; 4 of the suite are left"), "{first}");
    assert!(text(&archscale(&["maxlr", "run", suite, "--out", out])).starts_with("4 networks measured."));
    let records = std::fs::read_to_string(Path::new(out).join("records.jsonl")).unwrap();
    assert!(text(&archscale(&["maxlr", "run", suite, "--out", out])).starts_with("0 networks measured."));
    assert_eq!(std::fs::read_to_string(Path::new(out).join("records.jsonl")).unwrap(), records);

    let arguments = ["maxlr", "report", out, "--replicates", "199", "--out", report];
    let page = text(&archscale(&arguments));
    assert!(page.contains("# Maximal learning rates: mine") && page.contains("10 of 10 networks are measured"), "{page}");
    // In short on the screen: named laws, each with its formula, and whether they can be told from one rate for all.
    for part in [
        "one rate for all",
        "(recommended)",
        "paper: (Σ_p L_p³)^(−1/2)",
        "cannot tell law output-kernel from one rate for all",
    ] {
        assert!(page.contains(part), "no '{part}' in {page}");
    }
    assert!(!page.contains("weighted-taps-power:") && page.lines().count() < 80, "{page}");
    let all = text(&archscale(&["maxlr", "report", out, "--replicates", "199", "--all"]));
    assert!(
        all.contains("| weighted-taps-power | ")
            && all == std::fs::read_to_string(Path::new(report).join("report.md")).unwrap()
    );
    let one = text(&archscale(&["maxlr", "report", out, "--replicates", "199", "--group", "images"]));
    assert!(one.contains("images: 3 networks of 3 architectures, one seed each") && !one.contains("vectors: "), "{one}");
    assert!(refused(&["maxlr", "report", out, "--group", "pictures"]).contains("the groups are images, vectors"));
    for name in ["report.md", "report.json", "measurements.jsonl", "vectors-paper.svg"] {
        assert!(Path::new(report).join(name).exists(), "{name}");
    }
    let json = text(&archscale(&["maxlr", "report", out, "--replicates", "199", "--json"]));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["scores"]["groups"][0]["name"], "vectors");
    assert_eq!(json["networks"], serde_json::json!([10, 10]));
    assert_eq!(json["scores"]["groups"][0]["distinction"]["law"], "output-kernel");
    assert!(json["scores"]["groups"][0]["distinction"]["difference"]["value"].is_number());
    // The measurements that a report writes are scored alike when they come from a file.
    let file = Path::new(report).join("measurements.jsonl");
    let again = text(&archscale(&["maxlr", "report", file.to_str().unwrap(), "--replicates", "199", "--json"]));
    assert_eq!(serde_json::from_str::<Value>(&again).unwrap()["scores"], json["scores"]);
}

#[test]
fn recipes_are_compared_on_cells_and_the_run_resumed() {
    let folder = folder("cells");
    let out = folder.to_str().unwrap();
    let small = ["--data", "mnist1d:samples=200", "--width", "8", "--batch", "8", "--passes", "6", "--seeds", "1,2"];
    let cells = |more: &[&str]| archscale(&[&["maxlr", "cells", "--count", "2", "--out", out], &small[..], more].concat());
    let first = cells(&[]);
    let screen = text(&first);
    assert!(screen.contains("2 cells") && screen.contains("report.md") && screen.contains("above"), "{screen}");
    let page = std::fs::read_to_string(folder.join("report.md")).unwrap();
    assert!(
        page.contains("# 2 cells of NAS-Bench-201, trained by 6 recipes") && page.contains("law output-kernel"),
        "{page}"
    );
    assert!(String::from_utf8(first.stderr).unwrap().contains("24 trainings done"));
    for name in ["cells.json", "base.jsonl", "report.md", "report.json", "accuracies.svg"] {
        assert!(folder.join(name).exists(), "{name}");
    }
    assert_eq!(std::fs::read_to_string(folder.join("runs.jsonl")).unwrap().lines().count(), 24);
    let again = cells(&["--json"]);
    assert!(String::from_utf8(again.stderr.clone()).unwrap().contains("0 trainings done"));
    let json: Value = serde_json::from_str(&text(&again)).unwrap();
    assert_eq!(json["scores"][3]["law"], "paper");
    assert!(refused(&["maxlr", "cells", "--count", "9999", "--out", out]).contains("ask for fewer"));
    assert!(refused(&["maxlr", "cells", "--base", "chain:2", "--out", out]).contains("write nas:3_03_003"));
}

/// A network of two groups counts once, and what is measured is not counted as left.
#[test]
fn networks_are_counted_one_way() {
    let folder = folder("counts");
    let (suite, out) = (folder.join("small.json"), folder.join("records"));
    let second =
        r#"}, { "name": "again", "architectures": ["chain:{2,3}", "complete:2"], "activations": ["relu", "gelu"] }] }"#;
    std::fs::write(&suite, SMALL.replace("}] }", second)).unwrap();
    let run = ["maxlr", "run", suite.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let left = |more: &[&str]| text(&archscale(&[&run[..], &["--dry-run"], more].concat()));
    // Four chains; of six networks two are among them, and one has a new architecture.
    let whole = left(&[]);
    assert!(whole.ends_with("8 networks of 5 architectures: at least 128 trainings\n"), "{whole}");
    assert!(whole.contains("chains, again: chain:2 target pre relu\n") && whole.lines().count() == 8 + 1, "{whole}");
    let output = archscale(&[&run[..], &["--group", "chains"]].concat());
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("4 networks of 4 architectures: at least 64 trainings\n"));
    assert!(text(&output).starts_with("4 networks measured; 4 of the suite are left."));
    let rest = left(&[]);
    assert!(rest.ends_with("8 networks of 5 architectures: 4 are measured, 4 are left, at least 64 trainings\n"), "{rest}");
    assert!(rest.contains("again: complete:2 target pre gelu") && !rest.contains("chain:2 target pre relu"), "{rest}");
    assert!(text(&archscale(&run)).starts_with("4 networks measured."));
    assert_eq!(left(&[]), "8 networks of 5 architectures: all are measured, nothing is left\n");
    assert!(
        text(&archscale(&["maxlr", "report", out.to_str().unwrap(), "--replicates", "99"]))
            .contains("8 of 8 networks are measured; those that several groups name are scored in each, 10 in all")
    );
}

/// Rates at which nothing holds are told in words.
#[test]
fn networks_that_diverge_are_told_in_words() {
    let folder = folder("diverged");
    let (suite, out) = (folder.join("small.json"), folder.join("records"));
    std::fs::write(
        &suite,
        SMALL.replace("\"lowest\": 0.01, \"highest\": 100", "\"lowest\": 1e7, \"highest\": 1e9, \"extensions\": 0"),
    )
    .unwrap();
    let done = text(&archscale(&["maxlr", "run", suite.to_str().unwrap(), "--out", out.to_str().unwrap()]));
    assert!(done.contains("4 of the measured give no learning rate: training diverged or learnt nothing"), "{done}");
    let message = refused(&["maxlr", "report", out.to_str().unwrap()]);
    assert!(
        message.contains("training diverged") && message.contains("widen the grid") && !message.contains("NaN"),
        "{message}"
    );
}

#[test]
fn every_law_of_a_report_is_listed() {
    let list = text(&archscale(&["maxlr", "laws"]));
    for law in archscale::rates::ParametricLaw::all() {
        assert!(list.contains(law.id), "{} is not in {list}", law.id);
    }
}

#[test]
fn carried_suites_can_be_listed_and_printed() {
    let list = text(&archscale(&["maxlr", "suites"]));
    assert!(list.contains("quick") && list.contains("standard") && list.contains("full"));
    let quick: Value = serde_json::from_str(&text(&archscale(&["maxlr", "suites", "quick"]))).unwrap();
    assert_eq!(quick["name"], "quick");
}

#[test]
fn bad_input_is_told_with_its_mend() {
    let folder = folder("bad");
    let out = folder.join("records");
    let out = out.to_str().unwrap();
    assert!(refused(&["maxlr", "suites", "huge"]).contains("quick, standard, full"));
    assert!(refused(&["maxlr", "run", "no-such.json", "--out", out]).contains("name of one of"));
    assert!(refused(&["maxlr", "run", "quick", "--group", "topologies", "--out", out]).contains("its groups are depth"));
    assert!(refused(&["maxlr", "report", out]).contains("maxlr run SUITE"));
    assert!(!Path::new(out).exists());
    let file = folder.join("bad.json");
    std::fs::write(&file, SUITE.replace("\"width\": 8", "\"widths\": 8")).unwrap();
    assert!(refused(&["maxlr", "run", file.to_str().unwrap(), "--out", out]).contains("unknown field `widths`"));
    assert!(refused(&["maxlr", "run", "quick", "--part", "3/2", "--out", out]).contains("2/8"));
}

/// A suite that trains in a moment.
const SMALL: &str = r#"{ "name": "small", "protocol": { "width": 8, "budget": { "steps": 8 } },
    "plan": { "points": 8, "lowest": 0.01, "highest": 100, "seeds": [1, 2], "edge_halvings": 0 },
    "groups": [{ "name": "chains", "architectures": ["chain:{1..4}"], "base": ["chain:1"] }] }"#;

#[test]
fn a_suite_that_cannot_run_is_refused_before_anything_is_trained_or_written() {
    let folder = folder("unusable");
    let (file, out) = (folder.join("suite.json"), folder.join("records"));
    let run = |text: &str, more: &[&str]| {
        std::fs::write(&file, text).unwrap();
        refused(&[&["maxlr", "run", file.to_str().unwrap(), "--out", out.to_str().unwrap()], more].concat())
    };
    for (from, to, words) in [
        ("\"lowest\": 0.01", "\"lowest\": -0.01", "group 'chains': its plan: range of learning rates is -0.01 to 100"),
        ("\"lowest\": 0.01", "\"lowest\": 1000", "the smaller first"),
        ("\"points\": 8", "\"points\": 2", "at least 3 points"),
        ("[1, 2]", "[]", "seeds is []"),
        ("\"width\": 8", "\"width\": 0", "group 'chains': its protocol: width is 0"),
        ("\"width\": 8", "\"batch\": 0", "batch is 0"),
        ("\"steps\": 8", "\"steps\": 0", "at least one step"),
        ("\"chain:{1..4}\"", "", "group 'chains': it names no network, for its architectures are none"),
        ("\"base\"", "\"activations\": [], \"base\"", "its activations are none"),
        ("[\"chain:1\"]", "[\"chain:9\"]", "its base 'chain:9' is none of its architectures"),
        ("{ \"name\": \"small\"", "the suite", "maxlr suites quick"),
    ] {
        assert!(SMALL.contains(from));
        let message = run(&SMALL.replace(from, to), &["--dry-run"]);
        assert!(message.contains("suite") && message.contains(words), "{message}");
    }
    assert!(!out.exists());
    // What only the data can tell is told before the first group is trained, too.
    let second = |text: &str| SMALL.replace("\"groups\": [", &format!("\"groups\": [{{ \"name\": \"first\", {text} }}, "));
    for (text, words) in [
        (r#""architectures": ["chain:1"], "data": "cifar""#, "unknown data source 'cifar'"),
        (r#""architectures": ["chain:1"], "protocol": { "batch": 9999 }"#, "9999 for 1797 samples"),
        (r#""architectures": ["conv:size=3,kernel=3,depth=1"]"#, "has 3 positions"),
    ] {
        let groups = second(text).replace("\"first\"", "\"last\"");
        let message = run(&groups, &[]);
        assert!(message.contains(words) && !message.contains("[1/"), "{message}");
        assert!(!out.exists(), "a refused run leaves a folder");
    }
}

#[test]
fn damaged_records_are_told_by_line_and_a_cut_off_one_is_left_out() {
    let folder = folder("damaged");
    let (file, out) = (folder.join("suite.json"), folder.join("records"));
    std::fs::write(&file, SMALL).unwrap();
    let run = ["maxlr", "run", file.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let report = ["maxlr", "report", out.to_str().unwrap(), "--replicates", "99"];
    text(&archscale(&run));
    let records = out.join("records.jsonl");
    let whole = std::fs::read(&records).unwrap();
    let lines: Vec<&[u8]> = whole.split_inclusive(|&byte| byte == b'\n').collect();

    // As a run leaves it that was stopped while it wrote.
    std::fs::write(&records, &whole[..whole.len() - 300]).unwrap();
    assert!(text(&archscale(&report)).contains("3 of 4 networks are measured"));
    assert!(text(&archscale(&run)).starts_with("1 networks measured."));
    assert_eq!(std::fs::read(&records).unwrap(), whole);

    let short = [lines[0], &lines[1][..lines[1].len() / 2], b"\n", lines[2], lines[3]].concat();
    let foreign = [lines[0], b"\xff\xfe\n", lines[2], lines[3]].concat();
    let altered = String::from_utf8(whole.clone()).unwrap();
    let second = altered.match_indices("\"width\":8").nth(1).unwrap().0;
    let altered = [&altered.as_bytes()[..second], b"\"width\":9", &altered.as_bytes()[second + 9..]].concat();
    for (damaged, words) in [(short, "no record"), (foreign, "no record"), (altered, "digest")] {
        std::fs::write(&records, damaged).unwrap();
        for message in [refused(&report), refused(&run)] {
            assert!(message.contains("records.jsonl: line 2: ") && message.contains(words), "{message}");
            assert!(message.contains("remove the line to measure it again"), "{message}");
        }
    }
    // Blank lines are what is left of removed ones.
    std::fs::write(&records, [lines[0], b"\n", lines[2], lines[3]].concat()).unwrap();
    assert!(text(&archscale(&run)).starts_with("1 networks measured."));
    std::fs::write(&records, "").unwrap();
    let message = refused(&report);
    assert!(message.contains(out.to_str().unwrap()) && message.contains("goes on where it ended"), "{message}");
}

#[test]
fn what_is_not_a_commands_own_is_refused_and_stays() {
    let folder = folder("foreign");
    let path = |name: &str| folder.join(name).display().to_string();
    let [suite, other, records, report] = ["small.json", "other.json", "records", "report"].map(path);
    std::fs::write(&suite, SMALL).unwrap();
    std::fs::write(&other, SMALL.replace("\"small\"", "\"other\"")).unwrap();
    text(&archscale(&["maxlr", "run", &suite, "--out", &records]));
    let kept = |file: &str| std::fs::read(Path::new(&records).join(file)).unwrap();
    let (before, lines) = (kept("suite.json"), kept("records.jsonl"));
    for more in [&[][..], &["--dry-run"]] {
        let message = refused(&[&["maxlr", "run", &other, "--out", &records], more].concat());
        assert!(message.contains("suite.json: the folder holds suite 'small', and this is suite 'other'"), "{message}");
        assert!(message.contains("give another folder") && !message.contains("[1/"), "{message}");
    }
    assert_eq!((kept("suite.json"), kept("records.jsonl")), (before, lines));
    // A report replaces what a report on the same rates wrote, and nothing else.
    let make = ["maxlr", "report", &records, "--replicates", "99", "--out", &report];
    let page = Path::new(&report).join("report.md");
    text(&archscale(&make));
    text(&archscale(&make));
    let message = refused(&[&make[..], &["--of", "edge"]].concat());
    assert!(message.contains("the folder holds what `archscale maxlr report` wrote about suite small"), "{message}");
    std::fs::write(&page, "what I think of it").unwrap();
    assert!(refused(&make).contains("report.md: it was changed since it was written"));
    std::fs::remove_file(Path::new(&report).join("written.json")).unwrap();
    assert!(refused(&make).contains("report.md: it is there already and was not written by this command"));
    assert_eq!(std::fs::read_to_string(&page).unwrap(), "what I think of it");
    // Cells look before they train.
    let message = refused(&["maxlr", "cells", "--count", "2", "--out", &report]);
    assert!(message.contains("report.md") && !message.contains("[1/"), "{message}");
    assert!(!Path::new(&report).join("runs.jsonl").exists());
}

#[test]
fn places_that_cannot_be_used_are_told_before_the_work() {
    let folder = folder("places");
    let [file, missing, records] = ["file", "missing", "records"].map(|name| folder.join(name).display().to_string());
    let [suite, lines] = ["suite.json", "lines.jsonl"].map(|name| folder.join(name).display().to_string());
    std::fs::write(&file, "").unwrap();
    std::fs::write(&suite, SMALL).unwrap();
    for out in [file.clone(), format!("{file}/below")] {
        for message in [refused(&["maxlr", "run", &suite, "--out", &out]), refused(&["maxlr", "cells", "--out", &out])] {
            assert!(message.contains(&out) && message.contains("give another place"), "{message}");
        }
    }
    assert!(refused(&["maxlr", "report", &missing]).contains("maxlr run SUITE"));
    assert!(refused(&["maxlr", "run", &suite, "--out", &records, "--take", &missing]).contains("missing"));
    assert!(!Path::new(&records).exists() && !Path::new(&missing).exists());
    let report = |text: &[u8]| {
        std::fs::write(&lines, text).unwrap();
        let message = refused(&["maxlr", "report", &lines]);
        assert!(message.contains(&lines), "{message}");
        message
    };
    let good = r#"{"group":"a","architecture":"chain:1","init":"target","convention":"pre","activation":"relu","width":8,"log_rates":[0.0]}"#;
    assert!(report(format!("{good}\n{}", &good[..60]).as_bytes()).contains("line 2 is no measurement"));
    assert!(report(SMALL.as_bytes()).contains("archscale schema measurement"));
    assert!(report(b"\xff\xfe").contains("UTF-8"));
    assert!(report(b"").contains("no measurement"));
    // A comparison that would be refused after the training is refused before it.
    for (option, value) in [("--top", "0"), ("--top", "-1"), ("--top", "nan"), ("--replicates", "0")] {
        let message = refused(&["maxlr", "cells", "--out", &records, option, value]);
        assert!(message.contains(&option[2..]) && message.contains("give"), "{message}");
    }
    assert!(!Path::new(&records).exists());
}
