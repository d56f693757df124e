//! The three Gaussian expectations that the recursion asks of vectors: E x², E φ_b² and E (Σ_b κ_b φ_eb φ_fb)².

use archscale_model::{Activation, OpId, Program, Scaled};
use num_traits::{One, Zero};

use super::LAW;
use super::moments::{Moments, integrated_on_slot, moments_of, slope_pair_of, squared};
use super::program::SlotProgram;
use super::sampler::{Sampler, Slots};
use super::shape::{Shape, Term};
use super::spread::{Shared, pair_of, shared_slots, variance};
use crate::{GaussianTable, TheoryError};

/// A vector with its own moments.
#[derive(Debug, Clone)]
pub(super) struct Feature {
    pub(super) op: OpId,
    pub(super) shape: Shape,
    /// E x².
    pub(super) second: Scaled,
    /// E φ_b² for each slot b of its support, ascending.
    pub(super) gains: Vec<(usize, Scaled)>,
    /// Variance of the linear form inside an activation of several slots; zero for every other shape.
    variance: Scaled,
}

impl Feature {
    /// The operation whose vector is a linear form in the slots and of which this is an activation, or the form itself.
    fn linear_op(&self) -> Option<OpId> {
        match &self.shape {
            Shape::Atom { inner, .. } => Some(*inner),
            Shape::Separable(terms) if terms.iter().all(|term| term.activation.is_none()) => Some(self.op),
            _ => None,
        }
    }

    /// The linear form of an activation of several slots; nothing for every other shape.
    fn form(&self) -> &[(usize, f64)] {
        if let Shape::Atom { form, .. } = &self.shape { form } else { &[] }
    }

    /// The products of its linear form with every other, if it has one.
    pub(super) fn products(&self, program: &SlotProgram, state: State<'_>) -> Option<Products> {
        let own;
        let form = match &self.shape {
            Shape::Atom { form, .. } => form,
            shape => {
                own = shape.as_form()?;
                &own
            }
        };
        let with = |weights| program.products(form, weights);
        Some(Products { kernels: with(state.kernels), variances: with(state.variances) })
    }
}

/// By operation that is linear in the slots, its products with one linear form.
pub(super) struct Products {
    /// Σ_b m_b m′_b κ_b.
    kernels: Vec<Scaled>,
    /// Σ_b m_b m′_b q_b.
    variances: Vec<Scaled>,
}

/// Everything an expectation reads.
pub(super) struct Expectations<'a> {
    program: &'a Program,
    table: &'a mut GaussianTable,
    sampler: Sampler,
    /// Whether some expectation was sampled.
    pub(super) sampled: bool,
    /// Whether some expectation was integrated numerically.
    pub(super) integrated: bool,
}

/// The Gaussian state of the slots so far.
#[derive(Clone, Copy)]
pub(super) struct State<'a> {
    slot_of_op: &'a [Option<usize>],
    variances: &'a [Scaled],
    kernels: &'a [Scaled],
}

impl<'a> State<'a> {
    pub(super) fn of(program: &'a SlotProgram, variances: &'a [Scaled], kernels: &'a [Scaled]) -> Self {
        Self { slot_of_op: &program.slot_of_op, variances, kernels }
    }
}

impl<'a> Expectations<'a> {
    pub(super) fn new(program: &'a Program, table: &'a mut GaussianTable, sampler: Sampler) -> Self {
        Self { program, table, sampler, sampled: false, integrated: false }
    }

    /// A vector's own moments.
    pub(super) fn feature(&mut self, op: OpId, shape: &Shape, state: State<'_>) -> Result<Feature, TheoryError> {
        let mut inner = Scaled::zero();
        let (second, gains) = match shape {
            Shape::Input(scale) => (squared(*scale) * self.input_square(), Vec::new()),
            Shape::Separable(terms) => self.separable(terms, state)?,
            Shape::Atom { outer, activation, form, .. } => {
                inner = variance(form, state.variances);
                let moments = self.moments(*activation, inner)?;
                let square = squared(*outer);
                let gains = form.iter().map(|(slot, m)| (*slot, square * squared(*m) * moments.slope_second)).collect();
                (square * moments.second, gains)
            }
            Shape::Mixed(_) => {
                self.sampled = true;
                self.sampler.moments(self.program, op, &Slots::new(state.slot_of_op, state.variances)?)?
            }
        };
        Ok(Feature { op, shape: shape.clone(), second, gains, variance: inner })
    }

    /// E x of a vector.
    pub(super) fn mean(&mut self, op: OpId, shape: &Shape, state: State<'_>) -> Result<Scaled, TheoryError> {
        match shape {
            Shape::Input(_) => Err(TheoryError::out_of_domain(
                self.program,
                op,
                LAW,
                "the mean of the raw input",
                "only the input's mean square is known; put a dense operation in between",
            )),
            Shape::Separable(terms) => {
                let groups = terms.chunk_by(|a, b| a.slot == b.slot);
                groups.map(|group| Ok(self.slot_moments(group, state.variances[group[0].slot])?.mean)).sum()
            }
            Shape::Atom { outer, activation, form, .. } => {
                Ok(Scaled::from(*outer) * self.moments(*activation, variance(form, state.variances))?.mean)
            }
            Shape::Mixed(_) => {
                self.sampled = true;
                self.sampler.mean(self.program, op, &Slots::new(state.slot_of_op, state.variances)?)
            }
        }
    }

