//! Matrices over positions, entry by entry.

use archscale_model::{Grid, Padding, PositionReadout, Scaled};
use nalgebra::DMatrix;

use super::map::PositionMap;
use super::space::{Acts, Space};

/// m × m matrices of a grid.
#[derive(Debug)]
pub(super) struct Dense {
    grid: Grid,
}

impl Dense {
    pub(super) fn new(grid: &Grid) -> Self {
        Self { grid: grid.clone() }
    }

    /// For an offset along one axis, the position read from each position, if it is inside.
    fn shifted(&self, axis: usize, offset: isize) -> Vec<Option<usize>> {
        let side = self.grid.sides()[axis] as isize;
        let stride: usize = self.grid.sides()[axis + 1..].iter().product();
        let target = |position: usize| {
            let at = (position / stride) as isize % side;
            let moved = at + offset;
            if self.grid.padding() == Padding::Zero && !(0..side).contains(&moved) {
                return None;
            }
            let there = moved.rem_euclid(side);
            Some((position as isize + (there - at) * stride as isize) as usize)
        };
        (0..self.grid.positions()).map(target).collect()
    }

    /// The shifts of a kernel along one axis; a kernel's taps are one shift along every axis.
    fn shifts(&self, axis: usize, kernel: usize) -> Vec<Vec<Option<usize>>> {
        let half = (kernel / 2) as isize;
        (-half..=half).map(|offset| self.shifted(axis, offset)).collect()
    }
}

impl Space for Dense {
    type Matrix = DMatrix<f64>;

    fn zero(&self) -> DMatrix<f64> {
        let m = self.grid.positions();
        DMatrix::zeros(m, m)
    }

    fn largest(&self, x: &DMatrix<f64>) -> f64 {
        x.amax()
    }

    fn scale(&self, x: &mut DMatrix<f64>, factor: Scaled) {
        x.apply(|entry| *entry = (Scaled::from(*entry) * factor).to_f64());
    }

    fn add(&self, into: &mut DMatrix<f64>, scale: f64, from: &DMatrix<f64>) {
        into.iter_mut().zip(from).for_each(|(entry, other)| *entry += scale * other);
    }

    fn product(&self, one: &DMatrix<f64>, two: &DMatrix<f64>) -> DMatrix<f64> {
        one.component_mul(two)
    }

    fn combine(
        &self,
        x: &DMatrix<f64>,
        left: &[Scaled],
        right: &[Scaled],
        f: impl Fn(f64, Scaled, Scaled) -> f64,
    ) -> DMatrix<f64> {
        DMatrix::from_fn(x.nrows(), x.ncols(), |p, r| f(x[(p, r)], left[p], right[r]))
    }

    fn diagonal(&self, x: &DMatrix<f64>) -> Vec<f64> {
        x.diagonal().iter().copied().collect()
    }

    fn set_diagonal(&self, x: &mut DMatrix<f64>, values: &[f64]) {
        values.iter().enumerate().for_each(|(p, &value)| x[(p, p)] = value);
    }

    fn average(&self, kernel: usize, x: &DMatrix<f64>) -> DMatrix<f64> {
        if kernel == 1 {
            return x.clone();
        }
        let m = self.grid.positions();
        let mut averaged = x.clone();
        for axis in 0..self.grid.dims() {
            let mut sum = DMatrix::zeros(m, m);
            for shift in self.shifts(axis, kernel) {
                for (column, target) in shift.iter().enumerate() {
                    let Some(target) = *target else { continue };
                    let (into, from) = (sum.column_mut(column), averaged.column(target));
                    for (entry, source) in into.into_iter().zip(&shift) {
                        *entry += source.map_or(0.0, |source| from[source]);
                    }
                }
            }
            averaged = sum / kernel as f64;
        }
        averaged
    }

    fn average_profile(&self, kernel: usize, v: &[Scaled]) -> Vec<Scaled> {
        let count = Scaled::from(kernel as f64);
        let mut averaged = v.to_vec();
        for axis in 0..self.grid.dims() {
            let shifts = self.shifts(axis, kernel);
            let mean = |p: usize| shifts.iter().filter_map(|shift| shift[p]).map(|t| averaged[t]).sum::<Scaled>() / count;
            averaged = (0..v.len()).map(mean).collect();
        }
        averaged
    }

    fn quadratic(&self, k: &DMatrix<f64>, b: &DMatrix<f64>, other: &DMatrix<f64>) -> Vec<f64> {
        let mut product = k * b;
        product.component_mul_assign(other);
        product.column_sum().iter().copied().collect()
    }

    fn inner(&self, one: &DMatrix<f64>, two: &DMatrix<f64>) -> f64 {
        one.dot(two)
    }

    fn readout(&self, positions: PositionReadout) -> DMatrix<f64> {
        let m = self.grid.positions();
        DMatrix::from_row_slice(m, m, &positions.matrix(m))
    }
}

impl Acts<f64> for Dense {
    fn forth(&self, left: &f64, x: &DMatrix<f64>, right: &f64) -> DMatrix<f64> {
        x * (left * right)
    }

    fn back(&self, map: &f64, x: &DMatrix<f64>) -> DMatrix<f64> {
        x * (map * map)
    }
}

impl Acts<PositionMap> for Dense {
    fn forth(&self, left: &PositionMap, x: &DMatrix<f64>, right: &PositionMap) -> DMatrix<f64> {
        let half = match left {
            PositionMap::Scale(scale) => x * *scale,
            PositionMap::Matrix(matrix) => &**matrix * x,
        };
        match right {
            PositionMap::Scale(scale) => half * *scale,
            PositionMap::Matrix(matrix) => half * matrix.transpose(),
        }
    }

    fn back(&self, map: &PositionMap, x: &DMatrix<f64>) -> DMatrix<f64> {
        match map {
            PositionMap::Scale(scale) => x * (scale * scale),
            PositionMap::Matrix(matrix) => matrix.tr_mul(x) * &**matrix,
        }
    }
}
