use super::{Expr, ExprNode, Function};

impl Expr {
    /// The arguments of every relu and step, inner ones first: the function is smooth where none of them changes sign.
    ///
    /// ```
    /// use archscale_model::Expr;
    /// let gates = Expr::parse("relu(x - 1) + tanh(x)")?.gates();
    /// assert_eq!(gates, [Expr::parse("x - 1")?]);
    /// # Ok::<(), archscale_model::ModelError>(())
    /// ```
    #[must_use]
    pub fn gates(&self) -> Vec<Expr> {
        let mut gates: Vec<Expr> = self.operands().flat_map(Expr::gates).collect();
        if let ExprNode::Apply(Function::Relu | Function::Step, argument) = self.node() {
            gates.push(argument.clone());
        }
        gates
    }

    /// Whether a relu or a step occurs, so that the function or one of its derivatives may jump somewhere.
    #[must_use]
    pub fn has_kink(&self) -> bool {
        matches!(self.node(), ExprNode::Apply(Function::Relu | Function::Step, _)) || self.operands().any(Expr::has_kink)
    }

    /// The points where a relu or a step of x0 bends, in order, or the first of their arguments that is not of the form a x0 + b.
    ///
    /// # Errors
    /// The argument whose sign changes cannot be found this way; they must be declared.
    ///
    /// ```
    /// use archscale_model::Expr;
    /// assert_eq!(Expr::parse("relu(x + 1) - relu(2*x - 3)")?.kinks().unwrap(), [-1.0, 1.5]);
    /// assert_eq!(Expr::parse("relu(x^2 - 1)")?.kinks().unwrap_err().to_string(), "x0^2 - 1");
    /// # Ok::<(), archscale_model::ModelError>(())
    /// ```
    pub fn kinks(&self) -> Result<Vec<f64>, Expr> {
        let mut kinks = Vec::new();
        for gate in self.gates() {
            let Some((slope, offset)) = gate.line() else { return Err(gate) };
            // Not finite where the argument is a constant. 0 less −0 is 0.
            let kink = 0.0 - offset / slope;
            if kink.is_finite() {
                kinks.push(kink);
            }
        }
        kinks.sort_by(f64::total_cmp);
        kinks.dedup();
        Ok(kinks)
    }

    /// (a, b) where the expression is a x0 + b.
    fn line(&self) -> Option<(f64, f64)> {
        match self.node() {
            ExprNode::Constant(value) => Some((0.0, *value)),
            ExprNode::Argument(0) => Some((1.0, 0.0)),
            ExprNode::Add(left, right) => {
                let ((a, b), (c, d)) = (left.line()?, right.line()?);
                Some((a + c, b + d))
            }
            ExprNode::Neg(inner) => inner.line().map(|(a, b)| (-a, -b)),
            ExprNode::Mul(left, right) => match (left.line()?, right.line()?) {
                ((0.0, factor), (a, b)) | ((a, b), (0.0, factor)) => Some((factor * a, factor * b)),
                _ => None,
            },
            _ => None,
        }
    }
}
