use archscale_model::{Expr, ExprNode, Function};

use super::{Check, Layer};

/// The arguments of every relu and step in an expression: it is smooth where none of them changes sign.
pub(super) fn gates(expression: &Expr) -> Vec<Expr> {
    match expression.node() {
        ExprNode::Constant(_) | ExprNode::Argument(_) => Vec::new(),
        ExprNode::Add(a, b) | ExprNode::Mul(a, b) => [gates(a), gates(b)].concat(),
        ExprNode::Neg(a) | ExprNode::Recip(a) | ExprNode::Powi(a, _) => gates(a),
        ExprNode::Apply(function, a) => {
            let mut found = gates(a);
            if matches!(function, Function::Relu | Function::Step) {
                found.push(a.clone());
            }
            found
        }
    }
}

/// Half the length of the line that is searched for kinks, and the number of intervals on it.
const REACH: f64 = 16.0;
const INTERVALS: i32 = 4_096;

/// Checks that an activation declares every kink of its expression, since quadrature is cut there.
///
/// **Statement.** Every place in \[−16, 16\] where the argument of a relu or a step changes sign lies within 2⁻⁷ of a declared
/// kink, and every declared kink there is such a place. An operation of several vectors declares none and passes with no
/// comparison.
#[must_use]
pub fn check_kinks(layer: &Layer) -> Check {
    let mut check = Check { name: format!("kinks of {layer}"), comparisons: 0, required: 0, departures: Vec::new() };
    let Some(activation) = layer.as_activation() else { return check };
    let declared = activation.kinks();
    let width = 2.0 * REACH / f64::from(INTERVALS);
    // Interval ends away from 0 and from other round numbers.
    let end = |index: i32| -REACH + width * (f64::from(index) + 1.0 / 3.0);
    let gates = gates(layer.function().expression());
    let mut crossings = Vec::new();
    for index in 0..INTERVALS - 1 {
        let (low, high) = (end(index), end(index + 1));
        if gates.iter().any(|gate| (gate.eval(&[low]) > 0.0) != (gate.eval(&[high]) > 0.0)) {
            crossings.push(low + 0.5 * width);
        }
    }
    let nearest = |x: f64, places: &[f64]| {
        places.iter().copied().min_by(|a, b| (a - x).abs().total_cmp(&(b - x).abs())).unwrap_or(f64::NAN)
    };
    for &crossing in &crossings {
        check.compare(|| "a kink of the expression".into(), nearest(crossing, &declared), crossing, width);
    }
    let within: Vec<f64> = declared.iter().copied().filter(|kink| kink.abs() < REACH - width).collect();
    for &kink in &within {
        check.compare(|| "a declared kink".into(), kink, nearest(kink, &crossings), width);
    }
    // A place has no scale: each of these comparisons counts.
    check.comparisons = crossings.len() + within.len();
    check
}
