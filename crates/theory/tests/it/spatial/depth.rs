//! The cubic law of depth on inputs that are not constant: its prefactor, and how slowly it is approached.

use archscale_model::{Grid, Padding, PositionReadout};
use archscale_theory::StationaryChain;
use nalgebra::{DMatrix, DVector};

/// D/(L³/6) at the last layer, kernel 1, independent positions.
fn prefactor(m: usize, depth: usize, readout: PositionReadout) -> f64 {
    let grid = Grid::new(vec![m], Padding::Circular).unwrap();
    let mut iid = vec![0.0; m];
    iid[0] = 0.5;
    let layers = StationaryChain::new(&grid, iid, 1).unwrap().layers(depth, readout).unwrap();
    layers.last().unwrap().mean_squared_change * 6.0 / (depth as f64).powi(3)
}

/// Its limit, and the coefficient of ln L/L in its relative distance from it (proofs/cnn-kernel.md, section 7).
fn limit(m: usize, readout: PositionReadout) -> (f64, f64) {
    let m = m as f64;
    let (own, cross, others) = ((m - 1.0) / 16.0, (m - 1.0) / 4.0, (m - 1.0) * (m - 2.0) / 32.0);
    match readout {
        PositionReadout::Average => {
            let sum = 1.0 + own + cross + others;
            (sum / (m * m), (4.5 * own + 2.7 * cross + 4.5 * others) / sum)
        }
        _ => ((1.0 + own) / m, 4.5 * own / (1.0 + own)),
    }
}

/// The coefficient of ln L in L (D/(L³/6)/limit − 1) = c ln L + c_0 + (c_1 ln² L + c_2 ln L + c_3)/L, from five depths.
fn fitted_rate(m: usize, first: u32, readout: PositionReadout, limit: f64) -> f64 {
    let depths: Vec<usize> = (first..first + 5).map(|power| 1 << power).collect();
    let rows = depths.iter().flat_map(|&depth| {
        let (l, log) = (depth as f64, (depth as f64).ln());
        [log, 1.0, log * log / l, log / l, 1.0 / l]
    });
    let system = DMatrix::from_row_iterator(5, 5, rows);
    let sides = depths.iter().map(|&depth| depth as f64 * (prefactor(m, depth, readout) / limit - 1.0));
    system.lu().solve(&DVector::from_iterator(5, sides)).unwrap()[0]
}

#[test]
fn the_prefactor_is_approached_at_the_derived_rate() {
    let mut count = 0;
    for m in [8, 64] {
        for readout in [PositionReadout::Average, PositionReadout::Flatten] {
            let (limit, rate) = limit(m, readout);
            let error = |first: u32| (fitted_rate(m, first, readout, limit) / rate - 1.0).abs();
            // What is left out is of order ln³ L/L², and shrinks as depths double. (Beyond 2¹³ rounding takes over: an error of one
            // ulp in ρ is one of L² ulps in 1 − ρ.)
            let (coarse, middle, fine) = (error(6), error(7), error(8));
            assert!(
                fine < 0.7 * middle && middle < 0.7 * coarse && fine < 0.01,
                "{m} {readout}: {coarse}, {middle}, {fine}"
            );
            count += 1;
        }
    }
    assert_eq!(count, 4);
}

#[test]
fn the_limits_of_the_table_of_constants() {
    let close = |found: f64, expected: f64, unit: f64| (found - expected).abs() <= unit / 2.0;
    assert!(close(limit(8, PositionReadout::Average).0, 0.07031, 1e-5));
    assert!(close(limit(64, PositionReadout::Average).0, 0.03485, 1e-5));
    assert!(close(limit(8, PositionReadout::Flatten).0, 0.17969, 1e-5));
    // 1/32 for large images; a constant input, which is one position, has 1.
    assert!((limit(1 << 20, PositionReadout::Average).0 - 1.0 / 32.0).abs() < 1e-6);
    assert_eq!(limit(1, PositionReadout::Average).0, 1.0);
}

#[test]
fn at_moderate_depth_the_change_grows_faster_than_its_cube() {
    // D/(L (2 L² + 1)/12), independent positions, average pooling: an independent implementation's table.
    let table = [(8, [0.038, 0.064, 0.084, 0.091]), (64, [0.012, 0.030, 0.046, 0.052])];
    for (m, row) in table {
        for (depth, expected) in [2_usize, 4, 8, 16].into_iter().zip(row) {
            let l = depth as f64;
            let ratio = prefactor(m, depth, PositionReadout::Average) * l.powi(3) / 6.0 / (l * (2.0 * l * l + 1.0) / 12.0);
            assert!((ratio - expected).abs() <= 0.0005, "{m} {depth}: {ratio}, {expected}");
        }
    }
}
