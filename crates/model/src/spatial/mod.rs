//! Images: positions, paddings, input fields, readouts over positions, and networks of convolutions.

mod grid;
mod image;
mod input;
mod network;

pub use grid::{Grid, Padding, PositionReadout};
pub use image::Image;
pub use input::{InputFile, InputModel};
pub use network::{ConvNetwork, EdgeMap};
