//! Every layer, built in or written outside the crates, passes the conformance suite, and its mutant is refused by each check.
//!
//! A new layer is one line in [`layers`]. False alarm of this file: at most 4e-8 (33 decisions at 1e-9).

mod outside;
#[path = "../../../examples/rms_norm.rs"]
mod rms_norm;
#[path = "../../../examples/scaled_residual.rs"]
mod scaled_residual;
#[path = "../../../examples/squared_relu.rs"]
mod squared_relu;

use archscale::conformance::{Layer, Settings, Suite, Verdict};
use archscale::model::{Activation, ActivationFamily};

/// The layers that are not built in.
fn examples() -> [Layer; 2] {
    let squared_relu = Activation::of(&squared_relu::SQUARED_RELU);
    [
        Layer::activation(squared_relu, Some(&squared_relu::CLOSED_FORM)).unwrap(),
        Layer::operation(scaled_residual::scaled_residual(0.5).unwrap()),
    ]
}

/// All layers under test.
fn layers() -> Vec<Layer> {
    let built_in = ActivationFamily::BUILT_IN.iter().map(|family| Layer::activation(Activation::of(family), None).unwrap());
    built_in.chain(examples()).collect()
}

#[test]
fn layers_conform() {
    let (mut kinks, mut closed) = (0, 0);
    for layer in layers() {
        let report = Suite::check(&layer, &Settings { agreement: false, ..Settings::default() });
        println!("{report}");
        assert_eq!(report.verdict(), Verdict::Holds, "{report}");
        kinks += report.check("kinks").unwrap().compared;
        closed += usize::from(report.check("expectations").unwrap().verdict() == Verdict::Holds);
    }
    // One kink each of ReLU, leaky ReLU and squared ReLU, found and declared; these and erf and the identity have closed forms.
    assert_eq!((layers().len(), kinks, closed), (9, 6, 5));
}

#[test]
fn laws_agree_with_simulation_and_mutants_do_not() {
    for layer in examples().into_iter().chain([Layer::activation(Activation::GELU, None).unwrap()]) {
        let report = Suite::check(&layer, &Settings::default());
        println!("{report}");
        assert_eq!(report.verdict(), Verdict::Holds, "{report}");
        assert_eq!(report.agreement.map(|agreement| agreement.decisions.len()), Some(11));
    }
}

#[test]
fn examples_run() {
    squared_relu::main().unwrap();
    scaled_residual::main().unwrap();
    rms_norm::main().unwrap();
}
