//! What the law refuses, and the edges of what it accepts.

use archscale_model::{
    Activation, Architecture, ConvNetwork, Convention, Gain, Grid, Image, InitRule, Lowering, OpId, Padding, Program,
    ProgramBuilder,
};
use archscale_theory::{
    SpatialCaveat, StationaryChain, TapReading, TheoryError, kernel_exponents, spatial_moments, wide_moments,
};

use crate::spatial::reference::program;

fn gain(value: i64) -> Gain {
    Gain::from_integer(value.into())
}

fn image(gram: &[f64]) -> Image {
    let side = (1..=gram.len()).find(|side| side * side == gram.len()).unwrap();
    Image::new(Grid::new(vec![side], Padding::Zero).unwrap(), gram.to_vec(), None).unwrap()
}

/// image → conv → `middle` → output.
fn through(middle: impl FnOnce(&mut ProgramBuilder, OpId, OpId) -> OpId) -> Program {
    let mut builder = ProgramBuilder::new();
    let input = builder.image(image(&[0.5, 0.1, 0.1, 0.5])).unwrap();
    let conv = builder.conv(vec![(gain(2), 1, input)]).unwrap();
    builder.report_at(0, conv, 1).unwrap();
    let last = middle(&mut builder, input, conv);
    builder.readout(vec![(gain(2), last)]).unwrap()
}

#[test]
fn programs_outside_the_domain_are_refused_with_the_reason() {
    let refusal = |middle: fn(&mut ProgramBuilder, OpId, OpId) -> OpId| {
        let error = spatial_moments(&through(middle)).unwrap_err();
        assert!(matches!(error, TheoryError::OutOfDomain { .. }), "{error}");
        error.to_string()
    };
    let gelu = refusal(|builder, _, conv| builder.act(Activation::GELU, conv).unwrap());
    assert!(
        gelu.starts_with("the operation after vertex 0 is the activation gelu, which") && gelu.contains("relu"),
        "{gelu}"
    );
    let raw = refusal(|builder, input, _| builder.act(Activation::RELU, input).unwrap());
    assert!(raw.contains("nonlinearity of the raw image"), "{raw}");
    let mixed = refusal(|builder, input, conv| builder.sum(vec![(gain(1), conv), (gain(1), input)]).unwrap());
    assert!(mixed.contains("a sum of the raw image"), "{mixed}");
    let post = refusal(|builder, _, conv| {
        let relu = builder.act(Activation::RELU, conv).unwrap();
        builder.sum(vec![(gain(1), conv), (gain(1), relu)]).unwrap()
    });
    assert!(
        post.starts_with("the operation after vertex 0 is a sum of activations")
            && post.contains("pre-activation convention"),
        "{post}"
    );
    let again = refusal(|builder, _, conv| {
        let relu = builder.act(Activation::RELU, conv).unwrap();
        builder.act(Activation::RELU, relu).unwrap()
    });
    assert!(again.contains("ReLU of a ReLU"), "{again}");
    let vector = Architecture::parse("chain:2").unwrap().graph().lower(InitRule::Target).unwrap();
    let error = spatial_moments(&vector).unwrap_err().to_string();
    assert!(error.contains("a program over vectors"), "{error}");
    // And the law of vectors refuses images.
    assert!(matches!(wide_moments(&program("conv:size=4")), Err(TheoryError::OutOfDomain { .. })));
    let network = ConvNetwork::parse("conv:size=4,net=cell:2_12_112").unwrap();
    let post = network.lower(&Lowering::new(InitRule::Target).with_convention(Convention::Post)).unwrap();
    assert!(matches!(spatial_moments(&post), Err(TheoryError::OutOfDomain { .. })));
}

#[test]
fn a_border_by_hand() {
    let at = |padding: &str| {
        let law = spatial_moments(&program(&format!(
            "conv:size=3,kernel=3,padding={padding},readout=single,depth=1,input=constant"
        )));
        law.unwrap().nodes.remove(0).per_position
    };
    // κ(p, 0)², with half the number of common taps as κ.
    assert_eq!(at("zero"), [1.0, 1.0, 0.25]);
    assert!(at("circular").iter().all(|change| (change - 2.25).abs() < 1e-14));
}

#[test]
fn few_channels_are_a_caveat() {
    let law = spatial_moments(&program("conv:size=4,depth=2,input=constant,channels=3")).unwrap();
    assert_eq!(law.caveats, [SpatialCaveat::FewChannels { channels: 3 }]);
    // The first layer's own weights move nothing: κ is 0 in the first layer, q/2 in the second, and D is κ² = q²/4.
    assert_eq!(law.nodes[0].kernel, 0.0);
    assert!((law.nodes[1].mean_squared_change - 9.0 / 4.0).abs() < 1e-12);
}

