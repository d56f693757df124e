//! An interrupted run continues to the same bits, and files that do not belong are refused.
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use crate::common::{labelled, over_images, program};
use archscale_model::Program;
use archscale_nets::Precision;
use archscale_train::{Budget, Member, Protocol, Samples, Schedule, Sgd, Status, TrainError, Trainer};

/// A folder of this test's own, removed when it ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("archscale-train-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn members() -> Vec<Member> {
    [0.01, 0.1, 1e4, 0.3].map(|learning_rate| Member { learning_rate, seed: 2 }).into()
}

fn protocol(precision: Precision) -> Protocol {
    Protocol {
        width: 10,
        batch: 7,
        // 23 samples give 3 steps to a pass, so that interruptions fall inside passes and between them.
        budget: Budget::Steps(20),
        optimiser: Sgd { momentum: 0.8, nesterov: true, weight_decay: 0.01 }.into(),
        schedule: Schedule::Cosine,
        precision,
        ..Protocol::default()
    }
}

fn samples() -> Arc<Samples> {
    labelled(6, 23, 4, 3)
}

/// Vectors of the samples' four features, and convolutions over as many positions.
fn programs() -> [Program; 2] {
    [program("complete:2"), over_images("conv:kernel=3,size=4,padding=zero,readout=flatten,net=complete:2")]
}

fn fresh(program: &Program, precision: Precision) -> Trainer {
    Trainer::new(program, &samples(), &protocol(precision), &members()).unwrap()
}

fn restore(program: &Program, path: &std::path::Path, precision: Precision) -> Result<Trainer, TrainError> {
    Trainer::restore(program, &samples(), &protocol(precision), &members(), path)
}

#[test]
fn an_interrupted_run_continues_to_the_same_bits() {
    let folder = Folder::new("resume");
    for (name, program) in ["vectors", "images"].into_iter().zip(programs()) {
        for precision in [Precision::F32, Precision::F64] {
            let mut whole = fresh(&program, precision);
            whole.run(u64::MAX, &|_| ()).unwrap();
            let statuses: Vec<Status> = whole.histories().map(|history| history.status).collect();
            assert!(matches!(statuses[2], Status::Diverged { .. }) && statuses[3] == Status::Running);
            // Before the first step, inside a pass, between passes, at the end.
            for stop in [0, 4, 6, 19, 20] {
                let path = folder.file(&format!("{name}-{precision}-{stop}"));
                let mut first = fresh(&program, precision);
                first.run(stop, &|_| ()).unwrap();
                first.save(&path).unwrap();
                drop(first);
                let mut second = restore(&program, &path, precision).unwrap();
                assert_eq!(second.progress().step, stop);
                second.run(u64::MAX, &|_| ()).unwrap();
                assert!(second.is_finished());
                assert!(whole.histories().eq(second.histories()));
                for network in 0..members().len() {
                    assert_eq!(whole.parameters(network).unwrap(), second.parameters(network).unwrap());
                }
                assert_eq!(whole.evaluate(&samples()).unwrap(), second.evaluate(&samples()).unwrap());
            }
        }
    }
}

#[test]
fn files_that_do_not_belong_are_refused_with_the_reason() {
    let folder = Folder::new("refuse");
    let path = folder.file("good");
    let [program_of_vectors, program_of_images] = programs();
    let mut trainer = fresh(&program_of_vectors, Precision::F32);
    trainer.run(5, &|_| ()).unwrap();
    trainer.save(&path).unwrap();
    let good = fs::read(&path).unwrap();

    let refused = |name: &str, bytes: &[u8], reason: &str| {
        let path = folder.file(name);
        fs::write(&path, bytes).unwrap();
        let text = match restore(&program_of_vectors, &path, Precision::F32) {
            Err(error @ TrainError::Checkpoint { .. }) => error.to_string(),
            other => panic!("{name}: {:?}", other.err()),
        };
        assert!(text.contains(reason) && text.contains(name), "{name}: {text}");
    };
    refused("empty", b"", "no checkpoint");
    refused("foreign", b"PK\x03\x04 something else", "no checkpoint");
    let mut next = good.clone();
    let version = next.iter().position(|&byte| byte == b'\n').unwrap() - 1;
    next[version] = b'9';
    refused("newer", &next, "version 9");
    next[version] = b'1';
    refused("of 0.1", &next, "version 1, and this build reads version 2; finish it with the build that wrote it");
    for length in [40, 60, good.len() / 2, good.len() - 1] {
        refused(&format!("short-{length}"), &good[..length], "truncated or altered");
    }
    for at in [50, good.len() / 2, good.len() - 1] {
        let mut flipped = good.clone();
        flipped[at] ^= 1;
        refused(&format!("flipped-{at}"), &flipped, "truncated or altered");
    }
    let mut longer = good.clone();
    longer.push(0);
    refused("longer", &longer, "truncated or altered");

    let other = |name: &str, found: Result<Trainer, TrainError>| {
        let text = found.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(text.contains("another program, protocol, data set"), "{name}: {text}");
    };
    let (arch, data, how) = (program("complete:2"), samples(), protocol(Precision::F32));
    other("program", Trainer::restore(&program("chain:2"), &data, &how, &members(), &path));
    other("program of images", Trainer::restore(&program_of_images, &data, &how, &members(), &path));
    other("samples", Trainer::restore(&arch, &labelled(7, 23, 4, 3), &how, &members(), &path));
    other("networks", Trainer::restore(&arch, &data, &how, &members()[1..], &path));
    other("protocol", Trainer::restore(&arch, &data, &Protocol { divergence: 7.0, ..how }, &members(), &path));
    let missing = restore(&program_of_vectors, &folder.file("missing"), Precision::F32);
    assert!(matches!(missing.err(), Some(TrainError::File { .. })));
    assert!(restore(&program_of_vectors, &path, Precision::F32).is_ok());
}
