//! Scores and predictions checked by hand, and everything that cannot be judged.

use std::collections::BTreeSet;
use std::path::Path;

use crate::common::{READS_U, READS_X, as_base, measurement, set, with};
use archscale_rates::{
    Anchor, EvaluationSet, FURTHER_LAWS, MeasuredNetwork, Measurement, NetworkSpec, ParametricLaw, Predict, RatesError,
    ScoreSettings, TrainedStem,
};

fn close(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-12, "found {found}, wanted {wanted}");
}

/// Three networks with these predictions and rates, the first of them the base.
fn three(x: [f64; 3], rates: [&[f64]; 3]) -> Vec<Measurement> {
    let one = |i: usize| with(measurement("g", &format!("chain:{}", i + 1), rates[i].to_vec()), &[("x", x[i])]);
    vec![as_base(one(0)), one(1), one(2)]
}

#[test]
fn a_score_by_hand() {
    // x = 0, 1, 2 and y = 0, 2, 1: r and slope ½; y − x = 0, 1, −1 with mean 0, squares 2/(3 − 1).
    let set = set(three([0.0, 1.0, 2.0], [&[0.0], &[2.0], &[1.0]]), ScoreSettings::default());
    let score = set.score(&set.groups()[0], &READS_X).unwrap();
    close(score.correlation.value, 0.5);
    close(score.slope.value, 0.5);
    close(score.rms.value, 1.0);
    close(score.constant, 0.0);
    // From the base: deviations 1 and −1 with constant 0.
    close(score.base_constant.unwrap(), 0.0);
    close(score.base_rms.unwrap().value, 1.0);
    assert_eq!((score.networks, score.correlation.interval, score.ceiling), (3, None, None));
}

#[test]
fn one_rate_by_hand() {
    // y = 0, 2, 1: about the mean 1 squares 1, 1, 0 over 3 − 1; about the base's 0 squares 4 and 1 over 2.
    let set = set(three([0.0, 1.0, 2.0], [&[0.0], &[2.0], &[1.0]]), ScoreSettings::default());
    let group = &set.groups()[0];
    let one_rate = set.one_rate(group).unwrap();
    close(one_rate.rms.value, 1.0);
    close(one_rate.base_rms.unwrap().value, 2.5_f64.sqrt());
    // Its place beside the laws: x has the same rms about its constant, and less from the base.
    let report = set.report(&[READS_X]);
    assert_eq!(report.groups[0].one_rate, Some(one_rate));
    assert!(report.markdown().contains("One rate for all would score rms 1.000, 1.581 from the base."));
    assert!(set.score(group, &READS_X).unwrap().base_rms.unwrap().value < one_rate.base_rms.unwrap().value);
}

#[test]
fn a_ratio_from_the_base_by_hand() {
    // Rates fall by 0.2 a step, u says by 0 and x by 1: deviations 0.2 k and 0.8 k, so x is four times as far off.
    let one = |k: u32| {
        let step = f64::from(k);
        let covariates = [("x", -step), ("u", 0.0), ("exact", -0.2 * step)];
        with(measurement("g", &format!("chain:{}", k + 1), vec![5.0 - 0.2 * step]), &covariates)
    };
    let list = vec![as_base(one(0)), one(1), one(2), one(3)];
    let set = set(list.clone(), ScoreSettings::default());
    let group = &set.groups()[0];
    let ratio = set.base_ratio(group, &READS_X, &READS_U).unwrap();
    close(ratio.value, 4.0);
    close(set.base_ratio(group, &READS_U, &READS_X).unwrap().value, 0.25);
    assert_eq!(ratio.interval, None, "four architectures bear no interval");
    let exact =
        ParametricLaw { id: "exact", predict: Predict::Formula(|features, _| features.covariate("exact")), ..READS_X };
    assert!(matches!(set.base_ratio(group, &READS_X, &exact), Err(RatesError::Exact { law }) if law == "exact"));
    let refused = |list: Vec<Measurement>| {
        let set = EvaluationSet::new(list, ScoreSettings::default()).unwrap();
        set.base_ratio(&set.groups()[0], &READS_X, &READS_U).unwrap_err()
    };
    assert!(matches!(refused(list[..3].to_vec()), RatesError::TooFew { found: 2, least: 3 }));
    let mut silent = list;
    silent[0].covariates.remove("x");
    assert!(matches!(refused(silent), RatesError::NoBase { .. }));
}

