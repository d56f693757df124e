use std::sync::Arc;

use archscale_model::{OpId, Program};
use candle_core::Tensor;

use crate::layer::MatrixSpec;
use crate::patterns::Patterns;
use crate::random::normals;
use crate::tensor::{add, host, sum_entries};
use crate::{
    DenseMatrix, Draw, Flow, LazyGaussian, Machine, Matrix, NetsError, Network, Pass, Spare, StreamKey, TensorId, Update,
    Weights,
};

/// A block of R independent networks of width n: weights, values, and the derivatives that every estimate is made of.
///
/// Shapes: weights (R, n, n) with the target neuron first, made or lazy; values (R, n, 1); gradients and tangents
/// (R, n, J) for J scalar functions at once. In a program over images of m positions values are (R, n, m) and gradients (R,
/// n, J·m), the positions of a function side by side; the weights of a convolution of q taps are (R, n, q·n), column tap·n +
/// channel with taps as in [`Grid::taps`](archscale_model::Grid::taps). An image's value is (R, rank, m): √N U with UᵀU its
/// Gram matrix, as many rows as that has rank, which stand for its N channels; a convolution that reads it has q·rank
/// columns.
///
/// ```
/// use archscale_model::{Architecture, InitRule};
/// use archscale_nets::{Draw, Networks, StreamKey};
/// let program = Architecture::parse("chain:2")?.graph().lower(InitRule::Target)?;
/// let networks = Networks::draw(&program, &Draw::new(4, 10, StreamKey::new("doc", "chain:2", 1)), 0)?;
/// assert_eq!(networks.value(program.nodes()[0].op).dims(), [10, 4, 1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Networks {
    network: Arc<Network>,
    pass: Pass,
}

impl Networks {
    /// Draws the weights of replicate `replicate` and runs the forward pass.
    ///
    /// # Errors
    /// A device that cannot be used, an operation from outside that is not given, a failed tensor operation.
    pub fn draw(program: &Program, draw: &Draw, replicate: u64) -> Result<Self, NetsError> {
        let network = Arc::new(Network::new(program, draw.width, &draw.outside)?);
        Self::draw_on(&network, draw, replicate, &Machine::open(draw.device, draw.precision)?, &Spare::default())
    }

    /// Networks with the given weights, in the order of [`weights`](Self::weights) over all operations, and their forward
    /// pass.
    ///
    /// Of `draw` the key and the number of networks do not count; width, device and precision must be those of the weights.
    ///
    /// # Errors
    /// A number of matrices or a shape that the program does not have, and as [`draw`](Self::draw).
    pub fn with_weights(program: &Program, draw: &Draw, weights: Vec<Arc<dyn Matrix>>) -> Result<Self, NetsError> {
        let network = Arc::new(Network::new(program, draw.width, &draw.outside)?);
        let networks = weights.first().map_or(1, |matrix| matrix.shape().0);
        let wanted: Vec<_> = network.layers.matrices().map(|matrix| (networks, matrix.rows, matrix.columns)).collect();
        let found: Vec<_> = weights.iter().map(|matrix| matrix.shape()).collect();
        if found != wanted {
            let (found, wanted) = (format!("{found:?}"), format!("{wanted:?}"));
            return Err(NetsError::Shape { place: "the weights of a program", found, wanted });
        }
        let mut weights = weights.into_iter();
        let of_layer = |layer: usize| weights.by_ref().take(network.layers.matrices_of(layer).len()).collect();
        let weights = (0..network.operations()).map(of_layer).collect();
        let pass = Pass::new(networks, 1, &Machine::open(draw.device, draw.precision)?, weights);
        Self::forward(network, pass, None)
    }

