//! `scale` and its neighbours: learning rates and weights of a network from those of another, and what an answer assumes.
//!
//! False alarm of this file: at most 3e-9 (three decisions at 1e-9; the commands' output has no random assertion).

use archscale::model::{Activation, Convention, InitRule, Network};
use archscale::sim::{Settings, StreamKey, simulate};
use archscale::stats::{Outcome, Plan, decide};
use archscale::theory::keep;
use serde_json::Value;

use crate::support::{archscale, json, screen};

/// One line, as a terminal of any width would have broken it.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Residual blocks v → v + 1 → v + 2 beside a skip v → v + 2, between a first and a last linear edge.
fn residual(blocks: usize) -> String {
    let of = |v: usize| format!("{v}-{},{}-{},{v}-{}s", v + 1, v + 1, v + 2, v + 2);
    let list: Vec<String> = (0..blocks).map(|block| of(2 * block + 1)).collect();
    format!("edges:0-1,{},{}-{}", list.join(","), 2 * blocks + 1, 2 * blocks + 2)
}

#[test]
fn a_chain_four_times_as_deep_gets_an_eighth_by_the_paper() {
    let report = json(&["scale", "--base", "chain:1", "--lr", "0.8", "chain:4", "chain:1", "--width", "128"]);
    let deep = &report["networks"][0];
    let rate = |network: &Value, law: &str| -> f64 {
        let laws = network["laws"].as_array().unwrap();
        laws.iter().find(|rate| rate["law"] == law).unwrap()["learning_rate"].as_f64().unwrap()
    };
    // L^(−3/2) at L = 4; the exact law is (L(2L² + 1)/12)^(−1/2): 1/4 at L = 1, 11 at L = 4.
    assert!((rate(deep, "paper") - 0.1).abs() < 1e-12);
    assert!((rate(deep, "weighted-sum") - 0.1).abs() < 1e-12);
    assert!((rate(deep, "exact-B") - 0.8 / 44.0_f64.sqrt()).abs() < 1e-12);
    // Of the base itself every law gives the tuned learning rate, and the sweep is a factor of three either way.
    let same = &report["networks"][1];
    assert!(same["learning_rate"] == 0.8 && same["recommended"] == true);
    let sweep = |network: &Value| [0, 1].map(|end: usize| network["sweep"][end].as_f64().unwrap());
    assert!((sweep(same)[0] * 3.0 - 0.8).abs() < 1e-12 && (sweep(same)[1] - 2.4).abs() < 1e-12);
    // output-kernel says 0.8 · 2/5; weighted-paths 0.1 is below a third of it and opens the range.
    assert!((sweep(deep)[0] - 0.1).abs() < 1e-12 && (sweep(deep)[1] - 3.0 * 0.32).abs() < 1e-12, "{:?}", sweep(deep));
    let weights = deep["weights"].as_array().unwrap();
    assert_eq!(weights.len(), 5);
    assert!(weights[0]["layer"] == "data" && weights[0]["fan_in"].is_null() && weights[0]["rule"] == "√(C/d)");
    for edge in &weights[1..4] {
        // √(2/128)
        assert_eq!((edge["fan_in"].as_u64(), edge["standard_deviation"].as_f64()), (Some(128), Some(0.125)));
    }
    // √2/128
    assert!(weights[4]["layer"] == "readout" && weights[4]["rule"] == "√C/n");
    let readout = weights[4]["standard_deviation"].as_f64().unwrap();
    assert!((readout - 2.0_f64.sqrt() / 128.0).abs() < 1e-15);
    let with = json(&["scale", "--base", "chain:1", "--lr", "0.8", "chain:4", "--input-dim", "50"]);
    let data = &with["networks"][0]["weights"][0];
    assert!((data["fan_in"].as_u64(), data["standard_deviation"].as_f64()) == (Some(50), Some(0.2)), "√(2/50)");
}