#[test]
fn a_ceiling_by_hand() {
    // Means 1, 4, 7 (variance 9) with seed variance 2 of two seeds each: reliability 1 − 1/9.
    let set = set(three([0.0, 1.0, 2.0], [&[0.0, 2.0], &[3.0, 5.0], &[6.0, 8.0]]), ScoreSettings::default());
    let group = &set.groups()[0];
    let ceiling = set.ceiling(group).unwrap();
    close(ceiling.correlation.value, (8.0_f64 / 9.0).sqrt());
    close(ceiling.rms, 1.0);
    close(ceiling.seed_variance, 2.0);
    let report = set.report(&[READS_X]);
    close(report.groups[0].base.standard_error.unwrap(), 1.0);
    // One network with one seed: variance 2 from the others, mean of 1/m = (½ + ½ + 1)/3.
    let set =
        EvaluationSet::new(three([0.0, 1.0, 2.0], [&[0.0, 2.0], &[3.0, 5.0], &[7.0]]), ScoreSettings::default()).unwrap();
    close(set.ceiling(&set.groups()[0]).unwrap().correlation.value, (1.0 - 2.0 * (2.0 / 3.0) / 9.0_f64).sqrt());
}

#[test]
fn candidates_on_a_chain_by_hand() {
    // chain:3 with He weights: v = 1, κ = ½, 1, 3/2; B of the last vertex 19/4, so T = 10/4; before it B(1) and B(2).
    let case = MeasuredNetwork::new(measurement("g", "chain:3", vec![0.0]), false).unwrap();
    let at = |id: &str, theta: &[f64]| ParametricLaw::find(id).unwrap().ln_rate(case.features(), theta).unwrap();
    let vertices = case.features().vertices().unwrap();
    close(vertices[2].kernel, 1.5);
    close(vertices[2].cross.unwrap(), 2.5);
    close(at("kernel", &[]), -(1.5_f64.ln()));
    // R = ½, N = 3/2.
    close(at("output-kernel", &[]), -(2.0_f64.ln()));
    close(at("output-quadrature", &[]), -0.5 * 2.5_f64.ln());
    // Width 64, y² = 2.
    close(at("grown-readout", &[2.0_f64.ln()]), -(64.0 * 0.5 + 2.0 * 1.5_f64).ln());
    close(at("kernel-trace", &[]), -(3.0_f64.ln()));
    close(at("paper-kernel-size", &[]), -0.5 * 27.0_f64.ln());
    close(at("weighted-power", &[2.0]), -(27.0_f64.ln()));
    close(at("weighted-and-kernel", &[1.0, 0.5]), -0.5 * 27.0_f64.ln() - 0.5 * 1.5_f64.ln());
    close(at("self-and-cross", &[0.0]), -0.5 * 4.75_f64.ln());
    close(at("two-limits", &[6.0]), -0.5 * 2.5_f64.ln());
    close(at("two-limits", &[-6.0]), -6.0 - 1.5_f64.ln());
    close(at("geometric", &[0.0]), at("weighted-paths", &[]));
    close(at("geometric", &[1.0]), at("exact-T", &[]));
    close(at("features-power", &[1.0, 0.0, 0.0]), at("exact-T", &[]));
    close(at("features-power", &[0.0, 1.0, 1.0]), at("kernel", &[]) + at("weighted-paths", &[]));
    let ids: BTreeSet<&str> = ParametricLaw::all().iter().map(|law| law.id).collect();
    assert_eq!((ids.len(), ParametricLaw::all().len(), FURTHER_LAWS.len()), (24, 24, 15));
    for law in ParametricLaw::all() {
        assert!(law.formula.len() > 3 && law.hypotheses.len() > 5 && law.parameters.len() <= 3, "{}", law.id);
        assert!(law.parameters.iter().all(|of| of.low < of.high), "{}", law.id);
        assert!(law.ln_rate(case.features(), &law.middle()).is_ok(), "{}", law.id);
    }
}

