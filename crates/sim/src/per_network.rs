use archscale_nets::tensor::{add, host, sum_entries};
use candle_core::Tensor;

use crate::SimError;

/// One number per network of a block, and over an image one per network at every position.
#[derive(Clone)]
pub(crate) struct PerNetwork {
    pub(crate) all: Vec<f64>,
    /// By position, then network; empty in a program over vectors.
    pub(crate) by_position: Vec<Vec<f64>>,
}

impl PerNetwork {
    /// `positions` is `None` in a program over vectors.
    pub(crate) fn zeros(networks: usize, positions: Option<usize>) -> Self {
        Self { all: vec![0.0; networks], by_position: vec![vec![0.0; networks]; positions.unwrap_or(0)] }
    }

    /// Sums of the squares of fields, (R, n, J·m), over neurons and functions.
    pub(crate) fn sums_of_squares(fields: &Tensor, positions: Option<usize>) -> Result<Self, SimError> {
        Sums::of_squares(fields, positions)?.fetch()
    }

    /// Adds `factor` times another.
    pub(crate) fn accumulate(&mut self, factor: f64, other: &Self) {
        let scaled = |part: &[f64]| part.iter().map(|x| factor * x).collect::<Vec<f64>>();
        add(&mut self.all, &scaled(&other.all));
        for (total, part) in self.by_position.iter_mut().zip(&other.by_position) {
            add(total, &scaled(part));
        }
    }

    /// Sums over n neurons, and `all` over positions too, as means.
    pub(crate) fn into_means(self, n: usize) -> Self {
        let over = |values: Vec<f64>, count: f64| values.into_iter().map(|x| x / count).collect::<Vec<f64>>();
        let count = (n * self.by_position.len().max(1)) as f64;
        let by_position = self.by_position.into_iter().map(|values| over(values, n as f64)).collect();
        Self { all: over(self.all, count), by_position }
    }

    /// `function` of network and value.
    pub(crate) fn map(&self, function: impl Fn(usize, f64) -> f64) -> Self {
        let each = |values: &Vec<f64>| values.iter().enumerate().map(|(r, &x)| function(r, x)).collect::<Vec<f64>>();
        Self { all: each(&self.all), by_position: self.by_position.iter().map(each).collect() }
    }

    /// `function` of network and two values.
    pub(crate) fn with(&self, other: &Self, function: impl Fn(usize, f64, f64) -> f64) -> Self {
        let each = |(values, others): (&Vec<f64>, &Vec<f64>)| {
            values.iter().zip(others).enumerate().map(|(r, (&x, &y))| function(r, x, y)).collect::<Vec<f64>>()
        };
        let by_position = self.by_position.iter().zip(&other.by_position).map(each).collect();
        Self { all: each((&self.all, &other.all)), by_position }
    }
}

/// Sums of squares that are still on the device: a loop that fetches nothing does not wait for it.
pub(crate) struct Sums {
    all: Tensor,
    by_position: Option<Tensor>,
}

impl Sums {
    /// As [`PerNetwork::sums_of_squares`].
    pub(crate) fn of_squares(fields: &Tensor, positions: Option<usize>) -> Result<Self, SimError> {
        let squares = fields.sqr()?;
        let by_position = match positions {
            Some(m) => Some(squares.reshape((squares.dim(0)?, (), m))?.sum(1)?),
            None => None,
        };
        Ok(Self { all: sum_entries(&squares)?, by_position })
    }

    pub(crate) fn fetch(&self) -> Result<PerNetwork, SimError> {
        let all = host(&self.all)?;
        let Some(sums) = &self.by_position else { return Ok(PerNetwork { all, by_position: Vec::new() }) };
        let (networks, m, sums) = (all.len(), sums.dim(1)?, host(sums)?);
        let by_position = (0..m).map(|p| (0..networks).map(|r| sums[r * m + p]).collect()).collect();
        Ok(PerNetwork { all, by_position })
    }
}
