//! Judging of accuracies whose truth is known. The noise is a fixed sequence, so nothing here is random.

use std::path::Path;

use archscale_rates::cells::{Accuracies, Row};
use archscale_stats::Outcome;

use super::planted::is_kept;
use super::{judge_accuracy, judge_ranking};
use crate::{Finding, Method, Verdict};

/// Name of a recipe, and the accuracy of a cell whose place is `x` of 0 to 1.
type Planted<'a> = (&'a str, fn(f64) -> f64);

/// Thirty-two cells from three seeds with deviations of at most a hundredth that fill their range evenly.
fn planted(of: &[Planted<'_>]) -> Accuracies {
    let mut place = 0.5_f64;
    let mut deviation = || {
        place = (place + 0.618_033_988_749_895).fract();
        0.02 * (place - 0.5)
    };
    let mut rows = Vec::new();
    for (recipe, accuracy) in of {
        for cell in 0..32 {
            let true_accuracy = accuracy(f64::from(cell) / 31.0);
            rows.push(Row {
                cell: format!("nas:{cell}"),
                recipe: (*recipe).into(),
                learning_rate: 0.1,
                accuracies: (0..3).map(|_| true_accuracy + deviation()).collect(),
                diverged: 0,
                unlearnt: 0,
            });
        }
    }
    Accuracies::new(rows).unwrap()
}

fn fixed(x: f64) -> f64 {
    0.6 + 0.3 * x
}

/// The recipe of the paper among others that do as the fixed one does, 5 points lower.
fn with_paper(paper: fn(f64) -> f64) -> Accuracies {
    let low = |x| fixed(x) - 0.05;
    planted(&[("fixed", fixed), ("mup", low), ("paper", paper), ("best", low), ("level", low)])
}

fn outcomes(finding: &Finding) -> Vec<Outcome> {
    finding.checks.iter().map(|check| check.outcome).collect()
}

#[test]
fn a_gain_is_accepted_and_its_absence_refused() {
    let better = judge_accuracy(with_paper(|x| fixed(x) + 0.02)).unwrap();
    assert_eq!(outcomes(&better), [Outcome::Supported; 2], "{better:#?}");
    assert!(better.checks.iter().all(|check| check.method == Method::Training && check.samples == Some(32)));
    let equal = judge_accuracy(with_paper(fixed)).unwrap();
    assert_eq!(outcomes(&equal), [Outcome::Supported, Outcome::Refuted], "{equal:#?}");
    let worse = judge_accuracy(with_paper(|x| fixed(x) - 0.08)).unwrap();
    assert_eq!(outcomes(&worse), [Outcome::Refuted; 2], "{worse:#?}");
    for finding in [better, equal, worse] {
        assert!(finding.mutants.iter().all(|mutant| mutant.rejected), "{finding:#?}");
    }
}

#[test]
fn a_gain_that_differs_widely_between_cells_is_undecided() {
    // Half of the cells 20 points better, half 18 worse: a mean of one point, far within the interval.
    let uneven =
        judge_accuracy(with_paper(|x| fixed(x) + if ((x * 31.0) as usize).is_multiple_of(2) { 0.2 } else { -0.18 }))
            .unwrap();
    assert_eq!(uneven.checks[1].outcome, Outcome::Undecided, "{uneven:#?}");
    assert!(uneven.mutants.iter().all(|mutant| !mutant.rejected), "6 points are not seen either");
}

#[test]
fn ranks_that_move_are_accepted_and_ranks_that_stay_refused() {
    let moved = judge_ranking(with_paper(|x| 0.6 + 0.3 * (7.0 * x).fract())).unwrap();
    assert_eq!(outcomes(&moved), [Outcome::Supported; 2], "{moved:#?}");
    // The same ranks a little lower.
    let kept = judge_ranking(with_paper(|x| fixed(x) - 0.05)).unwrap();
    assert_eq!(kept.checks[1].outcome, Outcome::Refuted, "{kept:#?}");
    for finding in [moved, kept] {
        assert!(finding.mutants.iter().all(|mutant| mutant.rejected), "{finding:#?}");
    }
}

/// The accuracies that proofs/nas-cells.md keeps, judged as those of a fresh run are.
#[test]
fn kept_accuracies_give_the_expected_verdicts() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proofs/nas-cells.jsonl");
    let kept = Accuracies::read_file(Path::new(path)).unwrap();
    assert_eq!((kept.recipes().len(), kept.rows(0).len()), (6, 32));
    let accuracy = judge_accuracy(kept.clone()).unwrap();
    println!("{accuracy:#?}");
    assert_eq!(outcomes(&accuracy), [Outcome::Supported, Outcome::Undecided]);
    let ranking = judge_ranking(kept).unwrap();
    println!("{ranking:#?}");
    is_kept("nas-accuracy", &accuracy);
    is_kept("nas-ranking", &ranking);
    assert_eq!([accuracy.verdict(), ranking.verdict()], [Verdict::Undecided; 2]);
    assert_eq!(outcomes(&ranking), [Outcome::Undecided; 2]);
}
