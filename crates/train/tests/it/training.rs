//! Where networks start, that they learn, and that those which diverge leave the others alone.
//!
//! False alarm of this file: at most 5e-9 (25 deviations, each beyond seven standard deviations of a nearly normal variable).
use std::sync::Arc;

use crate::common::{labelled, over_images, program, valued};
use archscale_model::Activation;
use archscale_train::{Budget, Loss, Member, ParameterId, Protocol, Samples, Status, Stem, Targets, TrainError, Trainer};

/// Two classes on either side of a line, at a distance from it.
fn separable() -> Arc<Samples> {
    let points = (0..64).map(|k| (f64::from(k) * 2.4).sin_cos()).filter(|(x, y)| (x + y).abs() > 0.3);
    let (mut inputs, mut labels) = (Vec::new(), Vec::new());
    for (x, y) in points {
        inputs.extend([x as f32, y as f32]);
        labels.push(u32::from(x + y > 0.0));
    }
    Arc::new(Samples::classified(inputs, 2, labels, 2).unwrap())
}

#[test]
fn a_separable_task_is_learnt_with_either_loss() {
    let samples = separable();
    assert!(samples.len() > 40);
    for (loss, bound) in [(Loss::CrossEntropy, 0.1), (Loss::MeanSquare, 0.1)] {
        let protocol = Protocol { width: 24, batch: 8, budget: Budget::Epochs(60), loss, ..Protocol::default() };
        let members = [Member { learning_rate: 0.1, seed: 1 }];
        let mut trainer = Trainer::new(&program("complete:2"), &samples, &protocol, &members).unwrap();
        let before = trainer.evaluate(&samples).unwrap()[0].unwrap();
        trainer.run(u64::MAX, &|_| ()).unwrap();
        let after = trainer.evaluate(&samples).unwrap()[0].unwrap();
        assert!(before.loss > 4.0 * bound && after.loss < bound, "{loss}: {before:?} {after:?}");
        assert_eq!(after.accuracy, 1.0);
        let history = trainer.histories().next().unwrap();
        assert_eq!((history.epoch_losses.len(), history.status), (60, Status::Running));
        assert!(history.epoch_losses[59] < history.epoch_losses[0]);
    }
}

#[test]
fn diverged_networks_are_dropped_early_and_change_nothing() {
    let samples = labelled(2, 48, 5, 3);
    let protocol = Protocol { width: 16, batch: 8, budget: Budget::Steps(200), ..Protocol::default() };
    let member = |learning_rate| Member { learning_rate, seed: 4 };
    let run = |members: &[Member]| {
        let mut trainer = Trainer::new(&program("chain:3"), &samples, &protocol, members).unwrap();
        trainer.run(u64::MAX, &|_| ()).unwrap();
        trainer
    };
    let mixed = run(&[member(0.05), member(1e5), member(0.1), member(1e30)]);
    let calm = run(&[member(0.05), member(0.1)]);
    let statuses: Vec<Status> = mixed.histories().map(|history| history.status).collect();
    assert_eq!((statuses[0], statuses[2]), (Status::Running, Status::Running));
    for (index, status) in [(1, statuses[1]), (3, statuses[3])] {
        let Status::Diverged { step } = status else { panic!("network {index} has not diverged") };
        assert!((1..20).contains(&step), "network {index} was dropped at step {step} only");
        assert_eq!(mixed.parameters(index).unwrap(), None);
        assert_eq!(mixed.evaluate(&samples).unwrap()[index], None);
    }
    assert_eq!((mixed.progress().running, mixed.progress().networks), (2, 4));
    for (one, other) in [(0, 0), (2, 1)] {
        assert_eq!(mixed.parameters(one).unwrap(), calm.parameters(other).unwrap());
    }
    // When all have diverged the run still ends.
    let gone = run(&[member(1e30)]);
    assert!(gone.is_finished() && gone.progress().running == 0);
}

