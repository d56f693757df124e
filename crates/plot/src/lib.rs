//! Scatter and line plots as self-contained SVG.
//!
//! A figure carries its own style sheet with colours for light and dark surroundings, needs no font beyond the reader's
//! sans-serif, and depends on its data alone: the same data give the same bytes.
#![forbid(unsafe_code)]

mod figure;
mod legend;
mod page;
mod scale;
mod svg;

pub use figure::{Axis, Figure, Mark, Point, Series};
