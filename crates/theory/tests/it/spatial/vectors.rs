//! Where an image is as good as a vector, the law is that of vectors: one position, or a constant input on a torus.

use archscale_model::{
    Activation, ConvNetwork, Gain, Grid, Image, InitRule, InputModel, Lowering, ModelError, OpId, Padding, Program,
    ProgramBuilder,
};
use archscale_theory::{Spatial, SpatialRoute, Wide, spatial_moments_by, wide_moments};

/// Both laws of one graph.
fn both(net: &str, settings: &str, init: InitRule, route: SpatialRoute) -> Result<(Spatial, Wide), ModelError> {
    let network = ConvNetwork::parse(&format!("conv:{settings},net={net}"))?;
    let how = Lowering::new(init);
    let image = network.lower(&how)?;
    let vector = network.architecture().graph().lower_with(&how)?;
    Ok((spatial_moments_by(&image, route).unwrap(), wide_moments(&vector).unwrap()))
}

/// `taps` is q, the same for every edge.
fn compare(image: &Spatial, vector: &Wide, taps: f64, place: &str) {
    let close = |found: f64, expected: f64| (found - expected).abs() <= 1e-10 * expected.abs();
    assert_eq!(image.nodes.len(), vector.nodes.len());
    for (image, vector) in image.nodes.iter().zip(&vector.nodes) {
        let place = format!("{place}, vertex {}: {image:?}, {vector:?}", image.id);
        assert!(image.second_moments.iter().all(|&moment| close(moment, vector.second_moment)), "{place}");
        assert!(image.kernels.iter().all(|&kernel| close(kernel, taps * vector.kernel)), "{place}");
        assert!(image.per_position.iter().all(|&change| close(change, taps * taps * vector.mean_squared_change)), "{place}");
    }
}

const NETS: &[&str] = &["chain:3", "cell:2_12_112", "cell:2_22_222", "cell:1_21_112", "complete:4", "cell:2_02_121_2112"];

#[test]
fn graphs_of_vectors() {
    let mut count = 0;
    for net in NETS {
        for init in [InitRule::Target, InitRule::He] {
            for readout in ["gap", "flatten", "single"] {
                for (settings, taps) in [
                    ("size=1,kernel=1,padding=zero", 1.0),
                    ("size=1x1,kernel=1", 1.0),
                    ("size=5,kernel=3,input=constant", 3.0),
                    ("size=3x4,kernel=3,input=constant", 9.0),
                    ("size=3x4,kernel=1,input=constant,padding=zero", 1.0),
                ] {
                    let settings = format!("{settings},readout={readout}");
                    let (image, vector) = both(net, &settings, init, SpatialRoute::Positions).unwrap();
                    compare(&image, &vector, taps, &format!("{net} {settings}"));
                    count += 1;
                    if !settings.contains("zero") && readout != "single" {
                        let (image, vector) = both(net, &settings, init, SpatialRoute::Lags).unwrap();
                        compare(&image, &vector, taps, &format!("{net} {settings} by lags"));
                    }
                }
            }
        }
    }
    assert_eq!(count, 6 * 2 * 3 * 5);
}

/// Input, then layers that read pre-activations, activations and a skip of mixed sign, over an image of kernel 3 or over vectors.
fn linear_edges(image: Option<Image>) -> Program {
    let gain = |numerator: i64, denominator: i64| Gain::new(numerator.into(), denominator.into());
    let mut builder = ProgramBuilder::new();
    let spatial = image.is_some();
    let input = match image {
        Some(image) => builder.image(image).unwrap(),
        None => builder.input(gain(1, 2)).unwrap(),
    };
    let trained = |builder: &mut ProgramBuilder, terms: Vec<(Gain, OpId)>| {
        if spatial {
            builder.conv(terms.into_iter().map(|(gain, source)| (gain, 3, source)).collect()).unwrap()
        } else {
            builder.dense(terms).unwrap()
        }
    };
    let first = trained(&mut builder, vec![(gain(2, 1), input)]);
    let open = builder.act(Activation::RELU, first).unwrap();
    let second = trained(&mut builder, vec![(gain(1, 3), first), (gain(4, 3), open)]);
    let merged = builder.sum(vec![(gain(-1, 2), first), (gain(1, 1), second)]).unwrap();
    let open = builder.act(Activation::RELU, merged).unwrap();
    let same = builder.act(Activation::LINEAR, merged).unwrap();
    let third = trained(&mut builder, vec![(gain(1, 1), open), (gain(1, 2), same), (gain(1, 5), first)]);
    for (id, op) in [first, second, merged, open, third].into_iter().enumerate() {
        builder.report_at(id, op, 1).unwrap();
    }
    let last = builder.act(Activation::RELU, third).unwrap();
    builder.readout(vec![(gain(2, 1), last), (gain(1, 4), merged), (gain(1, 7), second)]).unwrap()
}

#[test]
fn layers_that_read_pre_activations() {
    let image = |input: &str, padding| {
        let grid = Grid::new(vec![4], padding).unwrap();
        InputModel::parse(input).unwrap().image(&grid, None).unwrap()
    };
    let constant = linear_edges(Some(image("constant", Padding::Circular)));
    let vector = wide_moments(&linear_edges(None)).unwrap();
    for route in [SpatialRoute::Positions, SpatialRoute::Lags, SpatialRoute::Pairs] {
        compare(&spatial_moments_by(&constant, route).unwrap(), &vector, 3.0, &route.to_string());
    }
    // Where positions differ the routes still agree with one another.
    for (input, padding) in [("smooth:1", Padding::Zero), ("iid", Padding::Circular)] {
        let program = linear_edges(Some(image(input, padding)));
        let one = spatial_moments_by(&program, SpatialRoute::Positions).unwrap();
        let two = spatial_moments_by(&program, SpatialRoute::Pairs).unwrap();
        for (one, two) in one.nodes.iter().zip(&two.nodes) {
            for (one, two) in one.per_position.iter().zip(&two.per_position) {
                assert!((one - two).abs() <= 1e-11 * two, "{input}: {one}, {two}");
            }
        }
    }
}
