//! Labelled data to train on: real ones that the program carries, a published synthetic recipe, and files by path.
//!
//! [`Dataset::parse`] reads `digits`, `mnist1d`, `idx:IMAGES,LABELS` or `cifar10:PATH,…`; each source is one file of
//! `sources/` and one line in [`SOURCES`]. Nothing is downloaded. This crate knows no tensor: making batches is the
//! trainer's part.
//!
//! ```
//! use archscale_data::{Dataset, Standardisation, Standardiser};
//! let digits = Dataset::parse("digits")?;
//! let (train, test) = digits.split(297, 1)?;
//! let fitted = Standardiser::fit(&train, Standardisation::PerSample)?;
//! let (train, test) = (fitted.apply(&train)?, fitted.apply(&test)?);
//! assert_eq!((train.len(), test.len(), train.features()), (1500, 297, 64));
//! # Ok::<(), archscale_data::DataError>(())
//! ```
#![forbid(unsafe_code)]

mod dataset;
mod error;
mod file;
mod mnist1d;
mod random;
mod sources;
mod split;
mod standardise;

pub use dataset::{Dataset, Shape};
pub use error::DataError;
pub use mnist1d::{Distortion, Mnist1d};
pub use sources::{SOURCES, Source, cifar10, digits, idx};
pub use standardise::{Standardisation, Standardiser};
