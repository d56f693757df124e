//! archscale verifies, corrects and extends the theory of how a network's architecture sets its initialisation and its largest
//! usable learning rate (Chen, Wu, Wang, Hanin, *Principled Architecture-aware Scaling of Hyperparameters*, ICLR 2024).
//!
//! This crate is the façade: [`model`] holds architectures, [`theory`] the closed forms, [`sim`] the simulators, [`stats`] the
//! decisions, [`claims`] the registry that joins them, [`census`] whole search spaces and [`plot`] their figures. The `archscale`
//! program is a thin layer over these.
//!
//! ```
//! use archscale::model::{Architecture, InitRule};
//! use archscale::theory::{ReluDag, finite_moments};
//!
//! let network = Architecture::parse("edges:0-1,1-2,0-2,2-3")?;
//! let program = network.graph().lower(InitRule::Target)?;
//! let law = finite_moments::<f64>(&ReluDag::new(&program, "the exact law")?, 16)?;
//! assert_eq!(law[1].second_moment, 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub use archscale_census as census;
pub use archscale_claims as claims;
pub use archscale_data as data;
pub use archscale_model as model;
pub use archscale_plot as plot;
pub use archscale_rates as rates;
pub use archscale_sim as sim;
pub use archscale_stats as stats;
pub use archscale_theory as theory;
