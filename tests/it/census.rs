//! Whole search spaces: counts, numbers by hand and by an independent implementation, tables read back, errors.

use std::process::{Command, Output};

use archscale::census::{Census, CensusError, Class, Measure, PathLaw, Plan, Status, Subset};
use archscale::model::{Activation, Convention, InitRule, Pooling, SearchSpace};
use archscale::theory::{Law, LawInput, wide_moments};
use serde_json::Value;

fn plan(convention: Convention, init: InitRule) -> Plan {
    Plan { conventions: vec![convention], inits: vec![init], activation: Activation::RELU }
}

fn take(space: SearchSpace, plan: &Plan) -> Census {
    Census::take(space, plan, &()).unwrap()
}

#[test]
fn counts_of_both_spaces() {
    let one = plan(Convention::Pre, InitRule::He);
    let four = take(SearchSpace::cells(4).unwrap(), &one).summary();
    assert_eq!((four.codes, four.no_path), (59_049, 2_471));
    assert_eq!(four.no_path + four.untrained + four.with_rate, four.codes);
    let nas = take(SearchSpace::NAS_BENCH_201, &one).summary();
    assert_eq!((nas.codes, nas.no_path), (15_625, 341));
    assert_eq!(nas.no_path + nas.untrained + nas.with_rate, nas.codes);
    let three = take(SearchSpace::cells(3).unwrap(), &one).summary();
    assert_eq!((three.codes, three.with_rate, three.without_skips), (729, 541, 47));
    // One step: a zero, a skip, a matrix.
    let least = take(SearchSpace::cells(1).unwrap(), &one).summary();
    assert_eq!((least.codes, least.no_path, least.untrained, least.with_rate), (3, 1, 1, 1));
}

#[test]
fn numbers_by_hand() {
    // The stem and one matrix are the chain of two, whose limit is B = 3/2.
    let census = take(SearchSpace::cells(1).unwrap(), &plan(Convention::Pre, InitRule::Target));
    let row = census.row(0, 2).unwrap();
    let (structure, outcome) = row.numbers.unwrap();
    assert_eq!((outcome.exact.second_moment, outcome.exact.mean_squared_change), (1.0, 1.5));
    assert_eq!((structure.paths.count, structure.paths.power_sums), (1, [2, 4, 8]));
    assert_eq!(outcome.exact.rate(Measure::Last), 1.5_f64.powf(-0.5));
    // The published code takes L + 2 = 4 and the base 3.
    let rate = census.predicted(PathLaw::CodeDepths, structure, outcome);
    assert!((rate - 0.75_f64.powf(1.5)).abs() < 1e-15);
    // Paths stem–2 (L = 2) and stem–1–2 (L = 3); the two matrices into node 2 have C = 1, hence w = ½ on either path.
    let census = take(SearchSpace::cells(2).unwrap(), &plan(Convention::Pre, InitRule::Target));
    let code = census.space().parse("2_22").unwrap();
    let (structure, outcome) = census.row(0, code.index()).unwrap().numbers.unwrap();
    assert_eq!((structure.paths.count, structure.paths.power_sums), (2, [5, 13, 35]));
    assert_eq!((outcome.weights.total, outcome.weights.cubes), (1.0, 17.5));
}

/// E(Δ)² and E x² at the last node of the golden cells in the infinite-width notes, printed to six digits there.
#[test]
fn golden_cells() {
    let space = SearchSpace::cells(3).unwrap();
    for (convention, init, code, change, moment) in [
        (Convention::Pre, InitRule::He, "2_02_002", 11.0, 1.0),
        (Convention::Pre, InitRule::Target, "2_12_112", 10.4232, 2.5),
        (Convention::Pre, InitRule::Target, "2_22_222", 8.35417, 1.0),
        (Convention::Pre, InitRule::Source, "1_21_012", 7.10417, 2.0),
        (Convention::Pre, InitRule::He, "2_21_122", 44.25, 4.0),
        (Convention::Post, InitRule::He, "2_02_002", 7.5, 0.5),
        (Convention::Post, InitRule::Target, "2_12_112", 7.97875, 2.15662),
        (Convention::Post, InitRule::Target, "2_22_222", 5.8589, 0.902806),
        (Convention::Post, InitRule::Source, "1_21_012", 6.68706, 1.52463),
        (Convention::Post, InitRule::He, "2_21_122", 30.6478, 3.67034),
    ] {
        let census = take(space, &plan(convention, init));
        let exact = census.row(0, space.parse(code).unwrap().index()).unwrap().numbers.unwrap().1.exact;
        for (found, expected) in [(exact.mean_squared_change, change), (exact.second_moment, moment)] {
            assert!((found - expected).abs() <= 5.1e-6 * expected, "{code} {convention} {init}: {found} for {expected}");
        }
    }
}

