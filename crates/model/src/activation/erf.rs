use super::ActivationFamily;
use crate::Expr;

pub(super) static FAMILY: ActivationFamily = ActivationFamily {
    keyword: "erf",
    grammar: "erf",
    help: "the error function",
    parameter: None,
    expression: |_| Expr::argument(0).erf(),
    kinks: |_| Vec::new(),
};
