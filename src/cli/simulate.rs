use archscale_model::Program;
use archscale_sim::{DeviceChoice, Precision, Settings, Simulation, StreamKey};
use archscale_stats::Moments;
use serde::Serialize;

use super::args::PrecisionName;
use super::{CliError, Ending, args, output, progress};

#[derive(Debug, Serialize)]
struct SimulationReport {
    architecture: String,
    width: usize,
    init: String,
    convention: String,
    activation: String,
    samples: u64,
    seed: u64,
    readout: String,
    /// How weights were represented.
    method: String,
    device: String,
    precision: String,
    vertices: Vec<VertexEstimate>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct VertexEstimate {
    id: usize,
    in_degree: usize,
    second_moment: Estimate,
    #[serde(rename = "A")]
    output_part: Estimate,
    #[serde(rename = "B")]
    label_part: Estimate,
    mean_squared_change: Estimate,
    /// Over an image: the mean squared change at every position.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    per_position: Vec<Estimate>,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Estimate {
    mean: f64,
    /// Null for a single network.
    standard_error: Option<f64>,
}

impl From<&Moments> for Estimate {
    fn from(moments: &Moments) -> Self {
        let error = moments.standard_error();
        Self { mean: moments.mean(), standard_error: error.is_finite().then_some(error) }
    }
}

impl Estimate {
    pub(super) fn text(self) -> String {
        let error = self.standard_error.map_or_else(|| "unknown".into(), output::number);
        format!("{} ± {error}", output::number(self.mean))
    }
}

/// The device and precision that the arguments name.
pub(crate) fn machine(options: &args::Machine) -> Result<(DeviceChoice, Precision), CliError> {
    let precision = match options.precision {
        PrecisionName::F32 => Precision::F32,
        PrecisionName::F64 => Precision::F64,
    };
    Ok((options.device.parse()?, precision))
}

/// Simulates, and counts the networks among those that [`progress::whole`] was told of.
pub(crate) fn simulate(program: &Program, settings: &Settings) -> Result<Simulation, CliError> {
    Ok(archscale_sim::simulate(program, settings, &progress::advance)?)
}

pub(crate) fn run(options: &args::Simulate) -> Result<Ending, CliError> {
    let architecture = options.architecture.parse()?;
    let how = options.architecture.rules.lowering(&architecture);
    let program = architecture.lower(&how)?;
    let (device, precision) = machine(&options.machine)?;
    let readout = options.readout.into();
    let case = format!("{} {} {} {} n={}", architecture.text(), how.init, how.convention, how.activation, options.width);
    let key = StreamKey::new("simulate", case, options.seed);
    let method = options.method;
    let settings =
        Settings { device, precision, readout, method, ..Settings::new(options.width.get(), options.samples.get(), key) };
    progress::whole("networks", 0, settings.samples);
    let simulation = simulate(&program, &settings)?;
    let report = SimulationReport {
        architecture: architecture.text(),
        width: settings.width,
        init: how.init.to_string(),
        convention: how.convention.to_string(),
        activation: how.activation.to_string(),
        samples: settings.samples,
        seed: options.seed,
        readout: simulation.readout.to_string(),
        method: simulation.method.to_string(),
        device: settings.device.to_string(),
        precision: settings.precision.to_string(),
        vertices: simulation
            .nodes
            .iter()
            .zip(program.nodes())
            .map(|(estimate, node)| VertexEstimate {
                id: node.id,
                in_degree: node.in_degree,
                second_moment: (&estimate.second_moment).into(),
                output_part: (&estimate.a).into(),
                label_part: (&estimate.b).into(),
                mean_squared_change: (&estimate.squared_change).into(),
                per_position: estimate.per_position.iter().map(|at| (&at.squared_change).into()).collect(),
            })
            .collect(),
        warnings: architecture.warnings(),
    };
    output::warn(&report.warnings);
    if options.json {
        output::print_json(&report)?;
        return Ok(Ending::Done);
    }
    let mut table = output::table(&["vertex", "in-degree", "E|z|²/n", "A/η²", "B/η²", "E(Δz)²/η²"]);
    for vertex in &report.vertices {
        table.add_row(vec![
            vertex.id.to_string(),
            vertex.in_degree.to_string(),
            vertex.second_moment.text(),
            vertex.output_part.text(),
            vertex.label_part.text(),
            vertex.mean_squared_change.text(),
        ]);
    }
    output::print(&table.to_string())?;
    Ok(Ending::Done)
}
