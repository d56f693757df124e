//! What a person reads, written in one way everywhere.
//!
//! - [`Refusal`] is the shape of an error about input: the place, what was found there, and the mend;
//! - [`significant`], [`general`], [`fixed`] and [`with_error`] write numbers, [`hex`] writes digests;
//! - [`closest`] and [`did_you_mean`] find the word that was meant;
//! - [`Progress`] is told how far a long command has come.
#![forbid(unsafe_code)]

mod closest;
mod hex;
mod number;
mod progress;
mod refusal;

pub use closest::{closest, did_you_mean};
pub use hex::hex;
pub use number::{fixed, general, significant, with_error};
pub use progress::Progress;
pub use refusal::Refusal;
