//! The general site rule: exact moments of the finite-width law, derived from Wick's formula instead of tabulated.
//!
//! **Statement.** A monomial is a set of sites, each a vertex and a neuron with two half-edges; a half-edge carries h or one
//! end of a tangent-kernel factor M. Averaging over the last vertex's rows turns it into a combination of monomials of earlier
//! vertices; the number of sites never grows, so every moment closes at every width n ≥ 1 on every DAG.
//!
//! **Source.** proofs/finite-width-law.md.

mod engine;
mod monomial;
mod rule;

pub use engine::SiteEngine;
pub use monomial::{Factor, MAX_SITES, Monomial, Site};
pub use rule::{RuleTerm, Slot, integration_rule};
