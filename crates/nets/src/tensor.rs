//! What every pass does with tensors.

use candle_core::{D, DType, Tensor};

use crate::{Machine, NetsError, Precision};

/// `fields`, (R, n, J·m), each multiplied by `factor`, (R, n, m).
pub(crate) fn times(fields: &Tensor, factor: &Tensor) -> Result<Tensor, NetsError> {
    let (networks, n, m) = factor.dims3()?;
    if m == 1 || fields.dims() == factor.dims() {
        return Ok(fields.broadcast_mul(factor)?);
    }
    let by_function = fields.reshape((networks, n, (), m))?;
    Ok(by_function.broadcast_mul(&factor.reshape((networks, n, 1, m))?)?.reshape(fields.dims())?)
}

/// a + b, where `None` is zero.
///
/// # Errors
/// A failed tensor operation.
pub fn plus(a: Option<Tensor>, b: Tensor) -> Result<Tensor, NetsError> {
    Ok(match a {
        Some(a) => (a + b)?,
        None => b,
    })
}

/// Sum over all entries of each network, (R).
///
/// # Errors
/// A failed tensor operation.
pub fn sum_entries(x: &Tensor) -> Result<Tensor, NetsError> {
    Ok(x.flatten_from(1)?.sum(D::Minus1)?)
}

/// All entries, in row-major order and double precision.
///
/// # Errors
/// A failed tensor operation.
pub fn host(x: &Tensor) -> Result<Vec<f64>, NetsError> {
    Ok(x.flatten_all()?.to_dtype(DType::F64)?.to_vec1()?)
}

/// A tensor of the machine's format from doubles, row-major.
///
/// # Errors
/// A number of entries that the shape does not have, a failed tensor operation.
pub fn of_doubles(entries: Vec<f64>, shape: (usize, usize, usize), machine: &Machine) -> Result<Tensor, NetsError> {
    Ok(match machine.precision() {
        Precision::F64 => Tensor::from_vec(entries, shape, machine.device())?,
        Precision::F32 => {
            let entries: Vec<f32> = entries.into_iter().map(|x| x as f32).collect();
            Tensor::from_vec(entries, shape, machine.device())?
        }
    })
}

/// Adds to each number of `total` that of `part`.
pub fn add(total: &mut [f64], part: &[f64]) {
    for (total, part) in total.iter_mut().zip(part) {
        *total += part;
    }
}
