//! Over images: where it is the law of vectors, and where positions tell.

use archscale_model::{ConvNetwork, InitRule, Lowering};
use archscale_theory::{OutputKernel, SpatialRoute, TheoryError, output_kernel, spatial_moments, spatial_moments_by};

use super::assert_close;

fn image(text: &str) -> OutputKernel {
    let network = ConvNetwork::parse(text).unwrap();
    output_kernel(&network.lower(&Lowering::new(InitRule::Target)).unwrap()).unwrap()
}

fn vector(text: &str) -> OutputKernel {
    let network = ConvNetwork::parse(text).unwrap();
    output_kernel(&network.architecture().graph().lower(InitRule::Target).unwrap()).unwrap()
}

const NETS: [&str; 4] = ["chain:3", "complete:3", "cell:2_12_112", "edges:0-1,1-2,0-2"];

#[test]
fn kernel_one_read_at_a_position_is_the_law_of_vectors() {
    for net in NETS {
        for padding in ["zero", "circular"] {
            let text = format!("conv:size=3x4,kernel=1,padding={padding},readout=single:5,input=iid,net={net}");
            let expected = vector(&text);
            assert_close(image(&text), expected.readout, expected.hidden, 1e-12, &text);
        }
    }
}

/// Every gradient of a kernel is a sum over its q taps; the readout is no convolution.
#[test]
fn a_constant_input_on_a_torus_multiplies_the_hidden_part_by_the_taps() {
    for net in NETS {
        for readout in ["gap", "flatten", "single"] {
            for (size, kernel, taps) in [("5", 3, 3.0), ("4x3", 3, 9.0), ("6", 5, 5.0)] {
                let text =
                    format!("conv:size={size},kernel={kernel},padding=circular,readout={readout},input=constant,net={net}");
                let expected = vector(&text);
                assert_close(image(&text), expected.readout, taps * expected.hidden, 1e-12, &text);
            }
        }
    }
}

/// One hidden layer of kernel 1 on orthogonal positions: E x(p) x(p′) = 1/(2π) off the diagonal, and K(p, p′) = 0 there.
#[test]
fn global_average_pooling_by_hand() {
    for (padding, m) in [("circular", 4.0), ("zero", 4.0), ("circular", 7.0)] {
        let text = format!("conv:depth=1,size={m},kernel=1,padding={padding},readout=gap,input=iid");
        let readout = 0.5 / m + (1.0 - 1.0 / m) / (2.0 * std::f64::consts::PI);
        assert_close(image(&text), readout, 0.25 / m / readout, 1e-12, &text);
    }
}

/// Flattening reads the mean over positions, a single position itself; ReLU halves both.
#[test]
fn readouts_of_profiles() {
    for input in ["iid", "smooth:1"] {
        for padding in ["zero", "circular"] {
            for (readout, at) in [("flatten", None), ("single:1", Some(1))] {
                let text = format!("conv:depth=3,size=3x4,kernel=3,padding={padding},readout={readout},input={input}");
                let network = ConvNetwork::parse(&text).unwrap();
                let program = network.lower(&Lowering::new(InitRule::Target)).unwrap();
                let law = spatial_moments_by(&program, SpatialRoute::Positions).unwrap();
                let last = law.nodes.last().unwrap();
                let (moment, kernel) = match at {
                    None => (last.second_moment, last.kernel),
                    Some(at) => (last.second_moments[at], last.kernels[at]),
                };
                assert_close(output_kernel(&program).unwrap(), moment / 2.0, kernel / moment, 1e-12, &text);
            }
        }
    }
}

#[test]
fn pooling_needs_no_small_image() {
    let of = |size: &str| {
        let text = format!("conv:size={size},kernel=3,padding=zero,readout=flatten,input=iid,net=nas:3_24_440");
        ConvNetwork::parse(&text).unwrap().lower(&Lowering::new(InitRule::Target)).unwrap()
    };
    let small = of("3");
    let law = spatial_moments_by(&small, SpatialRoute::Pairs).unwrap();
    let last = law.nodes.last().unwrap();
    assert_close(output_kernel(&small).unwrap(), last.second_moment / 2.0, last.kernel / last.second_moment, 1e-12, "3");
    let large = of("8x8");
    assert!(matches!(spatial_moments(&large).unwrap_err(), TheoryError::TooLarge { .. }));
    assert!(output_kernel(&large).unwrap().hidden > 0.0);
}

/// The output's weights on three channels are three, however wide the network.
#[test]
fn a_readout_of_few_channels_adds_nothing() {
    let text =
        |channels: &str| format!("conv:size=4,kernel=1,readout=single,input=constant{channels},net=edges:0-1,1-2,0-2");
    let (many, few) = (image(&text("")), image(&text(",channels=3")));
    assert_close(many, 1.0, 0.125, 1e-12, "many");
    // Nor do the first layer's weights: κ = 0.
    assert_eq!((few.readout, few.hidden), (0.5, 0.0));
}
