//! Networks of convolutions: the law against the simulator where the law is a limit, and the commands as a user runs them.
//!
//! False alarm of this file: at most 4e-9 (four decisions at 1e-9; the commands' output has no random assertion).

use archscale::model::{Architecture, ConvNetwork, InitRule, Lowering};
use archscale::sim::{Readout, Settings, StreamKey, simulate};
use archscale::stats::{Moments, Outcome, Plan, decide_interval};
use archscale::theory::{ReluDag, finite_moments, limit_moments, spatial_moments};
use rayon::prelude::*;

use crate::support::{archscale, json};

const WIDTHS: [usize; 2] = [16, 64];

/// D = a + b/n + c/n² + …: this removes b.
fn extrapolated(values: [f64; 2]) -> f64 {
    (4.0 * values[1] - values[0]) / 3.0
}

/// Networks of each width in a group, and groups: 0.3 % to 0.6 % of standard error in each case.
const NETWORKS: u64 = 16;
const GROUPS: u64 = 1000;

fn groups(text: &str) -> Moments {
    let program = ConvNetwork::parse(text).unwrap().lower(&Lowering::new(InitRule::Target)).unwrap();
    let group = |index: u64| {
        extrapolated(WIDTHS.map(|width| {
            let key = StreamKey::new("test conv", format!("{text} n={width} group {index}"), 1);
            let settings = Settings { readout: Readout::Projected, ..Settings::new(width, NETWORKS, key) };
            simulate(&program, &settings, &|_| ()).unwrap().nodes.last().unwrap().b.mean()
        }))
    };
    Moments::from_slice(&(0..GROUPS).into_par_iter().map(group).collect::<Vec<f64>>())
}

/// What the extrapolation leaves of terms from 1/n² on, relative: exact for a dense chain of depth 4, two layers deeper than the
/// networks below, and taken twice.
fn bias_budget() -> f64 {
    let dag =
        ReluDag::new(&Architecture::parse("chain:4").unwrap().graph().lower(InitRule::Target).unwrap(), "law").unwrap();
    let limit = limit_moments::<f64>(&dag).unwrap().last().unwrap().change;
    let at = |width: usize| finite_moments::<f64>(&dag, width as u64).unwrap().last().unwrap().label_part;
    2.0 * (extrapolated(WIDTHS.map(at)) / limit - 1.0).abs()
}

/// Four settings, 1000 groups each of 16 networks at both widths, seed 1, margin 10 % beyond the bias budget, power 0.99.
#[test]
fn the_limit_agrees_with_extrapolated_simulations() {
    let plan = Plan::new(1e-9, 0.99, 0.1).unwrap();
    let budget = bias_budget();
    assert!((1e-4..0.05).contains(&budget), "{budget}");
    for (text, mutant) in [
        (
            "conv:depth=2,kernel=3,size=8,padding=circular,readout=gap,input=iid",
            "conv:depth=2,kernel=5,size=8,padding=circular,readout=gap,input=iid",
        ),
        (
            "conv:depth=2,kernel=5,size=8,padding=zero,readout=gap,input=smooth",
            "conv:depth=2,kernel=5,size=8,padding=circular,readout=gap,input=smooth",
        ),
        (
            "conv:depth=2,kernel=3,dims=2,size=3,padding=zero,readout=single:4,input=iid",
            "conv:depth=2,kernel=3,dims=2,size=3,padding=zero,readout=flatten,input=iid",
        ),
        (
            "conv:kernel=3,size=6,padding=zero,readout=gap,input=iid,net=cell:2_12",
            "conv:kernel=3,size=6,padding=zero,readout=gap,input=iid,net=cell:2_02",
        ),
    ] {
        let sample = groups(text);
        let law = |text: &str| {
            let program = ConvNetwork::parse(text).unwrap().lower(&Lowering::new(InitRule::Target)).unwrap();
            spatial_moments(&program).unwrap().nodes.last().unwrap().mean_squared_change
        };
        let decide = |value: f64| decide_interval(&sample, value * (1.0 - budget), value * (1.0 + budget), &plan);
        let decision = decide(law(text));
        println!("{text}: {:.4} ± {:.4}, law {:.4}", decision.estimate, decision.standard_error, law(text));
        assert_eq!(decision.outcome, Outcome::Supported, "{text}: {decision:?}");
        assert_eq!(decide(law(mutant)).outcome, Outcome::Refuted, "{mutant} passes for {text}");
    }
}