    /// H_ef = E (Σ_b κ_b φ_eb φ_fb)².
    ///
    /// `with_e` has the products of the linear form of `e` with every other, if it has one.
    pub(super) fn overlap(
        &mut self,
        (e, with_e): (&Feature, Option<&Products>),
        f: &Feature,
        state: State<'_>,
    ) -> Result<Scaled, TheoryError> {
        if let (Some(with_e), Some(other)) = (with_e, f.linear_op()) {
            let kernel = with_e.kernels[other];
            return if kernel.is_zero() {
                Ok(Scaled::zero())
            } else {
                self.linear_overlap((e, f), kernel, with_e.variances[other], state)
            };
        }
        let shared = shared_slots(&e.gains, &f.gains);
        match (&e.shape, &f.shape) {
            _ if shared == Shared::None => Ok(Scaled::zero()),
            (Shape::Separable(left), Shape::Separable(right)) => self.separable_overlap(left, right, state),
            (Shape::Atom { .. }, Shape::Separable(terms)) => self.atom_overlap((e, f), terms, &shared, state),
            (Shape::Separable(terms), Shape::Atom { .. }) => self.atom_overlap((f, e), terms, &shared, state),
            _ => self.sampled_overlap(e, f, state),
        }
    }

    fn sampled_overlap(&mut self, e: &Feature, f: &Feature, state: State<'_>) -> Result<Scaled, TheoryError> {
        self.sampled = true;
        let slots = Slots::new(state.slot_of_op, state.variances)?;
        self.sampler.overlap(self.program, (e.op, f.op), &slots, state.kernels)
    }

    /// Two activations of linear forms, or the forms themselves, from the kernel and the covariance of the forms.
    fn linear_overlap(
        &mut self,
        (e, f): (&Feature, &Feature),
        kernel: Scaled,
        covariance: Scaled,
        state: State<'_>,
    ) -> Result<Scaled, TheoryError> {
        let atom = |feature: &Feature| match &feature.shape {
            Shape::Atom { outer, activation, .. } => Some((*outer, *activation, feature.variance)),
            _ => None,
        };
        match (atom(e), atom(f)) {
            (None, None) => Ok(kernel * kernel),
            (Some((outer, activation, variance)), None) | (None, Some((outer, activation, variance))) => {
                let product = Scaled::from(outer) * kernel;
                Ok(product * product * self.moments(activation, variance)?.slope_second)
            }
            (Some((outer, activation, _)), Some((outer2, activation2, _))) => {
                let product = Scaled::from(outer * outer2) * kernel;
                let forms = [e, f].map(|feature| (feature.form(), feature.variance));
                self.integrated |= !self.table.is_closed_pair(activation, activation2);
                let pair = pair_of(forms, covariance, state.variances);
                Ok(product * product * slope_pair_of(self.table, activation, activation2, pair)?)
            }
        }
    }

    /// An atom against a sum of functions of single slots: closed if only one slot is shared.
    fn atom_overlap(
        &mut self,
        (atom, sum): (&Feature, &Feature),
        terms: &[Term],
        shared: &Shared,
        state: State<'_>,
    ) -> Result<Scaled, TheoryError> {
        let Shape::Atom { outer, activation, form, .. } = &atom.shape else { return self.sampled_overlap(atom, sum, state) };
        let Shared::One(slot) = *shared else { return self.sampled_overlap(atom, sum, state) };
        let mut own = terms.iter().filter(|term| term.slot == slot);
        let (Some(term), None) = (own.next(), own.next()) else { return self.sampled_overlap(atom, sum, state) };
        let m = form.iter().find(|(other, _)| *other == slot).map_or(0.0, |(_, m)| *m);
        let product = state.kernels[slot] * Scaled::from(outer * m) * Scaled::from(term.outer * term.inner);
        let mean = match term.activation {
            None => self.moments(*activation, atom.variance)?.slope_second,
            Some(other) => {
                let single = vec![(slot, term.inner)];
                let covariance = Scaled::from(m * term.inner) * state.variances[slot];
                let forms = [(form.as_slice(), atom.variance), (&single, variance(&single, state.variances))];
                self.integrated |= !self.table.is_closed_pair(*activation, other);
                slope_pair_of(self.table, *activation, other, pair_of(forms, covariance, state.variances))?
            }
        };
        Ok(product * product * mean)
    }

