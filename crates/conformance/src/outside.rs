use std::fmt;
use std::sync::Arc;

use archscale_model::{Activation, Expr, Gain, Pointwise, Program, ProgramBuilder};
use archscale_nets::layer::{OutsideLayer, OutsideLayers};
use archscale_sim::{Settings as Run, StreamKey, Weights, simulate};
use archscale_stats::Moments;
use archscale_theory::{
    GaussianTable, Limit, OutsideLaw, SourceMoments, TheoryError, Wide, WideNode, WideSettings, limit_program, wide_moments,
};

use crate::experiment::{Experiment, Prediction};
use crate::{ConformanceError, LAYER_VERTEX, MUTANT_PERCENT, READER_VERTEX};

/// Widths, with the networks of one group at each; more where they are cheap.
const SIZES: [(usize, u64); 3] = [(32, 256), (64, 128), (128, 64)];
/// Weights of the widths that leave the limit of L + a/n + b/n² alone; what they leave beside it is of order 1/n³.
const EXTRAPOLATION: [f64; 3] = [1.0 / 3.0, -2.0, 8.0 / 3.0];

/// An operation from outside that is not coordinatewise: its law, and its tensors, which know nothing of each other.
///
/// Its tests are [`crate::Suite::check_outside`].
#[derive(Clone)]
pub struct OutsideOperation {
    law: Arc<dyn OutsideLaw + Send + Sync>,
    tensors: Arc<dyn OutsideLayer>,
    arguments: usize,
}

impl OutsideOperation {
    /// The operation of so many vectors that has this law and these tensors, which both bear its name.
    ///
    /// # Errors
    /// Two names, or no vector to read.
    pub fn new(
        law: Arc<dyn OutsideLaw + Send + Sync>,
        tensors: Arc<dyn OutsideLayer>,
        arguments: usize,
    ) -> Result<Self, ConformanceError> {
        let refusal = if law.name() != tensors.name() {
            let mend = format!("give it the name of its law, '{}'", law.name());
            Some(archscale_text::Refusal::new("the name of the tensors", format!("'{}'", tensors.name()), mend))
        } else if arguments == 0 {
            Some(archscale_text::Refusal::new("the number of arguments", 0, "an operation reads one vector or more"))
        } else {
            None
        };
        refusal.map_or(Ok(Self { law, tensors, arguments }), |refusal| Err(refusal.into()))
    }

    /// How many vectors it reads.
    #[must_use]
    pub fn arguments(&self) -> usize {
        self.arguments
    }

    /// Its tensors.
    #[must_use]
    pub fn tensors(&self) -> &dyn OutsideLayer {
        &*self.tensors
    }

    /// The small program that tests the operation.
    ///
    /// **Statement.** One input of mean square 1; x_j = σ(W_j x) for each argument j, gains 3/2, 9/8, 15/16, …, σ(z) = 1 +
    /// tanh(z/2); the operation's vector h ([`LAYER_VERTEX`]); y = V h of gain 1 ([`READER_VERTEX`]); readout of gain 1 from y.
    ///
    /// # Errors
    /// None in practice: the program is valid for every operation.
    pub fn program(&self) -> Result<Program, ConformanceError> {
        let one = || Gain::from_integer(1.into());
        let mut builder = ProgramBuilder::new();
        let input = builder.input(one())?;
        // Its mean is not 0, its slope nearly the same everywhere, and its length far from 0: few networks tell much.
        let activation = Activation::written(1.0 + (0.5 * Expr::argument(0)).tanh())?;
        let mut arguments = Vec::with_capacity(self.arguments);
        for j in 0..self.arguments {
            let power = Gain::from_integer(2.into()).pow(i32::try_from(j).unwrap_or(i32::MAX));
            let slot = builder.dense(vec![(Gain::new(3.into(), 4.into()) * (one() + one() / power), input)])?;
            arguments.push(builder.act(activation, slot)?);
        }
        let layer = builder.outside(self.law.name(), arguments)?;
        builder.report_at(LAYER_VERTEX, layer, self.arguments)?;
        let reader = builder.dense(vec![(one(), layer)])?;
        builder.report_at(READER_VERTEX, reader, 1)?;
        Ok(builder.readout(vec![(one(), reader)])?)
    }