/// A title says which cells, and a law that is not the one of its name elsewhere says so.
#[test]
fn titles_say_the_space_and_the_law() {
    use archscale::census::figures;
    let title = |space: SearchSpace| {
        let census = take(space, &plan(Convention::Pre, InitRule::He));
        let (_, figure) =
            figures(&census, 0, Measure::Last).into_iter().find(|(name, _)| name.ends_with("code-depths")).unwrap();
        figure.title
    };
    let (cells, nas) = (title(SearchSpace::cells(3).unwrap()), title(SearchSpace::NAS_BENCH_201));
    assert!(cells.contains("Law code-depths against") && cells.contains("published cell codes of 3 steps"), "{cells}");
    assert!(nas.contains("code-depths (here as paper)") && nas.contains("cells of NAS-Bench-201"), "{nas}");
}

/// Every code has the numbers that its own network gives, though only one of each structure was evaluated.
#[test]
fn shared_structures_change_no_number() {
    let census = take(SearchSpace::cells(3).unwrap(), &Plan::default());
    let nas = take(SearchSpace::NAS_BENCH_201, &Plan::default());
    let mut checked = 0;
    for (census, stride) in [(&census, 1), (&nas, 97)] {
        for (number, setting) in census.settings().iter().enumerate() {
            for row in census.rows(number).step_by(stride).filter(|row| row.status == Status::Trained) {
                let (structure, outcome) = row.numbers.unwrap();
                let graph = row.code.graph(Pooling::AsSkip).unwrap();
                let how = setting.lowering(Activation::RELU);
                let wide = wide_moments(&graph.lower_with(&how).unwrap()).unwrap();
                let last = wide.nodes.last().unwrap();
                let close = |a: f64, b: f64| assert!((a - b).abs() <= 1e-12 * b, "{} {setting}: {a} for {b}", row.code);
                close(outcome.exact.mean_squared_change, last.mean_squared_change);
                close(outcome.exact.second_moment, last.second_moment);
                assert!(outcome.exact.largest_change >= outcome.exact.mean_squared_change);
                let input = LawInput::new(&graph, &how, None).unwrap();
                for law in PathLaw::ALL.into_iter().filter(|law| *law != PathLaw::WeightedSum) {
                    let nas_base = census.space() == SearchSpace::NAS_BENCH_201 && law == PathLaw::CodeDepths;
                    let name = if nas_base { "paper" } else { law.id() };
                    let expected = (Law::find(name).unwrap().rate)(&input).unwrap().to_f64();
                    close(census.predicted(law, structure, outcome), expected);
                }
                checked += 1;
            }
        }
    }
    assert!(checked > 8 * (541 + 130), "{checked}");
}

#[test]
fn published_rates_are_source_rates_over_the_root_of_two() {
    let census = take(
        SearchSpace::cells(3).unwrap(),
        &Plan { inits: vec![InitRule::Source, InitRule::Published], ..plan(Convention::Post, InitRule::Source) },
    );
    for ((_, source), (_, published)) in census.outcomes(0).zip(census.outcomes(1)) {
        let ratio = source.exact.rate(Measure::Last) / published.exact.rate(Measure::Last);
        assert!((ratio - 2.0_f64.sqrt()).abs() < 1e-12);
    }
}

/// Agreement of each law with the exact rate over three-step cells, as the infinite-width notes print it from another
/// implementation: largest over smallest ratio, 5–95 % ratio, correlation of logarithms.
type Printed = [(f64, f64, f64); 4];

const LAWS: [PathLaw; 4] = [PathLaw::Paper, PathLaw::ShortestPath, PathLaw::CodeDepths, PathLaw::WeightedSum];

fn agrees_with_notes(subset: Subset, rows: &[(Convention, InitRule, Printed)]) {
    for &(convention, init, printed) in rows {
        let census = take(SearchSpace::cells(3).unwrap(), &plan(convention, init));
        for (law, (spread, middle, correlation)) in LAWS.into_iter().zip(printed) {
            let found = census.comparison(0, law, Measure::Last, subset).agreement.unwrap();
            // Half a unit of the last printed digit.
            let checks = [
                (found.spread, spread, 0.0501),
                (found.spread_5_95, middle, 0.00501),
                (found.log_correlation.unwrap(), correlation, 0.000501),
            ];
            for (place, (value, expected, margin)) in checks.into_iter().enumerate() {
                assert!((value - expected).abs() <= margin, "{convention} {init} {law} {place}: {value} for {expected}");
            }
        }
    }
}

