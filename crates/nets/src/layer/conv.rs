use std::sync::Arc;

use archscale_model::{ConvTerm, Grid, Image, OpId};
use candle_core::Tensor;

use super::taps::Taps;
use super::{Block, Layer, image, number};
use crate::tensor::plus;
use crate::{NetsError, Update};

/// z(p) = Σ_e Σ_k W_{e,k} x_e(p + k) with trained W_e.
///
/// A term's taps stand side by side in one matrix, (R, n, q·c) with column tap·c + channel, and z = W_e X_e, where column p of X_e
/// is what position p reads. The gradient by W_e is δ X_eᵀ; moving every W_e along it moves z by Σ_e δ (X_eᵀ X_e) + W_e Ẋ_e.
pub(super) struct Conv {
    gains: Vec<f64>,
    sources: Vec<OpId>,
    terms: Vec<Part>,
    positions: usize,
}

/// What is particular to a term.
struct Part {
    taps: Taps,
    /// The image it reads, with X_eᵀ X_e of a field of Gram matrix G and one channel; `None` where it reads a field of n channels.
    image: Option<(Arc<Image>, Vec<f64>)>,
}

impl Conv {
    /// `images` tells for each term the image it reads, if it does.
    pub(super) fn new(
        op: OpId,
        grid: &Grid,
        terms: &[ConvTerm],
        images: Vec<Option<Arc<Image>>>,
    ) -> Result<Self, NetsError> {
        let part = |(term, image): (&ConvTerm, Option<Arc<Image>>)| {
            let taps = Taps::new(grid, term.kernel).map_err(|problem| NetsError::Spatial { op, problem })?;
            let with_gram = |image: Arc<Image>| {
                let gram = taps.sum_of_shifts(image.gram());
                (image, gram)
            };
            let image = image.map(with_gram);
            Ok(Part { image, taps })
        };
        Ok(Self {
            gains: terms.iter().map(|term| number(&term.gain, &op)).collect::<Result<_, _>>()?,
            sources: terms.iter().map(|term| term.source).collect(),
            terms: terms.iter().zip(images).map(part).collect::<Result<_, NetsError>>()?,
            positions: grid.positions(),
        })
    }

    /// X_e, (R, q·c, m).
    fn columns(&self, block: &Block, term: usize) -> Result<Tensor, NetsError> {
        let (value, part) = (&block.values[self.sources[term]], &self.terms[term]);
        if part.image.is_none() {
            return part.taps.columns(value);
        }
        let one = part.taps.columns(&value.narrow(0, 0, 1)?)?;
        Ok(one.broadcast_as((block.networks, one.dim(1)?, one.dim(2)?))?)
    }

    /// Σ_e X_eᵀ X_e over the terms that read fields, (R, m, m), computed when first asked for.
    fn gram(&self, block: &Block, op: OpId) -> Result<Option<Tensor>, NetsError> {
        if let Some(gram) = block.grams[op].get() {
            return Ok(Some(gram.clone()));
        }
        let mut gram = None;
        for term in self.fields() {
            let columns = self.columns(block, term)?;
            gram = Some(plus(gram, columns.t()?.matmul(&columns)?)?);
        }
        Ok(gram.map(|gram| block.grams[op].get_or_init(|| gram).clone()))
    }

    /// The terms that read fields.
    fn fields(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.terms.len()).filter(|&term| self.terms[term].image.is_none())
    }

    /// δ Σ_e X_eᵀ X_e for `rows`, (R, J·n, m).
    fn along_gradient(&self, block: &Block, op: OpId, rows: &Tensor) -> Result<Option<Tensor>, NetsError> {
        let (m, mut moved) = (self.positions, None);
        for (image, gram) in self.terms.iter().filter_map(|part| part.image.as_ref()) {
            let gram = Tensor::from_slice(gram, (m, m), &block.device)?.to_dtype(rows.dtype())?;
            let product = rows.reshape(((), m))?.matmul(&gram)?.reshape(rows.dims())?;
            moved = Some(plus(moved, (product * image::channels(image, block.width))?)?);
        }
        // Two orders of one product; the cheaper depends on the sizes alone.
        if m <= 2 * block.width {
            if let Some(gram) = self.gram(block, op)? {
                moved = Some(plus(moved, rows.matmul(&gram)?)?);
            }
        } else {
            for term in self.fields() {
                let columns = self.columns(block, term)?;
                moved = Some(plus(moved, rows.matmul(&columns.t()?)?.matmul(&columns)?)?);
            }
        }
        Ok(moved)
    }
}

impl Layer for Conv {
    fn gains(&self) -> &[f64] {
        &self.gains
    }

    fn fan_in(&self, term: usize, width: usize) -> (usize, f64) {
        let part = &self.terms[term];
        let (rows, channels) = match &part.image {
            Some((image, _)) => (image::rows(image), image::channels(image, width)),
            None => (width, width as f64),
        };
        (part.taps.count.saturating_mul(rows), part.taps.count as f64 * channels)
    }

    fn sources(&self) -> Vec<OpId> {
        self.sources.clone()
    }

    fn forward(&self, block: &Block, op: OpId) -> Result<Tensor, NetsError> {
        let mut z = block.weights[op][0].apply(&self.columns(block, 0)?)?;
        for (term, matrix) in block.weights[op].iter().enumerate().skip(1) {
            z = (z + matrix.apply(&self.columns(block, term)?)?)?;
        }
        Ok(z)
    }

    fn transpose(&self, block: &Block, op: OpId, term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        self.terms[term].taps.collect(&block.weights[op][term].apply_transpose(gradient)?)
    }

    fn tangent(
        &self,
        block: &Block,
        op: OpId,
        gradient: Option<&Tensor>,
        tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, NetsError> {
        let mut moved = None;
        if let Some(gradient) = gradient {
            let rows = gradient.contiguous()?.reshape((block.networks, (), self.positions))?;
            moved = self.along_gradient(block, op, &rows)?.map(|moved| moved.reshape(gradient.dims())).transpose()?;
        }
        for ((matrix, part), &source) in block.weights[op].iter().zip(&self.terms).zip(&self.sources) {
            if let Some(tangent) = &tangents[source] {
                moved = Some(plus(moved, matrix.apply(&part.taps.columns(tangent)?)?)?);
            }
        }
        Ok(moved)
    }

    fn weight_gradients(&self, block: &Block, gradient: &Tensor) -> Result<Vec<Update>, NetsError> {
        let gradient = gradient.contiguous()?;
        (0..self.terms.len()).map(|term| Update::new(gradient.clone(), self.columns(block, term)?)).collect()
    }
}
