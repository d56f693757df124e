use crate::{Scalar, TheoryError};

/// A quotient of two polynomials in the width, coefficients from the constant up.
type Entry = (&'static [i64], &'static [i64]);

const ZERO: Entry = (&[0], ONE);
const ONE: &[i64] = &[1];
const N: &[i64] = &[0, 1];
const N2: &[i64] = &[0, 0, 1];

/// Row a, column b: how moment b of one layer enters moment a of the next, in the order SS, St, tt, m, q.
const PAIR: [[Entry; 5]; 5] = [
    [(&[5, 1], N), ZERO, ZERO, ZERO, ZERO],
    [(&[1, 1], &[2]), (&[1, 1], N), ZERO, ZERO, (&[4], N)],
    [(&[0, 1, 1], &[4]), (&[1, 1], ONE), (&[1, 1], N), (&[4], N), ZERO],
    [(N, &[2]), (&[2], ONE), (&[2], N), (&[3, 1], N), ZERO],
    [(ONE, ONE), (&[2], N), ZERO, ZERO, (&[3, 1], N)],
];

/// The same for SSS, SSt, Sq, Stt, Sm, tq, r.
const TRIPLE: [[Entry; 7]; 7] = [
    [(&[44, 15, 1], N2), ZERO, ZERO, ZERO, ZERO, ZERO, ZERO],
    [(&[4, 7, 1], &[0, 2]), (&[4, 7, 1], N2), (&[40, 8], N2), ZERO, ZERO, ZERO, ZERO],
    [(&[5, 1], N), (&[10, 2], N2), (&[34, 13, 1], N2), ZERO, ZERO, ZERO, ZERO],
    [(&[0, 3, 1], &[4]), (&[3, 1], ONE), (&[4, 4], N), (&[3, 1], N), (&[4, 4], N2), (&[8, 8], N2), (&[32], N2)],
    [(&[1, 1], &[2]), (&[2, 2], N), (&[8], N), (&[2, 2], N2), (&[2, 5, 1], N2), (&[16], N2), (&[24, 8], N2)],
    [(&[1, 1], &[2]), (&[2, 2], N), (&[10, 5, 1], &[0, 2]), (&[2, 2], N2), (&[8], N2), (&[10, 5, 1], N2), (&[24, 8], N2)],
    [(ONE, ONE), (&[4], N), (&[6, 2], N), (&[4], N2), (&[6, 2], N2), (&[12, 4], N2), (&[22, 9, 1], N2)],
];

/// Weights of the triple moments of layer ℓ − 1 in A(ℓ; ℓ), to be multiplied by (n + 5)/n⁵.
const OUTPUT_PART: [Entry; 7] =
    [(&[2], ONE), (&[8], N), (&[16], N), (&[8], N2), (&[8, 8], N2), (&[32], N2), (&[48, 16], N2)];

fn polynomial<S: Scalar>(coefficients: &[i64], n: &S) -> S {
    coefficients.iter().rev().fold(S::zero(), |sum, &coefficient| sum * n.clone() + S::ratio(coefficient, 1))
}

fn quotient<S: Scalar>((numerator, denominator): Entry, n: &S) -> S {
    polynomial(numerator, n) / polynomial(denominator, n)
}

fn transfer<S: Scalar, const K: usize>(table: &[[Entry; K]; K], width: u64) -> [[S; K]; K] {
    let n = S::from_integer(width);
    table.map(|row| row.map(|entry| quotient(entry, &n)))
}

fn advance<S: Scalar, const K: usize>(matrix: &[[S; K]; K], state: &[S; K]) -> [S; K] {
    std::array::from_fn(|row| {
        let mut sum = S::zero();
        for (factor, value) in matrix[row].iter().zip(state) {
            sum.add_product(factor, value);
        }
        sum
    })
}

