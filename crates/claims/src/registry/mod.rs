//! One file per claim, or a folder where it measures much; claims on trained networks are rows of `trained.rs`. A new one is
//! a [`Claim`] constant and a line in [`CLAIMS`].

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
mod recursion;
mod second_moments;
mod several_steps;
mod shortest_path;
mod spaces;
#[cfg(test)]
pub(crate) mod tests;
mod trained;

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
    trained::DEPTH,
    trained::TOPOLOGY,
    trained::CNN,
    trained::GELU,
    trained::MUP,
    trained::ACCURACY,
    trained::RANKING,
];

/// A DAG with two readouts, one of them on an inner vertex, and no symmetry: five hidden vertices.
pub(crate) const FIVE_VERTEX: &str = "edges:0-1,1-2,0-3,2-4,3-4,1-5,4-5,4-6,5-6";
