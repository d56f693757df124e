//! Named streams: the names are hashed as written down, and numbers are drawn evenly.

use archscale_stats::{Stream, below, permutation};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use sha2::{Digest, Sha256};

fn first(key: &[u8], stream: u64) -> u64 {
    let mut rng = ChaCha8Rng::from_seed(Sha256::digest(key).into());
    rng.set_stream(stream);
    rng.next_u64()
}

fn le(number: u64) -> [u8; 8] {
    number.to_le_bytes()
}

/// The three encodings that numbers of this workspace were drawn by before they had one type.
#[test]
fn names_are_hashed_as_they_always_were() {
    let simulation =
        [b"archscale random streams 1".as_slice(), &le(5), &le(2), &le(4), b"init", &le(7), b"chain:3"].concat();
    let named = Stream::new("archscale random streams 1", 5).number(2).text("init").text("chain:3");
    assert_eq!(named.rng(1 << 32).next_u64(), first(&simulation, 1 << 32));
    let judging = [b"archscale court streams 1".as_slice(), &le(1), &le(5), b"folds", &le(5), b"depth"].concat();
    let named = Stream::new("archscale court streams 1", 1).text("folds").text("depth");
    assert_eq!(named.rng(9).next_u64(), first(&judging, 9));
    let data = [b"archscale data streams 1".as_slice(), &le(3), b"split"].concat();
    assert_eq!(Stream::new("archscale data streams 1", 3).ending("split").rng(0).next_u64(), first(&data, 0));
}

#[test]
fn every_part_of_a_name_counts() {
    let names = [
        Stream::new("test a", 1).number(1).text("x"),
        Stream::new("test b", 1).number(1).text("x"),
        Stream::new("test a", 2).number(1).text("x"),
        Stream::new("test a", 1).number(2).text("x"),
        Stream::new("test a", 1).number(1).text("y"),
        Stream::new("test a", 1).number(1).text("x").text(""),
    ];
    let mut firsts: Vec<u64> =
        names.iter().flat_map(|name| [name.rng(0), name.rng(1)].map(|mut rng| rng.next_u64())).collect();
    firsts.sort_unstable();
    firsts.dedup();
    assert_eq!(firsts.len(), 12);
}

/// χ² of 6 000 draws in six classes has five degrees of freedom; above 35 with probability 1.5e-6.
#[test]
fn numbers_below_a_bound_are_even() {
    let mut rng = Stream::new("test even", 1).rng(0);
    let mut counts = [0.0; 6];
    (0..6000).for_each(|_| counts[below(&mut rng, 6)] += 1.0);
    let square: f64 = counts.iter().map(|count: &f64| (count - 1000.0).powi(2) / 1000.0).sum();
    assert!(square < 35.0, "{counts:?}");
}

/// The same of the 24 orders of four numbers: 23 degrees of freedom, above 75 with probability 2e-7.
#[test]
fn orders_are_even() {
    let mut rng = Stream::new("test orders", 1).rng(0);
    let mut counts = std::collections::BTreeMap::new();
    (0..24_000).for_each(|_| *counts.entry(permutation(&mut rng, 4)).or_insert(0.0) += 1.0);
    assert_eq!(counts.len(), 24);
    let square: f64 = counts.values().map(|count: &f64| (count - 1000.0).powi(2) / 1000.0).sum();
    assert!(square < 75.0, "{square}");
}
