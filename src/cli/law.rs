use std::collections::BTreeMap;

use archscale_model::{Network, Program, Scaled};
use archscale_theory::{
    Evaluation, LAWS, LawInput, ReluDag, Scalar, TheoryError, finite_label_parts, finite_output_parts, limit_moments,
    second_moments,
};
use num_rational::BigRational;
use num_traits::Zero;
use serde::Serialize;

use super::domain::{Assumes, drift};
use super::field::{self, Field};
use super::{CliError, Ending, args, define, output};

#[derive(Debug, Serialize)]
struct LawReport {
    architecture: String,
    assumes: Assumes,
    width: WidthField,
    init: String,
    convention: String,
    activation: String,
    /// Where the law is evaluated by sampling: the standard error relative to the values.
    #[serde(skip_serializing_if = "Option::is_none")]
    relative_error: Option<f64>,
    vertices: Vec<VertexLaw>,
    /// Law by law; null where a law sets no bound, or beside its logarithm.
    learning_rate: BTreeMap<&'static str, Option<f64>>,
    /// Decimal logarithms of the rates beyond double precision.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    learning_rate_log10: BTreeMap<&'static str, f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum WidthField {
    Finite(u64),
    Infinite(&'static str),
}

impl From<args::Width> for WidthField {
    fn from(width: args::Width) -> Self {
        width.finite().map_or(Self::Infinite("inf"), Self::Finite)
    }
}

#[derive(Debug, Serialize)]
struct VertexLaw {
    id: usize,
    in_degree: usize,
    #[serde(flatten)]
    second_moment: Field,
    #[serde(flatten)]
    output_part: Field,
    #[serde(flatten)]
    label_part: Field,
    /// A + B, where A is known.
    #[serde(flatten)]
    mean_squared_change: Field,
    #[serde(rename = "A_exact", skip_serializing_if = "Option::is_none")]
    output_part_exact: Option<String>,
    #[serde(rename = "B_exact", skip_serializing_if = "Option::is_none")]
    label_part_exact: Option<String>,
    /// Over an image: the mean squared change at every position.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_position: Option<Vec<Option<f64>>>,
    /// Decimal logarithms at those positions, where one of them is beyond double precision.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_position_log10: Option<Vec<f64>>,
}

/// Second moment, A and B at one vertex; A may have too many terms.
struct Parts<S> {
    second_moment: S,
    output_part: Option<S>,
    label_part: S,
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

/// The law's values at each reported vertex.
struct Values {
    float: Vec<Parts<Scaled>>,
    exact: Option<Vec<Parts<BigRational>>>,
    relative_error: Option<f64>,
    per_position: Option<Vec<Vec<Scaled>>>,
    caveats: Vec<String>,
}

impl Values {
    /// The limit, where A is zero, from second moments and changes.
    fn at_limit(parts: impl Iterator<Item = (Scaled, Scaled)>) -> Self {
        let part = |(second_moment, label_part)| Parts { second_moment, output_part: Some(Scaled::zero()), label_part };
        Self::of(parts.map(part).collect())
    }

