use std::sync::Arc;

use archscale_model::{OpId, Program};
use candle_core::{D, DType, Tensor};

use crate::layer::{Block, plus};
use crate::load::{Load, checked};
use crate::network::Network;
use crate::random::normals;
use crate::settings::Settings;
use crate::spare::Spare;
use crate::{DenseMatrix, LazyGaussian, Matrix, Method, SimError, TensorId, Update};

/// A block of R independent networks of width n: weights, values, and the derivatives that every estimate is made of.
///
/// Shapes: weights (R, n, n) with the target neuron first, made or lazy as the settings say; values (R, n, 1); gradients and tangents
/// (R, n, J) for J scalar functions at once. In a program over images of m positions values are (R, n, m) and gradients (R, n, J·m), the
/// positions of a function side by side; the weights of a convolution of q taps are (R, n, q·n), column tap·n + channel with taps as in
/// [`Grid::taps`](archscale_model::Grid::taps). An image's value is (R, rank, m): √N U with UᵀU its Gram matrix, as many rows as that
/// has rank, which stand for its N channels; a convolution that reads it has q·rank columns.
///
/// ```
/// use archscale_model::{Architecture, InitRule};
/// use archscale_sim::{Batch, Settings, StreamKey};
/// let program = Architecture::parse("chain:2")?.graph().lower(InitRule::Target)?;
/// let batch = Batch::draw(&program, &Settings::new(4, 10, StreamKey::new("doc", "chain:2", 1)), 0)?;
/// assert_eq!(batch.value(program.nodes()[0].op).dims(), [10, 4, 1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Batch {
    network: Arc<Network>,
    block: Block,
}

/// What reaches each operation of a [`Batch`]: a gradient or a tangent, (R, n, J·m), or nothing where it is zero throughout.
pub struct Flow(pub(crate) Vec<Option<Tensor>>);

impl Flow {
    /// At operation `op`; `None` is zero.
    #[must_use]
    pub fn at(&self, op: OpId) -> Option<&Tensor> {
        self.0.get(op).and_then(Option::as_ref)
    }
}

impl Batch {
    /// Draws the weights of replicate `replicate` and runs the forward pass.
    ///
    /// # Errors
    /// Settings out of their domain, too little memory, a device that cannot be used, an operation without a rule.
    pub fn draw(program: &Program, settings: &Settings, replicate: u64) -> Result<Self, SimError> {
        settings.check()?;
        let network = Arc::new(Network::new(program)?);
        // One block is drawn, however many networks the settings count.
        let settings = &settings.chosen(&network, Load::Functions(1));
        checked(&Settings { samples: 1, ..settings.clone() }, &network, Load::Functions(1))?;
        Self::of(&network, settings, replicate, &settings.device.open(settings.precision)?, &Spare::default())
    }

    /// Networks with the given weights, in the order of [`weights`](Self::weights) over all operations, and their forward pass.
    ///
    /// Of the settings only the device and the precision count, which must be those of the weights.
    ///
    /// # Errors
    /// A number of matrices or a shape that the program does not have, and as [`draw`](Self::draw).
    pub fn with_weights(program: &Program, settings: &Settings, weights: Vec<Arc<dyn Matrix>>) -> Result<Self, SimError> {
        settings.check()?;
        let network = Arc::new(Network::new(program)?);
        let networks = weights.first().map_or(1, |matrix| matrix.shape().0);
        let columns = network.matrix_columns(settings.width);
        let wanted: Vec<_> = columns.map(|columns| (networks, settings.width, columns)).collect();
        let found: Vec<_> = weights.iter().map(|matrix| matrix.shape()).collect();
        if found != wanted {
            let (found, wanted) = (format!("{found:?}"), format!("{wanted:?}"));
            return Err(SimError::Shape { place: "the weights of a program", found, wanted });
        }
        let mut weights = weights.into_iter();
        let weights = network.layers.iter().map(|layer| weights.by_ref().take(layer.gains().len()).collect()).collect();
        let device = settings.device.open(settings.precision)?;
        Self::forward(network, Block::new(networks, settings.width, settings.precision, device, weights), None)
    }

    pub(crate) fn of(
        network: &Arc<Network>,
        settings: &Settings,
        replicate: u64,
        device: &candle_core::Device,
        spare: &Spare,
    ) -> Result<Self, SimError> {
        let (networks, n) = (settings.networks(network, replicate), settings.width);
        let precision = settings.precision;
        let mut index = 0;
        let mut draw = |gain: f64, (columns, fan_in): (usize, f64)| -> Result<Arc<dyn Matrix>, SimError> {
            let (k, std_dev, shape) = (index, (gain / fan_in).sqrt(), (networks, n, columns));
            index += 1;
            Ok(match settings.method {
                Method::Lazy => Arc::new(LazyGaussian::new(&settings.key, replicate, k, shape, std_dev, precision, device)),
                Method::Dense | Method::Auto => {
                    let stream = (&settings.key, replicate, TensorId::Weight(k));
                    Arc::new(DenseMatrix::new(spare.normals(stream, std_dev, shape, precision, device)?)?)
                }
            })
        };
        let weights = network
            .layers
            .iter()
            .map(|layer| {
                let terms = layer.gains().iter().enumerate();
                terms.map(|(term, &gain)| draw(gain, layer.fan_in(term, n))).collect::<Result<Vec<_>, _>>()
            })
            .collect::<Result<Vec<_>, _>>()?;
        Self::forward(Arc::clone(network), Block::new(networks, n, precision, device.clone(), weights), None)
    }

