use super::ActivationFamily;
use crate::Expr;

pub(super) static FAMILY: ActivationFamily = ActivationFamily {
    keyword: "relu",
    grammar: "relu",
    help: "max(x, 0)",
    parameter: None,
    expression: |_| Expr::argument(0).relu(),
    kinks: |_| vec![0.0],
};
