use std::sync::Arc;

use archscale_nets::tensor::of_doubles;
use archscale_nets::{DenseMatrix, Machine, Matrix, Pass, Precision};
use candle_core::Tensor;

use crate::batches::Order;
use crate::loss::{Evaluated, Sum};
use crate::network::Network;
use crate::optimiser::Parameter;
use crate::{History, Member, Optimiser, Protocol, Samples, Status, TrainError};

/// What all blocks of a run share.
pub(crate) struct Run {
    pub(crate) network: Network,
    pub(crate) protocol: Protocol,
    pub(crate) machine: Machine,
    /// That of the protocol, or another that was given in its place.
    pub(crate) optimiser: Arc<dyn Optimiser>,
    /// Steps of the whole run, and of a pass.
    pub(crate) steps: u64,
    pub(crate) steps_per_epoch: u64,
}

/// A network of a block that still takes part.
pub(crate) struct Running {
    /// Its place among the block's histories.
    pub(crate) history: usize,
    pub(crate) rate: f64,
    /// Its place among the block's orders.
    order: usize,
}

/// A few networks that advance together; no block depends on another, nor a network on its neighbours.
pub(crate) struct Block {
    /// By network, in the order in which they were given.
    pub(crate) histories: Vec<History>,
    pub(crate) running: Vec<Running>,
    /// The matrices of the running networks, (G, rows, columns) in the order of [`Network::matrices`].
    pub(crate) parameters: Vec<Parameter>,
    orders: Vec<Order>,
}

impl Block {
    pub(crate) fn new(run: &Run, samples: &Samples, members: &[Member]) -> Result<Self, TrainError> {
        let protocol = &run.protocol;
        let mut orders: Vec<Order> = Vec::new();
        let mut running = Vec::with_capacity(members.len());
        let mut columns: Vec<Vec<f64>> = vec![Vec::new(); run.network.matrices.len()];
        for (history, member) in members.iter().enumerate() {
            let known = orders.iter().position(|order| order.is_of(member.seed));
            let order = known.unwrap_or_else(|| {
                orders.push(Order::new(&protocol.case, member.seed, samples.len(), protocol.batch));
                orders.len() - 1
            });
            running.push(Running { history, rate: member.learning_rate, order });
            for (all, one) in columns.iter_mut().zip(run.network.draw(&protocol.case, member.seed)) {
                all.extend(one);
            }
        }
        let parameters = run.network.matrices.iter().zip(columns).map(|(matrix, entries)| {
            let weights = of_doubles(entries, (members.len(), matrix.spec.rows, matrix.spec.columns), &run.machine)?;
            Parameter::new(matrix.id, weights, matrix.spec.trained.then_some(&*run.optimiser))
        });
        let parameters = parameters.collect::<Result<_, TrainError>>()?;
        let histories = members.iter().map(|_| History::default()).collect();
        Ok(Self { histories, running, parameters, orders })
    }

    /// Takes the steps `from..to`, all of them within the run.
    pub(crate) fn advance(&mut self, run: &Run, samples: &Samples, from: u64, to: u64) -> Result<(), TrainError> {
        for step in from..to {
            if self.running.is_empty() {
                return Ok(());
            }
            self.step(run, samples, step)?;
        }
        Ok(())
    }

    fn step(&mut self, run: &Run, samples: &Samples, step: u64) -> Result<(), TrainError> {
        let mut batches = Vec::with_capacity(self.running.len());
        for running in &self.running {
            batches.push(self.orders[running.order].batch(step).to_vec());
        }
        let pass = self.forward(run, samples, &batches, true)?;
        let found = evaluate(run, &pass, samples, &batches)?;
        let diverged = self.record(run, &found.sums, step);
        let factor = run.protocol.schedule.factor(step, run.steps);
        let rates: Vec<f64> = self.running.iter().map(|running| factor * running.rate).collect();
        let parameters = &mut self.parameters;
        backward(run, &pass, found.gradient, parameters, |parameter, gradient| {
            parameter.step(&*run.optimiser, step, gradient, &rates)
        })?;
        if diverged { self.drop_diverged() } else { Ok(()) }
    }

