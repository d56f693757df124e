use std::fmt;
use std::sync::Arc;

use archscale_model::{Activation, Expr, Gain, OpId, Pointwise, Program, ProgramBuilder};
use archscale_text::Refusal;
use archscale_theory::{ClosedForm, GaussianTable, Wide, WideSettings, wide_moments_with};
use num_traits::One;

use crate::{Claimed, ConformanceError};

/// By how many per cent a mutant is too large: its slopes by as much, second moments by 4 %, squared changes by 8 %.
pub const MUTANT_PERCENT: u8 = 2;

/// The vertex of [`Layer::program`] that holds the layer's vector.
pub const LAYER_VERTEX: usize = 1;
/// The vertex of [`Layer::program`] that holds a trained map of the layer's vector.
pub const READER_VERTEX: usize = 2;

/// A layer under test: an activation or a coordinatewise operation of k vectors.
///
/// ```
/// use archscale_model::{Activation, Expr, Pointwise};
/// use archscale_conformance::{Layer, Verdict, slopes};
/// let gelu = Layer::activation(Activation::GELU, None)?;
/// assert_eq!(slopes(&gelu).verdict(), Verdict::Holds);
/// assert_eq!(slopes(&gelu.with_slopes(vec![Expr::argument(0)])?).verdict(), Verdict::Fails);
/// let gated = Pointwise::new("gated", 2, Expr::argument(0) * Expr::argument(1).sigmoid())?;
/// assert!(Layer::operation(gated).law()?.nodes[0].second_moment > 0.0);
/// # Ok::<(), archscale_conformance::ConformanceError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Layer {
    name: String,
    function: Arc<Pointwise>,
    activation: Option<Activation>,
    closed_form: Option<&'static ClosedForm>,
    /// Expectations claimed as expressions, in place of the closed form.
    claimed: Option<Claimed>,
    /// The claimed slopes, those of the function unless others are given.
    slopes: Vec<Expr>,
    /// The factor that makes a mutant; 1 in a layer.
    factor: Gain,
}

impl Layer {
    /// An activation, with the closed form of its own that it may bring.
    ///
    /// # Errors
    /// When the activation's expression reads another argument than x0.
    pub fn activation(activation: Activation, closed_form: Option<&'static ClosedForm>) -> Result<Self, ConformanceError> {
        let function = Arc::new(activation.pointwise()?);
        Ok(Self { activation: Some(activation), closed_form, ..Self::operation(function) })
    }

    /// An operation of several vectors.
    #[must_use]
    pub fn operation(function: impl Into<Arc<Pointwise>>) -> Self {
        let function = function.into();
        let (name, slopes) = (function.name().to_string(), function.slopes().to_vec());
        Self { name, function, activation: None, closed_form: None, claimed: None, slopes, factor: Gain::one() }
    }

    /// The same under another name.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// The same with these claims about ∂f/∂x_j, one for each argument.
    ///
    /// # Errors
    /// Slopes whose number is not that of the arguments, or that read other arguments.
    pub fn with_slopes(self, slopes: Vec<Expr>) -> Result<Self, ConformanceError> {
        let arity = self.function.arity();
        if slopes.len() != arity {
            let found = format!("a list of {}", slopes.len());
            return Err(Refusal::new("slopes", found, format!("give one for each of the {arity} arguments")).into());
        }
        if let Some((j, slope)) = slopes.iter().enumerate().find(|(_, slope)| slope.arity() > arity) {
            let mend = format!("it may read x0 to x{}, the arguments of the layer", arity - 1);
            return Err(Refusal::new(format!("slopes[{j}]"), format!("'{slope}'"), mend).into());
        }
        Ok(Self { slopes, ..self })
    }

    /// The same with these claims about Gaussian expectations, in place of those of a closed form.
    ///
    /// # Errors
    /// When the layer is no activation.
    pub fn with_expectations(self, claimed: Claimed) -> Result<Self, ConformanceError> {
        if self.activation.is_none() {
            let mend = "only a layer of one argument has expectations under N(0, q); leave them out";
            return Err(Refusal::new("arguments", self.function.arity(), mend).into());
        }
        Ok(Self { claimed: Some(claimed), ..self })
    }

    /// The layer multiplied by 1.02: a deliberately wrong one, for this layer's claims to be exchanged with.
    #[must_use]
    pub fn mutant(&self) -> Self {
        let factor = Gain::new((100 + i32::from(MUTANT_PERCENT)).into(), 100.into());
        Self { factor: &self.factor * factor, ..self.clone() }
    }

