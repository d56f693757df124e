//! Wrong engines: the reference comparison rejects them, and accepts the same engine without the fault.

use archscale_model::Activation;
use archscale_theory::GaussianTable;

use crate::wide::cells::{Convention, cell};
use crate::wide::reference::{self, Case, Comparison, agrees, compare};
use crate::wide::twin::{FAULTS, Fault, law};

#[test]
fn the_comparison_rejects_every_wrong_engine() {
    // The plain engine knows activations with one slope on each side.
    let known = |case: &Case| match case {
        Case::Chain { .. } => true,
        Case::Cell { activation, .. } => activation == "relu" || activation == "leaky",
    };
    let cases: Vec<Case> = reference::reference().into_iter().filter(known).collect();
    let rejected = |fault| cases.iter().filter(|case| !agrees(&compare(case, &mut |program| law(program, fault)))).count();
    assert_eq!((cases.len(), rejected(Fault::None)), (114, 0));
    for fault in FAULTS {
        // In no reference case does a vector that holds a slot twice enter a matrix that is trained on; see below.
        let expected_to_pass = fault == Fault::MultiplicityOnce;
        assert_eq!(rejected(fault) == 0, expected_to_pass, "{fault:?}");
    }
}

#[test]
fn the_plain_engine_is_the_engine_on_every_cell_of_three_steps() {
    let mut table = GaussianTable::new();
    let (mut cells, mut rejected) = (0, 0);
    for number in 0..729_u32 {
        let digits: String = (0..6).map(|place| char::from(b'0' + (number / 3_u32.pow(place) % 3) as u8)).collect();
        if reaches_nothing(&digits) {
            continue;
        }
        let code = format!("{}_{}_{}", &digits[..1], &digits[1..3], &digits[3..]);
        for convention in [Convention::Pre, Convention::Post] {
            let program = cell(&code, convention, "source", Activation::leaky(0.3).unwrap());
            let engine = reference::law(&mut table, &program);
            let against = |fault| -> Comparison {
                let twin = law(&program, fault);
                let place = format!("{code} {convention:?}");
                engine
                    .iter()
                    .flat_map(|(id, (moment, change))| {
                        let (twin_moment, twin_change) = twin[id];
                        [(place.clone(), twin_moment, *moment), (place.clone(), twin_change, *change)]
                    })
                    .collect()
            };
            let right = against(Fault::None);
            let near = right.iter().all(|(_, found, expected)| (found - expected).abs() <= 1e-11 * expected.abs());
            assert!(near, "{right:#?}");
            rejected += usize::from(!agrees(&against(Fault::MultiplicityOnce)));
            cells += 1;
        }
    }
    // 729 codes less the 67 whose last node nothing reaches.
    assert_eq!(cells, 2 * 662);
    assert!(rejected > 0, "a slot that is held twice is not told from one held once");
}

/// Whether no digit joins the last node to the stem, directly or through others.
fn reaches_nothing(digits: &str) -> bool {
    let on = |index: usize| &digits[index..=index] != "0";
    let first = on(0);
    let second = on(1) || (first && on(2));
    !(on(3) || (first && on(4)) || (second && on(5)))
}
