use archscale_model::{InitRule, Network, PathSums};
use archscale_sim::{Readout, Settings, StreamKey};
use archscale_stats::{Moments, Plan, decide};
use archscale_theory::{LAWS, LawInput, ReluDag};
use serde::Serialize;

use super::{CliError, Ending, args, output, progress, simulate};

#[derive(Debug, Serialize)]
struct Comparison {
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
    predicted_ratio: Option<f64>,
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

fn measure(architecture: &Network, options: &args::Compare, role: &str) -> Result<Measured, CliError> {
    let how = options.architecture.rules.lowering(architecture);
    let program = architecture.lower(&how)?;
    let (device, precision) = simulate::machine(&options.machine)?;
    let settings = |stage: &str, samples: u64| {
        let key = StreamKey::new(
            "compare",
            format!("{role} {} {} {} {} {stage}", architecture.text(), how.init, how.convention, how.activation),
            options.seed,
        );
        let plain = Settings::new(options.width.get(), samples, key);
        Settings { device, precision, readout: Readout::Integrated, ..plain }
    };
    let samples = options.samples.get();
    // The vertex is chosen on networks of its own, so that the choice does not bias the estimate.
    let pilot = simulate::simulate(&program, &settings("choice", choosing(samples)))?;
    let relative = |index: usize| pilot.nodes[index].b.mean() / pilot.nodes[index].second_moment.mean();
    let vertex = (0..pilot.nodes.len()).max_by(|&a, &b| relative(a).total_cmp(&relative(b))).unwrap_or(0);
    let main = simulate::simulate(&program, &settings("main", samples))?;
    let node = &main.nodes[vertex];
    let plan = Plan::new(FALSE_ALARM / 4.0, 0.99, options.margin)?;
    let interval = |moments: &Moments| -> Result<(f64, f64), CliError> {
        let decision = decide(moments, moments.mean(), &plan);
        let (low, high) = decision.interval;
        if low > 0.0 && high.is_finite() {
            return Ok((low, high));
        }
        Err(CliError::Usage(format!(
            "{samples} networks are too few for an interval on {} ({}): raise --samples",
            architecture.text(),
            decision.reason
        )))
    };
    let ((b_low, b_high), (v_low, v_high)) = (interval(&node.b)?, interval(&node.second_moment)?);
    Ok(Measured { estimate: node.b.mean() / node.second_moment.mean(), low: b_low / v_high, high: b_high / v_low })
}

pub(crate) fn run(options: &args::Compare) -> Result<Ending, CliError> {
    if !(options.margin.is_finite() && (0.0..1.0).contains(&options.margin) && options.margin > 0.0) {
        return Err(CliError::Usage(format!("--margin {}: give a relative deviation between 0 and 1", options.margin)));
    }
    let architecture = options.architecture.parse()?;
    let init = InitRule::from(options.architecture.rules.init);
    let longest = PathSums::new(architecture.graph(), init).longest();
    let base = Network::parse(&options.base.clone().unwrap_or_else(|| format!("chain:{longest}")))?;
    let samples = options.samples.get();
    progress::whole("networks", 0, 2 * (choosing(samples) + samples));
    let (target, reference) = (measure(&architecture, options, "target")?, measure(&base, options, "base")?);
    let interval = ((reference.low / target.high).sqrt(), (reference.high / target.low).sqrt());
    let inputs = [&architecture, &base].map(|network| {
        let how = options.architecture.rules.lowering(network);
        // Laws are taken at the simulated width where the exact law exists there, else in the limit.
        let program = network.lower(&how)?;
        let finite = ReluDag::new(&program, "the exact law").is_ok();
        LawInput::of(network, &how, finite.then_some(options.width.get() as u64))
    });
    let [of_target, of_base] = inputs;
    let (of_target, of_base) = (of_target?, of_base?);
    let laws = LAWS
        .iter()
        .map(|law| match ((law.rate)(&of_target), (law.rate)(&of_base)) {
            (Ok(rate), Ok(base_rate)) => {
                let ratio = rate / base_rate;
                let rejected = ratio * (1.0 + options.margin) < interval.0 || ratio / (1.0 + options.margin) > interval.1;
                let reason = if rejected {
                    format!("off by more than {:.0} %", 100.0 * options.margin)
                } else {
                    "within the margin of the interval".into()
                };
                LawVerdict { law: law.id, predicted_ratio: Some(ratio), rejected: Some(rejected), reason }
            }
            (Err(gap), _) | (_, Err(gap)) => {
                LawVerdict { law: law.id, predicted_ratio: None, rejected: None, reason: gap.to_string() }
            }
        })
        .collect();
    let report = Comparison {
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
        laws,
        warnings: architecture.warnings(),
    };
    output::warn(&report.warnings);
    if options.json {
        output::print_json(&report)?;
    } else {
        show(&report)?;
    }
    Ok(Ending::Done)
}

fn show(report: &Comparison) -> Result<(), CliError> {
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
        let ratio = law.predicted_ratio.map_or_else(|| "—".into(), output::number);
        table.add_row(vec![law.law.to_string(), ratio, verdict.into(), law.reason.clone()]);
    }
    output::print(&table.to_string())?;
    Ok(())
}
