//! Forward and backward pass: covariances, kernels and signals of every slot and feature.

use archscale_model::Scaled;
use num_traits::{One, Zero};

use super::blocks::{Block, Blocks};
use super::gate;
use super::layout::{Feature, Form, Layout, Source};
use super::space::{Acts, Space};

/// What the passes say of one feature.
#[derive(Debug)]
pub(super) struct FeatureState<M> {
    /// Variance of z^e at every position.
    pub(super) variances: Vec<Scaled>,
    /// α of z^e with itself; nothing for an ungated feature.
    pub(super) angles: Option<Block<M>>,
    /// B, the covariance of n ∂f/∂x^e, where z^e is not identically zero.
    pub(super) signal: Block<M>,
    /// The same of n times the part of ∂f/∂z^e that comes through x^e.
    pub(super) flow: Block<M>,
}

/// Both passes through a program.
pub(super) struct Passes<'a, P, S: Space> {
    pub(super) space: Blocks<'a, S>,
    pub(super) layout: &'a Layout<P, S::Matrix>,
    pub(super) features: Vec<FeatureState<S::Matrix>>,
    readers: Vec<Vec<usize>>,
    covariances: Vec<Block<S::Matrix>>,
    kernels: Vec<Block<S::Matrix>>,
}

impl<'a, P, S: Acts<P>> Passes<'a, P, S> {
    pub(super) fn run(space: &'a S, layout: &'a Layout<P, S::Matrix>) -> Self {
        let mut passes = Self {
            space: Blocks::new(space),
            layout,
            features: Vec::new(),
            readers: layout.readers(),
            covariances: Vec::new(),
            kernels: Vec::new(),
        };
        let before = layout.features_before();
        for (slot, &features) in before.iter().enumerate() {
            passes.measure(features);
            if slot < layout.slots.len() {
                passes.forward(slot);
            }
        }
        passes.backward();
        passes
    }

    /// Features up to this one, whose slots are all known.
    fn measure(&mut self, until: usize) {
        while self.features.len() < until {
            let Feature { form, gated } = self.layout.features[self.features.len()];
            let covariance = self.form_covariance(form);
            let variances = self.space.diagonal(&covariance);
            let angles = gated.then(|| gate::own_angles(self.space, &covariance, &variances));
            self.features.push(FeatureState { variances, angles, signal: self.space.zero(), flow: self.space.zero() });
        }
    }

    /// Covariance and kernel of a slot from those of what it reads.
    fn forward(&mut self, slot: usize) {
        let space = self.space;
        let (mut covariance, mut kernel) = (space.zero(), space.zero());
        for read in &self.layout.slots[slot] {
            let taps = self.taps(read.kernel);
            let (seen, mut change) = match read.source {
                Source::Image(image) => {
                    let mut own = space.zero();
                    let image = &self.layout.images[image];
                    let gram = space.block(image.gram.clone(), 0);
                    space.add(&mut own, taps * Scaled::from(image.share), &gram);
                    (gram, own)
                }
                Source::Feature(index) => {
                    let seen = self.second_moment(index);
                    let passed = self.feature_kernel(index);
                    let mut change = space.zero();
                    space.add(&mut change, read.gain, &passed);
                    space.add(&mut change, taps, &seen);
                    (seen, change)
                }
            };
            space.add(&mut covariance, read.gain, &space.average(read.kernel, &seen));
            change = space.average(read.kernel, &change);
            space.add(&mut kernel, Scaled::one(), &change);
        }
        self.covariances.push(covariance);
        self.kernels.push(kernel);
    }

    fn backward(&mut self) {
        let space = self.space;
        let read = space.readout(self.layout.positions);
        for &(gain, feature) in &self.layout.readout {
            space.add(&mut self.features[feature].signal, gain, &read);
        }
        // A feature is complete once every later slot and the readout have sent their part.
        let before = self.layout.features_before();
        let mut complete = self.features.len();
        for slot in (0..self.layout.slots.len()).rev() {
            self.complete(before[slot], complete);
            complete = before[slot];
            let mut arriving = space.zero();
            for &feature in &self.readers[slot] {
                if let Some((_, map)) =
                    self.layout.forms[self.layout.features[feature].form].iter().find(|(b, _)| *b == slot)
                {
                    space.add(&mut arriving, Scaled::one(), &space.back(map, &self.features[feature].flow));
                }
            }
            for read in &self.layout.slots[slot] {
                if let Source::Feature(feature) = read.source {
                    // A is its own adjoint.
                    let sent = space.average(read.kernel, &arriving);
                    space.add(&mut self.features[feature].signal, read.gain, &sent);
                }
            }
        }
    }

