//! Architectures: graphs, primitive operations, parsers and path algebra.
//!
//! Everything a user writes (`chain:4`, a cell code, an edge list, a JSON file) becomes a [`Graph`], the paper's directed
//! acyclic graph, and a graph lowers under an [`InitRule`] to a [`Program`], the short list of primitive operations that the
//! theory, the simulators and later the trainer all read. This crate holds no random state and no tensor.
//!
//! ```
//! use archscale_model::{Architecture, InitRule};
//!
//! let chain = Architecture::parse("chain:3")?;
//! assert_eq!(chain.graph().hidden_count(), 3);
//! let program = chain.graph().lower(InitRule::Target)?;
//! assert_eq!(program.nodes().len(), 3);
//! # Ok::<(), archscale_model::ModelError>(())
//! ```
#![forbid(unsafe_code)]

mod activation;
mod error;
pub mod families;
mod graph;
mod init;
mod lower;
mod paths;
mod program;
mod random;

pub use activation::Activation;
pub use error::ModelError;
pub use families::{Architecture, Family};
pub use graph::{Edge, EdgeKind, Graph, limits};
pub use init::InitRule;
pub use paths::{DepthHistogram, PathSums};
pub use program::{Gain, Node, Op, OpId, Program, ProgramBuilder, Term};
pub use random::random_graph;
