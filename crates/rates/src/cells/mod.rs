//! Cells of NAS-Bench-201 at small scale: do learning rates by a law beat one rate for all cells, and do rankings move?
//!
//! A [`Plan`] names the cells and how they are trained; [`Recipe`]s say how the weights of a cell start and which learning
//! rate it gets. A [`Study`] finds the rate of the base cell for each start, trains every cell by every recipe and seed, and
//! keeps one line a run on disk, so that a run that was stopped goes on; or all of it in memory. [`Accuracies`] is what it
//! finds, or a file of rows. [`gain`], [`ranking`] and [`gaps`] analyse them, and a [`Comparison`] is the report.
//!
//! **How this differs from the paper** (Chen et al. 2024, figures 4, 8 and 9). There a fixed recipe trains each cell,
//! repeated in a network of three stages with strides, with batch normalisation, momentum, weight decay and a cosine
//! schedule for 200 epochs on CIFAR-10, CIFAR-100 and ImageNet16-120. Here one cell stands between a stem and the readout,
//! without batch normalisation (the theory has none), and is trained by plain SGD at a constant rate for a few passes on
//! small data. The paper re-initialises by the source's in-degree in its code; the recipes here take the target's, which
//! keeps the forward variance.
//!
//! A law is read of the cell as it is written, with the first convolution into node 0 as one layer, as the published code
//! counts; the stem in front of it, of few channels, is left out.

mod accuracies;
mod analysis;
mod comparison;
mod page;
mod plan;
mod ranking;
mod rates;
mod recipe;
mod schedule;
mod search;
mod spread;
mod study;
mod training;

pub use accuracies::{Accuracies, Row};
pub use analysis::{Bootstrap, gain, gaps, mean, seed_gaps};
pub use archscale_stats::Estimate;
pub use comparison::{Cell, Comparison, RecipeScore};
pub use plan::Plan;
pub use ranking::{Ranking, ranking};
pub use rates::Tuned;
pub use recipe::{Rate, Recipe, Start};
pub use spread::Spread;
pub use study::{Progress, Study};
pub use training::Run;