    /// Leaves the memory of its matrices, if they have entries, to another block. Nothing else may refer to them.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub(crate) fn leave(self, method: Method, spare: &Spare) -> Result<(), SimError> {
        if method == Method::Lazy {
            return Ok(());
        }
        self.block.weights.iter().flatten().try_for_each(|matrix| {
            spare.give(matrix.to_tensor()?);
            Ok(())
        })
    }

    /// Values; those that depend on no weight are taken from `before` where it is given.
    fn forward(network: Arc<Network>, mut block: Block, before: Option<&Block>) -> Result<Self, SimError> {
        for (op, layer) in network.layers.iter().enumerate() {
            let value = match before {
                Some(before) if !network.trained[op] => before.values[op].clone(),
                _ => layer.forward(&block, op)?,
            };
            block.values.push(value);
        }
        Ok(Self { network, block })
    }

    /// Draws one readout vector per readout term, shaped as the value that it reads: (R, n, 1) with entries N(0, C/n²).
    ///
    /// Over an image it is (R, n, m): the same entries divided by m at every position for the average, independent entries
    /// N(0, C/(n² m)) to flatten, entries at one position alone for that.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn draw_readout(&self, settings: &Settings, replicate: u64) -> Result<Vec<Tensor>, SimError> {
        self.draw_feature_weights(settings, replicate)?.iter().map(|weights| self.spread(weights)).collect()
    }

    /// Draws a weight N(0, C/n²) for every feature of every readout term, (R, n·S, 1) for S patterns over positions.
    pub(crate) fn draw_feature_weights(&self, settings: &Settings, replicate: u64) -> Result<Vec<Tensor>, SimError> {
        let patterns = self.network.patterns.as_ref().map_or(1, |patterns| patterns.count);
        (0..)
            .zip(self.network.readout_gains.iter().zip(&self.network.readout_sources))
            .map(|(term, (gain, &source))| {
                let stream = (&settings.key, replicate, TensorId::Readout(term));
                let shape = (self.networks(), self.value(source).dim(1)? * patterns, 1);
                normals(stream, gain.sqrt() / self.width() as f64, shape, settings.precision, &self.block.device)
            })
            .collect()
    }

    /// The readout over positions that has these weights of its features.
    pub(crate) fn spread(&self, weights: &Tensor) -> Result<Tensor, SimError> {
        self.network.patterns.as_ref().map_or(Ok(weights.clone()), |patterns| patterns.spread(weights))
    }

    /// R, the number of networks.
    #[must_use]
    pub fn networks(&self) -> usize {
        self.block.networks
    }

    /// n, the width.
    #[must_use]
    pub fn width(&self) -> usize {
        self.block.width
    }

    /// m, the number of positions; 1 in a program over vectors.
    #[must_use]
    pub fn positions(&self) -> usize {
        self.network.positions
    }

    /// The trained matrices of operation `op`, one per term.
    #[must_use]
    pub fn weights(&self, op: OpId) -> &[Arc<dyn Matrix>] {
        &self.block.weights[op]
    }

    /// The value of operation `op`.
    #[must_use]
    pub fn value(&self, op: OpId) -> &Tensor {
        &self.block.values[op]
    }

    /// |x|² of each network at operation `op`, over all positions.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn square_norm(&self, op: OpId) -> Result<Vec<f64>, SimError> {
        host(&self.block.square_norm(op)?)
    }

    /// |φ|² of the features φ of operation `op`, (R, 1, 1), on the device.
    pub(crate) fn feature_norm(&self, op: OpId) -> Result<Tensor, SimError> {
        match &self.network.patterns {
            None => self.block.square_norm(op),
            Some(patterns) => Ok(patterns.features(self.value(op))?.sqr()?.sum_keepdim((1, 2))?),
        }
    }

    /// f = Σ_e w_e·x_e of each network, for readout vectors of [`draw_readout`](Self::draw_readout).
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn output(&self, readout: &[Tensor]) -> Result<Vec<f64>, SimError> {
        let mut f = vec![0.0; self.networks()];
        for (vector, &source) in readout.iter().zip(&self.network.readout_sources) {
            add(&mut f, &host(&sum_entries(&(vector * self.value(source))?)?)?);
        }
        Ok(f)
    }

    /// Gradients, at every operation that depends on a trained matrix, of J functions given by their gradients `seeds` at
    /// some operations (added up where an operation is named twice). For f they are the readout vectors at its sources.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn gradients(&self, seeds: &[(OpId, Tensor)]) -> Result<Flow, SimError> {
        let network = &self.network;
        let mut flow: Vec<Option<Tensor>> = vec![None; network.layers.len()];
        for (op, seed) in seeds.iter().filter(|(op, _)| network.trained[*op]) {
            flow[*op] = Some(plus(flow[*op].take(), seed.clone())?);
        }
        for (op, layer) in network.layers.iter().enumerate().rev() {
            let Some(gradient) = flow[op].clone() else { continue };
            for (term, source) in layer.sources().into_iter().enumerate().filter(|(_, source)| network.trained[*source]) {
                let part = layer.transpose(&self.block, op, term, &gradient)?;
                flow[source] = Some(plus(flow[source].take(), part)?);
            }
        }
        Ok(Flow(flow))
    }

    /// Gradients of one function (J = 1) by every trained matrix, as [`weights`](Self::weights) are ordered; empty at an
    /// operation that the function does not read.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn weight_gradients(&self, gradients: &Flow) -> Result<Vec<Vec<Update>>, SimError> {
        let by_op = gradients.0.iter().zip(&self.network.layers);
        by_op
            .map(|(gradient, layer)| match gradient {
                Some(gradient) => layer.weight_gradients(&self.block, gradient),
                None => Ok(Vec::new()),
            })
            .collect()
    }

    /// The tangent pass: derivative of the value of every operation up to the last reported one when all weights move along
    /// the weight gradients that belong to `gradients`. At z_i it is Σ_μ ∂_μ z_i ∂_μ φ for each of the J functions φ.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn tangents(&self, gradients: &Flow) -> Result<Flow, SimError> {
        self.tangents_until(gradients, self.network.reported_end)
    }

    pub(crate) fn tangents_until(&self, gradients: &Flow, end: usize) -> Result<Flow, SimError> {
        let mut flow: Vec<Option<Tensor>> = vec![None; end];
        for op in 0..end {
            flow[op] = self.network.layers[op].tangent(&self.block, op, gradients.at(op), &flow)?;
        }
        Ok(Flow(flow))
    }

    /// The same networks after W ← W + c_r D, with one factor c_r per network and a direction D shaped as
    /// [`weight_gradients`](Self::weight_gradients), and their new values.
    ///
    /// # Errors
    /// A failed tensor operation, or factors whose number is not R.
    pub fn moved(&self, factors: &[f64], direction: &[Vec<Update>]) -> Result<Self, SimError> {
        let block = &self.block;
        let factors =
            Tensor::new(factors, &block.device)?.to_dtype(block.precision.dtype())?.reshape((block.networks, 1, 1))?;
        let mut weights = block.weights.clone();
        for (matrices, directions) in weights.iter_mut().zip(direction) {
            for (matrix, direction) in matrices.iter_mut().zip(directions) {
                *matrix = matrix.plus(direction, &factors)?;
            }
        }
        let moved = Block::new(block.networks, block.width, block.precision, block.device.clone(), weights);
        Self::forward(Arc::clone(&self.network), moved, Some(block))
    }

    /// How many kinks were crossed (a ReLU gate opened or closed) between these networks and `moved` ones, over all neurons.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn jumps(&self, moved: &Self) -> Result<Vec<f64>, SimError> {
        let mut jumps = vec![0.0; self.networks()];
        for (op, layer) in self.network.layers.iter().enumerate() {
            if let Some(count) = layer.jumps(&self.block, &moved.block, op)? {
                add(&mut jumps, &host(&count)?);
            }
        }
        Ok(jumps)
    }

    /// What the readout reads of the field at operation `op`: its features, (R, n·S, 1), for S patterns over positions.
    pub(crate) fn features(&self, op: OpId) -> Result<Tensor, SimError> {
        let value = self.value(op);
        self.network.patterns.as_ref().map_or(Ok(value.clone()), |patterns| patterns.features(value))
    }

    /// The gradients of the features `start..start + count` for every network, (R, n, count·m): over vectors, columns of the
    /// identity.
    pub(crate) fn feature_seeds(&self, start: usize, count: usize) -> Result<Tensor, SimError> {
        let (networks, n) = (self.networks(), self.width());
        if let Some(patterns) = &self.network.patterns {
            let seeds = patterns.seeds(n, start, count, self.block.precision, &self.block.device)?;
            return Ok(seeds.broadcast_as((networks, n, count * self.positions()))?.contiguous()?);
        }
        let mut entries = vec![0.0; n * count];
        for column in 0..count {
            entries[(start + column) * count + column] = 1.0;
        }
        let columns =
            Tensor::from_vec(entries, (1, n, count), &self.block.device)?.to_dtype(self.block.precision.dtype())?;
        Ok(columns.broadcast_as((networks, n, count))?.contiguous()?)
    }
}

/// Sum over all entries of each network.
pub(crate) fn sum_entries(x: &Tensor) -> Result<Tensor, SimError> {
    Ok(x.flatten_from(1)?.sum(D::Minus1)?)
}

/// One number per network, in double precision.
pub(crate) fn host(x: &Tensor) -> Result<Vec<f64>, SimError> {
    Ok(x.flatten_all()?.to_dtype(DType::F64)?.to_vec1()?)
}

pub(crate) fn add(total: &mut [f64], part: &[f64]) {
    for (total, part) in total.iter_mut().zip(part) {
        *total += part;
    }
}