    /// E x² and E φ_b² of a sum of functions of single slots, whose means do not vanish.
    fn separable(&mut self, terms: &[Term], state: State<'_>) -> Result<(Scaled, Vec<(usize, Scaled)>), TheoryError> {
        let [mut second, mut mean, mut mean_squares] = [Scaled::zero(); 3];
        let mut gains = Vec::with_capacity(terms.len());
        for group in terms.chunk_by(|a, b| a.slot == b.slot) {
            let moments = self.slot_moments(group, state.variances[group[0].slot])?;
            second += moments.second;
            mean += moments.mean;
            mean_squares += moments.mean * moments.mean;
            gains.push((group[0].slot, moments.slope_second));
        }
        Ok((second + (mean * mean - mean_squares), gains))
    }

    /// Σ_b κ_b² E[φ_eb² φ_fb²] + Σ_{b≠d} κ_b κ_d E[φ_eb φ_fb] E[φ_ed φ_fd].
    fn separable_overlap(&mut self, left: &[Term], right: &[Term], state: State<'_>) -> Result<Scaled, TheoryError> {
        let [mut own, mut mean, mut mean_squares] = [Scaled::zero(); 3];
        let mut others = right.chunk_by(|a, b| a.slot == b.slot).peekable();
        for first in left.chunk_by(|a, b| a.slot == b.slot) {
            let slot = first[0].slot;
            while others.next_if(|group| group[0].slot < slot).is_some() {}
            let Some(second) = others.next_if(|group| group[0].slot == slot) else { continue };
            let (product, square) = self.slope_products(first, second, state.variances[slot])?;
            let kernel = state.kernels[slot];
            let met = kernel * product;
            own += kernel * kernel * square;
            mean += met;
            mean_squares += met * met;
        }
        Ok(own + (mean * mean - mean_squares))
    }

    /// Moments of Σ_i outer_i σ_i(inner_i g) as a function of one slot g ~ N(0, q).
    fn slot_moments(&mut self, group: &[Term], q: Scaled) -> Result<Moments, TheoryError> {
        if let [Term { outer, inner, activation, .. }] = *group {
            let base = match activation {
                None => Moments::linear(q),
                Some(activation) => self.moments(activation, squared(inner) * q)?,
            };
            return Ok(base.of_multiple(outer, inner));
        }
        let [mean, second, slope_mean, slope_second, slope_fourth] =
            self.on_slot([group, &[]], q, [1, 2, 0, 0, 0], |[(value, slope), _]| {
                [value, value * value, slope, slope.powi(2), slope.powi(4)]
            })?;
        Ok(Moments { mean, second, slope_mean, slope_second, slope_fourth })
    }

    /// E[φ_e φ_f] and E[φ_e² φ_f²] of two functions of one slot.
    fn slope_products(&mut self, left: &[Term], right: &[Term], q: Scaled) -> Result<(Scaled, Scaled), TheoryError> {
        if let ([a], [b]) = (left, right) {
            let product = Scaled::from(a.outer * a.inner) * Scaled::from(b.outer * b.inner);
            let (first, second) = match (a.activation, b.activation) {
                (None, None) => (Scaled::one(), Scaled::one()),
                (None, Some(activation)) => self.slopes_one_two(activation, b.inner, q)?,
                (Some(activation), None) => self.slopes_one_two(activation, a.inner, q)?,
                (Some(one), Some(two)) if one == two && a.inner == b.inner => {
                    let moments = self.moments(one, squared(a.inner) * q)?;
                    (moments.slope_second, moments.slope_fourth)
                }
                _ => return self.slope_products_integrated(left, right, q),
            };
            return Ok((product * first, product * product * second));
        }
        self.slope_products_integrated(left, right, q)
    }

    fn slopes_one_two(&mut self, activation: Activation, inner: f64, q: Scaled) -> Result<(Scaled, Scaled), TheoryError> {
        let moments = self.moments(activation, squared(inner) * q)?;
        Ok((moments.slope_mean, moments.slope_second))
    }

    fn slope_products_integrated(
        &mut self,
        left: &[Term],
        right: &[Term],
        q: Scaled,
    ) -> Result<(Scaled, Scaled), TheoryError> {
        let [first, second] = self.on_slot([left, right], q, [0, 0], |[(_, one), (_, two)]| {
            let product = one * two;
            [product, product * product]
        })?;
        Ok((first, second))
    }

    /// Integrates functions of the values and slopes of two sums of terms of one slot g ~ N(0, q).
    fn on_slot<const K: usize>(
        &mut self,
        groups: [&[Term]; 2],
        q: Scaled,
        degrees: [i32; K],
        function: impl FnMut([(f64, f64); 2]) -> [f64; K],
    ) -> Result<[Scaled; K], TheoryError> {
        self.integrated |= !q.is_zero();
        integrated_on_slot(groups, q, degrees, function)
    }

    fn moments(&mut self, activation: Activation, variance: Scaled) -> Result<Moments, TheoryError> {
        self.integrated |= !variance.is_zero() && !self.table.is_closed(activation);
        moments_of(self.table, activation, variance)
    }

    fn input_square(&self) -> Scaled {
        self.program.ops().iter().find_map(super::program::input_square).unwrap_or_default()
    }
}
