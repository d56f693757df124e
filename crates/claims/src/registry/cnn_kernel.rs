use archscale_model::{Architecture, ConvNetwork, InitRule, Lowering, Network, Program};
use archscale_sim::{Readout, Settings, Weights, simulate};
use archscale_stats::{Decision, Moments, Plan, decide};
use archscale_theory::{KernelExponents, ReluDag, TapReading, finite_moments, kernel_exponents, spatial_moments};

use crate::hypothesis::{CONVOLUTIONS, LIMIT, MEAN_FIELD, PRE_ACTIVATION_SUMS, RELU};
use crate::survey::CaseRule;
use crate::trial::planned;
use crate::{Case, Check, Claim, ClaimError, Context, Effort, Finding, Hypothesis, Method, Table, Twin, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "cnn-kernel",
    statement: "A convolution's kernel size q multiplies the largest learning rate by q⁻¹",
    source: "Chen et al. 2024, equation 9; the published code has 3/k for k × k kernels",
    domain: &[
        CONVOLUTIONS,
        RELU,
        PRE_ACTIVATION_SUMS,
        Hypothesis::stated("many channels"),
        MEAN_FIELD,
        LIMIT,
        Hypothesis::stated(
            "padding, readout of positions and, in two dimensions, whether q counts taps or is the side are left open by the source, \
             so every reading is judged",
        ),
    ],
    quantity: "The exponent α in η* ~ k^−α for kernel side k: −½ d log D/d log k, D the mean over positions of E(Δz)²",
    check: "Exact exponents over dimension × padding × input × readout × depth × size; simulation without bias allowance where the law \
            is exact at every width: one layer with any padding and input, and constant inputs at any depth",
    refuted_by: "One setting per reading in which α is neither the number of dimensions (taps) nor 1 (side)",
    twin: "k² for q² (the published 3/k in two dimensions); circular padding taken for zero padding; an error of the margin",
    derivation: "proofs/cnn-kernel.md",
    theorems: &["convolution.average_stationary", "convolution.kernel_size_law", "convolution.constant_input_chain"],
    outside: "The decoupling step of the limit from two layers on; zero padding, the depth law's prefactor, skips and pooling",
    expected: Verdict::Refuted,
    least_effort: Effort::Quick,
    judge,
    case: Some(CaseRule::closed(InitRule::Target, on_one)),
};

/// Kernels of the exponents.
const KERNELS: [usize; 4] = [1, 3, 5, 7];

/// How far a local exponent may be from a reading's to count as it.
const SETTLED: f64 = 0.05;

/// Width of the simulated networks; the laws that are checked on them hold at every width.
const WIDTH: usize = 8;

/// Width and number of networks at which exponents of deeper networks are measured for the notes.
const MEASURED: (usize, u64) = (32, 4096);

/// One row of the table: where, and what holds there.
struct Setting {
    cells: [String; 6],
    exponents: KernelExponents,
}

fn setting(cells: [&str; 6]) -> Result<Setting, ClaimError> {
    let [dims, size, padding, input, readout, depth] = cells;
    let text = format!("conv:depth={depth},dims={dims},size={size},padding={padding},readout={readout},input={input}");
    let network = ConvNetwork::parse(&text)?;
    let exponents = kernel_exponents(&network, &Lowering::new(InitRule::Target), &KERNELS)?;
    Ok(Setting { cells: cells.map(String::from), exponents })
}

impl Setting {
    fn padding(&self) -> &str {
        &self.cells[2]
    }

    fn readout(&self) -> &str {
        &self.cells[4]
    }
}

const PADDINGS: [&str; 2] = ["circular", "zero"];
const READOUTS: [&str; 3] = ["gap", "flatten", "single"];
const INPUTS: [&str; 4] = ["constant", "iid", "smooth", "spectrum"];
const DEPTHS: [&str; 3] = ["2", "4", "8"];
const IMAGES: [(&str, &str); 3] = [("1", "16"), ("1", "64"), ("2", "8")];

