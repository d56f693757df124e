mod case;

use archscale_model::InitRule;
use archscale_sim::Bound;
use archscale_stats::{decide, decide_interval};
use archscale_text::{Refusal, fixed};
use archscale_theory::{chain_limit, chain_step, chain_step_rate, finite_moments};

use self::case::{Case, Movement};
use crate::hypothesis::{CHAIN, LIMIT, LINEAR_EDGES, RELU, TARGET_INIT, VECTORS};
use crate::survey::CaseRule;
use crate::trial::planned;
use crate::{Check, Claim, ClaimError, Context, Effort, Finding, Hypothesis, Method, Mutant, Table, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "several-steps",
    statement: "The largest learning rate that keeps E[(Δz)²] ≤ 1 over T gradient steps is a constant times the first-step law B^(−1/2), \
                for every T ≥ 1 and depth",
    source: "Chen et al. 2024, equation 7, which is of the first step; its limitation 2 leaves later steps open",
    domain: &[
        LINEAR_EDGES,
        RELU,
        TARGET_INIT,
        VECTORS,
        Hypothesis::stated("mean-field readout, which stays"),
        Hypothesis::stated("one input, label ±1, full gradient steps of every hidden weight on ½(f − y)²"),
        Hypothesis::stated("(Δz)² from the start, at the last hidden vertex"),
        Hypothesis::stated("no step may raise E(f − y)²"),
        LIMIT,
    ],
    quantity: "η*(T) · B^(1/2) over architectures",
    check: "T = 1 by the law of a step of any size, which simulation confirms; T steps of small η against T²η²(A + B) at finite width; \
            T = 5 by simulating rates tuned on one architecture and moved by the law to others",
    refuted_by: "A depth at which the rate differs from the constant times B^(−1/2) by more than a tenth",
    mutant: "The tangent kernel's law κ⁻¹ in place of B^(−1/2); T for T²; an error of the margin",
    derivation: "proofs/several-steps.md",
    theorems: &[],
    outside: "No theorem: the law of a step of any size is a conditioning argument on paper; all statements on T ≥ 2 at movements of \
              order 1 are measured",
    expected: Verdict::Refuted,
    least_effort: Effort::Quick,
    judge,
    case: Some(CaseRule::closed(InitRule::Target, on_one)),
};

/// Depths of the exact rates of one step.
const DEPTHS: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];

/// Largest relative distance of a rate that follows the law.
const TENTH: f64 = 0.1;

/// Networks of a run whose mean is judged: the decision's guard asks for about 700 where tails are light.
const NETWORKS: u64 = 800;

/// So many times as many where the effort is deep: the decision's guard is stricter at its smaller probability of an error,
/// and the tails of a chain of 16 are heavier.
const DEEPER: u64 = 8;

/// Depth and width of the chain whose first step is simulated at a rate that is not small. The correction of order 1/n of
/// the mean is below a third of its standard error there: that of B is 5(L − 1)/(2n) to first order, and a note prints the
/// simulated one.
const STEP: (u64, usize) = (3, 8_192);

/// Steps, and width, of the runs on which a tuned rate is moved to other architectures.
const MOVED: (usize, usize) = (5, 512);

/// Largest relative distance of a moved rate from the largest one: a tenth, and what the noise of the tuning adds.
const ALLOWED: f64 = 0.15;

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    let mut finding = Finding::default();
    one_step_exactly(&mut finding)?;
    one_step_simulated(context, &mut finding)?;
    small_steps(context, &mut finding)?;
    moved(context, &mut finding)?;
    measured(context, &mut finding)?;
    Ok(finding)
}

/// η* B^(1/2), over the square root of the movement allowed, of one step of a chain of so many layers as n → ∞.
fn constant(layers: u64, movement: f64) -> Result<f64, ClaimError> {
    Ok(chain_step_rate(layers, movement)? * (chain_limit::<f64>(layers) / movement).sqrt())
}

