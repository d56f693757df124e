//! Where an image is as good as a vector, the law is that of vectors: one position, or a constant input on a torus.

use archscale_model::{ConvNetwork, InitRule, Lowering, ModelError};
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
