//! Three passes over the edges give what the table over pairs of vertices gives, in exact fractions, on random DAGs and gains.

use archscale_model::{InitRule, random_graph};
use archscale_theory::{ReluDag, Vertex, leaks, limit_moments};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;

use super::{numbers, with_gains};

type Table = Vec<Vec<BigRational>>;

/// T and B of every vertex by a table τ over pairs of vertices: of two walkers the later one moves, and two at one vertex share its gate.
struct Pairs {
    cross: Vec<BigRational>,
    change: Vec<BigRational>,
}

fn half(gain: &BigRational) -> BigRational {
    gain / BigRational::from_integer(2.into())
}

impl Pairs {
    fn of(dag: &ReluDag) -> Self {
        let size = dag.vertices().len();
        let zero = BigRational::zero;
        let (mut moments, mut kernels) = (vec![zero(); size], vec![zero(); size]);
        let (mut cross, mut tau): (Vec<BigRational>, Table) = (vec![zero(); size], vec![vec![zero(); size]; size]);
        for a in 0..size {
            if let Vertex::Input(square) = &dag.vertices()[a] {
                moments[a] = square * BigInt::from(2);
                continue;
            }
            for edge in dag.parents(a) {
                let c = half(&edge.gain);
                moments[a] = &moments[a] + &c * &moments[edge.source];
                kernels[a] = &kernels[a] + half(&moments[edge.source]) + &c * &kernels[edge.source];
            }
            let met =
                |b: usize| dag.parents(a).iter().fold(zero(), |sum, edge| sum + half(&edge.gain) * &tau[edge.source][b]);
            let row: Vec<BigRational> = (0..a).map(met).collect();
            for (b, sum) in row.into_iter().enumerate() {
                (tau[a][b], tau[b][a]) = (sum.clone(), sum);
            }
            cross[a] = dag.parents(a).iter().fold(zero(), |sum, edge| sum + half(&edge.gain) * &tau[a][edge.source]);
            tau[a][a] = &kernels[a] * &kernels[a] * BigInt::from(2) + &cross[a];
        }
        let change = (0..size).map(|a| {
            let mut row: Vec<BigRational> = tau[a][..a].to_vec();
            row.push(&kernels[a] * &kernels[a] + &cross[a]);
            for b in a + 1..size {
                row.push(dag.parents(b).iter().fold(zero(), |sum, edge| sum + half(&edge.gain) * &row[edge.source]));
            }
            dag.readout().iter().fold(zero(), |sum, edge| sum + half(&edge.gain) * &row[edge.source])
        });
        let change = change.collect();
        Self { cross, change }
    }
}

#[test]
fn three_passes_are_the_table_over_pairs() {
    let mut below = numbers(20);
    let mut vertices = 0;
    for _ in 0..200 {
        let hidden = 1 + below(8);
        let edges = below((hidden + 1) * (hidden + 2) / 2);
        let graph = random_graph(hidden, edges, &mut below).unwrap();
        let plain = graph.lower(InitRule::Target).unwrap();
        let program = with_gains(&plain, |_, _| BigRational::new((1 + below(8)).into(), (1 + below(8)).into()));
        let dag = ReluDag::new(&program, "the limit").unwrap();
        let table = Pairs::of(&dag);
        let (law, leaked) = (limit_moments::<BigRational>(&dag).unwrap(), leaks::<BigRational>(&dag).unwrap());
        for ((at, leak), &v) in law.iter().zip(&leaked).zip(dag.nodes()) {
            assert_eq!((&at.change, leak), (&table.change[v], &table.cross[v]), "{}", graph.edge_text());
            vertices += 1;
        }
    }
    assert!(vertices > 600, "{vertices}");
}
