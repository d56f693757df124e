//! Training with an operation from outside: gradients against central differences, with vectors and over images.
use std::sync::Arc;

use crate::common::labelled;
use crate::rms_norm::RmsNorm;
use archscale_model::{Activation, Gain, Grid, InputModel, Padding, Program, ProgramBuilder};
use archscale_nets::Precision;
use archscale_nets::layer::{OutsideLayer, OutsideLayers};
use archscale_train::{Budget, Member, Parameter, Protocol, Setup, Trainer};

const POSITIONS: usize = 4;
const STEP: f64 = 1e-6;

fn gain(c: i32) -> Gain {
    Gain::from_integer(c.into())
}

fn over_vectors() -> Program {
    let mut builder = ProgramBuilder::new();
    let x = builder.input(Gain::new(1.into(), 2.into())).unwrap();
    let z = builder.dense(vec![(gain(2), x)]).unwrap();
    let y = builder.outside("rms-norm", vec![z]).unwrap();
    let h = builder.act(Activation::TANH, y).unwrap();
    let last = builder.dense(vec![(gain(2), h)]).unwrap();
    builder.readout(vec![(gain(2), last)]).unwrap()
}

fn over_images() -> Program {
    let grid = Grid::new(vec![POSITIONS], Padding::Zero).unwrap();
    let mut builder = ProgramBuilder::new();
    let x = builder.image(InputModel::Iid.image(&grid, None).unwrap()).unwrap();
    let z = builder.conv(vec![(gain(2), 3, x)]).unwrap();
    let y = builder.outside("rms-norm", vec![z]).unwrap();
    let h = builder.act(Activation::TANH, y).unwrap();
    builder.readout(vec![(gain(2), h)]).unwrap()
}

fn trainer(program: &Program, outside: OutsideLayers) -> Result<Trainer, archscale_train::TrainError> {
    let protocol =
        Protocol { width: 5, batch: 6, budget: Budget::Steps(1), precision: Precision::F64, ..Protocol::default() };
    let members = [Member { learning_rate: 1.0, seed: 3 }];
    Trainer::with(program, &labelled(5, 6, POSITIONS, 3), &protocol, &members, Setup { outside, ..Setup::default() })
}

/// The gradient is read off one step of rate 1. A central difference at 1e-6 is off by the square of that and by 1e-10 of rounding.
#[test]
fn gradients_through_a_normalisation_are_central_differences() {
    let samples = labelled(5, 6, POSITIONS, 3);
    let rms_norm = || OutsideLayers::new([Arc::new(RmsNorm) as Arc<dyn OutsideLayer>]);
    for program in [over_vectors(), over_images()] {
        let mut trained = trainer(&program, rms_norm()).unwrap();
        let before = trained.parameters(0).unwrap().unwrap();
        trained.run(1, &|_| ()).unwrap();
        let after = trained.parameters(0).unwrap().unwrap();
        let mut loss = |parameters: &[Parameter]| {
            trained.set_parameters(0, parameters).unwrap();
            trained.evaluate(&samples).unwrap()[0].unwrap().loss
        };
        let mut compared = 0;
        for (which, (before_one, after_one)) in before.iter().zip(&after).enumerate() {
            for entry in (0..before_one.entries.len()).step_by(3) {
                let found = before_one.entries[entry] - after_one.entries[entry];
                let mut moved = |by: f64| {
                    let mut parameters = before.clone();
                    parameters[which].entries[entry] += by;
                    loss(&parameters)
                };
                let expected = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                assert!((found - expected).abs() < 1e-8, "{:?} {entry}: {found} for {expected}", before_one.id);
                compared += u32::from(expected.abs() > 1e-4);
            }
        }
        assert!(compared > 10, "{compared}");
    }
}

#[test]
fn an_operation_without_its_layer_is_refused_by_name() {
    let refused = trainer(&over_vectors(), OutsideLayers::default()).err().unwrap().to_string();
    assert!(refused.starts_with("operation 2 is the outside operation rms-norm"), "{refused}");
}
