//! A network of your own: its initial weights, and its learning rate from that of a network that was tuned.
//!
//!     cargo run --example my_network

use std::error::Error;

use archscale::model::{Convention, InitRule, Network};
use archscale::theory::{LAWS, LawInput, RECOMMENDED, ReluDag, second_moments};
use num_traits::ToPrimitive;

/// A network as an edge list: vertex 0 is the input, the largest the output.
const MINE: &str = "edges:0-1,1-2,2-3,0-3,3-4,1-4";

/// The network whose best learning rate is known, and that rate.
const TUNED: (&str, f64) = ("chain:3", 0.1);

/// Width of every hidden vertex.
const WIDTH: f64 = 256.0;

/// An edge and the standard deviation of its initial weights.
pub(crate) type EdgeScale = (usize, usize, f64);

/// Standard deviations of the weights: √(C/n), into the output √C/n, with the gain C of the rule. Edges that read data of
/// another dimension d have √(C/d).
///
/// # Errors
/// A text that is no architecture.
pub(crate) fn weights(text: &str) -> Result<Vec<EdgeScale>, Box<dyn Error>> {
    let network = Network::parse(text)?;
    let (graph, how) = (network.graph(), network.lowering(InitRule::Target).with_convention(Convention::Pre));
    let mut list = Vec::new();
    for v in 1..graph.vertex_count() {
        for edge in graph.parents(v) {
            let gain = how.gain(graph, v, *edge).to_f64().unwrap_or(f64::NAN);
            let fan_in = if v == graph.output() { WIDTH * WIDTH } else { WIDTH };
            list.push((edge.source(), v, (gain / fan_in).sqrt()));
        }
    }
    Ok(list)
}

/// The learning rate by the first recommended law that has a value for both networks, with its name.
///
/// # Errors
/// A text that is no architecture.
pub(crate) fn learning_rate(text: &str, (base, tuned): (&str, f64)) -> Result<Option<(&'static str, f64)>, Box<dyn Error>> {
    let input = |text: &str| -> Result<LawInput, Box<dyn Error>> {
        let network = Network::parse(text)?;
        Ok(LawInput::of(&network, &network.lowering(InitRule::Target), None)?)
    };
    let (mine, base) = (input(text)?, input(base)?);
    Ok(RECOMMENDED.iter().find_map(|&id| {
        let law = LAWS.iter().find(|law| law.id == id)?;
        let ratio = ((law.rate)(&mine).ok()? / (law.rate)(&base).ok()?).fit()?;
        Some((id, tuned * ratio))
    }))
}

/// Prints both.
///
/// # Errors
/// None in practice.
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    println!("{MINE} at width {WIDTH}");
    for (from, to, deviation) in weights(MINE)? {
        println!("weights {from} → {to}: N(0, s²) with s = {deviation:.5}");
    }
    let program = Network::parse(MINE)?.graph().lower(InitRule::Target)?;
    let moments = second_moments::<f64>(&ReluDag::new(&program, "the second moment")?);
    println!("E|z|²/n at its vertices: {moments:?}");
    match learning_rate(MINE, TUNED)? {
        Some((law, rate)) => println!("learning rate {rate:.4} by {law}, as {} takes {}", TUNED.0, TUNED.1),
        None => println!("no law gives a learning rate here"),
    }
    Ok(())
}
