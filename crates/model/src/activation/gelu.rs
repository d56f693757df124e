use std::f64::consts::FRAC_1_SQRT_2;

use super::ActivationFamily;
use crate::Expr;

pub(super) static FAMILY: ActivationFamily = ActivationFamily {
    keyword: "gelu",
    grammar: "gelu",
    help: "x times the normal distribution function of x, exact (with erf)",
    parameter: None,
    expression: |_| Expr::argument(0) * (0.5 + 0.5 * (FRAC_1_SQRT_2 * Expr::argument(0)).erf()),
    kinks: |_| Vec::new(),
};
