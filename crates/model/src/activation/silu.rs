use super::ActivationFamily;
use crate::Expr;

pub(super) static FAMILY: ActivationFamily = ActivationFamily {
    keyword: "silu",
    grammar: "silu",
    help: "x times the logistic function of x",
    parameter: None,
    expression: |_| Expr::argument(0) * Expr::argument(0).sigmoid(),
    kinks: |_| Vec::new(),
};
