use archscale_model::{Architecture, InitRule};
use archscale_sim::kernel_sums;
use archscale_stats::{Decision, Moments, decide};
use archscale_theory::{KernelSums, RecursionForm, ReluDag, finite_moments};
use num_rational::BigRational;

use crate::hypothesis::{ANY_WIDTH, CHAIN, LINEAR_EDGES, RELU, TARGET_INIT, VECTORS};
use crate::survey::CaseRule;
use crate::trial::planned;
use crate::{Case, Check, Claim, ClaimError, Context, Effort, Finding, Hypothesis, Method, Mutant, Verdict};

pub(crate) const CLAIM_B: Claim = Claim {
    id: "recursion-B",
    statement: "The recursions for B and B̃ with the printed coefficients",
    source: "Chen et al. 2024, appendix C, equation 27 and below, q = 1",
    domain: &[
        CHAIN,
        LINEAR_EDGES,
        RELU,
        TARGET_INIT,
        VECTORS,
        Hypothesis::stated("|x|² = n"),
        Hypothesis::stated("B̃ read as E(tr K)²/n³"),
        ANY_WIDTH,
    ],
    quantity: "E‖K‖²_F/n³ and E(tr K)²/n³ of a layer's tangent kernel",
    check: "Simulated kernels at layer 3 against the printed and the corrected recursion; growth of both with depth",
    refuted_by: "A simulated kernel sum that excludes the printed value",
    mutant: "The corrected recursion without D, and with an error of the margin",
    derivation: "proofs/recursion-B.md",
    theorems: &["recursion.corrected_from_tables", "recursion.printed_B_source_wrong", "recursion.printed_B_kernel_wrong"],
    outside: "Linearisation in η; the papers' reading of the two moments that they leave implicit",
    expected: Verdict::Refuted,
    least_effort: Effort::Quick,
    judge: judge_b,
    case: Some(CaseRule::closed(InitRule::Target, on_one_b)),
};

pub(crate) const CLAIM_C: Claim = Claim {
    id: "recursion-C",
    statement: "The recursion for C with the printed coefficients",
    source: "Chen et al. 2024, appendix C, below equation 27, q = 1",
    domain: &[
        CHAIN,
        LINEAR_EDGES,
        RELU,
        TARGET_INIT,
        VECTORS,
        Hypothesis::stated("|x|² = n"),
        Hypothesis::stated("C̃ read as E zᵀKz/n³"),
        ANY_WIDTH,
    ],
    quantity: "E|z|² tr K/n³ of a layer's tangent kernel",
    check: "Simulated kernels at layer 3 against the printed and the corrected recursion; growth of both with depth",
    refuted_by: "A simulated kernel sum that excludes the printed value",
    mutant: "The corrected recursion with an error of the margin",
    derivation: "proofs/recursion-C.md",
    theorems: &["recursion.source_ratio", "recursion.printed_C_kernel_wrong", "recursion.printed_not_cubic"],
    outside: "Linearisation in η; the papers' reading of the two moments that they leave implicit",
    expected: Verdict::Refuted,
    least_effort: Effort::Quick,
    judge: judge_c,
    case: Some(CaseRule::closed(InitRule::Target, on_one_c)),
};

const LAYER: usize = 3;
/// Not 16, at which the printed source of B has the right value by accident.
const WIDTH: usize = 12;

