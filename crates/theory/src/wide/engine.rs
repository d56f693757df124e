//! The recursion over slots: forward the variance q and the kernel κ, backward the signal, forward again the fluctuation F.

use archscale_model::{OpId, Scaled};
use num_traits::Zero;

use super::expectation::{Expectations, Feature, State};
use super::program::SlotProgram;
use crate::TheoryError;

/// The first pass: every slot's variance and kernel, and every vector that a matrix or the readout reads.
pub(super) struct Forward<'a> {
    program: &'a SlotProgram,
    pub(super) expectations: Expectations<'a>,
    /// For each slot, and at the end for the readout, (C, feature) of its matrices.
    rows: Vec<Vec<(Scaled, usize)>>,
    features: Vec<Feature>,
    feature_of_op: Vec<Option<usize>>,
    pub(super) variances: Vec<Scaled>,
    pub(super) kernels: Vec<Scaled>,
}

/// What the law says of one vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reading {
    pub(super) second_moment: Scaled,
    pub(super) kernel: Scaled,
    pub(super) mean_squared_change: Scaled,
}

impl<'a> Forward<'a> {
    pub(super) fn run(program: &'a SlotProgram, expectations: Expectations<'a>) -> Result<Self, TheoryError> {
        let slots = program.dense_ops.len();
        let mut pass = Self {
            program,
            expectations,
            rows: Vec::with_capacity(slots + 1),
            features: Vec::with_capacity(slots + 1),
            feature_of_op: vec![None; program.shapes.len()],
            variances: Vec::with_capacity(slots),
            kernels: Vec::with_capacity(slots),
        };
        for (slot, terms) in program.rows.iter().enumerate() {
            let terms = terms
                .iter()
                .map(|&(gain, op)| Ok((gain, pass.feature_index(op)?)))
                .collect::<Result<Vec<_>, TheoryError>>()?;
            if slot < slots {
                let (mut variance, mut kernel) = (Scaled::zero(), Scaled::zero());
                for &(gain, feature) in &terms {
                    let feature = &pass.features[feature];
                    variance += gain * feature.second;
                    kernel += feature.second + gain * pass.kernel_of(feature);
                }
                pass.variances.push(variance);
                pass.kernels.push(kernel);
            }
            pass.rows.push(terms);
        }
        Ok(pass)
    }

    /// Second moment and kernel of what every edge into the output reads.
    pub(super) fn readout(&self) -> impl Iterator<Item = (Scaled, Scaled)> {
        let read = |&(_, feature): &(Scaled, usize)| {
            let feature = &self.features[feature];
            (feature.second, self.kernel_of(feature))
        };
        self.rows.last().into_iter().flatten().map(read)
    }

    /// E[Σ_b κ_b φ_b²], the diagonal of a vector's tangent kernel.
    fn kernel_of(&self, feature: &Feature) -> Scaled {
        feature.gains.iter().map(|(slot, gain)| *gain * self.kernels[*slot]).sum()
    }

    /// The feature of `op`, computed and registered on first use.
    fn feature_index(&mut self, op: OpId) -> Result<usize, TheoryError> {
        if let Some(index) = self.feature_of_op[op] {
            return Ok(index);
        }
        let feature = self.measure(op)?;
        let index = self.features.len();
        self.features.push(feature);
        self.feature_of_op[op] = Some(index);
        Ok(index)
    }

    fn measure(&mut self, op: OpId) -> Result<Feature, TheoryError> {
        let state = State::of(self.program, &self.variances, &self.kernels);
        self.expectations.feature(op, &self.program.shapes[op], state)
    }

    /// E x² of the vector of `op`.
    pub(super) fn second_moment(&mut self, op: OpId) -> Result<Scaled, TheoryError> {
        Ok(self.measure(op)?.second)
    }

    /// E x of the vector of `op`.
    pub(super) fn mean(&mut self, op: OpId) -> Result<Scaled, TheoryError> {
        let state = State::of(self.program, &self.variances, &self.kernels);
        self.expectations.mean(op, &self.program.shapes[op], state)
    }

    /// Hands H_yf of a vector y with every needed feature f to `met`.
    fn meet(
        &mut self,
        y: &Feature,
        features: &[Feature],
        mut met: impl FnMut(usize, Scaled),
        needed: impl Fn(usize) -> bool,
    ) -> Result<(), TheoryError> {
        let state = State::of(self.program, &self.variances, &self.kernels);
        let products = y.products(self.program, state);
        for (index, feature) in features.iter().enumerate().filter(|(index, _)| needed(*index)) {
            met(index, self.expectations.overlap((y, products.as_ref()), feature, state)?);
        }
        Ok(())
    }

