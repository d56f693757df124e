//! Planned simulations: a pilot sizes the run, the run decides, and the two share no random number.

use archscale_sim::{Readout, Settings, Simulation, StreamKey, simulate};
use archscale_stats::{Moments, Plan};
use archscale_testkit::suite::Case;
use archscale_theory::FiniteMoments;

/// Seed of every stream of these tests; the purpose and the case name the rest.
pub(crate) const SEED: u64 = 20_240_611;
/// One estimate beside what a formula says of it.
pub(crate) struct Cell<'a> {
    pub(crate) vertex: usize,
    pub(crate) quantity: &'static str,
    pub(crate) sample: &'a Moments,
    pub(crate) prediction: f64,
}

/// Second moment, A, B and the squared change A + B of every vertex, in this order.
pub(crate) fn cells<'a>(simulation: &'a Simulation, law: &'a [FiniteMoments<f64>]) -> impl Iterator<Item = Cell<'a>> {
    simulation.nodes.iter().zip(law).flat_map(|(node, law)| {
        let (a, b) = (law.output_part, law.label_part);
        [
            ("second moment", &node.second_moment, law.second_moment),
            ("A", &node.a, a),
            ("B", &node.b, b),
            ("squared change", &node.squared_change, a + b),
        ]
        .map(|(quantity, sample, prediction)| Cell { vertex: node.id, quantity, sample, prediction })
    })
}

pub(crate) fn label(case: &Case) -> String {
    format!("{} {} n={}", case.name, case.init, case.width)
}

/// Simulates a case with as many networks as the plan asks for, to judge the named quantities at every vertex.
///
/// Pilots grow until one is at least half as large as the run that it asks for: a small pilot has not seen the tails, and asks for
/// too little. The run is three times what the last pilot asks for, for the same reason. Pilots and run are named apart, so they share no
/// random number, and the sizes depend on pilots only. Fails when more than `largest` networks are asked for: a run that is too
/// small would only be undecided.
pub(crate) fn planned(
    case: &Case,
    purpose: &str,
    readout: Readout,
    quantities: &[&str],
    plan: &Plan,
    largest: u64,
) -> Simulation {
    let program = case.program().unwrap();
    let law = case.law().unwrap();
    let run = |part: &str, samples: u64| {
        let key = StreamKey::new(format!("{purpose}, {part}"), label(case), SEED);
        let settings = Settings { readout, ..Settings::new(case.width as usize, samples, key) };
        simulate(&program, &settings, &|_| ()).unwrap()
    };
    // A first pilot of about the same cost at every width.
    let mut size = (1_u64 << 21).div_euclid(case.width.pow(2)).clamp(2_048, 8_192);
    for stage in 1.. {
        let pilot = run(&format!("pilot {stage}"), size);
        let wanted = cells(&pilot, &law).filter(|cell| quantities.contains(&cell.quantity)).map(|cell| {
            // A pilot that one value carries cannot plan: ask for a larger one.
            plan.samples_from_pilot(cell.sample, cell.prediction, u64::MAX).map_or(4 * size, |plan| plan.wanted)
        });
        let wanted = wanted.max().unwrap();
        assert!(wanted <= largest, "{}, {quantities:?}: {wanted} networks after a pilot of {size}", label(case));
        if wanted <= 2 * size {
            return run("run", 3 * wanted);
        }
        size = wanted;
    }
    unreachable!("pilots end at the largest size");
}