    /// As [`draw`](Self::draw) for a network that is read already, on a machine that is open, in memory that other blocks
    /// left.
    ///
    /// Of `draw` the width, the device and the precision are those of the network and the machine.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn draw_on(
        network: &Arc<Network>,
        draw: &Draw,
        replicate: u64,
        machine: &Machine,
        spare: &Spare,
    ) -> Result<Self, NetsError> {
        let (networks, key, precision, device) = (draw.networks, &draw.key, machine.precision(), machine.device());
        let mut index = 0;
        let mut drawn = |matrix: &MatrixSpec| -> Result<Arc<dyn Matrix>, NetsError> {
            let (k, std_dev, shape) = (index, matrix.std_dev, (networks, matrix.rows, matrix.columns));
            index += 1;
            Ok(match draw.weights {
                Weights::Lazy => Arc::new(LazyGaussian::new(key, replicate, k, shape, std_dev, precision, device)),
                Weights::Dense | Weights::Auto => {
                    let stream = (key, replicate, TensorId::Weight(k));
                    Arc::new(DenseMatrix::new(spare.normals(stream, std_dev, shape, precision, device)?)?)
                }
            })
        };
        let mut of_layer = |layer: usize| network.layers.matrices_of(layer).iter().map(&mut drawn).collect();
        let weights = (0..network.operations()).map(&mut of_layer).collect::<Result<_, _>>()?;
        Self::forward(Arc::clone(network), Pass::new(networks, 1, machine, weights), None)
    }

    /// Leaves the memory of its matrices, if they have entries, to another block. Nothing else may refer to them.
    pub fn leave(self, spare: &Spare) {
        let held = self.pass.all_weights().iter().flatten().filter_map(|matrix| matrix.entries());
        held.for_each(|entries| spare.give(entries.clone()));
    }

    fn forward(network: Arc<Network>, mut pass: Pass, before: Option<&Pass>) -> Result<Self, NetsError> {
        network.layers.forward(&mut pass, before)?;
        Ok(Self { network, pass })
    }

    /// Draws one readout vector per readout term, shaped as the value that it reads: (R, n, 1) with entries N(0, C/n²).
    ///
    /// Over an image it is (R, n, m): the same entries divided by m at every position for the average, independent entries
    /// N(0, C/(n² m)) to flatten, entries at one position alone for that.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn draw_readout(&self, key: &StreamKey, replicate: u64) -> Result<Vec<Tensor>, NetsError> {
        self.draw_feature_weights(key, replicate)?.iter().map(|weights| self.spread(weights)).collect()
    }

    /// Draws a weight N(0, C/n²) for every feature of every readout term, (R, n·S, 1) for S patterns over positions.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn draw_feature_weights(&self, key: &StreamKey, replicate: u64) -> Result<Vec<Tensor>, NetsError> {
        let patterns = self.network.patterns.as_ref().map_or(1, Patterns::count);
        let drawn = |(term, (gain, source)): (u32, (f64, OpId))| {
            let stream = (key, replicate, TensorId::Readout(term));
            let shape = (self.networks(), self.value(source).dim(1)? * patterns, 1);
            let machine = self.pass.machine();
            normals(stream, gain.sqrt() / self.width() as f64, shape, machine.precision(), machine.device())
        };
        (0..).zip(self.network.readout()).map(drawn).collect()
    }

    /// The readout over positions that has these weights of its features.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn spread(&self, weights: &Tensor) -> Result<Tensor, NetsError> {
        self.network.patterns.as_ref().map_or(Ok(weights.clone()), |patterns| patterns.spread(weights, 1))
    }

    /// R, the number of networks.
    #[must_use]
    pub fn networks(&self) -> usize {
        self.pass.networks()
    }

    /// n, the width.
    #[must_use]
    pub fn width(&self) -> usize {
        self.network.width()
    }

    /// m, the number of positions; 1 in a program over vectors.
    #[must_use]
    pub fn positions(&self) -> usize {
        self.network.positions()
    }

    /// The trained matrices of operation `op`, one per term.
    #[must_use]
    pub fn weights(&self, op: OpId) -> &[Arc<dyn Matrix>] {
        self.pass.weights(op)
    }

    /// The value of operation `op`.
    #[must_use]
    pub fn value(&self, op: OpId) -> &Tensor {
        self.pass.value(op)
    }

    /// |x|² of each network at operation `op`, over all positions.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn square_norm(&self, op: OpId) -> Result<Vec<f64>, NetsError> {
        host(&self.pass.square_norm(op)?)
    }

    /// |φ|² of the features φ of operation `op`, (R, 1, 1), on the device.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn feature_norm(&self, op: OpId) -> Result<Tensor, NetsError> {
        match &self.network.patterns {
            None => self.pass.square_norm(op),
            Some(patterns) => Ok(patterns.features(self.value(op), 1, true)?.sqr()?.sum_keepdim((1, 2))?),
        }
    }

    /// f = Σ_e w_e·x_e of each network, for readout vectors of [`draw_readout`](Self::draw_readout).
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn output(&self, readout: &[Tensor]) -> Result<Vec<f64>, NetsError> {
        let mut f = vec![0.0; self.networks()];
        for (vector, (_, source)) in readout.iter().zip(self.network.readout()) {
            add(&mut f, &host(&sum_entries(&(vector * self.value(source))?)?)?);
        }
        Ok(f)
    }

    /// Gradients, at every operation that depends on a trained matrix, of J functions given by their gradients `seeds` at
    /// some operations (added up where an operation is named twice). For f they are the readout vectors at its sources.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn gradients(&self, seeds: &[(OpId, Tensor)]) -> Result<Flow, NetsError> {
        self.network.layers.gradients(&self.pass, seeds)
    }

    /// Gradients of one function (J = 1) by every trained matrix, as [`weights`](Self::weights) are ordered; empty at an
    /// operation that the function does not read.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn weight_gradients(&self, gradients: &Flow) -> Result<Vec<Vec<Update>>, NetsError> {
        self.network.layers.updates(&self.pass, gradients)
    }

    /// The tangent pass: derivative of the value of every operation up to the last reported one when all weights move along
    /// the weight gradients that belong to `gradients`. At z_i it is Σ_μ ∂_μ z_i ∂_μ φ for each of the J functions φ.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn tangents(&self, gradients: &Flow) -> Result<Flow, NetsError> {
        self.tangents_until(gradients, self.network.reported_end)
    }

    /// As [`tangents`](Self::tangents), of the operations before `end`.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn tangents_until(&self, gradients: &Flow, end: usize) -> Result<Flow, NetsError> {
        self.network.layers.tangents(&self.pass, gradients, end)
    }

    /// The same networks after W ← W + c_r D, with one factor c_r per network and a direction D shaped as
    /// [`weight_gradients`](Self::weight_gradients), and their new values.
    ///
    /// # Errors
    /// A failed tensor operation, or factors whose number is not R.
    pub fn moved(&self, factors: &[f64], direction: &[Vec<Update>]) -> Result<Self, NetsError> {
        let (networks, machine) = (self.networks(), self.pass.machine());
        let factors = Tensor::new(factors, machine.device())?.to_dtype(machine.dtype())?.reshape((networks, 1, 1))?;
        let mut weights = self.pass.all_weights().to_vec();
        for (matrices, directions) in weights.iter_mut().zip(direction) {
            for (matrix, direction) in matrices.iter_mut().zip(directions) {
                *matrix = matrix.plus(direction, &factors)?;
            }
        }
        Self::forward(Arc::clone(&self.network), Pass::new(networks, 1, machine, weights), Some(&self.pass))
    }

    /// How many kinks were crossed (a ReLU gate opened or closed) between these networks and `moved` ones, over all neurons.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn jumps(&self, moved: &Self) -> Result<Vec<f64>, NetsError> {
        let mut jumps = vec![0.0; self.networks()];
        for count in self.network.layers.jumps(&self.pass, &moved.pass)? {
            add(&mut jumps, &host(&count)?);
        }
        Ok(jumps)
    }

    /// What the readout reads of the field at operation `op`: its features, (R, n·S, 1), for S patterns over positions.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn features(&self, op: OpId) -> Result<Tensor, NetsError> {
        let value = self.value(op);
        self.network.patterns.as_ref().map_or(Ok(value.clone()), |patterns| patterns.features(value, 1, true))
    }

    /// The gradients of the features `start..start + count` for every network, (R, n, count·m): over vectors, columns of the
    /// identity.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn feature_seeds(&self, start: usize, count: usize) -> Result<Tensor, NetsError> {
        let (networks, n, machine) = (self.networks(), self.width(), self.pass.machine());
        if let Some(patterns) = &self.network.patterns {
            let seeds = patterns.seeds(n, start, count, machine.precision(), machine.device())?;
            return Ok(seeds.broadcast_as((networks, n, count * self.positions()))?.contiguous()?);
        }
        let mut entries = vec![0.0; n * count];
        for column in 0..count {
            entries[(start + column) * count + column] = 1.0;
        }
        let columns = Tensor::from_vec(entries, (1, n, count), machine.device())?.to_dtype(machine.dtype())?;
        Ok(columns.broadcast_as((networks, n, count))?.contiguous()?)
    }
}