/// The check that one step moves the last vertex of one chain by 1 at the constant of one layer times B^(−1/2).
fn on_one(_context: &Context<'_>, case: &crate::Case) -> Result<Vec<Check>, ClaimError> {
    let text = case.network.text();
    if let Some(found) = CHAIN.broken_by(case) {
        return Err(ClaimError::Theory(
            Refusal::new(
                "the law of a step of any size",
                format!("not defined for {text}, where {found}"),
                "it is known for chains",
            )
            .into(),
        ));
    }
    let (one, here) = (constant(1, 1.0)?, constant(case.network.graph().hidden_count() as u64, 1.0)?);
    let what = format!("one step, movement 1: η* B^(1/2) of {text} is that of one layer, to a tenth");
    let reason = format!("it is {here:.4}, and {one:.4} at one layer");
    Ok(vec![Check::holds(what, Method::Numeric, (here / one - 1.0).abs() <= TENTH, 2, reason)])
}

/// The rates of one step in the limit of wide networks, by depth.
fn one_step_exactly(finding: &mut Finding) -> Result<(), ClaimError> {
    let constants = DEPTHS.iter().map(|&layers| constant(layers, 1.0)).collect::<Result<Vec<_>, _>>()?;
    let (first, last) = (constants[0], constants[constants.len() - 1]);
    finding.checks.push(Check::holds(
        "one step, movement 1: η* B^(1/2) is the same on chains of 1 to 64 layers",
        Method::Numeric,
        constants.iter().all(|constant| (constant / first - 1.0).abs() <= TENTH),
        DEPTHS.len() as u64,
        format!("it is {first:.3} at 1 layer and {last:.3} at 64"),
    ));
    // The condition under which the law does hold: layers² · movement small.
    let small = DEPTHS.iter().map(|&layers| constant(layers, 0.01 / (layers * layers) as f64));
    let small = small.collect::<Result<Vec<_>, _>>()?;
    finding.corrected.push(Check::holds(
        "one step, movement 0.01/L²: η* B^(1/2) is 1 to a tenth on chains of 1 to 64 layers",
        Method::Numeric,
        small.iter().all(|constant| (constant - 1.0).abs() <= TENTH),
        DEPTHS.len() as u64,
        format!(
            "it lies in {:.3} … {:.3}",
            small.iter().fold(f64::INFINITY, |a, &b| a.min(b)),
            small.iter().fold(0.0, |a: f64, &b| a.max(b))
        ),
    ));
    let exponent = |from: u64, to: u64| -> Result<f64, ClaimError> {
        Ok((chain_step_rate(to, 1.0)? / chain_step_rate(from, 1.0)?).ln() / (to as f64 / from as f64).ln())
    };
    finding.notes.push(format!(
        "One step, movement 1: the exponent of η* in depth is {:.3} from 1 to 2 layers, {:.3} from 8 to 16, {:.3} from 64 to 128 and {:.3} \
         from 4096 to 8192; −3/2 is the first-step law's, −5/6 what the recursion tends to.",
        exponent(1, 2)?,
        exponent(8, 16)?,
        exponent(64, 128)?,
        exponent(4096, 8192)?
    ));
    Ok(())
}

