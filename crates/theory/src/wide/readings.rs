//! Second moments and kernels of what the output reads, without the change of a step.

use archscale_model::{Program, Scaled};

use super::engine::Forward;
use super::expectation::Expectations;
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
    let mut pass = |scramble: u64| -> Result<(Vec<(Scaled, Scaled)>, bool), TheoryError> {
        let sampler = Sampler::new(program, scramble, points);
        let forward = Forward::run(&slots, Expectations::new(program, &mut table, sampler))?;
        Ok((forward.readout().collect(), forward.expectations.sampled))
    };
    let (first, sampled) = pass(0)?;
    let mut passes = vec![first];
    for scramble in 1..if sampled { scrambles as u64 } else { 1 } {
        passes.push(pass(scramble)?.0);
    }
    let average = |edge: usize| Reading {
        second_moment: mean(&passes, |pass| pass[edge].0).0,
        kernel: mean(&passes, |pass| pass[edge].1).0,
    };
    Ok((0..program.readout().len()).map(average).collect())
}
