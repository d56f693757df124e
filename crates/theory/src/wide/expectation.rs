//! The three Gaussian expectations that the recursion asks of vectors: E x², E φ_b² and E (Σ_b κ_b φ_eb φ_fb)².

use archscale_model::{Activation, OpId, Program};

use super::sampler::{Sampler, Slots};
use super::shape::{Form, Shape, Term};
use crate::gaussian::function::Evaluator;
use crate::gaussian::{gaussian_integrals, inaccurate, smoothness};
use crate::{ActivationMoments, GaussianPair, GaussianTable, TheoryError};

/// A vector with its own moments.
#[derive(Debug, Clone)]
pub(super) struct Feature {
    pub(super) op: OpId,
    pub(super) shape: Shape,
    /// E x².
    pub(super) second: f64,
    /// E φ_b² for each slot b of its support, ascending.
    pub(super) gains: Vec<(usize, f64)>,
}

/// Everything an expectation reads.
pub(super) struct Expectations<'a> {
    pub(super) program: &'a Program,
    pub(super) table: &'a mut GaussianTable,
    pub(super) sampler: Sampler,
    /// Whether some expectation was sampled.
    pub(super) sampled: bool,
    /// Whether some expectation was integrated numerically.
    pub(super) integrated: bool,
}

/// The Gaussian state of the slots so far.
pub(super) struct State<'a> {
    pub(super) slot_of_op: &'a [Option<usize>],
    pub(super) variances: &'a [f64],
    pub(super) kernels: &'a [f64],
}