#[test]
fn what_a_law_does_not_predict_is_left_out_and_named() {
    // T is zero on one layer, unknown with skips; the base is chain:1.
    let texts = ["chain:1", "chain:2", "chain:3", "chain:4", "edges:0-1,1-2,2-3,1-3s,3-4"];
    let list: Vec<Measurement> =
        texts.iter().zip([0.0, -1.0, -1.6, -2.0, -1.5]).map(|(text, rate)| measurement("g", text, vec![rate])).collect();
    let set = set(list, ScoreSettings { folds: 2, ..ScoreSettings::default() });
    let laws = ["exact-T", "exact-B", "paper"].map(|id| ParametricLaw::find(id).unwrap());
    let report = set.report(&[&laws[..], &[READS_X]].concat());
    let group = &report.groups[0];
    assert_eq!((group.base.declared, group.base.architectures.as_slice()), (false, [String::from("chain:1")].as_slice()));
    let [cross, exact, paper, covariate] = &group.laws[..] else { panic!("four laws") };
    let missing: Vec<&str> = cross.missing.iter().map(|missing| missing.architecture.as_str()).collect();
    assert_eq!(missing, ["chain:1", texts[4]]);
    assert!(cross.missing[0].reason.contains("is zero here"), "{:?}", cross.missing);
    let score = cross.score.as_ref().unwrap();
    assert_eq!((score.networks, score.base_constant, score.base_rms), (3, None, None));
    assert!(exact.missing.is_empty() && paper.missing.is_empty());
    assert_eq!(covariate.missing.len(), 5);
    assert!(covariate.missing[0].reason.contains("no covariate 'x'"));
    assert!(
        covariate.score.is_none() && covariate.reasons[0].contains("0 architectures where at least 3"),
        "{:?}",
        covariate.reasons
    );
    // The leader predicts most networks; the comparison with exact-T is on three, without held-out networks in common.
    assert!(group.leader.as_deref() == Some("exact-B") || group.leader.as_deref() == Some("paper"));
    let against = group.comparisons.iter().find(|against| against.scores.second == "exact-T").unwrap();
    assert_eq!((against.scores.networks, against.held_out), (3, None));
    let text = report.markdown();
    assert!(text.contains("exact-T: no prediction for 2 of 5 networks, such as chain:1"), "{text}");
    assert!(text.contains("No noise ceiling is known"), "{text}");
}

#[test]
fn other_activations_and_conventions() {
    for (activation, convention) in [("gelu", "pre"), ("relu", "post"), ("tanh", "post")] {
        let mut one = measurement("g", "chain:3", vec![0.0]);
        (one.spec.activation, one.spec.convention) = (activation.parse().unwrap(), convention.parse().unwrap());
        let case = MeasuredNetwork::new(one, false).unwrap();
        let rate = |id: &str| ParametricLaw::find(id).unwrap().ln_rate(case.features(), &[]);
        // The same B by the law of the theory crate and from the vertices.
        let largest = case.features().vertices().unwrap().iter().map(|at| at.change / at.second_moment).fold(0.0, f64::max);
        close(rate("exact-B").unwrap(), -0.5 * largest.ln());
        assert!(rate("kernel").is_ok());
        assert!(rate("exact-T").unwrap_err().to_string().contains("linear edges with ReLU"), "{:?}", rate("exact-T"));
    }
}