    /// Notes the minibatch losses; says whether a network has diverged.
    fn record(&mut self, run: &Run, sums: &[Sum], step: u64) -> bool {
        let mut any = false;
        for (running, sum) in self.running.iter().zip(sums) {
            let history = &mut self.histories[running.history];
            let first = *history.first_loss.get_or_insert(sum.loss);
            history.last_loss = Some(sum.loss);
            // Written so that a loss that is no number is caught too; a first loss of 0 leaves nothing to compare with.
            let fine = sum.loss.is_finite() && (first == 0.0 || sum.loss <= run.protocol.divergence * first);
            if !fine {
                history.status = Status::Diverged { step };
                any = true;
                continue;
            }
            history.epoch_sum += sum.loss;
            if (step + 1).is_multiple_of(run.steps_per_epoch) {
                history.epoch_losses.push(history.epoch_sum / run.steps_per_epoch as f64);
                history.epoch_sum = 0.0;
            }
        }
        any
    }

    /// Takes diverged networks out, so that they cost nothing more.
    pub(crate) fn drop_diverged(&mut self) -> Result<(), TrainError> {
        let histories = &self.histories;
        let kept: Vec<bool> =
            self.running.iter().map(|running| histories[running.history].status == Status::Running).collect();
        let indices: Vec<u32> = (0..).zip(&kept).filter(|(_, kept)| **kept).map(|(index, _)| index).collect();
        let mut kept = kept.into_iter();
        self.running.retain(|_| kept.next().unwrap_or(false));
        if indices.is_empty() {
            self.parameters.clear();
            return Ok(());
        }
        for tensor in self.parameters.iter_mut().flat_map(Parameter::tensors_mut) {
            *tensor = tensor.index_select(&Tensor::new(&indices[..], tensor.device())?, 0)?;
        }
        Ok(())
    }

    /// The forward pass of every running network on its own samples; `backward` says whether a backward pass will follow.
    pub(crate) fn forward(
        &self,
        run: &Run,
        samples: &Samples,
        batches: &[Vec<u32>],
        backward: bool,
    ) -> Result<Pass, TrainError> {
        let network = &run.network;
        let weights = (0..network.layers.len()).map(|layer| matrices(&self.parameters[network.own(layer)]));
        let weights = weights.collect::<Result<_, _>>()?;
        let size = batches.first().map_or(0, Vec::len);
        let mut pass = Pass::new(batches.len(), size, &run.machine, weights);
        pass.push(network.data(&gather(samples, batches, &run.machine)?)?);
        network.layers.run(&mut pass, backward)?;
        Ok(pass)
    }
}

/// Losses of a forward pass.
pub(crate) fn evaluate(run: &Run, pass: &Pass, samples: &Samples, batches: &[Vec<u32>]) -> Result<Evaluated, TrainError> {
    run.protocol.loss.evaluate(pass.value(run.network.output()), samples, batches, &run.machine)
}

/// Sends the gradient by the outputs back, and hands every trained matrix with its gradient to `update`.
fn backward(
    run: &Run,
    pass: &Pass,
    outputs: Tensor,
    parameters: &mut [Parameter],
    mut update: impl FnMut(&mut Parameter, Tensor) -> Result<(), TrainError>,
) -> Result<(), TrainError> {
    let network = &run.network;
    network.layers.backward(pass, &[(network.output(), outputs)], &mut |layer, term, gradient| {
        // A matrix moves as soon as its layer has passed its gradient on: it is still in the processor's cache.
        update(&mut parameters[network.first[layer] + term], gradient)
    })
}

/// The weights of some parameters, with which they share their memory.
fn matrices(parameters: &[Parameter]) -> Result<Vec<Arc<dyn Matrix>>, TrainError> {
    let matrix = |parameter: &Parameter| Ok(Arc::new(DenseMatrix::new(parameter.weights.clone())?) as Arc<dyn Matrix>);
    parameters.iter().map(matrix).collect()
}

/// The samples of each network's minibatch, (G, B, d).
fn gather(samples: &Samples, batches: &[Vec<u32>], machine: &Machine) -> Result<Tensor, TrainError> {
    let features = samples.features();
    let count = batches.first().map_or(0, Vec::len);
    let rows = batches.iter().flatten().map(|&sample| &samples.inputs()[sample as usize * features..][..features]);
    let shape = (batches.len(), count, features);
    Ok(match machine.precision() {
        Precision::F64 => {
            let entries: Vec<f64> = rows.flatten().map(|&x| f64::from(x)).collect();
            Tensor::from_vec(entries, shape, machine.device())?
        }
        Precision::F32 => {
            let mut entries: Vec<f32> = Vec::with_capacity(batches.len() * count * features);
            rows.for_each(|row| entries.extend_from_slice(row));
            Tensor::from_vec(entries, shape, machine.device())?
        }
    })
}