/// The first step at the first-step law's rate, where the law of small steps says 1 at every depth, as at one layer it is.
fn one_step_simulated(context: &Context<'_>, finding: &mut Finding) -> Result<(), ClaimError> {
    let (layers, width) = STEP;
    let (case, plan) = (Case::chain(layers)?, context.plan()?);
    let networks = if context.effort == Effort::Deep { 5 * NETWORKS } else { NETWORKS };
    let eta = case.first_step_rate();
    let Movement { sample, weights } = case.movement(context, "one step", (width, networks), eta, 1)?;
    let predicted = chain_step(layers, eta)?.last().map_or(f64::NAN, |last| last.squared_change);
    let command = format!("archscale steps {} --steps 1 --width {width} --json", case.text);
    let place = format!("E(Δz)² of {} after one step at η = B^(−1/2), n = {width}", case.text);
    let constant = decide(&sample, 1.0, &plan);
    finding
        .checks
        .push(Check::simulated(format!("the constant of one layer: {place}"), &constant, &command).with_weights(weights));
    let law = decide(&sample, predicted, &plan);
    finding
        .corrected
        .push(Check::simulated(format!("law of a step of any size: {place}"), &law, &command).with_weights(weights));
    let off = 1.0 + 1.25 * plan.margin();
    finding.mutants.push(Mutant::simulated(
        format!("law of a step of any size, {:.1} % too large", 100.0 * (off - 1.0)),
        &decide(&sample, off * predicted, &plan),
    ));
    let narrow = case.movement(context, "one step, narrow", (width / 64, 16 * NETWORKS), eta, 1)?.sample;
    finding.notes.push(format!(
        "{place}: simulated at n = {} it is {:.4} ± {:.4} and the limit {predicted:.4}, so that at n = {width} a correction of order 1/n \
         comes to {:.5}, against a standard error of {:.5}.",
        width / 64,
        narrow.mean(),
        narrow.standard_error(),
        (narrow.mean() - predicted) / 64.0,
        sample.standard_error()
    ));
    Ok(())
}

/// T steps of a rate so small that none of them changes the kernel: T times the first, at every width.
fn small_steps(context: &Context<'_>, finding: &mut Finding) -> Result<(), ClaimError> {
    let (width, steps, eta) = (16_usize, 3_usize, 1e-6);
    let (case, plan) = (Case::chain(2)?, context.plan()?);
    let exact = finite_moments::<f64>(&case.dag, width as u64)?;
    let exact = exact.last().map_or(f64::NAN, |last| last.output_part + last.label_part);
    let squared = (steps * steps) as f64;
    let per_rate = |stage: &str, networks: u64| -> Result<Movement, ClaimError> {
        let Movement { sample, weights } = case.movement(context, stage, (width, networks), eta, steps)?;
        Ok(Movement { sample: sample.scaled(1.0 / (eta * eta)), weights })
    };
    let networks = planned(&plan, |stage, networks| Ok(vec![per_rate(stage, networks)?.sample]))?;
    let Movement { sample, weights } = per_rate("main", networks)?;
    let command = format!("archscale law {} --width {width} --json", case.text);
    let what = format!("E(Δz)²/η² of {} after {steps} steps of η = {eta:e}, n = {width}: {steps}²(A + B)", case.text);
    finding.corrected.push(Check::simulated(what, &decide(&sample, squared * exact, &plan), command).with_weights(weights));
    finding.mutants.push(Mutant::simulated(
        format!("{steps}(A + B), as if steps were independent"),
        &decide(&sample, steps as f64 * exact, &plan),
    ));
    Ok(())
}

/// A rate tuned on one chain so that T steps move its last vertex by 1, moved to other architectures.
fn moved(context: &Context<'_>, finding: &mut Finding) -> Result<(), ClaimError> {
    let (steps, width) = MOVED;
    let base = Case::chain(4)?;
    let tuned = base.largest(context, "tuning", (width, 8), Bound { steps, movement: 1.0 }, 16)?;
    finding.notes.push(format!(
        "Tuned on {}: {steps} steps move its last vertex by 1 at η = {:.4} ± {:.1} %, {:.3} times B^(−1/2).",
        base.text,
        tuned.rate,
        100.0 * tuned.relative_error,
        tuned.rate / base.first_step_rate()
    ));
    let mut targets = vec!["chain:8", "complete:4"];
    let mut networks = NETWORKS;
    if context.effort == Effort::Deep {
        targets.extend(["chain:2", "chain:16", "complete:5"]);
        networks *= DEEPER;
    }
    for text in targets {
        moved_to(context, finding, &Case::new(text)?, (&base, tuned.rate), networks)?;
    }
    Ok(())
}

