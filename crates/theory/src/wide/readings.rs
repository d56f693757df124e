//! Second moments and kernels of what the output reads, without the change of a step.

use archscale_model::Program;

use super::expectation::{Expectations, Feature, State};
use super::program::SlotProgram;
use super::sampler::Sampler;
use super::{WideSettings, mean};
use crate::output_kernel::Reading;
use crate::{GaussianTable, TheoryError};

/// E|x|²/n and the tangent kernel's diagonal of the vector of every edge into the output.
///
/// The forward half of [`super::wide_moments`]: its pairs of vectors, which only the change asks for, are left out.
pub(crate) fn wide_readings(program: &Program) -> Result<Vec<Reading>, TheoryError> {
    let slots = SlotProgram::new(program)?;
    let WideSettings { points, scrambles } = WideSettings::default();
    let mut table = GaussianTable::new();
    let (first, sampled) = pass(program, &slots, &mut table, Sampler::new(program, 0, points))?;
    let mut passes = vec![first];
    for scramble in 1..if sampled { scrambles as u64 } else { 1 } {
        passes.push(pass(program, &slots, &mut table, Sampler::new(program, scramble, points))?.0);
    }
    let average = |edge: usize| Reading {
        second_moment: mean(&passes, |pass| pass[edge].second_moment).0,
        kernel: mean(&passes, |pass| pass[edge].kernel).0,
    };
    Ok((0..program.readout().len()).map(average).collect())
}

/// The readings of one scramble, and whether anything was sampled.
fn pass(
    program: &Program,
    slots: &SlotProgram,
    table: &mut GaussianTable,
    sampler: Sampler,
) -> Result<(Vec<Reading>, bool), TheoryError> {
    let mut expectations = Expectations { program, table, sampler, sampled: false, integrated: false };
    let (mut variances, mut kernels) = (Vec::<f64>::new(), Vec::<f64>::new());
    let mut features: Vec<Option<Feature>> = vec![None; slots.shapes.len()];
    let mut found = Vec::new();
    for terms in &slots.rows {
        found.clear();
        for &(gain, op) in terms {
            let state = State { slot_of_op: &slots.slot_of_op, variances: &variances, kernels: &kernels };
            let feature = match features[op].take() {
                Some(known) => known,
                None => expectations.feature(op, &slots.shapes[op], &state)?,
            };
            let kernel = feature.gains.iter().map(|(slot, slope)| slope * kernels[*slot]).sum();
            found.push((gain, Reading { second_moment: feature.second, kernel }));
            features[op] = Some(feature);
        }
        variances.push(found.iter().map(|(gain, read)| gain * read.second_moment).sum());
        kernels.push(found.iter().map(|(gain, read)| read.second_moment + gain * read.kernel).sum());
    }
    // The last row is the readout's.
    Ok((found.into_iter().map(|(_, read)| read).collect(), expectations.sampled))
}