#[test]
fn what_cannot_be_judged() {
    let open = |list: Vec<Measurement>| EvaluationSet::new(list, ScoreSettings::default());
    let on = |list: Vec<Measurement>| {
        let set = open(list).unwrap();
        let group = &set.groups()[0];
        (set.score(group, &READS_X), set.ceiling(group), set.held_out(group, &READS_X), set.transfer(group, &READS_X))
    };
    let (score, ceiling, held_out, transfer) = on(three([0.0, 1.0, 2.0], [&[0.0], &[2.0], &[1.0]])[..2].to_vec());
    assert!(matches!(score.unwrap_err(), RatesError::TooFew { found: 2, least: 3 }));
    assert!(matches!(ceiling.unwrap_err(), RatesError::TooFew { found: 2, least: 3 }));
    assert!(matches!(held_out.unwrap_err(), RatesError::TooFew { found: 2, least: 5 }));
    assert!(matches!(transfer.unwrap_err(), RatesError::TooFew { found: 1, least: 3 }));
    let (score, ceiling, _, _) = on(three([0.3; 3], [&[0.0], &[2.0], &[1.0]]));
    assert!(matches!(score.unwrap_err(), RatesError::ConstantPrediction { architectures: 3 }));
    assert!(matches!(ceiling.unwrap_err(), RatesError::OneSeed));
    let (score, ceiling, _, _) = on(three([0.0, 1.0, 2.0], [&[0.7, 0.5]; 3]));
    assert!(matches!(score.unwrap_err(), RatesError::ConstantMeasurement { architectures: 3 }));
    assert!(matches!(ceiling, Err(RatesError::ConstantMeasurement { .. })), "{ceiling:?}");
    // Networks of one architecture under three rules are one architecture.
    let mut same = three([0.0, 1.0, 2.0], [&[0.0], &[2.0], &[1.0]]);
    for (one, init) in same.iter_mut().zip(["target", "source", "he"]) {
        one.spec = NetworkSpec::parse("complete:2", init, "pre", "relu").unwrap();
    }
    assert!(matches!(on(same).0.unwrap_err(), RatesError::TooFew { found: 1, least: 3 }));

    assert!(matches!(open(Vec::new()).unwrap_err(), RatesError::Empty { least: 3 }));
    let twice = vec![measurement("g", "chain:2", vec![0.0]), measurement("g", "edges:0-1,1-2,2-3", vec![1.0])];
    assert!(matches!(open(twice), Err(RatesError::Duplicate { .. })));
    let message = |one: Measurement| open(vec![one]).unwrap_err().to_string();
    assert!(message(measurement("g", "chain:1", Vec::new())).contains("is empty; give one for each seed"));
    assert!(message(measurement("g", "chain:1", vec![f64::NEG_INFINITY])).contains("a log-rate is -inf"));
    for settings in [
        ScoreSettings { replicates: 10, ..ScoreSettings::default() },
        ScoreSettings { level: 1.0, ..ScoreSettings::default() },
        ScoreSettings { folds: 1, ..ScoreSettings::default() },
        ScoreSettings { repeats: 0, ..ScoreSettings::default() },
    ] {
        let list = vec![measurement("g", "chain:1", vec![0.0])];
        assert!(matches!(EvaluationSet::new(list, settings), Err(RatesError::Setting { .. })));
    }
    assert!(ParametricLaw::find("papr").unwrap_err().to_string().contains("expected one of paper, code-depths"));
    let set = open(three([0.0, 1.0, 2.0], [&[0.0], &[2.0], &[1.0]])).unwrap();
    assert!(set.group("h").unwrap_err().to_string().contains("expected one of g"));
    assert!(matches!(set.figure(&READS_U, Anchor::Base), Err(RatesError::TooFew { .. })));
}

#[test]
fn files_of_measurements() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("measurements.jsonl");
    let list = three([0.0, 0.25, 2.0], [&[0.0, -1.5], &[2.0], &[1.0]]);
    Measurement::write_file(&path, &list).unwrap();
    assert_eq!(Measurement::read_file(&path).unwrap(), list);
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 3);
    let message = |text: &str| Measurement::parse_lines(text).unwrap_err().to_string();
    let good = text.lines().next().unwrap();
    assert!(message(&format!("{good}\n\n{}", &good[..40])).starts_with("line 3 is no measurement: EOF"));
    assert!(message(&good.replace("\"init\"", "\"ini\"")).contains("unknown field `ini`"));
    assert!(message(&good.replace("\"init\":\"target\",", "")).contains("missing field `init`"));
    assert!(message(&good.replace("\"target\"", "\"xavier\"")).contains("xavier"));
    let unbuilt = message(&good.replace("chain:1", "chain:0"));
    assert!(unbuilt.starts_with("line 1 is no measurement: network 'chain:0' in group 'g'"), "{unbuilt}");
    assert!(message(&good.replace("[0.0,-1.5]", "[]")).contains("is empty; give one for each seed"));
    assert!(message(&good.replace("[0.0,-1.5]", "[null]")).contains("line 1"));
    assert!(message(&good.replace("\"width\":64", "\"width\":0")).contains("width 0"));
    assert!(message("\n").contains("no measurement was given"));
    let mut bad = list;
    bad[1].log_rates.push(f64::NAN);
    assert!(matches!(Measurement::to_lines(&bad), Err(RatesError::Line { line: 2, .. })));
    assert!(matches!(Measurement::read_file(Path::new("/nowhere/at-all")), Err(RatesError::File { .. })));
}

