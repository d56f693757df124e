//! Candidate laws beyond those of the theory crate, one file each.
//!
//! A new candidate is one file with a [`Candidate`] constant and one line in [`CANDIDATES`].

mod all_changes;
mod all_crosses;
mod features_power;
mod geometric;
mod grown_readout;
mod kernel;
mod kernel_trace;
mod last_cross;
mod output_quadrature;
mod paper_kernel_size;
mod paper_side;
mod self_and_cross;
mod two_limits;
mod weighted_and_kernel;
mod weighted_power;
mod weighted_root_taps;
mod weighted_side;
mod weighted_taps_power;

use crate::{Candidate, Features, Gap};

/// Every candidate beyond the laws of the theory crate, in the order of reports.
pub const CANDIDATES: &[Candidate] = &[
    last_cross::LAW,
    kernel::LAW,
    kernel_trace::LAW,
    all_changes::LAW,
    all_crosses::LAW,
    paper_kernel_size::LAW,
    paper_side::LAW,
    weighted_root_taps::LAW,
    weighted_side::LAW,
    weighted_taps_power::LAW,
    self_and_cross::LAW,
    two_limits::LAW,
    output_quadrature::LAW,
    grown_readout::LAW,
    geometric::LAW,
    weighted_power::LAW,
    weighted_and_kernel::LAW,
    features_power::LAW,
];

/// ln of Σ_p L_p³, whatever the kernels.
fn ln_paper(features: &Features) -> f64 {
    features.input().paths().ln_shifted_cubes(0)
}

/// ln of Σ_p w_p L_p³ / Σ_p w_p, whatever the kernels.
fn ln_paths(features: &Features) -> f64 {
    let paths = features.input().paths();
    (paths.weighted_sum_cubed() / paths.total_weight()).ln()
}

/// −2 ln η of weighted-paths: over images the change grows with the square of the taps.
fn ln_weighted(features: &Features) -> f64 {
    ln_paths(features) + 2.0 * ln_taps(features)
}

/// ln q, the taps of the kernels; 0 between vectors.
fn ln_taps(features: &Features) -> f64 {
    features.input().taps().ln()
}

/// ln k, the side of the kernels; 0 between vectors.
fn ln_side(features: &Features) -> f64 {
    features.input().side().ln()
}

/// ln of the largest κ/√v over the vertices.
fn ln_kernel(features: &Features) -> Result<f64, Gap> {
    let sizes = features.vertices()?.iter().map(|at| at.kernel / at.second_moment.sqrt());
    Ok(sizes.fold(0.0, f64::max).ln())
}

/// ln of the largest T/v over the vertices.
fn ln_cross(features: &Features) -> Result<f64, Gap> {
    let mut largest = 0.0_f64;
    for at in features.vertices()? {
        largest = largest.max(features.cross(at)? / at.second_moment);
    }
    Ok(largest.ln())
}