    fn of(float: Vec<Parts<Scaled>>) -> Self {
        Self { float, exact: None, relative_error: None, per_position: None, caveats: Vec::new() }
    }
}

fn over_images(input: &LawInput) -> Result<Values, CliError> {
    let law = input.spatial()?;
    Ok(Values {
        per_position: Some(law.nodes.iter().map(|at| at.per_position.clone()).collect()),
        caveats: law.caveats.iter().map(ToString::to_string).collect(),
        ..Values::at_limit(law.nodes.iter().map(|at| (at.second_moment, at.mean_squared_change)))
    })
}

fn values(program: &Program, input: &LawInput, width: Option<u64>, exact: bool) -> Result<Values, CliError> {
    if program.readout_grid().is_some() {
        return over_images(input);
    }
    match (ReluDag::new(program, "the exact law"), width) {
        (Ok(dag), _) => {
            let (float, missing) = parts::<Scaled>(&dag, width)?;
            let fractions = if exact { Some(parts::<BigRational>(&dag, width)?.0) } else { None };
            let caveats = missing.map(|error| format!("B is exact, A is left out: {error}")).into_iter().collect();
            Ok(Values { exact: fractions, caveats, ..Values::of(float) })
        }
        (Err(error), Some(_)) => Err(CliError::Usage(format!(
            "no law at a finite width here: {error}; leave --width out for the law of infinite width"
        ))),
        (Err(error), None) if exact => Err(CliError::Usage(format!("no exact fractions here: {error}"))),
        (Err(_), None) => {
            let wide = input.wide()?;
            let sampled = matches!(wide.evaluation, Evaluation::QuasiMonteCarlo { .. });
            let law = Values::at_limit(wide.nodes.iter().map(|at| (at.second_moment, at.mean_squared_change)));
            Ok(Values { relative_error: sampled.then(|| wide.relative_error()), ..law })
        }
    }
}

/// Vertices of a long list that are shown at each of its ends.
const ENDS: usize = 20;

pub(crate) fn run(options: &args::Law) -> Result<Ending, CliError> {
    if options.define {
        return define::run(options.json);
    }
    let assumes = options.training.assumes(options.width.finite())?;
    let architecture = options.network()?;
    let how = options.rules.lowering(&architecture);
    let width = options.width.finite();
    // Before an image of any size is laid out.
    if matches!(architecture, Network::Images(_)) && (options.exact || width.is_some()) {
        let what = if options.exact { "exact fractions" } else { "a finite width" };
        return Err(CliError::Usage(format!(
            "no law at {what} over images: only the limit of many channels is known; leave --width and --exact out"
        )));
    }
    let program = architecture.lower(&how)?;
    let input = LawInput::of(&architecture, &how, width)?;
    let values = values(&program, &input, width, options.exact)?;
    let vertices = program
        .nodes()
        .iter()
        .enumerate()
        .map(|(index, node)| {
            let exact = values.exact.as_ref().map(|exact| &exact[index]);
            let Parts { second_moment, output_part, label_part } = values.float[index];
            let positions = values.per_position.as_ref().map(|list| &list[index]);
            let far = positions.filter(|list| list.iter().any(|change| change.fit().is_none()));
            VertexLaw {
                id: node.id,
                in_degree: node.in_degree,
                second_moment: Field::new("second_moment", second_moment),
                output_part: Field::maybe("A", output_part),
                label_part: Field::new("B", label_part),
                mean_squared_change: Field::maybe("mean_squared_change", output_part.map(|part| part + label_part)),
                output_part_exact: exact.and_then(|exact| exact.output_part.as_ref()).map(ToString::to_string),
                label_part_exact: exact.map(|exact| exact.label_part.to_string()),
                per_position: positions.map(|list| list.iter().map(|change| change.fit()).collect()),
                per_position_log10: far.map(|list| list.iter().map(|change| change.log10()).collect()),
            }
        })
        .collect();
    let rates: Vec<_> = LAWS.iter().map(|law| (law, (law.rate)(&input))).collect();
    let drifts = drift(program.nodes().iter().zip(&values.float).map(|(node, at)| (node.id, at.second_moment)), how.init);
    let report = LawReport {
        architecture: architecture.text(),
        assumes,
        width: options.width.into(),
        init: how.init.to_string(),
        convention: how.convention.to_string(),
        activation: how.activation.to_string(),
        relative_error: values.relative_error,
        vertices,
        learning_rate: rates.iter().map(|(law, rate)| (law.id, rate.as_ref().ok().and_then(|rate| rate.fit()))).collect(),
        learning_rate_log10: rates
            .iter()
            .filter_map(|(law, rate)| Some((law.id, field::log10(*rate.as_ref().ok()?)?)))
            .collect(),
        warnings: [architecture.warnings(), values.caveats, drifts].concat(),
    };
    output::warn(&report.warnings);
    if options.json {
        output::print_json(&report)?;
        return Ok(Ending::Done);
    }
    output::print(&report.assumes.to_string())?;
    let mut heading = vec!["vertex", "in-degree", "E|z|²/n", "A/η²", "B/η²"];
    if options.exact {
        heading.extend(["A exact", "B exact"]);
    }
    let mut table = output::table(&heading);
    let count = report.vertices.len();
    // Both ends of a long list; its middle is in the JSON.
    let left_out = if count > 2 * ENDS + 1 { ENDS..count - ENDS } else { 0..0 };
    for (index, vertex) in report.vertices.iter().enumerate() {
        if left_out.contains(&index) {
            if index == left_out.start {
                let columns = heading.len();
                let mut row = vec![format!("… {} more (--json)", left_out.len())];
                row.resize(columns, "…".into());
                table.add_row(row);
            }
            continue;
        }
        let mut row = vec![
            vertex.id.to_string(),
            vertex.in_degree.to_string(),
            vertex.second_moment.text(),
            vertex.output_part.text(),
            vertex.label_part.text(),
        ];
        if options.exact {
            let exact = |text: &Option<String>| text.as_ref().map_or_else(|| "—".into(), |text| output::exact(text));
            row.extend([exact(&vertex.output_part_exact), exact(&vertex.label_part_exact)]);
        }
        table.add_row(row);
    }
    output::print(&table.to_string())?;
    output::print(&define::legend(&["E|z|²/n", "A", "B"]))?;
    if let Some(error) = report.relative_error {
        output::print(&format!("Evaluated by quasi-Monte-Carlo, relative standard error {error:.1e}."))?;
    }
    let mut table =
        output::table(&["law", "learning rate, up to a constant", "formula", "source"]).details(&["formula", "source"]);
    for (law, rate) in rates {
        let rate = rate.map_or_else(|gap| gap.to_string(), field::text);
        table.add_row(vec![law.id.to_string(), rate, law.formula.into(), law.source.into()]);
    }
    output::print(&table.to_string())?;
    Ok(Ending::Done)
}
