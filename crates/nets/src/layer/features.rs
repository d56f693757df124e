use archscale_model::PositionReadout;
use candle_core::Tensor;

use super::Layer;
use crate::patterns::Patterns;
use crate::{NetsError, Pass};

/// What a readout reads of a field (N, n, J·m·B), as features (N, n·S, J·B), row channel·S + pattern.
///
/// The average over positions and a single position are one pattern; flattening is m patterns, x(p)/√m. Every feature then
/// has a weight N(0, C/n²) of its own, which is E[w(p) w(r)] = (C/n²) M(p, r) with M of [`PositionReadout::matrix`], and a
/// field that is constant over positions moves the readout as a vector does.
pub struct Features {
    source: [usize; 1],
    patterns: Patterns,
}

impl Features {
    /// Of a layer with m positions.
    #[must_use]
    pub fn new(readout: PositionReadout, positions: usize, source: usize) -> Self {
        Self { source: [source], patterns: Patterns::new(readout, positions) }
    }

    /// S.
    #[must_use]
    pub fn patterns(&self) -> usize {
        self.patterns.count()
    }
}

impl Layer for Features {
    fn sources(&self) -> &[usize] {
        &self.source
    }

    fn forward(&self, pass: &Pass, _at: usize) -> Result<Tensor, NetsError> {
        self.patterns.features(pass.value(self.source[0]), pass.samples(), pass.machine().loops())
    }

    fn transpose(&self, pass: &Pass, _at: usize, _term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        self.patterns.spread(gradient, pass.samples())
    }

    fn tangent(
        &self,
        pass: &Pass,
        _at: usize,
        _gradient: Option<&Tensor>,
        tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, NetsError> {
        tangents[self.source[0]]
            .as_ref()
            .map(|tangent| self.patterns.features(tangent, pass.samples(), pass.machine().loops()))
            .transpose()
    }
}