#[test]
fn a_field_that_is_zero_somewhere_passes_nothing_there() {
    let build = |gram: &[f64], positions: usize| {
        let mut builder = ProgramBuilder::new();
        let input = builder.image(image(gram)).unwrap();
        let mut source = input;
        for layer in 1..=3 {
            let conv = builder.conv(vec![(gain(2), 1, source)]).unwrap();
            builder.report_at(layer, conv, 1).unwrap();
            source = builder.act(Activation::RELU, conv).unwrap();
        }
        let program = builder.readout(vec![(gain(2), source)]).unwrap();
        assert_eq!(program.readout_grid().unwrap().positions(), positions);
        spatial_moments(&program).unwrap()
    };
    // Kernel 1: a position of zeros is as good as absent, but for the readout's mean.
    let (with, without) = (build(&[0.5, 0.0, 0.0, 0.0], 2), build(&[0.5], 1));
    for (with, without) in with.nodes.iter().zip(&without.nodes) {
        assert_eq!(with.per_position[1], 0.0);
        assert!((with.per_position[0] - without.per_position[0] / 4.0).abs() < 1e-15);
    }
    assert_eq!(with.caveats.len(), 3);
    assert_eq!(with.caveats[0], SpatialCaveat::ZeroField { id: 1, positions: 1 });
}

#[test]
fn a_reported_activation_halves_moments() {
    let law = spatial_moments(&through(|builder, _, conv| {
        let relu = builder.act(Activation::RELU, conv).unwrap();
        builder.report_at(1, relu, 1).unwrap();
        relu
    }))
    .unwrap();
    assert!((law.nodes[1].second_moment - 0.5 * law.nodes[0].second_moment).abs() < 1e-15);
    assert!((law.nodes[1].kernel - 0.5 * law.nodes[0].kernel).abs() < 1e-15);
    assert!(law.nodes[1].mean_squared_change < law.nodes[0].mean_squared_change);
}

#[test]
fn lags_refuse_what_is_no_stationary_field() {
    let torus = Grid::new(vec![4], Padding::Circular).unwrap();
    let refusal =
        |grid: &Grid, gram: &[f64], kernel| StationaryChain::new(grid, gram.to_vec(), kernel).unwrap_err().to_string();
    assert!(refusal(&torus, &[0.5, 0.1], 3).contains("2 lags on an image of 4 positions"));
    assert!(refusal(&torus, &[0.5, 0.1, 0.0, 0.2], 3).contains("differs between lag 1 and its negative"));
    assert!(refusal(&torus, &[0.5, 0.4, -0.4, 0.4], 3).contains("negative power"));
    assert!(refusal(&torus, &[0.5, f64::NAN, 0.0, 0.0], 3).contains("not finite"));
    assert!(refusal(&torus, &[0.5, 0.0, 0.0, 0.0], 2).contains("even"));
    assert!(refusal(&Grid::new(vec![4], Padding::Zero).unwrap(), &[0.5; 4], 3).contains("zero padding"));
}

#[test]
fn exponents_need_two_kernels() {
    let how = Lowering::new(InitRule::Target);
    let network = ConvNetwork::parse("conv:size=3,depth=2").unwrap();
    let error = kernel_exponents(&network, &how, &[3, 5]).unwrap_err().to_string();
    assert!(error.contains("at least two odd kernels"), "{error}");
    let found = kernel_exponents(&network, &how, &[5, 3, 1, 3]).unwrap();
    assert_eq!(found.rows.iter().map(|row| row.kernel).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(found.reading(1e-9), TapReading::Both);
    // Few channels and one layer: nothing moves.
    let still = ConvNetwork::parse("conv:size=5,depth=1,input=constant,channels=1").unwrap();
    assert!(kernel_exponents(&still, &how, &[1, 3]).unwrap_err().to_string().contains("a change of 0 at kernel 1"));
}

#[test]
fn values_on_several_grids_are_refused() {
    let mut builder = ProgramBuilder::new();
    builder.image(image(&[0.5])).unwrap();
    let pair = builder.image(image(&[0.5, 0.0, 0.0, 0.5])).unwrap();
    let z = builder.conv(vec![(gain(2), 1, pair)]).unwrap();
    let program = builder.readout(vec![(gain(2), z)]).unwrap();
    let message = spatial_moments(&program).unwrap_err().to_string();
    assert!(message.contains("operation 0: its value is on an image of 1") && message.contains("one grid"), "{message}");
}