/// One kernel sum: its name, how to read it off the recursion and off the simulation.
type Sum = (&'static str, fn(&KernelSums<f64>) -> f64, fn(&archscale_sim::KernelSums) -> &Moments);

fn judge_b(context: &Context<'_>) -> Result<Finding, ClaimError> {
    let sums: [Sum; 2] = [("B", |law| law.b, |sim| &sim.b), ("B̃", |law| law.b_trace, |sim| &sim.b_tilde)];
    let mut finding = judge(context, CLAIM_B.id, &sums, Some(RecursionForm::WithoutDiagonal))?;
    growth(&mut finding, |law| law.b, "B", 3.0, &[RecursionForm::WithoutDiagonal])?;
    Ok(finding)
}

fn judge_c(context: &Context<'_>) -> Result<Finding, ClaimError> {
    let sums: [Sum; 1] = [("C", |law| law.c, |sim| &sim.c)];
    let mut finding = judge(context, CLAIM_C.id, &sums, None)?;
    growth(&mut finding, |law| law.c, "C", 1.0, &[])?;
    Ok(finding)
}

fn judge(context: &Context<'_>, claim: &str, sums: &[Sum], mutant: Option<RecursionForm>) -> Result<Finding, ClaimError> {
    let mut finding = Finding::default();
    let architecture = format!("chain:{LAYER}");
    let program = Architecture::parse(&architecture)?.graph().lower(InitRule::Target)?;
    let plan = context.plan()?;
    let settings = |stage: &str, samples: u64| context.settings(claim, &architecture, stage, WIDTH, samples);
    let advance = |networks: u64| context.progress.advance(networks);
    let samples = planned(&plan, |stage, networks| {
        context.progress.begin(&format!("{architecture}, {stage}"), networks);
        let pilot = kernel_sums(&program, LAYER - 1, &settings(stage, networks), &advance)?;
        Ok(sums.iter().map(|(_, _, simulated)| simulated(&pilot).clone()).collect())
    })?;
    context.progress.begin(&architecture, samples);
    let settings = settings("main", samples);
    let weights = settings.method;
    let main = kernel_sums(&program, LAYER - 1, &settings, &advance)?;
    let at = |form: RecursionForm| -> Result<KernelSums<f64>, ClaimError> {
        let layers = KernelSums::<f64>::iterate(form, WIDTH as u64, LAYER)?;
        Ok(layers.into_iter().last().unwrap_or_else(KernelSums::start))
    };
    let (printed, corrected) = (at(RecursionForm::Printed)?, at(RecursionForm::Corrected)?);
    for (name, law, simulated) in sums {
        let place = format!("{name} at layer {LAYER}, n = {WIDTH}");
        let moments = simulated(&main);
        let command = format!("archscale claims show {claim}");
        let decision = decide(moments, law(&printed), &plan);
        let check = |what: &str, decision: &Decision| {
            Check::simulated(format!("{what} recursion, {place}"), decision, &command).with_weights(weights)
        };
        finding.checks.push(check("printed", &decision));
        let decision = decide(moments, law(&corrected), &plan);
        finding.corrected.push(check("corrected", &decision));
        let off = 1.0 + 1.25 * plan.margin();
        let decision = decide(moments, off * law(&corrected), &plan);
        finding.mutants.push(Mutant::simulated(format!("{place}, {:.1} % too large", 100.0 * (off - 1.0)), &decision));
        if let Some(form) = mutant {
            let decision = decide(moments, law(&at(form)?), &plan);
            finding.mutants.push(Mutant::simulated(format!("{place}, {}", form.name()), &decision));
        }
    }
    Ok(finding)
}

/// Compares the growth exponents of the recursions over depth at n = 10⁹, from layer 256 to 512.
fn growth(
    finding: &mut Finding,
    read: fn(&KernelSums<f64>) -> f64,
    name: &str,
    expected: f64,
    also: &[RecursionForm],
) -> Result<(), ClaimError> {
    let exponent = |form: RecursionForm| -> Result<f64, ClaimError> {
        let layers = KernelSums::<f64>::iterate(form, 1_000_000_000, 512)?;
        Ok((read(&layers[511]) / read(&layers[255])).log2())
    };
    let corrected = exponent(RecursionForm::Corrected)?;
    finding.corrected.push(Check::holds(
        format!("{name} grows with depth to the power {expected}"),
        Method::Numeric,
        (corrected - expected).abs() < 0.02,
        2,
        format!("corrected recursion: exponent {corrected:.4} from layer 256 to 512"),
    ));
    let printed = exponent(RecursionForm::Printed)?;
    finding.checks.push(Check::holds(
        format!("{name} grows with depth to the power {expected}"),
        Method::Numeric,
        (printed - expected).abs() < 0.02,
        2,
        format!("printed recursion: exponent {printed:.4} from layer 256 to 512"),
    ));
    for &form in also {
        let other = exponent(form)?;
        finding.notes.push(format!("{}: {name} grows with exponent {other:.4}.", form.name()));
    }
    Ok(())
}

/// The kernel sums of B in exact fractions at every layer of one chain; B also by the tables of the finite-width law.
fn on_one_b(_context: &Context<'_>, case: &Case) -> Result<Vec<Check>, ClaimError> {
    exact_b(case, RecursionForm::Printed)
}

/// The same for a form of the recursion.
pub(super) fn exact_b(case: &Case, form: RecursionForm) -> Result<Vec<Check>, ClaimError> {
    let dag = ReluDag::new(&case.network.lower(&case.how)?, "the finite-width law")?;
    let layers = finite_moments::<BigRational>(&dag, WIDTH as u64)?;
    let (found, exact) = layerwise(case, form)?;
    // The tables' B is the kernel sum of the last layer, whose change the readout sees: proofs/recursion-B.md.
    let tables = layers.into_iter().last().map(|last| last.label_part);
    let text = case.network.text();
    let mut checks = Vec::new();
    if let (Some(last), Some(tables)) = (found.last(), tables) {
        checks.push(
            Check::exact(format!("{} recursion, B of the last layer of {text}, n = {WIDTH}", form.name()), &last.b, &tables)
                .with_command(format!("archscale law {text} --width {WIDTH} --exact --json")),
        );
    }
    checks.push(each_layer(case, form, "B̃", &found, &exact, |sums| &sums.b_trace));
    Ok(checks)
}

/// The kernel sum of C in exact fractions at every layer of one chain.
fn on_one_c(_context: &Context<'_>, case: &Case) -> Result<Vec<Check>, ClaimError> {
    exact_c(case, RecursionForm::Printed)
}

/// The same for a form of the recursion.
pub(super) fn exact_c(case: &Case, form: RecursionForm) -> Result<Vec<Check>, ClaimError> {
    let (found, exact) = layerwise(case, form)?;
    Ok(vec![each_layer(case, form, "C", &found, &exact, |sums| &sums.c)])
}

/// The sums at every layer of a chain.
type Layers = Vec<KernelSums<BigRational>>;

/// The sums of a form and those of the corrected recursion, by layer.
fn layerwise(case: &Case, form: RecursionForm) -> Result<(Layers, Layers), ClaimError> {
    let layers = case.network.graph().hidden_count();
    let by = |form| KernelSums::<BigRational>::iterate(form, WIDTH as u64, layers);
    Ok((by(form)?, by(RecursionForm::Corrected)?))
}

/// The check that one sum is the corrected recursion's at every layer.
fn each_layer(
    case: &Case,
    form: RecursionForm,
    name: &str,
    found: &[KernelSums<BigRational>],
    exact: &[KernelSums<BigRational>],
    read: fn(&KernelSums<BigRational>) -> &BigRational,
) -> Check {
    let wrong = (1..).zip(found.iter().zip(exact)).find(|(_, (found, exact))| read(found) != read(exact));
    Check::holds(
        format!("{} recursion, {name} at every layer of {}, n = {WIDTH}", form.name(), case.network.text()),
        Method::Exact,
        wrong.is_none(),
        found.len() as u64,
        wrong.map_or_else(
            || "equal as fractions".into(),
            |(layer, (found, exact))| format!("at layer {layer} it gives {}, exact is {}", read(found), read(exact)),
        ),
    )
}
