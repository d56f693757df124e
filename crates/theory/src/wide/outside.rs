//! Operations from outside as n → ∞: each becomes a sum or a coordinatewise function, and the rest of the theory reads on.

use std::sync::Arc;

use archscale_model::ops::{Outside, Sum, Term};
use archscale_model::{Gain, Op, OpId, Pointwise, Program, ProgramBuilder, Scaled, ops};
use archscale_text::Refusal;
use num_traits::One;

use super::engine::Forward;
use super::program::NO_OUTSIDE_LAW;
use super::{LAW, WideSettings, over_scrambles};
use crate::{GaussianTable, Scalar, TheoryError};

/// What an operation from outside is in the limit of infinite width.
#[derive(Debug, Clone, PartialEq)]
pub enum Limit {
    /// Σ_i m_i x_i over its sources, one multiplier for each; what is in closed form stays so.
    Sum(Vec<f64>),
    /// A coordinatewise function of its sources.
    Pointwise(Arc<Pointwise>),
}

/// The infinite-width law of an operation from outside ([`archscale_model::ops::Outside`]), which its author vouches for.
///
/// **Statement.** The value is y_i = φ(x_i; m), with the numbers m known from moments over neurons of what the operation
/// reads.
///
/// **Domain.** At width n the same formula holds with averages over the n neurons for m: so it is for RMS and layer
/// normalisation. φ is smooth in m where the averages settle. What a gradient or a tangent sends through m is an average
/// over neurons of terms with random signs, of order 1/√n; every E(Δx)² changes by a part of order 1/n. Where m does not
/// settle (a maximum over neurons, the norm of a vector that vanishes) or something in the operation is trained, this is not
/// its law.
///
/// **Source.** proofs/wide-law.md for what follows of it, ours; that these corrections vanish was argued and simulated for
/// norms.
pub trait OutsideLaw {
    /// The name of the operation in programs.
    fn name(&self) -> &str;

    /// What the operation is, given the moments of what it reads.
    ///
    /// # Errors
    /// [`TheoryError::undefined`] where it has no limit, for instance to normalise a vector that vanishes; and those of the
    /// moments.
    fn limit(&self, sources: &mut SourceMoments<'_>) -> Result<Limit, TheoryError>;
}

/// Limiting moments over neurons of what an operation reads; each is evaluated when it is asked for.
pub struct SourceMoments<'a> {
    earlier: &'a ProgramBuilder,
    /// The operation itself, for messages.
    op: OpId,
    sources: &'a [OpId],
    table: &'a mut GaussianTable,
    settings: WideSettings,
    error: &'a mut f64,
}

/// Which moment of one vector.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// E x_i.
    Mean,
    /// E x_i².
    Second,
}

impl SourceMoments<'_> {
    /// How many vectors the operation reads.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sources.len()
    }

    /// lim E x_i of a source, numbered from 0.
    ///
    /// # Errors
    /// Those of [`crate::wide_moments`] before the operation; a source that there is not; the raw input, whose mean is
    /// unknown.
    pub fn mean(&mut self, source: usize) -> Result<f64, TheoryError> {
        let op = self.source(source)?;
        self.of(self.earlier.clone(), op, Moment::Mean)
    }

    /// lim E x_i² of a source.
    ///
    /// # Errors
    /// As [`SourceMoments::mean`], but the raw input has one.
    pub fn second(&mut self, source: usize) -> Result<f64, TheoryError> {
        let op = self.source(source)?;
        self.of(self.earlier.clone(), op, Moment::Second)
    }

    /// lim E x_i y_i of two sources, by (E (x + y)² − E (x − y)²)/4.
    ///
    /// # Errors
    /// As [`SourceMoments::mean`], but the raw input has one with itself.
    pub fn cross(&mut self, one: usize, other: usize) -> Result<f64, TheoryError> {
        let (x, y) = (self.source(one)?, self.source(other)?);
        let mut combined = |sign: Gain| {
            let mut builder = self.earlier.clone();
            let op = builder.sum(vec![(Gain::one(), x), (sign, y)])?;
            self.of(builder, op, Moment::Second)
        };
        Ok((combined(Gain::one())? - combined(-Gain::one())?) / 4.0)
    }

    fn source(&self, index: usize) -> Result<OpId, TheoryError> {
        self.sources.get(index).copied().ok_or_else(|| {
            let found = format!("source {index} of an operation that reads {}", self.sources.len());
            refuse(
                self.op,
                &found,
                "sources are numbered from 0; give the operation in the program as many as its law reads",
            )
        })
    }

    /// A moment of the vector of `op` in a program that still lacks its end.
    fn of(&mut self, mut builder: ProgramBuilder, op: OpId, moment: Moment) -> Result<f64, TheoryError> {
        // A program ends with a readout and has something to train; neither reaches back to the vector.
        let end = builder.dense(vec![(Gain::one(), op)])?;
        let program = builder.readout(vec![(Gain::one(), end)])?;
        let (value, error) = evaluate(&program, op, moment, self.table, self.settings)?;
        let place = || format!("a source of operation {}", self.op);
        *self.error = self.error.max(f64::carried(error, "a moment's error", place)?);
        f64::carried(value, "a moment", place)
    }
}

