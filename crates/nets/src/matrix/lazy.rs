use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candle_core::{Device, Tensor};

use super::basis::Basis;
use super::{Matrix, Update};
use crate::random::normals;
use crate::{NetsError, Precision, StreamKey, TensorId};

/// A Gaussian matrix of R networks that is never made: what its products are asked for is drawn when it is asked for.
///
/// **Statement.** W has independent N(0, s²) entries. Let Q hold orthonormal right queries with W Q = Z known and P
/// orthonormal left queries with Wᵀ P = R known. Given these answers W is distributed as
///
/// W = Z Qᵀ + P Rᵀ (I − QQᵀ) + (I − PPᵀ) W′ (I − QQᵀ), W′ a fresh independent copy,
///
/// because an isotropic Gaussian's components in orthogonal subspaces (of the product of the two spaces) are independent. So
/// a query v = Q a + |v⊥| q with a new direction q has the answer Z a + |v⊥| z, z = P (Rᵀ q) + (I − PPᵀ) g with g ~ N(0, s²
/// I), and q with z joins Q with Z; left queries have the roles exchanged. This is the exact joint law of all products at
/// every width, whatever earlier answers later queries depend on, and it costs n normals and O(n k) operations per query, k
/// = earlier queries.
///
/// **Degenerate queries.** A vector that is zero, or in the span of earlier queries up to its rounding (32 √(k+1) ε of its
/// norm), adds no direction, in each network by itself. A vector whose squared norm underflows counts as zero. A tensor that
/// was asked for before is recognised by its identity, so it must not be changed in place.
///
/// **Random numbers.** The q-th query of either side draws (R, J, length of the answer) normals from the stream
/// [`TensorId::Fresh`], so that networks stay the same when their number grows. Answers are the same for any number of
/// threads provided that the queries come in one order: do not query one matrix from several threads at once.
///
/// **Updates** are kept as outer products beside the Gaussian, and the updated matrix shares the Gaussian with its origin.
///
/// ```
/// use archscale_nets::{LazyGaussian, Matrix, Precision, StreamKey};
/// use candle_core::{Device, Tensor};
/// let key = StreamKey::new("doc", "lazy", 1);
/// let w = LazyGaussian::new(&key, 0, 0, (1, 3, 2), 1.0, Precision::F64, &Device::Cpu);
/// let (x, u) = (Tensor::new(&[[[1.0], [2.0]]], &Device::Cpu)?, Tensor::new(&[[[1.0], [0.5], [-1.0]]], &Device::Cpu)?);
/// let (wx, wu) = (w.apply(&x)?, w.apply_transpose(&u)?);
/// let (left, right) = ((wx * u)?.sum_all()?.to_scalar::<f64>()?, (wu * x)?.sum_all()?.to_scalar::<f64>()?);
/// assert!((left - right).abs() < 1e-14); // uᵀ(W x) = (Wᵀu)ᵀx
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct LazyGaussian {
    gaussian: Arc<Gaussian>,
    /// A and B of each update A Bᵀ, with its factors in A.
    updates: Vec<(Tensor, Tensor)>,
}

struct Gaussian {
    key: StreamKey,
    replicate: u64,
    matrix: u32,
    /// (R, rows, cols).
    shape: (usize, usize, usize),
    std_dev: f64,
    precision: Precision,
    device: Device,
    known: Mutex<Known>,
}

/// All answers so far.
#[derive(Default)]
struct Known {
    queries: u32,
    right: Side,
    left: Side,
}

/// Orthonormal queries of one side with their answers.
#[derive(Default)]
struct Side {
    basis: Basis,
    image: Basis,
    /// What was asked for, with each column's coefficients along the basis: a tensor that comes again draws nothing.
    asked: Vec<(candle_core::TensorId, Vec<Vec<Tensor>>)>,
}

impl LazyGaussian {
    /// The `matrix`-th weight of replicate `replicate`: `shape` is (R, rows, cols), entries are N(0, `std_dev`²).
    ///
    #[must_use]
    pub fn new(
        key: &StreamKey,
        replicate: u64,
        matrix: u32,
        shape: (usize, usize, usize),
        std_dev: f64,
        precision: Precision,
        device: &Device,
    ) -> Self {
        let (key, device, known) = (key.clone(), device.clone(), Mutex::default());
        let gaussian = Arc::new(Gaussian { key, replicate, matrix, shape, std_dev, precision, device, known });
        Self { gaussian, updates: Vec::new() }
    }

    /// Basis vectors held of right and of left queries; some may be zero in some networks.
    #[must_use]
    pub fn ranks(&self) -> (usize, usize) {
        let known = self.gaussian.lock();
        (known.right.basis.len(), known.left.basis.len())
    }

