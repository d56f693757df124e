//! Chains (multilayer perceptrons) under He weights C = 2, where the laws have closed forms.
//!
//! A chain of L hidden layers has in-degree 1 everywhere, so all three initialisation rules give C = 2.

mod closed;
mod moments;
mod spectrum;
mod step;

pub use closed::{ChainExpansion, chain_label_part, chain_limit};
pub use moments::{ChainMoments, pair_transfer, triple_transfer};
pub use spectrum::{TransferSpectrum, pair_eigenvalues, pair_spectrum, triple_eigenvalues, triple_spectrum};
pub use step::{ChainStep, chain_step, chain_step_rate};
