//! Simulated networks of convolutions.

use archscale_model::{ConvNetwork, InitRule, Lowering, Program};
use archscale_sim::{Readout, Settings, Weights, simulate};
use archscale_stats::{Decision, Moments, Plan, decide};
use archscale_theory::kernel_exponents;

use super::{CLAIM, WIDTH};
use crate::trial::planned;
use crate::{Check, ClaimError, Context, Mutant};

/// A network of convolutions whose B at the last vertex is simulated.
pub(super) struct Run {
    sample: Moments,
    weights: Weights,
    plan: Plan,
    text: String,
}

impl Run {
    pub(super) fn new(context: &Context<'_>, text: &str) -> Result<Self, ClaimError> {
        let program = ConvNetwork::parse(text)?.lower(&Lowering::new(InitRule::Target))?;
        let plan = context.plan()?;
        let networks =
            planned(&plan, |stage, networks| Ok(vec![simulated(context, &program, text, stage, WIDTH, networks)?.0]))?;
        let (sample, weights) = simulated(context, &program, text, "main", WIDTH, networks)?;
        Ok(Self { sample, weights, plan, text: text.into() })
    }

    pub(super) fn decide(&self, prediction: f64) -> Decision {
        decide(&self.sample, prediction, &self.plan)
    }

    pub(super) fn check(&self, what: &str, prediction: f64, command: &str) -> Check {
        Check::simulated(format!("{what}: B of {}, n = {WIDTH}", self.text), &self.decide(prediction), command)
            .with_weights(self.weights)
    }

    pub(super) fn perturbed(&self, prediction: f64) -> Mutant {
        let off = 1.25 * self.plan.margin();
        Mutant::simulated(
            format!("B of {} {:.1} % too large", self.text, 100.0 * off),
            &self.decide((1.0 + off) * prediction),
        )
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

/// Width and number of networks at which exponents of deeper networks are measured for the notes.
const MEASURED: (usize, u64) = (32, 4096);

/// The exponent from kernels 1 and 3 as measured at one width, beside the exact one of the limit.
pub(super) fn measured_exponent(context: &Context<'_>, text: &str) -> Result<String, ClaimError> {
    let how = Lowering::new(InitRule::Target);
    let network = ConvNetwork::parse(text)?;
    let exact = kernel_exponents(&network, &how, &[1, 3])?.exponent;
    let (width, networks) = MEASURED;
    let change = |kernel: usize| -> Result<Moments, ClaimError> {
        let program = network.with_kernel(kernel)?.lower(&how)?;
        Ok(simulated(context, &program, text, &format!("kernel {kernel}"), width, networks)?.0)
    };
    let (one, three) = (change(1)?, change(3)?);
    let alpha = 0.5 * (three.mean() / one.mean()).ln() / 3.0_f64.ln();
    let error = 0.5 * relative_error(&one).hypot(relative_error(&three)) / 3.0_f64.ln();
    Ok(format!(
        "{text}: α between kernels 1 and 3 measured at n = {width} on {networks} networks each is {alpha:.3} ± {error:.3}; exact as n → ∞: \
         {exact:.3}."
    ))
}

fn relative_error(moments: &Moments) -> f64 {
    moments.standard_error() / moments.mean()
}
