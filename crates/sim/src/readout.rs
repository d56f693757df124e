//! How the readout enters: drawn, drawn across the features alone, or integrated out.

use std::fmt;

use archscale_nets::tensor::{add, host, plus};
use archscale_nets::{Network, Networks, TensorId, Weights, labels};
use archscale_stats::Moments;
use candle_core::Tensor;

use crate::Settings;
use crate::SimError;
use crate::chunk::feature_chunk;
use crate::per_network::{PerNetwork, Sums};

/// How the readout enters the estimates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Readout {
    /// One readout drawn per network.
    #[default]
    Sampled,
    /// Along the features that it reads the readout is integrated out, across them one is drawn per network.
    ///
    /// f depends on the component along the features alone, so its fluctuation, which carries most of the variance of A at
    /// large width, is gone, at the cost of 2 columns. See [`simulate`](crate::simulate).
    ///
    /// Measured against a sampled readout with lazy weights on ReLU chains and a complete DAG (200 to 200 000 networks), the
    /// variance of A falls 7 times at (n, L) = (3, 2), 9 times at (16, 3), 11 at (64, 3), 27 at (1024, 4) and about 40 at
    /// (4096, 8); that of B 2.7, 1.7, 1.1, 1.0 and 1.0 times; that of the squared change 6.5, 3.3, 1.1, 1.0 and 1.0 times. A
    /// run takes about 1.9 times as long. So it pays for A at every width, and for the squared change up to widths of about
    /// 30.
    Projected,
    /// The Gaussian readout integrated out exactly, given the hidden weights: conditional expectations in place of a draw,
    /// which have the same mean and a smaller variance, at the cost of n columns per readout edge, and n·m of
    /// them where a readout of an image has a weight for each of m positions.
    Integrated,
}

impl fmt::Display for Readout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sampled => "sampled",
            Self::Projected => "projected",
            Self::Integrated => "integrated",
        })
    }
}

impl Readout {
    /// Functions whose gradients are carried in one run of a block, when the readout reads so many features.
    pub(crate) fn functions(self, features: usize) -> usize {
        match self {
            Self::Sampled => 1,
            Self::Projected => 2,
            Self::Integrated => features,
        }
    }
}

/// One block's values at one vertex.
pub(crate) struct Values {
    second_moment: PerNetwork,
    a: PerNetwork,
    b: PerNetwork,
    squared_change: PerNetwork,
}

impl Values {
    fn parts(&self) -> [&PerNetwork; 4] {
        [&self.second_moment, &self.a, &self.b, &self.squared_change]
    }

    /// Four moments for all positions together, then for each position of an image.
    pub(crate) fn moments(&self) -> Vec<Moments> {
        let mut moments: Vec<Moments> = self.parts().iter().map(|part| Moments::from_slice(&part.all)).collect();
        for p in 0..self.b.by_position.len() {
            moments.extend(self.parts().iter().map(|part| Moments::from_slice(&part.by_position[p])));
        }
        moments
    }

    /// Marks the networks in which the vertex or the output overflowed: slopes and gradients there would pass for finite.
    fn poison(self, output: &[f64]) -> Self {
        let norm = &self.second_moment.all;
        let mark = |r: usize, x: f64| if output[r].is_finite() && norm[r].is_finite() { x } else { f64::NAN };
        let [a, b, squared_change] = [&self.a, &self.b, &self.squared_change].map(|part| part.map(mark));
        Self { a, b, squared_change, ..self }
    }
}

/// Σ of x² over neurons, for each network.
fn square_sums(network: &Network, batch: &Networks, x: Option<&Tensor>) -> Result<PerNetwork, SimError> {
    match x {
        Some(x) => PerNetwork::sums_of_squares(x, network.grid_positions()),
        None => Ok(PerNetwork::zeros(batch.networks(), network.grid_positions())),
    }
}

