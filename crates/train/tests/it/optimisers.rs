//! SGD in all its forms against a recursion by hand on one weight.
use std::sync::Arc;

use archscale_model::{Activation, Gain, ProgramBuilder};
use archscale_nets::Precision;
use archscale_train::{Budget, Loss, Member, ParameterId, Protocol, Samples, Schedule, Sgd, Stem, TrainError, Trainer};

const RATES: [f64; 3] = [0.02, 0.1, 0.3];
const STEPS: u64 = 12;
const TARGET: f64 = 0.75;

/// One weight v with output v h, where h = s x is the fixed stem's value of the only sample x = 1.
fn trainer(optimiser: Sgd, schedule: Schedule) -> Trainer {
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
    Trainer::new(&program, &samples, &protocol, &members).unwrap()
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
    let sgd =
        |momentum, nesterov, weight_decay| Protocol { optimiser: Sgd { momentum, nesterov, weight_decay }, ..base.clone() };
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
            Some(TrainError::Setting { name, .. }) => assert_eq!(name, setting),
            other => panic!("{setting}: {other:?}"),
        }
    }
    for learning_rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let members = [Member { learning_rate, seed: 1 }];
        assert!(matches!(
            Trainer::new(&program, &samples, &base, &members).err(),
            Some(TrainError::Setting { name: "learning rate", .. })
        ));
    }
    let real = crate::common::valued(1, 10, 2, 2);
    assert!(matches!(Trainer::new(&program, &real, &base, &[member]).err(), Some(TrainError::Setting { name: "loss", .. })));
    assert!(Trainer::new(&program, &samples, &base, &[member]).is_ok());
}
