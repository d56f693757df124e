//! Simulations as commands run them: progress is shown, and refusals name the options that mend them.

use archscale_model::Program;
use archscale_sim::{Readout, Settings, SimError, Simulation, Weights};

use super::{CliError, progress};

/// Simulates, and counts the networks among those that [`progress::whole`] was told of.
pub(crate) fn simulate(program: &Program, settings: &Settings) -> Result<Simulation, CliError> {
    Ok(archscale_sim::simulate(program, settings, &progress::advance)?)
}

/// The error of a simulation, with the options of the command that mend it.
pub(crate) fn with_options(error: SimError, method: Weights, readout: Option<Readout>) -> CliError {
    let (SimError::Memory { remedy: Some(way), .. } | SimError::Work { remedy: Some(way), .. }) = &error else {
        return error.into();
    };
    let mut options = Vec::new();
    if way.method != method {
        options.push(format!("--method {}", way.method));
    }
    if readout.is_some_and(|readout| readout != way.readout) {
        options.push(format!("--readout {}", way.readout));
    }
    CliError::Usage(format!("{error} ({})", options.join(" ")))
}
