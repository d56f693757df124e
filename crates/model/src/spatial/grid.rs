use std::fmt;
use std::str::FromStr;

use crate::ModelError;
use crate::error::shown;

/// Most positions of a grid: a covariance over positions is a matrix of their square.
const POSITION_LIMIT: usize = 4096;

/// What a convolution reads outside the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Padding {
    /// The opposite side: the grid is a torus.
    Circular,
    /// Zero.
    Zero,
}

impl fmt::Display for Padding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Circular => "circular",
            Self::Zero => "zero",
        })
    }
}

impl FromStr for Padding {
    type Err = ModelError;

    fn from_str(text: &str) -> Result<Self, ModelError> {
        [Self::Circular, Self::Zero].into_iter().find(|padding| padding.to_string() == text).ok_or_else(|| {
            ModelError::Spatial {
                what: format!("padding '{}'", shown(text)),
                problem: "no such padding".into(),
                mend: "use circular or zero".into(),
            }
        })
    }
}

/// The positions of an image, in one or two dimensions, and its padding.
///
/// Positions are numbered row by row. A kernel of side k has q = k^dims taps, at the offsets −(k − 1)/2 … (k − 1)/2 along every axis.
///
/// ```
/// use archscale_model::{Grid, Padding};
/// let grid = Grid::new(vec![4], Padding::Zero)?;
/// assert_eq!(grid.taps(3)?, [[None, Some(0), Some(1), Some(2)], [Some(0), Some(1), Some(2), Some(3)], [Some(1), Some(2), Some(3), None]]);
/// assert_eq!(Grid::new(vec![3, 5], Padding::Circular)?.positions(), 15);
/// # Ok::<(), archscale_model::ModelError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Grid {
    sides: Vec<usize>,
    padding: Padding,
}

impl Grid {
    /// A grid of one or two sides.
    ///
    /// # Errors
    /// No side or more than two, a side of zero, more than 4096 positions.
    pub fn new(sides: Vec<usize>, padding: Padding) -> Result<Self, ModelError> {
        let problem = |problem: &str, mend: &str| {
            let what = format!("image of sides {sides:?}");
            Err(ModelError::Spatial { what, problem: problem.into(), mend: mend.into() })
        };
        if !(1..=2).contains(&sides.len()) {
            return problem("it has neither one nor two dimensions", "give one or two sides");
        }
        if sides.contains(&0) {
            return problem("a side is zero", "every side has at least one position");
        }
        let positions = sides.iter().try_fold(1_usize, |product, &side| product.checked_mul(side));
        if positions.is_none_or(|positions| positions > POSITION_LIMIT) {
            let found = sides.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × ");
            let largest = POSITION_LIMIT.isqrt();
            return Err(ModelError::Spatial {
                what: format!("image of {found} positions"),
                problem: format!(
                    "at most {POSITION_LIMIT} are accepted, since every pair of positions has a covariance of its own"
                ),
                mend: format!("the largest sizes are {largest}x{largest} and, in one dimension, {POSITION_LIMIT}"),
            });
        }
        Ok(Self { sides, padding })
    }

    /// Length of every axis.
    #[must_use]
    pub fn sides(&self) -> &[usize] {
        &self.sides
    }

    /// Number of axes.
    #[must_use]
    pub fn dims(&self) -> usize {
        self.sides.len()
    }

    /// The padding.
    #[must_use]
    pub fn padding(&self) -> Padding {
        self.padding
    }

    /// m, the number of positions.
    #[must_use]
    pub fn positions(&self) -> usize {
        self.sides.iter().product()
    }

    /// Coordinates of a position, one per axis.
    #[must_use]
    pub fn coordinates(&self, position: usize) -> Vec<usize> {
        let mut rest = position;
        let mut coordinates = vec![0; self.dims()];
        for (coordinate, &side) in coordinates.iter_mut().zip(&self.sides).rev() {
            (*coordinate, rest) = (rest % side, rest / side);
        }
        coordinates
    }