#[test]
fn the_recommended_law_comes_first_and_others_say_what_they_are() {
    let report =
        json(&["scale", "--base", "chain:2", "--lr", "0.3", "complete:4", "cell:2_12_112", "nas:3_24_440,pool=skip"]);
    let networks = report["networks"].as_array().unwrap();
    // Only the first is of the base's family and keeps its second moments.
    assert_eq!(networks.iter().map(|network| network["recommended"] == true).collect::<Vec<_>>(), [true, false, false]);
    for network in networks {
        let laws = network["laws"].as_array().unwrap();
        let recommended: Vec<usize> = (0..laws.len()).filter(|&at| laws[at]["recommended"] == true).collect();
        assert_eq!(recommended.len(), usize::from(network["recommended"] == true));
        assert!(recommended.iter().all(|&at| at == 0));
        assert_eq!(network["recommended"] == true, network["reasons"].is_null() && !network["sweep"].is_null());
        assert_eq!(laws[0]["learning_rate"], network["learning_rate"]);
        let values: Vec<bool> = laws.iter().map(|law| law["learning_rate"].is_null()).collect();
        assert!(values.windows(2).all(|pair| pair[0] <= pair[1]), "laws without a value come last");
        assert!(laws.iter().all(|law| !law["caveat"].as_str().unwrap().is_empty()));
    }
}

#[test]
fn no_rate_is_recommended_where_second_moments_leave_their_range() {
    let blocks = residual(8);
    let grown = |case: &[&str]| -> (Value, f64, u64) {
        let report = json(&[&["scale", "--lr", "0.1"], case].concat());
        let network = report["networks"][0].clone();
        assert_eq!(
            (network["recommended"].as_bool(), network["offer"].as_str()),
            (Some(false), Some("--init keep")),
            "{case:?}"
        );
        assert!(network["sweep"].is_null() && network["laws"][0]["recommended"] == false);
        let moments = &network["second_moment"];
        let largest = &moments["largest"];
        let low = moments["smallest"]["second_moment"].as_f64().unwrap();
        let high = largest["second_moment"].as_f64().unwrap();
        let extreme = if high > 2.0 { high } else { low };
        let vertex = if high > 2.0 { largest["vertex"].as_u64() } else { moments["smallest"]["vertex"].as_u64() }.unwrap();
        let named = format!("at vertex {vertex}, out of [½, 2]");
        assert!(
            network["reasons"].as_array().unwrap().iter().any(|why| why.as_str().unwrap().contains(&named)),
            "{network}"
        );
        (network, extreme, vertex)
    };
    // 1.5 a block; doubled by a linear layer; GELU passes E σ² = 0.4252 of E z² = 1, less of less.
    let (network, value, vertex) = grown(&["--base", &residual(2), &blocks]);
    assert!((value / 1.5_f64.powi(8) - 1.0).abs() < 1e-12 && vertex == 17, "{value} at {vertex}");
    assert_eq!(network["second_moment"]["vertices"].as_array().unwrap().len(), 17);
    let (_, value, vertex) = grown(&["--base", "chain:3", "chain:12", "--activation", "linear"]);
    assert!((value / 2048.0 - 1.0).abs() < 1e-12 && vertex == 12);
    let (_, value, vertex) = grown(&["--base", "chain:3", "chain:12", "--activation", "gelu"]);
    assert!((value - 0.0154).abs() < 5e-5 && vertex == 12, "{value} at {vertex}");
    let network = "nasnet:3_24_440,N=5,pool=skip";
    let (_, value, _) = grown(&["--base", "nasnet:3_24_440,N=1,pool=skip", network]);
    assert!((value / 73728.0 - 1.0).abs() < 1e-12);
    // On screen the headline says so first, without a rate.
    let text = joined(&screen(&["scale", "--base", &residual(2), "--lr", "0.1", &blocks]));
    assert!(text.contains("no rate is recommended: E|z|²/n of the base is 2.25 at vertex 5, out of [½, 2]"), "{text}");
    assert!(text.contains("Try --init keep") && !text.contains("(recommended)") && !text.contains("sweep ["), "{text}");
    // Both within the range, and more than a factor of two apart: GELU's chain falls to 0.569, a skip adds 1 to 0.353.
    let block = "edges:0-1,1-2,1-3s,2-3,3-4";
    let shown = json(&["scale", "--base", "chain:4", "--lr", "0.1", block, "--activation", "gelu"]);
    let reasons = shown["networks"][0]["reasons"].to_string();
    let says = "ends with 1.35 at vertex 3 where the base ends with 0.569 at vertex 4";
    assert!(reasons.contains(says) && !reasons.contains("out of"), "{reasons}");
    // Values beyond double precision are told by their logarithm: 2^(v−1) under He weights.
    let deep = json(&["scale", "--base", "complete:10", "--lr", "0.1", "--init", "he", "complete:1100"]);
    let largest = &deep["networks"][0]["second_moment"]["largest"];
    assert!(largest["second_moment"].is_null(), "{largest}");
    assert!((largest["second_moment_log10"].as_f64().unwrap() - 1099.0 * 2.0_f64.log10()).abs() < 1e-9);
}

