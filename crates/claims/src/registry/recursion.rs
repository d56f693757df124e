use archscale_model::{Architecture, InitRule};
use archscale_sim::kernel_sums;
use archscale_stats::{Decision, Moments, decide};
use archscale_theory::{KernelSums, RecursionForm};

use crate::trial::planned;
use crate::{Check, Claim, ClaimError, Context, Effort, Finding, Method, Twin, Verdict};

pub(crate) const CLAIM_B: Claim = Claim {
    id: "recursion-B",
    statement: "The recursions for B and B̃ with the printed coefficients",
    source: "Chen et al. 2024, appendix C, equation 27 and below, q = 1",
    hypotheses: "Chain, C = 2, |x|² = n; B̃ read as E(tr K)²/n³",
    quantity: "E‖K‖²_F/n³ and E(tr K)²/n³ of a layer's tangent kernel",
    check: "Simulated kernels at layer 3 against the printed and the corrected recursion; growth of both with depth",
    refuted_by: "A simulated kernel sum that excludes the printed value",
    twin: "The corrected recursion without D, and with an error of the margin",
    derivation: "proofs/recursion-B.md",
    theorems: &["recursion.corrected_from_tables", "recursion.printed_B_source_wrong", "recursion.printed_B_kernel_wrong"],
    outside: "Linearisation in η; the papers' reading of the two moments that they leave implicit",
    expected: Verdict::Refuted,
    least_effort: Effort::Quick,
    judge: judge_b,
    case: None,
};

pub(crate) const CLAIM_C: Claim = Claim {
    id: "recursion-C",
    statement: "The recursion for C with the printed coefficients",
    source: "Chen et al. 2024, appendix C, below equation 27, q = 1",
    hypotheses: "Chain, C = 2, |x|² = n; C̃ read as E zᵀKz/n³",
    quantity: "E|z|² tr K/n³ of a layer's tangent kernel",
    check: "Simulated kernels at layer 3 against the printed and the corrected recursion; growth of both with depth",
    refuted_by: "A simulated kernel sum that excludes the printed value",
    twin: "The corrected recursion with an error of the margin",
    derivation: "proofs/recursion-C.md",
    theorems: &["recursion.source_ratio", "recursion.printed_C_kernel_wrong", "recursion.printed_not_cubic"],
    outside: "Linearisation in η; the papers' reading of the two moments that they leave implicit",
    expected: Verdict::Refuted,
    least_effort: Effort::Quick,
    judge: judge_c,
    case: None,
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

fn judge(context: &Context<'_>, claim: &str, sums: &[Sum], twin: Option<RecursionForm>) -> Result<Finding, ClaimError> {
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
        finding.twins.push(Twin::simulated(format!("{place}, {:.1} % too large", 100.0 * (off - 1.0)), &decision));
        if let Some(form) = twin {
            let decision = decide(moments, law(&at(form)?), &plan);
            finding.twins.push(Twin::simulated(format!("{place}, {}", form.name()), &decision));
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