/// Σ w² / (N σ²) of N normal entries has mean 1 and variance 2/N; with N ≥ 12 800 a deviation of seven standard deviations has a
/// probability below 1e-10, skewness included.
#[test]
fn matrices_start_with_the_variances_stated() {
    let samples = labelled(8, 40, 50, 100);
    let square = samples.mean_square();
    let protocol = Protocol { width: 256, batch: 4, budget: Budget::Steps(1), ..Protocol::default() };
    let leaky = Activation::leaky(0.5).unwrap();
    for (activation, scale) in [(Activation::RELU, 1.0), (Activation::LINEAR, 0.5), (leaky, 1.0 / 1.25)] {
        let protocol = Protocol { stem: Stem { activation, ..Stem::default() }, ..protocol.clone() };
        let members = [Member { learning_rate: 1.0, seed: 9 }];
        let trainer = Trainer::new(&program("complete:2"), &samples, &protocol, &members).unwrap();
        let parameters = trainer.parameters(0).unwrap().unwrap();
        assert_eq!(parameters.len(), 1 + 3 + 3);
        for parameter in &parameters {
            // In-degrees 1, 2 and 3 of the two vertices and the output: C = 2, 1 and 2/3.
            let variance = match parameter.id {
                ParameterId::Stem(_) => scale / (50.0 * square),
                ParameterId::Matrix(0) => 2.0 / 256.0,
                ParameterId::Matrix(_) => 1.0 / 256.0,
                _ => 2.0 / 3.0 / 256f64.powi(2),
            };
            let count = parameter.entries.len() as f64;
            let ratio = parameter.entries.iter().map(|w| w * w).sum::<f64>() / (count * variance);
            assert!(count >= 12_800.0);
            assert!((ratio - 1.0).abs() < 7.0 * (2.0 / count).sqrt(), "{:?} of {activation}: {ratio}", parameter.id);
        }
    }
}

/// Nine taps of six and of 256 channels, and a readout of 16 positions; the same bound as above.
#[test]
fn kernels_start_with_the_variances_stated() {
    let samples = labelled(8, 40, 6 * 16, 4);
    let stem = Stem { channels: 6, ..Stem::default() };
    let protocol = Protocol { width: 256, batch: 4, budget: Budget::Steps(1), stem, ..Protocol::default() };
    let members = [Member { learning_rate: 1.0, seed: 9 }];
    let program = over_images("conv:depth=2,kernel=3,dims=2,size=4,readout=flatten");
    let trainer = Trainer::new(&program, &samples, &protocol, &members).unwrap();
    let parameters = trainer.parameters(0).unwrap().unwrap();
    let shapes: Vec<(usize, usize)> = parameters.iter().map(|parameter| (parameter.rows, parameter.columns)).collect();
    assert_eq!(shapes, [(256, 9 * 6), (256, 9 * 256), (256, 9 * 256), (4, 256 * 16)]);
    for parameter in &parameters {
        let variance = match parameter.id {
            ParameterId::Stem(_) => 1.0 / (9.0 * 6.0 * samples.mean_square()),
            ParameterId::Matrix(_) => 2.0 / (9.0 * 256.0),
            _ => 2.0 / 256f64.powi(2),
        };
        let count = parameter.entries.len() as f64;
        let ratio = parameter.entries.iter().map(|w| w * w).sum::<f64>() / (count * variance);
        assert!(count >= 12_800.0);
        assert!((ratio - 1.0).abs() < 7.0 * (2.0 / count).sqrt(), "{:?}: {ratio}", parameter.id);
    }
}

/// A bright bar at a random place among dim waves: its length is the class, so that nothing but shape tells.
fn bars(first: u32, count: u32) -> Arc<Samples> {
    let (mut inputs, mut labels) = (Vec::new(), Vec::new());
    for k in first..first + count {
        let (label, start) = (k % 2, (k * 7 + k / 5) % 12);
        let length = if label == 0 { 2 } else { 5 };
        labels.push(label);
        inputs.extend((0..12).map(|p| {
            let wave = 0.3 * (f64::from(k) * 1.7 + f64::from(p) * (1.0 + f64::from(k % 3))).sin();
            (wave + if (p + 12 - start) % 12 < length { 1.5 } else { -0.5 }) as f32
        }));
    }
    Arc::new(Samples::classified(inputs, 12, labels, 2).unwrap())
}