/// Transfer matrix of the two-site moments (SS, St, tt, m, q) from one layer of a chain to the next, at width n.
///
/// **Source.** proofs/chain-closed-forms.md. **Domain.** width ≥ 1.
#[must_use]
pub fn pair_transfer<S: Scalar>(width: u64) -> [[S; 5]; 5] {
    transfer(&PAIR, width)
}

/// Transfer matrix of the three-site moments (SSS, SSt, Sq, Stt, Sm, tq, r), at width n.
///
/// **Source.** proofs/chain-closed-forms.md. **Domain.** width ≥ 1.
#[must_use]
pub fn triple_transfer<S: Scalar>(width: u64) -> [[S; 7]; 7] {
    transfer(&TRIPLE, width)
}

/// Moments of a chain, layer by layer, at finite width: O(1) work a layer.
///
/// **Statement.** Both transfer matrices applied to the state of the input, SS = (n/2)², SSS = (n/2)³, all else zero.
///
/// **Source.** proofs/chain-closed-forms.md; an independent route to [`crate::finite_moments`] on chains.
///
/// ```
/// use archscale_theory::ChainMoments;
/// use num_rational::BigRational;
/// let mut chain = ChainMoments::<BigRational>::new(2)?;
/// chain.advance();
/// // Layer 2 of a two-layer chain at n = 2: 3/4 + 45/8 + 213/16 + 315/32.
/// assert_eq!(chain.output_part().to_string(), "945/32");
/// # Ok::<(), archscale_theory::TheoryError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ChainMoments<S> {
    n: S,
    pair_step: [[S; 5]; 5],
    triple_step: [[S; 7]; 7],
    pair: [S; 5],
    triple: [S; 7],
}

impl<S: Scalar> ChainMoments<S> {
    /// The state before the first layer.
    ///
    /// # Errors
    /// Width zero.
    pub fn new(width: u64) -> Result<Self, TheoryError> {
        if width == 0 {
            return Err(TheoryError::zero_width());
        }
        let n = S::from_integer(width);
        let half = n.clone() / S::from_integer(2);
        let square = half.clone() * half.clone();
        let mut pair: [S; 5] = std::array::from_fn(|_| S::zero());
        let mut triple: [S; 7] = std::array::from_fn(|_| S::zero());
        triple[0] = square.clone() * half;
        pair[0] = square;
        Ok(Self { n, pair_step: pair_transfer(width), triple_step: triple_transfer(width), pair, triple })
    }

    /// Goes one layer deeper.
    pub fn advance(&mut self) {
        self.pair = advance(&self.pair_step, &self.pair);
        self.triple = advance(&self.triple_step, &self.triple);
    }

    /// SS, St, tt, m, q of the current layer's ReLU outputs.
    #[must_use]
    pub fn pair(&self) -> &[S; 5] {
        &self.pair
    }

    /// B of the next layer: n⁻² [SS + (4/n) St + (4/n²)(tt + (n+1) m)].
    #[must_use]
    pub fn label_part(&self) -> S {
        let [ss, st, tt, m, _] = &self.pair;
        let n = &self.n;
        let four = S::from_integer(4) / n.clone();
        let inner = tt.clone() + (n.clone() + S::one()) * m.clone();
        (ss.clone() + four.clone() * st.clone() + four / n.clone() * inner) / (n.clone() * n.clone())
    }

    /// A of the next layer ℓ when it is the last one, A(ℓ; ℓ). For a chain of L layers A(ℓ; L) = (1 + 5/n)^(L−ℓ) A(ℓ; ℓ).
    #[must_use]
    pub fn output_part(&self) -> S {
        let mut sum = S::zero();
        for (entry, value) in OUTPUT_PART.iter().zip(&self.triple) {
            sum.add_product(&quotient(*entry, &self.n), value);
        }
        let fifth = num_traits::pow(self.n.clone(), 5);
        sum * (self.n.clone() + S::from_integer(5)) / fifth
    }
}
