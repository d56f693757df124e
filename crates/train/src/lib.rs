//! Training of many networks of one architecture at once, and the search for their maximal learning rates.
//!
//! The trainer reads an [`archscale_model::Program`] and knows no formula of the theory: it draws networks, trains each at
//! its own learning rate, and reports losses.
//!
//! - [`Trainer`] advances many networks (learning rates × seeds) together by SGD on a minibatch loss;
//! - [`Samples`] are data as plain numbers, [`Protocol`] is all that is fixed besides architecture, data, rate and seed;
//! - [`search`] finds the learning rate of smallest loss and the edge of stability from the losses of trials, whatever makes
//!   them; [`Search`] makes them by training and returns a [`Record`].
//!
//! All random numbers come from [`archscale_nets::StreamKey`]; a network's course is the same, bit for bit, for any number
//! of threads and whatever other networks train beside it. Operations are those of
//! [`archscale_nets`]; a new loss is one file in `loss/`, a new optimiser one in `optimiser/`, or an [`Optimiser`] of one's
//! own that [`Trainer::with_optimiser`] takes.
#![forbid(unsafe_code)]

mod batches;
mod block;
mod checkpoint;
mod digest;
mod error;
mod evaluation;
mod loss;
mod measure;
mod member;
mod network;
mod optimiser;
mod parameters;
mod protocol;
mod samples;
mod search;
mod setup;
mod stem;
mod trainer;

pub use error::TrainError;
pub use evaluation::Evaluation;
pub use loss::Loss;
pub use measure::{About, Objective, Record, Search, outcomes};
pub use member::{History, Member, Status};
pub use network::ParameterId;
pub use optimiser::{NamedOptimiser, Optimiser, Schedule, Sgd, Step};
pub use parameters::Parameter;
pub use protocol::{Budget, Protocol, Stem, StemKernel};
pub use samples::{Samples, Targets};
pub use search::{EdgeBracket, Found, GridEnd, Interval, Outcome, SearchPlan, SeedEstimate, Trial, search};
pub use setup::Setup;
pub use trainer::{Trainer, TrainingProgress};