    /// Sends the signals of these features through their gates.
    fn complete(&mut self, from: usize, until: usize) {
        for index in from..until {
            let state = &self.features[index];
            let (signal, flow) = match &state.angles {
                None => (state.signal.clone(), state.signal.clone()),
                Some(angles) => {
                    let slopes = gate::slopes(self.space, angles, &state.variances);
                    let signal = gate::alive(self.space, &state.signal, &state.variances);
                    let flow = self.space.product(&slopes, &signal);
                    (signal, flow)
                }
            };
            (self.features[index].signal, self.features[index].flow) = (signal, flow);
        }
    }

    fn taps(&self, kernel: usize) -> Scaled {
        Scaled::from(kernel.pow(self.layout.grid.dims() as u32) as f64)
    }

    /// Σ_b L_b X_b R_bᵀ over the slots that two forms share.
    fn joined(&self, left: &Form<P>, right: &Form<P>, of_slot: &[Block<S::Matrix>]) -> Block<S::Matrix> {
        let mut total = self.space.zero();
        for (slot, one) in left {
            if let Some((_, two)) = right.iter().find(|(other, _)| other == slot) {
                self.space.add(&mut total, Scaled::one(), &self.space.forth(one, &of_slot[*slot], two));
            }
        }
        total
    }

    /// Cov z^v.
    pub(super) fn form_covariance(&self, form: usize) -> Block<S::Matrix> {
        self.joined(&self.layout.forms[form], &self.layout.forms[form], &self.covariances)
    }

    /// K_vf = Σ_b M_vb κ^b M_fbᵀ.
    pub(super) fn shared_kernel(&self, form: usize, other: usize) -> Block<S::Matrix> {
        self.joined(&self.layout.forms[form], &self.layout.forms[other], &self.kernels)
    }

    /// α of the gated feature `e` with another feature.
    pub(super) fn shared_angles(&self, e: usize, f: usize) -> Block<S::Matrix> {
        let (one, two) = (self.layout.features[e].form, self.layout.features[f].form);
        if let Some(angles) = self.features[e].angles.as_ref().filter(|_| one == two) {
            return angles.clone();
        }
        let covariance = self.joined(&self.layout.forms[one], &self.layout.forms[two], &self.covariances);
        gate::angles(self.space, &covariance, &self.features[e].variances, &self.features[f].variances)
    }

    /// Features whose forms share a slot with this one.
    pub(super) fn neighbours(&self, form: usize) -> Vec<usize> {
        let mut all: Vec<usize> =
            self.layout.forms[form].iter().flat_map(|(slot, _)| self.readers[*slot].iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// E x^e x^eᵀ.
    pub(super) fn second_moment(&self, feature: usize) -> Block<S::Matrix> {
        let state = &self.features[feature];
        match &state.angles {
            Some(angles) => gate::products(self.space, angles, &state.variances),
            None => self.form_covariance(self.layout.features[feature].form),
        }
    }

    /// E relu′ relu′ of a gated feature.
    pub(super) fn slopes(&self, feature: usize) -> Option<Block<S::Matrix>> {
        let state = &self.features[feature];
        state.angles.as_ref().map(|angles| gate::slopes(self.space, angles, &state.variances))
    }

    /// The tangent kernel of a feature.
    pub(super) fn feature_kernel(&self, feature: usize) -> Block<S::Matrix> {
        let form = self.layout.features[feature].form;
        let kernel = self.shared_kernel(form, form);
        match self.slopes(feature) {
            Some(slopes) => self.space.product(&slopes, &kernel),
            None => kernel,
        }
    }

    /// E x(p)² and the tangent kernel's diagonal of a form or of its ReLU.
    pub(super) fn state(&self, field: Feature) -> (Vec<Scaled>, Vec<Scaled>) {
        let mut moments = self.space.diagonal(&self.form_covariance(field.form));
        let mut kernels = self.space.diagonal(&self.shared_kernel(field.form, field.form));
        if field.gated {
            for (moment, kernel) in moments.iter_mut().zip(&mut kernels) {
                let half = Scaled::from(0.5);
                *kernel *= if gate::is_alive(*moment) { half } else { Scaled::zero() };
                *moment *= half;
            }
        }
        (moments, kernels)
    }

    /// Σ_f [K_vf (Gd^f ∘ B^f) K_vfᵀ](p, p): the part of E(Δz)² that comes back to the neuron itself.
    pub(super) fn reaction(&self, form: usize) -> Vec<Scaled> {
        let mut total = vec![Scaled::zero(); self.space.diagonal(&self.space.zero()).len()];
        for f in self.neighbours(form) {
            let kernel = self.shared_kernel(form, self.layout.features[f].form);
            accumulate(&mut total, Scaled::one(), &self.space.quadratic(&kernel, &self.features[f].flow, &kernel));
        }
        total
    }
}

/// total + scale·part, in place.
pub(super) fn accumulate(total: &mut [Scaled], scale: Scaled, part: &[Scaled]) {
    total.iter_mut().zip(part).for_each(|(entry, other)| *entry += scale * *other);
}
