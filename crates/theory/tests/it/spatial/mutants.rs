//! The reference numbers reject every wrong law.

use archscale_model::ConvNetwork;

use crate::spatial::reference::{Case, reference};
use crate::spatial::twin::{Chain, Fault, law};

/// Whether the twin with this mistake agrees with a case as the law itself must.
fn agrees(case: &Case, fault: Fault) -> bool {
    let network = ConvNetwork::parse(&case.text()).unwrap();
    let image = network.image().unwrap();
    let chain = Chain { image: &image, kernel: network.kernel(), depth: case.depth, readout: network.readout() };
    let found = law(&chain, fault);
    let mean = found.iter().sum::<f64>() / found.len() as f64;
    case.close(mean, found[0])
}

#[test]
fn the_twin_without_a_fault_agrees_everywhere() {
    let cases = reference();
    for case in &cases {
        assert!(agrees(case, Fault::None), "{}", case.text());
    }
    assert_eq!(cases.len(), 432);
}

#[test]
fn every_fault_is_rejected_where_it_matters_and_only_there() {
    // The fault, and the cases in which it changes nothing.
    type Harmless = fn(&Case) -> bool;
    let faults: &[(Fault, Harmless)] = &[
        (Fault::SideForTaps, |case| case.kernel == 1 || case.shape.len() == 1),
        (Fault::TapsOnce, |case| case.kernel == 1),
        (Fault::Torus, |case| case.kernel == 1 || case.padding == "circular"),
        (Fault::DivideByInside, |case| case.kernel == 1 || case.padding == "circular"),
        (Fault::NoAngles, |case| case.depth == 1),
        (Fault::NoFirstLayer, |_| false),
        (Fault::NoAdjoint, |case| case.kernel == 1 || case.padding == "circular" || case.depth == 1),
        (Fault::NoAverage, |case| case.kernel == 1 || case.padding == "circular" || case.depth == 1),
        // A diagonal kernel, which independent positions have in the first layer, sees the diagonal alone.
        (Fault::DiagonalSignal, |case| case.readout == "flatten" || (case.input == "iid" && case.depth == 1)),
    ];
    let cases = reference();
    for (fault, harmless) in faults {
        let (mut kept, mut rejected) = (0, 0);
        for case in &cases {
            let agrees = agrees(case, *fault);
            assert_eq!(agrees, harmless(case), "{fault:?} at {}", case.text());
            *(if agrees { &mut kept } else { &mut rejected }) += 1;
        }
        assert!(kept + rejected == 432 && rejected >= 96, "{fault:?}: {rejected} of {} cases reject it", cases.len());
    }
}
