//! Closed forms of the theory: one file per quantity, no randomness, no tensors.
//!
//! A [`ReluDag`] is the view of a program on which the laws hold. [`finite_moments`] gives the exact law of one gradient step at
//! any width, [`limit_moments`] its infinite-width limit.
#![forbid(unsafe_code)]

mod chain;
mod dag;
mod error;
mod finite;
mod forward;
mod gaussian;
mod keep;
mod laws;
mod limit;
mod output_kernel;
mod recursion;
mod scalar;
mod sites;
mod spatial;
mod tables;
mod wide;

pub use chain::{
    ChainExpansion, ChainMoments, ChainStep, TransferSpectrum, chain_label_part, chain_limit, chain_step, chain_step_rate,
    pair_eigenvalues, pair_spectrum, pair_transfer, triple_eigenvalues, triple_spectrum, triple_transfer,
};
pub use dag::{ReluDag, Vertex, WeightedEdge};
pub use error::TheoryError;
pub use finite::{FiniteMoments, finite_label_parts, finite_moments, finite_output_parts};
pub use forward::second_moments;
pub use gaussian::{ActivationMoments, CLOSED_FORMS, ClosedForm, GaussianPair, GaussianTable, QUADRATURE_ACCURACY};
pub use keep::{VertexMoment, forward_moments, keep};
pub use laws::{LAWS, Law, LawGap, LawInput, RECOMMENDED};
pub use limit::{LimitMoments, leaks, limit_moments};
pub use output_kernel::{OutputKernel, output_kernel, output_kernel_scaled};
pub use recursion::{KernelSums, RecursionForm};
pub use scalar::Scalar;
pub use sites::{Factor, MAX_SITES, Monomial, RuleTerm, Site, SiteEngine, Slot, integration_rule};
pub use spatial::{
    KernelChange, KernelExponents, Spatial, SpatialCaveat, SpatialNode, SpatialRoute, StationaryChain, StationaryLayer,
    TapReading, kernel_exponents, spatial_moments, spatial_moments_by, spatial_moments_scaled,
};
pub use tables::PairTables;
pub use wide::{
    Evaluation, FixedVarianceChain, Limit, LimitProgram, OutsideLaw, SourceMoments, Wide, WideNode, WideSettings, WideSlot,
    limit_program, wide_moments, wide_moments_at, wide_moments_scaled, wide_moments_with,
};
