//! A trainer by tensor operations alone, as devices other than the host run it, beside the host's loops.
use crate::common::{labelled, over_images, program, random_program, random_program_over_images};
use archscale_model::Program;
use archscale_nets::{DeviceChoice, Machine, Precision};
use archscale_train::{Budget, Member, Protocol, Setup, Sgd, TrainError, Trainer};

const FEATURES: usize = 12;

fn protocol(features: usize, positions: Option<usize>) -> Protocol {
    let mut protocol = Protocol {
        width: 6,
        batch: 5,
        budget: Budget::Steps(6),
        optimiser: Sgd { momentum: 0.9, nesterov: true, weight_decay: 0.01 }.into(),
        precision: Precision::F64,
        ..Protocol::default()
    };
    protocol.stem.channels = positions.map_or(1, |positions| features / positions);
    protocol
}

fn host() -> Machine {
    Machine::open(DeviceChoice::Cpu, Precision::F64).unwrap()
}

/// Losses of the minibatches and over all samples after six steps, and every entry of every matrix.
fn trained(program: &Program, protocol: &Protocol, features: usize, machine: Machine) -> Vec<f64> {
    let samples = labelled(3, 15, features, 3);
    let members = [0.02, 0.1].map(|learning_rate| Member { learning_rate, seed: 2 });
    let setup = Setup { machine: Some(machine), ..Setup::default() };
    let mut trainer = Trainer::with(program, &samples, protocol, &members, setup).unwrap();
    trainer.run(u64::MAX, &|_| ()).unwrap();
    let mut found: Vec<f64> = trainer.histories().filter_map(|history| history.last_loss).collect();
    found.extend(trainer.evaluate(&samples).unwrap().into_iter().flatten().map(|evaluation| evaluation.loss));
    for network in 0..members.len() {
        found.extend(trainer.parameters(network).unwrap().into_iter().flatten().flat_map(|parameter| parameter.entries));
    }
    found
}

/// Forty programs of every operation over vectors and as many over images, in double precision: six steps keep the two ways
/// within 1e-9 of the largest entry, some 10⁶ roundings apart.
#[test]
fn both_ways_train_the_same_networks() {
    let vectors = (0..40).map(|seed| (seed, random_program(seed, 8)));
    let images = (40..80).map(|seed| (seed, random_program_over_images(seed, 6)));
    let mut differ = 0;
    for (seed, program) in vectors.chain(images) {
        let positions = program.readout_grid().map(archscale_model::Grid::positions);
        let features = positions.map_or(FEATURES, |positions| positions * (1 + seed as usize % 2));
        let protocol = protocol(features, positions);
        let by_loops = trained(&program, &protocol, features, host());
        let by_tensors = trained(&program, &protocol, features, host().without_loops());
        assert_eq!(by_loops.len(), by_tensors.len(), "{seed}");
        let largest = by_loops.iter().fold(1.0, |largest: f64, x| largest.max(x.abs()));
        for (one, other) in by_loops.iter().zip(&by_tensors) {
            assert!((one - other).abs() <= 1e-9 * largest, "{seed}: {one} {other}");
        }
        differ += u32::from(by_loops != by_tensors);
    }
    // The ways are not one: sums are taken in other orders.
    assert!(differ > 10, "{differ}");
}

#[test]
fn a_machine_of_another_precision_is_refused() {
    let samples = labelled(3, 15, FEATURES, 3);
    let setup = Setup { machine: Some(Machine::open(DeviceChoice::Cpu, Precision::F32).unwrap()), ..Setup::default() };
    let refused = Trainer::with(&program("chain:2"), &samples, &protocol(FEATURES, None), &[], setup).err().unwrap();
    assert!(matches!(refused, TrainError::Setting(_)), "{refused}");
    assert!(refused.to_string().contains("f32 for a protocol in f64"), "{refused}");
}

/// Every device that this build and machine have, within rounding of single precision.
#[test]
fn every_device_trains_the_same_networks() {
    let positions = 12;
    let image = over_images("conv:depth=2,kernel=3,dims=2,size=3x4,padding=zero,readout=gap,input=iid");
    for program in [program("complete:2"), image] {
        let over = program.readout_grid().map(|_| positions);
        let expected = trained(&program, &protocol(FEATURES, over), FEATURES, host());
        let mut covered = 0;
        for device in [DeviceChoice::Cpu, DeviceChoice::Cuda(0), DeviceChoice::Metal] {
            let Ok(machine) = Machine::open(device, Precision::F32) else { continue };
            let protocol = Protocol { precision: Precision::F32, ..protocol(FEATURES, over) };
            let found = trained(&program, &protocol, FEATURES, machine);
            let largest = expected.iter().fold(1.0, |largest: f64, x| largest.max(x.abs()));
            assert_eq!(found.len(), expected.len());
            for (one, other) in found.iter().zip(&expected) {
                assert!((one - other).abs() <= 1e-4 * largest, "{device}: {one} {other}");
            }
            covered += 1;
        }
        assert!(covered >= 1);
    }
}
