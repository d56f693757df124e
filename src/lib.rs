//! archscale verifies, corrects and extends the theory of how a network's architecture sets its initialisation and its largest
//! usable learning rate (Chen, Wu, Wang, Hanin, *Principled Architecture-aware Scaling of Hyperparameters*, ICLR 2024).
//!
//! This crate is the façade. The `archscale` program is a thin layer over its parts:
//!
//! - [`model`]: architectures, activations, conventions and initialisation rules;
//! - [`theory`]: closed forms and learning-rate laws;
//! - [`nets`]: programs on tensors, and [`sim`]: simulators on them, which know no formula;
//! - [`train`]: training of many networks at once, and the search for the largest useful learning rate;
//! - [`stats`]: moments, plans and decisions;
//! - [`data`]: labelled data to train on;
//! - [`rates`]: suites of measured learning rates, and laws scored on them;
//! - [`conformance`]: what any layer must satisfy, whoever wrote it;
//! - [`census`]: whole search spaces of cells;
//! - [`claims`]: the registry of claims, which joins them;
//! - [`records`]: lines of JSON on disk, resumed after a stop;
//! - [`plot`], [`files`] and [`text`]: figures, files and words for people.
//!
//! The exact law of a network of width 16:
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
//!
//! The folder `examples` has longer ones: `my_network.rs` gives a network its weights and its learning rate, and
//! `train_one.rs` trains one.
#![forbid(unsafe_code)]

pub use archscale_census as census;
pub use archscale_claims as claims;
pub use archscale_conformance as conformance;
pub use archscale_data as data;
pub use archscale_files as files;
pub use archscale_model as model;
pub use archscale_nets as nets;
pub use archscale_plot as plot;
pub use archscale_rates as rates;
pub use archscale_records as records;
pub use archscale_sim as sim;
pub use archscale_stats as stats;
pub use archscale_text as text;
pub use archscale_theory as theory;
pub use archscale_train as train;
