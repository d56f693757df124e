//! One file per claim. A new one is a file with a [`Claim`] constant and a line in [`CLAIMS`].

mod chain_cubic;
mod cnn_kernel;
mod conventions;
mod dag_paths;
mod forward_variance;
mod gelu;
mod init_source;
mod init_target;
mod lemma_a_order;
mod lemma_split;
mod maxlr_cnn;
mod maxlr_depth;
mod maxlr_gelu;
mod maxlr_topology;
mod mup_baseline;
mod nas_accuracy;
mod nas_ranking;
mod recursion;
mod second_moments;
mod several_steps;
mod shortest_path;
mod spaces;
#[cfg(test)]
pub(crate) mod tests;

use crate::Claim;

/// Every claim, in the order of reports.
pub const CLAIMS: &[Claim] = &[
    forward_variance::CLAIM,
    init_target::CLAIM,
    init_source::CLAIM,
    lemma_split::CLAIM,
    lemma_a_order::CLAIM,
    chain_cubic::CLAIM,
    recursion::CLAIM_B,
    recursion::CLAIM_C,
    dag_paths::CLAIM,
    shortest_path::CLAIM,
    gelu::CLAIM,
    cnn_kernel::CLAIM,
    several_steps::CLAIM,
    maxlr_depth::CLAIM,
    maxlr_topology::CLAIM,
    maxlr_cnn::CLAIM,
    maxlr_gelu::CLAIM,
    mup_baseline::CLAIM,
    nas_accuracy::CLAIM,
    nas_ranking::CLAIM,
];

/// A DAG with two readouts, one of them on an inner vertex, and no symmetry: five hidden vertices.
pub(crate) const FIVE_VERTEX: &str = "edges:0-1,1-2,0-3,2-4,3-4,1-5,4-5,4-6,5-6";
