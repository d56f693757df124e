//! `compare`: every law's ratio of two learning rates against the simulated one.

use std::num::{NonZeroU64, NonZeroUsize};

use archscale_model::{InitRule, Network, PathSums, Scaled};
use archscale_sim::{Readout, Settings, StreamKey};
use archscale_stats::{Moments, Plan, decide};
use archscale_text::{Refusal, fixed};
use archscale_theory::{LAWS, Law, LawInput, ReluDag};
use clap::Args;
use serde::Serialize;

use super::domain::{Assumes, Training};
use super::field::Field;
use super::simulation::simulate;
use super::{CliError, Ending, args, known, numbers, output, progress};

/// Domain and example.
const HELP: &str = "\
    Domain: any architecture and activation, for the first step of plain SGD. Where a law has no value \
    its row says why.\n\
    Example: archscale compare complete:4 --width 32";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    #[command(flatten)]
    architecture: args::Architecture,
    #[command(flatten)]
    training: Training,
    /// Network that fixes each law's constant; the chain as deep as the longest path unless given, or where ARCH is that chain one
    /// of half its depth.
    #[arg(long, value_name = "ARCH", value_parser = known::architecture(), hide_possible_values = true)]
    base: Option<String>,
    /// Width at which both networks are simulated.
    #[arg(long, value_name = "N", default_value = "64", value_parser = numbers::count::<NonZeroUsize>)]
    width: NonZeroUsize,
    /// Number of independent networks of each.
    #[arg(long, value_name = "S", default_value = "20000", value_parser = numbers::count::<NonZeroU64>)]
    samples: NonZeroU64,
    /// Seed of all random numbers.
    #[arg(long, default_value_t = 0, value_parser = numbers::natural::<u64>)]
    seed: u64,
    /// Relative deviation of a learning rate that is let pass: the laws are stated up to terms of order 1/n.
    #[arg(long, default_value_t = 0.1, value_parser = numbers::real)]
    margin: f64,
    #[command(flatten)]
    machine: args::Machine,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Comparison {
    assumes: Assumes,
    architecture: String,
    base: String,
    init: String,
    width: usize,
    samples: u64,
    seed: u64,
    margin: f64,
    /// Measured learning rate of the architecture over that of the base, from max_v B(v)/E|z(v)|² of each.
    measured_ratio: f64,
    /// Interval of the measured ratio.
    interval: (f64, f64),
    /// Probability that the interval misses the true ratio.
    false_alarm: f64,
    laws: Vec<LawVerdict>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct LawVerdict {
    law: &'static str,
    #[serde(flatten)]
    predicted_ratio: Field,
    rejected: Option<bool>,
    reason: String,
}

/// False-alarm probability of the whole interval, spread over its four estimated means.
const FALSE_ALARM: f64 = 1e-8;

/// max_v B(v)/E|z(v)|² of one network as simulated: estimate and interval.
struct Measured {
    estimate: f64,
    low: f64,
    high: f64,
}

/// Networks on which the vertex is chosen, of a run of that many.
fn choosing(samples: u64) -> u64 {
    (samples / 8).max(16)
}

fn settings(architecture: &Network, options: &Options, role: &str, stage: &str, samples: u64) -> Result<Settings, CliError> {
    let how = options.architecture.rules.lowering(architecture);
    let case = format!("{role} {} {} {} {} {stage}", architecture.text(), how.init, how.convention, how.activation);
    let (device, precision) = options.machine.parse()?;
    let plain = Settings::new(options.width.get(), samples, StreamKey::new("compare", case, options.seed));
    Ok(Settings { device, precision, readout: Readout::Integrated, ..plain })
}

fn measure(architecture: &Network, options: &Options, role: &str) -> Result<Measured, CliError> {
    let program = architecture.lower(&options.architecture.rules.lowering(architecture))?;
    let samples = options.samples.get();
    // The vertex is chosen on networks of its own, so that the choice does not bias the estimate.
    let pilot = simulate(&program, &settings(architecture, options, role, "choice", choosing(samples))?)?;
    let relative = |index: usize| pilot.nodes[index].b.mean() / pilot.nodes[index].second_moment.mean();
    let vertex = (0..pilot.nodes.len()).max_by(|&a, &b| relative(a).total_cmp(&relative(b))).unwrap_or(0);
    let main = simulate(&program, &settings(architecture, options, role, "main", samples)?)?;
    let node = &main.nodes[vertex];
    let plan = Plan::new(FALSE_ALARM / 4.0, 0.99, options.margin)?;
    let (b_low, b_high) = interval(&node.b, &plan, samples, architecture)?;
    let (v_low, v_high) = interval(&node.second_moment, &plan, samples, architecture)?;
    Ok(Measured { estimate: node.b.mean() / node.second_moment.mean(), low: b_low / v_high, high: b_high / v_low })
}

/// The interval of a positive mean.
fn interval(moments: &Moments, plan: &Plan, samples: u64, architecture: &Network) -> Result<(f64, f64), CliError> {
    let decision = decide(moments, moments.mean(), plan);
    let (low, high) = decision.interval;
    if low > 0.0 && high.is_finite() {
        return Ok((low, high));
    }
    Err(CliError::Usage(format!(
        "{samples} networks are too few for an interval on {} ({}): raise --samples",
        architecture.text(),
        decision.reason
    )))
}

/// A network as the laws read it: at the simulated width where the exact law exists there, else in the limit.
fn law_input(network: &Network, options: &Options) -> Result<LawInput, CliError> {
    let how = options.architecture.rules.lowering(network);
    let finite = ReluDag::new(&network.lower(&how)?, "the exact law").is_ok();
    Ok(LawInput::of(network, &how, finite.then_some(options.width.get() as u64))?)
}

/// The law's ratio of the learning rates held against the interval of the measured one.
fn verdict(law: &Law, [target, base]: &[LawInput; 2], interval: (f64, f64), margin: f64) -> LawVerdict {
    match ((law.rate)(target), (law.rate)(base)) {
        (Ok(rate), Ok(base_rate)) => {
            let (ratio, factor) = (rate / base_rate, Scaled::from(1.0 + margin));
            let rejected = ratio * factor < interval.0.into() || ratio / factor > interval.1.into();
            let reason = if rejected {
                format!("off by more than {} %", fixed(100.0 * margin, 0))
            } else {
                "within the margin of the interval".into()
            };
            let predicted_ratio = Field::maybe("predicted_ratio", Some(ratio));
            LawVerdict { law: law.id, predicted_ratio, rejected: Some(rejected), reason }
        }
        (Err(gap), _) | (_, Err(gap)) => {
            let predicted_ratio = Field::maybe("predicted_ratio", None);
            LawVerdict { law: law.id, predicted_ratio, rejected: None, reason: gap.to_string() }
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<Ending, CliError> {
    if !(options.margin > 0.0 && options.margin < 1.0) {
        return Err(Refusal::new("--margin", options.margin, "give a relative deviation between 0 and 1").into());
    }
    let assumes = options.training.assumes(Some(options.width.get() as u64))?;
    let architecture = options.architecture.parse()?;
    let init = InitRule::from(options.architecture.rules.init);
    let (base, choice) = base(&architecture, options)?;
    let samples = options.samples.get();
    progress::whole("networks", 0, 2 * (choosing(samples) + samples));
    let (target, reference) = (measure(&architecture, options, "target")?, measure(&base, options, "base")?);
    let interval = ((reference.low / target.high).sqrt(), (reference.high / target.low).sqrt());
    let inputs = [law_input(&architecture, options)?, law_input(&base, options)?];
    let report = Comparison {
        assumes,
        architecture: architecture.text(),
        base: base.text(),
        init: init.to_string(),
        width: options.width.get(),
        samples: options.samples.get(),
        seed: options.seed,
        margin: options.margin,
        measured_ratio: (reference.estimate / target.estimate).sqrt(),
        interval,
        false_alarm: FALSE_ALARM,
        laws: LAWS.iter().map(|law| verdict(law, &inputs, interval, options.margin)).collect(),
        warnings: architecture.warnings().into_iter().chain(choice).collect(),
    };
    output::warn(&report.warnings);
    if options.json {
        output::print_json(&report)?;
    } else {
        show(&report)?;
    }
    Ok(Ending::Done)
}

/// The network that fixes the constants, with a word on the choice where it is not the usual one.
fn base(architecture: &Network, options: &Options) -> Result<(Network, Option<String>), CliError> {
    let rules = &options.architecture.rules;
    let is_same = |base: &Network| base.edge_text() == architecture.edge_text();
    if let Some(text) = &options.base {
        let base = rules.network(text)?;
        if is_same(&base) {
            return Err(CliError::Usage(format!(
                "--base {text} is the same network as {}: of itself every law predicts the ratio 1, so give another base",
                architecture.text()
            )));
        }
        return Ok((base, None));
    }
    let longest = PathSums::new(architecture.graph(), InitRule::He).longest();
    let usual = rules.network(&format!("chain:{longest}"))?;
    if !is_same(&usual) {
        return Ok((usual, None));
    }
    let depth = if longest > 1 { longest.div_ceil(2) } else { 2 };
    let says = format!(
        "{} is itself the chain as deep as its longest path, so the base is chain:{depth}; --base gives another",
        architecture.text()
    );
    Ok((rules.network(&format!("chain:{depth}"))?, Some(says)))
}

fn show(report: &Comparison) -> Result<(), CliError> {
    output::print(&report.assumes.to_string())?;
    output::print(&format!(
        "Learning rate of {} over that of {}, n = {}, {} init: measured {} in [{}, {}]",
        report.architecture,
        report.base,
        report.width,
        report.init,
        output::number(report.measured_ratio),
        output::number(report.interval.0),
        output::number(report.interval.1),
    ))?;
    let mut table = output::table(&["law", "predicted ratio", "verdict", "why"]);
    for law in &report.laws {
        let verdict = match law.rejected {
            Some(true) => "rejected",
            Some(false) => "not rejected",
            None => "no prediction",
        };
        table.add_row(vec![law.law.to_string(), law.predicted_ratio.text(), verdict.into(), law.reason.clone()]);
    }
    output::print(&table.to_string())?;
    Ok(())
}
