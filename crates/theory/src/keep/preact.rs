//! Skips of activations: sums of activations that read sums of activations, whose moments the infinite-width engine gives.

use archscale_model::{Activation, Edge, EdgeKind, Gain, OpId, ProgramBuilder};
use num_traits::One;

use super::fields::{Fields, Profile};
use crate::TheoryError;
use crate::wide::wide_readings;

/// The program of the vertices that are done, as the lowering makes it.
pub(super) struct Preact {
    builder: ProgramBuilder,
    activation: Activation,
    /// By vertex, the operations of z and σ(z); for the input that of its vector twice.
    ops: Vec<(OpId, OpId)>,
}

impl Preact {
    pub(super) fn new(activation: Activation) -> Result<Self, TheoryError> {
        let mut builder = ProgramBuilder::new();
        let input = builder.input(Gain::new(1.into(), 2.into()))?;
        Ok(Self { builder, activation, ops: vec![(input, input)] })
    }

    /// Adds a vertex; E σ(z)² of it.
    pub(super) fn add(
        &mut self,
        trained: &[Edge],
        skips: &[Edge],
        gain: &Gain,
        multiplier: &Gain,
        fields: &mut Fields,
        second: &[f64],
    ) -> Result<Profile, TheoryError> {
        let read = |edge: &Edge| {
            let (own, activated) = self.ops[edge.source()];
            (gain.clone(), if edge.kind == EdgeKind::Linear { activated } else { own })
        };
        let terms: Vec<(Gain, OpId)> = trained.iter().map(read).collect();
        let mut addends: Vec<(Gain, OpId)> =
            skips.iter().map(|edge| (multiplier.clone(), self.ops[edge.source()].1)).collect();
        let vertex = if terms.is_empty() {
            self.builder.sum(addends)?
        } else {
            let dense = self.builder.dense(terms)?;
            addends.insert(0, (Gain::one(), dense));
            if skips.is_empty() { dense } else { self.builder.sum(addends)? }
        };
        let activated = self.builder.act(self.activation, vertex)?;
        self.ops.push((vertex, activated));
        if skips.is_empty() {
            // z is Gaussian.
            return Ok(vec![fields.moments(second[0])?.1]);
        }
        Ok(vec![self.second_moment_of_sum([self.ops.len() - 1])?])
    }

    /// E (Σ σ(z(u)))² over vertices u.
    pub(super) fn second_moment_of_sum(&self, vertices: impl IntoIterator<Item = usize>) -> Result<f64, TheoryError> {
        let mut builder = self.builder.clone();
        let sum = builder.sum(vertices.into_iter().map(|u| (Gain::one(), self.ops[u].1)).collect())?;
        let readings = wide_readings(&builder.readout(vec![(Gain::one(), sum)])?)?;
        Ok(readings.iter().map(|read| read.second_moment).sum())
    }
}
