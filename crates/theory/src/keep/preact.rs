//! Skips of activations: sums of activations that read sums of activations, whose moments the infinite-width engine gives.

use archscale_model::{Activation, Edge, EdgeKind, Gain, OpId, ProgramBuilder, Scaled};
use num_traits::One;

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

    /// Adds a vertex of trained edges with their gains and skips with their multipliers.
    pub(super) fn add(&mut self, trained: &[(Edge, Gain)], skips: &[(Edge, Gain)]) -> Result<(), TheoryError> {
        let read = |(edge, gain): &(Edge, Gain)| {
            let (own, activated) = self.ops[edge.source()];
            (gain.clone(), if edge.kind == EdgeKind::Linear { activated } else { own })
        };
        let terms: Vec<(Gain, OpId)> = trained.iter().map(read).collect();
        let mut addends: Vec<(Gain, OpId)> =
            skips.iter().map(|(edge, multiplier)| (multiplier.clone(), self.ops[edge.source()].1)).collect();
        let vertex = if terms.is_empty() {
            self.builder.sum(addends)?
        } else {
            let dense = self.builder.dense(terms)?;
            addends.insert(0, (Gain::one(), dense));
            if skips.is_empty() { dense } else { self.builder.sum(addends)? }
        };
        let activated = self.builder.act(self.activation, vertex)?;
        self.ops.push((vertex, activated));
        Ok(())
    }

    /// E (Σ m σ(z(u)))² over vertices u.
    pub(super) fn second_moment_of_sum(&self, addends: Vec<(Gain, usize)>) -> Result<Scaled, TheoryError> {
        let mut builder = self.builder.clone();
        let sum = builder.sum(addends.into_iter().map(|(multiplier, u)| (multiplier, self.ops[u].1)).collect())?;
        let readings = wide_readings(&builder.readout(vec![(Gain::one(), sum)])?)?;
        Ok(readings.iter().map(|read| read.second_moment).sum())
    }
}