    /// How far the bases are from orthonormal: the largest entry of |QᵀQ − I| and |PᵀP − I| over all networks, a basis
    /// vector that is zero counting for none. The error of an answer relative to the query is of this size.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn orthogonality_loss(&self) -> Result<f64, NetsError> {
        let known = self.gaussian.lock();
        let (right, left) = (known.right.basis.orthogonality_loss()?, known.left.basis.orthogonality_loss()?);
        Ok(if left <= right { right } else { left })
    }
}

impl Gaussian {
    /// A thread that panicked while it held the answers has not left them half written: rows are counted after they are set.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The product of the Gaussian alone with `x`, (R, n, J).
    fn product(&self, x: &Tensor, transposed: bool) -> Result<Tensor, NetsError> {
        let (networks, rows, cols) = self.shape;
        let (of_query, of_answer) = if transposed { (rows, cols) } else { (cols, rows) };
        let columns = match x.dims() {
            &[r, n, columns] if r == networks && n == of_query => columns,
            other => {
                return Err(NetsError::Shape {
                    place: "a product with a lazy matrix",
                    found: format!("{other:?}"),
                    wanted: format!("({networks}, {of_query}, J)"),
                });
            }
        };
        let mut known = self.lock();
        let Known { queries, right, left } = &mut *known;
        let (side, other) = if transposed { (left, right) } else { (right, left) };
        let asked = side.asked.iter().find(|(asked, _)| *asked == x.id());
        let coefficients = match asked {
            Some((_, coefficients)) => coefficients.clone(),
            None => {
                let stream = (&self.key, self.replicate, TensorId::Fresh { matrix: self.matrix, query: *queries });
                *queries += 1;
                let shape = (networks, columns, of_answer);
                let fresh = normals(stream, self.std_dev, shape, self.precision, &self.device)?;
                let coefficients = side.learn(other, x, &fresh)?;
                side.asked.push((x.id(), coefficients.clone()));
                coefficients
            }
        };
        let answers = coefficients.iter().map(|of_column| {
            let answer = side.image.combine(of_column)?;
            // There is an image for every coefficient, and a coefficient for every column.
            Ok(match answer {
                Some(answer) => answer.reshape((networks, of_answer, 1))?,
                None => Tensor::zeros((networks, of_answer, 1), self.precision.dtype(), &self.device)?,
            })
        });
        let answers = answers.collect::<Result<Vec<Tensor>, NetsError>>()?;
        Ok(if columns == 1 { answers[0].clone() } else { Tensor::cat(&answers, 2)? })
    }
}

impl Side {
    /// Adds the directions of the columns of a query, (R, n, J), with their answers, given what the other side knows and
    /// fresh normals, (R, J, length of an answer). Returns each column's coefficients along the basis.
    fn learn(&mut self, other: &Self, query: &Tensor, fresh: &Tensor) -> Result<Vec<Vec<Tensor>>, NetsError> {
        let (networks, n, columns) = query.dims3()?;
        let column = |column: usize| {
            // Reshaping one of several columns copies it.
            query.narrow(2, column, 1)?.reshape((networks, 1, n))
        };
        let mut coefficients = Vec::with_capacity(columns);
        for j in 0..columns {
            let direction = self.basis.direction(&column(j)?)?;
            let fresh = fresh.narrow(1, j, 1)?.contiguous()?;
            let image = other.basis.answer_to(&direction.unit, &other.image, fresh)?;
            self.basis.push(direction.unit);
            self.image.push(image);
            coefficients.push(direction.coefficients);
        }
        Ok(coefficients)
    }
}

impl Matrix for LazyGaussian {
    fn shape(&self) -> (usize, usize, usize) {
        self.gaussian.shape
    }

    fn apply(&self, x: &Tensor) -> Result<Tensor, NetsError> {
        let mut product = self.gaussian.product(x, false)?;
        for (left, right) in &self.updates {
            product = (product + left.matmul(&right.t()?.matmul(x)?)?)?;
        }
        Ok(product)
    }

    fn apply_transpose(&self, u: &Tensor) -> Result<Tensor, NetsError> {
        let mut product = self.gaussian.product(u, true)?;
        for (left, right) in &self.updates {
            product = (product + right.matmul(&left.t()?.matmul(u)?)?)?;
        }
        Ok(product)
    }

    fn plus(&self, update: &Update, factors: &Tensor) -> Result<Arc<dyn Matrix>, NetsError> {
        let mut updates = self.updates.clone();
        updates.push((update.left().broadcast_mul(factors)?, update.right().clone()));
        Ok(Arc::new(Self { gaussian: Arc::clone(&self.gaussian), updates }))
    }

    fn to_tensor(&self) -> Result<Tensor, NetsError> {
        let Gaussian { shape: (networks, _, cols), precision, device, .. } = &*self.gaussian;
        let identity = Tensor::eye(*cols, precision.dtype(), device)?.reshape((1, *cols, *cols))?;
        self.apply(&identity.broadcast_as((*networks, *cols, *cols))?.contiguous()?)
    }
}
