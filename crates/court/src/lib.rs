//! A court for learning-rate laws: each is scored against measured maximal learning rates.
//!
//! [`Measurement`]s come from training, one record for each network with the log-rate of every seed. A [`Court`] builds the
//! networks and judges [`Candidate`] laws on each group of them: correlation, slope and root mean square with intervals
//! ([`Score`]), beside what a perfect law would reach given the noise between seeds ([`Ceiling`]) and what one rate for all reaches
//! ([`OneRate`]); on architectures that were
//! left out of the fit ([`HeldOut`]); from small networks to large ones ([`Transfer`]); and against each other
//! ([`Comparison`]). The crate trains nothing and knows no tensor. Derivations: proofs/law-court.md.
//!
//! ```
//! use archscale_court::{Candidate, Court, Measurement, Settings};
//! // Rates of chains that follow the paper's law exactly.
//! let lines: Vec<String> = (1..=12)
//!     .map(|depth: u32| {
//!         let rate = -1.5 * f64::from(depth).ln();
//!         format!(r#"{{"group":"depth","architecture":"chain:{depth}","init":"target","convention":"pre",
//!             "activation":"relu","width":64,"log_rates":[{rate},{}],"base":{}}}"#, rate + 0.01, depth == 1)
//!             .replace('\n', "")
//!     })
//!     .collect();
//! let court = Court::open(Measurement::parse_lines(&lines.join("\n"))?, Settings { replicates: 199, ..Settings::default() })?;
//! let report = court.judge(&[Candidate::find("paper")?]);
//! let score = report.groups[0].verdicts[0].score.as_ref().expect("it predicts every chain");
//! assert!(score.correlation.value > 0.9999 && (score.slope.value - 1.0).abs() < 1e-9);
//! # Ok::<(), archscale_court::CourtError>(())
//! ```
#![forbid(unsafe_code)]

mod bench;
mod bootstrap;
mod candidate;
mod candidates;
mod case;
mod ceiling;
mod court;
mod error;
mod features;
mod figure;
mod fit;
mod held_out;
mod judge;
mod measurement;
mod one_rate;
mod report;
mod score;
mod settings;
mod statistic;
mod table;
mod telling;

pub use candidate::{Candidate, Parameter, Predict};
pub use candidates::CANDIDATES;
pub use case::Case;
pub use ceiling::Ceiling;
pub use court::{Court, Group};
pub use error::{CourtError, Gap};
pub use features::{Features, VertexFeatures};
pub use figure::Anchor;
pub use held_out::{HeldOut, Transfer};
pub use measurement::Measurement;
pub use one_rate::OneRate;
pub use report::{Base, Contest, GroupReport, Missing, Report, Verdict};
pub use score::{Comparison, Estimate, Score};
pub use settings::Settings;
pub use telling::Telling;

/// Fewest architectures that are judged.
pub const LEAST: usize = 3;
