use super::{ActivationFamily, Parameter};
use crate::Expr;

/// Slopes are at most so large, so that sixteen of them, squared, still have a product within double precision.
const LARGEST: f64 = 1e9;

/// The customary default of deep-learning libraries.
const DEFAULT: f64 = 0.01;

pub(super) static FAMILY: ActivationFamily = ActivationFamily {
    keyword: "leaky",
    grammar: "leaky[:SLOPE]",
    help: "x for x > 0 and SLOPE x elsewhere (0.01 unless given)",
    parameter: Some(Parameter {
        name: "slope",
        default: DEFAULT,
        domain: "a number from -1e9 to 1e9",
        accepts: |slope| slope.abs() <= LARGEST,
    }),
    // In this form the slope at 0 is SLOPE, the one from the left, as for the other families with a kink.
    expression: |slope| slope * Expr::argument(0) + (1.0 - slope) * Expr::argument(0).relu(),
    kinks: |_| vec![0.0],
};