/// Files of version 0.1 state a trained stem as a covariate; since then it has a field of its own.
#[test]
fn stems_in_files_old_and_new() {
    let line = |more: &str| {
        format!(
            r#"{{"group":"g","architecture":"chain:1","init":"he","convention":"pre","activation":"relu","width":8,"log_rates":[0.0]{more}}}"#
        )
    };
    let stem = |more: &str| Measurement::parse_lines(&line(more)).map(|list| list[0].stem);
    assert_eq!(stem("").unwrap(), None);
    assert_eq!(stem(r#","covariates":{"trained_stem":0.0}"#).unwrap(), None);
    for (share, layer) in [(1.0, true), (0.5, true), (0.0625, false)] {
        let old =
            Measurement::parse_lines(&line(&format!(r#","covariates":{{"batch":32.0,"trained_stem":{share}}}"#))).unwrap();
        assert_eq!(old[0].stem, Some(TrainedStem { share, layer }));
        assert!(!old[0].covariates.contains_key("trained_stem") && old[0].covariates["batch"] == 32.0);
        let new = Measurement::to_lines(&old).unwrap();
        assert!(new.contains(&format!(r#""stem":{{"share":{share:?},"layer":{layer}}}"#)), "{new}");
        assert_eq!(Measurement::parse_lines(&new).unwrap(), old);
    }
    // Which stems are a layer is said in the file, so another rule can be tried.
    let own = stem(r#","stem":{"share":0.0625,"layer":true}"#).unwrap();
    assert_eq!(own, Some(TrainedStem { share: 0.0625, layer: true }));
    let both = stem(r#","stem":{"share":1.0,"layer":true},"covariates":{"trained_stem":1.0}"#).unwrap_err().to_string();
    assert!(both.contains("give stem alone"), "{both}");
    assert!(stem(r#","stem":{"share":-1.0,"layer":true}"#).unwrap_err().to_string().contains("share of the stem is -1"));
}

#[test]
fn reports_are_reproducible_and_figures_show_every_group() {
    let mut list = Vec::new();
    for (group, slope) in [("depth", 1.5), ("other", 1.2)] {
        for depth in 2..=13_i32 {
            let rate = -slope * f64::from(depth).ln() + 0.05 * f64::from(depth * 7 % 5);
            list.push(measurement(group, &format!("chain:{depth}"), vec![rate, rate + 0.1]));
        }
    }
    let settings = ScoreSettings { replicates: 199, repeats: 2, ..ScoreSettings::default() };
    let set = set(list, settings);
    let laws = ParametricLaw::all();
    let report = set.report(&laws);
    assert_eq!(report, set.report(&laws));
    assert_eq!((report.groups.len(), report.groups[1].name.as_str(), report.groups[0].seeds), (2, "other", (2, 2)));
    let text = report.markdown();
    assert!(text.contains("## depth") && text.contains("| **") && text.contains("A perfect law would score r = "), "{text}");
    for anchor in [Anchor::Fitted, Anchor::Base] {
        let figure = set.figure(&ParametricLaw::find("paper").unwrap(), anchor).unwrap();
        assert_eq!((figure.series.len(), figure.series[1].points.len(), figure.identity), (2, 12, true));
        assert!(figure.series[0].points.iter().all(|point| point.bar.is_some_and(|bar| bar.0 < point.y && point.y < bar.1)));
        if anchor == Anchor::Base {
            // The smallest network lies on the line.
            let base = figure.series[0].points[0];
            assert!((base.x / base.y - 1.0).abs() < 1e-12);
        }
        assert!(figure.svg().contains("depth"));
    }
    // On chains under target init two laws are one, and a power of a law has its r: nothing but rounding between them.
    let find = |id: &str| ParametricLaw::find(id).unwrap();
    let group = &set.groups()[0];
    for (first, second) in [("paper", "weighted-paths"), ("weighted-sum", "weighted-paths")] {
        let same = set.compare(group, &find(first), &find(second)).unwrap();
        assert!(same.correlation.value.abs() < 1e-12 && same.rms.value.abs() < 1e-12);
        assert_eq!((same.correlation.interval, same.rms.interval), (None, None));
    }
    let power = set.compare(group, &find("paper"), &find("weighted-power")).unwrap();
    assert_eq!((power.correlation.interval, power.rms.interval.is_some()), (None, true));
    // Another seed moves intervals, not values.
    let other = EvaluationSet::new(
        set.groups().iter().flat_map(|group| group.networks().iter().map(|case| case.measurement().clone())).collect(),
        ScoreSettings { seed: 2, ..settings },
    )
    .unwrap();
    let (a, b) = (set.score(&set.groups()[0], &laws[0]).unwrap(), other.score(&other.groups()[0], &laws[0]).unwrap());
    assert_eq!(a.correlation.value, b.correlation.value);
    assert_ne!(a.correlation.interval, b.correlation.interval);
}
