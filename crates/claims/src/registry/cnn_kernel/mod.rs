mod run;
mod settings;

use archscale_model::{Architecture, ConvNetwork, InitRule, Lowering, Network};
use archscale_theory::{ReluDag, TapReading, finite_moments, kernel_exponents, spatial_moments};

use self::run::{Run, measured_exponent};
use self::settings::{SETTLED, Setting, settings, table};
use crate::hypothesis::{CONVOLUTIONS, LIMIT, MEAN_FIELD, PRE_ACTIVATION_SUMS, RELU};
use crate::survey::CaseRule;
use crate::{Case, Check, Claim, ClaimError, Context, Effort, Finding, Hypothesis, Method, Mutant, Verdict};

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
    mutant: "k² for q² (the published 3/k in two dimensions); circular padding taken for zero padding; an error of the margin",
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

/// Width of the simulated networks; the laws that are checked on them hold at every width.
const WIDTH: usize = 8;

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    let settings = settings()?;
    let mut finding = Finding::default();
    finding.checks.push(in_every_setting(&settings, "taps", TapReading::Taps));
    finding.checks.push(in_every_setting(&settings, "side", TapReading::Side));
    finding.corrected.push(stationary(&settings));
    finding.mutants.push(Mutant::compared(
        "zero padding taken for circular: α = number of dimensions there too",
        !settings.iter().any(|setting| setting.has_zero_padding() && setting.counts_taps_exactly()),
    ));
    finding.tables.push(table(&settings));
    constant_input(context, &mut finding)?;
    one_layer(context, &mut finding)?;
    for text in [
        "conv:depth=2,size=8,padding=circular,readout=gap,input=iid",
        "conv:depth=2,size=8,padding=zero,readout=gap,input=iid",
        "conv:depth=2,dims=2,size=5,padding=circular,readout=gap,input=iid",
    ] {
        finding.notes.push(measured_exponent(context, text)?);
    }
    finding.notes.push(depth_note()?);
    finding.notes.push(readings_note(&settings));
    Ok(finding)
}

/// The check that η* ~ q⁻¹ with this reading of q in every setting.
fn in_every_setting(settings: &[Setting], name: &str, reading: TapReading) -> Check {
    let holding = settings.iter().filter(|setting| [TapReading::Both, reading].contains(&setting.reading())).count();
    let total = settings.len();
    Check::holds(
        format!("η* ~ q⁻¹ with q = {name} in every setting"),
        Method::Numeric,
        holding == total,
        total as u64,
        format!("holds in {holding} of {total} settings, to ±{SETTLED} in every local exponent"),
    )
}

/// Theorem 1: exact, whatever the correlation, the depth and the size.
fn stationary(settings: &[Setting]) -> Check {
    let mut stationary = settings.iter().filter(|setting| setting.is_stationary());
    let count = stationary.clone().count() as u64;
    Check::holds(
        "circular padding, average pooling or flatten: α = number of dimensions (q = taps)",
        Method::Numeric,
        stationary.all(Setting::counts_taps_exactly),
        count,
        "to 1e-9 in every local exponent",
    )
}

fn depth_note() -> Result<String, ClaimError> {
    let change =
        |layers: &str| Ok::<_, ClaimError>(Setting::new(["1", "64", "circular", "iid", "gap", layers])?.first_change());
    Ok(format!(
        "Depth on inputs that are not constant (1-D, 64 positions, independent, average pooling): D/(L³/6) is {:.4} at L = 8 and {:.4} at \
         L = 16, against 1 for a constant input and {:.4} as L → ∞ (theorem 4).",
        change("8")? / (512.0 / 6.0),
        change("16")? / (4096.0 / 6.0),
        prefactor(64.0)
    ))
}

fn readings_note(settings: &[Setting]) -> String {
    let fits = || settings.iter().map(Setting::exponent);
    format!(
        "Of {} settings, {} have an α that is neither reading's; the largest and smallest fits are {:.2} and {:.2}.",
        settings.len(),
        settings.iter().filter(|setting| setting.reading() == TapReading::Neither).count(),
        fits().fold(f64::NEG_INFINITY, f64::max),
        fits().fold(f64::INFINITY, f64::min),
    )
}

/// Theorem 4: the limit of D₁/(L³/6) with average pooling of m positions.
fn prefactor(m: f64) -> f64 {
    (1.0 + 5.0 * (m - 1.0) / 16.0 + (m - 1.0) * (m - 2.0) / 32.0) / (m * m)
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
    finding.mutants.push(run.perturbed(taps * taps * change));
    finding.mutants.push(Mutant::simulated(
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
        finding.mutants.push(run.perturbed(prediction));
        if text.contains("padding=zero") {
            let circular = text.replace("padding=zero", "padding=circular");
            let decision = run.decide(law(&circular)?);
            finding.mutants.push(Mutant::simulated(format!("circular padding taken for zero: {text}"), &decision));
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

/// The check that one network's rates follow q⁻¹ in either reading of q, over the kernels that fit its image.
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