/// Every setting of the table.
fn settings() -> Result<Vec<Setting>, ClaimError> {
    let mut list = Vec::new();
    for (dims, size) in IMAGES {
        for padding in PADDINGS {
            for input in INPUTS {
                for readout in READOUTS {
                    for depth in DEPTHS {
                        list.push(setting([dims, size, padding, input, readout, depth])?);
                    }
                }
            }
        }
    }
    Ok(list)
}

fn row(setting: &Setting) -> Vec<String> {
    let mut row: Vec<String> = setting.cells.to_vec();
    row.push(format!("{:.3}", setting.exponents.exponent));
    row.push(setting.exponents.local.iter().map(|alpha| format!("{alpha:.2}")).collect::<Vec<_>>().join(", "));
    row.push(setting.exponents.reading(SETTLED).to_string());
    row
}

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    let mut finding = Finding::default();
    let settings = settings()?;
    let count = |holds: &dyn Fn(&Setting) -> bool| settings.iter().filter(|setting| holds(setting)).count() as u64;
    let total = settings.len() as u64;
    let readings: [(&str, [TapReading; 2]); 2] =
        [("taps", [TapReading::Both, TapReading::Taps]), ("side", [TapReading::Both, TapReading::Side])];
    for (name, holds) in readings {
        let holding = count(&|setting| holds.contains(&setting.exponents.reading(SETTLED)));
        finding.checks.push(Check::holds(
            format!("η* ~ q⁻¹ with q = {name} in every setting"),
            Method::Numeric,
            holding == total,
            total,
            format!("holds in {holding} of {total} settings, to ±{SETTLED} in every local exponent"),
        ));
    }
    // Theorem 1: exact, whatever the correlation, the depth and the size.
    let stationary = |setting: &Setting| setting.padding() == "circular" && setting.readout() != "single";
    let exact = |setting: &Setting| {
        let alpha = setting.exponents.dims as f64;
        setting.exponents.local.iter().all(|local| (local - alpha).abs() < 1e-9)
    };
    finding.corrected.push(Check::holds(
        "circular padding, average pooling or flatten: α = number of dimensions (q = taps)",
        Method::Numeric,
        settings.iter().all(|setting| !stationary(setting) || exact(setting)),
        count(&stationary),
        "to 1e-9 in every local exponent".to_string(),
    ));
    let other = settings.iter().filter(|setting| setting.padding() == "zero").filter(|setting| exact(setting)).count();
    finding.twins.push(Twin::compared("zero padding taken for circular: α = number of dimensions there too", other == 0));
    finding.tables.push(Table {
        title: "Exact kernel-size exponents in the limit of many channels (kernels 1, 3, 5, 7)".into(),
        header: ["dimensions", "side", "padding", "input", "readout", "depth", "α (fit)", "α between neighbours", "reading"]
            .map(String::from)
            .to_vec(),
        rows: settings.iter().map(row).collect(),
    });
    constant_input(context, &mut finding)?;
    one_layer(context, &mut finding)?;
    for text in [
        "conv:depth=2,size=8,padding=circular,readout=gap,input=iid",
        "conv:depth=2,size=8,padding=zero,readout=gap,input=iid",
        "conv:depth=2,dims=2,size=5,padding=circular,readout=gap,input=iid",
    ] {
        finding.notes.push(measured(context, text)?);
    }
    let depth = |layers: &str| setting(["1", "64", "circular", "iid", "gap", layers]);
    let change = |layers: &str| -> Result<f64, ClaimError> { Ok(depth(layers)?.exponents.rows[0].mean_squared_change) };
    let (shallow, deep) = (change("8")?, change("16")?);
    finding.notes.push(format!(
        "Depth on inputs that are not constant (1-D, 64 positions, independent, average pooling): D/(L³/6) is {:.4} at L = 8 and {:.4} at \
         L = 16, against 1 for a constant input and {:.4} as L → ∞ (theorem 4).",
        shallow / (512.0 / 6.0),
        deep / (4096.0 / 6.0),
        prefactor(64.0)
    ));
    finding.notes.push(format!(
        "Of {total} settings, {} have an α that is neither reading's; the largest and smallest fits are {:.2} and {:.2}.",
        count(&|setting| setting.exponents.reading(SETTLED) == TapReading::Neither),
        settings.iter().map(|setting| setting.exponents.exponent).fold(f64::NEG_INFINITY, f64::max),
        settings.iter().map(|setting| setting.exponents.exponent).fold(f64::INFINITY, f64::min),
    ));
    Ok(finding)
}

