use nalgebra::{Complex, DMatrix};

use super::{pair_transfer, triple_transfer};

/// Eigenvalues of a chain's transfer matrix, computed from its entries.
#[derive(Debug, Clone, PartialEq)]
pub struct TransferSpectrum {
    /// The eigenvalues with multiplicity, largest modulus first.
    pub eigenvalues: Vec<Complex<f64>>,
}

fn spectrum(matrix: &DMatrix<f64>) -> TransferSpectrum {
    let mut eigenvalues: Vec<Complex<f64>> = matrix.complex_eigenvalues().iter().copied().collect();
    eigenvalues.sort_by(|a, b| b.norm().total_cmp(&a.norm()).then(b.im.total_cmp(&a.im)));
    TransferSpectrum { eigenvalues }
}

/// The spectrum of [`pair_transfer`] by nalgebra's Schur decomposition.
///
/// The matrix is defective (the moments grow like ℓᵏ λ^ℓ), so eigenvalues carry an error of about ε^(1/3), not ε.
#[must_use]
pub fn pair_spectrum(width: u64) -> TransferSpectrum {
    let entries = pair_transfer::<f64>(width);
    spectrum(&DMatrix::from_fn(5, 5, |row, column| entries[row][column]))
}

/// The spectrum of [`triple_transfer`]; see [`pair_spectrum`] on its accuracy.
#[must_use]
pub fn triple_spectrum(width: u64) -> TransferSpectrum {
    let entries = triple_transfer::<f64>(width);
    spectrum(&DMatrix::from_fn(7, 7, |row, column| entries[row][column]))
}

/// The two eigenvalues of [`pair_transfer`]: λ = 1 + 5/n (three times) and μ = 1 − 1/n (twice).
///
/// **Source.** proofs/chain-closed-forms.md.
#[must_use]
pub fn pair_eigenvalues(width: u64) -> [f64; 2] {
    let n = width as f64;
    [1.0 + 5.0 / n, 1.0 - 1.0 / n]
}

/// The three eigenvalues of [`triple_transfer`]: (n+4)(n+11)/n², (n−1)(n+6)/n², (n−1)(n−2)/n², with multiplicities 3, 3, 1.
///
/// **Source.** proofs/chain-closed-forms.md.
#[must_use]
pub fn triple_eigenvalues(width: u64) -> [f64; 3] {
    let n = width as f64;
    let square = n * n;
    [(n + 4.0) * (n + 11.0) / square, (n - 1.0) * (n + 6.0) / square, (n - 1.0) * (n - 2.0) / square]
}