    /// The second pass: for every feature the mean square of n ∂f/∂x, from the readout backwards.
    fn signals(&self) -> Vec<Scaled> {
        let mut signals = vec![Scaled::zero(); self.features.len()];
        for &(gain, feature) in self.rows.last().into_iter().flatten() {
            signals[feature] += gain;
        }
        let mut readers: Vec<Vec<(usize, Scaled)>> = vec![Vec::new(); self.variances.len()];
        for (index, feature) in self.features.iter().enumerate() {
            feature.gains.iter().for_each(|&(slot, gain)| readers[slot].push((index, gain)));
        }
        // What reads a slot is read by later slots only, whose signals are complete.
        for slot in (0..readers.len()).rev() {
            let arriving: Scaled = readers[slot].iter().map(|&(feature, gain)| gain * signals[feature]).sum();
            for &(gain, feature) in &self.rows[slot] {
                signals[feature] += gain * arriving;
            }
        }
        signals
    }
}

/// All three passes: what one step of gradient descent changes.
pub(super) struct Engine<'a> {
    pub(super) forward: Forward<'a>,
    signals: Vec<Scaled>,
    /// By feature, E(Δx)².
    changes: Vec<Scaled>,
    /// By slot, F: the part of E(Δg)² that comes from other neurons.
    pub(super) fluctuations: Vec<Scaled>,
}

impl<'a> Engine<'a> {
    pub(super) fn run(mut forward: Forward<'a>) -> Result<Self, TheoryError> {
        let signals = forward.signals();
        let mut changes = returns_of_pairs(&mut forward, &signals)?;
        let mut fluctuations: Vec<Scaled> = Vec::with_capacity(forward.variances.len());
        let mut complete = 0;
        let inherited = |feature: &Feature, fluctuations: &[Scaled]| -> Scaled {
            feature.gains.iter().map(|(slot, gain)| *gain * fluctuations[*slot]).sum()
        };
        // Features are registered in the order of the slots that read them, after their own slots.
        for row in &forward.rows[..forward.variances.len()] {
            let until = row.iter().map(|&(_, feature)| feature + 1).fold(complete, usize::max);
            for (change, feature) in changes[complete..until].iter_mut().zip(&forward.features[complete..]) {
                *change += inherited(feature, &fluctuations);
            }
            complete = until;
            fluctuations.push(row.iter().map(|&(gain, feature)| gain * changes[feature]).sum());
        }
        for (change, feature) in changes[complete..].iter_mut().zip(&forward.features[complete..]) {
            *change += inherited(feature, &fluctuations);
        }
        Ok(Self { forward, signals, changes, fluctuations })
    }

    /// E x², the tangent kernel's diagonal and E(Δx)² of the vector of `op`.
    pub(super) fn read(&mut self, op: OpId) -> Result<Reading, TheoryError> {
        let forward = &mut self.forward;
        if let Some(index) = forward.feature_of_op[op] {
            let feature = &forward.features[index];
            let kernel = forward.kernel_of(feature);
            return Ok(Reading { second_moment: feature.second, kernel, mean_squared_change: self.changes[index] });
        }
        let feature = forward.measure(op)?;
        let mut change: Scaled = feature.gains.iter().map(|(slot, gain)| *gain * self.fluctuations[*slot]).sum();
        let (signals, others) = (&self.signals, std::mem::take(&mut forward.features));
        forward.meet(&feature, &others, |f, overlap| change += signals[f] * overlap, |f| !signals[f].is_zero())?;
        forward.features = others;
        let kernel = forward.kernel_of(&feature);
        Ok(Reading { second_moment: feature.second, kernel, mean_squared_change: change })
    }
}

/// By feature e, Σ_f signal_f H_ef: the part of E(Δx)² that comes back along the neuron's own gradient.
fn returns_of_pairs(forward: &mut Forward<'_>, signals: &[Scaled]) -> Result<Vec<Scaled>, TheoryError> {
    let features = std::mem::take(&mut forward.features);
    let mut returns = vec![Scaled::zero(); features.len()];
    for (e, one) in features.iter().enumerate() {
        let met = |f: usize, overlap: Scaled| {
            returns[e] += signals[f] * overlap;
            if f < e {
                returns[f] += signals[e] * overlap;
            }
        };
        forward.meet(one, &features[..=e], met, |f| !(signals[e].is_zero() && signals[f].is_zero()))?;
    }
    forward.features = features;
    Ok(returns)
}