    /// The infinite-width law of [`OutsideOperation::program`].
    ///
    /// # Errors
    /// As [`limit_program`] and [`wide_moments`].
    pub fn law(&self) -> Result<Wide, ConformanceError> {
        self.law_by(&*self.law)
    }

    /// The law by which the operation is what `law` says. An error of the moments that it was given counts four times: changes are of
    /// order four in the operation.
    fn law_by(&self, law: &dyn OutsideLaw) -> Result<Wide, ConformanceError> {
        let limit = limit_program(&self.program()?, &[law], &mut GaussianTable::new(), WideSettings::default())?;
        let mut found = wide_moments(&limit.program)?;
        for node in &mut found.nodes {
            node.second_moment_error += 4.0 * limit.moment_error * node.second_moment;
            node.change_error += 4.0 * limit.moment_error * node.mean_squared_change;
        }
        Ok(found)
    }
}

impl fmt::Display for OutsideOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.law.name())
    }
}

/// The law of the operation two per cent too large.
struct MutantLaw<'a>(&'a dyn OutsideLaw);

impl OutsideLaw for MutantLaw<'_> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn limit(&self, sources: &mut SourceMoments<'_>) -> Result<Limit, TheoryError> {
        let factor = 1.0 + 0.01 * f64::from(MUTANT_PERCENT);
        Ok(match self.0.limit(sources)? {
            Limit::Sum(multipliers) => Limit::Sum(multipliers.into_iter().map(|multiplier| factor * multiplier).collect()),
            Limit::Pointwise(function) => {
                let wrong = factor * function.expression().clone();
                Limit::Pointwise(Arc::new(Pointwise::new(function.name(), function.arity(), wrong)?))
            }
        })
    }
}

/// Second moment and squared change of the operation and of its reader.
const QUANTITIES: usize = 4;

/// What a law says of the four quantities: values, with their standard errors.
fn values(law: &Wide) -> Vec<(f64, f64)> {
    let of =
        |node: &WideNode| [(node.second_moment, node.second_moment_error), (node.mean_squared_change, node.change_error)];
    law.nodes.iter().flat_map(of).collect()
}

/// The law of an operation from outside against networks that are simulated with its tensors.
///
/// s(n), a mean over networks of width n, is L + a/n + b/n² + O(1/n³), so that Σ_k w_k s(n_k) is L but for terms of order 1/n³. For the
/// reciprocal fourth power of the length of n Gaussians, n²/((n − 2)(n − 4)), they are 5e-4 of L, a tenth of the standard error that the
/// margin asks for.
impl Experiment for OutsideOperation {
    fn layer(&self) -> String {
        self.to_string()
    }

    fn sizes(&self) -> [(usize, u64); 3] {
        SIZES
    }

    fn rate_margin(&self) -> Option<f64> {
        None
    }

    fn laws(&self) -> Result<[Wide; 2], ConformanceError> {
        Ok([self.law()?, self.law_by(&MutantLaw(&*self.law))?])
    }

    fn quantities(&self) -> Vec<String> {
        let of = ["the layer", "its reader"];
        let names = of.map(|of| [format!("second moment of {of}, n → ∞"), format!("squared change of {of}, n → ∞")]);
        names.into_iter().flatten().collect()
    }

    fn group(&self, part: &str, index: u64, seed: u64) -> Result<Vec<f64>, ConformanceError> {
        let program = self.program()?;
        let mut found = vec![0.0; QUANTITIES];
        for ((width, networks), weight) in SIZES.into_iter().zip(EXTRAPOLATION) {
            let key = StreamKey::new("outside agreement", format!("{self}, {part} {index}, width {width}"), seed);
            let outside = OutsideLayers::new([Arc::clone(&self.tensors)]);
            let nodes =
                simulate(&program, &Run { outside, method: Weights::Lazy, ..Run::new(width, networks, key) }, &|_| ())?
                    .nodes;
            let means = nodes.iter().flat_map(|node| [node.second_moment.mean(), node.b.mean()]);
            found.iter_mut().zip(means).for_each(|(found, mean)| *found += weight * mean);
        }
        Ok(found)
    }

    fn predictions(&self, laws: &[Wide; 2], _pilot: &[Moments]) -> Vec<Prediction> {
        let pairs = values(&laws[0]).into_iter().zip(values(&laws[1]));
        pairs.map(|((value, error), (mutant, _))| Prediction { value, error, scale: value, mutant }).collect()
    }
}
