//! The tangent kernel of the output with grown readouts.

mod by_hand;
mod images;
mod routes;

use archscale_model::{Architecture, InitRule, Lowering, Program};
use archscale_theory::OutputKernel;

fn program(text: &str, init: InitRule) -> Program {
    Architecture::parse(text).unwrap().graph().lower(init).unwrap()
}

fn lowered(text: &str, how: &Lowering) -> Program {
    Architecture::parse(text).unwrap().graph().lower_with(how).unwrap()
}

/// Both parts agree to a relative error.
fn assert_close(found: OutputKernel, readout: f64, hidden: f64, relative: f64, place: &str) {
    let close = |a: f64, b: f64| (a - b).abs() <= relative * b.abs();
    assert!(close(found.readout, readout) && close(found.hidden, hidden), "{place}: {found:?}, not {readout} and {hidden}");
    assert_eq!(found.total(), found.readout + found.hidden);
}
