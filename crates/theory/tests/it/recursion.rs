//! The papers' recursions against the exact law: the corrected form is exact, the printed one is not.

use archscale_model::{Architecture, InitRule};
use archscale_theory::{Factor, KernelSums, Monomial, PairTables, RecursionForm, ReluDag, Site, SiteEngine};
use num_rational::BigRational;

#[test]
fn corrected_form_is_the_exact_law() {
    for width in [1_u64, 2, 3, 8, 16] {
        let depth = 6;
        let program = Architecture::parse("chain:6").unwrap().graph().lower(InitRule::Target).unwrap();
        let dag = ReluDag::new(&program, "the exact law").unwrap();
        let layers = KernelSums::<BigRational>::iterate(RecursionForm::Corrected, width, depth).unwrap();
        let n = BigRational::from_integer(width.into());
        let cube = &n * &n * &n;
        let tables = PairTables::<BigRational>::new(&dag, width).unwrap();
        let mut engine = SiteEngine::<BigRational>::new(&dag, width).unwrap();
        for (index, sums) in layers.iter().enumerate() {
            let own = Site { label: 3 * (index as u32 + 1), gated: false };
            let mut moment = |factors: Vec<Factor>| engine.moment(Monomial::new(factors)).unwrap() / &cube;
            let place = format!("layer {} at n = {width}", index + 1);
            assert_eq!(sums.b, moment(vec![Factor::Cycle(vec![own, own])]), "B, {place}");
            assert_eq!(sums.b_trace, moment(vec![Factor::Cycle(vec![own]), Factor::Cycle(vec![own])]), "B̃, {place}");
            assert_eq!(sums.c, moment(vec![Factor::Path(vec![own]), Factor::Cycle(vec![own])]), "C, {place}");
            assert_eq!(sums.c_trace, moment(vec![Factor::Path(vec![own, own])]), "C̃, {place}");
            // Gating a single neuron halves a sum over it, so D and E follow from gated and ungated sums of the same kernel:
            // tt = D/2·n³ + (n³ B̃ − n³ D)/4 and St likewise with C and E.
            let a = index + 1;
            let four = BigRational::from_integer(4.into());
            let d = &four * (tables.tt(a, a) / &cube - &sums.b_trace / &four);
            assert_eq!(sums.d, d, "D, {place}");
            let e = &four * (tables.st(a, a) / &cube - &sums.c / &four);
            assert_eq!(sums.e, e, "E, {place}");
        }
    }
}

fn final_b(form: RecursionForm, depth: usize) -> f64 {
    KernelSums::<f64>::iterate(form, 1_000_000, depth).unwrap().pop().unwrap().b
}

#[test]
fn growth_of_each_form() {
    let at = [1, 2, 4, 8, 16, 32];
    // At n = 10⁶ the 1/n terms are below one part in 500; the leading orders are whole or quarter numbers.
    let leading = |form: RecursionForm| at.map(|depth| final_b(form, depth));
    let expected = [
        (RecursionForm::Printed, [0.0, 4.5, 27.0, 126.0, 540.0, 2_232.0]),
        (RecursionForm::PrintedKernel, [0.25, 1.25, 5.5, 23.0, 94.0, 380.0]),
        (RecursionForm::WithoutDiagonal, [0.25, 1.25, 7.5, 51.0, 374.0, 2_860.0]),
        (RecursionForm::Corrected, [0.25, 1.5, 11.0, 86.0, 684.0, 5_464.0]),
    ];
    for (form, values) in expected {
        for (found, expected) in leading(form).iter().zip(values) {
            assert!((found - expected).abs() <= 2e-3 * expected + 1e-5, "{}: {found} for {expected}", form.name());
        }
    }
    assert_eq!(expected.len(), RecursionForm::ALL.len());
}
