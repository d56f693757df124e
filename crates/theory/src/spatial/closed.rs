//! The fluctuation of the change where only its value at one position is needed: without pooling between layers.

use std::f64::consts::TAU;

use archscale_model::Scaled;
use num_traits::Zero;

use super::engine::{Passes, accumulate};
use super::gate::is_alive;
use super::layout::{Feature, Source};
use super::space::Acts;

/// E(Δz)² of forms and E(Δx)² of features, at every position.
pub(super) struct Closed<'p, 'a, S: Acts<f64>> {
    passes: &'p Passes<'a, f64, S>,
    /// F_b(p, p).
    fluctuations: Vec<Vec<Scaled>>,
    /// By form, E(Δz)².
    linear: Vec<Option<Vec<Scaled>>>,
    /// By feature, E(Δx)².
    sources: Vec<Option<Vec<Scaled>>>,
}

impl<'p, 'a, S: Acts<f64>> Closed<'p, 'a, S> {
    pub(super) fn run(passes: &'p Passes<'a, f64, S>) -> Self {
        let layout = passes.layout;
        let mut closed = Self {
            passes,
            fluctuations: Vec::with_capacity(layout.slots.len()),
            linear: vec![None; layout.forms.len()],
            sources: vec![None; layout.features.len()],
        };
        let width = passes.space.diagonal(&passes.space.zero()).len();
        for reads in &layout.slots {
            let mut fluctuation = vec![Scaled::zero(); width];
            for read in reads {
                if let Source::Feature(feature) = read.source {
                    let source = closed.source(feature);
                    accumulate(&mut fluctuation, read.gain, &passes.space.average_profile(read.kernel, &source));
                }
            }
            closed.fluctuations.push(fluctuation);
        }
        closed
    }

    /// E(Δ)² of a form or of its ReLU.
    pub(super) fn change(&mut self, field: Feature) -> Vec<Scaled> {
        match self.passes.layout.gated(field) {
            Some(feature) => self.source(feature),
            None => self.linear(field.form),
        }
    }

    fn linear(&mut self, form: usize) -> Vec<Scaled> {
        if let Some(known) = &self.linear[form] {
            return known.clone();
        }
        let mut total = self.passes.reaction(form);
        for (slot, scale) in &self.passes.layout.forms[form] {
            accumulate(&mut total, Scaled::from(scale * scale), &self.fluctuations[*slot]);
        }
        self.linear[form] = Some(total.clone());
        total
    }

    /// S_e: half of E(Δz)², and what the gates at p and at the feature's own positions have in common.
    fn source(&mut self, feature: usize) -> Vec<Scaled> {
        if let Some(known) = &self.sources[feature] {
            return known.clone();
        }
        let Feature { form, gated } = self.passes.layout.features[feature];
        let mut total = self.linear(form);
        if gated {
            let Passes { space, layout, features, .. } = self.passes;
            total.iter_mut().for_each(|entry| *entry *= Scaled::from(0.5));
            for f in self.passes.neighbours(form).into_iter().filter(|&f| layout.features[f].gated) {
                let kernel = self.passes.shared_kernel(form, layout.features[f].form);
                let bent = space.product(&kernel, &self.passes.shared_angles(feature, f));
                accumulate(&mut total, Scaled::from(1.0 / TAU), &space.quadratic(&bent, &features[f].signal, &kernel));
            }
            for (entry, variance) in total.iter_mut().zip(&features[feature].variances) {
                if !is_alive(*variance) {
                    *entry = Scaled::zero();
                }
            }
        }
        self.sources[feature] = Some(total.clone());
        total
    }
}
