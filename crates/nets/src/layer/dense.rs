use candle_core::Tensor;

use super::{Layer, MatrixSpec};
use crate::fused::{multiple, plus_multiple};
use crate::tensor::plus;
use crate::{NetsError, Pass, Update};

/// z = Σ_e W_e x_e with matrices W_e of its own.
///
/// With δ the gradient that reaches z, W_eᵀ δ reaches x_e, and the gradient by W_e is δ x_eᵀ, a sum over samples. Moving
/// every W_e along it moves z by Σ_e δ (x_eᵀ x_e) + W_e ẋ_e, so the matrix δ x_eᵀ is not formed for the tangent.
pub struct Dense {
    matrices: Vec<MatrixSpec>,
    sources: Vec<usize>,
}

impl Dense {
    /// A matrix for each source.
    #[must_use]
    pub fn new(matrices: Vec<MatrixSpec>, sources: Vec<usize>) -> Self {
        Self { matrices, sources }
    }

    /// Σ_e x_eᵀ x_e over pairs of samples, (N, B, B).
    fn gram(&self, pass: &Pass) -> Result<Tensor, NetsError> {
        let mut gram = None;
        for &source in &self.sources {
            let value = pass.value(source);
            gram = Some(plus(gram, value.t()?.matmul(value)?)?);
        }
        gram.ok_or_else(super::no_term)
    }

    /// δ Σ_e x_eᵀ x_e for `gradient`, (N, n, J·B).
    fn along_gradient(&self, pass: &Pass, at: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        let rows = gradient.contiguous()?.reshape((pass.networks(), (), pass.samples()))?;
        Ok(rows.matmul(pass.gram(at, || self.gram(pass))?)?.reshape(gradient.dims())?)
    }

    /// Σ_e |x_e|², (N, 1, 1).
    fn square_norm(&self, pass: &Pass) -> Result<Tensor, NetsError> {
        let mut square_norm = pass.square_norm(self.sources[0])?;
        for &source in &self.sources[1..] {
            square_norm = (square_norm + pass.square_norm(source)?)?;
        }
        Ok(square_norm)
    }
}

impl Layer for Dense {
    fn matrices(&self) -> &[MatrixSpec] {
        &self.matrices
    }

    fn sources(&self) -> &[usize] {
        &self.sources
    }

    fn forward(&self, pass: &Pass, at: usize) -> Result<Tensor, NetsError> {
        let mut z = pass.weights(at)[0].apply(pass.value(self.sources[0]))?;
        for (matrix, &source) in pass.weights(at).iter().zip(&self.sources).skip(1) {
            z = (z + matrix.apply(pass.value(source))?)?;
        }
        Ok(z)
    }

    fn transpose(&self, pass: &Pass, at: usize, term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        pass.weights(at)[term].apply_transpose(gradient)
    }

    fn tangent(
        &self,
        pass: &Pass,
        at: usize,
        gradient: Option<&Tensor>,
        tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, NetsError> {
        let (mut moved, mut own) = (None, None);
        match gradient {
            Some(gradient) if pass.samples() > 1 => moved = Some(self.along_gradient(pass, at, gradient)?),
            // A number per network, which one pass over memory multiplies and adds.
            Some(gradient) => own = Some((self.square_norm(pass)?, gradient)),
            None => (),
        }
        for (matrix, &source) in pass.weights(at).iter().zip(&self.sources) {
            let Some(tangent) = &tangents[source] else { continue };
            let product = matrix.apply(tangent)?;
            moved = Some(match own.take() {
                Some((square_norm, gradient)) => plus_multiple(&product, &square_norm, gradient)?,
                None => plus(moved, product)?,
            });
        }
        if let Some((square_norm, gradient)) = own {
            moved = Some(multiple(&square_norm, gradient)?);
        }
        Ok(moved)
    }

    fn update(&self, pass: &Pass, term: usize, gradient: &Tensor) -> Result<Update, NetsError> {
        Update::new(gradient.clone(), pass.value(self.sources[term]).clone())
    }
}
