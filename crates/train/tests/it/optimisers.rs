//! SGD in all its forms, and an optimiser from outside the crate, against recursions by hand on one weight.
use std::sync::Arc;

use archscale_model::{Activation, Gain, ProgramBuilder};
use archscale_nets::Precision;
use archscale_train::{
    Budget, Loss, Member, NamedOptimiser, Optimiser, ParameterId, Protocol, Samples, Schedule, Sgd, Status, Stem, Step,
    TrainError, Trainer,
};
use candle_core::Tensor;

const RATES: [f64; 3] = [0.02, 0.1, 0.3];
const STEPS: u64 = 12;
const TARGET: f64 = 0.75;

/// One weight v with output v h, where h = s x is the fixed stem's value of the only sample x = 1.
fn trainer(optimiser: Sgd, schedule: Schedule) -> Trainer {
    trainer_with(optimiser.into(), schedule, None)
}

/// The same under an optimiser of the protocol, or another in its place.
fn trainer_with(optimiser: NamedOptimiser, schedule: Schedule, other: Option<Arc<dyn Optimiser>>) -> Trainer {
    let mut builder = ProgramBuilder::new();
    let input = builder.input(Gain::from_integer(1.into())).unwrap();
    let program = builder.readout(vec![(Gain::from_integer(1.into()), input)]).unwrap();
    let samples = Arc::new(Samples::valued(vec![1.0], 1, vec![TARGET as f32], 1).unwrap());
    let protocol = Protocol {
        width: 1,
        batch: 1,
        budget: Budget::Steps(STEPS),
        loss: Loss::MeanSquare,
        optimiser,
        schedule,
        stem: Stem { activation: Activation::LINEAR, trained: false, ..Stem::default() },
        precision: Precision::F64,
        ..Protocol::default()
    };
    let members = RATES.map(|learning_rate| Member { learning_rate, seed: 5 });
    let optimiser = other.unwrap_or_else(|| protocol.optimiser.build());
    Trainer::with_optimiser(&program, &samples, &protocol, &members, optimiser).unwrap()
}

/// Stem and readout of a network.
fn numbers(trainer: &Trainer, network: usize) -> (f64, f64) {
    let parameters = trainer.parameters(network).unwrap().unwrap();
    assert_eq!(parameters.iter().map(|p| p.id).collect::<Vec<_>>(), [ParameterId::Stem(0), ParameterId::Readout(0)]);
    (parameters[0].entries[0], parameters[1].entries[0])
}

#[test]
fn every_form_follows_its_recursion() {
    let mut courses = Vec::new();
    for (momentum, nesterov) in [(0.0, false), (0.9, false), (0.9, true), (0.5, true)] {
        for weight_decay in [0.0, 0.05] {
            for schedule in [Schedule::Constant, Schedule::Cosine] {
                let mut trainer = trainer(Sgd { momentum, nesterov, weight_decay }, schedule);
                let start: Vec<(f64, f64)> = (0..RATES.len()).map(|network| numbers(&trainer, network)).collect();
                trainer.run(STEPS, &|_| ()).unwrap();
                for (network, (rate, (h, mut w))) in RATES.iter().zip(start).enumerate() {
                    let mut velocity = 0.0;
                    for t in 0..STEPS {
                        let eta = match schedule {
                            Schedule::Cosine => rate * (1.0 + (std::f64::consts::PI * t as f64 / STEPS as f64).cos()) / 2.0,
                            _ => *rate,
                        };
                        let g = (w * h - TARGET) * h + weight_decay * w;
                        velocity = momentum * velocity + g;
                        w -= eta * if nesterov { g + momentum * velocity } else { velocity };
                    }
                    let (stem, found) = numbers(&trainer, network);
                    assert_eq!(stem, h, "the fixed stem has moved");
                    assert!((found - w).abs() <= 1e-13 * w.abs().max(1.0), "{found} for {w}");
                    courses.push(found);
                }
            }
        }
    }
    // Every option shows in the result, so that none could be ignored.
    courses.sort_by(f64::total_cmp);
    let distinct = courses.windows(2).filter(|pair| (pair[1] - pair[0]).abs() > 1e-6).count();
    assert_eq!((courses.len(), distinct), (48, 47));
}

#[test]
fn settings_out_of_their_domain_are_named() {
    let mut builder = ProgramBuilder::new();
    let input = builder.input(Gain::from_integer(1.into())).unwrap();
    let program = builder.readout(vec![(Gain::from_integer(1.into()), input)]).unwrap();
    let samples = crate::common::labelled(1, 10, 2, 2);
    let base = Protocol { width: 2, batch: 5, budget: Budget::Steps(1), ..Protocol::default() };
    let sgd = |momentum, nesterov, weight_decay| Protocol {
        optimiser: Sgd { momentum, nesterov, weight_decay }.into(),
        ..base.clone()
    };
    let wrong = [
        (sgd(1.0, false, 0.0), "momentum"),
        (sgd(f64::NAN, false, 0.0), "momentum"),
        (sgd(0.0, true, 0.0), "momentum"),
        (sgd(0.5, true, -1.0), "weight decay"),
        (Protocol { width: 0, ..base.clone() }, "width"),
        (Protocol { batch: 11, ..base.clone() }, "batch"),
        (Protocol { batch: 0, ..base.clone() }, "batch"),
        (Protocol { budget: Budget::Epochs(0), ..base.clone() }, "budget"),
        (Protocol { divergence: 0.5, ..base.clone() }, "divergence"),
    ];
    let member = Member { learning_rate: 0.1, seed: 1 };
    for (protocol, setting) in wrong {
        match Trainer::new(&program, &samples, &protocol, &[member]).err() {
            Some(TrainError::Setting(refusal)) => assert_eq!(refusal.place, setting),
            other => panic!("{setting}: {other:?}"),
        }
    }
    for learning_rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let members = [Member { learning_rate, seed: 1 }];
        let found = Trainer::new(&program, &samples, &base, &members).err();
        assert!(matches!(found, Some(TrainError::Setting(refusal)) if refusal.place == "learning rate"));
    }
    let real = crate::common::valued(1, 10, 2, 2);
    let found = Trainer::new(&program, &real, &base, &[member]).err();
    assert!(matches!(found, Some(TrainError::Setting(refusal)) if refusal.place == "loss"));
    assert!(Trainer::new(&program, &samples, &base, &[member]).is_ok());
}

