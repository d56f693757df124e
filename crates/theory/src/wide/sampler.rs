//! Gaussian expectations in slot space by quasi-Monte-Carlo, for vectors without closed form.

use archscale_model::ops::Pointwise;
use archscale_model::{Kind, Op, OpId, Program, Scaled};
use num_traits::{ToPrimitive, Zero};
use statrs::function::erf::erfc_inv;

use super::sobol::{DIMENSIONS, coordinates};
use crate::TheoryError;
use crate::gaussian::function::Evaluator;

/// Most sample numbers that one scramble may hold (1 GiB).
const NUMBER_LIMIT: usize = 1 << 27;

/// Sizes of sampled numbers: such that their squares, and products of slopes with kernels, are doubles.
const SIZES: std::ops::Range<f64> = 1e-60..1e60;

/// One vector at every sample point: its value, and its slope in every slot that it depends on.
#[derive(Debug, Clone)]
struct Column {
    values: Vec<f64>,
    slopes: Vec<(usize, Vec<f64>)>,
}

impl Column {
    /// Refuses numbers whose squares might leave the range of double precision.
    fn check(&self) -> Result<(), TheoryError> {
        for list in std::iter::once(&self.values).chain(self.slopes.iter().map(|(_, slopes)| slopes)) {
            let largest = list.iter().fold(0.0, |largest: f64, x| if x.is_nan() { f64::NAN } else { largest.max(x.abs()) });
            if largest != 0.0 && !SIZES.contains(&largest) {
                return Err(beyond(largest));
            }
        }
        Ok(())
    }

    fn add_slope(&mut self, slot: usize, slopes: Vec<f64>) {
        match self.slopes.iter_mut().find(|(other, _)| *other == slot) {
            Some((_, sum)) => add(sum, &slopes, 1.0),
            None => self.slopes.push((slot, slopes)),
        }
    }
}

/// Sample points of one scramble, x and −x for every Sobol point x, and what was evaluated at them.
#[derive(Debug)]
pub(super) struct Sampler {
    scramble: u64,
    half: usize,
    columns: Vec<Option<Column>>,
    held: usize,
}

impl Sampler {
    pub(super) fn new(program: &Program, scramble: u64, points: usize) -> Self {
        Self { scramble, half: points / 2, columns: vec![None; program.ops().len()], held: 0 }
    }

    /// E x², E[∂x/∂g_b²] for every slot b of the vector.
    pub(super) fn moments(
        &mut self,
        program: &Program,
        op: OpId,
        slots: &Slots<'_>,
    ) -> Result<(Scaled, Vec<(usize, Scaled)>), TheoryError> {
        self.prepare(program, op, slots)?;
        let Some(column) = &self.columns[op] else { return Ok((Scaled::zero(), Vec::new())) };
        let gain = |(slot, slopes): &(usize, Vec<f64>)| (*slot, Scaled::from(mean_square(slopes)));
        let mut gains: Vec<(usize, Scaled)> = column.slopes.iter().map(gain).collect();
        gains.sort_unstable_by_key(|(slot, _)| *slot);
        Ok((mean_square(&column.values).into(), gains))
    }

    /// E x.
    pub(super) fn mean(&mut self, program: &Program, op: OpId, slots: &Slots<'_>) -> Result<Scaled, TheoryError> {
        self.prepare(program, op, slots)?;
        let values = self.columns[op].as_ref().map_or(&[][..], |column| &column.values);
        Ok(Scaled::from(values.iter().sum::<f64>() / (2 * self.half) as f64))
    }

    /// E (Σ_b κ_b φ_eb φ_fb)².
    pub(super) fn overlap(
        &mut self,
        program: &Program,
        pair: (OpId, OpId),
        slots: &Slots<'_>,
        kernels: &[Scaled],
    ) -> Result<Scaled, TheoryError> {
        self.prepare(program, pair.0, slots)?;
        self.prepare(program, pair.1, slots)?;
        let (Some(left), Some(right)) = (&self.columns[pair.0], &self.columns[pair.1]) else { return Ok(Scaled::zero()) };
        // Kernels over the power of four that brings the largest to [1, 4): any that this takes to zero adds nothing.
        let shared =
            left.slopes.iter().map(|(slot, _)| *slot).filter(|slot| right.slopes.iter().any(|(other, _)| other == slot));
        let (_, quarters) = shared.map(|slot| kernels[slot]).fold(Scaled::zero(), Scaled::max).quarters();
        let unit = Scaled::power_of_two(2 * quarters);
        let mut sums = vec![0.0; 2 * self.half];
        for (slot, first) in &left.slopes {
            if let Some((_, second)) = right.slopes.iter().find(|(other, _)| other == slot) {
                let kernel = (kernels[*slot] / unit).to_f64();
                for ((sum, a), b) in sums.iter_mut().zip(first).zip(second) {
                    *sum += kernel * a * b;
                }
            }
        }
        Ok(Scaled::from(mean_square(&sums)) * unit * unit)
    }