/// The rate of a base, moved to one architecture by the first-step law and, as a mutant, by the tangent kernel's.
fn moved_to(
    context: &Context<'_>,
    finding: &mut Finding,
    case: &Case,
    (base, tuned): (&Case, f64),
    networks: u64,
) -> Result<(), ClaimError> {
    let ((steps, width), plan) = (MOVED, context.plan()?);
    let by_law = tuned * (base.law.change / case.law.change).sqrt();
    let by_kernel = tuned * base.law.kernel / case.law.kernel;
    let at = |eta: f64, stage: &str| case.movement(context, stage, (width, networks), eta, steps);
    let place = format!("E(Δz)² of {} after {steps} steps, n = {width}, at the rate moved by B^(−1/2)", case.text);
    let command = format!("archscale steps {} --largest --steps {steps} --width {width} --json", base.text);
    let below = at((1.0 - ALLOWED) * by_law, "below")?;
    let less = decide_interval(&below.sample, 0.0, 1.0, &plan);
    let what = format!("{place}, less {:.0} %: below 1", 100.0 * ALLOWED);
    finding.corrected.push(without_value(Check::simulated(what, &less, &command).with_weights(below.weights)));
    let above = at((1.0 + ALLOWED) * by_law, "above")?;
    let more = decide_interval(&above.sample, 1.0, f64::INFINITY, &plan);
    let what = format!("{place}, plus {:.0} %: above 1", 100.0 * ALLOWED);
    finding.corrected.push(without_value(Check::simulated(what, &more, &command).with_weights(above.weights)));
    // Where the kernel's law gives more than the first-step law it must show at the lower end, else at the upper.
    let (stage, factor, range) = if by_kernel > by_law {
        ("kernel below", 1.0 - ALLOWED, (0.0, 1.0))
    } else {
        ("kernel above", 1.0 + ALLOWED, (1.0, f64::INFINITY))
    };
    let sample = at(factor * by_kernel, stage)?.sample;
    finding.mutants.push(Mutant::simulated(
        format!("the rate moved to {} by κ⁻¹, {:.2} times that by B^(−1/2)", case.text, by_kernel / by_law),
        &decide_interval(&sample, range.0, range.1, &plan),
    ));
    Ok(())
}

/// A check against a range, which has no one predicted value and no margin.
fn without_value(check: Check) -> Check {
    Check { prediction: None, smallest_detectable: None, ..check }
}

/// The largest rates as found by bisection, by steps and architecture.
fn measured(context: &Context<'_>, finding: &mut Finding) -> Result<(), ClaimError> {
    let (steps, depths): (&[usize], &[u64]) = match context.effort {
        Effort::Quick => (&[1, 3], &[1, 2, 4, 8]),
        Effort::Normal => (&[1, 3, 10], &[1, 2, 4, 8]),
        Effort::Deep => (&[1, 3, 10, 30], &[1, 2, 4, 8, 16]),
    };
    let mut rows = Vec::new();
    for &steps in steps {
        for &layers in depths {
            rows.push(largest_row(context, steps, layers)?);
        }
    }
    finding.tables.push(Table {
        title: format!(
            "Largest learning rates by bisection, n = {}, 8 groups of 4 networks: movement at most 1, then bounded by the loss alone",
            MOVED.1
        ),
        header: ["steps", "architecture", "η* B^(1/2)", "the same, n → ∞", "η* κ", "κ times the rate at which the loss grows"]
            .map(String::from)
            .to_vec(),
        rows,
    });
    Ok(())
}

fn largest_row(context: &Context<'_>, steps: usize, layers: u64) -> Result<Vec<String>, ClaimError> {
    let case = Case::chain(layers)?;
    let (unit, kernel) = (case.first_step_rate(), case.law.kernel);
    let largest =
        |movement: f64| case.largest(context, &format!("{steps} steps"), (MOVED.1, 4), Bound { steps, movement }, 8);
    let (moves, grows) = (largest(1.0)?, largest(f64::INFINITY)?);
    let exact = if steps == 1 { fixed(chain_step_rate(layers, 1.0)? / unit, 3) } else { "—".into() };
    let law = moves.times(1.0 / unit);
    Ok(vec![steps.to_string(), case.text, law, exact, moves.times(kernel), grows.times(kernel)])
}
