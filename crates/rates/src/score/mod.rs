//! Scores of learning-rate laws on measured maximal learning rates.
//!
//! An [`EvaluationSet`] builds the measured networks and scores laws on each group of them ([`Score`]): correlation, slope
//! and root mean square, with intervals. Next to these stand what a perfect law would reach given the noise between seeds
//! ([`Ceiling`]) and what one rate for all networks reaches ([`OneRate`]). Laws are also scored on architectures that were
//! left out of the fit ([`HeldOut`]), from small networks to large ones ([`Transfer`]), and against each other
//! ([`LawComparison`]). Nothing here trains a network or knows a tensor. Derivations: proofs/law-court.md.

mod ceiling;
mod comparison;
mod distinction;
mod figure;
mod fit;
mod group;
mod held_out;
mod law_score;
mod network;
mod one_rate;
mod predictions;
mod report;
mod run;
mod set;
mod settings;
mod statistic;
mod table;

pub use archscale_stats::Estimate;
pub use ceiling::Ceiling;
pub use comparison::LawComparison;
pub use distinction::Distinction;
pub use figure::Anchor;
pub use group::MeasuredGroup;
pub use held_out::{HeldOut, Transfer};
pub use law_score::Score;
pub use network::MeasuredNetwork;
pub use one_rate::OneRate;
pub use report::{Base, GroupReport, LawReport, LeaderComparison, Missing, ScoreReport};
pub use set::EvaluationSet;
pub use settings::ScoreSettings;

/// Fewest architectures that are scored.
pub(crate) const LEAST: usize = 3;
