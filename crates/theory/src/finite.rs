use crate::{PairTables, ReluDag, Scalar, SiteEngine, TheoryError, second_moments};

/// The exact law of one gradient step at one vertex and finite width.
#[derive(Debug, Clone, PartialEq)]
pub struct FiniteMoments<S> {
    /// Forward second moment E|z|²/n.
    pub second_moment: S,
    /// A: the part of E[(Δz)²] from the output's square, per unit η².
    pub output_part: S,
    /// B: the part of E[(Δz)²] from the label's square, per unit η² and label variance.
    pub label_part: S,
}

/// Forward second moment, A and B of every reported vertex at width n.
///
/// **Statement.** E[(Δz_i(v))²] = η² (A(v) + B(v) Var y) after one step of gradient descent on ½(f − y)², to first order in η;
/// exact at every width n ≥ 1, no limit and no approximation.
///
/// **Source.** Chen et al. 2024, lemma B.1 and equations 14–24 for the split; the values are proofs/finite-width-law.md. B comes
/// from [`finite_label_parts`], A from [`finite_output_parts`].
///
/// **Domain.** Every [`ReluDag`] that fits in memory, under any gains.
///
/// # Errors
/// Width zero; graphs too large for the tables or for A; [`TheoryError::OutOfRange`] where a result is no double, if doubles are asked for.
///
/// ```
/// use archscale_model::{Architecture, InitRule};
/// use archscale_theory::{ReluDag, finite_moments};
/// use num_rational::BigRational;
/// let program = Architecture::parse("chain:1")?.graph().lower(InitRule::Target)?;
/// let law = finite_moments::<BigRational>(&ReluDag::new(&program, "the finite-width law")?, 2)?;
/// // 1/(4n) + 5/(4n²) at n = 2
/// assert_eq!(law[0].output_part.to_string(), "7/16");
/// assert_eq!(law[0].label_part.to_string(), "1/4");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn finite_moments<S: Scalar>(dag: &ReluDag, width: u64) -> Result<Vec<FiniteMoments<S>>, TheoryError> {
    let label_parts = finite_label_parts(dag, width)?;
    let output_parts = finite_output_parts(dag, width)?;
    let moments = carried(second_moments::<S::Carrier>(dag), "the second moment")?;
    Ok(moments
        .into_iter()
        .zip(output_parts)
        .zip(label_parts)
        .map(|((second_moment, output_part), label_part)| FiniteMoments { second_moment, output_part, label_part })
        .collect())
}

/// B of every reported vertex at width n, which exists where A has too many terms: [`PairTables`].
///
/// # Errors
/// As [`finite_moments`], but for A.
pub fn finite_label_parts<S: Scalar>(dag: &ReluDag, width: u64) -> Result<Vec<S>, TheoryError> {
    carried(PairTables::<S::Carrier>::new(dag, width)?.label_parts(dag), "B")
}

/// A of every reported vertex at width n: [`SiteEngine`].
///
/// # Errors
/// As [`finite_moments`]; graphs with too many terms are refused before they are summed.
pub fn finite_output_parts<S: Scalar>(dag: &ReluDag, width: u64) -> Result<Vec<S>, TheoryError> {
    carried(SiteEngine::<S::Carrier>::new(dag, width)?.output_parts()?, "A")
}

/// One value for each reported vertex, in the numbers that were asked for.
fn carried<S: Scalar>(values: Vec<S::Carrier>, what: &'static str) -> Result<Vec<S>, TheoryError> {
    let count = values.len();
    let one = |(node, value)| S::carried(value, what, || format!("vertex {} of {count}", node + 1));
    values.into_iter().enumerate().map(one).collect()
}
