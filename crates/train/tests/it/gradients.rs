//! Gradients of every operation, loss and stem against central differences in double precision.
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::common::{activation, labelled, lowered, random_program, random_program_over_images, valued};
use archscale_model::Program;
use archscale_nets::Precision;
use archscale_testkit::strategy::architectures;
use archscale_train::{Budget, Loss, Member, Parameter, Protocol, Samples, Stem, StemKernel, Trainer};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SAMPLES: usize = 5;
const STEP: f64 = 1e-6;
const OPERATIONS: [&str; 8] = ["Act", "Conv", "Dense", "Image", "Input", "Pointwise", "Pool", "Sum"];

/// Forty programs of the builder over vectors, as many lowered from random graphs of up to five vertices, and forty over images.
fn programs() -> Vec<(u64, Program)> {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
    let graphs = architectures(1..=5);
    let lowered = (40..80).map(|seed| {
        let (graph, init) = graphs.new_tree(&mut runner).unwrap().current();
        (seed, lowered(&graph, init, seed))
    });
    let over_images = (80..120).map(|seed| (seed, random_program_over_images(seed, 6)));
    (0..40).map(|seed| (seed, random_program(seed, 8))).chain(lowered).chain(over_images).collect()
}

/// Channels of the data of an image: 1 or 2.
fn channels(seed: u64) -> usize {
    1 + seed as usize % 2
}

fn protocol(seed: u64, loss: Loss) -> Protocol {
    Protocol {
        width: 4,
        batch: SAMPLES,
        budget: Budget::Steps(1),
        loss,
        stem: Stem {
            activation: activation(seed),
            trained: !seed.is_multiple_of(3),
            kernel: if seed.is_multiple_of(5) { StemKernel::Pointwise } else { StemKernel::Network },
            channels: channels(seed),
        },
        train_readout: !seed.is_multiple_of(4),
        precision: Precision::F64,
        ..Protocol::default()
    }
}

fn loss(trainer: &mut Trainer, samples: &Samples, parameters: &[Parameter]) -> f64 {
    trainer.set_parameters(0, parameters).unwrap();
    trainer.evaluate(samples).unwrap()[0].unwrap().loss
}

/// The gradient of the loss over all samples, read off one step of rate 1: W − (W − g).
fn gradient(trainer: &mut Trainer, before: &[Parameter]) -> Vec<Vec<f64>> {
    trainer.run(1, &|_| ()).unwrap();
    let after = trainer.parameters(0).unwrap().unwrap();
    let difference = |(a, b): (&Parameter, &Parameter)| a.entries.iter().zip(&b.entries).map(|(a, b)| a - b).collect();
    before.iter().zip(&after).map(difference).collect()
}

/// Along a random direction D in each matrix, (L(W + h D) − L(W − h D)) / 2h is off by h² times a third derivative and by the
/// rounding of L over h, both near 1e-10 for numbers of order 1; |g| |D| is the scale of what is compared. The step is so small
/// that the programs, with a few hundred gates each, are expected to cross none; a crossing would show as a failure.
#[test]
fn every_gradient_is_the_limit_of_central_differences() {
    let (mut compared, mut sharp, mut fixed) = (0, 0, 0);
    let mut operations = BTreeSet::new();
    for (seed, program) in programs() {
        for op in program.ops() {
            operations.insert(format!("{op:?}").split(['(', ' ']).next().unwrap().to_owned());
        }
        let features = program.readout_grid().map_or(3, |grid| grid.positions() * channels(seed));
        let data: [(Loss, Arc<Samples>); 3] = [
            (Loss::CrossEntropy, labelled(seed, SAMPLES, features, 3)),
            (Loss::MeanSquare, labelled(seed, SAMPLES, features, 2)),
            (Loss::MeanSquare, valued(seed, SAMPLES, features, 1)),
        ];
        for (loss_kind, samples) in data {
            let members = [Member { learning_rate: 1.0, seed }];
            let mut trainer = Trainer::new(&program, &samples, &protocol(seed, loss_kind), &members).unwrap();
            let at = trainer.parameters(0).unwrap().unwrap();
            let gradient = gradient(&mut trainer, &at);
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            for (index, gradient) in gradient.iter().enumerate() {
                if !at[index].trained {
                    assert!(gradient.iter().all(|&g| g == 0.0), "a fixed matrix has moved");
                    fixed += 1;
                    continue;
                }
                let direction: Vec<f64> = gradient.iter().map(|_| rng.random_range(-1.0..1.0)).collect();
                let moved = |sign: f64| {
                    let mut parameters = at.clone();
                    for (entry, d) in parameters[index].entries.iter_mut().zip(&direction) {
                        *entry += sign * STEP * d;
                    }
                    parameters
                };
                let (up, down) = (loss(&mut trainer, &samples, &moved(1.0)), loss(&mut trainer, &samples, &moved(-1.0)));
                let found: f64 = gradient.iter().zip(&direction).map(|(g, d)| g * d).sum();
                let expected = (up - down) / (2.0 * STEP);
                let scale = norm(gradient) * norm(&direction);
                let allowed = 1e-6 * scale + 1e-9 * up.max(1.0);
                let id = at[index].id;
                assert!((found - expected).abs() <= allowed, "seed {seed}, {loss_kind}, {id:?}: {found} for {expected}");
                // Matrices that the output does not depend on, or through dead gates only, have gradient 0 and are compared too.
                compared += u32::from(scale > 0.0);
                // A gradient that is off by a thousandth would not pass.
                sharp += u32::from((1.001 * found - expected).abs() > allowed);
            }
        }
    }
    assert_eq!(operations.into_iter().collect::<Vec<_>>(), OPERATIONS);
    assert!(compared > 1_000 && fixed > 100, "{compared} gradients, {fixed} fixed matrices");
    assert!(sharp > compared * 9 / 10, "{sharp} of {compared} gradients would be caught");
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}
