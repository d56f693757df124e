use super::ActivationFamily;
use crate::Expr;

pub(super) static FAMILY: ActivationFamily = ActivationFamily {
    keyword: "tanh",
    grammar: "tanh",
    help: "the hyperbolic tangent",
    parameter: None,
    expression: |_| Expr::argument(0).tanh(),
    kinks: |_| Vec::new(),
};
