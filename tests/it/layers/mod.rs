//! Every layer, built in or written outside the crates, passes the conformance suite, and its wrong twin is refused by each check.
//!
//! A new layer is one line in [`layers`].

mod agreement;
mod derivatives;
#[path = "../../../examples/scaled_residual.rs"]
mod scaled_residual;
#[path = "../../../examples/squared_relu.rs"]
mod squared_relu;

use archscale_model::{Activation, ActivationFamily};
use archscale_testkit::conformance::{ClaimedExpectations, Layer, check_expectations, check_kinks, check_slopes};

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
fn slopes_are_limits_of_differences() {
    for layer in layers() {
        let (right, wrong) = (check_slopes(&layer, &layer), check_slopes(&layer, &layer.twin()));
        println!("{right}");
        assert!(right.holds(), "{right}");
        assert!(!wrong.departures.is_empty(), "{wrong}");
    }
    assert_eq!(layers().len(), 9);
}

#[test]
fn kinks_are_declared() {
    let mut compared = 0;
    for layer in layers() {
        let check = check_kinks(&layer);
        assert!(check.holds(), "{check}");
        compared += check.comparisons;
    }
    // One kink each of ReLU, leaky ReLU and squared ReLU, found and declared.
    assert_eq!(compared, 6);
    static FORGETFUL: ActivationFamily = ActivationFamily {
        keyword: "forgetful",
        grammar: "forgetful",
        help: "max(x - 1, 0), with no kink declared",
        parameter: None,
        expression: |_| (archscale_model::Expr::argument(0) - 1.0).relu(),
        kinks: |_| Vec::new(),
    };
    let forgetful = Layer::activation(Activation::of(&FORGETFUL), None).unwrap();
    assert!(!check_kinks(&forgetful).holds());
}

#[test]
fn closed_forms_are_the_integrals() {
    let mut closed = 0;
    for layer in layers() {
        let right = check_expectations(&layer, ClaimedExpectations::OWN).unwrap();
        println!("{right}");
        assert!(right.holds(), "{right}");
        if right.comparisons == 0 {
            continue;
        }
        closed += 1;
        for altered in 0..ClaimedExpectations::COUNT {
            let wrong = check_expectations(&layer, ClaimedExpectations { altered, factor: 1.02 }).unwrap();
            // Erf and the identity are odd: two per cent of a mean of zero is no error.
            let odd = altered == 0 && [Activation::ERF, Activation::LINEAR].map(Some).contains(&layer.as_activation());
            assert_eq!(wrong.departures.is_empty(), odd, "expectation {altered}: {wrong}");
        }
    }
    assert_eq!(closed, 5);
}

#[test]
fn examples_run() {
    squared_relu::main().unwrap();
    scaled_residual::main().unwrap();
}