#[test]
fn keep_gives_a_rate_where_target_gave_none() {
    let blocks = residual(8);
    for extra in [&[][..], &["--convention", "post"], &["--activation", "gelu"], &["--activation", "tanh"]] {
        let report = json(&[&["scale", "--base", &residual(2), "--lr", "0.1", &blocks, "--init", "keep"], extra].concat());
        let network = &report["networks"][0];
        assert_eq!((network["recommended"].as_bool(), report["init"].as_str()), (Some(true), Some("keep")), "{extra:?}");
        for end in ["smallest", "largest"] {
            let value = network["second_moment"][end]["second_moment"].as_f64().unwrap();
            assert!((value - 1.0).abs() < 1e-9, "{extra:?}: {value}");
        }
        let skips = network["skips"].as_array().unwrap();
        assert_eq!(skips.len(), 8);
        let before = |skip: &Value| skip["multiplier"].as_f64().unwrap();
        let pre = !extra.contains(&"post");
        // Pre-activations have mean 0: half of the second moment each.
        assert!(skips.iter().all(|skip| (before(skip) - 0.5_f64.sqrt()).abs() < 1e-9) == pre, "{skips:?}");
        assert!(network["warnings"].to_string().contains("multiplied by"));
    }
    // The law and path sums read the same gains: a skip's weight is m² = ½.
    let law = json(&["law", &blocks, "--init", "keep", "--activation", "silu"]);
    for vertex in law["vertices"].as_array().unwrap() {
        assert!((vertex["second_moment"].as_f64().unwrap() - 1.0).abs() < 1e-6, "{vertex}");
    }
    let paths = json(&["paths", &blocks, "--init", "keep"]);
    assert!((paths["weighted_paths"].as_f64().unwrap() - 1.0).abs() < 1e-12, "{paths}");
}

/// Three networks at n = 16, seed 5, 20,000 samples: E|z|²/n is 1 under keep also at a finite width, since every trained matrix reads
/// a vector of fixed length or is followed by nothing that is not linear in E|z|². Margin 10 %, power 0.99. Without the multiplier
/// the last vertex has E|z|²/n = 1.5 or more.
#[test]
fn networks_themselves_keep_their_second_moment() {
    let plan = Plan::new(1e-9, 0.99, 0.1).unwrap();
    for (text, convention, activation) in [
        ("edges:0-1,1-2,1-3s,2-3,2-4s,3-4,3-5s,4-5,5-6", Convention::Pre, Activation::RELU),
        ("edges:0-1,0-2,1-2,1-3,2-3s,3-4", Convention::Pre, Activation::GELU),
        ("edges:0-1,0-2,1-2s,2-3", Convention::Post, Activation::SILU),
    ] {
        let simulated = |network: &Network, init| {
            let how = network.lowering(init).with_convention(convention).with_activation(activation);
            let program = network.lower(&how).unwrap();
            let key = StreamKey::new("test scale", format!("{text} {convention} {activation} {init}"), 5);
            let last = simulate(&program, &Settings::new(16, 20_000, key), &|_| ()).unwrap().nodes.pop().unwrap();
            decide(&last.second_moment, 1.0, &plan)
        };
        let plain = Network::parse(text).unwrap();
        let decision = simulated(&keep(&plain, convention, activation).unwrap(), InitRule::Keep);
        assert_eq!(decision.outcome, Outcome::Supported, "{text}: {decision:?}");
        assert_eq!(simulated(&plain, InitRule::Target).outcome, Outcome::Refuted, "{text}");
    }
}

