use std::fmt;

use super::{Expr, ExprNode};

/// How tightly the root of an expression binds: sums loosest.
fn binding(expr: &Expr) -> u8 {
    match expr.node() {
        ExprNode::Add(..) => 0,
        ExprNode::Neg(_) => 1,
        ExprNode::Constant(value) if value.is_sign_negative() => 1,
        ExprNode::Mul(a, _) if binding(a) == 1 => 1,
        ExprNode::Mul(..) | ExprNode::Recip(_) => 2,
        ExprNode::Powi(..) => 3,
        ExprNode::Constant(_) | ExprNode::Argument(_) | ExprNode::Apply(..) => 4,
    }
}

/// Whether the first factor of a product is a number.
fn begins_with_number(expr: &Expr) -> bool {
    match expr.node() {
        ExprNode::Constant(_) => true,
        ExprNode::Mul(a, _) => begins_with_number(a),
        _ => false,
    }
}

/// Writes `expr`, in brackets if it binds more loosely than `least`.
fn write(f: &mut fmt::Formatter<'_>, expr: &Expr, least: u8) -> fmt::Result {
    if binding(expr) < least { write!(f, "({expr})") } else { write!(f, "{expr}") }
}

/// Infix, with as few brackets as keep the tree: [`Expr::parse`] reads the same one.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.node() {
            ExprNode::Constant(value) => write!(f, "{value}"),
            ExprNode::Argument(index) => write!(f, "x{index}"),
            ExprNode::Add(a, b) => {
                if binding(b) == 1 {
                    write!(f, "{a} - ")?;
                    write(f, &-b.clone(), 2)
                } else {
                    write!(f, "{a} + ")?;
                    write(f, b, 1)
                }
            }
            ExprNode::Mul(a, b) => {
                // A sign in front of a product needs no brackets.
                write(f, a, 1)?;
                match b.node() {
                    ExprNode::Recip(b) => {
                        f.write_str(" / ")?;
                        write(f, b, 3)
                    }
                    _ => {
                        f.write_str(" * ")?;
                        write(f, b, 3)
                    }
                }
            }
            ExprNode::Neg(a) => {
                f.write_str("-")?;
                // Without brackets the sign would be the number's.
                write(f, a, if begins_with_number(a) { 4 } else { 2 })
            }
            ExprNode::Recip(a) => {
                f.write_str("1 / ")?;
                write(f, a, 3)
            }
            ExprNode::Powi(a, n) => {
                write(f, a, 4)?;
                if *n < 0 { write!(f, "^({n})") } else { write!(f, "^{n}") }
            }
            ExprNode::Apply(function, a) => write!(f, "{}({a})", function.name()),
        }
    }
}