fn second_moment(network: &Network, batch: &Networks, op: usize) -> Result<PerNetwork, SimError> {
    let sums = match network.grid_positions() {
        // The norm is known already.
        None => PerNetwork { all: batch.square_norm(op)?, by_position: Vec::new() },
        Some(_) => square_sums(network, batch, Some(batch.value(op)))?,
    };
    Ok(sums.into_means(batch.width()))
}

pub(crate) fn sampled(
    network: &Network,
    batch: &Networks,
    settings: &Settings,
    replicate: u64,
) -> Result<Vec<Values>, SimError> {
    let readout = batch.draw_readout(&settings.key, replicate)?;
    // The dense simulation draws the label, as it always has; the average over it costs nothing and has no more variance.
    let y = (settings.method != Weights::Lazy)
        .then(|| labels(&mut settings.key.rng(replicate, TensorId::Label), batch.networks()));
    let seeds: Vec<(usize, Tensor)> = network.readout().map(|(_, source)| source).zip(readout.iter().cloned()).collect();
    let tangents = batch.tangents(&batch.gradients(&seeds)?)?;
    // Numbers are fetched after the passes, so that none of them waits for the device.
    let f = batch.output(&readout)?;
    let of_node = |op: usize| {
        let b = square_sums(network, batch, tangents.at(op))?.into_means(batch.width());
        let a = b.map(|r, b| f[r] * f[r] * b);
        let squared_change = match &y {
            Some(y) => b.map(|r, b| (f[r] - y[r]) * (f[r] - y[r]) * b),
            None => a.with(&b, |_, a, b| a + b),
        };
        Ok(Values { second_moment: second_moment(network, batch, op)?, a, b, squared_change }.poison(&f))
    };
    network.nodes().iter().map(|node| of_node(node.op)).collect()
}

/// A readout term: variance and weights w, (R, n·S, 1), of the features of a source.
struct Term {
    variance: f64,
    source: usize,
    features: Tensor,
    w: Tensor,
}