/// Theorem 4: the limit of D₁/(L³/6) with average pooling of m positions.
fn prefactor(m: f64) -> f64 {
    (1.0 + 5.0 * (m - 1.0) / 16.0 + (m - 1.0) * (m - 2.0) / 32.0) / (m * m)
}

/// A network of convolutions whose B at the last vertex is simulated.
struct Run {
    sample: Moments,
    weights: Weights,
    plan: Plan,
    text: String,
}

impl Run {
    fn new(context: &Context<'_>, text: &str) -> Result<Self, ClaimError> {
        let program = ConvNetwork::parse(text)?.lower(&Lowering::new(InitRule::Target))?;
        let plan = context.plan()?;
        let networks =
            planned(&plan, |stage, networks| Ok(vec![simulated(context, &program, text, stage, WIDTH, networks)?.0]))?;
        let (sample, weights) = simulated(context, &program, text, "main", WIDTH, networks)?;
        Ok(Self { sample, weights, plan, text: text.into() })
    }

    fn decide(&self, prediction: f64) -> Decision {
        decide(&self.sample, prediction, &self.plan)
    }

    fn check(&self, what: &str, prediction: f64, command: &str) -> Check {
        Check::simulated(format!("{what}: B of {}, n = {WIDTH}", self.text), &self.decide(prediction), command)
            .with_weights(self.weights)
    }

    fn perturbed(&self, prediction: f64) -> Twin {
        let off = 1.25 * self.plan.margin();
        Twin::simulated(format!("B of {} {:.1} % too large", self.text, 100.0 * off), &self.decide((1.0 + off) * prediction))
    }
}

/// B of the last vertex, mean over positions, and how the weights were represented.
fn simulated(
    context: &Context<'_>,
    program: &Program,
    text: &str,
    stage: &str,
    width: usize,
    networks: u64,
) -> Result<(Moments, Weights), ClaimError> {
    context.progress.begin(&format!("{text}, {stage}"), networks);
    let plain = context.settings(CLAIM.id, text, stage, width, networks);
    let advance = |done| context.progress.advance(done);
    let simulation = simulate(program, &Settings { readout: Readout::Projected, ..plain }, &advance)?;
    Ok((simulation.nodes.last().map(|node| node.b.clone()).unwrap_or_default(), simulation.method))
}

/// Theorem 3: at every width q² times the dense network's B.
fn constant_input(context: &Context<'_>, finding: &mut Finding) -> Result<(), ClaimError> {
    let dense = ReluDag::new(&Architecture::parse("chain:2")?.graph().lower(InitRule::Target)?, "the exact law")?;
    let moments = finite_moments::<f64>(&dense, WIDTH as u64)?;
    let change = moments.last().map_or(f64::NAN, |last| last.label_part);
    let run = Run::new(context, "conv:depth=2,kernel=3,dims=2,size=4,padding=circular,readout=gap,input=constant")?;
    let command = format!("archscale law chain:2 --width {WIDTH} --json");
    let (side, taps) = (3.0_f64, 9.0_f64);
    finding.corrected.push(run.check("q² times the dense network", taps * taps * change, &command));
    finding.twins.push(run.perturbed(taps * taps * change));
    finding.twins.push(Twin::simulated(
        "k² for q² in two dimensions, which the published 3/k amounts to",
        &run.decide(side * side * change),
    ));
    finding.checks.push(run.check("q = side in two dimensions, k² times the dense network", side * side * change, &command));
    Ok(())
}