impl Expectations<'_> {
    /// A vector's own moments.
    pub(super) fn feature(&mut self, op: OpId, shape: &Shape, state: &State<'_>) -> Result<Feature, TheoryError> {
        let (second, gains) = match shape {
            Shape::Input(scale) => (scale * scale * self.input_square(), Vec::new()),
            Shape::Separable(terms) => self.separable(terms, state)?,
            Shape::Atom { outer, activation, form } => {
                let moments = self.moments(*activation, variance(form, state.variances))?;
                let square = outer * outer;
                let gains = form.iter().map(|(slot, m)| (*slot, square * m * m * moments.slope_second)).collect();
                (square * moments.second, gains)
            }
            Shape::Mixed(_) => {
                let slots = Slots { of_op: state.slot_of_op, variances: state.variances };
                self.sampled = true;
                self.sampler.moments(self.program, op, &slots)?
            }
        };
        Ok(Feature { op, shape: shape.clone(), second, gains })
    }

    /// H_ef = E (Σ_b κ_b φ_eb φ_fb)².
    pub(super) fn overlap(&mut self, e: &Feature, f: &Feature, state: &State<'_>) -> Result<f64, TheoryError> {
        let shared = shared_slots(&e.gains, &f.gains);
        if shared == Shared::None {
            return Ok(0.0);
        }
        match (&e.shape, &f.shape) {
            (Shape::Separable(left), Shape::Separable(right)) => self.separable_overlap(left, right, state),
            (
                Shape::Atom { outer, activation, form },
                Shape::Atom { outer: outer2, activation: activation2, form: form2 },
            ) => {
                let product = outer * outer2 * inner_product(form, form2, state.kernels);
                let pair = pair_of(form, form2, state.variances);
                Ok(product * product * self.slope_pair(*activation, *activation2, &pair)?)
            }
            (Shape::Atom { outer, activation, form }, Shape::Separable(terms))
            | (Shape::Separable(terms), Shape::Atom { outer, activation, form }) => {
                match self.atom_overlap((*outer, *activation, form), terms, &shared, state)? {
                    Some(found) => Ok(found),
                    None => self.sampled_overlap(e, f, state),
                }
            }
            _ => self.sampled_overlap(e, f, state),
        }
    }

    fn sampled_overlap(&mut self, e: &Feature, f: &Feature, state: &State<'_>) -> Result<f64, TheoryError> {
        let slots = Slots { of_op: state.slot_of_op, variances: state.variances };
        self.sampled = true;
        self.sampler.overlap(self.program, (e.op, f.op), &slots, state.kernels)
    }

    /// An atom against a sum of functions of single slots: closed if the sum is linear, or only one slot is shared.
    fn atom_overlap(
        &mut self,
        (outer, activation, form): (f64, Activation, &Form),
        terms: &[Term],
        shared: &Shared,
        state: &State<'_>,
    ) -> Result<Option<f64>, TheoryError> {
        if terms.iter().all(|term| term.activation.is_none()) {
            let linear: Form = terms.iter().map(|term| (term.slot, term.outer)).collect();
            let product = outer * inner_product(form, &linear, state.kernels);
            let moments = self.moments(activation, variance(form, state.variances))?;
            return Ok(Some(product * product * moments.slope_second));
        }
        let Shared::One(slot) = *shared else { return Ok(None) };
        let mut own = terms.iter().filter(|term| term.slot == slot);
        let (Some(term), None) = (own.next(), own.next()) else { return Ok(None) };
        let m = form.iter().find(|(other, _)| *other == slot).map_or(0.0, |(_, m)| *m);
        let product = state.kernels[slot] * outer * m * term.outer * term.inner;
        let mean = match term.activation {
            None => self.moments(activation, variance(form, state.variances))?.slope_second,
            Some(other) => {
                let pair = pair_of(form, &vec![(slot, term.inner)], state.variances);
                self.slope_pair(activation, other, &pair)?
            }
        };
        Ok(Some(product * product * mean))
    }

    /// E x² and E φ_b² of a sum of functions of single slots, whose means do not vanish.
    fn separable(&mut self, terms: &[Term], state: &State<'_>) -> Result<(f64, Vec<(usize, f64)>), TheoryError> {
        let (mut second, mut mean, mut mean_squares) = (0.0, 0.0, 0.0);
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
    fn separable_overlap(&mut self, left: &[Term], right: &[Term], state: &State<'_>) -> Result<f64, TheoryError> {
        let (mut own, mut mean, mut mean_squares) = (0.0, 0.0, 0.0);
        let mut others = right.chunk_by(|a, b| a.slot == b.slot).peekable();
        for first in left.chunk_by(|a, b| a.slot == b.slot) {
            let slot = first[0].slot;
            while others.next_if(|group| group[0].slot < slot).is_some() {}
            let Some(second) = others.next_if(|group| group[0].slot == slot) else { continue };
            let (product, square) = self.slope_products(first, second, state.variances[slot])?;
            let kernel = state.kernels[slot];
            own += kernel * kernel * square;
            mean += kernel * product;
            mean_squares += (kernel * product).powi(2);
        }
        Ok(own + (mean * mean - mean_squares))
    }

    /// Moments of Σ_i outer_i σ_i(inner_i g) as a function of one slot g ~ N(0, q).
    fn slot_moments(&mut self, group: &[Term], q: f64) -> Result<ActivationMoments, TheoryError> {
        if let [Term { outer, inner, activation, .. }] = *group {
            let base = match activation {
                None => ActivationMoments { mean: 0.0, second: q, slope_mean: 1.0, slope_second: 1.0, slope_fourth: 1.0 },
                Some(activation) => self.moments(activation, inner * inner * q)?,
            };
            let slope = outer * inner;
            return Ok(ActivationMoments {
                mean: outer * base.mean,
                second: outer * outer * base.second,
                slope_mean: slope * base.slope_mean,
                slope_second: slope.powi(2) * base.slope_second,
                slope_fourth: slope.powi(4) * base.slope_fourth,
            });
        }
        let [mean, second, slope_mean, slope_second, slope_fourth] =
            self.on_slot([group, &[]], q, |[(value, slope), _]| {
                [value, value * value, slope, slope.powi(2), slope.powi(4)]
            })?;
        Ok(ActivationMoments { mean, second, slope_mean, slope_second, slope_fourth })
    }

    /// E[φ_e φ_f] and E[φ_e² φ_f²] of two functions of one slot.
    fn slope_products(&mut self, left: &[Term], right: &[Term], q: f64) -> Result<(f64, f64), TheoryError> {
        if let ([a], [b]) = (left, right) {
            let product = a.outer * a.inner * b.outer * b.inner;
            let (first, second) = match (a.activation, b.activation) {
                (None, None) => (1.0, 1.0),
                (None, Some(activation)) => self.slopes_one_two(activation, b.inner, q)?,
                (Some(activation), None) => self.slopes_one_two(activation, a.inner, q)?,
                (Some(one), Some(two)) if one == two && a.inner == b.inner => {
                    let moments = self.moments(one, a.inner * a.inner * q)?;
                    (moments.slope_second, moments.slope_fourth)
                }
                _ => return self.slope_products_integrated(left, right, q),
            };
            return Ok((product * first, product * product * second));
        }
        self.slope_products_integrated(left, right, q)
    }

    fn slopes_one_two(&mut self, activation: Activation, inner: f64, q: f64) -> Result<(f64, f64), TheoryError> {
        let moments = self.moments(activation, inner * inner * q)?;
        Ok((moments.slope_mean, moments.slope_second))
    }

    fn slope_products_integrated(&mut self, left: &[Term], right: &[Term], q: f64) -> Result<(f64, f64), TheoryError> {
        let [first, second] = self.on_slot([left, right], q, |[(_, one), (_, two)]| {
            let product = one * two;
            [product, product * product]
        })?;
        Ok((first, second))
    }

    /// Integrates functions of the values and slopes of two sums of terms of one slot g ~ N(0, q).
    fn on_slot<const K: usize>(
        &mut self,
        groups: [&[Term]; 2],
        q: f64,
        mut function: impl FnMut([(f64, f64); 2]) -> [f64; K],
    ) -> Result<[f64; K], TheoryError> {
        let groups = groups.map(|group| {
            group.iter().map(|term| (*term, term.activation.map(Evaluator::new))).collect::<Vec<(Term, Option<Evaluator>)>>()
        });
        if q == 0.0 {
            return Ok(function([evaluate(&groups[0], 0.0), evaluate(&groups[1], 0.0)]));
        }
        self.integrated = true;
        let deviation = q.sqrt();
        let parts: Vec<(&Evaluator, f64)> = groups
            .iter()
            .flatten()
            .filter_map(|(term, evaluator)| Some((evaluator.as_ref()?, term.inner * deviation)))
            .collect();
        gaussian_integrals(&smoothness(&parts, 0.0), 0.0, |x| {
            function([evaluate(&groups[0], deviation * x), evaluate(&groups[1], deviation * x)])
        })
        .ok_or_else(|| match groups.iter().flatten().find_map(|(term, _)| term.activation) {
            Some(activation) => inaccurate(activation, "moments of a sum", q),
            None => inaccurate(Activation::LINEAR, "moments of a sum", q),
        })
    }

    fn moments(&mut self, activation: Activation, variance: f64) -> Result<ActivationMoments, TheoryError> {
        self.integrated |= variance > 0.0 && !self.table.is_closed(activation);
        self.table.moments(activation, variance)
    }

    fn slope_pair(&mut self, u: Activation, w: Activation, pair: &GaussianPair) -> Result<f64, TheoryError> {
        self.integrated |= !self.table.is_closed_pair(u, w);
        self.table.slope_pair(u, w, pair)
    }

    fn input_square(&self) -> f64 {
        self.program.ops().iter().find_map(super::program::input_square).unwrap_or(0.0)
    }
}

