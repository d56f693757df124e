use std::collections::BTreeMap;

use archscale_model::Program;
use archscale_theory::{
    Evaluation, LAWS, LawInput, ReluDag, Scalar, finite_moments, limit_moments, spatial_moments, wide_moments,
};
use num_rational::BigRational;
use serde::Serialize;

use super::{CliError, Ending, args, output};

#[derive(Debug, Serialize)]
struct LawReport {
    architecture: String,
    width: WidthField,
    init: String,
    convention: String,
    activation: String,
    /// Where the law is evaluated by sampling: the standard error relative to the values.
    #[serde(skip_serializing_if = "Option::is_none")]
    relative_error: Option<f64>,
    vertices: Vec<VertexLaw>,
    /// Law by law; null where a law sets no bound.
    learning_rate: BTreeMap<&'static str, Option<f64>>,
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
    second_moment: f64,
    #[serde(rename = "A")]
    output_part: f64,
    #[serde(rename = "B")]
    label_part: f64,
    /// A + B.
    mean_squared_change: f64,
    #[serde(rename = "A_exact", skip_serializing_if = "Option::is_none")]
    output_part_exact: Option<String>,
    #[serde(rename = "B_exact", skip_serializing_if = "Option::is_none")]
    label_part_exact: Option<String>,
    /// Over an image: the mean squared change at every position.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_position: Option<Vec<f64>>,
}

/// Second moment, A and B of each reported vertex, on linear-ReLU DAGs.
fn parts<S: Scalar>(dag: &ReluDag, width: Option<u64>) -> Result<Vec<[S; 3]>, CliError> {
    Ok(match width {
        Some(width) => finite_moments::<S>(dag, width)?
            .into_iter()
            .map(|at| [at.second_moment, at.output_part, at.label_part])
            .collect(),
        None => limit_moments::<S>(dag)?.into_iter().map(|at| [at.second_moment, S::zero(), at.change]).collect(),
    })
}

/// The law's values at each reported vertex.
struct Values {
    float: Vec<[f64; 3]>,
    exact: Option<Vec<[BigRational; 3]>>,
    relative_error: Option<f64>,
    per_position: Option<Vec<Vec<f64>>>,
    caveats: Vec<String>,
}

impl Values {
    fn of(float: Vec<[f64; 3]>) -> Self {
        Self { float, exact: None, relative_error: None, per_position: None, caveats: Vec::new() }
    }
}

fn over_images(program: &Program, width: Option<u64>, exact: bool) -> Result<Values, CliError> {
    if exact || width.is_some() {
        let what = if exact { "exact fractions" } else { "a finite width" };
        return Err(CliError::Usage(format!(
            "no law at {what} over images: only the limit of many channels is known; leave --width and --exact out"
        )));
    }
    let law = spatial_moments(program)?;
    Ok(Values {
        per_position: Some(law.nodes.iter().map(|at| at.per_position.clone()).collect()),
        caveats: law.caveats.iter().map(ToString::to_string).collect(),
        ..Values::of(law.nodes.iter().map(|at| [at.second_moment, 0.0, at.mean_squared_change]).collect())
    })
}

fn values(program: &Program, width: Option<u64>, exact: bool) -> Result<Values, CliError> {
    if program.grid().is_some() {
        return over_images(program, width, exact);
    }
    match (ReluDag::new(program, "the exact law"), width) {
        (Ok(dag), _) => {
            let fractions = if exact { Some(parts::<BigRational>(&dag, width)?) } else { None };
            Ok(Values { exact: fractions, ..Values::of(parts::<f64>(&dag, width)?) })
        }
        (Err(error), Some(_)) => Err(error.into()),
        (Err(error), None) if exact => Err(CliError::Usage(format!("no exact fractions here: {error}"))),
        (Err(_), None) => {
            let wide = wide_moments(program)?;
            let sampled = matches!(wide.evaluation, Evaluation::QuasiMonteCarlo { .. });
            let float = wide.nodes.iter().map(|at| [at.second_moment, 0.0, at.mean_squared_change]).collect();
            Ok(Values { relative_error: sampled.then(|| wide.relative_error()), ..Values::of(float) })
        }
    }
}

pub(crate) fn run(options: &args::Law) -> Result<Ending, CliError> {
    let architecture = options.architecture.parse()?;
    let how = options.architecture.rules.lowering(&architecture);
    let program = architecture.lower(&how)?;
    let width = options.width.finite();
    let values = values(&program, width, options.exact)?;
    let vertices = program
        .nodes()
        .iter()
        .enumerate()
        .map(|(index, node)| {
            let fraction = |part: usize| values.exact.as_ref().map(|exact| exact[index][part].to_string());
            let [second_moment, output_part, label_part] = values.float[index];
            VertexLaw {
                id: node.id,
                in_degree: node.in_degree,
                second_moment,
                output_part,
                label_part,
                mean_squared_change: output_part + label_part,
                output_part_exact: fraction(1),
                label_part_exact: fraction(2),
                per_position: values.per_position.as_ref().map(|list| list[index].clone()),
            }
        })
        .collect();
    let input = LawInput::of(&architecture, &how, width)?;
    let rates: Vec<_> = LAWS.iter().map(|law| (law, (law.rate)(&input))).collect();
    let report = LawReport {
        architecture: architecture.text(),
        width: options.width.into(),
        init: how.init.to_string(),
        convention: how.convention.to_string(),
        activation: how.activation.to_string(),
        relative_error: values.relative_error,
        vertices,
        learning_rate: rates.iter().map(|(law, rate)| (law.id, rate.as_ref().ok().copied())).collect(),
        warnings: [architecture.warnings(), values.caveats].concat(),
    };
    output::warn(&report.warnings);
    if options.json {
        output::print_json(&report)?;
        return Ok(Ending::Done);
    }
    let mut heading = vec!["vertex", "in-degree", "E|z|²/n", "A/η²", "B/η²"];
    if options.exact {
        heading.extend(["A exact", "B exact"]);
    }
    let mut table = output::table(&heading);
    for vertex in &report.vertices {
        let mut row = vec![
            vertex.id.to_string(),
            vertex.in_degree.to_string(),
            output::number(vertex.second_moment),
            output::number(vertex.output_part),
            output::number(vertex.label_part),
        ];
        row.extend(vertex.output_part_exact.iter().chain(&vertex.label_part_exact).map(|text| output::exact(text)));
        table.add_row(row);
    }
    output::print(&table.to_string())?;
    if let Some(error) = report.relative_error {
        output::print(&format!("Evaluated by quasi-Monte-Carlo, relative standard error {error:.1e}."))?;
    }
    let mut table =
        output::table(&["law", "learning rate, up to a constant", "formula", "source"]).details(&["formula", "source"]);
    for (law, rate) in rates {
        let rate = rate.map_or_else(|gap| gap.to_string(), output::number);
        table.add_row(vec![law.id.to_string(), rate, law.formula.into(), law.source.into()]);
    }
    output::print(&table.to_string())?;
    Ok(Ending::Done)
}
