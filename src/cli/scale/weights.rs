//! The initial weights of every edge.

use archscale_model::{EdgeKind, Lowering, Network};
use num_traits::ToPrimitive;
use serde::Serialize;

use crate::cli::domain::three;
use crate::cli::{CliError, output};

/// Where an edge lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Layer {
    /// It reads the data.
    Data,
    Hidden,
    Readout,
}

/// The initial weights of one trained edge.
#[derive(Debug, Serialize)]
pub(super) struct Weights {
    from: String,
    to: String,
    layer: Layer,
    /// Gain C: the variance is C over the fan-in, into the output C over the square of n.
    gain: f64,
    /// Number of inputs of one neuron: n or d, times the taps of the kernel; null where the data's dimension d is not given.
    fan_in: Option<u64>,
    standard_deviation: Option<f64>,
    /// The standard deviation as a formula, d the data's dimension.
    rule: String,
}

/// The note under the tables of weights.
pub(super) const NOTE: &str = "d: dimension of the data, over images their channels (--input-dim); the laws take data of mean square ½, so \
                               halve C of the edges that read data of mean square 1. The readout's standard deviation falls as 1/n, \
                               not as 1/√n.";

/// A skip and its multiplier.
#[derive(Debug, Serialize)]
pub(super) struct Skip {
    from: String,
    to: String,
    multiplier: f64,
}

/// One entry per trained edge, in the order of its target.
pub(super) fn weights(
    network: &Network,
    how: &Lowering,
    width: u64,
    input_dim: Option<u64>,
) -> Result<Vec<Weights>, CliError> {
    let graph = network.graph();
    let mut list = Vec::new();
    for v in 1..graph.vertex_count() {
        for edge in graph.parents(v).iter().filter(|edge| edge.kind != EdgeKind::Skip) {
            let layer = match edge.source() {
                _ if v == graph.output() => Layer::Readout,
                0 => Layer::Data,
                _ => Layer::Hidden,
            };
            let gain = how.gain(graph, v, *edge).to_f64().unwrap_or(f64::NAN);
            let taps = if layer == Layer::Readout { 1 } else { network.taps(edge.source(), v)? as u64 };
            let size = if layer == Layer::Data { input_dim } else { Some(width) };
            let fan_in = size.map(|size| size.saturating_mul(taps));
            let rule = match (layer, taps) {
                (Layer::Readout, _) => "√C/n".into(),
                (Layer::Data, 1) => "√(C/d)".into(),
                (Layer::Data, taps) => format!("√(C/{taps}d)"),
                (Layer::Hidden, 1) => "√(C/n)".into(),
                (Layer::Hidden, taps) => format!("√(C/{taps}n)"),
            };
            let deviation = |size: f64| if layer == Layer::Readout { gain.sqrt() / size } else { (gain / size).sqrt() };
            list.push(Weights {
                from: graph.name(edge.source()),
                to: graph.name(v),
                layer,
                gain,
                fan_in,
                standard_deviation: fan_in.map(|size| deviation(size as f64)),
                rule,
            });
        }
    }
    Ok(list)
}

/// Every skip, where some has a multiplier of its own.
pub(super) fn skips(network: &Network) -> Vec<Skip> {
    let graph = network.graph();
    if graph.multiplier_note().is_none() {
        return Vec::new();
    }
    let skips = graph.hidden().flat_map(|v| graph.parents(v).iter().map(move |edge| (v, *edge)));
    skips
        .filter(|(_, edge)| edge.kind == EdgeKind::Skip)
        .map(|(v, edge)| Skip {
            from: graph.name(edge.source()),
            to: graph.name(v),
            multiplier: graph.multiplier(edge).to_f64().unwrap_or(f64::NAN),
        })
        .collect()
}

/// The table of weights, the readout's last and by its own rule.
pub(super) fn show(weights: &[Weights]) -> Result<(), CliError> {
    const SHOWN: usize = 40;
    let mut table = output::table(&["edge", "fan-in", "gain C", "standard deviation"]);
    let (below, readout): (Vec<&Weights>, Vec<&Weights>) = weights.iter().partition(|edge| edge.layer != Layer::Readout);
    for edge in below.iter().take(SHOWN).chain(readout.iter().take(SHOWN)) {
        let name = match edge.layer {
            Layer::Data => format!("{} → {} (data)", edge.from, edge.to),
            Layer::Hidden => format!("{} → {}", edge.from, edge.to),
            Layer::Readout => format!("{} → {} (readout)", edge.from, edge.to),
        };
        let fan_in = edge.fan_in.map_or_else(|| "of the data".into(), |size| size.to_string());
        let value = edge.standard_deviation.map(|value| format!(" = {}", three(value.into()))).unwrap_or_default();
        table.add_row(vec![name, fan_in, three(edge.gain.into()), format!("{}{value}", edge.rule)]);
    }
    output::print(&table.to_string())?;
    let left = below.len().saturating_sub(SHOWN) + readout.len().saturating_sub(SHOWN);
    if left > 0 {
        output::print(&format!("{left} more edges are in the JSON output (--json)."))?;
    }
    Ok(())
}
