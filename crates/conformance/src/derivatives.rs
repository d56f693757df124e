use archscale_nets::{Draw, Networks, StreamKey, TensorId, Update};
use candle_core::Tensor;
use rand::Rng;
use rand_distr::StandardNormal;

use crate::automatic::automatic;
use crate::{Check, ConformanceError, Departure, Layer};

const WIDTH: usize = 5;
const NETWORKS: usize = 12;
/// Step of the central differences along a direction of norm 1.
const STEP: f64 = 1e-5;
/// Rounding of sums of a few hundred terms in double precision.
const ROUNDING: f64 = 1e-10;
/// Differences are off by h²/6 times third derivatives of order 1, and by rounding over h.
const TRUNCATION: f64 = 1e-6;
/// The mutant is wrong by two per cent or more in each comparison.
const MUTANT: f64 = 1e-2;

/// Relative distances found; each is the largest over matrices or vertices.
struct Distances {
    /// Gradients of f by every matrix, to candle's.
    gradient: f64,
    /// ⟨tangent, u⟩ to ⟨D, gradient of ⟨x, u⟩⟩ for a random u.
    adjoint: f64,
    /// Tangent to the central difference of the value.
    difference: f64,
}

/// Checks the simulator's gradients and tangents through a layer against the layer's values.
///
/// **Statement.** In 12 networks of width 5 of [`Layer::program`], in double precision: gradients by every matrix are those of
/// automatic differentiation, and ⟨tangent, u⟩ = ⟨D, gradient of ⟨x, u⟩⟩ for a random u, both to 1e-10; tangents are central
/// differences of the values, where no kink is crossed, to 1e-6. The mutant's are wrong by 1e-2 in each.
#[must_use]
pub fn derivatives(layer: &Layer) -> Check {
    let bounds = [ROUNDING, ROUNDING, TRUNCATION];
    let mutant = compared(layer, &layer.mutant(), [MUTANT; 3]).map(|mut mutant| {
        // Each comparison alone must tell the mutant from the layer.
        if mutant.departures.len() < bounds.len() {
            mutant.departures.clear();
        }
        mutant
    });
    Check::with_mutant(compared(layer, layer, bounds), mutant, "derivatives")
}

fn compared(layer: &Layer, claimed: &Layer, bounds: [f64; 3]) -> Result<Check, ConformanceError> {
    let Distances { gradient, adjoint, difference } = distances(layer, claimed)?;
    let mut check = Check { required: bounds.len(), ..Check::new("derivatives") };
    let places = [
        "distance of gradients to automatic differentiation",
        "distance of the two sides of the adjoint identity",
        "distance of tangents to central differences",
    ];
    for ((place, claimed), allowed) in places.into_iter().zip([gradient, adjoint, difference]).zip(bounds) {
        check.compare(1.0, Departure { place: place.into(), claimed, found: 0.0, allowed });
    }
    Ok(check)
}

fn entries(update: &Update) -> Result<Tensor, ConformanceError> {
    Ok(update.to_tensor()?)
}

fn norm(x: &Tensor) -> Result<f64, ConformanceError> {
    Ok(dot(x, x)?.sqrt())
}

fn dot(x: &Tensor, y: &Tensor) -> Result<f64, ConformanceError> {
    Ok((x * y)?.sum_all()?.to_scalar::<f64>()?)
}

/// Gradient and tangent of `claimed` beside the values of `layer`, in networks with the same weights.
fn distances(layer: &Layer, claimed: &Layer) -> Result<Distances, ConformanceError> {
    let (program, claimed) = (layer.program()?, claimed.program()?);
    let key = StreamKey::new("layer derivatives", layer.to_string(), 1);
    let draw = Draw::new(WIDTH, NETWORKS, key.clone());
    let (networks, other) = (Networks::draw(&program, &draw, 0)?, Networks::draw(&claimed, &draw, 0)?);
    let readout = networks.draw_readout(&key, 0)?.remove(0);
    let flow = other.gradients(&[(claimed.readout()[0].source, readout.clone())])?;
    let tangents = other.tangents(&flow)?;

    let expected = automatic(&program, &networks, &readout)?;
    let mut found = Distances { gradient: 0.0, adjoint: 0.0, difference: 0.0 };
    for (ours, expected) in other.weight_gradients(&flow)?.iter().flatten().zip(&expected) {
        let distance = norm(&(entries(ours)? - expected)?)? / norm(expected)?;
        found.gradient = largest(found.gradient, distance);
    }

    let own = networks.gradients(&[(program.readout()[0].source, readout)])?;
    let direction = networks.weight_gradients(&own)?;
    let mut squares = 0.0;
    for update in direction.iter().flatten() {
        squares += norm(&entries(update)?)?.powi(2);
    }
    let length = squares.sqrt();
    let moved = |step: f64| networks.moved(&[step / length; NETWORKS], &direction);
    let moves = (moved(-STEP)?, moved(STEP)?);
    let smooth = smooth(&moves)?;
    let mut rng = key.rng(0, TensorId::Label);
    for (node, claimed) in program.nodes().iter().zip(claimed.nodes()) {
        let Some(tangent) = tangents.at(claimed.op) else { continue };
        let probe: Vec<f64> = (0..NETWORKS * WIDTH).map(|_| rng.sample(StandardNormal)).collect();
        let probe = Tensor::from_vec(probe, (NETWORKS, WIDTH, 1), tangent.device())?;
        let gradient = networks.weight_gradients(&networks.gradients(&[(node.op, probe.clone())])?)?;
        let mut right = 0.0;
        for (gradient, direction) in gradient.iter().flatten().zip(&expected) {
            right += dot(&entries(gradient)?, direction)?;
        }
        found.adjoint = largest(found.adjoint, (dot(tangent, &probe)? / right - 1.0).abs());

        for &r in &smooth {
            let of = |x: &Tensor| x.get(r);
            let quotient = ((of(moves.1.value(node.op))? - of(moves.0.value(node.op))?)? * (0.5 / STEP))?;
            let tangent = (of(tangent)? / length)?;
            let scale = norm(&tangent)? + 1e-3 * norm(&of(networks.value(node.op))?)?;
            found.difference = largest(found.difference, norm(&(quotient - tangent)?)? / scale);
        }
    }
    Ok(found)
}

/// The larger; not a number where one of them is none.
fn largest(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

/// The networks that cross no kink between two moves: more than half of them, or the step is too long to tell anything.
fn smooth((before, after): &(Networks, Networks)) -> Result<Vec<usize>, ConformanceError> {
    let crossed = before.jumps(after)?;
    let smooth: Vec<usize> = (0..NETWORKS).filter(|&r| crossed[r] == 0.0).collect();
    if smooth.len() <= NETWORKS / 2 {
        let found = format!("{} of {NETWORKS}", smooth.len());
        let mend = "more than half must be, to compare tangents with differences; a layer with so many kinks needs a check of its own";
        return Err(archscale_text::Refusal::new("the number of networks away from kinks", found, mend).into());
    }
    Ok(smooth)
}
