use archscale_model::Program;
use archscale_sim::{DeviceChoice, Precision, Readout, Settings, SimError, Simulation, StreamKey, Weights};
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
    /// The first vertex at which the values of some network left the range of the precision; estimates that they enter are null.
    #[serde(skip_serializing_if = "Option::is_none")]
    overflowed_at: Option<usize>,
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
    /// Null where nothing can be averaged; the report says why.
    mean: Option<f64>,
    /// Null for a single network.
    standard_error: Option<f64>,
}

impl From<&Moments> for Estimate {
    fn from(moments: &Moments) -> Self {
        let finite = |value: f64| value.is_finite().then_some(value);
        Self { mean: finite(moments.mean()), standard_error: finite(moments.standard_error()) }
    }
}

impl Estimate {
    /// With as many digits as the standard error bears, two of its own.
    pub(super) fn text(self) -> String {
        let Some(mean) = self.mean else { return "—".into() };
        let Some(error) = self.standard_error else { return format!("{} ± unknown", output::number(mean)) };
        if error == 0.0 {
            return format!("{} ± 0", output::number(mean));
        }
        archscale_text::with_error(mean, error)
    }
}

impl VertexEstimate {
    /// Whether something could not be averaged.
    fn is_missing(&self) -> bool {
        let all = [self.second_moment, self.output_part, self.label_part, self.mean_squared_change];
        all.iter().chain(&self.per_position).any(|estimate| estimate.mean.is_none())
    }
}

/// What to say of estimates that left the range of the precision, above or below.
fn out_of_range(vertices: &[VertexEstimate], overflowed_at: Option<usize>, precision: Precision) -> Vec<String> {
    let wider = match precision {
        Precision::F32 => "take --precision f64",
        _ => "take --init target, or fewer vertices; `law` gives the values themselves",
    };
    let above = overflowed_at.map(|id| {
        format!("at vertex {id} some networks leave the range of {precision}; what cannot be averaged stands as —: {wider}")
    });
    let zero = |vertex: &&VertexEstimate| vertex.second_moment.mean.is_some_and(|mean| mean < f64::MIN_POSITIVE);
    let below = vertices.iter().find(zero).map(|vertex| {
        let id = vertex.id;
        format!(
            "at vertex {id} every network gives 0: its neurons are dead, or their values are below the range of {precision}"
        )
    });
    above.into_iter().chain(below).collect()
}

/// The error of a simulation, with the options of this command that mend it.
pub(super) fn with_options(error: SimError, method: Weights, readout: Option<Readout>) -> CliError {
    let (SimError::Memory { remedy: Some(way), .. } | SimError::Work { remedy: Some(way), .. }) = &error else {
        return error.into();
    };
    let mut options = Vec::new();
    if way.method != method {
        options.push(format!("--method {}", way.method));
    }
    if readout.is_some_and(|readout| readout != way.readout) {
        options.push(format!("--readout {}", way.readout));
    }
    CliError::Usage(format!("{error} ({})", options.join(" ")))
}

/// The device and precision that the arguments name.
pub(crate) fn machine(options: &args::Machine) -> Result<(DeviceChoice, Precision), CliError> {
    let precision = match options.precision {
        PrecisionName::F32 => Precision::F32,
        PrecisionName::F64 => Precision::F64,
    };
    Ok((options.device.parse().map_err(SimError::Nets)?, precision))
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
    // A lazy matrix would have to be drawn whole for the columns of an integrated readout.
    let unnamed = if options.method == Weights::Lazy { Readout::Projected } else { Readout::Integrated };
    let readout = options.readout.map_or(unnamed, Readout::from);
    let case = format!("{} {} {} {} n={}", architecture.text(), how.init, how.convention, how.activation, options.width);
    let key = StreamKey::new("simulate", case, options.seed);
    let method = options.method;
    let settings =
        Settings { device, precision, readout, method, ..Settings::new(options.width.get(), options.samples.get(), key) };
    progress::whole("networks", 0, settings.samples);
    let simulation = archscale_sim::simulate(&program, &settings, &progress::advance)
        .map_err(|error| with_options(error, method, Some(readout)))?;
    let vertices: Vec<VertexEstimate> = (simulation.nodes.iter().zip(program.nodes()))
        .map(|(estimate, node)| VertexEstimate {
            id: node.id,
            in_degree: node.in_degree,
            second_moment: (&estimate.second_moment).into(),
            output_part: (&estimate.a).into(),
            label_part: (&estimate.b).into(),
            mean_squared_change: (&estimate.squared_change).into(),
            per_position: estimate.per_position.iter().map(|at| (&at.squared_change).into()).collect(),
        })
        .collect();
    let overflowed_at = vertices.iter().find(|vertex| vertex.is_missing()).map(|vertex| vertex.id);
    let mut warnings = architecture.warnings();
    warnings.extend(out_of_range(&vertices, overflowed_at, precision));
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
        vertices,
        overflowed_at,
        warnings,
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