#[test]
fn families_disagreement_and_a_law_that_stands_in_are_said() {
    let of = |case: &[&str]| json(&[&["scale", "--lr", "0.1"], case].concat())["networks"][0].clone();
    for (case, part) in [
        (&["--base", "conv:depth=4", "chain:4"][..], "the base is over images and this network over vectors"),
        (&["--base", "chain:3", "conv:depth=3,kernel=5"], "the base is over vectors and this network over images"),
        (&["--base", "conv:depth=3,kernel=3", "conv:depth=3,kernel=5"], "the kernel's side is 3 in the base and 5 here"),
        (&["--base", "conv:depth=2", "conv:depth=2,dims=2,size=4"], "the image's dimensions are 1 in the base and 2 here"),
        (
            &["--base", "conv:depth=2", "conv:depth=2,readout=flatten"],
            "the readout of positions is gap in the base and flatten here",
        ),
        (&["--base", "chain:2", "edges:0-1,1-2,1-3s,2-3,3-4"], "this network has skips and the base none"),
    ] {
        let network = of(case);
        let reasons = network["reasons"].to_string();
        assert!(network["recommended"] == false && reasons.contains(part), "{case:?}: {reasons}");
    }
    let network = of(&["--base", "chain:1", "chain:40"]);
    let warnings = network["warnings"].to_string();
    assert!(network["recommended"] == true && warnings.contains("disagree by more than a factor of 3: "), "{warnings}");
    assert!(warnings.contains("output-kernel says"), "{warnings}");
    // Over images in the convention post the recommended law has no value.
    let block = "conv:kernel=3,size=4,net=edges:0-1,1-2,1-3,2-3,3-4";
    let network = of(&["--base", block, "--convention", "post", "--init", "keep", block]);
    let warnings = network["warnings"].to_string();
    assert!(
        warnings.contains("output-kernel gives no rate here (") && warnings.contains("weighted-paths stands in"),
        "{warnings}"
    );
    assert!(network["laws"][0]["law"] == "weighted-paths");
}

#[test]
fn every_answer_opens_with_what_it_assumes() {
    let line = "Assumes: plain SGD, one rate η for all weights; squared loss; readout N(0, C/n²); no biases; no normalisation; one data point; ";
    for (command, width) in [
        (&["law", "chain:2"][..], "n → ∞"),
        (&["law", "chain:2", "--width", "8"], "n = 8"),
        (&["scale", "--base", "chain:2", "--lr", "1", "chain:3"], "n → ∞"),
        (&["compare", "chain:2", "--samples", "8000", "--width", "16", "--margin", "0.5"], "n = 16"),
        (&["steps", "chain:1", "--width", "8", "--networks", "2", "--steps", "1"], "n = 8"),
        (&["steps", "chain:1", "--width", "8", "--networks", "4", "--steps", "1", "--groups", "2", "--largest"], "n = 8"),
    ] {
        let text = joined(&screen(command));
        assert!(text.starts_with(&format!("{line}{width}.")), "{command:?}: {text}");
        let assumes = &json(command)["assumes"];
        assert_eq!(assumes["width"], width, "{command:?}");
        for field in ["optimizer", "loss", "readout", "biases", "normalization", "batch"] {
            assert!(line.contains(assumes[field].as_str().unwrap()), "{assumes}");
        }
        for (option, part) in [
            (["--optimizer", "adam"], "1/n with width"),
            (["--optimizer", "AdamW"], "weight decay"),
            (["--optimizer", "momentum"], "r = 0.85"),
            (["--optimizer", "muon"], "no law here"),
            (["--optimizer", "sdg"], "known are sgd, momentum"),
            (["--loss", "ce"], "cross-entropy"),
            (["--norm", "layer"], "normalisation"),
        ] {
            let refused = archscale(&[command, &option].concat());
            let error = joined(&String::from_utf8_lossy(&refused.stderr).to_lowercase());
            assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0), "{command:?} {option:?}");
            assert!(error.contains(&part.to_lowercase()) && error.contains(option[1].to_lowercase().as_str()), "{error}");
        }
        assert!(archscale(&[command, &["--optimizer", "sgd", "--loss", "mse", "--norm", "none"]].concat()).status.success());
    }
}

