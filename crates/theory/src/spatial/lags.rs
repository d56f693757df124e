//! Matrices that depend on the lag p′ − p alone, on a torus: one value for each lag, products through Fourier transforms.

use std::fmt;
use std::sync::Arc;

use archscale_model::{PositionReadout, Scaled};
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use super::space::{Acts, Space};

/// Even functions of the lag on a torus.
pub(super) struct Lags {
    sides: Vec<usize>,
    /// One transform for each axis.
    transforms: Vec<Arc<dyn Fft<f64>>>,
}

impl fmt::Debug for Lags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lags").field("sides", &self.sides).finish_non_exhaustive()
    }
}

impl Lags {
    pub(super) fn new(sides: &[usize]) -> Self {
        let mut planner = FftPlanner::new();
        Self { sides: sides.to_vec(), transforms: sides.iter().map(|&side| planner.plan_fft_forward(side)).collect() }
    }

    fn count(&self) -> usize {
        self.sides.iter().product()
    }

    /// The transform of one even function.
    pub(super) fn powers(&self, one: &[f64]) -> Vec<f64> {
        self.spectra(one, &self.zero()).iter().map(|power| power.re).collect()
    }

    /// The transforms of two even functions, which are real, by one complex transform.
    fn spectra(&self, one: &[f64], two: &[f64]) -> Vec<Complex<f64>> {
        let mut data: Vec<Complex<f64>> = one.iter().zip(two).map(|(&re, &im)| Complex::new(re, im)).collect();
        // Transforming the last axis and then turning it to the front, once for each axis, ends in the order of the start.
        for (side, transform) in self.sides.iter().zip(&self.transforms).rev() {
            transform.process(&mut data);
            let rows = data.len() / side;
            data = (0..data.len()).map(|index| data[(index % rows) * side + index / rows]).collect();
        }
        data
    }
}

impl Space for Lags {
    type Matrix = Vec<f64>;

    fn zero(&self) -> Vec<f64> {
        vec![0.0; self.count()]
    }

    fn largest(&self, x: &Vec<f64>) -> f64 {
        x.iter().fold(0.0, |largest: f64, entry| largest.max(entry.abs()))
    }

    fn scale(&self, x: &mut Vec<f64>, factor: Scaled) {
        x.iter_mut().for_each(|entry| *entry = (Scaled::from(*entry) * factor).to_f64());
    }

    fn add(&self, into: &mut Vec<f64>, scale: f64, from: &Vec<f64>) {
        into.iter_mut().zip(from).for_each(|(entry, other)| *entry += scale * other);
    }

    fn product(&self, one: &Vec<f64>, two: &Vec<f64>) -> Vec<f64> {
        one.iter().zip(two).map(|(one, two)| one * two).collect()
    }

    fn combine(&self, x: &Vec<f64>, left: &[Scaled], right: &[Scaled], f: impl Fn(f64, Scaled, Scaled) -> f64) -> Vec<f64> {
        x.iter().map(|&entry| f(entry, left[0], right[0])).collect()
    }

    fn diagonal(&self, x: &Vec<f64>) -> Vec<f64> {
        vec![x[0]]
    }

    fn set_diagonal(&self, x: &mut Vec<f64>, values: &[f64]) {
        x[0] = values[0];
    }

    /// The same shift on both positions leaves the lag as it is.
    fn average(&self, _: usize, x: &Vec<f64>) -> Vec<f64> {
        x.clone()
    }

    fn average_profile(&self, _: usize, v: &[Scaled]) -> Vec<Scaled> {
        v.to_vec()
    }

    fn quadratic(&self, k: &Vec<f64>, b: &Vec<f64>, other: &Vec<f64>) -> Vec<f64> {
        let (pair, last) = (self.spectra(k, b), self.powers(other));
        let sum: f64 = pair.iter().zip(&last).map(|(pair, last)| pair.re * pair.im * last).sum();
        vec![sum / self.count() as f64]
    }

    /// Every lag occurs once for each position.
    fn inner(&self, one: &Vec<f64>, two: &Vec<f64>) -> f64 {
        self.count() as f64 * one.iter().zip(two).map(|(one, two)| one * two).sum::<f64>()
    }

    /// A single position is not stationary; its mean over the torus is that of flatten.
    fn readout(&self, positions: PositionReadout) -> Vec<f64> {
        let m = self.count() as f64;
        let mut matrix = self.zero();
        match positions {
            PositionReadout::Average => matrix.fill(1.0 / (m * m)),
            PositionReadout::Flatten | PositionReadout::Single(_) => matrix[0] = 1.0 / m,
        }
        matrix
    }
}

impl Acts<f64> for Lags {
    fn forth(&self, left: &f64, x: &Vec<f64>, right: &f64) -> Vec<f64> {
        x.iter().map(|entry| entry * left * right).collect()
    }

    fn back(&self, map: &f64, x: &Vec<f64>) -> Vec<f64> {
        self.forth(map, x, map)
    }
}