    /// q = k^dims, the number of taps of a kernel of side k.
    ///
    /// # Errors
    /// Even kernels, which have no middle, and kernels larger than the image.
    pub fn tap_count(&self, kernel: usize) -> Result<usize, ModelError> {
        let problem = |problem: String, mend: String| {
            Err(ModelError::Spatial { what: format!("kernel of side {kernel}"), problem, mend })
        };
        if kernel.is_multiple_of(2) {
            let (below, above) = (kernel.saturating_sub(1).max(1), kernel.saturating_add(1));
            let mend = if below == above { "use 1".into() } else { format!("use an odd side, {below} or {above}") };
            return problem("even sides, which have no middle, are not covered".into(), mend);
        }
        if let Some(side) = self.sides.iter().copied().find(|&side| side < kernel) {
            return problem(
                format!("it is larger than the image, whose side is {side}"),
                format!("use a side of at most {side}, or a larger image"),
            );
        }
        Ok(kernel.pow(self.dims() as u32))
    }

    /// For every tap of a kernel of side k, the position that it reads from each position; `None` where that lies outside.
    ///
    /// # Errors
    /// As [`Grid::tap_count`].
    pub fn taps(&self, kernel: usize) -> Result<Vec<Vec<Option<usize>>>, ModelError> {
        let count = self.tap_count(kernel)?;
        let half = kernel / 2;
        let offsets = Self { sides: vec![kernel; self.dims()], padding: self.padding };
        let read = |tap: usize, position: usize| {
            let mut target = 0;
            for ((offset, at), &side) in offsets.coordinates(tap).iter().zip(self.coordinates(position)).zip(&self.sides) {
                let moved = at + offset + side - half;
                let inside = (side..2 * side).contains(&moved);
                if self.padding == Padding::Zero && !inside {
                    return None;
                }
                target = target * side + moved % side;
            }
            Some(target)
        };
        Ok((0..count).map(|tap| (0..self.positions()).map(|position| read(tap, position)).collect()).collect())
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sides.iter().map(ToString::to_string).collect::<Vec<_>>().join("×"))
    }
}

/// How the scalar output reads the positions: f = Σ_p Σ_j w_j(p) h_j(p) with E[w_j(p) w_j(r)] = (C/n²) M(p, r).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PositionReadout {
    /// One weight for all positions, divided by m: global average pooling, M = 1/m².
    Average,
    /// A weight for each position: M = I/m.
    Flatten,
    /// One position alone.
    Single(usize),
}

impl PositionReadout {
    /// Reads `gap`, `flatten`, `single` (position 0) or `single:P`.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let position = |text: &str| text.parse().ok().map(Self::Single);
        let found = match text.split_once(':') {
            Some(("single", at)) => position(at),
            None if text == "gap" => Some(Self::Average),
            None if text == "flatten" => Some(Self::Flatten),
            None if text == "single" => Some(Self::Single(0)),
            _ => None,
        };
        found.ok_or_else(|| ModelError::Spatial {
            what: format!("readout '{text}'"),
            problem: "no such readout".into(),
            mend: "use gap (global average pooling), flatten, single or single:POSITION".into(),
        })
    }

    /// M, row by row, on a grid of m positions.
    #[must_use]
    pub fn matrix(self, positions: usize) -> Vec<f64> {
        let m = positions;
        let entry = |p: usize, r: usize| match self {
            Self::Average => 1.0 / (m * m) as f64,
            Self::Flatten => f64::from(u8::from(p == r)) / m as f64,
            Self::Single(at) => f64::from(u8::from(p == at && r == at)),
        };
        (0..m * m).map(|index| entry(index / m, index % m)).collect()
    }
}

impl fmt::Display for PositionReadout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Average => f.write_str("gap"),
            Self::Flatten => f.write_str("flatten"),
            Self::Single(at) => write!(f, "single:{at}"),
        }
    }
}
