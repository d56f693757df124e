use archscale_model::PositionReadout;
use candle_core::{Device, Tensor};

use super::{Flow, Layer, Pass, Value};
use crate::TrainError;
use crate::kernel::{Real, by_format, with_slices};

/// What a readout reads of a field (G, n, m·B), as features (G, n·S, B), row channel·S + pattern.
///
/// The average over positions and a single position are one pattern; flattening is m patterns, x(p)/√m. Every feature then has a
/// weight N(0, C/n²) of its own, which is E[w(p) w(r)] = (C/n²) M(p, r) with M of [`PositionReadout::matrix`], and a field that is
/// constant over positions moves the readout as a vector does.
pub(crate) struct Features {
    source: [usize; 1],
    readout: PositionReadout,
    positions: usize,
}

impl Features {
    pub(crate) fn new(readout: PositionReadout, positions: usize, source: usize) -> Self {
        Self { source: [source], readout, positions }
    }

    /// S.
    pub(crate) fn patterns(&self) -> usize {
        match self.readout {
            PositionReadout::Average | PositionReadout::Single(_) => 1,
            PositionReadout::Flatten => self.positions,
        }
    }

    fn root(&self) -> f64 {
        1.0 / (self.positions as f64).sqrt()
    }
}

/// Means over m positions: (rows, B) from (rows, m·B).
fn averages<T: Real>(fields: &[T], positions: usize, batch: usize) -> Vec<T> {
    let share = T::from_f64(1.0 / positions as f64);
    let mut means = vec![T::from_f64(0.0); fields.len() / positions];
    for (mean, field) in means.chunks_exact_mut(batch).zip(fields.chunks_exact(positions * batch)) {
        for position in field.chunks_exact(batch) {
            mean.iter_mut().zip(position).for_each(|(mean, &x)| *mean += x);
        }
        mean.iter_mut().for_each(|mean| *mean *= share);
    }
    means
}

/// (rows, m·B) from (rows, B): `weight` times the row at every position of `to`, zero elsewhere.
fn spread<T: Real>(rows: &[T], to: impl Fn(usize) -> bool, weight: f64, positions: usize, batch: usize) -> Vec<T> {
    let (zero, weight) = (T::from_f64(0.0), T::from_f64(weight));
    let mut fields = Vec::with_capacity(rows.len() * positions);
    for row in rows.chunks_exact(batch) {
        for position in 0..positions {
            if to(position) {
                fields.extend(row.iter().map(|&x| weight * x));
            } else {
                fields.resize(fields.len() + batch, zero);
            }
        }
    }
    fields
}

impl Layer for Features {
    fn sources(&self) -> &[usize] {
        &self.source
    }

    fn forward(&self, pass: &Pass, _weights: &[&Tensor], _with_slopes: bool) -> Result<Value, TrainError> {
        let field = pass.value(self.source[0]);
        let (networks, channels, all) = field.dims3()?;
        let (m, batch) = (self.positions, all / self.positions);
        Ok(match self.readout {
            PositionReadout::Average => by_format!(field, T => {
                let means = with_slices::<T, _>(&[field], |slices| averages(slices[0], m, batch))?;
                Tensor::from_vec(means, (networks, channels, batch), &Device::Cpu)?
            }),
            PositionReadout::Single(at) => field.narrow(2, at * batch, batch)?.contiguous()?,
            PositionReadout::Flatten => (field * self.root())?.reshape((networks, channels * m, batch))?,
        }
        .into())
    }

    fn backward(
        &self,
        pass: &Pass,
        _own: &Value,
        _weights: &[&Tensor],
        gradient: &Tensor,
        flow: &mut Flow<'_>,
    ) -> Result<(), TrainError> {
        let shape = pass.value(self.source[0]).dims3()?;
        let (m, batch) = (self.positions, gradient.dim(2)?);
        flow.add(self.source[0], || {
            let spread_to = |to: &dyn Fn(usize) -> bool, weight: f64| -> Result<Tensor, TrainError> {
                Ok(by_format!(gradient, T => {
                    let fields = with_slices::<T, _>(&[gradient], |slices| spread(slices[0], to, weight, m, batch))?;
                    Tensor::from_vec(fields, shape, &Device::Cpu)?
                }))
            };
            match self.readout {
                PositionReadout::Average => spread_to(&|_| true, 1.0 / m as f64),
                PositionReadout::Single(at) => spread_to(&|position| position == at, 1.0),
                PositionReadout::Flatten => Ok((gradient * self.root())?.reshape(shape)?),
            }
        })
    }
}
