//! What any layer must satisfy, whoever wrote it: an activation or a coordinatewise operation of several vectors, given as a value.
//!
//! - [`Layer`] holds the layer, what is claimed of it and the small program that tests it; [`LayerFile`] is its form as JSON;
//! - [`Suite::check`] runs the checks and returns a [`Report`], which prints as tables of at most 80 columns;
//! - each check also meets a mutant, the layer made wrong by two per cent, which it must refuse.
//!
//! | check | compares | allows |
//! |---|---|---|
//! | [`slopes`] | claimed slopes with finite differences, away from kinks | truncation, estimated, and rounding |
//! | [`kinks`] | declared kinks with the sign changes in the expression | one interval of the search grid |
//! | [`expectations`] | claimed Gaussian expectations with quadrature | 1e-10 of the integrand's size |
//! | [`derivatives`] | gradients with automatic differentiation, tangents with differences | rounding, h² |
//! | [`agreement`] | the infinite-width law with simulated networks | no bias; stated error probabilities |
//!
//! An operation that is not coordinatewise is an [`OutsideOperation`], its law and its tensors: [`Suite::check_outside`].
//!
//! ```
//! use archscale_conformance::{Layer, LayerFile, Settings, Suite, Verdict};
//! let file = r#"{ "name": "swish", "expression": "x*sigmoid(1.702*x)" }"#;
//! let layer = LayerFile::read(file)?.layer()?;
//! let report = Suite::check(&layer, &Settings { agreement: false, ..Settings::default() });
//! assert_eq!(report.verdict(), Verdict::Holds, "{report}");
//! # Ok::<(), archscale_conformance::ConformanceError>(())
//! ```
#![forbid(unsafe_code)]

mod adjoint;
mod agreement;
mod automatic;
mod check;
mod derivatives;
mod error;
mod expectations;
mod experiment;
mod file;
mod kinks;
mod layer;
mod outside;
mod report;
mod slopes;
mod suite;

pub use adjoint::adjoint;
pub use agreement::agreement;
pub use check::{Check, Departure, Verdict};
pub use derivatives::derivatives;
pub use error::ConformanceError;
pub use expectations::{Claimed, EXPECTATIONS, expectations};
pub use experiment::{Agreement, Judged};
pub use file::{ExpectationsFile, LayerFile};
pub use kinks::kinks;
pub use layer::{LAYER_VERTEX, Layer, MUTANT_PERCENT, READER_VERTEX};
pub use outside::OutsideOperation;
pub use report::{LawNumbers, Report};
pub use slopes::slopes;
pub use suite::{Settings, Suite};
