//! Values of the law at each reported vertex, by the method that covers the network.

use archscale_model::{Program, Scaled};
use archscale_theory::{
    Evaluation, LawInput, ReluDag, Scalar, TheoryError, finite_label_parts, finite_output_parts, limit_moments,
    second_moments,
};
use num_rational::BigRational;
use num_traits::Zero;

use super::super::CliError;

/// Second moment, A and B at one vertex; A may have too many terms.
pub(super) struct Parts<S> {
    pub(super) second_moment: S,
    pub(super) output_part: Option<S>,
    pub(super) label_part: S,
}

/// The law's values at each reported vertex.
pub(super) struct Values {
    pub(super) float: Vec<Parts<Scaled>>,
    pub(super) exact: Option<Vec<Parts<BigRational>>>,
    /// Standard error relative to the values, where they are sampled.
    pub(super) relative_error: Option<f64>,
    /// Over an image: the mean squared change at every position.
    pub(super) per_position: Option<Vec<Vec<Scaled>>>,
    pub(super) caveats: Vec<String>,
}

impl Values {
    /// The values at a width, or in the limit; with fractions where `exact`.
    ///
    /// # Errors
    /// A finite width or fractions where no law gives them.
    pub(super) fn of(program: &Program, input: &LawInput, width: Option<u64>, exact: bool) -> Result<Self, CliError> {
        if program.readout_grid().is_some() {
            return Self::over_images(input);
        }
        match (ReluDag::new(program, "the exact law"), width) {
            (Ok(dag), _) => Self::on_dag(&dag, width, exact),
            (Err(error), Some(_)) => Err(CliError::Usage(format!(
                "no law at a finite width here: {error}; leave --width out for the law of infinite width"
            ))),
            (Err(error), None) if exact => Err(CliError::Usage(format!("no exact fractions here: {error}"))),
            (Err(_), None) => Self::wide(input),
        }
    }

    fn on_dag(dag: &ReluDag, width: Option<u64>, exact: bool) -> Result<Self, CliError> {
        let (float, missing) = parts::<Scaled>(dag, width)?;
        let fractions = if exact { Some(parts::<BigRational>(dag, width)?.0) } else { None };
        let caveats = missing.map(|error| format!("B is exact, A is left out: {error}")).into_iter().collect();
        Ok(Self { exact: fractions, caveats, ..Self::plain(float) })
    }

    fn over_images(input: &LawInput) -> Result<Self, CliError> {
        let law = input.spatial()?;
        Ok(Self {
            per_position: Some(law.nodes.iter().map(|at| at.per_position.clone()).collect()),
            caveats: law.caveats.iter().map(ToString::to_string).collect(),
            ..Self::at_limit(law.nodes.iter().map(|at| (at.second_moment, at.mean_squared_change)))
        })
    }

    fn wide(input: &LawInput) -> Result<Self, CliError> {
        let wide = input.wide()?;
        let sampled = matches!(wide.evaluation, Evaluation::QuasiMonteCarlo { .. });
        let law = Self::at_limit(wide.nodes.iter().map(|at| (at.second_moment, at.mean_squared_change)));
        Ok(Self { relative_error: sampled.then(|| wide.relative_error()), ..law })
    }

    /// The limit, where A is zero, from second moments and changes.
    fn at_limit(parts: impl Iterator<Item = (Scaled, Scaled)>) -> Self {
        let part = |(second_moment, label_part)| Parts { second_moment, output_part: Some(Scaled::zero()), label_part };
        Self::plain(parts.map(part).collect())
    }

    fn plain(float: Vec<Parts<Scaled>>) -> Self {
        Self { float, exact: None, relative_error: None, per_position: None, caveats: Vec::new() }
    }
}

/// The parts at each reported vertex of a linear-ReLU DAG, and why A is missing if it is.
fn parts<S: Scalar>(dag: &ReluDag, width: Option<u64>) -> Result<(Vec<Parts<S>>, Option<TheoryError>), CliError> {
    let Some(width) = width else {
        let at_limit = limit_moments::<S>(dag)?.into_iter().map(|at| Parts {
            second_moment: at.second_moment,
            output_part: Some(S::zero()),
            label_part: at.change,
        });
        return Ok((at_limit.collect(), None));
    };
    let label_parts = finite_label_parts::<S>(dag, width)?;
    let (output_parts, missing) = match finite_output_parts::<S>(dag, width) {
        Ok(parts) => (parts.into_iter().map(Some).collect(), None),
        Err(error @ TheoryError::TooLarge { .. }) => (vec![None; label_parts.len()], Some(error)),
        Err(error) => return Err(error.into()),
    };
    let rows = second_moments::<S>(dag).into_iter().zip(output_parts).zip(label_parts);
    let rows = rows.map(|((second_moment, output_part), label_part)| Parts { second_moment, output_part, label_part });
    Ok((rows.collect(), missing))
}