/// A moment of the vector of an operation and its standard error; the forward pass alone.
fn evaluate(
    program: &Program,
    op: OpId,
    moment: Moment,
    table: &mut GaussianTable,
    settings: WideSettings,
) -> Result<(Scaled, Scaled), TheoryError> {
    let (runs, _) = over_scrambles(program, table, settings, |slot_program, expectations| {
        let mut forward = Forward::run(slot_program, expectations)?;
        let value = match moment {
            Moment::Mean => forward.mean(op)?,
            Moment::Second => forward.second_moment(op)?,
        };
        Ok((value, forward.expectations.sampled, forward.expectations.integrated))
    })?;
    Ok(super::mean(&runs, |value| *value))
}

/// A program in which every operation from outside has become its limit.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LimitProgram {
    /// The program, with the operations under the indices that they had.
    pub program: Program,
    /// Largest standard error of a moment that a law asked for; zero unless quasi-Monte-Carlo was used.
    ///
    /// The laws of the program know nothing of it: their own errors are for its multipliers as they are.
    pub moment_error: f64,
}

/// Replaces every operation from outside by its limit as n → ∞, given its law.
///
/// **Statement.** In topological order, the law of an operation is given the limiting moments of its sources, and its answer
/// takes the operation's place. [`crate::wide_moments`], and all that reads such programs, holds for the result.
///
/// **Source, domain.** [`OutsideLaw`] for each operation; of the program, that of [`crate::wide_moments`]: vectors, no
/// images. Of several laws of one name the first counts. A program without operations from outside comes back as it is.
///
/// # Errors
/// [`TheoryError::OutOfDomain`] for an operation without a law, and for an answer that is no operation on its sources; those
/// of the laws and of the moments that they ask for.
///
/// ```
/// use archscale_model::{Activation, Gain, ProgramBuilder};
/// use archscale_theory::{
///     GaussianTable, Limit, OutsideLaw, SourceMoments, TheoryError, WideSettings, limit_program, wide_moments,
/// };
///
/// /// y = x/(Σ x_i²/n)^½.
/// struct Rms;
///
/// impl OutsideLaw for Rms {
///     fn name(&self) -> &str {
///         "rms"
///     }
///
///     fn limit(&self, sources: &mut SourceMoments<'_>) -> Result<Limit, TheoryError> {
///         Ok(Limit::Sum(vec![1.0 / sources.second(0)?.sqrt()]))
///     }
/// }
///
/// let mut builder = ProgramBuilder::new();
/// let input = builder.input(Gain::new(1.into(), 2.into()))?;
/// let z = builder.dense(vec![(Gain::from_integer(3.into()), input)])?;
/// let h = builder.act(Activation::RELU, z)?;
/// let y = builder.outside("rms", vec![h])?;
/// builder.report_at(1, y, 1)?;
/// let program = builder.readout(vec![(Gain::from_integer(1.into()), y)])?;
/// let limit = limit_program(&program, &[&Rms], &mut GaussianTable::new(), WideSettings::default())?;
/// assert!((wide_moments(&limit.program)?.nodes[0].second_moment - 1.0).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn limit_program(
    program: &Program,
    laws: &[&dyn OutsideLaw],
    table: &mut GaussianTable,
    settings: WideSettings,
) -> Result<LimitProgram, TheoryError> {
    let mut earlier = ProgramBuilder::new();
    let mut moment_error = 0.0;
    for (op, what) in program.ops().iter().enumerate() {
        let known = match what {
            Op::Outside(outside) => {
                let Some(law) = laws.iter().find(|law| law.name() == outside.name) else {
                    return Err(refuse(op, &what.describe(), NO_OUTSIDE_LAW));
                };
                if program.grid_of(op).is_some() {
                    return Err(refuse(op, &format!("{} of an image", what.describe()), "its law is one of vectors"));
                }
                let sources = &outside.sources;
                let error = &mut moment_error;
                let mut moments = SourceMoments { earlier: &earlier, op, sources, table, settings, error };
                in_place(op, outside, law.limit(&mut moments)?)?
            }
            other => other.clone(),
        };
        earlier.add(known)?;
    }
    for node in program.nodes() {
        earlier.report_at(node.id, node.op, node.in_degree)?;
    }
    let readout = program.readout().iter().map(|term| (term.gain.clone(), term.source)).collect();
    Ok(LimitProgram { program: earlier.readout_over(readout, program.positions())?, moment_error })
}

/// The operation that stands for one from outside.
fn in_place(op: OpId, outside: &Outside, limit: Limit) -> Result<Op, TheoryError> {
    let sources = &outside.sources;
    match limit {
        Limit::Sum(multipliers) => {
            if multipliers.len() != sources.len() {
                let (given, read) = (multipliers.len(), sources.len());
                let found = format!(
                    "{given} multipliers from the law of the outside operation {}, which reads {read}",
                    outside.name
                );
                return Err(refuse(op, &found, "the operation's law gives one multiplier for each source"));
            }
            let term = |(multiplier, &source): (f64, &OpId)| {
                let found = format!("a multiplier of {multiplier} from the law of the outside operation {}", outside.name);
                let mend = "a law gives finite multipliers; TheoryError::undefined says where there is no limit";
                Ok(Term { gain: Gain::from_float(multiplier).ok_or_else(|| refuse(op, &found, mend))?, source })
            };
            Ok(Op::Sum(Sum { terms: multipliers.into_iter().zip(sources).map(term).collect::<Result<_, TheoryError>>()? }))
        }
        Limit::Pointwise(function) => Ok(Op::Pointwise(ops::Pointwise { function, sources: sources.clone() })),
    }
}

fn refuse(op: OpId, found: &str, mend: &'static str) -> TheoryError {
    TheoryError::OutOfDomain(Refusal::new(format!("operation {op}"), format!("{found}, which {LAW} does not cover"), mend))
}