/// Adam as Kingma and Ba write it; a stand-in for optimisers that remember two tensors and count their steps. The readout
/// may be left to gradient descent.
struct Adam {
    plain_readout: bool,
}

const BETAS: [f64; 2] = [0.9, 0.99];
const EPSILON: f64 = 1e-8;

impl Optimiser for Adam {
    fn identity(&self) -> String {
        format!("adam plain_readout={}", self.plain_readout)
    }

    fn slots(&self, which: ParameterId) -> usize {
        if self.plain_readout && matches!(which, ParameterId::Readout(_)) { 0 } else { 2 }
    }

    fn step(&self, at: &Step<'_>, weights: &mut Tensor, gradient: Tensor, slots: &mut [Tensor]) -> Result<(), TrainError> {
        let [mean, square] = slots else { return at.descend(weights, &gradient) };
        *mean = ((&*mean * BETAS[0])? + (&gradient * (1.0 - BETAS[0]))?)?;
        *square = ((&*square * BETAS[1])? + (gradient.sqr()? * (1.0 - BETAS[1]))?)?;
        let t = at.number as i32 + 1;
        let mean = (&*mean / (1.0 - BETAS[0].powi(t)))?;
        let square = (&*square / (1.0 - BETAS[1].powi(t)))?;
        at.descend(weights, &(mean / (square.sqrt()? + EPSILON)?)?)
    }
}

fn adam(plain_readout: bool) -> Arc<dyn Optimiser> {
    Arc::new(Adam { plain_readout })
}

#[test]
fn one_from_outside_follows_its_recursion() {
    let mut trainer = trainer_with(NamedOptimiser::default(), Schedule::Constant, Some(adam(false)));
    let start: Vec<(f64, f64)> = (0..RATES.len()).map(|network| numbers(&trainer, network)).collect();
    trainer.run(STEPS, &|_| ()).unwrap();
    for (network, (rate, (h, mut w))) in RATES.iter().zip(start).enumerate() {
        let (mut mean, mut square) = (0.0, 0.0);
        for t in 1..=STEPS as i32 {
            let g = (w * h - TARGET) * h;
            mean = BETAS[0] * mean + (1.0 - BETAS[0]) * g;
            square = BETAS[1] * square + (1.0 - BETAS[1]) * g * g;
            w -= rate * mean / (1.0 - BETAS[0].powi(t)) / ((square / (1.0 - BETAS[1].powi(t))).sqrt() + EPSILON);
        }
        let (_, found) = numbers(&trainer, network);
        assert!((found - w).abs() <= 1e-12 * w.abs().max(1.0), "{found} for {w}");
    }
}

/// Blocks drop and checkpoints store whatever an optimiser remembers, of each matrix as much as it says.
#[test]
fn one_from_outside_is_dropped_and_stored_like_those_within() {
    let (program, samples) = (crate::common::program("complete:2"), crate::common::labelled(2, 24, 5, 3));
    let protocol = Protocol { width: 8, batch: 6, budget: Budget::Steps(10), divergence: 20.0, ..Protocol::default() };
    let members = [0.003, 30.0, 0.02].map(|learning_rate| Member { learning_rate, seed: 4 });
    let fresh = |members: &[Member], plain_readout| {
        Trainer::with_optimiser(&program, &samples, &protocol, members, adam(plain_readout)).unwrap()
    };
    let path = std::env::temp_dir().join(format!("archscale-train-{}-adam", std::process::id()));
    let mut ends = Vec::new();
    for plain_readout in [false, true] {
        let mut whole = fresh(&members, plain_readout);
        whole.run(u64::MAX, &|_| ()).unwrap();
        let statuses: Vec<bool> = whole.histories().map(|history| history.status == Status::Running).collect();
        assert_eq!(statuses, [true, false, true]);
        let mut first = fresh(&members, plain_readout);
        first.run(6, &|_| ()).unwrap();
        first.save(&path).unwrap();
        let mut second = fresh(&members, plain_readout).resume(&path).unwrap();
        second.run(u64::MAX, &|_| ()).unwrap();
        let mut alone = fresh(&members[2..], plain_readout);
        alone.run(u64::MAX, &|_| ()).unwrap();
        assert_eq!(whole.parameters(2).unwrap(), second.parameters(2).unwrap());
        assert_eq!(whole.parameters(2).unwrap(), alone.parameters(0).unwrap());
        ends.push(whole.parameters(2).unwrap());
        let other = fresh(&members, !plain_readout).resume(&path).err().map(|error| error.to_string());
        assert!(other.is_some_and(|text| text.contains("another program, protocol")));
    }
    std::fs::remove_file(&path).unwrap();
    assert_ne!(ends[0], ends[1]);
}