    /// Evaluates `op` and what it needs.
    fn prepare(&mut self, program: &Program, op: OpId, slots: &Slots<'_>) -> Result<(), TheoryError> {
        let mut needed = vec![false; op + 1];
        needed[op] = true;
        for index in (0..=op).rev() {
            if needed[index] && self.columns[index].is_none() {
                let what = &program.ops()[index];
                // A trained operation is a slot, which is drawn without its sources.
                if what.kind() != Kind::Trained {
                    what.sources().into_iter().for_each(|source| needed[source] = true);
                }
            }
        }
        for (index, needed) in needed.into_iter().enumerate() {
            if needed && self.columns[index].is_none() {
                let column = self.evaluate(program, index, slots)?;
                column.check()?;
                self.held += column.values.len() * (1 + column.slopes.len());
                if self.held > NUMBER_LIMIT {
                    return Err(TheoryError::too_large(
                        "quasi-Monte-Carlo for activations of sums of activations",
                        NUMBER_LIMIT,
                        "numbers per scramble",
                        "take fewer points, or a smaller cell",
                    ));
                }
                self.columns[index] = Some(column);
            }
        }
        Ok(())
    }

    fn evaluate(&self, program: &Program, op: OpId, slots: &Slots<'_>) -> Result<Column, TheoryError> {
        let size = 2 * self.half;
        let source = |index: OpId| self.columns[index].as_ref();
        Ok(match &program.ops()[op] {
            Op::Dense(_) => {
                let slot = slots.of_op[op].unwrap_or_default();
                let values = self.normals(slot)?.iter().map(|x| slots.variances[slot].sqrt() * x).collect();
                Column { values, slopes: vec![(slot, vec![1.0; size])] }
            }
            Op::Act(act) => match source(act.source) {
                Some(inner) => {
                    let function = Evaluator::new(act.activation);
                    let outer: Vec<f64> = inner.values.iter().map(|z| function.slope(*z)).collect();
                    let chain = |slopes: &Vec<f64>| slopes.iter().zip(&outer).map(|(a, b)| a * b).collect();
                    Column {
                        values: inner.values.iter().map(|z| function.value(*z)).collect(),
                        slopes: inner.slopes.iter().map(|(slot, slopes)| (*slot, chain(slopes))).collect(),
                    }
                }
                None => Column { values: vec![0.0; size], slopes: Vec::new() },
            },
            Op::Sum(sum) => {
                let mut total = Column { values: vec![0.0; size], slopes: Vec::new() };
                for term in &sum.terms {
                    let gain = term.gain.to_f64().unwrap_or(f64::NAN);
                    let Some(part) = source(term.source) else { continue };
                    add(&mut total.values, &part.values, gain);
                    for (slot, slopes) in &part.slopes {
                        total.add_slope(*slot, slopes.iter().map(|x| gain * x).collect());
                    }
                }
                total
            }
            Op::Pointwise(Pointwise { function, sources }) => {
                let parts: Vec<&Column> = sources.iter().filter_map(|index| source(*index)).collect();
                let at = |point: usize| -> Vec<f64> { parts.iter().map(|part| part.values[point]).collect() };
                let mut total =
                    Column { values: (0..size).map(|point| function.value(&at(point))).collect(), slopes: Vec::new() };
                for (argument, part) in parts.iter().enumerate() {
                    let outer: Vec<f64> = (0..size).map(|point| function.slope(argument, &at(point))).collect();
                    for (slot, slopes) in &part.slopes {
                        let chain = slopes.iter().zip(&outer).map(|(a, b)| a * b).collect();
                        total.add_slope(*slot, chain);
                    }
                }
                total
            }
            // The input has no slot and no reader here; the others are refused when the program is read.
            Op::Input(_) | Op::Image(_) | Op::Conv(_) | Op::Pool(_) | Op::Outside(_) => {
                Column { values: vec![0.0; size], slopes: Vec::new() }
            }
        })
    }

    /// Standard normal coordinates of one slot.
    fn normals(&self, slot: usize) -> Result<Vec<f64>, TheoryError> {
        if slot >= DIMENSIONS {
            return Err(TheoryError::too_large(
                "quasi-Monte-Carlo for activations of sums of activations",
                DIMENSIONS,
                "Gaussian slots",
                "ask for a single cell, or for a convention whose expectations are closed",
            ));
        }
        let mut points: Vec<f64> = coordinates(self.scramble, slot, self.half).map(quantile).collect();
        points.extend_from_within(..);
        points[self.half..].iter_mut().for_each(|x| *x = -*x);
        Ok(points)
    }
}

/// What the sampler reads of the engine's state.
pub(super) struct Slots<'a> {
    /// The slot that a dense operation fills.
    of_op: &'a [Option<usize>],
    variances: Vec<f64>,
}

impl<'a> Slots<'a> {
    /// Refuses variances at which nothing can be sampled.
    pub(super) fn new(of_op: &'a [Option<usize>], variances: &[Scaled]) -> Result<Self, TheoryError> {
        let double = |variance: &Scaled| match variance.fit() {
            Some(q) if q == 0.0 || SIZES.contains(&q) => Ok(q),
            _ => Err(beyond(variance)),
        };
        Ok(Self { of_op, variances: variances.iter().map(double).collect::<Result<_, _>>()? })
    }
}

fn beyond(size: impl std::fmt::Display) -> TheoryError {
    TheoryError::inaccurate(
        "expectation of an activation of a sum of activations",
        size,
        "it is sampled, which needs numbers between 1e-60 and 1e60; take an initialisation that keeps the variance",
    )
}

/// Quantile of the standard normal law.
fn quantile(probability: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erfc_inv(2.0 * probability)
}

fn mean_square(values: &[f64]) -> f64 {
    values.iter().map(|x| x * x).sum::<f64>() / values.len() as f64
}

fn add(sum: &mut [f64], part: &[f64], gain: f64) {
    for (sum, part) in sum.iter_mut().zip(part) {
        *sum += gain * part;
    }
}
