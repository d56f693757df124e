//! Linear maps on positions: multiples of the identity, and what average pooling makes of them.

use std::sync::Arc;

use archscale_model::{Grid, ModelError};
use nalgebra::DMatrix;

/// A linear map on positions.
#[derive(Debug, Clone)]
pub(super) enum PositionMap {
    /// A multiple of the identity.
    Scale(f64),
    /// Any m × m matrix.
    Matrix(Arc<DMatrix<f64>>),
}

impl PositionMap {
    /// Π M: this map, then pooling.
    pub(super) fn after(&self, pool: &DMatrix<f64>) -> Self {
        Self::Matrix(Arc::new(match self {
            Self::Scale(scale) => pool * *scale,
            Self::Matrix(matrix) => pool * &**matrix,
        }))
    }

    pub(super) fn scaled(&self, scale: f64) -> Self {
        match self {
            Self::Scale(own) => Self::Scale(own * scale),
            Self::Matrix(matrix) => Self::Matrix(Arc::new(&**matrix * scale)),
        }
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Scale(one), Self::Scale(two)) => Self::Scale(one + two),
            (Self::Matrix(matrix), Self::Scale(scale)) | (Self::Scale(scale), Self::Matrix(matrix)) => {
                let mut sum = DMatrix::clone(matrix);
                (0..sum.nrows()).for_each(|p| sum[(p, p)] += scale);
                Self::Matrix(Arc::new(sum))
            }
            (Self::Matrix(one), Self::Matrix(two)) => Self::Matrix(Arc::new(&**one + &**two)),
        }
    }

    /// The largest size of an entry.
    pub(super) fn largest(&self) -> f64 {
        match self {
            Self::Scale(scale) => scale.abs(),
            Self::Matrix(matrix) => matrix.amax(),
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        match self {
            Self::Scale(scale) => *scale == 0.0,
            Self::Matrix(matrix) => matrix.iter().all(|entry| *entry == 0.0),
        }
    }
}

/// Π: the mean over the positions of a kernel that lie inside the image.
///
/// At a border of zero padding its rows have fewer entries, each larger: Π is not symmetric there.
pub(super) fn pooling(grid: &Grid, kernel: usize) -> Result<DMatrix<f64>, ModelError> {
    let m = grid.positions();
    let taps = grid.taps(kernel)?;
    let mut pool = DMatrix::zeros(m, m);
    for p in 0..m {
        let inside: Vec<usize> = taps.iter().filter_map(|tap| tap[p]).collect();
        inside.iter().for_each(|&target| pool[(p, target)] += 1.0 / inside.len() as f64);
    }
    Ok(pool)
}