/// One layer: the law is exact at every width, whatever the padding, the input and the readout.
fn one_layer(context: &Context<'_>, finding: &mut Finding) -> Result<(), ClaimError> {
    let law = |text: &str| -> Result<f64, ClaimError> {
        let program = ConvNetwork::parse(text)?.lower(&Lowering::new(InitRule::Target))?;
        Ok(spatial_moments(&program)?.nodes.last().map_or(f64::NAN, |node| node.mean_squared_change))
    };
    let cases = [
        "conv:depth=1,kernel=5,size=8,padding=zero,readout=gap,input=iid",
        "conv:depth=1,kernel=3,dims=2,size=4,padding=zero,readout=flatten,input=smooth",
        "conv:depth=1,kernel=3,dims=2,size=4,padding=circular,readout=single,input=mix:0.5",
    ];
    for text in cases {
        let run = Run::new(context, text)?;
        let (prediction, command) = (law(text)?, format!("archscale law {text} --json"));
        finding.corrected.push(run.check("one layer", prediction, &command));
        finding.twins.push(run.perturbed(prediction));
        if text.contains("padding=zero") {
            let circular = text.replace("padding=zero", "padding=circular");
            let decision = run.decide(law(&circular)?);
            finding.twins.push(Twin::simulated(format!("circular padding taken for zero: {text}"), &decision));
            // The reading by taps, from the same network with kernel 1, where padding does not matter.
            let single = ConvNetwork::parse(text)?.with_kernel(1)?.to_string();
            let taps = ConvNetwork::parse(text)?;
            let taps = taps.grid().tap_count(taps.kernel())? as f64;
            let read = run.check("q = taps with zero padding, q² times kernel 1", taps * taps * law(&single)?, &command);
            finding.checks.push(read);
        }
    }
    Ok(())
}

/// The exponent from kernels 1 and 3 as measured at one width, beside the exact one of the limit.
fn measured(context: &Context<'_>, text: &str) -> Result<String, ClaimError> {
    let how = Lowering::new(InitRule::Target);
    let network = ConvNetwork::parse(text)?;
    let exact = kernel_exponents(&network, &how, &[1, 3])?.exponent;
    let (width, networks) = MEASURED;
    let samples = [1, 3].map(|kernel| {
        let program = network.with_kernel(kernel)?.lower(&how)?;
        simulated(context, &program, text, &format!("kernel {kernel}"), width, networks)
    });
    let [one, three] = samples;
    let (one, three) = (one?.0, three?.0);
    let relative = |moments: &Moments| moments.standard_error() / moments.mean();
    let alpha = 0.5 * (three.mean() / one.mean()).ln() / 3.0_f64.ln();
    let error = 0.5 * relative(&one).hypot(relative(&three)) / 3.0_f64.ln();
    Ok(format!(
        "{text}: α between kernels 1 and 3 measured at n = {width} on {networks} networks each is {alpha:.3} ± {error:.3}; exact as n → ∞: \
         {exact:.3}."
    ))
}

/// Whether one network's rates follow q⁻¹ in either reading of q, over the kernels that fit its image.
fn on_one(_context: &Context<'_>, case: &Case) -> Result<Vec<Check>, ClaimError> {
    let Network::Images(network) = &case.network else { return Ok(Vec::new()) };
    let exponents = kernel_exponents(network, &case.how, &KERNELS)?;
    let reading = exponents.reading(SETTLED);
    let local = exponents.local.iter().map(|alpha| format!("{alpha:.3}")).collect::<Vec<_>>().join(", ");
    let check = Check::holds(
        format!("η* ~ q⁻¹, q = taps or side: {network}"),
        Method::Numeric,
        reading != TapReading::Neither,
        exponents.rows.len() as u64,
        format!("exponents of the side between neighbouring kernels {local}; reading: {reading}"),
    );
    Ok(vec![check.with_command(format!("archscale law {network} --kernels 1,3,5,7 --json"))])
}
