use std::fmt;
use std::sync::Arc;

use archscale_model::{Activation, Gain, Pointwise, Program, ProgramBuilder};
use archscale_nets::layer::{OutsideLayer, OutsideLayers};
use archscale_sim::{Readout, Settings as Run, StreamKey, simulate};
use archscale_stats::Moments;
use archscale_theory::{
    GaussianTable, Limit, OutsideLaw, SourceMoments, TheoryError, Wide, WideSettings, limit_program, wide_moments,
};

use crate::experiment::{Experiment, Prediction};
use crate::{ConformanceError, LAYER_VERTEX, MUTANT_PERCENT, READER_VERTEX};

/// Widths, with the networks of one group at each; more where they are cheap.
const SIZES: [(usize, u64); 3] = [(16, 128), (32, 64), (64, 32)];
/// Weights of the widths that leave the limit of L + a/n + b/n² alone; what they leave beside it is of order 1/n³.
const EXTRAPOLATION: [f64; 3] = [1.0 / 3.0, -2.0, 8.0 / 3.0];
/// Slope below zero of the activation in front: its mean is not 0, and no vector vanishes.
const LEAK: f64 = 0.25;

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
    /// **Statement.** One input of mean square 1; x_j = σ(W_j x) for each argument j, gains 3/2, 9/8, 15/16, …, σ the leaky ReLU of
    /// slope 1/4; the operation's vector h ([`LAYER_VERTEX`]); y = V h of gain 1 ([`READER_VERTEX`]); readout of gain 1 from y.
    ///
    /// # Errors
    /// None in practice: the program is valid for every operation.
    pub fn program(&self) -> Result<Program, ConformanceError> {
        let one = || Gain::from_integer(1.into());
        let mut builder = ProgramBuilder::new();
        let input = builder.input(one())?;
        let mut arguments = Vec::with_capacity(self.arguments);
        for j in 0..self.arguments {
            let power = Gain::from_integer(2.into()).pow(i32::try_from(j).unwrap_or(i32::MAX));
            let slot = builder.dense(vec![(Gain::new(3.into(), 4.into()) * (one() + one() / power), input)])?;
            arguments.push(builder.act(Activation::leaky(LEAK)?, slot)?);
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

    fn law_by(&self, law: &dyn OutsideLaw) -> Result<Wide, ConformanceError> {
        let limit = limit_program(&self.program()?, &[law], &mut GaussianTable::new(), WideSettings::default())?;
        Ok(wide_moments(&limit.program)?)
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

    /// The polynomial of degree two in 1/n through the three widths, at 1/n = 0.
    fn group(&self, part: &str, index: u64, seed: u64) -> Result<Vec<f64>, ConformanceError> {
        let program = self.program()?;
        let mut values = vec![0.0; QUANTITIES];
        for ((width, networks), weight) in SIZES.into_iter().zip(EXTRAPOLATION) {
            let key = StreamKey::new("outside agreement", format!("{self}, {part} {index}, width {width}"), seed);
            let run = Run {
                readout: Readout::Integrated,
                outside: OutsideLayers::new([Arc::clone(&self.tensors)]),
                ..Run::new(width, networks, key)
            };
            let nodes = simulate(&program, &run, &|_| ())?.nodes;
            let found = nodes.iter().flat_map(|node| [node.second_moment.mean(), node.b.mean()]);
            values.iter_mut().zip(found).for_each(|(value, found)| *value += weight * found);
        }
        Ok(values)
    }

    fn predictions(&self, laws: &[Wide; 2], _pilot: &[Moments]) -> Vec<Prediction> {
        let by = |law: &Wide, q: usize| {
            let node = &law.nodes[q / 2];
            match q % 2 {
                0 => (node.second_moment, node.second_moment_error),
                _ => (node.mean_squared_change, node.change_error),
            }
        };
        let prediction = |q| {
            let (value, error) = by(&laws[0], q);
            Prediction { value, error, scale: value, mutant: by(&laws[1], q).0 }
        };
        (0..QUANTITIES).map(prediction).collect()
    }
}
