//! How the readout enters: drawn, drawn across the features alone, or integrated out.

use archscale_stats::Moments;
use candle_core::Tensor;

use crate::batch::{Batch, add, host, sum_entries};
use crate::layer::plus;
use crate::network::Network;
use crate::random::labels;
use crate::settings::{Settings, column_chunk};
use crate::{Method, SimError, TensorId};

/// How the readout enters the estimates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Readout {
    /// One readout drawn per network.
    #[default]
    Sampled,
    /// Along the features that it reads the readout is integrated out, across them one is drawn per network.
    ///
    /// f depends on the component along the features alone, so its fluctuation, which carries most of the variance of A at large
    /// width, is gone, at the cost of 2 columns. See [`simulate`](crate::simulate).
    Projected,
    /// The Gaussian readout integrated out exactly, given the hidden weights: conditional expectations in place of a draw,
    /// which have the same mean and a smaller variance, at the cost of n columns per readout edge.
    Integrated,
}

impl Readout {
    /// Functions whose gradients are carried in one run of a block.
    pub(crate) fn functions(self, width: usize) -> usize {
        match self {
            Self::Sampled => 1,
            Self::Projected => 2,
            Self::Integrated => width,
        }
    }
}

/// One block's values at one vertex, an entry per network.
pub(crate) struct Values {
    second_moment: Vec<f64>,
    a: Vec<f64>,
    b: Vec<f64>,
    squared_change: Vec<f64>,
}

impl Values {
    pub(crate) fn moments(&self) -> [Moments; 4] {
        [&self.second_moment, &self.a, &self.b, &self.squared_change].map(|values| Moments::from_slice(values))
    }

    /// Marks the networks in which the vertex or the output overflowed: slopes and gradients there would pass for finite.
    fn poison(mut self, output: &[f64]) -> Self {
        for (r, f) in output.iter().enumerate() {
            if !f.is_finite() || !self.second_moment[r].is_finite() {
                for values in [&mut self.a, &mut self.b, &mut self.squared_change] {
                    values[r] = f64::NAN;
                }
            }
        }
        self
    }
}

/// Σ over all entries of x², for each network.
fn square_sums(batch: &Batch, x: Option<&Tensor>) -> Result<Vec<f64>, SimError> {
    match x {
        Some(x) => host(&sum_entries(&x.sqr()?)?),
        None => Ok(vec![0.0; batch.networks()]),
    }
}

fn second_moment(batch: &Batch, op: usize) -> Result<Vec<f64>, SimError> {
    let n = batch.width() as f64;
    Ok(batch.square_norm(op)?.into_iter().map(|norm| norm / n).collect())
}

pub(crate) fn sampled(
    network: &Network,
    batch: &Batch,
    settings: &Settings,
    replicate: u64,
) -> Result<Vec<Values>, SimError> {
    let readout = batch.draw_readout(settings, replicate)?;
    let f = batch.output(&readout)?;
    // The dense simulation draws the label, as it always has; the average over it costs nothing and has no more variance.
    let y = (settings.method != Method::Lazy)
        .then(|| labels(&mut settings.key.rng(replicate, TensorId::Label), batch.networks()));
    let seeds: Vec<(usize, Tensor)> = network.readout_sources.iter().copied().zip(readout).collect();
    let tangents = batch.tangents(&batch.gradients(&seeds)?)?;
    let n = batch.width() as f64;
    let of_node = |op: usize| {
        let mut b = square_sums(batch, tangents.at(op))?;
        b.iter_mut().for_each(|sum| *sum /= n);
        let a: Vec<f64> = b.iter().zip(&f).map(|(b, f)| f * f * b).collect();
        let squared_change = match &y {
            Some(y) => b.iter().zip(f.iter().zip(y)).map(|(b, (f, y))| (f - y) * (f - y) * b).collect(),
            None => a.iter().zip(&b).map(|(a, b)| a + b).collect(),
        };
        Ok(Values { second_moment: second_moment(batch, op)?, a, b, squared_change }.poison(&f))
    };
    network.nodes.iter().map(|node| of_node(node.op)).collect()
}

