//! The recommendation on the screen.

use archscale_model::Scaled;

use super::super::domain::three;
use super::super::{CliError, define, output};
use super::weights;
use super::{NOTE, Recommendation, Target};

pub(super) fn show(report: &Recommendation) -> Result<(), CliError> {
    output::print(&report.assumes.to_string())?;
    output::print(&format!(
        "Base {}: learning rate {}, {} init, E|z|²/n {}.",
        report.base,
        three(report.base_learning_rate.into()),
        report.init,
        report.base_second_moment.text()
    ))?;
    for network in &report.networks {
        show_network(network)?;
    }
    if report.base_width != report.width {
        output::print(&format!(
            "The base was tuned at n = {} and the weights are those at n = {}: with readout N(0, C/n²) the rate of SGD does not change \
             with width, up to terms of order 1/n.",
            report.base_width, report.width
        ))?;
    }
    output::print(&format!("n = {}. {}", report.width, weights::NOTE))?;
    output::print(&define::legend(&["E|z|²/n", "C"]))?;
    output::print(&format!("Note: {NOTE}."))
}

fn show_network(network: &Target) -> Result<(), CliError> {
    output::print(&match (network.learning_rate, network.sweep) {
        (Some(rate), Some([low, high])) => {
            let [rate, low, high] = [rate, low, high].map(|value| three(value.into()));
            format!("{}: learning rate {rate}, sweep [{low}, {high}].", network.architecture)
        }
        _ => {
            let offer = network.offer.map(|offer| format!(" Try {offer}, which keeps E|z|²/n at 1.")).unwrap_or_default();
            format!("{}: no rate is recommended: {}.{offer}", network.architecture, network.reasons.join("; "))
        }
    })?;
    output::print(&format!("E|z|²/n: {}.", network.second_moment.text()))?;
    let mut table = output::table(&["law", "learning rate", "ratio", "meant for"]).details(&["meant for"]);
    for rate in &network.laws {
        let name = if rate.recommended { format!("{} (recommended)", rate.law) } else { rate.law.into() };
        table.add_row(vec![name, shown(rate.exact), shown(rate.ratio.map(Scaled::from)), rate.caveat.clone()]);
    }
    output::print(&table.to_string())?;
    for rate in network.laws.iter().filter(|rate| rate.exact.is_none()) {
        output::print(&format!("No rate by {}: {}", rate.law, rate.caveat))?;
    }
    weights::show(&network.weights)
}

fn shown(value: Option<Scaled>) -> String {
    value.map_or_else(|| "—".into(), three)
}