pub(crate) fn projected(
    network: &Network,
    batch: &Networks,
    settings: &Settings,
    replicate: u64,
) -> Result<Vec<Values>, SimError> {
    let n = batch.width() as f64;
    let weights = batch.draw_feature_weights(&settings.key, replicate)?;
    let terms = network
        .readout()
        .zip(weights)
        .map(|((gain, source), w)| (gain / (n * n), source, w))
        .filter(|(variance, ..)| *variance > 0.0)
        .map(|(variance, source, w)| Ok(Term { variance, source, features: batch.features(source)?, w }))
        .collect::<Result<Vec<_>, SimError>>()?;
    // |η|², f and |ω_⊥|², each (R, 1, 1).
    let mut square = None;
    let mut output = None;
    for Term { variance, source, features, w } in &terms {
        square = Some(plus(square, (batch.feature_norm(*source)? * *variance)?)?);
        output = Some(plus(output, features.t()?.matmul(w)?)?);
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
    for Term { variance, features, w, .. } in &terms {
        let part = (w - (features * *variance)?.broadcast_mul(&share)?)?;
        length = Some(plus(length, (part.sqr()?.sum_keepdim(1)? * (1.0 / variance))?)?);
        across.push(part);
    }
    let features: usize = terms.iter().map(|term| term.features.elem_count() / batch.networks()).sum();
    let dimension = mask.affine(-1.0, features as f64)?;
    // Where no dimension is left the length is rounding: nothing is across.
    let left = dimension.gt(0.5)?.to_dtype(square.dtype())?;
    let length = length.unwrap_or(output);
    let rescaled = (((dimension * &left)? / (&length + left.affine(-1.0, 1.0)?)?)?).sqrt()?;
    // u and v one after the other: a column alone is contiguous.
    let mut along = Vec::with_capacity(terms.len());
    let mut apart = Vec::with_capacity(terms.len());
    for (Term { variance, source, features, .. }, across) in terms.iter().zip(across) {
        along.push((*source, batch.spread(&(features * *variance)?.broadcast_mul(&root)?)?));
        apart.push((*source, batch.spread(&across.broadcast_mul(&rescaled)?)?));
    }
    let u = batch.tangents(&batch.gradients(&along)?)?;
    let v = batch.tangents(&batch.gradients(&apart)?)?;
    let square = host(&square)?;
    let of_node = |op: usize| {
        let (u, v) = (square_sums(network, batch, u.at(op))?, square_sums(network, batch, v.at(op))?);
        let a = u.with(&v, |r, u, v| square[r] * (3.0 * u + v)).into_means(batch.width());
        let b = u.with(&v, |_, u, v| u + v).into_means(batch.width());
        let squared_change = a.with(&b, |_, a, b| a + b);
        Ok(Values { second_moment: second_moment(network, batch, op)?, a, b, squared_change }.poison(&square))
    };
    network.nodes().iter().map(|node| of_node(node.op)).collect()
}

pub(crate) fn integrated(network: &Network, batch: &Networks) -> Result<Vec<Values>, SimError> {
    let (networks, n, positions) = (batch.networks(), batch.width(), network.grid_positions());
    let terms = || network.readout().map(|(gain, source)| (gain / (n * n) as f64, source));
    // hᵀΣh, and at each node Σ_i k_iᵀΣk_i and the vector of hᵀΣk_i.
    let mut output_variance = vec![0.0; networks];
    let mut squares = vec![PerNetwork::zeros(networks, positions); network.nodes().len()];
    let mut cross: Vec<Option<Tensor>> = vec![None; network.nodes().len()];
    let (all, chunk) = (network.features(), feature_chunk(network));
    let (mut norms, mut sums) = (Vec::new(), Vec::new());
    for (variance, source) in terms() {
        norms.push((variance, batch.feature_norm(source)?));
        if !network.is_trained(source) {
            continue;
        }
        let features = batch.features(source)?;
        for start in (0..all).step_by(chunk) {
            let count = chunk.min(all - start);
            let seeds = [(source, batch.feature_seeds(start, count)?)];
            let tangents = batch.tangents(&batch.gradients(&seeds)?)?;
            let part = (features.narrow(1, start, count)? * variance)?.contiguous()?;
            for (k, node) in network.nodes().iter().enumerate() {
                let Some(kernel) = tangents.at(node.op) else { continue };
                sums.push((k, variance, Sums::of_squares(kernel, positions)?));
                cross[k] = Some(plus(cross[k].take(), contract(kernel, &part, network.positions())?)?);
            }
        }
    }
    for (variance, norm) in norms {
        let norm: Vec<f64> = host(&norm)?.into_iter().map(|norm| variance * norm).collect();
        add(&mut output_variance, &norm);
    }
    for (k, variance, sums) in sums {
        squares[k].accumulate(variance, &sums.fetch()?);
    }
    let of_node = |(k, squares): (usize, PerNetwork)| {
        let cross_squares = square_sums(network, batch, cross[k].as_ref())?.into_means(n);
        let b = squares.into_means(n);
        let a = b.with(&cross_squares, |r, b, cross| output_variance[r] * b + 2.0 * cross);
        let squared_change = a.with(&b, |_, a, b| a + b);
        let second_moment = second_moment(network, batch, network.nodes()[k].op)?;
        Ok(Values { second_moment, a, b, squared_change }.poison(&output_variance))
    };
    squares.into_iter().enumerate().map(of_node).collect()
}

/// Σ_J of kernel columns, (R, n, J·m), times features, (R, J, 1): (R, n, m).
fn contract(kernel: &Tensor, features: &Tensor, m: usize) -> Result<Tensor, SimError> {
    if m == 1 {
        return Ok(kernel.matmul(features)?);
    }
    let (networks, n, _) = kernel.dims3()?;
    let count = features.dim(1)?;
    let by_function = kernel.reshape((networks, n, count, m))?.transpose(2, 3)?.contiguous()?;
    Ok(by_function.reshape((networks, n * m, count))?.matmul(features)?.reshape((networks, n, m))?)
}
