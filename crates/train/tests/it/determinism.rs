//! A network's course is the same, bit for bit, whatever trains beside it, for any number of threads.
use crate::common::{labelled, over_images, program};
use archscale_model::{Activation, Architecture, Convention, Grid, InitRule, Lowering};
use archscale_testkit::threads;
use archscale_train::{Budget, Member, Parameter, Protocol, Sgd, Status, Trainer};

/// Its products go over several tiles, each large enough for several threads.
const TORUS: &str = "conv:depth=2,kernel=3,dims=2,size=8";

/// Rates over six orders of magnitude, the largest of which diverge at once or later, under two seeds.
fn members() -> Vec<Member> {
    let rate = |k: i32| 0.001 * 4f64.powi(k);
    (0..20).map(|k| Member { learning_rate: rate(k % 10), seed: (k / 10) as u64 }).collect()
}

fn protocol(width: usize) -> Protocol {
    Protocol {
        width,
        batch: 8,
        budget: Budget::Steps(12),
        optimiser: Sgd { momentum: 0.5, ..Sgd::default() }.into(),
        divergence: 50.0,
        ..Protocol::default()
    }
}

fn bits(parameters: Option<Vec<Parameter>>) -> Option<Vec<u64>> {
    Some(parameters?.iter().flat_map(|parameter| &parameter.entries).map(|entry| entry.to_bits()).collect())
}

#[test]
fn one_network_alone_is_that_network_among_many() {
    let how = Lowering::new(InitRule::Target).with_convention(Convention::Post).with_activation(Activation::GELU);
    let cell = Architecture::parse("cell:2_12_112").unwrap().graph().lower_with(&how).unwrap();
    let samples = labelled(3, 40, 6, 3);
    let (mut alive, mut dead) = (0, 0);
    let images = over_images("conv:kernel=3,size=6,padding=zero,readout=flatten,net=complete:3");
    for program in [program("complete:3"), cell, images] {
        let mut many = Trainer::new(&program, &samples, &protocol(32), &members()).unwrap();
        many.run(u64::MAX, &|_| ()).unwrap();
        let losses = many.evaluate(&samples).unwrap();
        for (index, (member, history)) in members().into_iter().zip(many.histories()).enumerate() {
            let mut alone = Trainer::new(&program, &samples, &protocol(32), &[member]).unwrap();
            alone.run(u64::MAX, &|_| ()).unwrap();
            assert_eq!(alone.histories().next().unwrap(), history);
            assert_eq!(bits(alone.parameters(0).unwrap()), bits(many.parameters(index).unwrap()));
            assert_eq!(alone.evaluate(&samples).unwrap()[0], losses[index]);
            match history.status {
                Status::Running => alive += 1,
                _ => dead += 1,
            }
        }
    }
    assert!(alive >= 15 && dead >= 9, "{alive} alive, {dead} diverged");
}

/// Losses, statuses and weights at widths whose products candle computes in one thread and in several.
fn digest() -> String {
    let mut text = String::new();
    for (arch, width, count) in [("chain:3", 24, 20), ("complete:2", 96, 20), ("chain:2", 200, 6), (TORUS, 24, 6)] {
        let program = if arch == TORUS { over_images(arch) } else { program(arch) };
        let samples = labelled(4, 64, program.readout_grid().map_or(5, Grid::positions), 3);
        let protocol = Protocol { batch: 32, budget: Budget::Steps(6), ..protocol(width) };
        let mut trainer = Trainer::new(&program, &samples, &protocol, &members()[..count]).unwrap();
        trainer.run(u64::MAX, &|_| ()).unwrap();
        let losses = trainer.evaluate(&samples).unwrap();
        for (network, (history, loss)) in trainer.histories().zip(losses).enumerate() {
            let weights = bits(trainer.parameters(network).unwrap()).unwrap_or_default();
            let sum = weights.iter().fold(0u64, |sum, bits| sum.rotate_left(1) ^ bits);
            text += &format!("{arch} {network} {history:?} {:x?} {sum:x}\n", loss.map(|found| found.loss.to_bits()));
        }
    }
    text
}

#[test]
fn pools_of_one_two_and_eight_threads_agree_bit_for_bit() {
    let digests = [1, 2, 8].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(digest)
    });
    assert_eq!(digests[0].lines().count(), 20 + 20 + 6 + 6);
    assert_eq!(digests[0], digests[1]);
    assert_eq!(digests[0], digests[2]);
}

/// Candle splits large products over as many threads as this variable says, read once per process; so each count is a process.
#[test]
fn products_split_over_one_and_eight_threads_agree_bit_for_bit() {
    let test = concat!(module_path!(), "::products_split_over_one_and_eight_threads_agree_bit_for_bit");
    let Some(digests) = threads::digests(test, &[1, 8], digest).unwrap() else { return };
    assert_eq!(digests[0].lines().count(), 20 + 20 + 6 + 6);
    assert_eq!(digests[0], digests[1]);
}
