//! The network that is followed, and the law of its first step.

use archscale_model::Program;
use archscale_theory::{ReluDag, finite_moments, spatial_moments, wide_moments};
use serde::Serialize;

use super::super::domain::Assumes;
use super::super::{CliError, output};

/// Beginning of every report of this command.
#[derive(Debug, Serialize)]
pub(super) struct Header {
    pub(super) architecture: String,
    pub(super) assumes: Assumes,
    pub(super) width: usize,
    pub(super) init: String,
    pub(super) convention: String,
    pub(super) activation: String,
    pub(super) seed: u64,
    pub(super) networks: u64,
    pub(super) steps: usize,
    /// Representation of the weights.
    pub(super) method: String,
    /// The vertex that is followed, the last before the readout.
    pub(super) vertex: usize,
    /// E(Δz)²/η² of its first step to first order in η, and the law that gives it.
    pub(super) first_step_law: f64,
    pub(super) first_step_source: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) warnings: Vec<String>,
}

/// The mean squared change of the last vertex's first step per unit η², and where it is from.
pub(super) fn first_step(program: &Program, width: usize) -> Result<(f64, &'static str), CliError> {
    let found = if program.readout_grid().is_some() {
        let law = spatial_moments(program)?;
        (law.nodes.last().map(|at| at.mean_squared_change), "infinite-channel law")
    } else if let Ok(dag) = ReluDag::new(program, "the first-step law") {
        let law = finite_moments::<f64>(&dag, width as u64)?;
        (law.last().map(|at| at.output_part + at.label_part), "exact law at this width")
    } else {
        let law = wide_moments(program)?;
        (law.nodes.last().map(|at| at.mean_squared_change), "infinite-width law")
    };
    match found {
        (Some(change), source) if change.is_normal() && change > 0.0 => Ok((change, source)),
        (Some(change), _) if change != 0.0 => Err(CliError::Usage(
            "the first-step change of the last hidden vertex leaves the range of double precision, so no learning rate can be measured \
             in its units: take --init target, or fewer vertices"
                .into(),
        )),
        (change, _) => Err(CliError::Usage(format!(
            "the last hidden vertex has a first-step change of {}, so no learning rate can be measured in its units: give an architecture \
             with a trained edge before the readout",
            change.map_or_else(|| "nothing".into(), output::number)
        ))),
    }
}