pub(crate) fn projected(
    network: &Network,
    batch: &Batch,
    settings: &Settings,
    replicate: u64,
) -> Result<Vec<Values>, SimError> {
    let n = batch.width() as f64;
    let readout = batch.draw_readout(settings, replicate)?;
    let terms: Vec<(f64, usize, Tensor)> = (network.readout_gains.iter().zip(&network.readout_sources).zip(readout))
        .map(|((gain, &source), w)| (gain / (n * n), source, w))
        .filter(|(variance, ..)| *variance > 0.0)
        .collect();
    // |η|², f and |ω_⊥|², each (R, 1, 1).
    let mut square = None;
    let mut output = None;
    for (variance, source, w) in &terms {
        square = Some(plus(square, (batch.square_norm_at(*source)? * *variance)?)?);
        output = Some(plus(output, batch.value(*source).t()?.matmul(w)?)?);
    }
    let (Some(square), Some(output)) = (square, output) else {
        return sampled(network, batch, settings, replicate);
    };
    let mask = square.gt(0.0)?.to_dtype(square.dtype())?;
    let inverse = (&mask / (&square + mask.affine(-1.0, 1.0)?)?)?;
    let share = (&output * &inverse)?;
    let root = inverse.sqrt()?;
    let mut across = Vec::with_capacity(terms.len());
    let mut length = None;
    for (variance, source, w) in &terms {
        let part = (w - (batch.value(*source) * *variance)?.broadcast_mul(&share)?)?;
        length = Some(plus(length, (part.sqr()?.sum_keepdim(1)? * (1.0 / variance))?)?);
        across.push(part);
    }
    let dimension = mask.affine(-1.0, terms.len() as f64 * n)?;
    // Where no dimension is left the length is rounding: nothing is across.
    let left = dimension.gt(0.5)?.to_dtype(square.dtype())?;
    let length = length.unwrap_or(output);
    let rescaled = (((dimension * &left)? / (&length + left.affine(-1.0, 1.0)?)?)?).sqrt()?;
    // u and v one after the other: a column alone is contiguous.
    let mut along = Vec::with_capacity(terms.len());
    let mut apart = Vec::with_capacity(terms.len());
    for ((variance, source, _), across) in terms.iter().zip(across) {
        along.push((*source, (batch.value(*source) * *variance)?.broadcast_mul(&root)?));
        apart.push((*source, across.broadcast_mul(&rescaled)?));
    }
    let u = batch.tangents(&batch.gradients(&along)?)?;
    let v = batch.tangents(&batch.gradients(&apart)?)?;
    let square = host(&square)?;
    let of_node = |op: usize| {
        let (u, v) = (square_sums(batch, u.at(op))?, square_sums(batch, v.at(op))?);
        let of = |what: &dyn Fn(f64, f64, f64) -> f64| -> Vec<f64> {
            (0..batch.networks()).map(|r| what(square[r], u[r], v[r]) / n).collect()
        };
        let (a, b) = (of(&|square, u, v| square * (3.0 * u + v)), of(&|_, u, v| u + v));
        let squared_change = a.iter().zip(&b).map(|(a, b)| a + b).collect();
        Ok(Values { second_moment: second_moment(batch, op)?, a, b, squared_change }.poison(&square))
    };
    network.nodes.iter().map(|node| of_node(node.op)).collect()
}

pub(crate) fn integrated(network: &Network, batch: &Batch) -> Result<Vec<Values>, SimError> {
    let (networks, n) = (batch.networks(), batch.width());
    let terms =
        || network.readout_gains.iter().map(|gain| gain / (n * n) as f64).zip(network.readout_sources.iter().copied());
    // hᵀΣh, and at each node Σ_i k_iᵀΣk_i and the vector of hᵀΣk_i.
    let mut output_variance = vec![0.0; networks];
    let mut squares = vec![vec![0.0; networks]; network.nodes.len()];
    let mut cross: Vec<Option<Tensor>> = vec![None; network.nodes.len()];
    for (variance, source) in terms() {
        let norm: Vec<f64> = batch.square_norm(source)?.into_iter().map(|norm| variance * norm).collect();
        add(&mut output_variance, &norm);
        for start in (0..n).step_by(column_chunk(n)) {
            let count = column_chunk(n).min(n - start);
            let seeds = [(source, batch.unit_columns(start, count)?)];
            let tangents = batch.tangents(&batch.gradients(&seeds)?)?;
            let features = (batch.value(source).narrow(1, start, count)? * variance)?;
            for (k, node) in network.nodes.iter().enumerate() {
                let Some(kernel) = tangents.at(node.op) else { continue };
                let norm: Vec<f64> = host(&sum_entries(&kernel.sqr()?)?)?.into_iter().map(|norm| variance * norm).collect();
                add(&mut squares[k], &norm);
                cross[k] = Some(plus(cross[k].take(), kernel.matmul(&features.contiguous()?)?)?);
            }
        }
    }
    let of_node = |k: usize| {
        let cross_squares = square_sums(batch, cross[k].as_ref())?;
        let b: Vec<f64> = squares[k].iter().map(|sum| sum / n as f64).collect();
        let a: Vec<f64> = (0..networks).map(|r| output_variance[r] * b[r] + 2.0 * cross_squares[r] / n as f64).collect();
        let squared_change = a.iter().zip(&b).map(|(a, b)| a + b).collect();
        let second_moment = second_moment(batch, network.nodes[k].op)?;
        Ok(Values { second_moment, a, b, squared_change }.poison(&output_variance))
    };
    (0..network.nodes.len()).map(of_node).collect()
}