#[test]
fn agreement_over_all_cells_is_that_of_the_notes() {
    use Convention::{Post, Pre};
    use InitRule::{He, Source, Target};
    let rows = [
        (Pre, Target, [(10.7, 3.71, 0.644), (45.5, 12.44, -0.248), (7.3, 2.70, 0.781), (7.0, 3.10, 0.727)]),
        (Pre, Source, [(7.5, 2.76, 0.775), (30.0, 11.54, -0.252), (5.3, 2.13, 0.900), (5.3, 2.70, 0.816)]),
        (Pre, He, [(4.4, 2.62, 0.846), (18.2, 12.86, -0.217), (3.6, 2.33, 0.953), (4.4, 2.62, 0.846)]),
        (Post, Target, [(10.9, 3.44, 0.622), (44.4, 10.99, -0.242), (7.1, 2.59, 0.758), (7.4, 3.03, 0.709)]),
        (Post, Source, [(7.6, 2.81, 0.777), (28.7, 11.12, -0.254), (4.7, 2.05, 0.901), (5.3, 2.43, 0.802)]),
        (Post, He, [(4.9, 2.43, 0.836), (18.5, 12.41, -0.220), (3.4, 2.12, 0.940), (4.9, 2.43, 0.836)]),
    ];
    agrees_with_notes(Subset::All, &rows);
}

#[test]
fn agreement_over_skip_free_cells_is_that_of_the_notes() {
    use Convention::{Post, Pre};
    use InitRule::{He, Source, Target};
    let rows = [
        (Pre, Target, [(2.7, 1.77, 0.874), (6.3, 3.68, 0.432), (3.0, 2.18, 0.851), (1.7, 1.41, 0.976)]),
        (Pre, Source, [(2.6, 1.59, 0.942), (8.8, 4.00, 0.195), (2.7, 1.78, 0.960), (1.9, 1.44, 0.979)]),
        (Pre, He, [(1.7, 1.50, 0.985), (6.8, 4.83, 0.245), (2.3, 2.02, 1.000), (1.7, 1.50, 0.985)]),
        (Post, Target, [(2.8, 1.82, 0.858), (6.0, 3.37, 0.443), (2.8, 1.95, 0.834), (1.6, 1.36, 0.975)]),
        (Post, Source, [(2.2, 1.42, 0.949), (7.8, 3.84, 0.204), (2.3, 1.55, 0.967), (1.7, 1.40, 0.979)]),
        (Post, He, [(1.7, 1.43, 0.983), (6.7, 4.37, 0.250), (2.0, 1.84, 0.998), (1.7, 1.43, 0.983)]),
    ];
    agrees_with_notes(Subset::WithoutSkips, &rows);
}

#[test]
fn table_reads_back() {
    let plan = plan(Convention::Post, InitRule::Source);
    for space in [SearchSpace::cells(3).unwrap(), SearchSpace::NAS_BENCH_201] {
        let census = take(space, &plan);
        let mut bytes = Vec::new();
        census.write_csv(0, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let mut lines = text.lines();
        let heading: Vec<&str> = lines.next().unwrap().split(',').collect();
        assert_eq!(heading, census.csv_columns());
        let column = |name: &str| heading.iter().position(|other| *other == name).unwrap();
        let mut rows = 0;
        for (line, row) in lines.zip(census.rows(0)) {
            let fields: Vec<&str> = line.split(',').collect();
            assert_eq!(fields.len(), heading.len(), "{line}");
            let field = |name: &str| fields[column(name)];
            assert_eq!(space.parse(field("code")).unwrap(), row.code);
            if space == SearchSpace::NAS_BENCH_201 {
                assert_eq!(space.parse(field("cell")).unwrap(), row.code, "the long spelling");
            }
            assert_eq!((field("status"), field("index")), (row.status.name(), row.code.index().to_string().as_str()));
            let number = |name: &str| field(name).parse::<f64>().unwrap();
            match row.numbers {
                None => assert_eq!([field("rate_last"), field("paper"), field("paths")], [""; 3], "{line}"),
                Some((structure, outcome)) => {
                    let exact = outcome.exact;
                    assert_eq!(number("mean_squared_change"), exact.mean_squared_change);
                    assert_eq!(number("second_moment"), exact.second_moment);
                    assert_eq!(number("sum_cubed"), structure.paths.power_sums[2] as f64);
                    for measure in Measure::ALL {
                        assert_eq!(number(&format!("rate_{measure}")), exact.rate(measure));
                    }
                    for law in PathLaw::ALL {
                        assert_eq!(number(law.id()), census.predicted(law, structure, outcome));
                    }
                }
            }
            rows += 1;
        }
        assert_eq!(rows, space.size());
    }
}

#[test]
fn classes_that_have_no_rate() {
    let census = take(SearchSpace::cells(2).unwrap(), &plan(Convention::Pre, InitRule::Target));
    let class = |code: &str| census.classes()[census.space().parse(code).unwrap().index() as usize];
    assert_eq!((class("2_00"), class("0_02")), (Class::NoPath, Class::NoPath));
    // Skips alone, also where a matrix hangs on a node that leads nowhere.
    assert_eq!((class("1_01"), class("2_10")), (Class::Untrained, Class::Untrained));
    assert!(matches!(class("1_02"), Class::Structure(_)));
    assert!(census.row(0, 27).is_none() && census.row(1, 0).is_none());
}

#[test]
fn refusals() {
    let take = |steps, plan: &Plan| Census::take(SearchSpace::cells(steps).unwrap(), plan, &()).unwrap_err();
    assert!(matches!(take(6, &Plan::default()), CensusError::TooManySteps { steps: 6, limit: 5, .. }));
    assert!(matches!(take(2, &plan(Convention::Preact, InitRule::He)), CensusError::Convention { .. }));
    assert!(matches!(take(2, &Plan { inits: Vec::new(), ..Plan::default() }), CensusError::Empty { .. }));
}

fn archscale(arguments: &[&str], threads: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_archscale")).args(arguments).env("RAYON_NUM_THREADS", threads).output().unwrap()
}

#[test]
fn same_files_for_any_number_of_threads() {
    let root = std::env::temp_dir().join(format!("archscale-census-{}", std::process::id()));
    let run = |threads: &str| {
        let folder = root.join(threads);
        let out = folder.to_str().unwrap();
        let output =
            archscale(&["census", "cells", "--steps", "3", "--activation", "gelu", "--out", out, "--json"], threads);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((summary["with_rate"].as_u64(), summary["activation"].as_str()), (Some(541), Some("gelu")));
        let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.file_name().unwrap().to_str().unwrap().into(), std::fs::read(path).unwrap()))
            .collect();
        files.sort();
        files
    };
    let one = run("1");
    // The summary, for eight settings a table and a figure of each law, and the list of all.
    assert_eq!(one.len(), 1 + 8 * (1 + PathLaw::ALL.len()) + 1);
    assert!(one == run("8"), "files differ between one thread and eight");
    std::fs::remove_dir_all(&root).unwrap();
}

