/// A function of one variable that expressions are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    /// exp(x).
    Exp,
    /// tanh(x).
    Tanh,
    /// erf(x) = 2/√π ∫₀ˣ exp(−t²) dt.
    Erf,
    /// 1/(1 + exp(−x)).
    Sigmoid,
    /// max(x, 0).
    Relu,
    /// 1 for x > 0, 0 elsewhere; also at x = 0.
    Step,
}

impl Function {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Exp, Self::Tanh, Self::Erf, Self::Sigmoid, Self::Relu, Self::Step];

    /// The name that expressions print.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exp => "exp",
            Self::Tanh => "tanh",
            Self::Erf => "erf",
            Self::Sigmoid => "sigmoid",
            Self::Relu => "relu",
            Self::Step => "step",
        }
    }

    /// The value at x, to about one unit in the last place; NaN stays NaN.
    #[must_use]
    pub fn eval(self, x: f64) -> f64 {
        match self {
            Self::Exp => x.exp(),
            Self::Tanh => x.tanh(),
            Self::Erf => libm::erf(x),
            // exp overflows to infinity for very negative x, whose reciprocal is the right 0.
            Self::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Self::Relu if x.is_nan() => x,
            Self::Relu => x.max(0.0),
            Self::Step if x.is_nan() => x,
            Self::Step => f64::from(u8::from(x > 0.0)),
        }
    }
}
