use super::ActivationFamily;
use crate::Expr;

pub(super) static FAMILY: ActivationFamily = ActivationFamily {
    keyword: "linear",
    grammar: "linear",
    help: "x: no nonlinearity",
    parameter: None,
    expression: |_| Expr::argument(0),
    kinks: |_| Vec::new(),
};
