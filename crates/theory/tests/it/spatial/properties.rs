//! Identities of the law on random images, kernels and graphs.
//!
//! False alarm of this file: at most 0 (its assertions are identities).

use archscale_model::{
    Activation, ConvNetwork, Gain, Grid, Image, InitRule, Lowering, Padding, PositionReadout, Program, ProgramBuilder,
};
use archscale_theory::{SpatialRoute, StationaryChain, spatial_moments_by, wide_moments};
use proptest::prelude::*;

/// A chain of gain 2 over an image; D(p) of every layer.
fn changes(image: &Image, kernel: usize, depth: usize, readout: PositionReadout) -> Vec<Vec<f64>> {
    let law = spatial_moments_by(&chain(image, kernel, depth, readout), SpatialRoute::Positions).unwrap();
    law.nodes.into_iter().map(|node| node.per_position).collect()
}

fn chain(image: &Image, kernel: usize, depth: usize, readout: PositionReadout) -> Program {
    let two = || Gain::from_integer(2.into());
    let mut builder = ProgramBuilder::new();
    let mut source = builder.image(image.clone()).unwrap();
    for layer in 1..=depth {
        let conv = builder.conv(vec![(two(), kernel, source)]).unwrap();
        builder.report_at(layer, conv, 1).unwrap();
        source = builder.act(Activation::RELU, conv).unwrap();
    }
    builder.readout_over(vec![(two(), source)], readout).unwrap()
}

fn close(one: &[f64], two: &[f64], tolerance: f64) -> bool {
    one.len() == two.len() && one.iter().zip(two).all(|(one, two)| (one - two).abs() <= tolerance * two.abs())
}

/// Sides, a kernel that fits, and field values from which a Gram matrix is made.
fn fields() -> impl Strategy<Value = (Vec<usize>, usize, Vec<Vec<f64>>)> {
    let sides = prop_oneof![prop::collection::vec(3_usize..8, 1), prop::collection::vec(3_usize..5, 2)];
    sides.prop_flat_map(|sides| {
        let m: usize = sides.iter().product();
        let channels = prop::collection::vec(prop::collection::vec(-1.0..1.0, m), 1..5);
        (Just(sides), prop_oneof![Just(1_usize), Just(3)], channels)
    })
}

/// Σ_c h_c h_cᵀ + 1/10, which is positive definite.
fn gram(channels: &[Vec<f64>], place: impl Fn(usize) -> usize) -> Vec<f64> {
    let m = channels[0].len();
    let entry = |p: usize, r: usize| {
        channels.iter().map(|h| h[place(p)] * h[place(r)]).sum::<f64>() + if p == r { 0.1 } else { 0.0 }
    };
    (0..m * m).map(|index| entry(index / m, index % m)).collect()
}

fn image(sides: &[usize], padding: Padding, gram: Vec<f64>) -> Image {
    Image::new(Grid::new(sides.to_vec(), padding).unwrap(), gram, None).unwrap()
}

