//! Convolutions: one interface, and two ways to the products.
//!
//! `gather` lays out what every position reads and asks the matrix for one product: any device, any kind of matrix. `tiled`
//! does so for a few positions at a time on the host, which for many samples takes half the time.

mod gather;
mod taps;
mod tiled;

use std::sync::Arc;

use archscale_model::{ConvTerm, Grid, Image};
use candle_core::Tensor;

use super::{Layer, MatrixSpec, Place, image, number};
use crate::tensor::plus;
use crate::{NetsError, Pass, Update};

use taps::Taps;
use tiled::Way;

/// z(p) = Σ_e Σ_k W_{e,k} x_e(p + k) with matrices W_e of its own.
///
/// A term's taps stand side by side in one matrix, (N, n, q·c) with column tap·c + channel, and z = W_e X_e, where column p
/// of X_e is what position p reads. Position r of x_e receives Σ_k W_{e,k}ᵀ δ(r − k). The gradient by W_e is δ X_eᵀ, a sum
/// over positions and samples; moving every W_e along it moves z by Σ_e δ (X_eᵀ X_e) + W_e Ẋ_e.
pub struct Conv {
    matrices: Vec<MatrixSpec>,
    sources: Vec<usize>,
    terms: Vec<Part>,
    positions: usize,
}

/// What is particular to a term.
struct Part {
    taps: Taps,
    /// X_eᵀ X_e of the image that it reads, for one channel, and the number of channels; `None` where it reads a field of n
    /// channels.
    image: Option<(Vec<f64>, f64)>,
}

impl Conv {
    /// The convolution of a program.
    ///
    /// # Errors
    /// A kernel that does not fit the grid, a gain that is not a finite number.
    pub(super) fn of_terms(place: &Place<'_>, grid: &Grid, terms: &[ConvTerm]) -> Result<Self, NetsError> {
        let mut own = Self { matrices: Vec::new(), sources: Vec::new(), terms: Vec::new(), positions: grid.positions() };
        for term in terms {
            let image = place.image(term.source);
            let (rows, channels) = match &image {
                Some(image) => (image::rows(image), image::channels(image, place.width)),
                None => (place.width, place.width as f64),
            };
            let taps = Taps::new(grid, term.kernel, &place.name())?;
            let spec = MatrixSpec {
                rows: place.width,
                columns: taps.count.saturating_mul(rows),
                std_dev: (number(&term.gain, &place.name())? / (taps.count as f64 * channels)).sqrt(),
                trained: true,
            };
            own.push(spec, place.layer(term.source), taps, image);
        }
        Ok(own)
    }

    /// A convolution of side `kernel` from one layer by one matrix, which is made of the number of taps; `place` names it in
    /// errors.
    ///
    /// # Errors
    /// A kernel that does not fit the grid.
    pub fn single(
        grid: &Grid,
        kernel: usize,
        source: usize,
        place: &str,
        matrix: impl FnOnce(usize) -> MatrixSpec,
    ) -> Result<Self, NetsError> {
        let mut own = Self { matrices: Vec::new(), sources: Vec::new(), terms: Vec::new(), positions: grid.positions() };
        let taps = Taps::new(grid, kernel, place)?;
        own.push(matrix(taps.count), source, taps, None);
        Ok(own)
    }

    fn push(&mut self, spec: MatrixSpec, source: usize, taps: Taps, image: Option<Arc<Image>>) {
        let image = image.map(|image| (taps.sum_of_shifts(image.gram()), image::channels(&image, spec.rows)));
        self.matrices.push(spec);
        self.sources.push(source);
        self.terms.push(Part { taps, image });
    }

