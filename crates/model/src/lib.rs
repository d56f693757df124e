//! Architectures: graphs, primitive operations, parsers and path algebra.
//!
//! Everything a user writes (`chain:4`, a cell code, an edge list, a JSON file) becomes a [`Graph`], the paper's directed
//! acyclic graph, and a graph lowers under a [`Lowering`] (initialisation rule, convention, activation) to a [`Program`],
//! the short list of primitive operations that the theory, the simulators and the trainer all read. This crate holds
//! no random state and no tensor.
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
mod builder;
mod convention;
pub mod enumerate;
mod error;
mod expression;
mod graph;
mod init;
mod lower;
mod network;
pub mod notations;
mod object;
pub mod ops;
mod paths;
mod pointwise;
mod program;
mod random;
mod scaled;
mod space;
mod spatial;

pub use activation::{Activation, ActivationFamily, Parameter};
pub use archscale_text::{closest, did_you_mean};
pub use builder::ProgramBuilder;
pub use convention::Convention;
pub use error::ModelError;
pub use expression::{Expr, ExprNode, Function};
pub use graph::{Edge, EdgeKind, Graph, limits};
pub use init::InitRule;
pub use lower::Lowering;
pub use network::Network;
pub use notations::{Architecture, Notation};
pub use ops::{ConvTerm, Fixed, Gain, Kind, Op, OpId, Term};
pub use paths::{DepthHistogram, PathSums};
pub use pointwise::Pointwise;
pub use program::{Node, Program};
pub use random::random_graph;
pub use scaled::Scaled;
pub use space::{CellCode, Pooling, SearchSpace};
pub use spatial::{ConvNetwork, EdgeMap, Grid, Image, InputFile, InputModel, Padding, PositionReadout};
