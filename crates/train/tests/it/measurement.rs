//! A search by training, end to end.
use std::cell::Cell;
use std::sync::Arc;

use crate::common::{labelled, program};
use archscale_train::{
    About, Budget, Loss, Member, Objective, Protocol, Record, Samples, Search, SearchPlan, TrainError, outcomes, search,
};

fn how() -> Search {
    let text = |text: &str| text.to_owned();
    Search {
        about: About {
            architecture: text("chain:2"),
            init: text("target"),
            convention: text("pre"),
            activation: text("relu"),
            data: text("random labels"),
        },
        protocol: Protocol { width: 16, batch: 8, budget: Budget::Epochs(4), ..Protocol::default() },
        objective: Objective::FinalLoss,
        plan: SearchPlan { lowest: 0.02, highest: 40.0, points: 12, seeds: vec![3, 4, 5], ..SearchPlan::default() },
    }
}

#[test]
fn a_record_says_what_was_measured_and_survives_json() {
    let (program, samples) = (program("chain:2"), labelled(1, 64, 6, 3));
    let rounds = Cell::new(0);
    let how = how();
    let record = how.run(&program, &samples, &|round, _| rounds.set(rounds.get().max(round))).unwrap();
    // The grid, and at least one halving of the edge.
    assert!(rounds.get() >= 2);
    let rate = record.found.log_rate.unwrap();
    assert!(rate.low.unwrap() <= rate.mean && rate.mean <= rate.high.unwrap());
    assert!(!record.found.is_at_an_end(), "{:?}", record.found.seeds);
    let edge = record.found.log_edge.unwrap();
    assert!(edge.mean > rate.mean, "{edge:?} below {rate:?}");
    assert_eq!((record.samples.as_str(), &record.protocol), (samples.digest().as_str(), &how.protocol));
    let text = serde_json::to_string(&record).unwrap();
    let mut read: Record = serde_json::from_str(&text).unwrap();
    assert!(read.is_intact().unwrap());
    assert_eq!(read, record);
    read.protocol.width += 1;
    assert!(!read.is_intact().unwrap());
    // The same measurement is the same record.
    assert_eq!(how.run(&program, &samples, &|_, _| ()).unwrap(), record);
}

/// A record as 0.1 wrote it is accepted, and all that a folder's keys are made of is still written so, letter by letter.
#[test]
fn a_record_of_0_1_is_a_record() {
    let text = include_str!("record-0.1.json").trim_end();
    let old: Record = serde_json::from_str(text).unwrap();
    assert!(old.is_intact().unwrap());
    assert_eq!(serde_json::to_string(&old).unwrap(), text);
    let Record { about, protocol, objective, plan, .. } = old.clone();
    let samples = Arc::new(Samples::classified(vec![1.0, 0.5, -1.0, -0.5], 2, vec![0, 1], 2).unwrap());
    let new = Search { about, protocol, objective, plan }.run(&program("chain:1"), &samples, &|_, _| ()).unwrap();
    // The program's name is made of another text, and the version says so.
    assert_eq!((old.version, new.version), (1, 2));
    assert_ne!(old.program, new.program);
    let Record { program, digest, found, .. } = old.clone();
    assert_eq!(Record { version: 1, program, digest, found, ..new }, old);
}

#[test]
fn trials_may_come_from_elsewhere_one_by_one() {
    let (program, samples, how) = (program("chain:2"), labelled(1, 64, 6, 3), how());
    let together = how.run(&program, &samples, &|_, _| ()).unwrap().found;
    let apart = search(&how.plan, |trials: &[Member]| {
        let one = |trial: &Member| outcomes(&program, &samples, &how.protocol, how.objective, &[*trial], &|_| ());
        trials.iter().map(|trial| Ok(one(trial)?[0])).collect::<Result<_, TrainError>>()
    });
    assert_eq!(apart.unwrap(), together);
}

#[test]
fn either_objective_is_a_loss_of_the_run() {
    let (program, samples) = (program("chain:2"), labelled(1, 64, 6, 3));
    // Long enough to learn something of random labels.
    let protocol = Protocol { loss: Loss::MeanSquare, budget: Budget::Epochs(12), ..how().protocol };
    let trials = [0.05, 1e6].map(|learning_rate| Member { learning_rate, seed: 1 });
    let of = |objective| outcomes(&program, &samples, &protocol, objective, &trials, &|_| ()).unwrap();
    let (last, end) = (of(Objective::LastPass), of(Objective::FinalLoss));
    // The mean over the last pass lies above the loss at its end where training still goes down.
    assert!(end[0].loss < last[0].loss && last[0].loss < 1.1 * end[0].loss, "{last:?} {end:?}");
    assert!(end[0].stable && last[0].stable && !end[1].stable && !last[1].stable, "{last:?} {end:?}");
    let short = Protocol { budget: Budget::Steps(3), ..protocol };
    let refused = outcomes(&program, &samples, &short, Objective::LastPass, &trials, &|_| ());
    assert!(matches!(refused, Err(TrainError::Setting(refusal)) if refusal.place == "budget"));
}