    /// The entries of the matrix of a term, where tiles of positions are the faster way to its products with `fields`.
    fn tiled<'a>(&self, pass: &'a Pass, at: usize, term: usize, fields: &Tensor) -> Option<&'a Tensor> {
        let whole = fields.dim(2).is_ok_and(|columns| columns == self.positions * pass.samples());
        let worth = pass.machine().loops() && pass.samples() > 1 && whole && self.terms[term].image.is_none();
        if worth { pass.weights(at)[term].entries() } else { None }
    }

    /// W_e X_e for fields x_e, (N, c, J·m·B).
    fn product(&self, pass: &Pass, at: usize, term: usize, fields: &Tensor) -> Result<Tensor, NetsError> {
        let taps = &self.terms[term].taps;
        match self.tiled(pass, at, term, fields) {
            Some(entries) => tiled::product(taps, entries, fields, Way::Read),
            None => pass.weights(at)[term].apply(&gather::columns(taps, fields, pass.samples())?),
        }
    }

    /// X_e, (N, q·c, m·B).
    fn columns(&self, pass: &Pass, term: usize) -> Result<Tensor, NetsError> {
        let (value, part) = (pass.value(self.sources[term]), &self.terms[term]);
        if part.image.is_none() {
            return gather::columns(&part.taps, value, pass.samples());
        }
        let one = gather::columns(&part.taps, &value.narrow(0, 0, 1)?, pass.samples())?;
        Ok(one.broadcast_as((pass.networks(), one.dim(1)?, one.dim(2)?))?)
    }

    /// The terms that read fields.
    fn fields(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.terms.len()).filter(|&term| self.terms[term].image.is_none())
    }

    /// Σ_e X_eᵀ X_e over the terms that read fields, (N, m·B, m·B).
    fn gram(&self, pass: &Pass) -> Result<Tensor, NetsError> {
        let mut gram = None;
        for term in self.fields() {
            let columns = self.columns(pass, term)?;
            gram = Some(plus(gram, columns.t()?.matmul(&columns)?)?);
        }
        gram.ok_or_else(super::no_term)
    }

    /// δ Σ_e X_eᵀ X_e for `rows`, (N, J·n, m·B).
    fn along_gradient(&self, pass: &Pass, at: usize, rows: &Tensor) -> Result<Option<Tensor>, NetsError> {
        let (all, mut moved) = (rows.dim(2)?, None);
        for (gram, channels) in self.terms.iter().filter_map(|part| part.image.as_ref()) {
            let gram = Tensor::from_slice(gram, (all, all), pass.machine().device())?.to_dtype(rows.dtype())?;
            let product = rows.reshape(((), all))?.matmul(&gram)?.reshape(rows.dims())?;
            moved = Some(plus(moved, (product * *channels)?)?);
        }
        // Two orders of one product; the cheaper depends on the sizes alone.
        if all <= 2 * self.matrices[0].rows {
            if self.fields().next().is_some() {
                moved = Some(plus(moved, rows.matmul(pass.gram(at, || self.gram(pass))?)?)?);
            }
        } else {
            for term in self.fields() {
                let columns = self.columns(pass, term)?;
                moved = Some(plus(moved, rows.matmul(&columns.t()?)?.matmul(&columns)?)?);
            }
        }
        Ok(moved)
    }
}

impl Layer for Conv {
    fn matrices(&self) -> &[MatrixSpec] {
        &self.matrices
    }

    fn sources(&self) -> &[usize] {
        &self.sources
    }

    fn forward(&self, pass: &Pass, at: usize) -> Result<Tensor, NetsError> {
        let of_term = |term: usize| match self.terms[term].image {
            Some(_) => pass.weights(at)[term].apply(&self.columns(pass, term)?),
            None => self.product(pass, at, term, pass.value(self.sources[term])),
        };
        let mut z = of_term(0)?;
        for term in 1..self.terms.len() {
            z = (z + of_term(term)?)?;
        }
        Ok(z)
    }

    fn transpose(&self, pass: &Pass, at: usize, term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        let taps = &self.terms[term].taps;
        match self.tiled(pass, at, term, gradient) {
            Some(entries) => tiled::product(taps, &tiled::transpose(entries, taps.count)?, gradient, Way::Readers),
            None => gather::collect(taps, &pass.weights(at)[term].apply_transpose(gradient)?, pass.samples()),
        }
    }

    fn tangent(
        &self,
        pass: &Pass,
        at: usize,
        gradient: Option<&Tensor>,
        tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, NetsError> {
        let mut moved = None;
        if let Some(gradient) = gradient {
            let rows = gradient.contiguous()?.reshape((pass.networks(), (), self.positions * pass.samples()))?;
            moved = self.along_gradient(pass, at, &rows)?.map(|moved| moved.reshape(gradient.dims())).transpose()?;
        }
        for (term, &source) in self.sources.iter().enumerate() {
            if let Some(tangent) = &tangents[source] {
                moved = Some(plus(moved, self.product(pass, at, term, tangent)?)?);
            }
        }
        Ok(moved)
    }

    fn update(&self, pass: &Pass, term: usize, gradient: &Tensor) -> Result<Update, NetsError> {
        Update::new(gradient.contiguous()?, self.columns(pass, term)?)
    }

    fn weight_gradient(&self, pass: &Pass, at: usize, term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        match self.tiled(pass, at, term, gradient) {
            Some(_) => tiled::gradient(&self.terms[term].taps, gradient, pass.value(self.sources[term])),
            None => self.update(pass, term, gradient)?.to_tensor(),
        }
    }
}