/// Training on some samples, evaluation on others: what is learnt carries over, and the accuracy is that of the samples handed over.
#[test]
fn accuracy_is_that_of_the_samples_evaluated_seen_in_training_or_not() {
    let (train, test) = (bars(0, 60), bars(60, 41));
    let network = over_images("conv:depth=2,kernel=3,size=12,readout=gap");
    let protocol = Protocol { width: 16, batch: 12, budget: Budget::Epochs(60), ..Protocol::default() };
    let members = [Member { learning_rate: 0.1, seed: 2 }];
    let mut trainer = Trainer::new(&network, &train, &protocol, &members).unwrap();
    let accuracy = |trainer: &Trainer, samples: &Samples| trainer.evaluate(samples).unwrap()[0].unwrap().accuracy;
    // While about half are right, over more samples than one forward pass takes.
    trainer.run(12, &|_| ()).unwrap();
    let right: f64 = (0..300).map(|k| accuracy(&trainer, &bars(200 + k, 1))).sum();
    assert!(right > 0.0 && right < 300.0, "{right}");
    assert_eq!(accuracy(&trainer, &bars(200, 300)), right / 300.0);
    trainer.run(u64::MAX, &|_| ()).unwrap();
    assert_eq!((accuracy(&trainer, &train), accuracy(&trainer, &test)), (1.0, 1.0));
    // The same images under other labels: of 41, those whose label was turned are wrong now, and only those.
    let Targets::Labels { labels, classes } = test.targets() else { panic!("labels") };
    let turned = labels.iter().enumerate().map(|(k, &label)| if k < 9 { 1 - label } else { label }).collect();
    let turned = Samples::classified(test.inputs().to_vec(), 12, turned, *classes).unwrap();
    assert_eq!(accuracy(&trainer, &turned), 32.0 / 41.0);
}

#[test]
fn a_pass_without_training_is_counted_in_whole_batches() {
    let samples = valued(1, 21, 2, 2);
    let protocol = Protocol { batch: 5, budget: Budget::Epochs(3), loss: Loss::MeanSquare, width: 3, ..Protocol::default() };
    assert_eq!((protocol.steps_per_epoch(&samples), protocol.steps(&samples)), (4, 12));
    let members = [Member { learning_rate: 0.01, seed: 1 }];
    let mut trainer = Trainer::new(&program("chain:1"), &samples, &protocol, &members).unwrap();
    let seen = std::cell::RefCell::new(Vec::new());
    trainer.run(5, &|progress| seen.borrow_mut().push(progress.step)).unwrap();
    trainer.run(u64::MAX, &|progress| seen.borrow_mut().push(progress.step)).unwrap();
    assert_eq!(seen.into_inner(), [5, 12]);
    trainer.run(1, &|_| panic!("the budget is spent")).unwrap();
}

#[test]
fn data_and_parameters_that_do_not_fit_are_refused() {
    let samples = labelled(1, 12, 4, 3);
    let protocol = Protocol { width: 5, batch: 4, budget: Budget::Steps(2), ..Protocol::default() };
    let members = [Member { learning_rate: 0.1, seed: 1 }];
    let mut trainer = Trainer::new(&program("chain:2"), &samples, &protocol, &members).unwrap();
    assert!(matches!(trainer.evaluate(&labelled(1, 12, 5, 3)), Err(TrainError::Samples { .. })));
    assert!(matches!(trainer.evaluate(&labelled(1, 12, 4, 2)), Err(TrainError::Samples { .. })));
    let mut parameters = trainer.parameters(0).unwrap().unwrap();
    assert!(trainer.set_parameters(0, &parameters).is_ok());
    assert!(matches!(trainer.set_parameters(1, &parameters), Err(TrainError::Parameters { .. })));
    parameters[0].entries.pop();
    assert!(matches!(trainer.set_parameters(0, &parameters), Err(TrainError::Parameters { .. })));
    let zeros = Arc::new(Samples::classified(vec![0.0; 8], 2, vec![0; 4], 2).unwrap());
    assert!(matches!(Trainer::new(&program("chain:1"), &zeros, &protocol, &members), Err(TrainError::Samples { .. })));
    assert!(Samples::classified(vec![1.0, f32::NAN], 1, vec![0, 1], 2).is_err());
    assert!(Samples::classified(vec![1.0, 2.0], 1, vec![0, 2], 2).is_err());
    assert!(Samples::valued(vec![1.0, 2.0], 1, vec![0.0; 3], 2).is_err());
    assert!(Samples::valued(vec![], 1, vec![], 2).is_err());
}
