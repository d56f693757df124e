//! Cost of the infinite-channel law of chains over images: by positions, by lags, and with pooling.

use archscale_model::{ConvNetwork, Grid, InitRule, Lowering, Padding, PositionReadout};
use archscale_theory::{StationaryChain, spatial_moments};
use criterion::{Criterion, criterion_group, criterion_main};

fn spatial(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("spatial");
    group.sample_size(10);
    for side in [8, 16, 32] {
        for padding in ["zero", "circular"] {
            let text = format!("conv:depth=4,kernel=3,dims=2,size={side},padding={padding},input=smooth");
            let program = ConvNetwork::parse(&text).and_then(|network| network.lower(&Lowering::new(InitRule::Target)));
            let Ok(program) = program else { continue };
            group.bench_function(format!("{side}x{side}, {padding}, depth 4"), |bencher| {
                bencher.iter(|| spatial_moments(&program));
            });
        }
    }
    let lags = |side: usize| {
        let grid = Grid::new(vec![side, side], Padding::Circular).ok()?;
        let mut iid = vec![0.0; grid.positions()];
        iid[0] = 0.5;
        StationaryChain::new(&grid, iid, 3).ok()
    };
    if let Some(chain) = lags(64) {
        group.bench_function("64x64 by lags, depth 16", |bencher| {
            bencher.iter(|| chain.layers(16, PositionReadout::Average));
        });
    }
    group.finish();
}

criterion_group!(benches, spatial);
criterion_main!(benches);
