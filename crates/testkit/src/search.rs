//! Searching for counterexamples from a fixed seed.

use std::cell::{Cell, RefCell};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::TestkitError;

/// A case on which a claim fails, shrunk until no simpler case that the strategy proposes fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counterexample<T> {
    /// The shrunk case.
    pub case: T,
    /// The case as it was first found.
    pub found: T,
    /// Cases drawn until the first failure, that one included.
    pub cases: u32,
    /// Simplifications that still failed and were kept.
    pub shrink_steps: u32,
    /// Simplifications tried, kept or not.
    pub shrink_tried: u32,
}

/// A test runner that draws the same cases on every machine and in every run, and writes no file.
///
/// The generator is ChaCha with the seed in its first eight key bytes. Failures shrink without a limit of steps or time:
/// the strategies of this crate only ever propose strictly smaller graphs.
#[must_use]
pub fn runner(seed: u64, cases: u32) -> TestRunner {
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: u32::MAX, max_shrink_time: 0, ..Config::default() };
    let mut key = [0_u8; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &key))
}

/// Looks for a case on which `holds` is false among `cases` draws, and shrinks it. None when it held on all of them.
///
/// The answer depends on the seed alone. No simplification that the strategy proposes of the returned case fails; for
/// [`crate::strategy::dags`] this makes a graph of up to four hidden vertices the smallest failing graph of all.
///
/// # Errors
/// [`TestkitError::Search`] when the strategy cannot draw enough cases.
///
/// ```
/// use archscale_testkit::{search::smallest, strategy::dags};
/// let wide = smallest(&dags(1..=6), 1, 1_000, |graph| graph.in_degree(graph.output()) < 3)?.unwrap();
/// // Two hidden vertices and the input feed the output, each vertex with one in-edge.
/// assert_eq!((wide.case.hidden_count(), wide.case.edge_count()), (2, 5));
/// assert!(smallest(&dags(1..=6), 1, 100, |graph| graph.hidden_count() > 0)?.is_none());
/// # Ok::<(), archscale_testkit::TestkitError>(())
/// ```
pub fn smallest<S: Strategy>(
    strategy: &S,
    seed: u64,
    cases: u32,
    holds: impl Fn(&S::Value) -> bool,
) -> Result<Option<Counterexample<S::Value>>, TestkitError> {
    let (drawn, steps, tried) = (Cell::new(0_u32), Cell::new(0_u32), Cell::new(0_u32));
    let first = RefCell::new(None);
    let outcome = runner(seed, cases).run(strategy, |case| {
        let shrinking = first.borrow().is_some();
        let count = if shrinking { &tried } else { &drawn };
        count.set(count.get() + 1);
        if holds(&case) {
            return Ok(());
        }
        if shrinking {
            steps.set(steps.get() + 1);
        } else {
            *first.borrow_mut() = Some(case);
        }
        Err(TestCaseError::fail("it does not hold"))
    });
    match (outcome, first.into_inner()) {
        (Ok(()), _) => Ok(None),
        (Err(TestError::Fail(_, case)), Some(found)) => Ok(Some(Counterexample {
            case,
            found,
            cases: drawn.get(),
            shrink_steps: steps.get(),
            shrink_tried: tried.get(),
        })),
        (Err(error), _) => Err(TestkitError::Search { cases: drawn.get(), why: error.to_string() }),
    }
}