/// The position whose coordinates are these.
fn index(sides: &[usize], coordinates: &[usize]) -> usize {
    sides.iter().zip(coordinates).fold(0, |index, (side, at)| index * side + at)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_torus_has_no_origin((sides, kernel, channels) in fields(), shift in prop::collection::vec(0_usize..8, 2), depth in 1_usize..4) {
        let grid = Grid::new(sides.clone(), Padding::Circular).unwrap();
        let moved = |p: usize| {
            let at = grid.coordinates(p);
            let there: Vec<usize> = at.iter().zip(&sides).zip(&shift).map(|((at, side), step)| (at + step) % side).collect();
            index(&sides, &there)
        };
        let m = grid.positions();
        let there = image(&sides, Padding::Circular, gram(&channels, moved));
        let here = image(&sides, Padding::Circular, gram(&channels, |p| p));
        for (readout, shifted) in [
            (PositionReadout::Average, PositionReadout::Average),
            (PositionReadout::Single(moved(0)), PositionReadout::Single(0)),
        ] {
            let (one, two) = (changes(&here, kernel, depth, readout), changes(&there, kernel, depth, shifted));
            for (one, two) in one.iter().zip(&two) {
                let one: Vec<f64> = (0..m).map(|p| one[moved(p)]).collect();
                prop_assert!(close(&one, two, 1e-10), "{one:?} {two:?}");
            }
        }
    }

    #[test]
    fn mirrors_and_turned_axes_change_nothing((sides, kernel, channels) in fields(), zero: bool, depth in 1_usize..4) {
        let padding = if zero { Padding::Zero } else { Padding::Circular };
        let grid = Grid::new(sides.clone(), padding).unwrap();
        let m = grid.positions();
        let here = changes(&image(&sides, padding, gram(&channels, |p| p)), kernel, depth, PositionReadout::Average);
        let mirrored = |p: usize| {
            let at: Vec<usize> = grid.coordinates(p).iter().zip(&sides).map(|(at, side)| side - 1 - at).collect();
            index(&sides, &at)
        };
        let there = changes(&image(&sides, padding, gram(&channels, mirrored)), kernel, depth, PositionReadout::Average);
        for (one, two) in here.iter().zip(&there) {
            prop_assert!(close(&(0..m).map(|p| one[mirrored(p)]).collect::<Vec<_>>(), two, 1e-10));
        }
        let turned: Vec<usize> = sides.iter().rev().copied().collect();
        let other = Grid::new(turned.clone(), padding).unwrap();
        let back = |p: usize| index(&sides, &other.coordinates(p).into_iter().rev().collect::<Vec<_>>());
        let there = changes(&image(&turned, padding, gram(&channels, back)), kernel, depth, PositionReadout::Average);
        for (one, two) in here.iter().zip(&there) {
            prop_assert!(close(&(0..m).map(|p| one[back(p)]).collect::<Vec<_>>(), two, 1e-10));
        }
    }

    #[test]
    fn flatten_is_the_mean_of_single_positions((sides, kernel, channels) in fields(), zero: bool, depth in 1_usize..4) {
        let padding = if zero { Padding::Zero } else { Padding::Circular };
        let image = image(&sides, padding, gram(&channels, |p| p));
        let m = image.grid().positions();
        let mut mean = vec![vec![0.0; m]; depth];
        for at in 0..m {
            for (mean, change) in mean.iter_mut().zip(changes(&image, kernel, depth, PositionReadout::Single(at))) {
                mean.iter_mut().zip(change).for_each(|(mean, change)| *mean += change / m as f64);
            }
        }
        for (mean, flatten) in mean.iter().zip(changes(&image, kernel, depth, PositionReadout::Flatten)) {
            prop_assert!(close(mean, &flatten, 1e-10));
        }
    }

    #[test]
    fn the_change_is_of_second_degree_in_the_input((sides, kernel, channels) in fields(), scale in 0.01_f64..100.0) {
        let plain = gram(&channels, |p| p);
        let scaled: Vec<f64> = plain.iter().map(|entry| entry * scale).collect();
        let one = changes(&image(&sides, Padding::Zero, plain), kernel, 3, PositionReadout::Flatten);
        let two = changes(&image(&sides, Padding::Zero, scaled), kernel, 3, PositionReadout::Flatten);
        for (one, two) in one.iter().zip(&two) {
            prop_assert!(close(&one.iter().map(|change| change * scale * scale).collect::<Vec<_>>(), two, 1e-10));
        }
    }

    #[test]
    fn on_a_torus_a_stationary_input_gives_q_squared(
        side in 5_usize..9, square: bool, powers in prop::collection::vec(0.0_f64..1.0, 64), flatten: bool, depth in 1_usize..5
    ) {
        let sides = if square { vec![side, 5] } else { vec![side] };
        let grid = Grid::new(sides.clone(), Padding::Circular).unwrap();
        let m = grid.positions();
        // Cosines of every frequency: stationary, with this power.
        let by_lag: Vec<f64> = (0..m).map(|lag| {
            let wave = |frequency: usize| {
                let turns = grid.coordinates(frequency).into_iter().zip(grid.coordinates(lag)).zip(&sides);
                turns.map(|((k, step), side)| (k * step % side) as f64 / *side as f64).sum::<f64>()
            };
            (0..m).map(|k| (powers[k] + 0.01) * (std::f64::consts::TAU * wave(k)).cos()).sum()
        }).collect();
        let readout = if flatten { PositionReadout::Flatten } else { PositionReadout::Average };
        let lag = |p: usize, r: usize| {
            let steps = grid.coordinates(r).into_iter().zip(grid.coordinates(p)).zip(&sides);
            let steps: Vec<usize> = steps.map(|((to, from), side)| (to + side - from) % side).collect();
            index(&sides, &steps)
        };
        let image = image(&sides, Padding::Circular, (0..m * m).map(|at| by_lag[lag(at / m, at % m)]).collect());
        let one = changes(&image, 1, depth, readout);
        for kernel in [3_usize, 5] {
            let q = kernel.pow(sides.len() as u32) as f64;
            let by_positions = changes(&image, kernel, depth, readout);
            let by_lags = StationaryChain::new(&grid, by_lag.clone(), kernel).unwrap().layers(depth, readout).unwrap();
            for ((one, many), lags) in one.iter().zip(&by_positions).zip(&by_lags) {
                let expected: Vec<f64> = one.iter().map(|change| q * q * change).collect();
                prop_assert!(close(many, &expected, 1e-10), "{many:?} {expected:?}");
                prop_assert!(close(&vec![lags.mean_squared_change; m], &expected, 1e-10), "{lags:?} {expected:?}");
            }
        }
    }

    #[test]
    fn random_graphs_on_constant_inputs_are_vectors(
        digits in prop::collection::vec(0_u8..3, 10), steps in 1_usize..5, torus: bool, init in 0_usize..3, readout in 0_usize..3
    ) {
        let mut rest = digits.iter();
        let rows: Vec<String> = (1..=steps).map(|length| rest.by_ref().take(length).map(ToString::to_string).collect()).collect();
        let settings = if torus { "size=5,kernel=3" } else { "size=3x3,kernel=1,padding=zero" };
        let readout = ["gap", "flatten", "single:2"][readout];
        let text = format!("conv:{settings},input=constant,readout={readout},net=cell:{}", rows.join("_"));
        let network = ConvNetwork::parse(&text);
        // Codes without a path to the output are refused.
        prop_assume!(network.is_ok());
        let network = network.unwrap();
        let how = Lowering::new([InitRule::Target, InitRule::Source, InitRule::He][init]);
        let vector = wide_moments(&network.architecture().graph().lower_with(&how).unwrap()).unwrap();
        let image = spatial_moments_by(&network.lower(&how).unwrap(), SpatialRoute::Positions).unwrap();
        let scale = if torus { 9.0 } else { 1.0 };
        for (image, vector) in image.nodes.iter().zip(&vector.nodes) {
            let expected = vec![scale * vector.mean_squared_change; image.per_position.len()];
            prop_assert!(close(&image.per_position, &expected, 1e-10), "{text}: {:?} {expected:?}", image.per_position);
        }
    }
}