    /// f, without the factor of a mutant.
    #[must_use]
    pub fn function(&self) -> &Pointwise {
        &self.function
    }

    /// The activation, where the layer is one.
    #[must_use]
    pub fn as_activation(&self) -> Option<Activation> {
        self.activation
    }

    /// The closed form of its own, where it brings one.
    #[must_use]
    pub fn closed_form(&self) -> Option<&'static ClosedForm> {
        self.closed_form
    }

    /// The expectations claimed as expressions.
    pub(crate) fn claimed(&self) -> Option<&Claimed> {
        self.claimed.as_ref()
    }

    /// The claimed slopes.
    #[must_use]
    pub fn slopes(&self) -> &[Expr] {
        &self.slopes
    }

    /// The claimed slopes, two per cent too large.
    pub(crate) fn mutant_slopes(&self) -> Vec<Expr> {
        let factor = 1.0 + 0.01 * f64::from(MUTANT_PERCENT);
        self.slopes.iter().map(|slope| factor * slope.clone()).collect()
    }

    /// The small program that tests the layer.
    ///
    /// **Statement.** One input x of mean square 1; z_j = W_j x for each argument j, gains 1, 3/4, 5/8, …; the layer's vector
    /// h = f(z_1, …, z_k) ([`LAYER_VERTEX`]); y = V h of gain 1 ([`READER_VERTEX`]); readout of gain 1 from y.
    ///
    /// The z_j are exactly Gaussian and independent over neurons at every width, and all else is linear, so with
    /// d = Σ_j (∂f/∂z_j)² and one step of gradient descent, per unit η² and label variance, exactly at every width n
    ///
    /// - E|h|²/n = E|y|²/n = E f², and E(Δh_i)² = E d² (its part due to the label);
    /// - E(Δy_i)² = L + c/n, L = (E f²)² + 2 E f² E d + (E d)² + E d² the infinite-width law, c = E f⁴ − (E f²)² +
    ///   2 (E f² d − E f² E d) + 2 E d² − (E d)².
    ///
    /// So the first three are tested at any width without an allowance, and L is an exact linear combination of two widths.
    ///
    /// **Source.** ours: B(y) = n⁻³ E tr(|h|² I + V D Vᵀ)², D = diag(n d_i), with E tr(V D Vᵀ) = tr D and
    /// E tr(V D Vᵀ)² = tr D² + ((tr D)² + tr D²)/n.
    ///
    /// # Errors
    /// None in practice: the program is valid for every function.
    pub fn program(&self) -> Result<Program, ConformanceError> {
        let mut builder = ProgramBuilder::new();
        let input = builder.input(Gain::one())?;
        let arguments = (0..self.function.arity())
            .map(|j| {
                let power = Gain::from_integer(2.into()).pow(i32::try_from(j).unwrap_or(i32::MAX));
                builder.dense(vec![(half() + half() / power, input)])
            })
            .collect::<Result<Vec<OpId>, _>>()?;
        let mut layer = match self.activation {
            Some(activation) => builder.act(activation, arguments[0])?,
            None => builder.pointwise(Arc::clone(&self.function), arguments)?,
        };
        if !self.factor.is_one() {
            layer = builder.sum(vec![(self.factor.clone(), layer)])?;
        }
        builder.report_at(LAYER_VERTEX, layer, 1)?;
        let reader = builder.dense(vec![(Gain::one(), layer)])?;
        builder.report_at(READER_VERTEX, reader, 1)?;
        Ok(builder.readout(vec![(Gain::one(), reader)])?)
    }

    /// The infinite-width law of [`Layer::program`], with the layer's own closed form if it brings one.
    ///
    /// # Errors
    /// As [`wide_moments_with`].
    pub fn law(&self) -> Result<Wide, ConformanceError> {
        Ok(wide_moments_with(&self.program()?, &mut self.table(), WideSettings::default())?)
    }

    /// The Gaussian expectations that the law uses: the layer's own closed form before the built-in ones.
    pub(crate) fn table(&self) -> GaussianTable {
        GaussianTable::with_closed_forms(self.closed_form.as_slice())
    }
}

fn half() -> Gain {
    Gain::new(1.into(), 2.into())
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.factor.is_one() { Ok(()) } else { write!(f, " times {}", self.factor) }
    }
}
