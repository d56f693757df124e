use std::fmt;
use std::sync::Arc;

use candle_core::Tensor;

use super::Layer;
use crate::tensor::plus;
use crate::{NetsError, Pass};

/// The tensors of an operation from outside of these crates: y = f(x_1, …, x_k), nothing trained.
///
/// **Shapes.** N networks, n channels, m positions (1 over vectors), B samples (1 in an estimator), J functions at once (1
/// in a trainer). Arguments and value are (N, n, 1, m, B); gradients and tangents are (N, n, J, m, B), so that they
/// broadcast against them. All are contiguous, of one format and on one device. What belongs to a network, a sample or a
/// function must not depend on the others.
///
/// Where an entry overflows, results should not be finite, so that the network is not counted.
///
/// ```
/// use std::sync::Arc;
/// use archscale_model::{Gain, ProgramBuilder};
/// use archscale_nets::layer::{OutsideLayer, OutsideLayers};
/// use archscale_nets::{Draw, NetsError, Networks, StreamKey};
/// use candle_core::Tensor;
///
/// /// y = x − mean(x) over channels: its own transpose and its own tangent.
/// struct Centre;
///
/// impl OutsideLayer for Centre {
///     fn name(&self) -> &str {
///         "centre"
///     }
///
///     fn forward(&self, x: &[&Tensor]) -> Result<Tensor, NetsError> {
///         Ok(x[0].broadcast_sub(&x[0].mean_keepdim(1)?)?)
///     }
///
///     fn transpose(&self, _: &[&Tensor], _: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
///         self.forward(&[gradient])
///     }
///
///     fn tangent(&self, _: &[&Tensor], _: usize, tangent: &Tensor) -> Result<Tensor, NetsError> {
///         self.forward(&[tangent])
///     }
/// }
///
/// let gain = |c: i64| Gain::from_integer(c.into());
/// let mut builder = ProgramBuilder::new();
/// let x = builder.input(gain(1))?;
/// let z = builder.dense(vec![(gain(2), x)])?;
/// let y = builder.outside("centre", vec![z])?;
/// let program = builder.readout(vec![(gain(1), y)])?;
/// let outside = OutsideLayers::new([Arc::new(Centre) as Arc<dyn OutsideLayer>]);
/// let networks = Networks::draw(&program, &Draw { outside, ..Draw::new(4, 10, StreamKey::new("doc", "centre", 1)) }, 0)?;
/// assert!(networks.value(y).sum(1)?.abs()?.max_all()?.to_scalar::<f64>()? < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait OutsideLayer: Send + Sync {
    /// The name under which programs know it; it stands for all parameters too.
    fn name(&self) -> &str;

    /// The value f(x).
    ///
    /// # Errors
    /// A failed tensor operation.
    fn forward(&self, arguments: &[&Tensor]) -> Result<Tensor, NetsError>;

    /// The vector–Jacobian product (∂f/∂x_j)ᵀ δ: what reaches argument `argument` when `gradient` reaches the value.
    ///
    /// # Errors
    /// A failed tensor operation.
    fn transpose(&self, arguments: &[&Tensor], argument: usize, gradient: &Tensor) -> Result<Tensor, NetsError>;

    /// The Jacobian–vector product (∂f/∂x_j) ẋ_j: how the value moves when argument `argument` moves by `tangent`.
    ///
    /// # Errors
    /// A failed tensor operation.
    fn tangent(&self, arguments: &[&Tensor], argument: usize, tangent: &Tensor) -> Result<Tensor, NetsError>;

    /// How many kinks lie between two sets of arguments, (N, 1, 1, 1, 1); `None` for a function that has none.
    ///
    /// # Errors
    /// A failed tensor operation.
    fn kinks(&self, _before: &[&Tensor], _after: &[&Tensor]) -> Result<Option<Tensor>, NetsError> {
        Ok(None)
    }

    /// Tensors of the shape of the value that an evaluation holds at most.
    fn temporaries(&self) -> usize {
        8
    }
}

/// Operations from outside, found by the names under which programs know them.
#[derive(Clone, Default)]
pub struct OutsideLayers(Vec<Arc<dyn OutsideLayer>>);

impl OutsideLayers {
    /// These operations; of several of one name the first counts.
    #[must_use]
    pub fn new(layers: impl IntoIterator<Item = Arc<dyn OutsideLayer>>) -> Self {
        Self(layers.into_iter().collect())
    }

    /// The operation of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<dyn OutsideLayer>> {
        self.0.iter().find(|layer| layer.name() == name)
    }
}

impl fmt::Debug for OutsideLayers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|layer| layer.name())).finish()
    }
}

/// The same operations in the same order.
impl PartialEq for OutsideLayers {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(one, other)| Arc::ptr_eq(one, other))
    }
}

impl Eq for OutsideLayers {}

/// An operation from outside among the others.
pub(super) struct Outside {
    pub(super) rules: Arc<dyn OutsideLayer>,
    pub(super) sources: Vec<usize>,
    /// m.
    pub(super) positions: usize,
}

impl Outside {
    /// From (N, n, J·m·B) to (N, n, J, m, B).
    fn unfold(&self, pass: &Pass, fields: &Tensor) -> Result<Tensor, NetsError> {
        let (networks, channels, _) = fields.dims3()?;
        Ok(fields.contiguous()?.reshape((networks, channels, (), self.positions, pass.samples()))?)
    }

    /// The way back; `like` has the shape.
    fn fold(fields: &Tensor, like: &Tensor) -> Result<Tensor, NetsError> {
        Ok(fields.contiguous()?.reshape(like.dims())?)
    }

    fn arguments(&self, pass: &Pass) -> Result<Vec<Tensor>, NetsError> {
        self.sources.iter().map(|&source| self.unfold(pass, pass.value(source))).collect()
    }
}

fn borrowed(tensors: &[Tensor]) -> Vec<&Tensor> {
    tensors.iter().collect()
}

impl Layer for Outside {
    fn sources(&self) -> &[usize] {
        &self.sources
    }

    fn forward(&self, pass: &Pass, _at: usize) -> Result<Tensor, NetsError> {
        let value = self.rules.forward(&borrowed(&self.arguments(pass)?))?;
        Self::fold(&value, pass.value(self.sources[0]))
    }

    fn transpose(&self, pass: &Pass, _at: usize, term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        let part = self.rules.transpose(&borrowed(&self.arguments(pass)?), term, &self.unfold(pass, gradient)?)?;
        Self::fold(&part, gradient)
    }

    fn tangent(
        &self,
        pass: &Pass,
        _at: usize,
        _gradient: Option<&Tensor>,
        tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, NetsError> {
        let mut moved = None;
        for (term, &source) in self.sources.iter().enumerate() {
            let Some(tangent) = &tangents[source] else { continue };
            let part = self.rules.tangent(&borrowed(&self.arguments(pass)?), term, &self.unfold(pass, tangent)?)?;
            moved = Some(plus(moved, Self::fold(&part, tangent)?)?);
        }
        Ok(moved)
    }

    fn jumps(&self, before: &Pass, after: &Pass, _at: usize) -> Result<Option<Tensor>, NetsError> {
        let (one, other) = (self.arguments(before)?, self.arguments(after)?);
        let count = self.rules.kinks(&borrowed(&one), &borrowed(&other))?;
        count.map(|count| Ok(count.reshape((before.networks(), 1, 1))?)).transpose()
    }

    fn temporaries(&self) -> usize {
        self.rules.temporaries()
    }
}
