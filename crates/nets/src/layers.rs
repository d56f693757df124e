use candle_core::Tensor;

use crate::layer::{Layer, MatrixSpec};
use crate::tensor::plus;
use crate::{NetsError, Pass, Update};

/// Layers, each after those that it reads, and the passes over them.
#[derive(Default)]
pub struct Layers {
    layers: Vec<Box<dyn Layer>>,
    /// By layer: whether its value depends on a trained matrix, so that gradients must reach it.
    trained: Vec<bool>,
}

/// What reaches each layer: a gradient or a tangent, (N, n, J·m·B), or nothing where it is zero throughout.
pub struct Flow(Vec<Option<Tensor>>);

impl Flow {
    /// At layer `layer`, the operation of that number in a program; `None` is zero.
    #[must_use]
    pub fn at(&self, layer: usize) -> Option<&Tensor> {
        self.0.get(layer).and_then(Option::as_ref)
    }
}

/// Receives the gradient by a trained matrix, named by its layer and term: (N, rows, columns).
pub type Sink<'a, E> = &'a mut dyn FnMut(usize, usize, Tensor) -> Result<(), E>;

impl Layers {
    /// Adds a layer, which reads earlier ones; its number.
    pub fn push(&mut self, layer: Box<dyn Layer>) -> usize {
        let own = layer.matrices().iter().any(|matrix| matrix.trained);
        self.trained.push(own || layer.sources().iter().any(|&source| self.trained[source]));
        self.layers.push(layer);
        self.layers.len() - 1
    }

    /// Number of layers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.layers.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// Whether the value of a layer depends on a trained matrix.
    #[must_use]
    pub fn is_trained(&self, layer: usize) -> bool {
        self.trained[layer]
    }

    /// The matrices that a layer owns, one per term or none.
    #[must_use]
    pub fn matrices_of(&self, layer: usize) -> &[MatrixSpec] {
        self.layers[layer].matrices()
    }

    /// All matrices, in the order of the layers.
    pub fn matrices(&self) -> impl Iterator<Item = &MatrixSpec> {
        self.layers.iter().flat_map(|layer| layer.matrices())
    }

    /// Vectors that the layers hold at most beside their values, gradients and tangents.
    pub(crate) fn temporaries(&self) -> usize {
        self.layers.iter().map(|layer| layer.temporaries()).sum()
    }

    /// Computes the values that a pass lacks. Those of layers without trained matrices before them are taken from `before`.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub(crate) fn forward(&self, pass: &mut Pass, before: Option<&Pass>) -> Result<(), NetsError> {
        for at in pass.done()..self.len() {
            let value = match before {
                Some(before) if !self.trained[at] => before.value(at).clone(),
                _ => self.layers[at].forward(pass, at)?,
            };
            pass.push(value);
        }
        Ok(())
    }

    /// Computes the values that a pass lacks.
    ///
    /// With `backward` slopes are kept on the way, which a backward pass then does not compute anew.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn run(&self, pass: &mut Pass, backward: bool) -> Result<(), NetsError> {
        if backward {
            pass.await_gradients(&self.trained);
        }
        self.forward(pass, None)
    }

    /// Gradients, at every layer that depends on a trained matrix, of J functions given by their gradients `seeds` at some
    /// layers.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn gradients(&self, pass: &Pass, seeds: &[(usize, Tensor)]) -> Result<Flow, NetsError> {
        let mut found = vec![None; self.len()];
        self.send_back(pass, seeds, &mut |at, gradient| -> Result<(), NetsError> {
            found[at] = Some(gradient);
            Ok(())
        })?;
        Ok(Flow(found))
    }

    /// Sends the gradients of one function (J = 1) back and hands the gradient by each trained matrix to `sink`, last layer
    /// first.
    ///
    /// A matrix is handed over once its layer has passed its gradient on, so that it may be changed in place.
    ///
    /// # Errors
    /// A failed tensor operation, or what `sink` fails with.
    pub fn backward<E: From<NetsError>>(&self, pass: &Pass, seeds: &[(usize, Tensor)], sink: Sink<'_, E>) -> Result<(), E> {
        self.send_back(pass, seeds, &mut |at, gradient| {
            let layer = &self.layers[at];
            for (term, _) in layer.matrices().iter().enumerate().filter(|(_, matrix)| matrix.trained) {
                sink(at, term, layer.weight_gradient(pass, at, term, &gradient)?)?;
            }
            Ok(())
        })
    }

    /// Hands what reaches each layer to `arrived`, last layer first, after it was sent on to the layer's sources.
    fn send_back<E: From<NetsError>>(
        &self,
        pass: &Pass,
        seeds: &[(usize, Tensor)],
        arrived: &mut dyn FnMut(usize, Tensor) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut flow: Vec<Option<Tensor>> = vec![None; self.len()];
        for (at, seed) in seeds.iter().filter(|(at, _)| self.trained[*at]) {
            flow[*at] = Some(plus(flow[*at].take(), seed.clone())?);
        }
        for (at, layer) in self.layers.iter().enumerate().rev() {
            let Some(gradient) = flow[at].take() else { continue };
            for (term, &source) in layer.sources().iter().enumerate().filter(|(_, source)| self.trained[**source]) {
                let part = layer.transpose(pass, at, term, &gradient)?;
                flow[source] = Some(plus(flow[source].take(), part)?);
            }
            arrived(at, gradient)?;
        }
        Ok(())
    }

    /// Gradients of one function (J = 1) by every matrix as changes of low rank; empty at a layer that the function does not
    /// read.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub(crate) fn updates(&self, pass: &Pass, gradients: &Flow) -> Result<Vec<Vec<Update>>, NetsError> {
        let of_layer = |at: usize| match gradients.at(at) {
            Some(gradient) => {
                let layer = &self.layers[at];
                (0..layer.matrices().len()).map(|term| layer.update(pass, term, gradient)).collect()
            }
            None => Ok(Vec::new()),
        };
        (0..self.len()).map(of_layer).collect()
    }

    /// The tangent pass over the layers before `end`: the derivative of their values when all weights move along the weight
    /// gradients that belong to `gradients`.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn tangents(&self, pass: &Pass, gradients: &Flow, end: usize) -> Result<Flow, NetsError> {
        let mut flow: Vec<Option<Tensor>> = vec![None; end];
        for at in 0..end {
            flow[at] = self.layers[at].tangent(pass, at, gradients.at(at), &flow)?;
        }
        Ok(Flow(flow))
    }

    /// Kinks crossed between two passes that differ in their weights, by layer: (N, 1, 1).
    pub(crate) fn jumps(&self, before: &Pass, after: &Pass) -> Result<Vec<Tensor>, NetsError> {
        let counts = self.layers.iter().enumerate().map(|(at, layer)| layer.jumps(before, after, at));
        counts.filter_map(Result::transpose).collect()
    }
}
