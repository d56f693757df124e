use archscale_nets::tensor::{host, of_doubles};

use crate::{ParameterId, TrainError, Trainer};

/// A matrix of one network.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Which one.
    pub id: ParameterId,
    /// Number of rows: the target's neurons.
    pub rows: usize,
    /// Number of columns: the source's neurons or features.
    pub columns: usize,
    /// Whether it is trained.
    pub trained: bool,
    /// Its entries, row-major.
    pub entries: Vec<f64>,
}

impl Trainer {
    /// The matrices of one network; `None` when there is no such network or it diverged.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn parameters(&self, network: usize) -> Result<Option<Vec<Parameter>>, TrainError> {
        let Some((block, at)) = self.place(network) else { return Ok(None) };
        let mut parameters = Vec::new();
        for (matrix, parameter) in self.run.network.matrices.iter().zip(&self.blocks[block].parameters) {
            parameters.push(Parameter {
                id: matrix.id,
                rows: matrix.spec.rows,
                columns: matrix.spec.columns,
                trained: matrix.spec.trained,
                entries: host(&parameter.weights.narrow(0, at, 1)?)?,
            });
        }
        Ok(Some(parameters))
    }

    /// Replaces the matrices of one network by others of the same shapes, in the order of [`Trainer::parameters`]; what the
    /// optimiser remembers stays.
    ///
    /// # Errors
    /// [`TrainError::Parameters`] when there is no such network, it diverged, or shapes differ; a failed tensor operation.
    pub fn set_parameters(&mut self, network: usize, parameters: &[Parameter]) -> Result<(), TrainError> {
        let refuse = |problem: String| Err(TrainError::Parameters { problem });
        let Some((block, at)) = self.place(network) else {
            return refuse(format!("network {network} does not exist or has diverged"));
        };
        let matrices = &self.run.network.matrices;
        if parameters.len() != matrices.len() {
            return refuse(format!("{} are given, and it has {}", parameters.len(), matrices.len()));
        }
        for (matrix, parameter) in matrices.iter().zip(parameters) {
            let wanted = (matrix.id, matrix.spec.rows, matrix.spec.columns);
            if (parameter.id, parameter.rows, parameter.columns) != wanted
                || parameter.entries.len() != matrix.spec.rows * matrix.spec.columns
            {
                return refuse(format!("found {:?} where {wanted:?} is expected", parameter.id));
            }
        }
        for (own, parameter) in self.blocks[block].parameters.iter_mut().zip(parameters) {
            let shape = (1, parameter.rows, parameter.columns);
            let entries = of_doubles(parameter.entries.clone(), shape, &self.run.machine)?;
            own.weights = own.weights.slice_scatter0(&entries, at)?;
        }
        Ok(())
    }

    /// Block of a network, and its place among those that run there.
    fn place(&self, network: usize) -> Option<(usize, usize)> {
        let mut before = 0;
        for (index, block) in self.blocks.iter().enumerate() {
            if let Some(history) = network.checked_sub(before).filter(|history| *history < block.histories.len()) {
                return Some((index, block.running.iter().position(|running| running.history == history)?));
            }
            before += block.histories.len();
        }
        None
    }
}