#[test]
fn what_another_census_or_user_left_stays() {
    let folder = std::env::temp_dir().join(format!("archscale-census-own-{}", std::process::id()));
    let out = folder.to_str().unwrap();
    let take = |steps: &str| archscale(&["census", "cells", "--steps", steps, "--init", "he", "--out", out], "2");
    let refused = |steps: &str, words: &str| {
        let output = take(steps);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && message.contains(words), "{message}");
        assert!(output.stdout.is_empty(), "it worked before it refused");
    };
    assert!(take("2").status.success() && take("2").status.success());
    refused("1", "published cell codes of 2 steps");
    let table = folder.join("census-pre-he.csv");
    std::fs::write(&table, "mine").unwrap();
    refused("2", "census-pre-he.csv: it was changed since");
    assert_eq!(std::fs::read_to_string(&table).unwrap(), "mine");
    std::fs::remove_dir_all(&folder).unwrap();
    // A census that is refused leaves no folder.
    assert_eq!(archscale(&["census", "cells", "--steps", "6", "--out", out], "2").status.code(), Some(2));
    assert!(!folder.exists());
}

#[test]
fn unusable_input() {
    let cases: &[(&[&str], &[&str])] = &[
        (&["census", "nb101"], &["nb101"]),
        (&["census", "cells"], &["--steps"]),
        (&["census", "cells", "--steps", "0"], &["--steps", "from 1"]),
        (&["census", "cells", "--steps", "9"], &["9", "at most"]),
        (&["census", "cells", "--steps", "6"], &["10460353203", "at most 5"]),
        (&["census", "nb201", "--convention", "preact"], &["preact", "pre or post"]),
        (&["census", "nb201", "--init", "glorot"], &["glorot", "published"]),
        (&["census", "nb201", "--activation", "sine"], &["sine", "gelu"]),
        (&["census", "cells", "--steps", "2", "--out", "/proc/nowhere"], &["/proc/nowhere", "written"]),
    ];
    for (arguments, parts) in cases {
        let output = archscale(arguments, "2");
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        for part in *parts {
            assert!(message.contains(part), "{arguments:?}: '{part}' not in '{message}'");
        }
        assert!(!message.contains("panicked"), "{arguments:?}: {message}");
    }
}

#[test]
fn summary_table() {
    let output =
        archscale(&["census", "nb201", "--convention", "pre", "--init", "he", "--change", "relative", "--wide"], "2");
    let text = String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "weighted-sum",
        "without skips",
        "cells of NAS-Bench-201: ",
        "code-depths (here as paper)",
        "with L + 2 and a base of depth 3",
        "A row is a law on a set of codes, whose number stands beside it; there is a table for each convention and initialisation",
        "no path reaches the last node of 341",
        "average pooling counts as a skip",
        "Digest",
    ] {
        assert!(text.contains(part), "'{part}' not in {text}");
    }
}