#[test]
fn law_warns_where_its_own_second_moments_drift() {
    for (case, part) in [
        (&["chain:12", "--activation", "gelu"][..], "falls to 0.0154 at vertex 12"),
        (&["chain:12", "--activation", "linear"], "grows to 2048 at vertex 12"),
        (&["edges:0-1,1-2,1-3s,2-3,3-4,3-5s,4-5,5-6"], "grows to 2.25 at vertex 5"),
    ] {
        let report = json(&[&["law"], case].concat());
        assert!(report["warnings"].to_string().contains(part), "{case:?}: {}", report["warnings"]);
        let kept = json(&[&["law"], case, &["--init", "keep"]].concat());
        assert!(!kept["warnings"].to_string().contains("out of"), "{case:?}: {}", kept["warnings"]);
    }
    assert!(json(&["law", "chain:12"])["warnings"].is_null());
}

#[test]
fn widths_are_told_apart_and_the_screen_has_three_digits() {
    let text = joined(&screen(&[
        "scale",
        "--base",
        "chain:2",
        "--lr",
        "0.123456",
        "chain:8",
        "--base-width",
        "256",
        "--width",
        "4096",
    ]));
    assert!(text.contains("tuned at n = 256 and the weights are those at n = 4096"), "{text}");
    assert!(text.contains("chain:8: learning rate 0.0412, sweep ["), "{text}");
    assert!(!text.contains("0.123456") && text.contains("(readout)") && text.contains("√C/n = 3.45e-4"), "{text}");
    let report = json(&["scale", "--base", "chain:2", "--lr", "0.123456", "chain:8"]);
    assert!(
        (report["networks"][0]["learning_rate"].as_f64().unwrap() - 0.123456 / 3.0).abs() < 1e-15,
        "full precision in JSON"
    );
    let exact_b = |report: &Value| {
        let laws = report["networks"][0]["laws"].as_array().unwrap().clone();
        laws.into_iter().find(|rate| rate["law"] == "exact-B").unwrap()["caveat"].as_str().unwrap().to_string()
    };
    assert!(exact_b(&report).contains("limit"), "{}", exact_b(&report));
}

#[test]
fn compare_never_takes_a_network_as_its_own_base() {
    for architecture in ["chain:3", "edges:0-1,1-2,2-3,3-4", "chain:1", "complete:2"] {
        let report = json(&["compare", architecture, "--samples", "20000", "--width", "16", "--margin", "0.5"]);
        assert_eq!(report["base"], "chain:2", "{architecture}");
        let says = report["warnings"].to_string().contains("the base is chain:2");
        assert_eq!(says, architecture != "complete:2", "{architecture}");
    }
    let refused = archscale(&["compare", "chain:3", "--base", "edges:0-1,1-2,2-3,3-4"]);
    let error = String::from_utf8_lossy(&refused.stderr);
    assert!(refused.status.code() == Some(2) && error.contains("is the same network as chain:3"), "{error}");
}

#[test]
fn symbols_are_defined_without_an_architecture() {
    for command in ["law", "scale"] {
        let list = json(&[command, "--define"]);
        for symbol in ["A", "B", "T", "R", "N", "C", "n", "f", "y", "E|z|²/n", "w", "L"] {
            assert!(list.as_array().unwrap().iter().any(|known| known["symbol"] == symbol), "{command}: {symbol}");
        }
        assert!(screen(&[command, "--define"]).contains("meaning"));
    }
    let text = joined(&screen(&["law", "chain:2"]));
    assert!(text.contains("B: part of E(Δz)²") && text.contains("--define"), "{text}");
    let help = joined(&screen(&["scale", "--help"]));
    for part in ["different widths", "fan_out", "several outputs", "Fixup"] {
        assert!(help.contains(part), "{help}");
    }
}

#[test]
fn unusable_input_says_what_to_mend() {
    for (arguments, parts) in [
        (&["--base", "chain:2", "--lr", "0", "chain:3"][..], &["--lr is 0", "above 0"][..]),
        (&["--base", "chain:2", "--lr", "nan", "chain:3"], &["--lr", "give a number"]),
        (&["--base", "chain", "--lr", "1", "chain:3"], &["chain", "number of hidden vertices is missing"]),
        (&["--base", "chain:2", "--lr", "1"], &["ARCH"]),
        (&["chain:2", "--lr", "1"], &["--base"]),
        (
            &["--base", "chain:2", "--lr", "1", "chain:3", "--init", "keep", "--activation", "tanh", "--convention", "post"],
            &["tanh", "vertex 1"],
        ),
    ] {
        let output = archscale(&[&["scale"], arguments].concat());
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
}