/// Value and slope of Σ_i outer_i σ_i(inner_i g).
fn evaluate(group: &[(Term, Option<Evaluator>)], g: f64) -> (f64, f64) {
    let (mut total, mut rate) = (0.0, 0.0);
    for (term, activation) in group {
        let z = term.inner * g;
        let (value, slope) = activation.as_ref().map_or((z, 1.0), |activation| (activation.value(z), activation.slope(z)));
        total += term.outer * value;
        rate += term.outer * term.inner * slope;
    }
    (total, rate)
}

#[derive(Debug, PartialEq)]
enum Shared {
    None,
    One(usize),
    Several,
}

fn shared_slots(left: &[(usize, f64)], right: &[(usize, f64)]) -> Shared {
    let mut found = Shared::None;
    merge(left, right, |slot, _, _| found = if found == Shared::None { Shared::One(slot) } else { Shared::Several });
    found
}

/// Calls `each` with the multipliers of every slot that both lists name; both ascend.
fn merge(left: &[(usize, f64)], right: &[(usize, f64)], mut each: impl FnMut(usize, f64, f64)) {
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        let (a, b) = (left[i], right[j]);
        if a.0 == b.0 {
            each(a.0, a.1, b.1);
        }
        i += usize::from(a.0 <= b.0);
        j += usize::from(b.0 <= a.0);
    }
}

/// Σ_b m_b m′_b weight_b.
fn inner_product(left: &[(usize, f64)], right: &[(usize, f64)], weights: &[f64]) -> f64 {
    let mut total = 0.0;
    merge(left, right, |slot, a, b| total += a * b * weights[slot]);
    total
}

fn variance(form: &[(usize, f64)], variances: &[f64]) -> f64 {
    form.iter().map(|(slot, m)| m * m * variances[*slot]).sum()
}

/// The joint law of two linear forms.
fn pair_of(left: &Form, right: &Form, variances: &[f64]) -> GaussianPair {
    let (first, second) = (variance(left, variances), variance(right, variances));
    let covariance = inner_product(left, right, variances);
    let direct = first * second - covariance * covariance;
    // A hundredth of the product keeps fourteen digits of the difference.
    if direct > 0.01 * first * second {
        return GaussianPair::with_determinant(first, second, covariance, direct);
    }
    // Lagrange's identity: Σ_{b<d} q_b q_d (m_b m′_d − m_d m′_b)², a sum of non-negative terms.
    let at = |form: &Form, slot: usize| form.iter().find(|(other, _)| *other == slot).map_or(0.0, |(_, m)| *m);
    let mut slots: Vec<usize> = left.iter().chain(right).map(|(slot, _)| *slot).collect();
    slots.sort_unstable();
    slots.dedup();
    let rows: Vec<(f64, f64, f64)> = slots.iter().map(|&slot| (variances[slot], at(left, slot), at(right, slot))).collect();
    let mut determinant = 0.0;
    for (index, (q, a, b)) in rows.iter().enumerate() {
        for (q2, a2, b2) in &rows[index + 1..] {
            determinant += q * q2 * (a * b2 - a2 * b).powi(2);
        }
    }
    GaussianPair::with_determinant(first, second, covariance, determinant)
}
