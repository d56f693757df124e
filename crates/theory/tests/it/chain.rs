//! On chains four routes meet: the site rule, the tables, the transfer matrices and the closed forms.

use archscale_model::{Architecture, InitRule};
use archscale_theory::{
    ChainExpansion, ChainMoments, ReluDag, chain_label_part, chain_limit, finite_moments, leaks, limit_moments,
    pair_eigenvalues, pair_spectrum, pair_transfer, triple_eigenvalues, triple_spectrum, triple_transfer,
};
use num_rational::BigRational;
use num_traits::{One, Zero, pow};

fn dag(depth: u64) -> ReluDag {
    let program = Architecture::parse(&format!("chain:{depth}")).unwrap().graph().lower(InitRule::Target).unwrap();
    ReluDag::new(&program, "the exact law").unwrap()
}

fn whole(value: u64) -> BigRational {
    BigRational::from_integer(value.into())
}

#[test]
fn four_routes_agree_exactly() {
    for width in [1, 2, 3, 5, 7, 16, 20] {
        let depth = 8;
        let by_sites = finite_moments::<BigRational>(&dag(depth), width).unwrap();
        let growth = BigRational::new((width + 5).into(), width.into());
        let mut chain = ChainMoments::<BigRational>::new(width).unwrap();
        for layer in 1..=depth {
            let at = &by_sites[layer as usize - 1];
            assert_eq!(at.label_part, chain.label_part(), "B({layer}) at n = {width}");
            assert_eq!(at.label_part, chain_label_part(layer, width).unwrap(), "closed B({layer}) at n = {width}");
            // A(ℓ; L) = (1 + 5/n)^(L−ℓ) A(ℓ; ℓ)
            let factor = pow(growth.clone(), (depth - layer) as usize);
            assert_eq!(at.output_part, chain.output_part() * factor, "A({layer}) at n = {width}");
            // E S² = (n/2)² (1 + 5/n)^(ℓ−1) below the layer.
            assert_eq!(chain.pair()[0], whole(width * width) / whole(4) * pow(growth.clone(), layer as usize - 1));
            chain.advance();
        }
    }
}

#[test]
fn there_is_no_layer_and_no_width_of_zero() {
    assert!(chain_label_part::<f64>(0, 4).unwrap_err().to_string().starts_with("the layer of a chain is 0"));
    assert!(chain_label_part::<f64>(4, 0).unwrap_err().to_string().starts_with("the width is 0"));
}

#[test]
fn limit_is_the_polynomial() {
    for depth in 1..=30 {
        let law = limit_moments::<BigRational>(&dag(depth)).unwrap();
        let leaks = leaks::<BigRational>(&dag(depth)).unwrap();
        for (index, (at, leak)) in law.iter().zip(&leaks).enumerate() {
            let layer = index as u64 + 1;
            assert_eq!(at.change, chain_limit(layer));
            assert_eq!(at.kernel, whole(layer) / whole(2));
            assert_eq!(at.change, leak.clone() + at.kernel.clone() * at.kernel.clone(), "self and cross part");
        }
    }
}

#[test]
fn expansions_hold_to_their_order() {
    // The exact value minus the expansion is O(n⁻³) for B and O(n⁻⁴) for A: measured where f64 could not see it.
    for depth in 1..=12_u64 {
        let expansion = ChainExpansion::<BigRational>::new(depth);
        let remainder = |width: u64| {
            let mut chain = ChainMoments::<BigRational>::new(width).unwrap();
            (1..depth).for_each(|_| chain.advance());
            let x = BigRational::new(1.into(), width.into());
            let [b0, b1, b2] = expansion.label_part.clone();
            let [a1, a2, a3] = expansion.output_part.clone();
            let b = chain.label_part() - (b0 + &x * (b1 + &x * b2));
            let a = chain.output_part() - &x * (a1 + &x * (a2 + &x * a3));
            (b * pow(whole(width), 3), a * pow(whole(width), 4))
        };
        let (near, far) = (remainder(1_000_000), remainder(1_000_000_000));
        for (near, far) in [(near.0, far.0), (near.1, far.1)] {
            // Scaled by the claimed order, the remainder has a limit: a wrong coefficient would make it grow a thousandfold.
            let change = (near - &far).reduced();
            let bound = (far.clone() + BigRational::one()) / whole(100);
            assert!(change >= BigRational::zero() - &bound && change <= bound, "depth {depth}: {change} against {far}");
        }
    }
}

#[test]
fn spectra_match_the_eigenvalues() {
    for width in [2, 3, 8, 64] {
        let [lambda, mu] = pair_eigenvalues(width);
        let expected = [lambda, lambda, lambda, mu, mu];
        assert_spectrum(&pair_spectrum(width).eigenvalues, &expected);
        let [top, middle, bottom] = triple_eigenvalues(width);
        assert_spectrum(&triple_spectrum(width).eigenvalues, &[top, top, top, middle, middle, middle, bottom]);
    }
}

/// Each group of equal eigenvalues by its mean, which is accurate where the single ones of a defective matrix are not.
fn assert_spectrum(found: &[nalgebra::Complex<f64>], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for group in expected.chunk_by(|a, b| a == b) {
        let value = group[0];
        let mut nearest: Vec<_> = found.iter().collect();
        nearest.sort_by(|a, b| (*a - value).norm().total_cmp(&(*b - value).norm()));
        let mean = nearest[..group.len()].iter().copied().sum::<nalgebra::Complex<f64>>() / group.len() as f64;
        assert!((mean - value).norm() < 1e-9, "{mean} for {value}");
        assert!(nearest[..group.len()].iter().all(|z| (*z - value).norm() < 1e-4), "{nearest:?} for {value}");
    }
}

#[test]
fn left_eigenvectors_in_exact_rationals() {
    for width in [1_u64, 2, 5, 16] {
        let n = whole(width);
        let ratio = |a: i64| BigRational::from_integer(a.into());
        let pair = pair_transfer::<BigRational>(width);
        let lambda = (&n + ratio(5)) / &n;
        let mu = (&n - ratio(1)) / &n;
        // St − q and tt − m belong to μ modulo SS and St − q; St + 2q and tt + 2m to λ likewise: their own columns show it.
        for (vector, value) in
            [([0, 1, 0, 0, 2], &lambda), ([0, 0, 1, 2, 0], &lambda), ([0, 1, 0, 0, -1], &mu), ([0, 0, 1, -1, 0], &mu)]
        {
            let image: Vec<BigRational> =
                (0..5).map(|column| (0..5).map(|row| ratio(vector[row]) * &pair[row][column]).sum()).collect();
            let support = usize::from(vector[2] != 0) + 1;
            let own: &[usize] = if support == 2 { &[2, 3] } else { &[1, 4] };
            for &column in own {
                assert_eq!(image[column], ratio(vector[column]) * value, "n = {width}, {vector:?}");
            }
        }
        let triple = triple_transfer::<BigRational>(width);
        let square = &n * &n;
        let bottom = (&n - ratio(1)) * (&n - ratio(2)) / &square;
        let vector = [0, 0, 0, 1, -1, -2, 2];
        for column in 3..7 {
            let image: BigRational = (0..7).map(|row| ratio(vector[row]) * &triple[row][column]).sum();
            assert_eq!(image, ratio(vector[column]) * &bottom);
        }
    }
}