#[test]
fn law_and_simulate_report_every_position() {
    let text = "conv:depth=4,kernel=3,dims=2,size=8,padding=zero,readout=gap,input=iid";
    let law = json(&["law", text, "--json"]);
    let last = &law["vertices"][3];
    let positions: Vec<f64> = last["per_position"].as_array().unwrap().iter().map(|at| at.as_f64().unwrap()).collect();
    assert_eq!(positions.len(), 64);
    let mean = positions.iter().sum::<f64>() / 64.0;
    assert!((last["mean_squared_change"].as_f64().unwrap() - mean).abs() < 1e-12 * mean);
    // Zero padding: the corner moves less than the middle, and the four corners alike.
    assert!(positions[0] < positions[27]);
    assert!([7, 56, 63].iter().all(|&corner| (positions[corner] - positions[0]).abs() < 1e-12));
    // The published factor, read by taps: a ninth of the rate at kernel 1.
    let paper = |kernel: &str| -> f64 {
        let law = json(&["law", &format!("conv:depth=4,kernel={kernel},dims=2,size=8"), "--json"]);
        law["learning_rate"]["paper"].as_f64().unwrap()
    };
    assert!((paper("3") - paper("1") / 9.0).abs() < 1e-15);

    let simulation = json(&["simulate", "conv:depth=2,size=4", "--width", "8", "--samples", "256", "--json"]);
    let vertex = &simulation["vertices"][1];
    let positions = vertex["per_position"].as_array().unwrap();
    assert_eq!(positions.len(), 4);
    let mean = positions.iter().map(|at| at["mean"].as_f64().unwrap()).sum::<f64>() / 4.0;
    assert!((vertex["mean_squared_change"]["mean"].as_f64().unwrap() - mean).abs() < 1e-12 * mean);
    assert!(simulation["architecture"].as_str().unwrap().contains("net=chain:2"));
}

#[test]
fn compare_holds_kernels_against_simulation() {
    // A constant input on a torus is the dense network with q times the step: at every width a third of its learning rate.
    let arguments = [
        "compare",
        "conv:depth=2,kernel=3,size=4,input=constant",
        "--base",
        "chain:2",
        "--width",
        "16",
        "--samples",
        "4000",
    ];
    let report = json(&[&arguments[..], &["--json"]].concat());
    for law in report["laws"].as_array().unwrap().iter().filter(|law| law["law"] != "exact-T") {
        let ratio = law["predicted_ratio"].as_f64().unwrap();
        if law["law"] == "output-kernel" {
            // The readout is no convolution: (½ + 1)/(½ + 3), and so it is not a law of the first step.
            assert!((ratio - 3.0 / 7.0).abs() < 1e-12, "{law}");
            assert_eq!(law["rejected"], true, "{law}");
            continue;
        }
        assert!((ratio - 1.0 / 3.0).abs() < 0.03, "{law}");
        assert_eq!(law["rejected"], false, "{law}");
    }
}

#[test]
fn kernel_exponents_tell_taps_from_sides() {
    let exponents = |text: &str| json(&["law", text, "--kernels", "1,3,5,7", "--json"]);
    let torus = exponents("conv:depth=4,dims=2,size=8,padding=circular,input=smooth");
    assert!((torus["exponent"].as_f64().unwrap() - 2.0).abs() < 1e-9);
    assert_eq!(torus["reading"], "q⁻¹ holds with q = taps");
    let zero = exponents("conv:depth=8,dims=2,size=8,padding=zero,input=iid");
    assert!(zero["exponent"].as_f64().unwrap() < 0.0, "larger kernels allow larger rates on small images with zero padding");
    assert_eq!(zero["reading"], "q⁻¹ does not hold");
    assert_eq!(zero["rows"].as_array().unwrap().len(), 4);
    let measured = json(&["law", "conv:depth=1,size=4", "--kernels", "1,3", "--width", "8", "--samples", "512", "--json"]);
    assert!(measured["rows"][1]["measured_exponent"][1].as_f64().unwrap() > 0.0);
}

#[test]
fn unusable_convolutions_say_what_to_mend() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("conv-gram.json");
    std::fs::write(&folder, r#"{"gram": [[0.5, 0.6], [0.6, 0.5]]}"#).unwrap();
    let gram = format!("conv:size=2,kernel=1,input=file:{}", folder.display());
    for (arguments, parts) in [
        (&["law", "conv:kernel=4"][..], &["kernel of side 4", "even"][..]),
        (&["law", "conv:kernel=9,size=8"], &["larger than the image", "at most 8"]),
        (&["law", &gram], &["not positive semidefinite"]),
        (&["law", "conv:depth=2", "--width", "64"], &["finite width", "many channels"]),
        (&["law", "conv:depth=2", "--activation", "gelu"], &["gelu"]),
        (&["law", "conv:size=8,dims=2,net=nas:3_24_440,padding=zero"], &["pool"]),
        (&["law", "chain:3", "--kernels", "1,3"], &["no kernels", "conv:"]),
        (&["law", "conv:size=4", "--kernels", "5,7"], &["at least two odd kernels"]),
        (&["law", "conv:size=4", "--kernels", "1,3", "--init", "keep"], &["gains for one kernel"]),
        (&["law", "conv:size=4", "--kernels", "1,3", "--exact"], &["--kernels", "--exact"]),
        (&["law", "conv:size=4", "--samples", "10"], &["--kernels"]),
        (&["law", "conv:size=4", "--device", "cpu"], &["--kernels"]),
        // The command of earlier versions says what is written now.
        (&["kernel-exponent"], &["now: archscale law conv:… --kernels 1,3,5,7"]),
        (&["kernel-exponent", "conv:size=8", "--width", "8"], &["archscale law conv:size=8 --width 8 --kernels 1,3,5,7"]),
        (&["kernel-exponent", "--kernels", "1,3", "conv:size=8"], &["now: archscale law --kernels 1,3 conv:size=8\n"]),
    ] {
        let output = archscale(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(parts.iter().all(|part| error.contains(part)), "{arguments:?}: {error}");
        assert!(error.len() < 600, "{arguments:?}: {error}");
    }
}
